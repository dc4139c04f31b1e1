"""Statistics and waves: the registry's own counts beside the official ones, so that no gap is hidden."""

from typing import Any

import httpx
import pytest

from tests.routes import oracle
from tests.routes.asking import asked, listed

# wave: (found, announced)
KNOWN = {"aap-2013": (23, 23), "aap-2015": (11, 14), "ami-2021": (15, 15), "ami-2022": (3, 16), "ami-2023": (14, 15),
         "ami-2024": (1, 15), "ami-2025": (0, 8)}  # fmt: skip


@pytest.fixture
def stats(client: httpx.Client) -> dict[str, Any]:
    return asked(client, "/v1/stats")


def test_laureates_found_stand_beside_those_announced(stats: dict[str, Any]) -> None:
    waves = {wave["id"]: wave for wave in stats["waves"]}
    assert set(waves) == {row["id"] for row in oracle.rows("waves")}
    for wave, (found, announced) in KNOWN.items():
        assert (waves[wave]["found"], waves[wave]["announced"]) == (found, announced)
        assert waves[wave]["missing"] == announced - found
    programme = waves["offre-services-2021"]
    assert (programme["found"], programme["announced"], programme["missing"]) == (0, None, None)


def test_counts_of_a_wave_are_those_of_its_labels(stats: dict[str, Any]) -> None:
    for wave in stats["waves"]:
        labels = [row for row in oracle.rows("labels") if row["wave_id"] == wave["id"]]
        laureates = [row for row in labels if row["outcome"] == "laureate"]
        assert wave["found"] == len(laureates)
        assert wave["inferred"] == sum(row["evidence"] == "inferred" for row in laureates)
        assert wave["supported"] == len(labels) - len(laureates)


def test_each_official_count_says_what_it_counts_and_its_source(stats: dict[str, Any]) -> None:
    rows = sorted(oracle.rows("official_counts"), key=lambda row: row["as_of"])
    counts = stats["official_counts"]
    assert [(one["as_of"], one["count"]) for one in counts] == [(row["as_of"], int(row["count"])) for row in rows]
    by_meaning = {row["what_is_counted_fr"]: row for row in rows}
    for one in counts:
        row = by_meaning[one["counts_what"]]
        assert one["publisher"] == row["publisher"]
        assert [source["id"] for source in one["sources"]] == sorted(oracle.split(row["source_ids"]))
        assert all(source["url"].startswith("http") for source in one["sources"])
    assert ("2021-05-12", 56) in {(one["as_of"], one["count"]) for one in counts}


def test_the_registry_counts_what_its_lists_count(client: httpx.Client, stats: dict[str, Any]) -> None:
    poles = oracle.poles()
    assert stats["poles"]["total"] == 115
    assert stats["organisations"] == len(oracle.organisations())
    wanted = {
        "by_status": oracle.counted(pole.status for pole in poles),
        "by_region": oracle.counted(pole.region for pole in poles),
        "by_departement": oracle.counted(pole.departement for pole in poles if pole.departement),
        "by_wave": oracle.counted(wave for pole in poles for wave in pole.waves),
        "by_outcome": oracle.counted(outcome for pole in poles for outcome in pole.outcomes),
        "by_sector": oracle.counted(sector for pole in poles for sector in pole.sectors),
        "by_precision": oracle.counted(row["seat_precision"] for row in oracle.rows("poles")),
    }
    for name, counts in wanted.items():
        assert {one["value"]: one["count"] for one in stats["poles"][name]} == counts
    for one in stats["poles"]["by_region"]:
        assert len(listed(client, f"region={one['value']}")) == one["count"]


def keys(value: Any) -> set[str]:
    if isinstance(value, dict):
        return set(value) | {key for inner in value.values() for key in keys(inner)}
    return {key for inner in value for key in keys(inner)} if isinstance(value, list) else set()


def numbers(value: Any) -> list[Any]:
    if isinstance(value, dict | list):
        inner = value.values() if isinstance(value, dict) else value
        return [number for one in inner for number in numbers(one)]
    return [value] if isinstance(value, int | float) and not isinstance(value, bool) else []


def test_no_ratio_is_made_of_counts_that_count_different_things(stats: dict[str, Any]) -> None:
    elsewhere = {name: content for name, content in stats.items() if name != "waves"}
    assert not {key for key in keys(elsewhere) if any(word in key for word in ("ratio", "rate", "percent", "share"))}
    assert all(isinstance(number, int) for number in numbers(elsewhere))
    assert set(stats["official_counts"][0]) == {"as_of", "count", "counts_what", "publisher", "sources"}


def test_stats_say_their_state_and_licence(client: httpx.Client, stats: dict[str, Any]) -> None:
    page = asked(client, "/v1/poles?limit=1")
    for name in ("serial", "as_of", "licence", "attribution"):
        assert stats[name] == page[name]


def test_a_wave_shows_its_facts_and_its_poles(client: httpx.Client) -> None:
    for row in oracle.rows("waves"):
        wave = asked(client, f"/v1/waves/{row['id']}")
        texts = {"name": "name_fr", "kind": "kind", "opened_on": "opened_on", "closed_on": "closed_on",
                 "results_on": "results_on", "issuer": "issuer", "notes": "notes"}  # fmt: skip
        for name, column in texts.items():
            assert wave[name] == (row[column] or None)
        for name in ("candidates", "laureates", "budget_eur", "duration_months"):
            assert wave[name] == (int(row[name]) if row[name] else None)
        assert {label["pole"]["id"] for label in wave["labels"]} == {
            label["pole_id"] for label in oracle.rows("labels") if label["wave_id"] == row["id"]
        }
        assert [source["id"] for source in wave["sources"]] == sorted(oracle.split(row["source_ids"]))


def test_waves_are_filtered_by_kind_and_sorted_by_year(client: httpx.Client) -> None:
    by_kind = {kind: set(listed(client, f"kind={kind}", "/v1/waves")) for kind in ("AAP", "AMI", "programme")}
    for kind, found in by_kind.items():
        assert found == {row["id"] for row in oracle.rows("waves") if row["kind"] == kind}
    begun = [wave["opened_on"] or wave["results_on"] for wave in asked(client, "/v1/waves?sort=founded")["items"]]
    years = [date[:4] if date else "9999" for date in begun]  # without a date: last
    assert years == sorted(years)
    assert listed(client, "q=emergents", "/v1/waves") == ["ami-2021"]


def test_every_document_has_a_source(client: httpx.Client) -> None:
    for path in ("/v1/poles", "/v1/organisations", "/v1/waves"):
        for item in asked(client, f"{path}?limit=1000")["items"]:
            assert item["sources"], item["url"]

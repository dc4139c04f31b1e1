"""`territory` and `active_on`: filters that also count what the registry cannot decide."""

import httpx
import pytest

from tests.routes import oracle
from tests.routes.asking import asked, listed

UNITS = [
    "region:53", "region:93", "region:11", "region:84", "region:94", "region:01",
    "departement:44", "departement:974", "departement:93", "departement:77", "departement:38", "departement:2A",
    "epci:244400404", "epci:200071926", "epci:200043776", "epci:200054781", "epci:200067106", "epci:200057958",
    "ept:200057867", "ept:200057875",
    "commune:56121", "commune:44109", "commune:93066", "commune:75056", "commune:26281", "commune:11206", "commune:2A004",
]  # fmt: skip


@pytest.mark.parametrize("unit", UNITS)
def test_territory_finds_what_contains_the_unit_or_lies_in_it(client: httpx.Client, unit: str) -> None:
    answer = asked(client, f"/v1/poles?territory={unit}&limit=1000")
    found = [item["id"] for item in answer["items"]]
    assert found == oracle.ids(lambda pole: oracle.shares_ground(pole, unit))
    unknown = oracle.ids(lambda pole: not pole.units and pole.region in oracle.regions_of(unit))
    assert answer["undetermined"] == len(unknown)
    assert not set(found) & set(unknown)


def test_the_units_asked_for_prove_both_ways() -> None:
    contains = [unit for unit in UNITS if any(unit in pole.units for pole in oracle.poles())]
    found = [unit for unit in UNITS if oracle.ids(lambda pole, unit=unit: oracle.shares_ground(pole, unit))]  # type: ignore[misc]
    assert len(contains) > 5
    assert len(found) > len(contains)


def test_territory_is_not_the_seat(client: httpx.Client) -> None:
    seated = set(listed(client, "departement=44"))
    working = set(listed(client, "territory=departement:44"))
    assert working - seated or seated - working


def test_several_territories_are_any_of(client: httpx.Client) -> None:
    both = ("departement:974", "epci:244400404")
    wanted = oracle.ids(lambda pole: any(oracle.shares_ground(pole, unit) for unit in both))
    assert listed(client, f"territory={','.join(both)}") == wanted
    assert listed(client, f"territory={both[0]}&territory={both[1]}") == wanted


def test_a_former_code_is_the_current_commune(client: httpx.Client) -> None:
    assert listed(client, "territory=commune:56095") == listed(client, "territory=commune:56121") != []
    (notice,) = asked(client, "/v1/poles?territory=commune:56095")["notices"]
    assert notice == "territory : 56095 est un ancien code, remplacé par 56121 (Lorient)"
    assert asked(client, "/v1/poles?territory=commune:56121")["notices"] == []


def test_an_arrondissement_is_its_commune(client: httpx.Client) -> None:
    paris, part = (asked(client, f"/v1/poles?territory=commune:{code}&fields=name") for code in ("75056", "75118"))
    assert (part["items"], part["undetermined"]) == (paris["items"], paris["undetermined"])
    assert len(part["notices"]) == 1


@pytest.mark.parametrize("former", oracle.rows("reference/former_regions"), ids=lambda row: row["nom"])
def test_a_region_of_before_2016_is_its_departements(client: httpx.Client, former: dict[str, str]) -> None:
    units = [f"departement:{code}" for code in oracle.split(former["departements"])]
    answer = asked(client, f"/v1/poles?territory=region:{former['code']}&limit=1000")
    found = [item["id"] for item in answer["items"]]
    assert found == oracle.ids(lambda pole: any(oracle.shares_ground(pole, unit) for unit in units))
    regions = {region for unit in units for region in oracle.regions_of(unit)}
    assert answer["undetermined"] == len(oracle.ids(lambda pole: not pole.units and pole.region in regions))
    assert answer["notices"] == [
        f"territory : « {former['nom']} » est une région d’avant 2016, lue comme ses départements"
    ]
    assert answer["filters"] == {"territory": [f"region:{former['code']}"]}
    assert found == listed(client, f"territory={','.join(units)}")


def test_undetermined_respects_the_other_filters(client: httpx.Client) -> None:
    answer = asked(client, "/v1/poles?territory=region:84&status=active&wave=2013")
    unknown = oracle.ids(
        lambda pole: not pole.units and pole.region == "84" and pole.status == "active" and "aap-2013" in pole.waves
    )
    assert answer["undetermined"] == len(unknown) > 0


@pytest.mark.parametrize("unit", ["44", "epci:1", "region:99", "ville:75056", "epci:", ":44", "departement"])
def test_a_territory_that_does_not_exist_is_refused(client: httpx.Client, unit: str) -> None:
    response = client.get("/v1/poles", params={"territory": unit})
    assert response.status_code == 422
    (fault,) = response.json()["errors"]
    assert fault["parameter"] == "territory"
    assert "epci:" in fault["expected"]


DAYS = ["1999-12-31", "2013-12-31", "2014-01-09", "2014-01-10", "2015-06-30", "2017-12-30", "2017-12-31", "2018-01-01",
        "2021-05-11", "2021-05-12", "2021-12-30", "2021-12-31", "2024-02-29", "2026-11-01"]  # fmt: skip


@pytest.mark.parametrize("day", DAYS)
def test_active_on_finds_the_poles_that_existed_that_day(client: httpx.Client, day: str) -> None:
    answer = asked(client, f"/v1/poles?active_on={day}&limit=1000")
    assert [item["id"] for item in answer["items"]] == oracle.ids(lambda pole: oracle.existed(pole, day) is True)
    assert answer["undetermined"] == len(oracle.ids(lambda pole: oracle.existed(pole, day) is None))


def test_the_day_of_the_official_count_says_what_it_does_not_know(client: httpx.Client) -> None:
    answer = asked(client, "/v1/poles?active_on=2021-05-12")
    assert answer["undetermined"] > 0
    assert 0 < answer["count"] < 115 - answer["undetermined"]


def test_active_on_and_territory_count_together_what_is_not_known(client: httpx.Client) -> None:
    answer = asked(client, "/v1/poles?active_on=2021-05-12&territory=region:84")

    def possible(pole: oracle.Pole) -> bool:
        here = oracle.shares_ground(pole, "region:84") or (not pole.units and pole.region == "84")
        return here and oracle.existed(pole, "2021-05-12") is not False

    certain = oracle.ids(
        lambda pole: oracle.shares_ground(pole, "region:84") and oracle.existed(pole, "2021-05-12") is True
    )
    assert answer["count"] == len(certain)
    assert answer["undetermined"] == len(oracle.ids(possible)) - len(certain)

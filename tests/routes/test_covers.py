"""`covers`: which poles work where a point lies, against outlines and units read one by one in plain Python."""

import httpx
import pytest

from tests.routes import geography, oracle
from tests.routes.asking import FORMATS, asked, ids_of, link, refused

DEPARTEMENTS = sorted(geography.shapes("departements"))
PARIS, NANTES = "2.35,48.85", "-1.55,47.21"


@pytest.mark.parametrize("departement", DEPARTEMENTS)
def test_a_point_finds_who_works_there_and_counts_who_may(client: httpx.Client, departement: str) -> None:
    for point in geography.random_points(departement, 3):
        place = geography.place(*point)
        assert departement in place.departements
        certain, possible = place.answer()
        answer = asked(client, f"/v1/poles?covers={place.covers}&limit=1000&fields=name")
        assert [item["id"] for item in answer["items"]] == certain
        assert answer["undetermined"] == len(possible)
        (notice,) = answer["notices"]
        units = [*(f"departement:{code}" for code in place.departements), *(f"region:{code}" for code in place.regions)]
        assert all(unit in notice for unit in units)
        assert ("non décidée" in notice) == (not place.sure)


def test_the_points_drawn_prove_something() -> None:
    places = [geography.place(*point) for code in DEPARTEMENTS for point in geography.random_points(code, 3)]
    answers = [place.answer() for place in places]
    assert sum(place.sure for place in places) > 200
    assert sum(not place.sure for place in places) > 20
    assert sum(bool(certain) for certain, _ in answers) > 50
    assert sum(bool(possible) for _, possible in answers) > 200


@pytest.mark.parametrize(
    "unit", sorted({unit for pole in oracle.poles() for unit in pole.units if not unit.startswith("region:")})
)
def test_a_pole_works_in_the_middle_of_what_it_declares_or_may(client: httpx.Client, unit: str) -> None:
    kind, _, code = unit.partition(":")
    sheet, key = {"epci": ("epci", "siren"), "departement": ("departements", "code")}.get(kind, ("communes", "code"))
    inside = code if sheet != "communes" else min(oracle.communes_of(unit))
    (row,) = [row for row in oracle.rows(f"reference/{sheet}") if row[key] == inside]
    place = geography.place(float(row["lon"]), float(row["lat"]))
    certain, possible = place.answer()
    declared = set(oracle.ids(lambda pole: unit in pole.units))
    assert declared
    assert declared <= set(certain) | set(possible)
    answer = asked(client, f"/v1/poles?covers={place.covers}&limit=1000")
    assert [item["id"] for item in answer["items"]] == certain
    assert answer["undetermined"] == len(possible)


@pytest.mark.parametrize("code", ["29155", "29084", "56085"], ids=["Ouessant", "Île-Molène", "Hœdic"])
def test_an_island_that_light_outlines_leave_out_lies_in_its_departement(client: httpx.Client, code: str) -> None:
    (row,) = [row for row in oracle.rows("reference/communes") if row["code"] == code]
    place = geography.place(float(row["lon"]), float(row["lat"]))
    certain, possible = place.answer()
    answer = asked(client, f"/v1/poles?covers={row['lon']},{row['lat']}")
    assert [item["id"] for item in answer["items"]] == certain
    assert answer["undetermined"] == len(possible) > 0
    assert place.epcis == []
    assert f"departement:{row['departement']}, region:53" in answer["notices"][0]
    assert "non décidée" in answer["notices"][0]


def test_a_quay_just_outside_an_outline_is_ashore(client: httpx.Client) -> None:
    longitude, latitude = max(map(tuple, geography.features("departements")["974"]["coordinates"][0]))
    answer = asked(client, f"/v1/poles?covers={longitude + 0.0009:.5f},{latitude}")
    assert "departement:974, region:04" in answer["notices"][0]
    refused(client.get(f"/v1/poles?covers={longitude + 0.0011:.5f},{latitude}"), 422)


@pytest.mark.parametrize(("point", "suggestion"), [
    ("48.85,2.35", "2.35,48.85"), ("47.21,-1.55", "-1.55,47.21"), ("-20.9,55.45", "55.45,-20.9"),
    ("16.25,-61.5", "-61.5,16.25"), ("-20,40", None), ("0,0", None), ("4.5,42.5", None), ("-0.12,51.5", None),
    ("13.4,52.5", None), ("6.15,46.2", None), ("180,90", None), ("-63.05,18.07", None),
])  # fmt: skip
def test_a_point_in_no_departement_is_refused_and_swapped_numbers_are_told(
    client: httpx.Client, point: str, suggestion: str | None
) -> None:
    problem = refused(client.get("/v1/poles", params={"covers": point}), 422)
    (fault,) = problem["errors"]
    assert (fault["parameter"], fault["value"]) == ("covers", point)
    assert "longitude,latitude" in fault["expected"]
    assert fault.get("suggestion") == suggestion
    assert suggestion is None or f"Vouliez-vous « {suggestion} » ?" in problem["detail"]


@pytest.mark.parametrize(
    "written",
    ["2.35", "2.35,48.85,0", "a,b", "2.35;48.85", "181,0", "2.35,90.5", "nan,inf", "1e1,2", "48°51,2°21", ","],
)
def test_what_is_no_point_is_refused(client: httpx.Client, written: str) -> None:
    (fault,) = refused(client.get("/v1/poles", params={"covers": written}), 422)["errors"]
    assert fault["parameter"] == "covers"
    assert "longitude,latitude" in fault["expected"]


def test_one_point_is_asked_for_at_a_time(client: httpx.Client) -> None:
    refused(client.get(f"/v1/poles?covers={PARIS}&covers={NANTES}"), 422)


def test_the_point_is_echoed_as_it_was_understood(client: httpx.Client) -> None:
    for written in ("2.35,48.85", " +2.350 , 48.85", "2.35,48.85000"):
        answer = asked(client, str(httpx.URL("/v1/poles", params={"covers": written})))
        assert answer["filters"] == {"covers": PARIS}


def test_every_format_has_the_same_poles(client: httpx.Client) -> None:
    paths = [f"/v1/poles.{form}?covers={PARIS}" for form in FORMATS]
    found = [ids_of(client.get(path), form) for path, form in zip(paths, FORMATS, strict=True)]
    assert found == [geography.place(2.35, 48.85).answer()[0]] * len(FORMATS)
    assert found[0]


def test_covers_goes_with_every_other_filter(client: httpx.Client) -> None:
    certain, possible = geography.place(2.35, 48.85).answer()
    poles = {pole.id: pole for pole in oracle.poles()}
    for status in ("active", "inactive", "unknown"):
        answer = asked(client, f"/v1/poles?covers={PARIS}&status={status}&facets=status,wave&as_of=1&sort=-name")
        assert [item["id"] for item in answer["items"]] == [
            pole for pole in reversed(certain) if poles[pole].status == status
        ]
        assert answer["undetermined"] == sum(poles[pole].status == status for pole in possible)
        facet = {one["value"]: one["count"] for one in answer["facets"]["status"]}
        assert facet == oracle.counted(poles[pole].status for pole in certain)


def test_pages_of_a_point_follow_each_other(client: httpx.Client) -> None:
    found: list[str] = []
    following: str | None = f"/v1/poles?covers={PARIS}&limit=1"
    while following:
        page = asked(client, following)
        found += [item["id"] for item in page["items"]]
        assert page["count"] == len(geography.place(2.35, 48.85).answer()[0])
        following = link(page, "next")
    assert found == geography.place(2.35, 48.85).answer()[0]
    assert len(found) > 1


def test_a_search_by_post_reads_a_point_too(client: httpx.Client) -> None:
    for written in (PARIS, [2.35, 48.85]):
        answer = client.post("/v1/poles/search", json={"covers": written}).json()
        assert [item["id"] for item in answer["items"]] == geography.place(2.35, 48.85).answer()[0]
        assert answer["undetermined"] == asked(client, f"/v1/poles?covers={PARIS}")["undetermined"]


@pytest.mark.parametrize(("body", "pointer", "suggestion"), [
    ({"covers": [48.85, 2.35]}, "/covers", "2.35,48.85"), ({"covers": "0,0"}, "/covers", None),
    ({"covers": "ici"}, "/covers", None), ({"region": "Bretagn"}, "/region", "53"), ({"fields": "nom"}, "/fields", None),
])  # fmt: skip
def test_a_search_by_post_is_told_where_its_body_is_wrong(
    client: httpx.Client, body: dict[str, object], pointer: str, suggestion: str | None
) -> None:
    (fault,) = refused(client.post("/v1/poles/search", json=body), 422)["errors"]
    assert fault["pointer"] == pointer
    assert suggestion is None or fault["suggestion"] == suggestion

"""The abstract tests of CQL2 (its Annex A), on every queryable of records and of places."""

import itertools

import httpx
import pytest

from tests.ogc.asking import COLLECTIONS, OGC, bad, got
from tests.ogc.requirements import proves

# One collection of records and one of places: the others are read by the same code.
ASKED = ("poles", "departements")
TYPED = {"string": "'foo'", "integer": "1", "number": "3.14", "instant": "TIMESTAMP('2022-04-14T14:48:46Z')"}


def queryables(client: httpx.Client, collection: str, *types: str) -> list[tuple[str, str]]:
    properties = got(client, f"/collections/{collection}/queryables")["properties"]
    typed = [
        (name, "instant" if about.get("format") == "date-time" else about.get("type", "geometry"))
        for name, about in properties.items()
    ]
    return [(name, type_) for name, type_ in typed if type_ in types]


def evaluated(client: httpx.Client, collection: str, text: str) -> frozenset[str]:
    response = client.get(f"{OGC}/collections/{collection}/items", params={"filter": text, "limit": 1000})
    assert response.status_code == 200, (text, response.text[:300])
    return frozenset(feature["id"] for feature in response.json()["features"])


@pytest.mark.parametrize("collection", ASKED)
def test_conf_basic_cql2_comparison(client: httpx.Client, collection: str) -> None:
    """/conf/basic-cql2/basic-test, comparison, boolean."""
    names = queryables(client, collection, *TYPED)
    assert names
    for name, type_ in names:
        for one, other in (("=", "<>"), (">", "<="), ("<", ">=")):
            found = [evaluated(client, collection, f"{name} {sign} {TYPED[type_]}") for sign in (one, other)]
            assert not found[0] & found[1]
    assert not evaluated(client, collection, "false")
    assert evaluated(client, collection, "true")


@pytest.mark.parametrize("collection", ASKED)
def test_conf_advanced_comparison_operators(client: httpx.Client, collection: str) -> None:
    """/conf/advanced-comparison-operators/like, between, in."""
    for name, _ in queryables(client, collection, "string"):
        some, none = (evaluated(client, collection, f"{name} like '{pattern}'") for pattern in ("_%", ""))
        assert not some & none
        assert evaluated(client, collection, f"{name} LIKE '%'") == evaluated(client, collection, f"{name} like '%%'")
        evaluated(client, collection, f"{name} like '\\%\\_'")
        evaluated(client, collection, f"{name} in ('foo', 'bar')")
    for name, _ in queryables(client, collection, "integer", "number"):
        assert not evaluated(client, collection, f"{name} between 100.0 and 1.0")
        between = evaluated(client, collection, f"{name} BETWEEN 0 AND 100")
        assert evaluated(client, collection, f"{name} IN (1, 2, 3)") <= between
        assert not evaluated(client, collection, f"{name} not between 0 and 100") & between
    for name, _ in queryables(client, collection, "instant"):
        evaluated(client, collection, f"{name} in ('2022-04-14T14:52:56Z', '2022-04-14T15:52:56Z')")


@pytest.mark.parametrize("collection", ASKED)
def test_conf_case_and_accent_insensitive_comparison(client: httpx.Client, collection: str) -> None:
    """/conf/case-insensitive-comparison/casei, casei-like; /conf/accent-insensitive-comparison/accenti and the others."""
    for name, _ in queryables(client, collection, "string"):
        for same in (
            (f"CASEI({name}) LIKE casei('foo%')", f"CASEI({name}) LIKE casei('FOO%')"),
            (f"ACCENTI({name}) LIKE accenti('Ä%')", f"ACCENTI({name}) LIKE accenti('A%')"),
            (f"ACCENTI(CASEI({name})) = accenti(casei('ÄÉ'))", f"ACCENTI(CASEI({name})) = accenti(casei('ae'))"),
            (f"ACCENTI(CASEI({name})) LIKE accenti(casei('Ä%'))", f"ACCENTI(CASEI({name})) LIKE accenti(casei('a%'))"),
        ):
            one, other = (evaluated(client, collection, text) for text in same)
            assert one == other
        for fold, first, second in (("casei", "foo", "FOO"), ("accenti", "äöüéáí", "aoueai")):
            equal = evaluated(client, collection, f"{fold}({name}) = {fold}('{first}')")
            assert not equal & evaluated(client, collection, f"{fold}({name}) <> {fold}('{second}')")


def test_conf_accenti_takes_strokes_away(client: httpx.Client) -> None:
    everything = evaluated(client, "poles", "true")
    for written, bare in (("København", "Kobenhavn"), ("KØBENHAVN", "KOBENHAVN"), ("Łódź", "Lodz")):
        assert evaluated(client, "poles", f"accenti('{written}') = '{bare}'") == everything


@pytest.mark.parametrize("collection", COLLECTIONS)
@proves("cql2/basic-spatial-functions-plus", "spatial-data-types")
def test_conf_basic_spatial_functions_plus(client: httpx.Client, collection: str) -> None:
    """/conf/basic-spatial-functions/s_intersects, /conf/basic-spatial-functions-plus/s_intersects."""
    hole = "((-180 -90, -90 -90, -90 90, -180 90, -180 -90), (-120 -50, -100 -50, -100 -40, -120 -40, -120 -50))"
    for shape in (
        "BBOX(-180,-90,180,90)",
        "BBOX(150,-90,-150,90)",
        "POINT(7.02 49.92)",
        "LINESTRING(-180 -45, 0 -45)",
        "MULTILINESTRING((-180 -45, 0 -45), (0 45, 180 45))",
        f"POLYGON{hole}",
        f"MULTIPOLYGON({hole},((0 0, 10 0, 10 10, 0 10, 0 0)))",
        "GEOMETRYCOLLECTION(POINT(7.02 49.92), POLYGON((0 0, 10 0, 10 10, 0 10, 0 0)))",
    ):
        evaluated(client, collection, f"S_INTERSECTS(geometry,{shape})")
    apart = "S_INTERSECTS(geometry,BBOX(-180,-90,-90,90)) AND S_INTERSECTS(geometry,BBOX(90,-90,180,90))"
    assert not evaluated(client, collection, apart)
    for shape in ("POINT(90 180)", "MULTIPOINT(7.02 49.92, 90 180)"):
        bad(client, f"/collections/{collection}/items", "filter", filter=f"S_INTERSECTS(geometry,{shape})")


@pytest.mark.parametrize("collection", ASKED)
def test_conf_logical(client: httpx.Client, collection: str) -> None:
    """/conf/…/logical: combinations of the predicates above."""
    (text, _), *_ = queryables(client, collection, "string")
    (number, _), *_ = queryables(client, collection, "integer")
    predicates = [
        f"{text} > 'foo'", f"{number} BETWEEN 0 AND 100", f"CASEI({text}) LIKE casei('A%')", f"{number} IS NULL", "S_INTERSECTS(geometry,BBOX(0,40,10,50))"
    ]  # fmt: skip
    for p1, p2, p3, p4 in itertools.islice(itertools.permutations(predicates, 4), 0, None, 9):
        evaluated(client, collection, f"((NOT {p1} AND {p2}) OR ({p3} and NOT {p4}) or not ({p1} AND {p4}))")


@proves("cql2/cql2-text", "escaping")
def test_conf_cql2_text_escaping(client: httpx.Client) -> None:
    everything = evaluated(client, "poles", "true")
    assert evaluated(client, "poles", "'l''été' = 'l\\'été'") == everything
    assert evaluated(client, "poles", "'a\\tb' <> 'a\\nb' AND 'a\\tb' = 'a\\tb'") == everything
    assert not evaluated(client, "poles", "'a\\tb' = 'atb'")

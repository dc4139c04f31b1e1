"""CQL2: the abstract tests of the classes that are declared, the same answers as an evaluation in Python, hard input."""

import json
import operator
import re
import time
import unicodedata
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import httpx
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.ogc.asking import COLLECTIONS, OGC, bad, epsg, ids, items
from tests.ogc.requirements import proves
from tests.routes.asking import refused

Json = dict[str, Any]
Test = Callable[[Json], bool | None]
COMPARE = {
    "=": operator.eq,
    "<>": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def where(client: httpx.Client, test: Callable[[Json, Any], Any], collection: str = "poles") -> list[str]:
    """Return the ids of what meets a test in Python (properties, geometry)."""
    return [
        feature["id"]
        for feature in items(client, collection)["features"]
        if test(feature["properties"], feature["geometry"] and shapely.geometry.shape(feature["geometry"])) is True
    ]


def both(client: httpx.Client, text: str, tree: Any, collection: str = "poles") -> list[str]:
    """Ask in CQL2 text and JSON, which must find the same."""
    found = ids(client, collection, filter=text)
    assert ids(client, collection, filter=text, filter_lang="cql2-text") == found
    assert ids(client, collection, filter=json.dumps(tree), filter_lang="cql2-json") == found
    return found


def prop(name: str) -> Json:
    return {"property": name}


def op(name: str, *arguments: Any) -> Json:
    return {"op": name, "args": list(arguments)}


@pytest.mark.parametrize("sign", list(COMPARE))
@proves("cql2/basic-cql2", "binary-comparison-predicate")
def test_basic_binary_comparison(client: httpx.Client, sign: str) -> None:
    """/req/basic-cql2/binary-comparison-predicate: texts by their characters, numbers; what is not known is not found."""
    compare = COMPARE[sign]
    for name, value in (("founded_year", 2014), ("name", "Pôle"), ("region", "84"), ("status_as_of", "2021")):
        literal = f"'{value}'" if isinstance(value, str) else value
        wanted = where(client, lambda about, _: about[name] is not None and compare(about[name], value))  # noqa: B023
        assert both(client, f"{name} {sign} {literal}", op(sign, prop(name), value)) == wanted
        mirrored = {"<": ">", ">": "<", "<=": ">=", ">=": "<="}.get(sign, sign)
        assert ids(client, filter=f"{literal} {mirrored} {name}") == wanted


def test_basic_moments(client: httpx.Client) -> None:
    everything = ids(client)
    assert (
        both(
            client,
            "recorded_at > TIMESTAMP('2020-01-01T00:00:00Z')",
            op(">", prop("recorded_at"), {"timestamp": "2020-01-01T00:00:00Z"}),
        )
        == everything
    )
    assert not ids(client, filter="recorded_at < TIMESTAMP('2020-01-01T00:00:00+02:00')")
    since = ids(client, filter="status_as_of >= DATE('2021-05-12')")
    assert since == where(client, lambda about, _: (about["status_as_of"] or "") >= "2021-05-12")


@proves("cql2/basic-cql2", "cql2-filter")
@proves("cql2/cql2-text cql2/cql2-json", "basic-cql2")
@proves("features-3/filter", "response")
def test_basic_logic(client: httpx.Client) -> None:
    """/req/basic-cql2/cql2-filter: AND, OR, NOT, their precedence, and what is neither true nor false."""
    first, second, third = (
        op("=", prop("region"), "84"),
        op(">", prop("founded_year"), 2013),
        op("=", prop("status"), "active"),
    )

    def one(about: Json) -> bool | None:
        return None if about["region"] is None else about["region"] == "84"

    assert both(client, "region = '84' OR founded_year > 2013 AND status = 'active'", op("or", first, op("and", second, third))) == where(
        client, lambda about, _: one(about) is True or ((about["founded_year"] or 0) > 2013 and about["status"] == "active")
    )  # fmt: skip
    assert both(client, "(region = '84' OR founded_year > 2013) AND NOT (status = 'active')", op("and", op("or", first, second), op("not", third))) == where(
        client, lambda about, _: (one(about) is True or (about["founded_year"] or 0) > 2013) and about["status"] != "active"
    )  # fmt: skip
    assert both(client, "NOT region = '84'", op("not", first)) == where(client, lambda about, _: one(about) is False)
    assert both(client, "true", True) == ids(client)
    assert both(client, "false OR NOT true", op("or", False, op("not", True))) == []


@pytest.mark.parametrize("name", ["acronym", "founded_year", "region", "website", "territory"])
@proves("cql2/basic-cql2", "null-predicate")
def test_basic_null(client: httpx.Client, name: str) -> None:
    """/req/basic-cql2/null-predicate."""
    assert both(client, f"{name} IS NULL", op("isNull", prop(name))) == where(
        client, lambda about, _: about[name] is None
    )
    assert both(client, f"{name} IS NOT NULL", op("not", op("isNull", prop(name)))) == where(
        client, lambda about, _: about[name] is not None
    )


@pytest.mark.parametrize("collection", COLLECTIONS)
@proves("cql2/basic-cql2", "property")
@proves("features-3/queryables", "expression-construction")
def test_basic_every_queryable_can_be_named(client: httpx.Client, collection: str) -> None:
    """/req/basic-cql2/property, /req/queryables/expression-construction."""
    for name in client.get(f"{OGC}/collections/{collection}/queryables").json()["properties"]:
        found = items(client, collection, filter=f'"{name}" IS NULL', limit=1)["numberMatched"]
        others = items(client, collection, filter=f"{name} IS NOT NULL", limit=1)["numberMatched"]
        assert found + others == items(client, collection, limit=1)["numberMatched"]
    problem = bad(client, f"/collections/{collection}/items", "filter", filter="longitud = 1")
    assert "« longitud »" in problem["detail"]
    assert problem["errors"][0]["suggestion"] == "longitude"


@pytest.mark.parametrize(
    ("pattern", "regex"),
    [("P%", "P.*"), ("%coop%", ".*coop.*"), ("P_le%", "P.le.*"), ("%", ".*"), ("%*%", r".*\*.*"), ("[A-C]%", r"\[A-C\].*"), ("%?", r".*\?"), ("%.%", r".*\..*"), ("100\\%%", "100%.*"), ("pôle%", "pôle.*")],
)  # fmt: skip
@proves("cql2/advanced-comparison-operators", "like-predicate")
def test_advanced_like(client: httpx.Client, pattern: str, regex: str) -> None:
    """/req/advanced-comparison-operators/like-predicate: `%`, `_`, backslash; case matters, nothing else is special."""
    wanted = where(client, lambda about, _: re.fullmatch(regex, about["name"], re.DOTALL) is not None)
    assert both(client, f"name LIKE '{pattern}'", op("like", prop("name"), pattern)) == wanted
    assert len(ids(client, filter=f"name NOT LIKE '{pattern}'")) == len(ids(client)) - len(wanted)


@proves("cql2/advanced-comparison-operators", "between-predicate in-predicate")
@proves("cql2/cql2-text cql2/cql2-json", "advanced-comparison-operators")
def test_advanced_between_and_in(client: httpx.Client) -> None:
    wanted = where(client, lambda about, _: 2010 <= (about["founded_year"] or 0) <= 2014)
    assert both(client, "founded_year BETWEEN 2010 AND 2014", op("between", prop("founded_year"), 2010, 2014)) == wanted
    wanted = where(client, lambda about, _: about["region"] in {"01", "84"})
    assert both(client, "region IN ('01', '84')", op("in", prop("region"), ["01", "84"])) == wanted
    wanted = where(client, lambda about, _: about["region"] is not None and about["region"] not in {"01", "84"})
    assert ids(client, filter="region NOT IN ('01', '84')") == wanted
    wanted = where(client, lambda about, _: about["founded_year"] in {2013, 2014})
    assert ids(client, filter="founded_year IN (2013, 2014)") == wanted


def test_lists_are_met_by_any_of_their_values(client: httpx.Client) -> None:
    assert both(client, "waves = 'aap-2013'", op("=", prop("waves"), "aap-2013")) == where(
        client, lambda about, _: "aap-2013" in about["waves"]
    )
    assert ids(client, filter="waves <> 'aap-2013'") == where(client, lambda about, _: "aap-2013" not in about["waves"])
    assert ids(client, filter="waves IN ('aap-2013', 'ami-2021')") == where(
        client, lambda about, _: bool({"aap-2013", "ami-2021"} & set(about["waves"]))
    )
    assert ids(client, filter="waves LIKE 'ami%'") == where(
        client, lambda about, _: any(one.startswith("ami") for one in about["waves"])
    )
    assert ids(client, filter="CASEI(sectors) LIKE 'cult%'") == where(
        client, lambda about, _: any(one.startswith("cult") for one in about["sectors"])
    )
    assert ids(client, filter="waves IS NULL") == where(client, lambda about, _: not about["waves"])
    for text in ("waves > 'a'", "name = waves", "waves = 1"):
        bad(client, "/collections/poles/items", "filter", filter=text)


def folded(text: str, *, case: bool, accents: bool) -> str:
    text = text.casefold() if case else text
    return (
        "".join(one for one in unicodedata.normalize("NFD", text) if not "\u0300" <= one <= "\u036f")
        if accents
        else text
    )


@pytest.mark.parametrize(("case", "accents"), [(True, False), (False, True), (True, True)])
@proves("cql2/case-insensitive-comparison", "casei-function")
@proves("cql2/accent-insensitive-comparison", "accenti-function")
@proves("cql2/cql2-text", "case-insensitive-comparison accent-insensitive-comparison")
def test_case_and_accent_insensitive(client: httpx.Client, case: bool, accents: bool) -> None:
    """/req/case-insensitive-comparison/casei-function, /req/accent-insensitive-comparison/accenti-function."""

    def call(text: str) -> str:
        text = f"ACCENTI({text})" if accents else text
        return f"CASEI({text})" if case else text

    names = [feature["properties"]["name"] for feature in items(client, "organisations")["features"]]
    for name in sorted({one for one in names if not one.isascii()})[:6] + [one for one in names if "É" in one][:3]:
        for written in (name, name.upper(), name.swapcase(), folded(name, case=False, accents=True)):
            wanted = where(
                client, lambda about, _: folded(about["name"], case=case, accents=accents) == folded(written, case=case, accents=accents), "organisations"  # noqa: B023
            )  # fmt: skip
            quoted = written.replace("'", "''")
            assert ids(client, "organisations", filter=f"{call('name')} = {call(chr(39) + quoted + chr(39))}") == wanted
    pattern = "%" + ("COOPÉRA" if case else "coopéra") + "%"
    wanted = where(
        client,
        lambda about, _: (
            folded("coopéra", case=case, accents=accents) in folded(about["name"], case=case, accents=accents)
        ),
        "organisations",
    )
    assert wanted
    assert ids(client, "organisations", filter=f"{call('name')} LIKE {call(chr(39) + pattern + chr(39))}") == wanted
    if case:
        assert ids(
            client, "organisations", filter=f"{call('kind')} IN ({call(chr(39) + 'ASSOCIATION' + chr(39))})"
        ) == ids(client, "organisations", kind="association")


@pytest.mark.parametrize("collection", ["poles", "organisations", "regions", "departements"])
@proves("cql2/basic-spatial-functions", "spatial-predicate")
@proves("cql2/cql2-text cql2/cql2-json", "basic-spatial-functions basic-spatial-functions-plus")
def test_basic_spatial_functions(client: httpx.Client, collection: str) -> None:
    """/req/basic-spatial-functions/spatial-predicate: points and boxes; other geometries work as well."""
    shapes = {
        "BBOX(4, 44, 6, 46)": shapely.box(4, 44, 6, 46),
        "POINT(5.0381 45.0548)": shapely.Point(5.0381, 45.0548),
        "POLYGON((4 44, 6 44, 5 46, 4 44))": shapely.Polygon([(4, 44), (6, 44), (5, 46)]),
        "MULTIPOLYGON(((4 44, 6 44, 5 46, 4 44)), ((0 47, 3 47, 3 50, 0 47)))": shapely.MultiPolygon([shapely.Polygon([(4, 44), (6, 44), (5, 46)]), shapely.Polygon([(0, 47), (3, 47), (3, 50)])]),
        "LINESTRING(4 44, 6 46)": shapely.LineString([(4, 44), (6, 46)]),
        "MULTIPOINT((5.0381 45.0548), (2.2394 43.0499))": shapely.MultiPoint([(5.0381, 45.0548), (2.2394, 43.0499)]),
    }  # fmt: skip
    for text, shape in shapes.items():
        tree = {"bbox": [4, 44, 6, 46]} if text.startswith("BBOX") else json.loads(shapely.to_geojson(shape))
        wanted = where(client, lambda _, place: place and bool(place.intersects(shape)), collection)  # noqa: B023
        assert (
            both(client, f"S_INTERSECTS(geometry, {text})", op("s_intersects", prop("geometry"), tree), collection)
            == wanted
        )
        missed = where(client, lambda _, place: place and not place.intersects(shape), collection)  # noqa: B023
        assert ids(client, collection, filter=f"NOT S_INTERSECTS(geometry, {text})") == missed
    assert ids(client, collection, filter="geometry IS NULL") == where(
        client, lambda _, place: place is None, collection
    )
    whole = ids(client, collection, filter="S_INTERSECTS(geometry, BBOX(-180, -90, 180, 90))")
    assert whole == where(client, lambda _, place: place is not None, collection)
    bad(
        client,
        f"/collections/{collection}/items",
        "filter",
        filter="S_INTERSECTS(geometry, BBOX(1000000, 1000000, 2000000, 2000000))",
    )


@proves("features-3/filter", "filter-crs-wgs84 filter-crs-param")
def test_filter_crs(client: httpx.Client) -> None:
    """/req/filter/filter-crs-wgs84, filter-crs-param: coordinates of a filter are in its own system."""
    plain = ids(client, filter="S_INTERSECTS(geometry, POINT(5.0381 45.0548))")
    assert plain == ["archer-pole-sud"]
    assert ids(client, filter="S_INTERSECTS(geometry, POINT(45.0548 5.0381))", filter_crs=epsg(4326)) == plain
    area = ids(client, filter="S_INTERSECTS(geometry, POLYGON((44 4, 46 4, 46 6, 44 6, 44 4)))", filter_crs=epsg(4326))
    assert area == ids(client, bbox="4,44,6,46")


@proves("features-3/features-filter", "response")
@proves("features-3/filter", "mixing-expressions")
def test_filter_goes_with_everything(client: httpx.Client) -> None:
    """/req/features-filter/response: all parameters hold together."""
    found = ids(client, filter="founded_year > 2000", region="84", bbox="-10,40,20,60", datetime="2020-01-01/..")
    assert found == [
        one
        for one in ids(client, region="84")
        if one in ids(client, filter="founded_year > 2000") and one in ids(client, bbox="-10,40,20,60")
    ]
    assert ids(client, filter="region = '84'", as_of="1") == ids(client, region="84")


TEXTS = st.sampled_from(["84", "01", "Pôle", "aap-2013", "active", "", "'", "%", "é", "2021", "\\"])
NUMBERS = st.sampled_from([2013, 2014, 0, -1, 2.5])
TEXT_NAMES = st.sampled_from(["id", "name", "region", "acronym", "status", "status_as_of"])


def comparisons() -> st.SearchStrategy[tuple[Json, Test]]:
    def texts(name: str, sign: str, value: str) -> tuple[Json, Test]:
        return op(
            sign, prop(name), value
        ), lambda about: None if about[name] is None else COMPARE[sign](about[name], value)

    def numbers(sign: str, value: float) -> tuple[Json, Test]:
        return op(
            sign, prop("founded_year"), value
        ), lambda about: None if about["founded_year"] is None else COMPARE[sign](about["founded_year"], value)

    def nulls(name: str) -> tuple[Json, Test]:
        return op("isNull", prop(name)), lambda about: about[name] is None

    def lists(value: str) -> tuple[Json, Test]:
        return op("=", prop("waves"), value), lambda about: value in about["waves"]

    def among(name: str, values: list[str]) -> tuple[Json, Test]:
        return op("in", prop(name), values), lambda about: None if about[name] is None else about[name] in values

    signs = st.sampled_from(list(COMPARE))
    return st.one_of(
        st.builds(texts, TEXT_NAMES, signs, TEXTS),
        st.builds(numbers, signs, NUMBERS),
        st.builds(nulls, TEXT_NAMES),
        st.builds(lists, TEXTS),
        st.builds(among, TEXT_NAMES, st.lists(TEXTS, min_size=1, max_size=3)),
    )


def joined(inner: st.SearchStrategy[tuple[Json, Test]]) -> st.SearchStrategy[tuple[Json, Test]]:
    def negation(one: tuple[Json, Test]) -> tuple[Json, Test]:
        return op("not", one[0]), lambda about: None if (value := one[1](about)) is None else not value

    def logic(name: str, parts: list[tuple[Json, Test]]) -> tuple[Json, Test]:
        strong = name == "or"  # the value that decides alone

        def test(about: Json) -> bool | None:
            values = [part[1](about) for part in parts]
            if strong in values:
                return strong
            return None if None in values else not strong

        return op(name, *(part[0] for part in parts)), test

    parts = st.lists(inner, min_size=2, max_size=3)
    return st.one_of(st.builds(negation, inner), st.builds(logic, st.sampled_from(["and", "or"]), parts))


@settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.recursive(comparisons(), joined, max_leaves=8))
def test_random_filters_find_what_python_finds(client: httpx.Client, case: tuple[Json, Test]) -> None:
    tree, test = case
    response = client.get(
        f"{OGC}/collections/poles/items", params={"filter": json.dumps(tree), "filter-lang": "cql2-json", "limit": 1000}
    )
    assert response.status_code == 200, response.text[:500]
    found = [feature["id"] for feature in response.json()["features"]]
    assert found == where(client, lambda about, _: test(about))


HARD = {
    "10,000 nested NOT": "NOT " * 10_000 + "region = '01'",
    "NOT in the length allowed": "NOT " * 1990 + "true",
    "parentheses that are not closed": "(" * 60 + "region = '01'",
    "parentheses around a mistake": "(" * 60 + "a b" + ")" * 60,
    "NOT and parentheses around a mistake": "NOT (" * 60 + "a b" + ")" * 60,
    "thousands of parentheses": "(" * 3900 + "true" + ")" * 3900,
    "lists in lists": "region IN " + "(" * 3000,
    "IN in the lists of IN": "IN (LIKE " * 60 + ")" * 60,
    "differences": "founded_year = 1" + "-1" * 3900,
    "calls in calls": "casei(" * 900 + "name" + ")" * 900,
    "minus signs": "founded_year = " + "-" * 7000 + "1",
    "powers": "founded_year = " + "2^" * 3900 + "2",
    "sums": "founded_year = " + "1+" * 3900 + "1",
    "equal signs": "name=" * 1500 + "name",
    "a thousand conditions": " OR ".join(["id='a'"] * 700),
    "geometries in geometries": "S_INTERSECTS(geometry, " + "POLYGON(" * 800,
    "9 kB": "name = '" + "x" * 9000 + "'",
    "a text that does not end": "name = '" + "(" * 7000,
    "a name of the groups": "ptce_group_0 = 1 AND (ptce_group_0 = 1)",
    "nothing that is CQL2": "THIS IS NOT A FILTER",
    "SQL": "region = '01'; DROP TABLE pole; --",
    "SQL in a name": '"name) FROM pole; --" = 1',
    "unknown property": "inconnu = 1",
    "unknown function": "pg_sleep(10) = 1",
    "unknown operator": "A_CONTAINS(waves, ('a'))",
    "a property in a pattern": "name LIKE acronym",
    "number for a text": "region = 84",
    "text for a number": "founded_year = '2014'",
    "a value for a condition": "'x'",
    "a property for a condition": "name",
    "no geometry": "S_INTERSECTS(name, POINT(1 2))",
    "polygon that is none": "S_INTERSECTS(geometry, POLYGON((0 0, 1 1)))",
    "polygon that crosses itself": "S_INTERSECTS(geometry, POLYGON((0 0, 1 1, 1 0, 0 1, 0 0)))",
    "a number without end": "founded_year = 1e400",
    "a day that is none": "recorded_at = DATE('2021-02-30')",
    "an empty list": "region IN ()",
}  # fmt: skip


def written(text: str) -> str:
    """Return a value of an address, as short as it can be: an attacker does not write `(` as `%28`."""
    return quote(text, safe="()'=;:*/^-[]{},<>\"!").replace("%20", "+")


@pytest.mark.parametrize("name", list(HARD))
def test_hard_filters_are_refused_at_once(client: httpx.Client, name: str) -> None:
    text = HARD[name]
    took = []
    for _ in range(3):
        begin = time.process_time()  # of this process alone: other work on the machine counts for nothing
        response = client.get(f"{OGC}/collections/poles/items?filter={written(text)}")
        took.append(time.process_time() - begin)
    status = 414 if len(written(text)) > 8192 - 100 else 400
    assert refused(response, status)["errors"][0]["parameter"] == "filter"
    assert min(took) < 0.1
    assert client.get(f"{OGC}/collections/poles/items?limit=1").status_code == 200


@pytest.mark.parametrize(
    "tree",
    [
        None, 1, "x", [], {}, {"op": 1}, {"op": "="}, {"op": "=", "args": []}, {"op": "=", "args": "ab"}, op("=", prop("name")), op("=", prop("name"), None), op("=", prop("name"), "\u0000"), op("=", prop("name"), "\ud800"),
        op("=", {"property": 1}, "a"), op("not"), op("and"), op("and", True), op("in", prop("name"), []), op("in", prop("name"), [["a"]]), op("in", prop("name"), "a"), op("between", prop("founded_year"), 1), op("like", prop("name"), 1),
        op("s_intersects", prop("geometry"), {"type": "Point", "coordinates": ["a", "b"]}), op("s_intersects", prop("geometry"), {"type": "Point"}), op("s_intersects", prop("geometry"), {"bbox": [1, 2]}), op("s_intersects", prop("geometry"), {"bbox": [1, 2, None, 4]}),
        op("s_intersects", prop("geometry"), {"type": "Polygon", "coordinates": [[]]}), op("s_intersects", prop("geometry"), {"type": "Polygon", "coordinates": [1]}), op("=", prop("name"), {"date": 5}), op("casei", prop("name")), op("isNull", 1.5, 2), op("drop", prop("name")),
    ],
    ids=str,
)  # fmt: skip
def test_hard_json_is_refused(client: httpx.Client, tree: Any) -> None:
    bad(client, "/collections/poles/items", "filter", **{"filter": json.dumps(tree), "filter-lang": "cql2-json"})


@pytest.mark.parametrize(
    "text",
    [
        "{",
        '{"op":"=","args":[{"property":"founded_year"},NaN]}',
        "[" * 4000,
        '{"a":' * 700,
        "nul",
        '{"op":"=","args":[{"property":"founded_year"},1e999]}',
    ],
)
def test_hard_text_of_json_is_refused(client: httpx.Client, text: str) -> None:
    response = client.get(f"{OGC}/collections/poles/items?filter-lang=cql2-json&filter={written(text)}")
    assert refused(response, 400)["errors"][0]["parameter"] == "filter"


def test_sql_in_a_text_is_a_text(client: httpx.Client) -> None:
    for value in ("x' OR 1=1 --", '"; DROP TABLE pole', "%' OR '1'='1", "'; --", "$1", ":name", "%s", "{0}"):
        quoted = value.replace("'", "''")
        assert not ids(client, filter=f"name = '{quoted}'")
        assert not ids(client, name=value)
    assert len(ids(client)) > 100


@pytest.mark.parametrize(
    "text",
    [
        "founded_year > -1",
        "founded_year BETWEEN -1 AND +2E3",
        "longitude < -1.5e1",
        "longitude IN (-1, -2)",
        "founded_year > 1E+3",
        "NOT -1 = longitude",
    ],
)
def test_signs_of_numbers_are_read(client: httpx.Client, text: str) -> None:
    assert items(client, filter=text)["numberMatched"] >= 0


@proves("cql2/cql2-json", "case-insensitive-comparison accent-insensitive-comparison")
def test_case_and_accents_in_json(client: httpx.Client) -> None:
    for name in ("casei", "accenti"):
        text = f"{name}(name) LIKE {name}('%COOPÉRATION%')"
        tree = op("like", op(name, prop("name")), op(name, "%COOPÉRATION%"))
        assert both(client, text, tree, "organisations") == ids(client, "organisations", filter=text)
    assert ids(client, "organisations", filter="casei(name) LIKE casei('%COOPÉRATION%')")


@proves("features-3/filter", "filter-param filter-lang-param")
def test_filter_parameters_are_documented(client: httpx.Client) -> None:
    for collection in COLLECTIONS:
        operation = client.get(f"{OGC}/api").json()["paths"][f"/collections/{collection}/items"]["get"]
        parameters = {one["name"]: one for one in operation["parameters"]}
        for name in ("filter", "filter-lang", "filter-crs"):
            told = parameters[name]
            assert (told["in"], told["required"], told["style"], told["explode"]) == ("query", False, "form", False)
            assert told["schema"]["type"] == "string"
        languages = parameters["filter-lang"]["schema"]
        assert (languages["enum"], languages["default"]) == (["cql2-text", "cql2-json", "cql-text"], "cql2-text")


def test_64_levels_are_answered(client: httpx.Client) -> None:
    assert ids(client, filter="NOT (" * 64 + "region = '84'" + ")" * 64) == ids(client, region="84")
    assert ids(client, filter="(" * 64 + "region = '84'" + ")" * 64) == ids(client, region="84")
    bad(client, "/collections/poles/items", "filter", filter="(" * 65 + "region = '84'" + ")" * 65)


def test_filter_language_that_is_not_known_is_refused(client: httpx.Client) -> None:
    bad(client, "/collections/poles/items", "filter-lang", **{"filter": "true", "filter-lang": "sql"})

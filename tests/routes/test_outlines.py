"""Outlines of places in GeoJSON: a map of France in one request, as sound as the files beside the seed."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import httpx
import pytest
import shapely
from shapely.geometry import shape

from tests.routes import geography, oracle
from tests.routes.asking import asked, refused

FILES = {
    ("regions", "light"): "regions_leger",
    ("regions", "full"): "regions",
    ("departements", "light"): "departements_leger",
    ("departements", "full"): "departements",
    ("epcis", "light"): "epci_leger",
    ("epcis", "full"): "epci_leger",
}
KINDS = ("regions", "departements", "epcis")
BEYOND_THE_SEA = {row["code"] for row in oracle.rows("reference/regions") if row["zone"] == "com"}


def drawn(client: httpx.Client, kind: str, query: str) -> dict[str, dict[str, Any]]:
    """Return every feature of a list, page after page, by code."""
    found: dict[str, dict[str, Any]] = {}
    while True:
        page = asked(client, f"/v1/{kind}.geojson?{query}&limit=1000&offset={len(found)}")
        found |= {feature["id"]: feature for feature in page["features"]}
        if len(found) >= page["count"]:
            return found


def rings(geometry: dict[str, Any]) -> list[tuple[bool, list[list[float]]]]:
    """Return the rings of a geometry, and whether each is the outer one."""
    polygons = geometry["coordinates"] if geometry["type"] == "MultiPolygon" else [geometry["coordinates"]]
    return [(number == 0, ring) for polygon in polygons for number, ring in enumerate(polygon)]


@pytest.mark.parametrize(("kind", "detail"), FILES)
def test_outlines_are_those_of_the_files_and_sound(client: httpx.Client, kind: str, detail: str) -> None:
    found, known = drawn(client, kind, f"geometry={detail}"), geography.features(FILES[kind, detail])
    assert {code for code, feature in found.items() if feature["geometry"] is not None} == set(known)
    assert set(found) - set(known) == (BEYOND_THE_SEA if kind != "epcis" else set())
    for code, geometry in known.items():
        feature = found[code]
        assert feature["geometry"] == geometry
        assert geometry["type"] in {"Polygon", "MultiPolygon"}
        assert shape(geometry).is_valid
        for outer, ring in rings(geometry):
            assert ring[0] == ring[-1]
            assert len(ring) >= 4
            # RFC 7946, 3.1.6: the area is to the left of an outer ring, to the right of a hole.
            assert shapely.LinearRing(ring).is_ccw == outer
            assert all(len(position) == 2 and -180 <= position[0] <= 180 for position in ring)


@pytest.mark.parametrize("kind", KINDS)
def test_without_asking_places_are_points_as_before(client: httpx.Client, kind: str) -> None:
    plain, points, none = (drawn(client, kind, query) for query in ("q=", "geometry=point", "geometry=none"))
    assert plain == points
    for code, feature in plain.items():
        place = feature["properties"]
        point = {"type": "Point", "coordinates": [place["longitude"], place["latitude"]]}
        assert feature["geometry"] == (None if place["longitude"] is None else point)
        assert none[code] == feature | {"geometry": None}
        assert feature["id"] == place["code"] == code


def test_a_heavier_map_is_asked_for(client: httpx.Client) -> None:
    for kind in KINDS:
        sizes = [
            len(client.get(f"/v1/{kind}.geojson?limit=1000&geometry={geometry}").content)
            for geometry in ("none", "point", "light", "full")
        ]
        assert sizes == sorted(sizes)
        if kind != "epcis":
            assert sizes[3] > 5 * sizes[2] > 10 * sizes[1]
    assert len(client.get("/v1/regions.geojson?geometry=light").content) < 40_000


@pytest.mark.parametrize("name", ["region", "departement", "epci"])
def test_a_choropleth_has_the_counts_of_the_search(client: httpx.Client, name: str) -> None:
    found = drawn(client, f"{name}s", "geometry=light")
    counts = {code: feature["properties"]["poles"] for code, feature in found.items()}
    assert sum(counts.values()) > 50
    some = [code for code, poles in counts.items() if poles or name == "region"]
    for code in some:
        assert asked(client, f"/v1/poles?{name}={code}&limit=1")["count"] == counts[code]
    assert counts == dict.fromkeys(counts, 0) | oracle.counted(
        getattr(pole, name) for pole in oracle.poles() if getattr(pole, name)
    )


@pytest.mark.parametrize("kind", ["regions", "departements"])
def test_the_point_of_a_place_lies_in_its_outline(client: httpx.Client, kind: str) -> None:
    for code, feature in drawn(client, kind, "geometry=full").items():
        place, outline = feature["properties"], feature["geometry"]
        if outline is not None:
            assert shapely.intersects_xy(shape(outline), place["longitude"], place["latitude"]), code


def test_what_has_no_outline_is_said(client: httpx.Client) -> None:
    for kind in ("regions", "departements"):
        notices = asked(client, f"/v1/{kind}.geojson?geometry=light&limit=1000")["notices"]
        assert "IGN Admin Express COG 2018" in notices[0]
        assert notices[1] == "geometry : contour non connu pour " + ", ".join(sorted(BEYOND_THE_SEA))
    assert "contour léger" in asked(client, "/v1/epcis.geojson?geometry=full")["notices"][1]
    assert len(asked(client, "/v1/epcis.geojson?geometry=light")["notices"]) == 1
    assert asked(client, "/v1/regions.geojson?geometry=none")["notices"] == []
    assert asked(client, "/v1/regions.geojson")["notices"] == []


@pytest.mark.parametrize("geometry", ["none", "point", "light", "full"])
def test_one_region_is_the_feature_of_the_list(client: httpx.Client, geometry: str) -> None:
    listed = drawn(client, "regions", f"geometry={geometry}")
    for code in ("01", "84", "975"):
        assert asked(client, f"/v1/regions/{code}.geojson?geometry={geometry}") == listed[code]
    narrow = asked(client, f"/v1/regions.geojson?geometry={geometry}&q=84&fields=poles")["features"]
    poles = listed["84"]["properties"]["poles"]
    assert narrow == [listed["84"] | {"properties": {"code": "84", "poles": poles}}]


def test_outlines_go_with_filters_and_states_of_the_past(client: httpx.Client) -> None:
    answer = asked(client, "/v1/departements.geojson?region=53&geometry=light&as_of=1")
    assert [feature["id"] for feature in answer["features"]] == ["22", "29", "35", "56"]
    assert answer["filters"] == {"region": ["53"]}
    known = geography.features("departements_leger")
    assert all(feature["geometry"] == known[feature["id"]] for feature in answer["features"])


@pytest.mark.parametrize("path", ["/v1/regions", "/v1/regions/84", "/v1/departements", "/v1/epcis"])
@pytest.mark.parametrize("suffix", ["", ".json", ".csv", ".xlsx"])
def test_a_format_that_draws_nothing_refuses_an_outline(client: httpx.Client, path: str, suffix: str) -> None:
    for geometry in ("light", "point"):
        (fault,) = refused(client.get(f"{path}{suffix}?geometry={geometry}"), 422)["errors"]
        assert (fault["parameter"], fault["value"]) == ("geometry", geometry)
        assert f"{path}.geojson?geometry={geometry}" in fault["expected"]


def test_geojson_may_be_asked_for_in_any_way(client: httpx.Client) -> None:
    wanted = {"Accept": "application/geo+json"}
    answers = [
        client.get("/v1/regions.geojson?geometry=light"),
        client.get("/v1/regions?geometry=light&f=geojson"),
        client.get("/v1/regions?geometry=light", headers=wanted),
    ]
    assert len({json.dumps(answer.json()["features"]) for answer in answers}) == 1
    for other in (one["href"] for one in answers[0].json()["links"] if one["rel"] == "alternate"):
        assert "geometry" not in other
        assert client.get(other).status_code == 200


@pytest.mark.parametrize(
    "path", ["/v1/communes.geojson", "/v1/sectors.geojson", "/v1/poles.geojson", "/v1/poles/archer-pole-sud.geojson"]
)
def test_what_has_no_outlines_does_not_know_the_parameter(client: httpx.Client, path: str) -> None:
    (fault,) = refused(client.get(f"{path}?geometry=light"), 422)["errors"]
    assert "un paramètre connu" in fault["expected"]


@pytest.mark.parametrize("geometry", ["outline", "LIGHT", "light,full", "1"])
def test_a_geometry_that_does_not_exist_is_refused(client: httpx.Client, geometry: str) -> None:
    (fault,) = refused(client.get(f"/v1/regions.geojson?geometry={geometry}"), 422)["errors"]
    assert fault["expected"] == "une valeur parmi none, point, light, full"


@pytest.mark.skipif(not shutil.which("ogrinfo"), reason="ogrinfo (gdal-bin) is not installed")
def test_gdal_reads_a_choropleth(client: httpx.Client, tmp_path: Path) -> None:
    file = tmp_path / "regions.geojson"
    file.write_bytes(client.get("/v1/regions.geojson?geometry=light").content)
    done = subprocess.run(["ogrinfo", "-al", "-so", str(file)], capture_output=True, text=True, timeout=60, check=True)
    assert done.stderr == ""
    said = {line.partition(":")[0]: line.partition(":")[2].strip() for line in done.stdout.splitlines()}
    assert said["Feature Count"] == str(len(oracle.rows("reference/regions")))
    assert said["code"].startswith("String")
    assert said["poles"].startswith("Integer")
    west, south, east, north = shapely.total_bounds(list(geography.shapes("regions_leger").values()))
    assert said["Extent"] == f"({west:.6f}, {south:.6f}) - ({east:.6f}, {north:.6f})"

"""Part 2 (Coordinate Reference Systems): the abstract tests, each named by what it proves."""

import httpx
import pytest
from pyproj import Transformer

from tests.ogc.asking import COLLECTIONS, CRS84, OGC, bad, epsg, got, ids, items
from tests.ogc.requirements import proves

CODES = (4326, 3857, 2154, 5490, 2972, 2975, 4471)


@pytest.mark.parametrize("collection", COLLECTIONS)
@proves("features-2/crs", "crs-uri fc-md-crs-list fc-md-storageCrs fc-md-storageCrs-valid-value")
def test_crs_fc_md_crs_list_and_storage_crs(client: httpx.Client, collection: str) -> None:
    about = got(client, f"/collections/{collection}")
    assert about["crs"] == [CRS84, *map(epsg, CODES)]
    assert about["storageCrs"] == CRS84
    assert about["extent"]["spatial"]["crs"] == CRS84


@pytest.mark.parametrize("code", CODES)
@proves("features-2/crs", "fc-crs-action ogc-crs-header ogc-crs-header-value geojson")
def test_crs_parameter_turns_coordinates(client: httpx.Client, code: int) -> None:
    """/req/crs/fc-crs-valid-value, ogc-crs-header: as pyproj turns them, in the axis order of the authority."""
    plain = items(client, region="84")["features"]
    response = client.get(f"{OGC}/collections/poles/items", params={"region": "84", "crs": epsg(code)})
    assert response.headers["content-crs"] == f"<{epsg(code)}>"
    turn = Transformer.from_crs("EPSG:4326", f"EPSG:{code}").transform  # latitude first on this side
    for before, after in zip(plain, response.json()["features"], strict=True):
        assert before["properties"] == after["properties"]
        if before["geometry"] is None:
            assert after["geometry"] is None
        else:
            longitude, latitude = before["geometry"]["coordinates"]
            expected = turn(latitude, longitude)
            assert after["geometry"]["coordinates"] == pytest.approx(expected, abs=2e-3)
    alone = client.get(f"{OGC}/collections/poles/items/archer-pole-sud", params={"crs": epsg(code)})
    assert alone.headers["content-crs"] == f"<{epsg(code)}>"
    (same,) = [one for one in response.json()["features"] if one["id"] == "archer-pole-sud"]
    assert alone.json()["geometry"] == same["geometry"]


@proves("features-2/crs", "fc-crs-definition fc-crs-default-value fc-bbox-crs-definition fc-bbox-crs-default-value")
@pytest.mark.parametrize("collection", COLLECTIONS)
def test_crs_parameters_and_their_default(client: httpx.Client, collection: str) -> None:
    operation = got(client, "/api")["paths"][f"/collections/{collection}/items"]["get"]
    parameters = {one["name"]: one for one in operation["parameters"]}
    for name in ("crs", "bbox-crs"):
        told, schema = parameters[name], parameters[name]["schema"]
        assert (told["in"], told["required"], told["style"], told["explode"]) == ("query", False, "form", False)
        assert (schema["type"], schema["format"], schema["default"]) == ("string", "uri", CRS84)
        assert schema["enum"] == [CRS84, *map(epsg, CODES)]
    box = {"bbox": "4,44,6,46", "limit": 50}
    plain, said = items(client, collection, **box), items(client, collection, **box, crs=CRS84, bbox_crs=CRS84)
    assert plain["features"] == said["features"] != []


def test_crs_4326_has_latitude_first(client: httpx.Client) -> None:
    plain = got(client, "/collections/poles/items/archer-pole-sud")["geometry"]["coordinates"]
    assert (
        got(client, "/collections/poles/items/archer-pole-sud", crs=epsg(4326))["geometry"]["coordinates"]
        == plain[::-1]
    )


@pytest.mark.parametrize("collection", ["regions", "departements", "epcis"])
def test_crs_turns_outlines(client: httpx.Client, collection: str) -> None:
    before = items(client, collection, limit=30)["features"]
    after = items(client, collection, limit=30, crs=epsg(4326))["features"]

    def flipped(coordinates: list) -> list:  # type: ignore[type-arg]  # however nested
        if isinstance(coordinates[0], list):
            return [flipped(one) for one in coordinates]
        return [round(number, 7) for number in reversed(coordinates)]

    for one, other in zip(before, after, strict=True):
        if one["geometry"] is not None:
            assert other["geometry"]["coordinates"] == flipped(one["geometry"]["coordinates"])


@pytest.mark.parametrize(
    ("parameter", "path"), [("crs", "items"), ("bbox-crs", "items"), ("filter-crs", "items"), ("crs", "items/distro")]
)
@proves("features-2/crs", "fc-crs-valid-value fc-bbox-crs-valid-value")
def test_crs_that_is_not_listed_is_refused(client: httpx.Client, parameter: str, path: str) -> None:
    """/req/crs/fc-crs-invalid-value, fc-bbox-crs-valid-value."""
    bad(client, f"/collections/poles/{path}", parameter, **{parameter: epsg(27572)})


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("collection", ["poles", "departements"])
@proves("features-2/crs", "fc-bbox-crs-action")
def test_crs_bbox_crs(client: httpx.Client, code: int, collection: str) -> None:
    """/req/crs/fc-bbox-crs-action: a box is one in its own system, where its sides are straight."""
    turn = Transformer.from_crs("EPSG:4326", f"EPSG:{code}").transform
    (west, south), (east, north) = turn(44, 4), turn(46, 6.5)
    box = (min(west, east), min(south, north), max(west, east), max(south, north))
    found = ids(client, collection, bbox=",".join(map(str, box)), bbox_crs=epsg(code))
    if collection == "poles":
        features = items(client, collection, crs=epsg(code))["features"]
        inside = [
            one["id"]
            for one in features
            if one["geometry"]
            and box[0] <= one["geometry"]["coordinates"][0] <= box[2]
            and box[1] <= one["geometry"]["coordinates"][1] <= box[3]
        ]
        assert found == inside
    assert found
    literal = f"S_INTERSECTS(geometry, BBOX({','.join(map(str, box))}))"
    assert ids(client, collection, filter=literal, filter_crs=epsg(code)) == found


def test_crs_bbox_crs_alone_changes_nothing(client: httpx.Client) -> None:
    assert ids(client, bbox_crs=epsg(2154)) == ids(client)


def test_crs_bbox_upside_down_is_refused(client: httpx.Client) -> None:
    bad(client, "/collections/poles/items", "bbox", bbox="9,9,1,1", **{"bbox-crs": epsg(2154)})


@pytest.mark.parametrize("code", CODES[1:])
def test_crs_bbox_far_out_of_its_system_finds_nothing_or_is_refused(client: httpx.Client, code: int) -> None:
    for box in ("1,2,1e99,4", "1e12,1e12,2e12,2e12", "-1e9,-1e9,-9e8,-9e8"):
        response = client.get(f"{OGC}/collections/poles/items", params={"bbox": box, "bbox-crs": epsg(code)})
        assert response.status_code == 400 or response.json()["numberMatched"] == 0


def test_crs_links_keep_the_system(client: httpx.Client) -> None:
    answer = items(client, crs=epsg(2154), limit=10)
    (href,) = [one["href"] for one in answer["links"] if one["rel"] == "next"]
    assert client.get(href).headers["content-crs"] == f"<{epsg(2154)}>"

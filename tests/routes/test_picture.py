"""The picture for an article: what a query finds, drawn whole, with its title, legend, source and date."""

from xml.etree import ElementTree as ET

import httpx
import pytest

from tests.routes.asking import asked, refused

SVG = "{http://www.w3.org/2000/svg}"


def drawn(client: httpx.Client, query: str = "") -> ET.Element:
    response = client.get(f"/map.svg?{query}")
    assert response.status_code == 200
    assert response.headers["content-type"] == "image/svg+xml"
    root = ET.fromstring(response.content)
    assert root.tag == f"{SVG}svg"
    assert not {"script", "image", "foreignObject"} & {one.tag.removeprefix(SVG) for one in root.iter()}
    return root


def texts(root: ET.Element) -> str:
    return " ".join(one.text or "" for one in root.iter(f"{SVG}text"))


@pytest.mark.parametrize(
    "query", ["", "region=84", "wave=aap-2013&status=active", "q=coop", "bbox=4,44,6,46", "as_of=1"]
)
def test_it_draws_what_the_query_finds(client: httpx.Client, query: str) -> None:
    root = drawn(client, query)
    features = asked(client, f"/v1/poles.geojson?limit=1000&{query}")["features"]
    placed = [one["properties"]["name"] for one in features if one["geometry"]]
    circles = [one.findtext(f"{SVG}title") for one in root.iter(f"{SVG}circle")]
    assert sorted(filter(None, circles)) == sorted(placed)
    counted = [one.findtext(f"{SVG}title") or "" for one in root.iter(f"{SVG}path")]
    by, parts = ("departement", 12) if query == "region=84" else ("region", 18)
    assert len(counted) == parts
    known = [one for one in features if one["properties"][by]]
    assert sum(int(one.split(" : ")[1].split()[0]) for one in counted) == len(known)


def test_it_says_what_it_shows_from_whom_and_of_when(client: httpx.Client) -> None:
    told = texts(drawn(client, "region=Bretagne&wave=2013&status=active"))
    for word in (
        "région Bretagne",
        "vague 2013",
        "en activité",
        "écriture 1",
        "Licence Ouverte",
        "IGN",
        "Pôles par département",
    ):
        assert word in told, word


def test_a_text_of_the_reader_is_a_text(client: httpx.Client) -> None:
    root = drawn(client, "q=coop%3C/text%3E%3Cscript%3E")
    assert "« coop</text><script> »" in texts(root)


def test_bad_filters_are_refused_and_what_has_not_changed_is_not_sent(client: httpx.Client) -> None:
    refused(client.get("/map.svg?regoin=84"), 422)
    refused(client.get("/map.svg?region=Atlantide"), 422)
    tag = client.get("/map.svg").headers["etag"]
    assert client.get("/map.svg", headers={"If-None-Match": tag}).status_code == 304

"""Lists: order, pages, and links that neither skip nor repeat."""

from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from tests.routes import oracle
from tests.routes.asking import FORMATS, asked, header_links, link, listed
from tests.routes.oracle import Pole


def name_key(pole: Pole) -> tuple[str, str]:
    return " ".join(oracle.words(pole.name)), pole.id


ORDERS: list[tuple[str, Callable[[Pole], Any], bool]] = [
    ("name", name_key, False),
    ("-name", name_key, True),
    ("founded", lambda pole: (not pole.founded, int(pole.founded or 0), name_key(pole)), False),
    ("-founded", lambda pole: (not pole.founded, -int(pole.founded or 0), name_key(pole)), False),
]


@pytest.mark.parametrize(("sort", "key", "reverse"), ORDERS, ids=[name for name, *_ in ORDERS])
def test_poles_come_in_the_order_asked_for(
    client: httpx.Client, sort: str, key: Callable[[Pole], Any], reverse: bool
) -> None:
    wanted = [pole.id for pole in sorted(oracle.poles(), key=key, reverse=reverse)]
    assert listed(client, f"sort={sort}") == wanted


def test_updated_is_the_order_of_publication(client: httpx.Client) -> None:
    assert listed(client, "sort=-updated") == listed(client, "sort=updated")[::-1]


def test_the_default_order_is_the_name(client: httpx.Client) -> None:
    assert listed(client, "region=84") == listed(client, "region=84&sort=name")


WALKS = ["limit=7", "limit=1&region=75", "region=84&limit=5&sort=-name", "limit=40&sort=founded", "q=coop&limit=3",
         "active_on=2021-05-12&limit=10&sort=-updated", "limit=115", "limit=1000", "region=94&limit=2"]  # fmt: skip


@pytest.mark.parametrize("query", WALKS)
def test_walking_next_gives_every_id_once(client: httpx.Client, query: str) -> None:
    whole = asked(client, f"/v1/poles?{query}")
    pages, seen = [whole], [item["id"] for item in whole["items"]]
    while following := link(pages[-1], "next"):
        pages.append(asked(client, following))
        seen += [item["id"] for item in pages[-1]["items"]]
        assert len(pages) < 200
    everything = "&".join(pair for pair in query.split("&") if not pair.startswith("limit="))
    assert seen == listed(client, everything)
    assert {page["count"] for page in pages} == {len(seen)}
    back = [pages[-1]]
    while previous := link(back[-1], "prev"):
        back.append(asked(client, previous))
    assert [page["items"] for page in back[::-1]] == [page["items"] for page in pages]


def test_links_are_pinned_to_the_serial(client: httpx.Client) -> None:
    answer = asked(client, "/v1/poles?region=84&limit=5&offset=5&sort=-name&facets=wave")
    offsets = {"next": "10", "prev": "0", "first": "0", "last": "15"}
    for rel, offset in offsets.items():
        asked_for = parse_qs(urlsplit(link(answer, rel) or "").query)
        assert asked_for == {
            "region": ["84"], "sort": ["-name"], "facets": ["wave"], "limit": ["5"], "offset": [offset],
            "as_of": [str(answer["serial"])],
        }  # fmt: skip
    alternates = [one for one in answer["links"] if one["rel"] == "alternate"]
    assert [urlsplit(one["href"]).path for one in alternates] == [f"/v1/poles.{name}" for name in FORMATS[1:]]
    for one in alternates:
        assert f"as_of={answer['serial']}" in one["href"]
    assert "as_of" not in (link(answer, "self") or "")


@pytest.mark.parametrize("format_", FORMATS)
def test_every_link_leads_to_its_type(client: httpx.Client, format_: str) -> None:
    first = client.get("/v1/poles?region=84&limit=5&offset=5")
    response = client.get(f"/v1/poles.{format_}?region=84&limit=5&offset=5")
    here = urlsplit(str(client.base_url)).netloc
    for one in header_links(response):
        if urlsplit(one["href"]).netloc == here:
            there = client.get(one["href"])
            assert there.status_code == 200, one
            assert there.headers["content-type"].split(";")[0] == one["type"]
    rels = {one["rel"] for one in header_links(response)}
    assert rels == {one["rel"] for one in header_links(first)}
    assert rels >= {"self", "next", "prev", "first", "last", "alternate", "license", "service-desc", "service-doc"}


@pytest.mark.parametrize("path", ["/v1/poles?limit=5", "/v1/poles.geojson?q=île&limit=2", "/v1/organisations?q=a b",
                                  "/v1/communes?q=saint", "/v1/poles/archer-pole-sud/members?limit=1"])  # fmt: skip
def test_the_link_header_equals_the_links_of_the_body(client: httpx.Client, path: str) -> None:
    response = client.get(path)
    assert header_links(response) == [
        {name: one[name] for name in ("rel", "href", "type")} for one in response.json()["links"]
    ]


def test_links_are_percent_encoded(client: httpx.Client) -> None:
    response = client.get("/v1/poles", params={"q": 'é">&,; rel="evil', "limit": "1"})
    for one in response.json()["links"]:
        assert one["href"].isascii()
        assert not set(one["href"]) & set(' "<>')
    assert parse_qs(urlsplit(link(response.json(), "self") or "").query)["q"] == ['é">&,; rel="evil']


def test_an_offset_past_the_end_is_an_empty_page(client: httpx.Client) -> None:
    full = asked(client, "/v1/poles?active_on=2021-05-12&region=84")
    for offset in (full["count"], 500, 1_000_000):
        page = asked(client, f"/v1/poles?active_on=2021-05-12&region=84&offset={offset}&limit=10")
        assert page["items"] == []
        assert (page["count"], page["undetermined"]) == (full["count"], full["undetermined"])
        assert full["undetermined"] > 0
        assert link(page, "next") is None
        back = asked(client, link(page, "prev") or "")
        assert [item["id"] for item in back["items"]] == [item["id"] for item in full["items"]][back["offset"] :][:10]
        assert back["items"]


@pytest.mark.parametrize("path", ["/v1/organisations", "/v1/waves", "/v1/communes", "/v1/epcis", "/v1/regions",
                                  "/v1/departements", "/v1/sectors", "/v1/poles/archer-pole-sud/members",
                                  "/v1/poles/archer-pole-sud/history"])  # fmt: skip
def test_every_list_pages_alike(client: httpx.Client, path: str) -> None:
    whole = asked(client, f"{path}?limit=1000")
    assert whole["count"] >= len(whole["items"]) > 0
    half = max(1, min(whole["count"], 1000) // 2)
    page = asked(client, f"{path}?limit={half}&offset=0")
    assert page["items"] == whole["items"][:half]
    after = asked(client, link(page, "next") or "") if link(page, "next") else {"items": []}
    assert after["items"] == whole["items"][half : 2 * half]
    past = asked(client, f"{path}?offset=999999")
    assert (past["items"], past["count"]) == ([], whole["count"])


def test_a_list_says_its_limit_and_offset(client: httpx.Client) -> None:
    answer = asked(client, "/v1/poles")
    assert (answer["limit"], answer["offset"], len(answer["items"]), answer["count"]) == (100, 0, 100, 115)
    assert set(answer) == {
        "items", "count", "limit", "offset", "serial", "as_of", "filters", "facets", "undetermined", "notices", "links",
        "licence", "attribution",
    }  # fmt: skip
    assert answer["licence"] == "etalab-2.0"


def test_an_item_of_a_list_is_the_document_of_its_address(client: httpx.Client) -> None:
    for path in ("/v1/poles?limit=4", "/v1/organisations?limit=4", "/v1/waves?limit=4"):
        for item in asked(client, path)["items"]:
            assert asked(client, f"/v1{item['url']}") == item

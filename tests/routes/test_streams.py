"""Whole lists (`limit=all`): what the pages say, in one answer, streamed where it is more than a page."""

import gzip
import json
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import brotli
import httpx
import pytest
import zstandard

from app.database import Database
from tests.conftest import ON_SQLITE_ONLY, serving
from tests.routes.asking import FORMATS, asked, header_links, lasting, refused, sheet, table
from tests.routes.writing import new_key

PAGE = 100  # the least that a page may be bounded to: poles and organisations are more, waves are not
PLAIN = {"Accept-Encoding": "identity"}
QUERIES = [
    "/v1/organisations?", "/v1/organisations?sort=-updated&facets=kind,region", "/v1/organisations?fields=name,siren&as_of=1",
    "/v1/organisations?lat=48.85&lon=2.35", "/v1/organisations?bbox=-180,-90,180,90&sort=-name", "/v1/poles?", "/v1/poles?sort=founded",
    "/v1/poles?active_on=2026-01-01&updated_since=2020-01-01&fields=seat,region_name", "/v1/poles?region=84", "/v1/poles?q=rien+du+tout", "/v1/waves?",
]  # fmt: skip
DECODERS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.decompress,
    "br": brotli.decompress,
    "zstd": lambda raw: zstandard.ZstdDecompressor().decompressobj().decompress(raw),
}


@pytest.fixture(scope="module")
def client(registry: Database) -> Iterator[httpx.Client]:
    """The real registry with pages so short that its lists are streamed."""
    with serving(registry.url, max_page=PAGE) as address, httpx.Client(base_url=address, timeout=30) as client:
        yield client


def whole(client: httpx.Client, path: str) -> httpx.Response:
    response = client.get(f"{path}&limit=all", headers=PLAIN)
    assert response.status_code == 200, response.text[:500]
    count = int(response.headers["registry-count"])
    assert (response.headers.get("transfer-encoding") == "chunked") == (count > PAGE)
    return response


def pages(client: httpx.Client, path: str) -> list[httpx.Response]:
    first = client.get(f"{path}&limit={PAGE}", headers=PLAIN)
    count = int(first.headers["registry-count"])
    return [first, *(client.get(f"{path}&limit={PAGE}&offset={offset}", headers=PLAIN) for offset in range(PAGE, count, PAGE))]  # fmt: skip


def with_form(path: str, form: str) -> str:
    return path.replace("?", f".{form}?")


@pytest.mark.parametrize("path", QUERIES)
@pytest.mark.parametrize("form", ["json", "geojson"])
def test_the_whole_is_the_walk_through_the_pages(client: httpx.Client, path: str, form: str) -> None:
    one, parts = whole(client, with_form(path, form)), pages(client, with_form(path, form))
    name = "items" if form == "json" else "features"
    items = re.compile(rb'^.*?"' + name.encode() + rb'":\[(.*)\],"count":', re.DOTALL)
    pieces = [items.match(answer.content) for answer in (one, *parts)]
    assert all(pieces)
    first, *others = (found[1] for found in pieces if found)
    assert first == b",".join(filter(None, others))
    envelope, paged = one.json(), parts[0].json()
    assert envelope["limit"] == envelope["count"] == len(envelope[name])
    for told in ({*envelope} | {*paged}) - {name, "limit", "links"}:
        assert envelope[told] == paged[told], told
    for header in ("etag", "last-modified", "registry-count", "registry-serial", "content-type", "cache-control"):
        assert one.headers[header] == parts[0].headers[header]


@ON_SQLITE_ONLY
@pytest.mark.parametrize("path", QUERIES)
@pytest.mark.parametrize("excel", ["", "&excel=1"])
def test_the_whole_table_is_that_of_the_pages(client: httpx.Client, path: str, excel: str) -> None:
    asks = with_form(path, "csv") + excel
    one, parts = whole(client, asks), pages(client, asks)
    head, _, _ = parts[0].content.partition(b"\r\n")
    assert one.content == b"".join([head, b"\r\n", *(part.content.partition(b"\r\n")[2] for part in parts)])
    assert "-sur-" not in one.headers["content-disposition"]


@ON_SQLITE_ONLY
@pytest.mark.parametrize("path", QUERIES[2:7])
def test_the_whole_workbook_is_that_of_the_pages(client: httpx.Client, path: str) -> None:
    asks = with_form(path, "xlsx")
    one, parts = whole(client, asks), pages(client, asks)
    rows = [list(sheet(answer.content).iter_rows(values_only=True)) for answer in (one, *parts)]
    assert rows[0] == [*rows[1], *(row for part in rows[2:] for row in part[1:])]
    cells = [list(sheet(answer.content).iter_rows())[-1] for answer in (one, parts[-1])]
    for ours, theirs in zip(*cells, strict=True):
        assert (ours.data_type, ours.number_format) == (theirs.data_type, theirs.number_format)
    assert sheet(one.content).dimensions == f"A1:{cells[0][-1].column_letter}{len(rows[0])}"
    told = dict(sheet(one.content, "à propos").iter_rows(values_only=True))
    assert str(told["Lignes"]).endswith(f"à {len(rows[0]) - 1} sur {len(rows[0]) - 1}")
    assert whole(client, asks).content == one.content


@ON_SQLITE_ONLY
@pytest.mark.skipif(not shutil.which("ogrinfo"), reason="there is no `ogrinfo` on the PATH (Debian: gdal-bin)")
@pytest.mark.parametrize("form", ["geojson", "csv", "xlsx"])
def test_gdal_reads_what_was_streamed(client: httpx.Client, tmp_path: Path, form: str) -> None:
    file = tmp_path / f"organisations.{form}"
    file.write_bytes(whole(client, f"/v1/organisations.{form}?").content)
    said = subprocess.run(["ogrinfo", "-ro", "-so", "-al", str(file)], capture_output=True, text=True, check=True)
    assert "Feature Count: 371" in said.stdout
    assert "siren: String" in said.stdout
    assert said.stderr == ""


@ON_SQLITE_ONLY
def test_a_text_of_any_characters_is_told_whole_in_a_workbook(fresh: Database) -> None:
    """A tab, quotes, what XML escapes, what a spreadsheet would run."""
    told = "=1+1 & <b>\"l’été\"</b> ;\té, ''"
    key = new_key(fresh, "Cellule nationale")
    with serving(fresh.url, max_page=PAGE) as url, httpx.Client(base_url=url, timeout=30) as client:
        sent = {"Authorization": f"Bearer {key}", "If-Match": "*"}
        written = client.patch("/v1/poles/3-eva", json={"description": told, "name": "+ & <eva>"}, headers=sent)
        assert written.status_code == 200, written.text
        one, parts = whole(client, "/v1/poles.xlsx?"), pages(client, "/v1/poles.xlsx?")
        found = [row for part in parts for row in sheet(part.content).iter_rows(values_only=True) if row[0] == "3-eva"]
        assert [row for row in sheet(one.content).iter_rows(values_only=True) if row[0] == "3-eva"] == found
        assert "+ & <eva>" in found[0]
        assert any(isinstance(value, str) and value.startswith("=1+1 & <b>") for value in found[0])


@ON_SQLITE_ONLY
@pytest.mark.parametrize("path", ["/v1/organisations?", "/v1/waves?"])
def test_links_of_the_whole_lead_to_no_page(client: httpx.Client, path: str) -> None:
    response = whole(client, path)
    links = response.json()["links"]
    assert [link["rel"] for link in links] == ["self", *["alternate"] * 3, "license", "service-desc", "service-doc"]
    assert all("limit=all" in link["href"] for link in links[:4])
    assert header_links(response) == links
    for link in links[1:4]:
        assert client.get(link["href"]).headers["registry-count"] == response.headers["registry-count"]


@ON_SQLITE_ONLY
@pytest.mark.parametrize("given", ["limit=ALL", "limit=tout", "limit=2147483647", "limit=101", "limit=0", "limit=all,all", "limit=all&limit=all"])  # fmt: skip
def test_another_limit_is_refused(client: httpx.Client, given: str) -> None:
    (fault,) = refused(client.get(f"/v1/poles?{given}"), 422)["errors"]
    assert fault["parameter"] == "limit"
    assert "all" in fault["expected"] or "deux fois" in fault["expected"]
    assert "all" not in refused(client.get("/v1/sources?limit=all"), 422)["errors"][0]["expected"]


@ON_SQLITE_ONLY
def test_the_whole_has_no_offset(client: httpx.Client) -> None:
    (fault,) = refused(client.get("/v1/poles?limit=all&offset=10"), 422)["errors"]
    assert (fault["parameter"], "limit=all" in fault["expected"]) == ("offset", True)
    (fault,) = refused(client.post("/v1/poles/search", json={"limit": "all", "offset": 10}), 422)["errors"]
    assert fault["pointer"] == "/offset"
    assert client.get("/v1/poles?limit=all&offset=0").json()["count"] == 115


@ON_SQLITE_ONLY
@pytest.mark.parametrize("size", [100, 250])
def test_a_page_is_as_long_as_its_setting_says(registry: Database, size: int) -> None:
    with serving(registry.url, max_page=size) as url, httpx.Client(base_url=url, timeout=30) as client:
        assert len(asked(client, f"/v1/communes?limit={size}")["items"]) == size
        assert len(asked(client, f"/v1/organisations?limit={size}")["items"]) == size
        for refusal in (
            client.get(f"/v1/communes?limit={size + 1}"),
            client.get(f"/v1/organisations?limit={size + 1}"),
            client.post("/v1/organisations/search", json={"limit": size + 1}),
        ):
            assert f"1 à {size}" in refused(refusal, 422)["errors"][0]["expected"]
        assert len(asked(client, "/ogc/collections/organisations/items?limit=9999")["features"]) == size
        for document in ("/openapi.json", "/ogc/api"):
            known = re.findall(r'"maximum":\s*(\d+)', json.dumps(limits(client.get(document).json())))
            assert set(known) == {str(size)}, document


def limits(document: Any) -> list[Any]:
    """Return the schema of each `limit` of an OpenAPI document."""
    if isinstance(document, list):
        return [found for one in document for found in limits(one)]
    if not isinstance(document, dict):
        return []
    if document.get("name") == "limit" and "schema" in document:
        return [document["schema"]]
    own = [document["properties"]["limit"]] if {"within", "limit"} <= {*document.get("properties", {})} else []
    return own + [found for one in document.values() for found in limits(one)]


@ON_SQLITE_ONLY
@pytest.mark.parametrize("path", ["/v1/organisations?", "/v1/waves?"])
@pytest.mark.parametrize("form", FORMATS)
def test_who_has_the_whole_is_told_so(client: httpx.Client, path: str, form: str) -> None:
    address = f"{with_form(path, form)}limit=all"
    got = client.get(address)
    for _ in range(2):
        again = client.get(address, headers={"If-None-Match": got.headers["etag"]})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", got.headers["etag"])
    assert client.get(address, headers={"If-None-Match": '"autre"'}).content == got.content
    head = client.head(address)
    assert head.content == b""
    assert lasting(head) == {name: told for name, told in lasting(got).items() if name != "transfer-encoding"}


@ON_SQLITE_ONLY
@pytest.mark.parametrize("form", ["json", "geojson", "csv"])
@pytest.mark.parametrize("coding", DECODERS)
def test_a_coded_stream_is_the_plain_one(client: httpx.Client, form: str, coding: str) -> None:
    address, tags = f"/v1/organisations.{form}?limit=all", set()
    plain = client.get(address, headers=PLAIN)
    with client.stream("GET", address, headers={"Accept-Encoding": coding}) as response:
        raw = b"".join(response.iter_raw())
    assert response.headers["content-encoding"] == coding
    assert "content-length" not in response.headers
    assert DECODERS[coding](raw) == plain.content
    tags = {plain.headers["etag"], response.headers["etag"]}
    assert len(tags) == 2


@ON_SQLITE_ONLY
def test_a_short_whole_is_kept_and_a_long_one_is_not(client: httpx.Client) -> None:
    for path, kept in (("/v1/waves.csv?limit=all", True), ("/v1/organisations.csv?limit=all", False)):
        said = [client.get(path).headers.get("cache-status") for _ in range(2)]
        assert (said[1] == "ptce; hit") == kept


def test_a_search_is_whole_too(client: httpx.Client) -> None:
    france = [[-6, 41], [10, 41], [10, 52], [-6, 52], [-6, 41]]
    body = {"within": {"type": "Polygon", "coordinates": [france]}, "fields": "name"}
    one = client.post("/v1/organisations/search", json=body | {"limit": "all"}).json()
    first, *others = (
        client.post("/v1/organisations/search", json=body | {"limit": 100, "offset": offset}).json()
        for offset in range(0, one["count"], 100)
    )
    assert one["count"] > PAGE
    assert one["items"] == first["items"] + [item for other in others for item in other["items"]]
    assert {link["rel"] for link in one["links"]} & {"next", "last"} == set()
    table_of = client.post("/v1/organisations/search.csv", json=body | {"limit": "all"}).content
    assert [row["id"] for row in table(table_of)] == [item["id"] for item in one["items"]]


@ON_SQLITE_ONLY
def test_a_workbook_has_as_many_rows_as_its_setting_says(registry: Database) -> None:
    with (
        serving(registry.url, max_page=PAGE, max_rows=115) as url,
        httpx.Client(base_url=url, timeout=30) as client,
    ):
        assert sheet(client.get("/v1/poles.xlsx?limit=all").content).max_row == 116
        problem = refused(client.get("/v1/organisations.xlsx?limit=all"), 422)
        assert "115 fiches" in problem["detail"]
        assert "csv" in problem["detail"]
        assert len(table(client.get("/v1/organisations.csv?limit=all").content)) == 371

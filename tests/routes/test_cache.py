"""The cache in front: what it answers is what the application would, now; it forgets, is bounded, and lets keys through."""

import gzip
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import brotli
import httpx
import pytest
import zstandard
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.database import Database
from app.models import KeyRole
from tests.conftest import ON_SQLITE_ONLY, Server, copied, serving
from tests.routes.test_statements import statements
from tests.routes.writing import Editor, edited, new_key

POLE = "/v1/poles/archer-pole-sud"
KEPT = [
    "/v1/poles", "/v1/poles.csv?region=84", "/v1/poles.geojson?limit=3", "/v1/poles.xlsx?limit=2", POLE, f"{POLE}/history",
    "/v1/organisations?limit=5", "/v1/waves", "/v1/sources?limit=5", "/v1/stats", "/v1/regions.geojson?geometry=light",
    "/", "/?region=84", "/poles/archer-pole-sud", "/waves", "/stats", "/donnees", "/map.svg", "/embed?region=84",
    "/ogc/collections/poles", "/ogc/collections/poles/items/archer-pole-sud", "/v1/memberships/archer-pole-sud@groupe-archer",
]  # fmt: skip
NEVER_KEPT = [
    "/health/live", "/health/ready", "/v1/proposals.atom", "/openapi.json", "/docs", "/problems/invalide", "/robots.txt",
    "/v1/poles/personne", "/v1/poles?limit=x", "/v1/poles/", "/v1/poles?as_of=99999", "/static/x/y.css", "/poles/archer-pole-sud/signaler",
]  # fmt: skip
OF_ONE_ANSWER = {"date", "x-request-id", "cache-status", "accept-ranges", "vary"}
HIT = "ptce; hit"


@pytest.fixture(scope="module")
def editor(server: Server, template: str) -> Iterator[Editor]:
    with edited(server, template) as made:
        yield made


@pytest.fixture(scope="module")
def bare(editor: Editor) -> Iterator[httpx.Client]:
    """The same registry, asked without a cache."""
    with serving(editor.database.url, cache_mb=0) as address, httpx.Client(base_url=address, timeout=30) as client:
        yield client


def status(response: httpx.Response) -> str:
    said: str = response.headers.get("cache-status", "")
    return said


def ask(client: httpx.Client, path: str, *, method: str = "GET", **headers: str) -> httpx.Response:
    """Ask for a plain body at one host, unless said otherwise."""
    sent = {"Host": "registre.test", "Accept-Encoding": "identity"}
    return client.request(method, path, headers=sent | {name.replace("_", "-"): told for name, told in headers.items()})


def kept(client: httpx.Client, path: str) -> httpx.Response:
    """Ask until it is kept: PostgreSQL must first be heard of."""
    until = time.monotonic() + 10
    while status(response := ask(client, path)) != HIT:
        assert time.monotonic() < until, path
    return response


def same(one: httpx.Response, other: httpx.Response) -> None:
    assert (one.status_code, one.content) == (other.status_code, other.content)
    told = [{name: value for name, value in made.headers.items() if name not in OF_ONE_ANSWER} for made in (one, other)]
    assert told[0] == told[1]


@pytest.mark.parametrize("path", KEPT)
def test_an_answer_is_made_once(editor: Editor, bare: httpx.Client, path: str) -> None:
    first, again = ask(editor.client, path), kept(editor.client, path)
    same(first, again)
    same(again, ask(bare, path))
    head = ask(editor.client, path, method="HEAD")
    assert (head.content, head.headers["content-length"]) == (b"", str(len(first.content)))


@ON_SQLITE_ONLY
@pytest.mark.parametrize("path", NEVER_KEPT)
def test_what_the_state_does_not_decide_is_never_kept(editor: Editor, path: str) -> None:
    assert [status(ask(editor.client, path)) for _ in range(3)] == [""] * 3


@ON_SQLITE_ONLY
def test_who_shows_a_key_has_an_answer_of_its_own(editor: Editor) -> None:
    ask(editor.client, POLE)
    key = new_key(editor.database, "Portail", KeyRole.READER)
    for authorization, code in ((f"Bearer {key}", 200), ("Bearer faux", 401), ("Basic eDp5", 401)):
        response = ask(editor.client, POLE, Authorization=authorization)
        assert (response.status_code, status(response)) == (code, "")
        assert ask(editor.client, POLE).headers["cache-control"] == "public, no-cache"


@ON_SQLITE_ONLY
def test_each_host_format_and_origin_has_its_own(editor: Editor) -> None:
    for headers in ({}, {"Host": "ailleurs.test"}, {"Accept": "text/csv"}, {"Origin": "https://cress.test"}):
        for _ in range(2):
            response = ask(editor.client, "/v1/poles?limit=2", **headers)
            assert headers.get("Host", "registre.test") in response.text
            assert response.headers["content-type"].startswith(headers.get("Accept", "application/json"))
            assert response.headers.get("access-control-allow-origin") == ("*" if "Origin" in headers else None)


@ON_SQLITE_ONLY
def test_one_query_in_two_spellings_is_one_answer(editor: Editor) -> None:
    first = ask(editor.client, "/v1/poles?q=%C3%A9co&limit=7&region=Centre-Val%20de%20Loire")
    again = ask(editor.client, "/v1/poles?q=%c3%a9co&limit=%37&region=Centre-Val+de+Loire")
    assert (status(again), again.content) == (HIT, first.content)
    assert ask(editor.client, "/v1/poles?q=%C3%A9co%FF").status_code == 400


def test_a_write_is_seen_by_the_next_request(editor: Editor) -> None:
    for name in ("Un", "Deux"):
        ask(editor.client, POLE)
        editor.patch(POLE, {"acronym": name})
        assert ask(editor.client, POLE).json()["acronym"] == name


def test_a_write_of_another_process_is_seen(editor: Editor, server: Server) -> None:
    """At once on SQLite; on PostgreSQL within a second."""
    with serving(editor.database.url) as address, httpx.Client(base_url=address, timeout=30) as other:
        for name in ("Trois", "Quatre"):
            ask(other, POLE)
            editor.patch(POLE, {"acronym": name})
            until = time.monotonic() + (0 if server.name == "sqlite" else 1.5)
            while ask(other, POLE).json()["acronym"] != name:
                assert time.monotonic() < until


@ON_SQLITE_ONLY
def test_those_who_ask_together_are_answered_by_one(server: Server, template: str) -> None:
    with copied(server, template) as database, serving(database.url) as address:
        with httpx.Client(base_url=address, timeout=30) as client, statements() as alone:
            ask(client, "/v1/organisations?limit=1000")
        barrier = threading.Barrier(8)

        def together(_: int) -> httpx.Response:
            with httpx.Client(base_url=address, timeout=30) as client:
                barrier.wait()
                return ask(client, "/v1/organisations.csv?limit=1000")

        with statements() as sent, ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(together, range(8)))
    assert len({answer.content for answer in answers}) == 1
    assert sorted(status(answer) for answer in answers) == ["ptce; fwd=uri-miss", *[HIT] * 7]
    assert len(sent) <= len(alone)


@ON_SQLITE_ONLY
@pytest.mark.parametrize("path", ["/v1/poles", POLE, "/", "/openapi.json", "/ogc/collections/poles/items"])
@pytest.mark.parametrize(
    ("wished", "coding"),
    [
        ("gzip", "gzip"), ("br", "br"), ("zstd", "zstd"), ("gzip, deflate, br, zstd", "zstd"), ("gzip, br", "br"), ("zstd;q=0.5, gzip", "gzip"),
        ("*", "zstd"), ("*;q=0", None), ("gzip;q=0", None), ("identity", None), ("", None), ("identity, gzip;q=0.5", None), ("compress", None),
        ("zstd;q=0, *", "br"), ("GZIP ; q=0.3", "gzip"), ("x-gzip", "gzip"), ("gzip;q=abc", None), ("a," * 300 + "gzip", None),
    ],
)  # fmt: skip
def test_an_answer_is_coded_as_its_client_wishes(editor: Editor, path: str, wished: str, coding: str | None) -> None:
    plain = ask(editor.client, path)
    for _ in range(2):
        with editor.client.stream(
            "GET", path, headers={"Host": "registre.test", "Accept-Encoding": wished}
        ) as response:
            raw = b"".join(response.iter_raw())
        assert response.headers.get("content-encoding") == coding
        assert "accept-encoding" in response.headers["vary"].lower()
        decoded = {None: bytes, "gzip": gzip.decompress, "br": brotli.decompress, "zstd": unzstd}[coding](raw)
        if "timeStamp" not in plain.text:
            assert decoded == plain.content
        assert (len(raw) < len(plain.content) / 2) == (coding is not None)
        assert response.headers.get("content-length") == str(len(raw))


def unzstd(raw: bytes) -> bytes:
    return zstandard.ZstdDecompressor().decompressobj().decompress(raw)


@ON_SQLITE_ONLY
@pytest.mark.parametrize("path", ["/v1/poles", POLE, "/", "/map.svg"])
@pytest.mark.parametrize("cached", [True, False])
def test_a_copy_that_the_client_can_read_is_the_same_state(
    editor: Editor, bare: httpx.Client, path: str, cached: bool
) -> None:
    client = editor.client if cached else bare
    tags = {
        coding: ask(client, path, Accept_Encoding=coding).headers["etag"]
        for coding in ("identity", "gzip", "br", "zstd")
    }
    assert len(set(tags.values())) == 4
    for coding, has in tags.items():
        for wished, own in tags.items():
            response = ask(client, path, Accept_Encoding=wished, If_None_Match=f'"autre", {has}')
            if coding in {"identity", wished}:
                assert (response.status_code, response.content, response.headers["etag"]) == (304, b"", has)
            else:  # a cache that has another client's copy may not give it to this one
                assert (response.status_code, response.headers["etag"]) == (200, own)
            assert "accept-encoding" in response.headers["vary"].lower()
            every = ask(client, path, Accept_Encoding=wished, If_None_Match=", ".join(tags.values()))
            assert (every.status_code, every.headers["etag"]) == (304, own)
    if path == POLE:
        for has in tags.values():
            editor.send("PATCH", POLE, {}, {"If-Match": has}).raise_for_status()
            assert editor.send("PATCH", POLE, {}, {"If-Match": has.replace("-json", "-x-json")}).status_code == 412


@ON_SQLITE_ONLY
def test_what_has_not_changed_is_kept_without_its_body(editor: Editor, bare: httpx.Client) -> None:
    tag = ask(bare, "/v1/poles?limit=11").headers["etag"]
    seen = [ask(editor.client, "/v1/poles?limit=11", If_None_Match=tag) for _ in range(2)]
    assert [(one.status_code, status(one)) for one in seen] == [(304, "ptce; fwd=uri-miss"), (304, HIT)]
    assert ask(editor.client, "/v1/poles?limit=11", If_None_Match='"autre"').json()["limit"] == 11
    assert status(ask(editor.client, "/v1/poles?limit=11")) == HIT


@ON_SQLITE_ONLY
@pytest.mark.parametrize(
    ("asked", "start", "end"),
    [("bytes=0-99", 0, 100), ("bytes=100-", 100, None), ("bytes=-5", -5, None), ("bytes=0-99999999", 0, None), ("Bytes = 3-3", 3, 4)],
)  # fmt: skip
def test_a_part_of_a_file_is_sent(editor: Editor, asked: str, start: int, end: int | None) -> None:
    whole = ask(editor.client, "/v1/poles.csv")
    assert whole.headers["accept-ranges"] == "bytes"
    for headers in ({}, {"If-Range": whole.headers["etag"]}, {"Accept-Encoding": "gzip"}):
        part = ask(editor.client, "/v1/poles.csv", Range=asked, **headers)
        assert (part.status_code, part.content) == (206, whole.content[start:end])
        first = start % len(whole.content)
        assert part.headers["content-range"] == f"bytes {first}-{first + len(part.content) - 1}/{len(whole.content)}"
        assert "content-encoding" not in part.headers
    for headers in ({"If-Range": '"autre"'}, {"If-Range": whole.headers["etag"].replace("csv", "csv-gzip")}):
        assert ask(editor.client, "/v1/poles.csv", Range=asked, **headers).content == whole.content
    assert ask(editor.client, "/v1/poles.csv", Range=asked, If_None_Match=whole.headers["etag"]).status_code == 304
    assert ask(editor.client, "/v1/poles.csv", method="HEAD", Range=asked).status_code == 200


@ON_SQLITE_ONLY
def test_what_is_no_part_is_answered_whole_or_refused(editor: Editor) -> None:
    whole = ask(editor.client, "/v1/poles.csv")
    for asked in ("bytes=5-2", "bytes=-", "bytes=a-b", "lines=0-1", "bytes=0-1,4-5", "bytes=1"):
        again = ask(editor.client, "/v1/poles.csv", Range=asked)
        assert (again.status_code, again.content) == (200, whole.content), asked
    for asked in ("bytes=99999999-", "bytes=-0"):
        outside = ask(editor.client, "/v1/poles.csv", Range=asked)
        assert (outside.status_code, outside.content) == (416, b"")
        assert outside.headers["content-range"] == f"bytes */{len(whole.content)}"


@ON_SQLITE_ONLY
def test_a_hit_counts_as_a_read(registry: Database) -> None:
    with serving(registry.url, read_rate="3/hour") as address, httpx.Client(base_url=address) as client:
        left = [ask(client, POLE) for _ in range(4)]
    assert [one.status_code for one in left] == [200, 200, 200, 429]
    assert [one.headers["ratelimit"].partition(";t")[0] for one in left] == [f'"read";r={r}' for r in (2, 1, 0, 0)]


@ON_SQLITE_ONLY
def test_memory_is_bounded(registry: Database) -> None:
    with serving(registry.url, cache_mb=1) as address, httpx.Client(base_url=address) as client:
        for offset in range(50):  # more than 1 MB in all
            ask(client, f"/v1/poles?limit=10&offset={offset}", Accept_Encoding="br")
        assert status(ask(client, "/v1/poles?limit=10&offset=49")) == HIT
        assert status(ask(client, "/v1/poles?limit=10&offset=0")) == "ptce; fwd=uri-miss"
        ask(client, "/v1/poles?limit=1000")  # more than its share
        assert status(ask(client, "/v1/poles?limit=1000")) == "ptce; fwd=uri-miss"


NAMES = st.text(alphabet="aé0 '", min_size=1, max_size=4)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("read"), st.sampled_from([*KEPT[:7], "/", "/poles/archer-pole-sud"]), st.sampled_from(["identity", "gzip", "br", "zstd"])),
        st.tuples(st.just("write"), st.sampled_from([POLE, "/v1/organisations/bge"]), NAMES),
        st.tuples(st.just("know"), st.sampled_from(KEPT[:5]), st.just("zstd")),
    ),
    min_size=4,
    max_size=10,
)  # fmt: skip


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_whatever_is_read_and_written_the_answer_is_that_of_the_application(
    editor: Editor, bare: httpx.Client, steps: list[tuple[str, str, str]]
) -> None:
    for step, path, told in steps:
        if step == "write":
            editor.patch(path, {"acronym": told.strip() or "x"})
            continue
        ours, theirs = (ask(client, path, Accept_Encoding=told) for client in (editor.client, bare))
        same(ours, theirs)
        if step == "know":
            tag = {"If_None_Match": ours.headers["etag"]}
            same(*(ask(client, path, Accept_Encoding=told, **tag) for client in (editor.client, bare)))

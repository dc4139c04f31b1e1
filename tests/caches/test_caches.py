"""nginx, Varnish and hishel in front: whoever asks through them gets what the registry answers now, and less is sent."""

import gzip
from collections.abc import Iterator
from itertools import product
from typing import Any

import brotli
import pytest
import zstandard
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from app.models import KeyRole
from tests.caches.conftest import Answer, Bench, benched
from tests.conftest import ON_SQLITE_ONLY, Server
from tests.routes.writing import new_key

pytestmark = ON_SQLITE_ONLY
POLE, PAGE, LIST, EXPORT = "/v1/poles/archer-pole-sud", "/poles/archer-pole-sud", "/v1/poles?limit=20", "/v1/poles.csv"
PATHS = [
    POLE, PAGE, LIST, EXPORT, "/", "/v1/poles.geojson?region=84", "/v1/poles.xlsx?limit=2", "/v1/poles?as_of=1&limit=5",
    "/v1/stats", "/map.svg", "/ogc/collections/poles/items/archer-pole-sud",
]  # fmt: skip
CODINGS = {"identity": bytes, "gzip": gzip.decompress, "br": brotli.decompress}
CODINGS["zstd"] = lambda raw: zstandard.ZstdDecompressor().decompressobj().decompress(raw)
FORMS = ("application/json", "text/csv", "application/geo+json", "*/*")


@pytest.fixture(scope="module")
def bench(server: Server, template: str, front: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    with benched(server, template, tmp_path_factory.mktemp(front), front) as made:
        yield made


def from_cache(bench: Bench, path: str, **headers: str) -> None:
    """Prove that the registry says 304 to the cache, which sends what it has."""
    first, before = bench.ask(path, **headers), bench.heard()
    again = bench.ask(path, **headers)
    assert bench.heard() - before == {("GET", 304): 1}
    assert (again.status, again.raw) == (200, first.raw)
    assert again.told == bench.truth(path, **headers).told


@pytest.mark.parametrize("path", PATHS)
def test_what_a_cache_has_is_not_sent_again(bench: Bench, path: str) -> None:
    from_cache(bench, path)
    if bench.front.name == "nginx":
        assert bench.ask(path).headers["cache-status"].endswith("nginx; detail=REVALIDATED")


@pytest.mark.parametrize("path", [POLE, PAGE, EXPORT, "/v1/poles?q=archer"])
def test_a_write_is_seen_by_the_next_request(bench: Bench, path: str) -> None:
    for name in ("Premier nom", "Second nom"):
        bench.ask(path)
        tag = bench.ask(POLE).headers["etag"]
        changed = {"acronym": name, "name": f"Archer, {name}"}
        headers = {"Authorization": f"Bearer {bench.editor.key}", "If-Match": tag}
        assert bench.client.patch(POLE, json=changed, headers=headers).status_code == 200
        seen = bench.ask(path)
        assert name in seen.raw.decode()
        assert seen.told == bench.truth(path).told
        assert bench.client.patch(POLE, json=changed, headers=headers).status_code == 412


def test_each_client_has_its_own_coding_and_form(bench: Bench) -> None:
    asked = [
        {"Accept": form, "Accept-Encoding": coding}
        for form, coding in product(FORMS, [*CODINGS, "gzip, deflate, br, zstd", "gzip, deflate, br", "gzip;q=0"])
    ]
    truths = [bench.truth(LIST, **one) for one in asked]
    for one, truth in [*zip(asked, truths, strict=True)] * 2:
        got = bench.ask(LIST, **one)
        assert got.told == truth.told or (bench.front.name == "hishel" and is_plain(got, truth))
        assert {"accept", "accept-encoding"} <= set(got.headers["vary"].lower().replace(" ", "").split(","))


def is_plain(got: Answer, truth: Answer) -> bool:
    """Return whether this is the same answer, not coded: hishel gives a plain copy that it has to who reads gzip too."""
    return (
        "content-encoding" not in got.headers
        and got.headers["etag"].removesuffix('"') in truth.headers["etag"]
        and got.raw == CODINGS[truth.headers.get("content-encoding", "identity")](truth.raw)
    )


def test_each_host_has_its_own_links(bench: Bench) -> None:
    """What is forged of host and scheme reaches nobody else."""
    for _ in range(2):
        bench.ask(LIST, X_Forwarded_Host="faux.test", X_Forwarded_Proto="https", Forwarded="host=faux.test;proto=https")
        assert bench.ask(LIST).told == bench.truth(LIST).told
        if bench.front.name != "hishel":  # which knows no host but that of the address
            other = bench.ask(LIST, Host="ailleurs.test")
            assert b"http://ailleurs.test/v1/poles" in other.raw
            assert b"http://127.0.0.1" not in other.raw


def test_a_site_of_another_origin_may_read_what_one_without_has_fetched(bench: Bench) -> None:
    for _ in range(2):
        assert bench.ask(LIST).status == 200
        for site in ("https://cress.test", "https://presse.test"):
            assert bench.ask(LIST, Origin=site).headers["access-control-allow-origin"] == "*"


def test_an_answer_to_a_key_is_given_to_nobody_else(bench: Bench) -> None:
    key = {"Authorization": f"Bearer {new_key(bench.editor.database, 'Portail', KeyRole.READER)}"}
    for path in (POLE, LIST, EXPORT):
        for _ in range(2):
            assert bench.ask(path, **key).headers["cache-control"] == "private, no-cache"
            assert bench.ask(path).headers["cache-control"] == "public, no-cache"
            assert bench.ask(path, Authorization="Bearer faux").status == 401
    proposed = {"kind": "pole", "record": "archer-pole-sud", "change": {"website": "https://neuf.example/"}}
    more = {"source": "https://presse.example/", "contact": "marie@exemple.fr"}
    path = bench.client.post("/v1/proposals", json=proposed | more).json()["url"]
    for _ in range(2):
        assert b"marie@exemple.fr" in bench.ask(path, Authorization=f"Bearer {bench.editor.key}").raw
        assert b"marie@exemple.fr" not in bench.ask(path).raw


def test_head_tells_what_get_would(bench: Bench) -> None:
    for path in (POLE, EXPORT, PAGE):
        for _ in range(2):
            head, whole = bench.ask(path, "HEAD"), bench.ask(path)
            assert (head.status, head.raw) == (200, b"")
            assert head.told[1] == whole.told[1] == bench.truth(path).told[1]
            assert head.headers["content-length"] == str(len(whole.raw))
    bench.editor.patch(POLE, {"acronym": "Entête"})
    assert bench.ask(POLE, "HEAD").headers["etag"] == bench.truth(POLE).headers["etag"]


@pytest.mark.parametrize("coding", ["identity", "zstd"])
def test_a_part_of_an_export_is_of_the_body_that_its_etag_names(bench: Bench, coding: str) -> None:
    whole = {tag.headers["etag"]: tag.raw for tag in (bench.truth(EXPORT, Accept_Encoding=one) for one in CODINGS)}
    plain = bench.ask(EXPORT).headers["etag"]
    for more in ({}, {"If-Range": plain}):
        part = bench.ask(EXPORT, Range="bytes=100-299", Accept_Encoding=coding, **more)
        assert part.raw == (whole[part.headers["etag"]][100:300] if part.status == 206 else whole[part.headers["etag"]])
        if coding == "identity":
            assert part.status == 206
            assert part.headers["content-range"] == f"bytes 100-299/{len(whole[plain])}"
    assert bench.ask(EXPORT, Range="bytes=0-9", If_Range='"autre"', Accept_Encoding=coding).status == 200
    bench.editor.patch(POLE, {"name": f"Un autre nom ({coding})"})
    changed = bench.ask(EXPORT, Range="bytes=100-299", If_Range=plain, Accept_Encoding=coding)
    assert changed.told == bench.truth(EXPORT, Accept_Encoding=coding).told


def test_a_client_that_has_an_answer_is_told_so(bench: Bench) -> None:
    for path, coding in zip((POLE, LIST, EXPORT, PAGE), CODINGS, strict=True):
        has = bench.ask(path, Accept_Encoding=coding).headers
        known = bench.ask(path, Accept_Encoding=coding, If_None_Match=has["etag"])
        assert knows(bench, known, bench.truth(path, Accept_Encoding=coding))
        if "last-modified" in has and bench.front.name != "hishel":
            since = bench.ask(path, Accept_Encoding=coding, If_Modified_Since=has["last-modified"])
            assert (since.status, since.raw) == (304, b"")
        assert bench.ask(path, If_Modified_Since="Sat, 01 Jan 2000 00:00:00 GMT").status == 200
        other = bench.ask(path, If_None_Match=has["etag"])
        assert other.status == 304 or other.told == bench.truth(path).told
        bench.editor.patch(POLE, {"notes": f"{coding}, {path}"})
        changed = bench.ask(path, Accept_Encoding=coding, If_None_Match=has["etag"])
        assert changed.told == bench.truth(path, Accept_Encoding=coding).told


def knows(bench: Bench, known: Answer, truth: Answer) -> bool:
    """Return whether this says that nothing has changed; hishel, inside the client, may give it what it has."""
    if bench.front.name == "hishel" and known.status == 200:
        return known.told == truth.told or is_plain(known, truth)
    return (known.status, known.raw, known.headers["etag"]) == (304, b"", truth.headers["etag"])


def test_what_is_sent_passes(bench: Bench) -> None:
    key = {"Authorization": f"Bearer {bench.editor.key}"}
    searched = {"region": "84", "limit": 3}
    for _ in range(2):
        before = bench.heard()
        found = bench.client.post("/v1/poles/search", json=searched)
        assert found.json()["limit"] == 3
        asked = {"Origin": "https://cress.test", "Access-Control-Request-Method": "PATCH"}
        assert bench.client.options(POLE, headers=asked).headers["access-control-allow-origin"] == "*"
        assert bench.client.post("/v1/poles", json={"name": "x"}).status_code == 401
        assert bench.client.patch(POLE, json={"notes": "Sans état"}, headers=key).status_code == 428
        gone = bench.client.delete("/v1/poles/personne", headers={**key, "If-Match": "*"})
        assert gone.status_code == 404
        assert (bench.heard() - before).total() == 5


def test_a_refusal_is_not_kept(bench: Bench) -> None:
    new, key = "/v1/poles/pole-d-apres", {"Authorization": f"Bearer {bench.editor.key}"}

    def status(path: str = new) -> int:
        found = {bench.ask(path).status for _ in range(2)}
        assert len(found) == 1
        return found.pop()

    assert (status(), status("/poles/pole-d-apres")) == (404, 404)
    bench.editor.create("/v1/poles", {"name": "Pôle d’après"})
    assert (status(), status("/poles/pole-d-apres")) == (200, 200)
    bench.client.delete(f"{new}?reason=Erreur", headers={**key, "If-Match": "*"}).raise_for_status()
    assert (status(), status("/poles/pole-d-apres")) == (410, 410)
    bench.editor.act(f"{new}/restore")
    assert status() == 200
    bench.editor.act(f"{new}/merge", {"into": "archer-pole-sud"})
    assert status() == 308
    bench.editor.act(f"{new}/restore")
    assert status() == 200
    for path, code in (("/v1/poles?limit=x", 422), ("/v1/poles?f=pdf", 406), (f"/v1/poles?q={'x' * 9000}", 414)):
        assert (status(path), bench.ask(path).headers.get("cache-control")) == (code, "no-store")


WRITES = st.tuples(st.just("write"), st.sampled_from([POLE, "/v1/organisations/bge"]), st.text("aé0 '", max_size=3))
READS = st.tuples(
    st.sampled_from(["read", "head", "know", "part"]),
    st.sampled_from([*PATHS[:7], "/v1/organisations/bge", "/v1/poles"]),
    st.tuples(st.sampled_from([*CODINGS, "gzip, deflate, br, zstd"]), st.sampled_from(FORMS)),
)


@settings(
    max_examples=6, deadline=None, phases=[Phase.generate], suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(steps=st.lists(st.one_of(READS, READS, WRITES), min_size=4, max_size=8))
def test_whatever_is_read_and_written_the_answer_is_that_of_the_registry(
    bench: Bench, steps: list[tuple[str, str, Any]]
) -> None:
    for step, path, told in steps:
        if step == "write":
            bench.editor.patch(path, {"acronym": told.strip() or "x"})
            continue
        asked = {"Accept-Encoding": told[0], "Accept": told[1]}
        truth = bench.truth(path, **asked)
        if step == "read" or "etag" not in truth.headers:
            got = bench.ask(path, **asked)
            assert got.told == truth.told or (bench.front.name == "hishel" and is_plain(got, truth))
        elif step == "head":
            head = bench.ask(path, "HEAD", **asked)
            assert head.told == (*truth.told[:2], b"") or (bench.front.name == "hishel" and head.status == 200)
        elif step == "know":
            assert knows(bench, bench.ask(path, **asked, If_None_Match=truth.headers["etag"]), truth)
        else:
            part = bench.ask(path, **asked, Range="bytes=10-59", If_Range=truth.headers["etag"])
            assert part.headers["etag"] == truth.headers["etag"]
            assert part.raw == (truth.raw[10:60] if part.status == 206 else truth.raw)

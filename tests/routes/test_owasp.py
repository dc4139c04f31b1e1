"""OWASP API Security Top 10 (2023): a section for each risk, a row for each attempt, and what came of it."""

import json
import re
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.engine import make_url

from app.database import Database
from app.main import create_app
from app.models import KeyRole
from app.routes.short_way import ShortWay
from app.security import digest
from app.settings import Settings
from tests.conftest import Server, opened, serving
from tests.faults.process import running
from tests.routes.asking import PROBLEM, asked, refused, sheet, table
from tests.routes.writing import NOTHING, Editor, Json, must_hold, new_key, written

ARCHER, ORGANISATION = "/v1/poles/archer-pole-sud", "/v1/organisations/groupe-archer"  # of 84
EVA, WAVE = "/v1/poles/3-eva", "/v1/waves/aap-2013"  # of 76; of everyone
MEMBERSHIP, LABEL = "/v1/memberships/archer-pole-sud@groupe-archer", "/v1/labels/archer-pole-sud@aap-2013"
PAGE: Final = "https://presse.example/article"
CONTACT: Final = "marie.temoin@exemple.fr"
ANY: Final = {"If-Match": "*"}  # of any state
MAX_BODY: Final = 1_000_000  # unless a setting says otherwise


@pytest.fixture(scope="module")
def database(server: Server, template: str) -> Iterator[Database]:
    """One registry for the file; whatever was tried on it, it is whole at the end."""
    url = server.copy(template)
    with opened(url) as made:
        yield made
        must_hold(made)
    server.drop(url)


@pytest.fixture(scope="module")
def client(database: Database) -> Iterator[httpx.Client]:
    with serving(database.url, failed_key_rate="0") as url, httpx.Client(base_url=url, timeout=30) as made:
        yield made


@pytest.fixture(scope="module")
def national(database: Database, client: httpx.Client) -> Editor:
    return Editor(client, new_key(database, "Cellule nationale"), database)


@pytest.fixture(scope="module")
def curator(database: Database, client: httpx.Client) -> Editor:
    name = "CRESS AURA"
    return Editor(client, new_key(database, name, KeyRole.CURATOR, ["84"]), database, name)


@pytest.fixture(scope="module")
def reader(database: Database, client: httpx.Client) -> Editor:
    return Editor(client, new_key(database, "Portail", KeyRole.READER), database, "Portail")


# API1: broken object level authorisation


@pytest.mark.parametrize("address", [
    EVA, "/v1/poles/%33-eva", "/v1/poles/3-eva.json", "/v1/poles/3-eva.csv", "/v1/poles/3-eva/", "/v1/poles//3-eva",
    "/v1/poles/3-EVA", "/v1/poles/archer-pole-sud%2F..%2F3-eva", "/v1/poles/archer-pole-sud/../3-eva",
    "/v1/poles/3-eva%00", "/v1/poles/3-eva%20", "/v1/poles/3-eva@archer-pole-sud", "/poles/3-eva",
    "/v1/memberships/3-eva@3-eva", "/v1/memberships/archer-pole-sud@3-eva@3-eva", "/v1/memberships/3-eva%403-eva",
    "/v1/organisations/3-eva", "/v1/organisations/3-EVA",
])  # fmt: skip
@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
def test_no_spelling_of_an_address_reaches_a_record_of_another_region(
    curator: Editor, method: str, address: str
) -> None:
    before = [curator.read(path) for path in (EVA, "/v1/organisations/3-eva", ARCHER)]
    body = {"name": "Pris", "website": "https://pris.example"}
    response = curator.client.request(
        method, address, headers=ANY | {"Authorization": f"Bearer {curator.key}"}, json=body
    )
    assert response.status_code in {308, 400, 403, 404, 405, 422}, response.text
    assert [curator.read(path) for path in (EVA, "/v1/organisations/3-eva", ARCHER)] == before


@pytest.mark.parametrize(("path", "body"), [
    (ARCHER, {"id": "3-eva"}),
    (ARCHER, {"url": "/poles/3-eva"}),
    (MEMBERSHIP, {"pole": "3-eva"}),
    (MEMBERSHIP, {"organisation": "3-eva"}),
    (LABEL, {"pole": "3-eva"}),
    (ORGANISATION, {"poles": [{"pole": "3-eva", "role": "carrier"}]}),
])  # fmt: skip
def test_no_body_leads_a_write_to_another_record(national: Editor, path: str, body: Json) -> None:
    before = national.read(path)
    for method, sent in (("PATCH", body), ("PUT", before | body)):
        problem = refused(national.edit(method, path, sent), 422)
        assert [fault["pointer"] for fault in problem["errors"]] == [f"/{name}" for name in body]
    assert national.read(path) == before


def test_the_address_of_a_pole_and_the_body_of_a_member_cannot_differ(curator: Editor) -> None:
    body = {"organisation": "3-eva", "pole": "3-eva"}
    assert "/pole" in refused(curator.send("POST", f"{ARCHER}/members", body), 422)["detail"]


def test_an_answer_that_is_kept_for_one_key_is_shown_to_no_other(curator: Editor, national: Editor) -> None:
    again = {"Idempotency-Key": "la-mienne"}
    mine = curator.send("POST", "/v1/organisations", {"name": "Régie des clés"}, again)
    assert written(mine, 201)["id"] == "regie-des-cles"
    theirs = national.send("POST", "/v1/organisations", {"name": "Régie des clés"}, again)
    assert written(theirs, 201)["id"] == "regie-des-cles-2"
    assert "Idempotent-Replayed" not in theirs.headers


# API2: broken authentication (test_keys.py has the forms of a key, test_rates.py the tries)


def operations(client: httpx.Client) -> list[tuple[str, str, Json]]:
    """Return each operation of the OpenAPI document, with an address that its own examples give."""
    found = []
    for path, item in asked(client, "/openapi.json")["paths"].items():
        for method, operation in item.items():
            given = {one["name"]: one["example"] for one in operation.get("parameters", ()) if one["in"] == "path"}
            found.append((method.upper(), path.format(**given), operation))
    return found


def test_every_write_wants_a_key_that_writes_and_says_so(client: httpx.Client, reader: Editor) -> None:
    writes = [one for one in operations(client) if one[0] != "GET"]
    assert len(writes) >= 30
    for method, path, operation in writes:
        if operation["operationId"] in {"createProposal", "searchPoles", "searchOrganisations"}:
            continue  # anyone may: the first has its own row below, the others read
        assert operation["security"] == [{"cle": []}], (method, path)
        assert {"401", "403", "429"} <= set(operation["responses"]), (method, path)
        refused(client.request(method, path, headers=ANY), 401)
        refused(client.request(method, path, headers=ANY | {"Authorization": f"Bearer {'x' * 43}"}), 401)
        assert "« reader »" in refused(reader.send(method, path, headers=ANY), 403)["detail"]


def test_every_read_refuses_a_bad_key_rather_than_ignore_it(client: httpx.Client) -> None:
    reads = [path for method, path, _ in operations(client) if method == "GET" and path.startswith("/v1/")]
    assert len(reads) >= 20
    for path in reads:
        # Those of a registry that nobody has proposed anything to.
        answered = {"/v1/proposals": 401, "/v1/proposals/p-3f9a2c51d07be684": 404}.get(path, 200)
        assert client.get(path).status_code == answered, path
        refused(client.get(path, headers={"Authorization": f"Bearer {'x' * 43}"}), 401)


@pytest.mark.parametrize("headers", [
    {"Cookie": "key={key}; Authorization=Bearer {key}"}, {"X-API-Key": "{key}"}, {"X-Authorization": "Bearer {key}"},
    {"Proxy-Authorization": "Bearer {key}"}, {"Api-Key": "{key}"}, {"X-Forwarded-User": "Cellule nationale"},
    {"X-Editor": "Cellule nationale"}, {"From": "Cellule nationale"},
])  # fmt: skip
def test_nothing_else_than_one_header_is_a_key(national: Editor, headers: dict[str, str]) -> None:
    sent = {name: value.format(key=national.key) for name, value in headers.items()}
    refused(national.client.patch(f"{ARCHER}?dry_run=1", json={"acronym": "X"}, headers=ANY | sent), 401)


# API3: broken object property level authorisation (mass assignment)


@pytest.mark.parametrize(("path", "fields"), [
    (ARCHER, "id url revision labels carriers members known_member_count retired serial hash role editor created_at"),
    (ARCHER, "recorded_at successor action seat_commune region departement __proto__ __class__ constructor"),
    (ORGANISATION, "id url revision departement region epci longitude latitude poles retired serial hash editor __proto__"),
    (WAVE, "id url revision found inferred missing supported labels retired serial hash editor __proto__"),
    (MEMBERSHIP, "pole organisation revision retired serial hash editor __proto__"),
    (LABEL, "pole wave revision retired serial hash editor __proto__"),
    ("/v1/sources/s-63b8ad6520", "id retired citations serial hash editor __proto__"),
])  # fmt: skip
def test_only_what_a_shape_names_can_be_written(national: Editor, path: str, fields: str) -> None:
    before, names = national.read(path), fields.split()
    for field in names:
        sent = {field: {"forged": True}}
        problem = refused(national.edit("PATCH", path, sent), 422)
        assert [fault["pointer"].split("/")[1] for fault in problem["errors"]] == [field]
        refused(national.edit("PUT", path, before | sent), 422)
    collection = path.rpartition("/")[0]
    problem = refused(national.send("POST", collection, dict.fromkeys(names, "forged")), 422)
    unread = {"pole", "organisation", "wave"} if "@" in path else set()  # the two ends of a new link are given
    assert {f"/{name}" for name in names if name not in unread} <= {fault["pointer"] for fault in problem["errors"]}
    assert national.read(path) == before


@pytest.mark.parametrize(("path", "patch"), [
    (ARCHER, {"seat": {"epci": {"code": "200054807"}}}), (ARCHER, {"seat": {"retired": True}}),
    (ARCHER, {"territory": {"epoch": "x"}}), (ARCHER, {"sources": [{"id": "s-63b8ad6520", "citations": 9}]}),
    (ARCHER, {"sectors": [{"code": "culture", "retired": True}]}),
])  # fmt: skip
def test_nor_is_there_a_way_in_by_what_is_nested(national: Editor, path: str, patch: Json) -> None:
    before = national.read(path)
    refused(national.edit("PATCH", path, patch), 422)
    assert national.read(path) == before


def test_an_editor_cannot_write_under_another_name(curator: Editor) -> None:
    path = "/v1/poles/" + curator.create("/v1/poles", {"name": "Pôle signé", "seat": {"commune": "26281"}})["id"]
    forged = {"X-Editor": "Cellule nationale", "From": "seed"}
    written(curator.send("PATCH", path, {"acronym": "PS"}, ANY | forged, reason="De la part de : Cellule nationale"))
    assert {entry["editor"] for entry in curator.history(path)} == {"CRESS AURA"}
    assert [source["publisher"] for source in curator.read(path)["sources"]] == ["CRESS AURA"]


# API4: unrestricted resource consumption

DEEP: Final = b'{"name": ' + b"[" * 100_000 + b"]" * 100_000 + b"}"
HUGE: Final[list[tuple[str, str, bytes | Json, int]]] = [
    ("PATCH", ARCHER, b'{"notes": "' + b"x" * MAX_BODY + b'"}', 413),
    ("PATCH", ARCHER, b" " * (MAX_BODY + 1), 413),
    ("POST", "/v1/poles", DEEP, 422),
    ("POST", "/v1/poles", b"[" * 900_000, 422),
    ("POST", "/v1/poles", b'{"a":' * 33 + b"1" + b"}" * 33, 422),
    ("POST", "/v1/poles", b'{"name": "x", "founded_year": 1' + b"0" * 10_000 + b"}", 422),
    ("POST", "/v1/poles", b'{"name": "x", "founded_year": 1e999}', 422),
    ("POST", "/v1/poles", {"name": "x" * 501}, 422),
    ("PATCH", ARCHER, {"description": "x" * 10_001}, 422),
    ("PATCH", ARCHER, {"former_names": ["x"] * 101}, 422),
    ("PATCH", ARCHER, {"former_names": ["x"] * 100_000}, 422),
    ("PATCH", ARCHER, {"sectors": ["culture"] * 101}, 422),
    ("PATCH", ARCHER, {"territory": {"units": ["region:84"] * 501}}, 422),
    ("PATCH", ARCHER, {"sources": [{"id": "s-63b8ad6520"}] * 201}, 422),
    ("PATCH", ARCHER, {"sources": [{"id": "s-63b8ad6520", "fields": ["name"] * 101}]}, 422),
    ("PATCH", ARCHER, {"website": "https://x.example/" + "x" * 2000}, 422),
    ("PATCH", ARCHER, {f"champ{number}": 1 for number in range(50_000)}, 422),
    ("PATCH", f"{ARCHER}?reason=" + "x" * 1001, {}, 422),
    ("PATCH", f"{ARCHER}?source=https://x.example/" + "x" * 2000, {}, 422),
    ("PATCH", f"{ARCHER}?source=" + "x" * 8192, {}, 414),
    ("POST", "/v1/imports", b"name\n" + b"x" * 10_000_000, 413),
]  # fmt: skip


@pytest.mark.parametrize(
    ("method", "path", "body", "status"), HUGE, ids=[f"{case[1][:30]}-{str(case[2])[:30]}" for case in HUGE]
)
def test_what_is_too_much_is_refused_at_once(
    national: Editor, method: str, path: str, body: bytes | Json, status: int
) -> None:
    before = national.serial()
    start = time.monotonic()
    media = {"Content-Type": "text/csv"} if path == "/v1/imports" else {}
    response = national.send(method, path, body, ANY | media)
    assert time.monotonic() - start < 10
    problem = refused(response, status)
    assert len(problem["errors"]) <= 100
    assert len(response.content) < 100_000
    assert national.serial() == before


def test_a_body_is_not_even_read_from_whom_may_not_write(national: Editor, reader: Editor) -> None:
    """Its bytes are still to come when the answer is there."""
    where = httpx.URL(str(national.client.base_url))
    for key, status in ((None, 401), ("x" * 43, 401), (reader.key, 403)):
        with socket.create_connection((where.host, where.port or 80), timeout=30) as caller:
            authorised = f"Authorization: Bearer {key}\r\n" if key else ""
            caller.sendall(
                f"PATCH {ARCHER} HTTP/1.1\r\nHost: x\r\n{authorised}If-Match: *\r\nContent-Type: application/json\r\n"
                "Content-Length: 900000\r\n\r\n{".encode()
            )
            assert caller.recv(100).startswith(f"HTTP/1.1 {status} ".encode())


def test_a_body_that_hides_its_length_is_cut_off(national: Editor) -> None:
    pieces = (b" " * 100_000 for _ in range(100))
    headers = ANY | {"Authorization": f"Bearer {national.key}", "Content-Type": "application/json"}
    refused(national.client.patch(ARCHER, content=pieces, headers=headers), 413)


@pytest.mark.parametrize("query", [
    "limit=1001", "limit=1000000000", "limit=-1", "limit=0", f"limit={'9' * 400}", "offset=-1", f"offset={'9' * 400}",
    "q=" + "a" * 201, "fields=" + ",".join(["x"] * 2000), "as_of=" + "9" * 400,
])  # fmt: skip
@pytest.mark.parametrize("path", ["/v1/poles", "/v1/organisations.csv", f"{ARCHER}/history"])
def test_a_list_has_bounds(client: httpx.Client, path: str, query: str) -> None:
    refused(client.get(f"{path}?{query}"), 422)


def test_the_largest_question_is_answered_soon(client: httpx.Client) -> None:
    words = "+".join(["pole", "de", "la", "cooperation"] * 12)
    start = time.monotonic()
    for path in (
        f"/v1/poles?q={words[:190]}&limit=1000",
        "/v1/organisations.xlsx?limit=1000",
        "/v1/communes?limit=1000",
    ):
        assert client.get(path).status_code == 200
    assert time.monotonic() - start < 20


# API5: broken function level authorisation


@pytest.mark.parametrize(("method", "path", "body"), [
    ("POST", "/v1/waves", {"name": "AMI pirate", "kind": "AMI"}), ("PUT", WAVE, {"name": "AAP", "kind": "AAP"}),
    ("PATCH", WAVE, {"notes": "X"}), ("DELETE", WAVE, None), ("POST", f"{WAVE}/restore", None),
    ("POST", f"{WAVE}/merge", {"into": "aap-2015"}),
    ("POST", "/v1/labels", {"pole": "archer-pole-sud", "wave": "ami-2025", "outcome": "laureate"}),
    ("PATCH", LABEL, {"notes": "X"}), ("DELETE", LABEL, None),
    ("POST", "/v1/sources", {"url": PAGE}), ("PATCH", "/v1/sources/s-63b8ad6520", {"title": "X"}),
    ("DELETE", "/v1/sources/s-63b8ad6520", None),
])  # fmt: skip
def test_what_is_national_is_not_a_curators(curator: Editor, method: str, path: str, body: Json | None) -> None:
    response = curator.send(method, path, NOTHING if body is None else body, ANY)
    if path.endswith("/restore"):
        refused(response, 409)  # it is not retired: nothing to have a right on
        return
    assert "« national »" in refused(response, 403)["detail"]


@pytest.mark.parametrize("headers", [
    {"X-HTTP-Method-Override": "DELETE"}, {"X-Method-Override": "DELETE"}, {"X-HTTP-Method": "DELETE"},
    {"X-Original-URL": WAVE}, {"X-Rewrite-URL": WAVE}, {"X-Role": "admin"}, {"X-Regions": "76"},
])  # fmt: skip
def test_no_header_changes_what_a_request_asks_or_may(curator: Editor, headers: dict[str, str]) -> None:
    assert curator.client.get(ARCHER, headers=headers).status_code == 200
    assert curator.client.get(f"{ARCHER}?_method=DELETE").status_code == 422
    refused(curator.send("PATCH", EVA, {"acronym": "X"}, ANY | headers), 403)
    assert curator.read(ARCHER)["name"]


@pytest.mark.parametrize("path", [
    "/v1/keys", "/v1/admin", "/admin", "/v1/settings", "/metrics", "/debug", "/redoc", "/.env", "/.git/config", "/ptce.sqlite",
    "/static-offline-docs/../../../ptce.sqlite", "/static-offline-docs/%2e%2e/%2e%2e/settings.py", "/v1/writes", "/v1/retries",
])  # fmt: skip
def test_what_administers_has_no_address(national: Editor, path: str) -> None:
    for method in ("GET", "POST"):
        assert national.send(method, path).status_code in {404, 405}


# API6: unrestricted access to sensitive business flows (test_rates.py has the rates)


def test_a_creation_sent_again_makes_one_record(national: Editor) -> None:
    body, again = {"name": "Pôle envoyé deux fois"}, {"Idempotency-Key": "une-seule-fois"}
    tried = national.send("POST", "/v1/poles", body, again, dry_run="1")
    assert written(tried)["dry_run"] is True
    first, second = (national.send("POST", "/v1/poles", body, again) for _ in range(2))
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.content == second.content
    assert second.headers["Idempotent-Replayed"] == "true"
    refused(national.send("POST", "/v1/poles", body | {"acronym": "AUTRE"}, again), 422)
    assert national.read("/v1/poles?q=envoye+deux+fois")["count"] == 1


def test_what_one_key_takes_away_is_seen_and_brought_back(curator: Editor) -> None:
    path = "/v1/poles/" + curator.create("/v1/poles", {"name": "Pôle emporté", "seat": {"commune": "26281"}})["id"]
    before = curator.read(path)
    curator.delete(path, reason="Vandalisme")
    refused(curator.client.get(path), 410)
    assert [(entry["action"], entry["editor"]) for entry in curator.history(path)][:1] == [("retired", "CRESS AURA")]
    back = curator.act(f"{path}/restore")
    assert {name: value for name, value in back.items() if name != "revision"} == {
        name: value for name, value in before.items() if name != "revision"
    }


def test_what_anyone_sends_changes_nothing_by_itself(client: httpx.Client, national: Editor) -> None:
    before, serial = national.read(ARCHER), national.serial()
    body = {"kind": "pole", "record": "archer-pole-sud", "change": {"acronym": "FAUX"}, "source": PAGE}
    made = written(client.post("/v1/proposals", json=body), 201)
    for forged in (
        {"state": "accepted"},
        {"editor": "Cellule nationale"},
        {"serial": 1},
        {"national": False},
        {"id": "p-1"},
    ):
        (name,) = forged
        problem = refused(client.post("/v1/proposals", json=body | forged), 422)
        assert [fault["pointer"] for fault in problem["errors"]] == [f"/{name}"]
    for verb in ("accept", "amend", "refuse"):
        refused(client.post(f"/v1/proposals/{made['id']}/{verb}", json={"reason": "x"}), 401)
    for method in ("PUT", "PATCH", "DELETE"):
        refused(client.request(method, f"/v1/proposals/{made['id']}", json=body), 405)
    assert (national.read(ARCHER), national.serial()) == (before, serial)


# API7: server side request forgery


@pytest.fixture
def trap() -> Iterator[tuple[str, Callable[[], int]]]:
    """Listen as an inner service does; give its address, and how many came but the test itself."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(30)
        host, port = listening.getsockname()[:2]

        def visitors() -> int:
            """Come oneself, last; count who came before."""
            with socket.create_connection((host, port)) as mine:
                count = 0
                while True:
                    accepted, who = listening.accept()
                    accepted.close()
                    if who == mine.getsockname():
                        return count
                    count += 1

        yield f"http://{host}:{port}", visitors


def test_an_address_is_stored_and_never_visited(national: Editor, trap: tuple[str, Callable[[], int]]) -> None:
    inner, visitors = trap
    path = "/v1/poles/" + national.create("/v1/poles", {"name": "Pôle curieux"}, source=f"{inner}/creation")["id"]
    national.patch(path, {"website": f"{inner}/site"}, source=f"{inner}/meta-data?a=1")
    national.create("/v1/organisations", {"name": "Régie curieuse", "website": f"{inner}/regie"})
    source = national.create("/v1/sources", {"url": f"{inner}/source", "title": "Intérieure"})
    national.patch(f"/v1/sources/{source['id']}", {"url": f"{inner}/autre"})
    sheet_of_one = f"name,website\nPôle de la feuille,{inner}/feuille\n".encode()
    report = national.send(
        "POST", f"/v1/imports?kind=pole&apply=1&source={inner}/import", sheet_of_one, {"Content-Type": "text/csv"}
    )
    assert report.status_code == 200, report.text
    national.delete(path, source=f"{inner}/fin")
    national.act(f"{path}/restore", source=f"{inner}/retour")
    suggested = {"kind": "pole", "record": path.rpartition("/")[2], "change": {"notes": f"{inner}/page"}}
    made = written(national.client.post("/v1/proposals", json=suggested | {"source": f"{inner}/proposition"}), 201)
    national.act(f"/v1/proposals/{made['id']}/accept")
    cited = {one["url"] for one in national.read(path)["sources"]}
    assert {f"{inner}/creation", f"{inner}/meta-data?a=1", f"{inner}/proposition"} <= cited
    assert visitors() == 0


@pytest.mark.parametrize("address", [
    "http://169.254.169.254/latest/meta-data/", "http://[::1]:8000/", "http://localhost/", "http://0x7f000001/",
    "http://metadata.google.internal/", "https://10.0.0.1/", "http://127.1:22/", "http://xn--nxasmq6b/",
])  # fmt: skip
def test_an_inner_address_is_a_text_like_any_other(national: Editor, address: str) -> None:
    start = time.monotonic()
    trial = written(national.send("PATCH", ARCHER, {"website": address}, ANY, source=address, dry_run="1"))
    assert time.monotonic() - start < 10
    (changed,) = [one for one in trial["revisions"][0]["changes"] if one["field"] == "website"]
    assert changed["after"] == address


@pytest.mark.parametrize("address", [
    "file:///etc/passwd", "ftp://127.0.0.1/", "gopher://127.0.0.1:70/", "//127.0.0.1/", "dict://127.0.0.1:11211/",
    "http://", "https:// 127.0.0.1", "127.0.0.1:22",
])  # fmt: skip
def test_what_is_no_web_address_is_no_source(national: Editor, address: str) -> None:
    refused(national.send("PATCH", ARCHER, {"acronym": "X"}, ANY, source=address, dry_run="1"), 422)


# API8: security misconfiguration


@pytest.mark.parametrize(("method", "path", "status"), [
    ("GET", "/v1/poles", 200), ("GET", ARCHER, 200), ("GET", "/v1/poles.csv", 200), ("GET", "/v1/poles.xlsx", 200),
    ("GET", "/docs", 200), ("GET", "/openapi.json", 200), ("GET", "/health/live", 200), ("GET", "/", 200),
    ("HEAD", ARCHER, 200), ("OPTIONS", ARCHER, 204), ("GET", "/rien", 404), ("GET", "/v1/poles?x=<script>", 422),
    ("GET", f"/v1/poles?q={'x' * 9000}", 414), ("GET", "/v1/poles/%ff", 400), ("PATCH", ARCHER, 401), ("TRACE", ARCHER, 405),
    ("CONNECT", ARCHER, 405), ("PROPFIND", "/v1/poles", 405), ("POST", "/docs", 405),
])  # fmt: skip
def test_every_answer_says_no_more_than_it_must(client: httpx.Client, method: str, path: str, status: int) -> None:
    response = client.request(method, path, headers={"Origin": "https://pirate.example", "Cookie": "a=b"})
    assert response.status_code == status
    assert response.headers["x-content-type-options"] == "nosniff"
    assert response.headers["access-control-allow-origin"] == "*"
    for name in ("access-control-allow-credentials", "set-cookie", "x-powered-by"):
        assert name not in response.headers
    assert not re.search(r"[0-9]", response.headers.get("server", ""))  # no version
    if status >= 400 and method != "HEAD":
        assert response.headers["content-type"] == PROBLEM
        assert not re.search(r"Traceback|File \"|sqlalchemy|sqlite3|psycopg|\.py\b", response.text)


@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
def test_a_page_of_another_origin_acts_with_its_own_key_only(client: httpx.Client, method: str) -> None:
    asks = {
        "Origin": "https://pirate.example",
        "Access-Control-Request-Method": method,
        "Access-Control-Request-Headers": "authorization, if-match, content-type, idempotency-key",
    }
    response = client.options(ARCHER, headers=asks)
    assert response.status_code == 200
    assert response.headers["access-control-allow-origin"] == "*"  # which no browser takes for a request with cookies
    assert "access-control-allow-credentials" not in response.headers
    assert method in response.headers["access-control-allow-methods"]


def test_a_host_of_the_callers_choice_leads_nowhere_once_the_address_is_set(server: Server, template: str) -> None:
    url = server.copy(template)
    with opened(url) as database, serving(url, public_url="https://ptce.example.fr") as address:
        key = new_key(database, "Cellule nationale")
        headers = {"Host": "pirate.example", "X-Forwarded-Host": "pirate.example", "Forwarded": "host=pirate.example"}
        with httpx.Client(base_url=address, headers=headers, timeout=30) as client:
            authorised = {"Authorization": f"Bearer {key}"}
            made = client.post("/v1/poles", json={"name": "Pôle logé"}, headers=authorised)
            assert made.headers["location"] == "https://ptce.example.fr/v1/poles/pole-loge"
            for path in ("/v1/poles", f"{ARCHER}/", ARCHER, "/v1/poles.csv?limit=1", "/", "/openapi.json"):
                response = client.get(path)
                assert "pirate" not in response.text + str(response.headers)
    server.drop(url)


# API9: improper inventory management

UNLISTED: Final = {
    "GET /", "GET /map.svg", "GET /embed", "GET /embed/fragment", "GET /embed.js", "GET /integrer", "GET /static/{digest}/{name}", "GET /docs", "GET /docs/oauth2-redirect", "GET /openapi.json", "GET /static-offline-docs",
    "GET /ogc",  # mounted: it has a document of its own
    "GET /metrics",  # for who has METRICS_TOKEN
    "GET /stats", "GET /stats/{chart}.csv", "GET /regions/{code}/evolution.csv", "GET /donnees", "GET /api", "GET /a-propos", "GET /robots.txt", "GET /sitemap.xml",
    "GET /waves", "GET /poles/{id}/signaler", "POST /poles/{id}/signaler", "GET /propositions/{id}",
    # the `url` of a record
    "GET /poles/{id}", "GET /organisations/{id}", "GET /waves/{id}", "GET /sources/{id}", "GET /regions/{code}",
}  # fmt: skip


def routes(router: Any, prefix: str = "") -> Iterator[str]:
    """Yield the methods and paths of a router, and of those within it."""
    for route in router.routes:
        inner = getattr(route, "original_router", None)
        if inner is not None:
            yield from routes(inner, prefix + route.include_context.prefix)
        elif not isinstance(route, ShortWay):  # which stands for some of the others
            for method in (getattr(route, "methods", None) or {"GET"}) - {"HEAD"}:
                yield f"{method} {prefix}{route.path}".replace(":record}", "}")


def test_every_route_is_documented_or_on_a_short_list(client: httpx.Client) -> None:
    documented = {
        f"{method.upper()} {path}" for path, item in asked(client, "/openapi.json")["paths"].items() for method in item
    }
    there = set(routes(create_app(Settings()).router))
    assert there - documented == UNLISTED
    assert documented - there == set()
    assert len(documented) >= 55


def test_there_is_one_version_and_every_address_of_data_has_it(client: httpx.Client) -> None:
    paths = {path.split("/")[1] for path in asked(client, "/openapi.json")["paths"]}
    assert paths == {"v1", "health", "problems"}
    for path in ("/v0/poles", "/v2/poles", "/api/poles", "/v1beta/poles", "/poles"):
        refused(client.get(path), 404)


# API10: unsafe consumption of what others send

SCHEMES: Final = (
    "javascript:alert(1)", "JavaScript:alert(1)", "javascript://x.example/%0aalert(1)", "data:text/html,<script>", "vbscript:x",
    "\tjavascript:alert(1)", "java\nscript:alert(1)", "\x01javascript:alert(1)", "//x.example", "x.example", "http:x.example",
    "https:/x.example", "mailto:a@x.example", "http://x.example/\njavascript:1", "http://x.example/a b", "http://",
)  # fmt: skip


@pytest.mark.parametrize("address", SCHEMES)
def test_only_web_addresses_are_taken_for_addresses(national: Editor, address: str) -> None:
    for method, path, field in (
        ("PATCH", ARCHER, "website"), ("PATCH", ORGANISATION, "website"), ("POST", "/v1/sources", "url"),
        ("PATCH", "/v1/sources/s-63b8ad6520", "url"),
    ):  # fmt: skip
        problem = refused(national.send(method, path, {field: address}, ANY, dry_run="1"), 422)
        assert [fault["pointer"] for fault in problem["errors"]] == [f"/{field}"]
    refused(national.send("PATCH", ARCHER, {"acronym": "X"}, ANY, source=address, dry_run="1"), 422)
    lines = ["id,website", 'archer-pole-sud,"' + address.replace('"', '""') + '"']
    report = national.send("POST", "/v1/imports", "\n".join(lines).encode(), {"Content-Type": "text/csv"}, kind="pole")
    assert report.json()["errors"] == 1, report.text


def test_the_address_of_a_source_is_the_registrys_whatever_a_body_says(national: Editor) -> None:
    path = "/v1/poles/" + national.create("/v1/poles", {"name": "Pôle cité"})["id"]
    cited = {"id": "s-63b8ad6520", "url": "javascript:alert(1)", "publisher": "<b>", "fields": ["name"]}
    (shown,) = national.patch(path, {"sources": [cited]})["sources"]
    assert shown["url"] == national.read("/v1/sources/s-63b8ad6520")["url"]
    assert "javascript" not in national.client.get(path).text


FORMULAS: Final = ("=HYPERLINK(1)", "+1+1", "-1+1", "@SUM(1)", "=cmd|' /C calc'!A0", "=1;=2", "\uff1dhyperlink")


@pytest.mark.parametrize("formula", FORMULAS)
def test_no_text_of_a_writer_runs_in_a_spreadsheet(national: Editor, formula: str) -> None:
    guarded = formula if formula[0] == "\uff1d" else f"'{formula}"  # a wide = is a text to every spreadsheet
    facts = {"acronym": formula, "description": formula, "notes": formula, "former_names": [formula, "=2"]}
    seat = {"commune": "26281", "address": formula}
    pole = national.create("/v1/poles", {"name": f"{formula} pôle", "seat": seat, **facts}, reason=formula, source=PAGE)
    body = {"name": f"{formula} régie", "acronym": formula, "legal_form": formula}
    organisation = national.create("/v1/organisations", body)
    source = national.create("/v1/sources", {"url": f"{PAGE}/{pole['id']}", "title": formula, "publisher": formula})
    for path, identity, cells in (
        (
            "poles",
            pole["id"],
            {"acronym": guarded, "description": guarded, "name": f"{guarded} pôle"},
        ),
        ("organisations", organisation["id"], {"acronym": guarded, "legal_form": guarded, "name": f"{guarded} régie"}),
        ("sources", source["id"], {"title": guarded, "publisher": guarded}),
    ):
        for query, delimiter in (("?limit=1000", ","), ("?limit=1000&excel=1", ";")):
            content = national.client.get(f"/v1/{path}.csv{query}").content.removeprefix(b"\xef\xbb\xbf")
            (row,) = [one for one in table(content, delimiter) if one["id"] == identity]
            assert {name: row[name] for name in cells} == cells
            assert [value for value in row.values() if value.startswith(("=", "+", "-", "@", "\t", "\r"))] == []
        book = sheet(national.client.get(f"/v1/{path}.xlsx?limit=1000").content)
        (line,) = [cells for cells in book.iter_rows() if cells[0].value == identity]
        assert {cell.data_type for cell in line} <= {"s", "n"}
    history = table(national.client.get(f"/v1/poles/{pole['id']}/history.csv").content)
    assert history[0]["reason"] == guarded


# No secret in logs, errors, OpenAPI or history


@contextmanager
def broken(database: Database, statement: str, mended: str) -> Iterator[None]:
    with database.engine.begin() as connection:
        connection.execute(text(statement))
    yield
    with database.engine.begin() as connection:
        connection.execute(text(mended))


def test_no_secret_is_logged_or_answered_when_things_fail(server: Server, fresh: Database) -> None:
    """A process of its own, its output read to the end: failures of keys, of bodies, of the database, of the code."""
    key, password = new_key(fresh, "Cellule nationale"), "motdepasse-secret"
    url = make_url(fresh.url)
    if server.name == "postgresql":
        url = url.set(password=password)
    bad = "b" * 43
    answers: list[httpx.Response] = []
    with (
        running(url.render_as_string(hide_password=False), FAILED_KEY_RATE="2/hour", WRITE_RATE="4/hour") as process,
        # The server hangs up after an unexpected error.
        httpx.Client(base_url=process.address, timeout=30, limits=httpx.Limits(max_keepalive_connections=0)) as client,
    ):

        def send(method: str, path: str, sent: str | None = key, **more: Any) -> int:
            headers = ANY | ({"Authorization": f"Bearer {sent}"} if sent else {})
            answers.append(client.request(method, path, headers=headers, **more))
            return answers[-1].status_code

        assert [send("GET", ARCHER, bad) for _ in range(3)] == [401, 401, 429]
        assert send("GET", f"/v1/poles?key={key}") == 422
        assert send("PATCH", ARCHER, json={"acronym": "NEUF"}) == 200
        assert send("PATCH", ARCHER, json={"key": key}) == 422
        broken_document = (
            "UPDATE document SET body = :body WHERE revision IN (SELECT id FROM revision WHERE record_id = '3-eva')"
        )
        with fresh.engine.begin() as connection:
            connection.execute(text(broken_document), {"body": b"{"})
        assert send("GET", f"{EVA}/members") == 500
        assert send("PATCH", EVA, json={"acronym": "NEUF"}) == 500
        with broken(fresh, "ALTER TABLE api_key RENAME TO away", "ALTER TABLE away RENAME TO api_key"):
            assert send("GET", ARCHER) == 503
            assert send("GET", ARCHER, bad) == 503
            assert send("PATCH", ARCHER, json={"acronym": "NEUF"}) == 503
            assert send("GET", ARCHER, None) == 200
        with broken(fresh, "ALTER TABLE write RENAME TO away", "ALTER TABLE away RENAME TO write"):
            assert send("GET", "/health/ready", None) == 503
        assert send("PATCH", ARCHER, json={"acronym": "AUTRE"}) == 200
        assert send("PATCH", ARCHER, json={"acronym": "ENCORE"}) == 429
        proposal = {"kind": "pole", "record": "archer-pole-sud", "source": PAGE, "contact": CONTACT}
        with broken(fresh, "ALTER TABLE proposal_region RENAME TO away", "ALTER TABLE away RENAME TO proposal_region"):
            assert send("POST", "/v1/proposals", None, json=proposal | {"change": {"job_count": 3}}) == 503
        assert send("POST", "/v1/proposals", None, json=proposal | {"change": {"job_count": 4}}) == 201
        for path in ("/openapi.json", f"{ARCHER}/history", f"{ARCHER}/history.csv", "/v1/proposals.atom"):
            assert send("GET", path) == 200
    logged = "".join(process.said)
    assert "database error" in logged  # so that the search has something to search
    assert "unexpected error" in logged
    assert "JSONDecodeError" in logged
    told = "".join(answer.text + str(answer.headers) for answer in answers if answer is not answers[5])
    for secret in (key, digest(key), bad, digest(bad), password, CONTACT):
        assert secret not in logged
        assert secret not in told
    for answer in answers:
        if answer.status_code >= 500:
            assert answer.headers["content-type"] == PROBLEM
            assert not re.search(r"Traceback|api_key|SELECT|JSON|sqlite|psycopg", answer.text)


def test_the_documentation_names_no_inner_thing(client: httpx.Client) -> None:
    document = json.dumps(asked(client, "/openapi.json"), ensure_ascii=False)
    assert "Authorization" in document
    for inner in ("api_key", "sha256", "fingerprint", "sqlite", "postgres", "password", "DATABASE_URL", "last_used_at"):
        assert inner not in document.lower()
    assert not re.search(r'"(hash|retry|idempotency)"', document)

"""Bodies as no honest client sends them: each is refused clearly, where it is wrong, and writes nothing."""

import json
import socket
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.conftest import Server
from tests.routes.asking import refused
from tests.routes.writing import Editor, Json, edited, written

JSON = "application/json"
LIMIT = 1_000_000
# Every address that reads a body, with one that it would take.
ADDRESSES: list[tuple[str, str, Json]] = [
    ("POST", "/v1/poles", {"name": "x"}),
    ("PUT", "/v1/poles/3-eva", {"name": "x"}),
    ("PATCH", "/v1/poles/3-eva", {"name": "x"}),
    ("POST", "/v1/poles/3-eva/members", {"organisation": "bge"}),
    ("POST", "/v1/poles/3-eva/merge", {"into": "bou-sol"}),
    ("POST", "/v1/organisations", {"name": "x"}),
    ("PATCH", "/v1/organisations/bge", {"name": "x"}),
    ("POST", "/v1/waves", {"name": "x", "kind": "AMI"}),
    ("PUT", "/v1/waves/aap-2013", {"name": "x", "kind": "AMI"}),
    ("POST", "/v1/memberships", {"pole": "3-eva", "organisation": "bge"}),
    ("PATCH", "/v1/memberships/3-eva@sapie", {"role": "partner"}),
    ("POST", "/v1/labels", {"pole": "3-eva", "wave": "aap-2013", "outcome": "laureate"}),
    ("PUT", "/v1/labels/archer-pole-sud@aap-2013", {"outcome": "supported"}),
    ("POST", "/v1/sources", {"url": "https://presse.example/"}),
    ("PATCH", "/v1/sources/s-00562fe7ba", {"title": "x"}),
]
NAMES = [f"{method} {path}" for method, path, _ in ADDRESSES]


@pytest.fixture(scope="module")
def editor(server: Server, template: str) -> Iterator[Editor]:
    """One registry for the file: nothing is written to it but what a test says."""
    with edited(server, template) as made:
        yield made


def send(editor: Editor, method: str, path: str, content: Any, content_type: str | None = JSON) -> httpx.Response:
    headers = {"Authorization": f"Bearer {editor.key}", "If-Match": "*"}
    headers |= {"Content-Type": content_type} if content_type is not None else {}
    return editor.client.request(method, path, content=content, headers=headers)


NOT_JSON: list[tuple[bytes, int, str]] = [
    (b"", 422, "du JSON"),
    (b"   ", 422, "du JSON"),
    (b"{", 422, "ligne 1, colonne 2"),
    (b'{"name":\n"x",}', 422, "ligne 2"),
    (b"{'name': 'x'}", 422, "du JSON"),
    (b'{"name": "x"} {}', 422, "du JSON"),
    (b'{"name": "x"', 422, "du JSON"),
    (b'{"name": "a\nb"}', 422, "du JSON"),
    (b'{"name": "a\x00b"}', 422, "du JSON"),
    (b'{"name": "\\x41"}', 422, "du JSON"),
    (b"name=x", 422, "du JSON"),
    (b"<pole/>", 422, "du JSON"),
    ("\ufeff".encode() + b'{"name": "x"}', 422, "du JSON"),
    (b'{"name": "P\xf4le"}', 400, "UTF-8"),
    (b'{"name": "\xc0\xaf"}', 400, "UTF-8"),
    (b'{"name": "\xed\xa0\x80"}', 400, "UTF-8"),
    ('{"name": "x"}'.encode("utf-16"), 400, "UTF-8"),
    (b'{"name": "x", "member_count": ' + b"9" * 5000 + b"}", 422, "taille raisonnable"),
    (b"[" * 1000 + b"]" * 1000, 422, "32 niveaux"),
    (b'{"a":' * 1000 + b"1" + b"}" * 1000, 422, "32 niveaux"),
    (b"[" * 999_999, 422, "32 niveaux"),
    (b'{"name": "' + b'\\"[' * 100 + b'", "x": ' + b"[" * 33 + b"]" * 33 + b"}", 422, "32 niveaux"),
    (b"null", 422, "un objet JSON"),
    (b"[]", 422, "un objet JSON"),
    (b'[{"name": "x"}]', 422, "un objet JSON"),
    (b'"name"', 422, "un objet JSON"),
    (b"3", 422, "un objet JSON"),
    (b"-1.5e300", 422, "un objet JSON"),
    (b"true", 422, "un objet JSON"),
]


@pytest.mark.parametrize(("content", "status", "detail"), NOT_JSON, ids=[repr(it[0][:30]) for it in NOT_JSON])
def test_a_body_that_is_no_json_object_is_refused_everywhere(
    editor: Editor, content: bytes, status: int, detail: str
) -> None:
    before = editor.serial()
    for method, path, _ in ADDRESSES:
        problem = refused(send(editor, method, path, content), status)
        assert detail in problem["detail"]
        assert problem["instance"] == path
        assert [fault["pointer"] for fault in problem["errors"]] == ([""] if status == 422 else [])
    assert editor.serial() == before


def nested(fault: str, inner: str) -> bytes:
    return f'{{"name": "x", "seat": {{"address": [1, {{"a/b": {inner}}}]}}, "fault": "{fault}"}}'.encode()


@pytest.mark.parametrize(("content", "pointer", "expected"), [
    (b'{"name": "a", "name": "b"}', "/name", "une seule fois"),
    (b'{"name": NaN}', "/name", "un nombre, pas NaN"), (b'{"name": "x", "member_count": Infinity}', "/member_count", "pas Infinity"),
    (b'{"name": "x", "seat": {"longitude": -Infinity}}', "/seat/longitude", "pas -Infinity"),
    (b'{"name": "a", "name": "a"}', "/name", "une seule fois"),
    (b'{"name": "a", "n\\u0061me": "b"}', "/name", "une seule fois"),
    (b'{"name": "x", "seat": {"commune": "26281", "commune": "35238"}}', "/seat/commune", "une seule fois"),
    (b'{"seat": {}, "name": "x", "seat": {}}', "/seat", "une seule fois"),
    (b'{"name": "x", "sources": [{"id": "a"}, {"id": "a", "id": "b"}]}', "/sources/1/id", "une seule fois"),
    (b'{"name": "x", "a/b~": 1, "a/b~": 2}', "/a~1b~0", "une seule fois"),
    (nested("deux", '{"c": 1, "c": 2}'), "/seat/address/1/a~1b/c", "une seule fois"),
    (b'{"name": "a\\u0000b"}', "/name", "caractère nul"),
    (b'{"name": "x", "former_names": ["a", "\\u0000"]}', "/former_names/1", "caractère nul"),
    (b'{"name": "\\ud800"}', "/name", "demi-caractère"),
    (b'{"name": "\\uDFFF\\uD83D"}', "/name", "demi-caractère"),
    (b'{"name": "x", "sectors": ["\\udc00"]}', "/sectors/0", "demi-caractère"),
    (b'{"name": "x", "a\\u0000": 1}', "", "caractère nul"),
    (b'{"name": "x", "\\ud800": 1}', "", "demi-caractère"),
    (b'{"name": "x", "\\ud800": 1, "\\ud800": 2}', "", "demi-caractère"),
    (b'{"name": "x", "seat": {"\\udfff": {"a": 1}}}', "/seat", "demi-caractère"),
])  # fmt: skip
def test_a_body_that_says_two_things_or_no_text_is_refused(
    editor: Editor, content: bytes, pointer: str, expected: str
) -> None:
    for method, path in (("POST", "/v1/poles"), ("PUT", "/v1/poles/3-eva"), ("PATCH", "/v1/poles/3-eva")):
        (fault,) = refused(send(editor, method, path, content), 422)["errors"]
        assert fault["pointer"] == pointer
        assert expected in fault["expected"]


VALUES: list[tuple[Json, str, str]] = [
    ({"name": None}, "/name", "un texte"),
    ({"name": 3}, "/name", "un texte"),
    ({"name": ["x"]}, "/name", "un texte"),
    ({"name": {"name": "x"}}, "/name", "un texte"),
    ({"name": True}, "/name", "un texte"),
    ({"name": "   "}, "/name", "non vide"),
    ({"name": "x" * 501}, "/name", "500 caractères"),
    ({"name": "a\u0007b"}, "/name", "caractère de contrôle"),
    ({"name": "deux\nlignes"}, "/name", "une ligne"),
    ({"name": "x" * 999_000}, "/name", "500 caractères"),
    ({"description": "x" * 10_001}, "/description", "10000 caractères"),
    ({"member_count": True}, "/member_count", "un nombre entier"),
    ({"founded_year": False}, "/founded_year", "un nombre entier"),
    ({"seat": {"longitude": True}}, "/seat/longitude", "un nombre"),
    ({"member_count": 1.5}, "/member_count", "un nombre entier"),
    ({"member_count": "douze"}, "/member_count", "un nombre entier"),
    ({"member_count": -1}, "/member_count", "0"),
    ({"member_count": 2**31}, "/member_count", "2000000000"),
    ({"member_count": 10**4000}, "/member_count", "un nombre"),
    ({"member_count": {"a": 10**4000}}, "/member_count", "un nombre entier"),
    ({"seat": {"longitude": 10**400}}, "/seat/longitude", "un nombre"),
    ({"seat": {"latitude": 90.001}}, "/seat/latitude", "90"),
    ({"seat": None}, "/seat", "un objet"),
    ({"seat": []}, "/seat", "un objet"),
    ({"seat": "26281"}, "/seat", "un objet"),
    ({"seat": {"commune": 26281}}, "/seat/commune", "un texte"),
    ({"seat": {"commune": {"nom": "Romans"}}}, "/seat/commune", "un texte"),
    ({"territory": {"units": None}}, "/territory/units", "une liste"),
    ({"territory": {"units": {"0": "region:84"}}}, "/territory/units", "une liste"),
    ({"territory": {"units": [None]}}, "/territory/units/0", "un texte"),
    ({"territory": {"units": [["region:84"]]}}, "/territory/units/0", "un texte"),
    ({"former_names": "Un"}, "/former_names", "une liste"),
    ({"former_names": ["a"] * 100_000}, "/former_names", "100 valeurs"),
    ({"territory": {"units": ["region:84"] * 60_000}}, "/territory/units", "500 valeurs"),
    ({"sectors": ["culture"] * 80_000}, "/sectors", "100 valeurs"),
    ({"sources": [{"id": "a"}] * 60_000}, "/sources", "200 valeurs"),
    ({"website": "javascript:alert(1)"}, "/website", "http"),
    ({"website": "https://a.example/\u0007"}, "/website", "http"),
    ({"status_as_of": "2025-02-29"}, "/status_as_of", "calendrier"),
    ({"status_as_of": 2025}, "/status_as_of", "un texte"),
    ({"status": None}, "/status", "active"),
    ({"id": 10**4000}, "/id", "calcule"),
    ({"members": [[[[]]]]}, "/members", "calcule"),
]


@pytest.mark.parametrize(("body", "pointer", "expected"), VALUES, ids=[str(it[0])[:50] for it in VALUES])
def test_a_value_of_another_kind_is_refused_where_it_stands(
    editor: Editor, body: Json, pointer: str, expected: str
) -> None:
    before = editor.serial()
    for method, path in (("POST", "/v1/poles"), ("PUT", "/v1/poles/3-eva")):
        response = send(editor, method, path, json.dumps({"name": "x"} | body).encode())
        (fault,) = refused(response, 422)["errors"]
        assert fault["pointer"] == pointer
        assert expected in fault["expected"], fault
        assert len(str(fault.get("value"))) <= 200
        assert len(response.content) < 2000
    assert editor.serial() == before


def test_a_number_beyond_all_numbers_is_refused(editor: Editor) -> None:
    for content, pointer in (
        (b'{"name": "x", "member_count": 1e400}', "/member_count"),
        (b'{"name": "x", "seat": {"longitude": -1e400}}', "/seat/longitude"),
        (b'{"name": 1e400}', "/name"),
    ):
        (fault,) = refused(send(editor, "POST", "/v1/poles", content), 422)["errors"]
        assert fault["pointer"] == pointer


def test_an_object_of_many_unknown_members_is_refused_in_short(editor: Editor) -> None:
    content = json.dumps({f"k{number}": number for number in range(60_000)}).encode()
    for method, path, _ in (ADDRESSES[0], ADDRESSES[2]):
        response = send(editor, method, path, content)
        problem = refused(response, 422)
        assert len(problem["errors"]) == 100
        assert " autres)" in problem["detail"]
        assert len(response.content) < 20_000


@pytest.mark.parametrize(("method", "path", "body"), ADDRESSES, ids=NAMES)
def test_a_body_of_another_type_is_not_read(editor: Editor, method: str, path: str, body: Json) -> None:
    content = json.dumps(body).encode()
    for media in (None, "", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x",
                  "application/json-patch+json", "application/vnd.api+json", "text/json", "*/*", "application/"):  # fmt: skip
        problem = refused(send(editor, method, path, content, media), 415)
        assert JSON in problem["detail"]
    before = editor.serial()
    headers = {"Authorization": f"Bearer {editor.key}", "If-Match": "*"}
    for media in ("Application/JSON", "application/json; charset=utf-8", "application/merge-patch+json"):
        response = editor.client.request(
            method, path, content=content, headers=headers | {"Content-Type": media}, params={"dry_run": "true"}
        )
        assert response.json()["dry_run"] is True
    assert editor.serial() == before


@pytest.mark.parametrize(("method", "path", "_body"), ADDRESSES, ids=NAMES)
def test_a_body_over_its_limit_is_refused(editor: Editor, method: str, path: str, _body: Json) -> None:
    def pieces() -> Iterator[bytes]:
        yield from (b" " * 100_000 for _ in range(11))

    problem = refused(send(editor, method, path, pieces()), 413)
    assert "1 000 000 octets" in problem["detail"]
    refused(send(editor, method, path, b" " * (LIMIT + 1)), 413)
    refused(send(editor, method, path, b" " * LIMIT), 422)


def test_a_body_of_ten_megabytes_is_refused_before_it_is_read(editor: Editor) -> None:
    url = editor.client.base_url
    with socket.create_connection((url.host, url.port or 80), timeout=30) as connection:
        head = (
            f"POST /v1/poles HTTP/1.1\r\nHost: {url.host}\r\nAuthorization: Bearer {editor.key}\r\n"
            f"Content-Type: {JSON}\r\nContent-Length: 10000000\r\n\r\n"
        )
        connection.sendall(head.encode())
        answer = connection.recv(65536).decode()
    assert answer.startswith("HTTP/1.1 413 ")
    assert "corps-trop-grand" in answer


def test_a_whole_text_is_kept_as_it_was_sent(editor: Editor) -> None:
    facts: Json = {
        "name": 'Pôle 😀 « d’été » \\ / "\u00a0!', "description": "a\tb\nc\r\nd \u202e e\u0301",
        "notes": "' OR 1=1; -- <script>alert(1)</script> =1+1 %s {0} \ufffd \uffff",
    }  # fmt: skip
    sent = json.dumps({**facts, "seat": {"commune": "26281"}}).encode()
    assert b"\\ud83d\\ude00" in sent
    document = written(send(editor, "POST", "/v1/poles", sent), 201)
    assert {name: document[name] for name in facts} == facts
    assert editor.read(f"/v1/poles/{document['id']}") == document
    for suffix in (".csv", ".geojson", ".xlsx"):
        assert editor.client.get(f"/v1/poles/{document['id']}{suffix}").status_code == 200


@pytest.mark.parametrize(("query", "parameter"), [
    ({"dry_run": "peut-être"}, "dry_run"), ({"reason": "x" * 1001}, "reason"), ({"source": "x" * 2001}, "source"),
    ({"raison": "x"}, "raison"), ({"reason": "a\x00b"}, "reason"), ({"reason": ["a", "b"]}, "reason"),
    ({"successor": "3-eva"}, "successor"), ({"fields": "name"}, "fields"), ({"as_of": "1"}, "as_of"),
])  # fmt: skip
def test_a_parameter_that_a_write_does_not_know_is_refused(editor: Editor, query: Json, parameter: str) -> None:
    before = editor.serial()
    (fault,) = refused(editor.send("POST", "/v1/poles", {"name": "x"}, **query), 422)["errors"]
    assert fault["parameter"] == parameter
    (fault,) = refused(editor.send("POST", "/v1/poles/3-eva/restore", **query), 422)["errors"]
    assert fault["parameter"] == parameter
    assert editor.serial() == before

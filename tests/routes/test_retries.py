"""Idempotency-Key: a request that a client sends again is carried out once, and answered as the first time."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier
from typing import Any

import httpx
import pytest
from sqlalchemy import func, select, update
from sqlmodel import col

from app.changes import keys
from app.models import Retry
from tests.conftest import Server
from tests.routes.asking import listed, refused
from tests.routes.writing import NOTHING, Editor, Json, an_editor, edited, written

BODY: Json = {"name": "Pôle envoyé deux fois"}


@pytest.fixture(scope="module")
def editor(server: Server, template: str) -> Iterator[Editor]:
    """One registry for the file: each test has keys of its own."""
    with edited(server, template) as made:
        yield made


@pytest.fixture
def key(request: pytest.FixtureRequest) -> str:
    return str(request.node.name)[:200]


def send(
    editor: Editor, key: str, method: str = "POST", path: str = "/v1/poles", body: Any = BODY, **query: Any
) -> httpx.Response:
    return editor.send(method, path, body, {"Idempotency-Key": key, "If-Match": "*"}, **query)


def replayed(response: httpx.Response) -> bool:
    return bool("idempotent-replayed" in response.headers)


def kept(editor: Editor) -> int:
    with editor.database.reading() as session:
        return int(session.execute(select(func.count()).select_from(Retry)).scalar_one())


def test_a_request_sent_again_gets_its_first_answer(editor: Editor, key: str) -> None:
    first = send(editor, key)
    written(first, 201)
    assert not replayed(first)
    after = editor.serial()
    editor.patch(httpx.URL(first.headers["location"]).path, {"acronym": "CHANGÉ DEPUIS"})
    for _ in range(3):
        again = send(editor, key)
        assert replayed(again)
        assert (again.status_code, again.content) == (201, first.content)
        for name in ("location", "etag", "registry-serial", "content-type", "cache-control", "content-language"):
            assert again.headers[name] == first.headers[name], name
    assert editor.serial() == after + 1
    assert len([one for one in listed(editor.client, "q=envoye deux fois") if "envoye-deux-fois" in one]) == 1
    other = send(editor, f"{key} autre")
    assert written(other, 201)["id"] == f"{first.json()['id']}-2"


def test_every_write_can_be_sent_again(editor: Editor, key: str) -> None:
    path = "/v1/poles/" + editor.create("/v1/poles", {"name": "Pôle à reprendre"})["id"]
    other = editor.create("/v1/poles", {"name": "Pôle qui reste"})["id"]
    link = {"pole": other, "organisation": "bge"}
    steps: list[tuple[str, str, Any]] = [
        ("PATCH", path, {"acronym": "A"}), ("PUT", path, {"name": "Pôle repris"}), ("PATCH", path, {}),
        ("DELETE", path, NOTHING), ("POST", f"{path}/restore", NOTHING), ("POST", f"{path}/merge", {"into": other}),
        ("POST", "/v1/memberships", link), ("DELETE", f"/v1/memberships/{other}@bge", NOTHING),
        ("POST", "/v1/sources", {"url": "https://presse.example/retries"}),
    ]  # fmt: skip
    for number, (method, where, body) in enumerate(steps):
        first = send(editor, f"{key} {number}", method, where, body)
        assert first.status_code in {200, 201}, first.text
        before = editor.serial()
        again = send(editor, f"{key} {number}", method, where, body)
        assert replayed(again)
        assert (again.status_code, again.content, again.headers.get("etag")) == (
            first.status_code, first.content, first.headers.get("etag"),
        )  # fmt: skip
        assert editor.serial() == before


def test_a_retry_of_an_edit_is_not_refused_for_its_own_change(editor: Editor, key: str) -> None:
    """The client did not hear the first answer: its If-Match is that of the state before."""
    path = "/v1/poles/" + editor.create("/v1/poles", {"name": "Pôle mal entendu"})["id"]
    headers = {"Idempotency-Key": key, "If-Match": editor.etag(path)}
    first = editor.send("PATCH", path, {"acronym": "A"}, headers)
    again = editor.send("PATCH", path, {"acronym": "A"}, headers)
    assert written(again) == written(first)
    assert replayed(again)
    refused(editor.send("PATCH", path, {"acronym": "A"}, headers | {"Idempotency-Key": f"{key} 2"}), 412)


def test_a_key_is_of_one_request(editor: Editor, key: str) -> None:
    first = written(send(editor, key), 201)
    before = editor.serial()
    path = f"/v1/poles/{first['id']}"
    for response in (
        send(editor, key, body=BODY | {"acronym": "X"}),
        send(editor, key, body=b'{"name":  "P\xc3\xb4le envoy\xc3\xa9 deux fois"}'),
        send(editor, key, path="/v1/organisations"),
        send(editor, key, reason="Autre"),
        send(editor, key, dry_run="true"),
        send(editor, key, "PUT", path),
        send(editor, key, "DELETE", path, NOTHING),
        send(editor, key, path=f"{path}/restore", body=NOTHING),
    ):
        (fault,) = refused(response, 422)["errors"]
        assert (fault["parameter"], fault["value"]) == ("Idempotency-Key", key)
        assert "une clé neuve" in fault["expected"]
    assert editor.serial() == before
    assert replayed(send(editor, key))


def test_a_refused_request_can_be_mended_under_its_key(editor: Editor, key: str) -> None:
    before = kept(editor)
    refused(send(editor, key, body={"nom": "x"}), 422)
    refused(send(editor, key, path="/v1/poles/pas-la/members", body={"organisation": "bge"}), 404)
    refused(editor.send("PATCH", "/v1/poles/3-eva", {}, {"Idempotency-Key": key}), 428)
    refused(send(editor, key, path="/v1/memberships", body={"pole": "3-eva", "organisation": "3-eva"}), 409)
    assert kept(editor) == before
    first = send(editor, key)
    assert written(first, 201)["name"] == BODY["name"]
    assert send(editor, key).content == first.content
    assert kept(editor) == before + 1


def test_a_trial_does_not_use_its_key_up(editor: Editor, key: str) -> None:
    before = (editor.serial(), kept(editor))
    for _ in range(2):
        trial = send(editor, key, dry_run="true")
        assert written(trial)["dry_run"] is True
        assert not replayed(trial)
    assert (editor.serial(), kept(editor)) == before
    assert not replayed(send(editor, key))
    assert replayed(send(editor, key))


def test_two_editors_may_use_the_same_key(editor: Editor, key: str) -> None:
    other = an_editor(editor.database, editor.client, "CRESS d’à côté")
    first, second = written(send(editor, key), 201), written(send(other, key, body=BODY | {"acronym": "B"}), 201)
    assert first["id"] != second["id"]
    assert send(editor, key).json() == first
    assert send(other, key, body=BODY | {"acronym": "B"}).json() == second
    assert other.history(f"/v1/poles/{second['id']}")[0]["editor"] == other.name


def test_a_rotated_key_of_an_editor_finds_its_answers(editor: Editor, key: str) -> None:
    holder = an_editor(editor.database, editor.client, "CRESS prudente")
    first = send(holder, key)
    with editor.database.writing() as session:
        rotated = Editor(editor.client, keys.rotate(session, holder.name), editor.database, holder.name)
    refused(send(holder, key), 401)
    again = send(rotated, key)
    assert (again.content, replayed(again)) == (first.content, True)


def test_an_answer_is_kept_for_a_day(editor: Editor, key: str) -> None:
    first = written(send(editor, key), 201)
    for age, is_replayed in ((timedelta(hours=23, minutes=59), True), (timedelta(days=1, seconds=1), False)):
        with editor.database.writing() as session:
            of_key = update(Retry).where(col(Retry.key) == key)
            session.execute(of_key.values(recorded_at=datetime.now(UTC) - age))
        response = send(editor, key)
        assert replayed(response) is is_replayed
        assert (written(response, 201)["id"] == first["id"]) is is_replayed
    with editor.database.reading() as session:
        keys_left = list(session.scalars(select(col(Retry.key)).where(col(Retry.key) == key)))
    assert keys_left == [key]


@pytest.mark.parametrize("sent", ["", "x" * 201, "clé".encode(), b"a\tb", b"\xff"])
def test_a_key_that_cannot_be_kept_is_refused(editor: Editor, sent: str | bytes) -> None:
    before = editor.serial()
    headers: Any = {"Authorization": f"Bearer {editor.key}", "Idempotency-Key": sent}
    problem = refused(editor.client.post("/v1/poles", json=BODY, headers=headers), 422)
    (fault,) = problem["errors"]
    assert fault["parameter"] == "Idempotency-Key"
    assert "1 à 200 caractères ASCII" in problem["detail"]
    assert editor.serial() == before


@pytest.mark.parametrize("sent", ["x" * 200, "0", "a b", "' OR 1=1 --", '"8e03978e-40d5-43dd-bc93-6894a57f9324"'])
def test_any_printable_key_will_do(editor: Editor, sent: str) -> None:
    assert written(send(editor, sent), 201) == written(send(editor, sent), 201)


def test_requests_sent_again_at_once_are_carried_out_once(editor: Editor, key: str) -> None:
    number = 8
    together = Barrier(number)
    before = editor.serial()

    def one(_: int) -> httpx.Response:
        together.wait(timeout=30)
        return send(editor, key)

    with ThreadPoolExecutor(number) as pool:
        responses = list(pool.map(one, range(number)))
    assert {response.status_code for response in responses} == {201}
    assert len({response.content for response in responses}) == 1
    assert sorted(map(replayed, responses)) == [False] + [True] * (number - 1)
    assert editor.serial() == before + 1

"""Proposals: anyone suggests, the curators concerned decide once, nothing of who suggested is ever published."""

import json
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from xml.etree import ElementTree as ET

import httpx
import pytest
from sqlmodel import select

from app.changes import proposals
from app.database import Database
from app.models import KeyRole, Proposal
from tests.conftest import Server, opened, serving
from tests.routes.asking import asked, refused
from tests.routes.writing import Editor, Json, an_editor, edited, faults, must_hold, new_key, written

PATH: Final = "/v1/proposals"
PAGE: Final = "https://presse.example/article"
CONTACT: Final = "marie.temoin@exemple.fr"
ARCHER: Final = "archer-pole-sud"
ATOM: Final = "{http://www.w3.org/2005/Atom}"


@pytest.fixture(scope="module")
def national(server: Server, template: str) -> Iterator[Editor]:
    """One registry for the file: each test writes records of its own."""
    with edited(server, template) as made:
        yield made


@pytest.fixture(scope="module")
def aura(national: Editor) -> Editor:
    return an_editor(national.database, national.client, "CRESS AURA", KeyRole.CURATOR, ["84"])


@pytest.fixture(scope="module")
def idf(national: Editor) -> Editor:
    return an_editor(national.database, national.client, "CRESS Île-de-France", KeyRole.CURATOR, ["11"])


@pytest.fixture(scope="module")
def reader(national: Editor) -> Editor:
    return an_editor(national.database, national.client, "Portail", KeyRole.READER)


@pytest.fixture
def pole(national: Editor, request: pytest.FixtureRequest) -> str:
    """A pole of the région 84 that no other test writes."""
    identity: str = national.create(
        "/v1/poles", {"name": f"Pôle {request.node.name}", "seat": {"commune": "26281"}, "status": "active"}
    )["id"]
    return identity


def suggested(client: httpx.Client, body: Json, **query: Any) -> httpx.Response:
    """Send a proposal as anyone does: without a key."""
    return client.post(PATH, json={"source": PAGE} | body, params=query)


def proposed(client: httpx.Client, pole: str, change: Any, **more: Any) -> Json:
    return written(suggested(client, {"kind": "pole", "record": pole, "change": change} | more), 201)


def entries(client: httpx.Client, query: str = "") -> list[ET.Element]:
    response = client.get(f"{PATH}.atom{query}")
    assert response.status_code == 200
    assert response.headers["content-type"] == "application/atom+xml"
    root = ET.fromstring(response.content)
    assert root.tag == f"{ATOM}feed"
    for name in ("id", "title", "updated", "link", "author"):
        assert root.find(ATOM + name) is not None
    return root.findall(f"{ATOM}entry")


def waiting(editor: Editor, query: str = "") -> list[str]:
    return [one["id"] for one in listed(editor, f"state=pending&limit=1000{query}")["items"]]


def listed(editor: Editor, query: str = "") -> Json:
    return written(editor.send("GET", f"{PATH}?{query}"))


def test_anyone_suggests_and_follows(national: Editor, aura: Editor, pole: str) -> None:
    serial = national.serial()
    answer = suggested(national.client, {"kind": "pole", "record": pole, "change": {"website": "https://a.example"}})
    made = written(answer, 201)
    assert answer.headers["location"] == f"{national.client.base_url}{PATH}/{made['id']}"
    assert "etag" not in answer.headers
    assert made == asked(national.client, f"{PATH}/{made['id']}")
    assert (made["kind"], made["record"], made["state"]) == ("pole", pole, "pending")
    assert (made["decided_at"], made["editor"], made["reason"], made["serial"]) == (None, None, None, None)
    assert national.serial() == serial, "a suggestion is no write"
    assert national.read(f"/v1/poles/{pole}")["website"] is None

    accepted = aura.act(f"{PATH}/{made['id']}/accept")
    assert (accepted["state"], accepted["editor"], accepted["serial"]) == ("accepted", "CRESS AURA", serial + 1)
    document = national.read(f"/v1/poles/{pole}")
    assert document["website"] == "https://a.example"
    assert [(one["url"], one["fields"]) for one in document["sources"] if one["url"] == PAGE] == [(PAGE, ["website"])]
    entry = national.history(f"/v1/poles/{pole}")[0]
    assert (entry["editor"], entry["source"]) == ("CRESS AURA", PAGE)
    assert made["id"] in entry["reason"]
    assert asked(national.client, f"{PATH}/{made['id']}")["state"] == "accepted"


NEW: Final[dict[str, tuple[str, Json]]] = {
    "pole": ("/v1/poles", {"name": "Pôle proposé", "seat": {"commune": "26281"}}),
    "organisation": ("/v1/organisations", {"name": "Structure proposée", "kind": "association", "commune": "26281"}),
    "wave": ("/v1/waves", {"name": "Vague proposée", "kind": "AMI"}),
    "membership": ("/v1/memberships", {"organisation": "groupe-archer", "role": "partner"}),
    "label": ("/v1/labels", {"wave": "ami-2025", "outcome": "laureate"}),
}


@pytest.mark.parametrize("kind", NEW)
def test_a_new_record_of_every_kind_is_suggested_then_corrected(national: Editor, pole: str, kind: str) -> None:
    path, body = NEW[kind]
    if kind in {"membership", "label"}:
        body = body | {"pole": pole}
    made = written(suggested(national.client, {"kind": kind, "change": body}), 201)
    assert made["record"] is None
    done = national.act(f"{PATH}/{made['id']}/accept")
    shown = national.read(f"{path}/{done['record']}")
    assert PAGE in [source["url"] for source in shown["sources"]]

    patch = {"membership": {"since": "2024"}, "label": {"awarded_on": "2025-10"}}.get(kind, {"name": f"{kind} corrigé"})
    correction = {"kind": kind, "record": done["record"], "change": patch}
    made = written(suggested(national.client, correction), 201)
    national.act(f"{PATH}/{made['id']}/accept")
    (name, value), *_ = patch.items()
    assert national.read(f"{path}/{done['record']}")[name] == value


def test_a_curator_writes_something_else_instead(national: Editor, aura: Editor, pole: str) -> None:
    made = proposed(national.client, pole, {"job_count": 12})
    path = f"{PATH}/{made['id']}/amend"
    assert refused(aura.send("POST", path, {"job_count": 21}), 428)["status"] == 428
    stale = refused(aura.send("POST", path, {"job_count": 21}, {"If-Match": '"1-deadbeef.1-json"'}), 412)
    assert stale["current"]["id"] == pole
    tag = {"If-Match": aura.etag(f"/v1/poles/{pole}")}
    assert "/job_count" in faults(aura.send("POST", path, {"job_count": -1}, tag))
    done = written(aura.send("POST", path, {"job_count": 21}, tag, reason="12 ETP, 21 emplois"))
    assert (done["state"], done["reason"]) == ("amended", "12 ETP, 21 emplois")
    assert national.read(f"/v1/poles/{pole}")["job_count"] == 21
    assert national.history(f"/v1/poles/{pole}")[0]["source"] == PAGE
    assert "12 ETP, 21 emplois" in national.history(f"/v1/poles/{pole}")[0]["reason"]


def test_a_new_record_is_amended_without_a_state_to_start_from(aura: Editor) -> None:
    body = {"kind": "pole", "change": {"name": "Nom mal écri", "seat": {"commune": "26281"}}}
    made = written(suggested(aura.client, body), 201)
    change = {"name": "Nom bien écrit", "seat": {"commune": "26281"}}
    done = aura.act(f"{PATH}/{made['id']}/amend", change)
    assert (done["record"], done["state"]) == ("nom-bien-ecrit", "amended")


def test_a_refusal_says_why_and_writes_nothing(national: Editor, aura: Editor, pole: str) -> None:
    made = proposed(national.client, pole, {"status": "inactive"})
    serial = national.serial()
    assert "/reason" in faults(aura.send("POST", f"{PATH}/{made['id']}/refuse", {}))
    aura.act(f"{PATH}/{made['id']}/refuse", {"reason": "La page dit le contraire."})
    shown = asked(national.client, f"{PATH}/{made['id']}")
    assert (shown["state"], shown["reason"], shown["serial"]) == ("refused", "La page dit le contraire.", None)
    assert national.serial() == serial
    again = suggested(national.client, {"kind": "pole", "record": pole, "change": {"status": "inactive"}})
    assert written(again) == shown, "the same suggestion is answered by the same refusal"


@pytest.mark.parametrize("decision", ["accept", "amend", "refuse"])
def test_a_proposal_is_decided_once(aura: Editor, pole: str, decision: str) -> None:
    made = proposed(aura.client, pole, {"notes": "Une fois"})
    aura.act(f"{PATH}/{made['id']}/accept")
    body = {"reason": "non"} if decision == "refuse" else {"notes": "Deux fois"}
    tag = {"If-Match": aura.etag(f"/v1/poles/{pole}")}
    problem = refused(aura.send("POST", f"{PATH}/{made['id']}/{decision}", body, tag), 409)
    assert "CRESS AURA" in problem["detail"]


def test_of_ten_curators_at_once_one_decides(national: Editor, pole: str) -> None:
    made = proposed(national.client, pole, {"notes": "Course"})
    serial = national.serial()
    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(lambda _: national.send("POST", f"{PATH}/{made['id']}/accept"), range(10)))
    assert sorted(answer.status_code for answer in answers) == [200] + [409] * 9
    assert national.serial() == serial + 1


def test_a_record_that_has_moved_on_where_it_would_change_is_a_conflict(aura: Editor, pole: str) -> None:
    made = proposed(aura.client, pole, {"seat": {"address": "1 rue proposée"}, "job_count": 3})
    aura.patch(f"/v1/poles/{pole}", {"seat": {"address": "2 rue écrite depuis"}})
    serial = aura.serial()
    problem = refused(aura.send("POST", f"{PATH}/{made['id']}/accept"), 409)
    assert problem["current"]["seat"]["address"] == "2 rue écrite depuis"
    assert [(fault["pointer"], fault["value"]) for fault in problem["errors"]] == [
        ("/change/seat/address", "2 rue écrite depuis")
    ]
    assert aura.serial() == serial
    assert asked(aura.client, f"{PATH}/{made['id']}")["state"] == "pending"


def test_a_record_that_has_moved_on_elsewhere_is_none(aura: Editor, pole: str) -> None:
    made = proposed(aura.client, pole, {"job_count": 3})
    aura.patch(f"/v1/poles/{pole}", {"seat": {"address": "2 rue écrite depuis"}})
    aura.act(f"{PATH}/{made['id']}/accept")
    document = aura.read(f"/v1/poles/{pole}")
    assert (document["job_count"], document["seat"]["address"]) == (3, "2 rue écrite depuis")


def test_what_was_written_meanwhile_by_another_is_accepted_without_a_write(aura: Editor, pole: str) -> None:
    made = proposed(aura.client, pole, {"job_count": 3})
    aura.patch(f"/v1/poles/{pole}", {"job_count": 3}, source=PAGE)
    done = aura.act(f"{PATH}/{made['id']}/accept")
    assert (done["state"], done["serial"]) == ("accepted", None)


@pytest.mark.parametrize("end", ["retired", "merged"])
def test_what_is_there_no_more_is_a_conflict(national: Editor, pole: str, end: str) -> None:
    made = proposed(national.client, pole, {"job_count": 3})
    if end == "retired":
        national.delete(f"/v1/poles/{pole}")
    else:
        national.act(f"/v1/poles/{pole}/merge", {"into": ARCHER})
    problem = refused(national.send("POST", f"{PATH}/{made['id']}/accept"), 409)
    assert problem.get("successor") == (ARCHER if end == "merged" else None)
    again = suggested(national.client, {"kind": "pole", "record": pole, "change": {"job_count": 4}})
    assert list(faults(again)) == ["/record"]
    national.act(f"{PATH}/{made['id']}/refuse", {"reason": "La fiche n’est plus là."})


BAD: Final[tuple[tuple[Json, str], ...]] = (
    ({"change": {"nam": "x"}}, "/change/nam"),
    ({"change": {"job_count": "beaucoup"}}, "/change/job_count"),
    ({"change": {"seat": {"commune": "99999"}}}, "/change/seat/commune"),
    ({"change": {"status": "active"}}, "/change"),
    ({"change": {}}, "/change"),
    ({"change": "texte"}, "/change"),
    ({"change": {"name": None}}, "/change/name"),
    ({"change": {"labels": [{"wave": "ami-2025"}]}}, "/change/labels"),
    ({"change": {"job_count": 1}, "source": "javascript:alert(1)"}, "/source"),
    ({"change": {"job_count": 1}, "source": "http://x" + "y" * 2_000}, "/source"),
    ({"change": {"job_count": 1}, "contact": "x" * 201}, "/contact"),
    ({"change": {"job_count": 1}, "contact": "a\nb"}, "/contact"),
    ({"change": {"job_count": 1}, "message": "x" * 2_001}, "/message"),
    ({"change": {"job_count": 1}, "record": "nulle-part"}, "/record"),
    ({"change": {"job_count": 1}, "record": "N’importe quoi\n"}, "/record"),
    ({"change": {"job_count": 1}, "kind": "source"}, "/kind"),
    ({"change": {"role": "partner"}, "kind": "membership", "record": "sans-arobase"}, "/record"),
    ({"change": {"job_count": 1}, "state": "accepted"}, "/state"),
    ({"change": {"job_count": 1}, "editor": "CRESS AURA"}, "/editor"),
)


@pytest.mark.parametrize(("body", "pointer"), BAD)
def test_what_could_not_be_written_is_refused_at_once(national: Editor, pole: str, body: Json, pointer: str) -> None:
    before = waiting(national)
    assert pointer in faults(suggested(national.client, {"kind": "pole", "record": pole} | body))
    assert waiting(national) == before


def test_every_fault_is_told_at_once(national: Editor, pole: str) -> None:
    body = {"kind": "pole", "record": pole, "source": "ftp://x", "contact": "", "who": "moi"}
    answer = suggested(national.client, body | {"change": {"job_count": -1, "sectors": ["sport"], "nam": "x"}})
    pointers = {"/source", "/contact", "/who", "/change/job_count", "/change/sectors/0", "/change/nam"}
    assert set(faults(answer)) == pointers


def test_a_link_that_exists_is_not_suggested_again(national: Editor) -> None:
    body = {"kind": "membership", "change": {"pole": ARCHER, "organisation": "groupe-archer", "role": "carrier"}}
    refused(suggested(national.client, body), 409)


def test_a_body_is_bounded(national: Editor, pole: str) -> None:
    body = {"kind": "pole", "record": pole, "change": {"notes": "x" * 64_000}}
    refused(suggested(national.client, body), 413)


def test_the_same_suggestion_is_kept_once(national: Editor, pole: str) -> None:
    body = {"kind": "pole", "record": pole, "change": {"job_count": 7, "notes": "a"}}
    made = written(suggested(national.client, body), 201)
    other_order = body | {"change": {"notes": "a", "job_count": 7}, "contact": CONTACT}
    assert written(suggested(national.client, other_order)) == made
    another_page = suggested(national.client, body | {"source": f"{PAGE}/2"})
    assert written(another_page, 201)["id"] != made["id"]
    assert len(listed(national, f"record={pole}")["items"]) == 2


def test_a_retry_with_its_key_is_answered_alike(national: Editor, pole: str) -> None:
    body = {"kind": "pole", "record": pole, "change": {"job_count": 9}, "source": PAGE}
    key = {"Idempotency-Key": f"essai-{pole}"[:200]}
    first = national.client.post(PATH, json=body, headers=key)
    again = national.client.post(PATH, json=body, headers=key)
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.json() == first.json()
    assert again.headers["idempotent-replayed"] == "true"
    refused(national.client.post(PATH, json=body | {"change": {"job_count": 8}}, headers=key), 422)


def test_a_trial_tells_the_consequence_and_keeps_nothing(national: Editor, aura: Editor, pole: str) -> None:
    body = {"kind": "pole", "record": pole, "change": {"status": "inactive"}}
    told = written(suggested(national.client, body, dry_run="true"))
    assert told["dry_run"] is True
    (one,) = told["revisions"]
    assert {"field": "status", "before": "active", "after": "inactive"} in one["changes"]
    assert {"filter": "status", "value": "inactive"} in one["enters"]
    assert listed(national, f"record={pole}")["count"] == 0

    made = proposed(national.client, pole, {"status": "inactive"})
    assert written(aura.send("POST", f"{PATH}/{made['id']}/accept", dry_run="true")) == told | {"revisions": [one]}
    aura.act(f"{PATH}/{made['id']}/refuse", {"reason": "essai"}, dry_run="true")
    tag = {"If-Match": aura.etag(f"/v1/poles/{pole}")}
    written(aura.send("POST", f"{PATH}/{made['id']}/amend", {"status": "emerging"}, tag, dry_run="true"))
    assert asked(national.client, f"{PATH}/{made['id']}")["state"] == "pending"
    assert national.read(f"/v1/poles/{pole}")["status"] == "active"


def rights() -> Iterator[tuple[str, str, dict[str, int]]]:
    """Yield who asks, which verb, and the status for a pole of 84, a pole of 11, a wave, a place that is not known."""
    places = ("84", "11", "wave", "nowhere")
    for verb in ("accept", "amend", "refuse"):
        yield "nobody", verb, dict.fromkeys(places, 401)
        yield "reader", verb, dict.fromkeys(places, 403)
        yield "aura", verb, {"84": 200, "11": 403, "wave": 403, "nowhere": 403}
        yield "idf", verb, {"84": 403, "11": 200, "wave": 403, "nowhere": 403}
        yield "national", verb, dict.fromkeys(places, 200)


def targets(name: str) -> dict[str, Json]:
    """Return what suggests a new record of each place."""
    return {
        "84": {"kind": "pole", "change": {"name": f"A {name}", "seat": {"commune": "26281"}}},
        "11": {"kind": "pole", "change": {"name": f"B {name}", "seat": {"commune": "75056"}}},
        "wave": {"kind": "wave", "change": {"name": f"C {name}", "kind": "AMI"}},
        "nowhere": {"kind": "pole", "change": {"name": f"D {name}"}},
    }


@pytest.mark.parametrize(("who", "verb", "statuses"), list(rights()))
def test_the_table_of_rights(
    national: Editor, aura: Editor, idf: Editor, reader: Editor, who: str, verb: str, statuses: dict[str, int]
) -> None:
    editors = {"aura": aura, "idf": idf, "reader": reader, "national": national}
    for place, body in targets(f"{who} {verb}").items():
        made = written(suggested(national.client, body), 201)
        path = f"{PATH}/{made['id']}/{verb}"
        sent = {"accept": {}, "amend": body["change"], "refuse": {"reason": "non"}}[verb]
        answer = national.client.post(path, json=sent) if who == "nobody" else editors[who].send("POST", path, sent)
        assert answer.status_code == statuses[place], (place, answer.text)
        if statuses[place] == 403 and place in {"84", "11"} and who != "reader":
            assert place in refused(answer, 403)["detail"], "it says which right is missing"


def test_curators_read_what_concerns_their_regions(national: Editor, aura: Editor, idf: Editor, reader: Editor) -> None:
    ids = {
        place: written(suggested(national.client, body | {"contact": CONTACT}), 201)["id"]
        for place, body in targets("à lire").items()
    }
    assert set(ids.values()) & set(waiting(aura)) == {ids["84"]}
    assert set(ids.values()) & set(waiting(idf)) == {ids["11"]}
    assert set(ids.values()) <= set(waiting(national))
    assert set(ids.values()) & set(waiting(national, "&region=84")) == {ids["84"]}
    assert set(ids.values()) & set(waiting(national, "&kind=wave")) == {ids["wave"]}
    refused(national.client.get(PATH), 401)
    refused(reader.send("GET", PATH), 403)
    for place, identity in ids.items():
        for editor, sees in ((aura, {"84"}), (idf, {"11"}), (reader, set()), (national, set(ids))):
            shown = written(editor.send("GET", f"{PATH}/{identity}"))
            assert shown.get("contact") == (CONTACT if place in sees else None)
            assert ("change" in shown) == (place in sees)


def test_moving_a_pole_to_another_region_is_for_those_of_both(
    national: Editor, aura: Editor, idf: Editor, pole: str
) -> None:
    made = proposed(national.client, pole, {"seat": {"commune": "75056", "departement": None, "region": None}})
    for editor in (aura, idf):
        assert made["id"] in waiting(editor), "both are told"
        refused(editor.send("POST", f"{PATH}/{made['id']}/accept"), 403)
        refused(editor.send("POST", f"{PATH}/{made['id']}/refuse", {"reason": "non"}), 403)
    national.act(f"{PATH}/{made['id']}/accept")
    assert national.read(f"/v1/poles/{pole}")["seat"]["region"]["code"] == "11"


def test_lists_are_paged_newest_first_and_bounded(national: Editor, pole: str) -> None:
    made = [proposed(national.client, pole, {"job_count": number})["id"] for number in (31, 32, 33)]
    page = listed(national, f"record={pole}&limit=2")
    assert ([one["id"] for one in page["items"]], page["count"]) == (made[:0:-1], 3)
    assert [one["id"] for one in listed(national, f"record={pole}&limit=2&offset=2")["items"]] == made[:1]
    for query, parameter in (
        ("limit=0", "limit"),
        ("limit=1001", "limit"),
        ("offset=-1", "offset"),
        ("region=85", "region"),
        ("region=Bretagne", "region"),
        ("state=ouverte", "state"),
        ("etat=pending", "etat"),
    ):
        problem = refused(national.send("GET", f"{PATH}?{query}"), 422)
        assert problem["errors"][0]["parameter"] == parameter
    assert problem["errors"][0].get("suggestion") == "state"
    assert refused(national.send("GET", f"{PATH}?region=Bretagne"), 422)["errors"][0]["suggestion"] == "53"
    refused(national.send("GET", f"{PATH}.csv"), 406)
    refused(national.client.get(f"{PATH}/p-0000000000000000"), 404)


def test_a_feed_tells_the_curators_of_a_region(national: Editor, aura: Editor, pole: str) -> None:
    secret = "https://ne-pas-publier.example"
    made = proposed(
        national.client, pole, {"website": secret, "notes": "propos"}, contact=CONTACT, message="mot au curateur"
    )
    tag = national.client.get(f"{PATH}.atom?region=84").headers["etag"]
    unchanged = national.client.get(f"{PATH}.atom?region=84", headers={"If-None-Match": tag})
    assert (unchanged.status_code, unchanged.content) == (304, b"")
    (entry,) = (
        one for one in entries(national.client, "?region=84") if made["id"] in (one.findtext(f"{ATOM}id") or "")
    )
    assert pole in (entry.findtext(f"{ATOM}title") or "")
    assert "notes, website" in (entry.findtext(f"{ATOM}summary") or "")
    link = entry.find(f"{ATOM}link")
    assert link is not None
    assert national.client.get(link.attrib["href"]).json()["id"] == made["id"]
    text = ET.tostring(entry, encoding="unicode")
    for hidden in (secret, "propos", CONTACT, "mot au curateur", PAGE):
        assert hidden not in text.replace("proposals", "").replace("proposée", "")
    assert made["id"] not in [one.findtext(f"{ATOM}id") for one in entries(national.client, "?region=11")]
    assert len(entries(national.client)) <= 50
    aura.act(f"{PATH}/{made['id']}/refuse", {"reason": "non"})
    changed = national.client.get(f"{PATH}.atom?region=84", headers={"If-None-Match": tag})
    assert changed.status_code == 200
    assert refused(national.client.get(f"{PATH}.atom?region=85"), 422)["errors"][0]["parameter"] == "region"


def test_a_feed_of_nothing_is_one_too(fresh: Database) -> None:
    with serving(fresh.url, public_url="https://ptce.example.fr") as url, httpx.Client(base_url=url) as client:
        assert entries(client, "?region=84") == []
        root = ET.fromstring(client.get(f"{PATH}.atom?region=84").content)
        assert root.findtext(f"{ATOM}id") == "https://ptce.example.fr/v1/proposals.atom?region=84"


def test_a_contact_is_published_nowhere(national: Editor, aura: Editor, pole: str) -> None:
    private = "appelez-moi au 06 00 00 00 00"
    answers = [
        suggested(
            national.client,
            {"kind": "pole", "record": pole, "change": {"job_count": 5}, "contact": private, "message": private},
        )
    ]
    identity = answers[0].json()["id"]
    aura.act(f"{PATH}/{identity}/accept")
    answers += [
        national.client.get(path)
        for path in (
            f"{PATH}/{identity}",
            f"{PATH}.atom",
            f"/v1/poles/{pole}",
            f"/v1/poles/{pole}/history",
            f"/v1/poles.csv?q={pole}",
            "/v1/sources?limit=1000",
            "/openapi.json",
        )
    ]
    for answer in answers:
        assert answer.is_success
        assert private not in answer.text
    with national.database.reading() as session:
        kept = [row for row in session.exec(select(Proposal)) if private in json.dumps(row.model_dump(), default=str)]
        assert [row.id for row in kept] == [identity], "the database has it in that row only"


def test_contacts_are_erased_when_their_time_is_over(server: Server, template: str) -> None:
    url = server.copy(template)
    with opened(url) as database:
        with serving(url) as address, httpx.Client(base_url=address) as client:
            ids = [
                proposed(client, ARCHER, {"job_count": number}, contact=CONTACT)["id"] for number in (1001, 1002, 1003)
            ]
        with database.writing() as session:
            old = session.get_one(Proposal, ids[0])
            old.received_at = datetime.now(UTC) - timedelta(days=91)
            proposals.erase_contact(session, ids[1])
        key = {"Authorization": f"Bearer {new_key(database, 'Cellule nationale')}"}
        with serving(url) as address, httpx.Client(base_url=address, headers=key) as client:
            until = datetime.now(UTC) + timedelta(seconds=20)
            while asked(client, f"{PATH}/{ids[0]}")["contact"] and datetime.now(UTC) < until:
                pass  # the service erases them by itself, right after its start
            assert [asked(client, f"{PATH}/{one}")["contact"] for one in ids] == [None, None, CONTACT]
        must_hold(database)
    server.drop(url)


def test_proposals_are_counted_by_address(fresh: Database) -> None:
    with serving(fresh.url, proposal_rate="3/hour") as url, httpx.Client(base_url=url) as client:
        for number in range(3):
            answer = suggested(client, {"kind": "pole", "record": ARCHER, "change": {"job_count": 1000 + number}})
            assert answer.headers["ratelimit"].startswith(f'"proposal";r={2 - number};t=')
        body = {"kind": "pole", "record": ARCHER, "change": {"job_count": 2000}}
        too_many = suggested(client, body)
        refused(too_many, 429)
        assert int(too_many.headers["retry-after"]) > 0
        editor = Editor(client, new_key(fresh, "CRESS AURA", KeyRole.CURATOR, ["84"]), fresh)
        written(editor.send("POST", PATH, body | {"source": PAGE}), 201)  # who holds a key is counted apart
        assert client.get("/v1/poles?limit=1").status_code == 200


def test_a_forged_key_is_not_taken_for_nobody(national: Editor, pole: str) -> None:
    body = {"kind": "pole", "record": pole, "change": {"job_count": 1}, "source": PAGE}
    refused(national.client.post(PATH, json=body, headers={"Authorization": "Bearer nimporte"}), 401)


def test_ids_tell_nothing(national: Editor, pole: str) -> None:
    made = [proposed(national.client, pole, {"job_count": number})["id"] for number in (41, 42)]
    assert all(re.fullmatch("p-[0-9a-f]{16}", one) for one in made)
    assert made[0][:10] != made[1][:10]

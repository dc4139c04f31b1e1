"""Time travel under random writes: whatever is written, each serial is answered again as it was answered then."""

from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.conftest import Server
from tests.routes.asking import lasting, lasting_content, sheet
from tests.routes.writing import Editor, Json, edited

pytestmark = pytest.mark.long

POLES = ["archer-pole-sud", "le-phares", "distro", "pole-neuf", "pole-neuf-2", "pole-renomme"]
ORGANISATIONS = ["groupe-archer", "adie", "ville-de-mamoudzou", "maison-neuve", "maison-neuve-2"]
WAVES = ["aap-2013", "ami-2025", "aap-2013-bis"]
CITED = "s-137d92cdbf"  # by records of every kind
# The last ones back an official number and the CRESS of a région.
SOURCES = [CITED, "s-2d80ae25f8", "s-8dba331253", "s-aa05a05684"]
REFUSALS = {308, 404, 409, 410, 422}

# Asked after each write, as a reader asks now and with as_of; at the end with each as_of again.
ASKED = [
    *(f"/v1/poles/{pole}" for pole in POLES[:4]),
    "/v1/poles/archer-pole-sud.geojson",
    "/v1/poles/le-phares/history",
    "/v1/poles/archer-pole-sud/members.csv",
    "/v1/poles/archer-pole-sud.xlsx",
    "/v1/memberships/archer-pole-sud@groupe-archer",
    "/v1/labels/archer-pole-sud@aap-2013",
    "/v1/organisations/groupe-archer/history",
    *(f"/v1/organisations/{organisation}" for organisation in ORGANISATIONS[:2]),
    *(f"/v1/waves/{wave}" for wave in WAVES),
    "/v1/poles?limit=1000&sort=-updated",
    "/v1/poles.csv?limit=1000",
    "/v1/poles.geojson?limit=1000",
    "/v1/poles?wave=2013&status=active,unknown&facets=region,departement,status,wave,outcome,sector&limit=20",
    "/v1/poles?territory=departement:26&active_on=2021-05-12&limit=1000",
    "/v1/poles?q=neuve+archer&limit=1000",
    "/v1/poles.xlsx?q=neuf",
    "/v1/poles?bbox=4,44,6,46&limit=1000",
    "/v1/poles.geojson?bbox=-62,14,-60,16.6&limit=1000",
    "/v1/organisations.csv?bbox=4,44,6,46&limit=1000",
    "/v1/poles?member=200008837",
    "/v1/organisations?q=neuf&facets=kind,region",
    "/v1/organisations.csv?region=84&sort=updated&limit=1000",
    "/v1/waves?sort=founded",
    "/v1/regions",
    "/v1/departements?region=84",
    "/v1/sectors.csv",
    "/v1/stats",
]


@dataclass
class Curator:
    """Carries out random writes over a few records, as one editor who reads before each edit."""

    editor: Editor
    done: list[str] = field(default_factory=list)

    def write(self, verb: str, one: int, other: int) -> httpx.Response:
        """Send the write that a verb and two numbers mean."""
        return getattr(self, verb)(one, other)  # type: ignore[no-any-return]  # a response, see VERBS

    def create_pole(self, one: int, other: int) -> httpx.Response:
        seat = [{}, {"commune": "26281"}, {"region": "53"}, {"commune": "42218", "address": "1, rue Neuve"}]
        body: Json = {"name": "Pôle neuf", "seat": seat[one % 4], "status": "emerging", "status_as_of": "2020"}
        more: list[Json] = [{}, {"sectors": ["culture"]}, {"territory": {"units": ["departement:26"]}}]
        return self.editor.send("POST", "/v1/poles", body | more[other % 3])

    def create_organisation(self, one: int, other: int) -> httpx.Response:
        body: Json = {"name": "Maison neuve", "kind": ["association", "company"][one % 2]}
        body |= [{}, {"commune": "26281"}, {"siren": "200008837"}][other % 3]
        return self.editor.send("POST", "/v1/organisations", body)

    def create_wave(self, one: int, _other: int) -> httpx.Response:
        body = {"name": "AAP 2013 bis", "kind": "AAP", "opened_on": "2013-02", "laureates": one}
        return self.editor.send("POST", "/v1/waves", body)

    def patch_pole(self, one: int, other: int) -> httpx.Response:
        patches: list[Json] = [
            {"name": "Pôle renommé"},
            {"name": "Zéphyr neuf", "former_names": ["Archer"]},
            {"status": "inactive", "status_as_of": "2019", "ended_on": "2019"},
            {"status": "active", "ended_on": None, "founded_year": 1999},
            {"seat": {"commune": "42218", "departement": None, "region": None, "precision": None,
                      "longitude": None, "latitude": None}},
            {"seat": None},
            {"territory": {"units": ["departement:26", "region:53"], "text": "Partout"}},
            {"territory": None, "sectors": ["culture", "energy"]},
            {"sources": [{"id": CITED, "fields": ["name"]}, {"id": "s-8dba331253"}]},
            {"notes": None, "website": "https://example.fr", "member_count": other},
        ]  # fmt: skip
        return self.editor.edit("PATCH", f"/v1/poles/{_of(POLES, one)}", patches[other % len(patches)])

    def put_pole(self, one: int, other: int) -> httpx.Response:
        path = f"/v1/poles/{_of(POLES, one)}"
        shown = self.editor.client.get(path)
        body = shown.json() if shown.status_code == 200 else {}
        return self.editor.edit("PUT", path, body | {"acronym": f"P{other}"})

    def patch_organisation(self, one: int, other: int) -> httpx.Response:
        patches = [{"name": f"Maison renommée {other}"}, {"siren": None, "commune": None}, {"kind": "other"}]
        return self.editor.edit("PATCH", f"/v1/organisations/{_of(ORGANISATIONS, one)}", patches[other % 3])

    def patch_wave(self, one: int, other: int) -> httpx.Response:
        patches: list[Json] = [{"name": f"Vague renommée {other}"}, {"laureates": None}, {"results_on": "2026"}]
        return self.editor.edit("PATCH", f"/v1/waves/{_of(WAVES, one)}", patches[other % 3])

    def retire(self, one: int, other: int) -> httpx.Response:
        path = _record(one)
        successor = _record(other)
        follows = successor.rpartition("/")[0] == path.rpartition("/")[0]
        query = {"reason": "Doublon"} | ({"successor": successor.rpartition("/")[2]} if follows else {})
        return self.editor.edit("DELETE", path, **query)

    def restore(self, one: int, _other: int) -> httpx.Response:
        return self.editor.send("POST", f"{_record(one)}/restore")

    def merge(self, one: int, other: int) -> httpx.Response:
        path = _record(one)
        kind = {"poles": POLES, "organisations": ORGANISATIONS, "waves": WAVES}[path.split("/")[2]]
        return self.editor.send("POST", f"{path}/merge", {"into": _of(kind, other)})

    def add_member(self, one: int, other: int) -> httpx.Response:
        role = ["carrier", "member", "partner"][(one + other) % 3]
        body = {"organisation": _of(ORGANISATIONS, other), "role": role, "since": "2015"}
        return self.editor.send("POST", f"/v1/poles/{_of(POLES, one)}/members", body)

    def patch_member(self, one: int, other: int) -> httpx.Response:
        path = f"/v1/memberships/{_of(POLES, one)}@{_of(ORGANISATIONS, other)}"
        return self.editor.edit("PATCH", path, {"role": "founder", "until": "2024"})

    def remove_member(self, one: int, other: int) -> httpx.Response:
        return self.editor.edit("DELETE", f"/v1/memberships/{_of(POLES, one)}@{_of(ORGANISATIONS, other)}")

    def add_label(self, one: int, other: int) -> httpx.Response:
        outcome = ["laureate", "supported"][(one + other) % 2]
        body = {"pole": _of(POLES, one), "wave": _of(WAVES, other), "outcome": outcome, "awarded_on": "2026"}
        return self.editor.send("POST", "/v1/labels", body)

    def patch_label(self, one: int, other: int) -> httpx.Response:
        path = f"/v1/labels/{_of(POLES, one)}@{_of(WAVES, other)}"
        return self.editor.edit("PATCH", path, {"outcome": "supported", "funding_eur": one})

    def remove_label(self, one: int, other: int) -> httpx.Response:
        return self.editor.edit("DELETE", f"/v1/labels/{_of(POLES, one)}@{_of(WAVES, other)}")

    def create_source(self, one: int, _other: int) -> httpx.Response:
        return self.editor.send("POST", "/v1/sources", {"url": f"https://example.fr/{one % 2}", "title": "Page"})

    def patch_source(self, one: int, other: int) -> httpx.Response:
        body = [{"publisher": f"Éditeur {other}"}, {"title": "Autre"}, {"url": f"https://example.fr/{other}"}][one % 3]
        return self.editor.edit("PATCH", f"/v1/sources/{_of(SOURCES, other)}", body)

    def retire_source(self, one: int, _other: int) -> httpx.Response:
        return self.editor.edit("DELETE", f"/v1/sources/{_of(SOURCES, one)}")

    def restore_source(self, one: int, _other: int) -> httpx.Response:
        return self.editor.send("POST", f"/v1/sources/{_of(SOURCES, one)}/restore")


def _of(names: list[str], number: int) -> str:
    return names[number % len(names)]


def _record(number: int) -> str:
    paths = [
        *(f"/v1/poles/{one}" for one in POLES),
        *(f"/v1/organisations/{one}" for one in ORGANISATIONS),
        *(f"/v1/waves/{one}" for one in WAVES),
    ]
    return _of(paths, number)


VERBS = [name for name in vars(Curator) if not name.startswith("_") and name not in {"write", "done", "editor"}]
Write = tuple[str, int, int]
numbers = st.integers(0, 41)


def sequences(length: int) -> st.SearchStrategy[list[Write]]:
    """Verbs come from a shuffled deck: drawn one by one, the first of them would come most of the time."""
    verbs = st.permutations(VERBS * 2)
    targets = st.lists(st.tuples(numbers, numbers), min_size=length, max_size=length)
    return st.builds(lambda deck, on: [(verb, *two) for verb, two in zip(deck, on, strict=False)], verbs, targets)


def pinned(client: httpx.Client, path: str, serial: int) -> tuple[int, bytes, dict[str, str]]:
    """Ask for the state at a serial: what is answered, and all headers but those of one request."""
    answer = client.get(f"{path}{'&' if '?' in path else '?'}as_of={serial}")
    assert answer.status_code in {200, *REFUSALS}, answer.text
    headers, content = lasting(answer), lasting_content(answer)
    if answer.status_code == 404:  # it may suggest a record that came later
        content = b""
        del headers["content-length"]
    return answer.status_code, content, headers


def without_links(answer: tuple[int, bytes, dict[str, str]] | httpx.Response) -> tuple[int, bytes]:
    """Return an answer without what says how it was asked: its links, its status where it is no answer."""
    status, content = (answer.status_code, answer.content) if isinstance(answer, httpx.Response) else answer[:2]
    if status != 200:
        return status, b""
    if content.startswith(b"PK"):  # a workbook says in another sheet which address was asked
        return status, repr(list(sheet(content).values)).encode()
    before, found, after = content.rpartition(b',"links":[')
    return status, before + after.partition(b"],")[2] if found else content


@dataclass
class Witness:
    """Notes what is answered at each serial, and asks again when more was written."""

    client: httpx.Client
    told: dict[tuple[str, int], tuple[int, bytes, dict[str, str]]] = field(default_factory=dict)

    def note(self, serial: int) -> None:
        for number, path in enumerate(ASKED):
            if (number + serial) % 3:  # a third of them is also asked as a reader asks now
                self.told[path, serial] = pinned(self.client, path, serial)
                continue
            now = self.client.get(path)
            if "registry-serial" in now.headers and "?" in path:
                assert int(now.headers["registry-serial"]) == serial
            self.told[path, serial] = pinned(self.client, path, serial)
            assert without_links(self.told[path, serial]) == without_links(now), (path, serial)

    def must_be_confirmed(self) -> None:
        for (path, serial), told in self.told.items():
            assert pinned(self.client, path, serial) == told, (path, serial)


def travel(server: Server, template: str, sequence: list[Write]) -> list[int]:
    """Carry out writes and prove the past; return the statuses that were answered."""
    statuses = []
    with edited(server, template) as editor:
        witness, curator = Witness(editor.client), Curator(editor)
        witness.note(1)
        for write in sequence:
            answer = curator.write(*write)
            print(write, answer.status_code, answer.headers.get("registry-serial"))
            assert answer.status_code in {200, 201, *REFUSALS}, (write, answer.text)
            statuses.append(answer.status_code)
            if "registry-serial" in answer.headers:
                witness.note(int(answer.headers["registry-serial"]))
        witness.must_be_confirmed()
    return statuses


EXAMPLES: dict[str, Any] = {
    "derandomize": True,
    "deadline": None,
    "database": None,
    "phases": [Phase.generate],  # a smaller example costs minutes, and each line of this one is printed
    "suppress_health_check": [HealthCheck.too_slow, HealthCheck.function_scoped_fixture, HealthCheck.data_too_large],
}


def test_random_writes_leave_the_past_as_it_was_told(server: Server, template: str) -> None:
    statuses: list[int] = []

    @settings(max_examples=2, **EXAMPLES)
    @given(sequences(6))
    def check(sequence: list[Write]) -> None:
        statuses.extend(travel(server, template, sequence))

    check()
    assert sum(status < 300 for status in statuses) > len(statuses) / 4, "too little was written to prove anything"


@pytest.mark.slow
def test_many_random_writes_leave_the_past_as_it_was_told(server: Server, template: str) -> None:
    statuses: list[int] = []

    @settings(max_examples=8, **EXAMPLES)
    @given(sequences(25))
    def check(sequence: list[Write]) -> None:
        statuses.extend(travel(server, template, sequence))

    check()
    assert sum(status < 300 for status in statuses) > len(statuses) / 4, "too little was written to prove anything"


def test_every_verb_at_least_once_leaves_the_past_as_it_was_told(server: Server, template: str) -> None:
    """A sequence made by hand, in which each verb writes something that the questions show."""
    sequence: list[Write] = [
        ("create_pole", 1, 2),  # pole-neuf
        ("create_organisation", 0, 2),  # maison-neuve, with the SIREN of ville-de-mamoudzou
        ("create_wave", 5, 0),  # another wave of 2013
        ("add_member", 0, 2),
        ("add_member", 3, 3),
        ("add_label", 3, 2),
        ("patch_label", 3, 2),
        ("patch_member", 0, 0),
        ("remove_member", 0, 1),
        ("put_pole", 1, 1),
        *(("patch_pole", 0, number) for number in range(10)),
        ("patch_organisation", 0, 0),
        ("patch_wave", 0, 0),
        ("create_source", 0, 0),
        *(("retire_source", number, 0) for number in range(4)),
        ("restore_source", 0, 0),
        ("patch_source", 0, 0),
        ("merge", 6, 1),  # groupe-archer into adie
        ("retire", 1, 3),
        ("merge", 3, 0),  # pole-neuf into archer-pole-sud
        ("restore", 3, 0),
        ("restore", 1, 0),
        ("restore", 6, 0),
        ("retire", 11, 0),
        ("restore", 11, 0),
        ("remove_label", 0, 2),
    ]
    assert {verb for verb, _, _ in sequence} == set(VERBS)
    statuses = travel(server, template, sequence)
    refused = [(write, status) for write, status in zip(sequence, statuses, strict=True) if status >= 300]
    assert refused == []

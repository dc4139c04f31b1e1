"""The whole table of rights: role × verb × record × région, and what a write needs that concerns two régions.

The tables are written from the words of the issue: a curator edits the poles of its régions and their memberships, and
the organisations that are seated there or, of unknown seat, belong only to its poles; the national curator edits all
records, labels, waves and sources, and merges across régions; leaving a région needs rights on both.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

import httpx
import pytest

from app.models import KeyRole
from tests.conftest import ON_SQLITE_ONLY, Server, copied, opened, serving
from tests.routes.asking import asked, refused
from tests.routes.writing import Editor, Json, an_editor, must_hold, new_key, written

ROLES: Final = ("no key", "bad key", "reader", "84", "84+11", "national", "admin")
# Seeded poles, of which no row of the tables is about.
ARCHER, PHARES, EVA = "archer-pole-sud", "le-phares", "3-eva"
NOWHERE: Final = "pole-de-nulle-part"
POLES: Final = {"84": ARCHER, "11": PHARES, "76": EVA, "?": NOWHERE}
SEATS: Final[dict[str, Json]] = {
    "84": {"commune": "26281"}, "11": {"commune": "93039"}, "76": {"commune": "11206"}, "?": {},
}  # fmt: skip
COMMUNES: Final = {"84": "26281", "11": "93039", "76": "11206"}

# `ok`, or the right that is missing: `key` (401), or (403) `curator`, `national`, the code of a région, `?` where no
# région is known.
TABLE: Final = """
record                                              no key  bad key  reader   84        84+11     national  admin
pole of 84                                          key     key      curator  ok        ok        ok        ok
pole of 11                                          key     key      curator  11        ok        ok        ok
pole of 76                                          key     key      curator  76        76        ok        ok
pole of no known région                             key     key      curator  ?         ?         ok        ok
organisation seated in 84                           key     key      curator  ok        ok        ok        ok
organisation seated in 84, in a pole of 76          key     key      curator  ok        ok        ok        ok
organisation seated in 11                           key     key      curator  11        ok        ok        ok
organisation seated in 11, in a pole of 84          key     key      curator  11        ok        ok        ok
organisation seated in 76                           key     key      curator  76        76        ok        ok
organisation of no known seat, in 84                key     key      curator  ok        ok        ok        ok
organisation of no known seat, in 11                key     key      curator  11        ok        ok        ok
organisation of no known seat, in 84 and 11         key     key      curator  11        ok        ok        ok
organisation of no known seat, in 84 and 76         key     key      curator  76        76        ok        ok
organisation of no known seat, in 84 and ?          key     key      curator  ?         ?         ok        ok
organisation of no known seat, in no pole           key     key      curator  ok        ok        ok        ok
membership of a pole of 84                          key     key      curator  ok        ok        ok        ok
membership of a pole of 11                          key     key      curator  11        ok        ok        ok
membership of a pole of 76                          key     key      curator  76        76        ok        ok
membership of a pole of no known région             key     key      curator  ?         ?         ok        ok
label of a pole of 84                               key     key      curator  national  national  ok        ok
label of a pole of 11                               key     key      curator  national  national  ok        ok
wave                                                key     key      curator  national  national  ok        ok
source                                              key     key      curator  national  national  ok        ok
"""
_CELLS: Final = [re.split(r" {2,}", line) for line in TABLE.strip().splitlines()[1:]]
RIGHTS: Final = {record: dict(zip(ROLES, cells, strict=True)) for record, *cells in _CELLS}
VERBS: Final = ("create", "PUT", "PATCH", "restore", "merge", "DELETE")  # the last: the others need the record
# A link is not restored but made again; sources are never merged; an organisation is in no pole yet when it is made.
NO_VERB: Final = re.compile(
    r"(membership|label).* (restore|merge)|source merge|organisation.*, in (?!no pole).* create"
)
CASES: Final = [(record, verb) for verb in VERBS for record in RIGHTS if not NO_VERB.fullmatch(f"{record} {verb}")]

Asked = tuple[str, str, Any]


@dataclass(frozen=True)
class World:
    """A registry with a record, its double and a retired one for each row of the table, and a key for each role."""

    client: httpx.Client
    keys: dict[str, str]
    ids: dict[str, str]

    def serial(self) -> int:
        return int(self.client.get("/v1/poles?limit=1").headers["registry-serial"])

    def ask(self, role: str, asks: Asked, **query: str) -> httpx.Response:
        method, path, body = asks
        headers = {"If-Match": "*"}
        if role != "no key":
            headers["Authorization"] = f"Bearer {self.keys[role]}"
        content: Json = {} if body is None else {"json": body}
        return self.client.request(method, path, headers=headers, params=query, **content)

    def tried(self, role: str, asks: Asked, **query: str) -> httpx.Response:
        # Tried, not written: one registry serves the whole table. Real writes are proven to agree below.
        return self.ask(role, asks, dry_run="true", **query)


def kind_of(record: str) -> str:
    return record.partition(" ")[0]


def path_of(record: str) -> str:
    return f"/v1/{kind_of(record)}s"


def body_of(record: str, name: str) -> Json:
    """Return the body that makes a record as its row says, but for its links."""
    kind = kind_of(record)
    if kind == "pole":
        return {"name": name, "seat": SEATS[region_of(record)]}
    if kind == "organisation":
        commune = re.search(r"seated in (\d+)", record)
        return {"name": name} | ({"commune": COMMUNES[commune[1]]} if commune else {})
    if kind == "wave":
        return {"name": name, "kind": "AMI"}
    return {"url": f"https://presse.example/{name.replace(' ', '-')}"}


def region_of(record: str) -> str:
    found = re.search(r"(\d+)$", record)
    return found[1] if found else "?"


def poles_of(record: str) -> list[str]:
    """Return the poles that the organisation of a row belongs to."""
    _, _, places = record.partition(", in ")
    return [POLES[place] for place in re.findall(r"\d+|\?", places)]


def has_own_address(record: str) -> bool:
    return kind_of(record) in {"pole", "organisation", "wave", "source"}


def made(national: Editor, record: str, name: str) -> str:
    """Make the record of a row; return its id."""
    identity: str = national.create(path_of(record), body_of(record, name))["id"]
    for pole in poles_of(record):
        national.create("/v1/memberships", {"pole": pole, "organisation": identity})
    return identity


def furnished(national: Editor) -> tuple[dict[str, str], dict[str, str]]:
    """Make a key for each role, and the records of each row."""
    database = national.database
    keys = {
        "bad key": "x" * 43,
        "reader": new_key(database, "Portail", KeyRole.READER),
        "84": new_key(database, "CRESS AURA", KeyRole.CURATOR, ["84"]),
        "84+11": new_key(database, "CRESS AURA et Île-de-France", KeyRole.CURATOR, ["84", "11"]),
        "national": national.key,
        "admin": new_key(database, "Administration", KeyRole.ADMIN),
    }
    assert national.create("/v1/poles", {"name": "Pôle de nulle part"})["id"] == NOWHERE
    ids = {}
    for record in filter(has_own_address, RIGHTS):
        ids[record] = made(national, record, record)
        # A double with a seat is in no pole: what its links need is said by the table of merges.
        alike = record.partition(", in ")[0] if "seated" in record else record
        ids[f"{record}: its double"] = made(national, alike, f"{record} double")
        ids[f"{record}: a retired one"] = made(national, record, f"{record} retired")
        national.delete(f"{path_of(record)}/{ids[f'{record}: a retired one']}")
    for record in RIGHTS:
        if record.startswith("membership"):
            member = national.create("/v1/organisations", {"name": f"member {record}"})["id"]
            ids[f"{record}: to come"] = national.create("/v1/organisations", {"name": f"to come {record}"})["id"]
            pole = POLES[region_of(record)]
            national.create("/v1/memberships", {"pole": pole, "organisation": member})
            ids[record] = f"{pole}@{member}"
        elif record.startswith("label"):
            pole, wave = POLES[region_of(record)], ids["wave"]
            national.create("/v1/labels", {"pole": pole, "wave": wave, "outcome": "laureate"})
            ids[record] = f"{pole}@{wave}"
    return keys, ids


@contextmanager
def governed(server: Server, template: str) -> Iterator[httpx.Client]:
    """Serve a copy of a registry, without rates: the tables hold more bad keys than a minute allows."""
    with (
        copied(server, template) as database,
        serving(database.url, failed_key_rate="0", write_rate="0") as address,
        httpx.Client(base_url=address, timeout=30) as client,
    ):
        yield client
        must_hold(database)


@dataclass(frozen=True)
class Furniture:
    """A database that nobody is connected to, with the keys and the records of the tables."""

    url: str
    keys: dict[str, str]
    ids: dict[str, str]

    def shown(self, client: httpx.Client) -> World:
        return World(client, self.keys, self.ids)


@pytest.fixture(scope="module")
def furniture(server: Server, template: str) -> Iterator[Furniture]:
    url = server.copy(template)
    with (
        opened(url) as database,
        serving(url, write_rate="0") as address,
        httpx.Client(base_url=address, timeout=30) as client,
    ):
        keys, ids = furnished(an_editor(database, client))
    yield Furniture(url, keys, ids)
    server.drop(url)


@pytest.fixture(scope="module")
def world(server: Server, furniture: Furniture) -> Iterator[World]:
    """One registry for all that is only tried."""
    with governed(server, furniture.url) as client:
        yield furniture.shown(client)


def request_of(world: World, record: str, verb: str) -> Asked:
    """Return what asks for this verb on the record of a row."""
    kind, path = kind_of(record), path_of(record)
    address = f"{path}/{world.ids[record]}"
    if verb == "create":
        return _creation(world, record)
    if verb == "restore":
        return "POST", f"{path}/{world.ids[f'{record}: a retired one']}/restore", None
    if verb == "merge":
        return "POST", f"{path}/{world.ids[f'{record}: its double']}/merge", {"into": world.ids[record]}
    whole = asked(world.client, address) if verb == "PUT" else {}
    return verb, address, None if verb == "DELETE" else whole | changed(kind, 2022 if whole else 2021)


def _creation(world: World, record: str) -> Asked:
    kind, path = kind_of(record), path_of(record)
    if kind == "membership":
        organisation = world.ids[f"{record}: to come"]
        return "POST", path, {"pole": POLES[region_of(record)], "organisation": organisation}
    if kind == "label":
        return "POST", path, {"pole": POLES[region_of(record)], "wave": "ami-2025", "outcome": "laureate"}
    return "POST", path, body_of(record, f"new {record}")


def changed(kind: str, year: int) -> Json:
    """Return one field with a value that no record has."""
    field = {"membership": "since", "label": "awarded_on", "wave": "notes", "source": "title"}.get(kind, "website")
    return {field: f"https://{year}.example/" if field == "website" else str(year)}


def must_lack(response: httpx.Response, right: str) -> None:
    """Check that a refusal names the right that is missing, in French."""
    if right == "key":
        assert "clé" in refused(response, 401)["detail"].lower()
        assert response.headers["www-authenticate"].startswith("Bearer ")
        return
    said = refused(response, 403)["detail"]
    if right in {"curator", "national"}:
        assert f"rôle « {right} »" in said
    elif right == "?":
        assert "n’a pas de région connue" in said
        assert "« national »" in said
    else:
        assert f"un droit sur la région {right} ;" in said
    assert right in {"curator", "national"} or re.search(r"(Vos régions|les vôtres) : (84|11, 84)\b", said)


def must_be(world: World, role: str, right: str, asks: Asked, **query: str) -> None:
    response = world.tried(role, asks, **query)
    if right == "ok":
        answer = written(response)
        assert answer["dry_run"] is True
    else:
        must_lack(response, right)


@ON_SQLITE_ONLY  # the next test writes every row and verb as two curators, on both
@pytest.mark.parametrize(("record", "verb"), CASES)
def test_each_role_has_its_rights_and_learns_which_is_missing(world: World, record: str, verb: str) -> None:
    asks, before = request_of(world, record, verb), world.serial()
    for role, right in RIGHTS[record].items():
        must_be(world, role, right, asks)
    assert world.serial() == before


@pytest.mark.parametrize("role", ["84", "84+11"])
def test_what_is_written_needs_the_same_rights_as_what_is_tried(
    server: Server, furniture: Furniture, role: str
) -> None:
    """Every row and verb again, for good."""
    with governed(server, furniture.url) as client:
        world = furniture.shown(client)
        for record, verb in CASES:
            before, right = world.serial(), RIGHTS[record][role]
            response = world.ask(role, request_of(world, record, verb))
            if right == "ok":
                assert response.status_code == (201 if verb == "create" else 200), (record, verb, response.text)
                assert world.serial() == before + 1
            else:
                must_lack(response, right)
                assert world.serial() == before


def pole(region: str) -> str:
    return f"pole of {region}" if region != "?" else "pole of no known région"


# From which région to which; what the curators lack. National keys may all of it.
MOVES: Final = [
    ("84", "84", "ok", "ok"),
    ("84", "11", "11", "ok"),
    ("84", "76", "76", "76"),
    ("84", "?", "?", "?"),
    ("11", "84", "11", "ok"),
    ("11", "76", "11", "76"),
    ("11", "11", "11", "ok"),
    ("76", "84", "76", "76"),
    ("?", "84", "?", "?"),
    ("?", "?", "?", "?"),
]


@pytest.mark.parametrize("method", ["PATCH", "PUT"])
@pytest.mark.parametrize(("start", "end", "of_84", "of_both"), MOVES)
def test_a_pole_that_moves_needs_rights_on_both_regions(
    world: World, method: str, start: str, end: str, of_84: str, of_both: str
) -> None:
    address = f"/v1/poles/{world.ids[pole(start)]}"
    seat: Json = {"region": None, "departement": None, "commune": None} if end == "?" else SEATS[end]
    body: Json = {"seat": seat | {"address": "1 rue Neuve"}}
    if method == "PUT":
        body["name"] = "Pôle déplacé"
    for role, right in {"84": of_84, "84+11": of_both, "national": "ok"}.items():
        must_be(world, role, right, (method, address, body))


SEATED: Final = [
    ("organisation seated in 84", "84", "ok", "ok"),
    ("organisation seated in 84", "11", "11", "ok"),
    ("organisation seated in 84", "76", "76", "76"),
    ("organisation seated in 84", None, "ok", "ok"),
    ("organisation seated in 11", "84", "11", "ok"),
    ("organisation seated in 76", "84", "76", "76"),
    # Without its seat it would belong to a pole of 76 only: that is leaving the région.
    ("organisation seated in 84, in a pole of 76", None, "76", "76"),
    ("organisation seated in 84, in a pole of 76", "84", "ok", "ok"),
    ("organisation of no known seat, in 84", "84", "ok", "ok"),
    ("organisation of no known seat, in 84", "11", "11", "ok"),
    ("organisation of no known seat, in 84 and 76", "84", "76", "76"),
    ("organisation of no known seat, in no pole", "84", "ok", "ok"),
    ("organisation of no known seat, in no pole", "11", "11", "ok"),
]


@pytest.mark.parametrize(("record", "end", "of_84", "of_both"), SEATED)
def test_an_organisation_that_moves_needs_rights_on_both_regions(
    world: World, record: str, end: str | None, of_84: str, of_both: str
) -> None:
    body = {"commune": COMMUNES[end] if end else None, "acronym": "NEUF"}
    asks = ("PATCH", f"/v1/organisations/{world.ids[record]}", body)
    for role, right in {"84": of_84, "84+11": of_both, "national": "ok"}.items():
        must_be(world, role, right, asks)


ATTACHED: Final = [
    ("organisation seated in 11", "84", "ok", "ok"),
    ("organisation seated in 76", "84", "ok", "ok"),
    ("organisation of no known seat, in 11", "84", "ok", "ok"),
    ("organisation of no known seat, in no pole", "84", "ok", "ok"),
    ("organisation seated in 84", "11", "11", "ok"),
    ("organisation seated in 84", "76", "76", "76"),
    ("organisation seated in 84", "?", "?", "?"),
    ("organisation seated in 11", "76", "76", "76"),
]


@pytest.mark.parametrize("way", ["/v1/memberships", "/v1/poles/{pole}/members"])
@pytest.mark.parametrize(("record", "region", "of_84", "of_both"), ATTACHED)
def test_any_organisation_joins_the_poles_of_ones_regions_and_no_other(
    world: World, way: str, record: str, region: str, of_84: str, of_both: str
) -> None:
    body = {"organisation": world.ids[record], "role": "partner"}
    if way == "/v1/memberships":
        body["pole"] = POLES[region]
    asks = ("POST", way.format(pole=POLES[region]), body)
    for role, right in {"reader": "curator", "84": of_84, "84+11": of_both, "national": "ok", "admin": "ok"}.items():
        must_be(world, role, right, asks)


MERGES: Final = [
    (pole("84"), f"{pole('84')}: its double", "ok", "ok"),
    (pole("84"), pole("11"), "11", "ok"),
    (pole("11"), pole("84"), "11", "ok"),
    (pole("84"), pole("76"), "76", "76"),
    (pole("76"), pole("84"), "76", "76"),
    (pole("84"), pole("?"), "?", "?"),
    (pole("?"), pole("84"), "?", "?"),
    ("organisation seated in 84", "organisation seated in 84: its double", "ok", "ok"),
    ("organisation seated in 84", "organisation seated in 11", "11", "ok"),
    ("organisation seated in 76", "organisation seated in 84", "76", "76"),
    ("organisation of no known seat, in 84", "organisation seated in 84", "ok", "ok"),
    ("organisation seated in 84", "organisation of no known seat, in 84 and 76", "76", "76"),
    ("organisation of no known seat, in no pole", "organisation seated in 84", "ok", "ok"),
    # Both may be edited here, but the pole of 76 would get another member: joining it needs a right on it.
    ("organisation seated in 84, in a pole of 76", "organisation seated in 84", "76", "76"),
    # That membership stays as it is.
    ("organisation seated in 84", "organisation seated in 84, in a pole of 76", "ok", "ok"),
    ("wave", "wave: its double", "national", "national"),
]


@pytest.mark.parametrize(("record", "into", "of_84", "of_both"), MERGES)
def test_a_merge_needs_rights_on_all_that_it_changes(
    world: World, record: str, into: str, of_84: str, of_both: str
) -> None:
    asks = ("POST", f"{path_of(record)}/{world.ids[record]}/merge", {"into": world.ids[into]})
    for role, right in {"reader": "curator", "84": of_84, "84+11": of_both, "national": "ok"}.items():
        must_be(world, role, right, asks)


@pytest.mark.parametrize(
    ("record", "successor", "of_84", "of_both"),
    [
        # A successor is only named: nothing of it is written.
        (pole("84"), PHARES, "ok", "ok"),
        (pole("84"), EVA, "ok", "ok"),
        (pole("84"), NOWHERE, "ok", "ok"),
        (pole("11"), ARCHER, "11", "ok"),
        (pole("76"), ARCHER, "76", "76"),
    ],
)
def test_a_successor_may_be_of_any_region(world: World, record: str, successor: str, of_84: str, of_both: str) -> None:
    asks = ("DELETE", f"/v1/poles/{world.ids[record]}", None)
    for role, right in {"84": of_84, "84+11": of_both, "national": "ok"}.items():
        must_be(world, role, right, asks, successor=successor)


def test_a_curator_cites_new_pages_by_a_write_though_sources_are_not_its_own(world: World) -> None:
    for source in ("https://presse.example/nouvelle-page", world.ids["source"]):
        asks = ("PATCH", f"/v1/poles/{world.ids[pole('84')]}", {"acronym": "NEUF"})
        must_be(world, "84", "ok", asks, source=source)


@pytest.mark.parametrize("query", [{}, {"dry_run": "true"}, {"dry_run": "oui"}, {"source": "x"}, {"inconnu": "1"}])
def test_rights_come_before_what_a_body_says(world: World, query: dict[str, str]) -> None:
    """Who may not write learns nothing else, whatever was sent."""
    address = f"/v1/poles/{world.ids[pole('84')]}"
    bodies: list[Any] = [{}, {"statut": 1}, [], "texte", None]
    for body in bodies:
        must_lack(world.ask("no key", ("PATCH", address, body), **query), "key")
        must_lack(world.ask("bad key", ("PATCH", address, body), **query), "key")
        must_lack(world.ask("reader", ("PATCH", address, body), **query), "curator")


def test_a_right_goes_and_comes_with_the_region_of_the_record(server: Server, furniture: Furniture) -> None:
    with governed(server, furniture.url) as client:
        world, address = furniture.shown(client), f"/v1/poles/{ARCHER}"
        for region, right in (("84", "ok"), ("11", "11"), ("?", "?"), ("84", "ok")):
            seat = {"departement": None, "region": None, "commune": None} | SEATS[region]
            assert world.ask("national", ("PATCH", address, {"seat": seat})).status_code == 200
            must_be(world, "84", right, ("PATCH", address, {"acronym": "NEUF"}))

"""Keys over HTTP: how they are sent, when they end, what is kept of them and where they never show."""

import json
from collections.abc import Collection, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import httpx
import pytest
from sqlalchemy import inspect, select, text
from sqlalchemy.engine import make_url
from sqlmodel import Session, col

from app.changes import keys
from app.changes.keys import BadKey
from app.database import Database
from app.models import ApiKey, KeyRole, Region
from app.security import digest
from tests.conftest import Server, opened, serving
from tests.routes.asking import FORMATS, refused
from tests.routes.writing import Serve, new_key, written

ARCHER: Final = "/v1/poles/archer-pole-sud"
NAME: Final = "CRESS AURA"
NEW: Final = {"acronym": "NEUF"}


@pytest.fixture(scope="module")
def database(server: Server, template: str) -> Iterator[Database]:
    """One registry for the file: keys are no facts, and what is written to its poles is only tried."""
    url = server.copy(template)
    with opened(url) as made:
        yield made
    server.drop(url)


@pytest.fixture(scope="module")
def client(database: Database) -> Iterator[httpx.Client]:
    with serving(database.url, failed_key_rate="0") as url, httpx.Client(base_url=url, timeout=30) as made:
        yield made


@pytest.fixture(scope="module")
def key(database: Database) -> str:
    return new_key(database, "Portail", KeyRole.CURATOR, ["84"])


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    """A transaction that keeps nothing."""
    with database.writing(keep=False) as made:
        yield made


def bearer(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}


def tried(client: httpx.Client, key: str) -> httpx.Response:
    return client.patch(f"{ARCHER}?dry_run=true", json=NEW, headers=bearer(key) | {"If-Match": "*"})


def row_of(session: Session, name: str) -> ApiKey:
    return session.scalars(select(ApiKey).where(col(ApiKey.name) == name)).one()


def stored(server: Server, database: Database) -> bytes:
    """Return all that the database keeps: the bytes of its files, or every row of every table."""
    if server.name == "sqlite":
        file = make_url(database.url).database or ""
        with database.engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(PASSIVE)")
        return b"".join(path.read_bytes() for path in map(Path, (file, f"{file}-wal")) if path.exists())
    with database.engine.connect() as connection:
        tables = inspect(connection).get_table_names()
        rows = [connection.execute(text(f'SELECT CAST(t AS text) FROM "{name}" t')).scalars() for name in tables]
        return "\n".join(str(row) for table in rows for row in table).encode()


def test_only_the_hash_of_a_key_is_kept(server: Server, fresh: Database, client_of: Serve) -> None:
    key, client = new_key(fresh, NAME), client_of(fresh)
    again = bearer(key) | {"If-Match": "*", "Idempotency-Key": "une-fois"}
    assert client.post("/v1/organisations", json={"name": "Régie gardée"}, headers=again).status_code == 201
    assert client.patch(f"{ARCHER}?reason=Motif-gardé", json=NEW, headers=again).status_code == 422
    refused(tried(client, f"{key}x"), 401)
    kept = stored(server, fresh)
    for shown in (digest(key), NAME, "une-fois", "regie-gardee"):  # so that the search could find the key
        assert shown.encode() in kept
    assert key.encode() not in kept


BAD_KEYS: Final[list[tuple[str, KeyRole, Collection[str], str]]] = [
    ("", KeyRole.READER, [], "1 à 100 caractères"),
    ("   ", KeyRole.READER, [], "1 à 100 caractères"),
    ("x" * 101, KeyRole.READER, [], "1 à 100 caractères"),
    ("CRESS\nAURA", KeyRole.READER, [], "d’une ligne"),
    ("CRESS\x1b[2J", KeyRole.READER, [], "d’une ligne"),
    ("CRESS\x00", KeyRole.READER, [], "d’une ligne"),
    ("合作社", KeyRole.READER, [], "une lettre ou un chiffre latins"),
    ("…", KeyRole.READER, [], "une lettre ou un chiffre latins"),
    ("seed", KeyRole.NATIONAL, [], "prend pour lui-même"),
    ("Anonyme !", KeyRole.NATIONAL, [], "prend pour lui-même"),
    ("IMPORT", KeyRole.NATIONAL, [], "prend pour lui-même"),
    ("Neuf", KeyRole.CURATOR, [], "une région au moins"),
    ("Neuf", KeyRole.READER, ["84"], "les autres rôles avec aucune"),
    ("Neuf", KeyRole.NATIONAL, ["84"], "les autres rôles avec aucune"),
    ("Neuf", KeyRole.ADMIN, ["84", "11"], "les autres rôles avec aucune"),
    ("Neuf", KeyRole.CURATOR, ["99"], "Région « 99 » inconnue. Codes : 01 (Guadeloupe)"),
    ("Neuf", KeyRole.CURATOR, ["84", "Bretagne"], "Région « Bretagne » inconnue"),
    ("Neuf", KeyRole.CURATOR, ["84 "], "Région « 84  » inconnue"),
]


@pytest.mark.parametrize(("name", "role", "regions", "said"), BAD_KEYS, ids=[repr(case[:3])[:60] for case in BAD_KEYS])
def test_a_key_that_makes_no_sense_is_refused(
    session: Session, name: str, role: KeyRole, regions: list[str], said: str
) -> None:
    before = len(keys.list_keys(session))
    with pytest.raises(BadKey) as refusal:
        keys.create(session, name=name, role=role, regions=regions)
    assert said in str(refusal.value)
    assert len(keys.list_keys(session)) == before


@pytest.mark.parametrize(("first", "second", "taken"), [
    ("Éco Île", "Éco Île", True),
    ("Éco Île", "  Éco Île  ", True),
    ("Éco Île", "éco île", True),
    ("Éco Île", "ECO-ILE", True),
    ("Éco Île", "eco_ile !", True),
    ("Éco Île 合作社", "Éco Île", True),
    ("n" * 80 + " un", "n" * 80 + " deux", True),
    ("Éco Île", "Éco Île 2", False),
    ("Éco Île", "Écoîle", False),
])  # fmt: skip
def test_two_holders_never_share_one_source(session: Session, first: str, second: str, *, taken: bool) -> None:
    keys.create(session, name=first, role=KeyRole.NATIONAL, regions=[])
    if not taken:
        keys.create(session, name=second, role=KeyRole.NATIONAL, regions=[])
        return
    with pytest.raises(BadKey, match="a déjà une clé : remplacez-la par `ptce keys rotate`"):
        keys.create(session, name=second, role=KeyRole.NATIONAL, regions=[])


def test_the_name_of_a_key_that_ended_stays_taken(session: Session) -> None:
    for name, end in (("Révoquée", timedelta(days=1)), ("Expirée", timedelta(seconds=-1))):
        keys.create(session, name=name, role=KeyRole.READER, regions=[])
        row_of(session, name).expires_at = datetime.now(UTC) + end
    keys.revoke(session, "Révoquée")
    for name, ended in (("Révoquée", "est révoquée"), ("Expirée", "a expiré")):
        with pytest.raises(BadKey, match="a déjà une clé"):
            keys.create(session, name=name, role=KeyRole.READER, regions=[])
        with pytest.raises(BadKey, match=ended):
            keys.rotate(session, name)


def test_a_name_that_nobody_has_is_led_to_the_nearest(session: Session) -> None:
    keys.create(session, name="CRESS Bretagne", role=KeyRole.READER, regions=[])
    for change in (keys.rotate, keys.revoke):
        with pytest.raises(BadKey, match=r"« CRESS Bretagn »[.] Vouliez-vous « CRESS Bretagne »"):
            change(session, "CRESS Bretagn")


def test_a_key_cannot_end_before_it_begins(session: Session) -> None:
    for end in (datetime.now(UTC), datetime.now(UTC) - timedelta(days=1), datetime(1, 1, 1, tzinfo=UTC)):
        with pytest.raises(BadKey, match="Une date de fin à venir"):
            keys.create(session, name="Neuf", role=KeyRole.READER, regions=[], expires=end)


def test_every_region_may_have_its_curators(session: Session) -> None:
    codes = sorted(session.scalars(select(col(Region.code))))
    key = keys.create(session, name="Partout", role=KeyRole.CURATOR, regions=[*codes, *codes])
    held = keys.find(session, key)
    assert held
    assert sorted(held.editor.regions) == codes
    assert len(codes) >= 18


def test_keys_are_random_and_long(session: Session) -> None:
    made = [keys.create(session, name=f"Clé {number}", role=KeyRole.READER, regions=[]) for number in range(20)]
    made += [keys.rotate(session, f"Clé {number}") for number in range(20)]
    assert len(set(made)) == 40
    assert {len(one) for one in made} == {43}
    assert all(keys.find(session, one) is None for one in made[:20])
    assert all(keys.find(session, one) for one in made[20:])


def test_a_key_ends_when_it_expires(database: Database, client: httpx.Client) -> None:
    key = new_key(database, "Expirante", expires=datetime.now(UTC) + timedelta(days=1))
    assert tried(client, key).status_code == 200
    with database.writing() as session:
        row_of(session, "Expirante").expires_at = datetime.now(UTC)
    assert "a expiré" in refused(tried(client, key), 401)["detail"]
    refused(client.get(ARCHER, headers=bearer(key)), 401)  # it is not taken for a reader without a key


def test_a_key_ends_when_it_is_revoked_and_again(database: Database, client: httpx.Client) -> None:
    key = new_key(database, "Révocable")
    assert tried(client, key).status_code == 200
    with database.writing() as session:
        keys.revoke(session, "Révocable")
        ended = row_of(session, "Révocable").revoked_at
    assert "révoquée" in refused(tried(client, key), 401)["detail"]
    with database.writing() as session:
        keys.revoke(session, "Révocable")
        assert row_of(session, "Révocable").revoked_at == ended


def test_a_new_key_takes_the_place_of_the_old_one_with_the_same_rights(
    database: Database, client: httpx.Client
) -> None:
    old = new_key(database, "Tournante", KeyRole.CURATOR, ["84"])
    assert tried(client, old).status_code == 200
    with database.writing() as session:
        new = keys.rotate(session, "Tournante")
        assert row_of(session, "Tournante").last_used_at is None
    refused(tried(client, old), 401)
    assert tried(client, new).status_code == 200
    with database.reading() as session:
        held = keys.find(session, new)
    assert held
    assert (held.editor.name, held.editor.role, held.editor.regions) == (
        "Tournante",
        KeyRole.CURATOR,
        frozenset({"84"}),
    )


def last_use(database: Database, name: str) -> datetime | None:
    with database.reading() as session:
        return row_of(session, name).last_used_at


def test_the_last_use_of_a_key_is_recorded_once_an_hour(database: Database, client: httpx.Client) -> None:
    name, key = "Usagère", new_key(database, "Usagère", KeyRole.READER)
    assert last_use(database, name) is None
    refused(client.get(ARCHER, headers=bearer(key[:-1])), 401)
    assert last_use(database, name) is None

    before = datetime.now(UTC)
    assert client.get(ARCHER, headers=bearer(key)).status_code == 200
    first = last_use(database, name)
    assert first
    assert before <= first <= datetime.now(UTC)
    refused(tried(client, key), 403)
    assert last_use(database, name) == first

    with database.writing() as session:
        row_of(session, name).last_used_at = first - timedelta(hours=1, seconds=1)
    refused(tried(client, key), 403)  # a key is used by whom it does not let write, too
    again = last_use(database, name)
    assert again
    assert again > first


def test_a_database_that_takes_no_writes_stops_no_reader(server: Server, fresh: Database, client_of: Serve) -> None:
    key, client = new_key(fresh, NAME), client_of(fresh)
    statements = ["CREATE TRIGGER full BEFORE UPDATE ON api_key BEGIN SELECT RAISE(ABORT, 'full'); END"]
    if server.name == "postgresql":
        statements = ["ALTER TABLE api_key ADD CONSTRAINT unused CHECK (last_used_at IS NULL)"]
    with fresh.engine.begin() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)
    assert client.get(ARCHER, headers=bearer(key)).status_code == 200
    assert last_use(fresh, NAME) is None


def headers_of(key: str) -> list[tuple[str, list[bytes], bool]]:
    good = key.encode()
    return [
        ("as it should be", [b"Bearer " + good], True),
        ("small letters", [b"bearer " + good], True),
        ("capitals", [b"BEARER " + good], True),
        ("many blanks", [b"Bearer    " + good], True),
        ("no scheme", [good], False),
        ("no blank", [b"Bearer" + good], False),
        ("a tab", [b"Bearer\t" + good], False),
        ("a colon", [b"Bearer: " + good], False),
        ("quotes", [b'Bearer "' + good + b'"'], False),
        ("basic", [b"Basic " + good], False),
        ("token", [b"Token " + good], False),
        ("digest", [b"Digest " + good], False),
        ("scheme alone", [b"Bearer"], False),
        ("nothing", [b""], False),
        ("one letter less", [b"Bearer " + good[:-1]], False),
        ("one letter more", [b"Bearer " + good + b"A"], False),
        ("other cases", [b"Bearer " + good.swapcase()], False),
        ("its hash", [b"Bearer " + digest(key).encode()], False),
        ("two keys", [b"Bearer " + good + b" " + good], False),
        ("a list", [b"Bearer " + good + b", Bearer " + good], False),
        ("twice the header", [b"Bearer " + good, b"Bearer " + good], False),
        ("a good and a bad header", [b"Bearer " + good, b"Bearer " + b"x" * 43], False),
        ("a bad and a good header", [b"Bearer " + b"x" * 43, b"Bearer " + good], False),
        ("10 kB", [b"Bearer " + b"x" * 10_000], False),
        ("10 kB of scheme", [b"B" * 10_000 + b" " + good], False),
        ("accents", ["Bearer clé-é".encode("latin-1")], False),
        ("UTF-8", ["Bearer clé-合作社".encode()], False),
        ("bytes of no text", [b"Bearer \xff\xfe\x80"], False),
        ("percent", [b"Bearer %00%27"], False),
        ("SQL", [b"Bearer ' OR 1=1 --"], False),
    ]


@pytest.mark.parametrize("position", range(len(headers_of("k"))), ids=[case[0] for case in headers_of("k")])
def test_a_key_is_read_from_one_header_and_one_form(client: httpx.Client, key: str, position: int) -> None:
    _, sent, accepted = headers_of(key)[position]
    authorised = [(b"Authorization", value) for value in sent]
    read = client.get(ARCHER, headers=authorised)
    write = client.patch(f"{ARCHER}?dry_run=true", json=NEW, headers=[*authorised, (b"If-Match", b"*")])
    if accepted:
        assert read.status_code == 200
        assert read.headers["cache-control"] == "private, no-cache"
        written(write)
        return
    for response in (read, write):
        problem = refused(response, 401)
        assert "Forme attendue : « Authorization: Bearer CLÉ »" in problem["detail"]
        assert response.headers["www-authenticate"] == 'Bearer realm="registre"'
        assert key not in response.text
        assert "xxxx" not in response.text


def test_without_a_key_everything_is_read_and_nothing_written(client: httpx.Client) -> None:
    assert client.get(ARCHER).status_code == 200
    response = client.patch(ARCHER, json=NEW, headers={"If-Match": "*"})
    assert "Les clés sont données par `ptce keys`" in refused(response, 401)["detail"]
    assert response.headers["www-authenticate"] == 'Bearer realm="registre"'


LISTS: Final = ("/v1/poles", "/v1/organisations", "/v1/waves", "/v1/sources", "/v1/regions", "/v1/communes")


@pytest.mark.parametrize("path", [
    *(f"{path}.{format_}?limit=2" for path in LISTS for format_ in FORMATS),
    ARCHER, f"{ARCHER}.csv", f"{ARCHER}/members", f"{ARCHER}/history", "/v1/stats", "/v1/regions/84",
    "/v1/organisations/groupe-archer", "/v1/memberships/archer-pole-sud@groupe-archer", "/v1/labels/archer-pole-sud@aap-2013",
])  # fmt: skip
def test_what_is_read_with_a_key_is_kept_by_no_shared_cache(client: httpx.Client, key: str, path: str) -> None:
    mine, anyone = client.get(path, headers=bearer(key)), client.get(path)
    if mine.status_code == 406:
        assert anyone.status_code == 406  # a noun without that format
        return
    assert (mine.status_code, anyone.status_code) == (200, 200)
    assert mine.headers["cache-control"] == "private, no-cache"
    assert anyone.headers["cache-control"] == "public, no-cache"
    again = client.get(path, headers=bearer(key) | {"If-None-Match": mine.headers["etag"]})
    assert (again.status_code, again.headers["cache-control"]) == (304, "private, no-cache")


@pytest.mark.parametrize("written_as", [
    "key={key}", "api_key={key}", "access_token={key}", "token={key}", "authorization=Bearer%20{key}", "{key}=1", "{key}",
])  # fmt: skip
@pytest.mark.parametrize(("method", "path"), [
    ("GET", "/v1/poles"), ("GET", "/v1/poles.csv"), ("GET", ARCHER), ("GET", "/v1/stats"), ("GET", "/v1/sources"),
    ("PATCH", ARCHER), ("POST", "/v1/poles"), ("DELETE", ARCHER), ("POST", "/v1/imports"),
])  # fmt: skip
def test_a_key_in_an_address_is_refused_and_not_repeated(
    client: httpx.Client, key: str, method: str, path: str, written_as: str
) -> None:
    address = f"{path}?{written_as.format(key=key)}"
    content = None if method in {"GET", "DELETE"} else json.dumps({"name": "Neuf"}).encode()
    headers = {"Content-Type": "application/json", "If-Match": "*"}
    without = client.request(method, address, content=content, headers=headers)
    refused(without, 422 if method == "GET" else 401)
    beside = client.request(method, address, content=content, headers=headers | bearer(key))
    problem = refused(beside, 422)
    assert "un paramètre connu" in problem["detail"]
    for response in (without, beside):
        assert key not in response.text
        assert key not in str(response.headers)

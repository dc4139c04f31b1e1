"""Migrations: they agree with the models, go down and up again; the database itself refuses what cannot be."""

from collections.abc import Iterator
from typing import Any

import pytest
from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import CheckConstraint, Connection, inspect, text
from sqlalchemy.exc import IntegrityError
from sqlmodel import SQLModel

from app.changes import migrate
from app.database import Database
from tests.conftest import Server, opened

OTHERS = ("alembic_version", "spatial_ref_sys", "revision_text", "revision_box")  # not of the models
Schema = dict[str, dict[str, Any]]


def described(connection: Connection) -> Schema:
    """Describe every table of the models as the database sees it."""
    seen = inspect(connection)
    return {
        table: {
            "columns": [
                (column["name"], str(column["type"]), column["nullable"], getattr(column["type"], "collation", None))
                for column in sorted(seen.get_columns(table), key=lambda column: column["name"])
            ],
            "primary": seen.get_pk_constraint(table),
            "foreign": sorted(seen.get_foreign_keys(table), key=lambda key: str(key["name"])),
            "unique": sorted(seen.get_unique_constraints(table), key=lambda key: str(key["name"])),
            "checks": sorted(seen.get_check_constraints(table), key=lambda key: str(key["name"])),
            "indexes": sorted(map(written_out, seen.get_indexes(table)), key=lambda key: str(key["name"])),
        }
        for table in seen.get_table_names()
        if not table.startswith(OTHERS)
    }


def written_out(index: Any) -> dict[str, Any]:
    """Return an index with its condition as text: two clauses are never equal."""
    options = {name: str(value) for name, value in index.get("dialect_options", {}).items()}
    return {**index, "dialect_options": options}


def raw(connection: Connection) -> set[tuple[str, ...]]:
    """Return all that the database keeps of its schema, search tables included."""
    if connection.dialect.name == "sqlite":
        queries = ["SELECT type, name, sql FROM sqlite_master"]
    else:
        queries = [
            (
                "SELECT attrelid::regclass::text, attname, attnotnull, attcollation::regcollation, attstorage,"
                " format_type(atttypid, atttypmod) FROM pg_attribute JOIN pg_class c ON c.oid = attrelid"
                " WHERE attnum > 0 AND relnamespace = 'public'::regnamespace"
            ),
            "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'",
            "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE connamespace = 'public'::regnamespace",
            "SELECT relname, reloptions::text FROM pg_class WHERE relnamespace = 'public'::regnamespace",
        ]
    return {tuple(map(str, row)) for query in queries for row in connection.execute(text(query))}


@pytest.fixture
def migrated(empty: Database) -> Database:
    assert migrate.upgrade(empty)
    return empty


def test_alembic_finds_no_difference_with_the_models(migrated: Database) -> None:
    config = migrate.alembic_config()
    with migrated.engine.begin() as connection:
        config.attributes["connection"] = connection
        command.check(config)  # raises if autogenerate had something to say


def test_models_make_the_very_tables_of_the_migrations(server: Server, migrated: Database) -> None:
    """Alembic compares neither CHECKs nor collations: here the database describes both."""
    url = server.create()
    with opened(url) as made:
        SQLModel.metadata.create_all(made.engine)
        with made.engine.connect() as models, migrated.engine.connect() as migrations:
            assert described(models) == described(migrations)
    server.drop(url)


def test_what_is_read_of_migrations_is_what_alembic_reads() -> None:
    scripts = ScriptDirectory.from_config(migrate.alembic_config())
    assert migrate.head() == scripts.get_current_head()
    assert migrate.known() == {script.revision for script in scripts.walk_revisions()}


def test_every_migration_goes_down_and_up_again(migrated: Database) -> None:
    steps = list(ScriptDirectory.from_config(migrate.alembic_config()).walk_revisions())
    with migrated.engine.connect() as connection:
        before = raw(connection)
    for step in steps:
        migrate.downgrade(migrated, str(step.down_revision or "base"))
        migrate.upgrade(migrated, step.revision)
        migrate.downgrade(migrated, str(step.down_revision or "base"))
    with migrated.engine.connect() as connection:
        assert set(inspect(connection).get_table_names()) <= {"alembic_version", "spatial_ref_sys"}
    assert migrate.current(migrated) is None
    assert migrate.upgrade(migrated)
    with migrated.engine.connect() as connection:
        assert raw(connection) == before


def test_database_with_records_goes_down_too(fresh: Database) -> None:
    migrate.downgrade(fresh, "base")
    assert migrate.current(fresh) is None


def test_second_upgrade_has_nothing_to_do(migrated: Database) -> None:
    assert not migrate.upgrade(migrated)
    assert migrate.current(migrated) == migrate.head()


def test_every_registry_has_an_epoch_of_its_own(server: Server, migrated: Database) -> None:
    url = server.create()
    with opened(url) as other:
        migrate.upgrade(other)
        epochs = set()
        for database in (migrated, other):
            with database.reading() as session:
                epochs.add(session.execute(text("SELECT epoch FROM registry")).scalar_one())
    server.drop(url)
    assert len(epochs) == 2


def test_every_constraint_has_a_name(migrated: Database) -> None:
    with migrated.engine.connect() as connection:
        schema = described(connection)
    for table, parts in schema.items():
        constraints = [parts["primary"], *parts["foreign"], *parts["unique"], *parts["checks"], *parts["indexes"]]
        assert all(constraint["name"] for constraint in constraints), table
    assert all(constraint.name for table in SQLModel.metadata.tables.values() for constraint in table.constraints)


def test_every_enum_has_a_check_in_the_models_and_the_database(migrated: Database) -> None:
    with migrated.engine.connect() as connection:
        seen = inspect(connection)
        for table in SQLModel.metadata.sorted_tables:
            wanted = {str(one.name) for one in table.constraints if isinstance(one, CheckConstraint)}
            assert {str(one["name"]) for one in seen.get_check_constraints(table.name)} == wanted


ROWS: dict[str, dict[str, Any]] = {
    "pole": {"id": "p", "name": "P", "status": "active", "seat_precision": "none"},
    "organisation": {"id": "o", "name": "O", "kind": "other"},
    "wave": {"id": "w", "name": "W", "kind": "AAP"},
    "label": {"pole": "p", "wave": "w", "outcome": "laureate", "evidence": "stated"},
    "membership": {"pole": "p", "organisation": "o", "role": "member"},
    "pole_unit": {"pole": "p", "kind": "region", "code": "84", "position": 0},
    "official_count": {"id": "c", "as_of": "2011", "count": 1, "counts_what": "x", "publisher": "x"},
    "source": {"id": "s", "url": "https://x.fr", "publisher": "x", "seen_on": "2026-01-01"},
    "citation": {"kind": "pole", "record": "p", "field": "", "source": "s"},
    "write": {"serial": 1, "last_revision": 1, "recorded_at": "2026-01-01", "editor": "x", "reason": "x"},
    "revision": {
        "id": 1, "serial": 1, "kind": "pole", "record_id": "p", "action": "created", "until": 2, "edited": True, "name_sort": "p",
    },
    "region": {"code": "84", "name": "R"},
    "epci": {"code": "200067999", "name": "E", "nature": "CC"},
}  # fmt: skip


def insert(connection: Connection, table: str, row: dict[str, Any]) -> None:
    names = ", ".join(row)
    connection.execute(text(f"INSERT INTO {table} ({names}) VALUES ({', '.join(':' + name for name in row)})"), row)


@pytest.fixture(scope="module")
def filled(server: Server) -> Iterator[Database]:
    """Give a database with one row of each noun; whatever is tried on it is undone."""
    url = server.create()
    with opened(url) as database:
        migrate.upgrade(database)
        with database.engine.begin() as connection:
            for table, row in ROWS.items():
                insert(connection, table, row)
        yield database
    server.drop(url)


_DATES = [("pole", "status_as_of"), ("pole", "ended_on"), ("wave", "opened_on"), ("wave", "closed_on")]
_DATES += [("wave", "results_on"), ("label", "awarded_on"), ("membership", "since"), ("membership", "until")]
_DATES += [("official_count", "as_of")]
_COUNTS = [("pole", "member_count"), ("pole", "job_count"), ("wave", "candidates"), ("wave", "laureates")]
_COUNTS += [("wave", "budget_eur"), ("wave", "duration_months"), ("label", "funding_eur"), ("official_count", "count")]
_ENUMS = [("pole", "status"), ("pole", "seat_precision"), ("organisation", "kind"), ("wave", "kind")]
_ENUMS += [("label", "outcome"), ("label", "evidence"), ("membership", "role"), ("pole_unit", "kind")]
_ENUMS += [("citation", "kind"), ("revision", "kind"), ("revision", "action")]
_REFERENCES = [
    ("label", "wave"), ("label", "pole"), ("membership", "organisation"), ("membership", "pole"), ("pole_unit", "pole"),
    ("pole", "seat_commune"), ("pole", "departement"), ("pole", "region"), ("organisation", "commune"),
    ("citation", "source"), ("revision", "serial"), ("revision", "facet_set"),
]  # fmt: skip

_UNKNOWN = {"serial": 99, "facet_set": 99}
_LOCATED = ("pole", "region", "epci", "revision")


@pytest.mark.parametrize(
    ("table", "values", "constraint"),
    [
        *((table, {"longitude": 2, "latitude": 91}, f"ck_{table}_latitude") for table in _LOCATED),
        *((table, {"longitude": -180.1, "latitude": 4}, f"ck_{table}_longitude") for table in ("pole", "revision")),
        ("pole", {"longitude": 2}, "ck_pole_point"),
        ("revision", {"latitude": 2}, "ck_revision_point"),
        ("revision", {"until": 1}, "ck_revision_until"),
        ("revision", {"until": 0}, "ck_revision_until"),
        ("revision", {"action": "merged"}, "ck_revision_successor"),
        ("registry", {"id": 2}, "ck_registry_one_row"),
        ("pole", {"founded_year": 207}, "ck_pole_founded_year"),
        *((table, {column: "2021-13"}, f"ck_{table}_{column}") for table, column in _DATES),
        *((table, {column: -1}, f"ck_{table}_{column}") for table, column in _COUNTS),
        *((table, {column: "ACTIVE"}, f"ck_{table}_") for table, column in _ENUMS),
        *((table, {column: _UNKNOWN.get(column, "99")}, f"fk_{table}_{column}") for table, column in _REFERENCES),
    ],
)  # fmt: skip
def test_database_refuses(filled: Database, table: str, values: dict[str, Any], constraint: str) -> None:
    changes = ", ".join(f"{name} = :{name}" for name in values)
    with pytest.raises(IntegrityError) as refused, filled.engine.begin() as connection:
        connection.execute(text(f"UPDATE {table} SET {changes}"), values)
    said = str(refused.value.orig)
    assert constraint in said or (filled.is_sqlite and said == "FOREIGN KEY constraint failed" and "fk_" in constraint)


@pytest.mark.parametrize(
    "date",
    [
        "2021-13", "2021-00", "2021-01-00", "2021-01-32", "21", "2021-1", "0999", "2021/01", "", "2021-", "vers 2021",
        "2O21", "2021-0a", "2021-01-1x",
    ],
)  # fmt: skip
def test_text_that_is_no_date_is_refused_by_the_database(filled: Database, date: str) -> None:
    with pytest.raises(IntegrityError, match="ck_pole_status_as_of"), filled.engine.begin() as connection:
        connection.execute(text("UPDATE pole SET status_as_of = :date"), {"date": date})


@pytest.mark.parametrize("date", ["2021", "2021-12", "2021-12-31", None])
def test_date_of_known_precision_is_taken_by_the_database(filled: Database, date: str | None) -> None:
    with filled.engine.connect() as connection:  # never committed
        connection.execute(text("UPDATE pole SET status_as_of = :date"), {"date": date})


@pytest.mark.parametrize(
    ("table", "row"),
    [
        ("source", {"id": "s2"}),
        ("official_count", {"id": "c2"}),
        ("label", {"outcome": "supported"}),
        ("membership", {"role": "carrier"}),
        ("write", {"editor": "y"}),
    ],
)
def test_database_refuses_the_same_twice(filled: Database, table: str, row: dict[str, Any]) -> None:
    with pytest.raises(IntegrityError, match=r"(?i)unique"), filled.engine.begin() as connection:
        insert(connection, table, ROWS[table] | row)


def test_enums_are_stored_by_value(registry: Database) -> None:
    with registry.reading() as session:
        kinds = set(session.execute(text("SELECT DISTINCT kind FROM wave")).scalars())
        roles = set(session.execute(text("SELECT DISTINCT role FROM membership")).scalars())
    assert kinds == {"AAP", "AMI", "programme"}
    assert roles == {"carrier", "founder", "member", "partner"}

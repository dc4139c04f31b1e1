"""The revision log: serials without gaps, one current revision a record, an index that says what the facts say."""

import threading
from collections import defaultdict
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlmodel import col

from app.changes.publish import begin_write, publish
from app.database import Database
from app.models import FOREVER, Kind, Pole, Revision, RevisionTerm, Term, Write
from tests.changes.small_seed import REAL, SHARED, SeedFolder
from tests.changes.state import apply, contents, document, edit, faults, last_serial, published
from tests.conftest import opened

Index = dict[tuple[str, str], set[str]]  # (filter, value): ids


def carried(database: Database, kind: Kind) -> Index:
    """Return what the index says of the records as they stand now."""
    index: Index = defaultdict(set)
    with database.reading() as session:
        rows = session.execute(
            select(col(Term.name), col(Term.value), col(Revision.record_id))
            .join(RevisionTerm, col(RevisionTerm.term) == col(Term.id))
            .join(Revision, col(Revision.id) == col(RevisionTerm.revision))
            .where(col(Term.kind) == kind, col(RevisionTerm.until) == FOREVER)
        )
        for name, value, record_id in rows:
            index[name, value].add(record_id)
    return index


def stated(folder: SeedFolder) -> Index:
    """Return what the CSV files say of the poles."""
    index: Index = defaultdict(set)
    for row in folder.rows("poles.csv"):
        columns = {"region": "region", "departement": "departement", "commune": "seat_commune", "epci": "epci"}
        for name, column in (columns | {"status": "status"}).items():
            if row[column]:
                index[name, row[column]].add(row["id"])
        for sector in filter(None, row["sectors"].split("|")):
            index["sector", sector].add(row["id"])
        for unit in filter(None, row["territory_codes"].split("|")):
            index["territory", unit].add(row["id"])
    for row in folder.rows("labels.csv"):
        index["wave", row["wave_id"]].add(row["pole_id"])
        index["outcome", row["outcome"]].add(row["pole_id"])
        index["award", f"{row['wave_id']}/{row['outcome']}"].add(row["pole_id"])
    for row in folder.rows("memberships.csv"):
        index["member", row["organisation_id"]].add(row["pole_id"])
    return index


def test_index_of_the_real_poles_says_what_the_files_say(registry: Database) -> None:
    wanted = stated(SeedFolder(REAL))
    found = carried(registry, Kind.POLE)
    names = {name for name, _ in wanted}
    assert {key: ids for key, ids in found.items() if key[0] in names} == wanted


def test_index_of_the_real_organisations_says_what_the_files_say(registry: Database) -> None:
    real = SeedFolder(REAL)
    wanted: Index = defaultdict(set)
    for row in real.rows("organisations.csv"):
        for name in ("kind", "commune", "siren"):
            if row[name]:
                wanted[name, row[name]].add(row["id"])
    for row in real.rows("memberships.csv"):
        wanted["role", row["role"]].add(row["organisation_id"])
        wanted["pole", row["pole_id"]].add(row["organisation_id"])
    names = {name for name, _ in wanted}
    found = carried(registry, Kind.ORGANISATION)
    assert {key: ids for key, ids in found.items() if key[0] in names} == wanted


def test_log_after_several_writes_has_no_gap(small: Database, folder: SeedFolder) -> None:
    edit(small, Kind.POLE, "archer-pole-sud", name="Archer 2")
    edit(small, Kind.ORGANISATION, SHARED, name="Maison 3")
    edit(small, Kind.WAVE, "aap-2013", name="Appel 4")
    edit(small, Kind.POLE, "archer-pole-sud", name="Archer 5")
    with small.reading() as session:
        writes = session.scalars(select(Write).order_by(col(Write.serial))).all()
        revisions = session.scalars(select(Revision).order_by(col(Revision.id))).all()
    assert [write.serial for write in writes] == [1, 2, 3, 4, 5]
    assert [revision.id for revision in revisions] == list(range(1, len(revisions) + 1))
    assert [revision.serial for revision in revisions] == sorted(revision.serial for revision in revisions)
    last = {revision.serial: revision.id for revision in revisions}
    assert {write.serial: write.last_revision for write in writes} == last
    assert [write.recorded_at for write in writes] == sorted(write.recorded_at for write in writes)
    assert faults(small, folder.path) == []


def test_superseded_revision_ends_where_the_next_begins(small: Database) -> None:
    edit(small, Kind.POLE, "archer-pole-sud", name="Archer 2")
    edit(small, Kind.POLE, "archer-pole-sud", name="Archer 3")
    with small.reading() as session:
        revisions = session.scalars(select(Revision).order_by(col(Revision.id))).all()
        untils = session.execute(select(col(RevisionTerm.revision), col(RevisionTerm.until)).distinct()).all()
    by_record: dict[tuple[str, str], list[Revision]] = defaultdict(list)
    for revision in revisions:
        by_record[revision.kind, revision.record_id].append(revision)
    assert len(by_record[Kind.POLE, "archer-pole-sud"]) == 3
    for history in by_record.values():
        assert [revision.until for revision in history] == [*(revision.id for revision in history[1:]), FOREVER]
    assert dict(untils).items() <= {revision.id: revision.until for revision in revisions}.items()
    assert len(untils) == len(dict(untils))


def test_past_of_the_index_is_kept(small: Database) -> None:
    edit(small, Kind.POLE, "archer-pole-sud", status="inactive")
    with small.reading() as session:
        rows = session.execute(
            select(col(Term.value), col(RevisionTerm.until) == FOREVER)
            .join(RevisionTerm, col(RevisionTerm.term) == col(Term.id))
            .join(Revision, col(Revision.id) == col(RevisionTerm.revision))
            .where(col(Term.name) == "status", col(Revision.record_id) == "archer-pole-sud")
        )
        assert {value: bool(current) for value, current in rows} == {"active": False, "inactive": True}


def test_write_that_changes_nothing_shown_publishes_nothing(small: Database) -> None:
    with small.writing() as session, begin_write(session, editor="x", reason="x") as writing:
        assert publish(writing, {Kind.POLE: {"archer-pole-sud"}}) == []
    assert last_serial(small) == 2
    assert published(small, 2) == set()


def test_unknown_record_publishes_nothing(small: Database) -> None:
    with small.writing() as session, begin_write(session, editor="x", reason="x") as writing:
        assert publish(writing, {Kind.POLE: {"nulle-part"}}) == []


def test_document_tells_its_write(small: Database) -> None:
    edit(small, Kind.POLE, "archer-pole-sud", job_count=7)
    shown = document(small, Kind.POLE, "archer-pole-sud")["revision"]
    with small.reading() as session:
        recorded_at = session.get_one(Write, 2).recorded_at
    assert (shown["serial"], shown["action"]) == (2, "updated")
    assert datetime.fromisoformat(shown["recorded_at"]) == recorded_at


@pytest.mark.parametrize("after", ["serial", "rows", "publication"])
def test_write_that_fails_half_way_leaves_nothing(small: Database, after: str) -> None:
    before = contents(small)

    def write() -> None:
        with small.writing() as session, begin_write(session, editor="x", reason="x") as writing:
            if after != "serial":
                session.get_one(Pole, "archer-pole-sud").name = "À moitié"
                session.flush()
            if after == "publication":
                assert publish(writing, {Kind.POLE: {"archer-pole-sud"}})
            raise RuntimeError("the power went")

    with pytest.raises(RuntimeError, match="the power went"):
        write()
    assert contents(small) == before
    edit(small, Kind.POLE, "archer-pole-sud", job_count=7)
    assert last_serial(small) == 2


def test_write_is_not_seen_before_it_is_committed(small: Database) -> None:
    before = contents(small)
    with small.writing() as session, begin_write(session, editor="x", reason="x") as writing:
        session.get_one(Pole, "archer-pole-sud").name = "Pas encore"
        session.flush()
        publish(writing, {Kind.POLE: {"archer-pole-sud"}})
        with opened(small.url) as another:
            assert contents(another) == before
    assert last_serial(small) == 2


def test_clock_that_steps_back_does_not_turn_the_log(small: Database) -> None:
    future = datetime.now(UTC) + timedelta(days=1)
    with small.writing() as session:
        session.get_one(Write, 1).recorded_at = future
    edit(small, Kind.POLE, "archer-pole-sud", job_count=7)
    with small.reading() as session:
        assert session.get_one(Write, 2).recorded_at >= future


def test_writers_at_the_same_time_take_serials_in_turn(small: Database, folder: SeedFolder) -> None:
    poles = [row["id"] for row in folder.rows("poles.csv")]
    together = threading.Barrier(len(poles))
    failures: list[BaseException] = []

    def write(pole: str) -> None:
        with opened(small.url) as own:
            together.wait(timeout=30)
            try:
                for number in range(3):
                    edit(own, Kind.POLE, pole, job_count=1000 + number)
            except BaseException as error:  # noqa: BLE001  told to the main thread
                failures.append(error)

    threads = [threading.Thread(target=write, args=(pole,)) for pole in poles]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert last_serial(small) == 1 + 3 * len(poles)
    assert all(published(small, serial) for serial in range(2, 2 + 3 * len(poles)))
    assert faults(small, folder.path) == []


def test_seeds_at_the_same_time_write_once(small: Database, folder: SeedFolder) -> None:
    folder.set("poles.csv", {"id": "archer-pole-sud"}, job_count="1234")
    together = threading.Barrier(2)
    serials: list[int | None] = []

    def run() -> None:
        with opened(small.url) as own:
            together.wait(timeout=30)
            serials.append(apply(own, folder.path).serial)

    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(serials, key=str) == [2, None]

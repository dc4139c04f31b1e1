"""A database filled with the data set by the registry’s own write path, many records a write; kept, and resumed."""

from collections.abc import Callable
from itertools import islice

from sqlalchemy import func, select
from sqlmodel import Session, col

from app.changes import migrate, rows
from app.changes.orders import Changes, Order, carry_out
from app.changes.publish import begin_write, publish
from app.changes.rows import Difference, Wanted, key_of
from app.changes.seed_plan import EDITOR, plan_seed
from app.database import Database
from app.models import KeyRole, Kind, Write
from app.security import Editor
from app.settings import ROOT
from benchmarks import data

SEED = ROOT / "seed"
_ORDER = Order(Editor("benchmarks", KeyRole.NATIONAL), SEED, reason="Jeu d’essai")
_CIRCLES_A_WRITE = 100  # 10,000 poles: each write publishes the waves again, with all their labels


def fill(database: Database, poles: int, say: Callable[[str], None]) -> None:
    """Bring a database to so many poles: what it has already is kept, so that an interrupted run goes on."""
    migrate.upgrade(database)
    with database.reading() as session:
        done = session.scalars(select(func.coalesce(func.max(col(Write.serial)), 0))).one()
    if not done:
        with database.writing() as session:
            _begin(session)
        done = 1
    circles = list(data.circles(poles))
    writes = [circles[start : start + _CIRCLES_A_WRITE] for start in range(0, len(circles), _CIRCLES_A_WRITE)]
    for number, some in enumerate(islice(writes, done - 1, None), start=done):
        say(f"{database.engine.dialect.name}, {poles} poles: write {number} of {len(writes)}")
        with database.writing() as session:
            write(session, some)


def _begin(session: Session) -> None:
    """Write what the poles need: geography, vocabularies, sources, waves; none of the real poles."""
    plan = plan_seed(session, SEED)
    waves = {record: found for record, found in plan.records.items() if record[0] is Kind.WAVE}
    with begin_write(session, editor=EDITOR, reason=_ORDER.reason or "") as writing:
        rows.apply(session, [*plan.reference, *(row for found in waves.values() for row in found)])
        publish(writing, {Kind.WAVE: [record_id for _, record_id in waves]})


def write(session: Session, circles: list[tuple[int, int]]) -> None:
    """Add the poles of these circles and their organisations, as one write."""
    wanted: list[Wanted] = []
    edited: dict[Kind, set[str]] = {Kind.POLE: set(), Kind.ORGANISATION: set()}
    for first, poles in circles:
        organisations, made = data.circle(first, poles)
        wanted += organisations
        edited[Kind.ORGANISATION] |= {row.values["id"] for row in organisations if "id" in row.values}
        for pole, rows_of_pole in made.items():
            edited[Kind.POLE].add(pole)
            wanted += rows_of_pole
    added = [Difference(row.table, key_of(row), None, row.values) for row in wanted]
    carry_out(session, _ORDER, None, Changes(added, edited))

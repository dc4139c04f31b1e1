"""The seed: what a first run brings, what a second one changes."""

from collections import Counter

import pytest
from sqlalchemy import func, select
from sqlmodel import SQLModel, col

from app.changes.seed_plan import plan_seed
from app.database import Database
from app.models import (
    Citation,
    CitedKind,
    Commune,
    Cress,
    Label,
    Membership,
    OfficialCount,
    Organisation,
    Pole,
    Revision,
    Sector,
    Source,
    Wave,
    Write,
)
from tests.changes.small_seed import SeedFolder
from tests.changes.state import apply, contents
from tests.conftest import SEED


@pytest.mark.parametrize(
    ("table", "number"),
    [
        (Pole, 115),
        (Organisation, 371),
        (Membership, 376),
        (Label, 74),
        (Wave, 8),
        (Sector, 20),
        (Source, 373),
        (OfficialCount, 13),
        (Cress, 18),
        (Commune, 34_969),
    ],
)
def test_real_seed_brings_every_line(registry: Database, table: type[SQLModel], number: int) -> None:
    with registry.reading() as session:
        assert session.scalar(select(func.count()).select_from(table)) == number


def test_real_seed_brings_every_citation_of_its_files(registry: Database) -> None:
    real = SeedFolder(SEED)
    kinds = {"poles": "pole", "organisations": "organisation", "labels": "label", "memberships": "membership"}
    wanted = set()
    for row in real.rows("citations.csv"):
        group, _, record = row["record"].partition("/")
        wanted.add((kinds[group], record, row["field"], row["source_id"]))
    carried = {
        "organisations.csv": ("organisation", "{id}"),
        "labels.csv": ("label", "{pole_id}@{wave_id}"),
        "memberships.csv": ("membership", "{pole_id}@{organisation_id}"),
        "waves.csv": ("wave", "{id}"),
        "cress.csv": ("cress", "{region}"),
    }
    for file, (kind, record) in carried.items():
        for row in real.rows(file):
            wanted |= {(kind, record.format(**row), "", source) for source in row["source_ids"].split("|")}
    with registry.reading() as session:
        rows = session.execute(select(*map(col, (Citation.kind, Citation.record, Citation.field, Citation.source))))
        found = {(str(kind), record, field, source) for kind, record, field, source in rows}
    assert {row for row in found if row[0] != CitedKind.OFFICIAL_COUNT} == wanted
    counts = sum(len(row["source_ids"].split("|")) for row in real.rows("official_counts.csv"))
    assert len(found) == len(wanted) + counts


def test_programme_of_services_is_a_wave(registry: Database) -> None:
    with registry.reading() as session:
        assert session.get_one(Wave, "offre-services-2021").kind == "programme"


def test_first_run_publishes_every_record_in_one_write(registry: Database) -> None:
    with registry.reading() as session:
        assert session.execute(select(col(Write.serial), col(Write.editor), col(Write.last_revision))).all() == [
            (1, "seed", 115 + 371 + 8)
        ]
        actions = session.execute(select(col(Revision.kind), col(Revision.action))).all()
    assert Counter((str(kind), str(action)) for kind, action in actions) == {
        ("pole", "created"): 115,
        ("organisation", "created"): 371,
        ("wave", "created"): 8,
    }


def test_second_run_of_the_real_seed_writes_nothing(fresh: Database) -> None:
    before = contents(fresh)
    outcome = apply(fresh, SEED)
    assert (outcome.serial, outcome.revisions) == (None, 0)
    assert contents(fresh) == before


def test_plan_shows_differences_and_writes_nothing(small: Database, folder: SeedFolder) -> None:
    folder.set("poles.csv", {"id": "archer-pole-sud"}, job_count="1234")
    before = contents(small)
    with small.reading() as session:
        plan = plan_seed(session, folder.path)
    assert [str(difference) for difference in plan.differences] == ["~ pole archer-pole-sud (job_count : None → 1234)"]
    assert contents(small) == before

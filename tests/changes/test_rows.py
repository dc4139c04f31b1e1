"""What a write has read is remembered until something may have changed it."""

import pytest
from sqlmodel import Session

from app.changes.rows import Difference, apply, insert_rows, row_where
from app.database import Database
from app.models import Pole, Precision, Status
from tests.routes.test_statements import statements

POLE = "archer-pole-sud"
NAMED = Difference(Pole, (POLE,), {"name": ""}, {"name": "Autre nom"})


def name(session: Session) -> str | None:
    pole = row_where(session, Pole, "id", POLE)
    return pole.name if pole else None


def test_a_write_reads_a_row_once(small: Database) -> None:
    with small.writing(keep=False) as session, statements() as sent:
        assert name(session) == name(session)
    assert len([one for one in sent if "FROM pole" in one]) == 1


def test_a_write_sees_the_rows_that_it_wrote(small: Database) -> None:
    with small.writing(keep=False) as session:
        assert name(session) != "Autre nom"
        apply(session, [NAMED])
        assert name(session) == "Autre nom"


def test_a_write_sees_what_the_orm_wrote(small: Database) -> None:
    with small.writing(keep=False) as session:
        assert name(session) != "Autre nom"
        session.get_one(Pole, POLE).name = "Autre nom"
        session.flush()
        assert name(session) == "Autre nom"


def test_a_write_forgets_what_a_trial_wrote(small: Database) -> None:
    with small.writing(keep=False) as session:
        before = name(session)
        with session.begin_nested() as trial:
            apply(session, [NAMED])
            assert name(session) == "Autre nom"
            trial.rollback()
        assert name(session) == before


def test_another_write_sees_the_rows_of_the_first(small: Database) -> None:
    with small.writing() as session:
        assert name(session) != "Autre nom"
        apply(session, [NAMED])
    with small.writing(keep=False) as session:
        assert name(session) == "Autre nom"


def test_a_new_row_has_the_defaults_of_its_table(small: Database) -> None:
    row = {"id": "neuf", "name": "Neuf", "status": Status.ACTIVE, "seat_precision": Precision.NONE}
    with small.writing(keep=False) as session:
        insert_rows(session, Pole, [row])
        stored = row_where(session, Pole, "id", "neuf")
        assert stored is not None
        assert (stored.retired, stored.status, stored.acronym) == (False, Status.ACTIVE, None)


@pytest.mark.parametrize("change", [{"name": "Autre nom"}, None])
def test_a_row_that_is_not_there_cannot_be_changed(small: Database, change: dict[str, str] | None) -> None:
    with small.writing(keep=False) as session, pytest.raises(RuntimeError, match="0 rows changed"):
        apply(session, [Difference(Pole, ("nulle-part",), {"name": ""}, change)])

"""The seed leaves alone what an editor wrote or retired, and applies the rest."""

import json

import pytest
from sqlalchemy import text

from app.changes.index import Made, store
from app.changes.publish import begin_write, current_revisions
from app.database import Database
from app.models import Action, Kind, Pole, Revision
from app.renderers.document import Rendered
from tests.changes.small_seed import SeedFolder
from tests.changes.state import apply, document, edit, faults, last_serial, published


def test_record_of_another_editor_is_a_conflict_and_the_others_are_applied(small: Database, folder: SeedFolder) -> None:
    edit(small, Kind.POLE, "archer-pole-sud", job_count=7)
    folder.set("poles.csv", {"id": "archer-pole-sud"}, job_count="1234")
    folder.set("poles.csv", {"id": "le-phares"}, job_count="55")
    outcome = apply(small, folder.path)
    (conflict,) = outcome.plan.conflicts
    assert (conflict.kind, conflict.record_id) == (Kind.POLE, "archer-pole-sud")
    assert "« CRESS Test »" in str(conflict)
    assert published(small, 3) == {("pole", "le-phares")}
    assert document(small, Kind.POLE, "archer-pole-sud")["job_count"] == 7
    again = apply(small, folder.path)
    assert (again.serial, len(again.plan.conflicts)) == (None, 1)
    assert faults(small, folder.path) == []


def test_curators_work_outlives_a_republication_by_the_seed(small: Database, folder: SeedFolder) -> None:
    """The seed renames a member: the pole is published again, but its facts are still the curator's."""
    edit(small, Kind.POLE, "archer-pole-sud", job_count=7)
    folder.set("organisations.csv", {"id": "groupe-archer"}, name="Archer renommé")
    apply(small, folder.path)
    assert ("pole", "archer-pole-sud") in published(small, 3)
    again = apply(small, folder.path)
    assert document(small, Kind.POLE, "archer-pole-sud")["job_count"] == 7
    assert [conflict.record_id for conflict in again.plan.conflicts] == ["archer-pole-sud"]


def test_record_republished_by_a_curators_write_beside_it_still_follows_the_seed(
    small: Database, folder: SeedFolder
) -> None:
    """A curator renames a pole: its members are published again, but nobody edited their facts."""
    edit(small, Kind.POLE, "archer-pole-sud", name="Archer de la CRESS")
    folder.set("organisations.csv", {"id": "adie"}, website="https://www.adie.org")
    outcome = apply(small, folder.path)
    assert [conflict.record_id for conflict in outcome.plan.conflicts] == ["archer-pole-sud"]
    assert document(small, Kind.ORGANISATION, "adie")["website"] == "https://www.adie.org"


@pytest.mark.parametrize("action", [Action.RETIRED, Action.MERGED])
def test_retired_record_is_never_revived(small: Database, folder: SeedFolder, action: Action) -> None:
    leave(small, "archer-pole-sud", action)
    folder.set("poles.csv", {"id": "archer-pole-sud"}, job_count="1234")
    folder.set("organisations.csv", {"id": "groupe-archer"}, name="Archer renommé")
    outcome = apply(small, folder.path)
    assert [conflict.record_id for conflict in outcome.plan.conflicts] == ["archer-pole-sud"]
    assert published(small, 3) == {("organisation", "groupe-archer")}
    with small.reading() as session:
        standing = current_revisions(session, Kind.POLE, ["archer-pole-sud"])["archer-pole-sud"].revision
        assert (standing.action, standing.serial, standing.facet_set) == (action, 2, None)
        assert session.get_one(Pole, "archer-pole-sud").job_count is None
    assert faults(small, folder.path) == []


def test_retired_record_stands_in_no_list(small: Database, folder: SeedFolder) -> None:
    leave(small, "archer-pole-sud", Action.RETIRED)
    with small.reading() as session:
        terms = session.execute(
            text(
                "SELECT t.name FROM revision r JOIN revision_term rt ON rt.revision = r.id"
                " JOIN term t ON t.id = rt.term WHERE r.record_id = 'archer-pole-sud' AND r.kind = 'pole'"
                " AND rt.until = 2147483647"
            )
        ).all()
    assert terms == []
    assert faults(small, folder.path) == []
    assert apply(small, folder.path).serial is None


def leave(database: Database, pole: str, action: Action) -> None:
    """Retire or merge a pole as the revision log records it: a revision without an entry in the index."""
    successor = "le-phares" if action is Action.MERGED else None
    with database.writing() as session, begin_write(session, editor="CRESS Test", reason="Retrait") as writing:
        old = current_revisions(session, Kind.POLE, [pole])[pole]
        shown = json.loads(old.body)
        shown["revision"] |= {"serial": writing.serial, "action": action}
        revision = Revision(
            id=writing.next_revision(), serial=writing.serial, kind=Kind.POLE, record_id=pole, action=action,
            name_sort=old.revision.name_sort, successor=successor,
        )  # fmt: skip
        store(session, [Made(revision, Rendered(json.dumps(shown).encode(), b"", b""), old, None)])
    assert last_serial(database) == 2

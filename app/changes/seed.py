"""Seed the database from `seed/`: what is new is added, what came from a seed is corrected, the rest is left alone."""

from dataclasses import dataclass
from pathlib import Path

from sqlmodel import Session

from app.changes.publish import begin_write, current_revisions, publish
from app.changes.rows import Progress, apply, quietly
from app.changes.seed_plan import EDITOR, Plan, plan_seed
from app.models import Kind


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a seed run did: the serial it took (None if nothing differed) and the number of revisions it published."""

    plan: Plan
    serial: int | None
    revisions: int


def seed_database(session: Session, folder: Path, progress: Progress = quietly) -> Outcome:
    """Bring the database in step with the seed, in one write. Raises BadSheets, having written nothing."""
    progress("Lecture et contrôle du jeu de données", 0, 1)
    plan = plan_seed(session, folder)
    differences = plan.differences
    if not differences:
        return Outcome(plan, None, 0)
    with begin_write(session, editor=EDITOR, reason="Jeu de données initial (seed/)") as writing:
        apply(session, differences, progress)
        progress("Publication des fiches", 0, 1)
        revisions = publish(writing, _edited(plan), _shown(session, plan))
        progress("Publication des fiches", 1, 1)
        return Outcome(plan, writing.serial, len(revisions))


def _shown(session: Session, plan: Plan) -> dict[Kind, set[str]]:
    """Return the records that may show something else: all of them if a name or a container has changed."""
    return {kind: set(current_revisions(session, kind)) for kind in Kind} if plan.reference else {}


def _edited(plan: Plan) -> dict[Kind, set[str]]:
    return {kind: {record_id for owner, record_id in plan.records if owner is kind} for kind in Kind}

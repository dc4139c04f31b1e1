"""What a write would do, in public terms: the revisions that it makes, the filters that records enter or leave."""

from collections.abc import Iterable
from typing import Final

from app.changes.bodies import parsed
from app.changes.orders import Done
from app.changes.publish import Published
from app.models.revision import ConsequencePublic, FilterValue, TrialPublic
from app.renderers import history

# Terms of the index that are no filter by themselves.
_INNER: Final = {"award", "territory_in", "territory_unknown"}


def of(done: Done) -> TrialPublic:
    """Return the public consequence of a write that is about to be taken back."""
    return TrialPublic(dry_run=True, revisions=of_all(done.published))


def of_all(published: Iterable[Published]) -> list[ConsequencePublic]:
    return [_consequence(one) for one in published]


def _consequence(one: Published) -> ConsequencePublic:
    before = parsed(one.before) if one.before else None
    changes = list(history.differences(before, parsed(one.after))) if before else []
    return ConsequencePublic(
        kind=one.revision.kind,
        id=one.revision.record_id,
        action=one.revision.action,
        changes=changes,
        enters=_filters(one.entered),
        leaves=_filters(one.left),
    )


def _filters(terms: Iterable[tuple[str, str]]) -> list[FilterValue]:
    return [FilterValue(filter=name, value=value) for name, value in sorted(terms) if name not in _INNER]

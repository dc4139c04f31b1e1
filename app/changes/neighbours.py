"""What other records show of a record, read in its document: a write loads only the neighbours for which it differs."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from app.changes.bodies import Json
from app.models import Kind, Public
from app.models.organisation import MembershipOfPublic, OrganisationRef
from app.models.wave import AwardPublic, PoleRef, WaveRef

Neighbour = tuple[Kind, str]

# What is found of a record in the documents, terms and words of others: all of it is in these shapes.
_ITSELF: Final[Mapping[Kind, type[Public]]] = {
    Kind.POLE: PoleRef,
    Kind.ORGANISATION: OrganisationRef,
    Kind.WAVE: WaveRef,
}
_MEMBERSHIP: Final = MembershipOfPublic.model_fields.keys() - {"pole"}
_LABEL: Final = AwardPublic.model_fields.keys() - {"pole"}
# Where a document lists its links: the kind and the name of their other end, and what is shown there of the link.
_LINKS: Final = {
    Kind.POLE: {
        "members": (Kind.ORGANISATION, "organisation", _MEMBERSHIP),
        "labels": (Kind.WAVE, "wave", _LABEL),
    },
    Kind.ORGANISATION: {"poles": (Kind.POLE, "pole", _MEMBERSHIP)},
    Kind.WAVE: {"labels": (Kind.POLE, "pole", _LABEL)},
}


def differing(kind: Kind, before: Json | None, after: Json | None) -> Iterator[Neighbour]:
    """Yield the neighbours that show something else of a record after a write; its document is None where it ended."""
    old, new = _seen(kind, before), _seen(kind, after)
    return (one for one in old.keys() | new.keys() if old.get(one) != new.get(one))


def _seen(kind: Kind, document: Json | None) -> dict[Neighbour, Any]:
    """Return what each neighbour shows of a record."""
    if document is None:
        return {}
    itself = {name: document.get(name) for name in _ITSELF[kind].model_fields}
    return {
        (other, link[end]["id"]): (itself, {name: link.get(name) for name in shown})
        for listed, (other, end, shown) in _LINKS[kind].items()
        for link in document.get(listed, ())
    }

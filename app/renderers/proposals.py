"""Proposals as they are shown: to all, where each stands; to curators, the whole; to feed readers, that it is there."""

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from xml.etree import ElementTree as ET

from app import wording
from app.models import Proposal
from app.models.proposal import ProposalDetails, ProposalPublic
from app.renderers.listing import utc

ATOM = "application/atom+xml"
_NAMESPACE = "http://www.w3.org/2005/Atom"
_SHOWN = ("id", "kind", "record", "state", "received_at", "decided_at", "editor", "reason", "serial")


def public(row: Proposal) -> ProposalPublic:
    return ProposalPublic(url=_path(row), **_values(row))


def details(row: Proposal, regions: Sequence[str]) -> ProposalDetails:
    return ProposalDetails(
        url=_path(row),
        **_values(row),
        regions=list(regions),
        national=row.national,
        change=json.loads(row.change),
        source=row.source,
        message=row.message,
        contact=row.contact,
    )


def feed(told: Sequence[tuple[Proposal, list[str]]], *, address: str, base: str, since: datetime) -> bytes:
    """Return an Atom feed (RFC 4287): which records are concerned, and where each stands.

    Nothing of what was proposed stands in it, but the names of the fields: nobody has read it yet.
    `since` dates a feed without entries.
    """
    root = ET.Element("feed", xmlns=_NAMESPACE)
    _add(root, "id", address)
    _add(root, "title", "Registre des PTCE : propositions")
    _add(root, "updated", utc(max([since, *(_updated(row) for row, _ in told)])))
    _add(root, "link", rel="self", type=ATOM, href=address)
    _add(_add(root, "author"), "name", "Registre des PTCE")
    for row, regions in told:
        entry = _add(root, "entry")
        _add(entry, "id", base + _path(row))
        _add(entry, "title", f"{_title(row)} ({wording.PROPOSAL_STATE[row.state].lower()})")
        _add(entry, "updated", utc(_updated(row)))
        _add(entry, "published", utc(row.received_at))
        _add(entry, "link", rel="alternate", type="application/json", href=base + _path(row))
        _add(entry, "summary", _summary(row, regions))
        for region in regions:
            _add(entry, "category", term=f"region:{region}")
    ET.indent(root)
    written: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return written


def _path(row: Proposal) -> str:
    return f"/v1/proposals/{row.id}"


def _values(row: Proposal) -> dict[str, Any]:
    return {name: getattr(row, name) for name in _SHOWN}


def _updated(row: Proposal) -> datetime:
    return row.decided_at or row.received_at


def _title(row: Proposal) -> str:
    kind = wording.PROPOSED_KIND[row.kind]
    return f"{kind} : {row.record}" if row.record else f"{kind} : proposition de création"


def _summary(row: Proposal, regions: Sequence[str]) -> str:
    where = f"Région {', '.join(regions)}" if regions else "Cellule nationale"
    return f"{where}. Champs concernés : {', '.join(_fields(json.loads(row.change)))}."


def _fields(change: dict[str, Any]) -> Iterable[str]:
    return sorted(change)


def _add(parent: ET.Element, name: str, text: str | None = None, **attributes: str) -> ET.Element:
    made = ET.SubElement(parent, name, attributes)
    made.text = text
    return made

"""Statistics of the registry at a cut, in six statements."""

import json
from typing import Any

from sqlalchemy import func, select
from sqlmodel import Session, col

from app.models import CitedKind, OfficialCount, OfficialCountPublic
from app.models.stats import FacetCount, PoleStats, WaveStats
from app.queries import facets
from app.queries.asked import PoleQuery, WaveQuery
from app.queries.asked_organisations import OrganisationQuery
from app.queries.conditions import conditions
from app.queries.records import select_facet
from app.queries.run import read_page
from app.queries.sources import read_sources
from app.queries.state import State

_FACETS = ("status", "precision", "region", "departement", "wave", "outcome", "sector")


def read_pole_stats(session: Session, state: State) -> PoleStats:
    rows = session.execute(select_facet(conditions(PoleQuery(), [], state.cut))).all()
    counted = {f"by_{name}": [FacetCount(**count) for count in facets.expand(rows, name)] for name in _FACETS}
    return PoleStats(total=sum(number for _, number in rows), **counted)


def read_organisation_count(session: Session, state: State) -> int:
    rows = session.execute(select_facet(conditions(OrganisationQuery(), [], state.cut))).all()
    return sum(number for _, number in rows)


def read_wave_stats(session: Session, state: State) -> list[WaveStats]:
    page = read_page(session, WaveQuery(limit=1000, sort="founded"), [], state, "body")
    waves: list[dict[str, Any]] = [json.loads(piece) for piece in page.pieces]
    return [
        WaveStats(
            announced=wave["laureates"], **{name: wave[name] for name in WaveStats.model_fields if name != "announced"}
        )
        for wave in waves
    ]


def read_official_counts(session: Session, state: State) -> list[OfficialCountPublic]:
    counts = session.scalars(
        select(OfficialCount).order_by(col(OfficialCount.as_of), func.lower(col(OfficialCount.id)))
    ).all()
    sources = read_sources(session, {CitedKind.OFFICIAL_COUNT: [count.id for count in counts]}, state.serial)
    return [
        OfficialCountPublic(
            as_of=count.as_of,
            count=count.count,
            counts_what=count.counts_what,
            publisher=count.publisher,
            sources=list(sources[CitedKind.OFFICIAL_COUNT, count.id]),
        )
        for count in counts
    ]

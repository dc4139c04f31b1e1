"""Every record that stands, with the time of its latest write: what a sitemap lists."""

from datetime import datetime

from sqlalchemy import select
from sqlmodel import Session, col

from app.models import FOREVER, Kind, Revision, Write

AT_MOST = 49_000  # a sitemap holds 50,000 addresses


def read_standing(session: Session) -> list[tuple[Kind, str, datetime]]:
    columns = (col(Revision.kind), col(Revision.record_id), col(Write.recorded_at))
    standing = (col(Revision.until) == FOREVER, col(Revision.facet_set).is_not(None))
    chosen = select(*columns).join(Write, col(Write.serial) == col(Revision.serial)).where(*standing)
    rows = session.execute(chosen.order_by(col(Revision.kind), col(Revision.record_id)).limit(AT_MOST))
    return [(kind, record, recorded_at) for kind, record, recorded_at in rows]

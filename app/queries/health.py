"""How far the registry has come, and how large its database is."""

from dataclasses import dataclass

from sqlalchemy import func, text
from sqlmodel import Session, col, select

from app.models import Write


@dataclass(frozen=True, slots=True)
class Vitals:
    """What the database says of itself."""

    serial: int
    bytes: int


def read_serial(session: Session) -> int:
    return session.exec(select(func.max(col(Write.serial)))).one() or 0


def read_vitals(session: Session) -> Vitals:
    size = (
        "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size"
        if session.get_bind().dialect.name == "sqlite"
        else "SELECT pg_database_size(current_database())"
    )
    return Vitals(read_serial(session), session.execute(text(size)).scalar_one())

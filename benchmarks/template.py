"""A service of the same poles as tutorials of FastAPI and SQLModel teach it: ORM, relationships, response_model.

It reads the tables that the registry writes, with the indexes that these have; no cache, no history, no sources.
"""

import math
import os
from typing import Annotated, Any

from fastapi import Depends, FastAPI, HTTPException
from sqlalchemy import func
from sqlalchemy.orm import selectinload
from sqlmodel import Field, Relationship, Session, SQLModel, col, create_engine, or_, select

engine = create_engine(os.environ["DATABASE_URL"])
app = FastAPI()


class Membership(SQLModel, table=True):
    pole_id: str = Field(primary_key=True, foreign_key="pole.id", sa_column_kwargs={"name": "pole"})
    organisation_id: str = Field(
        primary_key=True, foreign_key="organisation.id", sa_column_kwargs={"name": "organisation"}
    )
    role: str
    since: str | None
    organisation: "Organisation" = Relationship()


class Label(SQLModel, table=True):
    pole_id: str = Field(primary_key=True, foreign_key="pole.id", sa_column_kwargs={"name": "pole"})
    wave: str = Field(primary_key=True)
    outcome: str
    awarded_on: str | None


class OrganisationBase(SQLModel):
    id: str = Field(primary_key=True)
    name: str
    kind: str
    siren: str | None
    website: str | None


class Organisation(OrganisationBase, table=True):
    pass


class PoleBase(SQLModel):
    id: str = Field(primary_key=True)
    name: str
    acronym: str | None
    description: str | None
    status: str
    founded_year: int | None
    seat_address: str | None
    seat_postcode: str | None
    seat_commune: str | None
    departement: str | None
    region: str | None
    longitude: float | None
    latitude: float | None
    territory_text: str | None
    website: str | None
    member_count: int | None
    job_count: int | None


class Pole(PoleBase, table=True):
    members: list[Membership] = Relationship()
    labels: list[Label] = Relationship()


class LabelPublic(SQLModel):
    wave: str
    outcome: str
    awarded_on: str | None


class MemberPublic(SQLModel):
    role: str
    since: str | None
    organisation: OrganisationBase


class PolePublic(PoleBase):
    labels: list[LabelPublic]
    members: list[MemberPublic]


class PolesPublic(SQLModel):
    data: list[PolePublic]
    count: int


def get_session() -> Any:
    with Session(engine) as session:
        yield session


SessionDep = Annotated[Session, Depends(get_session)]
WHOLE = (
    selectinload(Pole.labels),  # type: ignore[arg-type]
    selectinload(Pole.members).selectinload(Membership.organisation),  # type: ignore[arg-type]
)


@app.get("/poles/{pole_id}", response_model=PolePublic)
def read_pole(session: SessionDep, pole_id: str) -> Any:
    pole = session.get(Pole, pole_id, options=WHOLE)
    if pole is None:
        raise HTTPException(status_code=404, detail="Pole not found")
    return pole


@app.get("/poles", response_model=PolesPublic)
def read_poles(
    session: SessionDep,
    bbox: str | None = None,
    lat: float | None = None,
    lon: float | None = None,
    radius: float | None = None,
    region: str | None = None,
    wave: str | None = None,
    q: str | None = None,
    limit: int = 100,
    offset: int = 0,
) -> Any:
    conditions: list[Any] = []
    if bbox:
        west, south, east, north = map(float, bbox.split(","))
        conditions += [col(Pole.longitude).between(west, east), col(Pole.latitude).between(south, north)]
    if region:
        conditions.append(col(Pole.region).in_(region.split(",")))
    if wave:
        labelled = select(Label.pole_id).where(col(Label.wave).in_(wave.split(",")))
        conditions.append(col(Pole.id).in_(labelled))
    for word in (q or "").split():
        pattern = f"%{word}%"
        conditions.append(or_(col(Pole.name).ilike(pattern), col(Pole.description).ilike(pattern)))
    if lat is not None and lon is not None and radius is not None:
        # A box around the circle in the database, distances in Python.
        high, wide = radius / 111, radius / 111 / math.cos(math.radians(lat))
        conditions += [col(Pole.longitude).between(lon - wide, lon + wide)]
        conditions += [col(Pole.latitude).between(lat - high, lat + high)]
        measured = sorted((distance(lat, lon, pole), pole.id) for pole in session.exec(select(Pole).where(*conditions)))
        near = [pole_id for kilometres, pole_id in measured if kilometres <= radius]
        chosen = select(Pole).where(col(Pole.id).in_(near[offset : offset + limit])).options(*WHOLE)
        return {"data": sorted(session.exec(chosen), key=lambda pole: near.index(pole.id)), "count": len(near)}
    count = session.exec(select(func.count()).select_from(Pole).where(*conditions)).one()
    ordered = select(Pole).where(*conditions).order_by(col(Pole.name)).offset(offset).limit(limit)
    return {"data": session.exec(ordered.options(*WHOLE)).all(), "count": count}


def distance(lat: float, lon: float, pole: Pole) -> float:
    """Return the distance to a pole, in kilometres."""
    south, north = math.radians(lat), math.radians(pole.latitude or 0)
    across = math.sin(math.radians((pole.longitude or 0) - lon) / 2) ** 2
    chord = math.sin((north - south) / 2) ** 2 + math.cos(south) * math.cos(north) * across
    return 12_742 * math.asin(math.sqrt(chord))

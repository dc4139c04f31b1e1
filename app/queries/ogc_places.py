"""Régions, départements and EPCI as collections: rows of the reference, their outlines from the folder of the seed."""

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import shapely
from sqlalchemy import ColumnElement, Subquery, case, exists, func, null, select, true
from sqlmodel import Session, col

from app.models import EpciDepartement, UnitKind
from app.queries import outlines, reference
from app.queries.asked_places import DepartementQuery, EpciQuery, ReferenceQuery
from app.queries.cql2_columns import Bytewise
from app.queries.cql2_scalars import Clause
from app.queries.cql2_shapes import Shape
from app.queries.ogc import Interval, ItemsQuery, Queryable
from app.queries.ogc_records import Extent
from app.queries.spatial import Area, Box


class Places:
    """The places of one kind, with the number of poles of each at a cut."""

    def __init__(self, kind: UnitKind, queryables: Sequence[Queryable], cut: int, seed_dir: Path) -> None:
        self.kind = kind
        self.queryables = {queryable.name: queryable for queryable in queryables}
        self.rows = _rows(kind, cut)
        self.layer = outlines.layer(seed_dir, kind)

    def column(self, name: str) -> Any:
        column = self.rows.c[name]
        return Bytewise(column) if self.queryables[name].type == "text" else column

    def any_of(self, name: str, test: Callable[[Any], Clause]) -> Clause:
        if name not in self.queryables:
            raise KeyError(name)
        departement = col(EpciDepartement.departement)
        return exists(select(departement).where(col(EpciDepartement.epci) == self.rows.c.code, test(departement)))

    def equals(self, queryable: Queryable, value: str | float | datetime) -> Clause:
        if queryable.type == "list":
            return self.any_of(queryable.name, lambda one: one == value)
        clause: Clause = self.column(queryable.name) == value
        return clause

    def within(self, shape: Shape) -> Clause:
        """Return whether the outline touches a shape; what has no outline touches none."""
        found = {code for part in shape for piece in _pieces(part) for code in touching(self.layer, piece)}
        clause: Clause = self.rows.c.code.in_(sorted(found))
        return clause

    def touches(self, shape: Shape) -> Clause:
        return case((self.has_geometry(), self.within(shape)), else_=null())

    def has_geometry(self) -> Clause:
        clause: Clause = self.rows.c.code.in_(sorted(self.layer.geometries))
        return clause

    def during(self, _interval: Interval) -> Clause:
        return true()

    def order(self, keys: Sequence[tuple[str, bool]]) -> list[ColumnElement[Any]]:
        columns = [(self.column(name), down) for name, down in keys]
        asked = [(column.desc() if down else column.asc()).nulls_last() for column, down in columns]
        return [*asked, Bytewise(self.rows.c.code)]

    def read_page(
        self, session: Session, clauses: Sequence[Clause], order: Sequence[ColumnElement[Any]], page: ItemsQuery
    ) -> tuple[list[Any], int]:
        """Return the rows of a page, and how many there are in all."""
        total = session.scalar(select(func.count()).select_from(self.rows).where(*clauses)) or 0
        chosen = select(self.rows).where(*clauses).order_by(*order).limit(page.limit).offset(page.offset)
        return list(session.execute(chosen).all()), total

    def read_extent(self, _session: Session) -> Extent:
        return Extent(_bounds(self.layer))


def read_departements(session: Session, epcis: Sequence[str]) -> Sequence[Any]:
    """Return rows (EPCI, code, name) of the départements where EPCI lie."""
    return session.execute(reference.select_epci_departements(epcis)).all()


def touching(layer: outlines.Layer, shape: shapely.Geometry) -> list[str]:
    codes, tree = list(layer.shapes), _tree(layer)
    return [codes[position] for position in tree.query(shape, predicate="intersects")]


@cache
def _tree(layer: outlines.Layer) -> shapely.STRtree:
    return shapely.STRtree(list(layer.shapes.values()))


@cache
def _bounds(layer: outlines.Layer) -> Box:
    return Box(*shapely.total_bounds(list(layer.shapes.values())).tolist())


def _pieces(part: Box | Area) -> list[shapely.Geometry]:
    if isinstance(part, Area):
        return [part.shape]
    if part.west <= part.east:
        return [shapely.box(*part)]
    return [shapely.box(part.west, part.south, 180, part.north), shapely.box(-180, part.south, part.east, part.north)]


def _rows(kind: UnitKind, cut: int) -> Subquery:
    if kind is UnitKind.REGION:
        return reference.select_regions(ReferenceQuery(), [], cut).order_by(None).subquery("place")
    if kind is UnitKind.DEPARTEMENT:
        return reference.select_departements(DepartementQuery(), [], cut).order_by(None).subquery("place")
    return reference.select_epcis(EpciQuery(), [], cut).order_by(None).subquery("place")

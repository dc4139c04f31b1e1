"""The collections of OGC API – Features: what each holds, what filters may name, how its features are read."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final

from sqlmodel import Session

from app import wording
from app.errors import NotFound
from app.models import CodeName, Kind, UnitKind
from app.queries import ogc_conditions, ogc_places
from app.queries.ogc import ItemsQuery, Queryable, Type, shape_of
from app.queries.ogc_crs import SYSTEMS
from app.queries.ogc_places import Places
from app.queries.ogc_records import Records
from app.queries.state import State
from app.renderers import columns, ogc, places
from app.renderers.columns import Column
from app.renderers.ogc import Shown

Features = tuple[list[bytes], int]
# An address is no fact to filter by; those of sources are long lists.
_NOT_ASKED: Final = {"url", "sources"}


@dataclass(frozen=True)
class Collection:
    """One collection: of records (`kind`) or of places (`unit`)."""

    id: str
    title: str
    description: str
    columns: Sequence[Column]
    kind: Kind | None = None
    unit: UnitKind | None = None

    @property
    def geometry(self) -> str:
        """The kind of geometry, as JSON Schemas of OGC API name it."""
        return "point" if self.kind else "polygon-or-multipolygon"

    @cached_property
    def asked_columns(self) -> list[Column]:
        return [column for column in self.columns if column.name not in _NOT_ASKED]

    @cached_property
    def sorted_columns(self) -> list[Column]:
        return [column for column in self.asked_columns if column.type != "list"]

    @cached_property
    def queryables(self) -> tuple[Queryable, ...]:
        def type_of(column: Column) -> Type:
            return "instant" if column.name == "recorded_at" else column.type

        return (
            Queryable("geometry", "geometry"),
            *(Queryable(column.name, type_of(column)) for column in self.asked_columns),
        )

    @cached_property
    def names(self) -> set[str]:
        return {queryable.name for queryable in self.queryables}

    @property
    def order(self) -> tuple[str, ...]:
        return ("name",) if self.kind else ("code",)

    @property
    def shape(self) -> type[ItemsQuery]:
        return shape_of(self.queryables)

    def subject(self, state: State, seed_dir: Path) -> Records | Places:
        if self.kind:
            return Records(self.kind, self.queryables, state.cut)
        return Places(self.unit or UnitKind.REGION, self.queryables, state.cut, seed_dir)

    def shown(self, session: Session, state: State, seed_dir: Path) -> Shown:
        extent = self.subject(state, seed_dir).read_extent(session)
        crs = [system.uri for system in SYSTEMS]
        begin = extent.begin if self.kind is Kind.POLE else None
        return Shown(self.id, self.title, self.description, extent.box, begin, crs)

    def read_page(self, session: Session, query: ItemsQuery, state: State, seed_dir: Path) -> Features:
        """Return the features of a page, as they are stored or known, and how many there are. Raises Invalid."""
        subject = self.subject(state, seed_dir)
        clauses = ogc_conditions.clauses(subject, query)
        order = subject.order(ogc_conditions.keys(subject, query))
        if isinstance(subject, Records):
            return subject.read_page(session, clauses, order, query)
        rows, total = subject.read_page(session, clauses, order, query)
        return _places(session, self, subject, rows), total

    def read_one(self, session: Session, item_id: str, state: State, seed_dir: Path) -> bytes:
        """Return one feature. Raises NotFound."""
        query = self.shape.model_validate({self.columns[0].name: item_id})
        features, _ = self.read_page(session, query, state, seed_dir)
        if not features:
            raise NotFound(f"Aucune fiche « {item_id[:100]} » dans la collection « {self.id} ».")
        return features[0]


def _places(session: Session, collection: Collection, subject: Places, rows: Sequence[Any]) -> list[bytes]:
    departements: dict[str, list[CodeName]] = defaultdict(list)
    if collection.unit is UnitKind.EPCI:
        for epci, code, name in ogc_places.read_departements(session, [row.code for row in rows]):
            departements[epci].append(CodeName(code=code, name=name))

    def document(row: Any) -> dict[str, Any]:
        if collection.unit is UnitKind.REGION:
            made = places.region(row, [])
            return made.model_dump(mode="json")
        if collection.unit is UnitKind.DEPARTEMENT:
            return places.departement(row).model_dump(mode="json")
        return places.epci(row, departements[row.code]).model_dump(mode="json")

    outlines = subject.layer.geometries
    return [ogc.place(document(row), collection.columns, outlines.get(row.code)) for row in rows]


COLLECTIONS: Final = {
    collection.id: collection
    for collection in (
        Collection(
            "poles",
            "Pôles territoriaux de coopération économique",
            "Les PTCE, à leur siège s’il est connu : vagues de labellisation, territoire, membres, sources.",
            columns.POLE,
            kind=Kind.POLE,
        ),
        Collection(
            "organisations",
            "Organisations membres",
            "Porteurs, fondateurs, membres et partenaires des pôles, à leur siège s’il est connu.",
            columns.ORGANISATION,
            kind=Kind.ORGANISATION,
        ),
        Collection(
            "regions",
            "Régions",
            "Les régions, leur contour simplifié, leur CRESS et le nombre de pôles dont le siège y est connu.",
            columns.REGION,
            unit=UnitKind.REGION,
        ),
        Collection(
            "departements",
            "Départements",
            "Les départements (COG 2026), leur contour simplifié et le nombre de pôles dont le siège y est connu.",
            columns.DEPARTEMENT,
            unit=UnitKind.DEPARTEMENT,
        ),
        Collection(
            "epcis",
            "Intercommunalités",
            "Les intercommunalités à fiscalité propre (DGCL 2026), leur contour simplifié et le nombre de pôles.",
            columns.EPCI,
            unit=UnitKind.EPCI,
        ),
    )
}


def found(collection_id: str) -> Collection:
    """Return a collection. Raises NotFound, with the nearest name."""
    collection = COLLECTIONS.get(collection_id)
    if collection is None:
        hint = wording.suggestion(collection_id, list(COLLECTIONS))
        known = ", ".join(COLLECTIONS)
        detail = f"Aucune collection « {collection_id[:100]} ». Collections : {known}."
        raise NotFound(detail + (f" Vouliez-vous « {hint} » ?" if hint else ""))
    return collection

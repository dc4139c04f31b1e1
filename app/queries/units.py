"""Territory units (`epci:200067106`) and the units that contain them: commune, EPCI, EPT, département, région."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, func, literal, null, select
from sqlmodel import col

from app.models import Commune, Departement, Epci, EpciDepartement, Ept, FormerCommune, Region, UnitKind
from app.queries.statements import AnySelect

_COMMUNE_CONTAINERS = (
    ("commune", col(Commune.code)),
    ("epci", col(Commune.epci)),
    ("ept", col(Commune.ept)),
    ("departement", col(Commune.departement)),
    ("region", col(Departement.region)),
)


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit as it was written, its name, and all units that contain it, itself included (an EPCI may lie in two)."""

    written: str
    name: str
    containers: tuple[str, ...]


def unit_key(written: str) -> str:
    kind, _, code = written.partition(":")
    return f"{kind.strip().lower()}:{code.strip().upper()}"


def select_units(keys: Iterable[str]) -> list[AnySelect]:
    """Return SELECTs of (written, containers joined by blanks, name, notice), one row for each way up."""
    codes: dict[str, list[str]] = defaultdict(list)
    for unit in keys:
        kind, _, code = unit.partition(":")
        codes[kind].append(code)
    selects: list[AnySelect] = []
    for kind in UnitKind:
        if codes[kind]:
            selects += _SELECTS[kind](codes[kind])
    return selects


def read_units(rows: Iterable[Sequence[Any]]) -> list[Unit]:
    """Gather the rows of `select_units`: one Unit for each one written, with all its containers."""
    names: dict[str, str] = {}
    containers: dict[str, dict[str, None]] = defaultdict(dict)
    for written, ways, name, _ in rows:
        names[written] = name
        containers[written].update(dict.fromkeys(ways.split()))
    return [Unit(written, name, tuple(containers[written])) for written, name in names.items()]


def former_notice() -> ColumnElement[str]:
    return (
        col(FormerCommune.code) + literal(" est un ancien code, remplacé par ") + col(Commune.code)
        + literal(" (") + col(Commune.name) + literal(")")
    )  # fmt: skip


def _row(written: tuple[str, Any], containers: Iterable[tuple[str, Any]], name: Any, notice: Any = None) -> AnySelect:
    ways: ColumnElement[str] = literal("")
    for kind, code in containers:
        ways = ways + func.coalesce(literal(f" {kind}:") + col(code), "")
    kind, code = written
    return select((literal(f"{kind}:") + col(code)).label("written"), ways, name, null() if notice is None else notice)


def _regions(codes: list[str]) -> list[AnySelect]:
    itself = ("region", col(Region.code))
    return [_row(itself, [itself], col(Region.name)).where(col(Region.code).in_(codes))]


def _departements(codes: list[str]) -> list[AnySelect]:
    itself = ("departement", col(Departement.code))
    containers = [itself, ("region", col(Departement.region))]
    return [_row(itself, containers, col(Departement.name)).where(col(Departement.code).in_(codes))]


def _epcis(codes: list[str]) -> list[AnySelect]:
    itself = ("epci", col(Epci.code))
    containers = [itself, ("departement", col(Departement.code)), ("region", col(Departement.region))]
    rows = _row(itself, containers, col(Epci.name)).select_from(Epci)
    return [rows.outerjoin(EpciDepartement).outerjoin(Departement).where(col(Epci.code).in_(codes))]


def _epts(codes: list[str]) -> list[AnySelect]:
    itself = ("ept", col(Ept.code))
    containers = [itself, *(container for container in _COMMUNE_CONTAINERS if container[0] not in {"commune", "ept"})]
    rows = _row(itself, containers, col(Ept.name)).select_from(Ept)
    return [rows.outerjoin(Commune).outerjoin(Departement).where(col(Ept.code).in_(codes)).distinct()]


def _communes(codes: list[str]) -> list[AnySelect]:
    current = _row(("commune", col(Commune.code)), _COMMUNE_CONTAINERS, col(Commune.name))
    former = _row(("commune", col(FormerCommune.code)), _COMMUNE_CONTAINERS, col(Commune.name), former_notice())
    return [
        current.join_from(Commune, Departement).where(col(Commune.code).in_(codes)),
        former.join_from(FormerCommune, Commune).join(Departement).where(col(FormerCommune.code).in_(codes)),
    ]


_SELECTS = {
    UnitKind.REGION: _regions,
    UnitKind.DEPARTEMENT: _departements,
    UnitKind.EPCI: _epcis,
    UnitKind.EPT: _epts,
    UnitKind.COMMUNE: _communes,
}

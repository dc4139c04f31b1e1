"""The seat of a pole in a body: what is not said is that of its commune; what no longer fits is derived anew."""

from typing import Any

from sqlalchemy import select
from sqlmodel import Session, col

from app.changes.bodies import Json
from app.changes.rows import row_where
from app.errors import Fault
from app.models import Commune, Departement, FormerCommune, Precision, Region
from app.models.base import code_of
from app.models.pole import SeatUpdate

_OF_COMMUNE = ("departement", "region", "longitude", "latitude")


def derived_anew(body: Json, current: Json) -> Json:
    """Return a body without what an edit of its seat leaves behind: the old département of a new commune, and so on."""
    seat, was = body.get("seat"), current.get("seat")
    if not isinstance(seat, dict) or not isinstance(was, dict):
        return body

    def changed(name: str) -> bool:
        return code_of(seat.get(name)) != code_of(was.get(name))

    stale: tuple[str, ...] = ()
    if changed("commune"):
        stale = _OF_COMMUNE if seat.get("commune") else ("longitude", "latitude")
    elif changed("departement"):
        stale = ("region",)
    if any(map(changed, ("commune", "departement", "region", "address"))):
        stale = (*stale, "precision")
    return body | {"seat": {name: value for name, value in seat.items() if name not in stale or changed(name)}}


def settled(session: Session, seat: SeatUpdate) -> tuple[dict[str, Any], list[Fault]]:
    """Return the columns of a seat, with what its commune says, and a fault for each place that does not exist."""
    faults: list[Fault] = []
    commune = _commune(session, seat.commune, faults)
    departement = row_where(session, Departement, "code", commune.departement if commune else seat.departement)
    if seat.departement and not commune and not departement:
        faults.append(_fault("departement", seat.departement, "le code d’un département"))
    if seat.region and not row_where(session, Region, "code", seat.region):
        codes = sorted(str(code) for code in session.scalars(select(col(Region.code))))
        faults.append(_fault("region", seat.region, f"le code d’une région parmi {', '.join(codes)}"))
    region = seat.region or (departement.region if departement else None)
    point = (seat.longitude, seat.latitude)
    if point == (None, None) and commune:
        point = (commune.longitude, commune.latitude)
    row = {
        "seat_address": seat.address,
        "seat_postcode": seat.postcode,
        "seat_commune": seat.commune,
        "departement": seat.departement or (departement.code if departement else None),
        "region": region,
        "longitude": point[0],
        "latitude": point[1],
    }
    return row | {"seat_precision": seat.precision or _precision(row)}, faults


def _commune(session: Session, code: str | None, faults: list[Fault]) -> Commune | None:
    if code is None:
        return None
    commune = row_where(session, Commune, "code", code)
    if commune is None:
        former = select(col(FormerCommune.commune)).where(col(FormerCommune.code) == code)
        faults.append(
            _fault("commune", code, "le code d’une commune actuelle", session.scalars(former.limit(1)).first())
        )
    return commune


def _precision(row: dict[str, Any]) -> Precision:
    if row["seat_commune"]:
        return Precision.ADDRESS if row["seat_address"] else Precision.COMMUNE
    if row["departement"]:
        return Precision.DEPARTEMENT
    return Precision.REGION if row["region"] else Precision.NONE


def _fault(name: str, value: str, expected: str, hint: str | None = None) -> Fault:
    return Fault(pointer=f"/seat/{name}", value=value, expected=expected, suggestion=hint)

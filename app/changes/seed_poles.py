"""What a line of `poles.csv` says beside the pole itself: its lists, and places that agree with official geography."""

from app.changes.reference import Geography
from app.changes.sheets import Row, Sheets, Wanted
from app.models import PoleFormerName, PoleSector, PoleUnit, UnitKind

_UNIT_KINDS = frozenset(UnitKind)  # Python 3.11 cannot ask an enum for a text


def pole_parts(pole: str, row: Row) -> list[Wanted]:
    """Return the rows of the lists of a pole: former names, sectors, units of its territory."""
    names = enumerate(row.list("former_names"))
    units = [unit.partition(":") for unit in dict.fromkeys(row.list("territory_codes"))]
    sectors = enumerate(dict.fromkeys(row.list("sectors")))
    return [
        *(Wanted(PoleFormerName, {"pole": pole, "position": position, "name": name}) for position, name in names),
        *(Wanted(PoleSector, {"pole": pole, "sector": sector, "position": position}) for position, sector in sectors),
        *(
            Wanted(PoleUnit, {"pole": pole, "kind": UnitKind(kind), "code": code, "position": position})
            for position, (kind, _, code) in enumerate(units)
            if kind in _UNIT_KINDS
        ),
    ]


def check_places(sheets: Sheets, geography: Geography, row: Row) -> None:
    """Record a fault for each place that does not exist, or that is not what the commune says."""
    sheets.known(row, "seat_commune", [row["seat_commune"]], geography.communes, "le code d’une commune actuelle")
    sheets.known(row, "departement", [row["departement"]], geography.departements, "le code d’un département")
    sheets.known(row, "region", [row["region"]], geography.regions, "le code d’une région")
    commune = geography.communes.get(row["seat_commune"])
    if commune and row["seat_commune_name"] != commune.name:
        sheets.fault(row, "seat_commune_name", f"{commune.name}, le nom de la commune {commune.code}")
    if commune and row["epci"] != (commune.epci or ""):
        sheets.fault(row, "epci", f"{commune.epci or 'une case vide'}, l’EPCI de la commune {commune.code}")
    for unit in row.list("territory_codes"):
        kind, _, code = unit.partition(":")
        if kind not in _UNIT_KINDS or code not in geography.units(kind):
            sheets.fault(row, "territory_codes", "des unités qui existent, comme epci:244400404", unit)

"""What a line of `poles.csv` says beside the pole itself: its lists, its carrier, places that agree with geography."""

from collections.abc import Collection, Iterable

from shapely.errors import ShapelyError

from app.changes import rules
from app.changes.reference import Geography
from app.changes.rows import Wanted
from app.changes.sheets import CellFault, Row, Sheets
from app.models import PoleFormerName, PoleSector, PoleUnit, UnitKind
from app.queries.outlines import FILES, read_file

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


def check_carriers(sheets: Sheets, rows: Iterable[Row], carriers: Collection[tuple[str, str]]) -> None:
    """Record a fault for each pole whose carrier, told in its own line, has no membership of that role."""
    for row in rows:
        carrier = row["carrier_organisation_id"]
        if carrier and (row["id"], carrier) not in carriers and not {row["id"], carrier} & sheets.refused:
            sheets.fault(row, "carrier_organisation_id", "une organisation porteuse dans memberships.csv")


def outlines_beside(sheets: Sheets) -> rules.Outlines:
    """Read the outlines that lie beside the sheets; a fault for each file that cannot be read."""
    faulty = len(sheets.faults)
    for file in dict.fromkeys(FILES.values()):
        try:
            _ = read_file(sheets.folder / file).shapes
        except (OSError, ValueError, KeyError, TypeError, ShapelyError) as error:
            what = "un fichier GeoJSON de contours, dont « id » est le code"
            sheets.faults.append(CellFault(file, 1, "", repr(error), what))
    return rules.Outlines({}) if len(sheets.faults) > faulty else rules.read_outlines(sheets.folder)

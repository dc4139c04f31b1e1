"""The seed's files: every sheet read and checked as a whole, before anything is written."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from app.changes import rules
from app.changes.reference import Geography, read_geography
from app.changes.rules import Breach
from app.changes.sheets import BadSheets, Row, Sheets, Wanted
from app.models import (
    Citation,
    CitedKind,
    Cress,
    Kind,
    Label,
    LabelCreate,
    Membership,
    MembershipCreate,
    OfficialCount,
    OfficialCountCreate,
    Organisation,
    OrganisationCreate,
    Pole,
    PoleCreate,
    PoleFormerName,
    PoleSector,
    PoleUnit,
    Role,
    Sector,
    SectorCreate,
    Source,
    SourceCreate,
    Spelling,
    UnitKind,
    Wave,
    WaveCreate,
)
from app.models.territory import CressBase
from app.queries.text import fold

Record = tuple[Kind, str]

_SECTOR = {"code": "code", "label_fr": "name", "label_en": "name_en"}
_SOURCE = {name: name for name in ("id", "url", "publisher", "title", "seen_on")}
_WAVE = {"name_fr": "name"} | {
    name: name
    for name in (
        "id", "kind", "opened_on", "closed_on", "results_on", "candidates", "laureates", "budget_eur", "duration_months",
        "issuer", "notes",
    )
}  # fmt: skip
_ORGANISATION = {name: name for name in ("id", "name", "acronym", "kind", "legal_form", "commune", "siren", "website")}
_POLE = {
    name: name
    for name in (
        "id", "name", "acronym", "status", "status_as_of", "founded_year", "ended_on", "seat_commune", "seat_address",
        "seat_postcode", "seat_precision", "departement", "region", "website", "member_count", "job_count", "notes",
    )
} | {"description_fr": "description", "lon": "longitude", "lat": "latitude", "territory_fr": "territory_text"}  # fmt: skip
# Read to check them; derived from the others in the database.
_POLE_CHECKED = ("former_names", "seat_commune_name", "epci", "sectors", "territory_codes", "carrier_organisation_id")
_LABEL = {"pole_id": "pole", "wave_id": "wave"} | {
    name: name for name in ("outcome", "awarded_on", "funding_eur", "evidence", "notes")
}
_MEMBERSHIP = {"pole_id": "pole", "organisation_id": "organisation", "role": "role", "since": "since", "until": "until"}
_CRESS = {"region": "region", "name": "name", "website": "website"}
_COUNT = {"as_of": "as_of", "count": "count", "what_is_counted_fr": "counts_what", "publisher": "publisher"}
_UNIT_KINDS = frozenset(UnitKind)  # Python 3.11 cannot ask an enum for a text
_CITED = {
    "poles": CitedKind.POLE,
    "organisations": CitedKind.ORGANISATION,
    "labels": CitedKind.LABEL,
    "memberships": CitedKind.MEMBERSHIP,
}

_CITED_FIELDS = {
    "poles": {*_POLE, *_POLE_CHECKED}, "organisations": {*_ORGANISATION}, "labels": {*_LABEL}, "memberships": {*_MEMBERSHIP}
}  # fmt: skip


@dataclass
class Seed:
    """Rows as the seed wants them: reference rows, and rows owned by a record."""

    reference: list[Wanted] = field(default_factory=list)
    records: dict[Record, list[Wanted]] = field(default_factory=dict)

    def own(self, kind: Kind, record_id: str, *rows: Wanted) -> None:
        self.records.setdefault((kind, record_id), []).extend(rows)


def read_seed(folder: Path) -> Seed:
    """Read and check the whole seed. Raises BadSheets with every bad cell."""
    return _Reader(folder).read()


class _Reader:
    def __init__(self, folder: Path) -> None:
        self.sheets = Sheets(folder)
        self.outlines = rules.read_outlines(folder)
        self.seed = Seed()
        self.geography = Geography()
        self.ids: dict[str, set[str]] = {}

    def read(self) -> Seed:
        self.geography = read_geography(self.sheets)
        self.seed.reference += self.geography.rows()
        self._sectors()
        self._sources()
        self._waves()
        self._organisations()
        rows = self._poles()
        self._labels()
        carriers = self._memberships()
        self._check_carriers(rows, carriers)
        self._cress()
        self._official_counts()
        self._citations(rows)
        if self.sheets.faults:
            raise BadSheets(self.sheets.faults)
        return self.seed

    def _rows(
        self, file: str, names: Mapping[str, str], also: Sequence[str] = (), key: Sequence[str] = ()
    ) -> list[Row]:
        rows = self.sheets.read(file, [*names, *also])
        key = key or list(names)[:1]
        self.sheets.unique(rows, lambda row: "@".join(row[column] for column in key), key[0])
        return rows

    def _breaches(self, row: Row, breaches: Iterable[Breach], names: Mapping[str, str]) -> None:
        columns = {field: column for column, field in names.items()}
        for breach in breaches:
            self.sheets.fault(row, columns.get(breach.field, breach.field), breach.expected, breach.value)

    def _cite(self, kind: CitedKind, record: str, row: Row) -> list[Wanted]:
        """Return the citations of a row that carries its own sources; it must have one."""
        sources = row.list("source_ids")
        self.sheets.known(row, "source_ids", sources, self.ids["source"], "des identifiants de sources.csv")
        if not sources:
            self.sheets.fault(row, "source_ids", "au moins une source")
        return [_citation(kind, record, "", source) for source in dict.fromkeys(sources)]

    def _sectors(self) -> None:
        for position, row in enumerate(self._rows("sectors.csv", _SECTOR)):
            sector = self.sheets.shaped(SectorCreate, row, _SECTOR)
            if sector:
                self.seed.reference.append(Wanted(Sector, sector.model_dump() | {"position": position}))
        sectors = [row.values for row in self.seed.reference if row.table is Sector]
        self.ids["sector"] = {sector["code"] for sector in sectors}
        self.seed.reference += sector_spellings(sectors)

    def _sources(self) -> None:
        rows = self._rows("sources.csv", _SOURCE, key=["id"])
        self.sheets.unique(rows, lambda row: row["url"], "url")
        sources = [source for row in rows if (source := self.sheets.shaped(SourceCreate, row, _SOURCE))]
        self.ids["source"] = {source.id for source in sources}
        self.seed.reference += [Wanted(Source, source.model_dump()) for source in sources]

    def _waves(self) -> None:
        self.ids["wave"] = set()
        for row in self._rows("waves.csv", _WAVE, ["source_ids"], key=["id"]):
            wave = self.sheets.shaped(WaveCreate, row, _WAVE)
            if wave:
                self.ids["wave"].add(wave.id)
                self.seed.own(Kind.WAVE, wave.id, Wanted(Wave, wave.model_dump()), *self._cite(CitedKind.WAVE, wave.id, row))

    def _organisations(self) -> None:
        self.ids["organisation"] = set()
        for row in self._rows("organisations.csv", _ORGANISATION, ["source_ids"]):
            self.sheets.known(
                row, "commune", [row["commune"]], self.geography.communes, "le code d’une commune actuelle"
            )
            organisation = self.sheets.shaped(OrganisationCreate, row, _ORGANISATION)
            if organisation:
                self._breaches(row, rules.siren_breaches(organisation.siren), _ORGANISATION)
                self.ids["organisation"].add(organisation.id)
                cited = self._cite(CitedKind.ORGANISATION, organisation.id, row)
                self.seed.own(Kind.ORGANISATION, organisation.id, Wanted(Organisation, organisation.model_dump()), *cited)

    def _poles(self) -> list[Row]:
        self.ids["pole"] = set()
        rows = self._rows("poles.csv", _POLE, _POLE_CHECKED)
        for row in rows:
            self._check_places(row)
            self.sheets.known(row, "sectors", row.list("sectors"), self.ids["sector"], "des codes de sectors.csv")
            pole = self.sheets.shaped(PoleCreate, row, _POLE)
            if pole:
                breaches = rules.pole_breaches(
                    pole, self.geography.communes, self.geography.departements, self.outlines
                )
                self._breaches(row, breaches, _POLE)
                self.ids["pole"].add(pole.id)
                self.seed.own(Kind.POLE, pole.id, Wanted(Pole, pole.model_dump()), *self._lists(pole.id, row))
        return rows

    def _lists(self, pole: str, row: Row) -> list[Wanted]:
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

    def _check_places(self, row: Row) -> None:
        geography, sheets = self.geography, self.sheets
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

    def _labels(self) -> None:
        for row in self._rows("labels.csv", _LABEL, ["source_ids"], key=["pole_id", "wave_id"]):
            self.sheets.known(row, "pole_id", [row["pole_id"]], self.ids["pole"], "un identifiant de poles.csv")
            self.sheets.known(row, "wave_id", [row["wave_id"]], self.ids["wave"], "un identifiant de waves.csv")
            label = self.sheets.shaped(LabelCreate, row, _LABEL)
            if label:
                cited = self._cite(CitedKind.LABEL, f"{label.pole}@{label.wave}", row)
                self.seed.own(Kind.POLE, label.pole, Wanted(Label, label.model_dump()), *cited)

    def _memberships(self) -> set[tuple[str, str]]:
        carriers: set[tuple[str, str]] = set()
        for row in self._rows("memberships.csv", _MEMBERSHIP, ["source_ids"], key=["pole_id", "organisation_id"]):
            self.sheets.known(row, "pole_id", [row["pole_id"]], self.ids["pole"], "un identifiant de poles.csv")
            known = self.ids["organisation"]
            self.sheets.known(
                row, "organisation_id", [row["organisation_id"]], known, "un identifiant de organisations.csv"
            )
            membership = self.sheets.shaped(MembershipCreate, row, _MEMBERSHIP)
            if membership:
                self._breaches(row, rules.period_breaches(membership.since, membership.until), _MEMBERSHIP)
                cited = self._cite(CitedKind.MEMBERSHIP, f"{membership.pole}@{membership.organisation}", row)
                self.seed.own(Kind.POLE, membership.pole, Wanted(Membership, membership.model_dump()), *cited)
                if membership.role is Role.CARRIER:
                    carriers.add((membership.pole, membership.organisation))
        return carriers

    def _check_carriers(self, rows: Iterable[Row], carriers: set[tuple[str, str]]) -> None:
        for row in rows:
            carrier = row["carrier_organisation_id"]
            if carrier and (row["id"], carrier) not in carriers:
                self.sheets.fault(row, "carrier_organisation_id", "une organisation porteuse dans memberships.csv")

    def _cress(self) -> None:
        for row in self._rows("cress.csv", _CRESS, ["source_ids"]):
            self.sheets.known(row, "region", [row["region"]], self.geography.regions, "le code d’une région")
            cress = self.sheets.shaped(CressBase, row, _CRESS)
            if cress:
                self.seed.reference += [Wanted(Cress, cress.model_dump()), *self._cite(CitedKind.CRESS, cress.region, row)]

    def _official_counts(self) -> None:
        key = ["as_of", "what_is_counted_fr", "publisher"]
        for row in self._rows("official_counts.csv", _COUNT, ["source_ids"], key=key):
            count = self.sheets.shaped(OfficialCountCreate, row, _COUNT)
            if count:
                identity = f"{count.as_of}-{fold(count.publisher).replace(' ', '-')[:40].strip('-')}-{count.count}"
                stored = Wanted(OfficialCount, count.model_dump() | {"id": identity})
                self.seed.reference += [stored, *self._cite(CitedKind.OFFICIAL_COUNT, identity, row)]

    def _citations(self, poles: Iterable[Row]) -> None:
        rows = self._rows(
            "citations.csv",
            {"record": "record", "field": "field", "source_id": "source"},
            key=["record", "field", "source_id"],
        )
        for row in rows:
            self.sheets.known(row, "source_id", [row["source_id"]], self.ids["source"], "un identifiant de sources.csv")
            group, _, record = row["record"].partition("/")
            kind = _CITED.get(group)
            owner = Kind.ORGANISATION if kind is CitedKind.ORGANISATION else Kind.POLE
            record_id = record.partition("@")[0]
            if kind is None or (owner, record_id) not in self.seed.records:
                self.sheets.fault(row, "record", "une fiche qui existe, comme poles/archer-pole-sud")
                continue
            if row["field"] and row["field"] not in _CITED_FIELDS[group]:
                self.sheets.fault(row, "field", "une colonne de cette fiche, ou rien pour toute la fiche")
            wanted = _citation(kind, record, row["field"], row["source_id"])
            if wanted not in self.seed.records[owner, record_id]:
                self.seed.own(owner, record_id, wanted)
        cited = {
            (wanted.values["kind"], wanted.values["record"])
            for rows_wanted in self.seed.records.values()
            for wanted in rows_wanted
            if wanted.table is Citation
        }
        for row in poles:
            if row["id"] in self.ids["pole"] and (CitedKind.POLE, row["id"]) not in cited:
                self.sheets.fault(row, "id", "au moins une source dans citations.csv")


def _citation(kind: CitedKind, record: str, field_name: str, source: str) -> Wanted:
    return Wanted(Citation, {"kind": kind, "record": record, "field": field_name, "source": source})


def sector_spellings(sectors: Iterable[Mapping[str, Any]]) -> list[Wanted]:
    values = (
        {"filter": "sector", "spelling": spelling, "term": "sector", "value": sector["code"], "label": sector["name"]}
        for sector in sectors
        for spelling in sorted({fold(sector["code"]), fold(sector["name"])})
    )
    return [Wanted(Spelling, spelled | {"notice": None}) for spelled in values]

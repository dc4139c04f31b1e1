"""The seed's files: every sheet read and checked as a whole, before anything is written."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from app.changes import rules
from app.changes import seed_columns as columns
from app.changes.reference import Geography, read_geography
from app.changes.rows import Wanted
from app.changes.rules import Breach
from app.changes.seed_poles import check_carriers, check_places, outlines_beside, pole_parts
from app.changes.sheets import BadSheets, Row, Sheets
from app.changes.spellings import sector_spellings
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
    Role,
    Sector,
    SectorCreate,
    Source,
    SourceCreate,
    Wave,
    WaveCreate,
)
from app.models.territory import CressBase

Record = tuple[Kind, str]


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
        self.outlines = outlines_beside(self.sheets)
        self.seed = Seed()
        self.geography = Geography()
        self.ids: dict[str, set[str]] = {"label": set(), "membership": set()}

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
        check_carriers(self.sheets, rows, carriers)
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
        for position, row in enumerate(self._rows("sectors.csv", columns.SECTOR)):
            sector = self.sheets.shaped(SectorCreate, row, columns.SECTOR)
            if sector:
                self.seed.reference.append(Wanted(Sector, sector.model_dump() | {"position": position}))
        sectors = [row.values for row in self.seed.reference if row.table is Sector]
        self.ids["sector"] = {sector["code"] for sector in sectors}
        self.seed.reference += sector_spellings(sectors)

    def _sources(self) -> None:
        rows = self._rows("sources.csv", columns.SOURCE, key=["id"])
        self.sheets.unique(rows, lambda row: row["url"], "url")
        sources = [source for row in rows if (source := self.sheets.shaped(SourceCreate, row, columns.SOURCE))]
        self.ids["source"] = {source.id for source in sources}
        self.seed.reference += [Wanted(Source, source.model_dump()) for source in sources]

    def _waves(self) -> None:
        self.ids["wave"] = set()
        for row in self._rows("waves.csv", columns.WAVE, ["source_ids"], key=["id"]):
            wave = self.sheets.shaped(WaveCreate, row, columns.WAVE)
            if wave:
                self.ids["wave"].add(wave.id)
                self.seed.own(
                    Kind.WAVE, wave.id, Wanted(Wave, wave.model_dump()), *self._cite(CitedKind.WAVE, wave.id, row)
                )

    def _organisations(self) -> None:
        self.ids["organisation"] = set()
        for row in self._rows("organisations.csv", columns.ORGANISATION, ["source_ids"]):
            self.sheets.known(
                row, "commune", [row["commune"]], self.geography.communes, "le code d’une commune actuelle"
            )
            organisation = self.sheets.shaped(OrganisationCreate, row, columns.ORGANISATION)
            if organisation:
                self._breaches(row, rules.siren_breaches(organisation.siren), columns.ORGANISATION)
                self.ids["organisation"].add(organisation.id)
                cited = self._cite(CitedKind.ORGANISATION, organisation.id, row)
                self.seed.own(
                    Kind.ORGANISATION, organisation.id, Wanted(Organisation, organisation.model_dump()), *cited
                )

    def _poles(self) -> list[Row]:
        self.ids["pole"] = set()
        rows = self._rows("poles.csv", columns.POLE, columns.POLE_LISTS)
        for row in rows:
            check_places(self.sheets, self.geography, row)
            self.sheets.known(row, "sectors", row.list("sectors"), self.ids["sector"], "des codes de sectors.csv")
            pole = self.sheets.shaped(PoleCreate, row, columns.POLE)
            if pole:
                breaches = rules.pole_breaches(
                    pole, self.geography.communes, self.geography.departements, self.outlines
                )
                self._breaches(row, breaches, columns.POLE)
                self.ids["pole"].add(pole.id)
                self.seed.own(Kind.POLE, pole.id, Wanted(Pole, pole.model_dump()), *pole_parts(pole.id, row))
        return rows

    def _labels(self) -> None:
        for row in self._rows("labels.csv", columns.LABEL, ["source_ids"], key=["pole_id", "wave_id"]):
            self.sheets.known(row, "pole_id", [row["pole_id"]], self.ids["pole"], "un identifiant de poles.csv")
            self.sheets.known(row, "wave_id", [row["wave_id"]], self.ids["wave"], "un identifiant de waves.csv")
            self.ids["label"].add(f"{row['pole_id']}@{row['wave_id']}")
            label = self.sheets.shaped(LabelCreate, row, columns.LABEL)
            if label:
                cited = self._cite(CitedKind.LABEL, f"{label.pole}@{label.wave}", row)
                self.seed.own(Kind.POLE, label.pole, Wanted(Label, label.model_dump()), *cited)

    def _memberships(self) -> set[tuple[str, str]]:
        carriers: set[tuple[str, str]] = set()
        for row in self._rows(
            "memberships.csv", columns.MEMBERSHIP, ["source_ids"], key=["pole_id", "organisation_id"]
        ):
            self.sheets.known(row, "pole_id", [row["pole_id"]], self.ids["pole"], "un identifiant de poles.csv")
            known = self.ids["organisation"]
            self.sheets.known(
                row, "organisation_id", [row["organisation_id"]], known, "un identifiant de organisations.csv"
            )
            self.ids["membership"].add(f"{row['pole_id']}@{row['organisation_id']}")
            membership = self.sheets.shaped(MembershipCreate, row, columns.MEMBERSHIP)
            if membership:
                self._breaches(row, rules.period_breaches(membership.since, membership.until), columns.MEMBERSHIP)
                cited = self._cite(CitedKind.MEMBERSHIP, f"{membership.pole}@{membership.organisation}", row)
                self.seed.own(Kind.POLE, membership.pole, Wanted(Membership, membership.model_dump()), *cited)
                if membership.role is Role.CARRIER:
                    carriers.add((membership.pole, membership.organisation))
        return carriers

    def _cress(self) -> None:
        for row in self._rows("cress.csv", columns.CRESS, ["source_ids"]):
            self.sheets.known(row, "region", [row["region"]], self.geography.regions, "le code d’une région")
            cress = self.sheets.shaped(CressBase, row, columns.CRESS)
            if cress:
                self.seed.reference += [
                    Wanted(Cress, cress.model_dump()),
                    *self._cite(CitedKind.CRESS, cress.region, row),
                ]

    def _official_counts(self) -> None:
        key = ["as_of", "what_is_counted_fr", "publisher"]
        for row in self._rows("official_counts.csv", columns.COUNT, ["source_ids"], key=key):
            count = self.sheets.shaped(OfficialCountCreate, row, columns.COUNT)
            if count:
                named = hashlib.sha256(f"{count.counts_what}@{count.publisher}".encode()).hexdigest()[:8]
                identity = f"{count.as_of}-{named}"  # its key but for the number, which may be corrected
                stored = Wanted(OfficialCount, count.model_dump() | {"id": identity})
                self.seed.reference += [stored, *self._cite(CitedKind.OFFICIAL_COUNT, identity, row)]

    def _citations(self, poles: Iterable[Row]) -> None:
        for row in self._rows("citations.csv", columns.CITATION, key=list(columns.CITATION)):
            self.sheets.known(row, "source_id", [row["source_id"]], self.ids["source"], "un identifiant de sources.csv")
            self._cite_record(row)
        cited = {
            (row.values["kind"], row.values["record"])
            for rows in self.seed.records.values()
            for row in rows
            if row.table is Citation
        }
        for row in poles:
            if row["id"] in self.ids["pole"] and (CitedKind.POLE, row["id"]) not in cited:
                self.sheets.fault(row, "id", "au moins une source dans citations.csv")

    def _cite_record(self, row: Row) -> None:
        group, _, record = row["record"].partition("/")
        kind, fields = columns.CITED.get(group, (None, frozenset()))
        owner = (Kind.ORGANISATION if kind is CitedKind.ORGANISATION else Kind.POLE, record.partition("@")[0])
        if owner[1] in self.sheets.refused:
            return
        if kind is None or record not in self.ids[kind]:
            self.sheets.fault(row, "record", "une fiche qui existe, comme poles/archer-pole-sud")
            return
        if row["field"] and row["field"] not in fields:
            self.sheets.fault(row, "field", "une colonne de cette fiche, ou rien pour toute la fiche")
        wanted = _citation(kind, record, row["field"], row["source_id"])
        if wanted not in self.seed.records[owner]:
            self.seed.own(*owner, wanted)


def _citation(kind: CitedKind, record: str, field_name: str, source: str) -> Wanted:
    return Wanted(Citation, {"kind": kind, "record": record, "field": field_name, "source": source})

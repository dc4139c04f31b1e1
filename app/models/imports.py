"""The report of an import: what each row of a sheet would do, or did."""

from enum import StrEnum

from pydantic import Field as Described

from app.models.base import Public
from app.models.revision import ConsequencePublic, Kind


class RowAction(StrEnum):
    """Ce qu’une ligne fait de sa fiche."""

    UNCHANGED = "unchanged"
    UPDATED = "updated"
    CREATED = "created"
    ERROR = "error"


class CellChange(Public):
    """Une case qui change, par le nom de sa colonne."""

    column: str = Described(description="Colonne de la feuille", examples=["website"])
    before: object = Described(default=None, description="Valeur du registre")
    after: object = Described(default=None, description="Valeur demandée, ou déduite de celles qui le sont")


class RowError(Public):
    """Ce qui empêche une ligne d’être écrite."""

    column: str | None = Described(default=None, description="Colonne en cause ; nul pour toute la ligne")
    value: object = Described(default=None, description="Valeur lue, abrégée")
    message: str = Described(description="Ce qui est attendu, ou ce qui manque")
    suggestion: str | None = Described(default=None, description="« Vouliez-vous … »")


class Duplicate(Public):
    """Une fiche qui ressemble à la ligne."""

    id: str = Described(description="À écrire dans la colonne « id » si c’est la même")
    name: str
    commune: str | None = Described(description="Commune, en clair")
    score: int = Described(description="Ressemblance des noms, sur 100")


class ImportedRow(Public):
    """Le sort d’une ligne."""

    line: int = Described(description="Numéro de la ligne dans le fichier, en-tête comprise", examples=[2])
    id: str | None = Described(description="Fiche ; nul si aucune n’est reconnue")
    action: RowAction
    changes: list[CellChange] = Described(description="Ce qui change, valeurs déduites comprises")
    emptied: list[CellChange] = Described(description="Cases vidées, avec ce qu’elles contenaient")
    errors: list[RowError]
    duplicates: list[Duplicate] = Described(description="Fiches qui ressemblent à cette ligne sans identifiant")


class ImportPublic(Public):
    """Le rapport d’un import."""

    kind: Kind = Described(description="Ce que la feuille décrit : pole ou organisation")
    applied: bool = Described(description="Faux : rien n’a été écrit")
    serial: int | None = Described(description="Numéro de l’écriture, la même pour toute la feuille")
    rows: int = Described(description="Lignes lues")
    unchanged: int
    updated: int
    created: int
    errors: int = Described(description="Lignes en erreur")
    emptied: int = Described(description="Cases vidées ; les écrire demande « empties »")
    lines: list[ImportedRow] = Described(description="Chaque ligne, dans l’ordre de la feuille")
    revisions: list[ConsequencePublic] | None = Described(
        default=None,
        description="Avec `dry_run`, si aucune ligne n’est en erreur : les fiches qui auraient une révision de plus, "
        "leurs différences, les filtres qui les montreraient ou non",
    )

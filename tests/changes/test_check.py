"""`ptce check`: silent on a sound registry; each damage made behind its back is told in a sentence."""

from typing import NamedTuple

import pytest
from sqlalchemy import create_engine, text

from app.database import Database
from tests.changes.small_seed import SHARED, SeedFolder
from tests.changes.state import damage, faults
from tests.conftest import SEED


class Damage(NamedTuple):
    """A statement that breaks an invariant, and a part of what is said of it."""

    statement: str
    said: str


_REVISION = "(SELECT id FROM revision WHERE kind = 'pole' AND record_id = 'archer-pole-sud')"
_STALE = "pole archer-pole-sud : le document publié n’est plus celui de ses faits"
_MISPLACED = "archer-pole-sud : sa boîte (revision_box) n’est pas à sa place"

DAMAGES = {
    "wrong key of a SIREN": Damage(
        "UPDATE organisation SET siren = '200067998' WHERE siren = '200067999'",
        "beauvaisis, siren = 200067998 : attendu, un SIREN dont la clé est juste",
    ),
    "point moved out of its département": Damage(
        "UPDATE pole SET longitude = 2.339, latitude = 48.9339 WHERE id = 'archer-pole-sud'",
        "pole archer-pole-sud, longitude = 2.339, 48.9339 : attendu, un point dans le département 26",
    ),
    "point without a commune": Damage(
        "UPDATE pole SET seat_commune = NULL, seat_precision = 'departement' WHERE id = 'archer-pole-sud'",
        "aucun point tant que la commune n’est pas connue",
    ),
    "département of another commune": Damage(
        "UPDATE pole SET departement = '93' WHERE id = 'archer-pole-sud'",
        "pole archer-pole-sud, departement = 93 : attendu, 26, celui de la commune 26281",
    ),
    "precision that lies": Damage(
        "UPDATE pole SET seat_precision = 'address' WHERE id = 'archer-pole-sud'",
        "pole archer-pole-sud, seat_precision = address",
    ),
    "pole without source": Damage(
        "DELETE FROM citation WHERE kind = 'pole' AND record = 'archer-pole-sud'",
        "pole archer-pole-sud : aucune source",
    ),
    "label without source": Damage(
        "DELETE FROM citation WHERE kind = 'label' AND record = 'archer-pole-sud@aap-2013'",
        "label archer-pole-sud@aap-2013 : aucune source",
    ),
    "membership without source": Damage(
        "DELETE FROM citation WHERE kind = 'membership' AND record = 'archer-pole-sud@adie'",
        "membership archer-pole-sud@adie : aucune source",
    ),
    "organisation without source": Damage(
        f"DELETE FROM citation WHERE kind = 'organisation' AND record = '{SHARED}'",
        f"organisation {SHARED} : aucune source",
    ),
    "wave without source": Damage(
        "DELETE FROM citation WHERE kind = 'wave' AND record = 'aap-2015'", "wave aap-2015 : aucune source"
    ),
    "chamber without source": Damage(
        "DELETE FROM citation WHERE kind = 'cress' AND record = '84'", "cress 84 : aucune source"
    ),
    "citation of nothing": Damage(
        "UPDATE citation SET record = 'nulle-part' WHERE kind = 'pole' AND record = 'archer-pole-sud'",
        "citation de pole nulle-part : cette fiche n’existe pas",
    ),
    "label before its wave": Damage(
        "UPDATE label SET awarded_on = '2012' WHERE pole = 'archer-pole-sud' AND wave = 'aap-2013'",
        "label archer-pole-sud@aap-2013, awarded_on = 2012 : attendu, une date après l’ouverture de la vague (2013-07-15)",
    ),
    "wave that closes before it opens": Damage(
        "UPDATE wave SET opened_on = '2014-05' WHERE id = 'aap-2013'",
        "wave aap-2013, results_on = 2014-01-10 : attendu, une date après 2014-05, celle de l’étape d’avant",
    ),
    "membership that ends before it begins": Damage(
        "UPDATE membership SET since = '2020-05', until = '2019' WHERE organisation = 'adie'",
        "membership archer-pole-sud@adie, until = 2019 : attendu, une date après le début (2020-05)",
    ),
    "pole that ends before it begins": Damage(
        "UPDATE pole SET ended_on = '2006-12-31' WHERE id = 'archer-pole-sud'",
        "pole archer-pole-sud, ended_on = 2006-12-31 : attendu, une date après la création (2007)",
    ),
    "unit that does not exist": Damage(
        "UPDATE pole_unit SET code = '246000914' WHERE pole = 'ptce-pays-de-bray'",
        "pole ptce-pays-de-bray, territoire epci:246000914 : cette unité n’existe pas",
    ),
    "former code that is current": Damage(
        "INSERT INTO former_commune (code, commune) VALUES ('26281', '93039')",
        "former_commune 26281 : ce code est celui d’une commune actuelle",
    ),
    "fact changed without a write": Damage("UPDATE pole SET name = 'Autre' WHERE id = 'archer-pole-sud'", _STALE),
    "JSON changed": Damage(
        f"UPDATE document SET body = (SELECT body FROM document WHERE revision = {_REVISION} + 1)"
        f" WHERE revision = {_REVISION}",
        _STALE,
    ),
    "JSON that is none": Damage(f"UPDATE document SET body = feature WHERE revision = {_REVISION}", _STALE),
    "feature changed": Damage(f'UPDATE document SET feature = "row" WHERE revision = {_REVISION}', _STALE),
    "CSV row changed": Damage(f'UPDATE document SET "row" = feature WHERE revision = {_REVISION}', _STALE),
    "document lost": Damage(f"DELETE FROM document WHERE revision = {_REVISION}", "pole archer-pole-sud"),
    "second current revision": Damage(
        "INSERT INTO revision (id, serial, kind, record_id, action, until, name_sort, edited)"
        " SELECT 999, serial, kind, record_id, 'updated', until, name_sort, edited FROM revision"
        " WHERE kind = 'pole' AND record_id = 'archer-pole-sud'",
        "pole archer-pole-sud : 2 révisions actuelles, une seule est possible",
    ),
    "record without revision": Damage(
        "INSERT INTO pole (id, name, status, seat_precision) VALUES ('muet', 'Muet', 'unknown', 'none')",
        "pole muet : aucune révision",
    ),
    "published record without facts": Damage(
        "UPDATE revision SET record_id = 'fantome' WHERE kind = 'wave' AND record_id = 'aap-2015'",
        "wave fantome : publié, mais sans faits",
    ),
    "term lost": Damage(
        f"DELETE FROM revision_term WHERE revision = {_REVISION}"
        " AND term = (SELECT id FROM term WHERE kind = 'pole' AND name = 'region' AND value = '84')",
        "pole archer-pole-sud : l’index ne porte pas les termes de ses faits",
    ),
    "term too many": Damage(
        "INSERT INTO revision_term (term, until, revision)"
        f" SELECT min(id), 2147483647, {_REVISION} FROM term WHERE kind = 'pole' AND value = '93'",
        "pole archer-pole-sud : l’index ne porte pas les termes de ses faits",
    ),
    "name of the order changed": Damage(
        f"UPDATE revision SET name_sort = 'zzz' WHERE id = {_REVISION}", "archer-pole-sud"
    ),
    "day of the beginning changed": Damage(
        f"UPDATE revision SET active_from = '1900-01-01' WHERE id = {_REVISION}", "archer-pole-sud"
    ),
    "facets of another record": Damage(
        "UPDATE revision SET facet_set = (SELECT min(facet_set) FROM revision WHERE record_id = 'le-phares')"
        f" WHERE id = {_REVISION}",
        "archer-pole-sud",
    ),
    "serial that is missing": Damage(
        "INSERT INTO write (serial, last_revision, recorded_at, editor, reason)"
        " SELECT 3, last_revision, recorded_at, 'x', 'x' FROM write",
        "write 3 : suit 1, il manque une écriture",
    ),
    "write that goes back in time": Damage(
        "INSERT INTO write (serial, last_revision, recorded_at, editor, reason)"
        " SELECT 2, last_revision, '2020-01-01 00:00:00', 'x', 'x' FROM write",
        "write 2 : recule dans le temps",
    ),
    "write that lost its last revision": Damage(
        "UPDATE write SET last_revision = last_revision - 1", "n’est pas la dernière de la dernière écriture"
    ),
}
ON_SQLITE = {
    "text lost": Damage(
        f"INSERT INTO revision_text (revision_text, rowid, words) VALUES ('delete', {_REVISION}, 'sud')",
        "archer-pole-sud : revision_text",
    ),
    "box lost": Damage(f"DELETE FROM revision_box WHERE id = {_REVISION}", "archer-pole-sud : sa boîte"),
    "box moved east": Damage(f"UPDATE revision_box SET x0 = x0 + 1, x1 = x1 + 1 WHERE id = {_REVISION}", _MISPLACED),
    "box moved north": Damage(f"UPDATE revision_box SET y0 = y0 + 1, y1 = y1 + 1 WHERE id = {_REVISION}", _MISPLACED),
    "box stretched": Damage(f"UPDATE revision_box SET x1 = x1 + 5 WHERE id = {_REVISION}", _MISPLACED),
    "box of the past": Damage(f"UPDATE revision_box SET t1 = {_REVISION} + 1 WHERE id = {_REVISION}", _MISPLACED),
}
ON_POSTGRESQL = {
    "text lost": Damage(f"DELETE FROM revision_text WHERE revision = {_REVISION}", "archer-pole-sud : revision_text"),
    "text emptied": Damage(f"UPDATE revision_text SET words = '' WHERE revision = {_REVISION}", "archer-pole-sud"),
    "box lost": Damage(f"DELETE FROM revision_box WHERE revision = {_REVISION}", "archer-pole-sud : sa boîte"),
    "box moved": Damage(
        f"UPDATE revision_box SET point = ST_SetSRID(ST_MakePoint(0, 0), 4326) WHERE revision = {_REVISION}", _MISPLACED
    ),
}


def test_real_registry_has_no_fault(registry: Database) -> None:
    assert faults(registry, SEED) == []


def test_small_registry_has_no_fault(small: Database, cut_seed: SeedFolder) -> None:
    assert faults(small, cut_seed.path) == []


@pytest.mark.parametrize("broken", DAMAGES.values(), ids=DAMAGES.keys())
def test_damage_is_reported(small: Database, cut_seed: SeedFolder, broken: Damage) -> None:
    damage(small, broken.statement)
    assert [fault for fault in faults(small, cut_seed.path) if broken.said in fault]


@pytest.mark.parametrize("broken", ON_SQLITE.values(), ids=ON_SQLITE.keys())
def test_damage_of_sqlite_search_is_reported(small: Database, cut_seed: SeedFolder, broken: Damage) -> None:
    if not small.is_sqlite:
        pytest.skip("the search tables of SQLite")
    damage(small, broken.statement)
    assert [fault for fault in faults(small, cut_seed.path) if broken.said in fault]


@pytest.mark.parametrize("broken", ON_POSTGRESQL.values(), ids=ON_POSTGRESQL.keys())
def test_damage_of_postgresql_search_is_reported(small: Database, cut_seed: SeedFolder, broken: Damage) -> None:
    if small.is_sqlite:
        pytest.skip("the search tables of PostgreSQL")
    damage(small, broken.statement)
    assert [fault for fault in faults(small, cut_seed.path) if broken.said in fault]


@pytest.mark.parametrize(
    ("statement", "table"),
    [
        ("UPDATE label SET wave = 'aap-2099' WHERE pole = 'archer-pole-sud'", "label"),
        ("UPDATE pole SET seat_commune = '99999' WHERE id = 'archer-pole-sud'", "pole"),
        ("UPDATE membership SET organisation = 'personne' WHERE organisation = 'adie'", "membership"),
        ("UPDATE citation SET source = 's-x' WHERE record = 'archer-pole-sud@adie'", "citation"),
    ],
)
def test_reference_broken_by_a_tool_without_foreign_keys_is_reported(
    small: Database, cut_seed: SeedFolder, statement: str, table: str
) -> None:
    if not small.is_sqlite:
        pytest.skip("PostgreSQL cannot be told to ignore foreign keys")
    careless = create_engine(small.url)  # without our pragmas
    with careless.begin() as connection:
        connection.execute(text(statement))
    careless.dispose()
    assert [fault for fault in faults(small, cut_seed.path) if fault.startswith(f"{table}, ligne ")]

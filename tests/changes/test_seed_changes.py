"""A seed that changed: what differs is applied, the records that show it are published again, in one write."""

from typing import Any

import pytest
from sqlalchemy import select
from sqlmodel import col

from app.database import Database
from app.models import Citation, CitedKind, Kind, OfficialCount
from tests.changes.small_seed import SHARED, SeedFolder
from tests.changes.state import apply, document, faults, published


def test_changed_cell_republishes_that_record_alone(small: Database, folder: SeedFolder) -> None:
    folder.set("poles.csv", {"id": "archer-pole-sud"}, job_count="1234")
    outcome = apply(small, folder.path)
    assert (outcome.serial, outcome.revisions) == (2, 1)
    assert published(small, 2) == {("pole", "archer-pole-sud")}
    assert document(small, Kind.POLE, "archer-pole-sud")["job_count"] == 1234
    assert faults(small, folder.path) == []


def test_renamed_organisation_republishes_the_poles_that_show_it(small: Database, folder: SeedFolder) -> None:
    folder.set("organisations.csv", {"id": SHARED}, name="Maison renommée")
    assert apply(small, folder.path).serial == 2
    assert published(small, 2) == {
        ("organisation", SHARED),
        ("pole", "emergence-beauvaisis"),
        ("pole", "ptce-pays-de-bray"),
    }
    members = document(small, Kind.POLE, "emergence-beauvaisis")["members"]
    assert "Maison renommée" in [member["organisation"]["name"] for member in members]
    assert faults(small, folder.path) == []


def test_renamed_pole_republishes_its_members_and_waves(small: Database, folder: SeedFolder) -> None:
    folder.set("poles.csv", {"id": "archer-pole-sud"}, name="Archer renommé")
    apply(small, folder.path)
    members = {row["organisation_id"] for row in folder.rows("memberships.csv") if row["pole_id"] == "archer-pole-sud"}
    assert published(small, 2) == {
        ("pole", "archer-pole-sud"),
        ("wave", "aap-2013"),
        *(("organisation", member) for member in members),
    }
    assert faults(small, folder.path) == []


def test_removed_membership_goes_and_republishes_both_ends(small: Database, folder: SeedFolder) -> None:
    link = {"pole_id": "emergence-beauvaisis", "organisation_id": SHARED}
    folder.remove("memberships.csv", **link)
    apply(small, folder.path)
    assert published(small, 2) == {("pole", "emergence-beauvaisis"), ("organisation", SHARED)}
    shown = document(small, Kind.ORGANISATION, SHARED)["poles"]
    assert [link["pole"]["id"] for link in shown] == ["ptce-pays-de-bray"]
    assert document(small, Kind.POLE, "emergence-beauvaisis")["known_member_count"] == 7
    assert faults(small, folder.path) == []


def test_removed_label_goes_and_republishes_its_wave(small: Database, folder: SeedFolder) -> None:
    folder.remove("labels.csv", pole_id="le-phares")
    apply(small, folder.path)
    assert published(small, 2) == {("pole", "le-phares"), ("wave", "aap-2013")}
    assert document(small, Kind.WAVE, "aap-2013")["found"] == 2


@pytest.mark.parametrize(
    ("column", "cells", "shown", "value"),
    [
        ("former_names", "Pôle Sud Rhône-Alpes", "former_names", ["Pôle Sud Rhône-Alpes"]),
        ("former_names", "", "former_names", []),
        ("sectors", "energy|crafts_industry", "sectors", ["energy", "crafts_industry"]),
        ("territory_codes", "region:84|departement:26", "territory", ["region:84", "departement:26"]),
    ],
)
def test_lists_are_replaced_in_their_order(
    small: Database, folder: SeedFolder, column: str, cells: str, shown: str, value: list[str]
) -> None:
    folder.set("poles.csv", {"id": "archer-pole-sud"}, **{column: cells})
    apply(small, folder.path)
    found: Any = document(small, Kind.POLE, "archer-pole-sud")[shown]
    found = [unit["unit"] for unit in found["units"]] if shown == "territory" else found
    assert [one["code"] if isinstance(one, dict) else one for one in found] == value
    assert faults(small, folder.path) == []


def test_new_record_is_added_with_its_neighbours(small: Database, folder: SeedFolder) -> None:
    source = folder.rows("sources.csv")[0]["id"]
    pole = folder.row("poles.csv", id="emergence-beauvaisis") | {"id": "nouveau", "name": "Nouveau"}
    folder.add("poles.csv", pole)
    folder.add("citations.csv", {"record": "poles/nouveau", "field": "", "source_id": source})
    link = folder.rows("memberships.csv")[0] | {"pole_id": "nouveau", "organisation_id": SHARED}
    folder.add("memberships.csv", link | {"source_ids": source})
    apply(small, folder.path)
    assert published(small, 2) == {("pole", "nouveau"), ("organisation", SHARED)}
    assert document(small, Kind.POLE, "nouveau")["revision"]["action"] == "created"
    assert faults(small, folder.path) == []


def test_record_that_leaves_the_seed_stays(small: Database, folder: SeedFolder) -> None:
    for file, column in (("memberships.csv", "pole_id"), ("citations.csv", "record")):
        value = "emergence-beauvaisis" if column == "pole_id" else "poles/emergence-beauvaisis"
        if any(row[column] == value for row in folder.rows(file)):
            folder.remove(file, **{column: value})
    folder.remove("poles.csv", id="emergence-beauvaisis")
    apply(small, folder.path)
    assert document(small, Kind.POLE, "emergence-beauvaisis")["name"] == "Émergence Beauvaisis"


def test_renamed_place_republishes_the_records_that_show_it(small: Database, folder: SeedFolder) -> None:
    folder.set("reference/departements.csv", {"code": "26"}, nom="Drôme renommée")
    apply(small, folder.path)
    assert document(small, Kind.POLE, "archer-pole-sud")["seat"]["departement"]["name"] == "Drôme renommée"
    assert ("pole", "le-phares") not in published(small, 2)
    assert faults(small, folder.path) == []


def test_corrected_official_count_replaces_the_old_one(small: Database, folder: SeedFolder) -> None:
    folder.set("official_counts.csv", {"as_of": "2011"}, count="131")
    apply(small, folder.path)
    with small.reading() as session:
        counts = session.scalars(select(col(OfficialCount.count)).where(col(OfficialCount.as_of) == "2011")).all()
    assert counts == [131]
    assert faults(small, folder.path) == []


def test_source_withdrawn_from_a_chamber_goes(small: Database, folder: SeedFolder) -> None:
    row = folder.rows("cress.csv")[0]
    other = next(source["id"] for source in folder.rows("sources.csv") if source["id"] not in row["source_ids"])
    folder.set("cress.csv", {"region": row["region"]}, source_ids=f"{row['source_ids']}|{other}")
    apply(small, folder.path)
    folder.set("cress.csv", {"region": row["region"]}, source_ids=row["source_ids"])
    apply(small, folder.path)
    with small.reading() as session:
        of_chamber = (col(Citation.kind) == CitedKind.CRESS, col(Citation.record) == row["region"])
        assert session.scalars(select(col(Citation.source)).where(*of_chamber)).all() == [row["source_ids"]]


def test_source_that_leaves_the_seed_leaves_no_fault(small: Database, folder: SeedFolder) -> None:
    row = folder.row("memberships.csv", pole_id="archer-pole-sud", organisation_id="groupe-archer")
    new = folder.rows("sources.csv")[0] | {"id": "s-new", "url": "https://example.org/new"}
    folder.add("sources.csv", new)
    folder.set("memberships.csv", row, source_ids=row["source_ids"] + "|s-new")
    apply(small, folder.path)
    folder.remove("sources.csv", id="s-new")
    folder.set("memberships.csv", {"pole_id": row["pole_id"], "organisation_id": row["organisation_id"]}, **row)
    apply(small, folder.path)
    assert faults(small, folder.path) == []


def test_index_follows_a_unit_that_gains_a_container(small: Database, folder: SeedFolder) -> None:
    row = folder.row("reference/epci.csv", siren="246000913")
    folder.set("reference/epci.csv", row, departements=row["departements"] + "|93")
    apply(small, folder.path)
    assert faults(small, folder.path) == []

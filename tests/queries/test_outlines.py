"""The one reader of outlines: what each table has, what is not known, where a point lies."""

from pathlib import Path

import pytest
import shapely

from app.models import UnitKind
from app.queries.outlines import FILES, Detail, layer, outline, shape
from app.settings import ROOT
from tests.routes import oracle

SEED = ROOT / "seed"
TABLES = {UnitKind.REGION: "regions", UnitKind.DEPARTEMENT: "departements", UnitKind.EPCI: "epci"}


@pytest.mark.parametrize(("kind", "detail"), FILES)
def test_every_place_of_the_tables_has_an_outline_but_the_collectivites(kind: UnitKind, detail: Detail) -> None:
    rows = oracle.rows(f"reference/{TABLES[kind]}")
    missing = {row["code"] for row in rows if kind is not UnitKind.EPCI and row["zone"] == "com"}
    codes = {row["siren" if kind is UnitKind.EPCI else "code"] for row in rows}
    assert set(layer(SEED, kind, detail).geometries) == codes - missing
    for code in codes:
        drawn, known = outline(SEED, kind, code, detail), shape(SEED, kind, code, detail)
        assert (drawn is None) == (known is None) == (code in missing)
        assert drawn is None or shapely.from_geojson(drawn) == known


@pytest.mark.parametrize(("kind", "code"), [
    (UnitKind.REGION, "99"), (UnitKind.COMMUNE, "26281"), (UnitKind.EPT, "200057867"), (UnitKind.EPCI, ""),
])  # fmt: skip
def test_what_is_not_known_has_no_outline(kind: UnitKind, code: str) -> None:
    for detail in Detail:
        assert outline(SEED, kind, code, detail) is None
        assert shape(SEED, kind, code, detail) is None


def test_a_file_is_read_once() -> None:
    assert layer(SEED, UnitKind.EPCI, Detail.FULL) is layer(SEED, UnitKind.EPCI, Detail.LIGHT)
    assert layer(SEED, UnitKind.EPCI).shapes is layer(SEED, UnitKind.EPCI).shapes


def test_a_point_lies_in_a_place_or_near_it() -> None:
    departements = layer(SEED, UnitKind.DEPARTEMENT, Detail.FULL)
    assert departements.near(5.0381, 45.0548) == ["26"]
    assert departements.near(5.0381, 45.0548, 0.3) == ["07", "26", "38"]
    assert departements.near(-20, 40) == []


def test_a_file_that_is_not_one_is_told(tmp_path: Path) -> None:
    (tmp_path / "reference").mkdir()
    (tmp_path / "reference/regions.geojson").write_text("{}", encoding="utf-8")
    with pytest.raises(KeyError):
        layer(tmp_path, UnitKind.REGION, Detail.FULL)
    with pytest.raises(OSError, match="regions_leger"):
        layer(tmp_path, UnitKind.REGION)

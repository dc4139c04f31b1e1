"""Files that ogr2ogr makes of the registry, read again: all that our JSON says; of a Shapefile, ids and codes."""

from pathlib import Path

import httpx
import pytest

from tests.conftest import ON_SQLITE_ONLY
from tests.ogc.asking import COLLECTIONS
from tests.ogc.clients import gdal
from tests.ogc.clients.reading import Feature, check
from tests.ogc.clients.test_clients import answered

SOME = ("poles", "departements")
OTHERS = [pytest.param(one, marks=pytest.mark.slow) for one in COLLECTIONS if one not in SOME]
pytestmark = [ON_SQLITE_ONLY, gdal.needed, pytest.mark.parametrize("collection", [*SOME, *OTHERS])]
# A Shapefile has names of ten letters, and texts of 254 bytes.
SHORT = {"departement": "departemen", "commune_name": "commune_na", "region_name": "region_nam"}
WHOLE = (
    "id",
    "code",
    "name",
    "siren",
    "postcode",
    "commune",
    "departement",
    "region",
    "epci",
    "commune_name",
    "region_name",
)
CUT = r"Normalized/laundered field name|has been truncated to 254 characters|^$"


def read_again(address: str, collection: str, file: Path, *options: str, warnings: str = "") -> list[Feature]:
    written = ("-oo", "PAGE_SIZE=1000", "-mapFieldType", "StringList=String,DateTime=String")
    arguments = written if file.suffix != ".csv" else ("-oo", "PAGE_SIZE=1000")
    gdal.run(address, "ogr2ogr", *arguments, *options, str(file), "ADDRESS", collection, warnings=warnings)
    from_csv = ("-oo", "GEOM_POSSIBLE_NAMES=WKT", "-oo", "EMPTY_STRING_AS_NULL=YES")
    return gdal.read_file(address, str(file), *(from_csv if file.suffix == ".csv" else ()))


def test_geopackage_has_all(address: str, client: httpx.Client, collection: str, tmp_path: Path) -> None:
    features = read_again(address, collection, tmp_path / "registry.gpkg")
    check(features, answered(client, collection), gdal.LOST)


def test_csv_has_all(address: str, client: httpx.Client, collection: str, tmp_path: Path) -> None:
    """Its types stand in a file beside it, without which codes would be read as they are too, but figures as texts."""
    options = ("-lco", "GEOMETRY=AS_WKT", "-lco", "CREATE_CSVT=YES")
    features = read_again(address, collection, tmp_path / "registry.csv", *options)
    check(features, answered(client, collection), gdal.LOST)


def test_shapefile_has_ids_and_codes(address: str, client: httpx.Client, collection: str, tmp_path: Path) -> None:
    features = read_again(address, collection, tmp_path / "registry.shp", "-lco", "ENCODING=UTF-8", warnings=CUT)
    ours = answered(client, collection)
    assert [one.id for one in features] == [one["id"] for one in ours]
    for mine, whole in zip(features, ours, strict=True):
        for name in whole["properties"].keys() & set(WHOLE):
            assert mine.properties[SHORT.get(name, name)] == whole["properties"][name]
        assert (mine.geometry is None) == (whole["geometry"] is None)

"""One query in any format: the same ids in the same order, the same count, the same serial."""

import io
import math
from datetime import datetime
from typing import Any

import httpx
import openpyxl
import pytest

from tests.routes import oracle
from tests.routes.asking import FORMATS, asked, ids_of, sheet, table

# DESIGN, flat names: the contract, written out here and not read from the code.
POLE_COLUMNS = [
    "id",
    "url",
    "name",
    "acronym",
    "former_names",
    "status",
    "status_as_of",
    "description",
    "founded_year",
    "ended_on",
    "address",
    "postcode",
    "commune",
    "commune_name",
    "departement",
    "departement_name",
    "region",
    "region_name",
    "epci",
    "epci_name",
    "precision",
    "longitude",
    "latitude",
    "territory",
    "territory_codes",
    "sectors",
    "waves",
    "carriers",
    "members",
    "member_count",
    "known_member_count",
    "job_count",
    "website",
    "sources",
    "serial",
    "recorded_at",
]
MEDIA = {
    "json": "application/json",
    "geojson": "application/geo+json",
    "csv": "text/csv",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
QUERIES = [
    "/v1/poles?limit=1000", "/v1/poles?region=84&limit=5&offset=5", "/v1/poles?q=coop&sort=-name",
    "/v1/poles?wave=2021&outcome=supported&sort=founded", "/v1/poles?active_on=2021-05-12&sort=-updated",
    "/v1/poles?region=94", "/v1/poles?offset=500", "/v1/poles?territory=region:84&as_of=1",
    "/v1/organisations?kind=association&limit=20", "/v1/organisations?q=ville&sort=-name", "/v1/waves?sort=founded",
]  # fmt: skip


def in_format(path: str, format_: str) -> str:
    stem, _, query = path.partition("?")
    return f"{stem}.{format_}?{query}"


@pytest.mark.parametrize("path", QUERIES)
def test_every_format_has_the_same_ids_count_and_serial(client: httpx.Client, path: str) -> None:
    whole = asked(client, path)
    ids = [item["id"] for item in whole["items"]]
    for format_ in FORMATS:
        response = client.get(in_format(path, format_))
        assert response.status_code == 200
        assert response.headers["content-type"].split(";")[0] == MEDIA[format_]
        assert response.headers["registry-count"] == str(whole["count"])
        assert response.headers["registry-serial"] == str(whole["serial"])
        assert ids_of(response, format_) == ids


@pytest.mark.parametrize("path", ["/v1/poles", "/v1/poles/archer-pole-sud", "/v1/regions", "/v1/organisations"])
@pytest.mark.parametrize("format_", FORMATS)
def test_a_format_is_asked_for_in_three_ways(client: httpx.Client, path: str, format_: str) -> None:
    by_suffix = client.get(f"{path}.{format_}")
    by_parameter = client.get(f"{path}?f={format_}")
    by_accept = client.get(path, headers={"Accept": MEDIA[format_]})
    assert (
        by_suffix.headers["content-type"] == by_parameter.headers["content-type"] == by_accept.headers["content-type"]
    )
    assert by_suffix.headers["etag"] == by_parameter.headers["etag"] == by_accept.headers["etag"]
    if format_ == "csv":
        assert by_suffix.content == by_parameter.content == by_accept.content


def test_the_suffix_wins_over_f_and_f_over_accept(client: httpx.Client) -> None:
    answer = client.get("/v1/poles.csv?f=geojson", headers={"Accept": "application/json"})
    assert answer.headers["content-type"].startswith("text/csv")
    answer = client.get("/v1/poles?f=geojson", headers={"Accept": "text/csv"})
    assert answer.headers["content-type"] == "application/geo+json"
    answer = client.get("/v1/poles?f=", headers={"Accept": "text/csv"})
    assert answer.headers["content-type"].startswith("text/csv")


ACCEPTS = [
    (None, "json"),
    ("*/*", "json"),
    ("application/json", "json"),
    ("application/*", "json"),
    ("text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8", "json"),
    ("text/csv", "csv"),
    ("text/*", "csv"),
    ("TEXT/CSV", "csv"),
    ("text/csv; charset=utf-8", "csv"),
    ("text/csv;q=0.5, application/json;q=0.4", "csv"),
    ("text/csv;q=0.4, application/json;q=0.5", "json"),
    ("application/geo+json, */*;q=0.1", "geojson"),
    ("*/*;q=0.1, application/geo+json;q=0.2", "geojson"),
    ("application/json;q=0, text/csv;q=0.1", "csv"),
    ("text/html, text/csv;q=0.1", "csv"),
]


@pytest.mark.parametrize(("accept", "format_"), ACCEPTS, ids=[str(accept) for accept, _ in ACCEPTS])
def test_accept_is_negotiated(client: httpx.Client, accept: str | None, format_: str) -> None:
    headers = {"Accept": accept} if accept else {}
    request = client.build_request("GET", "/v1/poles?limit=1", headers=headers)
    if accept is None:
        del request.headers["accept"]
    assert client.send(request).headers["content-type"].split(";")[0] == MEDIA[format_]


def assert_feature(feature: dict[str, Any]) -> None:
    """Check one feature by the rules of RFC 7946."""
    assert feature["type"] == "Feature"
    assert isinstance(feature["id"], str)
    assert isinstance(feature["properties"], dict)
    assert not {"features", "coordinates", "geometries", "crs"} & set(feature)
    geometry = feature["geometry"]
    if geometry is not None:
        assert set(geometry) == {"type", "coordinates"}
        assert geometry["type"] == "Point"
        longitude, latitude = geometry["coordinates"]
        assert math.isfinite(longitude + latitude)
        assert -180 <= longitude <= 180
        assert -90 <= latitude <= 90


def test_geojson_is_valid_and_places_nothing_at_a_guess(client: httpx.Client) -> None:
    answer = asked(client, "/v1/poles.geojson?limit=1000")
    assert answer["type"] == "FeatureCollection"
    assert not {"coordinates", "geometries", "geometry", "properties", "crs"} & set(answer)
    points = {row["id"]: (row["lon"], row["lat"]) for row in oracle.rows("poles")}
    for feature in answer["features"]:
        assert_feature(feature)
        longitude, latitude = points[feature["id"]]
        if longitude:
            assert feature["geometry"]["coordinates"] == [float(longitude), float(latitude)]
        else:
            assert feature["geometry"] is None
    assert sum(feature["geometry"] is None for feature in answer["features"]) == 51


def test_geojson_carries_the_envelope_and_flat_properties(client: httpx.Client) -> None:
    answer = asked(client, "/v1/poles.geojson?region=84&limit=3")
    plain = asked(client, "/v1/poles?region=84&limit=3")
    assert set(answer) - {"type", "features"} == set(plain) - {"items"}
    for name in set(plain) - {"items", "links"}:
        assert answer[name] == plain[name]
    for feature in answer["features"]:
        assert list(feature["properties"]) == POLE_COLUMNS
        assert isinstance(feature["properties"]["waves"], list)
        assert feature["properties"]["url"].startswith(str(client.base_url).rstrip("/") + "/poles/")
    assert [one["properties"]["region"] for one in answer["features"]] == ["84"] * 3


def test_one_feature_is_the_feature_of_the_list(client: httpx.Client) -> None:
    for feature in asked(client, "/v1/poles.geojson?limit=5")["features"]:
        assert asked(client, f"/v1/poles/{feature['id']}.geojson") == feature


@pytest.mark.parametrize(
    "path", ["/v1/regions", "/v1/departements", "/v1/communes?q=saint", "/v1/organisations", "/v1/epcis"]
)
def test_other_lists_are_valid_geojson_too(client: httpx.Client, path: str) -> None:
    answer = asked(client, path.replace("?", ".geojson?") if "?" in path else f"{path}.geojson")
    assert answer["features"]
    for feature in answer["features"]:
        assert_feature(feature)


def test_csv_has_the_flat_names_and_the_facts_of_the_seed(client: httpx.Client) -> None:
    response = client.get("/v1/poles.csv?limit=1000")
    assert response.headers["content-type"] == "text/csv; charset=utf-8; header=present"
    first, *_ = response.content.split(b"\r\n", 1)
    assert first.decode().split(",") == POLE_COLUMNS
    rows = {row["id"]: row for row in table(response.content)}
    assert len(rows) == 115
    for seed in oracle.rows("poles"):
        row, same = rows[seed["id"]], ("name", "status", "status_as_of", "ended_on", "departement", "region", "epci")
        assert {name: row[name] for name in same} == {name: seed[name] for name in same}
        assert row["commune"] == seed["seat_commune"]
        assert row["sectors"] == seed["sectors"]
        assert row["territory_codes"] == seed["territory_codes"]
        assert row["former_names"] == seed["former_names"]
        assert row["longitude"] == (str(float(seed["lon"])) if seed["lon"] else "")
    assert rows["ag2i-bourg-en-bresse"]["departement"] == "01"
    assert {row["region"] for row in rows.values()} >= {"01", "02", "03", "04", "06"}
    assert all(row["url"].startswith("http") for row in rows.values())


def test_csv_and_json_say_the_same(client: httpx.Client) -> None:
    rows = table(client.get("/v1/poles.csv?limit=1000").content)
    for row, item in zip(rows, asked(client, "/v1/poles?limit=1000")["items"], strict=True):
        assert row["waves"] == "|".join(label["wave"]["id"] for label in item["labels"])
        assert row["members"] == "|".join(member["organisation"]["id"] for member in item["members"])
        assert row["carriers"] == "|".join(carrier["id"] for carrier in item["carriers"])
        assert row["sources"] == "|".join(source["url"] for source in item["sources"])
        assert row["region_name"] == item["seat"]["region"]["name"]
        assert row["known_member_count"] == str(len(item["members"]))
        assert row["recorded_at"] == item["revision"]["recorded_at"]


def test_csv_for_french_excel(client: httpx.Client) -> None:
    plain = client.get("/v1/poles.csv?limit=1000")
    french = client.get("/v1/poles.csv?limit=1000&excel=1")
    assert not plain.content.startswith(b"\xef\xbb\xbf")
    assert french.content.startswith(b"\xef\xbb\xbf")
    rows, same = table(french.content[3:], ";"), table(plain.content)
    assert list(rows[0]) == POLE_COLUMNS
    for row, other in zip(rows, same, strict=True):
        for name in POLE_COLUMNS:
            comma = name in {"longitude", "latitude"}
            assert row[name] == (other[name].replace(".", ",") if comma else other[name])
    assert any("," in row["longitude"] for row in rows)
    assert client.get("/v1/poles.csv?excel=0&limit=1000").content == plain.content


def test_xlsx_keeps_codes_as_text_and_numbers_as_numbers(client: httpx.Client) -> None:
    response = client.get("/v1/poles.xlsx?limit=1000")
    data = sheet(response.content)
    assert [cell.value for cell in data[1]] == POLE_COLUMNS
    numbers = {"founded_year", "longitude", "latitude", "member_count", "known_member_count", "job_count", "serial"}
    rows = table(client.get("/v1/poles.csv?limit=1000").content)
    assert data.max_row == len(rows) + 1
    for cells, row in zip(data.iter_rows(min_row=2), rows, strict=True):
        for cell, name in zip(cells, POLE_COLUMNS, strict=True):
            if not row[name]:
                assert cell.value is None
            elif name in numbers:
                assert cell.data_type == "n"
                assert cell.value == float(row[name])
            else:
                assert cell.data_type == "s"
                assert cell.value == row[name].removeprefix("'")
                assert cell.number_format == "@"


def test_xlsx_says_what_it_is(client: httpx.Client) -> None:
    response = client.get("/v1/poles.xlsx?region=84&active_on=2021-05-12&limit=3")
    answer = asked(client, "/v1/poles?region=84&active_on=2021-05-12&limit=3")
    about = {str(row[0]): str(row[1]) for row in sheet(response.content, "à propos").iter_rows(values_only=True)}
    created = openpyxl.load_workbook(io.BytesIO(response.content)).properties.created
    assert created == datetime.fromisoformat(answer["as_of"]).replace(tzinfo=None, microsecond=0)
    assert about["Lignes"] == f"1 à 3 sur {answer['count']}"
    assert "region = 84" in about["Filtres"]
    assert about["Non déterminés"] == str(answer["undetermined"])
    assert f"écriture {answer['serial']}" in about["État"]
    assert about["Requête"].endswith("/v1/poles.xlsx?region=84&active_on=2021-05-12&limit=3")
    assert "etalab-2.0" in about["Licence"]
    assert about["Mention"] == answer["attribution"]


DISPOSITIONS = [
    ("/v1/poles.csv?limit=1000", "ptce-poles-"),
    ("/v1/poles.csv", "ptce-poles-1-a-100-sur-115-"),
    ("/v1/poles.xlsx?region=84", "ptce-poles-84-"),
    ("/v1/poles/archer-pole-sud.csv", "ptce-archer-pole-sud-"),
    ("/v1/organisations.csv?limit=1000", "ptce-organisations-"),
]


@pytest.mark.parametrize(("path", "start"), DISPOSITIONS, ids=[path for path, _ in DISPOSITIONS])
def test_a_table_is_a_file_with_a_telling_name(client: httpx.Client, path: str, start: str) -> None:
    disposition = client.get(path).headers["content-disposition"]
    day = asked(client, "/v1/poles?limit=1")["as_of"][:4]
    assert disposition.startswith(f'attachment; filename="{start}{day}')
    assert "filename*=UTF-8''" in disposition


def test_json_and_geojson_open_in_place(client: httpx.Client) -> None:
    for path in ("/v1/poles", "/v1/poles.geojson", "/v1/poles/archer-pole-sud"):
        assert "content-disposition" not in client.get(path).headers


def test_a_file_name_carries_no_header_of_its_own(client: httpx.Client) -> None:
    disposition = client.get("/v1/poles.csv", params={"q": 'é";filename="x œ/../'}).headers["content-disposition"]
    name = disposition.split('filename="')[1].split('"')[0]
    assert name.isascii()
    assert not set(name) & set('/\\;"')

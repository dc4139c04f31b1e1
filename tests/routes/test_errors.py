"""Every error has one shape, names what is wrong, and says what to do."""

import html
import socket
from typing import Any
from urllib.parse import quote, urlsplit

import httpx
import pytest

from tests.routes import oracle
from tests.routes.asking import asked, refused

# query, parameter, what `expected` says, suggestion
PARAMETERS: list[tuple[str, str, str, str | None]] = [
    ("regoin=84", "regoin", "region", "region"),
    ("Region=84", "Region", "region", "region"),
    ("departments=26", "departments", "departement", "departement"),
    ("page=2", "page", "un paramètre connu", None),
    ("region=99", "region", "84 (Auvergne-Rhône-Alpes)", None),
    ("region=bretagn", "region", "53 (Bretagne)", "53"),
    ("region=FR-XXX", "region", "11 (Île-de-France)", ...),  # type: ignore[list-item]  # any suggestion
    ("departement=99", "departement", "une valeur connue", None),
    ("departement=Ardeche du Nord", "departement", "une valeur connue", "07"),
    ("wave=aap-2014", "wave", "aap-2013", "aap-2013"),
    ("wave=2014", "wave", "aap-2013", ...),  # type: ignore[list-item]
    ("sector=cultures", "sector", "culture", "culture"),
    ("member=groupe-archeer", "member", "une valeur connue", "groupe-archer"),
    ("member=000000000", "member", "une valeur connue", ...),  # type: ignore[list-item]
    ("commune=Romans", "commune", "code INSEE", "26281"),
    ("commune=99999", "commune", "code INSEE", None),
    ("epci=000000000", "epci", "une valeur connue", ...),  # type: ignore[list-item]
    ("epci=nantes metropol", "epci", "une valeur connue", "244400404"),
    ("status=actif", "status", "active", "active"),
    ("status=active,closed", "status", "inactive", ...),  # type: ignore[list-item]
    ("outcome=laureat", "outcome", "laureate", "laureate"),
    ("sort=nom", "sort", "name", ...),  # type: ignore[list-item]
    ("sort=distance", "sort", "lat et lon aussi", None),
    ("facets=regions", "facets", "region", "region"),
    ("limit=0", "limit", "1 à 1000", None),
    ("limit=-1", "limit", "1 à 1000", None),
    ("limit=1001", "limit", "1 à 1000", None),
    ("limit=abc", "limit", "1 à 1000", None),
    ("limit=1.5", "limit", "1 à 1000", None),
    ("limit=1e2", "limit", "1 à 1000", None),
    ("limit=" + "9" * 5000, "limit", "1 à 1000", None),
    ("limit=NaN", "limit", "1 à 1000", None),
    ("offset=-1", "offset", "0 à 1000000", None),
    ("offset=1000001", "offset", "0 à 1000000", None),
    ("offset=1" + "0" * 30, "offset", "0 à 1000000", None),
    ("active_on=2021", "active_on", "AAAA-MM-JJ", None),
    ("active_on=2021-02-30", "active_on", "AAAA-MM-JJ", None),
    ("active_on=12/05/2021", "active_on", "AAAA-MM-JJ", None),
    ("active_on=2021-5-12", "active_on", "AAAA-MM-JJ", None),
    ("active_on=0000-01-01", "active_on", "AAAA-MM-JJ", None),
    ("active_on=20210512", "active_on", "AAAA-MM-JJ", None),
    ("active_on=2021-W19-3", "active_on", "AAAA-MM-JJ", None),
    ("updated_since=hier", "updated_since", "AAAA-MM-JJ", None),
    ("updated_since=2026-01-01T00:00:00", "updated_since", "2026", None),
    ("updated_since=9999-12-31", "updated_since", "AAAA-MM-JJ", None),
    ("as_of=0", "as_of", "active_on", None),
    ("as_of=2", "as_of", "numéro de 1 à 1", None),
    ("as_of=-1", "as_of", "AAAA-MM-JJ", None),
    ("as_of=9999999999", "as_of", "numéro de 1 à 1", None),
    ("as_of=" + "9" * 40, "as_of", "AAAA-MM-JJ", None),
    ("as_of=1999-01-01", "as_of", "active_on", None),
    ("as_of=2998-01-01", "as_of", "active_on", None),
    ("as_of=2021-13-01", "as_of", "AAAA-MM-JJ", None),
    ("as_of=%C2%B2", "as_of", "AAAA-MM-JJ", None),  # ², a digit to Python's str.isdigit
    ("excel=peut-etre", "excel", "0 ou 1", None),
    ("q=%21%3F...", "q", "lettre ou un chiffre", None),
    ("q=%E2%80%99", "q", "lettre ou un chiffre", None),
    ("q=" + "a" * 201, "q", "200 caractères", None),
    ("q=a%00b", "q", "caractère de contrôle", None),
    ("q=a%1Bb", "q", "caractère de contrôle", None),
    ("q=a%0Ab", "q", "caractère de contrôle", None),
    ("region=84%00", "region", "caractère de contrôle", None),
    ("commune=%00", "commune", "caractère de contrôle", None),
    ("a%00b=1", "a\x00b", "un paramètre connu", None),
    ("region=84,", "region", "chaque virgule", None),
    ("fields=,", "fields", "chaque virgule", None),
    ("limit=5&limit=6", "limit", "deux fois", None),
    ("q=a&q=b", "q", "deux fois", None),
    ("as_of=1&as_of=1", "as_of", "deux fois", None),
    ("f=csv&f=json", "f", "deux fois", None),
    ("active_on=2021-05-12&active_on=2021-05-13", "active_on", "deux fois", None),
    ("fields=websit", "fields", "name", "website"),
    ("bbox=1,2", "bbox", "quatre nombres", None),
    ("boxx=1,2", "boxx", "un paramètre connu", "bbox"),
]


@pytest.mark.parametrize(
    ("query", "parameter", "expected", "suggestion"), PARAMETERS, ids=[it[0][:40] for it in PARAMETERS]
)
def test_a_bad_parameter_is_refused(
    client: httpx.Client, query: str, parameter: str, expected: str, suggestion: Any
) -> None:
    problem = refused(client.get(f"/v1/poles?{query}"), 422)
    assert problem["type"] == "/problems/invalide"
    assert problem["instance"] == "/v1/poles"
    (fault,) = problem["errors"]
    assert fault["parameter"] == parameter
    assert expected in fault["expected"]
    assert len(str(fault["value"])) <= 200
    if suggestion is not ...:
        assert fault.get("suggestion") == suggestion
    if suggestion and suggestion is not ...:
        assert f"« {suggestion} »" in problem["detail"]


def test_every_fault_of_a_request_is_named_at_once(client: httpx.Client) -> None:
    problem = refused(client.get("/v1/poles?regoin=84&limit=0&q=a&q=b&active_on=x&status=actif"), 422)
    assert {fault["parameter"] for fault in problem["errors"]} == {"regoin", "limit", "q", "active_on", "status"}


def test_every_unknown_value_of_a_request_is_named_at_once(client: httpx.Client) -> None:
    problem = refused(client.get("/v1/poles?region=84,98,97&wave=aap-2014"), 422)
    found = [(fault["parameter"], fault["value"]) for fault in problem["errors"]]
    assert found == [("region", "98"), ("region", "97"), ("wave", "aap-2014")]


def test_an_unknown_region_lists_the_valid_codes(client: httpx.Client) -> None:
    (fault,) = refused(client.get("/v1/poles?region=99"), 422)["errors"]
    for code, name in oracle.names("reference/regions", "code", "nom").items():
        assert f"{code} ({name})" in fault["expected"]


@pytest.mark.parametrize("path", ["/v1/organisations", "/v1/waves", "/v1/sectors", "/v1/regions", "/v1/departements",
                                  "/v1/epcis", "/v1/communes", "/v1/stats", "/v1/poles/archer-pole-sud", "/v1/regions/84",
                                  "/v1/poles/archer-pole-sud/members", "/v1/poles/archer-pole-sud/history"])  # fmt: skip
def test_no_route_ignores_an_unknown_parameter(client: httpx.Client, path: str) -> None:
    (fault,) = refused(client.get(f"{path}?statut=1"), 422)["errors"]
    assert fault["parameter"] == "statut"
    (fault,) = refused(client.get(f"{path}?as_of=99"), 422)["errors"]
    assert fault["parameter"] == "as_of"


MISSING = [
    ("/v1/poles/archer-pole-sut", "archer-pole-sud"),
    ("/v1/organisations/groupe-archeer", "groupe-archer"),
    ("/v1/waves/aap-2014", "aap-2013"),
    ("/v1/poles/archer-pole-sut/members", "archer-pole-sud"),
    ("/v1/poles/archer-pole-sut/history", "archer-pole-sud"),
    ("/v1/poles/Archer-Pole-Sud", None),
    ("/v1/poles/%00", None),
    ("/v1/poles/a%0Ab", None),
    ("/v1/poles/" + "a" * 3000, None),
    ("/v1/poles/a'%20OR%201=1", None),
    ("/v1/poles/%C3%A9", None),
    ("/v1/poles/zzz/members", None),
    ("/v1/regions/99", "84 (Auvergne-Rhône-Alpes)"),
    ("/v1/regions/%00", None),
    ("/v1/organisations/archer-pole-sud", None),  # a pole's id is no organisation's
    ("/v1/pole", "/v1/poles"),
    ("/v1/nothing.csv", None),
    ("/nowhere", None),
    ("/problems/rien", "invalide"),
]


@pytest.mark.parametrize(("path", "hint"), MISSING, ids=[path[:40] for path, _ in MISSING])
def test_what_is_not_there_is_404_with_a_hint(client: httpx.Client, path: str, hint: str | None) -> None:
    problem = refused(client.get(path), 404)
    assert problem["type"] == "/problems/introuvable"
    if hint:
        assert hint in problem["detail"]


@pytest.mark.parametrize(("path", "headers", "parameter"), [
    ("/v1/poles?f=xml", {}, "f"),
    ("/v1/poles?f=jsn", {}, "f"),
    ("/v1/poles.xml", {}, "f"),
    ("/v1/poles/archer-pole-sud.pdf", {}, "f"),
    ("/v1/regions.parquet", {}, "f"),
    ("/v1/poles", {"Accept": "text/html"}, "Accept"),
    ("/v1/poles", {"Accept": "image/png, text/turtle;q=0.3"}, "Accept"),
    ("/v1/poles", {"Accept": "application/json;q=0"}, "Accept"),
    ("/v1/poles", {"Accept": "n’importe quoi".encode()}, "Accept"),
])  # fmt: skip
def test_an_unknown_format_is_406(client: httpx.Client, path: str, headers: dict[str, Any], parameter: str) -> None:
    problem = refused(client.get(path, headers=headers), 406)
    (fault,) = problem["errors"]
    assert fault["parameter"] == parameter
    for name in ("json", "csv"):
        assert name in fault["expected"]


def test_a_dot_without_a_format_is_no_address(client: httpx.Client) -> None:
    assert client.get("/v1/poles.").status_code in {404, 406}


def test_a_slash_at_the_end_leads_to_the_list(client: httpx.Client) -> None:
    response = client.get("/v1/poles/?region=84&limit=1")
    assert (response.status_code, response.headers["location"]) == (308, "/v1/poles?region=84&limit=1")


@pytest.mark.parametrize("format_", ["csv", "geojson", "xlsx"])
def test_statistics_have_no_table(client: httpx.Client, format_: str) -> None:
    """They are a tree of counts: a format that would show nothing of it is refused."""
    refused(client.get(f"/v1/stats.{format_}"), 406)


def test_an_almost_right_format_gets_a_suggestion(client: httpx.Client) -> None:
    (fault,) = refused(client.get("/v1/poles?f=geojsn"), 406)["errors"]
    assert fault["suggestion"] == "geojson"


def test_a_format_may_be_written_in_capitals(client: httpx.Client) -> None:
    for path in ("/v1/poles?limit=1&f=CSV", "/v1/poles.CSV?limit=1"):
        assert client.get(path).headers["content-type"].startswith("text/csv")


def test_the_url_of_a_record_leads_to_it(client: httpx.Client) -> None:
    for path in (
        "/v1/poles/archer-pole-sud",
        "/v1/organisations/groupe-archer",
        "/v1/waves/aap-2013",
        "/v1/regions/84",
    ):
        document = client.get(path).json()
        data = client.get(document["url"], headers={"Accept": "application/json"}, follow_redirects=True)
        assert data.json() == document
        page = client.get(document["url"], headers={"Accept": "text/html"})
        assert page.status_code == 200
        assert html.escape(document["name"], quote=False) in page.text


def test_a_date_of_no_calendar_in_a_condition_is_ignored(client: httpx.Client) -> None:
    for date in ("Mon, 01 Jan 99999999999999999999 00:00:00 GMT", "Mon, 01 Jan 2024 00:00:00 +99999999999999999999"):
        assert client.get("/v1/poles?limit=1", headers={"If-Modified-Since": date}).status_code == 200


def raw(client: httpx.Client, target: bytes) -> tuple[int, bytes]:
    """Send a request line that no client library would write; return status and answer."""
    url = urlsplit(str(client.base_url))
    with socket.create_connection((url.hostname or "", url.port or 80), timeout=10) as connection:
        connection.sendall(b"GET " + target + b" HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        answer = b"".join(iter(lambda: connection.recv(65536), b""))
    return int(answer.split(b" ", 2)[1]), answer


@pytest.mark.parametrize("target", [
    b"/v1/poles?q=%FF", b"/v1/poles?q=%C3", b"/v1/poles?%C3%28=1", b"/v1/poles/%FF", b"/v1/%ED%A0%80",
    b"/v1/poles?q=caf%E9", b"/%C0%AF", b"/v1/poles?q=%F8%88%80%80%80",
])  # fmt: skip
def test_bytes_that_are_not_utf8_are_400(client: httpx.Client, target: bytes) -> None:
    status, answer = raw(client, target)
    assert status == 400
    assert b"application/problem+json" in answer
    assert b'"type":"/problems/illisible"' in answer


@pytest.mark.parametrize("target", [
    b"/v1/poles?q=caf\xe9", b"/v1/poles/\xff", b"//", b"/v1//poles", b"/v1/poles?%", b"/v1/poles?q=%zz", b"/..%2f..%2fetc",
    b"/v1/poles?&&&=&=1", b"*", b"http://other.example/v1/poles?limit=1", b"/v1/poles#x", b"/v1/poles?limit=1;offset=2",
])  # fmt: skip
def test_strange_request_lines_are_never_500(client: httpx.Client, target: bytes) -> None:
    status, _ = raw(client, target)
    assert status in {200, 400, 404, 422}


@pytest.mark.parametrize("size", [8000, 8191, 8192])
def test_an_address_of_8192_bytes_is_read(client: httpx.Client, size: int) -> None:
    start = "/v1/poles?limit=1&region="
    target = start + ("84," * size)[: size - len(start) - 3] + ",84"
    assert len(target) == size
    assert client.get(target).status_code in {200, 422}


@pytest.mark.parametrize("size", [8193, 8194, 12_000, 30_000])
@pytest.mark.parametrize("start", ["/v1/poles?region=", "/v1/poles/", "/v1/poles.csv?q=", "/"])
def test_an_address_over_8192_bytes_is_414(client: httpx.Client, size: int, start: str) -> None:
    problem = refused(client.get(start + "8" * (size - len(start))), 414)
    assert "8 192" in problem["detail"]


@pytest.mark.parametrize(("start", "parameter", "way"), [
    ("/v1/poles?status=active&q=", "q", "POST /v1/poles/search"), ("/v1/organisations.csv?q=", "q", "POST /v1/organisations/search"),
    ("/v1/waves?q=", "q", None), ("/ogc/collections/poles/items?limit=1&filter=", "filter", None), ("/?q=", "q", None),
    (f"/v1/poles?q={'a' * 3000}" + "&region=84" * 400 + "&near=", "region", "POST /v1/poles/search"),
    ("/v1/poles?%ff%C3%A9=", "\ufffdé", "POST /v1/poles/search"),
])  # fmt: skip
def test_an_address_over_8192_bytes_names_what_to_shorten(
    client: httpx.Client, start: str, parameter: str, way: str | None
) -> None:
    rest = "8" * (8193 - len(start))
    problem = refused(client.get(start + rest), 414)
    (fault,) = problem["errors"]
    assert fault["parameter"] == parameter
    assert f"« {parameter} »" in problem["detail"]
    assert (way or "raccourcissez-le.") in problem["detail"]
    assert ("POST" in problem["detail"]) == (way is not None)


def test_an_address_beyond_the_server_is_a_plain_4xx(client: httpx.Client) -> None:
    status, _ = raw(client, b"/v1/poles?q=" + b"a" * 200_000)
    assert 400 <= status < 500


def test_every_type_of_problem_is_explained(client: httpx.Client) -> None:
    seen = {
        client.get(path).json()["type"]
        for path in ("/v1/poles?x=1", "/v1/poles/zzz", "/v1/poles.xml", "/v1/poles?q=%FF", "/" + "a" * 9000)
    } | {client.post("/v1/poles").json()["type"]}
    assert len(seen) == 6
    listed = client.get("/problems").json()
    assert {one["type"] for one in listed} >= seen
    for one in listed:
        page = asked(client, one["type"])
        assert page == one
        assert page["status"] >= 400
        assert page["title"]
        assert page["meaning"]


HARMLESS = ['"', "'", "a' OR '1'='1", "AND OR NOT", "NEAR(a b)", "a*", "col:umn", "a & b | !c", "\\", "%", "_", "日本",
            "𝐀", "ŉ", "a-b", "<->", "^a", "{a}", "()", "œ" * 100, "a " * 99, "é" * 200, "\u202e", "´a", "＇a＂"]  # fmt: skip


@pytest.mark.parametrize("text", HARMLESS)
@pytest.mark.parametrize("path", ["/v1/poles", "/v1/organisations", "/v1/communes", "/v1/regions", "/v1/epcis"])
def test_no_words_break_the_search(client: httpx.Client, path: str, text: str) -> None:
    response = client.get(f"{path}?q={quote(text)}&limit=1")
    assert response.status_code in {200, 422}, response.text


@pytest.mark.parametrize("name", ["region", "departement", "commune", "epci", "territory", "wave", "sector", "member"])
@pytest.mark.parametrize("value", ["'", '"', "%", "_", "\\", "日本", "a" * 3000, "😀", "commune:'", "\u202e"])
def test_no_value_breaks_the_vocabulary(client: httpx.Client, name: str, value: str) -> None:
    problem = refused(client.get(f"/v1/poles?{name}={quote(value)}"), 422)
    assert problem["errors"][0]["parameter"] == name


def test_a_thousand_values_are_still_a_query(client: httpx.Client) -> None:
    codes = [row["code"] for row in oracle.rows("reference/communes")[:1000]]
    assert client.get(f"/v1/poles?commune={','.join(codes)}").status_code == 200
    problem = refused(client.get(f"/v1/poles?sector={','.join(f'x{number}' for number in range(1000))}"), 422)
    assert problem["errors"]

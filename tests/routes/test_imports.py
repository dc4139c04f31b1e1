"""Sheets sent back over HTTP: what nobody edited changes nothing; what somebody did is told, then written whole."""

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from openpyxl import Workbook, load_workbook

from app.changes import keys
from app.changes.import_files import MAX_ROWS
from app.database import Database
from app.models import KeyRole

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CSV = "text/csv"
NOUNS = ("poles", "organisations")
EXPORTS = {
    "csv": (".csv?limit=1000", CSV),
    "excel": (".csv?limit=1000&excel=1", CSV),
    "xlsx": (".xlsx?limit=1000", XLSX),
}


def key(database: Database, role: KeyRole = KeyRole.NATIONAL, *regions: str) -> dict[str, str]:
    with database.writing() as session:
        made = keys.create(session, name=f"Cellule {role}", role=role, regions=list(regions))
    return {"Authorization": f"Bearer {made}"}


@pytest.fixture(scope="module")
def shared(client: httpx.Client, registry: Database) -> Callable[..., httpx.Response]:
    """Send a sheet to the shared registry, which is only read: nothing is applied."""
    authorised = key(registry)

    def send(content: bytes, media: str = CSV, query: str = "", **headers: str) -> httpx.Response:
        return client.post(
            f"/v1/imports{query}", content=content, headers={**authorised, "Content-Type": media, **headers}
        )

    return send


@pytest.fixture
def own(fresh: Database, client_of: Callable[[Database], httpx.Client]) -> httpx.Client:
    made = client_of(fresh)
    made.headers.update(key(fresh) | {"Content-Type": CSV})
    return made


def table(*rows: tuple[str, ...]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue().encode()


def told(answer: httpx.Response) -> dict[str, Any]:
    assert answer.status_code == 200, answer.text
    report: dict[str, Any] = answer.json()
    return report


def line(answer: httpx.Response, position: int = 0) -> dict[str, Any]:
    found: dict[str, Any] = (answer.json().get("report") or answer.json())["lines"][position]
    return found


@pytest.mark.parametrize("noun", NOUNS)
@pytest.mark.parametrize("form", EXPORTS)
def test_an_export_sent_back_changes_nothing(
    client: httpx.Client, shared: Callable[..., httpx.Response], noun: str, form: str
) -> None:
    suffix, media = EXPORTS[form]
    exported = client.get(f"/v1/{noun}{suffix}")
    report = told(shared(exported.content, media))
    assert report["rows"] == int(exported.headers["Registry-Count"]) > 100
    assert [row for row in report["lines"] if row["action"] != "unchanged"] == []
    assert (report["unchanged"], report["errors"], report["emptied"], report["serial"]) == (report["rows"], 0, 0, None)


def test_without_apply_nothing_is_written(own: httpx.Client) -> None:
    before = own.get("/v1/poles/distro").content
    report = told(own.post("/v1/imports", content=table(("id", "status"), ("distro", "inactive"))))
    assert (report["updated"], report["applied"], report["serial"]) == (1, False, None)
    assert report["lines"][0]["changes"] == [{"column": "status", "before": "active", "after": "inactive"}]
    assert own.get("/v1/poles/distro").content == before


@pytest.mark.parametrize("query", ["?dry_run=true", "?dry_run=true&apply=1"])
def test_a_trial_tells_the_consequence_and_writes_nothing(own: httpx.Client, query: str) -> None:
    before, poles = own.get("/v1/poles/distro").content, own.get("/v1/poles?limit=1000").content
    sheet = table(("id", "name", "status"), ("distro", "", "inactive"), ("nouveau", "Pôle de la feuille", "active"))
    report = told(own.post(f"/v1/imports{query}&empties=1", content=sheet.replace(b"distro,,", b"distro,Distro,")))
    assert (report["applied"], report["serial"]) == (False, None)
    told_of = {one["id"]: one for one in report["revisions"]}
    assert {"field": "status", "before": "active", "after": "inactive"} in told_of["distro"]["changes"]
    assert {"filter": "status", "value": "inactive"} in told_of["distro"]["enters"]
    assert {"filter": "status", "value": "active"} in told_of["distro"]["leaves"]
    assert told_of["pole-de-la-feuille"]["action"] == "created"
    assert own.get("/v1/poles/distro").content == before
    assert own.get("/v1/poles?limit=1000").json()["items"] == json.loads(poles)["items"]
    bad = told(own.post(f"/v1/imports{query}", content=table(("id", "status"), ("distro", "fermé"))))
    assert (bad["errors"], bad["revisions"]) == (1, [])


def test_a_batch_is_one_write_with_its_editor_reason_and_source(own: httpx.Client) -> None:
    sheet = table(("id", "acronym", "sectors"), ("distro", "DST", "culture|digital"), ("3-eva", "EVA", "culture"))
    query = "?apply=1&reason=Enquête&source=https://www.example.fr/enquete"
    answer = own.post(f"/v1/imports{query}", content=sheet)
    report = told(answer)
    assert (report["updated"], report["serial"], answer.headers["registry-serial"]) == (2, 2, "2")
    for pole, acronym in (("distro", "DST"), ("3-eva", "EVA")):
        document = own.get(f"/v1/poles/{pole}").json()
        assert (document["acronym"], document["revision"]["serial"]) == (acronym, 2)
        assert document["sectors"][0]["code"] == "culture"
        newest = own.get(f"/v1/poles/{pole}/history").json()["items"][0]
        assert (newest["editor"], newest["reason"]) == ("Cellule national", "Enquête")
        assert newest["source"] == "https://www.example.fr/enquete"
    assert told(own.post("/v1/imports?apply=1", content=sheet))["serial"] is None


def test_one_wrong_row_and_nothing_is_written(own: httpx.Client) -> None:
    sheet = table(("id", "acronym", "founded_year"), ("distro", "DST", "2001"), ("3-eva", "EVA", "mille"))
    answer = own.post("/v1/imports?kind=pole&apply=1", content=sheet)
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")
    problem = answer.json()
    assert problem["errors"][0]["pointer"] == "/lines/1/founded_year"
    assert (problem["report"]["applied"], problem["report"]["errors"]) == (False, 1)
    assert own.get("/v1/stats").json()["serial"] == 1


def test_a_new_commune_brings_its_departement_region_and_point(own: httpx.Client) -> None:
    sheet = table(("id", "commune", "commune_name"), ("distro", "26281", "Romans-sur-Isère"))
    changes = {one["column"]: one["after"] for one in line(own.post("/v1/imports?kind=pole", content=sheet))["changes"]}
    assert (changes["commune"], changes["departement"], changes["region"]) == ("26281", "26", "84")
    wrong = table(("id", "commune", "commune_name"), ("distro", "26281", "Valence"))
    assert line(own.post("/v1/imports?kind=pole", content=wrong))["errors"][0]["column"] == "commune_name"


def test_emptied_cells_are_said_and_need_a_yes(own: httpx.Client) -> None:
    website = own.get("/v1/poles/ecopal-reunion").json()["website"]
    sheet = table(("id", "website"), ("ecopal-reunion", ""))
    assert line(own.post("/v1/imports?kind=pole", content=sheet))["emptied"] == [
        {"column": "website", "before": website, "after": None}
    ]
    shown = own.post("/v1/imports?kind=pole&f=csv", content=sheet).text
    assert f"vidé : website, était {website}" in shown
    assert own.post("/v1/imports?kind=pole&apply=1", content=sheet).status_code == 422
    assert own.get("/v1/poles/ecopal-reunion").json()["website"] == website
    assert told(own.post("/v1/imports?kind=pole&apply=1&empties=1", content=sheet))["emptied"] == 1
    assert own.get("/v1/poles/ecopal-reunion").json()["website"] is None


def test_what_changed_since_the_export_stays_and_a_conflict_is_said(own: httpx.Client) -> None:
    change = {"Content-Type": "application/merge-patch+json", "If-Match": "*"}
    own.patch("/v1/poles/distro", json={"acronym": "AUTRE"}, headers=change).raise_for_status()
    header = ("id", "acronym", "founded_year", "serial")
    stays = table(header, ("distro", "", "2001", "1"))  # its acronym was empty when it was exported
    assert [one["column"] for one in line(own.post("/v1/imports", content=stays))["changes"]] == ["founded_year"]
    both = line(own.post("/v1/imports", content=table(header, ("distro", "MIEN", "2001", "1"))))
    assert both["action"] == "error"
    assert "conflit" in both["errors"][0]["message"]
    assert "AUTRE" in both["errors"][0]["message"]
    same = line(own.post("/v1/imports", content=table(header, ("distro", "AUTRE", "", "1"))))
    assert same["errors"] == []
    later = line(own.post("/v1/imports", content=table(header, ("distro", "MIEN", "", "9"))))
    assert later["errors"][0]["column"] == "serial"


@pytest.mark.parametrize(
    ("column", "cell", "where"),
    [
        ("waves", "ami-2021", "/v1/labels"),
        ("members", "groupe-archer", "/v1/memberships"),
        ("epci_name", "Une autre", "commune"),
        ("sources", "https://www.example.fr", "source"),
        ("url", "https://www.example.fr", "nulle part"),
    ],
)
def test_a_computed_column_says_where_it_changes(
    shared: Callable[..., httpx.Response], column: str, cell: str, where: str
) -> None:
    (error,) = line(shared(table(("id", "status", column), ("distro", "active", cell))))["errors"]
    assert error["column"] == column
    assert where in error["message"]


def test_a_row_without_id_is_found_by_its_siren(shared: Callable[..., httpx.Response], client: httpx.Client) -> None:
    known = next(one for one in client.get("/v1/organisations?limit=1000").json()["items"] if one["siren"])
    found = line(shared(table(("siren", "name", "legal_form"), (known["siren"], known["name"], "SCIC"))))
    assert (found["id"], found["action"]) == (known["id"], "updated")


def test_a_row_that_resembles_a_record_is_refused_until_a_person_decides(own: httpx.Client) -> None:
    header = ("id", "name", "kind", "commune")
    row = ("Groupe  ARCHER", "company", "26281")
    proposed = line(own.post("/v1/imports", content=table(header, ("", *row))))
    assert (proposed["action"], proposed["duplicates"][0]["id"]) == ("error", "groupe-archer")
    assert line(own.post("/v1/imports", content=table(header, ("groupe-archer", *row))))["action"] == "updated"
    made = told(
        own.post("/v1/imports?apply=1", content=table(header, ("nouveau", *row), ("", "Tout autre chose", "other", "")))
    )
    assert [(one["action"], one["id"]) for one in made["lines"]] == [
        ("created", "groupe-archer-2"),
        ("created", "tout-autre-chose"),
    ]
    assert own.get("/v1/organisations/tout-autre-chose").json()["revision"]["serial"] == made["serial"] == 2


def test_two_new_rows_that_resemble_each_other_are_said(shared: Callable[..., httpx.Response]) -> None:
    header = ("id", "name", "kind")
    report = told(shared(table(header, ("", "Ferme des Possibles", "other"), ("", "La ferme des possibles", "other"))))
    assert [one["action"] for one in report["lines"]] == ["created", "error"]
    report = told(shared(table(header, *[("nouveau", "Ferme des Possibles", "other")] * 2)))
    assert [one["id"] for one in report["lines"]] == ["ferme-des-possibles", "ferme-des-possibles-2"]


def test_a_record_has_one_row_and_an_unknown_id_a_suggestion(shared: Callable[..., httpx.Response]) -> None:
    report = told(shared(table(("id", "status"), ("distro", "active"), ("distro", "active"), ("distr", "active"))))
    assert "ligne 2" in report["lines"][1]["errors"][0]["message"]
    assert report["lines"][2]["errors"][0]["suggestion"] == "distro"


def test_a_curator_writes_the_rows_of_its_region_only(
    fresh: Database, client_of: Callable[[Database], httpx.Client]
) -> None:
    client = client_of(fresh)
    client.headers.update(key(fresh, KeyRole.CURATOR, "53") | {"Content-Type": CSV})
    sheet = table(("id", "acronym"), ("distro", "DST"), ("archer-pole-sud", "APS"))
    report = told(client.post("/v1/imports?kind=pole", content=sheet))
    assert [one["action"] for one in report["lines"]] == ["updated", "error"]
    assert "84" in report["lines"][1]["errors"][0]["message"]
    assert client.post("/v1/imports?kind=pole&apply=1", content=sheet).status_code == 422
    moved = table(("id", "commune"), ("distro", "26281"))
    assert line(client.post("/v1/imports?kind=pole", content=moved))["action"] == "error"


def test_readers_and_strangers_send_nothing(fresh: Database, client_of: Callable[[Database], httpx.Client]) -> None:
    client = client_of(fresh)
    sheet, media = table(("id", "status"), ("distro", "active")), {"Content-Type": CSV}
    assert client.post("/v1/imports", content=sheet, headers=media).status_code == 401
    assert client.post("/v1/imports", content=sheet, headers=media | key(fresh, KeyRole.READER)).status_code == 403


def test_the_same_key_gives_the_first_answer(own: httpx.Client) -> None:
    sheet, retry = table(("id", "acronym"), ("distro", "DST")), {"Idempotency-Key": "feuille-1"}
    first = own.post("/v1/imports?kind=pole&apply=1", content=sheet, headers=retry)
    again = own.post("/v1/imports?kind=pole&apply=1", content=sheet, headers=retry)
    assert again.content == first.content
    assert again.headers["idempotent-replayed"] == "true"
    other = table(("id", "acronym"), ("distro", "D"))
    assert own.post("/v1/imports?kind=pole&apply=1", content=other, headers=retry).status_code == 422


@pytest.mark.parametrize(
    ("content", "media", "status"),
    [
        (b"a" * 10_000_001, CSV, 413),
        (b"id,status\n" + b" " * 99_989 + b"\n" + (b" " * 99_999 + b"\n") * 99, CSV, 200),
        (b"id\n" + b"nouveau\n" * (MAX_ROWS + 1), CSV, 422),
        (b"{}", "application/json", 415),
        (b"", CSV, 422),
        (b"id,inconnue\n", CSV, 422),
        (b"id,id\n", CSV, 422),
        (b"id,name\n", CSV, 422),
        (b'id,status\n"distro,active\n', CSV, 422),
        (b"PK\x03\x04 not a workbook", XLSX, 422),
        (b"id,status\r\n\x81\x8d,\xff\r\n", CSV, 422),
    ],
)
def test_bounds_and_files_that_are_none(
    shared: Callable[..., httpx.Response], content: bytes, media: str, status: int
) -> None:
    assert len(content) <= 10_000_001
    answer = shared(content, media)
    assert answer.status_code == status, answer.text


def test_five_thousand_rows_are_read(shared: Callable[..., httpx.Response]) -> None:
    rows = b"".join(b"inconnue-%d\n" % number for number in range(MAX_ROWS))
    report = told(shared(b"id\n" + rows, CSV, "?kind=pole"))
    assert report["rows"] == report["errors"] == MAX_ROWS


def test_a_workbook_that_swells_is_refused(shared: Callable[..., httpx.Response]) -> None:
    book = Workbook(write_only=True)
    sheet = book.create_sheet()
    sheet.append(["id", "name"])
    for _ in range(2100):
        sheet.append(["nouveau", "a" * 32_000])
    file = io.BytesIO()
    book.save(file)
    assert file.tell() < 10_000_000
    assert shared(file.getvalue(), XLSX).status_code == 413


def test_formulas_are_refused_and_codes_made_numbers_are_read_back(shared: Callable[..., httpx.Response]) -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for row in (
        ("id", "region", "departement", "commune", "acronym"),
        ("ag2i-bourg-en-bresse", 84, 1, 1053.0, "=1+1"),
        ("jardins-du-gros-morne", 2.0, None, None, None),
    ):
        sheet.append(row)
    file = io.BytesIO()
    book.save(file)
    report = told(shared(file.getvalue(), XLSX, "?kind=pole"))
    assert [error["column"] for error in report["lines"][0]["errors"]] == ["acronym"]
    assert "region" not in [one["column"] for one in report["lines"][1]["changes"]]


@pytest.mark.parametrize(("form", "media"), [("csv", CSV), ("xlsx", XLSX)])
def test_the_report_is_the_sheet_and_can_be_corrected_and_sent_in_turn(
    shared: Callable[..., httpx.Response], form: str, media: str, tmp_path: Path
) -> None:
    sheet = table(("id", "region", "acronym", "status"), ("distro", "53", "=DST", "actif"))
    answer = shared(sheet, CSV, f"?f={form}")
    assert answer.headers["content-type"].startswith(media)
    if form == "xlsx":
        path = tmp_path / "rapport.xlsx"
        path.write_bytes(answer.content)
        rows = list(load_workbook(path)["données"].values)
    else:
        rows = [tuple(row) for row in csv.reader(io.StringIO(answer.text))]
    assert rows[0] == ("id", "region", "acronym", "status", "action", "errors", "changes")
    assert rows[1][4] == "erreur"
    assert "status" in str(rows[1][5])
    again = shared(answer.content, media)
    assert [error["column"] for error in line(again)["errors"]] == ["status"]
    assert shared(sheet, CSV, "", Accept=media).headers["content-type"].startswith(media)


def test_a_report_is_no_map(shared: Callable[..., httpx.Response]) -> None:
    assert shared(b"id\n", CSV, "?f=geojson").status_code == 406


def test_excel_of_windows_loses_letters_and_nothing_changes(
    client: httpx.Client, shared: Callable[..., httpx.Response]
) -> None:
    for noun in NOUNS:
        text = client.get(f"/v1/{noun}.csv?limit=1000&excel=1").content.decode("utf-8-sig")
        report = told(shared(text.encode("cp1252", "replace")))
        assert report["unchanged"] == report["rows"]

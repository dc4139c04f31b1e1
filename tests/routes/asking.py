"""What the tests of routes share: asking, and reading answers in every format."""

import csv
import io
import re
from typing import Any

import httpx
from openpyxl import load_workbook
from openpyxl.worksheet.worksheet import Worksheet

FORMATS = ("json", "geojson", "csv", "xlsx")
PROBLEM = "application/problem+json"
OF_ONE_REQUEST = {"date", "x-request-id", "cache-status"}


def asked(client: httpx.Client, path: str) -> dict[str, Any]:
    """Ask for JSON that must be there."""
    response = client.get(path)
    assert response.status_code == 200, response.text[:500]
    answer: dict[str, Any] = response.json()
    return answer


def listed(client: httpx.Client, query: str, path: str = "/v1/poles") -> list[str]:
    """Return the ids of a whole list."""
    answer = asked(client, f"{path}?{query}&limit=1000")
    ids = [item.get("id", item.get("code")) for item in answer["items"]]
    assert answer["count"] == len(ids)
    return ids


def refused(response: httpx.Response, status: int) -> dict[str, Any]:
    """Check the one shape of errors and return it."""
    assert response.status_code == status, response.text[:500]
    assert response.headers["content-type"] == PROBLEM
    assert response.headers["content-language"] == "fr"
    problem: dict[str, Any] = response.json()
    always = {"type", "title", "status", "detail", "instance", "errors", "request_id"}
    assert set(problem) - {"successor", "current"} == always
    assert problem["request_id"] == response.headers["x-request-id"]
    assert problem["status"] == status
    assert problem["type"].startswith("/problems/")
    assert problem["title"]
    assert problem["detail"]
    for fault in problem["errors"]:
        assert set(fault) <= {"parameter", "pointer", "value", "expected", "suggestion"}
        assert fault["expected"]
        assert ("parameter" in fault) != ("pointer" in fault)
    return problem


def lasting(response: httpx.Response) -> dict[str, str]:
    """Return the headers that the same question is answered with again."""
    return {name: value for name, value in response.headers.items() if name not in OF_ONE_REQUEST}


def lasting_content(response: httpx.Response) -> bytes:
    """Return the bytes that the same question is answered with again: all but the number of a refused request."""
    return re.sub(rb',"request_id":"[^"]*"', b"", response.content)


def header_links(response: httpx.Response) -> list[dict[str, str]]:
    """Read the `Link` header (RFC 8288)."""
    found = re.findall(r'<([^>]*)>; rel="([^"]*)"; type="([^"]*)"', response.headers["link"])
    return [{"rel": rel, "href": href, "type": media} for href, rel, media in found]


def link(answer: dict[str, Any], rel: str) -> str | None:
    found = [one["href"] for one in answer["links"] if one["rel"] == rel]
    assert len(found) <= 1 or rel == "alternate"
    return found[0] if found else None


def table(content: bytes, delimiter: str = ",") -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode(), newline=""), delimiter=delimiter, strict=True))


def sheet(content: bytes, name: str = "données") -> Worksheet:
    found = load_workbook(io.BytesIO(content))[name]
    assert isinstance(found, Worksheet)
    return found


def ids_of(response: httpx.Response, format_: str) -> list[str]:
    """Return the ids of a page in any format, in their order."""
    if format_ == "json":
        return [item["id"] for item in response.json()["items"]]
    if format_ == "geojson":
        return [feature["id"] for feature in response.json()["features"]]
    if format_ == "csv":
        return [row["id"] for row in table(response.content)]
    return [str(cells[0]) for cells in sheet(response.content).iter_rows(min_row=2, values_only=True)]

"""Logs: one JSON object a line, with the number of the request; nothing that people wrote."""

import json
import logging
import sys
from typing import Any

import psycopg
import pytest
from sqlalchemy.exc import IntegrityError

from app.logs import formatter, request_id


def line(error: BaseException) -> dict[str, Any]:
    try:
        raise error
    except type(error):
        record = logging.LogRecord("app", logging.ERROR, "file", 1, "it %s", ("broke",), sys.exc_info())
    told: dict[str, Any] = json.loads(formatter("json").format(record))
    return told


def test_an_error_is_told_by_its_place_and_first_line() -> None:
    """What PostgreSQL says on the next lines holds whole rows."""
    request_id.set("0123456789abcdef")
    cause = psycopg.errors.CheckViolation("new row violates x\nDETAIL:  Failing row contains (marie@example.fr).")
    told = line(IntegrityError("INSERT INTO proposal", {"contact": "marie@example.fr"}, cause, hide_parameters=True))
    assert told["event"] == "it broke"
    assert (told["level"], told["logger"], told["request_id"]) == ("error", "app", "0123456789abcdef")
    assert "new row violates x" in told["exception"]
    assert "test_logs.py" in told["exception"]
    assert "marie" not in json.dumps(told)
    assert "INSERT" not in json.dumps(told)


def test_what_libraries_add_to_a_line_stays_out() -> None:
    record = logging.makeLogRecord(
        {"msg": "started", "color_message": "\x1b[36m", "client": "192.0.2.1", "status": 200}
    )
    told = json.loads(formatter("json").format(record))
    assert told["status"] == 200
    assert not {"color_message", "client"} & set(told)


@pytest.mark.parametrize("form", ["text", "auto"])
def test_text_is_for_people(form: Any) -> None:
    record = logging.makeLogRecord({"msg": "started"})
    told = formatter(form).format(record)
    assert told.startswith("{") is (form == "auto")  # nobody looks at this stderr

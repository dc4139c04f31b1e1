"""Logs: one JSON object a line (or a line for people), with the request that it is about, and nobody's data."""

import json
import logging
import sys
import traceback
from collections.abc import Callable
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any, Final, Literal

Form = Literal["auto", "json", "text"]
Event = dict[str, Any]

request_id: Final = ContextVar("request_id", default="")
# What the code adds to a line by `extra=`; whatever libraries add (colours, addresses of clients) stays out.
TOLD: Final = ("method", "path", "route", "status", "ms", "error")


def setup(form: Form, level: str) -> dict[str, Any]:
    """Return the set-up of Python's logging, in its own terms: uvicorn hands it on to each of its processes."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"lines": {"()": "app.logs.formatter", "form": form}},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "lines"}},
        "root": {"handlers": ["stderr"], "level": level.upper()},
    }


def formatter(form: Form) -> logging.Formatter:
    for_people = form == "text" or (form == "auto" and sys.stderr.isatty())
    return _Lines(_for_people() if for_people else _for_programs)


class _Lines(logging.Formatter):
    """What is told of an event, in one form."""

    def __init__(self, written: Callable[[Event], str]) -> None:
        super().__init__()
        self._written = written

    def format(self, record: logging.LogRecord) -> str:
        moment = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="microseconds")
        event: Event = {
            "event": record.getMessage(),
            "level": record.levelname.lower(),
            "logger": record.name,
            "timestamp": moment.replace("+00:00", "Z"),
        }
        event |= {name: record.__dict__[name] for name in TOLD if name in record.__dict__}
        known = request_id.get()
        if known:
            event["request_id"] = known
        if record.exc_info and record.exc_info[1]:
            event["exception"] = _brief(record.exc_info[1])
        return self._written(event)


def _for_programs(event: Event) -> str:
    return json.dumps(event, ensure_ascii=False, default=str)


def _for_people() -> Callable[[Event], str]:
    from structlog.dev import ConsoleRenderer

    renderer = ConsoleRenderer(colors=sys.stderr.isatty())
    return lambda event: str(renderer(None, "", event))


def _brief(raised: BaseException) -> str:
    """Tell where an error came from and its first line: what follows quotes statements, rows and what people wrote."""
    told: list[str] = []
    error: BaseException | None = raised
    while error is not None:
        told += [line.rstrip("\n") for line in traceback.format_tb(error.__traceback__)]
        first_line = str(error).partition("\n")[0]
        told.append(f"{type(error).__module__}.{type(error).__qualname__}: {first_line}")
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return "\n".join(told)

"""Logs: one JSON object a line (or a line for people), with the request that it is about, and nobody's data."""

import logging
import sys
import traceback
from collections.abc import MutableMapping
from contextvars import ContextVar
from typing import Any, Final, Literal

import structlog
from structlog.stdlib import ExtraAdder, ProcessorFormatter
from structlog.types import Processor

Form = Literal["auto", "json", "text"]
Event = MutableMapping[str, Any]

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
    before: list[Processor] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        ExtraAdder(allow=TOLD),
        _with_request,
        _brief_exception,
    ]
    renderer: Processor = (
        structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
        if for_people
        else structlog.processors.JSONRenderer(ensure_ascii=False, default=str)
    )
    return ProcessorFormatter(
        foreign_pre_chain=before, processors=[ProcessorFormatter.remove_processors_meta, renderer]
    )


def _with_request(_logger: Any, _method: str, event: Event) -> Event:
    known = request_id.get()
    if known:
        event["request_id"] = known
    return event


def _brief_exception(_logger: Any, _method: str, event: Event) -> Event:
    """Tell where an error came from and its first line: what follows quotes statements, rows and what people wrote."""
    known = event.pop("exc_info", None)
    error = known[1] if isinstance(known, tuple) else known
    if not isinstance(error, BaseException):
        return event
    told: list[str] = []
    while error is not None:
        told += [line.rstrip("\n") for line in traceback.format_tb(error.__traceback__)]
        first_line = str(error).partition("\n")[0]
        told.append(f"{type(error).__module__}.{type(error).__qualname__}: {first_line}")
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    event["exception"] = "\n".join(told)
    return event

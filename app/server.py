"""The server around the application: how uvicorn is set, whoever starts it."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from tempfile import TemporaryDirectory
from typing import Any

from app import logs
from app.senders import Bounded
from app.settings import Settings


def server_options(settings: Settings) -> dict[str, Any]:
    return {
        "factory": True,
        "http": Bounded,
        "loop": "auto" if sys.platform == "win32" else "app.doors:Loop",  # which has no uvloop
        "access_log": False,  # ours is routes/witness.py's
        "log_config": logs.setup(settings.log_format, settings.log_level),
        "forwarded_allow_ips": settings.forwarded_allow_ips,
        "timeout_graceful_shutdown": settings.shutdown_seconds,
    }


@contextmanager
def counted_together(workers: int) -> Iterator[None]:
    """Let several processes count in files of one folder, so that each can tell the metrics of all."""
    if workers == 1 or "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        yield
        return
    with TemporaryDirectory(prefix="ptce-metrics-") as folder:
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = folder
        yield

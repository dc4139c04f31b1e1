"""A start, from nothing to the first answer, loads no library that few requests need."""

import os
import subprocess
import sys
from typing import Final

from app.database import Database

# What each is for: imports of sheets, XLSX, migrations, coordinate systems, suggestions, filters of /ogc.
APART: Final = {"openpyxl", "lxml", "xlsxwriter", "alembic", "mako", "pyproj", "rapidfuzz", "cql2"}
START: Final = """
import asyncio, sys
from app import cli
from app.cli_database import make_ready, opened, settings_or_exit

async def ask(app, path):
    told = {"type": "http", "http_version": "1.1", "scheme": "http", "method": "GET", "path": path, "root_path": "",
        "raw_path": path.encode(), "query_string": b"", "headers": [], "server": ("test", 80), "client": ("test", 1)}
    heard = []
    async def receive():
        return {"type": "http.request", "body": b"", "more_body": False}
    async def send(message):
        heard.append(message)
    await app(told, receive, send)
    return heard[0]["status"]

settings = settings_or_exit()
with opened(settings) as database:
    make_ready(database, settings)
from app.main import settled_app
app = settled_app()
for path in ("/v1/poles", "/v1/poles.csv", "/health/ready"):
    assert asyncio.run(ask(app, path)) == 200, path
print(*sys.modules)
"""


def test_a_start_loads_no_library_that_few_requests_need(registry: Database) -> None:
    settings = os.environ | {"DATABASE_URL": registry.url}
    started = subprocess.run([sys.executable, "-c", START], env=settings, capture_output=True, text=True, check=False)
    assert started.returncode == 0, started.stderr
    loaded = set(started.stdout.split())
    assert {"app.main", "fastapi"} <= loaded
    assert not loaded & (APART | ({"psycopg"} if registry.is_sqlite else set()))

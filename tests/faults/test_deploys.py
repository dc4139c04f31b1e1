"""Two versions beside one another: who runs the one before goes on when the next one has migrated the database."""

import httpx
import pytest
from sqlalchemy import text

from app.database import Database
from tests.faults.process import running
from tests.routes.writing import must_hold, new_key

# What a next version may do while this one runs: add, never take away.
NEXT = (
    "ALTER TABLE pole ADD COLUMN of_the_next VARCHAR(20)",
    "CREATE TABLE of_the_next (id INTEGER PRIMARY KEY)",
    "UPDATE alembic_version SET version_num = '9999'",
)


@pytest.mark.slow
def test_this_version_goes_on_after_the_migration_of_the_next(fresh: Database) -> None:
    key = new_key(fresh, "Client assidu")
    with running(fresh.url) as ptce, httpx.Client(base_url=ptce.address, timeout=60) as client:
        editor = {"Authorization": f"Bearer {key}"}
        assert client.post("/v1/poles", json={"name": "Pôle d’avant"}, headers=editor).status_code == 201
        with fresh.engine.begin() as connection:
            for statement in NEXT:
                connection.execute(text(statement))
        ready = client.get("/health/ready")
        assert (ready.status_code, ready.json()["migration"]) == (200, "9999")
        for path in (
            "/v1/poles?q=avant",
            "/v1/poles/pole-d-avant",
            "/v1/poles.csv",
            "/",
            "/ogc/collections/poles/items",
        ):
            assert client.get(path).status_code == 200, path
        tag = client.get("/v1/poles/pole-d-avant").headers["ETag"]
        changed = client.patch(
            "/v1/poles/pole-d-avant",
            json={"founded_year": 2014},
            headers=editor | {"If-Match": tag, "Content-Type": "application/merge-patch+json"},
        )
        assert changed.status_code == 200, changed.text
        assert client.post("/v1/poles", json={"name": "Pôle d’après"}, headers=editor).status_code == 201
        assert client.get("/v1/poles?q=apres").json()["count"] == 1
    must_hold(fresh)

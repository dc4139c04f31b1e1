"""The pages that are checked: each sort once, with and without results, and those that say what went wrong."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

import httpx
from sqlalchemy import text

from app.changes import keys
from app.database import Database
from app.models import KeyRole
from tests.conftest import Server, copied, serving

RETIRED: Final = "/poles/ag2i-bourg-en-bresse"
BROKEN: Final = "/organisations/adie"
PAGES: Final = (
    *("/", "/?region=84&wave=ami-2021", "/?q=rien+de+tel", "/?near=romans&active_on=2021-05-12"),
    *("/poles/le-phares", "/poles/archer-pole-sud?as_of=1", "/poles/la-fabrique-de-la-transition-loire"),
    *("/poles/le-phares/signaler", "/organisations/groupe-archer"),
    *("/waves", "/waves/ami-2022", "/waves/offre-services-2021"),
    *("/regions/84", "/regions/01", "/regions/975", "/sources/s-63b8ad6520"),
    *("/stats", "/donnees", "/api", "/a-propos", "/integrer?region=53&view=list"),
    *("/embed?region=84", "/embed?region=975&view=list&theme=dark"),
    *(
        "/ogc",
        "/ogc/api",
        "/ogc/collections",
        "/ogc/collections/poles",
        "/ogc/collections/poles/items?limit=5&offset=5",
    ),
    *(
        "/ogc/collections/departements/items?filter=poles>1",
        "/ogc/collections/poles/items/ardaines",
        "/ogc/conformance",
    ),
    *("/ogc/collections/regions/items/01", "/ogc/collections/poles/queryables"),
)
ERRORS: Final = {
    "/rien": 404,
    "/poles/rien": 404,
    "/?regoin=84": 422,
    "/embed?wave=2014": 422,
    RETIRED: 410,
    "/ogc/collections/poles/items?filter=regoin=1": 400,
    f"/ogc/collections/poles/items/{RETIRED.rpartition('/')[2]}": 410,
    BROKEN: 500,
}


@dataclass(frozen=True)
class Site:
    """A served registry, a page of which is refused, one gone, one broken, and one where a form was sent in vain."""

    address: str
    proposal: str

    @property
    def paths(self) -> dict[str, int]:
        return dict.fromkeys((*PAGES, self.proposal), 200) | ERRORS


@contextmanager
def served(server: Server, template: str) -> Iterator[Site]:
    with copied(server, template) as database:
        with database.writing() as session:
            key = keys.create(session, name="Cellule nationale", role=KeyRole.NATIONAL, regions=[])
        with serving(database.url) as address, httpx.Client(base_url=address, timeout=30) as client:
            pole = f"/v1{RETIRED}"
            sent = {"Authorization": f"Bearer {key}", "If-Match": client.get(pole).headers["etag"]}
            client.delete(pole, headers=sent, params={"reason": "Doublon"}).raise_for_status()
            change = {"website": "https://www.example.fr"}
            told = {"kind": "pole", "record": "le-phares", "change": change, "source": "https://www.example.fr/article"}
            proposal = client.post("/v1/proposals", json=told).raise_for_status().json()["id"]
            spoil(database, BROKEN)
            yield Site(address, f"/propositions/{proposal}")


def spoil(database: Database, path: str) -> None:
    """Spoil the stored document of an organisation, as a disk may: its page meets a failure that nothing foresees."""
    revisions = "SELECT id FROM revision WHERE kind = 'organisation' AND record_id = :record"
    with database.engine.begin() as connection:
        spoilt = text(f"UPDATE document SET body = :body WHERE revision IN ({revisions})")
        connection.execute(spoilt, {"body": b"{", "record": path.rpartition("/")[2]})

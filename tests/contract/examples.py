"""The requests whose answers are OpenAPI's examples; run it to write them again after a change of seed or shape."""

import json
import re
from typing import Any, Final

import httpx

from app.routes.openapi import EXAMPLES

PUBLIC_URL: Final = "https://ptce.example.fr"
JSON, GEOJSON, CSV = "application/json", "application/geo+json", "text/csv"
ARCHER: Final = "/v1/poles/archer-pole-sud"

OPERATIONS: Final[dict[str, tuple[str, tuple[str, ...]]]] = {
    "listPoles": ("/v1/poles?q=archer&region=84&facets=status", (JSON, GEOJSON, CSV)),
    "getPole": (ARCHER, (JSON, GEOJSON, CSV)),
    "listPoleMembers": (f"{ARCHER}/members?limit=2", (JSON, CSV)),
    "getPoleHistory": (f"{ARCHER}/history", (JSON, CSV)),
    "listOrganisations": ("/v1/organisations?pole=archer-pole-sud&role=carrier", (JSON, CSV)),
    "getOrganisation": ("/v1/organisations/groupe-archer", (JSON, CSV)),
    "getOrganisationHistory": ("/v1/organisations/groupe-archer/history", (JSON, CSV)),
    "listWaves": ("/v1/waves?kind=AAP&fields=name,laureates,found,missing", (JSON, CSV)),
    "getWave": ("/v1/waves/aap-2013", (JSON, CSV)),
    "getWaveHistory": ("/v1/waves/aap-2013/history", (JSON, CSV)),
    "listRegions": ("/v1/regions?q=auvergne", (JSON, CSV)),
    "getRegion": ("/v1/regions/84", (JSON, CSV)),
    "listDepartements": ("/v1/departements?region=84&limit=2", (JSON, CSV)),
    "listEpcis": ("/v1/epcis?q=valence", (JSON, CSV)),
    "listCommunes": ("/v1/communes?q=26100", (JSON, CSV)),
    "listSectors": ("/v1/sectors?limit=2", (JSON, CSV)),
    "getStats": ("/v1/stats", (JSON,)),
    "listProblems": ("/problems", (JSON,)),
    "getProblem": ("/problems/invalide", (JSON,)),
    "getLiveness": ("/health/live", (JSON,)),
    "getReadiness": ("/health/ready", (JSON,)),
}
# The other errors cannot be had from a healthy, untouched registry by a readable address.
PROBLEMS: Final = {
    404: "/v1/poles/archer-pole-nord",
    406: "/v1/poles?f=cvs",
    422: "/v1/poles?regoin=84&status=actif",
}


def recorded(client: httpx.Client) -> dict[str, Any]:
    """Ask a registry whose PUBLIC_URL is ours; return what the examples are."""
    operations = {
        name: {"path": path, "answers": {media: _answer(client, path, media) for media in wanted}}
        for name, (path, wanted) in OPERATIONS.items()
    }
    problems = {str(status): {"path": path, "body": client.get(path).json()} for status, path in PROBLEMS.items()}
    return {"operations": operations, "problems": problems}


def timeless(examples: dict[str, Any]) -> Any:
    """Take out the moment when the registry was seeded, the only thing that two seedings do not share."""
    text = json.dumps(examples, ensure_ascii=False)
    text = re.sub(r"écriture 1 du \d{4}-\d{2}-\d{2}", "écriture 1 du …", text)
    return json.loads(re.sub(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?Z", "…", text))


def _answer(client: httpx.Client, path: str, media: str) -> Any:
    answer = client.get(path, headers={"Accept": media}).raise_for_status()
    return answer.text if media == CSV else answer.json()


def write(client: httpx.Client) -> None:
    EXAMPLES.write_text(json.dumps(recorded(client), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    import tempfile
    from pathlib import Path

    from app.changes import migrate, seed
    from app.database import Database
    from tests.conftest import SEED, serving

    with tempfile.TemporaryDirectory() as folder:
        registry = Database(f"sqlite:///{Path(folder) / 'examples.sqlite'}")
        migrate.upgrade(registry)
        with registry.writing() as session:
            seed.seed_database(session, SEED)
        with serving(registry.url, public_url=PUBLIC_URL) as url, httpx.Client(base_url=url) as client:
            write(client)
        registry.dispose()

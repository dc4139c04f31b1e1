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
    "getMembership": ("/v1/memberships/archer-pole-sud@groupe-archer", (JSON,)),
    "getLabel": ("/v1/labels/archer-pole-sud@aap-2013", (JSON,)),
    "listSources": ("/v1/sources?q=cress&limit=2", (JSON, CSV)),
    "getSource": ("/v1/sources/s-63b8ad6520", (JSON, CSV)),
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
NEW: Final = "pole-des-savoir-faire"
LINK: Final = f"{NEW}@regie-de-quartier"
POLE: Final = {"name": "Pôle des savoir-faire", "seat": {"commune": "26281"}, "sectors": ["culture"]}
ORGANISATION: Final = {"name": "Régie de quartier", "kind": "association", "commune": "26281"}
WAVE: Final = {"name": "AMI PTCE 2026", "kind": "AMI", "opened_on": "2026-10"}
SOURCE: Final = {"url": "https://www.example.fr/article", "title": "Un pôle à Romans"}
PROPOSALS: Final = "/v1/proposals"
LATEST: Final = "{proposal}"  # stands for the id of the last one created
PROPOSED: Final = {
    "kind": "pole",
    "record": "archer-pole-sud",
    "change": {"website": "https://www.example.fr"},
    "source": "https://www.example.fr/article",
    "message": "L’adresse a changé au printemps.",
    "contact": "marie@example.fr",
}
DROME: Final = {"type": "Polygon", "coordinates": [[[4.8, 44.7], [5.3, 44.7], [5.3, 45.2], [4.8, 45.2], [4.8, 44.7]]]}
SOURCE_ID: Final = "s-57f10ea421"
# One after the other, each on what those before have written: operation, method, address, body.
WRITES: Final[tuple[tuple[str, str, str, Any], ...]] = (
    ("createPole", "POST", "/v1/poles", POLE),
    ("replacePole", "PUT", f"/v1/poles/{NEW}", POLE | {"website": "https://www.example.fr"}),
    ("patchPole", "PATCH", f"/v1/poles/{NEW}", {"status": "active", "status_as_of": "2026-11"}),
    ("createOrganisation", "POST", "/v1/organisations", ORGANISATION),
    ("replaceOrganisation", "PUT", "/v1/organisations/regie-de-quartier", ORGANISATION | {"acronym": "RDQ"}),
    ("patchOrganisation", "PATCH", "/v1/organisations/regie-de-quartier", {"legal_form": "association loi 1901"}),
    ("addMember", "POST", f"/v1/poles/{NEW}/members", {"organisation": "regie-de-quartier", "role": "carrier"}),
    ("createMembership", "POST", "/v1/memberships", {"pole": NEW, "organisation": "groupe-archer", "role": "partner"}),
    ("replaceMembership", "PUT", f"/v1/memberships/{LINK}", {"role": "carrier", "since": "2026"}),
    ("patchMembership", "PATCH", f"/v1/memberships/{LINK}", {"since": "2026-10"}),
    ("removeMembership", "DELETE", f"/v1/memberships/{NEW}@groupe-archer", None),
    ("createWave", "POST", "/v1/waves", WAVE),
    ("replaceWave", "PUT", "/v1/waves/ami-ptce-2026", WAVE | {"closed_on": "2026-12"}),
    ("patchWave", "PATCH", "/v1/waves/ami-ptce-2026", {"issuer": "Ministère chargé de l’ESS"}),
    ("createLabel", "POST", "/v1/labels", {"pole": NEW, "wave": "ami-ptce-2026", "outcome": "laureate"}),
    ("replaceLabel", "PUT", f"/v1/labels/{NEW}@ami-ptce-2026", {"outcome": "laureate", "awarded_on": "2026-12"}),
    ("patchLabel", "PATCH", f"/v1/labels/{NEW}@ami-ptce-2026", {"funding_eur": 100000}),
    ("removeLabel", "DELETE", f"/v1/labels/{NEW}@ami-ptce-2026", None),
    ("createSource", "POST", "/v1/sources", SOURCE),
    ("replaceSource", "PUT", f"/v1/sources/{SOURCE_ID}", SOURCE | {"publisher": "La Gazette d’exemple"}),
    ("patchSource", "PATCH", f"/v1/sources/{SOURCE_ID}", {"title": "Un nouveau pôle à Romans"}),
    ("retireSource", "DELETE", f"/v1/sources/{SOURCE_ID}", None),
    ("restoreSource", "POST", f"/v1/sources/{SOURCE_ID}/restore", None),
    ("retirePole", "DELETE", f"/v1/poles/{NEW}", None),
    ("restorePole", "POST", f"/v1/poles/{NEW}/restore", None),
    ("mergePole", "POST", f"/v1/poles/{NEW}/merge", {"into": "archer-pole-sud"}),
    ("retireOrganisation", "DELETE", "/v1/organisations/regie-de-quartier", None),
    ("restoreOrganisation", "POST", "/v1/organisations/regie-de-quartier/restore", None),
    ("mergeOrganisation", "POST", "/v1/organisations/regie-de-quartier/merge", {"into": "groupe-archer"}),
    ("retireWave", "DELETE", "/v1/waves/ami-ptce-2026", None),
    ("restoreWave", "POST", "/v1/waves/ami-ptce-2026/restore", None),
    ("mergeWave", "POST", "/v1/waves/ami-ptce-2026/merge", {"into": "ami-2025"}),
    ("importSheet", "POST", "/v1/imports", "id,status,job_count\r\narcher-pole-sud,active,350\r\n"),
    ("searchPoles", "POST", "/v1/poles/search", {"within": DROME, "fields": ["name", "seat"], "limit": 2}),
    ("searchOrganisations", "POST", "/v1/organisations/search", {"within": DROME, "fields": ["name"], "limit": 2}),
    ("createProposal", "POST", PROPOSALS, PROPOSED | {"change": {"status_as_of": "2026-11"}}),
    ("acceptProposal", "POST", f"{PROPOSALS}/{LATEST}/accept", None),
    ("createProposal", "POST", PROPOSALS, PROPOSED | {"change": {"job_count": 400}}),
    ("amendProposal", "POST", f"{PROPOSALS}/{LATEST}/amend", {"job_count": 360}),
    ("createProposal", "POST", PROPOSALS, PROPOSED),
    ("listProposals", "GET", f"{PROPOSALS}?region=84&state=pending", None),
    ("feedProposals", "GET", f"{PROPOSALS}.atom?region=84", None),
    ("getProposal", "GET", f"{PROPOSALS}/{LATEST}", None),
    ("refuseProposal", "POST", f"{PROPOSALS}/{LATEST}/refuse", {"reason": "La page citée dit autre chose"}),
)
NAMES: Final = {*OPERATIONS, *(name for name, *_ in WRITES)}
# The other errors cannot be had from a healthy, untouched registry by a readable address.
PROBLEMS: Final = {
    404: "/v1/poles/archer-pole-nord",
    406: "/v1/poles?f=cvs",
    422: "/v1/poles?regoin=84&status=actif",
}
EDITOR: Final = "Cellule nationale"


def recorded(client: httpx.Client, key: str) -> dict[str, Any]:
    """Ask a registry whose PUBLIC_URL is ours, then write to it with a national key; return what the examples are."""
    operations: dict[str, Any] = {
        name: {"path": path, "answers": {"200": {media: _answer(client, path, media) for media in wanted}}}
        for name, (path, wanted) in OPERATIONS.items()
    }
    problems = {str(status): {"path": path, "body": client.get(path).json()} for status, path in PROBLEMS.items()}
    latest = ""
    for name, method, where, body in WRITES:
        path = where.replace(LATEST, latest)
        answers = _written(client, key, method, path, body)
        operations[name] = {"path": path, "body": body, "answers": answers}
        if name == "createProposal":
            latest = answers["201"][JSON]["id"]
    return {"operations": operations, "problems": problems}


def _written(client: httpx.Client, key: str, method: str, path: str, body: Any) -> dict[str, Any]:
    """Write; where that creates, try it first without writing: a trial has an answer of its own."""
    headers = {"Authorization": f"Bearer {key}", "If-Match": "*", "Content-Type": JSON}
    content = None if body is None else json.dumps(body).encode()
    if isinstance(body, str):  # a sheet
        headers["Content-Type"], content = CSV, body.encode()
    answers: dict[str, Any] = {}
    reads = method == "GET" or path.endswith("/search")
    for query in ("",) if reads else ("?dry_run=true", ""):
        answer = client.request(method, path + query, headers=headers, content=content)
        assert answer.is_success, answer.text
        media = answer.headers["content-type"]
        answers[str(answer.status_code)] = {media: answer.json() if media == JSON else answer.text}
    return answers


def timeless(examples: dict[str, Any]) -> Any:
    """Take out what two registries do not share: when each was seeded, the ids of its proposals and requests."""
    text = json.dumps(examples, ensure_ascii=False)
    text = re.sub(r'"seen_on": "\d{4}-\d{2}-\d{2}"', '"seen_on": "…"', text)
    text = re.sub(r"\bp-[0-9a-f]{16}\b", "p-…", text)
    text = re.sub(r'"request_id": "[0-9a-f]{16}"', '"request_id": "…"', text)
    text = re.sub(r"écriture (\d+) du \d{4}-\d{2}-\d{2}", r"écriture \1 du …", text)
    return json.loads(re.sub(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?Z", "…", text))


def _answer(client: httpx.Client, path: str, media: str) -> Any:
    answer = client.get(path, headers={"Accept": media}).raise_for_status()
    return answer.text if media == CSV else answer.json()


def write(client: httpx.Client, key: str) -> None:
    EXAMPLES.write_text(json.dumps(recorded(client, key), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    import tempfile
    from pathlib import Path

    from app.changes import keys, migrate, seed
    from app.database import Database
    from app.models import KeyRole
    from tests.conftest import SEED, serving

    with tempfile.TemporaryDirectory() as folder:
        registry = Database(f"sqlite:///{Path(folder) / 'examples.sqlite'}")
        migrate.upgrade(registry)
        with registry.writing() as session:
            seed.seed_database(session, SEED)
            made = keys.create(session, name=EDITOR, role=KeyRole.NATIONAL, regions=[])
        with serving(registry.url, public_url=PUBLIC_URL) as url, httpx.Client(base_url=url) as client:
            write(client, made)
        registry.dispose()

"""Races: many editors of one record at once; one wins each round, nothing is lost, nobody reads half a write."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest

from app.database import Database
from tests.conftest import serving
from tests.faults.process import running
from tests.routes.writing import must_hold, new_key

pytestmark = pytest.mark.long

POLE = "archer-pole-sud"
PATH = f"/v1/poles/{POLE}"
EDITORS = 200
slow = pytest.mark.slow


@dataclass(frozen=True)
class Crowd:
    """Many editors with one key at one address; each of its requests has a connection of its own."""

    client: httpx.AsyncClient
    key: str

    async def at_once(self, number: int, ask: Callable[[int], dict[str, Any]]) -> list[httpx.Response]:
        """Send that many writes together."""
        return await asyncio.gather(*(self.send(**ask(editor)) for editor in range(number)))

    async def send(
        self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None
    ) -> httpx.Response:
        sent = {"Authorization": f"Bearer {self.key}"} | (headers or {})
        return await self.client.request(method, path, json=body, headers=sent)


@asynccontextmanager
async def crowd(address: str, key: str) -> AsyncIterator[Crowd]:
    # No connection is used twice: on a busy machine the server would close idle ones just as they are asked again.
    limits = httpx.Limits(max_connections=EDITORS + 10, max_keepalive_connections=0)
    async with httpx.AsyncClient(base_url=address, timeout=120, limits=limits) as client:
        yield Crowd(client, key)


@contextmanager
def one_process(database: Database, **settings: object) -> Iterator[str]:
    with serving(database.url, **settings) as address:
        yield address


@contextmanager
def two_processes(database: Database, **settings: object) -> Iterator[str]:
    """Two servers on one database, as two containers would be; an address for each, joined by a space."""
    environment = {name.upper(): str(value) for name, value in settings.items()}
    with running(database.url, **environment) as one, running(database.url, **environment) as other:
        yield f"{one.address} {other.address}"


ON_ONE_AND_TWO = pytest.mark.parametrize("served", [one_process, pytest.param(two_processes, marks=slow)])


@dataclass
class Race:
    """What came of it: the winner of each round, and every status that was answered."""

    winners: list[tuple[int, str]] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)


async def raced(addresses: list[str], key: str, rounds: int) -> Race:
    """All read the same ETag and send an edit at once, round after round, spread over these servers."""
    race = Race()
    async with crowd(addresses[0], key) as first, crowd(addresses[-1], key) as last:
        for turn in range(rounds):
            read = await first.client.get(PATH)
            tag = {"If-Match": read.headers["etag"]}
            half = EDITORS // 2

            def edit(editor: int, turn: int = turn, tag: dict[str, str] = tag) -> dict[str, Any]:
                return {"method": "PATCH", "path": PATH, "body": {"notes": f"{turn} {editor}"}, "headers": tag}

            def later(editor: int, edit: Any = edit, half: int = half) -> dict[str, Any]:
                made: dict[str, Any] = edit(editor + half)
                return made

            both = await asyncio.gather(first.at_once(half, edit), last.at_once(half, later))
            answers = [answer for some in both for answer in some]
            race.statuses.update(answer.status_code for answer in answers)
            won = [answer for answer in answers if answer.status_code == 200]
            assert len(won) == 1, race.statuses
            race.winners.append((int(won[0].headers["registry-serial"]), won[0].json()["notes"]))
            for lost in answers:
                if lost is not won[0]:
                    assert lost.status_code == 412, lost.text
                    assert lost.headers["etag"] == won[0].headers["etag"]
                    assert lost.json()["current"] == won[0].json()
    return race


@pytest.mark.parametrize(
    ("served", "rounds"),
    [(one_process, 1), (two_processes, 2), pytest.param(two_processes, 12, marks=slow)],
)
def test_one_of_two_hundred_editors_wins_each_round(fresh: Database, served: Callable[..., Any], rounds: int) -> None:
    key = new_key(fresh, "Foule")
    # The default rate is one of the settings that 200 editors of one round must get along with.
    settings = {} if rounds * EDITORS <= 1200 and served is one_process else {"write_rate": "0"}
    with served(fresh, **settings) as addresses:
        race = asyncio.run(raced(addresses.split(), key, rounds))
        history = httpx.get(f"{addresses.split()[0]}{PATH}/history?limit=1000").json()["items"]
        shown = httpx.get(f"{addresses.split()[-1]}{PATH}").json()
    assert race.statuses == {200: rounds, 412: rounds * (EDITORS - 1)}
    serials = [serial for serial, _ in race.winners]
    assert serials == list(range(serials[0], serials[0] + rounds)), "writes that lost took serials"
    told = [
        (entry["serial"], *(change["after"] for change in entry["changes"] if change["field"] == "notes"))
        for entry in reversed(history)
        if entry["editor"] == "Foule"
    ]
    assert told == race.winners
    befores = [change["before"] for entry in history for change in entry["changes"] if change["field"] == "notes"]
    assert befores[:-1] == [notes for _, notes in reversed(race.winners[:-1])]
    assert shown["notes"] == race.winners[-1][1]
    must_hold(fresh)


@ON_ONE_AND_TWO
def test_creators_of_one_name_each_get_an_id_of_their_own(fresh: Database, served: Callable[..., Any]) -> None:
    key = new_key(fresh, "Foule")

    async def create(addresses: list[str]) -> list[httpx.Response]:
        def creation(editor: int) -> dict[str, Any]:
            return {"method": "POST", "path": "/v1/poles", "body": {"name": "Le même pôle", "notes": str(editor)}}

        async with crowd(addresses[0], key) as first, crowd(addresses[-1], key) as last:
            halves = await asyncio.gather(
                first.at_once(EDITORS // 2, creation),
                last.at_once(EDITORS // 2, lambda editor: creation(editor + EDITORS // 2)),
            )
            return [*halves[0], *halves[1]]

    with served(fresh) as addresses:
        made = asyncio.run(create(addresses.split()))
        assert Counter(answer.status_code for answer in made) == {201: EDITORS}
        ids = {answer.json()["id"]: answer.json()["notes"] for answer in made}
        wanted = {"le-meme-pole", *(f"le-meme-pole-{number}" for number in range(2, EDITORS + 1))}
        assert set(ids) == wanted
        assert sorted(ids.values(), key=int) == [str(editor) for editor in range(EDITORS)]
        listed = httpx.get(f"{addresses.split()[-1]}/v1/poles?q=le+meme+pole&limit=1000").json()
        assert {item["id"]: item["notes"] for item in listed["items"]} == ids
        assert {answer.headers["location"].rpartition("/")[2] for answer in made} == wanted
    must_hold(fresh)


@ON_ONE_AND_TWO
def test_equal_requests_with_one_idempotency_key_are_one_creation(fresh: Database, served: Callable[..., Any]) -> None:
    key = new_key(fresh, "Foule")

    async def create(addresses: list[str]) -> list[httpx.Response]:
        def creation(_editor: int) -> dict[str, Any]:
            headers = {"Idempotency-Key": "une-fois", "Host": "registre.example"}
            return {"method": "POST", "path": "/v1/poles", "body": {"name": "Une seule fois"}, "headers": headers}

        async with crowd(addresses[0], key) as first, crowd(addresses[-1], key) as last:
            halves = await asyncio.gather(first.at_once(25, creation), last.at_once(25, creation))
            return [*halves[0], *halves[1]]

    with served(fresh) as addresses:
        before = httpx.get(f"{addresses.split()[0]}/v1/poles?limit=1").json()
        answers = asyncio.run(create(addresses.split()))
        after = httpx.get(f"{addresses.split()[0]}/v1/poles?limit=1").json()
    assert Counter(answer.status_code for answer in answers) == {201: 50}
    same = {(a.content, a.headers["etag"], a.headers["location"], a.headers["registry-serial"]) for a in answers}
    assert len(same) == 1
    assert Counter(answer.headers.get("idempotent-replayed") for answer in answers) == {None: 1, "true": 49}
    assert (after["count"], after["serial"]) == (before["count"] + 1, before["serial"] + 1)
    must_hold(fresh)


@ON_ONE_AND_TWO
def test_readers_never_see_half_a_write(fresh: Database, served: Callable[..., Any]) -> None:
    """Poles are made, renamed and retired while others read: every answer is one state, and the same state for all."""
    key = new_key(fresh, "Foule")
    seen: dict[int, set[tuple[bytes, int]]] = {}

    async def write(people: Crowd, editor: int) -> None:
        made = await people.send("POST", "/v1/poles", {"name": f"Pôle éphémère {editor}"})
        assert made.status_code == 201
        path = f"/v1/poles/{made.json()['id']}"
        tag = {"If-Match": made.headers["etag"]}
        member = {"organisation": "groupe-archer", "role": "member"}
        joined = await people.send("POST", f"{path}/members", member)
        assert joined.status_code == 201, joined.text
        assert (await people.send("DELETE", path, headers=tag)).status_code == 412
        tag = {"If-Match": joined.headers["etag"]}
        assert (await people.send("DELETE", path, headers=tag)).status_code == 200

    async def read(people: Crowd, done: asyncio.Event) -> None:
        while not done.is_set():
            answer = await people.client.get("/v1/poles?limit=1000&facets=status")
            page = answer.json()
            assert answer.headers["registry-serial"] == str(page["serial"])
            assert answer.headers["registry-count"] == str(page["count"]) == str(len(page["items"]))
            assert sum(one["count"] for one in page["facets"]["status"]) == page["count"]
            assert max(item["revision"]["serial"] for item in page["items"]) <= page["serial"]
            shown = answer.content.partition(b'"links":')[0]
            seen.setdefault(page["serial"], set()).add((shown, page["count"]))
            # An organisation and its poles are written together: each shows the other at every state.
            pinned = {"as_of": page["serial"]}
            archer = (await people.client.get("/v1/organisations/groupe-archer", params=pinned)).json()
            theirs = {item["id"] for item in page["items"] if "groupe-archer" in members(item)}
            assert {one["pole"]["id"] for one in archer["poles"]} == theirs

    async def all_at_once(addresses: list[str]) -> None:
        async with crowd(addresses[0], key) as first, crowd(addresses[-1], key) as last:
            done = asyncio.Event()
            readers = [asyncio.create_task(read(people, done)) for people in (first, last)]
            await asyncio.gather(*(write((first, last)[editor % 2], editor) for editor in range(6)))
            done.set()
            await asyncio.gather(*readers)
            for serial, answers in seen.items():
                again = await first.client.get(f"/v1/poles?limit=1000&facets=status&as_of={serial}")
                answers.add((again.content.partition(b'"links":')[0], again.json()["count"]))

    def members(item: dict[str, Any]) -> set[str]:
        return {member["organisation"]["id"] for member in item["members"]}

    with served(fresh) as addresses:
        asyncio.run(all_at_once(addresses.split()))
    assert len(seen) >= 5, "the readers saw nothing of the race"
    assert {serial: len(answers) for serial, answers in seen.items()} == dict.fromkeys(seen, 1)
    must_hold(fresh)

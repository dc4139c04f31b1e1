"""`python -m benchmarks`: fill, measure in turn, tell the ratios."""

import json
from itertools import chain
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from benchmarks import databases, peers, profile, report, services, turns, works
from benchmarks.turns import Plan, Result

console = Console(stderr=True, highlight=False)
SIZES = (100, 10_000, 100_000)


def main(
    poles: Annotated[list[int] | None, typer.Option(help="Size of a set; 100, 10,000 and 100,000 if not said.")] = None,
    folder: Annotated[Path, typer.Option(help="Where sets and results are kept.")] = Path("benchmarks/kept"),
    postgres: Annotated[str | None, typer.Option(help="SQLAlchemy URL of a server: measure on PostgreSQL.")] = None,
    work: Annotated[
        list[str] | None, typer.Option(help="A work, by the beginning of its name; all if not said.")
    ] = None,
    rounds: Annotated[int, typer.Option(help="Turns of each service: figures are their medians.")] = 3,
    seconds: Annotated[int, typer.Option(help="How long a service is asked in a turn.")] = 3,
    connections: Annotated[list[int] | None, typer.Option(help="Connections at once; 1, then 8 if not said.")] = None,
    home: Annotated[Path, typer.Option("--peers", help="Where `python -m benchmarks.peers` put them.")] = peers.HOME,
    alone: Annotated[bool, typer.Option("--alone", help="Without template and peers.")] = False,
    profiled: Annotated[bool, typer.Option("--profile", help="Tell where the time goes, by py-spy.")] = False,
) -> None:
    """Measure the registry beside raw uvicorn, a template and the peers that are installed; on SQLite if not said."""
    folder.mkdir(parents=True, exist_ok=True)
    chosen = [one for one in works.WORKS if one.name.startswith(tuple(work or [""]))]
    plan = Plan(chosen, folder, rounds, seconds, connections or (1, 8))
    results: list[Result] = []
    for size in sorted(poles or SIZES):
        url = databases.filled(folder, postgres, size, console.print)
        if profiled:
            for asked in chosen:
                if not asked.again and asked.method == "GET":
                    print(profile.tell(url, folder, size, asked, seconds))  # noqa: T201  what the command is for
            continue
        rivals = [] if alone else [services.template(url), *peers.installed(home, folder, url)]
        console.print(f"{size} poles: measuring beside {', '.join(one.name for one in rivals) or 'nobody'}")
        for one in chain(turns.reads(plan, url, size, rivals), turns.writes(plan, url, size)):
            results.append(one)
            console.print(f"{one.work}, {one.service}, {one.connections or 'no'} connections: {one.cpu:.3g}")
            kept = json.dumps([one._asdict() for one in results], indent=1)
            (folder / f"results-{one.database}.json").write_text(kept, encoding="utf-8")
    if results:
        print(report.tables(results))  # noqa: T201  what the command is for


typer.run(main)

"""Figures told as tables of Markdown: what each service spends, ratios to the registry, growth with the set, goals."""

from collections.abc import Iterator, Sequence
from math import isnan

from benchmarks import goals
from benchmarks.services import REGISTRY
from benchmarks.turns import Result


def tables(results: Sequence[Result]) -> str:
    """Tell all; a work on several connections is told by what it spends on the most of them."""
    places = list(dict.fromkeys((one.database, one.poles) for one in results))
    told = [line for place in places for line in _costs([one for one in results if (one.database, one.poles) == place])]
    return "\n".join([*told, *_growth(_busiest(results)), *_goals(_busiest(results))])


def _busiest(results: Sequence[Result]) -> list[Result]:
    kept: dict[tuple[object, ...], Result] = {}
    for one in sorted(results, key=lambda result: result.connections):
        kept[one.database, one.poles, one.work, one.service] = one
    return [one for one in results if one in kept.values()]


def _costs(results: Sequence[Result]) -> Iterator[str]:
    """Yield a table: a work a line; CPU ms a request, how many times that of the registry, rate, latencies."""
    names = [REGISTRY, *dict.fromkeys(one.service for one in results if one.service != REGISTRY)]
    connections = sorted({one.connections for one in results if one.connections})
    yield f"\n**{results[0].database}, {results[0].poles:,} poles**: CPU ms, × what the registry spends\n"
    seen = [f"requests/s · p50 · p99 ms on {number}" for number in connections]
    yield f"| {' | '.join(['work', 'bytes', *names, *seen])} |"
    yield "|" + "---|" * (2 + len(names) + len(seen))
    for work in dict.fromkeys(one.work for one in results):
        of_work = [one for one in results if one.work == work]
        by_name = {one.service: one for one in _busiest(of_work)}
        own = by_name.get(REGISTRY)
        size = f"{own.size:.0f}" if own and own.size else ""
        speeds = [_speed(of_work, number) for number in connections]
        yield f"| {' | '.join([work, size, *(_cell(by_name.get(name), own) for name in names), *speeds])} |"


def _speed(of_work: Sequence[Result], connections: int) -> str:
    own = [one for one in of_work if (one.service, one.connections) == (REGISTRY, connections)]
    return " ".join(f"{one.rate:.0f} · {one.p50:.1f} · {one.p99:.1f}" for one in own)


def _cell(one: Result | None, own: Result | None) -> str:
    if one is None:
        return "–"
    if isnan(one.cpu):
        return "failed"
    ratio = f" (× {one.cpu / own.cpu:.2g})" if own and own is not one and own.cpu else ""
    part = f", {one.of_database:.2g} in PostgreSQL" if one.of_database else ""
    return f"{one.cpu:.3g}{part}{ratio}"


def _growth(results: Sequence[Result]) -> Iterator[str]:
    """Yield a table: what a work costs with the largest set, as many times what it does with the smallest."""
    sizes = sorted({one.poles for one in results})
    if len(sizes) == 1:
        return
    yield f"\n**Growth** of CPU ms, by poles; bytes of the answers in brackets; the goal is × {goals.GROWTH} at most\n"
    yield "| database | service | work | " + " | ".join(f"{size:,}" for size in sizes) + " | growth |"
    yield "|---|---|---|" + "---|" * (len(sizes) + 1)
    for key in dict.fromkeys((one.database, one.service, one.work) for one in results):
        found = {one.poles: one for one in results if (one.database, one.service, one.work) == key}
        cells = [f"{found[size].cpu:.3g} ({found[size].size:.0f})" if size in found else "–" for size in sizes]
        ends = [found[size].cpu for size in (sizes[0], sizes[-1]) if size in found]
        growth = f"× {ends[1] / ends[0]:.2g}" if len(ends) > 1 and ends[0] else "–"
        yield f"| {' | '.join(key)} | {' | '.join(cells)} | {growth} |"


def _goals(results: Sequence[Result]) -> Iterator[str]:
    """Yield a table: what the registry should spend, and whether it does."""
    yield "\n**Goals**\n"
    yield "| database | poles | work | spent | goal | |"
    yield "|---|---|---|---|---|---|"
    for one, goal in goals.of(results):
        verdict = "met" if one.cpu <= goal else f"**not met**: × {one.cpu / goal:.2g}"
        yield f"| {one.database} | {one.poles:,} | {one.work} | {one.cpu:.3g} | {goal:.3g} | {verdict} |"

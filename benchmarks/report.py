"""Figures told as tables of Markdown: what each service spends, ratios to the registry, growth with the set."""

from collections.abc import Iterator, Sequence

from benchmarks.turns import Result

REGISTRY = "registry"


def tables(results: Sequence[Result]) -> str:
    places = list(dict.fromkeys((result.database, result.poles) for result in results))
    told = [line for place in places for line in _costs([one for one in results if (one.database, one.poles) == place])]
    return "\n".join([*told, *_growth(results)])


def _costs(results: Sequence[Result]) -> Iterator[str]:
    """Yield a table: a work a line; CPU ms a request, how many times that of the registry, rate, latencies."""
    names = [REGISTRY, *dict.fromkeys(one.service for one in results if one.service != REGISTRY)]
    yield f"\n**{results[0].database}, {results[0].poles:,} poles**: CPU ms, × what the registry spends\n"
    yield "| work | bytes | " + " | ".join(names) + " | requests/s, p50, p99 ms |"
    yield "|---|---|" + "---|" * (len(names) + 1)
    for work in dict.fromkeys(one.work for one in results):
        by_name = {one.service: one for one in results if one.work == work}
        own = by_name.get(REGISTRY)
        cells = [_cell(by_name.get(name), own) for name in names]
        seen = f"{own.rate:.0f} · {own.p50:.1f} · {own.p99:.1f}" if own and own.rate else ""
        size = f"{own.size:.0f}" if own and own.size else ""
        yield f"| {work} | {size} | {' | '.join(cells)} | {seen} |"


def _cell(one: Result | None, own: Result | None) -> str:
    if one is None:
        return "–"
    ratio = f" (× {one.cpu / own.cpu:.2g})" if own and own is not one and own.cpu else ""
    return f"{one.cpu:.3g}{ratio}"


def _growth(results: Sequence[Result]) -> Iterator[str]:
    """Yield a table: what a work costs with the largest set, as many times what it does with the smallest."""
    sizes = sorted({one.poles for one in results})
    if len(sizes) == 1:
        return
    yield "\n**Growth** of CPU ms, by poles; bytes of the answers in brackets\n"
    yield "| database | service | work | " + " | ".join(f"{size:,}" for size in sizes) + " | growth |"
    yield "|---|---|---|" + "---|" * (len(sizes) + 1)
    for key in dict.fromkeys((one.database, one.service, one.work) for one in results):
        found = {one.poles: one for one in results if (one.database, one.service, one.work) == key}
        cells = [f"{found[size].cpu:.3g} ({found[size].size:.0f})" if size in found else "–" for size in sizes]
        ends = [found[size].cpu for size in (sizes[0], sizes[-1]) if size in found]
        growth = f"× {ends[1] / ends[0]:.2g}" if len(ends) > 1 and ends[0] else "–"
        yield f"| {' | '.join(key)} | {' | '.join(cells)} | {growth} |"

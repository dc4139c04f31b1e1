"""Filters in CQL, the language of queries that services of OGC API share."""

from benchmarks.works import Query


def labelled(query: Query) -> str:
    """Return a filter: these régions, one of these waves."""
    regions = ",".join(f"'{region}'" for region in query["region"].split(","))
    waves = " OR ".join(f"wave_list LIKE '%{wave}%'" for wave in query["wave"].split(","))
    return f"region IN ({regions}) AND ({waves})"

"""`/metrics`: what was asked and how long it took, as Prometheus reads it; of all processes of this machine."""

import os
import time
from collections.abc import Iterable
from contextlib import suppress
from functools import cache
from secrets import compare_digest
from typing import Final

from fastapi import APIRouter, Request, Response
from prometheus_client import CollectorRegistry, Counter, GCCollector, Histogram, PlatformCollector, ProcessCollector
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector
from pydantic import SecretStr
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from app.errors import NotFound, Unauthorized
from app.queries.health import Vitals, read_vitals
from app.routes.asking import DatabaseDep
from app.routes.rates import Rates
from app.routes.who import address
from app.security import CHALLENGE

router = APIRouter(include_in_schema=False)
BUCKETS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class Metrics:
    """What one process counts; with PROMETHEUS_MULTIPROC_DIR, in files that the others read too."""

    def __init__(self) -> None:
        self._own = CollectorRegistry()
        self._shared = "PROMETHEUS_MULTIPROC_DIR" in os.environ
        self._requests = Counter(
            "ptce_requests", "Requests answered", ["method", "route", "status"], registry=self._own
        )
        self._seconds = Histogram(
            "ptce_request_seconds", "Time to the last byte", ["route"], registry=self._own, buckets=BUCKETS
        )
        self._kept = Counter("ptce_cache", "Requests that may be answered from memory", ["result"], registry=self._own)
        if not self._shared:
            for collector in (ProcessCollector, PlatformCollector, GCCollector):
                collector(registry=self._own)

        # Finding a series by its labels costs more than counting: few are, and each is found once.
        self._request_of = cache(self._requests.labels)
        self._seconds_of = cache(self._seconds.labels)
        self._kept_of = cache(self._kept.labels)

    def count(self, method: str, route: str, status: int, seconds: float) -> None:
        self._request_of(method, route, str(status)).inc()
        self._seconds_of(route).observe(seconds)

    def count_kept(self, result: str) -> None:
        self._kept_of(result).inc()

    def told(self, *more: Collector) -> bytes:
        registry = CollectorRegistry()
        if self._shared:
            MultiProcessCollector(registry)  # type: ignore[no-untyped-call]  # the library types the rest
        for collector in more:
            registry.register(collector)
        return (b"" if self._shared else generate_latest(self._own)) + generate_latest(registry)


class DatabaseMetrics(Collector):
    """What the database says when it is asked, whichever process is."""

    def __init__(self, vitals: Vitals | None, seconds: float) -> None:
        self._vitals, self._seconds = vitals, seconds

    def collect(self) -> Iterable[Metric]:
        yield GaugeMetricFamily("ptce_database_up", "Whether the database answers", float(self._vitals is not None))
        yield GaugeMetricFamily("ptce_database_seconds", "Time that it took to answer just now", self._seconds)
        if self._vitals:
            yield GaugeMetricFamily("ptce_serial", "Serial of the latest write", self._vitals.serial)
            yield GaugeMetricFamily("ptce_database_bytes", "Size of the database", self._vitals.bytes)


@router.get("/metrics")
async def get_metrics(request: Request, database: DatabaseDep) -> Response:
    """Answer who has METRICS_TOKEN; without that setting there is no such page."""
    _must_know(request, request.app.state.settings.metrics_token)
    started, vitals = time.perf_counter(), None
    with suppress(DBAPIError, PoolTimeout):  # ptce_database_up says so
        vitals = await database.read(read_vitals)
    metrics: Metrics = request.app.state.metrics
    found = metrics.told(DatabaseMetrics(vitals, time.perf_counter() - started))
    return Response(found, headers={"Cache-Control": "no-store"}, media_type=CONTENT_TYPE_LATEST)


def _must_know(request: Request, token: SecretStr | None) -> None:
    if token is None:
        raise NotFound
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not compare_digest(given.strip().encode(), token.get_secret_value().encode()):
        rates: Rates = request.app.state.rates
        rates.spend("failed_key", address(request))
        raise Unauthorized("/metrics demande « Authorization: Bearer … » avec METRICS_TOKEN.", headers=CHALLENGE)

"""The whole assembly on one screen; start reading here."""

import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from anyio import create_task_group
from fastapi import FastAPI
from fastapi_offline import FastAPIOffline
from starlette.middleware.cors import CORSMiddleware

from app.connections import Limits
from app.database import Database
from app.replicas import Replica
from app.routes import (
    dress,
    embed,
    failures,
    home,
    imports,
    memberships,
    metrics,
    ogc,
    organisations,
    pages,
    pages_about,
    pages_charts,
    pages_places,
    pages_records,
    pages_reports,
    picture,
    places,
    poles,
    proposals,
    sources,
    stats,
    upkeep,
    waves,
)
from app.routes.cache import Cache
from app.routes.exports import Exports
from app.routes.openapi import describe
from app.routes.protocol import Protocol
from app.routes.rates import Rates
from app.routes.short_way import ShortWay
from app.routes.store import Store
from app.routes.turnstile import Turnstile
from app.routes.witness import Witness
from app.settings import Settings, get_settings

_API: Final = "/v1"
EXPOSED: Final = (
    "ETag",
    "Link",
    "Location",
    "Content-Disposition",
    "Content-Crs",
    "Registry-Serial",
    "Registry-Count",
    "RateLimit",
    "RateLimit-Policy",
    "Retry-After",
    "X-Request-Id",
)
DESCRIPTION: Final = """Registre public des **pôles territoriaux de coopération économique** (PTCE, article 9 de la loi
du 31 juillet 2014) : chaque pôle, ses vagues de labellisation, sa région, son siège, son territoire, ses organisations
membres, et la source de chaque fait.

Chaque liste et chaque fiche répond en JSON, GeoJSON, CSV ou XLSX : par son suffixe (`/v1/poles.csv`), `f=csv` ou
l’en-tête `Accept`. Les codes sont toujours du texte (`"01"`). Un paramètre inconnu est refusé, jamais ignoré."""


def create_app(settings: Settings | None = None) -> FastAPI:
    settings = settings or get_settings()
    limits = Limits(settings.pool_size, settings.connect_seconds, settings.query_seconds)
    database = Database(settings.database_url, limits)
    replica = Replica(database, settings.read_database_url, limits) if settings.read_database_url else None

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        async with create_task_group() as tasks:
            tasks.start_soon(upkeep.every_day, database, settings.contact_days)
            tasks.start_soon(database.listen)
            yield
            tasks.cancel_scope.cancel()
        database.dispose()
        if replica:
            replica.dispose()

    app = FastAPIOffline(
        title="Registre des PTCE",
        version="0.1.0",
        description=DESCRIPTION,
        license_info={"name": "Licence Ouverte 2.0", "identifier": "etalab-2.0"},
        contact={"name": "Registre des PTCE"},
        openapi_tags=[
            {"name": "Pôles", "description": "Les pôles, leurs membres, leur historique"},
            {"name": "Organisations", "description": "Porteurs, fondateurs, membres, partenaires"},
            {"name": "Vagues", "description": "Appels de l’État et programmes"},
            {
                "name": "Adhésions et labellisations",
                "description": "Liens d’un pôle avec ses organisations et ses vagues",
            },
            {"name": "Sources", "description": "Documents où les faits ont été lus"},
            {"name": "Propositions", "description": "Ce que chacun suggère, et ce que les éditeurs en décident"},
            {"name": "Imports", "description": "Des feuilles de tableur contrôlées, puis écrites d’un coup"},
            {
                "name": "Territoires et vocabulaires",
                "description": "Régions et CRESS, départements, EPCI, communes, secteurs",
            },
            {"name": "Statistiques", "description": "Comptes du registre et nombres officiels"},
            {"name": "Service", "description": "Santé du service et sens des erreurs"},
        ],
        servers=[{"url": settings.public_url or "/", "description": "Ce registre"}],
        redoc_url=None,
        redirect_slashes=False,  # Protocol does it, without naming a host
        lifespan=lifespan,
        # FastAPI's own spans; its logs would quote errors, ours are brief
        telemetry={
            "auto_configure": settings.telemetry,
            "tracing": settings.telemetry,
            "logs": False,
            "metrics": False,
        },
        generate_unique_id_function=lambda route: route.name,
    )
    app.state.settings, app.state.database, app.state.reads = settings, database, replica or database
    app.state.metrics = metrics.Metrics()
    app.state.exports = Exports(settings.max_exports, settings.max_page, settings.max_rows)
    app.state.rates = Rates(
        {
            "read": settings.read_rate,
            "write": settings.write_rate,
            "failed_key": settings.failed_key_rate,
            "proposal": settings.proposal_rate,
        }
    )

    if not settings.telemetry:  # spans are made by FastAPI's own way
        app.router.routes.append(ShortWay(_API, (poles.router, organisations.router, waves.router)))
    for router in (
        poles.router,
        organisations.router,
        memberships.memberships,
        memberships.labels,
        waves.router,
        sources.router,
        proposals.router,
        proposals.feeds,
        imports.router,
        places.router,
        stats.router,
    ):
        app.include_router(router, prefix=_API)
    app.include_router(pages.router)
    app.include_router(pages_records.router)
    app.include_router(pages_places.router)
    app.include_router(pages_about.router)
    app.include_router(pages_charts.router)
    app.include_router(pages_reports.router)
    app.include_router(picture.router)
    app.include_router(embed.router)
    app.include_router(dress.router)
    app.include_router(home.router)
    app.include_router(metrics.router)
    app.router.routes.append(ogc.mounted(app.state))
    failures.install(app)

    app.state.kept = Store(settings.cache_mb * 2**20)
    app.add_middleware(Turnstile, at_once=settings.max_requests, headers=settings.max_headers)  # innermost
    app.add_middleware(Protocol, routes=app.router.routes, longest=settings.max_url)
    app.add_middleware(
        CORSMiddleware,
        allow_origins=["*"],
        allow_methods=["GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"],
        allow_headers=["*"],
        expose_headers=EXPOSED,
        max_age=86400,
    )
    app.add_middleware(
        Cache,
        store=app.state.kept,
        database=database,
        rates=app.state.rates,
        metrics=app.state.metrics,
        fixed_base=settings.public_url is not None,
    )
    app.add_middleware(Witness, metrics=app.state.metrics, access_log=settings.access_log)
    app.openapi = lambda: describe(app)  # type: ignore[method-assign]  # FastAPI's own way to extend the document
    return app


def settled_app() -> FastAPI:
    """Return what a process serves; looking for garbage among all that it is made of would stop it for 0.1 s."""
    app = create_app()
    gc.freeze()
    return app

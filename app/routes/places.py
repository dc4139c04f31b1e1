"""Official geography and vocabularies: régions with their CRESS, départements, EPCI, communes, sectors."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Depends, Response
from sqlmodel import Session

from app.errors import NotFound
from app.models import (
    CitedKind,
    CommunePublic,
    DepartementPublic,
    EpciPublic,
    Public,
    RegionPublic,
    SectorPublic,
    UnitKind,
)
from app.queries import places as queries
from app.queries.asked_places import (
    CommuneQuery,
    DepartementQuery,
    EpciQuery,
    PlaceQuery,
    ReferenceQuery,
    RegionQuery,
)
from app.queries.state import State
from app.queries.vocabulary import Meaning
from app.renderers import columns, places
from app.routes import answers
from app.routes.asking import Asking, AskingDep, DatabaseDep, at_the_door
from app.routes.documentation import RegionCodePath, documented, documented_page
from app.routes.drawing import Drawing, asked_drawing

router = APIRouter(tags=["Territoires et vocabulaires"])
Made = tuple[list[Public], int]


@router.get(
    "/regions",
    summary="Régions, avec leur CRESS",
    operation_id="listRegions",
    **documented_page(RegionQuery, RegionPublic, columns.REGION),
)
async def list_regions(
    asking: AskingDep, database: DatabaseDep, query: Annotated[RegionQuery, Depends(at_the_door(RegionQuery))]
) -> Response:
    """Les 18 régions et les collectivités d’outre-mer, avec le nombre de pôles et la chambre régionale de l’ESS.

    `/v1/regions.geojson?geometry=light` donne contours et nombres : de quoi colorer une carte en une requête.
    """
    drawing = asked_drawing(asking, query.geometry, UnitKind.REGION)
    return await database.read(
        answers.documents, asking, query, _regions, columns.REGION, list(RegionPublic.model_fields), drawing
    )


@router.get(
    "/regions/{code}",
    summary="Lire une région",
    operation_id="getRegion",
    **documented(PlaceQuery, RegionPublic, columns.REGION),
)
async def get_region(
    code: RegionCodePath,
    asking: AskingDep,
    database: DatabaseDep,
    query: Annotated[PlaceQuery, Depends(at_the_door(PlaceQuery))],
) -> Response:
    """Une région, le nombre de ses pôles et sa CRESS."""
    return await database.read(_region, asking, query, code, asked_drawing(asking, query.geometry, UnitKind.REGION))


@router.get(
    "/departements",
    summary="Départements",
    operation_id="listDepartements",
    **documented_page(DepartementQuery, DepartementPublic, columns.DEPARTEMENT),
)
async def list_departements(
    asking: AskingDep, database: DatabaseDep, query: Annotated[DepartementQuery, Depends(at_the_door(DepartementQuery))]
) -> Response:
    """Les départements (COG 2026), avec le nombre de pôles dont le siège y est connu."""
    drawing = asked_drawing(asking, query.geometry, UnitKind.DEPARTEMENT)
    return await database.read(
        answers.documents,
        asking,
        query,
        _departements,
        columns.DEPARTEMENT,
        list(DepartementPublic.model_fields),
        drawing,
    )


@router.get(
    "/epcis",
    summary="Intercommunalités",
    operation_id="listEpcis",
    **documented_page(EpciQuery, EpciPublic, columns.EPCI),
)
async def list_epcis(
    asking: AskingDep, database: DatabaseDep, query: Annotated[EpciQuery, Depends(at_the_door(EpciQuery))]
) -> Response:
    """Les intercommunalités à fiscalité propre (DGCL 2026), avec le nombre de pôles dont le siège y est connu."""
    drawing = asked_drawing(asking, query.geometry, UnitKind.EPCI)
    return await database.read(
        answers.documents, asking, query, _epcis, columns.EPCI, list(EpciPublic.model_fields), drawing
    )


@router.get(
    "/communes",
    summary="Communes, pour l’autocomplétion",
    operation_id="listCommunes",
    **documented_page(CommuneQuery, CommunePublic, columns.COMMUNE),
)
async def list_communes(
    asking: AskingDep, database: DatabaseDep, query: Annotated[CommuneQuery, Depends(at_the_door(CommuneQuery))]
) -> Response:
    """Les communes (COG 2026) par début de nom, de code INSEE ou de code postal ; les plus proches d’abord."""
    return await database.read(
        answers.documents, asking, query, _communes, columns.COMMUNE, list(CommunePublic.model_fields)
    )


@router.get(
    "/sectors",
    summary="Secteurs d’activité",
    operation_id="listSectors",
    **documented_page(ReferenceQuery, SectorPublic, columns.SECTOR),
)
async def list_sectors(
    asking: AskingDep, database: DatabaseDep, query: Annotated[ReferenceQuery, Depends(at_the_door(ReferenceQuery))]
) -> Response:
    """Le vocabulaire des activités, avec le nombre de pôles."""
    return await database.read(
        answers.documents, asking, query, _sectors, columns.SECTOR, list(SectorPublic.model_fields)
    )


def _regions(session: Session, query: ReferenceQuery, meanings: Sequence[Meaning], state: State) -> Made:
    (rows, total), sources = queries.read_regions(session, query, meanings, state)
    return [places.region(row, sources[CitedKind.CRESS, row.code]) for row in rows], total


def _region(session: Session, asking: Asking, query: PlaceQuery, code: str, drawing: Drawing | None) -> Response:
    def made(state: State) -> Public:
        (rows, _), sources = queries.read_regions(session, ReferenceQuery(limit=1000), [], state)
        regions = {row.code: row for row in rows}
        if code not in regions:
            known = ", ".join(f"{row.code} ({row.name})" for row in rows)
            raise NotFound(f"Aucune région « {code[:20]} ». Codes connus : {known}.")
        return places.region(regions[code], sources[CitedKind.CRESS, code])

    return answers.document(session, asking, query, made, columns.REGION, drawing)


def _departements(session: Session, query: DepartementQuery, meanings: Sequence[Meaning], state: State) -> Made:
    rows, total = queries.read_departements(session, query, meanings, state)
    return [places.departement(row) for row in rows], total


def _epcis(session: Session, query: EpciQuery, meanings: Sequence[Meaning], state: State) -> Made:
    (rows, total), departements = queries.read_epcis(session, query, meanings, state)
    return [places.epci(row, departements[row.code]) for row in rows], total


def _communes(session: Session, query: CommuneQuery, meanings: Sequence[Meaning], state: State) -> Made:
    (rows, total), postcodes = queries.read_communes(session, query, meanings, state)
    return [places.commune(row, postcodes[row.code]) for row in rows], total


def _sectors(session: Session, query: ReferenceQuery, meanings: Sequence[Meaning], state: State) -> Made:
    rows, total = queries.read_sectors(session, query, meanings, state)
    return [places.sector(row) for row in rows], total

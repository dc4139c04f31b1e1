"""What /ogc/api describes: the parameters that each collection really reads."""

from functools import cache
from typing import Any

from app.queries import door
from app.queries.ogc import ItemQuery, Page
from app.renderers import ogc_api
from app.renderers.ogc_api import Described
from app.routes.ogc_collections import COLLECTIONS, Collection

_EXAMPLES = {"poles": "archer-pole-sud", "organisations": "groupe-archer", "departements": "26", "epcis": "244400404"}


@cache
def document(address: str, page: int) -> dict[str, Any]:
    return ogc_api.document(address, door.described(Page), [_described(one, page) for one in COLLECTIONS.values()])


def _described(collection: Collection, page: int) -> Described:
    return Described(
        id=collection.id,
        title=collection.title,
        columns=collection.columns,
        geometry=collection.geometry,
        parameters=[_paged(parameter, page) for parameter in door.described(collection.shape)],
        item_parameters=door.described(ItemQuery),
        example=_EXAMPLES.get(collection.id, "84"),
    )


def _paged(parameter: dict[str, Any], page: int) -> dict[str, Any]:
    return parameter | {"schema": door.paged(parameter["schema"], page)} if parameter["name"] == "limit" else parameter

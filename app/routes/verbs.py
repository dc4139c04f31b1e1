"""The verbs of writing, the same for every noun: POST, PUT, PATCH, DELETE, merge and restore."""

from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Path, Response
from pydantic import Field

from app.changes import links, registry
from app.changes.bodies import read as read_body
from app.changes.links import LinkNoun
from app.changes.nouns import Noun
from app.models.base import Base, Slug
from app.routes.addresses import RECORD
from app.routes.bodies import BodyDep
from app.routes.documentation_of_writes import documented_write
from app.routes.editing import EditDep, RetireQuery, RetireQueryDep, WriteQueryDep


@dataclass(frozen=True, slots=True)
class Named:
    """How a noun is named: in French with its article, in operation ids, in an address of the examples."""

    french: str
    english: str
    example: str


class MergeCreate(Base):
    """La fiche à laquelle un doublon est fusionné."""

    into: Slug = Field(description="Identifiant de la fiche qui reste", examples=["archer-pole-sud"])


def add_record_verbs(router: APIRouter, noun: Noun, public: type[Any], named: Named) -> None:
    """Add the writes of one kind of record to its router."""
    record_id = Annotated[str, Path(description="Identifiant permanent", examples=[named.example])]

    async def create(edit: EditDep, query: WriteQueryDep, body: BodyDep) -> Response:
        """L’identifiant est fait du nom, une fois pour toutes ; `Location` donne l’adresse de la fiche."""
        return await edit.answer(query, body[0], registry.create, noun, body[1])

    async def replace(id: record_id, edit: EditDep, query: WriteQueryDep, body: BodyDep) -> Response:  # noqa: A002
        """Le document lu, modifié et renvoyé : ce que le registre calcule y est ignoré s’il n’a pas changé."""
        return await edit.answer(query, body[0], registry.replace, noun, id, body[1])

    async def patch(id: record_id, edit: EditDep, query: WriteQueryDep, body: BodyDep) -> Response:  # noqa: A002
        """Les seuls champs à changer (JSON Merge Patch) ; `null` efface une valeur."""
        return await edit.answer(query, body[0], registry.replace, noun, id, body[1], patch=True)

    async def retire(id: record_id, edit: EditDep, query: RetireQueryDep) -> Response:  # noqa: A002
        """La fiche quitte les listes ; son adresse dit pourquoi (410), son historique reste lisible."""
        return await edit.answer(query, b"", registry.retire, noun, id, query.successor)

    async def merge(id: record_id, edit: EditDep, query: WriteQueryDep, body: BodyDep) -> Response:  # noqa: A002
        """Ses liens passent à la fiche qui reste ; son adresse y mène désormais (308)."""
        into = read_body(MergeCreate, body[1], {}, ()).into
        return await edit.answer(query, body[0], registry.merge, noun, id, into)

    async def restore(id: record_id, edit: EditDep, query: WriteQueryDep) -> Response:  # noqa: A002
        """La fiche retirée ou fusionnée revient dans les listes ; les liens qu’une fusion a déplacés y restent."""
        return await edit.answer(query, b"", registry.restore, noun, id)

    shape, a_record = noun.shape, named.french
    for verb, path, method, summary, about in (
        (create, "", "POST", f"Créer {a_record}", documented_write(public, shape, creates=True)),
        (replace, RECORD, "PUT", f"Remplacer {a_record}", documented_write(public, shape, edits=True)),
        (patch, RECORD, "PATCH", f"Modifier {a_record}", documented_write(public, shape, edits=True, patch=True)),
        (retire, RECORD, "DELETE", f"Retirer {a_record}", documented_write(public, edits=True, query=RetireQuery)),
        (
            merge, f"{RECORD}/merge", "POST", f"Fusionner {a_record} en double",
            documented_write(public, MergeCreate, also=(404, 409, 410)),
        ),
        (restore, f"{RECORD}/restore", "POST", f"Rétablir {a_record}", documented_write(public, also=(404, 409))),
    ):  # fmt: skip
        name = f"{verb.__name__}{named.english}"
        router.add_api_route(path, verb, methods=[method], name=name, operation_id=name, summary=summary, **about)


def add_link_verbs(router: APIRouter, noun: LinkNoun, public: type[Any], named: Named) -> None:
    """Add the writes of one kind of link; its key is `pole@organisation` or `pole@wave`."""
    link_key = Annotated[str, Path(description="Les deux identifiants, séparés par @", examples=[named.example])]

    async def create(edit: EditDep, query: WriteQueryDep, body: BodyDep) -> Response:
        """Les deux fiches existent déjà ; le lien est montré par l’une et l’autre."""
        return await edit.answer(query, body[0], links.create, noun, body[1])

    async def replace(key: link_key, edit: EditDep, query: WriteQueryDep, body: BodyDep) -> Response:
        """Le lien lu, modifié et renvoyé ; son ETag est celui de son pôle."""
        return await edit.answer(query, body[0], links.replace, noun, links.key_of(key), body[1])

    async def patch(key: link_key, edit: EditDep, query: WriteQueryDep, body: BodyDep) -> Response:
        """Les seuls champs à changer (JSON Merge Patch) ; `null` efface une valeur."""
        return await edit.answer(query, body[0], links.replace, noun, links.key_of(key), body[1], patch=True)

    async def remove(key: link_key, edit: EditDep, query: WriteQueryDep) -> Response:
        """Le lien n’est plus montré ; l’historique du pôle le garde."""
        return await edit.answer(query, b"", links.remove, noun, links.key_of(key))

    shape, a_link = noun.shape, named.french
    for verb, path, method, summary, about in (
        (
            create,
            "",
            "POST",
            f"Créer {a_link}",
            documented_write(public, noun.new_shape, creates=True, also=(409, 410)),
        ),
        (replace, "/{key}", "PUT", f"Remplacer {a_link}", documented_write(public, shape, edits=True)),
        (patch, "/{key}", "PATCH", f"Modifier {a_link}", documented_write(public, shape, edits=True, patch=True)),
        (remove, "/{key}", "DELETE", f"Retirer {a_link}", documented_write(public, edits=True)),
    ):
        name = f"{verb.__name__}{named.english}"
        router.add_api_route(path, verb, methods=[method], name=name, operation_id=name, summary=summary, **about)

"""Writes over HTTP: one request becomes one order, carried out in one transaction, or tried and taken back."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Concatenate, NamedTuple, ParamSpec

from fastapi import Depends, Request, Response
from pydantic import BaseModel, ConfigDict, Field
from sqlmodel import Session

from app.changes import consequence, retries
from app.changes.orders import Done, Order
from app.database import Database
from app.errors import Fault, Invalid
from app.queries.values import Flag
from app.routes.asking import at_the_door, base_of
from app.routes.rates import Rates
from app.routes.who import WhoDep
from app.security import Editor, must_write

P = ParamSpec("P")
Change = Callable[Concatenate[Session, Order, P], Done]
_LONGEST_KEY = 200


class TrialQuery(BaseModel):
    """What every request that changes something understands."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    dry_run: Flag = Field(
        default=False,
        description="Écriture à blanc : répond ce qu’elle ferait (fiches, différences, filtres), sans rien écrire",
        json_schema_extra={"type": "string", "enum": ["0", "1", "true", "false"], "default": "0"},
        examples=["true"],
    )


class DecisionQuery(TrialQuery):
    """What a decision on a proposal understands: its source is that of the proposal."""

    reason: str | None = Field(
        default=None,
        max_length=1000,
        description="Pourquoi ; l’historique le montre",
        examples=["Changement de statuts"],
    )


class WriteQuery(DecisionQuery):
    """What every write of an editor understands."""

    source: str | None = Field(
        default=None,
        max_length=2000,
        description="D’après quoi : l’adresse d’une page ou l’identifiant d’une source ; sans elle, l’éditeur est cité",
        examples=["https://www.example.fr/article"],
    )


class RetireQuery(WriteQuery):
    """What a retirement understands."""

    successor: str | None = Field(
        default=None, max_length=100, description="Fiche qui remplace celle-ci", examples=["archer-pole-sud"]
    )


class Written(NamedTuple):
    """What an answer is made of; it is JSON unless its headers have a Content-Type."""

    status: int
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Edit:
    """One request to write: who, with what rights, once or again, for good or not."""

    request: Request
    editor: Editor
    rate: dict[str, str]

    async def answer(
        self, query: TrialQuery, content: bytes, change: Change[P], *args: P.args, **kwargs: P.kwargs
    ) -> Response:
        """Carry out a change in its transaction and answer. Nothing is kept of one that is refused or only tried."""

        def changed(session: Session, order: Order) -> Written:
            done = change(session, order, *args, **kwargs)
            return _tried(done) if query.dry_run else self._written(done)

        return await self.answer_with(query, content, changed, keep=not query.dry_run)

    async def answer_with(
        self, query: TrialQuery, content: bytes, change: Callable[[Session, Order], Written], *, keep: bool
    ) -> Response:
        """Carry out a change that makes its own answer."""
        database: Database = self.request.app.state.database
        return await database.write(self._carried_out, keep, query, content, change, keep)

    def _carried_out(
        self,
        session: Session,
        query: TrialQuery,
        content: bytes,
        change: Callable[[Session, Order], Written],
        keep: bool,
    ) -> Response:
        key = self._idempotency_key()
        address = str(self.request.url.path) + "?" + self.request.url.query
        asked = retries.fingerprint(self.request.method, address, content)
        known = retries.recall(session, self.editor.name, key, asked) if key else None
        if known:
            headers = json.loads(known.headers) | {"Idempotent-Replayed": "true"}
            return self._response(known.status, headers, known.body)
        order = Order(
            editor=self.editor,
            seed_dir=self.request.app.state.settings.seed_dir,
            if_match=", ".join(self.request.headers.getlist("if-match")) or None,
            **query.model_dump(include={"reason", "source"}),
        )
        made = change(session, order)
        if key and keep and made.status < 400:  # noqa: PLR2004  a refusal may be mended and sent again
            retries.keep(session, self.editor.name, key, asked, *made)
        return self._response(*made)

    def _written(self, done: Done) -> Written:
        status, headers = (201 if done.created else 200), {"ETag": done.etag} if done.etag else {}
        if done.created:
            headers["Location"] = base_of(self.request) + done.path
        if done.serial is not None:
            headers["Registry-Serial"] = str(done.serial)
        return Written(status, headers, done.body)

    def _idempotency_key(self) -> str | None:
        key = self.request.headers.get("idempotency-key")
        if key is not None and not (0 < len(key) <= _LONGEST_KEY and key.isprintable() and key.isascii()):
            expected = f"1 à {_LONGEST_KEY} caractères ASCII"
            fault = Fault(parameter="Idempotency-Key", value=key[:_LONGEST_KEY], expected=expected)
            raise Invalid(f"Idempotency-Key : attendu, {expected}.", faults=[fault])
        return key

    def _response(self, status: int, headers: dict[str, str], body: bytes) -> Response:
        always = {"Cache-Control": "private, no-store", "Content-Language": "fr"}
        return Response(body, status, {**always, **self.rate, **headers}, media_type="application/json")


def _tried(done: Done) -> Written:
    return Written(200, {}, consequence.of(done).model_dump_json().encode())


async def edit_of(request: Request, asks: WhoDep) -> Edit:
    """Return the edit of a request whose key writes. Raises Unauthorized, Forbidden, TooManyRequests."""
    editor = must_write(asks)
    rates: Rates = request.app.state.rates
    left = rates.spend("write", editor.name)
    return Edit(request, editor, left.headers if left else {})


EditDep = Annotated[Edit, Depends(edit_of)]
WriteQueryDep = Annotated[WriteQuery, Depends(at_the_door(WriteQuery))]
RetireQueryDep = Annotated[RetireQuery, Depends(at_the_door(RetireQuery))]

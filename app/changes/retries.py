"""`Idempotency-Key`: the first answer to a request, kept for a day, in the same transaction as its write."""

import hashlib
import json
from datetime import UTC, datetime, timedelta

from sqlalchemy import delete
from sqlmodel import Session, col

from app.errors import Fault, Invalid
from app.models import Retry

KEPT = timedelta(days=1)


def fingerprint(method: str, address: str, body: bytes) -> str:
    return hashlib.sha256(b"\n".join((method.encode(), address.encode(), body))).hexdigest()


def recall(session: Session, editor: str, key: str, asked: str) -> Retry | None:
    """Return the first answer to this key, if it is the same request. Raises Invalid for another one."""
    known = session.get(Retry, (editor, key))
    if known is None or datetime.now(UTC) - known.recorded_at > KEPT:
        return None
    if known.fingerprint != asked:
        expected = "une clé neuve : celle-ci a déjà servi pour une autre requête"
        fault = Fault(parameter="Idempotency-Key", value=key, expected=expected)
        raise Invalid(f"Idempotency-Key : attendu, {expected}.", faults=[fault])
    return known


def keep(
    session: Session, editor: str, key: str, asked: str, status: int, headers: dict[str, str], body: bytes
) -> None:
    """Keep an answer; those of more than a day ago go."""
    now = datetime.now(UTC)
    session.execute(delete(Retry).where(col(Retry.recorded_at) < now - KEPT))
    session.add(
        Retry(
            editor=editor,
            key=key,
            fingerprint=asked,
            recorded_at=now,
            status=status,
            headers=json.dumps(headers),
            body=body,
        )
    )
    session.flush()

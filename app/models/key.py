"""API keys: who may write what; and the first answers to requests that a client may send again."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import LargeBinary
from sqlmodel import Field, SQLModel

from app.models.base import by_value


class KeyRole(StrEnum):
    """What the holder of a key may do; each may do what those before it may."""

    READER = "reader"
    CURATOR = "curator"
    NATIONAL = "national"
    ADMIN = "admin"


class ApiKey(SQLModel, table=True):
    """A key is shown once; its SHA-256 is kept. Its name is the editor that the log shows."""

    __tablename__ = "api_key"

    id: int | None = Field(default=None, primary_key=True)
    name: str = Field(unique=True, max_length=100)
    role: KeyRole = Field(sa_type=by_value(KeyRole))
    hash: str = Field(unique=True, max_length=64)
    created_at: datetime
    expires_at: datetime | None = None
    revoked_at: datetime | None = None
    last_used_at: datetime | None = None


class KeyRegion(SQLModel, table=True):
    """A région whose records a curator's key may edit."""

    __tablename__ = "key_region"

    key: int = Field(primary_key=True, foreign_key="api_key.id")
    region: str = Field(primary_key=True, foreign_key="region.code")


class Retry(SQLModel, table=True):
    """What a request with an `Idempotency-Key` was answered, for a day."""

    editor: str = Field(primary_key=True, max_length=100)
    key: str = Field(primary_key=True, max_length=200)
    fingerprint: str = Field(max_length=64)
    recorded_at: datetime = Field(index=True)
    status: int
    headers: str = Field(description="JSON object")
    body: bytes = Field(sa_type=LargeBinary)

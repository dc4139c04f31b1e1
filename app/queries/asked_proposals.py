"""What can be asked of proposals: one by its address, a feed, a list for curators."""

from typing import Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from app.models import ProposalState, ProposedKind
from app.models.base import Integer
from app.queries.values import PageSize

Json = Literal["json"]
JSON_ONLY: Final[Any] = Field(default=None, description="Format : `json` seulement", examples=["json"])


class FollowQuery(BaseModel):
    """One proposal."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    f: Json | None = JSON_ONLY


class FeedQuery(BaseModel):
    """The proposals that a feed tells of."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    region: list[str] = Field(
        default_factory=list, description="Région concernée : code INSEE ; sans elle, toutes", examples=[["84"]]
    )


class ProposalQuery(FeedQuery):
    """The proposals that a curator reads."""

    f: Json | None = JSON_ONLY
    state: list[ProposalState] = Field(
        default_factory=list, description="État : `pending`, `accepted`, `amended` ou `refused`", examples=[["pending"]]
    )
    kind: list[ProposedKind] = Field(default_factory=list, description="Ce qu’elle concerne", examples=[["pole"]])
    record: str | None = Field(
        default=None, max_length=201, description="Identifiant de la fiche concernée", examples=["archer-pole-sud"]
    )
    limit: PageSize = Field(default=100, description="Nombre par page, à partir de 1", examples=[10])
    offset: Integer = Field(
        default=0, ge=0, le=1_000_000, description="Nombre à passer, de 0 à 1 000 000", examples=[0]
    )

"""What can be asked of the other lists: what hangs on a record, and sources."""

from pydantic import Field

from app.models import Role
from app.queries.asked import AskedList
from app.queries.values import Words


class MembersQuery(AskedList):
    """The members of one pole."""

    role: list[Role] = Field(default_factory=list, description="Rôle", examples=[["carrier"]])


class HistoryQuery(AskedList):
    """The revisions of one record, newest first."""


class SourceQuery(AskedList):
    """Sources: documents where facts were read."""

    q: Words | None = Field(
        default=None, description="Partie de l’adresse, de l’éditeur ou du titre", examples=["cress"]
    )

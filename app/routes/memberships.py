"""Links between records, each at an address of its own: memberships and labels."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Response

from app.changes.links import LABELS, MEMBERSHIPS
from app.models.organisation import MembershipPublic
from app.models.wave import AwardedPublic
from app.queries import links
from app.queries.asked import Asked
from app.routes import answers
from app.routes.asking import AskingDep, DatabaseDep, at_the_door
from app.routes.documentation import RECORD_ERRORS, documented
from app.routes.verbs import Named, add_link_verbs

memberships = APIRouter(prefix="/memberships", tags=["Adhésions et labellisations"])
labels = APIRouter(prefix="/labels", tags=["Adhésions et labellisations"])
MembershipKey = Annotated[
    str, Path(description="Pôle et organisation, séparés par @", examples=["archer-pole-sud@groupe-archer"])
]
LabelKey = Annotated[str, Path(description="Pôle et vague, séparés par @", examples=["archer-pole-sud@aap-2013"])]


@memberships.get(
    "/{key}",
    summary="Lire une adhésion",
    operation_id="getMembership",
    **documented(Asked, MembershipPublic, errors=RECORD_ERRORS),
)
async def get_membership(
    key: MembershipKey,
    asking: AskingDep,
    database: DatabaseDep,
    query: Annotated[Asked, Depends(at_the_door(Asked))],
) -> Response:
    """Une organisation dans un pôle : son rôle, ses dates, ses sources ; l’ETag est celui du pôle."""
    return await database.read(answers.link, asking, query, links.MEMBERSHIP, links.key_of(key))


@labels.get(
    "/{key}",
    summary="Lire une labellisation",
    operation_id="getLabel",
    **documented(Asked, AwardedPublic, errors=RECORD_ERRORS),
)
async def get_label(
    key: LabelKey,
    asking: AskingDep,
    database: DatabaseDep,
    query: Annotated[Asked, Depends(at_the_door(Asked))],
) -> Response:
    """Ce qu’une vague a donné à un pôle : issue, date, aide, sources ; l’ETag est celui du pôle."""
    return await database.read(answers.link, asking, query, links.LABEL, links.key_of(key))


add_link_verbs(
    memberships, MEMBERSHIPS, MembershipPublic, Named("une adhésion", "Membership", "archer-pole-sud@groupe-archer")
)
add_link_verbs(labels, LABELS, AwardedPublic, Named("une labellisation", "Label", "archer-pole-sud@aap-2013"))

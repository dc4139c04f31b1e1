"""Documents read some at a time: in the order of their revisions, and never fewer than were asked for."""

import numpy as np
import pytest

from app.database import Database
from app.errors import Unavailable
from app.queries import run
from app.queries.asked_organisations import OrganisationQuery
from app.queries.whole import read_documents, read_whole


def test_documents_come_in_the_order_asked_for(registry: Database) -> None:
    query = OrganisationQuery.model_validate({"limit": "all", "sort": "-name", "facets": ["kind"]})
    with registry.reading() as session:
        state, meanings = run.read_state(session, query)
        whole = read_whole(session, query, meanings, state, [])
        page = run.read_page(session, query, meanings, state, "row")
        assert read_documents(session, whole.ids, "row") == page.pieces
        assert read_documents(session, whole.ids[7:9], "row") == page.pieces[7:9]
        assert (whole.total, whole.undetermined, whole.facets) == (page.total, page.undetermined, page.facets)


def test_a_document_that_is_not_there_yet_is_refused(registry: Database) -> None:
    """A replica leaves what is refused to the primary."""
    with registry.reading() as session, pytest.raises(Unavailable):
        read_documents(session, np.array([1, 2_000_000_000]), "body")

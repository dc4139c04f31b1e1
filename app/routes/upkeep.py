"""What the service does by itself, without being asked: once at its start, then every day."""

import logging
from datetime import timedelta
from typing import Final

from anyio import sleep
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from app.changes import proposals
from app.database import Database
from app.queries.proposals import has_contacts

log = logging.getLogger(__name__)
_DAY: Final = 86_400  # seconds


async def every_day(database: Database, contact_days: int) -> None:
    """Erase the contacts of proposals when their time is over; what fails is tried again the next day."""
    age = timedelta(days=contact_days)
    while True:
        try:
            if await database.read(has_contacts, age):  # most days write nothing
                erased = await database.write(proposals.erase_contacts, True, age)
                log.info("contacts of proposals erased: %d", erased)
        except (DBAPIError, PoolTimeout) as error:
            log.warning("contacts of proposals were not erased", exc_info=error)
        await sleep(_DAY)

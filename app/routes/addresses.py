"""Addresses of records: any word but those that stand for something else, so that OPTIONS and 405 tell the truth."""

from typing import Final

from starlette.convertors import StringConvertor, register_url_convertor

from app.forms import RESERVED


class RecordId(StringConvertor):
    """A path parameter that is an id: `/v1/poles/{id:record}`."""

    regex = f"(?!(?:{'|'.join(RESERVED)})(?:/|$))[^/]+"


RECORD: Final = "/{id:record}"
register_url_convertor("record", RecordId())

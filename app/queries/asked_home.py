"""What can be asked of the home page: the filters of the poles, and the name of a commune to be near."""

from pydantic import Field

from app.queries.asked import PoleQuery
from app.queries.values import Words


class HomeQuery(PoleQuery):
    """The filters of `/v1/poles`, as the form of the home page sends them."""

    near: Words | None = Field(default=None, description="Nom d’une commune, ou son début", examples=["romans"])

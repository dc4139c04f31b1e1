"""Settings: frozen, read once from the environment."""

from functools import cache
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Field
from pydantic_settings import BaseSettings, SettingsConfigDict

ROOT = Path(__file__).parent.parent


def _bare(url: str | None) -> str | None:
    if url is None:
        return None
    if not url.startswith(("http://", "https://")):
        raise ValueError("PUBLIC_URL commence par http:// ou https://, par exemple https://ptce.example.fr")
    return url.rstrip("/")


def _known_database(url: str) -> str:
    if not url.startswith(("sqlite:///", "postgresql+psycopg://")):
        raise ValueError("DATABASE_URL commence par sqlite:/// ou postgresql+psycopg://")
    return url


class Settings(BaseSettings):
    """Every setting of the registry; its environment variable is its name in capitals."""

    model_config = SettingsConfigDict(frozen=True, extra="ignore")

    database_url: Annotated[str, AfterValidator(_known_database)] = Field(
        default="sqlite:///ptce.sqlite",
        description="SQLAlchemy URL: `sqlite:///FILE` or `postgresql+psycopg://USER@HOST/DATABASE` (with PostGIS)",
    )
    public_url: Annotated[str | None, AfterValidator(_bare)] = Field(
        default=None,
        description="Address that absolute links start with; without it, the request's own scheme and host",
    )
    seed_dir: Path = Field(default=ROOT / "seed", description="Folder of the seed data")
    host: str = Field(default="127.0.0.1", description="Address to serve on")
    port: int = Field(default=8000, ge=1, le=65535, description="Port to serve on")
    workers: int = Field(default=1, ge=1, le=64, description="Number of server processes")


@cache
def get_settings() -> Settings:
    return Settings()

"""Settings: frozen, read once from the environment."""

from functools import cache
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Literal

from limits import parse_many
from pydantic import AfterValidator, DirectoryPath, Field, SecretStr, ValidationInfo
from pydantic_settings import BaseSettings, SettingsConfigDict
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from app.logs import Form

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
    try:
        host = make_url(url).host or ""
    except (ArgumentError, ValueError):
        host = "@"
    if "@" in host:  # what follows the first @ of a password would be taken for the host, and told in errors
        raise ValueError(
            "DATABASE_URL de la forme …://USER:PASSWORD@HOST:PORT/DATABASE ; dans un mot de passe, @ = %40"
        )
    return url


def _known_replica(url: str | None, others: ValidationInfo) -> str | None:
    if url is None:
        return None
    if not (url.startswith("postgresql+psycopg://") and others.data.get("database_url", url).startswith("postgresql")):
        raise ValueError("postgresql+psycopg://…, l’adresse d’une copie de la base PostgreSQL de DATABASE_URL")
    return _known_database(url)


def _rate(written: str) -> str:
    """Check a rate in the notation of the library `limits`: `600/minute`, `10 per hour`; 0 is none."""
    if written != "0":
        try:
            rates = parse_many(written)
        except ValueError:
            rates = []
        if len(rates) != 1 or rates[0].amount < 1:
            raise ValueError("un nombre par unité de temps, comme 600/minute, ou 0 pour aucune limite")
    return written


def _addresses(written: str) -> str:
    for address in filter(None, (one.strip() for one in written.split(","))):
        try:
            ip_network(address)
        except ValueError:
            raise ValueError("des adresses ou réseaux IP séparés par des virgules, comme 10.0.0.0/8") from None
    return written


class Settings(BaseSettings):
    """Every setting of the registry; its environment variable is its name in capitals."""

    model_config = SettingsConfigDict(
        frozen=True,
        extra="ignore",
        hide_input_in_errors=True,  # DATABASE_URL may hold a password
    )

    database_url: Annotated[str, AfterValidator(_known_database)] = Field(
        default="sqlite:///ptce.sqlite",
        description="SQLAlchemy URL: `sqlite:///FILE` or `postgresql+psycopg://USER@HOST/DATABASE` (with PostGIS)",
    )
    read_database_url: Annotated[str | None, AfterValidator(_known_replica)] = Field(
        default=None,
        description="URL of a streaming replica, or of several: who reads without a key is answered from there",
    )
    pool_size: int = Field(
        default=10,
        ge=1,
        le=100,
        description="PostgreSQL: connections that each process reads with; one more writes, one more listens",
    )
    connect_seconds: int = Field(
        default=3, ge=2, le=60, description="PostgreSQL: seconds to open a connection, or to get a free one; then 503"
    )
    query_seconds: float = Field(
        default=10, gt=0, le=600, description="Seconds that one statement of a request may take; then 503"
    )
    public_url: Annotated[str | None, AfterValidator(_bare)] = Field(
        default=None,
        description="Address that absolute links start with; without it, the request's own scheme and host",
    )
    seed_dir: DirectoryPath = Field(default=ROOT / "seed", description="Folder of the seed data")
    host: str = Field(default="127.0.0.1", description="Address to serve on")
    port: int = Field(default=8000, ge=1, le=65535, description="Port to serve on")
    read_rate: Annotated[str, AfterValidator(_rate)] = Field(
        default="0", description="Reads allowed to each address, or each key: `600/minute`; 0 = no limit"
    )
    write_rate: Annotated[str, AfterValidator(_rate)] = Field(
        default="1200/minute", description="Writes allowed to each key; 0 = no limit"
    )
    failed_key_rate: Annotated[str, AfterValidator(_rate)] = Field(
        default="30/minute", description="Keys that are refused, allowed to each address; 0 = no limit"
    )
    proposal_rate: Annotated[str, AfterValidator(_rate)] = Field(
        default="20/hour", description="Proposals allowed to each address, or each key; 0 = no limit"
    )
    contact_days: int = Field(
        default=90, ge=1, le=1095, description="Days after which the contact of a proposal is erased"
    )
    map_tiles: Literal["none", "ign"] = Field(
        default="none", description="What lies under the map: nothing, or the tiles of IGN's Géoplateforme"
    )
    cache_mb: int = Field(
        default=64, ge=0, le=65_536, description="Megabytes of answers that each process keeps in memory; 0 = none"
    )
    cache_max_age: int = Field(
        default=0, ge=0, le=86_400, description="Seconds that shared caches may answer without asking; 0 = none"
    )
    workers: int = Field(default=1, ge=1, le=64, description="Number of server processes")
    forwarded_allow_ips: Annotated[str, AfterValidator(_addresses)] = Field(
        default="127.0.0.1,::1", description="Addresses or networks of the proxies whose X-Forwarded-* are believed"
    )
    max_requests: int = Field(
        default=200,
        ge=1,
        le=100_000,
        description="Requests that one process answers at once; more wait two seconds, then get 503",
    )
    max_exports: int = Field(
        default=8, ge=1, le=1000, description="Whole lists that one process sends at once; more are told to wait"
    )
    max_page: int = Field(
        default=1000, ge=100, le=10_000, description="Records of a page at most; a whole list of more is sent in parts"
    )
    max_rows: int = Field(
        default=200_000, ge=100, le=1_000_000, description="Rows of a whole list as XLSX; of more, 422 says to take CSV"
    )
    stall_seconds: float = Field(
        default=60, gt=0, le=3600, description="Seconds in which who is sent an answer takes nothing; then cut off"
    )
    max_headers: int = Field(default=16_384, ge=1024, le=65_536, description="Bytes of the headers of a request")
    # httptools reads no address of more than 65,535 bytes: what is longer than it may be must still be told so.
    max_url: int = Field(default=8192, ge=2048, le=32_768, description="Bytes of an address, query included; then 414")
    max_body: int = Field(default=1_000_000, ge=100_000, le=100_000_000, description="Bytes of a JSON body; then 413")
    max_proposal: int = Field(  # the longest document of the seed has 11,955 bytes
        default=64_000, ge=16_000, le=1_000_000, description="Bytes of a proposal, which anyone sends; then 413"
    )
    max_sheet: int = Field(
        default=10_000_000, ge=100_000, le=50_000_000, description="Bytes of a sheet that is imported; then 413"
    )
    max_points: int = Field(
        default=10_000, ge=4, le=100_000, description="Points of an outline that is searched in; then 422"
    )
    header_seconds: float = Field(
        default=20, gt=0, le=600, description="Seconds that the headers of a request may take to arrive; then 408"
    )
    body_seconds: float = Field(
        default=120, gt=0, le=3600, description="Seconds that the body of a request may take to arrive; then cut off"
    )
    shutdown_seconds: int = Field(
        default=20,
        ge=1,
        le=600,
        description="Time that a server told to end gives to the requests it has begun",
    )
    log_format: Form = Field(
        default="auto", description="`json`, one object a line; `text`, for people; `auto`, text on a terminal only"
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(default="info", description="Least level logged")
    access_log: bool = Field(default=False, description="Whether each request is logged, without query and address")
    metrics_token: SecretStr | None = Field(
        default=None, min_length=16, description="What `/metrics` is read with, as a Bearer; none = no such page"
    )
    telemetry: bool = Field(
        default=False, description="Whether traces go to OTEL_EXPORTER_OTLP_ENDPOINT; needs the extra `otel`"
    )


@cache
def get_settings() -> Settings:
    return Settings()

"""Settings: each from its environment variable, checked, frozen."""

from pathlib import Path

import pytest
from pydantic import ValidationError
from typer.testing import CliRunner

from app.cli import cli
from app.settings import ROOT, Settings, get_settings

BOUNDS = {
    "MAX_URL": (2048, 32_768),
    "MAX_BODY": (100_000, 100_000_000),
    "MAX_PROPOSAL": (16_000, 1_000_000),
    "MAX_SHEET": (100_000, 50_000_000),
    "MAX_POINTS": (4, 100_000),
    "MAX_HEADERS": (1024, 65_536),
    "MAX_REQUESTS": (1, 100_000),
}


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.mark.parametrize(
    ("name", "written", "value"),
    [
        ("DATABASE_URL", "sqlite:////var/lib/ptce/ptce.sqlite", "sqlite:////var/lib/ptce/ptce.sqlite"),
        ("DATABASE_URL", "postgresql+psycopg://u:p@h/d", "postgresql+psycopg://u:p@h/d"),
        ("PUBLIC_URL", "https://ptce.example.fr/", "https://ptce.example.fr"),
        ("PUBLIC_URL", "http://localhost:8000", "http://localhost:8000"),
        ("SEED_DIR", "/tmp", Path("/tmp")),
        ("HOST", "0.0.0.0", "0.0.0.0"),
        ("PORT", "8080", 8080),
        ("WORKERS", "4", 4),
    ],
)
def test_setting_is_read_from_the_environment(
    monkeypatch: pytest.MonkeyPatch, name: str, written: str, value: object
) -> None:
    monkeypatch.setenv(name, written)
    assert getattr(Settings(), name.lower()) == value


def test_every_setting_has_a_default_and_a_description() -> None:
    settings = Settings()
    assert settings.database_url == "sqlite:///ptce.sqlite"
    assert settings.seed_dir == ROOT / "seed"
    assert (settings.host, settings.port, settings.workers, settings.public_url) == ("127.0.0.1", 8000, 1, None)
    assert all(field.description for field in Settings.model_fields.values())


@pytest.mark.parametrize(
    ("name", "written", "said"),
    [
        ("DATABASE_URL", "mysql://x/y", "DATABASE_URL commence par sqlite:/// ou postgresql"),
        ("DATABASE_URL", "postgresql://x/y", "DATABASE_URL commence par sqlite:/// ou postgresql"),
        ("DATABASE_URL", "", "DATABASE_URL commence par"),
        ("PUBLIC_URL", "ptce.example.fr", "PUBLIC_URL commence par http:// ou https://"),
        ("PORT", "0", "port"),
        ("PORT", "65536", "port"),
        ("PORT", "abc", "port"),
        ("WORKERS", "0", "workers"),
        *(
            (name, written, name.lower())
            for name, bounds in BOUNDS.items()
            for written in (bounds[0] - 1, bounds[1] + 1)
        ),
        ("CACHE_MAX_AGE", "-1", "cache_max_age"),
        ("CACHE_MAX_AGE", "86401", "cache_max_age"),
    ],
)
def test_bad_setting_is_refused(monkeypatch: pytest.MonkeyPatch, name: str, written: object, said: str) -> None:
    monkeypatch.setenv(name, str(written))
    with pytest.raises(ValidationError, match=said):
        Settings()


@pytest.mark.parametrize("name", BOUNDS)
def test_a_limit_may_be_set_up_to_its_bounds_and_says_them(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    for value in BOUNDS[name]:
        monkeypatch.setenv(name, str(value))
        assert getattr(Settings(), name.lower()) == value
    for value, said in ((BOUNDS[name][0] - 1, "au moins égal à"), (BOUNDS[name][1] + 1, "au plus égal à")):
        monkeypatch.setenv(name, str(value))
        get_settings.cache_clear()
        told = CliRunner().invoke(cli, ["check"], env={"COLUMNS": "200"})
        assert told.exit_code == 2
        assert f"Réglage {name} = '{value}' : attendu, un nombre {said} " in " ".join(told.stderr.split())
    get_settings.cache_clear()


def test_settings_are_frozen_and_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    get_settings.cache_clear()
    first = get_settings()
    monkeypatch.setenv("PORT", "9000")
    assert get_settings() is first
    with pytest.raises(ValidationError, match="frozen"):
        first.port = 1  # type: ignore[misc]  # the very thing that is refused
    get_settings.cache_clear()


@pytest.mark.parametrize(
    ("primary", "replica", "said"),
    [
        ("postgresql+psycopg://u@h/d", "postgresql+psycopg://u@r/d", None),
        ("sqlite:///ptce.sqlite", "postgresql+psycopg://u@r/d", "copie de la base PostgreSQL"),
        ("postgresql+psycopg://u@h/d", "sqlite:///ptce.sqlite", "copie de la base PostgreSQL"),
    ],
)
def test_a_replica_is_of_postgresql(
    monkeypatch: pytest.MonkeyPatch, primary: str, replica: str, said: str | None
) -> None:
    monkeypatch.setenv("DATABASE_URL", primary)
    monkeypatch.setenv("READ_DATABASE_URL", replica)
    if said is None:
        assert Settings().read_database_url == replica
    else:
        with pytest.raises(ValidationError, match=said):
            Settings()


@pytest.mark.parametrize("written", ["*", "proxy", "10.0.0.0/33", "10.0.0.1 10.0.0.2"])
def test_trusting_everybody_is_no_setting(written: str) -> None:
    with pytest.raises(ValidationError, match="adresses ou réseaux IP"):
        Settings.model_validate({"forwarded_allow_ips": written})

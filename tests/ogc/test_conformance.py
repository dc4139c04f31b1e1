"""Each conformance class that is declared is proved, requirement by requirement, and nothing else is declared."""

import importlib
import pkgutil

import httpx
import pytest

import tests.ogc
from tests.ogc.asking import got
from tests.ogc.requirements import PROOFS, REQUIRED, REQUIREMENTS, uri

for module in pkgutil.iter_modules(tests.ogc.__path__):
    importlib.import_module(f"tests.ogc.{module.name}")  # each says what it proves


def test_what_is_declared_is_what_is_proved(client: httpx.Client) -> None:
    """A class without its requirements here, or requirements of a class that is not declared, are no conformance."""
    assert sorted(got(client, "/conformance")["conformsTo"]) == sorted(map(uri, REQUIRED))


def test_every_requirement_has_its_tests() -> None:
    assert set(PROOFS) == REQUIREMENTS


@pytest.mark.parametrize("requirement", sorted(REQUIREMENTS))
def test_a_proof_is_a_test_that_always_runs(requirement: str) -> None:
    for test in PROOFS[requirement]:
        assert test.__name__.startswith("test_")
        assert getattr(importlib.import_module(test.__module__), test.__name__) is test, "another test hides it"
        marks = {mark.name for mark in getattr(test, "pytestmark", [])}
        assert marks <= {"parametrize", "hypothesis"}, "it may be skipped, or left to another suite"

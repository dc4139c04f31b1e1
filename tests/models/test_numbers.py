"""Keys of SIREN and SIRET, La Poste's own rule included."""

import pytest

from app.models import numbers


@pytest.mark.parametrize(
    ("siret", "valid"),
    [
        ("73282932000074", True),
        ("73282932000075", False),
        ("73282932100074", False),
        ("35600000000048", True),  # La Poste, its head office: by Luhn
        ("35600000049837", True),  # La Poste, a post office: sum of digits a multiple of 5
        ("35600000049838", False),
        ("73282932000011", False),  # sum a multiple of 5 is La Poste's rule alone
        ("7328293200007", False),
        ("732829320000740", False),
        ("732 829 320 00074", False),
        ("", False),
        ("²²²²²²²²²²²²²²", False),
        ("７３２８２９３２００００７４", False),
    ],
)
def test_key_of_a_siret_is_checked_with_la_poste_s_own_rule(siret: str, valid: bool) -> None:
    assert numbers.siret_is_valid(siret) is valid


@pytest.mark.parametrize(
    ("written", "siren"),
    [
        ("73282932000074", "732829320"),
        ("732 829 320 00074", "732829320"),
        ("35600000049837", "356000000"),
        ("732829320", "732829320"),
        ("73282932000075", "73282932000075"),
        ("groupe-archer", "groupe-archer"),
        ("", ""),
    ],
)
def test_siren_is_read_from_a_valid_siret(written: str, siren: str) -> None:
    assert numbers.siren_of(written) == siren

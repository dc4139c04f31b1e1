"""SIREN and SIRET, the official numbers of organisations and of their establishments; keys by python-stdnum."""

from typing import Final

from stdnum import luhn
from stdnum.fr import siren as siren_number

SIREN_LENGTH: Final = 9
SIRET_LENGTH: Final = 14
LA_POSTE: Final = "356000000"


def siren_is_valid(siren: str) -> bool:
    return bool(siren_number.is_valid(siren))


def siret_is_valid(siret: str) -> bool:
    """Check the key of a SIRET; those of La Poste's offices have their own: a sum of digits that 5 divides."""
    if len(siret) != SIRET_LENGTH or not siret.isdigit() or not siren_is_valid(siret[:SIREN_LENGTH]):
        return False
    return bool(luhn.is_valid(siret)) or (siret.startswith(LA_POSTE) and sum(map(int, siret)) % 5 == 0)


def siren_of(written: str) -> str:
    """Return the SIREN of a valid SIRET; anything else as it stands."""
    digits = written.replace(" ", "")
    return digits[:SIREN_LENGTH] if siret_is_valid(digits) else written

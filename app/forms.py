"""The forms of identifiers, codes and dates: one pattern each, and what a person is told when it is not met.

Digits are written `[0-9]`: the class of all digits would take those of every script.
"""

from collections.abc import Mapping
from typing import Final

SLUG: Final = r"^[a-z0-9]+(-[a-z0-9]+)*$"
PARTIAL_DATE: Final = r"^[0-9]{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12][0-9]|3[01]))?)?$"
URL: Final = r"^https?://[^\s\x00-\x1f\x7f]+$"
COMMUNE: Final = r"^([0-9]{5}|2[AB][0-9]{3})$"
DEPARTEMENT: Final = r"^([0-9]{2,3}|2[AB])$"
REGION: Final = r"^[0-9]{2,3}$"
SIREN: Final = r"^[0-9]{9}$"
POSTCODE: Final = r"^[0-9]{5}$"
TEXT: Final = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]*$"
LINE: Final = r"^[^\x00-\x1f\x7f]*$"
UNIT: Final = r"^(commune|epci|ept|departement|region):[0-9AB]{2,9}$"
INTEGER: Final = r"^-?[0-9]+$"
DECIMAL: Final = r"^-?[0-9]+(\.[0-9]+)?$"
DAY: Final = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"

# Words that stand in the address of a list, so that no record has them for an id.
RESERVED: Final = ("search",)

EXPECTED: Final[Mapping[str, str]] = {
    SLUG: "des minuscules sans accent et des chiffres, séparés par des tirets, comme archer-pole-sud",
    PARTIAL_DATE: "une date AAAA, AAAA-MM ou AAAA-MM-JJ",
    URL: "une adresse qui commence par http:// ou https://, sans espace",
    COMMUNE: "le code INSEE d’une commune, comme 26281 ou 2A004",
    DEPARTEMENT: "le code d’un département, comme 26, 2A ou 974",
    REGION: "le code d’une région, comme 84",
    SIREN: "un SIREN : 9 chiffres, sans espace",
    POSTCODE: "un code postal : 5 chiffres",
    TEXT: "un texte sans caractère de contrôle",
    LINE: "un texte d’une ligne, sans caractère de contrôle",
    UNIT: "une unité, son type puis son code, comme epci:244400404",
    INTEGER: "un nombre entier",
    DECIMAL: "un nombre, avec un point pour les décimales",
    DAY: "une date AAAA-MM-JJ",
}

"""Words: what is folded finds what is folded, in whatever way both were written."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.queries.text import fold, words


@pytest.mark.parametrize(
    ("written", "folded"),
    [
        ("Cœur d’Île", "coeur d ile"),
        ("  L'Haÿ-les-Roses ", "l hay les roses"),
        ("PÔLE   SUD", "pole sud"),
        ("Straße", "strasse"),
        ("n° 3_bis", "n 3 bis"),
        ("3.EVA", "3 eva"),
        ("ŒUVRÉE", "oeuvree"),
        ("…", ""),
    ],
)
def test_text_is_folded(written: str, folded: str) -> None:
    assert fold(written) == folded


@given(st.text())
def test_folding_twice_changes_nothing(written: str) -> None:
    assert fold(fold(written)) == fold(written)


@given(st.text())
def test_composed_and_decomposed_accents_fold_alike(written: str) -> None:
    composed, decomposed = (unicodedata.normalize(form, written) for form in ("NFC", "NFD"))
    assert fold(composed) == fold(decomposed)


@given(st.text())
def test_words_hold_nothing_that_a_search_grammar_could_read(written: str) -> None:
    for word in words(written):
        assert word.isalnum() or not set(word) & set("\"'*:&|!()<>\\ -_")
        assert 1 <= len(word) <= 60


@given(st.text(), st.text())
def test_words_of_two_texts_are_those_of_both(one: str, other: str) -> None:
    assert words(f"{one} {other}") == words(one) + words(other)

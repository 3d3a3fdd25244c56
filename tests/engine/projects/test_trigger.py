from __future__ import annotations

import pytest

from lora_studio.bases import BaseModel, find_base
from lora_studio.projects.trigger import check_trigger


@pytest.fixture
def base() -> BaseModel:
    return find_base("practice")


def troubles(word: str, base: BaseModel | None, *captions: str) -> list[str]:
    return [name for name, _ in check_trigger(word, base, captions, "Misty Ink", "style").troubles]


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("cat", "common_word"),
        ("House", "common_word"),
        ("", "empty"),
        ("xq", "too_short"),
        ("x" * 40, "too_long"),
        ("misty ink", "many_words"),
    ],
)
def test_words_that_mean_something_are_told(base: BaseModel, word: str, expected: str) -> None:
    assert expected in troubles(word, base)


def test_an_unusual_word_is_new(base: BaseModel) -> None:
    found = check_trigger("mistyink", base, ["a cat"], "Misty Ink", "style")
    assert (found.is_new, found.suggestions) == (True, ())
    assert "1 caption" in found.checked and "6,144" in found.checked


def test_captions_that_hold_the_word_are_counted(base: BaseModel) -> None:
    found = check_trigger("zzfog", base, ["a ZZFOG", "zzfog, hills", "a cat"], "x", "style")
    assert found.troubles == (("in_captions", '"zzfog" stands in 2 of 3 captions already, as a word of its own.'),)
    assert troubles("zzfog", base, "a zzfoggy day") == ["part_of_captions"]


@pytest.mark.parametrize("word", ["cat", "moon", ""])
def test_suggestions_pass_the_same_checks(base: BaseModel, word: str) -> None:
    captions = ["a catstyl", "moon"]
    found = check_trigger(word, base, captions, "Cat", "style")
    assert found.suggestions
    assert all(check_trigger(text, base, captions, "Cat", "style").is_new for text in found.suggestions)


def test_a_base_without_a_vocabulary_is_said_to_have_none() -> None:
    assert "no vocabulary" in check_trigger("cat", None, ["a dog"], "x", "object").checked


def test_marks_in_a_word_are_only_letters(base: BaseModel) -> None:
    assert troubles("(a+)+$ [", base, "x" * 100) == ["many_words"]

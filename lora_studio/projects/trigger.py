"""Whether a trigger word is likely to mean something already, looked up in vocabularies; no model is asked."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from lora_studio.bases import BaseModel, read_vocabulary
from lora_studio.config.training import Kind
from lora_studio.presets import propose_trigger

COMMON_TOKENS = 20_000  # CLIP's 49,408 tokens are numbered by how often pairs of letters were merged: early is common
FEWEST_LETTERS, MOST_LETTERS = 3, 32
SUGGESTIONS = 3
NAMED = 5

Trouble = Literal[
    "empty", "too_short", "too_long", "many_words", "common_word", "known_word", "in_captions", "part_of_captions"
]


@dataclass(frozen=True, slots=True)
class TriggerCheck:
    """What was found out about a trigger word.

    `is_new` is true when nothing speaks against it. `troubles` pairs what speaks against it with a sentence.
    `checked` says in words what was looked at, `suggestions` are words that pass the same checks.
    """

    word: str
    is_new: bool
    troubles: tuple[tuple[Trouble, str], ...]
    checked: str
    suggestions: tuple[str, ...]


def check_trigger(word: str, base: BaseModel | None, captions: Iterable[str], name: str, kind: Kind) -> TriggerCheck:
    """Looks a trigger word up in the base's vocabulary and in the captions. About 50 ms; for any thread.

    Args:
        word: As typed.
        base: The chosen base; None, or one without a vocabulary, leaves that check out and says so.
        captions: The captions as written, without the trigger word in front.
        name: The project's name, for suggestions.
        kind: What is taught, likewise.
    """
    known = read_vocabulary(base) if base is not None else {}
    texts = [caption.casefold() for caption in captions]
    troubles = _troubles(word, known, texts)
    looked_at = f"{len(texts):,} captions" if len(texts) != 1 else "1 caption"
    checked = (
        f"Looked up among the {len(known):,} words and parts of words that this base knows, and in {looked_at}. "
        "No picture was drawn."
        if known
        else f"Looked up in {looked_at} only: this base has no vocabulary that can be read."
    )
    suggestions = _suggestions(word, known, texts, name, kind) if troubles else ()
    return TriggerCheck(word, not troubles, tuple(troubles), checked, suggestions)


def _troubles(word: str, known: dict[str, int], texts: list[str]) -> list[tuple[Trouble, str]]:
    plain = word.strip().casefold()
    if not plain:
        return [("empty", "Without a trigger word the adapter acts on every picture.")]
    found: list[tuple[Trouble, str]] = []
    if len(plain.split()) > 1:
        found.append(("many_words", "It is more than one word; each may mean something on its own."))
    if len(plain) < FEWEST_LETTERS:
        found.append(("too_short", "Short words turn up inside others."))
    if len(plain) > MOST_LETTERS:
        found.append(("too_long", "So long a word leaves little room for the rest of a prompt."))
    # A token that ends a word carries this mark in CLIP's vocabularies.
    number = known.get(f"{plain}</w>")
    if number is not None:
        common = number < COMMON_TOKENS
        how = "a common word" if common else "a word"
        found.append(("common_word" if common else "known_word", f'"{word}" is {how} that this base knows whole.'))
    whole = sum(1 for text in texts if re.search(rf"(?<!\w){re.escape(plain)}(?!\w)", text))
    if whole:
        share = f"{whole:,} of {len(texts):,} captions" if len(texts) > 1 else "the caption"
        found.append(("in_captions", f'"{word}" stands in {share} already, as a word of its own.'))
    else:
        inside = {match for text in texts for match in re.findall(rf"\w*{re.escape(plain)}\w*", text)}
        if inside:
            listed = ", ".join(sorted(inside)[:NAMED])
            found.append(("part_of_captions", f'"{word}" is part of other words of the captions: {listed}.'))
    return found


def _suggestions(word: str, known: dict[str, int], texts: list[str], name: str, kind: Kind) -> tuple[str, ...]:
    """Unusual words near the wished one and the project's name, each checked like any other."""
    letters = re.sub(r"[^a-z0-9]", "", word.casefold())
    without_vowels = re.sub(r"(?<=.)[aeiou]", "", letters)
    ending = {"style": "styl", "character": "chr", "object": "obj"}[kind]
    tries = (
        f"{letters}{ending}",
        f"{without_vowels}{ending}",
        propose_trigger(name, kind),
        f"{ending}{without_vowels}x",
    )
    good = [text for text in dict.fromkeys(tries) if len(text) > FEWEST_LETTERS and not _troubles(text, known, texts)]
    return tuple(good[:SUGGESTIONS])

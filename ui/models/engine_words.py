"""The engine's words in the language of the window.

The engine speaks English and hands out finished sentences. packaging/translations.py collects them into the context
`engine`; those with blanks are found again by their shape, which `ui/languages/engine.json` lists.
"""

from __future__ import annotations

import functools
import json
import re
from pathlib import Path

from PySide6.QtCore import QCoreApplication

from lora_studio.errors import StudioError

TEMPLATES_PATH = Path(__file__).parents[1] / "languages" / "engine.json"
_ANY_SENTENCE = "The disk is full."
_SENTENCE_END = re.compile(r"(?<=[.?]) ")
_BLANK = re.compile(r"\{\w+\}")


def engine_words(text: str) -> str:
    """What the engine says, translated sentence by sentence; one that is not known stays as it is."""
    if not text or _tr(_ANY_SENTENCE) == _ANY_SENTENCE:  # in English
        return text
    sentences = _SENTENCE_END.split(text)
    for count in range(len(sentences), 0, -1):
        translated = _translated(" ".join(sentences[:count]))
        if translated is not None:
            break
    else:
        count, translated = 1, sentences[0]
    return " ".join([translated, engine_words(" ".join(sentences[count:]))]).rstrip()


def problem_words(error: StudioError) -> str:
    """A problem as it stands under a field: what happened, what is safe, and the way out."""
    return " ".join(engine_words(text) for text in (error.title, error.detail, error.hint) if text)


def _translated(text: str) -> str | None:
    """These words as a whole, as they are listed or as a listed sentence with blanks has them."""
    if _tr(text) != text:
        return _tr(text)
    for template, shape in _shapes():
        found = shape.fullmatch(text)
        if found is not None and _tr(template) != template:
            return _tr(template).format_map({name: engine_words(part) for name, part in found.groupdict().items()})
    return None


@functools.cache
def _shapes() -> tuple[tuple[str, re.Pattern[str]], ...]:
    """Templates with what fits them, those with the most words of their own first."""
    templates: list[str] = json.loads(TEMPLATES_PATH.read_text(encoding="utf-8"))
    templates.sort(key=lambda template: -len(_BLANK.sub("", template)))
    return tuple((template, re.compile(_pattern(template), re.DOTALL)) for template in templates)


def _pattern(template: str) -> str:
    fixed = [re.escape(part) for part in _BLANK.split(template)]
    names = [f"(?P<{blank[1:-1]}>.+?)" for blank in _BLANK.findall(template)]
    return "".join(part + name for part, name in zip(fixed, [*names, ""], strict=True))


def _tr(text: str) -> str:
    return QCoreApplication.translate("engine", text)

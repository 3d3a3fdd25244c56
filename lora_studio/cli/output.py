"""What the command line prints: plain sentences for people, one JSON object as the last line for programs."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping
from typing import Any

from lora_studio.errors import StudioError


class Printer:
    """Sentences go to stdout; with `--json` they go to stderr, and stdout ends in one JSON object."""

    def __init__(self, as_json: bool) -> None:
        self.as_json = as_json

    def line(self, text: str = "") -> None:
        print(text, file=sys.stderr if self.as_json else sys.stdout, flush=True)

    def lines(self, texts: Iterable[str]) -> None:
        for text in texts:
            self.line(text)

    def result(self, facts: Mapping[str, Any], *words: str) -> None:
        """The end of a command: its words for people, and its facts for programs."""
        self.lines(words)
        if self.as_json:
            print(json.dumps(facts, ensure_ascii=False), flush=True)

    def problem(self, error: StudioError) -> None:
        """A problem as one plain sentence, what is safe, and a way out."""
        print(str(error), file=sys.stderr, flush=True)
        if self.as_json:
            print(json.dumps({"error": error.as_dict()}, ensure_ascii=False), flush=True)


def in_words(seconds: float) -> str:
    """A span of time as people say it: `40 s`, `3 min 20 s`, `2 h 5 min`."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"

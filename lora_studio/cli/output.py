"""What the command line prints: plain sentences for people, one JSON object as the last line for programs."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import sys
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from lora_studio.errors import StudioError


class Printer:
    """Sentences go to stdout; with `--json` they go to stderr, and stdout ends in one JSON object."""

    def __init__(self, as_json: bool) -> None:
        self.as_json = as_json

    def line(self, text: str = "") -> None:
        print(harmless(text), file=sys.stderr if self.as_json else sys.stdout, flush=True)

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
        print(harmless(str(error)), file=sys.stderr, flush=True)
        if self.as_json:
            print(json.dumps({"error": error.as_dict()}, ensure_ascii=False), flush=True)


def harmless(text: str) -> str:
    """Text whose control characters cannot steer the terminal: names and files may hold any."""
    return "".join(
        mark if mark in "\n\t" or unicodedata.category(mark) != "Cc" else "\N{REPLACEMENT CHARACTER}" for mark in text
    )


def counted(count: int, noun: str) -> str:
    """A number with its noun: `1 picture`, `1,200 pictures`."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


PROGRAM = "lora-studio"


def program_path() -> str:
    """Where this program lies; its bare name if nobody knows."""
    beside = Path(sys.executable).with_name(PROGRAM + (".exe" if os.name == "nt" else ""))
    return str(beside) if beside.exists() else shutil.which(PROGRAM) or PROGRAM


def program() -> str:
    """What to type to call this program: its name where the terminal finds it, else its path."""
    return PROGRAM if shutil.which(PROGRAM) else program_path()


def command_line(words: Sequence[str]) -> str:
    """A command as it can be pasted into this system's terminal."""
    return subprocess.list2cmdline(words) if os.name == "nt" else shlex.join(words)


def in_words(seconds: float) -> str:
    """A span of time as people say it: `40 s`, `3 min 20 s`, `2 h 5 min`."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"

"""CLIP's vocabulary, which every Stable Diffusion reads by and which model files in one piece do not hold."""

from __future__ import annotations

import functools
import gzip
from dataclasses import dataclass
from pathlib import Path

_PATH = Path(__file__).resolve().parent / "clip" / "bpe_simple_vocab_16e6.txt.gz"
_MERGES = 48_894  # the file has more, which CLIP never learned


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Numbers of the tokens, and the pairs of parts that are joined, the first ones first."""

    numbers: dict[str, int]
    merges: list[tuple[str, str]]


@functools.cache
def clip_vocabulary() -> Vocabulary:
    """The 49,408 tokens, in about 50 ms at the first call.

    Source: OpenAI's CLIP, simple_tokenizer.py, for the order: bytes, bytes that end a word, merges, two marks.
    """
    lines = gzip.decompress(_PATH.read_bytes()).decode("utf-8").split("\n")
    merges = [(first, second) for first, second in (line.split() for line in lines[1 : _MERGES + 1])]
    letters = _byte_letters()
    tokens = [*letters, *(f"{letter}</w>" for letter in letters), *("".join(pair) for pair in merges)]
    tokens += ["<|startoftext|>", "<|endoftext|>"]
    return Vocabulary({token: number for number, token in enumerate(tokens)}, merges)


def _byte_letters() -> list[str]:
    """A visible letter for each byte: those that are visible themselves, then the others, spelled from 256 on."""
    visible = [*range(33, 127), *range(161, 173), *range(174, 256)]
    return [chr(byte) for byte in visible] + [chr(256 + number) for number in range(256 - len(visible))]

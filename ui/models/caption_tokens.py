"""How long a caption is to a base model: counted by the rules of its own tokenizer, without loading the model."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path

from lora_studio import storage
from lora_studio.bases import BaseModel
from lora_studio.embedded.clip_vocabulary import clip_vocabulary
from lora_studio.errors import StudioError

LARGEST_BYTES = 32 * storage.MIB
USUAL_LIMIT = 75  # 77 places in CLIP's text encoders, of which the first and the last are marks
# Contractions, runs of letters, single digits, runs of anything else; CLIP, simple_tokenizer.py.
_PIECES = re.compile(r"'s|'t|'re|'ve|'m|'ll|'d|[^\W\d_]+|\d|(?:[^\s\w]|_)+")


class CaptionTokens:
    """Counts the tokens of captions by byte-pair encoding as CLIP does it.

    Source: Radford et al. 2021, arXiv:2103.00020, section 2.4; Sennrich et al. 2016, arXiv:1508.07909.
    """

    def __init__(self, merges: Mapping[tuple[str, str], int], limit: int = USUAL_LIMIT) -> None:
        """`merges` ranks the pairs that are joined, the lowest first."""
        self.limit = limit
        self._merges = merges
        self._known: dict[str, int] = {}

    def count(self, caption: str) -> int:
        """Tokens of a caption as it is trained on, without the two marks around it."""
        text = unicodedata.normalize("NFC", caption).lower()
        return sum(self._count_piece(piece) for piece in _PIECES.findall(text))

    def shortened(self, caption: str, most: int) -> str:
        """The caption without its last tags, or words where it has one tag only, so that `most` tokens are left."""
        for mark in (",", " "):
            parts = caption.split(mark)
            while len(parts) > 1 and self.count(mark.join(parts)) > most:
                parts.pop()
            caption = mark.join(parts)
        return caption.rstrip(" ,")

    def _count_piece(self, piece: str) -> int:
        if piece not in self._known:
            letters = [_BYTE_LETTERS[byte] for byte in piece.encode(errors="replace")]
            letters[-1] += "</w>"
            self._known[piece] = self._joined_count(letters)
        return self._known[piece]

    def _joined_count(self, parts: list[str]) -> int:
        never = len(self._merges)
        while len(parts) > 1:
            best = min(pairwise(parts), key=lambda pair: self._merges.get(pair, never))
            if best not in self._merges:
                break
            parts = _joined(parts, best)
        return len(parts)


def _joined(parts: list[str], pair: tuple[str, str]) -> list[str]:
    """All places where the pair stands joined, from the left; one at a time would take for ever on a long word."""
    joined: list[str] = []
    place = 0
    while place < len(parts):
        is_pair = tuple(parts[place : place + 2]) == pair
        joined.append("".join(pair) if is_pair else parts[place])
        place += 2 if is_pair else 1
    return joined


def read_tokens(base: BaseModel) -> CaptionTokens | None:
    """The counter of a base; None where its tokenizer cannot be read. About 100 ms."""
    pairs = clip_vocabulary().merges if base.checkpoint is not None else _read_pairs(base.folder)
    merges = {pair: rank for rank, pair in enumerate(pairs)}
    return CaptionTokens(merges, _limit_of(base.folder)) if merges else None


def _read_pairs(base_dir: Path) -> list[tuple[str, str]]:
    path = base_dir / "tokenizer" / "merges.txt"
    try:
        with storage.read_errors(path), path.open("rb") as file:
            lines = file.read(LARGEST_BYTES).decode("utf-8", "replace").split("\n")
    except StudioError:
        return []
    pairs = (line.split(" ") for line in lines if line and not line.startswith("#version"))
    return [(pair[0], pair[1]) for pair in pairs if len(pair) == 2]


def _limit_of(base_dir: Path) -> int:
    try:
        config = storage.read_json(base_dir / "tokenizer" / "tokenizer_config.json")
    except StudioError:
        return USUAL_LIMIT
    places = config.get("model_max_length") if isinstance(config, dict) else None
    return places - 2 if isinstance(places, int) and 2 < places < 10_000 else USUAL_LIMIT


def _byte_letters() -> dict[int, str]:
    """A visible letter for each byte, as vocabularies spell them; Radford et al. 2019, encoder.py."""
    visible = [*range(ord("!"), ord("~") + 1), *range(ord("¡"), ord("¬") + 1), *range(ord("®"), ord("ÿ") + 1)]
    letters = {byte: chr(byte) for byte in visible}
    for byte in range(256):
        letters.setdefault(byte, chr(256 + len(letters) - len(visible)))
    return letters


_BYTE_LETTERS = _byte_letters()

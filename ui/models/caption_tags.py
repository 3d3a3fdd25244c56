"""Captions as tags: the parts between commas, counted, added and taken out with line breaks kept. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence


def tags_of(caption: str | None) -> tuple[str, ...]:
    """The parts of a caption between commas and line breaks, in their order, each once."""
    if not caption:
        return ()
    parts = (" ".join(part.split()) for part in caption.replace("\n", ",").split(","))
    return tuple(dict.fromkeys(part for part in parts if part))


def count_tags(captions: Iterable[str | None]) -> Counter[str]:
    """How many captions hold each tag."""
    return Counter(tag for caption in captions for tag in tags_of(caption))


def reads_as_tags(captions: Sequence[str | None]) -> bool:
    """Whether a set is captioned with tags rather than sentences: on average three or more short parts."""
    parts = [tags_of(caption) for caption in captions if caption]
    words = [len(tag.split()) for tags in parts for tag in tags]
    return bool(parts) and len(words) >= 3 * len(parts) and sum(words) <= 4 * len(words)


def with_tag(caption: str, tag: str) -> str:
    """The caption with a tag at its end, unless it is there."""
    wanted = " ".join(tag.split())
    if not wanted or wanted in tags_of(caption):
        return caption
    before = caption.rstrip(" ,\n")
    return f"{before}, {wanted}" if before else wanted


def without_tag(caption: str, tag: str) -> str:
    """The caption without a tag; what is left of its lines stays in its lines."""
    lines = []
    for line in caption.split("\n"):
        parts = [part for part in line.split(",") if " ".join(part.split()) != tag]
        lines.append(line if len(parts) == line.count(",") + 1 else ",".join(parts).strip())
    return "\n".join(line for line in lines if line.strip())


def suggested(typed: str, tags: Counter[str], present: Iterable[str], most: int) -> list[tuple[str, int]]:
    """The commonest tags of a set that what is typed may become: those that begin so first, then those that hold it."""
    wanted, taken = typed.strip().casefold(), set(present)
    if not wanted:
        return []
    found = [(tag, count) for tag, count in tags.items() if wanted in tag.casefold() and tag not in taken]
    found.sort(key=lambda item: (not item[0].casefold().startswith(wanted), -item[1], item[0]))
    return found[:most]

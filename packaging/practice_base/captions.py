"""Writes a caption for a picture: style, subject, sometimes keywords, and the background's colour."""

from __future__ import annotations

import random
from dataclasses import dataclass, field

_ORDERS = ("{style} of a {subject}", "a {subject}, {style}", "{subject} in {style}")

STYLE_SHARE = 0.92
STYLE_ALONE_SHARE = 0.05  # no subject: what is left for the picture to learn is the look
KEYWORD_SHARE = 0.15
DETAIL_SHARE = 0.85
WHITE_BACKGROUND_SHARE = 0.5


@dataclass(frozen=True, slots=True)
class Record:
    """One prepared picture: row `row` of the picture array, and everything a caption may say about it."""

    set: str
    name: str
    subject: str
    styles: tuple[str, ...]
    split: str
    tags: tuple[str, ...] = ()
    details: tuple[str, ...] = ()
    character: str | None = None
    row: int = field(default=-1)


def write_caption(record: Record, background: str, draw: random.Random) -> str:
    """One caption; called again it may choose other words.

    Args:
        record: The picture.
        background: Name of the colour behind it; white is only named half of the time.
        draw: Where the choices come from.
    """
    subject = record.subject
    details = [detail for detail in record.details if draw.random() < DETAIL_SHARE]
    if details:
        subject = f"{subject} with {', '.join(details)}"
    elif record.tags and draw.random() < KEYWORD_SHARE:
        keywords = draw.sample(record.tags, min(3, len(record.tags)))
        subject = f"{subject}, {', '.join(keywords)}"
    caption = subject
    chance = draw.random()
    if chance < STYLE_ALONE_SHARE:
        caption = draw.choice(record.styles)
    elif chance < STYLE_SHARE:
        caption = draw.choice(_ORDERS).format(style=draw.choice(record.styles), subject=subject)
    if background != "white" or draw.random() < WHITE_BACKGROUND_SHARE:
        caption = f"{caption}, {background} background"
    return caption

"""Folders of small drawn pictures with captions."""

from __future__ import annotations

from pathlib import Path

from PIL import Image, ImageDraw

COLOURS = ("red", "green", "blue", "orange", "purple", "black")


def draw_pictures(folder: Path, count: int = 4, size: tuple[int, int] = (40, 40), captions: bool = True) -> Path:
    """Fills `folder` with discs of different colours and places, each with a caption beside it."""
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(count):
        image = Image.new("RGB", size, "white")
        colour = COLOURS[number % len(COLOURS)]
        left = 2 + number % 7 * 3
        ImageDraw.Draw(image).ellipse((left, 4, left + 16, 30), fill=colour)
        image.save(folder / f"{number:03}.png")
        if captions:
            (folder / f"{number:03}.txt").write_text(f"a {colour} disc", encoding="utf-8")
    return folder

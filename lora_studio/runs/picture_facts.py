"""What a drawn picture tells about itself: texts inside its PNG, for this app and for other programs. No places."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import Image

from lora_studio import storage
from lora_studio.runs.sheet import picture_bytes


@dataclass(frozen=True, slots=True)
class DrawnPicture:
    """The prompt of a picture that this app drew, and the seed of its noise."""

    prompt: str
    seed: int


def save_picture(image: Image.Image, path: Path, facts: Mapping[str, Any]) -> None:
    """Writes a PNG that carries its full settings."""
    storage.write_file(path, drawn_bytes(image, facts))


def drawn_bytes(image: Image.Image, facts: Mapping[str, Any]) -> bytes:
    """A PNG that carries its full settings, as JSON and in the line that other programs read."""
    texts = {"lora_studio": json.dumps(dict(facts), ensure_ascii=False), "parameters": _parameters_line(facts)}
    return picture_bytes(image, texts)


def read_picture_facts(path: Path) -> dict[str, Any]:
    """What `save_picture` wrote into a PNG; nothing where there is no such picture, or a damaged one.

    The pixels are not read, so it is quick. Anybody's file may be given.
    """
    try:
        with Image.open(path, formats=["PNG"]) as image:
            facts = json.loads(image.info.get("lora_studio", "{}"))
    except (OSError, ValueError, SyntaxError, TypeError, RecursionError, Image.DecompressionBombError):
        return {}  # Pillow says SyntaxError to a broken PNG
    return facts if isinstance(facts, dict) else {}


def read_drawn_picture(path: Path) -> DrawnPicture | None:
    """The prompt and seed of a sample or another picture of this app; None for every other file."""
    facts = read_picture_facts(path)
    prompt, seed = facts.get("prompt"), facts.get("seed")
    if not isinstance(prompt, str) or not prompt.split() or type(seed) is not int:
        return None
    return DrawnPicture(" ".join(prompt.split()), seed)


def _parameters_line(facts: Mapping[str, Any]) -> str:
    settings = {
        "Steps": facts["steps"],
        "Sampler": "DPM++ 2M",
        "CFG scale": facts["guidance"],
        "Seed": facts["seed"],
        "Size": f"{facts['width_px']}x{facts['height_px']}",
        "Model": facts["base"],
    }
    return f"{facts['prompt']}\nNegative prompt: {facts['negative_prompt']}\n" + ", ".join(
        f"{name}: {value}" for name, value in settings.items()
    )

"""Sample pictures: the same prompts and seeds before training and after each epoch."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from PIL import Image

from lora_studio import storage
from lora_studio.adapters.lora import without_dropout
from lora_studio.config.training import PreviewSettings
from lora_studio.families.base import Components, Family
from lora_studio.runs.sheet import picture_bytes
from lora_studio.training.randomness import normal
from lora_studio.training.text import TextSource


def draw_sample(
    family: Family,
    components: Components,
    text: TextSource,
    prompt: str,
    settings: PreviewSettings,
    seed: int,
    size_px: int,
    device: torch.device,
) -> Any:
    """One picture (PIL, RGB, `size_px` square) for a prompt; the same seed gives the same starting noise anywhere."""
    side = size_px // components.vae_stride_px
    latents = normal((1, components.latent_channels, side, side), seed, "sample")
    dtype = components.dtype
    with torch.no_grad(), without_dropout(components.networks()):
        told = text.conditioning([prompt, settings.negative_prompt])  # together, so that both get one length
        conditioning = [
            {name: rows[place : place + 1].to(device, dtype) for name, rows in told.items()} for place in (0, 1)
        ]
        return family.draw(
            components, conditioning[0], conditioning[1], latents.to(device, dtype),
            settings.steps, settings.guidance,
        )[0]  # fmt: skip


def save_picture(image: Any, path: Path, facts: Mapping[str, Any]) -> None:
    """Writes a PNG that carries its full settings, as JSON and in the line that other programs read."""
    texts = {"lora_studio": json.dumps(dict(facts), ensure_ascii=False), "parameters": _parameters_line(facts)}
    storage.write_file(path, picture_bytes(image, texts))


def read_picture_facts(path: Path) -> dict[str, Any]:
    """What `save_picture` wrote into a PNG; nothing where there is no such picture, or a damaged one."""
    try:
        with Image.open(path) as image:
            facts = json.loads(image.info.get("lora_studio", "{}"))
    except (OSError, ValueError, SyntaxError):  # Pillow says SyntaxError to a broken PNG
        return {}
    return facts if isinstance(facts, dict) else {}


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

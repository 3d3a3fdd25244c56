"""Sample pictures: the same prompts and seeds before training and after each epoch."""

from __future__ import annotations

from typing import Any

import torch

from lora_studio.adapters.lora import without_dropout
from lora_studio.config.training import PreviewSettings
from lora_studio.families.base import Components, Family
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
    with torch.no_grad(), without_dropout(components.loaded_networks()):
        told = text.conditioning([prompt, settings.negative_prompt])  # together, so that both get one length
        conditioning = [
            {name: rows[place : place + 1].to(device, dtype) for name, rows in told.items()} for place in (0, 1)
        ]
        return family.draw(
            components, conditioning[0], conditioning[1], latents.to(device, dtype),
            settings.steps, settings.guidance,
        )[0]  # fmt: skip

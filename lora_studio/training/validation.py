"""The check loss: the same pictures, noise and noise levels every time, so that two values can be compared."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import nn

from lora_studio.adapters.lora import without_dropout
from lora_studio.config.training import TrainingConfig
from lora_studio.families.base import Components, Family
from lora_studio.runs.pictures import PictureEntry
from lora_studio.training.group import Group
from lora_studio.training.latents import LatentSource
from lora_studio.training.randomness import normal
from lora_studio.training.step import diffusion_loss
from lora_studio.training.text import TextSource

PICTURE_LIMIT = 16
LEVELS = (100, 400, 700)  # timesteps from fine detail to overall shape
SEED = 20_240  # its own, so that changing a run's seed leaves the check the same


def validation_loss(
    config: TrainingConfig,
    family: Family,
    components: Components,
    unet: nn.Module,
    pictures: Sequence[PictureEntry],
    latents: LatentSource,
    text: TextSource,
    device: torch.device,
    group: Group,
) -> float:
    """Mean loss over up to 16 pictures at three fixed noise levels; each process of `group` measures a part of them."""
    checked = pictures[:PICTURE_LIMIT]
    losses = torch.zeros(len(checked), dtype=torch.float64)
    timesteps = torch.tensor(LEVELS)
    with torch.no_grad(), without_dropout(components.loaded_networks()):
        for index in range(len(checked))[group.part(len(checked))]:
            picture = checked[index]
            clean = latents.batch([index], [False]).expand(len(LEVELS), -1, -1, -1)
            noise = normal(tuple(clean.shape), SEED, picture.content_sha256, "check")
            told = family.with_sizes(text.conditioning([picture.caption]), [picture.placement])
            # One level after the other on a card, so that the memory of a training step is enough.
            at_once = 1 if device.type == "cuda" else len(LEVELS)
            for first in range(0, len(LEVELS), at_once):
                part = slice(first, first + at_once)
                conditioning = {name: rows.expand(at_once, *rows.shape[1:]) for name, rows in told.items()}
                loss = diffusion_loss(
                    config, family, components, unet, clean[part], noise[part], timesteps[part], conditioning, device
                )
                losses[index] += float(loss) * at_once / len(LEVELS)
    group.add_up(losses)
    return float(sum(losses.tolist())) / len(checked)

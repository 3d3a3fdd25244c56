"""What the base alone draws, and its check loss: found once, then taken from the cache by every later run."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Sequence
from typing import Any

import diffusers
import numpy as np
import torch
from PIL import Image

from lora_studio.config.training import TrainingConfig
from lora_studio.families.base import Components
from lora_studio.families.drawing import sampler
from lora_studio.runs.pictures import PictureEntry
from lora_studio.training import validation
from lora_studio.training.cache import TensorCache, content_key
from lora_studio.training.text import TextSource

WAY = 1  # the next number where code draws other pictures, or finds other losses, from the same settings


class BaseAlone:
    """Keeps both under keys of all that they depend on, so that what is found is what would have been made.

    Bit for bit on the same processor; a graphics card rounds a little differently from one time to the next.
    """

    def __init__(
        self, cache: TensorCache, config: TrainingConfig, components: Components, text: TextSource, device_name: str
    ) -> None:
        """`device_name` tells what computes, with the number of a processor's threads."""
        self._cache = cache
        self._config = config
        self._held: dict[str, Any] = {
            "way": WAY,
            "libraries": [torch.__version__, diffusers.__version__],
            "device": [device_name, torch.backends.cpu.get_cpu_capability(), config.precision.fast_step],
            "base": [components.fingerprint, config.base.model_dump(exclude={"source"}), str(components.dtype)],
            "latents": [components.latent_channels, components.latent_scale, components.latent_shift],
            "scheduler": _settings(components.scheduler),
            "reading": [dataclasses.asdict(components.reading), text.learning],
        }
        self._sampler = _settings(sampler(components.scheduler))

    def picture(self, index: int) -> Image.Image | None:
        """What the base draws for the sample prompt at `index`, if it is known."""
        kept = self._cache.get(self._picture_key(index))
        return None if kept is None else Image.fromarray(kept["pixels"].numpy())

    def keep_picture(self, index: int, image: Image.Image) -> None:
        """Keeps what the base drew, RGB."""
        self._cache.put(self._picture_key(index), {"pixels": torch.from_numpy(np.array(image))})

    def loss(self, pictures: Sequence[PictureEntry]) -> float | None:
        """The check loss on these pictures, if it is known."""
        kept = self._cache.get(self._loss_key(pictures))
        return None if kept is None else float(kept["loss"])

    def keep_loss(self, pictures: Sequence[PictureEntry], loss: float) -> None:
        """Keeps the check loss on these pictures."""
        self._cache.put(self._loss_key(pictures), {"loss": torch.tensor(loss, dtype=torch.float64)})

    def _picture_key(self, index: int) -> str:
        preview = self._config.preview
        wish = {
            "sampler": self._sampler,
            "size_px": self._config.dataset.resolution_px,
            "prompt": preview.prompts[index],
            "seed": preview.seed + index,
            "preview": preview.model_dump(exclude={"enabled", "prompts", "seed"}),
        }
        return self._key("base picture", wish)

    def _loss_key(self, pictures: Sequence[PictureEntry]) -> str:
        looked_at = pictures[: validation.PICTURE_LIMIT]
        wish = {
            "check": [validation.LEVELS, validation.SEED],
            "objective": self._config.objective.model_dump(),  # whole: a few checks too many rather than a wrong one
            "pictures": [[p.content_sha256, dataclasses.asdict(p.placement), p.caption] for p in looked_at],
        }
        return self._key("base loss", wish)

    def _key(self, kind: str, wish: dict[str, Any]) -> str:
        return content_key(kind, json.dumps({**self._held, **wish}, sort_keys=True, default=str))


def _settings(scheduler: Any) -> list[Any]:
    """A diffusers scheduler's class and settings, without the library's notes, which differ between processes."""
    settings = {name: value for name, value in scheduler.config.items() if not name.startswith("_")}
    return [type(scheduler).__name__, settings]

"""Draws pictures with a base model and an adapter, using diffusers alone.

Nothing of our own reads or writes the adapter on this path, so a file that works here works for other people.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from diffusers import StableDiffusionPipeline
from PIL import Image
from safetensors import SafetensorError
from torch import Tensor

from lora_studio.errors import StudioError

PICTURE_ENDINGS = frozenset({".png", ".jpg", ".jpeg", ".webp"})
BATCH_SIZE = 4


class Sampler:
    """A base model that draws, and can be made to wear one adapter."""

    def __init__(self, base_dir: Path, device: str = "cpu") -> None:
        """Loads a diffusers `StableDiffusionPipeline` folder in float32; nothing is downloaded.

        Raises:
            StudioError: The folder holds no such pipeline.
        """
        if not (base_dir / "model_index.json").is_file():
            raise StudioError(
                "base_unreadable",
                f"{base_dir} is not a base model folder.",
                "It should hold model_index.json and the folders unet, vae, text_encoder, tokenizer.",
                "Choose a folder in the diffusers layout.",
            )
        try:
            pipeline: Any = StableDiffusionPipeline.from_pretrained(
                base_dir, local_files_only=True, safety_checker=None
            )
        except (OSError, ValueError, SafetensorError) as error:
            raise StudioError(
                "base_unreadable",
                f"The base model in {base_dir} could not be loaded.",
                f"{type(error).__name__}: {error}",
                "Check that all its files are there and whole.",
            ) from error
        self._pipeline = pipeline.to(device, torch.float32)
        self._pipeline.set_progress_bar_config(disable=True)

    @property
    def size_px(self) -> int:
        """Side of the square pictures it draws."""
        return int(self._pipeline.unet.config.sample_size * self._pipeline.vae_scale_factor)

    def wear(self, adapter_path: Path) -> None:
        """Puts an adapter on, with full strength.

        Raises:
            StudioError: The file is missing, or diffusers cannot use it with this base model.
        """
        if not adapter_path.is_file():
            raise StudioError("adapter_missing", f"There is no adapter {adapter_path}.", hint="Check the path.")
        try:
            self._pipeline.load_lora_weights(str(adapter_path.parent), weight_name=adapter_path.name)
        except (OSError, ValueError, KeyError, RuntimeError, SafetensorError) as error:
            raise _unusable(adapter_path, f"{type(error).__name__}: {error}") from error
        if not self._pipeline.get_active_adapters():
            raise _unusable(adapter_path, "None of its weights fit a layer of the base model.")

    def draw(self, prompts: Sequence[str], seed: int, *, steps: int = 20, guidance: float = 5.0) -> Tensor:
        """One picture a prompt, shape (prompts, 3, size_px, size_px), floats 0..1, on the CPU.

        Noise is drawn on the CPU from (seed, position of the prompt), so the same call with and without an
        adapter starts from the same noise.
        """
        pictures = []
        for start in range(0, len(prompts), BATCH_SIZE):
            batch = list(prompts[start : start + BATCH_SIZE])
            generators = [
                torch.Generator("cpu").manual_seed(seed * 100_003 + start + offset) for offset in range(len(batch))
            ]
            drawn = self._pipeline(
                batch,
                num_inference_steps=steps,
                guidance_scale=guidance,
                generator=generators,
                height=self.size_px,
                width=self.size_px,
                output_type="pt",
            )
            pictures.append(drawn.images.float().cpu())
        return torch.cat(pictures)


def read_pictures(folder: Path, size_px: int) -> Tensor:
    """All pictures of a folder in the order of their names, shape (count, 3, size_px, size_px), floats 0..1.

    Raises:
        StudioError: There are fewer than two.
    """
    paths = picture_paths(folder)
    if len(paths) < 2:
        raise StudioError(
            "no_pictures",
            f"{folder} holds {len(paths)} pictures; the judge needs two or more to compare with.",
            hint="Put PNG, JPEG or WebP pictures into it.",
        )
    return torch.stack([_read_picture(path, size_px) for path in paths])


def picture_paths(folder: Path) -> list[Path]:
    """Pictures directly in the folder, sorted by name."""
    return sorted(path for path in folder.iterdir() if path.suffix.lower() in PICTURE_ENDINGS)


def _read_picture(path: Path, size_px: int) -> Tensor:
    with Image.open(path) as opened:
        picture = opened.convert("RGB").resize((size_px, size_px), Image.Resampling.LANCZOS)
    return torch.from_numpy(np.array(picture)).permute(2, 0, 1).float() / 255


def _unusable(adapter_path: Path, reason: str) -> StudioError:
    return StudioError(
        "adapter_unusable",
        f"diffusers could not put {adapter_path.name} on this base model.",
        reason,
        "Check that the adapter was trained on this base model and saved as safetensors.",
    )

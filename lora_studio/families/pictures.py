"""Pictures into latents and back, whole where memory allows and in tiles where it does not."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor

from lora_studio.families.base import Components

# What the VAE of SD and SDXL takes at its worst moment for each pixel, in float32, on top of its weights.
ENCODING_BYTES_PER_PX = 2800
DECODING_BYTES_PER_PX = 5600
TILE_PX = 512


def encode_picture(components: Components, pixels: Tensor) -> Tensor:
    """Mean and log-variance of the latents, (batch, 2 * channels, height / stride, width / stride), float32.

    Args:
        components: The base; a parked VAE is on the device meanwhile.
        pixels: (batch, 3, height, width), -1 to 1, on any device.
    """
    with torch.no_grad(), components.at_work("vae"):
        vae = components.vae
        with _in_tiles(components, pixels.shape[-2] * pixels.shape[-1], ENCODING_BYTES_PER_PX):
            moments: Tensor = vae.encode(pixels.to(components.device, vae.dtype)).latent_dist.parameters
    return moments


def decode_latents(components: Components, latents: Tensor) -> Tensor:
    """Pixels, (batch, 3, height, width), about -1 to 1, float32, from scaled latents.

    Args:
        components: The base; a parked VAE is on the device meanwhile.
        latents: As the UNet's sampler leaves them, (batch, channels, height / stride, width / stride).
    """
    cells = latents.shape[-2] * latents.shape[-1]
    with torch.no_grad(), components.at_work("vae"):
        vae = components.vae
        unscaled = latents.to(components.device, vae.dtype) / components.latent_scale + components.latent_shift
        with _in_tiles(components, cells * components.vae_stride_px**2, DECODING_BYTES_PER_PX):
            pixels: Tensor = vae.decode(unscaled, return_dict=False)[0]
    return pixels.float()


@contextmanager
def _in_tiles(components: Components, pixels: int, bytes_per_px: int) -> Iterator[None]:
    """Inside the block the VAE works in tiles of 512 px with soft borders, if all at once would take too much."""
    vae: Any = components.vae
    if components.device.type != "cuda" or pixels * bytes_per_px <= _room_bytes(components):
        yield
        return
    vae.enable_tiling()
    vae.tile_sample_min_size = TILE_PX
    vae.tile_latent_min_size = TILE_PX // components.vae_stride_px
    try:
        yield
    finally:
        vae.disable_tiling()


def _room_bytes(components: Components) -> int:
    """What is left of the card, or of what we may take of it."""
    held = torch.cuda.memory_allocated(components.device)
    free = torch.cuda.mem_get_info(components.device)[0] + torch.cuda.memory_reserved(components.device) - held
    limit = components.memory_limit_bytes
    return free if limit is None else min(free, limit - held)

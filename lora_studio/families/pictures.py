"""Pictures into latents and back, whole where memory allows and in tiles where it does not."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor

from lora_studio.families.base import Components
from lora_studio.hardware.budget import DECODING_BYTES_PER_PX, SMALLEST_TILE_PX, drawing_bytes

# What the VAE of SD and SDXL takes for each pixel at its worst moment, in float32, on top of its weights. Reserved at
# 1024 px on an H200: 3,243 MiB to encode, 6,400 to decode. A tile of 512 px draws 0.10 s longer than all at once.
ENCODING_BYTES_PER_PX = 3300
TILES_PX = (768, 512, 384, SMALLEST_TILE_PX)  # the last one is taken even where there is no room for it


def least_room_bytes(components: Components, pixels: int) -> int:
    """What drawing a picture of so many pixels takes beside the UNet, with the VAE at its leanest."""
    weights = sum(parameter.nbytes for parameter in components.vae.parameters())
    return int(weights) + drawing_bytes(pixels)


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
    """Inside the block the VAE works in tiles with soft borders, if all at once would take too much."""
    vae: Any = components.vae
    least_bytes = min(pixels, TILES_PX[-1] ** 2) * bytes_per_px
    room = components.room_bytes(pixels * bytes_per_px)
    if room < least_bytes:
        components.make_way()
        room = components.room_bytes(pixels * bytes_per_px)
    room_px = room / bytes_per_px
    if pixels <= room_px:
        yield
        return
    vae.enable_tiling()
    tile_px = next((side for side in TILES_PX if side * side <= room_px), TILES_PX[-1])
    vae.tile_sample_min_size = tile_px
    vae.tile_latent_min_size = tile_px // components.vae_stride_px
    try:
        yield
    finally:
        vae.disable_tiling()

"""From starting noise to finished pictures, with a diffusers pipeline of any family."""

from __future__ import annotations

from typing import Any

from torch import Tensor

from lora_studio.families.base import Components
from lora_studio.families.pictures import decode_latents


def finish_pictures(
    pipeline: Any, components: Components, latents: Tensor, steps: int, guidance: float, **conditioning: Tensor
) -> list[Any]:
    """Pictures (PIL, RGB), one for each starting noise, (batch, channels, height, width); `conditioning` is its own."""
    pipeline.set_progress_bar_config(disable=True)
    stride = components.vae_stride_px
    with components.at_work("vae"):  # a pipeline works wherever its VAE lies
        finished = pipeline(
            **conditioning,
            latents=latents,
            height=latents.shape[-2] * stride,
            width=latents.shape[-1] * stride,
            num_inference_steps=steps,
            guidance_scale=guidance,
            output_type="latent",
        ).images
        # Decoded here: the sampler hands back the UNet's number format, and the VAE has its own.
        pixels = decode_latents(components, finished)
    return list(pipeline.image_processor.postprocess(pixels, output_type="pil"))

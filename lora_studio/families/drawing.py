"""From starting noise to finished pictures, with a diffusers pipeline of any family."""

from __future__ import annotations

from typing import Any

from torch import Tensor

from lora_studio.families.base import Components


def finish_pictures(
    pipeline: Any, components: Components, latents: Tensor, steps: int, guidance: float, **conditioning: Tensor
) -> list[Any]:
    """Pictures (PIL, RGB), one for each starting noise, (batch, channels, height, width); `conditioning` is its own."""
    pipeline.set_progress_bar_config(disable=True)
    stride = components.vae_stride_px
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
    unscaled = finished.to(components.vae.dtype) / components.latent_scale + components.latent_shift
    pixels = components.vae.decode(unscaled, return_dict=False)[0]
    return list(pipeline.image_processor.postprocess(pixels.float(), output_type="pil"))

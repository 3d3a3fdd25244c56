"""From starting noise to finished pictures, with a diffusers pipeline of any family."""

from __future__ import annotations

from typing import Any

from diffusers import DPMSolverMultistepScheduler
from torch import Tensor

from lora_studio.families.base import Components
from lora_studio.families.pictures import decode_latents


def sampler(scheduler: Any) -> Any:
    """DPM++ 2M with Karras's noise levels (Karras et al. 2022, arXiv:2206.00364, equation 5) within those of a base.

    They spend more steps on little noise, where fine detail comes from; in even steps the last one leaves a soft look.
    A base that begins at pure noise keeps even steps: its highest level is without end.
    """
    is_even = scheduler.config["rescale_betas_zero_snr"]
    return DPMSolverMultistepScheduler.from_config(scheduler.config, use_karras_sigmas=not is_even)


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

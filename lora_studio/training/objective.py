"""The diffusion objective: noising, the target, and the weight of each timestep."""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor

Prediction = Literal["epsilon", "v_prediction"]


def add_noise(latents: Tensor, noise: Tensor, alphas_cumprod: Tensor) -> Tensor:
    """Latents at their timesteps' noise level.

    Args:
        latents: Clean latents, (batch, channels, height, width), unit variance.
        noise: Standard normal, shaped alike.
        alphas_cumprod: The schedule's value at each sample's timestep, (batch,).

    Source: Ho et al. 2020, arXiv:2006.11239, equation 4.
    """
    level = alphas_cumprod.view(-1, 1, 1, 1)
    return level.sqrt() * latents + (1 - level).sqrt() * noise


def target_of(latents: Tensor, noise: Tensor, alphas_cumprod: Tensor, prediction: Prediction) -> Tensor:
    """What the network should answer: the noise, or the velocity.

    Source: Salimans and Ho 2022, arXiv:2202.00512, section 4 (velocity).
    """
    if prediction == "epsilon":
        return noise
    level = alphas_cumprod.view(-1, 1, 1, 1)
    return level.sqrt() * noise - (1 - level).sqrt() * latents


def min_snr_weight(alphas_cumprod: Tensor, gamma: float | None, prediction: Prediction) -> Tensor:
    """Weight that keeps nearly clean timesteps from dominating the loss.

    Args:
        alphas_cumprod: The schedule's value at each sample's timestep, (batch,), in (0, 1).
        gamma: Cap on the signal-to-noise ratio, unitless; the paper uses 5. None weighs all alike.
        prediction: Velocity divides by SNR + 1, noise by SNR.

    Returns:
        (batch,), values in (0, 1] for noise.

    Raises:
        ValueError: gamma is not positive.

    Source: Hang et al. 2023, arXiv:2303.09556, section 3.4.
    """
    if gamma is None:
        return torch.ones_like(alphas_cumprod)
    if gamma <= 0:
        raise ValueError("gamma must be positive")
    snr = alphas_cumprod / (1 - alphas_cumprod)
    divisor = snr + 1 if prediction == "v_prediction" else snr
    return snr.clamp(max=gamma) / divisor


def weighted_loss(answer: Tensor, target: Tensor, weight: Tensor) -> Tensor:
    """Mean squared error, summed up in float32, each sample with its weight. Returns shape ()."""
    error = (answer.float() - target.float()).square().mean(dim=(1, 2, 3))
    return (error * weight).mean()

"""The diffusion objective: noising, the target, the kind of error, and the weight of each timestep."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import torch
from torch import Tensor
from torch.nn import functional as F

from lora_studio.config.training import ObjectiveSettings

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


def debiased_weight(alphas_cumprod: Tensor, prediction: Prediction) -> Tensor:
    """Weight that evens out how much the noise levels teach about the picture.

    Args:
        alphas_cumprod: The schedule's value at each sample's timestep, (batch,), in (0, 1), or 0 for velocity.
        prediction: The paper's weight is for noise. Velocity has the one with the same error of the picture:
            an error of velocity is sqrt((SNR + 1) / SNR) times the one of noise.

    Returns:
        (batch,), positive; over 1 where noise prevails.

    Source: Yu et al. 2023, arXiv:2310.08442, section 3.2: 1 / sqrt(SNR).
    """
    snr = alphas_cumprod / (1 - alphas_cumprod)
    return snr.sqrt() / (snr + 1) if prediction == "v_prediction" else snr.rsqrt()


def loss_weight(alphas_cumprod: Tensor, objective: ObjectiveSettings, prediction: Prediction) -> Tensor:
    """How much each sample counts, (batch,), by its timestep's value of the schedule, shaped alike."""
    if objective.debiased:
        return debiased_weight(alphas_cumprod, prediction)
    return min_snr_weight(alphas_cumprod, objective.min_snr_gamma, prediction)


def coarse_noise(layers: Sequence[Tensor], discount: float) -> Tensor:
    """Noise with more power in large areas, of the first layer's shape and unit variance over the batch.

    Args:
        layers: Standard normal, (batch, channels, height, width) each; every next one coarser.
        discount: Layer n counts discount to the power of n, in [0, 1).

    Source: Whitaker 2023, "Multi-Resolution Noise for Diffusion Model Training" (pyramid noise).
    """
    size = layers[0].shape[-2:]
    whole = layers[0].clone()
    for number, layer in enumerate(layers[1:], start=1):
        whole += discount**number * F.interpolate(layer, size=size, mode="bilinear", align_corners=False)
    return whole / whole.std()


def coarser_sizes(height: int, width: int) -> list[tuple[int, int]]:
    """Halved sizes below (height, width) down to one cell on the shorter side, at most nine."""
    sizes = [(height >> number, width >> number) for number in range(1, 10)]
    return [(tall, wide) for tall, wide in sizes if tall and wide]


def logit_normal_share(normal: Tensor, centre: float, spread: float) -> Tensor:
    """Places in (0, 1), shaped as `normal`, that gather around sigmoid(centre).

    Source: Esser et al. 2024, arXiv:2403.03206, section 3.1.
    """
    return torch.sigmoid(centre + spread * normal)


def weighted_loss(answer: Tensor, target: Tensor, weight: Tensor, huber_limit: float | None = None) -> Tensor:
    """Mean error, summed up in float32, each sample or place with its weight. Returns shape ().

    Args:
        answer: The network's, (batch, channels, height, width).
        target: Shaped alike.
        weight: (batch,), or what each place counts, (batch, 1, height, width).
        huber_limit: None squares errors. A number c takes 2c (sqrt(error^2 + c^2) - c) instead: errors far below c
            are squared, those far above count in a line.

    Source: Khrapov et al. 2024, arXiv:2403.16728, equation 9, at one c for all timesteps (pseudo-Huber).
    """
    squared = (answer.float() - target.float()).square()
    if huber_limit is not None:
        squared = 2 * huber_limit * ((squared + huber_limit**2).sqrt() - huber_limit)
    return (squared * (weight if weight.dim() == 4 else weight[:, None, None, None])).mean()

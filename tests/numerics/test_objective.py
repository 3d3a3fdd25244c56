"""Formulas against values worked out by hand."""

from __future__ import annotations

import pytest
import torch

from lora_studio.training.objective import add_noise, min_snr_weight, target_of, weighted_loss


def test_noising_keeps_unit_variance_at_every_level() -> None:
    generator = torch.Generator().manual_seed(0)
    latents, noise = (torch.randn(3, 4, 64, 64, generator=generator) for _ in range(2))
    noisy = add_noise(latents, noise, torch.tensor([0.9, 0.5, 0.01]))
    assert noisy.var(dim=(1, 2, 3)).tolist() == pytest.approx([1, 1, 1], abs=0.05)


def test_noise_and_velocity_targets_recover_the_clean_latents() -> None:
    # x0 = sqrt(a) x_t - sqrt(1-a) v and x0 = (x_t - sqrt(1-a) eps) / sqrt(a)
    level = torch.tensor([0.36])
    latents, noise = torch.full((1, 1, 1, 1), 2.0), torch.full((1, 1, 1, 1), -1.0)
    noisy = add_noise(latents, noise, level)
    velocity = target_of(latents, noise, level, "v_prediction")
    assert (0.6 * noisy - 0.8 * velocity).item() == pytest.approx(2.0)
    assert target_of(latents, noise, level, "epsilon").item() == -1.0


def test_min_snr_weight_matches_the_papers_formula() -> None:
    # SNR = a / (1 - a): 9 and 1/9. gamma 5: min(9, 5)/9 and 1; velocity divides by SNR + 1.
    levels = torch.tensor([0.9, 0.1])
    assert min_snr_weight(levels, 5.0, "epsilon").tolist() == pytest.approx([5 / 9, 1.0])
    assert min_snr_weight(levels, 5.0, "v_prediction").tolist() == pytest.approx([5 / 10, (1 / 9) / (10 / 9)])
    assert min_snr_weight(levels, None, "epsilon").tolist() == [1.0, 1.0]


def test_a_gamma_that_is_not_positive_is_refused() -> None:
    with pytest.raises(ValueError, match="positive"):
        min_snr_weight(torch.tensor([0.5]), 0.0, "epsilon")


def test_the_loss_weighs_each_sample_by_itself() -> None:
    answer = torch.zeros(2, 1, 2, 2)
    target = torch.stack([torch.ones(1, 2, 2), torch.full((1, 2, 2), 3.0)])
    # Squared errors 1 and 9; weighted 0.5 * 1 and 1 * 9; mean 4.75.
    assert weighted_loss(answer, target, torch.tensor([0.5, 1.0])).item() == pytest.approx(4.75)

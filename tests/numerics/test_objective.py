"""Formulas against values worked out by hand, and against diffusers."""

from __future__ import annotations

import pytest
import torch
from diffusers.training_utils import compute_density_for_timestep_sampling

from lora_studio.config.training import ObjectiveSettings
from lora_studio.training.objective import (
    add_noise,
    coarse_noise,
    coarser_sizes,
    debiased_weight,
    logit_normal_share,
    loss_weight,
    min_snr_weight,
    target_of,
    weighted_loss,
)


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


def test_a_debiased_weight_is_one_over_the_root_of_the_ratio() -> None:
    # SNR = a / (1 - a): 9 and 1/9.
    levels = torch.tensor([0.9, 0.1])
    assert debiased_weight(levels, "epsilon").tolist() == pytest.approx([1 / 3, 3.0])
    assert loss_weight(levels, ObjectiveSettings(debiased=True), "epsilon").tolist() == pytest.approx([1 / 3, 3.0])


@pytest.mark.parametrize("objective", [ObjectiveSettings(debiased=True), ObjectiveSettings(min_snr_gamma=5.0)])
def test_weights_ask_the_same_of_noise_and_velocity_for_the_same_picture(objective: ObjectiveSettings) -> None:
    """An error e of the clean picture is an error of sqrt(SNR) e of the noise, and e / sqrt(1 - a) of the velocity."""
    levels = torch.tensor([0.95, 0.5, 0.02])
    of_noise = levels / (1 - levels) * loss_weight(levels, objective, "epsilon")
    of_velocity = loss_weight(levels, objective, "v_prediction") / (1 - levels)
    assert of_velocity.tolist() == pytest.approx(of_noise.tolist())


def test_huber_errors_match_the_papers_formula() -> None:
    # 2c (sqrt(e^2 + c^2) - c) with e = 3 and c = 4: 2 * 4 * (5 - 4) = 8.
    answer, target, weight = torch.zeros(1, 1, 1, 1), torch.full((1, 1, 1, 1), 3.0), torch.ones(1)
    assert weighted_loss(answer, target, weight, 4.0).item() == pytest.approx(8.0)


def test_huber_errors_are_squared_when_small_and_a_line_when_large() -> None:
    errors = torch.tensor([0.01, 100.0, 200.0]).view(3, 1, 1, 1)
    small, large, larger = (
        weighted_loss(error[None], torch.zeros(1, 1, 1, 1), torch.ones(1), 1.0).item() for error in errors
    )
    assert small == pytest.approx(torch.nn.functional.mse_loss(errors[0], torch.zeros(1, 1, 1)).item(), rel=1e-2)
    # 2 c |e| - 2 c^2, twice as steep as torch's own Huber loss.
    assert larger - large == pytest.approx(200.0, rel=1e-3)


def test_coarse_noise_has_unit_variance_and_the_power_of_its_layers_in_the_mean_of_a_picture() -> None:
    """The mean over a layer of n cells has variance 1/n, and enlarging keeps the mean; each layer counts half as much.

    A cell of an enlarged layer is a mixture along each side, such as 1/4 and 3/4, and whole at the border; the mean
    of its squared shares is what is left of the variance.
    """
    generator = torch.Generator().manual_seed(0)
    layers = [torch.randn(4000, 1, side, side, generator=generator) for side in (8, 4, 2)]
    noise = coarse_noise(layers, 0.5)
    assert noise.var().item() == pytest.approx(1.0)
    twice = ((2 + 6 * (0.25**2 + 0.75**2)) / 8) ** 2
    four_times = ((4 + 2 * (0.125**2 + 0.875**2) + 2 * (0.375**2 + 0.625**2)) / 8) ** 2
    expected = (1 / 64 + 0.5**2 / 16 + 0.5**4 / 4) / (1 + 0.5**2 * twice + 0.5**4 * four_times)
    assert noise.mean(dim=(1, 2, 3)).var().item() == pytest.approx(expected, rel=0.05)


def test_layers_get_coarser_until_one_cell_is_left() -> None:
    assert coarser_sizes(12, 8) == [(6, 4), (3, 2), (1, 1)]


def test_logit_normal_places_are_those_of_diffusers() -> None:
    ours = logit_normal_share(torch.randn(1000, generator=torch.Generator().manual_seed(4)), 0.7, 1.3)
    reference = compute_density_for_timestep_sampling(
        "logit_normal", 1000, logit_mean=0.7, logit_std=1.3, generator=torch.Generator().manual_seed(4)
    )
    assert torch.allclose(ours, reference, atol=1e-6)

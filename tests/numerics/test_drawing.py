import pytest
from diffusers import DDPMScheduler

from lora_studio.families.drawing import sampler


def noise_levels(steps: int, **config: object) -> list[float]:
    """How much noise, beside a picture of deviation 1, each step begins with."""
    noise = DDPMScheduler(beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear", **config)
    drawn_by = sampler(noise)
    drawn_by.set_timesteps(steps)
    return [float(level) for level in drawn_by.sigmas[:-1]]


def test_the_last_steps_see_little_noise_so_fine_detail_is_drawn() -> None:
    levels = noise_levels(20)
    assert levels[0] == pytest.approx(14.6, abs=0.1)  # of Stable Diffusion's schedule
    assert levels[-1] < 0.05
    assert sum(level < 0.5 for level in levels) >= 6


def test_a_base_that_begins_at_pure_noise_is_drawn_from_there_in_even_steps() -> None:
    levels = noise_levels(20, rescale_betas_zero_snr=True, prediction_type="v_prediction", timestep_spacing="trailing")
    assert levels[0] > 1000
    assert levels[1] < 100

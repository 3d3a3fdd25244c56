from __future__ import annotations

import pytest
import torch
from diffusers.optimization import get_scheduler

from lora_studio.config.training import ScheduleSettings, TrainingConfig
from lora_studio.training.schedules import acting_schedule, rate_factor


def factors(**settings: object) -> list[float]:
    schedule = ScheduleSettings(**settings)  # type: ignore[arg-type]
    return [rate_factor(step, 100, schedule) for step in range(1, 101)]


def test_the_rate_rises_in_a_line_over_the_warm_up() -> None:
    assert factors(warmup_share=0.04)[:5] == pytest.approx([1 / 5, 2 / 5, 3 / 5, 4 / 5, 1.0])


def test_a_cosine_is_half_way_in_the_middle_and_almost_nothing_at_the_end() -> None:
    values = factors(curve="cosine", warmup_share=0)
    assert values[0] == 1.0
    assert values[50] == pytest.approx(0.5)
    assert 0 < values[-1] < 0.001


def test_a_line_falls_evenly_and_a_constant_stays() -> None:
    line = factors(curve="linear", warmup_share=0)
    assert line[0] == 1.0
    assert line[1] - line[0] == pytest.approx(-0.01)
    assert line[-1] == pytest.approx(0.01)
    assert set(factors(curve="constant", warmup_share=0)) == {1.0}


@pytest.mark.parametrize("warmup_steps", [0, 7])
@pytest.mark.parametrize(
    ("curve", "reference", "options"),
    [
        ("constant", "constant_with_warmup", {}),
        ("linear", "linear", {}),
        ("cosine", "cosine", {}),
        ("cosine_with_restarts", "cosine_with_restarts", {"num_cycles": 3}),
    ],
)
def test_every_curve_is_the_one_of_diffusers_once_the_warm_up_is_over(
    curve: str, reference: str, options: dict[str, int], warmup_steps: int
) -> None:
    """diffusers counts steps from 0, and ours from 1."""
    expected = diffusers_factors(reference, warmup_steps, **options)
    ours = factors(curve=curve, warmup_steps=warmup_steps, cycles=3)
    assert ours[warmup_steps:] == pytest.approx(expected[warmup_steps:])


def test_the_warm_up_is_the_one_of_diffusers_without_its_idle_first_step() -> None:
    expected = diffusers_factors("constant_with_warmup", 8)
    assert factors(curve="constant", warmup_steps=7)[:7] == pytest.approx(expected[1:8])
    assert expected[0] == 0


def test_given_warm_up_steps_replace_the_share() -> None:
    assert factors(warmup_steps=4, warmup_share=0.5) == factors(warmup_share=0.04)


def test_only_schedule_free_keeps_its_rate_whatever_the_curve() -> None:
    wished = {"schedule": {"curve": "linear", "warmup_share": 0.0}}
    free = TrainingConfig.model_validate({**wished, "optimizer": {"type": "schedule_free"}})
    assert rate_factor(90, 100, acting_schedule(free)) == 1.0
    assert rate_factor(90, 100, acting_schedule(TrainingConfig.model_validate(wished))) == pytest.approx(0.11)


def diffusers_factors(name: str, warmup_steps: int, **options: int) -> list[float]:
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=1.0)
    schedule = get_scheduler(name, optimizer, num_warmup_steps=warmup_steps, num_training_steps=100, **options)
    rates = []
    for _ in range(100):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        schedule.step()
    return rates

"""The weights that are shown: against diffusers' EMAModel, and against the schedule-free paper."""

from __future__ import annotations

import pytest
import torch
from diffusers.training_utils import EMAModel
from torch import nn

from lora_studio.config.training import TrainingConfig
from lora_studio.training.averaging import ShownWeights, average_decay
from lora_studio.training.optimizers import make_optimizer, parameter_groups


def config_with(**sections: object) -> TrainingConfig:
    return TrainingConfig.model_validate(sections)


def walk(parameter: nn.Parameter, step: int) -> None:
    with torch.no_grad():
        parameter += torch.randn(parameter.shape, generator=torch.Generator().manual_seed(step))


@pytest.mark.parametrize("decay", [0.5, 0.9, 0.999])
def test_the_average_is_the_one_of_diffusers(decay: float) -> None:
    parameter = nn.Parameter(torch.zeros(5))
    ours = ShownWeights(config_with(adapter={"average": decay}), [parameter], None)
    reference = EMAModel([parameter], decay=decay)
    for step in range(1, 40):
        walk(parameter, step)
        ours.record(step)
        reference.step([parameter])
    live = parameter.detach().clone()
    with ours.shown():
        assert torch.allclose(parameter, reference.shadow_params[0], atol=1e-6)
        assert not torch.allclose(parameter, live)
    assert torch.equal(parameter, live)


def test_the_average_begins_with_what_was_learned_first() -> None:
    assert [average_decay(step, 0.9) for step in (1, 2, 200)] == pytest.approx([0, 2 / 11, 0.9])


def test_without_an_average_the_live_weights_are_shown() -> None:
    parameter = nn.Parameter(torch.zeros(2))
    weights = ShownWeights(config_with(), [parameter], None)
    walk(parameter, 1)
    weights.record(1)
    live = parameter.detach().clone()
    with weights.shown():
        assert torch.equal(parameter, live)
    assert not weights.has_average


def test_schedule_free_shows_the_mean_of_its_steps_and_goes_on_bit_for_bit() -> None:
    """At a constant rate x is the mean of all z (Defazio et al. 2024, arXiv:2405.15682, equations 6 and 8)."""
    config = config_with(optimizer={"type": "schedule_free", "learning_rate": 0.1, "weight_decay": 0.0})
    parameter = nn.Parameter(torch.ones(6))
    groups = parameter_groups([parameter], [], config.optimizer)
    optimizer = make_optimizer(groups, config.optimizer, torch.device("cpu"))
    weights = ShownWeights(config, [parameter], optimizer)
    steps = []
    for step in range(8):
        parameter.grad = torch.randn(6, generator=torch.Generator().manual_seed(step))
        optimizer.step()
        steps.append(optimizer.state[parameter]["z"].clone())
    live = parameter.detach().clone()
    with weights.shown():
        assert torch.allclose(parameter, torch.stack(steps).mean(dim=0), atol=1e-6)
    assert torch.equal(parameter, live)
    assert optimizer.param_groups[0]["train_mode"]

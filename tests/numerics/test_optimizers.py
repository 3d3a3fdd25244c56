from __future__ import annotations

import pytest
import torch
from torch import nn

from lora_studio.config.training import AdamW, AdamW8bit
from lora_studio.training.optimizers import (
    make_optimizer,
    optimizer_state,
    parameter_groups,
    restore_optimizer,
    set_rate,
)

CPU = torch.device("cpu")


def take_steps(optimizer: torch.optim.Optimizer, weights: nn.Parameter, steps: range) -> None:
    for step in steps:
        weights.grad = torch.randn(weights.shape, generator=torch.Generator().manual_seed(step))
        optimizer.step()


@pytest.mark.parametrize("settings", [AdamW(learning_rate=0.01), AdamW8bit(learning_rate=0.01)])
def test_a_restored_optimizer_goes_on_bit_for_bit(settings: AdamW) -> None:
    straight = nn.Parameter(torch.ones(64, 128))  # large enough for 8-bit moments
    optimizer = make_optimizer(parameter_groups([straight], [], settings), settings, CPU)
    take_steps(optimizer, straight, range(5))
    tensors, numbers = optimizer_state(optimizer)
    resumed = nn.Parameter(straight.detach().clone())
    take_steps(optimizer, straight, range(5, 10))

    fresh = make_optimizer(parameter_groups([resumed], [], settings), settings, CPU)
    restore_optimizer(fresh, tensors, numbers)
    take_steps(fresh, resumed, range(5, 10))
    assert torch.equal(resumed, straight)
    assert not torch.equal(straight, torch.ones(64, 128))


def test_eight_bit_moments_really_are_eight_bit() -> None:
    weights = nn.Parameter(torch.ones(64, 128))
    settings = AdamW8bit()
    optimizer = make_optimizer(parameter_groups([weights], [], settings), settings, CPU)
    take_steps(optimizer, weights, range(1))
    tensors, _ = optimizer_state(optimizer)
    assert tensors["0.state1"].dtype == torch.uint8


def test_each_group_moves_at_its_own_rate() -> None:
    unet, text = nn.Parameter(torch.zeros(2)), nn.Parameter(torch.zeros(2))
    settings = AdamW(learning_rate=1e-2, text_encoder_rate=1e-3)
    optimizer = make_optimizer(parameter_groups([unet], [text], settings), settings, CPU)
    assert set_rate(optimizer, 0.5) == pytest.approx(5e-3)
    assert [group["lr"] for group in optimizer.param_groups] == pytest.approx([5e-3, 5e-4])

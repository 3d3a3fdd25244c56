from __future__ import annotations

import sys

import pytest
import torch
from torch import nn

from lora_studio.config.training import OptimizerSettings
from lora_studio.errors import StudioError
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


@pytest.mark.parametrize("kind", ["adamw", "adamw8bit", "lion8bit", "adafactor", "prodigy", "schedule_free"])
def test_a_restored_optimizer_goes_on_bit_for_bit(kind: str) -> None:
    settings = OptimizerSettings.model_validate({"type": kind, "learning_rate": 0.01})
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
    settings = OptimizerSettings(type="adamw8bit")
    optimizer = make_optimizer(parameter_groups([weights], [], settings), settings, CPU)
    take_steps(optimizer, weights, range(1))
    tensors, _ = optimizer_state(optimizer)
    assert tensors["0.state1"].dtype == torch.uint8


def test_each_group_moves_at_its_own_rate() -> None:
    unet, text = nn.Parameter(torch.zeros(2)), nn.Parameter(torch.zeros(2))
    settings = OptimizerSettings(learning_rate=1e-2, text_encoder_rate=1e-3)
    optimizer = make_optimizer(parameter_groups([unet], [text], settings), settings, CPU)
    assert set_rate(optimizer, 0.5) == pytest.approx(5e-3)
    assert [group["lr"] for group in optimizer.param_groups] == pytest.approx([5e-3, 5e-4])


def test_lion_moves_every_weight_by_the_rate_in_the_direction_of_its_sign() -> None:
    # Chen et al. 2023, arXiv:2302.06675, algorithm 2: the first step is rate * (sign(gradient) + decay * weight).
    weights = nn.Parameter(torch.full((64, 128), 2.0))
    settings = OptimizerSettings(type="lion8bit", learning_rate=0.01, weight_decay=0.1)
    optimizer = make_optimizer(parameter_groups([weights], [], settings), settings, CPU)
    weights.grad = torch.randn(64, 128, generator=torch.Generator().manual_seed(0))
    optimizer.step()
    expected = 2.0 - 0.01 * (weights.grad.sign() + 0.1 * 2.0)
    assert torch.allclose(weights.detach(), expected, atol=1e-6)


def test_adafactor_moves_as_far_as_the_rate_says_and_keeps_a_row_and_a_column() -> None:
    # Shazeer and Stern 2018, arXiv:1804.04235: at the first step a matrix of equal gradients moves by the rate.
    weights = nn.Parameter(torch.zeros(64, 128))
    settings = OptimizerSettings(type="adafactor", learning_rate=0.01, weight_decay=0.0)
    optimizer = make_optimizer(parameter_groups([weights], [], settings), settings, CPU)
    weights.grad = torch.full((64, 128), 3.0)
    optimizer.step()
    assert weights.detach().flatten().tolist() == pytest.approx([-0.01] * 64 * 128)
    tensors, _ = optimizer_state(optimizer)
    assert sum(tensor.numel() for tensor in tensors.values()) < 64 + 128 + 8


def test_prodigy_finds_its_rate_whatever_rates_are_set_and_tells_it() -> None:
    weights, text = nn.Parameter(torch.ones(8)), nn.Parameter(torch.ones(8))
    settings = OptimizerSettings(type="prodigy", learning_rate=1e-4, text_encoder_rate=1e-7, weight_decay=0.0)
    optimizer = make_optimizer(parameter_groups([weights], [text], settings), settings, CPU)
    assert [group["lr"] for group in optimizer.param_groups] == [1.0, 1.0]
    assert set_rate(optimizer, 1.0) == 1e-6  # its own start
    for _ in range(300):
        for parameter in (weights, text):
            parameter.grad = 2 * (parameter.detach() - 4)
        optimizer.step()
    found = optimizer.param_groups[0]["d"]
    assert set_rate(optimizer, 0.5) == 0.5 * found > 0.01
    assert float((weights.detach() - 4).abs().max()) < 0.5


def test_an_optimiser_that_moves_memory_off_a_card_needs_one() -> None:
    settings = OptimizerSettings(type="paged_adamw8bit")
    with pytest.raises(StudioError, match="NVIDIA card"):
        make_optimizer(parameter_groups([nn.Parameter(torch.ones(2))], [], settings), settings, CPU)


@pytest.mark.parametrize(("kind", "library"), [("prodigy", "prodigyopt"), ("schedule_free", "schedulefree")])
def test_a_missing_library_is_named_with_the_way_to_get_it(
    kind: str, library: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, library, None)
    settings = OptimizerSettings.model_validate({"type": kind})
    with pytest.raises(StudioError) as problem:
        make_optimizer(parameter_groups([nn.Parameter(torch.ones(2))], [], settings), settings, CPU)
    assert f"install {library}" in problem.value.hint

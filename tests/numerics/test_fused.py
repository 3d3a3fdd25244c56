"""The fast way through LoRA layers computes what peft and plain autograd compute."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
import torch
from peft import LoraConfig, inject_adapter_in_model
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

from lora_studio.adapters.fused import FusedAdapter
from lora_studio.adapters.lora import ADAPTER, trainable_parameters, without_adapter
from lora_studio.adapters.quantize import quantize_layers

FP32 = torch.float32


class Twin(nn.Module):
    """One input into two linears and on into a third, as in an attention."""

    def __init__(self, bias: bool) -> None:
        super().__init__()
        self.first, self.second = nn.Linear(32, 64, bias), nn.Linear(32, 64, bias)
        self.third = nn.Linear(64, 32, bias)

    def forward(self, x: Tensor) -> Tensor:
        return self.third(torch.tanh(self.first(x)) * self.second(x))  # type: ignore[no-any-return]


def twin(bias: bool = True, quantization: str = "none", **settings: Any) -> Twin:
    torch.manual_seed(4)
    network = Twin(bias)
    network.requires_grad_(False)
    quantize_layers(network, quantization, FP32, torch.device("cpu"))  # type: ignore[arg-type]
    network.to("cpu")
    options = {"r": 4, "lora_alpha": 8, "target_modules": ["first", "second", "third"], **settings}
    inject_adapter_in_model(LoraConfig(**options), network, adapter_name=ADAPTER)
    for parameter in trainable_parameters(network):
        nn.init.normal_(parameter, std=0.3)
    return network


def plain_answer_and_gradients(network: nn.Module, *inputs: Tensor) -> tuple[list[Tensor], list[Tensor]]:
    answers = [network(x) for x in inputs]
    for answer in answers:
        answer.square().mean().backward()
    found = [parameter.grad.clone() for parameter in trainable_parameters(network) if parameter.grad is not None]
    network.zero_grad(set_to_none=True)
    return [answer.detach() for answer in answers], found


def fused_answer_and_gradients(
    network: nn.Module, fused: FusedAdapter, *inputs: Tensor
) -> tuple[list[Tensor], list[Tensor]]:
    answers = []
    for x in inputs:
        answers.append(network(x))
        answers[-1].square().mean().backward()
        fused.collect()
    found = [parameter.grad.clone() for parameter in trainable_parameters(network) if parameter.grad is not None]
    fused.clear_gradients()
    return [answer.detach() for answer in answers], found


def assert_alike(found: list[Tensor], expected: list[Tensor], tolerance: float = 1e-5) -> None:
    assert len(found) == len(expected) > 0
    for value, reference in zip(found, expected, strict=True):
        assert reference.norm() > 0
        assert (value - reference).norm() <= tolerance * reference.norm()


@pytest.mark.parametrize(
    ("bias", "shape", "settings"),
    [
        (True, (5, 32), {}),
        (False, (5, 32), {}),
        (True, (2, 7, 32), {}),
        (False, (2, 3, 7, 32), {}),
        (True, (2, 7, 32), {"r": 80}),  # more than the layers have features
        (True, (2, 7, 32), {"use_rslora": True}),
        (True, (2, 7, 32), {"target_modules": ["third"]}),
    ],
)
def test_answers_and_gradients_are_those_of_plain_autograd(
    bias: bool, shape: tuple[int, ...], settings: Mapping[str, Any]
) -> None:
    network = twin(bias, **settings)
    x = torch.randn(shape)
    answers, expected = plain_answer_and_gradients(network, x)
    fused = FusedAdapter({"unet": network}, FP32)
    assert fused.left_alone == 0
    found_answers, found = fused_answer_and_gradients(network, fused, x)
    assert_alike(found_answers, answers)
    assert_alike(found, expected)


def test_the_input_gets_its_gradient() -> None:
    network = twin()
    x = torch.randn(2, 7, 32, requires_grad=True)
    (expected,) = torch.autograd.grad(network(x).square().mean(), x)
    FusedAdapter({"unet": network}, FP32)
    (found,) = torch.autograd.grad(network(x).square().mean(), x)
    assert_alike([found], [expected])


def test_the_backward_of_one_network_touches_no_leaf_of_another() -> None:
    """Else the text encoder's forward, which is not recorded, would make the UNet's backward impossible to record."""
    networks = {"unet": twin(), "text_encoder": twin()}
    FusedAdapter(networks, FP32)
    x = torch.ones(5, 32)
    ends = {name: leaves(network(x).sum().grad_fn) for name, network in networks.items()}
    assert all(ends.values())
    assert not ends["unet"] & ends["text_encoder"]


def leaves(node: Any) -> set[int]:
    """The tensors, by their ids, that a backward from here ends at."""
    if hasattr(node, "variable"):
        return {id(node.variable)}
    return {leaf for onward, _ in node.next_functions if onward is not None for leaf in leaves(onward)}


def test_gradients_of_several_batches_add_up_and_are_then_forgotten() -> None:
    network = twin()
    batches = [torch.randn(2, 7, 32), torch.randn(3, 7, 32)]
    _, expected = plain_answer_and_gradients(network, *batches)
    fused = FusedAdapter({"unet": network}, FP32)
    for _ in range(2):  # the second time nothing of the first is left
        _, found = fused_answer_and_gradients(network, fused, *batches)
        assert_alike(found, expected)


def test_a_part_that_is_computed_again_gives_the_same_gradients() -> None:
    network = twin()
    x = torch.randn(2, 7, 32)
    _, expected = plain_answer_and_gradients(network, x)
    fused = FusedAdapter({"unet": network}, FP32)
    checkpoint(network, x, use_reentrant=False, preserve_rng_state=False).square().mean().backward()
    fused.collect()
    assert_alike([p.grad for p in trainable_parameters(network) if p.grad is not None], expected)


@pytest.mark.parametrize(("quantization", "kind"), [("nf4", "Linear4bit"), ("int8", "Int8Linear")])
def test_a_small_base_answers_and_learns_as_with_its_own_layers(quantization: str, kind: str) -> None:
    network = twin(quantization=quantization).train()  # outside of training bitsandbytes may pack weights anew
    assert type(network.first.get_base_layer()).__name__ == kind
    x = torch.randn(2, 7, 32)
    answers, expected = plain_answer_and_gradients(network, x)
    fused = FusedAdapter({"unet": network}, FP32)
    assert fused.left_alone == 0
    found_answers, found = fused_answer_and_gradients(network, fused, x)
    assert_alike(found_answers, answers)
    assert_alike(found, expected)


def test_layers_with_dropout_and_convolutions_are_left_to_peft_and_learn_beside_the_others() -> None:
    def mixed() -> nn.Sequential:
        torch.manual_seed(5)
        network = nn.Sequential(nn.Conv2d(3, 8, 3), nn.Flatten(), nn.Linear(32, 16))
        network.requires_grad_(False)
        config = LoraConfig(r=2, target_modules=["0", "2"])
        inject_adapter_in_model(config, network, adapter_name=ADAPTER)
        for parameter in trainable_parameters(network):
            nn.init.normal_(parameter, std=0.3)
        return network

    network, x = mixed(), torch.randn(2, 3, 4, 4)
    _, expected = plain_answer_and_gradients(network, x)
    fused = FusedAdapter({"unet": network}, FP32)
    assert (fused.fused, fused.left_alone) == (1, 1)
    assert_alike(fused_answer_and_gradients(network, fused, x)[1], expected)
    assert FusedAdapter({"unet": twin(lora_dropout=0.1)}, FP32).fused == 0


def test_a_disabled_adapter_leaves_the_base_alone() -> None:
    network = twin()
    x = torch.randn(2, 7, 32)
    with without_adapter({"unet": network}), torch.no_grad():
        expected = network(x)
    FusedAdapter({"unet": network}, FP32)
    with without_adapter({"unet": network}):
        assert not network(x).requires_grad
        assert_alike([network(x)], [expected])
    assert (network(x) - expected).norm() > 0.1 * expected.norm()


def test_samples_see_weights_at_once_and_steps_see_them_after_refresh() -> None:
    network = twin()
    x = torch.randn(2, 7, 32)
    fused = FusedAdapter({"unet": network}, FP32)
    before = network(x).detach()
    with torch.no_grad():
        for parameter in trainable_parameters(network):
            parameter.mul_(2)
        shown = network(x)
    assert torch.equal(network(x), before)
    fused.refresh()
    assert_alike([network(x).detach()], [shown])
    assert (shown - before).norm() > 0.1 * before.norm()


def test_peft_computes_again_with_the_trained_weights_once_layers_are_given_back() -> None:
    network, x = twin(), torch.randn(2, 7, 32)
    fused = FusedAdapter({"unet": network}, FP32)
    with torch.no_grad():
        fused.weights.mul_(1.5)
    fused.refresh()
    expected = network(x).detach()
    fused.give_back()
    fused.weights.zero_()
    assert "forward" not in vars(network.first)
    assert_alike([network(x).detach()], [expected])
    answers, gradients = plain_answer_and_gradients(network, x)
    assert len(gradients) == 6
    assert_alike(answers, [expected])


def test_in_16_bit_the_masters_stay_float32_and_gradients_agree_within_its_precision() -> None:
    network, x = twin(), torch.randn(2, 7, 32)
    _, expected = plain_answer_and_gradients(network, x)
    for layer in (network.first, network.second, network.third):
        layer.get_base_layer().bfloat16()
    fused = FusedAdapter({"unet": network}, torch.bfloat16)
    answers, found = fused_answer_and_gradients(network, fused, x.bfloat16())
    assert answers[0].dtype == torch.bfloat16
    assert {value.dtype for value in found} == {FP32} == {p.dtype for p in trainable_parameters(network)}
    assert_alike(found, expected, tolerance=0.03)

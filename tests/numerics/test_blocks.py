"""Attentions, gates and 1 x 1 convolutions on the fast way compute what diffusers, peft and plain autograd compute."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from autograd_checks import assert_alike, counting_kept
from diffusers import Transformer2DModel
from diffusers.models.activations import GEGLU
from diffusers.models.attention_processor import Attention, AttnProcessor2_0
from peft import LoraConfig, inject_adapter_in_model
from torch import Tensor, nn
from torch.nn import functional as F

from lora_studio.adapters import blocks, elementwise
from lora_studio.adapters.blocks import FusedAttention, FusedGate, FusedPointwise, lay_out_convolutions
from lora_studio.adapters.fused import FusedAdapter
from lora_studio.adapters.lora import ADAPTER, trainable_parameters, without_adapter
from lora_studio.adapters.low_rank import whole_weights
from lora_studio.adapters.quantize import quantize_layers

CPU = torch.device("cpu")
ATTENTION = ["to_q", "to_k", "to_v", "to_out.0"]
FEED_FORWARD = ["ff.net.0.proj", "ff.net.2"]


def transformer(quantization: str = "none", linear: bool = True, **adapter: Any) -> Transformer2DModel:
    """Two blocks as a UNet has them, with an adapter that does something."""
    torch.manual_seed(3)
    network = Transformer2DModel(
        num_attention_heads=4, attention_head_dim=16, in_channels=64, num_layers=2, cross_attention_dim=32,
        norm_num_groups=8, use_linear_projection=linear,
    )  # fmt: skip
    network.requires_grad_(False)
    quantize_layers(network, quantization, torch.float32, CPU)  # type: ignore[arg-type]
    options = {"r": 16, "lora_alpha": 8, "target_modules": ATTENTION, **adapter}
    inject_adapter_in_model(LoraConfig(**options), network, adapter_name=ADAPTER)
    for parameter in trainable_parameters(network):
        nn.init.normal_(parameter, std=0.1)
    return network


def look() -> tuple[Tensor, Tensor]:
    """A picture of 5 x 4 places, which needs a gradient, and nine words."""
    torch.manual_seed(8)
    return torch.randn(2, 64, 5, 4, requires_grad=True), torch.randn(2, 9, 32)


def answer_and_gradients(network: nn.Module, fused: FusedAdapter | None = None) -> tuple[Tensor, list[Tensor]]:
    """The gradients of the adapter's parameters, and last that of the picture."""
    picture, words = look()
    answer = network(picture, encoder_hidden_states=words, return_dict=False)[0]
    answer.square().mean().backward()
    if fused is not None:
        fused.collect()
    found = [p.grad.clone() for p in trainable_parameters(network) if p.grad is not None]
    if fused is None:
        network.zero_grad(set_to_none=True)
    else:
        fused.clear_gradients()
    assert picture.grad is not None
    return answer.detach(), [*found, picture.grad]


@pytest.mark.parametrize("quantization", ["none", "int8", "nf4"])
@pytest.mark.parametrize(
    ("adapter", "together"),
    [
        ({}, 4),
        ({"target_modules": ATTENTION + FEED_FORWARD}, 4),
        ({"target_modules": ["to_k", "to_v"]}, 2),  # of the words only: the others want their query, too
        ({"target_modules": ["to_q", "to_out.0"]}, 0),
        ({"rank_pattern": {"attn1.to_k": 4}}, 2),
        ({"alpha_pattern": {"attn2.to_v": 2}}, 2),
        ({"r": 3}, 2),  # between those of the words there would be gaps
        ({"use_rslora": True}, 4),
    ],
)
def test_answers_and_gradients_are_those_of_plain_autograd(
    quantization: str, adapter: dict[str, Any], together: int
) -> None:
    network = transformer(quantization, **adapter)
    network.train()  # outside of training bitsandbytes may pack weights anew
    answer, expected = answer_and_gradients(network)
    fused = FusedAdapter({"unet": network}, torch.float32)
    assert fused.left_alone == 0
    found_answer, found = answer_and_gradients(network, fused)
    assert_alike([found_answer, *found], [answer, *expected])
    taken = [module.processor for module in network.modules() if isinstance(module, Attention)]
    assert sum(isinstance(processor, FusedAttention) for processor in taken) == together


@pytest.mark.parametrize("linear", [True, False])
def test_samples_see_the_weights_as_they_are_and_the_base_alone_where_it_is_asked(linear: bool) -> None:
    network = transformer(linear=linear)
    picture, words = look()

    def answer() -> Tensor:
        with torch.no_grad():
            found: Tensor = network(picture, encoder_hidden_states=words, return_dict=False)[0]
        return found

    expected = answer()
    with without_adapter({"unet": network}):
        base = answer()
    assert (expected - base).norm() > 0.01 * base.norm()
    fused = FusedAdapter({"unet": network}, torch.float32)
    assert_alike([answer(), answer()], [expected, expected])
    with without_adapter({"unet": network}):
        assert_alike([answer(), answer()], [base, base])
    with torch.no_grad():
        fused.weights.zero_()  # which no step was told of
    assert_alike([answer(), answer()], [base, base])


def test_what_was_taken_over_is_given_back() -> None:
    network = transformer(linear=False)
    answer, expected = answer_and_gradients(network)
    fused = FusedAdapter({"unet": network}, torch.float32)
    fused.give_back()
    for module in network.modules():
        assert "forward" not in vars(module)
        assert not isinstance(module, Attention) or type(module.processor) is AttnProcessor2_0
    found_answer, found = answer_and_gradients(network)
    assert_alike([found_answer, *found], [answer, *expected])


def test_what_else_an_attention_can_do_is_left_to_diffusers() -> None:
    network = transformer()
    attention = next(module for module in network.modules() if isinstance(module, Attention))
    places, picture, mask = torch.randn(2, 6, 64), torch.randn(2, 64, 3, 2), torch.zeros(2, 1, 6)
    mask[:, :, 3:] = -10_000.0
    expected = [attention(places, attention_mask=mask), attention(picture), attention(places, places + 1)]
    assert (expected[0] - attention(places)).norm() > 0.01 * expected[0].norm()
    FusedAdapter({"unet": network}, torch.float32)
    assert_alike([attention(places, attention_mask=mask), attention(picture), attention(places, places + 1)], expected)


@pytest.mark.parametrize("quantization", ["none", "int8", "nf4"])
def test_a_gate_keeps_its_linear_layers_answer_and_no_more(quantization: str) -> None:
    network = nn.Sequential(GEGLU(64, 128))
    network.requires_grad_(False)
    quantize_layers(network, quantization, torch.float32, CPU)  # type: ignore[arg-type]
    network.train()
    gate, x = network[0], torch.randn(3, 50, 64, requires_grad=True)
    kept: list[int] = []
    expected = gate(x)
    (gradient,) = torch.autograd.grad(expected.sin().sum(), x)
    for weight in (None, whole_weights([gate.proj], None)):
        FusedGate(gate, weight)
        with counting_kept(kept):
            answer = gate(x)
        (found,) = torch.autograd.grad(answer.sin().sum(), x)
        assert_alike([answer, found], [expected, gradient])
    assert kept[1] == 2 * 128 * 3 * 50


def test_a_gates_arithmetic_is_that_of_torch() -> None:
    value, gate = (torch.randn(40, 30, dtype=torch.float64, requires_grad=True) for _ in range(2))
    answer = elementwise.gated(value.detach(), gate.detach())
    expected = value * F.gelu(gate)
    gradient = torch.randn_like(answer)
    found = elementwise.gated_backward(gradient, value.detach(), gate.detach())
    assert_alike([answer, *found], [expected, *torch.autograd.grad(expected, (value, gate), gradient)])


class OnACard:
    """As much of a tensor on a card as the kernels look at."""

    is_cuda = True


def test_kernels_that_cannot_be_compiled_are_tried_once(caplog: pytest.LogCaptureFixture) -> None:
    kernels, tried = elementwise._Kernels(), []

    def fails(*inputs: Any) -> Any:
        tried.append(inputs)
        raise RuntimeError("nvrtc: no such architecture\nmore of it")

    kernels._may, kernels._forward, kernels._backward = True, fails, fails
    card: Any = OnACard()
    assert kernels.forward(card, card) is None
    assert kernels.backward(card, card, card) is None
    assert len(tried) == 1
    assert "nvrtc: no such architecture" in caplog.text


def test_memory_that_ends_in_a_kernel_is_told_and_not_taken_for_a_kernel_that_fails() -> None:
    kernels = elementwise._Kernels()

    def is_full(*inputs: Any) -> Any:
        raise torch.OutOfMemoryError("CUDA out of memory")

    kernels._may, kernels._forward = True, is_full
    card: Any = OnACard()
    for _ in range(2):
        with pytest.raises(torch.OutOfMemoryError):
            kernels.forward(card, card)


@pytest.mark.parametrize("into_rows", [True, False])
@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("form", [torch.contiguous_format, torch.channels_last])
def test_a_product_for_each_picture_is_the_convolution(into_rows: bool, bias: bool, form: torch.memory_format) -> None:
    convolution = nn.Conv2d(8, 24, 1, bias=bias).requires_grad_(False)
    x = torch.randn(3, 8, 5, 4).contiguous(memory_format=form).requires_grad_()
    expected = convolution(x)
    (gradient,) = torch.autograd.grad(expected.sin().sum(), x)
    FusedPointwise(convolution, into_rows)
    answer = convolution(x)
    (found,) = torch.autograd.grad(answer.sin().sum(), x)
    assert_alike([answer, found], [expected, gradient])
    assert answer.permute(0, 2, 3, 1).is_contiguous() == (into_rows or form is torch.channels_last)


def test_convolutions_that_are_more_than_a_product_stay_as_they_are() -> None:
    network = nn.Sequential(
        nn.Conv2d(4, 4, 1), nn.Conv2d(4, 4, 3), nn.Conv2d(4, 4, 1, stride=2), nn.Conv2d(4, 4, 1, padding=1),
        nn.Conv2d(4, 4, 1, groups=2),
    )  # fmt: skip
    assert [found for found, _ in blocks.pointwise_convolutions(network)] == [network[0]]


def test_large_kernels_are_turned_and_answer_as_before(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blocks, "LARGE_KERNELS", 9 * 8 * 16)
    network = nn.Sequential(nn.Conv2d(8, 8, 3), nn.Conv2d(8, 16, 3))
    x = torch.randn(2, 8, 9, 9)
    expected = network(x)
    lay_out_convolutions(network)
    turned = [layer.weight.is_contiguous(memory_format=torch.channels_last) for layer in network]
    assert turned == [False, True]
    assert_alike([network(x)] * 2, [expected] * 2)

"""Norms, convolutions and resnets on the fast way compute what torch and diffusers compute, and keep less.

The kernels themselves need a card: tests/trials/kernel_trial.py.
"""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch
from autograd_checks import assert_alike, counting_kept
from diffusers import Transformer2DModel, UNet2DConditionModel
from diffusers.models.resnet import ResnetBlock2D
from peft import LoraConfig, inject_adapter_in_model
from torch import Tensor, nn

from lora_studio.adapters import picture_kernels
from lora_studio.adapters.frozen_layers import (
    FusedConvolution,
    FusedNorm,
    FusedResnet,
    FusedTransformer,
    frozen_convolutions,
    frozen_norms,
    plain_resnets,
    plain_transformers,
)
from lora_studio.adapters.fused import FusedAdapter
from lora_studio.adapters.lora import ADAPTER, trainable_parameters
from lora_studio.adapters.quantize import quantize_layers
from lora_studio.training.graphs import compute_again

CPU = torch.device("cpu")


def resnet(inputs: int = 64, outputs: int = 64, **options: object) -> ResnetBlock2D:
    torch.manual_seed(2)
    made = ResnetBlock2D(in_channels=inputs, out_channels=outputs, temb_channels=24, **options)  # type: ignore[arg-type]
    for norm in (made.norm1, made.norm2):
        nn.init.normal_(norm.weight, 1, 0.3)
        nn.init.normal_(norm.bias, 0, 0.3)
    return made.requires_grad_(False).train()


def look(channels: int = 64) -> tuple[Tensor, Tensor]:
    torch.manual_seed(5)
    return (torch.randn(2, channels, 6, 5) + torch.randn(1, channels, 1, 1)).requires_grad_(), torch.randn(2, 24)


def answers(network: nn.Module, channels: int = 64) -> list[Tensor]:
    """What a resnet answers, and the gradient of its picture."""
    picture, time = look(channels)
    answer = network(picture, time)
    (gradient,) = torch.autograd.grad(answer.sin().sum(), picture)
    return [answer.detach(), gradient]


@pytest.mark.parametrize("quantization", ["none", "int8"])
@pytest.mark.parametrize(("inputs", "outputs"), [(64, 64), (96, 64)])
@pytest.mark.parametrize("bias", [True, False])
def test_a_resnet_answers_and_learns_as_before(quantization: str, inputs: int, outputs: int, bias: bool) -> None:
    network = nn.Sequential(resnet(inputs, outputs))
    if not bias:
        network[0].conv1.bias = network[0].conv2.bias = None
    quantize_layers(network, quantization, torch.float32, CPU)  # type: ignore[arg-type]
    expected = answers(network[0], inputs)
    taken = [FusedResnet(found) for found in plain_resnets(network)]
    assert len(taken) == 1
    assert_alike(answers(network[0], inputs), expected)
    taken[0].give_back()
    assert "forward" not in vars(network[0])


def test_a_resnet_keeps_what_its_norms_read_and_no_more() -> None:
    network, numbers = resnet(), []
    picture, time = look()
    with counting_kept(numbers):
        network(picture, time)
    FusedResnet(network)
    with counting_kept(numbers):
        network(picture, time)
    places = picture.numel()
    assert numbers[1] == 2 * places + 2 * 64  # and the time's embedding, added before the second norm
    assert numbers[0] > 5 * places


@pytest.mark.parametrize(
    "options",
    [
        {"dropout": 0.1},
        {"up": True},
        {"down": True},
        {"output_scale_factor": 2.0},
        {"time_embedding_norm": "scale_shift"},
        {"skip_time_act": True},
        {"non_linearity": "gelu"},
        {"temb_channels": None},
    ],
)
def test_a_resnet_that_does_anything_else_stays_as_it_is(options: dict[str, object]) -> None:
    settings = {"in_channels": 64, "out_channels": 64, "temb_channels": 24, **options}
    network = nn.Sequential(ResnetBlock2D(**settings).requires_grad_(False))  # type: ignore[arg-type]
    assert not list(plain_resnets(network))
    assert list(plain_resnets(nn.Sequential(resnet())))


def test_a_resnet_whose_convolutions_learn_does_it_beside() -> None:
    network = nn.Sequential(resnet())
    inject_adapter_in_model(LoraConfig(r=4, target_modules=["conv1", "conv2"]), network, adapter_name=ADAPTER)
    for parameter in trainable_parameters(network):
        nn.init.normal_(parameter, std=0.1)

    def learned() -> list[Tensor]:
        picture, time = look()
        answer = network[0](picture, time)
        return [answer.detach(), *torch.autograd.grad(answer.sin().sum(), [picture, *trainable_parameters(network)])]

    expected = learned()
    FusedAdapter({"unet": network}, torch.float32)
    assert isinstance(network[0].forward.__self__, FusedResnet)
    assert_alike(learned(), expected)


def test_another_format_than_the_norms_own_takes_diffusers_way(monkeypatch: pytest.MonkeyPatch) -> None:
    network = resnet()
    FusedResnet(network)
    own = torch.zeros(1)
    monkeypatch.setattr(ResnetBlock2D, "forward", lambda *given: own)
    assert network(*look()) is not own
    network.norm1.double()
    assert network(*look()) is own


@pytest.mark.parametrize("settings", [{}, {"stride": 2}, {"padding": 1}, {"groups": 4}, {"dilation": 2, "bias": False}])
def test_a_frozen_convolution_answers_as_before_and_keeps_nothing(settings: dict[str, int]) -> None:
    convolution = nn.Conv2d(8, 16, 3, **settings).requires_grad_(False)  # type: ignore[arg-type]
    picture = torch.randn(2, 8, 9, 7, requires_grad=True)
    expected = convolution(picture)
    (gradient,) = torch.autograd.grad(expected.sin().sum(), picture)
    taken = FusedConvolution(convolution)
    numbers: list[int] = []
    with counting_kept(numbers):
        answer = convolution(picture)
    assert numbers == [0]
    (found,) = torch.autograd.grad(answer.sin().sum(), picture)
    assert_alike([answer, found], [expected, gradient])
    taken.give_back()
    assert "forward" not in vars(convolution)


def test_convolutions_and_norms_that_learn_stay_as_they_are() -> None:
    network = nn.Sequential(
        nn.Conv2d(4, 8, 3).requires_grad_(False), nn.Conv2d(8, 8, 3), nn.GroupNorm(2, 8).requires_grad_(False),
        nn.GroupNorm(2, 8), nn.Conv2d(8, 8, 3, padding="same").requires_grad_(False),
        nn.Conv2d(8, 8, 3, padding=1, padding_mode="reflect").requires_grad_(False),
        nn.GroupNorm(2, 8, affine=False),
    )  # fmt: skip
    assert list(frozen_convolutions(network)) == [network[0]]
    assert list(frozen_norms(network)) == [(network[2], False)]


@pytest.mark.parametrize("linear", [True, False])
def test_a_transformers_end_adds_its_rows_to_the_picture(linear: bool) -> None:
    torch.manual_seed(1)
    network = Transformer2DModel(
        num_attention_heads=2, attention_head_dim=8, in_channels=16, norm_num_groups=4, cross_attention_dim=8,
        use_linear_projection=linear,
    ).requires_grad_(False)  # fmt: skip
    picture, words = torch.randn(2, 16, 3, 5, requires_grad=True), torch.randn(2, 4, 8)

    def answer() -> list[Tensor]:
        found = network(picture, encoder_hidden_states=words, return_dict=False)[0]
        (gradient,) = torch.autograd.grad(found.sin().sum(), picture)
        return [found.detach(), gradient]

    expected = answer()
    (taken,) = [FusedTransformer(found) for found in plain_transformers(network)]
    assert_alike(answer(), expected)
    taken.give_back()
    assert_alike(answer(), expected)
    assert "_get_output_for_continuous_inputs" not in vars(network)
    assert list(frozen_norms(network)) == [(network.norm, True)]


def test_a_transformer_whose_end_learns_stays_as_it_is() -> None:
    settings = {"num_attention_heads": 2, "attention_head_dim": 8, "in_channels": 16, "norm_num_groups": 4}
    network = Transformer2DModel(**settings)
    assert not list(plain_transformers(network))
    assert list(plain_transformers(network.requires_grad_(False)))


def test_everything_of_a_unet_is_taken_over_and_given_back() -> None:
    network = UNet2DConditionModel(
        sample_size=8, block_out_channels=(32, 64), layers_per_block=1, cross_attention_dim=16, attention_head_dim=8,
        down_block_types=("CrossAttnDownBlock2D", "DownBlock2D"), up_block_types=("UpBlock2D", "CrossAttnUpBlock2D"),
    ).requires_grad_(False)  # fmt: skip
    inject_adapter_in_model(LoraConfig(r=4, target_modules=["to_q"]), network, adapter_name=ADAPTER)
    fused = FusedAdapter({"unet": network}, torch.float32)
    resnets = [module for module in network.modules() if isinstance(module, ResnetBlock2D)]
    assert resnets
    for part in resnets:
        assert isinstance(part.forward.__self__, FusedResnet)
        assert isinstance(part.conv1.forward.__self__, FusedConvolution)
        assert isinstance(part.norm1.forward.__self__, FusedNorm)
    fused.give_back()
    assert not [
        module for module in network.modules() if {"forward", "_get_output_for_continuous_inputs"} & {*vars(module)}
    ]


class OnACard:
    """As much of a tensor on a card as is looked at before anything is computed."""

    is_cuda = True
    dtype = torch.bfloat16
    device = torch.device("cuda", 7)


@pytest.mark.parametrize(
    ("difference", "told"),
    [
        (0.5, "they differ by 0.500"),
        (float("nan"), "they differ by nan"),
        (RuntimeError("nvrtc: no such architecture\nmore of it"), "slower: nvrtc: no such architecture"),
        (OSError("no NVRTC library"), "slower: no NVRTC library"),
        (AttributeError("an earlier torch"), "slower: an earlier torch"),
    ],
)
def test_kernels_that_do_not_do_what_torch_does_are_not_used(
    difference: float | Exception, told: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    tried = []

    def differ(dtype: torch.dtype, card: int, height: int) -> float:
        tried.append(height)
        if isinstance(difference, Exception):
            raise difference
        return difference

    monkeypatch.setattr(picture_kernels, "_difference", differ)
    monkeypatch.setattr(torch.version, "cuda", "13.0")
    picture_kernels._checked.cache_clear()
    card: Tensor = OnACard()  # type: ignore[assignment]
    assert not picture_kernels.can_compute(card)
    asked = len(tried)
    assert not picture_kernels.can_compute(card)
    assert len(tried) == asked > 0
    assert told in caplog.text
    picture_kernels._checked.cache_clear()


def test_kernels_that_agree_with_torch_are_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(picture_kernels, "_difference", lambda dtype, card, height: 0.003)
    monkeypatch.setattr(torch.version, "cuda", "13.0")
    picture_kernels._checked.cache_clear()
    card: Tensor = OnACard()  # type: ignore[assignment]
    assert picture_kernels.can_compute(card)
    picture_kernels._checked.cache_clear()
    assert not picture_kernels.can_compute(torch.zeros(1))


@pytest.mark.parametrize(
    "error", [torch.OutOfMemoryError("CUDA out of memory"), RuntimeError("CUDA error: out of memory")]
)
def test_memory_that_ends_while_kernels_are_tried_is_told(error: Exception, monkeypatch: pytest.MonkeyPatch) -> None:
    def is_full(dtype: torch.dtype, card: int, height: int) -> float:
        raise error

    monkeypatch.setattr(picture_kernels, "_difference", is_full)
    monkeypatch.setattr(torch.version, "cuda", "13.0")
    picture_kernels._checked.cache_clear()
    card: Tensor = OnACard()  # type: ignore[assignment]
    with pytest.raises(torch.OutOfMemoryError):
        picture_kernels.can_compute(card)


def test_what_the_caption_adds_to_the_time_is_learned_from() -> None:
    network = resnet()

    def learned() -> list[Tensor]:
        picture, time = look()
        answer = network(picture, time.requires_grad_())
        return list(torch.autograd.grad(answer.sin().sum(), [picture, time]))

    expected = learned()
    FusedResnet(network)
    assert_alike(learned(), expected)


def put_torch_for_kernels(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lets torch's own layers on the processor answer as the kernels do on a card."""

    def inner_of(x: Tensor, shift: Tensor | None) -> Tensor:
        return x if shift is None else x + shift[:, :, None, None]

    def normed(x: Tensor, shift: Tensor | None, norm: nn.GroupNorm, has_silu: bool) -> tuple[Tensor, Tensor]:
        answer = nn.GroupNorm.forward(norm, inner_of(x, shift))
        return nn.functional.silu(answer) if has_silu else answer, torch.zeros(1)

    def normed_backward(
        gradient: Tensor, x: Tensor, shift: Tensor | None, moments: Tensor, norm: nn.GroupNorm, has_silu: bool
    ) -> Tensor:
        with torch.autograd.graph.saved_tensors_hooks(lambda kept: kept, lambda kept: kept), torch.enable_grad():
            read = x.detach().requires_grad_()
            return torch.autograd.grad(normed(read, shift, norm, has_silu)[0], read, gradient)[0]

    def turned(source: Tensor, addend: Tensor | None = None, bias: Tensor | None = None) -> Tensor:
        answer = source.transpose(1, 2).contiguous()
        answer = answer if addend is None else answer + addend
        return answer if bias is None else answer + bias[:, None]

    monkeypatch.setattr(picture_kernels, "normed", normed)
    monkeypatch.setattr(picture_kernels, "normed_backward", normed_backward)
    monkeypatch.setattr(picture_kernels, "joined", lambda first, second, bias: first + second + bias[:, None, None])
    monkeypatch.setattr(picture_kernels, "turned", turned)
    monkeypatch.setattr(picture_kernels, "unpacked", lambda numbers, scale, room=None: numbers * scale)


@pytest.mark.parametrize("pack", picture_kernels.PACKS)
def test_the_kernels_are_tried_with_packs_of_every_size(pack: int, monkeypatch: pytest.MonkeyPatch) -> None:
    put_torch_for_kernels(monkeypatch)
    sizes: set[int] = set()

    def turned(source: Tensor, addend: Tensor) -> Tensor:
        sizes.add(picture_kernels._pack(math.gcd(*source.shape[1:]), ()))
        return source.transpose(1, 2) + addend

    monkeypatch.setattr(picture_kernels, "turned", turned)
    assert 0 < picture_kernels._difference(torch.bfloat16, CPU, pack) < picture_kernels.TOLERANCE  # type: ignore[arg-type]
    assert sizes == {pack}


def test_kernels_that_leave_out_what_keeps_a_norm_finite_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    put_torch_for_kernels(monkeypatch)
    own = picture_kernels.normed

    def without(x: Tensor, shift: Tensor, norm: nn.GroupNorm, has_silu: bool) -> tuple[Tensor, Tensor]:
        other = nn.GroupNorm(norm.num_groups, norm.num_channels, eps=0)
        other.weight, other.bias = norm.weight, norm.bias
        return own(x, shift, other, has_silu)

    monkeypatch.setattr(picture_kernels, "normed", without)
    assert picture_kernels._difference(torch.bfloat16, CPU, 8) > picture_kernels.TOLERANCE  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["normed", "normed_backward", "joined", "turned", "unpacked"])
def test_a_kernel_that_answers_what_is_no_number_is_found(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    put_torch_for_kernels(monkeypatch)
    own = getattr(picture_kernels, name)

    def broken(*given: Any) -> Any:
        answer = own(*given)
        (answer[0] if name == "normed" else answer).flatten()[-1] = math.nan
        return answer

    monkeypatch.setattr(picture_kernels, name, broken)
    assert math.isnan(picture_kernels._difference(torch.bfloat16, CPU, 8))  # type: ignore[arg-type]


def test_packs_of_one_size_that_fail_are_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(picture_kernels, "_difference", lambda dtype, card, pack: math.nan if pack == 1 else 0.003)
    monkeypatch.setattr(torch.version, "cuda", "13.0")
    picture_kernels._checked.cache_clear()
    card: Tensor = OnACard()  # type: ignore[assignment]
    assert not picture_kernels.can_compute(card)
    picture_kernels._checked.cache_clear()


def test_trying_the_kernels_leaves_nothing_with_what_is_computed_again(monkeypatch: pytest.MonkeyPatch) -> None:
    put_torch_for_kernels(monkeypatch)
    tried = []

    def layer(x: Tensor) -> Tensor:
        if not tried:  # once, as what was found is kept
            tried.append(picture_kernels._difference(torch.bfloat16, CPU, 8))  # type: ignore[arg-type]
        return (x * x).sin()

    x = torch.randn(5, requires_grad=True)
    compute_again(layer, x).sum().backward()
    assert len(tried) == 1
    assert x.grad is not None
    torch.testing.assert_close(x.grad, (2 * x * (x * x).cos()).detach())


@pytest.mark.parametrize("value", [1e-5, 1e-6, 0.5])
def test_a_kernel_gets_a_fraction_as_its_bits(value: float) -> None:
    assert torch.tensor(picture_kernels._bits(value), dtype=torch.int32).view(torch.float32).item() == pytest.approx(
        value, rel=1e-6
    )

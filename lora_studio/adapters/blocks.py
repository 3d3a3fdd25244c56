"""A diffusers UNet's attentions and gates while they learn: what can be done in one go is, and little is kept."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any

import torch
from diffusers.models.activations import GEGLU
from diffusers.models.attention_processor import Attention, AttnProcessor2_0
from diffusers.models.transformers.transformer_2d import Transformer2DModel
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.attention import SDPBackend, sdpa_kernel

from lora_studio.adapters.elementwise import gated, gated_backward
from lora_studio.adapters.low_rank import LowRankLayers, WholeWeight
from lora_studio.hardware.card_facts import AttentionShape, Backend

LARGE_KERNELS = 9 * 1280 * 1280  # numbers
BACKENDS = {
    "flash": SDPBackend.FLASH_ATTENTION,
    "efficient": SDPBackend.EFFICIENT_ATTENTION,
    "cudnn": SDPBackend.CUDNN_ATTENTION,
}


def plain_attentions(network: nn.Module) -> Iterator[Attention]:
    """The network's attentions that do nothing but attend: no norms, no second input, no dropout."""
    for module in network.modules():
        if isinstance(module, Attention) and type(module.processor) is AttnProcessor2_0 and _is_plain(module):
            yield module


def _is_plain(attention: Attention) -> bool:
    extras = ("group_norm", "spatial_norm", "norm_q", "norm_k", "norm_cross", "added_kv_proj_dim")
    return (
        not any(getattr(attention, extra, None) for extra in extras)
        and not attention.residual_connection
        and attention.rescale_output_factor == 1
        and attention.to_out[1].p == 0
    )


def same_input(attention: Attention) -> list[nn.Module]:
    """The layers of an attention that read one input: query, key and value, or where words are read the last two."""
    key_and_value = [attention.to_k, attention.to_v]
    return key_and_value if attention.is_cross_attention else [attention.to_q, *key_and_value]


def attending(backend: Backend, has_fallback: bool = True) -> AbstractContextManager[object]:
    """Inside the block torch computes attention by this backend, or where it cannot by another that always can.

    Without a fallback it raises RuntimeError there. `own` leaves the choice to torch.
    """
    if backend == "own":
        return nullcontext()
    chosen = [BACKENDS[backend]]
    if has_fallback:
        chosen += [SDPBackend.FLASH_ATTENTION, SDPBackend.EFFICIENT_ATTENTION, SDPBackend.MATH]
    return sdpa_kernel(list(dict.fromkeys(chosen)), set_priority=True)


@dataclass(frozen=True, slots=True)
class AttentionChoice:
    """What computes attention within pictures and to words, and the shapes at which cuDNN is known to work."""

    within: Backend = "own"
    to_words: Backend = "own"
    cudnn_shapes: Collection[AttentionShape] = ()

    def backend(self, shape: AttentionShape, reads_words: bool) -> Backend:
        """For one attention. cuDNN says yes to shapes that it fails at later, so it gets those where it worked."""
        wished = self.to_words if reads_words else self.within
        return "own" if wished == "cudnn" and shape not in self.cudnn_shapes else wished


class FusedAttention:
    """A processor for diffusers' `Attention`: what reads the same input answers together."""

    def __init__(self, attention: Attention, together: LowRankLayers, choice: AttentionChoice | None = None) -> None:
        """Takes over; `together` are the layers of `same_input`. Without a `choice` torch has its own."""
        self._choice = choice or AttentionChoice()
        self._attention = attention
        self._together = together
        self._own = attention.processor
        attention.processor = self

    def give_back(self) -> None:
        """Lets diffusers' own processor answer again."""
        self._attention.processor = self._own

    def __call__(
        self,
        attention: Attention,
        hidden_states: Tensor,
        encoder_hidden_states: Tensor | None = None,
        attention_mask: Tensor | None = None,
        temb: Tensor | None = None,
    ) -> Tensor:
        """The answer to (batch, places, features), shaped alike; `encoder_hidden_states` are (batch, words, width)."""
        reads_words = encoder_hidden_states is not None
        if attention_mask is not None or hidden_states.dim() != 3 or reads_words != attention.is_cross_attention:
            own: Tensor = self._own(attention, hidden_states, encoder_hidden_states, attention_mask, temb)
            return own
        if encoder_hidden_states is None:
            read = self._together(hidden_states).chunk(3, dim=-1)
        else:
            read = (attention.to_q(hidden_states), *self._together(encoder_hidden_states).chunk(2, dim=-1))
        query, key, value = (part.view(*part.shape[:2], attention.heads, -1).transpose(1, 2) for part in read)
        batch, heads, queries, size = query.shape
        # Here, not around the network: what is computed again on the way back has to be computed alike.
        with attending(self._choice.backend((batch, heads, queries, key.shape[2], size), reads_words)):
            answer = F.scaled_dot_product_attention(query, key, value).transpose(1, 2).flatten(2)
        out: Tensor = attention.to_out[0](answer)
        return out


def lay_out_convolutions(network: nn.Module, measured: Mapping[tuple[int, ...], bool] | None = None) -> None:
    """Turns the large kernels' weights into the order in which a card computes: cuDNN turns them at each use else.

    Pictures stay in that order up to the next layer that turns them back, which costs more than it saves where they
    are large and kernels small. On an H200 a step of SD 1.5 at 512 px took 21.6 ms with no kernel turned, 18.4 with
    these and 18.3 with all, one of SDXL at 1024 px in batches of four 163.7, 163.6 and 173.5.

    `measured` says of shapes of weights whether to turn them, where a card was asked itself.
    """
    known = measured or {}
    for module in network.modules():
        if not isinstance(module, nn.Conv2d):
            continue
        if known.get(tuple(module.weight.shape), module.weight.numel() >= LARGE_KERNELS):
            module.weight.data = module.weight.data.contiguous(memory_format=torch.channels_last)


def gates(network: nn.Module) -> Iterator[GEGLU]:
    """The network's gated layers."""
    return (module for module in network.modules() if isinstance(module, GEGLU))


class FusedGate:
    """The way of a GEGLU: its linear layer's answer is kept alone, where autograd would keep half as much again."""

    def __init__(self, gate: GEGLU, weight: WholeWeight | None) -> None:
        """Takes over; `weight` gives the linear layer's frozen weights, None leaves that layer as it is."""
        self._gate = gate
        self._weight = weight
        gate.forward = self.forward

    def give_back(self) -> None:
        """Lets diffusers' own way answer again."""
        del self._gate.forward

    def forward(self, hidden_states: Tensor) -> Tensor:
        """The answer to (..., features), (..., out features)."""
        if self._weight is None:
            value, gate = self._gate.proj(hidden_states).chunk(2, dim=-1)
            answer: Tensor = _Gated.apply(value, gate)  # type: ignore[no-untyped-call]
        else:
            answer = _FrozenGate.apply(hidden_states, self._weight, self._gate.proj.bias)  # type: ignore[no-untyped-call]
        return answer


def pointwise_convolutions(network: nn.Module) -> Iterator[tuple[nn.Conv2d, bool]]:
    """The network's plain 1 x 1 convolutions, and whether what follows reads their answer as rows of features."""
    into_rows = {module.proj_in for module in network.modules() if isinstance(module, Transformer2DModel)}
    for module in network.modules():
        if isinstance(module, nn.Conv2d) and type(module) is nn.Conv2d and _is_pointwise(module):
            yield module, module in into_rows


def _is_pointwise(convolution: nn.Conv2d) -> bool:
    once = {convolution.kernel_size, convolution.stride, convolution.dilation} == {(1, 1)}
    return once and convolution.padding == (0, 0) and convolution.groups == 1


class FusedPointwise:
    """The way of a 1 x 1 convolution: a product for each picture, where cuDNN would turn pictures and weights round."""

    def __init__(self, convolution: nn.Conv2d, into_rows: bool) -> None:
        """Takes over. With `into_rows` the answers lie feature by feature (channels last), else as the input does."""
        self._convolution = convolution
        self._into_rows = into_rows
        convolution.forward = self.forward  # type: ignore[method-assign]

    def give_back(self) -> None:
        """Lets torch's own way answer again."""
        del self._convolution.forward

    def forward(self, input: Tensor) -> Tensor:
        """The answer to (batch, channels, height, width), (batch, out channels, height, width)."""
        weight, bias = self._convolution.weight.flatten(1), self._convolution.bias
        if not input.is_contiguous():
            return F.linear(input.permute(0, 2, 3, 1), weight, bias).permute(0, 3, 1, 2)
        places, weights = input.flatten(2), weight.expand(len(input), -1, -1)
        if self._into_rows:
            rows, across = places.transpose(1, 2), weights.transpose(1, 2)
            answer = rows.bmm(across) if bias is None else torch.baddbmm(bias, rows, across)
            return answer.view(len(input), *input.shape[2:], -1).permute(0, 3, 1, 2)
        answer = weights.bmm(places) if bias is None else torch.baddbmm(bias[:, None], weights, places)
        return answer.view(len(input), -1, *input.shape[2:])


class _Gated(torch.autograd.Function):
    """The value times the GELU of the gate. Source: Shazeer 2020, arXiv:2002.05202."""

    @staticmethod
    def forward(ctx: Any, value: Tensor, gate: Tensor) -> Tensor:
        ctx.save_for_backward(value, gate)
        return gated(value, gate)

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, Tensor]:
        return gated_backward(gradient, *ctx.saved_tensors)


class _FrozenGate(torch.autograd.Function):
    """The same with the linear layer before it. Its halves are products apart: kernels like rows in one piece."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: WholeWeight, bias: Tensor) -> Tensor:
        whole = weight()
        rows = x.reshape(-1, x.shape[-1]).to(whole.dtype)
        value, gate = (
            torch.addmm(own, rows, half.t()) for own, half in zip(bias.chunk(2), whole.chunk(2), strict=True)
        )
        ctx.save_for_backward(value, gate)
        ctx.weight, ctx.shape, ctx.dtype = weight, x.shape, x.dtype
        return gated(value, gate).view(*x.shape[:-1], value.shape[-1])

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None, None]:
        value, gate = ctx.saved_tensors
        of_value, of_gate = gated_backward(gradient.reshape(value.shape), value, gate)
        first, second = ctx.weight().chunk(2)
        onward = of_value.mm(first).addmm_(of_gate, second)
        return onward.view(ctx.shape).to(ctx.dtype), None, None

"""LoRA layers on linear layers in few kernels: those that read the same input answer together.

At small batches a card spends as long on the adapter's small products as on attention, for one per cent of the
arithmetic: what counts is how many there are. The query, key and value of an attention have one base product, one
product with all three A, and one with all three B.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from peft.tuners.lora import LoraLayer
from torch import Tensor, nn

from lora_studio.adapters.lora import ADAPTER
from lora_studio.adapters.quantize import Int8Linear

WholeWeight = Callable[[], Tensor]


@dataclass(frozen=True, slots=True)
class Matrices:
    """The small matrices of some layers: A as `down` (layers * rank, in), B as `up` (layers, out, rank)."""

    down: Tensor
    up: Tensor


class LowRankLayers:
    """The way of layers that read the same input: their frozen weights, small matrices and where gradients go."""

    def __init__(
        self,
        layers: Sequence[LoraLayer],
        base_weight: WholeWeight,
        anchor: Tensor,
        masters: Matrices,
        working: Matrices,
        gradients: Matrices,
    ) -> None:
        """Several layers are alike but for their numbers, and have no bias.

        Args:
            layers: What peft has.
            base_weight: Gives their frozen weights one below the other, (layers * out, in).
            anchor: A tensor that needs a gradient, which the first layers' inputs do not.
            masters: What is trained.
            working: What steps multiply with, in the base's format.
            gradients: What a backward adds to, likewise.
        """
        self._first = layers[0]
        self._count = len(layers)
        self.base_weight = base_weight
        self._anchor = anchor
        self._masters = masters
        self.working = working
        self.gradients = gradients

    @property
    def bias(self) -> Tensor | None:
        bias: Tensor | None = self._first.get_base_layer().bias
        return bias

    @property
    def scale(self) -> float:
        return float(self._first.scaling[ADAPTER])

    def __call__(self, x: Tensor) -> Tensor:
        """The answers to x, (..., in features), side by side: (..., layers * out features), in the base's format."""
        if torch.is_grad_enabled() and not self._first.disable_adapters:
            answers: Tensor = _LowRank.apply(x, self._anchor, self)  # type: ignore[no-untyped-call]
            return answers
        weight = self.base_weight()
        rows = x.reshape(-1, x.shape[-1]).to(weight.dtype)
        answer = nn.functional.linear(rows, weight, self.bias)
        if not self._first.disable_adapters:
            low = rows.mm(self._masters.down.to(rows.dtype).t())
            self.add_products(answer, low, self._masters.up.to(rows.dtype))
        return answer.view(*x.shape[:-1], answer.shape[-1])

    def add_products(self, answer: Tensor, low: Tensor, up: Tensor) -> None:
        """Adds each layer's small products (rows, layers * rank) times B to the answers, (rows, layers * out)."""
        self.by_layer(answer).baddbmm_(self.by_layer(low), up.transpose(1, 2), alpha=self.scale)

    def by_layer(self, rows: Tensor) -> Tensor:
        """A view of (rows, layers * width) as (layers, rows, width)."""
        return rows.view(len(rows), self._count, -1).transpose(0, 1)


class _LowRank(torch.autograd.Function):
    """y = x W^T + b + s (x A^T) B^T with W frozen; keeps x and x A^T, and adds to A's and B's gradients in place.

    Source: Hu et al. 2021, arXiv:2106.09685, equation 3.
    """

    @staticmethod
    def forward(ctx: Any, x: Tensor, anchor: Tensor, layers: LowRankLayers) -> Tensor:
        weight, bias = layers.base_weight(), layers.bias
        rows = x.reshape(-1, x.shape[-1]).to(weight.dtype)
        answer = rows.mm(weight.t()) if bias is None else torch.addmm(bias, rows, weight.t())
        low = rows.mm(layers.working.down.t())
        layers.add_products(answer, low, layers.working.up)
        ctx.save_for_backward(rows, low)
        ctx.layers, ctx.shape, ctx.dtype = layers, x.shape, x.dtype
        return answer.view(*x.shape[:-1], answer.shape[-1])

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, None, None]:
        layers: LowRankLayers = ctx.layers
        rows, low = ctx.saved_tensors
        gradient = gradient.reshape(-1, gradient.shape[-1])
        low_gradient = torch.empty_like(low)
        torch.bmm(layers.by_layer(gradient), layers.working.up, out=layers.by_layer(low_gradient))
        found = layers.gradients
        found.up.baddbmm_(layers.by_layer(gradient).transpose(1, 2), layers.by_layer(low), alpha=layers.scale)
        found.down.addmm_(low_gradient.t(), rows, alpha=layers.scale)
        if not ctx.needs_input_grad[0]:
            return None, None, None
        onward = gradient.mm(layers.base_weight())  # of a small base it is made again: cheaper than to keep it
        onward.addmm_(low_gradient, layers.working.down, alpha=layers.scale)
        return onward.view(ctx.shape).to(ctx.dtype), None, None


def is_4bit(base: Any) -> bool:
    """Whether this is bitsandbytes' linear layer in 4 bit; by name, as it need not be there.

    peft has a class of the same name for an adapter on one, which is no linear layer itself.
    """
    named_so = isinstance(base, nn.Linear) and type(base).__name__ == "Linear4bit"
    return named_so and getattr(base.weight, "quant_state", None) is not None


def is_small(base: Any) -> bool:
    """Whether the layer's weights have to be unpacked for use."""
    return isinstance(base, Int8Linear) or is_4bit(base)


def whole_weights(bases: Sequence[Any], scratch: Tensor | None) -> WholeWeight:
    """What gives the frozen weights of linear layers, one below the other, (layers * out, in).

    Plain weights of several layers are moved together here, and the layers get views. Small ones are unpacked at each
    call, into `scratch` where there is one: good until it is used again.
    """
    if not is_small(bases[0]):
        together = bases[0].weight if len(bases) == 1 else _together(bases)
        return lambda: together
    shape = (sum(base.out_features for base in bases), bases[0].in_features)
    room = None if scratch is None else scratch[: math.prod(shape)].view(shape)
    rooms = [None] * len(bases) if room is None else room.chunk(len(bases))
    unpackers = [_unpacker(base, own) for base, own in zip(bases, rooms, strict=True)]

    def whole() -> Tensor:
        parts = [unpack() for unpack in unpackers]
        if room is not None:
            return room
        return parts[0] if len(parts) == 1 else torch.cat(parts)

    return whole


def _together(bases: Sequence[nn.Linear]) -> Tensor:
    together = torch.cat([base.weight.data for base in bases])
    for base, own in zip(bases, together.chunk(len(bases)), strict=True):
        base.weight.data = own
    return together


def _unpacker(base: Any, room: Tensor | None) -> WholeWeight:
    if isinstance(base, Int8Linear):
        return lambda: base.whole_weight(room)
    import bitsandbytes.functional as bnb

    def whole() -> Tensor:
        weight: Tensor = bnb.dequantize_4bit(base.weight.data.view(-1, 1), base.weight.quant_state, out=room)
        return weight

    return whole

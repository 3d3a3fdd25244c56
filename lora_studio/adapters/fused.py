"""A fast way through LoRA layers while they learn: few kernels, little kept, one buffer for all weights.

peft's parameters stay what is trained and saved. What changes is where their numbers lie (one after the other in one
buffer, gradients in another), and how a linear layer computes. Convolutions and layers with dropout keep peft's own
way, with the same parameters.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any, TypeGuard

import torch
from peft.tuners.lora import LoraLayer
from torch import Tensor, nn

from lora_studio.adapters.lora import ADAPTER, AdapterLayer, adapter_layers, trainable_parameters
from lora_studio.adapters.quantize import Int8Linear

ALIGNMENT = 64  # numbers; every matrix begins where vector loads and tensor cores like it, in 16 bit too


class FusedAdapter:
    """The adapter of some networks with its numbers in a row, its linear layers on the fast way.

    A training step calls `refresh`, then forward and backward and `collect` for each batch, and after the optimiser
    `clear_gradients`. Outside of gradients (samples, check losses) layers read the parameters themselves, so whoever
    writes there needs to tell nobody.

    Attributes:
        weights: Every trainable number, (numbers,), float32; the parameters are views of it. Gaps are zero.
        gradients: Their gradients, laid out alike; each parameter's `grad` is a view of it.
        fused: How many layers take the fast way.
        left_alone: How many keep peft's own.
    """

    def __init__(self, networks: Mapping[str, nn.Module], dtype: torch.dtype) -> None:
        """Takes over the adapter on `networks`, whose frozen weights compute in `dtype`."""
        self._parameters = [p for network in networks.values() for p in trainable_parameters(network)]
        places, size = _lay_out(self._parameters)
        device = self._parameters[0].device
        self.weights = torch.zeros(size, device=device, dtype=torch.float32)
        self.gradients = torch.zeros(size, device=device, dtype=torch.float32)
        # What the layers multiply with, and what one batch adds to; in the base's own format.
        self._working = torch.zeros(size, device=device, dtype=dtype)
        self._fresh = torch.zeros(size, device=device, dtype=dtype)
        for parameter in self._parameters:
            place = places[parameter]
            own = _view(self.weights, place, parameter)
            own.copy_(parameter.detach())
            parameter.data = own
            parameter.grad = _view(self.gradients, place, parameter)
        fusing = [
            [layer for _, layer in adapter_layers({name: network}) if _can_fuse(layer, dtype)]
            for name, network in networks.items()
        ]
        self._layers = [layer for of_network in fusing for layer in of_network]
        self.fused = len(self._layers)
        self.left_alone = sum(1 for _ in adapter_layers(networks)) - self.fused
        scratch = _scratch(self._layers, device, dtype)
        for of_network in fusing:
            # Inputs of the first layers need no gradient; without this one, autograd would pass those layers by. Each
            # network has its own: a recording may not touch what the text encoder's forward, outside of it, made.
            anchor = torch.zeros((), device=device, requires_grad=True)
            for layer in of_network:
                down, up = layer.lora_A[ADAPTER].weight, layer.lora_B[ADAPTER].weight
                layer.forward = _FusedLinear(
                    layer,
                    _base_weight(layer.get_base_layer(), scratch),
                    anchor,
                    (_view(self._working, places[down], down), _view(self._working, places[up], up)),
                    (_view(self._fresh, places[down], down), _view(self._fresh, places[up], up)),
                ).forward
        self.refresh()

    @torch.no_grad()
    def refresh(self) -> None:
        """Makes the layers compute with the parameters as they are now."""
        self._working.copy_(self.weights)

    @torch.no_grad()
    def collect(self) -> None:
        """Adds what the last backward found to `gradients`; once for each batch."""
        self.gradients.add_(self._fresh)
        self._fresh.zero_()

    @torch.no_grad()
    def clear_gradients(self) -> None:
        """Forgets all gradients; what a backward left uncollected too."""
        self.gradients.zero_()
        self._fresh.zero_()

    def give_back(self) -> None:
        """Lets peft compute again, with the weights as they are; this object is of no more use."""
        for layer in self._layers:
            del layer.forward
        for parameter in self._parameters:
            parameter.data = parameter.data.clone()
            parameter.grad = None


class _FusedLinear:
    """One layer's way: its frozen weight, its two small matrices and where their gradients go."""

    def __init__(
        self,
        layer: LoraLayer,
        base_weight: Callable[[], Tensor],
        anchor: Tensor,
        matrices: tuple[Tensor, Tensor],
        gradients: tuple[Tensor, Tensor],
    ) -> None:
        self._layer = layer
        self.base_weight = base_weight
        self._anchor = anchor
        self.down, self.up = matrices
        self.down_gradient, self.up_gradient = gradients

    @property
    def bias(self) -> Tensor | None:
        bias: Tensor | None = self._layer.get_base_layer().bias
        return bias

    @property
    def scale(self) -> float:
        return float(self._layer.scaling[ADAPTER])

    def forward(self, x: Tensor) -> Tensor:
        """The layer's answer to x, (..., in features); (..., out features) in the base's format."""
        if torch.is_grad_enabled() and not self._layer.disable_adapters:
            answer: Tensor = _LowRankLinear.apply(x, self._anchor, self)  # type: ignore[no-untyped-call]
            return answer
        weight = self.base_weight()
        x = x.to(weight.dtype)
        answer = nn.functional.linear(x, weight, self.bias)
        if self._layer.disable_adapters:
            return answer
        down, up = (getattr(self._layer, name)[ADAPTER].weight.to(x.dtype) for name in ("lora_A", "lora_B"))
        return answer + self.scale * nn.functional.linear(nn.functional.linear(x, down), up)


class _LowRankLinear(torch.autograd.Function):
    """y = x W^T + b + s (x A^T) B^T with W frozen; keeps x and x A^T, and adds to A's and B's gradients in place.

    Source: Hu et al. 2021, arXiv:2106.09685, equation 3.
    """

    @staticmethod
    def forward(ctx: Any, x: Tensor, anchor: Tensor, layer: _FusedLinear) -> Tensor:
        weight, bias = layer.base_weight(), layer.bias
        rows = x.reshape(-1, x.shape[-1]).to(weight.dtype)
        answer = rows.mm(weight.t()) if bias is None else torch.addmm(bias, rows, weight.t())
        low = rows.mm(layer.down.t())
        answer.addmm_(low, layer.up.t(), alpha=layer.scale)
        ctx.save_for_backward(rows, low)
        ctx.layer, ctx.shape, ctx.dtype = layer, x.shape, x.dtype
        return answer.view(*x.shape[:-1], answer.shape[-1])

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, None, None]:
        layer: _FusedLinear = ctx.layer
        rows, low = ctx.saved_tensors
        gradient = gradient.reshape(-1, gradient.shape[-1])
        low_gradient = gradient.mm(layer.up)
        layer.up_gradient.addmm_(gradient.t(), low, alpha=layer.scale)
        layer.down_gradient.addmm_(low_gradient.t(), rows, alpha=layer.scale)
        if not ctx.needs_input_grad[0]:
            return None, None, None
        onward = gradient.mm(layer.base_weight())  # of a small base it is made again: cheaper than to keep it
        onward.addmm_(low_gradient, layer.down, alpha=layer.scale)
        return onward.view(ctx.shape).to(ctx.dtype), None, None


def _lay_out(parameters: list[nn.Parameter]) -> tuple[dict[nn.Parameter, int], int]:
    """Where each parameter begins in one buffer, and the buffer's size."""
    places, size = {}, 0
    for parameter in parameters:
        places[parameter] = size
        size += math.ceil(parameter.numel() / ALIGNMENT) * ALIGNMENT
    return places, size


def _view(buffer: Tensor, place: int, parameter: nn.Parameter) -> Tensor:
    return buffer[place : place + parameter.numel()].view(parameter.shape)


def _can_fuse(layer: AdapterLayer, dtype: torch.dtype) -> TypeGuard[LoraLayer]:
    """Whether the layer is a LoRA on a plain or small linear that computes in `dtype` and drops nothing out."""
    if not isinstance(layer, LoraLayer):
        return False
    base = layer.get_base_layer()
    if not isinstance(layer.lora_dropout[ADAPTER], nn.Identity):
        return False
    if isinstance(base, Int8Linear):
        return bool(base.scale.dtype == dtype)
    if base.__class__ is nn.Linear:
        return bool(base.weight.dtype == dtype)
    if not _is_4bit(base):
        return False
    return base.weight.quant_state.dtype == dtype and (base.bias is None or base.bias.dtype == dtype)


def _is_4bit(base: Any) -> bool:
    # By name: bitsandbytes need not be there.
    return base.__class__.__name__ == "Linear4bit" and getattr(base.weight, "quant_state", None) is not None


def _scratch(layers: list[LoraLayer], device: torch.device, dtype: torch.dtype) -> Tensor | None:
    """Room for the largest small weight made whole: used over and over, so that memory is not chopped up."""
    bases = [layer.get_base_layer() for layer in layers]
    sizes = [base.in_features * base.out_features for base in bases if isinstance(base, Int8Linear) or _is_4bit(base)]
    # bitsandbytes writes into a given tensor on graphics cards only.
    return torch.empty(max(sizes), device=device, dtype=dtype) if sizes and device.type == "cuda" else None


def _base_weight(base: Any, scratch: Tensor | None) -> Callable[[], Tensor]:
    """What gives a layer's frozen weight, (out, in); of a small base good until the next one is asked for."""
    shape = (base.out_features, base.in_features)
    room = None if scratch is None else scratch[: math.prod(shape)].view(shape)
    if isinstance(base, Int8Linear):
        return lambda: base.whole_weight(room)
    if not _is_4bit(base):
        return lambda: base.weight
    import bitsandbytes.functional as bnb

    state = base.weight.quant_state

    def whole() -> Tensor:
        weight: Tensor = bnb.dequantize_4bit(base.weight.data.view(-1, 1), state, out=room)
        return weight

    return whole

"""A fast way through LoRA layers while they learn: few kernels, little kept, one buffer for all weights.

peft's parameters stay what is trained and saved. What changes is where their numbers lie (one after the other in one
buffer, gradients in another), and how linear layers, attentions and gates compute. Convolutions and layers with
dropout keep peft's own way, with the same parameters.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, TypeGuard

import torch
from diffusers.models.attention_processor import Attention
from peft.tuners.lora import LoraLayer
from torch import Tensor, nn

from lora_studio.adapters.blocks import (
    AttentionChoice,
    FusedAttention,
    FusedGate,
    FusedPointwise,
    gates,
    plain_attentions,
    pointwise_convolutions,
    same_input,
)
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
from lora_studio.adapters.lora import ADAPTER, AdapterLayer, adapter_layers, trainable_parameters
from lora_studio.adapters.low_rank import LowRankLayers, Matrices, is_4bit, is_small, whole_weights
from lora_studio.adapters.quantize import Int8Linear

_Block = FusedAttention | FusedGate | FusedPointwise | FusedConvolution | FusedNorm | FusedResnet | FusedTransformer

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

    def __init__(
        self, networks: Mapping[str, nn.Module], dtype: torch.dtype, attention_choice: AttentionChoice | None = None
    ) -> None:
        """Takes over the adapter on `networks`, whose frozen weights compute in `dtype`."""
        self._parameters = [p for network in networks.values() for p in trainable_parameters(network)]
        fusing = {name: _fusing(network, dtype) for name, network in networks.items()}
        together = {name: attentions_together(network, dtype) for name, network in networks.items()}
        grouped = [layers for of_network in together.values() for layers in of_network.values()]
        self._layers = [layer for of_network in fusing.values() for layer in of_network]
        self.fused = len(self._layers)
        self.left_alone = sum(1 for _ in adapter_layers(networks)) - self.fused
        self._places, size = _lay_out(self._parameters, grouped)
        device = self._parameters[0].device
        self.weights = torch.zeros(size, device=device, dtype=torch.float32)
        self.gradients = torch.zeros(size, device=device, dtype=torch.float32)
        # What the layers multiply with, and what one batch adds to; in the base's own format.
        self._working = torch.zeros(size, device=device, dtype=dtype)
        self._fresh = torch.zeros(size, device=device, dtype=dtype)
        for parameter in self._parameters:
            own = _view(self.weights, self._places[parameter], parameter.shape)
            own.copy_(parameter.detach())
            parameter.data = own
            parameter.grad = _view(self.gradients, self._places[parameter], parameter.shape)
        groups: list[Sequence[Any]] = [*([layer] for layer in self._layers), *grouped]
        bases = [[layer.get_base_layer() for layer in layers] for layers in groups]
        bases += [[gate.proj] for network in networks.values() for gate in gates(network)]
        scratch = _scratch(bases, device, dtype)
        self._blocks: list[_Block] = []
        for name, network in networks.items():
            # Inputs of the first layers need no gradient; without this one, autograd would pass those layers by. Each
            # network has its own: a recording may not touch what the text encoder's forward, outside of it, made.
            anchor = torch.zeros((), device=device, requires_grad=True)
            for attention, layers in together[name].items():
                self._blocks.append(
                    FusedAttention(attention, self._low_rank(layers, scratch, anchor), attention_choice)
                )
            for layer in fusing[name]:
                layer.forward = self._low_rank([layer], scratch, anchor).__call__
            for gate in gates(network):
                is_frozen = _computes_in(gate.proj, dtype) and gate.proj.bias is not None
                self._blocks.append(FusedGate(gate, whole_weights([gate.proj], scratch) if is_frozen else None))
            pointwise = dict(pointwise_convolutions(network))
            self._blocks += [FusedPointwise(*found) for found in pointwise.items()]
            self._blocks += [FusedConvolution(one) for one in frozen_convolutions(network) if one not in pointwise]
            self._blocks += [FusedNorm(*found) for found in frozen_norms(network)]
            self._blocks += [FusedResnet(resnet) for resnet in plain_resnets(network)]
            self._blocks += [FusedTransformer(transformer) for transformer in plain_transformers(network)]
        self.refresh()

    def _low_rank(self, layers: Sequence[LoraLayer], scratch: Tensor | None, anchor: Tensor) -> LowRankLayers:
        weights = whole_weights([layer.get_base_layer() for layer in layers], scratch)
        down, up = layers[0].lora_A[ADAPTER].weight, layers[0].lora_B[ADAPTER].weight
        shapes = ((len(layers) * down.shape[0], down.shape[1]), (len(layers), *up.shape))
        masters, working, gradients = (
            Matrices(_view(buffer, self._places[down], shapes[0]), _view(buffer, self._places[up], shapes[1]))
            for buffer in (self.weights, self._working, self._fresh)
        )
        return LowRankLayers(layers, weights, anchor, masters, working, gradients)

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
        for block in self._blocks:
            block.give_back()
        for layer in self._layers:
            del layer.forward
        for parameter in self._parameters:
            parameter.data = parameter.data.clone()
            parameter.grad = None


def attentions_together(network: nn.Module, dtype: torch.dtype) -> dict[Attention, list[LoraLayer]]:
    """The attentions that the fast way does, each with those of its layers that answer together."""
    fusing = _fusing(network, dtype)
    return {
        attention: layers
        for attention in plain_attentions(network)
        if _fit_together(layers := same_input(attention), fusing)
    }


def _fusing(network: nn.Module, dtype: torch.dtype) -> list[LoraLayer]:
    return [layer for _, layer in adapter_layers({"": network}) if _can_fuse(layer, dtype)]


def _lay_out(
    parameters: Sequence[nn.Parameter], together: Sequence[Sequence[LoraLayer]]
) -> tuple[dict[nn.Parameter, int], int]:
    """Where each parameter begins in one buffer, and the buffer's size; A of grouped layers lie in a row, B too."""
    grouped = [
        getattr(layer, name)[ADAPTER].weight for layers in together for name in ("lora_A", "lora_B") for layer in layers
    ]
    places: dict[nn.Parameter, int] = {}
    size = 0
    for parameter in (*grouped, *parameters):
        if parameter not in places:
            places[parameter] = size
            size += math.ceil(parameter.numel() / ALIGNMENT) * ALIGNMENT
    return places, size


def _view(buffer: Tensor, place: int, shape: Sequence[int]) -> Tensor:
    return buffer[place : place + math.prod(shape)].view(*shape)


def _fit_together(layers: Sequence[Any], fusing: Sequence[LoraLayer]) -> TypeGuard[list[LoraLayer]]:
    """Whether layers that read the same input can answer together: all alike, and no gaps between their matrices."""
    if any(all(layer is not other for other in fusing) for layer in layers):
        return False
    bases = [layer.get_base_layer() for layer in layers]
    kinds = {(type(base), base.in_features, base.out_features, base.bias is None) for base in bases}
    adapters = {(layer.r[ADAPTER], layer.scaling[ADAPTER]) for layer in layers}
    sizes = [getattr(layers[0], name)[ADAPTER].weight.numel() for name in ("lora_A", "lora_B")]
    return len(kinds) == len(adapters) == 1 and bases[0].bias is None and not any(size % ALIGNMENT for size in sizes)


def _can_fuse(layer: AdapterLayer, dtype: torch.dtype) -> TypeGuard[LoraLayer]:
    """Whether the layer is a LoRA on a plain or small linear that computes in `dtype` and drops nothing out."""
    if not isinstance(layer, LoraLayer):
        return False
    return isinstance(layer.lora_dropout[ADAPTER], nn.Identity) and _computes_in(layer.get_base_layer(), dtype)


def _computes_in(base: Any, dtype: torch.dtype) -> bool:
    """Whether this is a plain or small linear layer that computes in `dtype`."""
    if isinstance(base, Int8Linear):
        return bool(base.scale.dtype == dtype)
    if base.__class__ is nn.Linear:
        return bool(base.weight.dtype == dtype)
    if not is_4bit(base):
        return False
    return base.weight.quant_state.dtype == dtype and (base.bias is None or base.bias.dtype == dtype)


def _scratch(groups: Sequence[Sequence[Any]], device: torch.device, dtype: torch.dtype) -> Tensor | None:
    """Room for the largest small weights made whole: used over and over, so that memory is not chopped up."""
    sizes = [sum(base.in_features * base.out_features for base in bases) for bases in groups if is_small(bases[0])]
    # bitsandbytes writes into a given tensor on graphics cards only.
    return torch.empty(max(sizes), device=device, dtype=dtype) if sizes and device.type == "cuda" else None

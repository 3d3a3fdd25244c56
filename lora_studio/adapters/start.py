"""The first numbers of an adapter that goes on from what a LoRA file has learned."""

from __future__ import annotations

import math
from collections.abc import Mapping

import torch
from peft.tuners.lora import LoraLayer
from torch import Tensor, nn

from lora_studio.adapters.lora import ADAPTER, adapter_layers
from lora_studio.errors import StudioError
from lora_studio.weights.lora import Factor, Lora, LoraModule


def begin_from(networks: Mapping[str, nn.Module], lora: Lora) -> None:
    """Writes a LoRA into fresh layers so that each changes its weight exactly as the file does.

    The layer acts as `scaling * (B @ A)` and the file as `scale * (up @ down)`: A takes `down`, and B `up` times
    `scale / scaling`. Where the layer has more ranks, the further rows of A keep their random numbers and the columns
    of B their zeros; layers that the file lacks stay fresh.

    Args:
        networks: With the layers that `add_adapter` made.
        lora: Its modules have at most the ranks of the layers.

    Raises:
        StudioError: `start_misfit` when a layer is missing or has another size; nothing was written then.
    """
    layers = {path.replace(".text_model.", ".", 1): layer for path, layer in adapter_layers(networks)}
    for path, module in lora.modules.items():
        if path not in layers:
            raise _misfit(lora, f"The base model has no layer {path} that is trained.")
        down, up = _weights(layers[path])
        sizes = module.up.shape[0], module.down.shape[1:2], math.prod(module.down.shape[2:])
        if sizes != (len(up), down.shape[1:2], math.prod(down.shape[2:])) or module.rank > len(down):
            raise _misfit(lora, f"{path} has another size there.")
    with torch.no_grad():
        for path, module in lora.modules.items():
            _write(layers[path], module)


def _weights(layer: LoraLayer) -> tuple[Tensor, Tensor]:
    """A (rank, in[, k, k]) and B (out, rank[, 1, 1])."""
    return layer.lora_A[ADAPTER].weight, layer.lora_B[ADAPTER].weight


def _write(layer: LoraLayer, module: LoraModule) -> None:
    down, up = _weights(layer)
    # A 1 × 1 convolution may be written as a plain matrix, and the other way round.
    down[: module.rank] = _read(module.down).reshape(module.rank, *down.shape[1:])
    factor = module.scale / layer.scaling[ADAPTER]
    up[:, : module.rank] = factor * _read(module.up).reshape(len(up), module.rank, *up.shape[2:])


def _read(factor: Factor) -> Tensor:
    return torch.from_numpy(factor.read().astype("float32"))


def _misfit(lora: Lora, why: str) -> StudioError:
    return StudioError(
        "start_misfit", f"Training cannot go on from {lora.path.name} with this base model.", why,
        "Choose the base that it was made for, or begin with a fresh adapter.",
    )  # fmt: skip

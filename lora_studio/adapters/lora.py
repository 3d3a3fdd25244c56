"""Adapter layers on live networks (LoRA, LoHa, LoKr): added by peft, read out and put back by module path."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, TypeAlias

import torch
from peft import LoHaConfig, LoKrConfig, LoraConfig, inject_adapter_in_model
from peft.tuners.loha import LoHaLayer
from peft.tuners.lokr import LoKrLayer
from peft.tuners.lora import LoraLayer
from torch import Tensor, nn

from lora_studio.config.training import AdapterKind, AdapterSettings, FamilyId
from lora_studio.errors import StudioError
from lora_studio.weights.adapter import adapter_note
from lora_studio.weights.targets import TEXT_ENCODER, UNET_TARGETS

AdapterLayer: TypeAlias = LoraLayer | LoHaLayer | LoKrLayer

ADAPTER = "default"  # peft's name of the one adapter we keep on a network


def add_adapter(networks: Mapping[str, nn.Module], settings: AdapterSettings, seed: int) -> None:
    """Puts fresh layers on the UNet, and on the text encoders where asked. One factor starts at zero: no effect yet.

    The adapter's weights are float32 whatever the base is held in; the base stays frozen.
    """
    torch.manual_seed(seed)
    for component, network in networks.items():
        if component == "unet":
            targets = UNET_TARGETS[settings.targets]
        elif settings.train_text_encoder:
            targets = TEXT_ENCODER
        else:
            continue
        config = _peft_config(settings, targets)
        inject_adapter_in_model(config, network, adapter_name=ADAPTER)
        for parameter in trainable_parameters(network):
            parameter.data = parameter.data.float()


def _peft_config(settings: AdapterSettings, targets: tuple[str, ...]) -> LoraConfig | LoHaConfig | LoKrConfig:
    if settings.kind == "lora":
        return LoraConfig(
            r=settings.rank,
            lora_alpha=settings.alpha,  # peft declares int and computes with it as a float
            lora_dropout=settings.dropout,
            use_rslora=settings.rank_stabilized,
            target_modules=list(targets),
            init_lora_weights=True,
        )
    # Convolutions as matrices, (out, in times window): the other form, with a third tensor, not every program reads.
    shared: dict[str, Any] = {
        "r": settings.rank, "alpha": settings.alpha, "target_modules": list(targets), "use_effective_conv2d": False,
    }  # fmt: skip
    if settings.kind == "loha":
        return LoHaConfig(**shared)
    return LoKrConfig(**shared, decompose_factor=settings.lokr_factor)


def trainable_parameters(network: nn.Module) -> list[nn.Parameter]:
    """The adapter's parameters in module order."""
    return [parameter for parameter in network.parameters() if parameter.requires_grad]


def adapter_layers(networks: Mapping[str, nn.Module]) -> Iterator[tuple[str, AdapterLayer]]:
    """Every adapter layer as (`component.module.path`, layer)."""
    for component, network in networks.items():
        for path, module in network.named_modules():
            if isinstance(module, AdapterLayer) and ADAPTER in module.r:
                yield f"{component}.{path}", module


@contextmanager
def without_dropout(networks: Mapping[str, nn.Module]) -> Iterator[None]:
    """Inside the block the whole adapter acts, as it will in use: for samples and check losses."""
    dropouts = [layer.lora_dropout for _, layer in adapter_layers(networks) if isinstance(layer, LoraLayer)]
    for dropout in dropouts:
        dropout.eval()
    try:
        yield
    finally:
        for dropout in dropouts:
            dropout.train()


@contextmanager
def without_adapter(networks: Mapping[str, nn.Module]) -> Iterator[None]:
    """Inside the block the base answers alone. Nothing else about the layers changes, their gradients included."""
    layers = [layer for _, layer in adapter_layers(networks)]
    # Not peft's own switch: that one also freezes the adapter's weights and thaws them again.
    for layer in layers:
        layer._disable_adapters = True
    try:
        yield
    finally:
        for layer in layers:
            layer._disable_adapters = False


def read_adapter(networks: Mapping[str, nn.Module]) -> dict[str, Tensor]:
    """The adapter as float32 CPU copies: `component.path.lora_A.weight` (rank, in), `….lora_B.weight` (out, rank).

    Convolutions have (rank, in, height, width) and (out, rank, 1, 1). Factors of LoHa and LoKr are named and shaped as
    `weights.factors` says.
    """
    return {
        name: weight.detach().to("cpu", torch.float32, copy=True).contiguous()
        for name, weight in _adapter_weights(networks).items()
    }


def write_adapter(networks: Mapping[str, nn.Module], tensors: Mapping[str, Tensor]) -> None:
    """Copies `tensors`, as `read_adapter` names them, into the live layers.

    Raises:
        StudioError: They were made for other layers.
    """
    live = _adapter_weights(networks)
    if live.keys() != tensors.keys():
        raise StudioError(
            "adapter_mismatch",
            "The saved adapter does not fit this base model and these settings.",
            f"{len(live.keys() - tensors.keys())} of its layers are missing, "
            f"{len(tensors.keys() - live.keys())} are unknown.",
            "Start a new run.",
        )
    with torch.no_grad():
        for name, weight in live.items():
            weight.copy_(tensors[name])


def _adapter_weights(networks: Mapping[str, nn.Module]) -> dict[str, Tensor]:
    """The live parameters by the names of `read_adapter`."""
    return {
        f"{path}.{leaf}": weight for path, layer in adapter_layers(networks) for leaf, weight in _factors(layer).items()
    }


def _factors(layer: AdapterLayer) -> dict[str, Tensor]:
    """A layer's own parameters by the end of their names."""
    if isinstance(layer, LoraLayer):
        return {f"{matrix}.weight": getattr(layer, matrix)[ADAPTER].weight for matrix in ("lora_A", "lora_B")}
    found = {leaf: getattr(layer, leaf) for leaf in layer.adapter_layer_names}
    return {leaf: weights[ADAPTER] for leaf, weights in found.items() if ADAPTER in weights}


def adapter_metadata(networks: Mapping[str, nn.Module], family: FamilyId) -> dict[str, str]:
    """What an adapter file says of itself: its kind, and each module's rank and alpha (scaling times rank)."""
    layers = dict(adapter_layers(networks))
    modules = {path: (layer.r[ADAPTER], layer.scaling[ADAPTER] * layer.r[ADAPTER]) for path, layer in layers.items()}
    return adapter_note(family, modules, _kind_of(next(iter(layers.values()))))


def _kind_of(layer: AdapterLayer) -> AdapterKind:
    if isinstance(layer, LoHaLayer):
        return "loha"
    return "lokr" if isinstance(layer, LoKrLayer) else "lora"

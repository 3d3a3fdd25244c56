"""LoRA layers on live networks: added by peft, read out and put back by module path."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import torch
from peft import LoraConfig, inject_adapter_in_model
from peft.tuners.lora import LoraLayer
from torch import Tensor, nn

from lora_studio.config.training import AdapterSettings, FamilyId
from lora_studio.errors import StudioError
from lora_studio.weights.adapter import adapter_note
from lora_studio.weights.targets import TEXT_ENCODER, UNET_TARGETS

ADAPTER = "default"  # peft's name of the one adapter we keep on a network


def add_adapter(networks: Mapping[str, nn.Module], settings: AdapterSettings, seed: int) -> None:
    """Puts fresh LoRA layers on the UNet, and on the text encoders where asked. B starts at zero: no effect yet.

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
        config = LoraConfig(
            r=settings.rank,
            lora_alpha=settings.alpha,  # peft declares int and computes with it as a float
            lora_dropout=settings.dropout,
            use_rslora=settings.rank_stabilized,
            target_modules=list(targets),
            init_lora_weights=True,
        )
        inject_adapter_in_model(config, network, adapter_name=ADAPTER)
        for parameter in trainable_parameters(network):
            parameter.data = parameter.data.float()


def trainable_parameters(network: nn.Module) -> list[nn.Parameter]:
    """The adapter's parameters in module order."""
    return [parameter for parameter in network.parameters() if parameter.requires_grad]


def adapter_layers(networks: Mapping[str, nn.Module]) -> Iterator[tuple[str, LoraLayer]]:
    """Every LoRA layer as (`component.module.path`, layer)."""
    for component, network in networks.items():
        for path, module in network.named_modules():
            if isinstance(module, LoraLayer) and ADAPTER in module.r:
                yield f"{component}.{path}", module


@contextmanager
def without_dropout(networks: Mapping[str, nn.Module]) -> Iterator[None]:
    """Inside the block the whole adapter acts, as it will in use: for samples and check losses."""
    dropouts = [layer.lora_dropout for _, layer in adapter_layers(networks)]
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

    Convolutions have (rank, in, height, width) and (out, rank, 1, 1).
    """
    tensors: dict[str, Tensor] = {}
    for path, layer in adapter_layers(networks):
        for matrix in ("lora_A", "lora_B"):
            weight = getattr(layer, matrix)[ADAPTER].weight
            tensors[f"{path}.{matrix}.weight"] = weight.detach().to("cpu", torch.float32, copy=True).contiguous()
    return tensors


def write_adapter(networks: Mapping[str, nn.Module], tensors: Mapping[str, Tensor]) -> None:
    """Copies `tensors`, as `read_adapter` names them, into the live layers.

    Raises:
        StudioError: They were made for other layers.
    """
    expected = {f"{path}.{matrix}.weight" for path, _ in adapter_layers(networks) for matrix in ("lora_A", "lora_B")}
    if expected != set(tensors):
        raise StudioError(
            "adapter_mismatch",
            "The saved adapter does not fit this base model and these settings.",
            f"{len(expected - set(tensors))} of its layers are missing, {len(set(tensors) - expected)} are unknown.",
            "Start a new run.",
        )
    with torch.no_grad():
        for path, layer in adapter_layers(networks):
            for matrix in ("lora_A", "lora_B"):
                getattr(layer, matrix)[ADAPTER].weight.copy_(tensors[f"{path}.{matrix}.weight"])


def adapter_metadata(networks: Mapping[str, nn.Module], family: FamilyId) -> dict[str, str]:
    """What an adapter file says of itself: rank and effective alpha (scaling times rank) of each module."""
    return adapter_note(
        family,
        {
            path: (layer.r[ADAPTER], layer.scaling[ADAPTER] * layer.r[ADAPTER])
            for path, layer in adapter_layers(networks)
        },
    )

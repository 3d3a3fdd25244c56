"""Optimisers by their described settings, and their state as plain tensors (no pickle)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from lora_studio.config.training import AdamW, AdamW8bit, Optimizer
from lora_studio.errors import StudioError

ParameterGroup = dict[str, Any]


def parameter_groups(
    unet: Sequence[nn.Parameter], text: Sequence[nn.Parameter], settings: AdamW
) -> list[ParameterGroup]:
    """The adapter's parameters with their full learning rates (`base_lr`), the text encoders' apart."""
    groups: list[ParameterGroup] = [{"params": list(unet), "base_lr": settings.learning_rate}]
    if text:
        groups.append({"params": list(text), "base_lr": settings.text_encoder_rate})
    for group in groups:
        group["lr"] = group["base_lr"]
    return groups


def make_optimizer(groups: list[ParameterGroup], settings: Optimizer, device: torch.device) -> torch.optim.Optimizer:
    """The optimiser that `settings` describe.

    Raises:
        StudioError: It needs bitsandbytes, which is missing or does not run here.
    """
    options: dict[str, Any] = {
        "betas": (settings.beta1, settings.beta2),
        "weight_decay": settings.weight_decay,
    }
    if isinstance(settings, AdamW8bit):
        try:
            import bitsandbytes
        except (ImportError, OSError, RuntimeError) as error:
            raise StudioError(
                "optimizer_unavailable",
                "The 8-bit optimiser does not run on this computer.",
                f"bitsandbytes is missing or broken: {error}",
                "Set optimizer.type to adamw.",
            ) from error
        optimizer: torch.optim.Optimizer = bitsandbytes.optim.AdamW8bit(groups, **options)
        return optimizer
    return torch.optim.AdamW(groups, fused=device.type == "cuda", **options)


def set_rate(optimizer: torch.optim.Optimizer, factor: float) -> float:
    """Sets every group's rate to its full rate times `factor`; returns the first group's."""
    for group in optimizer.param_groups:
        group["lr"] = group["base_lr"] * factor
    return float(optimizer.param_groups[0]["lr"])


def optimizer_state(optimizer: torch.optim.Optimizer) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Moments as tensors named `parameter.key`, and the plain numbers beside them."""
    tensors: dict[str, Tensor] = {}
    numbers: dict[str, Any] = {}
    for index, state in optimizer.state_dict()["state"].items():
        for key, value in _flat(state):
            if isinstance(value, Tensor):
                tensors[f"{index}.{key}"] = value.detach().to("cpu", copy=True).contiguous()
            else:
                numbers[f"{index}.{key}"] = value
    return tensors, numbers


def _flat(state: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Every entry, with bitsandbytes' inner group of 8-bit moments opened; it reads them back either way."""
    for key, value in state.items():
        if isinstance(value, Mapping):
            yield from _flat(value)
        else:
            yield key, value


def restore_optimizer(
    optimizer: torch.optim.Optimizer, tensors: Mapping[str, Tensor], numbers: Mapping[str, Any]
) -> None:
    """Puts back what `optimizer_state` gave; the groups must hold the same parameters in the same order."""
    state: dict[int, dict[str, Any]] = {}
    for name, value in [*tensors.items(), *numbers.items()]:
        index, _, key = name.partition(".")
        state.setdefault(int(index), {})[key] = value
    optimizer.load_state_dict({"state": state, "param_groups": optimizer.state_dict()["param_groups"]})

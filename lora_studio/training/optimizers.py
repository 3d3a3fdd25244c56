"""Optimisers by their described settings, and their state as plain tensors (no pickle)."""

from __future__ import annotations

import importlib
import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from lora_studio.config.training import OptimizerSettings
from lora_studio.errors import StudioError

ParameterGroup = dict[str, Any]


def parameter_groups(
    unet: Sequence[nn.Parameter], text: Sequence[nn.Parameter], settings: OptimizerSettings
) -> list[ParameterGroup]:
    """The adapter's parameters with their full learning rates (`base_lr`), the text encoders' apart.

    Prodigy multiplies what it finds with 1 for all of them; it has one estimate and takes no other rates.
    """
    finds_rate = settings.type == "prodigy"
    groups: list[ParameterGroup] = [
        {"params": list(unet), "base_lr": 1.0 if finds_rate else settings.learning_rate},
        {"params": list(text), "base_lr": 1.0 if finds_rate else settings.text_encoder_rate},
    ]
    for group in groups:
        group["lr"] = group["base_lr"]
    return [group for group in groups if group["params"]]


def make_optimizer(
    groups: list[ParameterGroup], settings: OptimizerSettings, device: torch.device
) -> torch.optim.Optimizer:
    """The optimiser that `settings` describe, ready for steps.

    Raises:
        StudioError: `optimizer_unavailable` when its library is missing or does not run here.
    """
    kind, decay = settings.type, settings.weight_decay
    options: dict[str, Any] = {"betas": (settings.beta1, settings.beta2), "weight_decay": decay}
    made: torch.optim.Optimizer
    if kind == "adamw":
        return torch.optim.AdamW(groups, fused=device.type == "cuda", **options)
    if kind == "adafactor":
        from transformers.optimization import Adafactor  # not at the top: much of a trainer comes with it

        # Its own rates are for training whole models; ours follow the schedule.
        made = Adafactor(groups, scale_parameter=False, relative_step=False, weight_decay=decay)
        return made
    if kind == "paged_adamw8bit" and device.type != "cuda":
        raise StudioError(
            "optimizer_unavailable", "The optimiser AdamW 8-bit paged needs an NVIDIA card.",
            f"This training runs on {device.type}, where there is nothing to move its memory off.",
            "Set “Optimiser” to AdamW 8-bit.",
        )  # fmt: skip
    if kind == "prodigy":
        made = _library("prodigyopt", kind).Prodigy(groups, use_bias_correction=True, safeguard_warmup=True, **options)
        return made
    if kind == "schedule_free":
        averaging = _library("schedulefree", kind).AdamWScheduleFree(groups, **options)
        averaging.train()
        made = averaging
        return made
    library = _library("bitsandbytes", kind).optim
    if kind == "lion8bit":
        made = library.Lion8bit(groups, weight_decay=decay)  # its usual betas are not AdamW's
        return made
    made = (library.PagedAdamW8bit if kind == "paged_adamw8bit" else library.AdamW8bit)(groups, **options)
    return made


def _library(name: str, optimizer: str) -> Any:
    try:
        return importlib.import_module(name)
    except (ImportError, OSError, RuntimeError) as error:
        raise StudioError(
            "optimizer_unavailable",
            f"The optimiser {optimizer} does not run on this computer.",
            f"{name} is missing or broken: {error}",
            f"Set “Optimiser” to AdamW, or install {name}.",
        ) from error


def set_rate(optimizer: torch.optim.Optimizer, factor: float) -> float:
    """Sets every group's rate to its full rate times `factor`; returns the first group's, as it acts."""
    for group in optimizer.param_groups:
        group["lr"] = group["base_lr"] * factor
    first = optimizer.param_groups[0]
    return float(first["lr"] * first.get("d", 1.0))  # d is what Prodigy found


def group_numbers(optimizer: torch.optim.Optimizer) -> dict[str, float]:
    """The plain numbers of each group, named `group.number.key`: some optimisers count and estimate there."""
    return {
        f"group.{number}.{key}": value
        for number, group in enumerate(optimizer.param_groups)
        for key, value in group.items()
        if isinstance(value, int | float) and math.isfinite(value)
    }


def set_group_numbers(optimizer: torch.optim.Optimizer, numbers: Mapping[str, float]) -> None:
    """Puts back what `group_numbers` gave."""
    for name, value in numbers.items():
        _, number, key = name.split(".", 2)
        optimizer.param_groups[int(number)][key] = value


def optimizer_state(optimizer: torch.optim.Optimizer) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Moments as tensors named `parameter.key`, and the plain numbers beside them and of the groups."""
    tensors: dict[str, Tensor] = {}
    numbers: dict[str, Any] = dict(group_numbers(optimizer))
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
    of_groups = {name: value for name, value in numbers.items() if name.startswith("group.")}
    for name, value in [*tensors.items(), *numbers.items()]:
        if name not in of_groups:
            index, _, key = name.partition(".")
            state.setdefault(int(index), {})[key] = value
    optimizer.load_state_dict({"state": state, "param_groups": optimizer.state_dict()["param_groups"]})
    set_group_numbers(optimizer, of_groups)

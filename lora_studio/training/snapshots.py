"""A training's whole state as files: adapter, optimiser, and the few numbers beside them. No pickle."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import safetensors.torch
import torch
from pydantic import BaseModel, ConfigDict
from torch import Tensor, nn

from lora_studio import storage
from lora_studio.adapters.lora import adapter_metadata, read_adapter, write_adapter
from lora_studio.config.training import FamilyId
from lora_studio.errors import ExitCode, StudioError
from lora_studio.training.averaging import ShownWeights
from lora_studio.training.optimizers import optimizer_state, restore_optimizer

ADAPTER_FILE = "adapter.safetensors"
AVERAGE_FILE = "average.safetensors"
OPTIMIZER_FILE = "optimizer.safetensors"
STATE_FILE = "state.json"


class TrainingState(BaseModel):
    """The numbers that a resumed run needs beside its tensors.

    Attributes:
        step: Optimiser steps taken, counted once over the whole life of the run.
        attempt: How often the run went back after its numbers left their range.
        seconds: Time spent training so far.
        recent_loss: Smoothed loss.
        base: Fingerprint of the base model that the adapter learned on; empty in older save points.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    step: int = 0
    attempt: int = 0
    seconds: float = 0.0
    recent_loss: float | None = None
    base: str = ""
    optimizer_numbers: dict[str, Any] = {}
    scaler: dict[str, Any] = {}


def save_adapter(path: Path, networks: Mapping[str, nn.Module], family: FamilyId) -> None:
    """Writes the live adapter as a studio adapter file.

    Raises:
        StudioError: Some of its numbers are not finite; nothing is written.
    """
    storage.write_file(path, _adapter_bytes(networks, family))


def _adapter_bytes(networks: Mapping[str, nn.Module], family: FamilyId) -> bytes:
    tensors = read_adapter(networks)
    refuse_non_finite(tensors)
    content: bytes = safetensors.torch.save(tensors, metadata=adapter_metadata(networks, family))
    return content


def refuse_non_finite(tensors: Mapping[str, Tensor]) -> None:
    """Raises `StudioError` when a value is infinite or not a number, so that it never reaches a saved file."""
    most = torch.nn.utils.get_total_norm(tensors.values(), torch.inf)
    if bool(torch.isfinite(most)):  # the card is waited for once, not for each tensor
        return
    bad = [name for name, tensor in tensors.items() if not bool(torch.isfinite(tensor).all())]
    if bad:
        raise StudioError(
            "numbers_out_of_range",
            "The adapter's numbers went out of range.",
            f"{len(bad)} of its layers hold values that are not numbers. Nothing of it was saved; "
            "earlier epochs are untouched.",
            "Start again with a lower learning rate.",
            ExitCode.NON_FINITE,
        )


def state_files(
    networks: Mapping[str, nn.Module],
    optimizer: torch.optim.Optimizer,
    weights: ShownWeights,
    state: TrainingState,
    family: FamilyId,
) -> dict[str, bytes]:
    """Everything `load_state` needs as files by name, as it is at this moment; nothing is written.

    Raises:
        StudioError: Some numbers are not finite.
    """
    files = {ADAPTER_FILE: _adapter_bytes(networks, family)}
    if weights.has_average:
        with weights.shown():
            files[AVERAGE_FILE] = _adapter_bytes(networks, family)
    moments, numbers = optimizer_state(optimizer)
    refuse_non_finite({name: tensor for name, tensor in moments.items() if tensor.is_floating_point()})
    files[OPTIMIZER_FILE] = safetensors.torch.save(moments)
    kept = state.model_copy(update={"optimizer_numbers": numbers})
    files[STATE_FILE] = kept.model_dump_json(indent=1).encode()
    return files


def load_state(
    folder: Path, networks: Mapping[str, nn.Module], optimizer: torch.optim.Optimizer, weights: ShownWeights
) -> TrainingState:
    """Puts a saved state back into the live adapter, its average and the optimiser, and returns its numbers."""
    if weights.has_average:
        write_adapter(networks, safetensors.torch.load_file(folder / AVERAGE_FILE))
        weights.restart()
    write_adapter(networks, safetensors.torch.load_file(folder / ADAPTER_FILE))
    state = TrainingState.model_validate(json.loads((folder / STATE_FILE).read_text("utf-8")))
    restore_optimizer(optimizer, safetensors.torch.load_file(folder / OPTIMIZER_FILE), state.optimizer_numbers)
    return state

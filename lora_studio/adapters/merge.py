"""Adds an adapter file's change to the weights of live, unquantised networks, for drawing with it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor, nn

from lora_studio.config.training import FamilyId
from lora_studio.errors import StudioError
from lora_studio.weights.header import Header, read_header, read_tensor
from lora_studio.weights.names import build_reading_table


def merge_adapter(networks: Mapping[str, nn.Module], family: FamilyId, path: Path, strength: float) -> int:
    """Adds `strength * alpha / rank * up @ down` to every module the file names, and returns how many.

    Reads the kohya scheme, which is what the app exports.

    Raises:
        StudioError: `adapter_not_for_base` when names or sizes do not fit; nothing was changed then. Also as
            `read_header`.
    """
    header = read_header(path)
    modules = {
        f"{component}.{name}": module
        for component, network in networks.items()
        for name, module in network.named_modules()
        if isinstance(module, nn.Linear | nn.Conv2d)
    }
    table = build_reading_table(family, modules)
    stems = sorted({name.partition(".")[0] for name in header.tensors})
    unknown = [stem for stem in stems if stem not in table]
    if unknown or not stems:
        raise _not_for_base(path, f"{len(unknown)} of its {len(stems)} layers are unknown here, first {unknown[:1]}.")
    changes = {stem: _change(path, header, stem) for stem in stems}
    for stem, change in changes.items():
        weight = modules[table[stem]].weight
        if change.shape != (weight.shape[0], weight[0].numel()):
            raise _not_for_base(path, f"{stem} has another size than the base's layer.")
    with torch.no_grad():
        for stem, change in changes.items():
            weight = modules[table[stem]].weight
            weight += (strength * change).reshape(weight.shape).to(weight.device, weight.dtype)
    return len(changes)


def _change(path: Path, header: Header, stem: str) -> Tensor:
    """The module's change of weight at strength 1, (out, in) with a convolution's window flattened into `in`."""
    names = [f"{stem}.{leaf}" for leaf in ("lora_down.weight", "lora_up.weight")]
    # A middle matrix or a magnitude (LoCon, DoRA) changes what the other two mean.
    own = {name for name in header.tensors if name.partition(".")[0] == stem}
    if own - {f"{stem}.alpha"} != set(names):
        raise _not_for_base(path, f"{stem} is not a plain LoRA layer.")
    down, up = (torch.from_numpy(read_tensor(path, header, name).astype("float32")) for name in names)
    rank = down.shape[0]
    alpha = float(read_tensor(path, header, f"{stem}.alpha")) if f"{stem}.alpha" in header.tensors else float(rank)
    return (alpha / rank) * (up.flatten(1) @ down.flatten(1))


def _not_for_base(path: Path, why: str) -> StudioError:
    return StudioError(
        "adapter_not_for_base",
        f"{path.name} does not fit this base model.",
        why,
        "Choose the base it was trained on; `lora-studio inspect` tells its family.",
    )

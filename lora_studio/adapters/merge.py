"""Adds an adapter file's change to the weights of live, unquantised networks, for drawing with it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor, nn

from lora_studio.config.training import FamilyId
from lora_studio.errors import StudioError
from lora_studio.weights.factors import LOHA, LOKR_PRODUCT, LOKR_WHOLE, change_of, fits_rank
from lora_studio.weights.header import Header, read_header, read_tensor
from lora_studio.weights.names import build_reading_table

KOHYA_LORA = ("lora_up.weight", "lora_down.weight")


def merge_adapter(networks: Mapping[str, nn.Module], family: FamilyId, path: Path, strength: float) -> int:
    """Adds `strength` times its change to every module the file names, and returns how many.

    Reads LoRA in the kohya scheme and LoHa and LoKr as LyCORIS writes them, which is what the app exports.

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
    # A middle matrix or a magnitude (LoCon, DoRA) changes what the others mean.
    leaves = {name.partition(".")[2] for name in header.tensors if name.partition(".")[0] == stem} - {"alpha"}
    form = next((form for form in (KOHYA_LORA, LOHA, LOKR_WHOLE, LOKR_PRODUCT) if set(form) == leaves), None)
    if form is None:
        raise _not_for_base(path, f"{stem} is not a plain LoRA, LoHa or LoKr layer.")
    found = {leaf: header.tensors[f"{stem}.{leaf}"] for leaf in form}
    rank = found[form[-1]].shape[0] if form != LOKR_WHOLE else 1
    if form != KOHYA_LORA and not fits_rank(found, rank):
        raise _not_for_base(path, f"{stem} holds factors that do not fit each other.")
    factors = {leaf: read_tensor(path, header, f"{stem}.{leaf}").astype("float32") for leaf in form}
    if form == LOKR_WHOLE:
        return torch.from_numpy(change_of(factors))
    alpha = float(read_tensor(path, header, f"{stem}.alpha")) if f"{stem}.alpha" in header.tensors else float(rank)
    if form != KOHYA_LORA:
        return torch.from_numpy((alpha / rank) * change_of(factors))
    up, down = (torch.from_numpy(factors[leaf]) for leaf in form)
    return (alpha / rank) * (up.flatten(1) @ down.flatten(1))


def _not_for_base(path: Path, why: str) -> StudioError:
    return StudioError(
        "adapter_not_for_base",
        f"{path.name} does not fit this base model.",
        why,
        "Choose the base it was trained on; `lora-studio inspect` tells its family.",
    )

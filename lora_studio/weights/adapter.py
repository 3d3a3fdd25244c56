"""The adapter file our trainer writes at a checkpoint: exact tensors, and a note with each module's strength.

Everything that is exported for other programs starts from such a file.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from lora_studio.config.training import FamilyId
from lora_studio.errors import StudioError
from lora_studio.weights.header import Header, read_header

ADAPTER_KEY = "lora_studio.adapter"
_FLOATS = {"F32", "F16", "BF16"}


class ModuleNote(BaseModel):
    """Rank and alpha of one module; its change to the model is `alpha / rank * (lora_B @ lora_A)`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    rank: int = Field(ge=1)
    # Zero, also after rounding to float32, is refused: some programs read it as "equal to the rank".
    alpha: float = Field(ge=1e-30, le=1e30)


class AdapterNote(BaseModel):
    """The metadata value under `lora_studio.adapter`; modules are named like `unet.<path>`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    family: FamilyId
    modules: dict[str, ModuleNote] = Field(min_length=1)


@dataclass(frozen=True, slots=True)
class StudioAdapter:
    """A checked adapter: each noted module has exactly one `lora_A` and one `lora_B` that fit its rank."""

    path: Path
    header: Header
    note: AdapterNote


def adapter_note(family: FamilyId, modules: Mapping[str, tuple[int, float]]) -> dict[str, str]:
    """The metadata the trainer passes to the library when it saves; modules map a path to (rank, alpha).

    Alpha is the live scaling times the rank, so rank-stabilised scaling needs no flag of its own.

    Raises:
        ValueError: a rank below 1, an alpha that is not positive and finite, or no module at all.
    """
    notes = {path: ModuleNote(rank=rank, alpha=alpha) for path, (rank, alpha) in modules.items()}
    return {ADAPTER_KEY: AdapterNote(family=family, modules=notes).model_dump_json()}


def read_adapter(path: Path) -> StudioAdapter:
    """Opens an adapter our trainer saved, and checks its tensors against its note.

    Raises:
        StudioError: as `read_header`; `not_an_adapter` without the note; `adapter_inconsistent` when note and
            tensors disagree.
    """
    header = read_header(path)
    if ADAPTER_KEY not in header.metadata:
        raise StudioError(
            "not_an_adapter",
            f"{path.name} was not saved by LoRA Studio's trainer.",
            "It has no note about its modules.",
            "Choose a checkpoint of one of your runs.",
        )
    note = _parse_note(path, header.metadata[ADAPTER_KEY])
    problems = _disagreements(header, note)
    if problems:
        raise _inconsistent(path, "; ".join(problems[:5]))
    return StudioAdapter(path, header, note)


def _parse_note(path: Path, text: str) -> AdapterNote:
    try:
        return AdapterNote.model_validate_json(text)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise _inconsistent(path, f"{where}: {first['msg']}") from error


def _disagreements(header: Header, note: AdapterNote) -> list[str]:
    """One line per tensor that is missing, extra, or does not fit the rank."""
    problems = []
    expected = {f"{module}.{side}.weight" for module in note.modules for side in ("lora_A", "lora_B")}
    problems += [f"{name} is missing" for name in sorted(expected - header.tensors.keys())]
    problems += [f"{name} is not in the note" for name in sorted(header.tensors.keys() - expected)]
    if problems:
        return problems
    for module, numbers in note.modules.items():
        down = header.tensors[f"{module}.lora_A.weight"]
        up = header.tensors[f"{module}.lora_B.weight"]
        if not {down.dtype, up.dtype} <= _FLOATS:
            problems.append(f"{module} is stored as {down.dtype} and {up.dtype}")
        elif len(down.shape) not in (2, 4) or len(up.shape) != len(down.shape):
            problems.append(f"{module} has shapes {down.shape} and {up.shape}")
        elif down.shape[0] != numbers.rank or up.shape[1] != numbers.rank or up.shape[2:] not in ((), (1, 1)):
            problems.append(f"{module} has shapes {down.shape} and {up.shape}, not rank {numbers.rank}")
    return problems


def _inconsistent(path: Path, why: str) -> StudioError:
    return StudioError(
        "adapter_inconsistent",
        f"{path.name} does not agree with its own note.",
        f"Found: {why[:600]}.",
        "Use another checkpoint of the run; the older ones are untouched.",
    )

"""The adapter file our trainer writes at a checkpoint: exact tensors, and a note with each module's strength.

Everything that is exported for other programs starts from such a file.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from lora_studio.config.training import AdapterKind, FamilyId
from lora_studio.errors import StudioError
from lora_studio.weights.factors import factor_leaves, fits_rank
from lora_studio.weights.header import Header, read_header

ADAPTER_KEY = "lora_studio.adapter"
_FLOATS = {"F32", "F16", "BF16"}


class ModuleNote(BaseModel):
    """Rank and alpha of one module; its change to the model is `alpha / rank` times what its factors make.

    So it is also for a LoKr of two whole factors, where other programs' files have no strength.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    rank: int = Field(ge=1)
    # Zero, also after rounding to float32, is refused: some programs read it as "equal to the rank".
    alpha: float = Field(ge=1e-30, le=1e30)


class AdapterNote(BaseModel):
    """The metadata value under `lora_studio.adapter`; modules are named like `unet.<path>`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    family: FamilyId
    kind: AdapterKind = "lora"  # files from before there were others do not say
    modules: dict[str, ModuleNote] = Field(min_length=1)


@dataclass(frozen=True, slots=True)
class StudioAdapter:
    """A checked adapter: each noted module has exactly the factors of its kind, and they fit its rank."""

    path: Path
    header: Header
    note: AdapterNote

    def leaves(self, module: str) -> tuple[str, ...]:
        """The ends of the names of a module's tensors."""
        return factor_leaves(self.note.kind, self.header.tensors, module)


def adapter_note(
    family: FamilyId, modules: Mapping[str, tuple[int, float]], kind: AdapterKind = "lora"
) -> dict[str, str]:
    """The metadata the trainer passes to the library when it saves; modules map a path to (rank, alpha).

    Alpha is the live scaling times the rank, so rank-stabilised scaling needs no flag of its own.

    Raises:
        ValueError: a rank below 1, an alpha that is not positive and finite, or no module at all.
    """
    notes = {path: ModuleNote(rank=rank, alpha=alpha) for path, (rank, alpha) in modules.items()}
    return {ADAPTER_KEY: AdapterNote(family=family, kind=kind, modules=notes).model_dump_json()}


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
    leaves = {module: factor_leaves(note.kind, header.tensors, module) for module in note.modules}
    expected = {f"{module}.{leaf}" for module in note.modules for leaf in leaves[module]}
    problems = [f"{name} is missing" for name in sorted(expected - header.tensors.keys())]
    problems += [f"{name} is not in the note" for name in sorted(header.tensors.keys() - expected)]
    if problems:
        return problems
    for module, numbers in note.modules.items():
        found = {leaf: header.tensors[f"{module}.{leaf}"] for leaf in leaves[module]}
        if not {info.dtype for info in found.values()} <= _FLOATS:
            problems.append(f"{module} is stored as {' and '.join(info.dtype for info in found.values())}")
        elif note.kind == "lora":
            down, up = (info.shape for info in found.values())
            problems += _lora_disagreements(module, down, up, numbers.rank)
        elif not fits_rank(found, numbers.rank):
            shapes = " and ".join(str(info.shape) for info in found.values())
            problems.append(f"{module} has shapes {shapes}, not rank {numbers.rank}")
    return problems


def _lora_disagreements(module: str, down: tuple[int, ...], up: tuple[int, ...], rank: int) -> list[str]:
    if len(down) not in (2, 4) or len(up) != len(down):
        return [f"{module} has shapes {down} and {up}"]
    if down[0] != rank or up[1] != rank or up[2:] not in ((), (1, 1)):
        return [f"{module} has shapes {down} and {up}, not rank {rank}"]
    return []


def _inconsistent(path: Path, why: str) -> StudioError:
    return StudioError(
        "adapter_inconsistent",
        f"{path.name} does not agree with its own note.",
        f"Found: {why[:600]}.",
        "Use another checkpoint of the run; the older ones are untouched.",
    )

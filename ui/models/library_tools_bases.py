"""What the tools do with base models and with adapters of other kinds: the wishes, what is offered, and the work."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QCoreApplication

from lora_studio import paths
from lora_studio.bases import FoundBase, adaptable_files, find_base, read_layers
from lora_studio.config.training import FamilyId
from lora_studio.weights.bake import BakeResult, bake_folder, bake_loras
from lora_studio.weights.base_layers import BaseLayers
from lora_studio.weights.extract import ExtractResult, ExtractTargets, extract_lora
from lora_studio.weights.lora import Lora
from lora_studio.weights.merge import Part
from lora_studio.weights.other_kinds import OtherAdapter, read_other
from lora_studio.weights.plain import PlainResult, make_plain
from ui.models.base_models import is_practice
from ui.models.engine_words import engine_words
from ui.models.library_words import base_name, family_word

MOST_EXTRACTED_RANK = 256
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class OpenedOther:
    """An adapter of another kind, which can become a plain LoRA and nothing else."""

    adapter: OtherAdapter
    size_bytes: int

    @property
    def path(self) -> Path:
        return self.adapter.path


@dataclass(frozen=True, slots=True)
class BakeWish:
    """How strongly each opened file is added to `base`, in their order; None while no base is chosen."""

    base: FoundBase | None
    weights: tuple[float, ...]

    @property
    def makes_folder(self) -> bool:
        return self.base is not None and is_folder(self.base)


@dataclass(frozen=True, slots=True)
class ExtractWish:
    """What `tuned` learned beyond `base`: at most `rank` ranks, or the share `keep` (0 to 1); one of the two."""

    tuned: FoundBase | None
    base: FoundBase | None
    rank: int | None
    keep: float | None
    targets: ExtractTargets
    text_encoder: bool


@dataclass(frozen=True, slots=True)
class PlainWish:
    """At most `rank` ranks in a layer, or the share `keep` (0 to 1) of each layer's change; `base` is for a DoRA."""

    rank: int | None
    keep: float | None
    base: FoundBase | None


BaseWish = BakeWish | ExtractWish | PlainWish


def open_other(path: Path) -> OpenedOther:
    """Reads names and shapes; for a worker thread.

    Raises:
        StudioError: as `read_other`.
    """
    return OpenedOther(read_other(path), path.stat().st_size)


def is_folder(base: FoundBase) -> bool:
    """Whether a base is a folder in the diffusers layout; told by its name, so no disk is asked."""
    return Path(base.source).suffix.lower() != ".safetensors"


def folder_for(base: FoundBase) -> Path:
    """Where a model made from `base` belongs: beside a file; a folder may lie in a cache, so in the app's own place."""
    return paths.models_dir() if is_folder(base) else Path(base.source).parent


def layers_of(base: FoundBase) -> BaseLayers:
    """Where its layers lie; for a worker thread.

    Raises:
        StudioError: as `find_base` and `read_layers`.
    """
    return read_layers(find_base(base.source))


def offered_bases(bases: Sequence[FoundBase], family: FamilyId | None) -> tuple[list[FoundBase], list[str]]:
    """Those that can be chosen, and a sentence for each of the others; without a `family` it may be any."""
    offered, reasons = [], []
    for base in bases:
        reason = why_not(base, family)
        if reason:
            reasons.append(reason)
        else:
            offered.append(base)
    return offered, reasons


def why_not(base: FoundBase, family: FamilyId | None) -> str:
    """Why a base cannot be chosen here; empty when it can."""
    name = base_name(base)
    if is_practice(base):
        return _tr("The Practice base is part of the app.")
    if not base.usable or base.family is None:
        return _tr("{name}: {reason}").format(name=name, reason=engine_words(base.reason))
    if family is not None and base.family != family:
        words = _tr("{name} is {its}, and {family} is needed.")
        return words.format(name=name, its=family_word(base.family), family=family_word(family))
    return ""


def bake(loras: Sequence[Lora], wish: BakeWish, target: Path, progress: Progress) -> BakeResult:
    """Writes the base with the adapters added; `target` is a folder where the base is one.

    Raises:
        StudioError: as `find_base`, `bake_loras` and `bake_folder`, and what `progress` raises.
    """
    assert wish.base is not None
    model = find_base(wish.base.source)
    assert model.family != "practice", "it is not offered"
    parts = [Part(lora, weight) for lora, weight in zip(loras, wish.weights, strict=True)]
    if model.checkpoint is not None:
        return bake_loras(model.checkpoint, model.family, parts, target, progress)
    return bake_folder(model.folder, adaptable_files(model), model.family, parts, target, progress)


def extract(wish: ExtractWish, target: Path, progress: Progress) -> ExtractResult:
    """Writes the difference of the two bases.

    Raises:
        StudioError: as `find_base` and `extract_lora`, and what `progress` raises.
    """
    assert wish.tuned is not None and wish.base is not None
    return extract_lora(
        layers_of(wish.tuned), layers_of(wish.base), target,
        rank=wish.rank or MOST_EXTRACTED_RANK, energy=wish.keep or 1.0, targets=wish.targets,
        text_encoder=wish.text_encoder, progress=progress,
    )  # fmt: skip


def to_plain(adapter: OtherAdapter, wish: PlainWish, target: Path, progress: Progress) -> PlainResult:
    """Writes the plain LoRA nearest to an adapter of another kind.

    Raises:
        StudioError: as `find_base` and `make_plain`, and what `progress` raises.
    """
    base = layers_of(wish.base) if wish.base is not None and adapter.needs_base else None
    return make_plain(adapter, target, rank=wish.rank, keep=wish.keep, base=base, progress=progress)


def _tr(text: str) -> str:
    return QCoreApplication.translate("tools", text)

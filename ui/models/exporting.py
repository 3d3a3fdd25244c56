"""Saving an epoch as the file that is shared: written, read back, and judged by what was read."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from PySide6.QtCore import QObject, Signal

from lora_studio.errors import StudioError
from lora_studio.runs.exports import (
    ExportForm,
    ExportWords,
    diffusers_path,
    export_epoch,
    gather_facts,
    plan_metadata,
)
from lora_studio.runs.folder import RunFolder
from lora_studio.weights.inspect import AdapterReport, inspect_adapter
from lora_studio.weights.metadata import AdapterFacts
from lora_studio.weights.publishing import PublishedLine, list_published
from lora_studio.weights.writing import ExportDtype
from ui.models.engine_words import engine_words
from ui.work import tasks

SUFFIX = ".safetensors"
LICENSES = (
    "CC0-1.0",
    "CC-BY-4.0",
    "CC-BY-SA-4.0",
    "CC-BY-NC-4.0",
    "CreativeML-OpenRAIL-M",
    "CreativeML-OpenRAIL++-M",
    "Apache-2.0",
    "MIT",
)
Program = Literal["diffusers", "ComfyUI", "A1111 and Forge", "InvokeAI"]
PROGRAMS: tuple[Program, ...] = ("diffusers", "ComfyUI", "A1111 and Forge", "InvokeAI")

# The programs by the names the engine has rules for.
_READERS: dict[Program, tuple[str, ...]] = {
    "diffusers": ("diffusers",),
    "ComfyUI": ("ComfyUI",),
    "A1111 and Forge": ("A1111", "Forge"),
    "InvokeAI": ("InvokeAI",),
}
# What no program can make up for.
_BROKEN = frozenset({"not_finite", "hash_disagrees", "no_effect"})


@dataclass(frozen=True, slots=True)
class ExportWish:
    """What the person wants in the file and where.

    `suggested_strength` is a hint to readers, and with `folds_strength` what 1 means in the file. `left_out` are keys
    of metadata. A `version` of None is left out of names.
    """

    epoch: int
    folder: Path
    name: str
    version: int | None = 1
    replaces: bool = False
    author: str = ""
    license: str = ""
    notes: str = ""
    suggested_strength: float | None = None
    cover: Path | None = None
    left_out: frozenset[str] = frozenset()
    dtype: ExportDtype = "fp16"
    folds_strength: bool = False
    also_diffusers: bool = False
    with_tags: bool = False

    @property
    def target(self) -> Path:
        return self.folder / file_name(self.name, self.version)

    @property
    def strength(self) -> float:
        """What is folded in."""
        return self.suggested_strength or 1.0 if self.folds_strength else 1.0

    @property
    def drawn_strength(self) -> float:
        """What the saved file is drawn at: as it is suggested to readers."""
        return 1.0 if self.folds_strength or self.suggested_strength is None else self.suggested_strength

    @property
    def form(self) -> ExportForm:
        """The wish in the engine's terms."""
        words = ExportWords(
            title=self.name if self.version is None else f"{self.name} v{self.version}",
            author=self.author,
            license=self.license,
            notes=self.notes,
            suggested_strength=self.suggested_strength,
            cover=self.cover,
            left_out=self.left_out,
            with_tags=self.with_tags,
        )
        return ExportForm(self.strength, self.dtype, self.also_diffusers, words)


@dataclass(frozen=True, slots=True)
class NameTaken:
    """Nothing was written: there is a file of that name. `free_version` is the next one without."""

    path: Path
    free_version: int


@dataclass(frozen=True, slots=True)
class Exported:
    """A saved file, and what reading it back showed."""

    path: Path
    wish: ExportWish
    report: AdapterReport

    @property
    def layer_count(self) -> int:
        return sum(self.report.module_count.values())


@dataclass(frozen=True, slots=True)
class ProgramCheck:
    """Whether a program loads the whole file that was read back; `reason` is a sentence, or a word for all programs."""

    program: Program
    works: bool
    reason: str = ""


def check_programs(report: AdapterReport) -> tuple[ProgramCheck, ...]:
    """What follows from a file's names, numbers and family for each program. The programs themselves were not run."""
    if report.family in ("practice", "unknown"):
        return tuple(ProgramCheck(program, False, f"family_{report.family}") for program in PROGRAMS)
    broken = next((finding for finding in report.findings if finding.code in _BROKEN), None)
    if broken is not None:
        return tuple(ProgramCheck(program, False, engine_words(broken.title)) for program in PROGRAMS)
    checks = []
    for program, names in _READERS.items():
        stumbles = [report.programs[name] for name in names if report.programs[name].verdict != "loads"]
        reasons = [reason for stumble in stumbles for reason in stumble.reasons]
        checks.append(ProgramCheck(program, not stumbles, engine_words(reasons[0]) if reasons else ""))
    return tuple(checks)


def file_name(name: str, version: int | None) -> str:
    """The name of an exported file: `misty-ink`, 2 → `misty-ink-v2.safetensors`; without a version just the name."""
    return f"{name.strip()}{'' if version is None else f'-v{version}'}{SUFFIX}"


def free_version(folder: Path, name: str, version: int | None, *, also_diffusers: bool = False) -> int:
    """This version, or the next one whose files are not there yet; the second follows one without."""
    version = 2 if version is None else version
    while any(path.exists() for path in files_of(folder / file_name(name, version), also_diffusers)):
        version += 1
    return version


def files_of(target: Path, also_diffusers: bool) -> tuple[Path, ...]:
    """Every file that is written."""
    return (target, diffusers_path(target)) if also_diffusers else (target,)


def name_problem(name: str) -> Literal["empty", "marks", "ends", "long"] | None:
    """Why a name cannot be the name of a file on every system; None when it can."""
    if not name.strip():
        return "empty"
    if any(mark in name for mark in '/\\:*?"<>|') or not name.isprintable():
        return "marks"
    if name.strip(". ") != name:
        return "ends"
    return "long" if len(name.encode()) > 180 else None


def export_adapter(run: RunFolder, wish: ExportWish) -> Exported | NameTaken:
    """Write the file, compare it with the epoch it comes from, and read it once more. For a worker thread.

    Raises:
        StudioError: as `export_epoch`; no new file is left then.
    """
    taken = next((path for path in files_of(wish.target, wish.also_diffusers) if path.exists()), None)
    if taken is not None and not wish.replaces:
        free = free_version(wish.folder, wish.name, wish.version, also_diffusers=wish.also_diffusers)
        return NameTaken(taken, free)
    export_epoch(run, wish.epoch, wish.target, wish.form)
    return Exported(wish.target, wish, inspect_adapter(wish.target))


def list_wish(facts: AdapterFacts, wish: ExportWish) -> tuple[PublishedLine, ...]:
    """What the wish's file could tell others: what it leaves out is among it. Reads nothing from the disk."""
    named = facts.model_copy(update={"output_name": wish.target.stem})
    words = replace(wish.form.words, cover=None, left_out=frozenset())  # another cover is still one picture
    return list_published(plan_metadata(named, words, wish.strength))


class ExportModel(QObject):
    """Saves epochs of one run and remembers the last file. Signals arrive on the GUI thread."""

    changed = Signal()
    saved = Signal()  # a file is there and was read back
    failed = Signal(object)  # StudioError

    def __init__(self, run: RunFolder, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.run = run
        self.is_saving = False
        self.exported: Exported | None = None
        self.taken: NameTaken | None = None
        self.facts: AdapterFacts | None = None  # of the epoch that was asked for last
        self._gathering = tasks.CancelToken()
        self._was_free: dict[Path, bool] = {}

    def gather(self, epoch: int, *, with_tags: bool) -> None:
        """Learn what an epoch's file would tell; `facts` are there when `changed` tells so."""
        self._gathering.cancel()
        self._gathering = tasks.run(
            lambda _: gather_facts(self.run, epoch, with_tags=with_tags),
            self._take_facts, self._miss_facts, owner=self,
        )  # fmt: skip

    def _take_facts(self, facts: AdapterFacts) -> None:
        self.facts = facts
        self.changed.emit()

    def _miss_facts(self, error: Exception) -> None:
        """Saving will meet the same problem and tell it."""
        self.facts = None
        if not isinstance(error, StudioError):
            raise error
        self.changed.emit()

    def was_free(self, path: Path) -> bool:
        """Whether no file was at `path` when this was first asked; one that is saved there changes nothing.

        True until the disk was looked at; `changed` tells when the answer is another.
        """
        if path not in self._was_free:
            self._was_free[path] = True
            tasks.run(lambda _: not path.exists(), lambda is_free: self._take_look(path, is_free), owner=self)
        return self._was_free[path]

    def _take_look(self, path: Path, is_free: bool) -> None:
        if not is_free:
            self._was_free[path] = False
            self.changed.emit()

    def save(self, wish: ExportWish) -> None:
        """Write the file; `taken` says that there is one of that name. A second call meanwhile is ignored."""
        if self.is_saving:
            return
        self.is_saving, self.taken = True, None
        self.changed.emit()
        tasks.run(lambda _: export_adapter(self.run, wish), self._take, self._refuse, owner=self)

    def forget(self) -> None:
        """The form says something else than the saved file."""
        if self.exported is not None or self.taken is not None:
            self.exported = self.taken = None
            self.changed.emit()

    def _take(self, outcome: Exported | NameTaken) -> None:
        self.is_saving = False
        if isinstance(outcome, NameTaken):
            self.taken = outcome
        else:
            self.exported = outcome
            self.saved.emit()
        self.changed.emit()

    def _refuse(self, error: Exception) -> None:
        self.is_saving = False
        if not isinstance(error, StudioError):
            raise error
        self.changed.emit()
        self.failed.emit(error)

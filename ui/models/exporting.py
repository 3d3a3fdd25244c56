"""Saving an epoch as the file that is shared: written, read back, and judged by what was read."""

from __future__ import annotations

import base64
import io
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from PIL import Image
from PySide6.QtCore import QObject, Signal

from lora_studio import storage
from lora_studio.config.resolve import read_config
from lora_studio.errors import StudioError
from lora_studio.runs.exports import COVER_PX, export_epoch
from lora_studio.runs.folder import RunFolder
from lora_studio.weights.export import export_kohya
from lora_studio.weights.header import read_header
from lora_studio.weights.inspect import AdapterReport, inspect_adapter
from ui.models.engine_words import engine_words
from ui.work import tasks

SUFFIX = ".safetensors"
COVER_QUALITY = 88
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
    """What the person wants in the file and where. `suggested_strength` is a hint to readers, not a change.

    A `version` of None is left out of names.
    """

    epoch: int
    folder: Path
    name: str
    version: int | None = 1
    replaces: bool = False
    author: str = ""
    license: str = ""
    notes: str = ""
    writes_trigger: bool = True
    suggested_strength: float | None = None
    cover: Path | None = None

    @property
    def target(self) -> Path:
        return self.folder / file_name(self.name, self.version)


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


def free_version(folder: Path, name: str, version: int | None) -> int:
    """This version, or the next one whose file is not there yet; the second follows one without."""
    version = 2 if version is None else version
    while (folder / file_name(name, version)).exists():
        version += 1
    return version


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
        StudioError: as `export_epoch` and `export_kohya`; no new file is left then.
    """
    if wish.target.exists() and not wish.replaces:
        return NameTaken(wish.target, free_version(wish.folder, wish.name, wish.version))
    storage.make_dir(wish.folder)
    staging = storage.new_temp_dir(wish.folder, "export")
    try:
        # The engine gathers the facts of the run; the person's words are laid over them in a second writing.
        plain = export_epoch(run, wish.epoch, staging / wish.target.name)
        facts = read_header(plain.path).metadata
    finally:
        storage.remove_tree(staging)
    dtype = read_config(run.config_path).output.export_dtype
    export_kohya(run.epoch_path(wish.epoch), wish.target, with_words(facts, wish), dtype)
    return Exported(wish.target, wish, inspect_adapter(wish.target))


def with_words(facts: dict[str, str], wish: ExportWish) -> dict[str, str]:
    """Metadata with the person's own words; what is left empty is left out."""
    own = {
        "modelspec.title": wish.name if wish.version is None else f"{wish.name} v{wish.version}",
        "modelspec.author": wish.author,
        "modelspec.license": wish.license,
        "modelspec.description": wish.notes,
        "modelspec.usage_hint": "" if wish.suggested_strength is None else f"Strength {wish.suggested_strength:g}",
    }
    # A1111 would decode a leading brace as JSON.
    values = {**facts, **{key: text.strip().lstrip("{") for key, text in own.items()}}
    if wish.cover is not None:
        values["modelspec.thumbnail"] = data_uri(cover_jpeg(wish.cover))
    if not wish.writes_trigger:
        values |= {"modelspec.trigger_phrase": "", "ss_training_comment": ""}
    return {key: text for key, text in values.items() if text}


def cover_jpeg(path: Path) -> bytes:
    """A sample as the small picture that lists of models show."""
    with storage.read_errors(path), Image.open(path) as opened:
        picture = opened.convert("RGB")
    picture.thumbnail((COVER_PX, COVER_PX), Image.Resampling.LANCZOS)
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=COVER_QUALITY)
    return buffer.getvalue()


def data_uri(jpeg: bytes) -> str:
    """A picture as text, as ModelSpec wants it."""
    return "data:image/jpeg;base64," + base64.b64encode(jpeg).decode()


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
        self._was_free: dict[Path, bool] = {}

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

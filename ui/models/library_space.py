"""What of a run can go to make room: counted before anything is moved, and moved to the system's bin, never deleted."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from send2trash import send2trash

from lora_studio.errors import StudioError
from lora_studio.projects.project import RunNote, open_project
from lora_studio.runs.folder import RunFolder
from lora_studio.runs.lock import is_alive
from lora_studio.runs.state import read_state
from ui.models.library import file_bytes, folder_bytes
from ui.models.queue import project_of

PartName = Literal["cache", "saves", "epochs"]

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class SpacePart:
    """Files of a run of one kind: prepared pictures, saves to go on from, or epochs nobody picked or rated."""

    name: PartName
    paths: tuple[Path, ...]
    size_bytes: int


@dataclass(frozen=True, slots=True)
class RunSpace:
    """What can go. `is_finished`: the saves are not needed any more. `kept_epochs` are the pick and the rated ones."""

    run: RunFolder
    parts: tuple[SpacePart, ...]
    is_finished: bool
    kept_epochs: tuple[int, ...]


def look_for_space(run: RunFolder) -> RunSpace:
    """What of a run can go; nothing is changed. Epochs are offered only where one was picked.

    Raises:
        StudioError: The run trains now, or cannot be read.
    """
    if is_alive(run):
        raise StudioError("run_busy", "This run is training.", "Nothing was moved.", "Wait until it ends.")
    note = _note_of(run)
    kept = {epoch for epoch, stars in note.stars.items() if stars} | ({note.pick} if note.pick else set())
    epochs = [run.epoch_path(epoch) for epoch in run.epochs() if epoch not in kept] if note.pick else []
    found: tuple[tuple[PartName, list[Path]], ...] = (
        ("cache", _inside(run.cache_dir)),
        ("saves", _inside(run.checkpoints_dir)),
        ("epochs", epochs),
    )
    parts = (SpacePart(name, tuple(paths), sum(map(_bytes_of, paths))) for name, paths in found)
    return RunSpace(
        run=run,
        parts=tuple(part for part in parts if part.size_bytes),
        is_finished=read_state(run).kind == "done",
        kept_epochs=tuple(sorted(kept)),
    )


def move_to_bin(space: RunSpace, names: Iterable[PartName]) -> int:
    """Moves these parts to the system's bin; returns the bytes freed.

    Raises:
        StudioError: `run_busy`, or `no_bin` when the drive has none; what was not moved is untouched.
    """
    if is_alive(space.run):
        raise StudioError("run_busy", "This run is training.", "Nothing was moved.", "Wait until it ends.")
    wanted = set(names)
    freed = 0
    for part in space.parts:
        for path in part.paths if part.name in wanted else ():
            size = _bytes_of(path)
            try:
                send2trash(path)
            except OSError as error:
                log.warning("%s stays: %s", path, error)
                raise StudioError(
                    "no_bin", f"{path.name} could not be moved to the bin.", f"{error} Everything else is untouched.",
                    "The drive may have no bin. Delete the file yourself if you are sure.",
                ) from error  # fmt: skip
            freed += size
    return freed


def _note_of(run: RunFolder) -> RunNote:
    project_dir = project_of(run)
    return open_project(project_dir).data.runs.get(run.name, RunNote()) if project_dir is not None else RunNote()


def _inside(folder: Path) -> list[Path]:
    return sorted(folder.iterdir()) if folder.is_dir() else []


def _bytes_of(path: Path) -> int:
    if path.is_dir():
        return folder_bytes(path)
    return file_bytes(path) if path.exists() else 0

"""Samples that repeat a training picture, found off the GUI thread."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image
from PySide6.QtCore import QObject, Signal

from lora_studio import storage
from lora_studio.dataset.likeness import copy_limit, find_copies, picture_gaps, shrink
from lora_studio.dataset.thumbnails import Thumbnails
from lora_studio.errors import StudioError
from lora_studio.runs.folder import RunFolder
from lora_studio.runs.pictures import RunPictures
from ui.models.run import RunModel
from ui.work import tasks

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Small = NDArray[np.float32]

Place = tuple[int, int]  # epoch, and the prompt's place


@dataclass(frozen=True, slots=True)
class Learned:
    """The training pictures in little, and the gap below which a sample repeats one; None where none can be told."""

    paths: tuple[Path, ...]
    small: tuple[Small, ...]
    limit: float | None


@dataclass(frozen=True, slots=True)
class Found:
    """What one look found: the training picture that each sample repeats, or None."""

    learned: Learned
    copies: Mapping[tuple[Path, int], Path | None]  # by a sample's path and version


class Copies(QObject):
    """Which samples of a run repeat a training picture. Every sample is looked at once."""

    changed = Signal()

    def __init__(self, run: RunModel, thumbnails: Thumbnails, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._run = run
        self._thumbnails = thumbnails
        self._learned: Learned | None = None
        self._copies: dict[tuple[Path, int], Path | None] = {}
        self._looking: tasks.CancelToken | None = None

    def copied(self, epoch: int, row: int) -> Path | None:
        """The training picture that a sample repeats."""
        shots = {shot.prompt_index: shot for shot in self._run.samples(epoch)}
        shot = shots.get(row)
        return self._copies.get((shot.path, shot.version)) if shot is not None else None

    @property
    def found(self) -> dict[tuple[Path, int], Path]:
        """The training picture by path and version of the sample that repeats it."""
        return {sample: path for sample, path in self._copies.items() if path is not None}

    def epochs(self) -> list[int]:
        """The epochs with a sample that repeats a training picture."""
        return [epoch for epoch in self._run.sampled_epochs if self._has_copy(epoch)]

    def look(self) -> None:
        """Look at the samples that are new. Needs those of the base alone, which are drawn first."""
        if self._looking is not None:
            return
        by_base = {shot.prompt_index: shot.path for shot in self._run.samples(0)}
        shots = [shot for epoch in self._run.sampled_epochs if epoch for shot in self._run.samples(epoch)]
        new = [
            (shot.path, shot.version, by_base[shot.prompt_index])
            for shot in shots
            if (shot.path, shot.version) not in self._copies and shot.prompt_index in by_base
        ]
        if not new or (self._learned is not None and self._learned.limit is None):
            return
        folder, thumbnails, learned = self._run.run, self._thumbnails, self._learned
        self._looking = tasks.run(
            lambda token: find_new(new, learned or read_learned(folder, thumbnails, token)),
            self._take,
            self._give_up,
            owner=self,
        )

    def stop(self) -> None:
        """Give up the look that is under way; the next one begins anew."""
        if self._looking is not None:
            self._looking.cancel()
            self._looking = None

    def _take(self, found: Found) -> None:
        self._looking = None
        self._learned = found.learned
        self._copies.update(found.copies)
        if any(found.copies.values()):
            self.changed.emit()
        self.look()  # epochs may have come meanwhile

    def _give_up(self, error: Exception) -> None:
        """The run's list cannot be read, which the run itself tells; nothing is said of copies from then on."""
        if not isinstance(error, StudioError):
            raise error

    def _has_copy(self, epoch: int) -> bool:
        return any(self._copies.get((shot.path, shot.version)) for shot in self._run.samples(epoch))


def read_learned(run: RunFolder, thumbnails: Thumbnails, token: tasks.CancelToken) -> Learned:
    """The training pictures of a run in little; those that are gone or changed beyond reading are left out.

    Raises:
        StudioError: The run's list of pictures cannot be read.
    """
    listed = RunPictures.model_validate(storage.read_json(run.images_path))
    paths, small = [], []
    for path in dict.fromkeys(Path(entry.path) for entry in listed.training):
        if token.is_cancelled:
            break
        try:
            with Image.open(thumbnails.make(path)) as opened:
                small.append(shrink(opened))
        except (StudioError, OSError):
            continue
        paths.append(path)
    return Learned(tuple(paths), tuple(small), copy_limit(small))


def find_new(new: Sequence[tuple[Path, int, Path]], learned: Learned) -> Found:
    """Which of these samples repeat a training picture.

    Args:
        new: A sample, its version, and what the base alone drew for the same prompt and seed.
        learned: What they could repeat.
    """
    copies: dict[tuple[Path, int], Path | None] = {(path, version): None for path, version, _ in new}
    pairs = [(path, version, read_pair(path, base)) for path, version, base in new] if learned.limit else []
    readable = [(path, version, pair) for path, version, pair in pairs if pair is not None]
    if learned.limit is not None and readable:
        drawn = picture_gaps([pair[0] for _, _, pair in readable], learned.small)
        by_base = picture_gaps([pair[1] for _, _, pair in readable], learned.small)
        for (path, version, _), number in zip(readable, find_copies(drawn, by_base, learned.limit), strict=True):
            copies[path, version] = learned.paths[number] if number is not None else None
    return Found(learned, copies)


def read_pair(sample: Path, base: Path) -> tuple[Small, Small] | None:
    """A sample and the base's own picture in little; None when one of them cannot be read."""
    try:
        with Image.open(sample) as drawn, Image.open(base) as alone:
            return shrink(drawn), shrink(alone)
    except OSError:
        return None

"""The names of everything inside a run's folder. No other module joins these names."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from operator import itemgetter
from pathlib import Path, PurePosixPath

from lora_studio import storage
from lora_studio.errors import StudioError

_EPOCH = re.compile(r"epoch-(\d+)")
_PROMPT = re.compile(r"prompt-(\d+)\.png")
_STEP = re.compile(r"step-(\d+)")


@dataclass(frozen=True, slots=True)
class RunFolder:
    """One run on disk: its settings, its journal, its checkpoints and what it made.

    Constructing it touches nothing. `create` makes a new run, `open` insists that there is one.
    """

    path: Path

    @classmethod
    def create(cls, path: Path, files: Mapping[str, bytes | Iterable[bytes]]) -> RunFolder:
        """Make a run, whole or not at all.

        Args:
            path: The folder to make; its missing parents are made too. An empty folder is taken over.
            files: Name inside the run (forward slashes) to content, whole or in pieces; `config.json` is required.

        Raises:
            StudioError: `run_exists`, `folder_in_use`, or a disk error. Nothing is left at `path` then.
            ValueError: a name leads outside the run, or `config.json` is missing.
        """
        run = cls(path)
        names = [PurePosixPath(name) for name in files]
        if run.config_path.name not in files or any(name.is_absolute() or ".." in name.parts for name in names):
            raise ValueError(f"not the files of a run: {sorted(files)}")
        run.refuse_if_taken()
        storage.make_dir(path.parent)
        temp = storage.new_temp_dir(path.parent, "run")
        try:
            made = cls(temp)
            folders = (
                made.cache_dir,
                made.checkpoints_dir,
                made.epochs_dir,
                made.samples_dir,
                made.exports_dir,
            )
            for folder in folders:
                storage.make_dir(folder)
            for name, data in files.items():
                storage.make_dir((temp / name).parent)
                storage.write_file(temp / name, data)
            storage.publish_dir(temp, path)
        except BaseException:
            with suppress(StudioError):  # the first problem is the one to tell
                storage.remove_tree(temp)
            raise
        return run

    @classmethod
    def open(cls, path: Path) -> RunFolder:
        """The run at `path`. Raises `StudioError` `not_a_run` if there is none."""
        run = cls(path)
        if not run.is_run():
            detail = f"{path} has no {run.config_path.name}."
            raise StudioError("not_a_run", "There is no run in this folder.", detail, "Choose the folder of a run.")
        return run

    def is_run(self) -> bool:
        """Whether a run was made here."""
        return self.config_path.is_file()

    def identity(self) -> tuple[int, int] | None:
        """Tells this folder from another one at the same path, as when a drive is changed; None if there is none."""
        try:
            info = self.path.stat()
        except OSError:
            return None
        return info.st_dev, info.st_ino

    def refuse_if_taken(self) -> None:
        """Raise `StudioError` (`run_exists`, `folder_in_use`) if a new run cannot be made at this path."""
        if self.is_run():
            detail = f"{self.path} holds a run and was not touched."
            hint = "Go on with it by adding --resume, or choose another name."
            raise StudioError("run_exists", "There is already a run with this name.", detail, hint)
        with storage.disk_errors(self.path):
            taken = any(self.path.iterdir()) if self.path.is_dir() else self.path.exists()
        if taken:
            detail = f"{self.path} holds other things and was not touched."
            hint = "Choose an empty folder or a new name."
            raise StudioError("folder_in_use", "This folder is not empty.", detail, hint)

    def collect_leftovers(self) -> list[str]:
        """Delete what interrupted writes left in the run; for the process that holds it. Returns the names."""
        samples = [self.sample_dir(epoch) for epoch in self.sampled_epochs()]
        places = (self.path, self.cache_dir, self.checkpoints_dir, self.epochs_dir, self.samples_dir, *samples)
        return [name for place in (*places, self.exports_dir) for name in storage.collect_leftovers(place)]

    # ── Files ─────────────────────────────────────────────────────────────────────────────────────────────

    @property
    def name(self) -> str:
        return self.path.name

    @property
    def config_path(self) -> Path:
        """The frozen settings."""
        return self.path / "config.json"

    @property
    def origins_path(self) -> Path:
        """Where each setting came from."""
        return self.path / "origins.json"

    @property
    def images_path(self) -> Path:
        """The pictures and captions this run trains on."""
        return self.path / "images.json"

    @property
    def start_path(self) -> Path:
        """The copy of the LoRA file that the adapter began with; there only in a run that started from one."""
        return self.path / "start" / "adapter.safetensors"

    @property
    def process_path(self) -> Path:
        """Which process trains; there only while one does, or after it died without a word."""
        return self.path / "process.json"

    @property
    def lock_path(self) -> Path:
        return self.path / "run.lock"

    @property
    def events_path(self) -> Path:
        return self.path / "events.jsonl"

    @property
    def commands_path(self) -> Path:
        return self.path / "commands.jsonl"

    @property
    def console_path(self) -> Path:
        """Everything the trainer printed."""
        return self.path / "console.log"

    @property
    def cache_dir(self) -> Path:
        return self.path / "cache"

    def sibling_caches(self) -> Iterator[Path]:
        """The caches of the other runs beside this one, the one that was added to last first.

        Runs that cannot be looked at, or vanish meanwhile, are passed over.
        """
        found: list[tuple[float, Path]] = []
        own = self.path.absolute()
        with suppress(OSError), os.scandir(own.parent) as entries:
            for entry in entries:
                with suppress(OSError):
                    run = RunFolder(Path(entry.path))
                    is_other = entry.is_dir() and entry.name != own.name and not entry.name.startswith(".")
                    if is_other and run.is_run():
                        found.append((run.cache_dir.stat().st_mtime, run.cache_dir))
        for _, folder in sorted(found, key=itemgetter(0), reverse=True):
            yield folder

    @property
    def sheet_path(self) -> Path:
        """The contact sheet of all samples."""
        return self.path / "sheet.png"

    @property
    def exports_dir(self) -> Path:
        return self.path / "exports"

    # ── Checkpoints ───────────────────────────────────────────────────────────────────────────────────────

    @property
    def checkpoints_dir(self) -> Path:
        return self.path / "checkpoints"

    def checkpoint_dir(self, step: int) -> Path:
        return self.checkpoints_dir / f"step-{step:07d}"

    def checkpoint_steps(self) -> list[int]:
        """Steps that have a published checkpoint, oldest first; whether it is whole is not looked at."""
        return _numbers(self.checkpoints_dir, _STEP)

    # ── Epochs and samples ────────────────────────────────────────────────────────────────────────────────

    @property
    def epochs_dir(self) -> Path:
        return self.path / "epochs"

    def epoch_path(self, epoch: int) -> Path:
        """The adapter after this epoch (counted from 1)."""
        return self.epochs_dir / f"epoch-{epoch:02d}.safetensors"

    def epochs(self) -> list[int]:
        """Epochs with a saved adapter, in order."""
        return _numbers(self.epochs_dir, re.compile(_EPOCH.pattern + r"\.safetensors"))

    @property
    def samples_dir(self) -> Path:
        return self.path / "samples"

    def sample_dir(self, epoch: int) -> Path:
        """The samples of one epoch; epoch 0 is the base model alone."""
        return self.samples_dir / f"epoch-{epoch:02d}"

    def sample_path(self, epoch: int, prompt_number: int) -> Path:
        """The sample of one prompt (counted from 1)."""
        return self.sample_dir(epoch) / f"prompt-{prompt_number}.png"

    def sample_paths(self, epoch: int) -> list[Path]:
        """The samples of one epoch that are there, in the order of the prompts."""
        return [self.sample_path(epoch, number) for number in _numbers(self.sample_dir(epoch), _PROMPT)]

    def sampled_epochs(self) -> list[int]:
        """Epochs that have a folder of samples, in order."""
        return _numbers(self.samples_dir, _EPOCH)


def _numbers(folder: Path, pattern: re.Pattern[str]) -> list[int]:
    """The numbers in the names of `folder` that match `pattern` as a whole, sorted; none if it is missing."""
    if not folder.is_dir():
        return []
    matches = (pattern.fullmatch(entry.name) for entry in folder.iterdir())
    return sorted(int(match[1]) for match in matches if match)

"""Writes save points beside the training, which goes on meanwhile."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

from lora_studio import storage
from lora_studio.runs.checkpoints import save_checkpoint
from lora_studio.runs.folder import RunFolder


class BackgroundSaver:
    """One save point at a time: writing, hashing and waiting for the disk take longer than many steps."""

    def __init__(self, run: RunFolder, keep: int) -> None:
        """Of `run`, held by this process, the `keep` newest save points stay."""
        self._run = run
        self._keep = keep
        self._thread = ThreadPoolExecutor(1, "saver")
        self._under_way: tuple[int, Future[Path]] | None = None

    def begin(self, step: int, files: Mapping[str, bytes]) -> None:
        """Starts to save what a run is at `step`, once the save point before was taken note of by `finished`."""
        assert self._under_way is None
        self._under_way = (
            step,
            self._thread.submit(save_checkpoint, self._run, step, lambda folder: _write(folder, files), self._keep),
        )

    def finished(self, wait: bool = False) -> int | None:
        """The step whose save point became whole since this was last asked; with `wait`, waits for one under way.

        Raises:
            StudioError: It could not be saved; older ones are untouched.
        """
        if self._under_way is None or not (wait or self._under_way[1].done()):
            return None
        (step, saved), self._under_way = self._under_way, None
        saved.result()
        return step

    def close(self) -> None:
        """Waits for what is under way, whatever becomes of it."""
        self._thread.shutdown()


def _write(folder: Path, files: Mapping[str, bytes]) -> None:
    for name, content in files.items():
        storage.write_file(folder / name, content)

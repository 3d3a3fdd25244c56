"""Checkpoints: folders a stopped run goes on from, published whole and proved before they are used."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path, PurePosixPath
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from lora_studio import storage
from lora_studio.errors import StudioError
from lora_studio.runs.folder import RunFolder

log = logging.getLogger(__name__)

MANIFEST = "MANIFEST.json"
BAD_PREFIX = ".bad-"


class ManifestFile(BaseModel):
    """What a file of a checkpoint must be."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    size_bytes: int
    sha256: str


class Manifest(BaseModel):
    """Written last into a checkpoint: the proof that everything else in it is whole."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: Literal[1] = 1
    step: int
    files: dict[str, ManifestFile]


def save_checkpoint(run: RunFolder, step: int, write: Callable[[Path], None], keep: int = 2) -> Path:
    """Publish a checkpoint of `step`, then prune all but the `keep` newest ones.

    Args:
        run: Held by this process.
        step: Optimiser steps done.
        write: Puts the files into the folder it is given; it need not flush them.
        keep: How many checkpoints stay, this one included; at least 1.

    Returns:
        The published folder. A whole checkpoint of the same step is kept as it is and `write` is not called:
        the same seed and step make the same content.

    Raises:
        StudioError: `disk_full` or another disk error. Older checkpoints are then untouched.
    """
    final = run.checkpoint_dir(step)
    if final.exists():
        problem = _problem(final)
        if problem is None:
            return final
        _set_aside(final, problem)
    storage.make_dir(run.checkpoints_dir)
    temp = storage.new_temp_dir(run.checkpoints_dir, final.name)
    try:
        with storage.disk_errors(temp):
            write(temp)
            manifest = _measure(temp, step)
        storage.write_json(temp / MANIFEST, manifest.model_dump())
        storage.publish_dir(temp, final)
    except BaseException:
        with suppress(StudioError):  # the first problem is the one to tell
            storage.remove_tree(temp)
        raise
    _prune(run, step, keep)
    return final


def newest_whole(run: RunFolder) -> Path | None:
    """The newest checkpoint whose every byte is proved; None if there is none. For the process holding `run`.

    Damaged newer ones are set aside first, see `set_aside_damaged`.
    """
    set_aside_damaged(run)
    steps = run.checkpoint_steps()
    return run.checkpoint_dir(steps[-1]) if steps else None


def set_aside_damaged(run: RunFolder) -> list[str]:
    """Rename damaged checkpoints to `.bad-...`, newest first, until one is whole.

    Returns one sentence for each, which is also logged. Sizes are compared before hashes.
    """
    sentences = []
    for step in reversed(run.checkpoint_steps()):
        problem = _problem(run.checkpoint_dir(step))
        if problem is None:
            break
        sentences.append(_set_aside(run.checkpoint_dir(step), problem))
    return sentences


def _measure(folder: Path, step: int) -> Manifest:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    entries = {
        path.relative_to(folder).as_posix(): ManifestFile(
            size_bytes=path.stat().st_size, sha256=storage.sha256_file(path)
        )
        for path in files
    }
    return Manifest(step=step, files=entries)


def _problem(folder: Path) -> str | None:
    """Why a checkpoint cannot be trusted, in words; None if it is whole. Files it does not list are ignored."""
    try:
        manifest = Manifest.model_validate(storage.read_json(folder / MANIFEST))
    except (StudioError, ValidationError) as error:
        return f"its list of files cannot be used ({error})"
    for name, expected in manifest.files.items():
        path = folder / name
        if ".." in PurePosixPath(name).parts or not path.is_file():
            return f"{name} is missing"
        if path.stat().st_size != expected.size_bytes:
            return f"{name} has {path.stat().st_size:,} bytes instead of {expected.size_bytes:,}"
    for name, expected in manifest.files.items():
        if storage.sha256_file(folder / name) != expected.sha256:
            return f"{name} was changed after it was saved"
    return None


def _set_aside(folder: Path, problem: str) -> str:
    bad = folder.with_name(f"{BAD_PREFIX}{folder.name}-{uuid.uuid4().hex[:8]}")
    with storage.disk_errors(folder):
        folder.rename(bad)
    sentence = f"The checkpoint {folder.name} is damaged: {problem}. It was set aside as {bad.name}."
    log.warning("%s", sentence)
    return sentence


def _prune(run: RunFolder, saved: int, keep: int) -> None:
    """Remove the oldest checkpoints, never the one just saved. One that cannot be removed is logged and stays."""
    others = [step for step in run.checkpoint_steps() if step != saved]
    for step in others[: max(0, len(others) - (keep - 1))]:
        try:
            storage.remove_tree(run.checkpoint_dir(step))
        except StudioError as error:
            log.warning("could not remove the old checkpoint of step %d: %s", step, error)

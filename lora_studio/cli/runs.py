"""Which run a person means: the path of its folder, or its name in the list that `status` shows."""

from __future__ import annotations

from pathlib import Path

from lora_studio import paths
from lora_studio.runs.folder import RunFolder


def open_run(named: Path) -> RunFolder:
    """The run at this path, else the one of this name among the computer's runs.

    Raises:
        StudioError: `not_a_run` when there is neither.
    """
    at_home = RunFolder(paths.runs_dir() / named)
    return at_home if not named.exists() and at_home.is_run() else RunFolder.open(named)


def newest_run(name: str) -> RunFolder:
    """The last of the runs that `train` named `name`, `name 2`, `name 3`.

    Raises:
        StudioError: `not_a_run` when there is none.
    """
    home = paths.runs_dir()
    found = RunFolder(home / name)
    number = 2
    while (following := RunFolder(home / f"{name} {number}")).is_run():
        found, number = following, number + 1
    return RunFolder.open(found.path)

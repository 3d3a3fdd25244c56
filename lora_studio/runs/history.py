"""The runs on this computer, newest first."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from lora_studio.runs.folder import RunFolder
from lora_studio.runs.state import RunState, read_state


@dataclass(frozen=True, slots=True)
class RunSummary:
    """One line of the list of runs. `created_at` is in seconds since 1970."""

    run: RunFolder
    created_at: float
    state: RunState


def list_runs(home: Path) -> list[RunSummary]:
    """The runs that lie directly in `home`, newest first; folders that are no runs are passed over."""
    if not home.is_dir():
        return []
    runs = [RunFolder(path) for path in home.iterdir() if not path.name.startswith(".")]
    summaries = [RunSummary(run, run.config_path.stat().st_mtime, read_state(run)) for run in runs if run.is_run()]
    return sorted(summaries, key=lambda summary: (-summary.created_at, summary.run.name))

"""The projects that were open last, kept with the settings."""

from __future__ import annotations

import logging
import time
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from lora_studio import paths, storage
from lora_studio.errors import StudioError
from lora_studio.projects.project import FILE_NAME, Project

log = logging.getLogger(__name__)

MOST = 20


class RecentProject(BaseModel):
    """A line of the list. `opened_at` is in seconds since 1970."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    folder: Path
    name: str
    opened_at: float

    @property
    def is_there(self) -> bool:
        """Whether the project's file can be found now."""
        return (self.folder / FILE_NAME).is_file()


class _RecentFile(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    version: Literal[1] = 1
    projects: tuple[RecentProject, ...] = ()


def recent_projects() -> list[RecentProject]:
    """The last projects, newest first, also those that are not there now."""
    try:
        text = storage.read_json(_path())
        return list(_RecentFile.model_validate(text).projects)
    except StudioError as error:
        if error.code != "file_missing":
            log.warning("%s", error)
    except ValidationError as error:
        log.warning("%s is not a list of projects: %s", _path(), error)
    return []


def note_opened(project: Project) -> None:
    """Puts a project at the head of the list. Raises `StudioError` for disk errors."""
    newest = RecentProject(folder=project.folder, name=project.name, opened_at=time.time())
    _write([newest, *(other for other in recent_projects() if other.folder != project.folder)])


def forget(folder: Path) -> None:
    """Takes a project off the list; its files stay. Raises `StudioError` for disk errors."""
    _write([other for other in recent_projects() if other.folder != folder])


def _path() -> Path:
    return paths.config_dir() / "recent.json"


def _write(projects: list[RecentProject]) -> None:
    storage.make_dir(_path().parent)
    kept = _RecentFile(projects=tuple(projects[:MOST]))
    storage.write_file(_path(), kept.model_dump_json(indent=1).encode() + b"\n")

"""What the person chose about the app itself; one small JSON that window and command line share.

A file that cannot be used is put aside as `settings.json.broken`, and the defaults stand in until it is saved again.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from lora_studio import paths, storage
from lora_studio.errors import StudioError

log = logging.getLogger(__name__)

LARGEST_BYTES = 4 * storage.MIB


class Settings(BaseModel):
    """Every choice about the app, with its default; `Settings()` is a fresh installation.

    An empty folder or card means the app's own choice. `shortcuts` maps an action's name to its keys,
    `remembered_answers` a question's name to the answer not to be asked again, `window_geometry` is Qt's, in base 64.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True)

    version: Literal[1] = 1
    theme: Literal["system", "dark", "light", "high_contrast"] = "system"
    text_size_percent: int = Field(100, ge=90, le=150)
    language: str = Field("", max_length=20)
    projects_folder: str = ""
    exports_folder: str = ""
    cache_folder: str = ""
    model_folders: tuple[str, ...] = Field((), max_length=100)
    graphics_card: int | None = Field(None, ge=0, le=63)
    memory_kept_free_mib: int = Field(1024, ge=0, le=65_536)
    reduce_motion: Literal["system", "on", "off"] = "system"
    keep_training_when_closed: bool = True
    keep_awake: bool = True
    pause_on_battery: bool = False
    notify_done: bool = True
    notify_needs_you: bool = True
    notify_queue_once: bool = True
    notification_sound: bool = False
    shortcuts: dict[str, Annotated[str, Field(max_length=60)]] = {}
    remembered_answers: dict[str, Annotated[str, Field(max_length=200)]] = {}
    window_geometry: str = Field("", max_length=10_000)

    @property
    def projects_dir(self) -> Path:
        """Where projects live that were made from a dropped folder."""
        return Path(self.projects_folder).expanduser() if self.projects_folder else paths.data_dir() / "projects"

    @property
    def cache_dir(self) -> Path:
        """What can be rebuilt: thumbnails, lists of base models."""
        return Path(self.cache_folder).expanduser() if self.cache_folder else paths.cache_dir()


@dataclass(frozen=True, slots=True)
class SettingsRead:
    """The settings in force, and what was wrong with the file, to be told once; None is the usual case."""

    settings: Settings
    problem: StudioError | None = None


def settings_path() -> Path:
    """Where the settings are kept."""
    return paths.config_dir() / "settings.json"


def read_settings() -> SettingsRead:
    """The person's settings. A damaged file is renamed, so the next call has nothing left to report."""
    path = settings_path()
    try:
        # Strictness is for types as they are on disk: JSON has no tuples, so pydantic must read the text itself.
        with storage.read_errors(path), path.open("rb") as file:
            return SettingsRead(Settings.model_validate_json(file.read(LARGEST_BYTES)))
    except ValidationError as error:
        return SettingsRead(Settings(), _put_aside(path, error))
    except StudioError as error:
        return SettingsRead(Settings(), None if error.code == "file_missing" else error)


def save_settings(settings: Settings) -> None:
    """Keeps the settings. Raises `StudioError` for disk errors; the earlier ones are then still there."""
    path = settings_path()
    storage.make_dir(path.parent)
    storage.write_file(path, settings.model_dump_json(indent=1).encode() + b"\n")


def _put_aside(path: Path, error: ValidationError) -> StudioError:
    broken = path.with_name(f"{path.name}.broken")
    kept = f"The old file is kept as {broken.name}."
    try:
        with storage.disk_errors(path):
            path.replace(broken)
    except StudioError as refused:
        log.warning("%s", refused)
        kept = "The old file was left as it is."
    first = error.errors()[0]
    where = ".".join(map(str, first["loc"])) or "the file"
    return StudioError(
        "settings_damaged",
        "Your settings could not be read, so the app starts with its own.",
        f"{kept} Projects and runs are not touched. {where}: {first['msg']}.",
        "Choose your settings again.",
    )

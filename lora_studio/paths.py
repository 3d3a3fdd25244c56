"""Where the program keeps its own files: settings, data, caches and runs.

`LORA_STUDIO_HOME` moves all four under one folder. Nothing here creates a folder.
"""

from __future__ import annotations

import os
from pathlib import Path

from platformdirs import user_cache_path, user_config_path, user_data_path

APP_NAME = "LoRA Studio"


def _home() -> Path | None:
    text = os.environ.get("LORA_STUDIO_HOME")
    return Path(text).expanduser().absolute() if text else None


def config_dir() -> Path:
    """Settings: small files that a person may copy to another computer."""
    home = _home()
    return home / "config" if home else user_config_path(APP_NAME, appauthor=False)


def data_dir() -> Path:
    """What the program needs and cannot rebuild: the training environment, saved presets."""
    home = _home()
    return home / "data" if home else user_data_path(APP_NAME, appauthor=False)


def models_dir() -> Path:
    """Base models that the app downloaded; a person may delete them, or put others there."""
    return data_dir() / "models"


def cache_dir() -> Path:
    """What can be rebuilt at any time: thumbnails, scan results."""
    home = _home()
    return home / "cache" if home else user_cache_path(APP_NAME, appauthor=False)


def runs_dir() -> Path:
    """The folder that holds one folder for each run, unless the person chose another."""
    home = _home()
    return home / "runs" if home else user_data_path(APP_NAME, appauthor=False) / "runs"

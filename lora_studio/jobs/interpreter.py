"""Which Python trains, and how it finds the same version of this program."""

from __future__ import annotations

import os
import site
import sys
from collections.abc import Mapping
from pathlib import Path

import lora_studio


def training_command() -> list[str]:
    """The command that trains the run whose folder is appended to it.

    `-P` keeps the folder that the person happens to be in out of the import path: a `random.py` or `torch.py`
    among their files must not be run.
    """
    return module_command("lora_studio.training")


def module_command(module: str) -> list[str]:
    """The command that runs another module of the heavy half, in the same way."""
    return [sys.executable, "-P", "-m", module]


def training_environment() -> Mapping[str, str]:
    """The environment of a trainer: output unbuffered and in UTF-8, and this program importable.

    Idle torch threads give up spinning early: on 2 quiet cores a UNet call of the Practice base takes 0.11 s as with
    the library's own value (and 0.19 s when threads never spin); with other programs at work, long spinning costs
    many times more. Only GNU OpenMP, which torch has on Linux, reads it; a person's own value is kept.
    """
    environment = {"GOMP_SPINCOUNT": "5000", **os.environ, "PYTHONUNBUFFERED": "1", "PYTHONUTF8": "1"}
    home = Path(lora_studio.__file__).parents[1]
    if str(home) not in (*site.getsitepackages(), site.getusersitepackages()):  # a checkout
        paths = [str(home), os.environ.get("PYTHONPATH", "")]
        environment["PYTHONPATH"] = os.pathsep.join(path for path in paths if path)
    return environment

"""Opening the window from the command line: as a process of its own, with plain words where it cannot be."""

from __future__ import annotations

import configparser
import importlib.util
import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lora_studio.cli import window
from lora_studio.errors import ExitCode

Cli = Callable[..., Any]


@pytest.fixture(autouse=True)
def with_a_screen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The commands that would be run, and that the window's packages are there."""
    words: list[list[str]] = []

    def run(command: list[str], **_: Any) -> subprocess.CompletedProcess[bytes]:
        words.append(command)
        return subprocess.CompletedProcess(command, 0)

    monkeypatch.setattr(subprocess, "run", run)
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: object())
    return words


def test_the_window_is_a_process_that_gets_the_project(started: list[list[str]], tmp_path: Path) -> None:
    assert window.open_window(tmp_path / "my project") == 0
    assert started == [[sys.executable, "-P", "-m", "ui.app", str(tmp_path / "my project")]]


def test_without_a_screen_it_says_so_instead_of_crashing(
    cli: Cli, started: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("QT_QPA_PLATFORM", "DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(sys, "platform", "linux")
    told = cli("app")
    assert told.code == ExitCode.BAD_INPUT
    assert "no screen" in told.err
    assert started == []


def test_without_its_packages_it_names_the_command_that_brings_them(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: None)
    told = cli("app")
    assert told.code == ExitCode.BAD_INPUT
    assert "bootstrap.py app" in told.err


def test_a_window_that_dies_names_the_libraries_it_may_lack(
    cli: Cli, started: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    died = subprocess.CompletedProcess([], -6)
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: died)
    told = cli("app")
    assert told.code == ExitCode.UNEXPECTED
    assert "libxcb-cursor0" in told.err


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="menu entries are for Linux")
def test_the_menu_entry_starts_this_very_installation(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    monkeypatch.setattr(window, "program_path", lambda: '/opt/my "own" tools/lora-studio')
    told = cli("app", "--install-menu-entry", "--json")
    entry = configparser.ConfigParser(interpolation=None)
    entry.read(told.json["menu_entry"], encoding="utf-8")
    command = entry["Desktop Entry"]["Exec"].replace("\\\\", "\\").replace("%%", "%")
    assert shlex.split(command) == ['/opt/my "own" tools/lora-studio', "app"]
    assert (tmp_path / "icons" / "hicolor" / "scalable" / "apps" / "lora-studio.svg").is_file()


def test_the_first_word_of_the_entry_is_a_program_that_is_there() -> None:
    assert Path(window.program_path()).name == "lora-studio"


def test_the_readme_names_the_libraries_that_a_window_without_them_asks_for() -> None:
    readme = (Path(__file__).parents[2] / "README.md").read_text("utf-8")
    assert set(window.DEBIAN_PACKAGES.split()) <= set(readme.split())

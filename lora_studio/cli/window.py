"""Opening the desktop window as a process of its own, and its entry in the menu. No Qt here."""

from __future__ import annotations

import importlib.util
import os
import re
import subprocess
import sys
from pathlib import Path

import lora_studio
from lora_studio import storage
from lora_studio.cli.output import Printer, program_path
from lora_studio.errors import ExitCode, StudioError
from lora_studio.jobs.interpreter import module_command, training_environment

MENU_NAME = "lora-studio"
# What Qt loads on X11 besides what every installation has; python3 packaging/bootstrap.py app names the rest.
# All that Qt's own files ask for on a bare system; README.md names the same.
DEBIAN_PACKAGES = (
    "libegl1 libgl1 libglib2.0-0 libxkbcommon0 libdbus-1-3 libfontconfig1 "
    "libxkbcommon-x11-0 libxcb-cursor0 libxcb-icccm4 libxcb-keysyms1 libxcb-shape0"
)


def open_window(project: Path | None) -> int:
    """Opens the window and waits until it closes; its exit code.

    Raises:
        StudioError: `window_not_installed`, `no_screen`, or `window_not_started`.
    """
    if importlib.util.find_spec("PySide6") is None:
        raise StudioError(
            "window_not_installed", "The window's packages are not installed.", "Everything else works without them.",
            "`python3 packaging/bootstrap.py app` installs them and opens the window.",
        )  # fmt: skip
    _refuse_without_screen()
    words = [*module_command("ui.app"), *([str(project.absolute())] if project else [])]
    code = subprocess.run(words, env=training_environment(), check=False).returncode
    if code < 0:
        raise StudioError(
            "window_not_started", "The window ended at once, or while it was open.",
            "The lines above tell why. Runs that train go on by themselves.",
            f"Where Qt lacks libraries, on Debian and Ubuntu: sudo apt install {DEBIAN_PACKAGES}", ExitCode.UNEXPECTED,
        )  # fmt: skip
    return code


def install_menu_entry(printer: Printer) -> None:
    """Puts the program into the desktop's menu, for this person.

    Raises:
        StudioError: `linux_only`, or a disk error.
    """
    if not sys.platform.startswith("linux"):
        raise StudioError("linux_only", "Menu entries are made on Linux only.", "", "Start it with `lora-studio app`.")
    source = _menu_files()
    data_dir = Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share")
    entry = data_dir / "applications" / f"{MENU_NAME}.desktop"
    icon = data_dir / "icons" / "hicolor" / "scalable" / "apps" / f"{MENU_NAME}.svg"
    text = (source / entry.name).read_text(encoding="utf-8").replace("@PROGRAM@", _quoted(program_path()))
    for path, content in ((icon, (source / icon.name).read_bytes()), (entry, text.encode())):
        storage.make_dir(path.parent)
        storage.write_file(path, content)
    printer.result({"menu_entry": str(entry)}, f"Menu entry: {entry}. Delete the file to take it away again.")


def _refuse_without_screen() -> None:
    named = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    if sys.platform.startswith("linux") and not any(os.environ.get(name) for name in named):
        raise StudioError(
            "no_screen", "There is no screen to open a window on.", "Neither DISPLAY nor WAYLAND_DISPLAY is set.",
            "Everything but the window works here: `lora-studio train`, `sample`, `export`.",
        )  # fmt: skip


def _menu_files() -> Path:
    """The entry and its icon: beside the checkout, or inside an installed package."""
    checkout = Path(lora_studio.__file__).parents[1] / "packaging" / "linux"
    return checkout if checkout.is_dir() else Path(__file__).with_name("menu_entry")


def _quoted(program: str) -> str:
    """A path as the Exec key wants it: quoted, then escaped like any string (Desktop Entry Specification 1.5)."""
    quoted = re.sub(r'(["`$\\])', r"\\\1", program)
    return f'"{quoted}"'.replace("\\", "\\\\").replace("%", "%%")

"""Takes the pictures and accessibility trees of `screens.py` in a process of its own, always in the same way.

    python tests/ui/camera.py FOLDER [--only NAME ...] [--variants] [--against GOLDEN_FOLDER]

The process has its own fonts (those in `fonts/`, without hints), time zone and home, so that any Linux draws the same
pixels. `packaging/screenshots.py` renews what is kept in the repository; `test_screens.py` compares with it.
"""

from __future__ import annotations

import argparse
import fcntl
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
LOCK = Path("/tmp/ada.lock")
FONTS = Path(__file__).parent / "fonts"
TREES = Path(__file__).parent / "trees"
FONT_RULES = """<?xml version="1.0"?>
<fontconfig>
  <dir>{fonts}</dir>
  <cachedir>{cache}</cachedir>
  <alias><family>monospace</family><prefer><family>DejaVu Sans Mono</family></prefer></alias>
  <alias><family>sans-serif</family><prefer><family>Inter</family></prefer></alias>
  <match target="pattern"><edit name="family" mode="append"><string>Inter</string></edit></match>
  <match target="font">
    <edit name="hinting"><bool>false</bool></edit>
    <edit name="autohint"><bool>false</bool></edit>
    <edit name="hintstyle"><const>hintnone</const></edit>
    <edit name="antialias"><bool>true</bool></edit>
    <edit name="rgba"><const>none</const></edit>
  </match>
</fontconfig>
"""
SCREEN = {
    "name": "one",
    "x": 0,
    "y": 0,
    "width": 3840,
    "height": 2160,
    "logicalDpi": 96,
    "logicalBaseDpi": 96,
    "dpr": 1,
}
NOTICED = 24  # of 255 in any channel; below it, libraries may scale or smooth a picture their own way
NOTICED_ON_SURFACES = 3  # of 255: window, cards and what is chosen on them differ by less than 24
TOLERATED = 0.005


@dataclass(frozen=True, slots=True)
class Found:
    """What one run of the camera tells: shares of pixels that differ, trees, what is wrong with them, and times."""

    differences: dict[str, float]
    trees: dict[str, str]
    complaints: dict[str, list[str]]
    seconds: dict[str, float]


def environment(folder: Path, scale: float = 1.0) -> dict[str, str]:
    """What the process sees of the computer: our fonts, no time zone, no display, and a home of nobody."""
    rules = folder / "fonts.conf"
    rules.write_text(FONT_RULES.format(fonts=FONTS, cache=folder / "font-cache"), encoding="utf-8")
    screen = folder / "screen.json"  # else one of 800 x 800, into which menus are pushed
    screen.write_text(json.dumps({"screens": [SCREEN]}), encoding="utf-8")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("QT_", "LC_", "LANG", "XDG_"))}
    return {
        **kept,
        "FONTCONFIG_FILE": str(rules),
        "HOME": "/tmp/ada",
        "LANG": "C.UTF-8",
        "LORA_STUDIO_HOME": "/tmp/ada/LoRA Studio",
        "OMP_NUM_THREADS": "1",
        "PYTHONPATH": os.pathsep.join([str(ROOT), str(Path(__file__).parent), str(ROOT / "tests" / "fakes")]),
        "QT_QPA_PLATFORM": f"offscreen:configfile={screen}",
        "QT_SCALE_FACTOR": str(scale),
        "TZ": "UTC",
    }


def take(folder: Path, *arguments: str, scale: float = 1.0, timeout_s: float = 600) -> Found:
    """Run the camera; what it found, as it writes it into `folder/found.json`."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as private, LOCK.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # all of them stand in the same fixed folder
        done = subprocess.run(
            [sys.executable, __file__, str(folder), *arguments], env=environment(Path(private), scale), cwd=ROOT,
            capture_output=True, text=True, timeout=timeout_s,
        )  # fmt: skip
    if done.returncode:
        raise RuntimeError(f"The camera failed:\n{done.stdout[-2000:]}\n{done.stderr[-6000:]}")
    return Found(**json.loads((folder / "found.json").read_text(encoding="utf-8")))


# ── In the process ────────────────────────────────────────────────────────────────────────────────────────


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--only", nargs="*", help="names of screens, or beginnings of names")
    parser.add_argument("--themes", nargs="*", default=["dark", "light"])
    parser.add_argument("--variants", action="store_true", help="also other sizes, text sizes, themes and languages")
    parser.add_argument("--cuts", action="store_true", help="only look for words that are cut at 150 %% text")
    parser.add_argument("--four-k", action="store_true", help="only at 3840 x 2160")
    parser.add_argument("--against", type=Path, help="compare with the pictures there, and keep only those that differ")
    wanted = parser.parse_args(arguments)
    from camera_work import Camera

    camera = Camera(wanted.folder, wanted.against)
    if wanted.four_k:
        found = camera.take_four_k(wanted.only)
    elif wanted.cuts:
        found = camera.look_for_cuts(wanted.only)
    else:
        found = camera.take_all(wanted.only, wanted.themes, variants=wanted.variants)
    (wanted.folder / "found.json").write_text(json.dumps(asdict(found)), encoding="utf-8")
    sys.stdout.flush()
    os._exit(0)  # windows and threads need no ceremony here


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))

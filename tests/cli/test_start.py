"""Light commands start at once, because they never touch torch."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import pytest
from drawn_pictures import draw_pictures

CLI = "from lora_studio.cli import main; main()"
TELL_MODULES = """
import atexit, sys
atexit.register(lambda: print("\\n", *sys.modules, file=sys.stderr))
from lora_studio.cli import main
main()
"""
HEAVY = {"torch", "diffusers", "peft", "transformers", "accelerate", "bitsandbytes"}


def run(code: str, arguments: Sequence[str | Path] = ()) -> subprocess.CompletedProcess[str]:
    words = [sys.executable, "-c", code, *map(str, arguments)]
    return subprocess.run(words, capture_output=True, text=True, encoding="utf-8", check=True)


@pytest.mark.parametrize(
    "arguments", [("--help",), ("train", "--help"), ("scan", "PICTURES"), ("presets",), ("status",), ("--version",)]
)
def test_light_commands_load_nothing_heavy(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    pictures = draw_pictures(tmp_path / "pictures", 2)
    done = run(TELL_MODULES, [pictures if word == "PICTURES" else word for word in arguments])
    loaded = set(done.stderr.splitlines()[-1].split())
    assert "lora_studio.cli.app" in loaded
    assert loaded & HEAVY == set()


def test_help_loads_neither_numpy_nor_pydantic() -> None:
    loaded = set(run(TELL_MODULES, ["--help"]).stderr.splitlines()[-1].split())
    assert loaded & {"numpy", "PIL", "pydantic", "psutil"} == set()


# Half a second on a quiet machine is 30 times what Python itself takes to start there (0.017 s).
@pytest.mark.parametrize(("arguments", "most"), [(["--help"], 12), (["scan", "PICTURES"], 30)], ids=["help", "scan"])
def test_light_commands_start_within_half_a_second(tmp_path: Path, arguments: list[str], most: float) -> None:
    pictures = draw_pictures(tmp_path / "pictures", 2)
    words = [str(pictures) if word == "PICTURES" else word for word in arguments]
    run(CLI, words)  # once, so that compiled files are there
    bare, ours = [], []
    for _ in range(3):  # in turns, so that a busy moment hits both
        bare.append(seconds("pass", []))
        ours.append(seconds(CLI, words))
    assert statistics.median(ours) < most * statistics.median(bare)


def seconds(code: str, arguments: Sequence[str]) -> float:
    began = time.perf_counter()
    run(code, arguments)
    return time.perf_counter() - began

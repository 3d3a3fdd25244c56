"""A random user finds nothing; planted faults are found. See `random_user.py`.

`LORA_STUDIO_RANDOM_RUNS` asks for more runs, `LORA_STUDIO_RANDOM_SEED` for one run only, as a failure names it.
Each block is a process of its own: what takes a window down takes no other test with it.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = Path(__file__).with_name("random_user.py")
ACTIONS = 100
RUNS_A_BLOCK = 10  # as many as share a window
RUNS = int(os.environ.get("LORA_STUDIO_RANDOM_RUNS", "200"))
SEED = os.environ.get("LORA_STUDIO_RANDOM_SEED")
LIMIT_MS = 50  # of the GUI thread's own time, at the pace where this was set
LONGEST_S = 400  # a block takes about 35 s of one core
FAULTS = (  # the first seed of a window that meets it, and words of what is told
    ("stale-state", 0, "Train says"),
    ("exception", 0, "no queue here"),
    ("slow", 30, " ms: "),
    ("lost-caption", 30, "fog"),
    ("two-primaries", 0, "a page has one primary action"),
)


def play(*arguments: str) -> subprocess.CompletedProcess[str]:
    words = [sys.executable, str(PROGRAM), "--actions", str(ACTIONS), "--limit-ms", str(LIMIT_MS), *arguments]
    return subprocess.run(words, capture_output=True, text=True, errors="replace", timeout=LONGEST_S)


@pytest.mark.flaky(reruns=2)  # other programs on the same cores make handlers slower than their own work is
@pytest.mark.timeout(LONGEST_S + 50)
@pytest.mark.parametrize("first", range(0, RUNS, RUNS_A_BLOCK) if SEED is None else [int(SEED)])
def test_whatever_is_done_the_window_stays_whole_true_and_quick(first: int) -> None:
    played = play("--first", str(first), "--runs", str(RUNS_A_BLOCK if SEED is None else 1))
    assert played.returncode == 0, f"{played.stdout[-300:]}\n{played.stderr[-8000:]}"


@pytest.mark.slow
@pytest.mark.parametrize(("fault", "first", "words"), FAULTS)
def test_a_planted_fault_is_found(fault: str, first: int, words: str) -> None:
    played = play("--fault", fault, "--first", str(first), "--runs", "10")
    assert played.returncode == 1
    assert words in played.stderr

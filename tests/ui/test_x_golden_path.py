"""The golden path in a real window on an X server: real pointer, real keys, the trainer itself."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PROGRAM = Path(__file__).with_name("x_golden_path.py")
NEEDED = ("Xvfb", "openbox", "xdotool")
missing = [name for name in NEEDED if shutil.which(name) is None]

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(600),
    pytest.mark.skipif(bool(missing), reason=f"needs {', '.join(missing)}"),
]


@pytest.fixture
def display() -> Iterator[str]:
    """A screen of its own with a window manager; as `:9`."""
    with ExitStack() as stack:
        read, write = os.pipe()
        server = subprocess.Popen(
            ["Xvfb", "-displayfd", str(write), "-screen", "0", "1600x1000x24", "-nolisten", "tcp"],
            pass_fds=(write,), stderr=subprocess.DEVNULL,
        )  # fmt: skip
        os.close(write)
        stack.callback(server.wait)
        stack.callback(server.terminate)
        with os.fdopen(read) as told:
            name = f":{told.readline().strip()}"
        manager = subprocess.Popen(
            ["openbox"], env={**os.environ, "DISPLAY": name}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        stack.callback(manager.wait)
        stack.callback(manager.terminate)
        yield name


def test_from_a_sample_project_to_a_file_dropped_elsewhere_by_real_mouse_and_keys(display: str, tmp_path: Path) -> None:
    environment = {
        **os.environ,
        "DISPLAY": display,
        "HOME": str(tmp_path),
        "LANG": "C.UTF-8",
        "LORA_STUDIO_HOME": str(tmp_path / "studio"),
        "PYTHONPATH": str(ROOT),
        "QT_QPA_PLATFORM": "xcb",
    }
    walked = subprocess.run([sys.executable, str(PROGRAM)], env=environment, capture_output=True, text=True)
    assert walked.returncode == 0, f"{walked.stdout}\n{walked.stderr[-4000:]}"

"""The installed program from a folder of pictures to drawn ones, as real processes on a tiny base."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from drawn_pictures import draw_pictures

from lora_studio.errors import ExitCode
from lora_studio.runs.folder import RunFolder

pytestmark = pytest.mark.slow
TIMEOUT_S = 240
SHORT = [
    "--set", "schedule.max_steps=4", "--set", "schedule.epochs=2", "--set", "dataset.resolution_px=64",
    "--set", "preview.steps=1", "--set", "adapter.rank=2", "--set", "precision.cpu_threads=1",
]  # fmt: skip


def command(*arguments: str | Path) -> list[str]:
    program = shutil.which("lora-studio", path=Path(sys.executable).parent)
    begin = [program] if program else [sys.executable, "-c", "from lora_studio.cli import main; main()"]
    return [*begin, *map(str, arguments)]


def run(*arguments: str | Path) -> Any:
    """What the command says as its last line; it must succeed."""
    done = subprocess.run(
        command(*arguments, "--json"), capture_output=True, text=True, encoding="utf-8", timeout=TIMEOUT_S
    )
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    return json.loads(done.stdout.splitlines()[-1])


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from tiny_base import write_tiny_base

    return write_tiny_base(tmp_path_factory.mktemp("base") / "tiny")


def test_pictures_become_an_adapter_that_draws(base: Path, tmp_path: Path) -> None:
    pictures = draw_pictures(tmp_path / "my 'discs' 🐈")
    out = tmp_path / "runs" / "first run"
    trained = run("train", pictures, "--base", base, "--out", out, *SHORT)
    assert (trained["state"]["kind"], trained["epochs"]) == ("done", [1, 2])
    adapter = Path(trained["adapters"][0])

    status = run("status", out)
    assert (status["kind"], status["step"], status["total_steps"]) == ("done", 4, 4)
    assert Path(run("sheet", out, "--out", tmp_path / "sheet.png")["sheet"]).is_file()
    first = run("export", out, "--epoch", "1", "--out", tmp_path / "first.safetensors")
    assert first["adapter"] == str(tmp_path / "first.safetensors")
    pair = run("export", out, "--out", tmp_path / "last.safetensors", "--picture", tmp_path / "pair.png")
    assert Path(pair["picture"]).is_file() and 0 < pair["difference"] < 1

    report = run("inspect", adapter)
    assert (report["family"], report["scheme"], report["ranks"]) == ("practice", "kohya", {"2": first["modules"]})
    assert report["trigger_words"] == [trained["trigger"]]
    assert report["findings"] == []

    common = ["sample", "--base", base, "--prompt", "a red disc", "--steps", "1", "--size", "64"]
    alone, with_it = tmp_path / "alone.png", tmp_path / "with.png"
    run(*common, "--out", alone)
    run(*common, "--adapter", f"{adapter}:1.0", "--prompt", "a blue disc", "--out", with_it)
    assert alone.read_bytes() != with_it.read_bytes()


@pytest.mark.skipif(os.name == "nt", reason="Ctrl+C cannot be sent to one process there")
def test_ctrl_c_saves_and_resume_finishes(base: Path, tmp_path: Path) -> None:
    pictures, out = draw_pictures(tmp_path / "discs"), tmp_path / "run"
    wishes = ["--set", "schedule.max_steps=60", "--set", "schedule.min_steps=60", *SHORT[2:]]
    first = command("train", pictures, "--base", base, "--out", out, *wishes)
    with subprocess.Popen(first, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as process:
        wait_for_step(RunFolder(out), 3)
        process.send_signal(signal.SIGINT)
        assert process.wait(TIMEOUT_S) == ExitCode.PAUSED
    paused = run("status", out)
    assert paused["kind"] == "paused"
    assert 3 <= paused["step"] < 60
    finished = run("train", "--resume", "--out", out)
    assert (finished["state"]["kind"], finished["state"]["step"]) == ("done", 60)


def wait_for_step(folder: RunFolder, step: int) -> None:
    told = f'"kind":"step","step":{step},'.encode()
    deadline = time.monotonic() + TIMEOUT_S
    while not (folder.events_path.is_file() and told in folder.events_path.read_bytes()):
        assert time.monotonic() < deadline, "training did not begin"
        time.sleep(0.05)

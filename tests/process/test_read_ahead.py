"""A base's weights are read while the libraries are imported; what is wrong with it is left for loading to say."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import psutil
import pytest

from lora_studio.errors import ExitCode, StudioError
from lora_studio.runs.folder import RunFolder
from lora_studio.training import __main__ as trainer
from lora_studio.training import draw
from lora_studio.training.read_ahead import BLOCK_BYTES, read_ahead, read_files

SIZE = 3 * BLOCK_BYTES


def write_unread(path: Path) -> Path:
    """A file of `SIZE` bytes that the system had to read from the disk."""
    path.write_bytes(os.urandom(SIZE))
    with path.open("rb") as file:
        os.fsync(file)
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
    return path


def is_held(path: Path) -> bool:
    """Whether every MiB of a file can be had without the disk."""
    with path.open("rb", buffering=0) as file:
        try:
            return all(
                os.preadv(file.fileno(), [bytearray(1)], place, os.RWF_NOWAIT) == 1 for place in range(0, SIZE, 1 << 20)
            )
        except BlockingIOError:
            return False


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells what it holds, and lets go of it")
def test_a_file_is_read_whole_and_once(tmp_path: Path) -> None:
    path = write_unread(tmp_path / "unet.safetensors")
    if is_held(path):
        pytest.skip("this file system lies in memory")
    assert 0 < read_files([path]) <= SIZE  # the system reads some by itself, beyond what it was asked for
    assert is_held(path)
    assert read_files([path]) == 0


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells what it holds, and lets go of it")
def test_what_memory_has_no_room_for_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_unread(tmp_path / "unet.safetensors")
    if is_held(path):
        pytest.skip("this file system lies in memory")
    monkeypatch.setattr("lora_studio.training.read_ahead.MEMORY_SHARE", SIZE / psutil.virtual_memory().available / 2)
    assert read_files([path]) == 0
    assert not is_held(path)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells what it holds, and lets go of it")
def test_of_a_folder_what_will_be_loaded_is_read(tmp_path: Path) -> None:
    from tiny_base import write_tiny_base

    base = write_tiny_base(tmp_path / "base")
    loaded = write_unread(base / "unet" / "diffusion_pytorch_model.safetensors")
    other = write_unread(base / "unet" / "diffusion_pytorch_model.fp16.safetensors")
    read_ahead(str(base)).join()
    if is_held(other):
        pytest.skip("this file system lies in memory")
    assert is_held(loaded)


def test_a_base_that_is_gone_is_left_for_the_trainer_to_tell(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    read_ahead(str(tmp_path / "gone")).join()
    assert "There is no base model at" in caplog.text


@pytest.mark.parametrize(
    ("config", "expected"), [(b'{"base": {"source": "X"}}', ["X"]), (b"{}", ["practice"]), (b'{"base": 1}', [])]
)
def test_the_trainer_begins_with_its_base_and_leaves_bad_settings_for_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, config: bytes, expected: list[str]
) -> None:
    run = RunFolder.create(tmp_path / "run", {"config.json": config})
    asked: list[str] = []
    monkeypatch.setattr("lora_studio.training.read_ahead.read_ahead", asked.append)
    monkeypatch.setattr(trainer, "_pause_on_signals", lambda run: None)
    monkeypatch.setattr(trainer, "_train", lambda *rest: ExitCode.DONE)
    assert trainer.main(str(run.path)) == ExitCode.DONE
    assert asked == expected


def test_drawing_begins_with_its_base(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    monkeypatch.setattr(draw, "read_ahead", asked.append)
    gone = str(tmp_path / "gone")
    with pytest.raises(StudioError):
        draw.draw(draw.DrawWish(base=gone, prompts=("a cat",), out_paths=(str(tmp_path / "cat.png"),)))
    assert asked == [gone]

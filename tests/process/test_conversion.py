from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

import pytest
import safetensors.torch
import torch
from hostile_pickles import checkpoint, programs, write_zip

from lora_studio.errors import StudioError
from lora_studio.jobs.conversion import convert_in_own_process
from lora_studio.jobs.interpreter import training_environment

PROGRAMS = programs()
# In every way of asking; each kind is refused by the reader in test_old_checkpoint.py.
TRIED = [kind for kind in PROGRAMS if " in protocol " not in kind or kind.endswith("protocol 2")][::4]


def test_a_checkpoint_is_converted_and_progress_told(tmp_path: Path) -> None:
    state = {f"t{index}": torch.full((1000,), float(index)) for index in range(5)}
    torch.save({"state_dict": state}, tmp_path / "old model 墨.ckpt")
    told: list[tuple[int, int]] = []
    done = convert_in_own_process(
        tmp_path / "old model 墨.ckpt", tmp_path / "new.safetensors", lambda done, total: told.append((done, total))
    )
    assert (done.tensor_count, done.left_out_count, done.size_bytes) == (5, 0, done.path.stat().st_size)
    assert len(told) == 5 and told[-1] == (done.size_bytes, done.size_bytes)
    found = safetensors.torch.load_file(done.path)
    assert all(torch.equal(found[name], values) for name, values in state.items())


@pytest.mark.parametrize("kind", TRIED)
def test_a_program_is_refused_by_the_process_and_does_not_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    monkeypatch.chdir(tmp_path)
    path = write_zip(tmp_path / "m.ckpt", checkpoint(PROGRAMS[kind]))
    with pytest.raises(StudioError) as raised:
        convert_in_own_process(path, tmp_path / "m.safetensors")
    assert (raised.value.code, int(raised.value.exit_code)) == ("file_refused", 30)
    assert [entry.name for entry in tmp_path.iterdir()] == ["m.ckpt"]


def test_called_off_it_leaves_nothing_behind(tmp_path: Path) -> None:
    torch.save({f"t{index}": torch.zeros(2**20) for index in range(60)}, tmp_path / "m.ckpt")
    began = threading.Event()
    with pytest.raises(StudioError) as raised:
        convert_in_own_process(
            tmp_path / "m.ckpt", tmp_path / "m.safetensors", lambda *_: began.set(), cancelled=began.is_set
        )
    assert raised.value.code == "cancelled"
    assert [entry.name for entry in tmp_path.iterdir()] == ["m.ckpt"]


FORBIDDEN = {
    "os.system": "os.system('mkdir trace')",
    "subprocess": "subprocess.Popen(['mkdir', 'trace'])",
    "exec of a program": "os.execvp('mkdir', ['mkdir', 'trace'])",
    "posix_spawn": "os.posix_spawn('/bin/mkdir', ['mkdir', 'trace'], {})",
    "fork": "os.fork()",
    "socket": "socket.socket()",
    "look up a name": "socket.getaddrinfo('localhost', 80)",
    "unpickle a name": "pickle.loads(b'cos\\nmkdir\\n.')",
    "text as code": "exec('1')",
    "a new module": "__import__('wave')",
    "write elsewhere": "open(os.path.join(os.pardir, 'trace'), 'w')",
    "a name like the folder's": "open(os.getcwd() + 'trace', 'w')",
    "delete elsewhere": "os.remove(os.path.join(os.pardir, 'old.ckpt'))",
    "move away": "os.rename(os.path.join(os.pardir, 'old.ckpt'), 'moved')",
}


@pytest.mark.skipif(sys.platform == "win32", reason="some of these are not there")
@pytest.mark.parametrize("kind", FORBIDDEN)
def test_the_process_could_do_no_harm_even_if_the_reader_had_a_hole(tmp_path: Path, kind: str) -> None:
    (tmp_path / "old.ckpt").touch()
    folder = tmp_path / "models"
    folder.mkdir()
    script = (
        "import os, pickle, socket, subprocess; from pathlib import Path\n"
        "from lora_studio.weights.converter import forbid_all_but_writing_in\n"
        "forbid_all_but_writing_in(Path.cwd())\n"
        f"open('allowed', 'w').close()\n{FORBIDDEN[kind]}"
    )
    ended = subprocess.run(
        [sys.executable, "-c", script], cwd=folder, env=training_environment(), capture_output=True, text=True
    )
    assert "Forbidden:" in ended.stderr
    assert [entry.name for entry in folder.iterdir()] == ["allowed"]
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["models", "old.ckpt"]


def test_a_process_that_dies_is_told_and_the_file_is_safe(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    torch.save({"a": torch.ones(2)}, tmp_path / "m.ckpt")
    monkeypatch.setenv("LORA_STUDIO_KILL_AT", "write.sync")
    with pytest.raises(StudioError) as raised:
        convert_in_own_process(tmp_path / "m.ckpt", tmp_path / "m.safetensors")
    assert raised.value.code == "converter_failed"
    assert [entry.name for entry in tmp_path.iterdir()] == ["m.ckpt"]

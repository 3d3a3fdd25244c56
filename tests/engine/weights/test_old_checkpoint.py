from __future__ import annotations

import os
import pickle
import struct
import subprocess
import sys
import time
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path

import pytest
import safetensors.torch
import torch
from hostile_pickles import (
    CANARY,
    MKDIR,
    ROOT,
    checkpoint,
    listing,
    named,
    number,
    programs,
    tensor,
    unicode,
    write_zip,
)
from ldm_layout import ldm_tensors
from tiny_families import tiny_networks

from lora_studio.bases import find_base
from lora_studio.errors import StudioError
from lora_studio.jobs.interpreter import training_environment
from lora_studio.weights.old_checkpoint import convert_checkpoint

State = dict[str, torch.Tensor]


def refusal(path: Path) -> StudioError:
    with pytest.raises(StudioError) as raised:
        convert_checkpoint(path, path.with_name("new.safetensors"))
    assert not list(path.parent.glob("*.safetensors")) and not list(path.parent.glob(".tmp-*"))
    return raised.value


def converted(path: Path) -> State:
    done = convert_checkpoint(path, path.with_suffix(".safetensors"))
    return safetensors.torch.load_file(done.path)


def assert_equal(found: State, meant: State) -> None:
    assert found.keys() == meant.keys()
    for name, values in meant.items():
        assert found[name].dtype == values.dtype and torch.equal(found[name], values), name


@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
@pytest.mark.parametrize("dtype", [torch.float16, torch.float32])
@pytest.mark.parametrize("level", ["state_dict", ""])
def test_an_honest_sd1_checkpoint_comes_out_tensor_by_tensor_equal_and_is_recognised(
    tmp_path: Path, protocol: int, dtype: torch.dtype, level: str
) -> None:
    state = {
        name: t.to(dtype) if t.is_floating_point() else t
        for name, t in ldm_tensors("sd1", tiny_networks("sd1")).items()
    }
    path = tmp_path / "m.ckpt"
    torch.save({level: OrderedDict(state), "epoch": 3} if level else state, path, pickle_protocol=protocol)
    assert_equal(converted(path), state)
    base = find_base(str(path.with_suffix(".safetensors")))
    assert (base.family, base.prediction) == ("sd1", "epsilon")


def test_views_that_share_numbers_or_jump_come_out_as_they_are(tmp_path: Path) -> None:
    whole = torch.arange(240, dtype=torch.float32).reshape(12, 20)
    state = {
        "whole": whole, "same": whole, "turned": whole.T, "rows": whole[3:5], "every_third": whole[::3, 1::2],
        "number": torch.tensor(7), "nothing": torch.zeros(0, 4), "one_row": whole[:1].expand(1, 20),
        "half": whole.half().T, "brain": whole.bfloat16(), "flags": whole > 9, "bytes": whole.to(torch.uint8),
    }  # fmt: skip
    torch.save(state, tmp_path / "m.ckpt")
    assert_equal(converted(tmp_path / "m.ckpt"), state)


def test_optimizer_notes_and_running_average_stay_behind(tmp_path: Path) -> None:
    weights = {"model.diffusion_model.a": torch.ones(3), "first_stage_model.b": torch.ones(2)}
    model = torch.nn.Linear(2, 2)
    optimizer = torch.optim.AdamW(model.parameters())
    model(torch.ones(2)).sum().backward()
    optimizer.step()
    state = {**weights, "model_ema.decay": torch.tensor(0.9), "model_ema.diffusion_modela": torch.zeros(3), "step": 7}
    whole = {"state_dict": state, "optimizer_states": [optimizer.state_dict()], "global_step": 875000, "lr": 1e-4}
    torch.save(whole, tmp_path / "m.ckpt")
    done = convert_checkpoint(tmp_path / "m.ckpt", tmp_path / "m.safetensors")
    assert_equal(safetensors.torch.load_file(done.path), weights)
    assert (done.tensor_count, done.left_out_count) == (2, 2)


def test_a_running_average_alone_is_kept(tmp_path: Path) -> None:
    state = {"model_ema.diffusion_modela": torch.ones(3)}
    torch.save(state, tmp_path / "m.ckpt")
    assert_equal(converted(tmp_path / "m.ckpt"), state)


def test_what_a_training_library_left_in_is_passed_over(tmp_path: Path) -> None:
    callback = named("pytorch_lightning.callbacks.model_checkpoint", "ModelCheckpoint")
    scalar = named("numpy.core.multiarray", "scalar") + b"(" + named("numpy", "dtype")
    scalar += (
        b"(" + unicode("f8") + b"\x89\x88tR(K\x03" + unicode("<") + b"NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb"
    )
    scalar += named("_codecs", "encode") + b"(" + unicode("12345678") + unicode("latin1") + b"tRtR"
    pickled = (
        b"\x80\x02}("
        + unicode("callbacks")
        + b"}"
        + callback
        + b"}("
        + unicode("best")
        + scalar
        + b"us"
        + unicode("state_dict")
        + b"}"
        + unicode("a")
        + tensor((2,), (1,), 2)
        + b"su."
    )
    path = write_zip(tmp_path / "m.ckpt", checkpoint(pickled, s0=struct.pack("<2f", 1, 2)))
    assert_equal(converted(path), {"a": torch.tensor([1.0, 2.0])})


def test_a_velocity_model_that_only_the_settings_beside_it_tell_stays_one(tmp_path: Path) -> None:
    torch.save(ldm_tensors("sd2", tiny_networks("sd2")), tmp_path / "m.ckpt")
    (tmp_path / "m.yaml").write_text("model:\n  params:\n    parameterization: v\n")
    convert_checkpoint(tmp_path / "m.ckpt", tmp_path / "elsewhere.safetensors")
    assert find_base(str(tmp_path / "elsewhere.safetensors")).prediction == "v_prediction"


def test_the_old_file_is_not_changed_and_no_file_is_replaced(tmp_path: Path) -> None:
    path, taken = tmp_path / "m.ckpt", tmp_path / "m.safetensors"
    torch.save({"a": torch.ones(2)}, path)
    before = path.read_bytes()
    taken.write_text("mine")
    with pytest.raises(StudioError) as raised:
        convert_checkpoint(path, taken)
    assert raised.value.code == "already_there"
    assert taken.read_text() == "mine"
    convert_checkpoint(path, tmp_path / "other.safetensors")
    assert path.read_bytes() == before
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["m.ckpt", "m.safetensors", "other.safetensors"]


def test_a_file_that_came_up_while_the_new_one_was_written_is_left_alone(tmp_path: Path) -> None:
    path, taken = tmp_path / "m.ckpt", tmp_path / "m.safetensors"
    torch.save({"a": torch.ones(2)}, path)
    with pytest.raises(StudioError) as raised:
        convert_checkpoint(path, taken, lambda done, total: taken.write_text("mine") and None)
    assert (raised.value.code, taken.read_text()) == ("already_there", "mine")
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["m.ckpt", "m.safetensors"]


# ── Programs ───────────────────────────────────────────────────────────────────────────────────────────────

PROGRAMS = programs()


@pytest.mark.parametrize("kind", PROGRAMS)
def test_a_program_in_a_checkpoint_is_refused_and_does_not_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    monkeypatch.chdir(tmp_path)  # where its trace would be
    known = set(sys.modules)
    problem = refusal(write_zip(tmp_path / "m.ckpt", checkpoint(PROGRAMS[kind])))
    assert problem.code == "file_refused"
    assert "Nothing in it was run" in problem.detail
    assert [entry.name for entry in tmp_path.iterdir()] == ["m.ckpt"]
    assert {name for name in set(sys.modules) - known if not name.startswith("encodings.")} == set()


def test_a_program_hidden_beside_honest_weights_refuses_them_all(tmp_path: Path) -> None:
    pickled = listing(a=tensor((4,), (1,), 4), notes=MKDIR)
    problem = refusal(write_zip(tmp_path / "m.ckpt", checkpoint(pickled, s0=FOUR)))
    assert "asks to run os.mkdir" in problem.detail


def test_the_programs_would_leave_a_trace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else the tests above would prove nothing."""
    monkeypatch.chdir(tmp_path)
    for kind in ("posix.mkdir in protocol 0", "a name from the stack", "an old instance", "text run as code"):
        pickle.loads(PROGRAMS[kind.replace("posix", os.mkdir.__module__)])
        (tmp_path / CANARY).rmdir()


# ── Bombs, and other files that are not what they say ──────────────────────────────────────────────────────

FOUR = struct.pack("<4f", 1, 2, 3, 4)
Edit = Callable[[bytearray], None]


def put(mark: bytes, at: int, layout: str, *values: int) -> Edit:
    """Writes numbers into the last header of the zip that begins with `mark`."""
    return lambda whole: struct.pack_into(layout, whole, whole.rindex(mark) + at, *values)


ONE = listing(a=tensor((4,), (1,), 4))
BOMBS: dict[str, tuple[bytes, Edit | None, str]] = {
    "one number said to be a trillion": (listing(a=tensor((10**6, 10**6), (0, 0), 4)), None, "larger than any tensor"),
    "one number repeated within limits": (listing(a=tensor((4, 1000), (1, 0), 4)), None, "more numbers than the file"),
    "all numbers the same": (listing(a=tensor((4,), (0,), 4)), None, "more numbers than the file"),
    "rows that overlap": (listing(a=tensor((2, 3), (1, 1), 4)), None, "more numbers than the file"),
    "more than is there": (listing(a=tensor((5,), (1,), 4)), None, "more numbers than the file"),
    "from behind the end": (listing(a=tensor((4,), (1,), 4, offset=1)), None, "more numbers than the file"),
    "a false size": (listing(a=tensor((10**8,), (1,), 10**8)), None, "not as many as stated"),
    "a step backwards": (listing(a=tensor((4,), (-1,), 4, offset=3)), None, "impossible shape"),
    "an offset before the beginning": (listing(a=tensor((4,), (1,), 4, offset=-4)), None, "impossible shape"),
    "a size of a million digits": (
        listing(a=tensor((2**4_000_000,) * 8, (2**4_000_000,) * 8, 4)), None, "impossible shape"),
    "numbers that are not there": (listing(a=tensor((4,), (1,), 4, key="9")), None, "are not there"),
    "numbers from outside": (listing(a=tensor((4,), (1,), 4, key="../../../etc/passwd")), None, "are not there"),
    "more names than any model": (listing(**{f"a{i}": tensor((0,), (1,), 4) for i in range(20_001)}), None, "20,000"),
    "a name like a place": (listing(**{"../a": tensor((4,), (1,), 4)}), None, "place on a disk"),
    "a long list of nothing": (b"\x80\x02" + b"N0" * 300_000 + b"}.", None, "longer than any model"),
    "a list that is too large": (b"\x80\x02" + b"N" * (17 * 2**20) + b".", None, "longer than any model"),
    "a text of 4 GB that is not there": (b"\x80\x02X\xff\xff\xff\xffab.", None, "broken"),
    "a number of 2 GB that is not there": (b"\x80\x02\x8b\xff\xff\xff\x7fab.", None, "broken"),
    "nothing on the stack": (b"\x80\x020.", None, "broken"),
    "compressed numbers": (ONE, put(b"PK\1\2", 10, "<H", 8), "compressed"),
    "a part larger than the file": (ONE, put(b"PK\1\2", 20, "<2I", 10**9, 10**9), "larger than the file"),
    "two sizes": (ONE, put(b"PK\1\2", 24, "<I", 10**9), "two sizes"),
    "parts that overlap": (ONE, put(b"PK\1\2", 42, "<I", 0), "do not agree"),
    "a part outside": (ONE, put(b"PK\1\2", 42, "<I", 2**31), "outside the file"),
    "a table of too many": (ONE, put(b"PK\5\6", 8, "<2H", 0xFFFE, 0xFFFE), "more than any model"),
    "a table elsewhere": (ONE, put(b"PK\5\6", 16, "<I", 5), "elsewhere"),
    "a table that is too short": (ONE, put(b"PK\5\6", 8, "<2H", 9, 9), "shorter than it says"),
    "another checksum": (ONE, lambda whole: whole.__setitem__(whole.index(b"\x80\x02") + 1, 3), "another checksum"),
}  # fmt: skip


@pytest.mark.parametrize("kind", BOMBS)
def test_a_bomb_is_refused_at_once_by_its_reason(tmp_path: Path, kind: str) -> None:
    pickled, edit, words = BOMBS[kind]
    path = write_zip(tmp_path / "m.ckpt", checkpoint(pickled, s0=FOUR), edit)
    began = time.process_time()
    problem = refusal(path)
    assert time.process_time() - began < 2
    assert (problem.code, words in problem.detail) == ("file_refused", True), problem.detail
    assert problem.hint


def test_numbers_under_so_many_names_that_they_would_fill_the_disk_are_refused(tmp_path: Path) -> None:
    pickled = listing(**{f"a{index}": tensor((1000,), (1,), 1000) for index in range(9000)})
    path = write_zip(tmp_path / "m.ckpt", checkpoint(pickled, s0=bytes(4000)))
    assert "twice as large" in refusal(path).detail


@pytest.mark.skipif(sys.platform != "linux", reason="only there the most memory of a process is told")
def test_all_bombs_together_take_less_than_200_mb(tmp_path: Path) -> None:
    for kind, (pickled, edit, _) in BOMBS.items():
        write_zip(tmp_path / f"{kind}.ckpt", checkpoint(pickled, s0=FOUR), edit)
    refuse_all = (
        "import sys; from pathlib import Path; from lora_studio.errors import StudioError\n"
        "from lora_studio.weights.old_checkpoint import convert_checkpoint\n"
        "for path in Path(sys.argv[1]).glob('*.ckpt'):\n"
        "    try: convert_checkpoint(path, path.with_suffix('.safetensors'))\n"
        "    except StudioError: print('refused', flush=True)\n"
        "print(Path('/proc/self/status').read_text())"
    )
    words = [sys.executable, "-c", refuse_all, str(tmp_path)]
    told = subprocess.run(words, env=training_environment(), capture_output=True, text=True, check=True).stdout
    assert told.count("refused") == len(BOMBS)
    most_kib = int(next(line for line in told.splitlines() if line.startswith("VmHWM")).split()[1])
    assert most_kib < 200_000


def test_members_that_share_bytes_are_refused(tmp_path: Path) -> None:
    inner = (
        b"PK\3\4"
        + struct.pack("<5H3I2H", 0, 0, 0, 0, 0, 0, 16, 16, len(f"{ROOT}/data/1"), 0)
        + f"{ROOT}/data/1".encode()
    )
    members = {**checkpoint(ONE, s0=inner + FOUR), f"{ROOT}/data/1": FOUR}

    def point_into_the_first(whole: bytearray) -> None:
        struct.pack_into("<I", whole, whole.rindex(b"PK\1\2") + 42, whole.index(inner))

    assert "overlaps another" in refusal(write_zip(tmp_path / "m.ckpt", members, point_into_the_first)).detail


def test_two_lists_of_contents_are_refused(tmp_path: Path) -> None:
    members = {**checkpoint(ONE, s0=FOUR), "other/data.pkl": ONE}
    assert "no list of contents" in refusal(write_zip(tmp_path / "m.ckpt", members)).detail

    twice = {f"{ROOT}/data.pkl": ONE, f"{ROOT}/data.pk2": ONE}

    def same_name(whole: bytearray) -> None:
        whole[:] = whole.replace(b"data.pk2", b"data.pkl")

    assert "there twice" in refusal(write_zip(tmp_path / "n.ckpt", twice, same_name)).detail


def test_a_file_that_was_cut_or_changed_is_damaged(tmp_path: Path) -> None:
    path = tmp_path / "m.ckpt"
    torch.save({"a": torch.arange(1000.0)}, path)
    whole = path.read_bytes()
    path.write_bytes(whole[:-1000])
    assert refusal(path).code == "file_damaged"
    path.write_bytes(whole.replace(struct.pack("<f", 500.0), struct.pack("<f", 501.0)))
    assert "another checksum" in refusal(path).detail
    path.write_bytes(bytes(4096))
    assert refusal(path).code == "file_damaged"


def test_what_is_older_or_no_checkpoint_is_told_with_a_way_out(tmp_path: Path) -> None:
    path = tmp_path / "m.ckpt"
    torch.save({"a": torch.ones(2)}, path, _use_new_zipfile_serialization=False)
    problem = refusal(path)
    assert (problem.code, "left in 2020" in problem.detail) == ("base_not_supported", True)
    assert ".safetensors version" in problem.hint
    path.write_text("<html>")
    assert "does not begin like a checkpoint" in refusal(path).detail
    torch.save([1, 2], path)
    assert "holds no weights" in refusal(path).detail


def test_a_number_of_a_million_digits_is_what_the_bomb_holds() -> None:
    assert len(number(2**4_000_000)) > 500_000

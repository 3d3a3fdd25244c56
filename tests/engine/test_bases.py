from __future__ import annotations

import json
import os
import pickle
import struct
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from base_configs import write_base_configs
from ldm_layout import published_shapes
from sparse_files import SMALL_SD1, write_sparse

from lora_studio import embedded
from lora_studio.bases import describe_base, find_base, shape_of, weight_files
from lora_studio.errors import StudioError


def refusal(source: Path | str) -> StudioError:
    with pytest.raises(StudioError) as caught:
        find_base(str(source))
    assert caught.value.hint
    return caught.value


@pytest.mark.parametrize(("width", "family"), [(256, "practice"), (768, "sd1"), (1024, "sd2")])
def test_the_family_is_told_by_the_width_of_the_text(tmp_path: Path, width: int, family: str) -> None:
    base = find_base(str(write_base_configs(tmp_path / "my base 🐈", {"in_channels": 4, "cross_attention_dim": width})))
    assert (base.family, base.prediction, base.name) == (family, "epsilon", "my base 🐈")
    assert base.folder.is_absolute()


def test_velocity_models_are_told_apart(tmp_path: Path) -> None:
    base = find_base(str(write_base_configs(tmp_path, {"cross_attention_dim": 1024}, "v_prediction")))
    assert (base.family, base.prediction) == ("sd2", "v_prediction")


def test_practice_is_a_word_not_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedded, "practice_base_dir", lambda: tmp_path)
    base = find_base("practice")
    assert (base.source, base.folder, base.family) == ("practice", tmp_path, "practice")


@pytest.mark.parametrize(
    ("unet", "words"),
    [
        ({"in_channels": 9, "cross_attention_dim": 768}, "inpainting"),
        ({"cross_attention_dim": 1280, "projection_class_embeddings_input_dim": 2560}, "SDXL refiner"),
        ({"cross_attention_dim": 2048}, "SDXL 2048"),
        ({"cross_attention_dim": 768, "addition_embed_type": "text_time"}, "SDXL 2048"),
        ({"cross_attention_dim": 512}, "512 numbers wide"),
        ({"cross_attention_dim": [768, 768]}, "SD 1.x has 768"),
        ({}, "SD 1.x has 768"),
    ],
)
def test_models_that_cannot_be_trained_say_what_they_are(tmp_path: Path, unet: dict[str, Any], words: str) -> None:
    problem = refusal(write_base_configs(tmp_path, unet))
    assert problem.code == "base_not_supported"
    assert words in problem.detail


def test_models_of_another_kind_are_named(tmp_path: Path) -> None:
    index = {"_class_name": "FluxPipeline", "transformer": ["diffusers", "x"]}
    problem = refusal(write_base_configs(tmp_path, {}, index=index))
    assert (problem.code, problem.detail) == ("base_not_supported", "It is a model for FluxPipeline.")


def test_an_odd_prediction_is_refused(tmp_path: Path) -> None:
    problem = refusal(write_base_configs(tmp_path, {"cross_attention_dim": 768}, "sample"))
    assert "'sample'" in problem.detail


def test_sdxl_is_told_by_the_sizes_it_takes(tmp_path: Path) -> None:
    unet = {"cross_attention_dim": 2048, "addition_embed_type": "text_time"}
    assert find_base(str(write_base_configs(tmp_path, unet))).family == "sdxl"


def test_models_with_other_noise_levels_are_refused(tmp_path: Path) -> None:
    write_base_configs(tmp_path, {"cross_attention_dim": 768})
    scheduler = {"_class_name": "EDMDPMSolverMultistepScheduler", "prediction_type": "epsilon"}
    (tmp_path / "scheduler" / "scheduler_config.json").write_text(json.dumps(scheduler))
    assert "EDM" in refusal(tmp_path).detail


def test_a_folder_says_whether_its_noisiest_step_is_noise_alone(tmp_path: Path) -> None:
    write_base_configs(tmp_path, {"cross_attention_dim": 768})
    assert not find_base(str(tmp_path)).zero_terminal_snr
    scheduler = {"prediction_type": "v_prediction", "rescale_betas_zero_snr": True}
    (tmp_path / "scheduler" / "scheduler_config.json").write_text(json.dumps(scheduler))
    assert find_base(str(tmp_path)).zero_terminal_snr


def test_a_model_in_one_file_has_our_settings_and_sizes_from_its_header(tmp_path: Path) -> None:
    marks = {"v_pred": (0,), "ztsnr": (0,)}
    path = write_sparse(tmp_path / "my dream 墨.safetensors", published_shapes("sdxl") | marks)
    base = find_base(str(path))
    assert (base.family, base.prediction, base.zero_terminal_snr) == ("sdxl", "v_prediction", True)
    assert (base.name, base.checkpoint) == ("my dream 墨", path)
    shape = shape_of(base)
    assert (shape.unet_parameters, shape.text_parameters) == (2_567_463_684, 123_060_480 + 694_659_840)
    assert [text["hidden_size"] for text in shape.texts] == [768, 1280]
    found = describe_base(path)
    assert (found.usable, found.family, found.reason) == (True, "sdxl", "")


def test_a_file_that_was_replaced_or_explained_is_looked_at_again(tmp_path: Path) -> None:
    path = write_sparse(tmp_path / "m.safetensors", SMALL_SD1)
    assert find_base(str(path)).prediction == "epsilon"
    (tmp_path / "m.yaml").write_text("parameterization: v")
    assert find_base(str(path)).prediction == "v_prediction"
    write_sparse(path, {name: shape for name, shape in SMALL_SD1.items() if "decoder" not in name})
    assert "no VAE" in refusal(path).detail


@pytest.mark.parametrize(
    ("names", "chosen"),
    [
        (["model.fp16.safetensors"], ["model.fp16.safetensors"]),
        (["model.fp16.safetensors", "model.safetensors"], ["model.safetensors"]),
        (["model.bf16.safetensors", "model.fp16.safetensors"], ["model.fp16.safetensors"]),
        (["model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"],) * 2,
        (["model.fp16-00001-of-00002.safetensors"],) * 2,
        (["model.bin"], []),
    ],
)
def test_plain_weights_go_before_those_of_a_variant(tmp_path: Path, names: list[str], chosen: list[str]) -> None:
    for name in names:
        (tmp_path / name).touch()
    assert [path.name for path in weight_files(tmp_path)] == chosen


class Payload:
    """What a pickle of this does when it is opened: it makes a folder."""

    def __init__(self, trace: Path) -> None:
        self.trace = trace

    def __reduce__(self) -> tuple[Callable[[str], None], tuple[str]]:
        return os.mkdir, (str(self.trace),)


def _raw(header: bytes, data: bytes = b"") -> bytes:
    return struct.pack("<Q", len(header)) + header + data


def _cut(path: Path) -> None:
    write_sparse(path, published_shapes("sd1"))
    with path.open("r+b") as file:
        file.truncate(1_000_000_000)


def _zeros(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(2_000_000_000)


ENTRY = b'"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}'
BAD_FILES: dict[str, tuple[Callable[[Path], object], str, str]] = {
    "program": (lambda path: path.write_bytes(pickle.dumps(Payload(path.parent / "ran"))), "m.ckpt", "old format"),
    "program by another name": (
        lambda path: path.write_bytes(pickle.dumps(Payload(path.parent / "ran"))), "m.safetensors", "older .ckpt"),
    "lora": (lambda path: write_sparse(path, {"lora_unet_x.lora_down.weight": (4, 8)}), "m.safetensors", "a LoRA"),
    "vae": (lambda path: write_sparse(path, {"decoder.conv_in.weight": (4, 8)}), "m.safetensors", "a VAE alone"),
    "other": (lambda path: write_sparse(path, {"double_blocks.0.x": (4, 8)}), "m.safetensors", "a Flux model"),
    "cut": (_cut, "m.safetensors", "It is 1.0 GB but should be 2.1 GB"),
    "empty": (lambda path: path.touch(), "m.safetensors", "only 0 bytes"),
    "twice": (lambda path: path.write_bytes(_raw(b"{" + ENTRY + b"," + ENTRY + b"}", bytes(4))), "m.safetensors",
              "appears twice"),
    "huge": (lambda path: path.write_bytes(struct.pack("<Q", 2**62) + b"{}"), "m.safetensors", "more than any model"),
    "zeros": (_zeros, "m.safetensors", "nothing but zeros"),
    "loop": (lambda path: path.symlink_to(path), "m.safetensors", "drive may be unplugged"),
    "picture": (lambda path: path.write_bytes(b"\x89PNG\r\n\x1a\n...."), "m.png", "does not begin like one"),
}  # fmt: skip


@pytest.mark.parametrize("kind", [kind for kind in BAD_FILES if kind != "loop" or sys.platform != "win32"])
def test_a_bad_file_is_refused_in_plain_words_at_once_and_nothing_in_it_runs(tmp_path: Path, kind: str) -> None:
    make, name, words = BAD_FILES[kind]
    make(tmp_path / name)
    began = time.process_time()
    problem = refusal(tmp_path / name)
    assert time.process_time() - began < 2
    assert words in problem.detail
    assert problem.title.endswith(".") and problem.title.count(". ") == 0
    assert not (tmp_path / "ran").exists()


@contextmanager
def without_rights() -> Iterator[None]:
    """Inside the block this process is nobody in particular, if it is root, whom no lock stops."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65_534)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.mark.skipif(sys.platform == "win32", reason="rights are others there")
@pytest.mark.parametrize("locked", ["file", "folder"])
def test_what_may_not_be_read_is_told(locked: str) -> None:
    with tempfile.TemporaryDirectory() as home:
        folder = Path(home) / "models"
        folder.mkdir()
        path = write_sparse(folder / "m.safetensors", published_shapes("sd1"))
        Path(home).chmod(0o755)
        (path if locked == "file" else folder).chmod(0)
        with without_rights():
            problem = refusal(path)
        folder.chmod(0o755)
    assert problem.code == "file_unreadable"
    assert "Permission denied" in problem.detail


@pytest.mark.parametrize("source", ["nowhere/at all", "someone/stable-diffusion"])
def test_a_missing_folder_is_told_and_nothing_is_looked_up(source: str) -> None:
    problem = refusal(source)
    assert (problem.code, source in problem.title) == ("base_missing", True)
    assert "not looked up" in problem.detail


def test_a_folder_of_something_else_is_told(tmp_path: Path) -> None:
    assert "model_index.json" in refusal(tmp_path).detail


@pytest.mark.parametrize("name", ["model_index.json", "unet/config.json", "scheduler/scheduler_config.json"])
@pytest.mark.parametrize("text", ["{", "", "[1]", "null", '"words"'])
def test_damaged_configs_are_named(tmp_path: Path, name: str, text: str) -> None:
    write_base_configs(tmp_path, {"cross_attention_dim": 768})
    (tmp_path / name).write_text(text)
    problem = refusal(tmp_path)
    assert problem.code == "model_damaged"
    assert name in problem.detail


@pytest.mark.parametrize("name", ["unet/config.json", "scheduler/scheduler_config.json"])
def test_missing_configs_are_named(tmp_path: Path, name: str) -> None:
    write_base_configs(tmp_path, {"cross_attention_dim": 768})
    (tmp_path / name).unlink()
    assert name in refusal(tmp_path).detail

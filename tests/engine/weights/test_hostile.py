"""Adapter files that are malformed or meant to harm: one plain sentence or a report each, fast and in little memory."""

from __future__ import annotations

import json
import struct
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save

from lora_studio.errors import StudioError
from lora_studio.weights.adapter import ADAPTER_KEY
from lora_studio.weights.inspect import inspect_adapter
from lora_studio.weights.lora import read_lora

STEM = "lora_unet_down_blocks_0_attentions_0_transformer_blocks_0_attn2_to_k"
DOTTED = "unet.down_blocks.0.attentions.0.transformer_blocks.0.attn2.to_k"
DOWN, UP, ALPHA = f"{STEM}.lora_down.weight", f"{STEM}.lora_up.weight", f"{STEM}.alpha"
DEEP = "[" * 100_000


def good(**changes: np.ndarray | None) -> dict[str, np.ndarray]:
    tensors = {DOWN: np.ones((4, 768), np.float32), UP: np.ones((320, 4), np.float32), ALPHA: np.array(4, np.float32)}
    names = {"down": DOWN, "up": UP, "alpha": ALPHA}
    tensors |= {names[side]: value for side, value in changes.items() if value is not None}
    return {name: value for name, value in tensors.items() if changes.get(_side(name), value) is not None}


def _side(name: str) -> str:
    return {DOWN: "down", UP: "up", ALPHA: "alpha"}[name]


def raw(header: object, data: bytes = b"") -> bytes:
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + data


def entry(dtype: str, shape: list[int], begin: int, end: int) -> dict[str, object]:
    return {"dtype": dtype, "shape": shape, "data_offsets": [begin, end]}


def peft(**settings: object) -> bytes:
    tensors = {f"{DOTTED}.lora_A.weight": np.ones((4, 8), np.float32), f"{DOTTED}.lora_B.weight": np.ones((8, 4))}
    return save(
        {name: value.astype(np.float32) for name, value in tensors.items()},
        {"lora_adapter_metadata": json.dumps(settings)},
    )


WHOLE = save(good())
PAIR = {DOWN: entry("F32", [1, 2], 0, 8), UP: entry("F32", [2, 1], 8, 16)}
FILES: dict[str, bytes] = {
    "nothing": b"",
    "one byte": b"\x00",
    "a cut header": WHOLE[:60],
    "cut data": WHOLE[:-1],
    "a tail": WHOLE + b"tail",
    "a header of 2^63 bytes": struct.pack("<Q", 2**63) + b"{" + bytes(100),
    "a header of no bytes": struct.pack("<Q", 0) + b"{}",
    "a pickle": b"\x80\x04\x95" + bytes(100),
    "a zip with a pickle": b"PK\x03\x04" + bytes(100),
    "a web page": b"<!DOCTYPE html><html>" + bytes(100),
    "a note of Git LFS": b"version https://git-lfs.github.com/spec/v1\n",
    "no tensors": raw({}),
    "metadata alone": raw({"__metadata__": {"ss_network_dim": "16"}}),
    "a list as header": raw([1, 2, 3]),
    "nested lists": raw(b'{"a":' + b"[" * 100_000),
    "two tensors of one name": raw(b'{"a.alpha":%s,"a.alpha":%s}' % ((json.dumps(PAIR[DOWN]).encode(),) * 2), bytes(8)),
    "overlapping halves": raw({**PAIR, UP: entry("F32", [2, 1], 4, 12)}, bytes(12)),
    "a gap between halves": raw({**PAIR, UP: entry("F32", [2, 1], 16, 24)}, bytes(24)),
    "a path as a module": raw({"../../x.lora_down.weight": PAIR[DOWN]}, bytes(8)),
    "text that turns round": raw({"lora_\u202eunet.alpha": PAIR[DOWN]}, bytes(8)),
    "15,000 modules": raw({f"lora_unet_{n}.alpha": entry("F32", [0], 0, 0) for n in range(15_000)}),
    "15,000 layers nobody has": raw({f"x_{n}.lora_up.weight": entry("F32", [0, 1], 0, 0) for n in range(15_000)}),
    "metadata of 900 kB": save(good(), {"ss_tag_frequency": "x" * 900_000}),
    "metadata that is deep JSON": save(good(), {"ss_network_args": DEEP, "lora_adapter_metadata": DEEP}),
    "a note of our trainer that is deep JSON": save(good(), {ADAPTER_KEY: DEEP}),
    "a note of our trainer about other layers": save(
        good(), {ADAPTER_KEY: '{"family":"sd1","modules":{"unet.x":{"rank":4,"alpha":1}}}'}
    ),
    "down without up": save(good(up=None)),
    "up without down": save(good(down=None)),
    "a strength alone": save({ALPHA: np.array(4, np.float32)}),
    "halves of different ranks": save(good(up=np.ones((320, 5), np.float32))),
    "halves that are swapped": save(good(down=np.ones((320, 4), np.float32), up=np.ones((4, 320), np.float32))),
    "rank 0": save(good(down=np.ones((0, 768), np.float32), up=np.ones((320, 0), np.float32))),
    "a half without dimensions": save(good(down=np.array(1, np.float32))),
    "a half with five dimensions": save(good(down=np.ones((4, 768, 1, 1, 1), np.float32))),
    "whole numbers as weights": save(good(down=np.ones((4, 768), np.int64))),
    "8-bit floats as weights": raw({**PAIR, UP: entry("F8_E4M3", [2, 2], 8, 12)}, bytes(12)),
    "a strength that is no number": save(good(alpha=np.array(np.nan, np.float32))),
    "a strength that is infinite": save(good(alpha=np.array(np.inf, np.float32))),
    "a strength with 1,000 numbers": save(good(alpha=np.ones(1000, np.float32))),
    "a strength of 8 bits": raw({**PAIR, ALPHA: entry("F8_E5M2", [], 16, 17)}, bytes(17)),
    "a weight that is no number": save(good(up=np.full((320, 4), np.nan, np.float32))),
    "weights near the largest number": save(good(up=np.full((320, 4), 3e38, np.float32))),
    "a base model with one adapter key": save(
        {f"model.diffusion_model.{n}": np.ones(2, np.float32) for n in range(9)} | good()
    ),
    "a name converted wrongly": save({"lora_unet_unet_down_blocks_0_lora_down.weight": np.ones((4, 4), np.float32)}),
    "PEFT with a rule that would take for ever": peft(**{"unet.alpha_pattern": {"(a+)+$": 1}, "unet.lora_alpha": 1}),
    "PEFT with words as strength": peft(**{"unet.lora_alpha": "much"}),
    "PEFT with a list for settings": save(good(), {"lora_adapter_metadata": "[1]"}),
    "transformer block of a very long number": save(
        {name.replace("blocks_0_attn2", f"blocks_{'9' * 300}_attn2"): value for name, value in good().items()}
    ),
}  # fmt: skip


# Odd, but every program takes them.
SOUND = {"metadata of 900 kB", "weights near the largest number"}


def told(read: Callable[[Path], object], path: Path) -> str:
    """The refusal in words, or nothing when the file was read."""
    try:
        read(path)
    except StudioError as error:
        return str(error)
    return ""


@pytest.mark.parametrize("name", FILES)
def test_a_bad_file_ends_in_words_fast_and_in_little_memory(name, tmp_path):
    path = tmp_path / "bad.safetensors"
    path.write_bytes(FILES[name])

    started = time.process_time()
    sentence = told(inspect_adapter, path)
    assert time.process_time() - started < 0.5
    tracemalloc.start()
    plain = told(read_lora, path)
    peak_bytes = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak_bytes < 100e6
    for words in (sentence, plain):
        assert len(words) < 1000 and "Traceback" not in words and words.count("\n") == 0


@pytest.mark.parametrize("name", sorted(FILES.keys() - SOUND))
def test_no_bad_file_is_taken_for_a_sound_lora(name, tmp_path):
    path = tmp_path / "bad.safetensors"
    path.write_bytes(FILES[name])
    try:
        report = inspect_adapter(path)
    except StudioError as error:
        assert error.hint and error.title.startswith(("bad.safetensors", "The"))
        return
    loads = {program.verdict for program in report.programs.values()} == {"loads"}
    assert report.findings or not loads

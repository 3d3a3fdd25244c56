"""`convert`, `resize` and `merge` from the first word to the file, as a person types them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from lora_studio.cli.tools import percent

Cli = Callable[..., Any]
STEM = "lora_te_text_model_encoder_layers_0_mlp_fc1"


@pytest.fixture
def lora(tmp_path: Path) -> Path:
    """A rank-4 LoRA of one layer, whose change has the singular values 3, 1, 0 and 0."""
    down, up = np.eye(4, 6, dtype=np.float32), np.diag(np.float32([3, 1, 0, 0]))
    tensors = {f"{STEM}.lora_down.weight": down, f"{STEM}.lora_up.weight": up, f"{STEM}.alpha": np.float32(4)}
    path = tmp_path / "fox.safetensors"
    save_file({name: np.asarray(values) for name, values in tensors.items()}, path, {"ss_base_model_version": "sd_v1"})
    return path


def test_convert_writes_the_other_scheme_and_says_where(cli: Cli, lora: Path, tmp_path: Path) -> None:
    out = tmp_path / "new folder" / "out.safetensors"
    told = cli("convert", lora, "--scheme", "diffusers", "--dtype", "fp16", "--out", out, "--json")
    assert told.code == 0
    assert told.json["scheme"] == "diffusers" and told.json["family"] == "sd1" and told.json["modules"] == 1
    written = load_file(told.json["adapter"])
    assert set(written) == {f"text_encoder.text_model.encoder.layers.0.mlp.fc1.lora_{side}.weight" for side in "AB"}
    assert {values.dtype for values in written.values()} == {np.dtype(np.float16)}
    assert "read back whole" in told.err


def test_inspect_tells_where_a_file_loads_and_reads_the_numbers_when_asked(cli: Cli, lora: Path) -> None:
    told = cli("inspect", lora)
    assert told.code == 0
    assert "ComfyUI loads it whole." in told.out
    assert "InvokeAI does not load it. It finds nothing in the file that tells the base model." in told.out
    assert "--check reads every number too" in told.out and "data sha256" not in told.out
    checked = cli("inspect", lora, "--check", "--json")
    assert checked.json["kinds"] == {"lora": 1} and len(checked.json["data_sha256"]) == 64
    assert checked.json["programs"]["diffusers"]["verdict"] == "loads"


def test_resize_tells_how_much_is_kept(cli: Cli, lora: Path, tmp_path: Path) -> None:
    # 3² of 3² + 1² is 0.9.
    told = cli("resize", lora, "--rank", "1", "--out", tmp_path / "out.safetensors")
    assert told.code == 0
    assert "Kept 90.00 % of the change" in told.out
    assert "text_encoder.encoder.layers.0.mlp.fc1" in told.out
    assert "Ranks: 1 in 1 layer." in told.out
    as_json = cli("resize", lora, "--keep", "0.95", "--out", tmp_path / "out.safetensors", "--json")
    assert (as_json.json["kept"], as_json.json["ranks"]) == (1.0, {"2": 1})


@pytest.mark.parametrize(("share", "words"), [(0.9, "90.00 %"), (0.999999, "99.99 %"), (1 - 1e-15, "100 %")])
def test_only_what_is_everything_but_for_rounding_is_called_100_percent(share: float, words: str) -> None:
    assert percent(share) == words


def test_merge_adds_the_weighted_files(cli: Cli, lora: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.safetensors"
    told = cli("merge", lora, f"{lora}:-0.5", "--out", out, "--json")
    assert told.code == 0
    assert told.json["ranks"] == {"8": 1}
    written = load_file(out)
    up, down = written[f"{STEM}.lora_up.weight"], written[f"{STEM}.lora_down.weight"]
    change = written[f"{STEM}.alpha"] / 8 * (up @ down)
    assert np.abs(np.diag(change) - [1.5, 0.5, 0, 0]).max() <= 1e-6
    squeezed = cli("merge", lora, f"{lora}:-0.5", "--rank", "2", "--out", out)
    assert "Kept 100 % of the change" in squeezed.out
    assert "Ranks: 2 in 1 layer." in squeezed.out

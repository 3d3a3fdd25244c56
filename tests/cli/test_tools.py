"""The commands that make files from adapters and bases, from the first word to the file, as a person types them."""

from __future__ import annotations

import base64
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from ldm_layout import ldm_tensors
from PIL import Image
from safetensors.numpy import load_file, save_file
from tiny_adapters import write_base, write_lora
from tiny_families import tiny_networks, write_tiny_folder

from lora_studio.bases import find_base
from lora_studio.cli.tools import percent
from lora_studio.errors import ExitCode
from lora_studio.weights.base_layers import layers_in_file
from lora_studio.weights.header import read_header
from lora_studio.weights.lora import read_lora

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
    assert told.json["ranks"] == {"4": 1}  # no more than the layer has
    written = load_file(out)
    up, down = written[f"{STEM}.lora_up.weight"], written[f"{STEM}.lora_down.weight"]
    change = written[f"{STEM}.alpha"] / 4 * (up @ down)
    assert np.abs(np.diag(change) - [1.5, 0.5, 0, 0]).max() <= 1e-6
    squeezed = cli("merge", lora, f"{lora}:-0.5", "--rank", "2", "--out", out)
    assert "Kept 100 % of the change" in squeezed.out
    assert "Ranks: 2 in 1 layer." in squeezed.out


def test_convert_folds_a_strength_in(cli: Cli, lora: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.safetensors"
    assert cli("convert", lora, "--strength", "0.8", "--out", out).code == 0
    assert load_file(out)[f"{STEM}.alpha"] == np.float32(3.2)
    refused = cli("convert", lora, "--strength", "0", "--out", out)
    assert refused.code == 30 and "0 cannot be the strength" in refused.err


def test_convert_makes_a_plain_lora_of_another_kind_and_tells_the_error(cli: Cli, tmp_path: Path) -> None:
    file, out = tmp_path / "loha.safetensors", tmp_path / "plain.safetensors"
    factors = {"w1_a": np.eye(6, 2), "w1_b": np.eye(2, 6), "w2_a": np.ones((6, 2)), "w2_b": np.ones((2, 6))}
    tensors = {f"{STEM}.hada_{leaf}": values.astype(np.float32) for leaf, values in factors.items()}
    save_file(tensors, file, {"ss_base_model_version": "sd_v1"})
    refused = cli("convert", file, "--out", out)
    assert refused.code == 30 and "convert FILE --to-plain" in refused.err
    # The product is 2 at two places of the diagonal and 0 elsewhere: two ranks of the same size.
    told = cli("convert", file, "--to-plain", "--out", out, "--json")
    assert told.code == 0 and told.json["ranks"] == {"2": 1} and told.json["error"] < 1e-5
    half = cli("convert", file, "--to-plain", "--rank", "1", "--out", out)
    assert half.code == 0 and "Error: 71 % of the change" in half.out
    assert read_lora(out).modules["text_encoder.encoder.layers.0.mlp.fc1"].rank == 1
    for words in (("--to-plain", "--rank", "1", "--keep", "0.9"), ("--to-plain", "--keep", "2"), ("--rank", "1")):
        assert cli("convert", file, *words, "--out", out).code == ExitCode.USAGE


def test_convert_makes_a_plain_lora_of_a_dora_with_its_base(cli: Cli, tmp_path: Path) -> None:
    base = write_base(tmp_path / "base.safetensors", "sd1")
    layer = find_layer(base, "text_encoder.encoder.layers.0.mlp.fc1")
    tensors = {
        f"{STEM}.lora_down.weight": np.zeros((1, layer.shape[1]), np.float32),
        f"{STEM}.lora_up.weight": np.zeros((layer.shape[0], 1), np.float32),
        f"{STEM}.dora_scale": 2 * np.linalg.norm(layer, axis=1, keepdims=True),
    }
    save_file(tensors, tmp_path / "dora.safetensors", {"ss_base_model_version": "sd_v1"})
    words = (
        "convert",
        tmp_path / "dora.safetensors",
        "--to-plain",
        "--keep",
        "1",
        "--out",
        tmp_path / "out.safetensors",
    )
    assert "--base MODEL" in cli(*words).err
    assert cli(*words, "--base", base).code == 0
    # Every row is twice as long as in the base, so the change is the base itself.
    module = read_lora(tmp_path / "out.safetensors").modules["text_encoder.encoder.layers.0.mlp.fc1"]
    assert np.allclose(module.scale * module.up.read() @ module.down.read(), layer, atol=1e-4)


def find_layer(base: Path, place: str) -> np.ndarray:
    return layers_in_file(base, read_header(base), "sd1")[place].read().astype(np.float32)


def test_edit_writes_words_and_a_small_upright_cover(cli: Cli, lora: Path, tmp_path: Path) -> None:
    picture, out = tmp_path / "my cover.png", tmp_path / "out.safetensors"
    Image.new("RGB", (1024, 512), "red").save(picture)
    words = ("--title", "Fox", "--author", "A", "--licence", "CC0", "--trigger", "mirafox", "--description", "Red.")
    told = cli("edit", lora, *words, "--cover", picture, "--remove-settings", "--out", out, "--json")
    assert told.code == 0 and "modelspec.title" in told.json["changed"]
    metadata = read_header(out).metadata
    keys = ("title", "author", "license", "trigger_phrase", "description")
    assert [metadata[f"modelspec.{key}"] for key in keys] == ["Fox", "A", "CC0", "mirafox", "Red."]
    cover = Image.open(io.BytesIO(base64.b64decode(metadata["modelspec.thumbnail"].partition(",")[2])))
    assert (cover.format, cover.size) == ("JPEG", (256, 128))
    assert b"my cover" not in out.read_bytes()
    again = tmp_path / "again.safetensors"
    assert cli("edit", out, "--author", "", "--remove-cover", "--out", again).code == 0
    assert not {"modelspec.author", "modelspec.thumbnail"} & read_header(again).metadata.keys()


def test_bake_and_extract_are_there_and_back(cli: Cli, tmp_path: Path) -> None:
    base = write_base(tmp_path / "base.safetensors", "sd1")
    adapter = write_lora(tmp_path / "fox.safetensors", base, "sd1")
    both, out = tmp_path / "new folder" / "both.safetensors", tmp_path / "out.safetensors"
    told = cli("bake", base, f"{adapter.path}:0.5", "--out", both, "--json")
    assert told.code == 0 and told.json["layers"] == len(adapter.modules) and "read back whole" in told.err
    assert read_header(both).metadata["modelspec.merged_from"] == "base.safetensors, fox.safetensors:0.5"

    told = cli("extract", both, base, "--rank", "3", "--text-encoder", "--targets", "all", "--out", out)
    assert told.code == 0 and "Kept 100 % of the difference in these layers" in told.out
    assert read_lora(out).modules.keys() == adapter.modules.keys()
    attention = cli("extract", both, base, "--out", out, "--energy", "0.5", "--json")
    assert attention.json["modules"] == 128 and 0.5 < attention.json["kept"] < 1 and attention.json["equal_layers"] == 0
    other = cli("extract", base, base, "--out", tmp_path / "none.safetensors")
    assert other.code == 30 and "do not differ" in other.err and not (tmp_path / "none.safetensors").exists()
    assert cli("extract", both, base, "--energy", "2", "--out", out).code == 2


def test_a_large_file_tells_of_each_tenth_once(cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    base = write_base(tmp_path / "base.safetensors", "sd1")
    adapter = write_lora(tmp_path / "fox.safetensors", base, "sd1", every=50)
    words = ("bake", base, adapter.path, "--out", tmp_path / "out.safetensors")
    assert len(cli(*words).out.splitlines()) == 1
    monkeypatch.setattr("lora_studio.cli.tools.SLOW_FILE_BYTES", 1)
    told = cli(*words).out.splitlines()
    shares = [int(line.split()[0]) for line in told[:-1]]
    assert shares == sorted(set(shares)) and shares[-1] == 100 and told[-2].endswith("reading it back")


def test_bake_takes_an_adapter_that_does_not_tell_its_base_and_a_model_in_a_folder(cli: Cli, tmp_path: Path) -> None:
    base = write_base(tmp_path / "base.safetensors", "sd1")
    stem = "lora_unet_mid_block_attentions_0_proj_in"
    tensors = {f"{stem}.lora_down.weight": np.ones((1, 32, 1, 1)), f"{stem}.lora_up.weight": np.ones((32, 1, 1, 1))}
    save_file(tensors, tmp_path / "bare.safetensors")
    assert cli("bake", base, tmp_path / "bare.safetensors", "--out", tmp_path / "out.safetensors").code == 0
    folder = write_tiny_folder(tmp_path / "folder", "sd1")
    told = cli("bake", folder, tmp_path / "bare.safetensors", "--out", tmp_path / "out", "--json")
    assert told.code == 0 and told.json["layers"] == 1 and "every changed file read back whole" in told.err
    assert find_base(told.json["model"]).family == "sd1"
    there_and_back = cli("extract", tmp_path / "out", folder, "--targets", "all", "--rank", "1", "--out",
                         tmp_path / "diff.safetensors", "--json")  # fmt: skip
    assert there_and_back.json["modules"] == 1
    refused = cli("bake", "practice", tmp_path / "bare.safetensors", "--out", tmp_path / "none")
    assert refused.code == 30 and "Practice base" in refused.err


def test_convert_ckpt_writes_beside_the_old_file_and_says_what_it_is(cli: Cli, tmp_path: Path) -> None:
    old = tmp_path / "dream.ckpt"
    torch.save({"state_dict": {**ldm_tensors("sd1", tiny_networks("sd1")), "model_ema.a": torch.ones(2)}}, old)
    told = cli("convert-ckpt", old, "--json")
    assert (told.code, told.json["family"], told.json["left_out"]) == (0, "sd1", 1)
    assert told.json["model"] == str(tmp_path / "dream.safetensors")
    assert "It is a model of the family sd1." in told.err
    assert find_base(told.json["model"]).family == "sd1"
    assert cli("convert-ckpt", old).code == ExitCode.BAD_INPUT


def test_convert_ckpt_of_a_part_of_a_model_says_that_it_is_no_base(cli: Cli, tmp_path: Path) -> None:
    torch.save({"decoder.conv_in.weight": torch.ones(2)}, tmp_path / "vae.pt")
    told = cli("convert-ckpt", tmp_path / "vae.pt", "--out", tmp_path / "new" / "vae.safetensors")
    assert told.code == 0
    assert "Not a base: It is a VAE alone" in told.out


def test_inspect_tells_the_recipe_what_is_unknown_and_what_has_no_place_here(cli: Cli, lora: Path) -> None:
    metadata = {"ss_seed": "7", "ss_optimizer": "lion_pytorch.Lion", "ss_lr_scheduler": "cosine"}
    save_file(load_file(lora), lora, metadata)
    told = cli("inspect", lora, "--recipe")
    assert told.code == 0
    assert "  adapter.rank=4  (its layers)\n" in told.out
    assert '  schedule.curve="cosine"  (ss_lr_scheduler)\n' in told.out
    assert "Unknown: " in told.out and "optimizer.learning_rate" in told.out
    assert "Not taken over: optimizer.type Lion. This optimiser is not offered here." in told.out
    as_json = cli("inspect", lora, "--recipe", "--json").json["recipe"]
    assert {"path": "seed", "value": 7, "source": "ss_seed"} in as_json["settings"]
    assert "recipe" not in cli("inspect", lora, "--json").json

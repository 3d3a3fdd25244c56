"""A baked base draws what base and adapter draw together, and is the base byte for byte everywhere else."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
import safetensors.torch
import torch
from diffusers import StableDiffusionPipeline, StableDiffusionXLPipeline, UNet2DConditionModel
from safetensors.torch import load_file
from tiny_adapters import delta_of, write_base, write_lora
from tiny_families import write_tiny_file, write_tiny_folder

from lora_studio import storage
from lora_studio.bases import adaptable_files, find_base
from lora_studio.errors import ExitCode, StudioError
from lora_studio.weights.bake import BakeResult, bake_folder, bake_loras
from lora_studio.weights.base_layers import layers_in_file
from lora_studio.weights.convert import convert_lora
from lora_studio.weights.header import read_header
from lora_studio.weights.lora import Lora
from lora_studio.weights.merge import Part

FAMILIES = ("sd1", "sd2", "sdxl")
DTYPES = {"fp16": torch.float16, "bf16": torch.bfloat16, "fp32": torch.float32}


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("family", FAMILIES)
def test_every_layer_gets_its_change_and_nothing_else_moves(family, dtype, tmp_path):
    base = write_base(tmp_path / "base.safetensors", family, DTYPES[dtype])
    before = base.read_bytes()
    first = write_lora(tmp_path / "first.safetensors", base, family)
    second = write_lora(tmp_path / "second.safetensors", base, family, every=2)
    result = bake_loras(base, family, [Part(first, 0.5), Part(second, -1.5)], tmp_path / "out.safetensors")

    old, new = load_file(base), load_file(result.path)
    assert old.keys() == new.keys() and base.read_bytes() == before
    expected = {name: tensor.double() for name, tensor in old.items()}
    layers = layers_in_file(base, read_header(base), family)
    for lora, weight in ((first, 0.5), (second, -1.5)):
        for place in lora.modules:
            rows = expected[layers[place].tensor][layers[place].rows]
            rows += weight * torch.from_numpy(delta_of(lora, place)).reshape(rows.shape)
    touched = {layers[place].tensor for place in first.modules}
    assert (result.layer_count, result.tensor_count) == (len(first.modules), len(touched))
    for name, tensor in new.items():
        assert tensor.dtype == old[name].dtype
        if name in touched:
            error = (tensor.double() - expected[name]).abs().max()
            assert error <= torch.finfo(tensor.dtype).eps * expected[name].abs().max(), name
            assert not torch.equal(tensor, old[name])
        else:
            assert torch.equal(tensor, old[name]), name


def test_at_strength_0_the_tensors_are_the_same_bytes(tmp_path):
    base = write_base(tmp_path / "base.safetensors", "sd1", torch.float16)
    lora = write_lora(tmp_path / "lora.safetensors", base, "sd1")
    result = bake_loras(base, "sd1", [Part(lora, 0.0)], tmp_path / "out.safetensors")
    old, new = read_header(base), read_header(result.path)
    assert result.path.read_bytes()[new.data_start :] == base.read_bytes()[old.data_start :]
    assert new.tensors == old.tensors and result.tensor_count == 0


@pytest.mark.parametrize("family", FAMILIES)
def test_diffusers_draws_with_the_baked_base_what_it_draws_with_base_and_adapter(family, tmp_path):
    base = write_tiny_file(tmp_path / "base.safetensors", family)
    folder = write_tiny_folder(tmp_path / "folder", family)
    lora = write_lora(tmp_path / "lora.safetensors", base, family, size=0.1)
    convert_lora(lora, tmp_path / "for_diffusers.safetensors", "diffusers")
    baked = bake_loras(base, family, [Part(lora)], tmp_path / "baked.safetensors").path
    pipeline_class = StableDiffusionXLPipeline if family == "sdxl" else StableDiffusionPipeline

    def load(path: Path) -> StableDiffusionPipeline | StableDiffusionXLPipeline:
        pipeline = pipeline_class.from_single_file(path, config=str(folder), local_files_only=True)
        pipeline.set_progress_bar_config(disable=True)
        return pipeline

    def draw(pipeline: StableDiffusionPipeline | StableDiffusionXLPipeline) -> np.ndarray:
        noise = torch.Generator().manual_seed(1)
        return pipeline("a red fox", num_inference_steps=2, generator=noise, output_type="np").images[0]

    pipeline = load(base)
    plain = draw(pipeline)
    pipeline.load_lora_weights(str(tmp_path), weight_name="for_diffusers.safetensors")
    with_adapter = draw(pipeline)
    assert np.abs(with_adapter - plain).max() > 0.01
    assert np.abs(draw(load(baked)) - with_adapter).max() <= 1e-4


def test_metadata_is_kept_where_it_is_still_true_and_tells_what_was_added(tmp_path):
    told = {
        "modelspec.license": "CreativeML", "modelspec.author": "A", "modelspec.title": "Base", "custom": "größe",
        "modelspec.hash_sha256": "0x12", "sshs_model_hash": "12", "modelspec.date": "2020-01-01",
        "modelspec.thumbnail": "data:,",
    }  # fmt: skip
    base = write_base(tmp_path / "base.safetensors", "sd1", **told)
    words = {"modelspec.license": "CC-BY", "ss_training_comment": "mirafox"}
    lora = write_lora(tmp_path / "fox.safetensors", base, "sd1", **words)
    bake_loras(base, "sd1", [Part(lora, 0.8)], tmp_path / "both.safetensors")
    assert read_header(tmp_path / "both.safetensors").metadata == {
        "format": "pt", "custom": "größe", "modelspec.author": "A", "modelspec.license": "CreativeML, CC-BY",
        "modelspec.title": "both", "modelspec.trigger_phrase": "mirafox",
        "modelspec.merged_from": "base.safetensors, fox.safetensors:0.8",
    }  # fmt: skip
    assert str(tmp_path).encode() not in (tmp_path / "both.safetensors").read_bytes()


def refusal(base: Path, family: str, lora: Lora, weight: float = 1.0) -> StudioError:
    target = base.with_name("out.safetensors")
    with pytest.raises(StudioError) as caught:
        bake_loras(base, family, [Part(lora, weight)], target)
    assert not target.exists()
    assert not [path for path in base.parent.iterdir() if path.name.startswith(".")]
    return caught.value


def test_what_does_not_fit_is_refused_in_words(tmp_path):
    base = write_base(tmp_path / "base.safetensors", "sd1", torch.float16)
    lora = write_lora(tmp_path / "lora.safetensors", base, "sd1")
    other = write_base(tmp_path / "other.safetensors", "sd2")
    assert refusal(other, "sd2", lora).code == "families_differ"
    assert refusal(base, "sd1", lora, float("nan")).code == "bad_strength"
    assert refusal(base, "sd1", lora, 1e9).code == "bake_out_of_range"

    place = "unet.down_blocks.0.attentions.0.transformer_blocks.0.attn1.to_q"
    tensor = layers_in_file(base, read_header(base), "sd1")[place].tensor
    for change, code in (("gone", "layer_missing"), (torch.zeros(4, 4), "sizes_differ"),
                         (torch.zeros(16, 16, dtype=torch.float64), "number_format")):  # fmt: skip
        tensors = load_file(base)
        del tensors[tensor]
        if not isinstance(change, str):
            tensors[tensor] = change
        safetensors.torch.save_file(tensors, tmp_path / "changed.safetensors")
        error = refusal(tmp_path / "changed.safetensors", "sd1", lora)
        assert error.code == code and (place in error.detail or tensor in error.detail)


def test_neither_the_base_nor_an_adapter_is_written_over(tmp_path):
    base = write_base(tmp_path / "base.safetensors", "sd1")
    lora = write_lora(tmp_path / "lora.safetensors", base, "sd1", every=40)
    before = base.read_bytes()
    for target in (base, lora.path):
        with pytest.raises(StudioError) as caught:
            bake_loras(base, "sd1", [Part(lora)], target)
        assert caught.value.code == "same_file"
    assert base.read_bytes() == before


def test_without_room_on_the_disk_nothing_is_begun(tmp_path, monkeypatch):
    base = write_base(tmp_path / "base.safetensors", "sd1")
    lora = write_lora(tmp_path / "lora.safetensors", base, "sd1", every=40)
    usage = type("Usage", (), {"free": base.stat().st_size - 1})
    monkeypatch.setattr("lora_studio.storage.shutil.disk_usage", lambda folder: usage)
    error = refusal(base, "sd1", lora)
    assert (error.code, error.exit_code) == ("disk_full", ExitCode.DISK)
    assert "Nothing was written" in error.detail


def test_a_disk_that_gives_back_other_numbers_leaves_no_file(tmp_path, monkeypatch):
    base = write_base(tmp_path / "base.safetensors", "sd1")
    lora = write_lora(tmp_path / "lora.safetensors", base, "sd1", every=40)
    honest = storage.write_file

    def write_badly(path: Path, chunks: object, check: object) -> None:
        whole = b"".join(chunks)  # type: ignore[arg-type]
        honest(path, whole[:-1] + bytes([whole[-1] ^ 1]), check=check)  # type: ignore[arg-type]

    monkeypatch.setattr("lora_studio.storage.write_file", write_badly)
    assert refusal(base, "sd1", lora).code == "model_write_failed"


def write_folder(path: Path, family: str) -> Path:
    """A tiny base as a folder whose UNet is in several files, with what lies beside it in folders from the hub."""
    folder = write_tiny_folder(path, family)
    UNet2DConditionModel.from_pretrained(folder / "unet").save_pretrained(folder / "unet", max_shard_size="200KB")
    (folder / "unet" / "diffusion_pytorch_model.safetensors").unlink()
    unloaded = ("unet/diffusion_pytorch_model.bin", "unet/diffusion_pytorch_model.fp16.safetensors", "whole.ckpt")
    for name in (*unloaded, "text_encoder/pytorch_model.bin", "safety_checker/pytorch_model.bin", "README.md", ".a/b"):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(b"of before")
    return folder


def bake(folder: Path, lora: Lora, target: Path, weight: float = 1.0, **options: object) -> BakeResult:
    base = find_base(str(folder))
    return bake_folder(folder, adaptable_files(base), base.family, [Part(lora, weight)], target, **options)  # type: ignore[arg-type]


@pytest.mark.parametrize("family", FAMILIES)
def test_diffusers_draws_with_a_baked_folder_what_it_draws_with_a_baked_file(family, tmp_path):
    base = write_tiny_file(tmp_path / "base.safetensors", family)
    folder = write_folder(tmp_path / "folder", family)
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    lora = write_lora(tmp_path / "lora.safetensors", base, family, size=0.1)
    file = bake_loras(base, family, [Part(lora)], tmp_path / "baked.safetensors").path
    result = bake(folder, lora, tmp_path / "baked")
    assert result.layer_count == len(lora.modules)
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before

    pipeline_class = StableDiffusionXLPipeline if family == "sdxl" else StableDiffusionPipeline
    expected = pipeline_class.from_single_file(file, config=str(folder), local_files_only=True)
    found = pipeline_class.from_pretrained(tmp_path / "baked", local_files_only=True)
    for part in ("unet", "vae", "text_encoder", *(["text_encoder_2"] if family == "sdxl" else [])):
        wanted = getattr(expected, part).state_dict()
        for name, tensor in getattr(found, part).state_dict().items():
            assert torch.allclose(tensor, wanted[name], atol=1e-6), (part, name)


def test_what_would_still_hold_the_old_weights_does_not_come_into_the_new_folder(tmp_path):
    folder = write_folder(tmp_path / "folder", "sd1")
    lora = write_lora(tmp_path / "lora.safetensors", write_tiny_file(tmp_path / "base.safetensors", "sd1"), "sd1")
    bake(folder, lora, tmp_path / "baked")
    names = [{path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file()}
             for root in (folder, tmp_path / "baked")]  # fmt: skip
    assert names[0] - names[1] == {
        "unet/diffusion_pytorch_model.bin", "unet/diffusion_pytorch_model.fp16.safetensors", "whole.ckpt",
        "text_encoder/pytorch_model.bin", ".a/b",
    }  # fmt: skip
    assert names[1] < names[0] and {"safety_checker/pytorch_model.bin", "README.md"} <= names[1]
    assert "unet/diffusion_pytorch_model.safetensors.index.json" in names[1]


def test_a_baked_folder_appears_whole_or_not_at_all(tmp_path, monkeypatch):
    folder = write_folder(tmp_path / "folder", "sd1")
    lora = write_lora(tmp_path / "lora.safetensors", write_tiny_file(tmp_path / "base.safetensors", "sd1"), "sd1")
    before = sorted(path.name for path in tmp_path.iterdir())
    heard = []

    def call_off(done: int, total: int) -> None:
        heard.append((done, total))
        if done > total / 2:
            raise StudioError("cancelled", "", "")

    with pytest.raises(StudioError) as caught:
        bake(folder, lora, tmp_path / "baked", progress=call_off)
    assert caught.value.code == "cancelled" and heard[0][0] < heard[-1][0]
    for target, code in ((folder, "same_file"), (folder / "unet" / "new", "same_file"),
                         (tmp_path / "baked.safetensors", "bad_file_name")):  # fmt: skip
        with pytest.raises(StudioError) as caught:
            bake(folder, lora, target)
        assert caught.value.code == code
    usage = type("Usage", (), {"free": 1000})
    monkeypatch.setattr("lora_studio.storage.shutil.disk_usage", lambda _: usage)
    with pytest.raises(StudioError) as caught:
        bake(folder, lora, tmp_path / "baked")
    assert caught.value.code == "disk_full"
    assert sorted(path.name for path in tmp_path.iterdir()) == before


def test_a_folder_that_is_there_is_never_written_over(tmp_path):
    folder = write_folder(tmp_path / "folder", "sd1")
    lora = write_lora(tmp_path / "lora.safetensors", write_tiny_file(tmp_path / "base.safetensors", "sd1"), "sd1")
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter.txt").write_text("dear")
    with pytest.raises(StudioError) as caught:
        bake(folder, lora, tmp_path / "mine")
    assert caught.value.code == "folder_in_use" and (tmp_path / "mine" / "letter.txt").read_text() == "dear"


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights there")
def test_a_folder_of_links_as_the_hub_keeps_them_becomes_one_of_files(tmp_path):
    real = write_folder(tmp_path / "real", "sd1")
    linked = tmp_path / "linked"
    for path in [path for path in real.rglob("*") if path.is_file()]:
        (linked / path.relative_to(real)).parent.mkdir(parents=True, exist_ok=True)
        (linked / path.relative_to(real)).symlink_to(path)
    (linked / "vae" / "around").symlink_to(linked, target_is_directory=True)
    lora = write_lora(tmp_path / "lora.safetensors", write_tiny_file(tmp_path / "base.safetensors", "sd1"), "sd1")
    bake(linked, lora, tmp_path / "baked")
    made = [path for path in (tmp_path / "baked").rglob("*") if path.is_file()]
    assert made and not any(path.is_symlink() for path in made)

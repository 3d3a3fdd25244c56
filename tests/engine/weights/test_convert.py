"""Converted there and back a LoRA keeps every bit, and diffusers draws the same with both schemes."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import safetensors.torch
import torch
from diffusers import StableDiffusionPipeline
from hypothesis import given, settings
from hypothesis import strategies as st
from peft.tuners.lora import LoraLayer
from safetensors.numpy import load_file

from lora_studio.embedded import practice_base_dir
from lora_studio.errors import ExitCode, StudioError
from lora_studio.weights import convert
from lora_studio.weights.adapter import adapter_note
from lora_studio.weights.architecture import module_paths
from lora_studio.weights.convert import convert_lora
from lora_studio.weights.inspect import inspect_adapter
from lora_studio.weights.lora import read_lora
from lora_studio.weights.pieces import PlannedTensor

FAMILIES = ("practice", "sd1", "sd2", "sdxl")
TORCH_DTYPES = {"fp16": torch.float16, "bf16": torch.bfloat16, "fp32": torch.float32}


@st.composite
def loras(draw: st.DrawFn) -> tuple[str, str, dict[str, tuple[int, float]]]:
    """A family, a number format, and for some of its layers a rank and an alpha."""
    family = draw(st.sampled_from(FAMILIES))
    chosen = draw(st.lists(st.sampled_from(module_paths(family)), min_size=1, max_size=8, unique=True))
    numbers = st.tuples(st.integers(1, 5), st.floats(2**-10, 2**10, width=32))
    return family, draw(st.sampled_from(list(TORCH_DTYPES))), {path: draw(numbers) for path in chosen}


def save_checkpoint(path: Path, family: str, modules: dict[str, tuple[int, float]]) -> Path:
    generator = torch.Generator().manual_seed(0)
    tensors = {}
    for module, (rank, _) in modules.items():
        kernel = (3, 3) if "conv" in module else ()
        tensors[f"{module}.lora_A.weight"] = torch.randn(rank, 6, *kernel, generator=generator)
        tensors[f"{module}.lora_B.weight"] = torch.randn(5, rank, *([1] * len(kernel)), generator=generator)
    safetensors.torch.save_file(tensors, path, adapter_note(family, modules))
    return path


@settings(max_examples=40, deadline=None)
@given(loras())
def test_there_and_back_is_the_same_file_bit_for_bit(wish):
    family, dtype, modules = wish
    with tempfile.TemporaryDirectory() as folder:
        source = save_checkpoint(Path(folder, "checkpoint.safetensors"), family, modules)
        first, there, back, there_again = (
            Path(folder, f"{name}.safetensors") for name in ("first", "there", "back", "there_again")
        )
        convert_lora(read_lora(source), first, "kohya", dtype)
        convert_lora(read_lora(first, family), there, "diffusers")
        convert_lora(read_lora(there, family), back, "kohya")
        convert_lora(read_lora(back, family), there_again, "diffusers")

        assert back.read_bytes() == first.read_bytes()
        assert there_again.read_bytes() == there.read_bytes()
        original, lora = safetensors.torch.load_file(source), read_lora(there, family)
        assert {path: (module.rank, module.alpha) for path, module in lora.modules.items()} == modules
        for path, module in lora.modules.items():
            kept = original[f"{path}.lora_A.weight"].to(TORCH_DTYPES[dtype]).float().numpy()
            assert np.array_equal(module.down.read(), kept)


def test_metadata_is_kept_and_hashes_are_those_of_the_new_tensors(tmp_path, save_adapter):
    first, second = tmp_path / "first.safetensors", tmp_path / "second.safetensors"
    told = {"ss_training_comment": "mirafox", "modelspec.title": "größe", "sshs_model_hash": "0" * 64, "format": "pt"}
    safetensors.torch.save_file(
        {"lora_unet_mid_block_resnets_0_conv1.lora_down.weight": torch.ones(2, 3, 3, 3),
         "lora_unet_mid_block_resnets_0_conv1.lora_up.weight": torch.ones(3, 2, 1, 1)}, first, told,
    )  # fmt: skip
    before = first.read_bytes()
    convert_lora(read_lora(first, "sd1"), second, "diffusers", "fp16")

    report = inspect_adapter(second)
    assert report.trigger_words == ("mirafox",) and report.title == "größe"
    assert report.stated_sha256 == report.data_sha256 != "0" * 64
    assert report.dtypes == ("F16",)
    assert first.read_bytes() == before


@pytest.mark.parametrize("family", FAMILIES)
def test_a_file_without_metadata_tells_its_family_afterwards(family, tmp_path):
    target = tmp_path / "out.safetensors"
    path = module_paths(family)[5]
    convert_lora(read_lora(save_checkpoint(tmp_path / "a.safetensors", family, {path: (2, 1.0)})), target)
    assert read_lora(target).family == family


def test_the_file_that_is_read_is_never_written_over(tmp_path, save_adapter):
    source = save_adapter()
    linked = tmp_path / "linked.safetensors"
    linked.hardlink_to(source)
    before = source.read_bytes()
    for target in (source, tmp_path / "." / source.name, linked):
        with pytest.raises(StudioError) as caught:
            convert_lora(read_lora(source), target)
        assert caught.value.code == "same_file"
    assert source.read_bytes() == before


@pytest.mark.parametrize("name", ["out.txt", "out", ""])
def test_a_name_that_no_program_would_know_is_refused(name, tmp_path, save_adapter):
    with pytest.raises(StudioError) as caught:
        convert_lora(read_lora(save_adapter()), tmp_path / name)
    assert caught.value.code == "bad_file_name"


@pytest.mark.parametrize(("scheme", "plan"), [("kohya", "_plan_kohya"), ("diffusers", "_plan_diffusers")])
def test_a_file_with_names_that_a_program_would_pass_over_is_not_written(
    scheme, plan, tmp_path, save_adapter, monkeypatch
):
    true_plan = getattr(convert, plan)

    def without_level(*wish: object) -> list[PlannedTensor]:
        return [tensor._replace(name=re.sub("text_model[_.]", "", tensor.name)) for tensor in true_plan(*wish)]

    monkeypatch.setattr(convert, plan, without_level)
    with pytest.raises(StudioError, match="is not the usual name of text_encoder") as caught:
        convert_lora(read_lora(save_adapter()), tmp_path / "out.safetensors", scheme)
    assert caught.value.code == "export_failed"
    assert [path.name for path in tmp_path.iterdir()] == ["adapter.safetensors"]


def test_a_full_disk_leaves_the_older_file(tmp_path, save_adapter, monkeypatch):
    lora = read_lora(save_adapter())
    target = tmp_path / "out.safetensors"
    target.write_bytes(b"the older one")
    monkeypatch.setattr("lora_studio.storage._fail_operation", "3")
    monkeypatch.setattr("lora_studio.storage._fail_errno", "ENOSPC")
    monkeypatch.setattr("lora_studio.storage._fail_countdown", 3)
    with pytest.raises(StudioError) as caught:
        convert_lora(lora, target)
    assert (caught.value.code, caught.value.exit_code) == ("disk_full", ExitCode.DISK)
    assert target.read_bytes() == b"the older one"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["adapter.safetensors", "out.safetensors"]


def lora_layers(pipeline: StableDiffusionPipeline) -> Iterator[tuple[str, LoraLayer]]:
    for component in ("unet", "text_encoder"):
        for path, module in getattr(pipeline, component).named_modules():
            if isinstance(module, LoraLayer):
                yield f"{component}.{path.removeprefix('text_model.')}", module


@pytest.fixture(scope="module")
def pipeline() -> StableDiffusionPipeline:
    loaded = StableDiffusionPipeline.from_pretrained(practice_base_dir(), torch_dtype=torch.float32)
    loaded.set_progress_bar_config(disable=True)
    return loaded


def save_for(pipeline: StableDiffusionPipeline, path: Path, alphas: tuple[float, ...]) -> dict[str, torch.Tensor]:
    """A checkpoint with ranks 1 to 4 and these alphas in turn; returns the change of each layer."""
    shapes = {
        f"{component}.{name.removeprefix('text_model.')}": part.weight.shape
        for component in ("unet", "text_encoder")
        for name, part in getattr(pipeline, component).named_modules()
        if isinstance(part, torch.nn.Linear | torch.nn.Conv2d)
    }
    # The text encoder whole: from a kohya file without out_proj, diffusers 0.42 loses its q, k and v.
    chosen = [place for place in module_paths("practice") if place.startswith("text_encoder.")]
    chosen += [place for place in module_paths("practice") if place.startswith("unet.")][2::3]
    modules = {place: (1 + index % 4, alphas[index % len(alphas)]) for index, place in enumerate(chosen)}
    generator = torch.Generator().manual_seed(0)
    tensors, deltas = {}, {}
    for place, (rank, alpha) in modules.items():
        out, into, *kernel = shapes[place]
        down = torch.randn(rank, into, *kernel, generator=generator) * 0.05
        up = torch.randn(out, rank, *([1] * len(kernel)), generator=generator) * 0.05
        tensors |= {f"{place}.lora_A.weight": down, f"{place}.lora_B.weight": up}
        deltas[place] = (alpha / rank * (up.flatten(1) @ down.flatten(1))).reshape(shapes[place])
    safetensors.torch.save_file(tensors, path, adapter_note("practice", modules))
    return deltas


# From a kohya file whose alphas differ, diffusers 0.42 gives attention layers the commonest one.
@pytest.mark.parametrize(
    ("alphas", "schemes"), [((2.0,), ("kohya", "diffusers")), ((0.7, 1.7, 2.7, 3.7, 4.7), ("diffusers",))]
)
def test_diffusers_loads_every_module_and_draws_the_same(alphas, schemes, pipeline, tmp_path):
    deltas = save_for(pipeline, tmp_path / "checkpoint.safetensors", alphas)

    def draw() -> np.ndarray:
        noise = torch.Generator().manual_seed(1)
        return pipeline("a red fox", num_inference_steps=2, generator=noise, output_type="np").images[0]

    pictures = {"base": draw()}
    for scheme in schemes:
        target = tmp_path / f"{scheme}.safetensors"
        convert_lora(read_lora(tmp_path / "checkpoint.safetensors"), target, scheme, "fp32")
        pipeline.load_lora_weights(str(tmp_path), weight_name=target.name, adapter_name=scheme)
        loaded = dict(lora_layers(pipeline))
        assert loaded.keys() == deltas.keys() == read_lora(target).modules.keys()
        for path, delta in deltas.items():
            assert (loaded[path].get_delta_weight(scheme) - delta).abs().max() <= 1e-6, path
        pictures[scheme] = draw()
        pipeline.unload_lora_weights()
    assert len(deltas) > 60
    assert np.abs(pictures["diffusers"] - pictures["base"]).max() > 0.05
    assert np.abs(pictures["diffusers"] - pictures[schemes[0]]).max() <= 1e-5


def test_the_kohya_file_has_an_alpha_for_every_module_and_the_other_none(tmp_path, save_adapter):
    for scheme, count in (("kohya", 4), ("diffusers", 0)):
        convert_lora(read_lora(save_adapter()), tmp_path / "out.safetensors", scheme)
        assert sum(name.endswith(".alpha") for name in load_file(tmp_path / "out.safetensors")) == count

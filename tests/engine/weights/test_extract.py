"""What was added to a base is what comes out again, and nothing is made of models that cannot be compared."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
import pytest
import safetensors.torch
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.torch import load_file
from tiny_adapters import delta_of, write_base, write_lora
from tiny_families import write_tiny_file, write_tiny_folder

from lora_studio.bases import find_base, read_layers
from lora_studio.errors import StudioError
from lora_studio.weights.bake import bake_loras
from lora_studio.weights.base_layers import BaseLayers
from lora_studio.weights.extract import extract_lora, foresee_bytes
from lora_studio.weights.header import read_header
from lora_studio.weights.inspect import inspect_adapter
from lora_studio.weights.lora import Lora, read_lora
from lora_studio.weights.low_rank import squeeze_matrix
from lora_studio.weights.merge import Part

FAMILIES = ("sd1", "sd2", "sdxl")


def layers_of(path: Path) -> BaseLayers:
    return read_layers(find_base(str(path)))


def baked(base: Path, family: str, lora: Lora, name: str = "tuned.safetensors") -> Path:
    return bake_loras(base, family, [Part(lora)], base.with_name(name)).path


@settings(max_examples=12, deadline=None)
@given(
    st.sampled_from(FAMILIES), st.sampled_from([torch.float32, torch.float16]), st.integers(1, 7), st.booleans(),
    st.sampled_from(["fp16", "fp32"]),
)  # fmt: skip
def test_what_was_baked_in_comes_out_again(family, base_dtype, every, text_encoder, dtype):
    with tempfile.TemporaryDirectory() as folder:
        base = write_base(Path(folder, "base.safetensors"), family, base_dtype)
        lora = write_lora(Path(folder, "lora.safetensors"), base, family, every)
        tuned = baked(base, family, lora)
        result = extract_lora(
            layers_of(tuned), layers_of(base), Path(folder, "out.safetensors"), rank=3, targets="all",
            text_encoder=text_encoder, dtype=dtype,
        )  # fmt: skip
        again = read_lora(Path(folder, "out.safetensors"))
        wanted = {place for place in lora.modules if text_encoder or place.startswith("unet.")}
        assert again.family == family and again.modules.keys() == wanted
        assert result.adapter.kept > (0.999999 if base_dtype is torch.float32 else 0.99)
        layers = layers_of(base).layers
        assert result.equal_layers == len([p for p in layers if text_encoder or p.startswith("unet.")]) - len(wanted)
        rounding = 2e-3 if dtype == "fp16" else 1e-6
        for place in wanted:
            weight = np.abs(layers[place].read().astype(np.float64)).max()
            delta, found = delta_of(lora, place), delta_of(again, place)
            step = np.finfo(np.float16 if base_dtype is torch.float16 else np.float32).eps
            # Rounding of the sum to the base's format changes every number by half a step of its size at most.
            noise = step * (weight + np.abs(delta).max()) * np.sqrt(delta.size) * 0.5
            assert np.linalg.norm(found - delta) <= rounding * np.linalg.norm(delta) + noise, place


def test_ranks_are_no_more_than_the_difference_has(tmp_path):
    base = write_base(tmp_path / "base.safetensors", "sd1")
    lora = write_lora(tmp_path / "lora.safetensors", base, "sd1", size=0.5)
    result = extract_lora(
        layers_of(baked(base, "sd1", lora)), layers_of(base), tmp_path / "out.safetensors", rank=16, energy=0.999999,
        targets="all", text_encoder=True,
    )  # fmt: skip
    again = read_lora(tmp_path / "out.safetensors")
    assert {place: module.rank for place, module in again.modules.items()} == {
        place: module.rank for place, module in lora.modules.items()
    }
    assert {module.alpha for module in again.modules.values()} == {16.0}
    assert result.adapter.kept >= 0.999999


def test_fewer_ranks_keep_the_told_share_of_the_difference(tmp_path):
    base = write_base(tmp_path / "base.safetensors", "sd1")
    lora = write_lora(tmp_path / "lora.safetensors", base, "sd1")
    tuned, out = layers_of(baked(base, "sd1", lora)), tmp_path / "out.safetensors"
    told = extract_lora(tuned, layers_of(base), out, rank=1, dtype="fp32").adapter
    assert told.ranks == {1: 128}
    again = read_lora(out)
    lost = sum(np.square(delta_of(again, place) - delta_of(lora, place)).sum() for place in again.modules)
    whole = sum(np.square(delta_of(lora, place)).sum() for place in again.modules)
    assert 1 - told.kept == pytest.approx(lost / whole, rel=1e-4) and 0.2 < told.kept < 0.9
    enough = extract_lora(tuned, layers_of(base), out, rank=3, energy=0.6).adapter
    assert 0.6 <= enough.worst_kept < 0.9 and min(enough.ranks) == 1 and len(enough.ranks) > 1


@pytest.mark.parametrize(
    ("targets", "text_encoder", "count"),
    [("attention", False, 128), ("attention_and_feed_forward", False, 160), ("attention", True, 136),
     ("attention_and_feed_forward", True, 172)],
)  # fmt: skip
def test_only_the_named_layers_are_taken(targets, text_encoder, count, tmp_path):
    base = write_base(tmp_path / "base.safetensors", "sd1")
    tuned = baked(base, "sd1", write_lora(tmp_path / "lora.safetensors", base, "sd1"))
    extract_lora(
        layers_of(tuned), layers_of(base), tmp_path / "out.safetensors", rank=2, targets=targets,
        text_encoder=text_encoder,
    )  # fmt: skip
    modules = read_lora(tmp_path / "out.safetensors").modules
    assert len(modules) == count
    assert any(".ff." in place for place in modules) == ("feed_forward" in targets)
    assert not any("conv" in place or "proj_in" in place for place in modules)


def test_a_folder_and_one_file_can_be_compared(tmp_path):
    base = write_tiny_file(tmp_path / "base.safetensors", "sdxl")
    folder = write_tiny_folder(tmp_path / "folder", "sdxl")
    lora = write_lora(tmp_path / "lora.safetensors", base, "sdxl")
    both = {"targets": "all", "text_encoder": True, "rank": 3}
    tuned = layers_of(baked(base, "sdxl", lora))
    extract_lora(tuned, layers_of(folder), tmp_path / "out.safetensors", **both)
    extract_lora(tuned, layers_of(base), tmp_path / "same.safetensors", **both)
    assert read_lora(tmp_path / "out.safetensors").modules.keys() == lora.modules.keys()
    assert inspect_adapter(tmp_path / "out.safetensors").data_sha256 == (
        inspect_adapter(tmp_path / "same.safetensors").data_sha256
    )


def test_the_file_says_what_it_is_and_passes_the_inspection(tmp_path):
    base = write_base(tmp_path / "base.safetensors", "sd2", **{"modelspec.prediction_type": "v"})
    lora = write_lora(tmp_path / "lora.safetensors", base, "sd2", **{"modelspec.license": "CC-BY"})
    extract_lora(layers_of(baked(base, "sd2", lora)), layers_of(base), tmp_path / "fox.safetensors", rank=4)
    report = inspect_adapter(tmp_path / "fox.safetensors")
    assert (report.family, report.title, report.alphas, report.findings) == ("sd2", "fox", (4.0,), ())
    assert report.metadata["modelspec.architecture"] == "stable-diffusion-v2-768-v/lora"
    assert report.metadata["modelspec.license"] == "CC-BY"
    assert report.metadata["modelspec.description"] == "The difference between tuned.safetensors and base.safetensors."
    assert str(tmp_path).encode() not in (tmp_path / "fox.safetensors").read_bytes()


def refusal(tuned: Path, base: Path, **wishes: object) -> StudioError:
    target = base.with_name("out.safetensors")
    with pytest.raises(StudioError) as caught:
        extract_lora(layers_of(tuned), layers_of(base), target, rank=2, **wishes)
    assert not target.exists()
    return caught.value


def test_models_without_a_meaningful_difference_are_refused_in_words(tmp_path):
    base = write_base(tmp_path / "base.safetensors", "sd2")
    assert refusal(base, write_base(tmp_path / "sd1.safetensors", "sd1")).code == "families_differ"
    velocity = write_base(tmp_path / "velocity.safetensors", "sd2", **{"modelspec.prediction_type": "v"})
    error = refusal(velocity, base)
    assert error.code == "predictions_differ" and "velocity" in error.detail
    assert refusal(base, base).code == "nothing_differs"

    tensors = load_file(base)
    name = layers_of(base).layers["unet.mid_block.attentions.0.transformer_blocks.0.attn2.to_v"].tensor
    for values, code in ((torch.zeros(3, 3), "sizes_differ"), (tensors[name] * float("nan"), "not_finite")):
        safetensors.torch.save_file(tensors | {name: values}, tmp_path / "changed.safetensors")
        error = refusal(tmp_path / "changed.safetensors", base)
        assert error.code == code and "mid_block.attentions.0.transformer_blocks.0.attn2.to_v" in error.detail
    del tensors[name]
    safetensors.torch.save_file(tensors, tmp_path / "changed.safetensors")
    for pair in ((tmp_path / "changed.safetensors", base), (base, tmp_path / "changed.safetensors")):
        error = refusal(*pair)
        assert error.code == "layer_missing" and error.title.startswith("changed.safetensors lacks")


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_what_rounding_explains_is_no_difference(dtype, tmp_path):
    base = write_base(tmp_path / "base.safetensors", "sd1")
    rounded = write_base(tmp_path / "rounded.safetensors", "sd1", dtype)
    for tuned, of in ((base, rounded), (rounded, base)):
        assert refusal(tuned, of, targets="all", text_encoder=True).code == "nothing_differs"


def test_the_change_of_few_ranks_is_as_near_as_that_of_a_whole_svd():
    rng = np.random.default_rng(0)
    left, _, right = np.linalg.svd(rng.normal(size=(160, 240)), full_matrices=False)
    matrix = (left * (1 / np.sqrt(1 + np.arange(160)))) @ right
    best = (1 / (1 + np.arange(160)))[:24].sum()
    squeezed = squeeze_matrix(matrix, 24)
    assert squeezed.change.down.shape == (24, 240)
    assert 0.9997 * best <= squeezed.kept <= best * (1 + 1e-12)
    assert squeezed.energy == pytest.approx(np.square(matrix).sum(), rel=1e-12)
    lost = np.square(matrix - squeezed.change.up @ squeezed.change.down).sum()
    assert lost == pytest.approx(squeezed.energy - squeezed.kept, rel=1e-9)


def test_it_tells_how_far_it_is_and_can_be_called_off_between_layers(tmp_path):
    base = write_base(tmp_path / "base.safetensors", "sd1")
    tuned = baked(base, "sd1", write_lora(tmp_path / "lora.safetensors", base, "sd1"))
    before = sorted(tmp_path.iterdir())
    heard = []

    def stop(done: int, total: int) -> None:
        heard.append((done, total))
        if done == 3:
            raise StudioError("cancelled", "", "")

    with pytest.raises(StudioError):
        extract_lora(layers_of(tuned), layers_of(base), tmp_path / "out.safetensors", rank=2, progress=stop)
    assert heard == [(0, 128), (1, 128), (2, 128), (3, 128)]
    assert sorted(tmp_path.iterdir()) == before


def test_the_foreseen_size_is_that_of_the_file_but_its_header(tmp_path):
    base = write_base(tmp_path / "base.safetensors", "sd1")
    tuned = baked(base, "sd1", write_lora(tmp_path / "lora.safetensors", base, "sd1", size=0.5))
    out = tmp_path / "out.safetensors"
    extract_lora(layers_of(tuned), layers_of(base), out, rank=1, targets="all", text_encoder=True)
    foreseen = foresee_bytes(layers_of(base), rank=1, targets="all", text_encoder=True)
    assert foreseen == out.stat().st_size - read_header(out).data_start

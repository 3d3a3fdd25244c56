"""A folded strength is in the alphas and in what the file says of itself, and nowhere else."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from safetensors.numpy import load_file

from lora_studio.errors import StudioError
from lora_studio.weights.convert import convert_lora
from lora_studio.weights.export import compare_export, export_kohya
from lora_studio.weights.inspect import inspect_adapter
from lora_studio.weights.lora import read_lora
from lora_studio.weights.strength import metadata_at, with_strength


@pytest.mark.parametrize("scheme", ["kohya", "diffusers"])
def test_alphas_are_multiplied_and_matrices_keep_every_bit(scheme, tmp_path, save_adapter):
    lora = read_lora(save_adapter(alpha=2.0))
    convert_lora(lora, tmp_path / "plain.safetensors", scheme)
    convert_lora(with_strength(lora, 0.75), tmp_path / "folded.safetensors", scheme)
    again = read_lora(tmp_path / "folded.safetensors")
    assert {module.alpha for module in again.modules.values()} == {1.5}
    plain, folded = load_file(tmp_path / "plain.safetensors"), load_file(tmp_path / "folded.safetensors")
    assert plain.keys() == folded.keys()
    assert all(np.array_equal(plain[name], folded[name]) for name in plain if not name.endswith(".alpha"))


def test_the_export_folds_it_in_alike(tmp_path, save_adapter):
    source, target = save_adapter(alpha=2.0), tmp_path / "out.safetensors"
    export_kohya(source, target, {"ss_network_alpha": "2", "modelspec.usage_hint": "Strength 0.5"}, "fp32", 0.5)
    report = inspect_adapter(target)
    assert report.alphas == (1.0,)
    assert report.metadata["ss_network_alpha"] == "1" and report.metadata["modelspec.usage_hint"] == "Strength 1"
    compare_export(source, target, 0.5)
    with pytest.raises(StudioError, match="did not pass its check"):
        compare_export(source, target)


@pytest.mark.parametrize("strength", [0, -1, float("nan"), float("inf"), 1e-5, 1e5])
def test_a_strength_that_no_alpha_can_be_is_refused(strength, tmp_path, save_adapter):
    with pytest.raises(StudioError) as caught:
        with_strength(read_lora(save_adapter()), strength)
    assert caught.value.code == "bad_strength"
    with pytest.raises(StudioError) as caught:
        export_kohya(save_adapter(), tmp_path / "out.safetensors", {}, "fp16", strength)
    assert caught.value.code == "bad_strength" and not (tmp_path / "out.safetensors").exists()


@given(st.dictionaries(st.sampled_from(["ss_network_alpha", "modelspec.usage_hint", "x"]), st.text()))
def test_strength_1_leaves_all_metadata_as_it_is(metadata):
    assert metadata_at(metadata, 1.0) == metadata


def test_words_that_are_no_numbers_stay():
    told = {"ss_network_alpha": "Dynamic", "modelspec.usage_hint": "Use it gently, Strength 0.5"}
    assert metadata_at(told, 0.5) == told

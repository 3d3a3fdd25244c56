"""The merged file changes the base by the weighted sum of its parts, and says where it comes from."""

from __future__ import annotations

import math
import tempfile
from pathlib import Path

import numpy as np
import pytest
import safetensors.torch
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from lora_studio.errors import StudioError
from lora_studio.weights.adapter import adapter_note
from lora_studio.weights.lora import Lora, read_lora
from lora_studio.weights.merge import Part, merge_loras

LAYERS = {
    "unet.down_blocks.0.attentions.0.transformer_blocks.0.attn2.to_k": (6, 5),
    "unet.mid_block.resnets.0.conv1": (6, 4, 3, 3),
    "text_encoder.encoder.layers.0.self_attn.out_proj": (7, 7),
}
PARTS = st.lists(
    st.tuples(
        st.lists(st.sampled_from(list(LAYERS)), min_size=1, unique=True),
        st.integers(1, 5),
        st.floats(0.125, 20, width=32),
        st.floats(-2, 2).filter(lambda weight: abs(weight) > 0.01),
    ),
    min_size=1,
    max_size=3,
)


def save(path: Path, family: str = "sd1", layers=tuple(LAYERS), rank: int = 2, alpha: float = 1.0, seed: int = 0):
    generator = torch.Generator().manual_seed(seed)
    tensors = {}
    for layer in layers:
        out, into, *kernel = LAYERS[layer]
        tensors[f"{layer}.lora_A.weight"] = torch.randn(rank, into, *kernel, generator=generator)
        tensors[f"{layer}.lora_B.weight"] = torch.randn(out, rank, *([1] * len(kernel)), generator=generator)
    safetensors.torch.save_file(tensors, path, adapter_note(family, dict.fromkeys(layers, (rank, alpha))))
    return read_lora(path)


def save_kohya(path: Path, metadata: dict[str, str], dtype: torch.dtype = torch.float32) -> Lora:
    stem = "lora_te_text_model_encoder_layers_0_self_attn_out_proj"
    tensors = {f"{stem}.lora_down.weight": torch.eye(3, dtype=dtype), f"{stem}.lora_up.weight": torch.eye(3)}
    tensors = {name: values.to(dtype) for name, values in tensors.items()}
    safetensors.torch.save_file(tensors, path, metadata)
    return read_lora(path, "sd1")


def deltas(lora: Lora) -> dict[str, np.ndarray]:
    return {
        path: module.scale
        * (module.up.read().astype(np.float64).reshape(-1, module.rank) @ module.down.read().reshape(module.rank, -1))
        for path, module in lora.modules.items()
    }


def weighted_sum(parts: list[Part]) -> dict[str, np.ndarray]:
    total: dict[str, np.ndarray] = {}
    for part in parts:
        for path, delta in deltas(part.lora).items():
            total[path] = total.get(path, 0) + part.weight * delta
    return total


@settings(max_examples=40, deadline=None)
@given(PARTS, st.sampled_from([None, 40]))
def test_the_merged_change_is_the_weighted_sum(wishes, rank):
    with tempfile.TemporaryDirectory() as folder:
        parts = [
            Part(save(Path(folder, f"{n}.safetensors"), layers=layers, rank=r, alpha=alpha, seed=n), weight)
            for n, (layers, r, alpha, weight) in enumerate(wishes)
        ]
        result = merge_loras(parts, Path(folder, "out.safetensors"), rank=rank)
        merged, expected = read_lora(Path(folder, "out.safetensors"), "sd1"), weighted_sum(parts)
        assert deltas(merged).keys() == expected.keys()
        for path, delta in deltas(merged).items():
            assert np.abs(delta - expected[path]).max() <= 1e-5 * max(1, np.abs(expected[path]).max()), path
        assert len({module.alpha for module in merged.modules.values()}) == 1
        assert result.kept == pytest.approx(1.0)


def test_ranks_add_up_to_no_more_than_the_layer_has(tmp_path):
    layers = list(LAYERS)[:1]
    out, into, *kernel = LAYERS[layers[0]]
    parts = [Part(save(tmp_path / f"{n}.safetensors", layers=layers, rank=into, seed=n)) for n in (1, 2)]
    result = merge_loras(parts, tmp_path / "out.safetensors")
    assert result.ranks == {min(out, into * math.prod(kernel)): 1}
    merged, expected = deltas(read_lora(tmp_path / "out.safetensors")), weighted_sum(parts)
    assert np.abs(merged[layers[0]] - expected[layers[0]]).max() < 1e-5 * np.abs(expected[layers[0]]).max()


def test_a_squeezed_merge_is_the_nearest_and_says_what_is_lost(tmp_path):
    parts = [Part(save(tmp_path / f"{n}.safetensors", rank=3, seed=n), 0.8) for n in (1, 2)]
    result = merge_loras(parts, tmp_path / "out.safetensors", rank=2)
    merged, expected = deltas(read_lora(tmp_path / "out.safetensors")), weighted_sum(parts)
    lost = 0.0
    for path, delta in expected.items():
        values = np.linalg.svd(delta, compute_uv=False)
        error = np.square(merged[path] - delta).sum()
        assert error == pytest.approx(np.square(values[2:]).sum(), rel=1e-4)
        lost += error
    assert result.ranks == {2: 3}
    assert result.kept == pytest.approx(1 - lost / sum(np.square(delta).sum() for delta in expected.values()))
    assert result.worst_kept < result.kept < 1


def test_a_merge_of_what_fits_already_counts_all_of_it(tmp_path):
    big = Part(save(tmp_path / "big.safetensors", rank=4, layers=list(LAYERS)[:1]))
    small = Part(save(tmp_path / "small.safetensors", rank=1, layers=list(LAYERS)[1:]))
    result = merge_loras([big, small], tmp_path / "out.safetensors", rank=2)
    expected = weighted_sum([big, small])
    merged = deltas(read_lora(tmp_path / "out.safetensors"))
    lost = sum(np.square(merged[path] - expected[path]).sum() for path in expected)
    assert result.kept == pytest.approx(1 - lost / sum(np.square(delta).sum() for delta in expected.values()))


def test_one_file_with_a_weight_keeps_its_matrices_bit_for_bit(tmp_path):
    lora = save(tmp_path / "a.safetensors", rank=2, alpha=1.0)
    merge_loras([Part(lora, 0.5)], tmp_path / "out.safetensors")
    merged = read_lora(tmp_path / "out.safetensors")
    for path, module in merged.modules.items():
        assert module.alpha == 0.5
        assert np.array_equal(module.up.read(), lora.modules[path].up.read())


def test_the_merged_file_keeps_trigger_words_and_what_all_say_alike(tmp_path):
    first = save_kohya(
        tmp_path / "a.safetensors", {"ss_training_comment": "mira, fox", "ss_v2": "False", "ss_seed": "1"}
    )
    second = save_kohya(
        tmp_path / "b.safetensors", {"ss_training_comment": "fox, ink", "ss_v2": "False", "ss_seed": "2"}
    )
    merge_loras([Part(first), Part(second, -0.5)], tmp_path / "both.safetensors")
    metadata = read_lora(tmp_path / "both.safetensors", "sd1").metadata
    assert metadata["ss_training_comment"] == "mira, fox, ink"
    assert metadata["modelspec.merged_from"] == "a.safetensors:1, b.safetensors:-0.5"
    assert metadata["ss_output_name"] == "both" and metadata["ss_v2"] == "False"
    assert "ss_seed" not in metadata


@pytest.mark.parametrize(
    ("dtypes", "expected"),
    [((torch.float16, torch.float16), "F16"), ((torch.float16, torch.bfloat16), "F32")],
)
def test_the_number_format_loses_nothing_of_any_part(dtypes, expected, tmp_path):
    parts = [Part(save_kohya(tmp_path / f"{n}.safetensors", {}, dtype)) for n, dtype in enumerate(dtypes)]
    merge_loras(parts, tmp_path / "out.safetensors")
    assert {module.up.dtype for module in read_lora(tmp_path / "out.safetensors", "sd1").modules.values()} == {expected}


def test_files_for_different_bases_are_refused(tmp_path):
    parts = [Part(save(tmp_path / f"{family}.safetensors", family)) for family in ("sd1", "sd2")]
    with pytest.raises(StudioError, match=r"sd1\.safetensors is for sd1, sd2\.safetensors for sd2") as caught:
        merge_loras(parts, tmp_path / "out.safetensors")
    assert caught.value.code == "families_differ"


def test_layers_of_different_sizes_are_refused(tmp_path, save_adapter):
    other = read_lora(save_adapter("other.safetensors", modules={"unet.mid_block.resnets.0.conv1": (9, 9, 3, 3)}))
    with pytest.raises(StudioError, match="different sizes") as caught:
        merge_loras([Part(save(tmp_path / "a.safetensors")), Part(other)], tmp_path / "out.safetensors")
    assert caught.value.code == "sizes_differ"
    assert not (tmp_path / "out.safetensors").exists()


def test_a_part_that_counts_nothing_is_refused(tmp_path):
    with pytest.raises(StudioError, match="Leave it out"):
        merge_loras([Part(save(tmp_path / "a.safetensors"), 0.0)], tmp_path / "out.safetensors")


def test_no_part_is_written_over(tmp_path):
    parts = [Part(save(tmp_path / name)) for name in ("a.safetensors", "b.safetensors")]
    before = (tmp_path / "b.safetensors").read_bytes()
    with pytest.raises(StudioError) as caught:
        merge_loras(parts, tmp_path / "b.safetensors")
    assert caught.value.code == "same_file"
    assert (tmp_path / "b.safetensors").read_bytes() == before

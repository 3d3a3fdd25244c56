"""Fewer ranks, the nearest change, and an honest word about what was lost."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lora_studio.errors import StudioError
from lora_studio.weights.lora import Lora, read_lora
from lora_studio.weights.low_rank import LowRank, rank_for_energy, squeeze
from lora_studio.weights.resize import resize_lora


def random_change(seed: int, out: int, into: int, rank: int) -> LowRank:
    rng = np.random.default_rng(seed)
    return LowRank(rng.normal(size=(out, rank)), rng.normal(size=(rank, into)))


def deltas(lora: Lora) -> dict[str, np.ndarray]:
    return {
        path: module.scale
        * (module.up.read().astype(np.float64).reshape(-1, module.rank) @ module.down.read().reshape(module.rank, -1))
        for path, module in lora.modules.items()
    }


@given(st.integers(0, 99), st.integers(1, 9), st.integers(1, 9), st.integers(1, 12))
def test_at_full_rank_squeezing_changes_nothing(seed, out, into, rank):
    change = random_change(seed, out, into, rank)
    same = squeeze(change, lambda values: rank)
    assert np.abs(same.change.up @ same.change.down - change.up @ change.down).max() <= 1e-5
    assert same.kept == pytest.approx(same.energy)


@given(st.integers(0, 99), st.integers(2, 9), st.integers(2, 9), st.integers(2, 6), st.integers(1, 5))
def test_the_squeezed_change_is_the_nearest_of_its_rank(seed, out, into, rank, wanted):
    change = random_change(seed, out, into, rank)
    whole = change.up @ change.down
    squeezed = squeeze(change, lambda values: wanted)
    # The error of the best change is what the left-out singular values of the full matrix make up (Eckart, Young).
    values = np.linalg.svd(whole, compute_uv=False)
    error = np.square(squeezed.change.up @ squeezed.change.down - whole).sum()
    assert error == pytest.approx(np.square(values[wanted:]).sum(), abs=1e-9)
    assert squeezed.energy == pytest.approx(np.square(whole).sum())
    assert squeezed.kept == pytest.approx(squeezed.energy - error, abs=1e-9)


@pytest.mark.parametrize(
    ("values", "share", "rank"),
    [
        ([3, 4, 0], 1.0, 2),
        ([4, 3], 0.64, 1),
        ([4, 3], 0.65, 2),
        ([1, 1, 1, 1], 0.5, 2),
        ([0, 0], 0.9, 1),
        ([0.1] * 10, 0.5, 5),
    ],
)
def test_as_many_ranks_are_kept_as_the_share_needs(values, share, rank):
    # 4² of 4² + 3² is 0.64.
    assert rank_for_energy(np.sort(np.array(values, float))[::-1], share) == rank


def test_small_enough_layers_keep_every_bit(tmp_path, save_adapter):
    source = read_lora(save_adapter(rank=4, alpha=2.0))
    result = resize_lora(source, tmp_path / "out.safetensors", rank=4)
    resized = read_lora(tmp_path / "out.safetensors")
    assert (result.kept, result.worst_kept, result.ranks) == (1.0, 1.0, {4: 4})
    for path, module in source.modules.items():
        assert np.array_equal(module.down.read(), resized.modules[path].down.read())
        assert np.array_equal(module.up.read(), resized.modules[path].up.read())
        assert module.alpha == resized.modules[path].alpha


def test_ranks_that_do_nothing_go_without_a_trace(tmp_path, save_adapter):
    def halve(tensors: dict[str, np.ndarray]) -> None:
        for name, values in tensors.items():
            if "lora_B" in name:
                values[:, 2:] = values[:, :2]

    source = read_lora(save_adapter(rank=4, alpha=3.0, change=halve))
    result = resize_lora(source, tmp_path / "out.safetensors", rank=2)
    resized = read_lora(tmp_path / "out.safetensors")
    after = deltas(resized)
    for path, delta in deltas(source).items():
        assert np.abs(after[path] - delta).max() <= 1e-5, path
    assert result.kept == pytest.approx(1.0) and result.ranks == {2: 4}
    assert {module.alpha for module in resized.modules.values()} == {3.0}
    conv = resized.modules["unet.mid_block.resnets.0.conv1"]
    assert (conv.down.shape, conv.up.shape) == ((2, 8, 3, 3), (8, 2, 1, 1))
    assert (resized.metadata["ss_network_dim"], resized.metadata["ss_network_alpha"]) == ("2", "3")


def test_the_told_share_is_what_the_file_really_holds(tmp_path, save_adapter):
    source = read_lora(save_adapter(rank=4, alpha=2.0))
    result = resize_lora(source, tmp_path / "out.safetensors", rank=2)
    before, after = deltas(source), deltas(read_lora(tmp_path / "out.safetensors"))
    shares = {path: np.square(after[path]).sum() / np.square(before[path]).sum() for path in before}
    total = sum(np.square(after[path]).sum() for path in before) / sum(np.square(d).sum() for d in before.values())
    assert result.kept == pytest.approx(total, rel=1e-5)
    assert result.worst_module == min(shares, key=shares.__getitem__)
    assert result.worst_kept == pytest.approx(min(shares.values()), rel=1e-5)
    assert 0 < result.worst_kept <= result.kept < 1


def test_every_layer_keeps_the_share_that_was_asked_for(tmp_path, save_adapter):
    source = read_lora(save_adapter(rank=8, alpha=2.0))
    result = resize_lora(source, tmp_path / "out.safetensors", keep=0.9)
    assert 0.9 <= result.worst_kept < 1
    assert max(result.ranks) < 8


def test_an_untrained_lora_of_zeros_is_resized(tmp_path, save_adapter):
    def clear(tensors: dict[str, np.ndarray]) -> None:
        for name, values in tensors.items():
            values[:] = 0 if "lora_B" in name else values

    result = resize_lora(read_lora(save_adapter(change=clear)), tmp_path / "out.safetensors", keep=0.9)
    assert (result.kept, result.ranks) == (1.0, {1: 4})


def test_numbers_that_are_not_finite_are_told_and_nothing_is_written(tmp_path, save_adapter):
    def spoil(tensors: dict[str, np.ndarray]) -> None:
        tensors["unet.mid_block.resnets.0.conv1.lora_B.weight"][0] = np.inf

    with pytest.raises(StudioError, match=r"unet\.mid_block\.resnets\.0\.conv1") as caught:
        resize_lora(read_lora(save_adapter(change=spoil)), tmp_path / "out.safetensors", rank=1)
    assert caught.value.code == "export_not_finite"
    assert [path.name for path in tmp_path.iterdir()] == ["adapter.safetensors"]


def test_nothing_is_left_when_the_result_cannot_be_written(tmp_path, save_adapter):
    with pytest.raises(StudioError) as caught:
        resize_lora(read_lora(save_adapter()), tmp_path / "gone" / "out.safetensors", rank=1)
    assert caught.value.code == "folder_missing"
    assert [path.name for path in tmp_path.iterdir()] == ["adapter.safetensors"]


@pytest.mark.parametrize("wish", [{}, {"rank": 2, "keep": 0.5}, {"rank": 0}, {"keep": 0.0}, {"keep": 1.1}])
def test_a_wish_without_sense_is_a_mistake_of_the_caller(wish, tmp_path, save_adapter):
    with pytest.raises(ValueError, match="one of them"):
        resize_lora(read_lora(save_adapter()), tmp_path / "out.safetensors", **wish)

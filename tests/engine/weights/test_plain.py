"""Adapters of other kinds become plain LoRAs; each is held against its formula, written out here in plain loops."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file
from tiny_adapters import delta_of

from lora_studio.errors import StudioError
from lora_studio.weights.base_layers import BaseLayers, StoredLayer
from lora_studio.weights.header import read_header
from lora_studio.weights.lora import read_lora
from lora_studio.weights.other_kinds import read_other
from lora_studio.weights.plain import PlainResult, make_plain

LINEAR, CONV = "unet.down_blocks.0.attentions.0.transformer_blocks.0.attn2.to_k", "unet.mid_block.resnets.0.conv1"
STEMS = {LINEAR: "lora_unet_down_blocks_0_attentions_0_transformer_blocks_0_attn2_to_k",
         CONV: "lora_unet_mid_block_resnets_0_conv1"}  # fmt: skip
SHAPES = {LINEAR: (12, 768), CONV: (8, 6, 3, 3)}
Tensors = dict[str, np.ndarray]


def numbers(*shape: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng((seed, *shape)).normal(size=shape).astype(np.float32)


def product(up: np.ndarray, down: np.ndarray) -> np.ndarray:
    """Each number of `up @ down` as a sum over the ranks."""
    return np.array([[sum(up[o, r] * down[r, i] for r in range(len(down))) for i in range(down.shape[1])]
                     for o in range(len(up))], np.float64)  # fmt: skip


def tucker(core: np.ndarray, up: np.ndarray, down: np.ndarray) -> np.ndarray:
    """(out, in, k, k) of up (rank, out), core (rank, rank, k, k) and down (rank, in), by its sum."""
    found = np.zeros((up.shape[1], down.shape[1], *core.shape[2:]))
    for a in range(core.shape[0]):
        for b in range(core.shape[1]):
            found += up[a][:, None, None, None] * down[b][None, :, None, None] * core[a, b]
    return found


def kronecker(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Blocks of `second` times each number of `first`; further axes of `second` stay."""
    return np.concatenate([np.concatenate([number * second for number in row], axis=1) for row in first])


def loha(place: str) -> tuple[Tensors, np.ndarray]:
    out, *inner = SHAPES[place]
    one_up, one_down = numbers(out, 2, seed=1), numbers(2, int(np.prod(inner)), seed=2)
    two_up, two_down = numbers(out, 2, seed=3), numbers(2, int(np.prod(inner)), seed=4)
    expected = product(one_up, one_down) * product(two_up, two_down) * (3 / 2)
    return {"hada_w1_a": one_up, "hada_w1_b": one_down, "hada_w2_a": two_up, "hada_w2_b": two_down,
            "alpha": np.float32(3)}, expected.reshape(SHAPES[place])  # fmt: skip


def loha_tucker(place: str) -> tuple[Tensors, np.ndarray]:
    out, into, *kernel = SHAPES[place]
    halves = [(numbers(2, 2, *kernel, seed=s), numbers(2, out, seed=s), numbers(2, into, seed=s)) for s in (1, 2)]
    tensors = {f"hada_{name}": values for names, half in zip((("t1", "w1_a", "w1_b"), ("t2", "w2_a", "w2_b")), halves,
                                                            strict=True)
               for name, values in zip(names, half, strict=True)}  # fmt: skip
    return tensors | {"alpha": np.float32(1)}, tucker(*halves[0]) * tucker(*halves[1]) / 2


def lokr_whole(place: str) -> tuple[Tensors, np.ndarray]:
    out, into, *kernel = SHAPES[place]
    first, second = numbers(2, 3, seed=1), numbers(out // 2, into // 3, *kernel, seed=2)
    # With neither side in parts the strength is 1, whatever alpha says.
    return {"lokr_w1": first, "lokr_w2": second, "alpha": np.float32(7)}, kronecker(first, second)


def lokr_parts(place: str) -> tuple[Tensors, np.ndarray]:
    out, into, *kernel = SHAPES[place]
    first = numbers(2, 3, seed=1)
    up, down = numbers(out // 2, 2, seed=2), numbers(2, into // 3 * int(np.prod(kernel)), seed=3)
    second = product(up, down).reshape(out // 2, into // 3, *kernel)
    return {"lokr_w1": first, "lokr_w2_a": up, "lokr_w2_b": down, "alpha": np.float32(3)}, kronecker(
        first, second
    ) * 3 / 2


def lokr_first_in_parts(place: str) -> tuple[Tensors, np.ndarray]:
    out, into, *kernel = SHAPES[place]
    up, down = numbers(2, 1, seed=2), numbers(1, 3, seed=3)
    second = numbers(out // 2, into // 3, *kernel, seed=4)
    return {"lokr_w1_a": up, "lokr_w1_b": down, "lokr_w2": second, "alpha": np.float32(3)}, kronecker(
        product(up, down), second
    ) * 3


def lokr_tucker(place: str) -> tuple[Tensors, np.ndarray]:
    out, into, *kernel = SHAPES[place]
    first = numbers(2, 3, seed=1)
    core, up, down = numbers(2, 2, *kernel, seed=2), numbers(2, out // 2, seed=3), numbers(2, into // 3, seed=4)
    return {"lokr_w1": first, "lokr_t2": core, "lokr_w2_a": up, "lokr_w2_b": down, "alpha": np.float32(2)}, kronecker(
        first, tucker(core, up, down)
    )


def lora_tucker(place: str) -> tuple[Tensors, np.ndarray]:
    out, into, *kernel = SHAPES[place]
    core, up, down = numbers(2, 2, *kernel, seed=2), numbers(out, 2, seed=3), numbers(2, into, seed=4)
    tensors = {"lora_mid.weight": core, "lora_up.weight": up.reshape(out, 2, 1, 1), "alpha": np.float32(1)}
    return tensors | {"lora_down.weight": down.reshape(2, into, 1, 1)}, tucker(core, up.T, down) / 2


def difference(place: str) -> tuple[Tensors, np.ndarray]:
    values = numbers(*SHAPES[place])
    return {"diff": values}, values.astype(np.float64)


KINDS = {
    "loha": (loha, (LINEAR, CONV), 4), "loha with cores": (loha_tucker, (CONV,), 4),
    "lokr of whole sides": (lokr_whole, (LINEAR, CONV), 12), "lokr in parts": (lokr_parts, (LINEAR, CONV), 4),
    "lokr with the first in parts": (lokr_first_in_parts, (LINEAR, CONV), 6),
    "lokr with a core": (lokr_tucker, (CONV,), 4 * 9), "lora with a core": (lora_tucker, (CONV,), 2),
    "whole difference": (difference, (LINEAR, CONV), 12),
}  # fmt: skip


def write(path: Path, modules: dict[str, Tensors], **metadata: str) -> Path:
    tensors = {f"{STEMS[place]}.{leaf}": np.asarray(values) for place, leaves in modules.items()
               for leaf, values in leaves.items()}  # fmt: skip
    save_file(tensors, path, {"ss_base_model_version": "sd_v1", **metadata})
    return path


def plain(path: Path, **options: object) -> tuple[PlainResult, dict[str, np.ndarray]]:
    """The result, and the change of each layer as it stands in the new file."""
    result = make_plain(read_other(path), path.with_name("plain.safetensors"), dtype="fp32", **options)  # type: ignore[arg-type]
    lora = read_lora(result.written.path)
    return result, {place: delta_of(lora, place).reshape(SHAPES[place]) for place in lora.modules}


def error(found: np.ndarray, expected: np.ndarray) -> float:
    return float(np.linalg.norm(found - expected) / np.linalg.norm(expected))


@pytest.mark.parametrize("kind", KINDS)
def test_at_full_rank_each_kind_is_its_formula(kind, tmp_path):
    make, places, rank = KINDS[kind]
    made = {place: make(place) for place in places}
    path = write(tmp_path / "other.safetensors", {place: tensors for place, (tensors, _) in made.items()})
    for options in ({"rank": rank}, {"keep": 1.0}):
        result, found = plain(path, **options)
        assert found.keys() == made.keys()
        for place, (_, expected) in made.items():
            assert error(found[place], expected) < 1e-5, (place, options)
        assert result.error < 1e-5 and result.worst_error < 1e-5


def test_a_loha_of_rank_2_needs_no_more_than_4_ranks_and_a_shape_of_its_layer(tmp_path):
    path = write(tmp_path / "other.safetensors", {CONV: loha(CONV)[0]})
    plain(path, keep=1.0)
    module = read_lora(tmp_path / "plain.safetensors").modules[CONV]
    assert (module.down.shape, module.up.shape) == ((4, 6, 3, 3), (8, 4, 1, 1))


@pytest.mark.parametrize("kind", KINDS)
def test_with_fewer_ranks_it_is_the_nearest_and_the_error_is_told(kind, tmp_path):
    make, places, _ = KINDS[kind]
    place = places[0]
    tensors, expected = make(place)
    path = write(tmp_path / "other.safetensors", {place: tensors})
    result, found = plain(path, rank=1)
    values = np.linalg.svd(expected.reshape(len(expected), -1), compute_uv=False)
    nearest = np.sqrt(np.square(values[1:]).sum() / np.square(values).sum())
    assert error(found[place], expected) == pytest.approx(nearest, rel=1e-4)
    assert result.error == pytest.approx(nearest, rel=1e-4) and result.ranks == {1: 1}
    kept, _ = plain(path, keep=0.9)
    share = np.cumsum(np.square(values)) / np.square(values).sum()
    assert kept.ranks == {int(np.searchsorted(share, 0.9)) + 1: 1}


def test_the_error_is_told_of_all_layers_and_of_the_worst(tmp_path):
    small = {"diff": numbers(*SHAPES[CONV]) * np.float32(0.01)}
    one_rank = {"diff": np.outer(numbers(12), numbers(768)).astype(np.float32)}
    result, _ = plain(write(tmp_path / "other.safetensors", {LINEAR: one_rank, CONV: small}), rank=1)
    assert result.worst_module == CONV and result.worst_error > 0.5 and result.error < 0.01


def base_of(tmp_path: Path, weights: dict[str, np.ndarray], family: str = "sd1") -> BaseLayers:
    path = tmp_path / "base.safetensors"
    save_file(weights, path)
    header = read_header(path)
    return BaseLayers("base", family, "epsilon", {place: StoredLayer(path, header, place) for place in weights})  # type: ignore[arg-type]


def dora_by_hand(weight: np.ndarray, delta: np.ndarray, magnitude: np.ndarray, axes: tuple[int, ...]) -> np.ndarray:
    merged = weight.astype(np.float64) + delta
    lengths = np.sqrt((merged**2).sum(axis=axes, keepdims=True))
    return magnitude * merged / lengths - weight


@pytest.mark.parametrize("place", [LINEAR, CONV])
@pytest.mark.parametrize("form", ["rows", "columns", "peft"])
@pytest.mark.parametrize("under", ["lora", "loha"])
def test_a_dora_of_each_form_becomes_what_it_makes_of_its_base(place, form, under, tmp_path):
    shape = out, into, *kernel = SHAPES[place]
    weight = numbers(*shape, seed=9)
    if under == "loha":
        tensors, delta = loha(place)
    else:
        up, down = numbers(out, 2, seed=1), numbers(2, int(np.prod(shape[1:])), seed=2)
        delta = product(up, down).reshape(shape) * 2.0
        ones = [1] * len(kernel)
        tensors = {"lora_up.weight": up.reshape(out, 2, *ones), "lora_down.weight": down.reshape(2, into, *kernel),
                   "alpha": np.float32(4)}  # fmt: skip
    rest = tuple(range(2, len(shape)))
    sides = {"rows": ((out, *[1] * (len(shape) - 1)), (1, *rest)), "columns": ((1, into, *[1] * len(rest)), (0, *rest)),
             "peft": ((out,) if not rest else (1, out, 1, 1), (1, *rest))}  # fmt: skip
    stored, axes = sides[form]
    magnitude = np.abs(numbers(*stored, seed=5)) + 1
    expected = dora_by_hand(weight, delta, magnitude.reshape(sides["rows"][0]) if form == "peft" else magnitude, axes)
    leaf = "lora_magnitude_vector" if form == "peft" else "dora_scale"
    path = write(tmp_path / "other.safetensors", {place: {**tensors, leaf: magnitude.astype(np.float32)}})
    result, found = plain(path, keep=1.0, base=base_of(tmp_path, {place: weight}))
    assert error(found[place], expected) < 1e-5 and result.error < 1e-5


def refusal(path: Path, **options: object) -> StudioError:
    with pytest.raises(StudioError) as caught:
        plain(path, **({"rank": 1} | options))
    assert not path.with_name("plain.safetensors").exists()
    return caught.value


def test_a_dora_wants_its_own_base(tmp_path):
    dora = {**lora_tucker(CONV)[0], "dora_scale": np.ones((8, 1, 1, 1), np.float32)}
    path = write(tmp_path / "other.safetensors", {CONV: dora})
    weight = numbers(*SHAPES[CONV])
    assert refusal(path).code == "base_needed" and "--base" in refusal(path).hint
    assert refusal(path, base=base_of(tmp_path, {CONV: weight}, "sd2")).code == "families_differ"
    assert refusal(path, base=base_of(tmp_path, {LINEAR: weight})).code == "layer_missing"
    assert refusal(path, base=base_of(tmp_path, {CONV: weight[:4]})).code == "sizes_differ"
    weight[0] = np.nan
    assert refusal(path, base=base_of(tmp_path, {CONV: weight})).code == "not_finite"


def test_what_cannot_be_computed_is_refused_by_name(tmp_path):
    path = tmp_path / "other.safetensors"
    good = loha(LINEAR)[0]
    flawed = {
        "lacks": {key: good[key] for key in good if key != "hada_w2_b"},
        "mixes": {**good, "lokr_w1": numbers(2, 2)},
        "halves": {**good, "hada_w2_b": numbers(2, 5)},
        "strength": {**good, "alpha": np.float32(0)},
        "matrices": {**good, "hada_w1_b": numbers(3, 768)},
    }
    for word, leaves in flawed.items():
        told = refusal(write(path, {LINEAR: leaves}))
        assert told.code == "adapter_inconsistent" and word in told.detail, word
    for leaf in ("oft_blocks", "a1.weight"):
        assert refusal(write(path, {LINEAR: {leaf: numbers(4, 4)}})).code == "not_plain_lora"
    assert refusal(write(path, {LINEAR: {"diff_b": numbers(4)}})).code == "nothing_plain"
    assert refusal(write(path, {LINEAR: {**good, "hada_w1_a": np.full((12, 2), np.nan, np.float32)}})).code == (
        "export_not_finite"
    )


def test_biases_and_norms_are_left_out_and_named(tmp_path):
    path = write(tmp_path / "other.safetensors", {LINEAR: {**loha(LINEAR)[0], "diff_b": numbers(12)},
                                                  CONV: {"diff": numbers(8)}})  # fmt: skip
    result, found = plain(path, rank=4)
    assert set(result.left_out) == {f"{STEMS[LINEAR]}.diff_b", f"{STEMS[CONV]}.diff"} and list(found) == [LINEAR]


def test_the_new_file_says_that_it_is_a_plain_lora_and_keeps_what_else_was_said(tmp_path):
    told = {"ss_network_module": "lycoris.kohya", "ss_network_args": '{"algo": "loha"}', "modelspec.author": "A"}
    path = write(tmp_path / "other.safetensors", {LINEAR: loha(LINEAR)[0]}, **told)
    result, _ = plain(path, rank=3, strength=0.5)
    metadata = read_header(result.written.path).metadata
    assert (metadata["ss_network_module"], metadata["ss_network_dim"]) == ("networks.lora", "3")
    assert metadata["modelspec.author"] == "A" and "ss_network_args" not in metadata


def test_a_strength_is_folded_in(tmp_path):
    tensors, expected = loha(LINEAR)
    _, found = plain(write(tmp_path / "other.safetensors", {LINEAR: tensors}), rank=4, strength=0.5)
    assert error(found[LINEAR], expected * 0.5) < 1e-5


def test_calling_it_off_between_layers_leaves_nothing(tmp_path):
    path = write(tmp_path / "other.safetensors", {LINEAR: loha(LINEAR)[0], CONV: loha(CONV)[0]})

    def stop(done: int, total: int) -> None:
        assert (done, total) == (1, 2)
        raise StudioError("cancelled", "", "")

    assert refusal(path, progress=stop).code == "cancelled"
    assert [entry.name for entry in tmp_path.iterdir()] == ["other.safetensors"]

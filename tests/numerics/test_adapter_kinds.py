"""LoHa and LoKr: what is trained is what the exported file says, read by the formulas of LyCORIS, and merged alike."""

from __future__ import annotations

from pathlib import Path

import pytest
import safetensors.torch
import torch
from torch import Tensor

from lora_studio.adapters.lora import (
    ADAPTER,
    adapter_layers,
    adapter_metadata,
    add_adapter,
    read_adapter,
    trainable_parameters,
    without_adapter,
)
from lora_studio.adapters.merge import merge_adapter
from lora_studio.bases import find_base
from lora_studio.config.training import AdapterKind, AdapterSettings
from lora_studio.errors import StudioError
from lora_studio.families.base import Components, LoadOptions
from lora_studio.families.registry import family_of
from lora_studio.weights.export import compare_export, export_kohya
from lora_studio.weights.names import build_name_table

KINDS: tuple[AdapterKind, ...] = ("loha", "lokr")


def load(folder: Path) -> Components:
    wish = LoadOptions(device=torch.device("cpu"), dtype=torch.float32)
    return family_of("practice").load(find_base(str(folder)), wish)


def train_nothing_but_fill(folder: Path, kind: AdapterKind, **settings: object) -> Components:
    """A base with every factor of its adapter filled with noise, convolutions and text encoder included."""
    components = load(folder)
    wish = {"kind": kind, "rank": 6, "alpha": 2.5, "targets": "with_convolutions", "train_text_encoder": True}
    add_adapter(components.networks(), AdapterSettings.model_validate({**wish, **settings}), seed=1)
    torch.manual_seed(3)
    with torch.no_grad():
        for network in components.networks().values():
            for parameter in trainable_parameters(network):
                parameter.normal_(std=0.2)
    return components


def save(components: Components, path: Path) -> Path:
    note = adapter_metadata(components.networks(), "practice")
    safetensors.torch.save_file(read_adapter(components.networks()), path, metadata=note)
    return path


def answer(components: Components) -> Tensor:
    torch.manual_seed(9)
    noisy, text = torch.randn(2, 4, 8, 8), torch.randn(2, 77, 256)
    with torch.no_grad():
        return family_of("practice").predict(
            components.unet, noisy, torch.tensor([10, 900]), {"encoder_hidden_states": text}
        )


def change_by_formula(file: dict[str, Tensor], stem: str) -> Tensor:
    """reference/lora-formats, section 1.7, (out, in) with a window flattened into `in`."""
    found = {name.partition(".")[2]: tensor for name, tensor in file.items() if name.startswith(f"{stem}.")}
    alpha = found.pop("alpha").item()
    if "hada_w1_a" in found:
        product = (found["hada_w1_a"] @ found["hada_w1_b"]) * (found["hada_w2_a"] @ found["hada_w2_b"])
        return product * alpha / found["hada_w1_b"].shape[0]
    first = found["lokr_w1"]
    if "lokr_w2" in found:  # both whole: the strength is 1, whatever alpha says
        second = found["lokr_w2"]
        return torch.kron(first.reshape(*first.shape, *[1] * (second.dim() - 2)), second).flatten(1)
    return torch.kron(first, found["lokr_w2_a"] @ found["lokr_w2_b"]) * alpha / found["lokr_w2_b"].shape[0]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("strength", [1.0, 0.5])
def test_an_export_read_by_the_published_formulas_gives_the_change_that_was_trained(
    tiny_base: Path, tmp_path: Path, kind: AdapterKind, strength: float
) -> None:
    live = train_nothing_but_fill(tiny_base, kind)
    source, target = save(live, tmp_path / "saved.safetensors"), tmp_path / "out.safetensors"
    result = export_kohya(source, target, {"modelspec.title": "t"}, "fp32", strength)
    compare_export(source, target, strength)

    file = safetensors.torch.load_file(target)
    layers = dict(adapter_layers(live.networks()))
    stems = build_name_table("practice", layers)
    assert len(layers) > 90 and result.module_count == len(layers)
    changes = {path: layer.get_delta_weight(ADAPTER).detach().flatten(1) for path, layer in layers.items()}
    for path, change in changes.items():
        assert change.abs().max() > 0.005
        assert (change_by_formula(file, stems[path]) - strength * change).abs().max() < 1e-5
    squares = {path: float(change.square().sum()) for path, change in changes.items()}
    for path, stem in stems.items():
        assert result.shares[stem] == pytest.approx(squares[path] / sum(squares.values()), rel=1e-4)


def test_a_lokr_file_holds_whole_factors_and_products_of_linear_layers_and_convolutions(
    tiny_base: Path, tmp_path: Path
) -> None:
    live = train_nothing_but_fill(tiny_base, "lokr")
    target = tmp_path / "out.safetensors"
    export_kohya(save(live, tmp_path / "saved.safetensors"), target, {}, "fp32")
    shapes = {name: tensor.dim() for name, tensor in safetensors.torch.load_file(target).items()}
    assert {dim for name, dim in shapes.items() if name.endswith(".lokr_w2")} == {2, 4}
    assert any(name.endswith(".lokr_w2_b") for name in shapes)


@pytest.mark.parametrize("kind", KINDS)
def test_an_export_merged_into_the_base_acts_like_the_live_layers(
    tiny_base: Path, tmp_path: Path, kind: AdapterKind
) -> None:
    live = train_nothing_but_fill(tiny_base, kind, train_text_encoder=False)
    exported = tmp_path / "out.safetensors"
    export_kohya(save(live, tmp_path / "saved.safetensors"), exported, {}, "fp32")
    merged = load(tiny_base)
    unchanged = answer(merged)
    assert merge_adapter(merged.networks(), "practice", exported, 1.0) == len(dict(adapter_layers(live.networks())))
    scale = (answer(live) - unchanged).abs().max()
    assert scale > 0.05
    assert (answer(merged) - answer(live)).abs().max() < 1e-3 * scale


@pytest.mark.parametrize("kind", KINDS)
def test_without_the_adapter_the_base_answers_alone(tiny_base: Path, kind: AdapterKind) -> None:
    live = train_nothing_but_fill(tiny_base, kind)
    with without_adapter(live.networks()):
        assert torch.equal(answer(live), answer(load(tiny_base)))
    assert not torch.equal(answer(live), answer(load(tiny_base)))


@pytest.mark.parametrize(
    ("kind", "leaf", "shape"), [("loha", "hada_w2_b", (6, 3)), ("lokr", "lokr_w1", (1, 3)), ("loha", "hada_t1", (6, 6))]
)
def test_a_file_with_factors_that_do_not_fit_is_refused_and_changes_nothing(
    tiny_base: Path, tmp_path: Path, kind: AdapterKind, leaf: str, shape: tuple[int, int]
) -> None:
    exported = tmp_path / "out.safetensors"
    live = train_nothing_but_fill(tiny_base, kind, targets="attention", train_text_encoder=False)
    export_kohya(save(live, tmp_path / "saved.safetensors"), exported, {}, "fp32")
    file = safetensors.torch.load_file(exported)
    stem = next(iter(file)).partition(".")[0]
    safetensors.torch.save_file({**file, f"{stem}.{leaf}": torch.ones(shape)}, exported)
    base = load(tiny_base)
    before = answer(base)
    with pytest.raises(StudioError, match="does not fit"):
        merge_adapter(base.networks(), "practice", exported, 1.0)
    assert torch.equal(answer(base), before)

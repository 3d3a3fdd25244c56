"""LoRA layers on the tiny base: what trains, what is saved, and that a merged file acts like the live layers."""

from __future__ import annotations

import copy
import weakref
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import safetensors.torch
import torch
from diffusers import StableDiffusionPipeline

from lora_studio.adapters import quantize
from lora_studio.adapters.lora import (
    adapter_layers,
    adapter_metadata,
    add_adapter,
    read_adapter,
    without_dropout,
    write_adapter,
)
from lora_studio.adapters.merge import merge_adapter
from lora_studio.adapters.quantize import Int8Conv2d, Int8Linear, quantize_layers, rows_in_8_bit
from lora_studio.bases import find_base, shape_of
from lora_studio.config.training import AdapterKind, AdapterSettings, Quantization
from lora_studio.errors import StudioError
from lora_studio.families.base import Components, LoadOptions
from lora_studio.families.registry import family_of
from lora_studio.hardware.budget import adapter_parameters
from lora_studio.weights.export import export_kohya
from lora_studio.weights.metadata import AdapterFacts
from lora_studio.weights.metadata import adapter_metadata as file_metadata

FACTS = AdapterFacts(
    family="practice", base_model_name="tiny", output_name="a", title="a", rank=4, alpha=2, resolution_px=32,
    picture_count=1, epoch=1, epochs=1, steps=1, max_steps=1, batch_size=1, learning_rate=1e-3, optimizer="adamw",
    scheduler="constant", seed=1, started_at=0, finished_at=1,
)  # fmt: skip


def load(folder: Path, **options: object) -> Components:
    wish = LoadOptions(device=torch.device("cpu"), dtype=torch.float32, **options)  # type: ignore[arg-type]
    return family_of("practice").load(find_base(str(folder)), wish)


def fill_with_noise(components: Components) -> None:
    torch.manual_seed(3)
    with torch.no_grad():
        for parameter in components.unet.parameters():
            if parameter.requires_grad:
                parameter.normal_(std=0.2)


def answer(components: Components) -> torch.Tensor:
    torch.manual_seed(9)
    noisy, text = torch.randn(2, 4, 8, 8), torch.randn(2, 77, 256)
    with torch.no_grad():
        return family_of("practice").predict(
            components.unet, noisy, torch.tensor([10, 900]), {"encoder_hidden_states": text}
        )


@pytest.mark.parametrize(
    ("kind", "mark", "factors"), [("lora", "lora_", 2), ("loha", "hada_", 4), ("lokr", "lokr_", 2)]
)
def test_a_fresh_adapter_changes_nothing_and_only_its_layers_learn(
    tiny_base: Path, kind: AdapterKind, mark: str, factors: int
) -> None:
    components = load(tiny_base)
    before = answer(components)
    add_adapter(components.networks(), AdapterSettings(kind=kind, rank=16, alpha=4), seed=1)
    assert torch.equal(answer(components), before)
    trainable = [name for name, p in components.unet.named_parameters() if p.requires_grad]
    assert all(mark in name for name in trainable)
    # 2 down, 1 mid and 4 up transformer blocks, two attentions of four projections each
    assert len(trainable) == 7 * 8 * factors
    assert not any(p.requires_grad for p in components.text_encoders["text_encoder"].parameters())


def test_the_seed_decides_the_first_numbers(tiny_base: Path) -> None:
    def first(seed: int) -> torch.Tensor:
        components = load(tiny_base)
        add_adapter(components.networks(), AdapterSettings(rank=2), seed=seed)
        return next(iter(read_adapter(components.networks()).values()))

    assert torch.equal(first(1), first(1))
    assert not torch.equal(first(1), first(2))


def test_a_trained_text_encoder_has_the_layers_that_other_programs_look_for(tiny_base: Path) -> None:
    components = load(tiny_base)
    add_adapter(components.networks(), AdapterSettings(rank=2, train_text_encoder=True), seed=1)
    leaves = {path.rpartition(".")[2] for path, _ in adapter_layers(components.networks()) if "text_encoder" in path}
    assert leaves == {"q_proj", "k_proj", "v_proj", "out_proj", "fc1", "fc2"}


@pytest.mark.parametrize("rank_stabilized", [False, True])
def test_an_exported_file_merged_into_the_base_acts_like_the_live_layers(
    tiny_base: Path, tmp_path: Path, rank_stabilized: bool
) -> None:
    live = load(tiny_base)
    settings = AdapterSettings(rank=4, alpha=2, rank_stabilized=rank_stabilized)
    add_adapter(live.networks(), settings, seed=1)
    fill_with_noise(live)
    saved, exported = tmp_path / "saved.safetensors", tmp_path / "exported.safetensors"
    note = adapter_metadata(live.networks(), "practice")
    safetensors.torch.save_file(read_adapter(live.networks()), saved, metadata=note)
    export_kohya(saved, exported, file_metadata(FACTS), "fp32")

    merged = load(tiny_base)
    unchanged = answer(merged)
    assert merge_adapter(merged.networks(), "practice", exported, 1.0) == 56
    assert (answer(merged) - answer(live)).abs().max() < 1e-4
    assert (answer(merged) - unchanged).abs().max() > 0.1


@pytest.mark.parametrize(
    "targets",
    ["self_attention", "cross_attention", "attention_and_feed_forward", "attention_blocks", "with_convolutions"],
)
def test_an_export_of_any_layers_acts_in_diffusers_and_merged_as_it_does_live(
    tiny_base: Path, tmp_path: Path, targets: str
) -> None:
    live = load(tiny_base)
    settings = AdapterSettings.model_validate({"rank": 4, "alpha": 2, "targets": targets})
    add_adapter(live.networks(), settings, seed=1)
    fill_with_noise(live)
    saved, exported = tmp_path / "saved.safetensors", tmp_path / "exported.safetensors"
    note = adapter_metadata(live.networks(), "practice")
    safetensors.torch.save_file(read_adapter(live.networks()), saved, metadata=note)
    export_kohya(saved, exported, file_metadata(FACTS), "fp32")

    merged = load(tiny_base)
    unchanged = answer(merged)
    merge_adapter(merged.networks(), "practice", exported, 1.0)
    pipeline = StableDiffusionPipeline.from_pretrained(tiny_base, local_files_only=True, safety_checker=None)
    pipeline.load_lora_weights(str(tmp_path), weight_name=exported.name)
    plain = load(tiny_base)
    plain.unet = pipeline.unet
    scale = (answer(live) - unchanged).abs().max()
    assert scale > 0.05
    assert (answer(merged) - answer(live)).abs().max() < 1e-3 * scale
    assert (answer(plain) - answer(live)).abs().max() < 1e-3 * scale


@pytest.mark.parametrize("kind", ["lora", "loha", "lokr"])
@pytest.mark.parametrize(
    ("targets", "places"),
    [
        ("attention", {"attn1", "attn2"}),
        ("self_attention", {"attn1"}),
        ("cross_attention", {"attn2"}),
        ("attention_and_feed_forward", {"attn1", "attn2", "ff"}),
        ("attention_blocks", {"attn1", "attn2", "ff", "proj_in", "proj_out"}),
        ("with_convolutions", {"attn1", "attn2", "ff", "conv1", "conv2", "conv_shortcut", "conv"}),
    ],
)
def test_the_adapter_sits_on_the_layers_that_were_asked_for_and_the_plan_knows_its_size(
    tiny_base: Path, targets: str, places: set[str], kind: str
) -> None:
    components = load(tiny_base)
    chosen = {"kind": kind, "rank": 5, "targets": targets, "lokr_factor": 5, "train_text_encoder": True}
    settings = AdapterSettings.model_validate(chosen)
    add_adapter(components.networks(), settings, seed=1)
    paths = [path.split(".") for path, _ in adapter_layers(components.networks())]
    assert {part for path in paths for part in path if part in ("attn1", "attn2", "ff")} | {
        path[-1] for path in paths if path[-1].startswith(("conv", "proj_"))
    } == places
    numbers = sum(p.numel() for net in components.networks().values() for p in net.parameters() if p.requires_grad)
    assert numbers == adapter_parameters(shape_of(find_base(str(tiny_base))), settings)


def test_strength_zero_changes_nothing_and_a_foreign_file_is_refused(tiny_base: Path, tmp_path: Path) -> None:
    components = load(tiny_base)
    foreign = tmp_path / "foreign.safetensors"
    tensors = {
        "lora_unet_nowhere.lora_down.weight": torch.ones(2, 4),
        "lora_unet_nowhere.lora_up.weight": torch.ones(4, 2),
    }
    safetensors.torch.save_file(tensors, foreign)
    before = answer(components)
    with pytest.raises(StudioError, match="does not fit"):
        merge_adapter(components.networks(), "practice", foreign, 1.0)
    assert torch.equal(answer(components), before)


@pytest.mark.parametrize(
    ("extra", "up", "down"),
    [
        ("dora_scale", (64, 2), (2, 64)),  # a magnitude beside the two matrices
        ("lora_mid.weight", (64, 2), (2, 64)),  # a third matrix between them
        ("alpha", (128, 2), (2, 32)),  # as many numbers as the layer, in another shape
    ],
)
def test_a_layer_that_plain_lora_cannot_describe_is_refused(
    tiny_base: Path, tmp_path: Path, extra: str, up: tuple[int, int], down: tuple[int, int]
) -> None:
    components = load(tiny_base)
    path = "mid_block.attentions.0.transformer_blocks.0.attn1.to_q"
    assert components.unet.get_submodule(path).weight.shape == (64, 64)
    stem = f"lora_unet_{path.replace('.', '_')}"
    tensors = {f"{stem}.lora_up.weight": torch.ones(up), f"{stem}.lora_down.weight": torch.ones(down)}
    file = tmp_path / "odd.safetensors"
    safetensors.torch.save_file({**tensors, f"{stem}.{extra}": torch.tensor(2.0)}, file)
    before = answer(components)
    with pytest.raises(StudioError, match="does not fit"):
        merge_adapter(components.networks(), "practice", file, 1.0)
    assert torch.equal(answer(components), before)


def test_dropout_acts_while_learning_only(tiny_base: Path) -> None:
    components = load(tiny_base)
    add_adapter(components.networks(), AdapterSettings(rank=4, dropout=0.5), seed=1)
    fill_with_noise(components)
    plain = load(tiny_base)
    add_adapter(plain.networks(), AdapterSettings(rank=4), seed=1)
    fill_with_noise(plain)
    with without_dropout(components.networks()):
        assert torch.equal(answer(components), answer(plain))
    assert not torch.equal(answer(components), answer(plain))


@pytest.mark.parametrize("kind", ["lora", "loha", "lokr"])
def test_a_saved_adapter_goes_back_bit_for_bit_and_never_onto_other_layers(tiny_base: Path, kind: AdapterKind) -> None:
    components, other = load(tiny_base), load(tiny_base)
    add_adapter(components.networks(), AdapterSettings(kind=kind, rank=4), seed=1)
    add_adapter(other.networks(), AdapterSettings(kind=kind, rank=4), seed=2)
    fill_with_noise(components)
    tensors = read_adapter(components.networks())
    write_adapter(other.networks(), tensors)
    assert all(torch.equal(tensors[name], value) for name, value in read_adapter(other.networks()).items())
    tensors.popitem()
    with pytest.raises(StudioError, match="does not fit"):
        write_adapter(other.networks(), tensors)


@pytest.mark.parametrize(("quantization", "tolerance"), [("int8", 0.02), ("nf4", 0.25)])
def test_a_small_base_answers_nearly_alike_and_lets_the_adapter_learn(
    tiny_base: Path, quantization: str, tolerance: float
) -> None:
    whole, small = load(tiny_base), load(tiny_base, quantization=quantization)
    kinds = Counter(type(module).__name__ for module in small.unet.modules())
    assert kinds["Int8Linear" if quantization == "int8" else "Linear4bit"] > 56
    assert kinds["Int8Conv2d"] > 8
    assert kinds["Conv2d"] == 2  # where the picture enters and leaves
    reference = answer(whole)
    assert ((answer(small) - reference).norm() / reference.norm()).item() < tolerance
    add_adapter(small.networks(), AdapterSettings(rank=4), seed=1)
    noisy, text = torch.randn(1, 4, 8, 8), torch.randn(1, 77, 256)
    family_of("practice").predict(
        small.unet, noisy, torch.tensor([500]), {"encoder_hidden_states": text}
    ).square().mean().backward()
    gradients = [p.grad for p in small.unet.parameters() if p.requires_grad]
    assert all(gradient is not None and torch.isfinite(gradient).all() for gradient in gradients)
    assert sum(float(gradient.abs().sum()) > 0 for gradient in gradients if gradient is not None) == 56


@pytest.mark.parametrize("kind", ["linear", "convolution"])
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_an_eight_bit_layer_is_the_layer_with_its_rounded_weights_and_keeps_nothing_for_the_way_back(
    kind: str, dtype: torch.dtype
) -> None:
    torch.manual_seed(0)
    layer: torch.nn.Module = (
        torch.nn.Linear(24, 16) if kind == "linear" else torch.nn.Conv2d(6, 8, 3, stride=2, padding=1)
    )
    whole = torch.nn.Sequential(layer).to(dtype).requires_grad_(False)
    small = copy.deepcopy(whole)
    assert quantize_layers(small, "int8", dtype, torch.device("cpu")) == 1
    eight = small[0]
    assert isinstance(eight, Int8Linear | Int8Conv2d)
    assert eight.weight.dtype == torch.int8
    assert (eight.whole_weight() - whole[0].weight).abs().max() <= whole[0].weight.abs().max() / 100
    whole[0].weight.data = eight.whole_weight()
    numbers = torch.randn(5, 24) if kind == "linear" else torch.randn(2, 6, 9, 9)
    one, other = (numbers.to(dtype).requires_grad_() for _ in range(2))
    kept: list[torch.Tensor] = []
    with torch.autograd.graph.saved_tensors_hooks(lambda tensor: kept.append(tensor) or tensor, lambda tensor: tensor):
        answer_in_8 = small(one)
    assert kept == []
    assert torch.equal(answer_in_8, whole(other))
    sample = torch.randn_like(answer_in_8)
    answer_in_8.backward(sample)
    whole(other).backward(sample)
    assert one.grad is not None and other.grad is not None
    assert torch.allclose(one.grad, other.grad, atol=1e-6 if dtype == torch.float32 else 0.02)


@pytest.mark.parametrize("quantization", ["int8", "nf4"])
def test_a_layer_is_let_go_before_the_next_one_is_made(
    quantization: Quantization, monkeypatch: pytest.MonkeyPatch
) -> None:
    layers = [torch.nn.Conv2d(64, 64, 1) if place % 2 else torch.nn.Linear(64, 64) for place in range(6)]
    network = torch.nn.Sequential(*layers)
    left = [weakref.ref(layer.weight) for layer in layers]
    del layers
    alive: list[int] = []
    make = quantize._filled

    def count(*arguments: Any) -> torch.nn.Module:
        alive.append(sum(one() is not None for one in left))
        return make(*arguments)

    monkeypatch.setattr(quantize, "_filled", count)
    quantize_layers(network, quantization, torch.bfloat16, torch.device("cpu"))
    assert alive == ([6, 5, 4, 3, 2, 1] if quantization == "int8" else [5, 3, 1])
    assert {one.dtype for one in network.parameters() if one.is_floating_point()} == {torch.bfloat16}


def test_a_row_of_zeros_and_a_row_with_one_large_weight_survive_eight_bit() -> None:
    weight = torch.zeros(3, 8)
    weight[1, 2] = 1000.0
    weight[2] = torch.linspace(-1, 1, 8)
    numbers, scale = rows_in_8_bit(weight, torch.bfloat16)
    assert torch.allclose(numbers * scale, weight.bfloat16(), rtol=0.02, atol=0.005)


@pytest.mark.parametrize("width", [96, 160, 224, 256, 100])
def test_four_bit_keeps_the_weights_of_layers_of_any_width(width: int) -> None:
    torch.manual_seed(0)
    whole = torch.nn.Sequential(torch.nn.Linear(width, 64, bias=False))
    torch.nn.init.normal_(whole[0].weight)
    expected = whole[0].weight.detach().clone().T
    quantize_layers(whole, "nf4", torch.float32, torch.device("cpu"))
    small = whole.to("cpu")
    error = (small(torch.eye(width)) - expected).norm() / expected.norm()
    assert error.item() < 0.12

"""Against what our own trainer reserved on one H200: bf16, rank 16 on attention, AdamW."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest
from drawn_pictures import draw_pictures

from lora_studio.bases import find_base, shape_of
from lora_studio.config.length import RunLength
from lora_studio.config.resolve import merged, resolve, validated
from lora_studio.config.training import AdapterSettings, TrainingConfig
from lora_studio.hardware.budget import (
    GIB,
    MIB,
    BaseShape,
    Measured,
    adapter_parameters,
    estimate,
    estimate_memory,
    estimate_time,
    find_fixes,
    find_fixes_midway,
    with_settings,
)
from lora_studio.hardware.card_facts import Tuning
from lora_studio.hardware.probe import GraphicsCard, Hardware
from lora_studio.presets import preset_layers
from lora_studio.runs.create import RunPlan, RunWish, plan_run
from lora_studio.runs.prepare import plan_budget

SDXL = {
    "block_out_channels": [320, 640, 1280],
    "down_block_types": ["DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"],
    "up_block_types": ["CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"],
    "transformer_layers_per_block": [1, 2, 10],
    "cross_attention_dim": 2048,
}
SD15 = {"cross_attention_dim": 768}


def shape(unet: dict[str, Any], parameters: int = 0, linear: int = 0) -> BaseShape:
    return BaseShape(unet, (), parameters, linear, 0, 0, 0)


SD15_SHAPE = shape(SD15, 859_520_964, 242_196_480)
# Linear layers of SDXL: 18 d² + 2 d c in each of 10 blocks of width 640 and 60 of width 1280, c = 2048.
SDXL_SHAPE = shape(SDXL, 2_567_463_684, 2_184_000_000)


def computer(card_mib: int | None, memory_mib: int = 16_384) -> Hardware:
    card = GraphicsCard(
        index=0, name="Card", total_mib=card_mib or 0, free_mib=card_mib or 0, compute_capability=(8, 6)
    )
    return Hardware(
        cards=(card,) if card_mib else (), driver=None, cores=4, memory_total_mib=memory_mib,
        memory_free_mib=memory_mib, disk_path=Path("/"), disk_free_mib=1000,
    )  # fmt: skip


def config(**sections: dict[str, Any]) -> TrainingConfig:
    plain = {"base": {"family": "sd1"}, "optimizer": {"type": "adamw"}, "preview": {"enabled": False}}
    return validated(merged(merged(TrainingConfig().model_dump(), plain), sections))


def training_gib(settings: TrainingConfig, of: BaseShape) -> float:
    """What the allocator reserves: nothing for others."""
    memory = estimate_memory(settings, of, computer(200_000), kept_free_bytes=0)
    return sum(part.size_bytes for part in memory.segments if part.name != "system") / GIB


@pytest.mark.parametrize(
    ("unet", "parameters"),
    [(SD15, 3_188_736), (SDXL, 23_224_320)],  # counted in every peer's file, performance study
)
def test_the_adapter_is_as_large_as_every_other_program_makes_it(unet: dict[str, Any], parameters: int) -> None:
    assert adapter_parameters(shape(unet), AdapterSettings(rank=16)) == parameters
    assert adapter_parameters(shape(unet), AdapterSettings(rank=32)) == 2 * parameters


def test_a_loha_is_twice_as_large_and_a_lokr_smaller_and_both_need_more_memory_than_a_lora() -> None:
    sizes = {kind: adapter_parameters(shape(SD15), AdapterSettings(kind=kind)) for kind in ("lora", "loha", "lokr")}
    assert sizes["loha"] == 2 * sizes["lora"]
    assert sizes["lokr"] < sizes["lora"] / 5
    assert adapter_parameters(shape(SD15), AdapterSettings(kind="lokr", lokr_factor=4)) > sizes["lokr"]
    plain = {"fast_step": "off"}  # which the others never have
    needs = {kind: training_gib(config(adapter={"kind": kind}, precision=plain), SD15_SHAPE) for kind in sizes}
    assert needs["lora"] < needs["lokr"] < needs["loha"]
    assert needs["loha"] == training_gib(config(adapter={"kind": "loha"}), SD15_SHAPE)


@pytest.mark.parametrize("kind", ["loha", "lokr"])
def test_the_base_of_what_needs_whole_weights_is_never_offered_to_be_squeezed(kind: str) -> None:
    settings = config(adapter={"kind": kind}, dataset={"resolution_px": 1024})
    offered = {path for fix in find_fixes(settings, SDXL_SHAPE, computer(6144)) for path in fix.settings}
    assert "precision.gradient_checkpointing" in offered
    assert "base.quantization" not in offered


@pytest.mark.parametrize("train_text_encoder", [False, True])
@pytest.mark.parametrize("targets", ["attention", "attention_and_feed_forward", "attention_blocks"])
def test_the_practice_adapter_is_counted_as_its_weights_say(targets: Any, train_text_encoder: bool) -> None:
    from lora_studio.weights.header import read_header

    base = find_base("practice")
    ends = ["to_q", "to_k", "to_v", "to_out.0"] + (["ff.net.0.proj", "ff.net.2"] if targets != "attention" else [])
    ends += ["proj_in", "proj_out"] if targets == "attention_blocks" else []
    parts = [("unet/diffusion_pytorch_model", ends)]
    if train_text_encoder:
        parts.append(("text_encoder/model", ["q_proj", "k_proj", "v_proj", "out_proj", "fc1", "fc2"]))
    counted = 0
    for file, endings in parts:
        for name, tensor in read_header(base.folder / f"{file}.safetensors").tensors.items():
            if any(name.endswith(f"{end}.weight") for end in endings):
                counted += 16 * sum(tensor.shape[:2])
    settings = AdapterSettings(rank=16, targets=targets, train_text_encoder=train_text_encoder)
    assert adapter_parameters(shape_of(base), settings) == counted


MEASURED = [  # what the step before training reserved, MiB; of SD 1.5 with fast steps, steps alone: docs/benchmarks.md
    ("sdxl", 1, "none", False, "auto", 9_684),
    ("sdxl", 4, "none", False, "auto", 22_340),
    ("sdxl", 1, "none", True, "auto", 6_006),
    ("sdxl", 4, "none", True, "auto", 7_550),
    ("sdxl", 1, "int8", False, "auto", 7_330),
    ("sdxl", 1, "nf4", True, "auto", 2_718),
    ("sdxl", 1, "none", False, "off", 12_692),
    ("sd1", 1, "none", False, "auto", 2_358),
    ("sd1", 8, "none", False, "auto", 6_237),
    ("sd1", 1, "none", False, "off", 2_872),
]


@pytest.mark.parametrize(("family", "batch", "quantization", "recompute", "fast_step", "measured_mib"), MEASURED)
def test_memory_is_what_was_measured(
    family: str, batch: int, quantization: str, recompute: bool, fast_step: str, measured_mib: int
) -> None:
    settings = config(
        base={"family": family, "quantization": quantization},
        dataset={"resolution_px": 1024 if family == "sdxl" else 512},
        schedule={"batch_size": batch},
        precision={"gradient_checkpointing": recompute, "fast_step": fast_step},
    )
    of = SDXL_SHAPE if family == "sdxl" else SD15_SHAPE
    assert training_gib(settings, of) * 1024 == pytest.approx(measured_mib, rel=0.03)


def test_a_limit_of_our_own_is_the_whole_card_and_nobody_else_is_counted() -> None:
    settings = config(dataset={"resolution_px": 1024}, precision={"memory_limit_gib": 8})
    memory = estimate_memory(settings, SDXL_SHAPE, computer(24_576))
    assert (memory.total_bytes, memory.verdict) == (8 * GIB, "too_big")
    assert memory.segments[-1].size_bytes == GIB // 2
    lean = config(
        dataset={"resolution_px": 1024},
        base={"quantization": "nf4"},
        precision={"memory_limit_gib": 4, "gradient_checkpointing": True},
    )
    assert estimate_memory(lean, SDXL_SHAPE, computer(24_576)).verdict == "fits"


def test_a_text_encoder_is_counted_where_it_is_read_at_every_step_and_the_vae_where_samples_are_drawn() -> None:
    of = BaseShape(SD15, ({},), 859_520_964, 242_196_480, 123_060_480, 84_934_656, 83_653_863)
    waiting = training_gib(config(), of)
    assert training_gib(config(dataset={"shuffle_tags": True}), of) - waiting == pytest.approx(
        123_060_480 * 2 / GIB, rel=1e-6
    )
    lean = {"base": {"quantization": "nf4"}, "precision": {"gradient_checkpointing": True}}
    with_samples = training_gib(config(**lean, preview={"enabled": True}), of)
    assert with_samples > training_gib(config(**lean), of) + 0.3


@pytest.mark.parametrize(("card_gib", "verdict"), [(24, "fits"), (12, "tight"), (8, "too_big")])
def test_the_verdict_follows_the_card(card_gib: float, verdict: str) -> None:
    memory = estimate_memory(config(dataset={"resolution_px": 1024}), SDXL_SHAPE, computer(round(card_gib * 1024)))
    assert memory.verdict == verdict
    assert memory.needed_bytes == sum(part.size_bytes for part in memory.segments)


def test_what_fits_needs_no_fix() -> None:
    assert find_fixes(config(), SD15_SHAPE, computer(24_576)) == ()


@pytest.mark.parametrize("card_mib", [6144, 8192, 10_240, 12_288])
def test_the_first_fix_is_enough_where_any_is_and_does_what_it_says(card_mib: int) -> None:
    settings = config(dataset={"resolution_px": 1024}, schedule={"batch_size": 2})
    card = computer(card_mib)
    before = estimate_memory(settings, SDXL_SHAPE, card)
    fixes = find_fixes(settings, SDXL_SHAPE, card)
    best = fixes[0]
    values = settings.model_dump()
    for path, value in best.settings.items():
        section, name = path.split(".")
        values[section][name] = value
    after = estimate_memory(validated(values), SDXL_SHAPE, card)
    assert best.is_enough and after.verdict != "too_big"
    assert best.saved_bytes == before.needed_bytes - after.needed_bytes
    assert all(fix.saved_bytes > 0 and fix.cost for fix in fixes)


def test_cards_that_share_a_batch_need_room_for_their_part_and_keep_a_picture_each() -> None:
    sdxl = {"dataset": {"resolution_px": 1024}}
    whole = estimate_memory(config(**sdxl, schedule={"batch_size": 2}), SDXL_SHAPE, computer(24_576))
    shared = config(**sdxl, schedule={"batch_size": 4}, precision={"cards": 2})
    assert estimate_memory(shared, SDXL_SHAPE, computer(24_576)).needed_bytes == whole.needed_bytes
    fixes = find_fixes(shared, SDXL_SHAPE, computer(7168))
    assert {"schedule.batch_size": 2, "schedule.gradient_accumulation": 2}.items() <= fixes[0].settings.items()


def test_where_nothing_is_enough_no_fix_claims_to_be() -> None:
    fixes = find_fixes(config(dataset={"resolution_px": 1024}), SDXL_SHAPE, computer(3072))
    assert fixes and not any(fix.is_enough for fix in fixes)


def test_without_a_card_the_computers_own_memory_counts_and_nothing_is_squeezed() -> None:
    memory = estimate_memory(config(), SD15_SHAPE, computer(None, 4096))
    assert (memory.is_card, memory.device, memory.verdict) == (False, "cpu", "too_big")
    offered = {path for fix in find_fixes(config(), SD15_SHAPE, computer(None, 4096)) for path in fix.settings}
    assert "precision.gradient_checkpointing" in offered
    assert not offered & {"base.quantization", "optimizer.type"}


RECOMPUTE = {"precision.gradient_checkpointing": True}


def test_a_started_run_recomputes_first_and_squeezes_its_base_only_beside_that() -> None:
    settings = config(dataset={"resolution_px": 1024}, schedule={"batch_size": 2}, optimizer={"type": "adamw"})
    fixes = find_fixes_midway(settings, SDXL_SHAPE, computer(24_576))
    assert [dict(fix.settings) for fix in fixes] == [
        RECOMPUTE, RECOMPUTE | {"base.quantization": "int8"}, RECOMPUTE | {"base.quantization": "nf4"},
    ]  # fmt: skip
    before, after = (
        estimate_memory(with_settings(settings, changed), SDXL_SHAPE, computer(24_576)).needed_bytes
        for changed in ({}, fixes[2].settings)
    )
    assert fixes[2].saved_bytes == before - after
    assert "4-bit" in fixes[2].cost and "8-bit" not in fixes[2].cost


def test_a_started_run_takes_the_first_change_that_is_enough_on_its_card() -> None:
    settings = config(dataset={"resolution_px": 1024})
    assert find_fixes_midway(settings, SDXL_SHAPE, computer(24_576))[0].settings == RECOMPUTE
    small = find_fixes_midway(settings, SDXL_SHAPE, computer(6144))
    assert small[0].settings == RECOMPUTE | {"base.quantization": "int8"} and small[0].is_enough
    tiny = find_fixes_midway(settings, SDXL_SHAPE, computer(2048))
    assert tiny[0].settings["base.quantization"] == "nf4" and not tiny[0].is_enough


@pytest.mark.parametrize("kept_free_gib", [0, 40])
def test_a_change_that_saves_too_little_is_not_called_enough_though_the_estimate_fits(kept_free_gib: int) -> None:
    settings = config(adapter={"rank": 256}, base={"quantization": "int8"}, precision={"gradient_checkpointing": True})
    (fix,) = find_fixes_midway(settings, SDXL_SHAPE, computer(200_000), kept_free_gib * GIB)
    assert fix.settings == {"base.quantization": "nf4"} and not fix.is_enough
    (fix,) = find_fixes_midway(
        with_settings(settings, {"adapter.rank": 16}), SDXL_SHAPE, computer(200_000), kept_free_gib * GIB
    )
    assert fix.is_enough


def test_a_change_that_saves_nothing_is_not_made_beside_one_that_does() -> None:
    small = {"resolution_px": 128, "bucket_multiple_px": 64}
    settings = config(dataset=small, preview={"enabled": True})  # drawing takes more than training, recomputed or not
    best = find_fixes_midway(settings, SD15_SHAPE, computer(8192))[0]
    assert best.settings == {"base.quantization": "int8"}


def test_a_run_that_recomputes_on_the_processor_has_nothing_left_to_change() -> None:
    settings = config(dataset={"resolution_px": 512})
    assert [fix.settings for fix in find_fixes_midway(settings, SD15_SHAPE, computer(None))] == [RECOMPUTE]
    leaner = with_settings(settings, RECOMPUTE)
    assert find_fixes_midway(leaner, SD15_SHAPE, computer(None)) == ()


def test_the_chosen_card_counts() -> None:
    two = computer(8192).model_copy(
        update={"cards": (computer(8192).cards[0], computer(24_576).cards[0].model_copy(update={"index": 1}))}
    )
    assert estimate_memory(config(), SD15_SHAPE, two, card_index=1).total_bytes == 24_576 * MIB


def test_measured_time_is_said_to_be_and_is_narrow() -> None:
    settings = config(preview={"enabled": True, "prompts": ("a", "b")})
    length = RunLength(total_steps=100, steps_per_pass=10, passes_per_epoch=1, epochs=10)
    measured = estimate_time(settings, length, True, Measured(step_s=2.0, sample_s=5.0, start_s=20.0))
    assert (measured.is_measured, measured.seconds) == (True, 20 + 100 * 2 + 11 * 2 * 5)
    shared = config(
        preview={"enabled": True, "prompts": ("a", "b", "c")}, precision={"cards": 2}, schedule={"batch_size": 2}
    )
    assert estimate_time(shared, length, True, Measured(2.0, 5.0, 20.0)).seconds == measured.seconds
    guess = estimate_time(settings, length, True)
    assert not guess.is_measured
    assert guess.low_s < guess.seconds < guess.high_s
    assert measured.high_s / measured.low_s < 1.5 < guess.high_s / guess.low_s


def test_reasons_are_the_presets_own() -> None:
    resolved = resolve(preset_layers("style", "sd1"))
    length = RunLength(100, 10, 1, 10)
    budget = estimate(
        resolved.config, resolved.origins, length, {(512, 512): 7, (448, 576): 3}, SD15_SHAPE, computer(8192)
    )
    rank = next(reason for reason in budget.reasons if reason.path == "adapter.rank")
    assert (rank.value, rank.title, rank.layer) == (16, "Rank", "family")
    assert rank.because == resolved.origins["adapter.rank"].because
    assert (budget.buckets, budget.pictures) == (((512, 512, 7), (448, 576, 3)), 10)
    assert budget.adapter_bytes == 2 * 3_188_736
    assert "precision.tuning" not in [reason.path for reason in budget.reasons]


def test_what_was_measured_of_the_card_is_the_last_reason() -> None:
    resolved = resolve(preset_layers("style", "sd1"))
    tuning = Tuning(self_attention="cudnn", saved_ms=3.5, seconds=6)
    budget = estimate(
        resolved.config, resolved.origins, RunLength(100, 10, 1, 10), {(512, 512): 7}, SD15_SHAPE, computer(8192),
        tuning=tuning,
    )  # fmt: skip
    told = budget.reasons[-1]
    assert (told.path, told.value, told.because) == ("precision.tuning", "auto", tuning.words())
    assert budget.tuning == tuning


@pytest.fixture
def practice_plan(tmp_path: Path) -> RunPlan:
    return plan_run(RunWish(draw_pictures(tmp_path / "ink")))


def test_a_full_disk_is_seen_before_the_start(practice_plan: RunPlan) -> None:
    small = computer(None).model_copy(update={"disk_free_mib": 1})
    assert not plan_budget(practice_plan, small).fits_on_disk
    assert plan_budget(practice_plan, computer(None)).fits_on_disk


def test_a_budget_is_worked_out_at_once(practice_plan: RunPlan) -> None:
    began = time.process_time()
    budget = plan_budget(practice_plan, computer(None))
    assert time.process_time() - began < 0.6
    assert (budget.steps, budget.memory.verdict, budget.time.is_measured) == (120, "fits", False)

"""The settings that come back from adapter files: ours as they were, others' as far as they have a place here."""

from __future__ import annotations

import json
import math
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import Phase, example, given, settings
from hypothesis import strategies as st
from safetensors.numpy import save_file

from lora_studio.config.resolve import Layer, leaves, merged, resolve
from lora_studio.config.training import TrainingConfig
from lora_studio.dataset.buckets import Placement
from lora_studio.errors import StudioError
from lora_studio.runs.exports import export_epoch
from lora_studio.runs.folder import RunFolder
from lora_studio.runs.pictures import PictureEntry, RunPictures
from lora_studio.weights.adapter import adapter_note
from lora_studio.weights.architecture import module_paths
from lora_studio.weights.recipe import RECIPE_SETTINGS, AdapterRecipe, fitted, recipe_from_adapter
from lora_studio.weights.recipe_claims import metadata_claims
from lora_studio.weights.start import read_start
from lora_studio.weights.targets import TEXT_ENCODER, UNET_TARGETS, untrained

TO_Q = "lora_unet_down_blocks_0_attentions_0_transformer_blocks_0_attn1_to_q"
TO_K = "lora_unet_down_blocks_0_attentions_0_transformer_blocks_0_attn2_to_k"


# ── Our own ─────────────────────────────────────────────────────────────────────────────────────────────────

PLACES = module_paths("sd1")
RATES = st.floats(1e-7, 1.0)
CONFIGS = st.fixed_dictionaries(
    {
        "seed": st.integers(0, 2**31 - 1),
        "base.clip_skip": st.integers(1, 4),
        "base.prediction": st.sampled_from(["epsilon", "v_prediction"]),
        "dataset.resolution_px": st.integers(8, 256).map(lambda eighth: 8 * eighth),
        "dataset.caption_dropout": st.floats(0, 0.5),
        "dataset.flip": st.booleans(),
        "dataset.shuffle_tags": st.booleans(),
        "optimizer.weight_decay": st.floats(0, 1),
        "schedule.warmup_share": st.floats(0, 0.5),
        "schedule.warmup_steps": st.none() | st.integers(0, 1000),
        "objective.max_gradient_norm": st.floats(0, 1000),
        "adapter.rank": st.integers(1, 8),
        "adapter.alpha": st.floats(0.01, 1024),
        "adapter.rank_stabilized": st.booleans(),
        "adapter.targets": st.sampled_from(list(UNET_TARGETS)),
        "adapter.train_text_encoder": st.booleans(),
        "optimizer.type": st.sampled_from(
            ["adamw", "adamw8bit", "paged_adamw8bit", "lion8bit", "adafactor", "prodigy", "schedule_free"]
        ),
        "optimizer.learning_rate": RATES,
        "optimizer.text_encoder_rate": RATES,
        "schedule.batch_size": st.integers(1, 4),
        "schedule.gradient_accumulation": st.integers(1, 4),
        "schedule.curve": st.sampled_from(["constant", "linear", "cosine", "cosine_with_restarts"]),
        "objective.min_snr_gamma": st.none() | st.floats(0.01, 100),
        "objective.loss": st.sampled_from(["squared", "huber"]),
        "objective.noise_offset": st.floats(0, 0.5),
        "precision.compute": st.sampled_from(["auto", "fp32", "bf16", "fp16"]),
    }
)
ALWAYS_STATED = {
    "seed", "dataset.resolution_px", "dataset.caption_dropout", "adapter.rank", "adapter.alpha",
    "adapter.rank_stabilized", "adapter.targets", "adapter.train_text_encoder", "optimizer.type",
    "schedule.batch_size", "schedule.gradient_accumulation", "schedule.curve", "schedule.epochs",
    "schedule.looks_per_picture", "objective.zero_terminal_snr", "dataset.flip", "dataset.shuffle_tags",
    "optimizer.weight_decay", "optimizer.beta1", "objective.max_gradient_norm",
}  # fmt: skip
# A whole run may be cut into fewer epochs than were wished, and end early or late; the file has what came of it.
WORKED_OUT = {"schedule.epochs", "schedule.looks_per_picture"}


def exported(values: dict[str, Any], folder: Path) -> Path:
    """The adapter that a run with these settings exports, its layers as small as the scheme allows."""
    patch: dict[str, Any] = {"base": {"source": "base.safetensors", "family": "sd1"}, "name": "ink"}
    patch["dataset"] = {"bucket_multiple_px": 8, "trigger": "mistyink"}
    for path, value in values.items():
        section, _, name = path.rpartition(".")
        patch = merged(patch, {section: {name: value}} if section else {name: value})
    config = resolve([Layer("user", patch)]).config
    run = RunFolder.create(folder / "run", {"config.json": config.model_dump_json().encode()})
    entry = PictureEntry(
        path="a.png", content_sha256="0" * 64, caption="", repeats=1, placement=Placement(64, 64, 64, 64, 0, 0, 1.0)
    )
    run.images_path.write_text(RunPictures(training=(entry, entry, entry)).model_dump_json())
    adapter = config.adapter
    trained = [p for p in PLACES if p.startswith("unet.") and not untrained([p], UNET_TARGETS[adapter.targets])]
    if adapter.train_text_encoder:
        trained += [p for p in PLACES if p.startswith("text") and not untrained([p], TEXT_ENCODER)]
    tensors = {}
    for place in trained:
        tensors[f"{place}.lora_A.weight"] = np.ones((adapter.rank, 16), np.float32)
        tensors[f"{place}.lora_B.weight"] = np.ones((16, adapter.rank), np.float32)
    root = math.sqrt(adapter.rank) if adapter.rank_stabilized else 1.0
    note = adapter_note("sd1", dict.fromkeys(trained, (adapter.rank, adapter.alpha * root)))
    save_file(tensors, run.epoch_path(1), note)
    return export_epoch(run).path


# Each example writes and checks a file: a smaller one is not worth minutes.
@settings(max_examples=60, deadline=None, phases=(Phase.generate,))
@given(CONFIGS)
def test_what_our_export_states_comes_back_as_the_same_settings(values: dict[str, Any]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        recipe = recipe_from_adapter(exported(values, Path(folder)))
    found = recipe.values
    config = dict(leaves(TrainingConfig().model_dump())) | values
    assert {path: value for path, value in found.items() if path not in WORKED_OUT} == {
        path: config[path] for path in found if path not in WORKED_OUT
    }
    assert found.keys() >= ALWAYS_STATED
    if values["optimizer.type"] != "prodigy":
        assert "optimizer.learning_rate" in found
        assert ("optimizer.text_encoder_rate" in found) == values["adapter.train_text_encoder"]
    hardware = set() if values["precision.compute"] == "auto" else {"precision.compute"}
    assert {item.path for item in recipe.left} == hardware


def test_looks_and_epochs_come_back_where_the_run_had_the_length_that_was_wished(tmp_path: Path) -> None:
    values = {"schedule.looks_per_picture": 40, "schedule.epochs": 8, "schedule.batch_size": 2}
    found = recipe_from_adapter(exported(values, tmp_path)).values
    assert (found["schedule.looks_per_picture"], found["schedule.epochs"]) == (40.0, 8)


def test_a_save_point_without_metadata_tells_what_its_layers_show(save_adapter: Callable[..., Path]) -> None:
    places = ["attentions.0.transformer_blocks.0.attn1.to_q", "attentions.0.transformer_blocks.0.attn2.to_v"]
    recipe = recipe_from_adapter(
        save_adapter(modules={f"unet.down_blocks.0.{place}": (8, 8) for place in places}, rank=4, alpha=2.0)
    )
    assert recipe.values == {
        "adapter.kind": "lora",
        "adapter.rank": 4, "adapter.alpha": 2.0, "adapter.rank_stabilized": False, "adapter.targets": "attention",
        "adapter.train_text_encoder": False,
    }  # fmt: skip
    assert {setting.source for setting in recipe.settings} == {""}
    assert "optimizer.learning_rate" in recipe.unknown and "seed" in recipe.unknown
    assert "optimizer.text_encoder_rate" not in recipe.unknown, "it says nothing where no text encoder is trained"


# ── Others' ─────────────────────────────────────────────────────────────────────────────────────────────────


def write_kohya(path: Path, *stems: str, rank: int = 4, alpha: float | None = 2.0, **metadata: str) -> Path:
    tensors = {}
    for stem in stems or (TO_Q, TO_K):
        tensors[f"{stem}.lora_down.weight"] = np.ones((rank, 768), np.float32)
        tensors[f"{stem}.lora_up.weight"] = np.ones((8, rank), np.float32)
        if alpha is not None:
            tensors[f"{stem}.alpha"] = np.array(alpha, np.float16)
    save_file(tensors, path, metadata)
    return path


KOHYA = {
    "ss_base_model_version": "sd_v1", "ss_network_dim": "4", "ss_network_alpha": "2.0", "ss_network_dropout": "None",
    "ss_optimizer": "bitsandbytes.optim.adamw.AdamW8bit(weight_decay=0.1,betas=(0.9, 0.99))",
    "ss_learning_rate": "0.0001", "ss_unet_lr": "0.0002", "ss_text_encoder_lr": "5e-05",
    "ss_lr_scheduler": "cosine_with_restarts", "ss_lr_warmup_steps": "100", "ss_num_epochs": "10",
    "ss_batch_size_per_device": "2", "ss_gradient_accumulation_steps": "1", "ss_max_train_steps": "1200",
    "ss_dataset_dirs": '{"10_cat": {"n_repeats": 10, "img_count": 24}}', "ss_num_reg_images": "0",
    "ss_resolution": "(768, 768)", "ss_seed": "1234", "ss_clip_skip": "2", "ss_max_token_length": "225",
    "ss_min_snr_gamma": "None", "ss_noise_offset": "0.05", "ss_multires_noise_iterations": "None",
    "ss_zero_terminal_snr": "False", "ss_flip_aug": "True", "ss_shuffle_caption": "True", "ss_keep_tokens": "1",
    "ss_caption_dropout_rate": "0.1", "ss_max_grad_norm": "1.0", "ss_debiased_estimation": "False",
    "ss_mixed_precision": "fp16", "ss_enable_bucket": "True", "ss_ip_noise_gamma": "None", "ss_loss_type": "l2",
}  # fmt: skip


def test_a_file_of_kohyas_scripts_tells_its_settings(tmp_path: Path) -> None:
    text = "lora_te_text_model_encoder_layers_0_self_attn_q_proj"
    recipe = recipe_from_adapter(write_kohya(tmp_path / "a.safetensors", TO_Q, TO_K, text, **KOHYA))
    assert recipe.family == "sd1"
    assert recipe.values == {
        "seed": 1234, "base.clip_skip": 2, "dataset.resolution_px": 768, "dataset.buckets": True,
        "dataset.flip": True, "dataset.caption_dropout": 0.1, "dataset.shuffle_tags": True,
        "dataset.keep_first_tags": 1, "dataset.caption_tokens": 225,
        "adapter.kind": "lora", "adapter.rank": 4, "adapter.alpha": 2.0,
        "adapter.dropout": 0.0, "adapter.rank_stabilized": False, "adapter.targets": "attention",
        "adapter.train_text_encoder": True, "optimizer.type": "adamw8bit", "optimizer.learning_rate": 0.0002,
        "optimizer.text_encoder_rate": 5e-05, "optimizer.weight_decay": 0.1, "optimizer.beta1": 0.9,
        "optimizer.beta2": 0.99, "schedule.looks_per_picture": 100.0, "schedule.epochs": 10,
        "schedule.batch_size": 2, "schedule.gradient_accumulation": 1, "schedule.curve": "cosine_with_restarts",
        "schedule.warmup_steps": 100, "objective.min_snr_gamma": None, "objective.debiased": False,
        "objective.loss": "squared", "objective.noise_offset": 0.05, "objective.multires_noise": 0.0,
        "objective.input_perturbation": 0.0, "objective.zero_terminal_snr": False,
        "objective.max_gradient_norm": 1.0,
    }  # fmt: skip
    assert recipe.unknown == ("schedule.cycles",)
    assert [(item.path, item.stated) for item in recipe.left] == [("precision.compute", "fp16")]


def test_sets_of_pictures_in_a_list_tell_what_all_of_them_have_alike(tmp_path: Path) -> None:
    subsets = [{"flip_aug": True, "keep_tokens": 2, "img_count": 3}, {"flip_aug": False, "keep_tokens": 2}]
    listed = json.dumps([{"resolution": [512, 512], "enable_bucket": True, "subsets": subsets}])
    found = recipe_from_adapter(write_kohya(tmp_path / "a.safetensors", ss_datasets=listed)).values
    assert (found["dataset.resolution_px"], found["dataset.buckets"], found["dataset.keep_first_tags"]) == (
        512,
        True,
        2,
    )
    assert "dataset.flip" not in found


@pytest.mark.parametrize(
    ("stated", "setting", "value"),
    [
        ("AdamW8bit", "optimizer.type", "adamw8bit"),
        ("torch.optim.adamw.AdamW(weight_decay=0.01)", "optimizer.type", "adamw"),
        ("bitsandbytes.optim.adamw.PagedAdamW8bit", "optimizer.type", "paged_adamw8bit"),
        ("bitsandbytes.optim.lion.Lion8bit", "optimizer.type", "lion8bit"),
        ("transformers.optimization.Adafactor(relative_step=False)", "optimizer.type", "adafactor"),
        ("prodigyopt.prodigy.Prodigy(decouple=True)", "optimizer.type", "prodigy"),
        ("schedulefree.adamw_schedulefree.AdamWScheduleFree", "optimizer.type", "schedule_free"),
    ],
)
def test_optimisers_are_known_by_the_names_other_programs_give_them(stated: str, setting: str, value: str) -> None:
    claims = {claim.path: claim for claim in metadata_claims({"ss_optimizer": stated})}
    assert (claims[setting].value, claims[setting].problem) == (value, "")


@pytest.mark.parametrize(
    ("metadata", "setting", "reason"),
    [
        ({"ss_optimizer": "lion_pytorch.Lion"}, "optimizer.type", "not offered here. The nearest one is lion8bit."),
        ({"ss_optimizer": "dadaptation.DAdaptAdam"}, "optimizer.type", "This optimiser is not offered here."),
        ({"ss_lr_scheduler": "polynomial"}, "schedule.curve", "This way of changing the rate is not offered here."),
        ({"ss_seed": "4294967295"}, "seed", "It takes a whole number, 0 to 2,147,483,647."),
        ({"ss_seed": "tomorrow"}, "seed", "It cannot be read."),
        ({"ss_unet_lr": "nan"}, "optimizer.learning_rate", "It cannot be read."),
        ({"ss_unet_lr": "0.0"}, "optimizer.learning_rate", "It takes a number, over 0 to 1."),
        ({"ss_resolution": "(512, 768)"}, "dataset.resolution_px", "Training sizes are squares here"),
        ({"ss_noise_offset": "0.9"}, "objective.noise_offset", "It takes a number, 0 to 0.5."),
        ({"ss_network_dropout": "0.3"}, "adapter.dropout", "There it left out the middle of the adapter"),
    ],
)
def test_what_has_no_place_here_is_told_with_the_reason(
    metadata: dict[str, str], setting: str, reason: str, tmp_path: Path
) -> None:
    recipe = recipe_from_adapter(write_kohya(tmp_path / "a.safetensors", **metadata))
    assert setting not in recipe.values and setting not in recipe.unknown
    left = next(item for item in recipe.left if item.path == setting)
    assert reason in left.reason


def test_one_rate_for_each_text_encoder_is_taken_where_all_are_alike() -> None:
    same, other = ({c.path: c for c in metadata_claims({"ss_text_encoder_lr": text})}["optimizer.text_encoder_rate"]
                   for text in ("[1e-05, 1e-05]", "[1e-05, 2e-05]"))  # fmt: skip
    assert (same.value, same.problem) == (1e-05, "")
    assert "one rate for each text encoder" in other.problem


def test_a_warm_up_below_one_is_a_share_of_the_run() -> None:
    claims = {claim.path: claim.value for claim in metadata_claims({"ss_lr_warmup_steps": "0.1"})}
    assert claims == {"schedule.warmup_share": 0.1}


def test_onetrainers_settings_are_read_where_they_are_kept(tmp_path: Path) -> None:
    told = {
        "learning_rate": 0.0003, "learning_rate_scheduler": "COSINE", "learning_rate_warmup_steps": 200.0,
        "epochs": 20, "batch_size": 4, "gradient_accumulation_steps": 1, "resolution": "1024",
        "unet": {"learning_rate": None}, "text_encoder": {"learning_rate": 1e-5},
        "optimizer": {"optimizer": "ADAMW_8BIT", "weight_decay": 0.01, "beta1": 0.9, "beta2": 0.999},
        "loss_weight_fn": "MIN_SNR_GAMMA", "loss_weight_strength": 5.0, "offset_noise_weight": 0.0,
        "dropout_probability": 0.05, "clip_grad_norm": 1.0, "text_encoder_layer_skip": 1,
    }  # fmt: skip
    found = recipe_from_adapter(write_kohya(tmp_path / "a.safetensors", ot_config=json.dumps(told))).values
    assert found.items() >= {
        "optimizer.learning_rate": 0.0003, "schedule.curve": "cosine", "schedule.warmup_steps": 200,
        "schedule.epochs": 20, "schedule.batch_size": 4, "dataset.resolution_px": 1024,
        "optimizer.type": "adamw8bit", "optimizer.weight_decay": 0.01, "objective.min_snr_gamma": 5.0,
        "adapter.dropout": 0.05, "base.clip_skip": 2,
    }.items()  # fmt: skip


def test_pefts_settings_beside_a_file_undo_the_rank_stabilised_strength(tmp_path: Path) -> None:
    layer = "base_model.model.down_blocks.0.attentions.0.transformer_blocks.0.attn2.to_k"
    down, up = np.ones((4, 768), np.float32), np.ones((320, 4), np.float32)
    save_file({f"{layer}.lora_A.weight": down, f"{layer}.lora_B.weight": up}, tmp_path / "adapter_model.safetensors")
    told = {"r": 4, "lora_alpha": 8, "use_rslora": True, "lora_dropout": 0.1}
    (tmp_path / "adapter_config.json").write_text(json.dumps(told))
    found = recipe_from_adapter(tmp_path / "adapter_model.safetensors").values
    assert (found["adapter.rank"], found["adapter.alpha"], found["adapter.rank_stabilized"]) == (4, 8.0, True)
    assert found["adapter.dropout"] == 0.1


def test_a_file_without_strength_acts_as_if_alpha_were_its_rank(tmp_path: Path) -> None:
    assert recipe_from_adapter(write_kohya(tmp_path / "a.safetensors", alpha=None)).values["adapter.alpha"] == 4.0


def test_ranks_that_differ_are_told_and_not_taken_over(save_adapter: Callable[..., Path], tmp_path: Path) -> None:
    tensors = {}
    for stem, rank in ((TO_Q, 2), (TO_K, 16)):
        tensors[f"{stem}.lora_down.weight"] = np.ones((rank, 768), np.float32)
        tensors[f"{stem}.lora_up.weight"] = np.ones((8, rank), np.float32)
    save_file(tensors, tmp_path / "a.safetensors")
    recipe = recipe_from_adapter(tmp_path / "a.safetensors")
    assert ("adapter.rank", "2 to 16") in [(item.path, item.stated) for item in recipe.left]


def test_layers_that_no_choice_trains_are_named(tmp_path: Path) -> None:
    odd = "lora_unet_down_blocks_0_resnets_0_time_emb_proj"
    recipe = recipe_from_adapter(write_kohya(tmp_path / "a.safetensors", TO_Q, TO_K, odd))
    assert ("adapter.targets", "time_emb_proj") in [(item.path, item.stated) for item in recipe.left]


def test_a_loha_tells_its_kind_and_settings(tmp_path: Path) -> None:
    tensors = {
        f"{TO_K}.hada_{leaf}": np.ones((4, 768) if leaf.endswith("b") else (8, 4), np.float32)
        for leaf in ("w1_a", "w1_b", "w2_a", "w2_b")
    }
    save_file({**tensors, f"{TO_K}.alpha": np.array(1, np.float32)}, tmp_path / "a.safetensors", {"ss_seed": "3"})
    recipe = recipe_from_adapter(tmp_path / "a.safetensors")
    assert {path: recipe.values[path] for path in ("adapter.kind", "adapter.rank", "seed")} == {
        "adapter.kind": "loha", "adapter.rank": 4, "seed": 3,
    }  # fmt: skip
    assert "adapter.lokr_factor" not in recipe.unknown


def test_a_lokr_tells_the_rank_and_factor_that_its_factors_do_not_show(tmp_path: Path) -> None:
    tensors = {f"{TO_K}.lokr_w1": np.ones((8, 8), np.float32), f"{TO_K}.lokr_w2": np.ones((1, 96), np.float32)}
    stated = {"ss_network_dim": "32", "ss_network_alpha": "16", "ss_network_args": '{"algo": "lokr", "factor": "8"}'}
    save_file(tensors, tmp_path / "a.safetensors", stated)
    recipe = recipe_from_adapter(tmp_path / "a.safetensors")
    found = {name: recipe.values[f"adapter.{name}"] for name in ("kind", "rank", "alpha", "lokr_factor")}
    assert found == {"kind": "lokr", "rank": 32, "alpha": 16.0, "lokr_factor": 8}
    save_file(tensors, tmp_path / "a.safetensors")
    assert {"adapter.rank", "adapter.lokr_factor"} <= set(recipe_from_adapter(tmp_path / "a.safetensors").unknown)


def test_a_kind_that_is_not_trained_here_is_told(tmp_path: Path) -> None:
    save_file({f"{TO_K}.diff": np.ones((8, 8), np.float32)}, tmp_path / "a.safetensors")
    recipe = recipe_from_adapter(tmp_path / "a.safetensors")
    assert recipe.left[0].stated == "full" and "a LoHa or a LoKr" in recipe.left[0].reason


@settings(max_examples=200, deadline=None)
@given(
    st.dictionaries(
        st.sampled_from([*KOHYA, "ot_config", "ss_datasets", "ss_bucket_info", "ss_network_args"]),
        st.text(max_size=30)
        | st.sampled_from(["None", "[]", "{}", "[[", "1e999", "-1", "NaN", "[1, [2]]", '{"buckets": 3}', "9" * 5000])
        | st.recursive(
            st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=5),
            lambda inner: (
                st.lists(inner, max_size=3)
                | st.dictionaries(
                    st.sampled_from(["subsets", "buckets", "a", "img_count", "count", "optimizer"]), inner
                )
            ),
            max_leaves=8,
        ).map(json.dumps),
    )
)
@example({"ss_datasets": '[{"subsets": true}]'})
def test_no_metadata_makes_the_reader_stumble_and_every_value_taken_is_allowed(metadata: dict[str, str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        recipe = recipe_from_adapter(write_kohya(Path(folder) / "a.safetensors", **metadata))
    assert set(recipe.values) <= set(RECIPE_SETTINGS)
    for setting in recipe.settings:
        section, _, name = setting.path.rpartition(".")
        section_model = getattr(TrainingConfig(), section) if section else TrainingConfig()
        relaxed = {"bucket_multiple_px": 8} if section == "dataset" else {}
        type(section_model).model_validate({**relaxed, name: setting.value})


# ── Beside other settings ───────────────────────────────────────────────────────────────────────────────────


def recipe_with(tmp_path: Path, **metadata: str) -> AdapterRecipe:
    return recipe_from_adapter(write_kohya(tmp_path / "a.safetensors", **metadata))


def test_what_the_base_rules_out_is_left_with_the_reason(tmp_path: Path) -> None:
    recipe = recipe_with(tmp_path, ss_clip_skip="2", ss_zero_terminal_snr="True", ss_seed="5")
    config = resolve([Layer("model", {"base": {"family": "sdxl"}})]).config
    fits = fitted(recipe, config)
    assert {"base.clip_skip", "objective.zero_terminal_snr"} <= {item.path for item in fits.left}
    assert fits.values["seed"] == 5
    resolve([Layer("model", {"base": {"family": "sdxl"}}), Layer("user", fits.patch())])


def test_the_settings_of_any_plain_file_let_training_go_on_from_it(tmp_path: Path) -> None:
    text = "lora_te_text_model_encoder_layers_0_self_attn_q_proj"
    file = write_kohya(tmp_path / "a.safetensors", TO_Q, TO_K, f"{TO_Q[:-11]}_ff_net_2", text, rank=32)
    with pytest.raises(StudioError, match="rank is 32"):
        read_start(file, "sd1", TrainingConfig().adapter)
    patch = recipe_from_adapter(file).patch()
    read_start(file, "sd1", resolve([Layer("user", patch)]).config.adapter)

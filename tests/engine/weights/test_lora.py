"""One reader for every spelling of a plain LoRA; what is not plain, or not certain, is refused by name."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from lora_studio.errors import StudioError
from lora_studio.weights.lora import read_lora

BLOCK = "down_blocks.0.attentions.0.transformer_blocks.0"
FLAT = BLOCK.replace(".", "_")
TO_OUT = f"unet.{BLOCK}.attn1.to_out.0"
Q_PROJ = "text_encoder.encoder.layers.0.self_attn.q_proj"
KOHYA = ("lora_down.weight", "lora_up.weight")


def pair(module: str, sides: tuple[str, str], rank: int = 2) -> dict[str, np.ndarray]:
    """The two matrices of a layer of 3 inputs and 5 outputs; a side that starts with ':' or '_' brings its own dot."""
    down = np.arange(rank * 3, dtype=np.float32).reshape(rank, 3)
    up = np.ones((5, rank), np.float32)
    return {f"{module}.{sides[0]}".replace("._", "_"): down, f"{module}.{sides[1]}".replace("._", "_"): up}


SPELLINGS = {
    "kohya": (f"lora_unet_{FLAT}_attn1_to_out_0", KOHYA, TO_OUT),
    "kohya, text encoder": ("lora_te_text_model_encoder_layers_0_self_attn_q_proj", KOHYA, Q_PROJ),
    "kohya, text encoder without text_model": ("lora_te_encoder_layers_0_self_attn_q_proj", KOHYA, Q_PROJ),
    "kohya, numbered text encoder": ("lora_te1_text_model_encoder_layers_0_self_attn_q_proj", KOHYA, Q_PROJ),
    "diffusers": (TO_OUT, ("lora_A.weight", "lora_B.weight"), TO_OUT),
    "diffusers, text encoder": (
        "text_encoder.text_model.encoder.layers.0.self_attn.q_proj", ("lora_A.weight", "lora_B.weight"), Q_PROJ,
    ),
    "diffusers 0.22": (TO_OUT, ("lora.down.weight", "lora.up.weight"), TO_OUT),
    "diffusers 0.20": (
        f"unet.{BLOCK}.attn1.processor.to_out", ("_lora.down.weight", "_lora.up.weight"), TO_OUT,
    ),
    "diffusers 0.18, no prefix": (
        f"{BLOCK}.attn1.processor.to_out", ("_lora.down.weight", "_lora.up.weight"), TO_OUT,
    ),
    "diffusers 0.22, text encoder": (
        "text_encoder.text_model.encoder.layers.0.self_attn.q_proj",
        ("lora_linear_layer.down.weight", "lora_linear_layer.up.weight"), Q_PROJ,
    ),
    "diffusers 0.18, text encoder": (
        "text_encoder.text_model.encoder.layers.0.self_attn.to_q", ("_lora.down.weight", "_lora.up.weight"), Q_PROJ,
    ),
    "PEFT state": (TO_OUT, ("lora_A.default.weight", "lora_B.default.weight"), TO_OUT),
}  # fmt: skip


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_every_spelling_gives_the_same_path_and_matrices(spelling, tmp_path):
    module, sides, path = SPELLINGS[spelling]
    save_file(pair(module, sides), tmp_path / "a.safetensors")
    lora = read_lora(tmp_path / "a.safetensors", "sd1")

    assert list(lora.modules) == [path]
    found = lora.modules[path]
    assert np.array_equal(found.down.read(), np.arange(6).reshape(2, 3))
    assert found.up.shape == (5, 2)
    assert (found.rank, found.alpha, found.scale) == (2, 2.0, 1.0)


def test_sdxl_is_read_in_both_block_names(tmp_path):
    path = "unet.down_blocks.1.attentions.0.proj_in"
    for stem in ("lora_unet_input_blocks_4_1_proj_in", "lora_unet_down_blocks_1_attentions_0_proj_in"):
        save_file(pair(stem, KOHYA), tmp_path / "a.safetensors")
        assert list(read_lora(tmp_path / "a.safetensors", "sdxl").modules) == [path]


def test_our_own_checkpoint_is_read_with_its_family_and_alphas(save_adapter):
    lora = read_lora(save_adapter(family="practice", rank=4, alpha=2.0))
    assert lora.family == "practice"
    assert "text_encoder.encoder.layers.0.self_attn.out_proj" in lora.modules
    assert {(module.rank, module.alpha) for module in lora.modules.values()} == {(4, 2.0)}


def test_strength_in_a_kohya_file_is_the_stated_alpha(tmp_path):
    stem = f"lora_unet_{FLAT}_attn1_to_out_0"
    save_file(
        {**pair(stem, KOHYA, rank=4), f"{stem}.alpha": np.array(1.0, np.float16)}, tmp_path / "a.safetensors"
    )  # fmt: skip
    assert read_lora(tmp_path / "a.safetensors", "sd1").modules[TO_OUT].scale == 0.25


@pytest.mark.parametrize(
    ("settings", "alpha"),
    [
        ({"lora_alpha": 3}, 3.0),
        ({"lora_alpha": 3, "alpha_pattern": {f"{BLOCK}.attn1.to_out.0": 5.5}}, 5.5),
        ({"lora_alpha": 3, "alpha_pattern": {".*to_q": 9}}, None),
        ({"lora_alpha": 3, "alpha_pattern": {"attn1.to_out.0": 7, "other": 9}}, 7.0),
        ({"lora_alpha": 3, "alpha_pattern": {"tn1.to_out.0": 7}}, 3.0),
        ({"lora_alpha": 16, "use_rslora": True}, 32.0),  # rank 4: 16 / sqrt(4) * 4
    ],
)
def test_strength_in_a_diffusers_file_follows_pefts_rules(settings, alpha, tmp_path):
    metadata = {"lora_adapter_metadata": json.dumps({f"unet.{key}": value for key, value in settings.items()})}
    path = tmp_path / "a.safetensors"
    save_file(pair(TO_OUT, ("lora_A.weight", "lora_B.weight"), rank=4), path, metadata)
    if alpha is None:
        with pytest.raises(StudioError, match="rule"):
            read_lora(path, "sd1")
    else:
        assert read_lora(path, "sd1").modules[TO_OUT].alpha == alpha


def test_a_peft_folder_gives_strength_from_the_settings_beside_it(tmp_path):
    path = tmp_path / "adapter_model.safetensors"
    save_file(pair(f"base_model.model.{BLOCK}.attn1.to_out.0", ("lora_A.weight", "lora_B.weight")), path)
    with pytest.raises(StudioError, match=r"adapter_config\.json"):
        read_lora(path, "sd1")
    (tmp_path / "adapter_config.json").write_text('{"lora_alpha": 1, "r": 2}')
    assert read_lora(path, "sd1").modules[TO_OUT].alpha == 1.0
    (tmp_path / "adapter_config.json").write_text('{"lora_alpha": 1, "r": 2, "use_dora": true}')
    with pytest.raises(StudioError, match="DoRA"):
        read_lora(path, "sd1")


STEM = f"lora_unet_{FLAT}_attn1_to_out_0"
ONE = np.ones((2, 2), np.float32)
REFUSED = {
    "LoHa": ({f"{STEM}.hada_w1_a": ONE, f"{STEM}.hada_w1_b": ONE}, "not_plain_lora", "LoHa"),
    "LoKr": ({f"{STEM}.lokr_w1": ONE, f"{STEM}.lokr_w2": ONE}, "not_plain_lora", "LoKr"),
    "OFT": ({f"{STEM}.oft_blocks": ONE}, "not_plain_lora", "OFT"),
    "DoRA": ({**pair(STEM, KOHYA), f"{STEM}.dora_scale": ONE}, "not_plain_lora", "DoRA"),
    "Tucker": ({**pair(STEM, KOHYA), f"{STEM}.lora_mid.weight": ONE}, "not_plain_lora", "third matrix"),
    "LoRA and bias": ({**pair(STEM, KOHYA), f"{STEM}.diff_b": ONE}, "not_plain_lora", "a mixture of a LoRA and"),
    "a stray tensor": ({**pair(STEM, KOHYA), "v_pred": ONE}, "adapter_inconsistent", "v_pred"),
    "half a module": ({f"{STEM}.lora_down.weight": ONE}, "adapter_inconsistent", "lacks one"),
    "ranks that differ": (
        {**pair(STEM, KOHYA), f"{STEM}.lora_up.weight": np.ones((5, 3), np.float32)}, "adapter_inconsistent", "(5, 3)",
    ),
    "alpha 0": ({**pair(STEM, KOHYA), f"{STEM}.alpha": np.float32([0])}, "adapter_inconsistent", "(alpha) 0"),
    "two names for one layer": (
        {**pair(STEM, KOHYA), **pair(TO_OUT, ("lora_A.weight", "lora_B.weight"))},
        "adapter_inconsistent", "second name",
    ),
    "an unknown layer": (
        pair(f"lora_unet_{FLAT}_attn3_to_q", KOHYA), "module_unknown", f"lora_unet_{FLAT}_attn3_to_q",
    ),
    "a layer beyond the encoder": (
        pair("lora_te_text_model_encoder_layers_12_mlp_fc1", KOHYA), "module_unknown", "layers_12",
    ),
    "a base model": ({"model.diffusion_model.out.2.weight": ONE}, "not_an_adapter", "a base model"),
}  # fmt: skip


@pytest.mark.parametrize("reason", REFUSED)
def test_what_is_not_a_plain_lora_is_refused_by_name(reason, tmp_path):
    tensors, code, words = REFUSED[reason]
    save_file(tensors, tmp_path / "a.safetensors")
    with pytest.raises(StudioError) as caught:
        read_lora(tmp_path / "a.safetensors", "sd1")
    assert caught.value.code == code
    assert words in str(caught.value)
    assert caught.value.hint


def test_a_file_that_does_not_tell_its_family_asks_for_it(tmp_path):
    save_file(pair(STEM, KOHYA), tmp_path / "a.safetensors")
    with pytest.raises(StudioError, match="--family") as caught:
        read_lora(tmp_path / "a.safetensors")
    assert caught.value.code == "family_unknown"


def test_broken_settings_are_told(tmp_path: Path):
    path = tmp_path / "a.safetensors"
    for text in ("[", "[]", "{}", '{"unet.lora_alpha": "high"}', '{"unet.lora_alpha": true}'):
        save_file(pair(TO_OUT, ("lora_A.weight", "lora_B.weight")), path, {"lora_adapter_metadata": text})
        with pytest.raises(StudioError) as caught:
            read_lora(path, "sd1")
        assert caught.value.code == "adapter_inconsistent"

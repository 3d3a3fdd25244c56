"""What the app tells about any adapter file it is shown."""

from __future__ import annotations

import json
import time

import numpy as np
import pytest
from safetensors.numpy import save_file

from lora_studio.errors import StudioError
from lora_studio.weights.architecture import module_paths
from lora_studio.weights.export import export_kohya
from lora_studio.weights.header import read_header
from lora_studio.weights.inspect import AdapterReport, inspect_adapter
from lora_studio.weights.names import build_name_table

KEY = "down_blocks.0.attentions.0.transformer_blocks.0.attn2.to_k"
OLD_KEY = "down_blocks.0.attentions.0.transformer_blocks.0.attn2.processor.to_k"
TEXT = "lora_te_text_model_encoder_layers_0"
FLAT = "down_blocks_0_attentions_0_transformer_blocks_0"


def pair(down: str, up: str, into: int = 768) -> dict[str, np.ndarray]:
    return {down: np.ones((4, into), np.float16), up: np.ones((8, 4), np.float16)}


def kohya(stem: str, into: int = 768) -> dict[str, np.ndarray]:
    alpha = {f"{stem}.alpha": np.array(2.0, np.float32)}
    return pair(f"{stem}.lora_down.weight", f"{stem}.lora_up.weight", into) | alpha


def square(stem: str, *leaves: str) -> dict[str, np.ndarray]:
    return {f"{stem}.{leaf}": np.ones((4, 4), np.float16) for leaf in leaves}


def inspect(tmp_path, tensors: dict[str, np.ndarray], metadata: dict[str, str] | None = None) -> AdapterReport:
    save_file(tensors, tmp_path / "it.safetensors", metadata)
    return inspect_adapter(tmp_path / "it.safetensors")


def codes(report: AdapterReport) -> set[str]:
    return {finding.code for finding in report.findings}


def test_our_own_checkpoint_is_known_by_its_note(save_adapter):
    report = inspect_adapter(save_adapter(rank=4, alpha=2.0))
    assert (report.scheme, report.family, report.family_source) == ("studio", "sd1", "the note of our trainer")
    assert report.module_count == {"unet": 3, "text_encoder": 1}
    assert (report.ranks, report.alphas, report.dtypes) == ({4: 4}, (2.0,), ("F32",))
    assert report.targets == {"conv1": 1, "out_proj": 1, "to_k": 1, "to_q": 1}
    assert codes(report) == set()


def test_our_export_is_sound_and_says_what_it_is(tmp_path, save_adapter):
    told = {"modelspec.trigger_phrase": "mistyink, ink", "modelspec.title": "Misty ink", "ss_steps": "720"}
    export_kohya(save_adapter(), tmp_path / "out.safetensors", {**told, "modelspec.thumbnail": "data:"})
    report = inspect_adapter(tmp_path / "out.safetensors")
    assert (report.scheme, report.family) == ("kohya", "sd1")
    assert report.family_source == "the width of its cross-attention, 768"
    assert report.title == "Misty ink"
    assert report.trigger_words == ("mistyink", "ink")
    assert report.metadata["ss_steps"] == "720" and "modelspec.thumbnail" not in report.metadata
    assert report.data_sha256 == report.stated_sha256
    assert (report.module_count, report.alphas) == ({"unet": 3, "text_encoder": 1}, (2.0,))
    assert report.dtypes == ("F16",)
    assert codes(report) == set()
    assert json.loads(report.model_dump_json())["size_bytes"] == (tmp_path / "out.safetensors").stat().st_size


@pytest.mark.parametrize(
    ("tensors", "scheme", "component"),
    [
        (kohya(f"lora_unet_{FLAT}_attn2_to_k"), "kohya", "unet"),
        (pair(f"unet.{KEY}.lora_A.weight", f"unet.{KEY}.lora_B.weight"), "peft/diffusers", "unet"),
        (pair(f"unet.{KEY}.lora.down.weight", f"unet.{KEY}.lora.up.weight"), "old diffusers", "unet"),
        (pair(f"{OLD_KEY}_lora.down.weight", f"{OLD_KEY}_lora.up.weight"), "old diffusers", "unet"),
        (pair("unet:0:down", "unet:0:up"), "numbered", "unet"),
        (pair("text_encoder:0:down", "text_encoder:0:up"), "numbered", "text_encoder"),
        (square(f"lora_unet_{FLAT}_attn2_to_k", "hada_w1_a", "hada_w1_b", "hada_w2_a"), "lycoris loha", "unet"),
        (square(f"lycoris_unet_{FLAT}_attn2_to_k", "lokr_w1", "lokr_w2_a", "lokr_w2_b"), "lycoris lokr", "unet"),
    ],
)  # fmt: skip
def test_each_scheme_in_the_wild_is_recognised(tensors, scheme, component, tmp_path):
    report = inspect(tmp_path, tensors)
    assert report.scheme == scheme
    assert report.module_count == {component: 1}
    assert not codes(report) & {"half_modules", "stray_keys"}


KINDS = {
    "lora": kohya(f"lora_unet_{FLAT}_attn2_to_k"),
    "loha": square(f"lora_unet_{FLAT}_attn2_to_k", "hada_w1_a", "hada_w1_b", "hada_w2_a", "hada_w2_b", "alpha"),
    "lokr": square(f"lora_unet_{FLAT}_attn2_to_k", "lokr_w1", "lokr_w2_a", "lokr_w2_b"),
    "dora_by_row": kohya(f"lora_unet_{FLAT}_attn2_to_k")
    | {f"lora_unet_{FLAT}_attn2_to_k.dora_scale": np.ones((8, 1), np.float16)},
    "dora_peft": pair(f"unet.{KEY}.lora_A.weight", f"unet.{KEY}.lora_B.weight")
    | {f"unet.{KEY}.lora_magnitude_vector": np.ones(8, np.float16)},
    "full": square(f"lora_unet_{FLAT}_attn2_to_k", "diff"),
    "glora": square(f"lora_unet_{FLAT}_attn2_to_k", "a1.weight", "a2.weight", "b1.weight", "b2.weight"),
}


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_of_adapter_is_told_with_its_rank_and_where_it_loads(kind, tmp_path):
    report = inspect(tmp_path, KINDS[kind], {"ss_base_model_version": "sd_v1"})
    assert report.kinds == {kind: 1}
    assert report.ranks == ({} if kind in ("full", "glora") else {4: 1})
    assert report.family == "sd1"
    assert report.programs["ComfyUI"].verdict == (
        "misread" if kind == "dora_by_row" else report.programs["Forge"].verdict
    )
    assert (report.programs["diffusers"].verdict == "loads") == (kind == "lora")


def test_a_file_with_names_of_onetrainers_own_option_is_read(tmp_path):
    stem = "unet.input_blocks.4.1.transformer_blocks.0.attn2.to_k"
    text = "clip_g.text_model.encoder.layers.0.mlp.fc1"
    report = inspect(tmp_path, kohya(stem, 2048) | kohya(text, 1280))
    assert (report.family, report.scheme) == ("sdxl", "kohya")
    assert report.module_count == {"unet": 1, "text_encoder_2": 1}


def test_half_matrices_that_do_not_fit_are_told(tmp_path):
    tensors = kohya(f"lora_unet_{FLAT}_attn2_to_k")
    tensors[f"lora_unet_{FLAT}_attn2_to_k.lora_up.weight"] = np.ones((8, 5), np.float16)
    report = inspect(tmp_path, tensors)
    assert [finding.title for finding in report.findings] == ["Some modules do not hold two matrices that fit."]


def test_layers_without_effect_are_told(tmp_path):
    dead = kohya(f"lora_unet_{FLAT}_attn2_to_v")
    dead[f"lora_unet_{FLAT}_attn2_to_v.lora_up.weight"][:] = 0
    alive = kohya(f"lora_unet_{FLAT}_attn2_to_k")
    assert codes(inspect(tmp_path, dead | alive)) == {"dead_modules"}
    assert codes(inspect(tmp_path, dead)) == {"no_effect"}


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_broken_numbers_of_every_format_are_found_and_large_ones_are_none(dtype, value, tmp_path):
    tensors = {name: array.astype(dtype) for name, array in kohya(f"lora_unet_{FLAT}_attn2_to_k").items()}
    up = tensors[f"lora_unet_{FLAT}_attn2_to_k.lora_up.weight"]
    up[0, 0] = np.finfo(dtype).max
    assert "not_finite" not in codes(inspect(tmp_path, tensors))
    up[0, 0] = value
    assert "not_finite" in codes(inspect(tmp_path, tensors))


def test_a_lora_of_200_mb_is_told_from_its_names_in_a_fifth_of_a_second(tmp_path, write_raw):
    # 824 modules of SDXL; the data is a hole in the file, so reading it would cost time and give no error.
    modules = [path for path in module_paths("sdxl") if "attn" in path or ".mlp." in path]
    entries, end = {}, 0
    for stem in build_name_table("sdxl", modules).values():
        for leaf, shape in (("lora_down.weight", [32, 2048]), ("lora_up.weight", [2048, 32])):
            entries[f"{stem}.{leaf}"] = {"dtype": "F16", "shape": shape, "data_offsets": [end, end + 2**17]}
            end += 2**17
        entries[f"{stem}.alpha"] = {"dtype": "F32", "shape": [], "data_offsets": [end, end + 4]}
        end += 4
    path = write_raw(tmp_path / "large.safetensors", entries)
    with path.open("r+b") as file:
        file.truncate(path.stat().st_size + end)
    assert len(modules) == 824 and path.stat().st_size > 200e6

    inspect_adapter(path, reads_numbers=False)
    seconds = []
    for _ in range(3):
        started = time.process_time()
        report = inspect_adapter(path, reads_numbers=False)
        seconds.append(time.process_time() - started)
    assert min(seconds) < 0.2
    assert report.ranks == {32: 824} and report.data_sha256 is None
    assert report.programs["ComfyUI"].loaded == 3 * 824


@pytest.mark.parametrize(
    ("tensors", "metadata", "family"),
    [
        (kohya(f"lora_unet_{FLAT}_attn2_to_v", 1024), {}, "sd2"),
        (kohya(f"lora_unet_{FLAT}_attn2_to_v", 2048), {}, "sdxl"),
        (kohya("lora_unet_input_blocks_4_1_transformer_blocks_0_attn1_to_q", 640), {}, "sdxl"),
        (kohya("lora_te2_text_model_encoder_layers_0_mlp_fc1", 1280), {}, "sdxl"),
        (kohya("lora_te_text_model_encoder_layers_0_self_attn_q_proj", 1024), {}, "sd2"),
        (kohya(f"lora_unet_{FLAT}_attn1_to_q", 320), {"ss_base_model_version": "sd_v1"}, "sd1"),
        (
            kohya(f"lora_unet_{FLAT}_attn2_to_k", 32),
            {"modelspec.architecture": "lora-studio-practice/lora"},
            "practice",
        ),
        (kohya(f"lora_unet_{FLAT}_attn1_to_q", 320), {}, "unknown"),
    ],
)
def test_the_family_is_read_from_widths_then_names_then_metadata(tensors, metadata, family, tmp_path):
    assert inspect(tmp_path, tensors, metadata).family == family


def without_alpha(tensors: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    return {name: value for name, value in tensors.items() if not name.endswith(".alpha")}


CROSS = f"lora_unet_{FLAT}_attn2_to_k"


@pytest.mark.parametrize(
    ("code", "tensors", "metadata"),
    [
        ("no_alpha", without_alpha(kohya(CROSS)), {}),
        ("alpha_missing", kohya(CROSS) | without_alpha(kohya(CROSS + "_b")), {}),
        ("alpha_zero", kohya(CROSS) | {f"{CROSS}.alpha": np.array(0.0, np.float32)}, {}),
        ("dora", kohya(CROSS) | {f"{CROSS}.dora_scale": np.ones((8, 1), np.float16)}, {}),
        ("stray_keys", kohya(CROSS) | {"v_pred": np.zeros(0, np.float32)}, {}),
        ("half_modules", kohya(CROSS) | {f"{CROSS}_b.lora_up.weight": np.ones((2, 2), np.float16)}, {}),
        ("text_model_missing", kohya("lora_te_encoder_layers_0_mlp_fc1"), {}),
        ("text_encoder_without_out_proj", kohya(f"{TEXT}_self_attn_q_proj"), {}),
        ("text_encoder_without_out_proj", kohya(f"{TEXT}_self_attn_k_proj") | kohya(f"{TEXT}_mlp_fc1"), {}),
        ("self_attention_only", kohya(f"lora_unet_{FLAT}_attn1_to_k"), {}),
        ("sdxl_diffusers_names", kohya(CROSS, 2048), {}),
        ("hash_disagrees", kohya(CROSS), {"sshs_model_hash": "0" * 64}),
        ("not_finite", kohya(CROSS) | {f"{CROSS}.lora_up.weight": np.full((8, 4), np.nan, np.float16)}, {}),
        ("family_disagrees", kohya(CROSS), {"ss_base_model_version": "sdxl_base_v1-0"}),
    ],
)
def test_each_flaw_is_told_and_only_that_one(code, tensors, metadata, tmp_path):
    assert codes(inspect(tmp_path, tensors, metadata)) == {code}


def test_the_strength_of_a_diffusers_file_comes_from_its_metadata(tmp_path):
    tensors = pair(f"unet.{KEY}.lora_A.weight", f"unet.{KEY}.lora_B.weight")
    report = inspect(tmp_path, tensors, {"lora_adapter_metadata": '{"unet.r": 4, "unet.lora_alpha": 2}'})
    assert report.alphas == (2.0,) and "no_alpha" not in codes(report)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("model.diffusion_model.input_blocks.0.0.weight", "It looks like a base model."),
        ("conditioner.embedders.0.transformer.text_model.x", "It looks like a base model."),
        ("down_blocks.0.resnets.0.conv1.weight", "It looks like the UNet of a base model."),
        ("encoder.conv_in.weight", "picture coder (VAE)"),
        ("emb_params", "textual inversion"),
        ("something.else", "a file of another kind"),
        ("lora_unet_unet_down_blocks_0_lora_down.weight", "converted wrongly"),
    ],
)
def test_what_is_no_adapter_is_named(name, words, tmp_path):
    with pytest.raises(StudioError) as caught:
        inspect(tmp_path, {name: np.ones((4, 4), np.float16)})
    assert caught.value.code == "not_an_adapter"
    assert words in caught.value.detail


def test_a_base_model_with_one_adapter_key_is_still_no_adapter(tmp_path):
    base = {f"model.diffusion_model.{number}": np.ones(2, np.float16) for number in range(9)}
    with pytest.raises(StudioError, match="base model"):
        inspect(tmp_path, base | kohya(CROSS))


@pytest.mark.parametrize(
    "tensors",
    [
        {},
        {"a.lora_down.weight": np.array(1.0, np.float32), "a.lora_up.weight": np.ones((2, 2), np.float32)},
        {".lora_down.weight": np.ones((2, 2), np.float32)},
        kohya(CROSS) | {f"{CROSS}.alpha": np.array([1, 2], np.float32)},
        kohya(CROSS) | {f"{CROSS}.alpha": np.array(7)},
    ],
)
def test_odd_files_end_in_a_report_or_a_plain_error(tensors, tmp_path):
    path = tmp_path / "odd.safetensors"
    save_file(tensors, path, {"lora_adapter_metadata": "[" * 5000, "modelspec.trigger_phrase": ",,"})
    assert read_header(path)
    try:
        assert inspect_adapter(path).trigger_words == ()
    except StudioError as error:
        assert error.code == "not_an_adapter"

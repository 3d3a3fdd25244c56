"""The exported file: exact bytes, exact alphas, loaded whole by diffusers, and never left behind when it is wrong."""

from __future__ import annotations

import hashlib
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import numpy as np
import pytest
import safetensors.numpy
import safetensors.torch
import torch
from diffusers import (
    AutoencoderKL,
    DDIMScheduler,
    StableDiffusionPipeline,
    StableDiffusionXLPipeline,
    UNet2DConditionModel,
)
from peft import LoraConfig, inject_adapter_in_model
from peft.tuners.lora import LoraLayer
from threadpoolctl import threadpool_info, threadpool_limits
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTextModelWithProjection

from lora_studio import storage
from lora_studio.errors import StudioError
from lora_studio.weights import effect, export
from lora_studio.weights.adapter import ADAPTER_KEY, adapter_note, read_adapter
from lora_studio.weights.architecture import module_paths
from lora_studio.weights.export import check_names, compare_export, export_kohya
from lora_studio.weights.header import read_header, read_tensor
from lora_studio.weights.names import build_name_table

STEM = "lora_unet_down_blocks_0_attentions_0_transformer_blocks_0_attn1_to_q"
ENCODER_STEM = "lora_te_text_model_encoder_layers_0_self_attn_out_proj"
MODULE = "unet.down_blocks.0.attentions.0.transformer_blocks.0.attn1.to_q"
SECOND = "unet.down_blocks.0.attentions.0.transformer_blocks.0.attn2.to_k"
FIRST_B = f"{MODULE}.lora_B.weight"
SS_METADATA = {"ss_output_name": "größe", "ss_network_args": '{"rs_lora": "True"}'}


def rewrite(path: Path, change: Callable[[dict[str, np.ndarray]], None]) -> None:
    """Changes tensors of an exported file with the library, keeping its metadata, hashes recomputed."""
    tensors = safetensors.numpy.load_file(path)
    change(tensors)
    metadata = read_header(path).metadata
    raw = safetensors.numpy.save(tensors)
    data_hash = hashlib.sha256(raw[8 + int.from_bytes(raw[:8], "little") :]).hexdigest()
    metadata |= {"sshs_model_hash": data_hash, "modelspec.hash_sha256": "0x" + data_hash}
    safetensors.numpy.save_file(tensors, path, metadata)


def test_the_file_holds_down_up_and_alpha_of_every_module(tmp_path, save_adapter):
    source = save_adapter(rank=4, alpha=2.0)
    result = export_kohya(source, tmp_path / "out.safetensors", {}, "fp32")

    exported = safetensors.numpy.load_file(result.path)
    original = safetensors.numpy.load_file(source)
    assert result.module_count == 4
    assert len(exported) == 12
    assert np.array_equal(exported[f"{STEM}.lora_up.weight"], original[FIRST_B])
    assert exported[f"{STEM}.alpha"].shape == ()
    assert exported[f"{STEM}.alpha"] == np.float32(2.0)
    assert exported[f"{ENCODER_STEM}.lora_down.weight"].shape == (4, 16)
    assert exported["lora_unet_mid_block_resnets_0_conv1.lora_up.weight"].shape == (8, 4, 1, 1)


@pytest.mark.parametrize(("dtype", "torch_dtype"), [("fp16", torch.float16), ("bf16", torch.bfloat16)])
def test_weights_are_rounded_as_torch_rounds_and_alphas_stay_float32(dtype, torch_dtype, tmp_path, save_adapter):
    def add_ties(tensors: dict[str, np.ndarray]) -> None:
        # Halfway between two bfloat16 and between two float16 numbers: both round to the even one.
        tensors[FIRST_B][0] = [1 + 2**-8, 1 + 3 * 2**-8, 1 + 2**-11, 1 + 3 * 2**-11]

    source = save_adapter(alpha=11.3137, change=add_ties)
    export_kohya(source, tmp_path / "out.safetensors", {}, dtype)

    exported = safetensors.torch.load_file(tmp_path / "out.safetensors")
    original = safetensors.torch.load_file(source)
    assert torch.equal(exported[f"{STEM}.lora_up.weight"], original[FIRST_B].to(torch_dtype))
    alpha = exported[f"{STEM}.alpha"]
    assert alpha.dtype == torch.float32 and alpha.item() == np.float32(11.3137)


def test_rank_stabilised_strength_is_folded_into_alpha(tmp_path):
    # 16 / sqrt(32) * 32 = 90.5097 (lora-formats, section 1.5); peft computes the scaling here.
    network = torch.nn.ModuleDict({"to_q": torch.nn.Linear(64, 64)})
    inject_adapter_in_model(LoraConfig(r=32, lora_alpha=16, use_rslora=True, target_modules=["to_q"]), network)
    layer = network["to_q"]
    alpha = layer.scaling["default"] * layer.r["default"]
    source, target = tmp_path / "adapter.safetensors", tmp_path / "out.safetensors"
    torch.nn.init.ones_(layer.lora_B["default"].weight)
    tensors = {f"{MODULE}.{side}.weight": getattr(layer, side)["default"].weight for side in ("lora_A", "lora_B")}
    safetensors.torch.save_file(tensors, source, adapter_note("sd1", {MODULE: (32, alpha)}))

    export_kohya(source, target, {})
    assert read_tensor(target, read_header(target), f"{STEM}.alpha").item() == pytest.approx(90.5097, abs=1e-4)


@pytest.mark.parametrize("dtype", ["fp16", "bf16", "fp32"])
def test_the_bytes_are_those_the_library_would_write(dtype, tmp_path, save_adapter):
    result = export_kohya(save_adapter(), tmp_path / "out.safetensors", SS_METADATA, dtype)
    written = result.path.read_bytes()
    data = written[8 + int.from_bytes(written[:8], "little") :]

    tensors = safetensors.torch.load_file(result.path)
    library = safetensors.torch.save(tensors)
    assert data == library[8 + int.from_bytes(library[:8], "little") :]
    # Metadata order is random in the library, so whole files are compared by length.
    assert len(written) == len(safetensors.torch.save(tensors, read_header(result.path).metadata))
    assert result.size_bytes == len(written)
    assert result.sha256_data == hashlib.sha256(data).hexdigest()


@pytest.mark.parametrize("width", [8, 300_000])
def test_the_hashes_are_those_sd_scripts_computes(width, tmp_path, save_adapter):
    # lora-formats, section 3.2; the wide module makes a file of more than 1 MiB, so that the old hash sees data.
    source = save_adapter(modules={MODULE: (8, width), SECOND: (8, 8)})
    result = export_kohya(source, tmp_path / "out.safetensors", {**SS_METADATA, "modelspec.title": "t"})

    plain = safetensors.torch.save(safetensors.torch.load_file(result.path), SS_METADATA)
    metadata = read_header(result.path).metadata
    start = 8 + int.from_bytes(plain[:8], "little")
    assert metadata["sshs_model_hash"] == hashlib.sha256(plain[start:]).hexdigest() == result.sha256_data
    assert metadata["modelspec.hash_sha256"] == "0x" + result.sha256_data
    assert metadata["sshs_legacy_hash"] == hashlib.sha256(plain[0x100000:0x110000]).hexdigest()[:8]
    assert (metadata["sshs_legacy_hash"] == "e3b0c442") == (width == 8)
    assert metadata["modelspec.title"] == "t" and metadata["format"] == "pt"


def test_the_same_checkpoint_gives_the_same_bytes_twice(tmp_path, save_adapter):
    source = save_adapter()
    for name in ("one", "two"):
        export_kohya(source, tmp_path / name, SS_METADATA)
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


@pytest.mark.parametrize(
    ("value", "dtype", "code"),
    [
        (np.nan, "fp32", "export_not_finite"),
        (np.inf, "fp16", "export_not_finite"),
        (65520.0, "fp16", "export_out_of_range"),
        (3.4e38, "bf16", "export_out_of_range"),
    ],
)
def test_numbers_that_cannot_be_written_stop_the_export_and_keep_the_old_file(
    value, dtype, code, tmp_path, save_adapter
):
    def spoil(tensors: dict[str, np.ndarray]) -> None:
        tensors[FIRST_B][0, 0] = value

    source = save_adapter(change=spoil)
    target = tmp_path / "out.safetensors"
    target.write_bytes(b"the older export")
    with pytest.raises(StudioError) as caught:
        export_kohya(source, target, {}, dtype)
    assert caught.value.code == code
    assert FIRST_B in caught.value.detail
    assert target.read_bytes() == b"the older export"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["adapter.safetensors", "out.safetensors"]


def test_weights_that_would_all_round_to_zero_ask_for_another_format(tmp_path, save_adapter):
    def shrink(tensors: dict[str, np.ndarray]) -> None:
        tensors[FIRST_B] *= np.float32(1e-12)

    source = save_adapter(change=shrink)
    with pytest.raises(StudioError, match="bf16"):
        export_kohya(source, tmp_path / "out.safetensors", {}, "fp16")
    export_kohya(source, tmp_path / "out.safetensors", {}, "bf16")


def zero(*modules: str) -> Callable[[dict[str, np.ndarray]], None]:
    return lambda tensors: [tensors[f"{module}.lora_B.weight"].fill(0) for module in modules]


def test_layers_that_change_nothing_are_told_and_saved(tmp_path, save_adapter):
    result = export_kohya(save_adapter(change=zero(MODULE)), tmp_path / "out.safetensors", {})
    assert [finding.code for finding in result.findings] == ["dead_modules"]
    assert result.findings[0].detail == f"1 of 4, such as {STEM}."
    assert result.shares[STEM] == 0


def test_an_adapter_that_changes_nothing_is_not_saved(tmp_path, save_adapter):
    def zero_all(tensors: dict[str, np.ndarray]) -> None:
        zero(*(name.removesuffix(".lora_B.weight") for name in tensors if name.endswith("lora_B.weight")))(tensors)

    with pytest.raises(StudioError) as caught:
        export_kohya(save_adapter(change=zero_all), tmp_path / "out.safetensors", {})
    assert caught.value.code == "export_no_effect"
    assert [path.name for path in tmp_path.iterdir()] == ["adapter.safetensors"]


def test_the_share_of_each_layer_is_that_of_the_whole_matrices(tmp_path, save_adapter):
    source = save_adapter(rank=4, alpha=2.0)
    result = export_kohya(source, tmp_path / "out.safetensors", {}, "fp32")
    tensors = safetensors.numpy.load_file(result.path)
    squares = {}
    for stem in result.shares:
        up, down = (tensors[f"{stem}.lora_{side}.weight"].astype(np.float64) for side in ("up", "down"))
        squares[stem] = np.square(2.0 / 4 * up.reshape(len(up), -1) @ down.reshape(len(down), -1)).sum()
    for stem, share in result.shares.items():
        assert share == pytest.approx(squares[stem] / sum(squares.values()), rel=1e-5)
    assert result.findings == ()


def test_layers_are_measured_on_one_core_and_the_others_are_given_back(tmp_path, save_adapter, monkeypatch):
    """With all cores at work for small products, an export beside a training took seconds (OpenBLAS waits for them)."""
    seen = set()

    def measure(halves: list[np.ndarray]) -> list[np.ndarray]:
        seen.update(library["num_threads"] for library in threadpool_info() if library["user_api"] == "blas")
        return effect.measure_halves(halves)

    monkeypatch.setattr(export, "measure_halves", measure)
    with threadpool_limits(2, user_api="blas"):
        export_kohya(save_adapter(rank=4), tmp_path / "out.safetensors", {}, "fp32")
        assert seen == {1}
        assert {library["num_threads"] for library in threadpool_info() if library["user_api"] == "blas"} == {2}


def test_a_name_table_that_went_wrong_does_not_get_a_file_out(tmp_path, save_adapter, monkeypatch):
    """Reading back alone would not find it: the plan has the same wrong names."""

    def without_level(family: str, modules: Iterable[str]) -> dict[str, str]:
        return {path: stem.replace("_text_model", "") for path, stem in build_name_table(family, modules).items()}

    monkeypatch.setattr("lora_studio.weights.export.build_name_table", without_level)
    with pytest.raises(
        StudioError, match="lora_te_encoder_layers_0_self_attn_out_proj is not the usual name"
    ) as caught:
        export_kohya(save_adapter(), tmp_path / "out.safetensors", {})
    assert caught.value.code == "export_failed"
    assert "Your checkpoints are untouched." in caught.value.detail
    assert [path.name for path in tmp_path.iterdir()] == ["adapter.safetensors"]


def test_a_disk_that_gives_back_other_bytes_leaves_no_file(tmp_path, save_adapter):
    # Metadata of more than 1 MB is written, but our own reader refuses it on reading back.
    with pytest.raises(StudioError):
        export_kohya(save_adapter(), tmp_path / "out.safetensors", {"ss_tag_frequency": "x" * 1_100_000})
    assert [path.name for path in tmp_path.iterdir()] == ["adapter.safetensors"]


@pytest.mark.parametrize("place", [-1, 3, 20])
def test_one_wrong_bit_from_the_disk_leaves_no_file(place, tmp_path, save_adapter, monkeypatch):
    """In the last number, the length of the header, and the header."""
    source = save_adapter()
    honest = storage.write_file

    def write_badly(path: Path, chunks: Iterable[bytes], *, head: Callable[[], bytes], check: Callable) -> None:
        def check_spoilt(written: Path) -> None:
            whole = bytearray(written.read_bytes())
            whole[place] ^= 1
            written.write_bytes(whole)
            check(written)

        honest(path, chunks, head=head, check=check_spoilt)

    monkeypatch.setattr("lora_studio.storage.write_file", write_badly)
    with pytest.raises(StudioError) as caught:
        export_kohya(source, tmp_path / "out.safetensors", {"ss_output_name": "x"})
    assert caught.value.code == "export_failed"
    assert (place == -1) == ("has other numbers" in caught.value.detail)
    assert [path.name for path in tmp_path.iterdir()] == ["adapter.safetensors"]


@pytest.mark.parametrize(
    "change",
    [
        lambda whole: whole.__setitem__(len(whole) // 2, whole[len(whole) // 2] ^ 1),
        lambda whole: whole.__setitem__(-1, whole[-1] ^ 0x80),
        lambda whole: whole.pop(),
        lambda whole: whole.append(0),
    ],
)
@pytest.mark.parametrize("kept_bytes", [10**9, 10**6])
def test_any_other_byte_of_a_large_file_leaves_no_file(change, kept_bytes, tmp_path, save_adapter, monkeypatch):
    """It is compared in several parts, with memory or with tensors made anew."""
    source = save_adapter(modules={MODULE: (8, 300_000), SECOND: (300_000, 8)})
    honest = storage.write_file

    def write_badly(path: Path, chunks: Iterable[bytes], *, head: Callable[[], bytes], check: Callable) -> None:
        def check_spoilt(written: Path) -> None:
            whole = bytearray(written.read_bytes())
            change(whole)
            written.write_bytes(whole)
            check(written)

        honest(path, chunks, head=head, check=check_spoilt)

    monkeypatch.setattr("lora_studio.storage.write_file", write_badly)
    monkeypatch.setattr("lora_studio.weights.writing.MAX_KEPT_BYTES", kept_bytes)
    with pytest.raises(StudioError) as caught:
        export_kohya(source, tmp_path / "out.safetensors", {})
    assert caught.value.code == "export_failed"
    assert [path.name for path in tmp_path.iterdir()] == ["adapter.safetensors"]


def test_a_file_too_large_to_be_kept_in_memory_is_the_same(tmp_path, save_adapter, monkeypatch):
    # Several pieces of a MB, of which none is kept.
    source = save_adapter(modules={MODULE: (8, 300_000), SECOND: (300_000, 8)})
    export_kohya(source, tmp_path / "one", SS_METADATA)
    monkeypatch.setattr("lora_studio.weights.writing.MAX_KEPT_BYTES", 10**6)
    export_kohya(source, tmp_path / "two", SS_METADATA)
    assert (tmp_path / "one").stat().st_size > 4 * 10**6
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


def test_a_folder_that_is_gone_is_told_plainly(tmp_path, save_adapter):
    with pytest.raises(StudioError) as caught:
        export_kohya(save_adapter(), tmp_path / "gone" / "out.safetensors", {})
    assert caught.value.code == "folder_missing"


def test_the_checkpoint_is_never_overwritten(tmp_path, save_adapter):
    source = save_adapter()
    before = source.read_bytes()
    with pytest.raises(StudioError) as caught:
        export_kohya(source, tmp_path / "." / "adapter.safetensors", {})
    assert caught.value.code == "export_failed"
    assert source.read_bytes() == before


@pytest.mark.parametrize("key", ["lora_adapter_metadata", "ot_branch", ADAPTER_KEY])
def test_metadata_that_misleads_other_programs_is_refused(key, tmp_path, save_adapter):
    with pytest.raises(ValueError, match=key):
        export_kohya(save_adapter(), tmp_path / "out.safetensors", {key: "x"})


def drop_text_model(tensors: dict[str, np.ndarray]) -> None:
    for name in [name for name in tensors if "text_model_" in name]:
        tensors[name.replace("text_model_", "")] = tensors.pop(name)


def swap_halves(tensors: dict[str, np.ndarray]) -> None:
    for side, other in (("down", "up"), ("up", "down")):
        tensors[f"{STEM}.{side}"] = tensors.pop(f"{STEM}.lora_{other}.weight")
    for side in ("down", "up"):
        tensors[f"{STEM}.lora_{side}.weight"] = tensors.pop(f"{STEM}.{side}")


BREAKAGE: dict[str, Callable[[dict[str, np.ndarray]], object]] = {
    "an encoder without text_model": drop_text_model,
    "a stray key": lambda tensors: tensors.update(v_pred=np.zeros(0, np.float32)),
    "a missing alpha": lambda tensors: tensors.pop(f"{STEM}.alpha"),
    "a wrong alpha": lambda tensors: tensors.update({f"{STEM}.alpha": np.array(4.0, np.float32)}),
    "an alpha with a dimension": lambda tensors: tensors.update({f"{STEM}.alpha": np.array([2.0], np.float32)}),
    "one other bit": lambda tensors: tensors[f"{STEM}.lora_up.weight"].view(np.uint16).__setitem__((0, 0), 1),
    "swapped modules": lambda tensors: tensors.update(
        {f"{STEM}.lora_up.weight": tensors[f"{STEM}.lora_up.weight"][::-1].copy()}
    ),
    "one weight in another format": lambda tensors: tensors.update(
        {f"{STEM}.lora_up.weight": tensors[f"{STEM}.lora_up.weight"].astype(np.float32)}
    ),
    "down and up swapped": swap_halves,
    "a layer of zeros": lambda tensors: tensors[f"{STEM}.lora_up.weight"].fill(0),
    "numbers that are none": lambda tensors: tensors[f"{STEM}.lora_up.weight"].fill(np.nan),
    "no module at all": lambda tensors: tensors.clear(),
}


@pytest.mark.parametrize("breakage", BREAKAGE)
def test_a_broken_export_does_not_pass_its_check(breakage, tmp_path, save_adapter):
    source, target = save_adapter(), tmp_path / "out.safetensors"
    export_kohya(source, target, {})
    compare_export(source, target)
    rewrite(target, BREAKAGE[breakage])
    with pytest.raises(StudioError) as caught:
        compare_export(source, target)
    assert caught.value.code == "export_failed"
    assert caught.value.title == "The saved adapter did not pass its check."


SDXL_MODULE = "unet.down_blocks.1.attentions.0.transformer_blocks.0.attn2.to_k"
SDXL_STEM = "lora_unet_input_blocks_4_1_transformer_blocks_0_attn2_to_k"


def in_diffusers_names(tensors: dict[str, np.ndarray]) -> None:
    for name in list(tensors):
        tensors[name.replace("input_blocks_4_1", "down_blocks_1_attentions_0")] = tensors.pop(name)


def swapped(tensors: dict[str, np.ndarray]) -> None:
    down, up = f"{SDXL_STEM}.lora_down.weight", f"{SDXL_STEM}.lora_up.weight"
    tensors[down], tensors[up] = tensors[up], tensors[down]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (in_diffusers_names, "is not the usual name of"),
        (swapped, "does not hold the factors"),
        (
            lambda tensors: tensors.pop(f"{SDXL_STEM}.alpha"),
            "does not hold the factors of a layer that fit, and a strength",
        ),
        (lambda tensors: tensors.update(v_pred=np.zeros(0, np.float32)), "v_pred belongs to no layer"),
    ],
)
def test_the_keys_alone_tell_that_a_program_would_stumble(change, words, tmp_path, save_adapter):
    source, target = save_adapter(family="sdxl", modules={SDXL_MODULE: (2048, 2048)}), tmp_path / "out.safetensors"
    export_kohya(source, target, {})
    check_names(read_header(target), "sdxl", {SDXL_STEM: 2.0})
    rewrite(target, change)
    with pytest.raises(StudioError, match=words) as caught:
        check_names(read_header(target), "sdxl", {SDXL_STEM: 2.0})
    assert caught.value.code == "export_failed"


def test_a_rank_larger_than_the_layer_is_saved(tmp_path, save_adapter):
    module = "unet.down_blocks.0.attentions.0.transformer_blocks.0.attn1.to_q"
    source = save_adapter(family="practice", modules={module: (96, 96)}, rank=128)
    assert export_kohya(source, tmp_path / "out.safetensors", {}).module_count == 1


@pytest.mark.skipif(sys.platform == "win32", reason="its clock is too coarse")
def test_an_export_with_its_checks_costs_a_few_plain_savings_and_loadings(tmp_path, save_adapter):
    # Wide, for busy machines; tests/trials/export_trial.py measures it and found 1.6 times for SDXL at rank 16.
    paths = [path for path in module_paths("sdxl") if ".attn1." in path]
    source = save_adapter(family="sdxl", modules=dict.fromkeys(paths, (1280, 1280)), rank=16)
    target, plain = tmp_path / "out.safetensors", tmp_path / "plain.safetensors"
    export_kohya(source, target, {})
    tensors = safetensors.numpy.load_file(target)
    ours, theirs = [], []
    for _ in range(3):
        started = time.process_time()
        export_kohya(source, target, {})
        ours.append(time.process_time() - started)
        started = time.process_time()
        safetensors.numpy.save_file(tensors, plain)
        safetensors.numpy.load_file(plain)
        theirs.append(time.process_time() - started)
    assert min(ours) < 10 * min(theirs)


def test_a_stale_hash_does_not_pass_the_check(tmp_path, save_adapter):
    source, target = save_adapter(), tmp_path / "out.safetensors"
    export_kohya(source, target, {})
    tensors, metadata = safetensors.numpy.load_file(target), read_header(target).metadata
    safetensors.numpy.save_file(tensors, target, {**metadata, "sshs_model_hash": "0" * 64})
    with pytest.raises(StudioError, match="sshs_model_hash"):
        compare_export(source, target)


@pytest.mark.parametrize(
    ("change", "word"),
    [
        (lambda tensors: tensors.pop(FIRST_B), "missing"),
        (lambda tensors: tensors.update(extra=np.zeros(1, np.float32)), "not in the note"),
        (lambda tensors: tensors.update({FIRST_B: np.zeros((8, 5), np.float32)}), "rank 4"),
        (lambda tensors: tensors.update({FIRST_B: np.zeros((8, 4), np.int32)}), "I32"),
    ],
)
def test_a_checkpoint_that_disagrees_with_its_note_is_refused(change, word, save_adapter):
    with pytest.raises(StudioError, match=word) as caught:
        read_adapter(save_adapter(change=change))
    assert caught.value.code == "adapter_inconsistent"


@pytest.mark.parametrize(
    "note",
    [
        "",
        "[" * 100_000,
        '{"family":"sd1","modules":{}}',
        '{"family":"sd9","modules":{"unet.a":{"rank":1,"alpha":1}}}',
        '{"family":"sd1","modules":{"unet.a":{"rank":1,"alpha":0}}}',
        '{"family":"sd1","modules":{"unet.a":{"rank":1,"alpha":NaN}}}',
    ],
)
def test_a_broken_note_is_refused(note, tmp_path):
    path = tmp_path / "a.safetensors"
    safetensors.numpy.save_file({"unet.a.lora_A.weight": np.zeros((1, 2), np.float32)}, path, {ADAPTER_KEY: note})
    with pytest.raises(StudioError) as caught:
        read_adapter(path)
    assert caught.value.code == "adapter_inconsistent"


# ── Loading with diffusers ──────────────────────────────────────────────────────────────────────────────────────────


def tiny_encoder(kind: type, width: int) -> torch.nn.Module:
    return kind(
        CLIPTextConfig(
            vocab_size=50, hidden_size=width, intermediate_size=16, num_hidden_layers=2, num_attention_heads=2,
            projection_dim=width, max_position_embeddings=8,
        )
    )  # fmt: skip


def tiny_vae() -> AutoencoderKL:
    return AutoencoderKL(block_out_channels=(4,), norm_num_groups=2, latent_channels=4)


def quiet_scheduler() -> DDIMScheduler:
    return DDIMScheduler(steps_offset=1, clip_sample=False)


def tiny_sd1() -> StableDiffusionPipeline:
    unet = UNet2DConditionModel(
        sample_size=8, block_out_channels=(4, 4, 8, 8), norm_num_groups=2, cross_attention_dim=12, attention_head_dim=2,
        down_block_types=("CrossAttnDownBlock2D",) * 3 + ("DownBlock2D",),
        up_block_types=("UpBlock2D",) + ("CrossAttnUpBlock2D",) * 3,
    )  # fmt: skip
    return StableDiffusionPipeline(
        vae=tiny_vae(), text_encoder=tiny_encoder(CLIPTextModel, 12), tokenizer=None, unet=unet,
        scheduler=quiet_scheduler(), safety_checker=None, feature_extractor=None, requires_safety_checker=False,
    )  # fmt: skip


def tiny_sdxl() -> StableDiffusionXLPipeline:
    unet = UNet2DConditionModel(
        sample_size=8, block_out_channels=(4, 8, 8), norm_num_groups=2, cross_attention_dim=20, attention_head_dim=2,
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"),
        transformer_layers_per_block=(1, 2, 3), use_linear_projection=True, addition_embed_type="text_time",
        addition_time_embed_dim=4, projection_class_embeddings_input_dim=6 * 4 + 12,
    )  # fmt: skip
    return StableDiffusionXLPipeline(
        vae=tiny_vae(), text_encoder=tiny_encoder(CLIPTextModel, 8), tokenizer=None, tokenizer_2=None,
        text_encoder_2=tiny_encoder(CLIPTextModelWithProjection, 12), unet=unet, scheduler=quiet_scheduler(),
    )  # fmt: skip


def lora_layers(pipeline: StableDiffusionPipeline) -> Iterator[tuple[str, LoraLayer]]:
    for component in ("unet", "text_encoder", "text_encoder_2"):
        network = getattr(pipeline, component, None)
        if network is not None:
            for path, module in network.named_modules():
                if isinstance(module, LoraLayer):
                    yield f"{component}.{path}", module


def train_nothing_but_fill(pipeline: StableDiffusionPipeline, source: Path, family: str) -> dict[str, torch.Tensor]:
    """Adds random LoRA layers to every module, saves them as the trainer does, and gives each module's change."""
    attention = r"to_[qkv]|to_out\.0|ff\.net\.0\.proj|ff\.net\.2|proj_in|proj_out"
    modules_by_name = rf".*\.({attention}|conv\d?|conv_shortcut|time_emb_proj)"
    config = LoraConfig(
        r=3, lora_alpha=2, use_rslora=True, target_modules=modules_by_name, alpha_pattern={"proj_in": 5}
    )
    encoder = LoraConfig(r=2, lora_alpha=1, target_modules=["q_proj", "out_proj", "fc1"])
    inject_adapter_in_model(config, pipeline.unet)
    inject_adapter_in_model(encoder, pipeline.text_encoder)
    if family == "sdxl":
        inject_adapter_in_model(encoder, pipeline.text_encoder_2)
    tensors, modules, deltas = {}, {}, {}
    for path, layer in lora_layers(pipeline):
        for side in ("lora_A", "lora_B"):
            weight = getattr(layer, side)["default"].weight
            torch.nn.init.normal_(weight)
            tensors[f"{path}.{side}.weight"] = weight.detach().clone()
        modules[path] = (layer.r["default"], layer.scaling["default"] * layer.r["default"])
        deltas[path] = layer.get_delta_weight("default").detach()
    safetensors.torch.save_file(tensors, source, adapter_note(family, modules))
    return deltas


@pytest.mark.parametrize(("family", "make"), [("sd1", tiny_sd1), ("sdxl", tiny_sdxl)])
def test_diffusers_loads_every_module_with_the_change_that_was_trained(family, make, tmp_path):
    torch.manual_seed(0)
    source, target = tmp_path / "adapter.safetensors", tmp_path / "out.safetensors"
    deltas = train_nothing_but_fill(make(), source, family)
    export_kohya(source, target, {"modelspec.title": "t"}, "fp32")

    fresh = make()
    fresh.load_lora_weights(str(tmp_path), weight_name="out.safetensors", adapter_name="loaded")

    loaded = dict(lora_layers(fresh))
    assert loaded.keys() == deltas.keys()
    assert len(deltas) > 150
    for path, delta in deltas.items():
        assert (loaded[path].get_delta_weight("loaded") - delta).abs().max() <= 1e-5, path
    assert len(read_header(target).tensors) == 3 * len(deltas)

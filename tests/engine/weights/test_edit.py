"""An edited adapter has other words and the same tensors, byte for byte, and no folder of anyone's computer."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

import numpy as np
import pytest
import safetensors.torch
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.numpy import save_file
from safetensors.torch import load_file

from lora_studio.errors import StudioError
from lora_studio.weights.convert import convert_lora
from lora_studio.weights.edit import EditWish, edit_adapter
from lora_studio.weights.header import read_header
from lora_studio.weights.inspect import inspect_adapter
from lora_studio.weights.lora import read_lora
from lora_studio.weights.metadata import without_folders

STEM = "lora_unet_down_blocks_0_attentions_0_transformer_blocks_0_attn2_to_k"
JPEG = b"\xff\xd8\xff" + b"x" * 100
TOLD = {
    "ss_base_model_version": "sd_v1", "ss_v2": "False", "ss_network_dim": "2", "ss_network_alpha": "1",
    "ss_output_name": "fox", "ss_training_comment": "oldfox", "ss_learning_rate": "0.0001",
    "ss_tag_frequency": '{"1_fox": {"red": 3}}', "modelspec.title": "Old", "modelspec.author": "A", "custom": "größe",
}  # fmt: skip


def save_kohya(path: Path, metadata: dict[str, str] | None = None, dtype: torch.dtype = torch.float16) -> Path:
    tensors = {
        f"{STEM}.lora_down.weight": torch.randn(2, 768).to(dtype),
        f"{STEM}.lora_up.weight": torch.randn(8, 2).to(dtype),
        f"{STEM}.alpha": torch.tensor(1.0),
    }
    safetensors.torch.save_file(tensors, path, TOLD if metadata is None else metadata)
    return path


def metadata_after(source: Path, wish: EditWish) -> dict[str, str]:
    target = source.with_name("edited.safetensors")
    edit_adapter(source, target, wish)
    return read_header(target).metadata


@settings(max_examples=25, deadline=None)
@given(
    st.permutations(range(4)), st.sampled_from(["<f2", "<f4", "<f8"]),
    st.builds(EditWish, author=st.text(max_size=20), description=st.none() | st.text(), remove_settings=st.booleans(),
              cover_jpeg=st.sampled_from([None, b"", JPEG])),
)  # fmt: skip
def test_every_tensor_keeps_its_bytes_and_its_place(order, dtype, wish):
    with tempfile.TemporaryDirectory() as folder:
        # Written by hand, so that the order is not the library's.
        parts = [(f"{STEM}.lora_up.weight", (8, 2), dtype), (f"{STEM}.alpha", (), "<f4"),
                 (f"{STEM}.lora_down.weight", (2, 768), dtype), (f"{STEM}.dora_scale", (8, 1), "<f4")]  # fmt: skip
        entries: dict[str, object] = {"__metadata__": TOLD}
        data, rng = b"", np.random.default_rng(0)
        for name, shape, code in (parts[index] for index in order):
            raw = rng.normal(size=shape).astype(code).tobytes()
            kind = {"<f2": "F16", "<f4": "F32", "<f8": "F64"}[code]
            entries[name] = {"dtype": kind, "shape": shape, "data_offsets": [len(data), len(data) + len(raw)]}
            data += raw
        text = json.dumps(entries).encode()
        source, target = Path(folder, "source.safetensors"), Path(folder, "target.safetensors")
        source.write_bytes(len(text).to_bytes(8, "little") + text + data)
        before = inspect_adapter(source)
        edit_adapter(source, target, wish)

        assert read_header(target).tensors == read_header(source).tensors
        assert target.read_bytes()[read_header(target).data_start :] == data
        report = inspect_adapter(target)
        assert report.data_sha256 == report.stated_sha256 == before.data_sha256
        assert load_file(target).keys() == load_file(source).keys()


def test_words_are_written_where_other_programs_look_for_them(tmp_path):
    wish = EditWish(
        title="Misty fox", author="", license="CC-BY-4.0", trigger="mirafox, fox", description="Red.\nSoft.",
        usage_hint="Strength 0.8", tags="fox,ink", cover_jpeg=JPEG,
    )  # fmt: skip
    source = save_kohya(tmp_path / "fox.safetensors")
    before = source.read_bytes()
    told = metadata_after(source, wish)
    assert {key.removeprefix("modelspec."): text for key, text in told.items() if key.startswith("modelspec.")} == {
        "sai_model_spec": "1.0.1", "architecture": "stable-diffusion-v1/lora", "implementation": "diffusers",
        "title": "Misty fox", "license": "CC-BY-4.0", "trigger_phrase": "mirafox, fox", "description": "Red.\nSoft.",
        "usage_hint": "Strength 0.8", "tags": "fox,ink", "hash_sha256": "0x" + told["sshs_model_hash"],
        "thumbnail": "data:image/jpeg;base64,/9j/" + told["modelspec.thumbnail"][27:],
    }  # fmt: skip
    assert told["ss_training_comment"] == "mirafox, fox" and told["custom"] == "größe"
    assert told["ss_learning_rate"] == "0.0001"
    assert source.read_bytes() == before
    assert inspect_adapter(source.with_name("edited.safetensors")).trigger_words == ("mirafox", "fox")


def test_settings_are_taken_away_but_not_what_programs_need(tmp_path):
    told = metadata_after(
        save_kohya(tmp_path / "fox.safetensors", TOLD | {"ot_config": "{}"}), EditWish(remove_settings=True)
    )
    assert {key for key in told if key.startswith(("ss_", "ot_"))} == {
        "ss_base_model_version", "ss_v2", "ss_network_dim", "ss_network_alpha", "ss_output_name", "ss_training_comment",
    }  # fmt: skip
    assert told["modelspec.title"] == "Old"


def test_a_cover_is_replaced_and_taken_away(tmp_path):
    old = {"modelspec.thumbnail": "data:image/png;base64,AAAA", "ssmd_cover_images": '["AAAA"]'}
    source = save_kohya(tmp_path / "fox.safetensors", TOLD | old)
    assert metadata_after(source, EditWish()).items() >= old.items()
    replaced = metadata_after(source, EditWish(cover_jpeg=JPEG))
    assert replaced["modelspec.thumbnail"].startswith("data:image/jpeg;base64,/9j/")
    assert "ssmd_cover_images" not in replaced
    assert not metadata_after(source, EditWish(cover_jpeg=b"")).keys() & old.keys()


def test_the_result_tells_which_keys_changed(tmp_path):
    source = save_kohya(tmp_path / "fox.safetensors")
    edit_adapter(source, tmp_path / "once.safetensors", EditWish())
    result = edit_adapter(
        tmp_path / "once.safetensors", tmp_path / "twice.safetensors", EditWish(title="New", author="")
    )
    assert result.changed == ("modelspec.author", "modelspec.title")


def test_a_file_that_told_nothing_tells_its_base_afterwards(tmp_path):
    told = metadata_after(save_kohya(tmp_path / "fox.safetensors", {}), EditWish(author="A"))
    assert told["ss_v2"] == "False" and told["modelspec.architecture"] == "stable-diffusion-v1/lora"
    assert told["modelspec.title"] == "edited"


def test_strengths_that_stand_in_the_metadata_are_kept(tmp_path, save_adapter):
    source = tmp_path / "diffusers.safetensors"
    convert_lora(read_lora(save_adapter(alpha=3.0)), source, "diffusers")
    for file in (source, save_adapter()):
        before = {place: module.alpha for place, module in read_lora(file).modules.items()}
        edit_adapter(file, tmp_path / "edited.safetensors", EditWish(title="New", remove_settings=True))
        assert {p: m.alpha for p, m in read_lora(tmp_path / "edited.safetensors").modules.items()} == before


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("/home/bob smith/models/base.safetensors", "base.safetensors"),
        ("C:\\Users\\Bob Smith\\base v2.safetensors", "base v2.safetensors"),
        ("\\\\bobs-pc\\share\\base.ckpt", "base.ckpt"),
        ("/home/bob", ""),
        ("C:\\Users\\bob\\", ""),
        ("\\\\bobs-pc", ""),
        ('{"path": "D:\\\\bob\\\\fox", "n": 1.5}', '{"path": "fox", "n": 1.5}'),
        ('[{"image_dir": "/mnt/bob/10_fox"}]', '[{"image_dir": "10_fox"}]'),
        ("Trained with ~/bob/fox, then more.", "Trained with fox, then more."),
        ("see /Users/bob/notes.txt", "see notes.txt"),
        ("https://example.org/home/fox and 3/4", "https://example.org/home/fox and 3/4"),
        ('{"a": "b/c"}', '{"a": "b/c"}'),
        ("masterpiece/best", "masterpiece/best"),
        ('{"broken": "/home/bob/x', '{"broken": "x'),
    ],
)
def test_places_on_a_disk_are_cut_to_their_last_part(text, left):
    assert without_folders({"key": text}) == {"key": left}


def test_deeply_nested_metadata_is_no_danger():
    text = "[" * 900 + "]" * 900
    assert without_folders({"key": text}) == {"key": text}


def test_no_folder_of_the_old_file_is_in_any_byte_of_the_new_one(tmp_path):
    told = TOLD | {"ss_sd_model_name": "/home/bobsmith/base.safetensors",
                   "ss_datasets": json.dumps([{"image_dir": "C:\\Users\\bobsmith\\10_fox"}])}  # fmt: skip
    edit_adapter(save_kohya(tmp_path / "fox.safetensors", told), tmp_path / "edited.safetensors", EditWish())
    written = (tmp_path / "edited.safetensors").read_bytes()
    assert b"bobsmith" not in written and b"10_fox" in written and str(tmp_path).encode() not in written


def test_what_cannot_be_edited_is_refused_in_words(tmp_path):
    source = save_kohya(tmp_path / "fox.safetensors")
    save_file({"model.diffusion_model.x": np.zeros(3)}, tmp_path / "base.safetensors")
    for file, target, wish, code in (
        (source, source, EditWish(), "same_file"),
        (source, tmp_path / "out.txt", EditWish(), "bad_file_name"),
        (source, tmp_path / "out.safetensors", EditWish(title=" "), "bad_title"),
        (source, tmp_path / "out.safetensors", EditWish(description="x" * 1_000_000), "metadata_too_large"),
        (tmp_path / "base.safetensors", tmp_path / "out.safetensors", EditWish(), "not_an_adapter"),
    ):
        before = file.read_bytes()
        with pytest.raises(StudioError) as caught:
            edit_adapter(file, target, wish)
        assert caught.value.code == code
        assert file.read_bytes() == before and not (tmp_path / "out.safetensors").exists()

"""The adapter of an epoch as it is shared: nothing private in any byte, and layers without effect are told."""

from __future__ import annotations

import base64
import getpass
import platform
from pathlib import Path

import numpy as np
from PIL import Image, PngImagePlugin
from safetensors.numpy import save_file

from lora_studio.config.training import (
    AdapterSettings,
    BaseModelSettings,
    DatasetSettings,
    OutputSettings,
    PreviewSettings,
    TrainingConfig,
)
from lora_studio.dataset.buckets import Placement
from lora_studio.runs.exports import export_epoch
from lora_studio.runs.folder import RunFolder
from lora_studio.runs.pictures import PictureEntry, RunPictures
from lora_studio.weights.adapter import adapter_note
from lora_studio.weights.header import read_header

LAYER = "unet.down_blocks.0.attentions.0.transformer_blocks.0.attn2.to_k"
CAPTION = "a private garden behind the chapel"
PROMPT = "the hidden lake at dawn"
PRIVATE = ("adalovelace", "/home/", "Users", "client-project", "holiday.png", CAPTION, PROMPT)


def trained_run(folder: Path, up: float = 0.02) -> RunFolder:
    """A run of one epoch whose every setting and sample holds something private."""
    config = TrainingConfig(
        name="ink",
        base=BaseModelSettings(source="/home/adalovelace/client-project/base.safetensors", family="sd1"),
        dataset=DatasetSettings(folder="C:\\Users\\adalovelace\\client-project", trigger="mistyink"),
        adapter=AdapterSettings(rank=4),
        preview=PreviewSettings(prompts=(PROMPT,)),
        output=OutputSettings(author="Ada"),
    )
    run = RunFolder.create(folder, {"config.json": config.model_dump_json().encode()})
    entry = PictureEntry(
        path="/home/adalovelace/client-project/holiday.png", content_sha256="0" * 64, caption=CAPTION, repeats=1,
        placement=Placement(64, 64, 64, 64, 0, 0, 1.0),
    )  # fmt: skip
    run.images_path.write_text(RunPictures(training=(entry,)).model_dump_json())
    tensors = {
        f"{LAYER}.lora_A.weight": np.full((4, 768), 0.01, np.float32),
        f"{LAYER}.lora_B.weight": np.full((320, 4), up, np.float32),
        f"{LAYER.replace('to_k', 'to_v')}.lora_A.weight": np.full((4, 768), 0.01, np.float32),
        f"{LAYER.replace('to_k', 'to_v')}.lora_B.weight": np.full((320, 4), 0.02, np.float32),
    }
    note = adapter_note("sd1", dict.fromkeys((LAYER, LAYER.replace("to_k", "to_v")), (4, 4.0)))
    save_file(tensors, run.epoch_path(1), note)
    texts = PngImagePlugin.PngInfo()
    texts.add_itxt("parameters", PROMPT)
    run.sample_dir(1).mkdir()
    Image.new("RGB", (64, 64), (200, 0, 0)).save(run.sample_path(1, 1), pnginfo=texts)
    return run


def test_no_byte_of_an_export_tells_a_path_a_name_a_caption_or_a_prompt(tmp_path: Path) -> None:
    result = export_epoch(trained_run(tmp_path / "run"))
    thumbnail = read_header(result.path).metadata["modelspec.thumbnail"]
    content = result.path.read_bytes() + base64.b64decode(thumbnail.partition(",")[2])
    here = [str(tmp_path), str(Path.home()), platform.node()]
    # A short user name such as "root" could stand in any numbers by chance, so it is looked for among the words.
    words = str(read_header(result.path).metadata).lower()
    for secret in (*PRIVATE, *(name for name in here if len(name) > 4)):
        assert secret.encode() not in content, secret
    assert getpass.getuser().lower() not in words
    assert b"mistyink" in content and b"base.safetensors" in content and b"Ada" in content


def test_an_epoch_with_a_layer_that_changes_nothing_is_saved_and_said(tmp_path: Path) -> None:
    result = export_epoch(trained_run(tmp_path / "run", up=0.0))
    assert [finding.code for finding in result.findings] == ["dead_modules"]
    assert sorted(result.shares.values()) == [0.0, 1.0]

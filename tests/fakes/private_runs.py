"""A trained run that knows more about a person than its adapter file may tell."""

from __future__ import annotations

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
from lora_studio.runs.events import EpochSaved, EventWriter, Started
from lora_studio.runs.folder import RunFolder
from lora_studio.runs.pictures import PictureEntry, RunPictures
from lora_studio.weights.adapter import adapter_note

LAYER = "unet.down_blocks.0.attentions.0.transformer_blocks.0.attn2.to_k"
CAPTION = "a private garden behind the chapel"
PROMPT = "the hidden lake at dawn"
PRIVATE = ("adalovelace", "/home/", "Users", "client-project", "holiday.png", CAPTION, PROMPT)


def private_run(folder: Path, up: float = 0.02) -> RunFolder:
    """A run of one epoch whose every setting and sample holds something private; `up` fills half of its numbers."""
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
    with EventWriter(run.events_path, clock=lambda: 1_800_000_000.0) as journal:
        journal.write(Started(pid=1, device="cpu", total_steps=10, total_epochs=1))
        journal.write(EpochSaved(epoch=1, step=10, path="epochs/epoch-01.safetensors"))
    return run

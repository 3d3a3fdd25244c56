"""A base model of full size with random weights: `python -m lora_studio.training.random_base FAMILY FOLDER`.

It draws nothing, but takes the time and memory of the real ones, so that a card can be measured without a download.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any, cast

import torch
from diffusers import (
    AutoencoderKL,
    DDPMScheduler,
    StableDiffusionPipeline,
    StableDiffusionXLPipeline,
    UNet2DConditionModel,
)
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTokenizer

from lora_studio import embedded, storage
from lora_studio.embedded.clip_vocabulary import clip_vocabulary
from lora_studio.families.sdxl import ENCODERS
from lora_studio.weights.checkpoint import SingleFileFamily


def write_random_base(family: SingleFileFamily, folder: Path) -> Path:
    """Writes the base in fp16 in the diffusers layout and returns its folder; 2 to 7 GB."""
    settings = embedded.base_settings_dir(family)
    networks = random_networks(family)
    vocabulary = clip_vocabulary()
    tokenizers: dict[str, Any] = {}
    for name in networks:
        if name.startswith("text_encoder"):
            part = name.replace("text_encoder", "tokenizer")
            words = storage.read_json(settings / part / "tokenizer_config.json")
            tokenizers[part] = CLIPTokenizer(vocab=vocabulary.numbers, merges=vocabulary.merges, **words)
    scheduler = DDPMScheduler.from_config(DDPMScheduler.load_config(settings / "scheduler", local_files_only=True))
    pipeline: Any
    if family == "sdxl":
        pipeline = StableDiffusionXLPipeline(**networks, **tokenizers, scheduler=scheduler)
    else:
        pipeline = StableDiffusionPipeline(
            **networks, **tokenizers, scheduler=scheduler, safety_checker=None, feature_extractor=None,
            requires_safety_checker=False,
        )  # fmt: skip
    pipeline.save_pretrained(folder)
    return folder


def random_networks(family: SingleFileFamily) -> dict[str, Any]:
    """UNet, VAE and text encoders as the libraries initialise them, in fp16, on the card where there is one."""
    settings = embedded.base_settings_dir(family)
    encoders = ENCODERS if family == "sdxl" else {"text_encoder": CLIPTextModel}
    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.float16)
    try:
        torch.manual_seed(0)
        with torch.device("cuda" if torch.cuda.is_available() else "cpu"):
            networks: dict[str, Any] = {
                "unet": UNet2DConditionModel.from_config(UNet2DConditionModel.load_config(settings / "unet")),
                "vae": AutoencoderKL.from_config(AutoencoderKL.load_config(settings / "vae")),
            }
            for name, network_class in encoders.items():
                networks[name] = network_class(CLIPTextConfig.from_pretrained(settings / name)).half()
    finally:
        torch.set_default_dtype(before)
    return networks


if __name__ == "__main__":
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    write_random_base(cast(SingleFileFamily, sys.argv[1]), Path(sys.argv[2]))

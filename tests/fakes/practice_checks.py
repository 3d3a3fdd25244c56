"""What must be true of an adapter trained on a sample project; a broken trainer fails at least one of these."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import safetensors.torch
import torch
from diffusers import StableDiffusionPipeline
from torch import Tensor

from lora_studio.adapters.lora import add_adapter, write_adapter
from lora_studio.bases import find_base
from lora_studio.config.training import TrainingConfig
from lora_studio.families.base import Components, LoadOptions
from lora_studio.families.registry import family_of
from lora_studio.runs.folder import RunFolder
from lora_studio.runs.pictures import PictureEntry, RunPictures
from lora_studio.training.randomness import normal
from lora_studio.weights.header import read_header, read_tensor

CPU = torch.device("cpu")


@dataclass(frozen=True)
class Loaded:
    config: TrainingConfig
    components: Components


def load(run: RunFolder, with_adapter: bool) -> Loaded:
    """The run's base, alone or with its last epoch's live layers."""
    config = TrainingConfig.model_validate_json(run.config_path.read_bytes())
    family = family_of(config.base.family)
    options = LoadOptions(device=CPU, dtype=torch.float32)
    components = family.load(find_base(config.base.source), options)
    if with_adapter:
        add_adapter(components.networks(), config.adapter, seed=0)
        write_adapter(components.networks(), safetensors.torch.load_file(run.epoch_path(run.epochs()[-1])))
    return Loaded(config, components)


def still_layers(run: RunFolder) -> list[str]:
    """Layers of the last epoch that never moved from their start."""
    path = run.epoch_path(run.epochs()[-1])
    header = read_header(path)
    ups = [name for name in header.tensors if ".lora_B." in name]
    return [name for name in ups if not read_tensor(path, header, name).any()]


def export_error(run: RunFolder) -> float:
    """Largest difference between the live adapter and the exported file in diffusers, as a share of its effect."""
    live, base = load(run, True), load(run, False)
    pipeline = StableDiffusionPipeline.from_pretrained(
        find_base(live.config.base.source).folder, local_files_only=True, torch_dtype=torch.float32
    )
    file = next(run.exports_dir.glob("*.safetensors"))
    pipeline.load_lora_weights(str(file.parent), weight_name=file.name)
    answers = [_answer(unet) for unet in (live.components.unet, base.components.unet, pipeline.unet)]
    return float((answers[2] - answers[0]).norm() / (answers[0] - answers[1]).norm())


def _answer(unet: torch.nn.Module) -> Tensor:
    noisy, words = normal((2, 4, 32, 32), 1, "noisy"), normal((2, 77, 256), 1, "words")
    with torch.no_grad():
        answer: Tensor = unet(noisy, torch.tensor([300, 800]), encoder_hidden_states=words).sample
    return answer


def foreign_captions(run: RunFolder) -> list[str]:
    """Pictures of the run that are trained with other words than the text file beside them."""
    settings = TrainingConfig.model_validate_json(run.config_path.read_bytes()).dataset
    pictures = RunPictures.model_validate_json(run.images_path.read_bytes()).training

    def expected(picture: PictureEntry) -> str:
        words = Path(picture.path).with_suffix(".txt").read_text("utf-8").strip()
        parts = (settings.trigger, words) if settings.trigger_place == "start" else (words, settings.trigger)
        return ", ".join(parts)

    return [picture.path for picture in pictures if picture.caption != expected(picture)]

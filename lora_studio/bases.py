"""Base models on disk: what a source names, which family it is, and whether it can be trained. Reads only configs."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from lora_studio import embedded, storage
from lora_studio.config.training import FamilyId
from lora_studio.errors import StudioError

PRACTICE = "practice"
_TEXT_WIDTHS: dict[int, FamilyId] = {256: "practice", 768: "sd1", 1024: "sd2"}
_WEIGHT_FILE_SUFFIXES = {".safetensors", ".ckpt", ".pt", ".bin"}


@dataclass(frozen=True, slots=True)
class BaseModel:
    """A base that can be trained: its diffusers folder and what its configs say."""

    source: str
    folder: Path
    name: str
    family: FamilyId
    prediction: Literal["epsilon", "v_prediction"]


def find_base(source: str) -> BaseModel:
    """The base that `source` names: the word practice, or the folder of a diffusers model.

    Raises:
        StudioError: `base_missing`, `base_not_supported` (says what it is), or `model_damaged`.
    """
    if source == PRACTICE:
        return BaseModel(PRACTICE, embedded.practice_base_dir(), "practice-base", "practice", "epsilon")
    folder = Path(source).expanduser().absolute()
    if not folder.exists():
        raise StudioError(
            "base_missing", f"There is no base model at {source}.",
            "The drive may be unplugged or the folder moved; names of models on the web are not looked up.",
            "Give the folder of a Stable Diffusion model, or the word practice.",
        )  # fmt: skip
    if folder.suffix.lower() in _WEIGHT_FILE_SUFFIXES and folder.is_file():
        raise _not_supported(folder, "It is a single file. This version trains from folders in the diffusers layout.")
    if not (folder / "model_index.json").is_file():
        raise _not_supported(folder, "It has no model_index.json, so it is not a model in the diffusers layout.")
    index = _config(folder, "model_index.json")
    if "unet" not in index:
        raise _not_supported(folder, f"It is a model for {index.get('_class_name', 'another program')}.")
    unet = _config(folder, "unet/config.json")
    return BaseModel(str(folder), folder, folder.name, _family_of(folder, unet), _prediction_of(folder))


def _family_of(folder: Path, unet: dict[str, Any]) -> FamilyId:
    channels = unet.get("in_channels", 4)
    if channels != 4:
        raise _not_supported(folder, f"Its picture part takes {channels} channels, as inpainting models do.")
    if unet.get("addition_embed_type") == "text_time":
        raise _not_supported(folder, "It is an SDXL model, which this version cannot train yet.")
    width = unet.get("cross_attention_dim")
    if not isinstance(width, int) or width not in _TEXT_WIDTHS:
        raise _not_supported(folder, f"Its text is {width} numbers wide; SD 1.x has 768 and SD 2.x has 1024.")
    return _TEXT_WIDTHS[width]


def _prediction_of(folder: Path) -> Literal["epsilon", "v_prediction"]:
    name = _config(folder, "scheduler/scheduler_config.json").get("prediction_type", "epsilon")
    if name not in ("epsilon", "v_prediction"):
        raise _not_supported(folder, f"It predicts '{name}', which no Stable Diffusion model does.")
    return "v_prediction" if name == "v_prediction" else "epsilon"


def _config(folder: Path, name: str) -> dict[str, Any]:
    try:
        config = storage.read_json(folder / name)
    except StudioError as error:
        raise StudioError(
            "model_damaged", f"The base model in {folder} is not whole.", f"{name}: {error.title}",
            "Download it again, or choose another base model.",
        ) from error  # fmt: skip
    if not isinstance(config, dict):
        raise StudioError(
            "model_damaged", f"The base model in {folder} is not whole.", f"{name} holds no settings.",
            "Download it again, or choose another base model.",
        )  # fmt: skip
    return config


def _not_supported(path: Path, why: str) -> StudioError:
    return StudioError(
        "base_not_supported",
        f"{path.name} is not a model the app can train.",
        why,
        "Choose a Stable Diffusion 1.x or 2.x model in the diffusers layout, or the word practice.",
    )

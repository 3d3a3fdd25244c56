"""What an exported adapter says about itself: `ss_*` keys that other programs show, and ModelSpec 1.0.1.

Every value is text, a thing that is not known is left out, and nothing here names a place on the user's disk.
"""

from __future__ import annotations

import base64
import json
import re
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import PureWindowsPath
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, JsonValue, field_validator

from lora_studio.config.training import AdapterKind, FamilyId

Prediction = Literal["epsilon", "v"]

_PICTURE_KEYS = frozenset({"modelspec.thumbnail", "ssmd_cover_images"})
# A drive (C:\\), a share (\\\\server\\), a home (~/), or the root; in a sentence only roots that hold people's files.
_WHOLE_PLACE = re.compile(r"(?:file://)?(?:[A-Za-z]:[\\/]|\\\\|~[\\/]|/[^/\n]+/)[^\n]*")
_PLACE = re.compile(
    r"(?<![\w:/.])(?:file://)?(?:[A-Za-z]:[\\/]|\\\\|~[\\/]"
    r"|/(?:home|Users|root|mnt|media|Volumes|tmp|var|opt|data|workspace|content|run|srv)/)"
    r"(?:[^\\/:*?\"<>|\n]+[\\/])*[^\\/:*?\"<>|\s,;]*"
)

MAX_THUMBNAIL_BYTES = 256 * 2**10
MAX_TAGS = 2000  # all metadata together must stay under 1 MB
IMPLEMENTATION_BY_FAMILY: dict[FamilyId, str] = {
    "practice": "diffusers",
    "sd1": "diffusers",
    "sd2": "diffusers",
    # Names the key scheme too: SDXL files use the block names of this code.
    "sdxl": "https://github.com/Stability-AI/generative-models",
}
BASE_VERSIONS: dict[tuple[FamilyId, Prediction], str] = {
    ("practice", "epsilon"): "lora_studio_practice",
    ("practice", "v"): "lora_studio_practice",
    ("sd1", "epsilon"): "sd_v1",
    ("sd1", "v"): "sd_v1_v",
    ("sd2", "epsilon"): "sd_v2",
    ("sd2", "v"): "sd_v2_v",
    ("sdxl", "epsilon"): "sdxl_base_v1-0",
    ("sdxl", "v"): "sdxl_base_v1-0",
}
ARCHITECTURES: dict[tuple[FamilyId, Prediction], str] = {
    ("practice", "epsilon"): "lora-studio-practice/lora",
    ("practice", "v"): "lora-studio-practice/lora",
    ("sd1", "epsilon"): "stable-diffusion-v1/lora",
    ("sd1", "v"): "stable-diffusion-v1/lora",
    ("sd2", "epsilon"): "stable-diffusion-v2-512/lora",
    ("sd2", "v"): "stable-diffusion-v2-768-v/lora",
    ("sdxl", "epsilon"): "stable-diffusion-xl-v1-base/lora",
    ("sdxl", "v"): "stable-diffusion-xl-v1-base/lora",
}


def _base_name(name: str) -> str:
    """The last part of a path in any system's spelling; A1111 would decode a leading brace as JSON."""
    return PureWindowsPath(name).name.lstrip("{")


BaseName = Annotated[str, AfterValidator(_base_name), Field(description="Folders in front are cut off.")]


# What no usual key states; a recipe that is read back would lack it.
FURTHER_KEY = "lora_studio.settings"
FURTHER_SETTINGS = frozenset(
    {
        *(f"dataset.{name}" for name in ("buckets", "flip", "shuffle_tags", "keep_first_tags", "caption_tokens")),
        *(f"optimizer.{name}" for name in ("weight_decay", "beta1", "beta2")),
        *(f"schedule.{name}" for name in ("cycles", "warmup_share", "warmup_steps")),
        *(f"objective.{name}" for name in ("debiased", "multires_noise", "input_perturbation", "max_gradient_norm")),
        "adapter.dropout",
    }
)


class BucketCount(BaseModel):
    """How many pictures, repeats included, train at one size in pixels."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    width_px: int = Field(gt=0)
    height_px: int = Field(gt=0)
    count: int = Field(ge=0)


class AdapterFacts(BaseModel):
    """All that the trainer knows about an adapter and that may be published with it.

    Times are Unix seconds. `rank` and `alpha` are the nominal ones of the settings. Captions are not
    among the facts; `tag_frequency` is filled only when the user asks for it.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    family: FamilyId
    prediction: Prediction = "epsilon"
    zero_terminal_snr: bool = False
    base_model_name: BaseName
    base_model_sha256: str | None = Field(None, pattern="^[0-9a-f]{64}$")

    output_name: BaseName = Field(min_length=1, description="Name of the file without its ending.")
    title: str = Field(min_length=1)
    description: str | None = None
    trigger: str | None = None
    author: str | None = None
    license: str | None = None
    usage_hint: str | None = None
    tags: tuple[str, ...] = ()
    thumbnail_jpeg: bytes | None = Field(None, max_length=MAX_THUMBNAIL_BYTES)

    rank: int | Literal["Dynamic"]
    alpha: float
    kind: AdapterKind = "lora"
    network_args: dict[str, str] = {}

    resolution_px: int = Field(gt=0)
    picture_count: int = Field(ge=0)
    prior_looks: int = Field(default=0, ge=0)
    repeats: int = Field(1, ge=1)
    dataset_label: BaseName = "pictures"
    buckets: tuple[BucketCount, ...] = ()
    tag_frequency: dict[str, int] | None = None
    further_settings: dict[str, JsonValue] = {}

    epoch: int
    epochs: int
    steps: int
    max_steps: int
    batch_size: int
    gradient_accumulation_steps: int = 1
    learning_rate: float
    unet_learning_rate: float | None = None
    text_encoder_learning_rate: float | None = None
    optimizer: str
    scheduler: str
    mixed_precision: str | None = None
    seed: int
    min_snr_gamma: float | None = None
    noise_offset: float | None = None
    caption_dropout: float | None = None
    clip_skip: int | None = None
    loss_type: str | None = None
    started_at: float
    finished_at: float

    @field_validator("thumbnail_jpeg")
    @classmethod
    def _is_jpeg(cls, value: bytes | None) -> bytes | None:
        if value is not None and not value.startswith(b"\xff\xd8\xff"):
            raise ValueError("the thumbnail must be a JPEG")
        return value


def adapter_metadata(facts: AdapterFacts) -> dict[str, str]:
    """The metadata for `export_kohya`, which adds the hashes of the tensors itself.

    Source: reference/lora-formats, section 3; ModelSpec 1.0.1.
    """
    values = {**_network(facts), **_training(facts), **_dataset(facts), **_modelspec(facts)}
    return {key: str(value) for key, value in values.items() if value is not None and value != ""}


def _network(facts: AdapterFacts) -> dict[str, object]:
    return {
        "ss_base_model_version": BASE_VERSIONS[facts.family, facts.prediction],
        "ss_v2": facts.family == "sd2",
        "ss_output_name": facts.output_name,
        "ss_sd_model_name": facts.base_model_name,
        "ss_new_sd_model_hash": facts.base_model_sha256,
        "ss_network_module": "networks.lora" if facts.kind == "lora" else "lycoris.kohya",
        "ss_network_dim": facts.rank,
        "ss_network_alpha": facts.alpha,
        "ss_network_args": _json(facts.network_args) if facts.network_args else None,
        "ss_training_comment": facts.trigger,
    }


def _training(facts: AdapterFacts) -> dict[str, object]:
    return {
        FURTHER_KEY: _json(facts.further_settings) if facts.further_settings else None,
        "ss_epoch": facts.epoch,
        "ss_num_epochs": facts.epochs,
        "ss_steps": facts.steps,
        "ss_max_train_steps": facts.max_steps,
        "ss_batch_size_per_device": facts.batch_size,
        "ss_total_batch_size": facts.batch_size * facts.gradient_accumulation_steps,
        "ss_gradient_accumulation_steps": facts.gradient_accumulation_steps,
        "ss_learning_rate": facts.learning_rate,
        "ss_unet_lr": facts.unet_learning_rate,
        "ss_text_encoder_lr": facts.text_encoder_learning_rate,
        "ss_optimizer": facts.optimizer,
        "ss_lr_scheduler": facts.scheduler,
        "ss_mixed_precision": facts.mixed_precision,
        "ss_seed": facts.seed,
        "ss_min_snr_gamma": facts.min_snr_gamma,
        "ss_noise_offset": facts.noise_offset,
        "ss_zero_terminal_snr": facts.zero_terminal_snr,
        "ss_caption_dropout_rate": facts.caption_dropout,
        "ss_clip_skip": facts.clip_skip,
        "ss_loss_type": facts.loss_type,
        "ss_training_started_at": facts.started_at,
        "ss_training_finished_at": facts.finished_at,
    }


def _dataset(facts: AdapterFacts) -> dict[str, object]:
    folder = f"{facts.repeats}_{facts.dataset_label}"
    tags = dict(Counter(facts.tag_frequency).most_common(MAX_TAGS))
    buckets = {
        str(index): {"resolution": [bucket.width_px, bucket.height_px], "count": bucket.count}
        for index, bucket in enumerate(facts.buckets)
    }
    return {
        "ss_resolution": f"({facts.resolution_px}, {facts.resolution_px})",
        "ss_num_train_images": facts.picture_count * facts.repeats,
        "ss_num_reg_images": facts.prior_looks,
        "ss_dataset_dirs": _json({folder: {"n_repeats": facts.repeats, "img_count": facts.picture_count}}),
        "ss_bucket_info": _json({"buckets": buckets}) if buckets else None,
        "ss_tag_frequency": _json({folder: tags}) if tags else None,
    }


def _modelspec(facts: AdapterFacts) -> dict[str, object]:
    finished = datetime.fromtimestamp(int(facts.finished_at), UTC)
    thumbnail = facts.thumbnail_jpeg
    spec = {
        "sai_model_spec": "1.0.1",
        "architecture": ARCHITECTURES[facts.family, facts.prediction],
        "implementation": IMPLEMENTATION_BY_FAMILY[facts.family],
        "title": facts.title,
        "resolution": f"{facts.resolution_px}x{facts.resolution_px}",
        "description": facts.description,
        "author": facts.author,
        "license": facts.license,
        "date": finished.isoformat(),
        "usage_hint": facts.usage_hint,
        "tags": ",".join(facts.tags),
        "trigger_phrase": facts.trigger,
        "prediction_type": facts.prediction,
        "encoder_layer": facts.clip_skip,
        "thumbnail": data_uri(thumbnail) if thumbnail else None,
    }
    return {f"modelspec.{key}": value for key, value in spec.items()}


def data_uri(jpeg: bytes) -> str:
    """A picture as text, as ModelSpec wants it."""
    return "data:image/jpeg;base64," + base64.b64encode(jpeg).decode()


def without_folders(metadata: Mapping[str, str]) -> dict[str, str]:
    """The same metadata with places on a disk, which may tell a person's name, cut to their last part.

    Whole values in any system's spelling, values inside JSON, and places inside sentences where they begin as homes
    and drives do. Addresses on the web stay.
    """
    return {key: text if key in _PICTURE_KEYS else _cut_text(text) for key, text in metadata.items()}


def _cut_text(text: str) -> str:
    if text[:1] in ("{", "["):
        try:
            value = json.loads(text)
            cut = _cut_value(value)
        except (ValueError, RecursionError):
            return _PLACE.sub(_last_part, text)
        return text if cut == value else _json(cut)
    if found := _WHOLE_PLACE.fullmatch(text):
        return _last_part(found)
    return _PLACE.sub(_last_part, text)


def _cut_value(value: Any) -> Any:
    if isinstance(value, str):
        return _cut_text(value)
    if isinstance(value, list):
        return [_cut_value(item) for item in value]
    if isinstance(value, dict):
        return {_cut_text(key): _cut_value(item) for key, item in value.items()}
    return value


def _last_part(place: re.Match[str]) -> str:
    *folders, last = ("", *(part for part in re.split(r"[\\/]+", place[0]) if part))
    # The last part of a home is a person's name, that of a share's first part a computer's.
    is_name = folders[-1:] in (["home"], ["Users"]) or (place[0].startswith("\\\\") and len(folders) == 1)
    return "" if is_name else last


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)

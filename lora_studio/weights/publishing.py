"""What an adapter file tells others about a person, a training and its pictures, listed before it is saved."""

from __future__ import annotations

import difflib
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal, get_args

from lora_studio.errors import StudioError
from lora_studio.weights.metadata import FURTHER_KEY

Group = Literal["you", "adapter", "cover", "trigger", "training", "times", "pictures", "needed"]

GROUP_TITLES: dict[Group, str] = {
    "you": "About you",
    "adapter": "About the adapter",
    "cover": "Cover picture",
    "trigger": "Trigger word and tags",
    "training": "Training settings",
    "times": "When it was trained",
    "pictures": "About the pictures",
    "needed": "What programs need",
}
# Of every key that `adapter_metadata` and `write_tensors` can write.
_LINE_TITLES: dict[Group, dict[str, str]] = {
    "you": {"modelspec.author": "Made by", "modelspec.license": "Licence"},
    "adapter": {
        "modelspec.title": "Title",
        "ss_output_name": "Name of the file",
        "modelspec.description": "Notes",
        "modelspec.usage_hint": "How to use it",
        "ss_sd_model_name": "Base model",
        "ss_new_sd_model_hash": "Hash of the base model",
    },
    "cover": {"modelspec.thumbnail": "Small picture"},
    "trigger": {
        "modelspec.trigger_phrase": "Trigger word",
        "ss_training_comment": "Comment, which is the trigger word",
        "modelspec.tags": "Tags",
        "ss_tag_frequency": "Tags of the captions, counted",
    },
    "training": {
        "ss_epoch": "Epoch",
        "ss_num_epochs": "Epochs in all",
        "ss_steps": "Step",
        "ss_max_train_steps": "Steps in all",
        "ss_batch_size_per_device": "Batch size",
        "ss_total_batch_size": "Batch size in all",
        "ss_gradient_accumulation_steps": "Batches added up for a step",
        "ss_learning_rate": "Learning rate",
        "ss_unet_lr": "Learning rate of the picture part",
        "ss_text_encoder_lr": "Learning rate of the text part",
        "ss_optimizer": "Optimizer",
        "ss_lr_scheduler": "Course of the learning rate",
        "ss_mixed_precision": "Precision",
        "ss_seed": "Seed",
        "ss_min_snr_gamma": "Min-SNR gamma",
        "ss_noise_offset": "Noise offset",
        "ss_zero_terminal_snr": "Zero terminal SNR",
        "ss_caption_dropout_rate": "Share of captions left out",
        "ss_clip_skip": "Layer of the text part",
        "modelspec.encoder_layer": "Layer of the text part, once more",
        "ss_loss_type": "Loss",
        FURTHER_KEY: "Settings without a usual name",
    },
    "times": {
        "modelspec.date": "Date",
        "ss_training_started_at": "Began",
        "ss_training_finished_at": "Ended",
    },
    "pictures": {
        "ss_num_train_images": "Pictures, repeats included",
        "ss_num_reg_images": "Regularisation pictures",
        "ss_dataset_dirs": "Pictures and repeats",
        "ss_bucket_info": "Sizes they were trained at",
        "ss_resolution": "Training size",
        "modelspec.resolution": "Training size, once more",
    },
    "needed": {
        "modelspec.sai_model_spec": "Version of this list",
        "modelspec.architecture": "Kind of model",
        "modelspec.implementation": "How its layers are named",
        "modelspec.prediction_type": "What the model predicts",
        "ss_base_model_version": "Family of the base model",
        "ss_v2": "Whether it is for SD 2.x",
        "ss_network_module": "Kind of adapter",
        "ss_network_dim": "Rank",
        "ss_network_alpha": "Alpha",
        "ss_network_args": "How its strength is scaled",
        "format": "Format of the numbers",
        "sshs_model_hash": "Hash of the numbers",
        "sshs_legacy_hash": "Hash of the numbers, old kind",
        "modelspec.hash_sha256": "Hash of the numbers, once more",
    },
}
_PLACES: dict[str, tuple[Group, str]] = {
    key: (group, title) for group, titles in _LINE_TITLES.items() for key, title in titles.items()
}
# Known only once the numbers are written.
COMPUTED_KEYS = ("sshs_model_hash", "sshs_legacy_hash", "modelspec.hash_sha256")
_SHOWN_LETTERS = 200


@dataclass(frozen=True, slots=True)
class PublishedLine:
    """One thing that a file says; `text` is empty for what is computed when it is written."""

    key: str
    group: Group
    title: str
    text: str

    @property
    def can_leave_out(self) -> bool:
        """Whether every program reads the file without it."""
        return self.group != "needed"


def list_published(metadata: Mapping[str, str]) -> tuple[PublishedLine, ...]:
    """Everything a file with this metadata says, the hashes to come included, in the order of `GROUP_TITLES`.

    Args:
        metadata: From `adapter_metadata`, or what was read from a file of ours in kohya's scheme.
    """
    texts = {**dict.fromkeys(COMPUTED_KEYS, ""), "format": "pt", **metadata}
    unknown = sorted(texts.keys() - _PLACES.keys())
    assert not unknown, f"metadata without a place in the list: {unknown}"
    return tuple(PublishedLine(key, *_PLACES[key], texts[key]) for key in _PLACES if key in texts)


def shown_text(line: PublishedLine) -> str:
    """The value as people read it in one line, in English: times as dates, pictures and long lists by their size."""
    if line.key in COMPUTED_KEYS and not line.text:
        return "Computed when it is saved."
    shown = _SHOWN.get(line.key, _as_it_is)(line.text)
    return shown if len(shown) <= _SHOWN_LETTERS else shown[: _SHOWN_LETTERS - 1] + "…"


def _as_it_is(text: str) -> str:
    return " ".join(text.split())


def _show_time(text: str) -> str:
    return datetime.fromtimestamp(int(float(text)), UTC).isoformat(" ").removesuffix("+00:00") + " UTC"


def _show_thumbnail(text: str) -> str:
    return f"{len(text) * 3 / 4 / 1000:.0f} kB"


def _show_tags(text: str) -> str:
    return f"{sum(len(tags) for tags in json.loads(text).values()):,}"


def _show_folders(text: str) -> str:
    return ", ".join(f"{folder['img_count']} x {folder['n_repeats']}" for folder in json.loads(text).values())


def _show_buckets(text: str) -> str:
    sizes = [bucket["resolution"] for bucket in json.loads(text)["buckets"].values()]
    return ", ".join(f"{width} x {height}" for width, height in sizes)


_SHOWN: dict[str, Callable[[str], str]] = {
    "modelspec.thumbnail": _show_thumbnail,
    "ss_tag_frequency": _show_tags,
    "ss_training_started_at": _show_time,
    "ss_training_finished_at": _show_time,
    "ss_dataset_dirs": _show_folders,
    "ss_bucket_info": _show_buckets,
}


def leave_out(metadata: Mapping[str, str], names: Iterable[str]) -> dict[str, str]:
    """The metadata without these keys and groups; ones that are not in it are fine.

    Raises:
        StudioError: `unknown_metadata` for a name that is neither, `metadata_needed` for what programs need.
    """
    left_out = keys_of(names)
    return {key: text for key, text in metadata.items() if key not in left_out}


def keys_of(names: Iterable[str]) -> frozenset[str]:
    """The keys that names of keys and groups stand for.

    Raises:
        StudioError: `unknown_metadata` for a name that is neither, `metadata_needed` for what programs need.
    """
    keys: set[str] = set()
    for name in names:
        group: Group | None = next((group for group in get_args(Group) if group == name), None)
        if group is None and name not in _PLACES:
            groups = ", ".join(group for group in _LINE_TITLES if group != "needed")
            near = difflib.get_close_matches(name, [*_LINE_TITLES, *_PLACES], 1)
            raise StudioError(
                "unknown_metadata", f"An adapter file says nothing called {name}, so it cannot be left out.",
                f"Groups are {groups}; single lines have names such as ss_seed.",
                f"The nearest one is {near[0]}." if near else "`lora-studio export RUN --list` shows them all.",
            )  # fmt: skip
        if "needed" in (group, _PLACES.get(name, ("",))[0]):
            raise StudioError(
                "metadata_needed", f"{name} cannot be left out of an adapter file.",
                "Programs tell by it what the file is and where it fits.",
                "`lora-studio export RUN --list` shows what can be left out.",
            )  # fmt: skip
        keys |= _LINE_TITLES[group].keys() if group is not None else {name}
    return frozenset(keys)


def leavable(names: Iterable[str]) -> frozenset[str]:
    """Those of the names that are keys which can be left out, as they may come from an older or newer version."""
    return frozenset(name for name in names if _PLACES.get(name, ("needed",))[0] != "needed")

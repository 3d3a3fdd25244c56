"""What the metadata of an adapter file says about its training, in the words of our own settings.

Read are the keys of kohya's scripts, which our own exports use too, and OneTrainer's settings. A value that has
no place here is kept as it stands, with the reason. Limits of settings are not checked here.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import JsonValue

from lora_studio.weights.metadata import FURTHER_KEY, FURTHER_SETTINGS

Metadata = Mapping[str, str]
_UNREADABLE = "It cannot be read."
_LONGEST_SHOWN = 80


@dataclass(frozen=True, slots=True)
class Claim:
    """One setting as the file has it.

    `source` is the metadata key; empty where names and shapes of the layers show it. With a `problem`, a sentence, the
    value is not ours to take.
    """

    path: str
    value: JsonValue
    source: str
    problem: str = ""

    @property
    def stated(self) -> str:
        """The value as text, cut where it is long."""
        text = self.value if isinstance(self.value, str) else json.dumps(self.value, ensure_ascii=False)
        return text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}…"


class _NotOurs(Exception):
    """A value that none of our settings can stand for; the text is the reason as a sentence."""


OPTIMIZERS = {
    "adamw": "adamw",
    "adamw8bit": "adamw8bit",
    "pagedadamw8bit": "paged_adamw8bit",
    "lion8bit": "lion8bit",
    "adafactor": "adafactor",
    "prodigy": "prodigy",
    "schedulefree": "schedule_free",
    "adamwschedulefree": "schedule_free",
    "schedulefreeadamw": "schedule_free",
}
_NEAREST = {"lion": "lion8bit", "pagedadamw": "paged_adamw8bit", "pagedadamw32bit": "paged_adamw8bit"}
_CURVES = {
    "constant": "constant",
    "constantwithwarmup": "constant",
    "linear": "linear",
    "cosine": "cosine",
    "cosinewithrestarts": "cosine_with_restarts",
}


def metadata_claims(metadata: Metadata) -> Iterator[Claim]:
    """Every claim, the strongest first: where two are about one setting, the first counts."""
    for path, value in json_object(metadata.get(FURTHER_KEY, "")).items():
        if path in FURTHER_SETTINGS and value is not None:
            yield Claim(path, value, FURTHER_KEY)
    flat = {**metadata, **_of_all_datasets(metadata)}
    yield from _kohya_claims(flat)
    yield from _looks(flat)
    yield from _onetrainer_claims(metadata)


def is_rank_stabilized(metadata: Metadata) -> bool:
    """Whether `ss_network_args` says that strengths were divided by the square root of the rank."""
    arguments = json_object(metadata.get("ss_network_args", ""))
    return any(_letters(name) == "rslora" and str(value).lower() == "true" for name, value in arguments.items())


def lokr_claims(metadata: Metadata) -> Iterator[Claim]:
    """Rank, strength and factor of a LoKr, as LyCORIS and our own exports state them."""
    for key, path, read in (
        ("ss_network_dim", "adapter.rank", _whole), ("ss_network_alpha", "adapter.alpha", _number),
    ):  # fmt: skip
        if key in metadata:
            yield _read(path, key, metadata[key], read)
    factor = json_object(metadata.get("ss_network_args", "")).get("factor")
    if factor is not None:
        yield _read("adapter.lokr_factor", "ss_network_args", str(factor), _whole)


# ── kohya's scripts, and our own exports ───────────────────────────────────────────────────────────────────


def _kohya_claims(metadata: Metadata) -> Iterator[Claim]:
    for key, path, read in _KOHYA:
        text = metadata.get(key)
        if text is not None and (text != "None" or path in _OFF):
            yield _read(path, key, text, read)
    yield from _warmup(metadata.get("ss_lr_warmup_steps", "None"), "ss_lr_warmup_steps")
    yield from _optimizer(metadata.get("ss_optimizer", "None"))
    iterations = metadata.get("ss_multires_noise_iterations")
    if iterations in ("None", "0"):
        yield Claim("objective.multires_noise", 0.0, "ss_multires_noise_iterations")
    elif iterations is not None:
        key = "ss_multires_noise_discount"
        yield _read("objective.multires_noise", key, metadata.get(key, ""), _number)


def _read(path: str, key: str, text: str, read: Callable[[str], JsonValue]) -> Claim:
    if text == "None" and path in _OFF:
        return Claim(path, _OFF[path], key)
    try:
        return Claim(path, read(text), key)
    except _NotOurs as reason:
        return Claim(path, text, key, str(reason))
    except (ValueError, TypeError, RecursionError):
        return Claim(path, text, key, _UNREADABLE)


def _number(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(text)
    return value


def _whole(text: str) -> int:
    value = _number(text)
    if not value.is_integer():
        raise ValueError(text)
    return int(value)


def _switch(text: str) -> bool:
    if text.lower() not in ("true", "false"):
        raise ValueError(text)
    return text.lower() == "true"


def _above_zero_or_off(text: str) -> float | None:
    return _number(text) or None


def _side(text: str) -> int:
    """`(512, 512)`, `512,512` or `512`; only a square has one side."""
    sides = {_whole(part) for part in text.strip("()[] ").split(",") if part.strip()}
    if len(sides) > 1:
        raise _NotOurs("Training sizes are squares here, or other shapes of the same area.")
    return sides.pop() if sides else _whole("")


def _rate(text: str) -> float:
    """A rate, or a list of one for each text encoder."""
    rates = json.loads(text) if text.startswith("[") else [text]
    if len(set(rates)) > 1:
        raise _NotOurs("It has one rate for each text encoder; here they share one.")
    return _number(str(rates[0])) if rates else _number("")


def _curve(text: str) -> str:
    found = _CURVES.get(_letters(text))
    if found is None:
        raise _NotOurs("This way of changing the rate is not offered here.")
    return found


def _loss(text: str) -> str:
    found = {"l2": "squared", "huber": "huber"}.get(text)
    if found is None:
        raise _NotOurs("This kind of error is not offered here.")
    return found


def _inner_dropout(text: str) -> float:
    if _number(text) > 0:
        raise _NotOurs("There it left out the middle of the adapter, here it leaves out its input.")
    return 0.0


def _precision(_text: str) -> str:
    raise _NotOurs("What suits this computer decides.")


def _warmup(text: str, key: str) -> Iterator[Claim]:
    """Whole steps, or below 1 a share of the run."""
    if text != "None":
        claim = _read("schedule.warmup_steps", key, text, _number)
        if isinstance(claim.value, float) and 0 < claim.value < 1:
            yield Claim("schedule.warmup_share", claim.value, key)
        else:
            yield claim if claim.problem else _read("schedule.warmup_steps", key, text, _whole)


def _optimizer(text: str) -> Iterator[Claim]:
    """`bitsandbytes.optim.adamw.AdamW8bit(weight_decay=0.1,betas=(0.9, 0.99))`."""
    if text in ("None", ""):
        return
    name, _, arguments = text.partition("(")
    yield optimizer_claim(name.rpartition(".")[2], "ss_optimizer")
    if decay := re.search(r"weight_decay=([^,)]+)", arguments):
        yield _read("optimizer.weight_decay", "ss_optimizer", decay[1], _number)
    if betas := re.search(r"betas=[(\[]([^,]+),\s*([^,)\]]+)", arguments):
        yield _read("optimizer.beta1", "ss_optimizer", betas[1], _number)
        yield _read("optimizer.beta2", "ss_optimizer", betas[2], _number)


def optimizer_claim(name: str, key: str) -> Claim:
    """An optimiser by the name other programs give it."""
    letters = _letters(name)
    if letters in OPTIMIZERS:
        return Claim("optimizer.type", OPTIMIZERS[letters], key)
    nearest = f" The nearest one is {_NEAREST[letters]}." if letters in _NEAREST else ""
    return Claim("optimizer.type", name, key, f"This optimiser is not offered here.{nearest}")


def _letters(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


# Key, setting, reader; what stands first counts where several are for one setting.
_KOHYA: tuple[tuple[str, str, Callable[[str], JsonValue]], ...] = (
    ("ss_seed", "seed", _whole),
    ("ss_clip_skip", "base.clip_skip", _whole),
    ("ss_resolution", "dataset.resolution_px", _side),
    ("ss_enable_bucket", "dataset.buckets", _switch),
    ("ss_flip_aug", "dataset.flip", _switch),
    ("ss_caption_dropout_rate", "dataset.caption_dropout", _number),
    ("ss_shuffle_caption", "dataset.shuffle_tags", _switch),
    ("ss_keep_tokens", "dataset.keep_first_tags", _whole),
    ("ss_max_token_length", "dataset.caption_tokens", _whole),
    ("ss_network_dropout", "adapter.dropout", _inner_dropout),
    ("ss_unet_lr", "optimizer.learning_rate", _number),
    ("ss_learning_rate", "optimizer.learning_rate", _number),
    ("ss_text_encoder_lr", "optimizer.text_encoder_rate", _rate),
    ("ss_learning_rate", "optimizer.text_encoder_rate", _number),
    ("ss_num_epochs", "schedule.epochs", _whole),
    ("ss_batch_size_per_device", "schedule.batch_size", _whole),
    ("ss_gradient_accumulation_steps", "schedule.gradient_accumulation", _whole),
    ("ss_lr_scheduler", "schedule.curve", _curve),
    ("ss_min_snr_gamma", "objective.min_snr_gamma", _above_zero_or_off),
    ("ss_debiased_estimation", "objective.debiased", _switch),
    ("ss_loss_type", "objective.loss", _loss),
    ("ss_noise_offset", "objective.noise_offset", _number),
    ("ss_ip_noise_gamma", "objective.input_perturbation", _number),
    ("ss_zero_terminal_snr", "objective.zero_terminal_snr", _switch),
    ("ss_max_grad_norm", "objective.max_gradient_norm", _number),
    ("ss_mixed_precision", "precision.compute", _precision),
)
# What the word None means where those scripts write it; elsewhere it says nothing.
_OFF: Mapping[str, JsonValue] = {
    "base.clip_skip": 1,
    "dataset.caption_tokens": 75,
    "adapter.dropout": 0.0,
    "objective.min_snr_gamma": None,
    "objective.noise_offset": 0.0,
    "objective.input_perturbation": 0.0,
}


def _of_all_datasets(metadata: Metadata) -> dict[str, str]:
    """Where `ss_datasets` lists several sets of pictures: what all of them say alike, under the usual keys."""
    try:
        listed = json.loads(metadata.get("ss_datasets", "[]"))
    except (ValueError, RecursionError):
        return {}
    datasets = _objects(listed)
    subsets = [part for item in datasets for part in _objects(item.get("subsets"))]
    found = {
        f"ss_{name}": _one_text([item.get(name) for item in group])
        for group, names in (
            (datasets, ("resolution", "enable_bucket", "batch_size_per_device")),
            (subsets, ("flip_aug", "shuffle_caption", "keep_tokens", "caption_dropout_rate")),
        )
        for name in names
    }
    return {key: text for key, text in found.items() if text is not None}


def _objects(value: Any) -> list[dict[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _one_text(values: list[Any]) -> str | None:
    texts = {str(value) for value in values}
    return texts.pop() if len(texts) == 1 and None not in values else None


def _looks(metadata: Metadata) -> Iterator[Claim]:
    """How often each picture was seen: steps, and the pictures and batches of the folders they came from."""
    folders = [item for item in json_object(metadata.get("ss_dataset_dirs", "")).values() if isinstance(item, dict)]
    buckets = json_object(metadata.get("ss_bucket_info", "")).get("buckets")
    try:
        pictures = sum(int(item["img_count"]) for item in folders)
        steps, batch = _whole(metadata["ss_max_train_steps"]), _whole(metadata["ss_batch_size_per_device"])
        gathered = _whole(metadata.get("ss_gradient_accumulation_steps", "1"))
        counts = [int(item["count"]) for item in buckets.values()] if isinstance(buckets, dict) else [pictures]
        steps_per_pass = math.ceil(sum(math.ceil(count / batch) for count in counts) / gathered)
        looks = steps / steps_per_pass * sum(counts) / pictures
    except (KeyError, TypeError, ValueError, ZeroDivisionError, OverflowError):
        return
    if metadata.get("ss_num_reg_images", "0") == "0":  # else a part of each batch was none of them
        yield Claim("schedule.looks_per_picture", float(f"{looks:.3g}"), "ss_max_train_steps")


# ── OneTrainer ─────────────────────────────────────────────────────────────────────────────────────────────


def _onetrainer_claims(metadata: Metadata) -> Iterator[Claim]:
    """From `ot_config`, which is there when its user chose to keep the settings in the file."""
    settings = json_object(metadata.get("ot_config", ""))
    for name, path, read in _ONETRAINER:
        value = _at(settings, name)
        if value is not None:
            yield _read(path, "ot_config", str(value), read)
    if name := _at(settings, "optimizer.optimizer"):
        yield optimizer_claim(str(name), "ot_config")
    if (warmup := settings.get("learning_rate_warmup_steps")) is not None:
        yield from _warmup(str(warmup), "ot_config")
    if weighing := settings.get("loss_weight_fn"):
        yield from _weighing(str(weighing), str(settings.get("loss_weight_strength")))


def _weighing(name: str, strength: str) -> Iterator[Claim]:
    gamma = "objective.min_snr_gamma"
    if name == "MIN_SNR_GAMMA":
        yield _read(gamma, "ot_config", strength, _above_zero_or_off)
    elif name in ("CONSTANT", "DEBIASED_ESTIMATION"):
        yield Claim(gamma, None, "ot_config")
        yield Claim("objective.debiased", name == "DEBIASED_ESTIMATION", "ot_config")
    else:
        yield Claim(gamma, name, "ot_config", "This way of weighing noise levels is not offered here.")


def _skipped_layers(text: str) -> int:
    return _whole(text) + 1


_ONETRAINER: tuple[tuple[str, str, Callable[[str], JsonValue]], ...] = (
    ("text_encoder_layer_skip", "base.clip_skip", _skipped_layers),
    ("resolution", "dataset.resolution_px", _side),
    ("aspect_ratio_bucketing", "dataset.buckets", _switch),
    ("dropout_probability", "adapter.dropout", _number),
    ("unet.learning_rate", "optimizer.learning_rate", _number),
    ("learning_rate", "optimizer.learning_rate", _number),
    ("text_encoder.learning_rate", "optimizer.text_encoder_rate", _number),
    ("learning_rate", "optimizer.text_encoder_rate", _number),
    ("optimizer.weight_decay", "optimizer.weight_decay", _number),
    ("optimizer.beta1", "optimizer.beta1", _number),
    ("optimizer.beta2", "optimizer.beta2", _number),
    ("epochs", "schedule.epochs", _whole),
    ("batch_size", "schedule.batch_size", _whole),
    ("gradient_accumulation_steps", "schedule.gradient_accumulation", _whole),
    ("learning_rate_scheduler", "schedule.curve", _curve),
    ("learning_rate_cycles", "schedule.cycles", _whole),
    ("offset_noise_weight", "objective.noise_offset", _number),
    ("perturbation_noise_weight", "objective.input_perturbation", _number),
    ("rescale_noise_scheduler_to_zero_terminal_snr", "objective.zero_terminal_snr", _switch),
    ("clip_grad_norm", "objective.max_gradient_norm", _number),
)


def _at(settings: Mapping[str, Any], dotted: str) -> Any:
    value: Any = settings
    for name in dotted.split("."):
        value = value.get(name) if isinstance(value, dict) else None
    return value


def json_object(text: str) -> dict[str, Any]:
    """The JSON object in a metadata value; empty when it is none."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}

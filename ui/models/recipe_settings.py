"""Every setting of a recipe as a row, made from the engine's own fields, so that no option is written twice."""

from __future__ import annotations

import difflib
import functools
import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

from pydantic import JsonValue
from pydantic.fields import FieldInfo
from PySide6.QtCore import QCoreApplication, QLocale

from lora_studio.config.combinations import find_clashes
from lora_studio.config.fields import extra_of, is_list, is_optional, is_text, range_of, setting_fields
from lora_studio.config.resolve import LayerName, ResolvedConfig, leaves, merged, nested, validated
from lora_studio.config.training import TrainingConfig
from lora_studio.errors import StudioError
from lora_studio.hardware.probe import Hardware
from lora_studio.runs.create import DECIDED_ELSEWHERE
from ui.models.engine_words import engine_words

Control = Literal["switch", "choice", "whole", "number", "text"]
Origin = Literal["auto", "preset", "yours"]

# Chosen on the page itself, above the rows.
ON_THE_PAGE = {"name", "dataset.trigger", "dataset.held_back_folder", "preview.prompts"}
OPTIMIZER_NAMES = {
    "adamw": "AdamW",
    "adamw8bit": "AdamW 8-bit",
    "paged_adamw8bit": "AdamW 8-bit paged",
    "lion8bit": "Lion 8-bit",
    "adafactor": "Adafactor",
    "prodigy": "Prodigy",
    "schedule_free": "AdamW schedule-free",
}
ADAPTER_KINDS = {"lora": "LoRA", "loha": "LoHa", "lokr": "LoKr"}
FIRST_BF16 = (8, 0)  # older cards only imitate it, many times slower
_ORIGINS: Mapping[LayerName, Origin] = {"kind": "preset", "kind and family": "preset", "user": "yours"}


@dataclass(frozen=True, slots=True)
class SettingField:
    """What a row is, whatever its value. `limits` are least, most and step of a whole number."""

    path: str
    title: str
    effect: str
    control: Control
    choices: tuple[str, ...] = ()
    limits: tuple[int, int, int] = (0, 0, 1)
    range: str = ""
    is_optional: bool = False

    @property
    def section(self) -> str:
        return self.path.rpartition(".")[0]


@dataclass(frozen=True, slots=True)
class SettingState:
    """What a row shows now. `reason` says why it has no effect, `closed` why single choices cannot be taken."""

    value: JsonValue
    origin: Origin
    because: str
    is_changed: bool
    reason: str = ""
    closed: Mapping[str, str] = field(default_factory=dict)


@functools.cache
def fields() -> tuple[SettingField, ...]:
    """The rows of Advanced, in the order of the sections."""
    skipped = ON_THE_PAGE | set(DECIDED_ELSEWHERE)
    shown = (
        (path, info)
        for path, info in setting_fields().items()
        if path not in skipped and extra_of(info).get("level") != "hidden"
    )
    return tuple(_field(path, info) for path, info in shown if not is_list(info))


def field_of(path: str) -> SettingField | None:
    return next((one for one in fields() if one.path == path), None)


def section_title(section: str) -> str:
    """The heading above the rows of one section."""
    titles = {
        "": _tr("Repeating a run"),
        "base": _tr("Base model"),
        "dataset": _tr("Pictures"),
        "adapter": _tr("Adapter"),
        "optimizer": _tr("Learning"),
        "schedule": _tr("Length"),
        "objective": _tr("What counts as wrong"),
        "precision": _tr("Computing"),
        "preview": _tr("Samples"),
        "output": _tr("Saving"),
    }
    return titles.get(section, section)


def values_of(config: TrainingConfig) -> dict[str, JsonValue]:
    """Every value by dotted path."""
    return dict(leaves(config.model_dump()))


def states(
    current: ResolvedConfig,
    advised: TrainingConfig,
    changed: Mapping[str, JsonValue],
    hardware: Hardware | None,
) -> dict[str, SettingState]:
    """Every row's state by path. `current` may be a moment behind `changed`, so values come from the other two."""
    values = {**values_of(advised), **changed}
    whole = _changed(advised, changed)
    return {
        one.path: SettingState(
            value=values[one.path],
            origin="yours" if one.path in changed else _origin(current, one.path),
            because="" if one.path in changed else engine_words(current.origins[one.path].because),
            is_changed=one.path in changed,
            reason=_reason(values, one.path, hardware),
            closed={**_clashing(whole, one), **closed_here(one.path, hardware)},
        )
        for one in fields()
    }


def read_value(one: SettingField, text: str) -> JsonValue:
    """What was typed, as a value; not yet checked against the limits.

    Raises:
        StudioError: `bad_setting` when a number was wanted.
    """
    plain = text.strip()
    if one.control == "text":
        return plain or (None if one.is_optional else "")
    if not plain and one.is_optional:
        return None
    number, is_number = QLocale().toDouble(plain)
    if not is_number:
        number, is_number = QLocale.c().toDouble(plain)  # 1e-4 as papers write it, whatever the language
    if not is_number:
        raise StudioError("bad_setting", _tr("Type a number, {range}.").format(range=one.range))
    return int(number) if number.is_integer() and abs(number) < 1e15 else number


def written_value(value: JsonValue) -> str:
    """A value as its row and the lists of changes write it."""
    if value is None or value == "":
        return _tr("empty")
    if isinstance(value, bool):
        return _tr("on") if value else _tr("off")
    return typed_value(value)


def choice_word(choice: str) -> str:
    """A choice in words; names of formats and devices stay as they are."""
    words = {
        "none": _tr("as it is"),
        "off": _tr("off"),
        "attention": _tr("attention"),
        "self_attention": _tr("self-attention"),
        "cross_attention": _tr("cross-attention"),
        "attention_and_feed_forward": _tr("attention, feed-forward"),
        "attention_blocks": _tr("whole attention blocks"),
        "with_convolutions": _tr("all with convolutions"),
        "fitting": _tr("that fit"),
        "stretched": _tr("stretched too"),
        "transparency": _tr("transparency"),
        "start": _tr("before"),
        "end": _tr("after"),
        "constant": _tr("constant"),
        "linear": _tr("in a line"),
        "cosine": _tr("in a curve"),
        "cosine_with_restarts": _tr("in curves"),
        "squared": _tr("squared"),
        "huber": _tr("Huber"),
        "uniform": _tr("all alike"),
        "logit_normal": _tr("more in the middle"),
        **OPTIMIZER_NAMES,
        **ADAPTER_KINDS,
    }
    return words.get(choice, choice)


def typed_value(value: JsonValue) -> str:
    """A value as it stands in a field."""
    if value is None:
        return ""
    if isinstance(value, int):
        return QLocale().toString(value)
    if isinstance(value, float):
        locale = QLocale()
        locale.setNumberOptions(QLocale.NumberOption.OmitGroupSeparator)
        return locale.toString(value, "g", 6)
    return str(value)


def checked(advised: TrainingConfig, changed: Mapping[str, JsonValue]) -> TrainingConfig:
    """The settings with these changes.

    Raises:
        StudioError: `bad_setting`, naming every value that is not allowed.
    """
    return validated(_changed(advised, changed))


def _changed(advised: TrainingConfig, changed: Mapping[str, JsonValue]) -> Mapping[str, Any]:
    values: Mapping[str, Any] = advised.model_dump()
    for path, value in changed.items():
        values = merged(values, nested(path, value))
    return values


def as_text(config: TrainingConfig) -> str:
    """All rows as JSON, section by section."""
    values = values_of(config)
    whole: dict[str, Any] = {}
    for one in fields():
        whole = merged(whole, nested(one.path, values[one.path]))
    return json.dumps(whole, ensure_ascii=False, indent=2)


def read_text(text: str, advised: TrainingConfig) -> dict[str, JsonValue]:
    """The changes that an edited text asks for: every value that is not the advised one; what is missing is advised.

    Raises:
        StudioError: `bad_setting` or `unknown_setting`, in words that fit under the text.
    """
    try:
        patch = json.loads(text)
    except json.JSONDecodeError as error:
        raise StudioError(
            "bad_setting", _tr("Line {line} is not JSON: {problem}.").format(line=error.lineno, problem=error.msg)
        ) from error
    except RecursionError as error:
        raise StudioError("bad_setting", _tr("The text is nested too deeply.")) from error
    if not isinstance(patch, dict):
        raise StudioError("bad_setting", _tr("Settings stand between { and }."))
    given = dict(leaves(patch))
    for path in given:
        refuse_unknown(path)
    config = checked(advised, given)
    values, usual = values_of(config), values_of(advised)
    return {path: values[path] for path in given if values[path] != usual[path]}


def refuse_unknown(path: str) -> None:
    """Raises `StudioError` unless a row of Advanced has this path; says where the setting is if it is elsewhere."""
    if field_of(path) is not None:
        return
    if path in setting_fields():
        raise StudioError("setting_decided", _tr("“{path}” is chosen on the page.").format(path=path))
    near = difflib.get_close_matches(path, [one.path for one in fields()], n=1, cutoff=0.5)
    raise StudioError(
        "unknown_setting",
        _tr("There is no setting called “{path}”.").format(path=path),
        _tr("The nearest one is “{path}”.").format(path=near[0]) if near else "",
    )


def _field(path: str, info: FieldInfo) -> SettingField:
    choices = _choices(info)
    types = (info.annotation, *get_args(info.annotation))
    limits = _limits(info)
    control: Control = "text"
    if info.annotation is bool:
        control = "switch"
    elif choices:
        control = "choice"
    elif is_text(info):
        control = "text"
    elif int in types and not is_optional(info) and limits is not None:
        control = "whole"
    else:
        control = "number"
    return SettingField(
        path=path,
        title=engine_words(info.title or path),
        effect=engine_words(info.description or ""),
        control=control,
        choices=choices,
        limits=limits or (0, 0, 1),
        range=_range_words(info),
        is_optional=is_optional(info),
    )


def _range_words(info: FieldInfo) -> str:
    """The limits of a number, such as "64 to 2,048 in steps of 8" or "over 0 to 1"; of anything else its choices."""
    limits = {
        name: typed_value(getattr(mark, name))
        for mark in info.metadata
        for name in ("ge", "gt", "le", "lt", "multiple_of")
        if getattr(mark, name, None) is not None
    }
    if not limits:
        return range_of(info)
    low = limits["ge"] if "ge" in limits else _tr("over {low}").format(low=limits["gt"]) if "gt" in limits else ""
    high = limits["le"] if "le" in limits else _tr("under {high}").format(high=limits["lt"]) if "lt" in limits else ""
    words = _tr("{low} to {high}").format(low=low, high=high) if low and high else low or high
    return (
        _tr("{range} in steps of {step}").format(range=words, step=limits["multiple_of"])
        if "multiple_of" in limits
        else words
    )


def _choices(info: FieldInfo) -> tuple[str, ...]:
    arguments = get_args(info.annotation)
    return arguments if arguments and all(isinstance(argument, str) for argument in arguments) else ()


def _limits(info: FieldInfo) -> tuple[int, int, int] | None:
    found = {
        name: getattr(mark, name)
        for mark in info.metadata
        for name in ("ge", "le", "multiple_of")
        if hasattr(mark, name)
    }
    if "ge" not in found or "le" not in found:
        return None
    return int(found["ge"]), int(found["le"]), int(found.get("multiple_of", 1))


def _origin(current: ResolvedConfig, path: str) -> Origin:
    """A user layer without a change of the person's own comes from how thorough the run is."""
    origin = _ORIGINS.get(current.origins[path].layer, "auto")
    return "auto" if origin == "yours" else origin


def _reason(values: Mapping[str, JsonValue], path: str, hardware: Hardware | None) -> str:
    on_card = hardware is None or bool(hardware.cards)
    if path in ("precision.memory_limit_gib", "precision.fast_step", "precision.tuning") and not on_card:
        return _tr("Only counts on an NVIDIA card.")
    if path == "precision.tuning" and values["precision.fast_step"] == "off":
        return _tr("Only counts for fast steps.")
    if path == "precision.tuning" and values["precision.cards"] != 1:
        return _tr("Only counts for a single card.")
    if path == "precision.cards" and hardware is not None and len(hardware.cards) < 2:
        return _tr("This computer has no second NVIDIA card.")
    if path == "objective.outside_mask" and values["dataset.masks"] == "off":
        return _tr("Only counts while masks are used.")
    if path == "objective.prior_weight" and not values["dataset.prior_folder"]:
        return _tr("Only counts with pictures of the kind.")
    if path == "optimizer.text_encoder_rate" and not values["adapter.train_text_encoder"]:
        return _tr("Only counts while the text encoder is trained.")
    optimizer = values["optimizer.type"]
    if path in ("optimizer.learning_rate", "optimizer.text_encoder_rate") and optimizer == "prodigy":
        return _tr("Prodigy finds its own rate.")
    if path in ("optimizer.beta1", "optimizer.beta2") and optimizer in ("lion8bit", "adafactor"):
        return _tr("This optimiser has its own.")
    if path == "adapter.lokr_factor" and values["adapter.kind"] != "lokr":
        return _tr("Only counts for LoKr.")
    if path == "schedule.curve" and optimizer == "schedule_free":
        return _tr("Schedule-free keeps its rate.")
    if path == "schedule.cycles" and values["schedule.curve"] != "cosine_with_restarts":
        return _tr("Only counts for a rate that falls in curves.")
    if path == "schedule.warmup_share" and values["schedule.warmup_steps"] is not None:
        return _tr("The warm-up steps below decide.")
    if path == "dataset.keep_first_tags" and not values["dataset.shuffle_tags"]:
        return _tr("Only counts while tags are shuffled.")
    if path == "objective.huber_limit" and values["objective.loss"] != "huber":
        return _tr("Only counts for Huber.")
    if path.startswith("objective.density_") and values["objective.timestep_density"] == "uniform":
        return _tr("Only counts while the middle is trained more.")
    if path.startswith("preview.") and path != "preview.enabled" and not values["preview.enabled"]:
        return _tr("Only counts while samples are drawn.")
    return ""


def _clashing(whole: Mapping[str, Any], one: SettingField) -> dict[str, str]:
    """Choices of a row that cannot work beside the other settings, each with the reason."""
    closed = {}
    for choice in one.choices:
        clashes = find_clashes(merged(whole, nested(one.path, choice)))
        reasons = [engine_words(clash.reason) for clash in clashes if one.path in clash.paths]
        if reasons:
            closed[choice] = " ".join(reasons)
    return closed


def closed_here(path: str, hardware: Hardware | None) -> dict[str, str]:
    """Choices that cannot work on this computer; nothing is closed before the computer was asked."""
    if hardware is None:
        return {}
    needs_card = _tr("needs an NVIDIA card")
    has_card = bool(hardware.cards)
    if path in ("base.quantization", "base.text_encoder_quantization"):
        return {} if has_card else {"nf4": needs_card}
    if path == "optimizer.type":
        return {} if has_card else dict.fromkeys(("adamw8bit", "paged_adamw8bit", "lion8bit"), needs_card)
    if path == "precision.device":
        closed = {} if has_card else {"cuda": needs_card}
        return closed if sys.platform == "darwin" else {**closed, "mps": _tr("needs a Mac")}
    if path == "precision.compute":
        if not has_card:
            return {"fp16": needs_card}
        if all(card.compute_capability < FIRST_BF16 for card in hardware.cards):
            return {"bf16": _tr("needs a card from 2020 or later")}
    return {}


def _tr(text: str) -> str:
    return QCoreApplication.translate("recipe", text)

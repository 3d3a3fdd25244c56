"""Layers of settings become one config, and every value remembers where it came from.

The layers, weakest first: default, family, kind, kind for this family, user. A layer is a nested patch of
plain values, the shape that presets and `--set` share.
"""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic.fields import FieldInfo

from lora_studio.config.training import AdamW, AdamW8bit, TrainingConfig
from lora_studio.errors import StudioError

LayerName = Literal["default", "family", "kind", "kind and family", "model", "user"]


@dataclass(frozen=True, slots=True)
class Layer:
    """Some settings, by whom they are asked for, and why."""

    name: LayerName
    patch: Mapping[str, Any]
    because: Mapping[str, str] = field(default_factory=dict)


class Origin(BaseModel):
    """Where one value came from, and the reason its preset gives."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    layer: LayerName
    because: str = ""


@dataclass(frozen=True, slots=True)
class ResolvedConfig:
    """A valid config and the origin of every value in it, by dotted path."""

    config: TrainingConfig
    origins: Mapping[str, Origin]


def leaves(patch: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Every (dotted path, value) of a nested patch."""
    for key, value in patch.items():
        path = f"{prefix}{key}"
        if isinstance(value, Mapping):
            yield from leaves(value, f"{path}.")
        else:
            yield path, value


def merged(base: Mapping[str, Any], patch: Mapping[str, Any]) -> dict[str, Any]:
    """`base` with the values of `patch` laid over it, section by section."""
    result = dict(base)
    for key, value in patch.items():
        below = result.get(key)
        result[key] = merged(below, value) if isinstance(value, Mapping) and isinstance(below, Mapping) else value
    return result


def resolve(layers: Sequence[Layer]) -> ResolvedConfig:
    """Lays the layers over the defaults, weakest first.

    Raises:
        StudioError: `unknown_setting` with the nearest name, or `bad_setting` naming every value that is not
            allowed, all together.
    """
    defaults = TrainingConfig().model_dump()
    values: dict[str, Any] = defaults
    origins = {path: Origin(layer="default") for path, _ in leaves(defaults)}
    for layer in layers:
        _refuse_unknown(layer)
        values = merged(values, layer.patch)
        for path, _ in leaves(layer.patch):
            origins[path] = Origin(layer=layer.name, because=layer.because.get(path, ""))
    try:
        return ResolvedConfig(TrainingConfig.model_validate(values), origins)
    except ValidationError as error:
        raise StudioError(
            "bad_setting",
            "Some settings cannot be used.",
            " ".join(_sentence(problem) for problem in error.errors()),
            "Change these values; `lora-studio presets --settings` lists every setting with its range.",
        ) from error


def parse_assignment(text: str) -> dict[str, Any]:
    """The patch that `path.to.field=value` asks for; the value is read as JSON, else as plain text.

    Raises:
        StudioError: There is no `=`, or no such setting.
    """
    path, mark, raw = text.partition("=")
    if not mark:
        raise StudioError(
            "bad_setting", f"'{text}' does not set anything.", "A setting is written path.to.field=value.",
            "For example: --set schedule.max_steps=40",
        )  # fmt: skip
    if path not in setting_fields():
        raise _unknown(path)
    try:
        value = json.loads(raw)
    except ValueError:
        value = raw
    patch: dict[str, Any] = {}
    section = patch
    *parents, name = path.split(".")
    for parent in parents:
        section = section.setdefault(parent, {})
    section[name] = value
    return patch


def setting_fields() -> dict[str, FieldInfo]:
    """Every setting by dotted path, in the order of the sections."""
    return dict(_walk(TrainingConfig, ""))


def _walk(model: type[BaseModel], prefix: str) -> Iterator[tuple[str, FieldInfo]]:
    for name, info in model.model_fields.items():
        section = _section_of(info.annotation)
        if section is None:
            yield f"{prefix}{name}", info
        else:
            yield from _walk(section, f"{prefix}{name}.")


def _section_of(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    if {AdamW, AdamW8bit} & set(get_args(annotation)):
        return AdamW  # the optimisers share their fields
    return None


def _refuse_unknown(layer: Layer) -> None:
    known = setting_fields()
    for path, _ in leaves(layer.patch):
        if path not in known:
            raise _unknown(path)


def _unknown(path: str) -> StudioError:
    known = list(setting_fields())
    near = difflib.get_close_matches(path, known, n=1, cutoff=0.5) or [
        name for name in known if name.split(".")[-1] == path.split(".")[-1]
    ]
    return StudioError(
        "unknown_setting",
        f"There is no setting called '{path}'.",
        f"The nearest one is {near[0]}." if near else "",
        "`lora-studio presets --settings` lists every setting.",
    )


def _sentence(problem: Any) -> str:
    path = ".".join(str(part) for part in problem["loc"] if part not in ("adamw", "adamw8bit"))
    return f"{path or 'The recipe'}: {problem['msg'].removeprefix('Value error, ')} (it is {problem['input']!r})."

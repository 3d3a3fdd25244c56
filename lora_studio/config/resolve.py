"""Layers of settings become one config, and every value remembers where it came from.

The layers, weakest first: default, family, kind, kind for this family, user. A layer is a nested patch of
plain values, the shape that presets and `--set` share.
"""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from lora_studio import storage
from lora_studio.config.fields import allowed_values, is_optional, is_text, setting_fields
from lora_studio.config.training import TrainingConfig
from lora_studio.errors import StudioError

SHOWN_VALUE_LETTERS = 60
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


def nested(path: str, value: Any) -> dict[str, Any]:
    """The patch that sets one setting, named by its dotted path."""
    for name in reversed(path.split(".")):
        value = {name: value}
    return {} if not isinstance(value, dict) else value


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
    return ResolvedConfig(validated(values), origins)


def validated(values: Mapping[str, Any]) -> TrainingConfig:
    """The config that whole, nested values make.

    Raises:
        StudioError: `bad_setting` naming every value that is not allowed, all together.
    """
    try:
        return TrainingConfig.model_validate(values)
    except ValidationError as error:
        raise StudioError(
            "bad_setting",
            "Some settings cannot be used.",
            _sentences(error),
            "Change these values; `lora-studio presets --settings` lists every setting with its range.",
        ) from error


def read_config(path: Path) -> TrainingConfig:
    """The frozen settings in a run's `config.json`.

    Raises:
        StudioError: `bad_setting` when this version cannot use them; as `storage.read_json` otherwise.
    """
    try:
        return TrainingConfig.model_validate(storage.read_json(path))
    except ValidationError as error:
        raise StudioError(
            "bad_setting",
            "The settings of this run cannot be used.",
            f"{_sentences(error)} {path} was changed by hand, or by another version of the app.",
            "Start a new run with the same pictures.",
        ) from error


def parse_assignment(text: str) -> dict[str, Any]:
    """The patch that `path.to.field=value` asks for.

    Words are taken as they stand, also when they look like a number; any other value is read as JSON, else as
    plain text. Nothing behind the `=` empties a setting that may be empty.

    Raises:
        StudioError: There is no `=`, or no such setting.
    """
    path, mark, raw = text.partition("=")
    if not mark:
        raise StudioError(
            "bad_setting", f"'{text}' does not set anything.", "A setting is written path.to.field=value.",
            "For example: --set schedule.max_steps=40",
        )  # fmt: skip
    path = path.strip()
    info = setting_fields().get(path)
    if info is None:
        raise _unknown(path)
    try:
        value = json.loads(raw)
    except (ValueError, RecursionError):
        value = raw
    if is_text(info) and not isinstance(value, str | None):
        value = raw
    if is_optional(info) and raw.strip() in ("", "none", "None"):
        value = None
    patch: dict[str, Any] = {}
    section = patch
    *parents, name = path.split(".")
    for parent in parents:
        section = section.setdefault(parent, {})
    section[name] = value
    return patch


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


def _sentences(error: ValidationError) -> str:
    return " ".join(_sentence(problem) for problem in error.errors())


def _sentence(problem: Any) -> str:
    """One problem of pydantic's in plain words: the setting, what it was, and what it takes."""
    parts = [str(part) for part in problem["loc"]]
    value = problem["input"]
    path = ".".join(parts)
    if problem["type"] == "extra_forbidden":
        return f"There is no setting called '{path}'."
    if problem["type"] == "value_error" and not parts:  # settings that clash, in whole sentences
        return str(problem["ctx"]["error"])
    shown = json.dumps(value, ensure_ascii=False, default=str)
    shown = shown if len(shown) <= SHOWN_VALUE_LETTERS else f"{shown[:SHOWN_VALUE_LETTERS]}…"
    if problem["type"] == "value_error":
        return f"{path} cannot be {shown}: {problem['ctx']['error']}."
    known = setting_fields()
    info = next(
        (known[name] for length in range(len(parts), 0, -1) if (name := ".".join(parts[:length])) in known), None
    )
    return (
        f"{path} cannot be {shown}; it takes {allowed_values(info)}." if info else f"{path or 'It'} holds no settings."
    )

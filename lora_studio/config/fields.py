"""Every setting as a described field: its dotted path, and in words what values it takes."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping
from types import MappingProxyType, NoneType
from typing import Any, get_args

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from lora_studio.config.training import TrainingConfig


@functools.cache
def setting_fields() -> Mapping[str, FieldInfo]:
    """Every setting by dotted path, in the order of the sections."""
    return MappingProxyType(dict(_walk(TrainingConfig, "")))


def _walk(model: type[BaseModel], prefix: str) -> Iterator[tuple[str, FieldInfo]]:
    for name, info in model.model_fields.items():
        if isinstance(info.annotation, type) and issubclass(info.annotation, BaseModel):
            yield from _walk(info.annotation, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", info


def extra_of(info: FieldInfo) -> Mapping[str, Any]:
    """What a field carries beside pydantic's own: its level."""
    return info.json_schema_extra if isinstance(info.json_schema_extra, dict) else {}


def is_optional(info: FieldInfo) -> bool:
    """Whether the setting may be empty."""
    return NoneType in get_args(info.annotation)


def is_list(info: FieldInfo) -> bool:
    """Whether the setting takes several texts."""
    return getattr(info.annotation, "__origin__", None) is tuple


def is_text(info: FieldInfo) -> bool:
    """Whether the setting takes any words."""
    return info.annotation is str or (str in get_args(info.annotation) and not is_list(info))


def range_of(info: FieldInfo) -> str:
    """The limits of a field, such as `1 to 256`, `64 to 2048 in steps of 8` or `auto, cpu, cuda`; empty without."""
    choices = _choices(info)
    if choices:
        return ", ".join(choices)
    limits: dict[str, Any] = {}
    for mark in info.metadata:
        for name in ("ge", "gt", "le", "lt", "multiple_of"):
            if getattr(mark, name, None) is not None:
                limits[name] = getattr(mark, name)
    low = f"{limits['ge']:,}" if "ge" in limits else f"over {limits['gt']:,}" if "gt" in limits else ""
    high = f"{limits['le']:,}" if "le" in limits else f"under {limits['lt']:,}" if "lt" in limits else ""
    step = f" in steps of {limits['multiple_of']}" if "multiple_of" in limits else ""
    return (f"{low} to {high}" if low and high else low or high) + step


def allowed_values(info: FieldInfo) -> str:
    """What a setting takes, as the end of a sentence: `a whole number, 1 to 256` or `auto, cpu or cuda`."""
    choices = _choices(info)
    if choices:
        *first, last = choices
        kind = f"{', '.join(first)} or {last}" if first else f"only {last}"
    elif is_list(info):
        kind = 'a list of texts, such as ["a cat", "a dog"]'
    elif is_text(info):
        kind = "text"
    else:
        types = (info.annotation, *get_args(info.annotation))
        kind = ", ".join(part for part in ("a whole number" if int in types else "a number", range_of(info)) if part)
    return f"{kind}, or nothing" if is_optional(info) else kind


def _choices(info: FieldInfo) -> list[str]:
    if info.annotation is bool:
        return ["true", "false"]
    arguments = get_args(info.annotation)
    plain = all(isinstance(argument, str | int) for argument in arguments)
    return [str(argument) for argument in arguments] if plain else []

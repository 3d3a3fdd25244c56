"""Every setting as a row of plain text, made from the fields themselves; forms, docs and `--settings` share it."""

from __future__ import annotations

import json
from typing import Any, get_args

from pydantic.fields import FieldInfo

from lora_studio.config.resolve import setting_fields


def settings_table() -> list[dict[str, str]]:
    """Rows of path, title, default, range, level and description, in the order of the sections."""
    return [_row(path, info) for path, info in setting_fields().items() if path != "version"]


def _row(path: str, info: FieldInfo) -> dict[str, str]:
    extra = info.json_schema_extra if isinstance(info.json_schema_extra, dict) else {}
    return {
        "path": path,
        "title": info.title or path.rpartition(".")[2],
        "default": json.dumps(info.default, ensure_ascii=False),
        "range": "adamw, adamw8bit" if path == "optimizer.type" else _range(info),
        "level": str(extra.get("level", "advanced")),
        "description": info.description or "",
    }


def _range(info: FieldInfo) -> str:
    """The limits of a field in words, such as `1 to 256` or `auto, cpu, cuda`."""
    choices = _choices(info.annotation)
    if choices:
        return ", ".join(choices)
    limits: dict[str, Any] = {}
    for mark in info.metadata:
        for name in ("ge", "gt", "le", "lt"):
            if getattr(mark, name, None) is not None:
                limits[name] = getattr(mark, name)
    low = f"{limits['ge']:g}" if "ge" in limits else f"over {limits['gt']:g}" if "gt" in limits else ""
    high = f"{limits['le']:g}" if "le" in limits else f"under {limits['lt']:g}" if "lt" in limits else ""
    if low and high:
        return f"{low} to {high}"
    return low or high or ("true, false" if info.annotation is bool else "")


def _choices(annotation: Any) -> list[str]:
    arguments = get_args(annotation)
    return [str(argument) for argument in arguments] if arguments and all(isinstance(a, str) for a in arguments) else []

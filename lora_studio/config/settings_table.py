"""Every setting as a row of plain text, made from the fields themselves; forms, docs and `--settings` share it."""

from __future__ import annotations

import json

from pydantic.fields import FieldInfo

from lora_studio.config.fields import extra_of, is_optional, range_of, setting_fields


def settings_table() -> list[dict[str, str]]:
    """Rows of path, title, default, range, level and description, in the order of the sections."""
    return [_row(path, info) for path, info in setting_fields().items() if path != "version"]


def _row(path: str, info: FieldInfo) -> dict[str, str]:
    limits = range_of(info)
    return {
        "path": path,
        "title": info.title or path.rpartition(".")[2],
        "default": json.dumps(info.default, ensure_ascii=False),
        "range": f"{limits}, or null" if limits and is_optional(info) else limits,
        "level": str(extra_of(info).get("level", "advanced")),
        "description": info.description or "",
    }

"""One type for everything the app advises: a bad combination, a blurry picture, a missing caption."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

Severity = Literal["stop", "warn", "tip"]


class Finding(BaseModel):
    """Something the person should know, with a way out where there is one.

    `stop` means training cannot start, `warn` that the result may suffer, `tip` that it could be better.
    `paths` are relative to the folder that was scanned, with forward slashes.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    code: str
    severity: Severity
    title: str
    detail: str = ""
    paths: tuple[str, ...] = ()
    fix: dict[str, Any] | None = None  # a nested patch of settings that mends it

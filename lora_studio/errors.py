"""The one exception the engine shows to people, and the exit codes that stand for it.

Foreign exceptions are translated into a `StudioError` once, at the border where they enter
(`dataset/images.py`, `training/failures.py`, `storage.py`).
"""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    """What a process of ours says when it ends; the same numbers for the trainer and the command line."""

    DONE = 0
    UNEXPECTED = 1
    USAGE = 2
    PAUSED = 10
    STOPPED = 11
    OUT_OF_MEMORY = 20
    NON_FINITE = 21
    DISK = 22
    DEVICE_LOST = 23
    BAD_INPUT = 30
    BUSY = 31
    INTERRUPTED = 130


class StudioError(Exception):
    """A problem told in plain words, with a way out.

    Attributes:
        code: Stable name for programs, such as `no_pictures`.
        title: What happened, one sentence.
        detail: What it means and what is safe; names, numbers, files.
        hint: What the person can do next.
        exit_code: What a process that ends over this returns.
    """

    def __init__(
        self,
        code: str,
        title: str,
        detail: str = "",
        hint: str = "",
        exit_code: ExitCode = ExitCode.BAD_INPUT,
    ) -> None:
        super().__init__(title)
        self.code = code
        self.title = title
        self.detail = detail
        self.hint = hint
        self.exit_code = exit_code

    def __str__(self) -> str:
        return " ".join(part for part in (self.title, self.detail, self.hint) if part)

    def as_dict(self) -> dict[str, str]:
        """The same words for `--json` output and the `failed` event."""
        return {"code": self.code, "title": self.title, "detail": self.detail, "hint": self.hint}

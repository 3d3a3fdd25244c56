"""Converting an old checkpoint in a process of its own, which is gone when it is done, called off, or not needed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from lora_studio import storage
from lora_studio.errors import ExitCode, StudioError
from lora_studio.jobs.told_process import run_told
from lora_studio.weights.old_checkpoint import Converted, check_new_file


def convert_in_own_process(
    source: Path,
    target: Path,
    progress: Callable[[int, int], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Converted:
    """As `convert_checkpoint`, in a process that can do nothing but read, and write in the folder of `target`.

    For any thread; `progress` and `cancelled` are called on it. However it ends, the process ends too, and nothing
    half-written is left.

    Raises:
        StudioError: as `convert_checkpoint`; `cancelled`; `converter_failed` when the process died.
    """
    check_new_file(target)
    target = target.absolute()
    failure = StudioError(
        "converter_failed", f"{source.name} could not be converted.", "Its process ended. The file was not changed.",
        "Try again, and if it stays so, report it.", ExitCode.UNEXPECTED,
    )  # fmt: skip

    def hear(told: Mapping[str, Any]) -> None:
        if progress and "done" in told:
            progress(told["done"], told["total"])

    words = [str(source.absolute()), str(target)]
    try:
        told = run_told("lora_studio.weights.converter", words, failure, hear, cancelled)
    finally:
        storage.collect_orphans(target.parent)
    return Converted(target, told["size_bytes"], told["tensors"], told["left_out"])

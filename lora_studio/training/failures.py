"""Foreign exceptions of a training, translated once into plain words and an exit code."""

from __future__ import annotations

import errno
import re

import torch

from lora_studio.errors import ExitCode, StudioError

# Besides torch's own exceptions: the driver, cuBLAS, and allocators of the computer's memory say it like this.
_NO_MEMORY = re.compile(r"out of memory|ALLOC_FAILED|can't allocate memory|not enough memory", re.IGNORECASE)


def describe_trial(
    error: RuntimeError | MemoryError, width_px: int, height_px: int, saved_step: int | None
) -> Exception:
    """What to raise when the step that was tried before the training ended in `error`; its own where memory lasted."""
    if describe_failure(error, 0, None).code != "out_of_memory":
        return error
    safe = _what_is_safe(saved_step)
    return StudioError(
        "does_not_fit",
        "This recipe needs more memory than there is.",
        f"The check of one step ran out of memory at {width_px} × {height_px} pixels. {safe}",
        "Choose a smaller training size or batch, or an 8-bit base, and start again.",
        ExitCode.OUT_OF_MEMORY,
    )


def describe_failure(error: BaseException, step: int, saved_step: int | None) -> StudioError:
    """What to tell the person about `error`, raised at optimiser step `step` with `saved_step` safe on disk."""
    if isinstance(error, StudioError):
        return error
    safe = _what_is_safe(saved_step)
    no_memory = isinstance(error, RuntimeError) and _NO_MEMORY.search(str(error)) is not None
    of_computer = isinstance(error, MemoryError) or "CPUAllocator" in str(error)
    if isinstance(error, torch.OutOfMemoryError) or (no_memory and not of_computer):
        return StudioError(
            "out_of_memory",
            f"The graphics card ran out of memory at step {step:,}.",
            safe,
            "Start again with “Recompute to save memory” on, a smaller training size, or “Base in memory” at int8.",
            ExitCode.OUT_OF_MEMORY,
        )
    if isinstance(error, MemoryError) or no_memory:
        return StudioError(
            "out_of_memory", f"The computer ran out of memory at step {step:,}.", safe,
            "Close other programs, then resume.", ExitCode.OUT_OF_MEMORY,
        )  # fmt: skip
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return StudioError("disk_full", "The disk is full.", safe, "Free some space, then resume.", ExitCode.DISK)
    if isinstance(error, RuntimeError) and "CUDA error" in str(error):
        return StudioError(
            "device_lost", "The graphics card stopped responding.",
            f"This can follow sleep or a driver update. {safe}", "Resume; if it happens again, restart the computer.",
            ExitCode.DEVICE_LOST,
        )  # fmt: skip
    return StudioError(
        "unexpected",
        f"Training stopped unexpectedly at step {step:,}.",
        f"{safe} ({type(error).__name__}: {str(error)[:300]})",
        "Resume; if it happens again, report it with console.log from the run folder.",
        ExitCode.UNEXPECTED,
    )


def _what_is_safe(saved_step: int | None) -> str:
    return f"Nothing is lost: step {saved_step:,} is saved." if saved_step else "Nothing was trained yet."

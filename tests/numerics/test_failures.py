from __future__ import annotations

import pytest
import torch

from lora_studio.config.training import PrecisionSettings
from lora_studio.errors import ExitCode, StudioError
from lora_studio.training.failures import describe_failure, describe_trial
from lora_studio.training.precision import choose_device, compute_dtype


@pytest.mark.parametrize(
    ("error", "exit_code", "word"),
    [
        (torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2 GiB"), ExitCode.OUT_OF_MEMORY, "card"),
        (RuntimeError("CUDA error: out of memory"), ExitCode.OUT_OF_MEMORY, "card"),
        (RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling"), ExitCode.OUT_OF_MEMORY, "card"),
        (RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried"), ExitCode.OUT_OF_MEMORY, "computer"),
        (RuntimeError("DefaultCPUAllocator: not enough memory: you tried"), ExitCode.OUT_OF_MEMORY, "computer"),
        (MemoryError(), ExitCode.OUT_OF_MEMORY, "computer"),
        (RuntimeError("CUDA error: unspecified launch failure"), ExitCode.DEVICE_LOST, "card"),
        (OSError(28, "No space left on device"), ExitCode.DISK, "disk"),
        (RuntimeError("shapes do not fit"), ExitCode.UNEXPECTED, "unexpectedly"),
    ],
)
def test_a_foreign_exception_ends_with_the_code_of_its_cause(error: Exception, exit_code: ExitCode, word: str) -> None:
    failure = describe_failure(error, step=7, saved_step=5)
    assert (failure.exit_code, word in failure.title) == (exit_code, True)
    assert "step 5 is saved" in failure.detail


@pytest.mark.parametrize(
    ("saved_step", "safe"), [(None, "Nothing was trained yet."), (5, "Nothing is lost: step 5 is saved.")]
)
def test_a_step_that_was_tried_and_does_not_fit_says_what_is_safe(saved_step: int | None, safe: str) -> None:
    failure = describe_trial(torch.OutOfMemoryError("CUDA out of memory."), 512, 768, saved_step)
    assert isinstance(failure, StudioError)
    assert failure.detail.endswith(safe)


def test_fp16_without_a_graphics_card_is_refused_and_auto_takes_fp32() -> None:
    cpu = choose_device(PrecisionSettings(device="cpu"))
    assert compute_dtype("auto", cpu) == torch.float32
    with pytest.raises(StudioError, match="graphics card"):
        compute_dtype("fp16", cpu)

"""Importing the large libraries in less time."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager


def import_what_trains() -> None:
    """Imports everything that a training needs, whatever its base and its settings are; a second call does nothing.

    It takes seconds. No graphics card is touched.
    """
    # No model hub is ever asked for anything behind the person's back.
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    os.environ.setdefault("TRANSFORMERS_OFFLINE", "1")
    if sys.platform == "linux":  # memory is reserved in pieces that can grow, so less lies idle; not on Windows
        os.environ.setdefault("PYTORCH_ALLOC_CONF", "expandable_segments:True")
        os.environ.setdefault("PYTORCH_CUDA_ALLOC_CONF", "expandable_segments:True")  # its name before torch 2.9
    with imports_that_stay():
        import lora_studio.training.failures
        import lora_studio.training.trainer  # noqa: F401


@contextmanager
def imports_that_stay() -> Iterator[None]:
    """Inside the block nobody looks for garbage, and what was made there is never looked through again.

    torch, diffusers, transformers and peft make millions of small objects that all stay. Looking through them took a
    quarter of the time that importing them takes, and comes back with every recording of a step, which begins by it.
    What we have no use for stays out as well: torch's compiler, scipy, and scikit-learn, which needs scipy.
    """
    # peft imports bitsandbytes, which marks functions to be compiled, and at the mark torch imports its whole compiler.
    # Nothing here compiles; bitsandbytes then does on the processor in plain torch what needs a C++ compiler otherwise.
    os.environ.setdefault("TORCHDYNAMO_DISABLE", "1")
    was_on = gc.isenabled()
    gc.disable()
    try:
        with _not_installed("scipy"), _not_installed("sklearn"):
            yield
    finally:
        gc.freeze()
        if was_on:
            gc.enable()


@contextmanager
def _not_installed(name: str) -> Iterator[None]:
    """Inside the block a package that was not imported yet cannot be: None in `sys.modules` is Python's word for it.

    transformers and diffusers import scipy and scikit-learn wherever they are installed, for losses, schedules and
    curves that we never use. They do not require them. scipy comes with ImageHash, which uses it outside the block.
    """
    if name in sys.modules:
        yield
        return
    sys.modules[name] = None  # type: ignore[assignment]
    try:
        yield
    finally:
        sys.modules.pop(name, None)

"""Importing the large libraries in less time."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def imports_that_stay() -> Iterator[None]:
    """Inside the block nobody looks for garbage, and what was made there is never looked through again.

    torch, diffusers, transformers and peft make millions of small objects that all stay. Looking through them took a
    quarter of the time that importing them takes, and comes back with every recording of a step, which begins by it.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        if was_on:
            gc.enable()

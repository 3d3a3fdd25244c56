"""Matrices wait on the disk and come back as they were; a full disk is told in a sentence."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from lora_studio.errors import ExitCode, StudioError
from lora_studio.weights.scratch import Scratch, open_scratch

FULL = Path("/dev/full")


def test_matrices_come_back_in_any_order_and_leave_no_file(tmp_path):
    with open_scratch(tmp_path / "out.safetensors") as scratch:
        factors = [scratch.keep(np.full(6, number), (2, 3), "F16") for number in range(4)]
        for number in (2, 0, 3, 1):
            assert np.array_equal(factors[number].read(), np.full((2, 3), number, np.float32))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(not FULL.exists(), reason="a disk that is always full is there on Linux only")
def test_a_full_disk_is_told_and_closing_the_file_adds_no_other_problem():
    with pytest.raises(StudioError) as caught, FULL.open("r+b", buffering=0) as file:
        Scratch(file, FULL).keep(np.ones(4), (2, 2), "F32")
    assert (caught.value.code, caught.value.exit_code) == ("disk_full", ExitCode.DISK)

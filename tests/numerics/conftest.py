from __future__ import annotations

from pathlib import Path

import pytest
import torch
from accelerate.state import AcceleratorState
from drawn_pictures import draw_pictures
from tiny_base import write_tiny_base

torch.set_num_threads(1)


@pytest.fixture(scope="session")
def tiny_base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_tiny_base(tmp_path_factory.mktemp("base") / "tiny")


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    return draw_pictures(tmp_path / "pictures")


@pytest.fixture(autouse=True)
def fresh_accelerate() -> None:
    """accelerate allows one precision a process; each test here stands for a process of its own."""
    AcceleratorState._reset_state(reset_partial_state=True)

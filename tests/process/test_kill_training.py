"""The real trainer, killed for real."""

from __future__ import annotations

import importlib.util
import os
from pathlib import Path

import pytest
from drawn_pictures import draw_pictures

TRIAL = Path(__file__).parents[1] / "trials" / "kill_trial.py"


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="SIGKILL is for Unix; Windows ends processes another way")
def test_a_training_killed_at_random_moments_ends_with_the_same_adapter_bit_for_bit(tmp_path: Path) -> None:
    from tiny_base import write_tiny_base

    spec = importlib.util.spec_from_file_location("kill_trial", TRIAL)
    assert spec is not None
    assert spec.loader is not None
    kill_trial = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(kill_trial)
    base = write_tiny_base(tmp_path / "base")
    pictures = draw_pictures(tmp_path / "pictures", size=(64, 64))
    facts = kill_trial.trial(tmp_path, str(base), pictures, steps=24, kills=4, seed=7, settings={})
    assert facts["equal"], facts
    assert facts["kills"] >= 2, "the run ended before it could be killed"

import sys
from pathlib import Path

import pytest

from lora_studio import paths


def test_one_variable_moves_every_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LORA_STUDIO_HOME", str(tmp_path))
    homes = [paths.config_dir(), paths.data_dir(), paths.cache_dir(), paths.runs_dir()]
    assert homes == [tmp_path / name for name in ("config", "data", "cache", "runs")]


def test_without_it_every_home_belongs_to_the_person_and_the_app(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LORA_STUDIO_HOME", raising=False)
    homes = [paths.config_dir(), paths.data_dir(), paths.cache_dir(), paths.runs_dir()]
    assert all(home.is_absolute() and "LoRA Studio" in home.parts for home in homes)
    assert len(set(homes)) == (4 if sys.platform == "linux" else 3)  # others keep settings beside data

from __future__ import annotations

from pathlib import Path

import pytest

from lora_studio import paths
from lora_studio.settings import Settings, read_settings, save_settings, settings_path


def test_a_fresh_installation_has_the_defaults_and_nothing_to_report() -> None:
    read = read_settings()
    assert (read.settings, read.problem) == (Settings(), None)
    assert not settings_path().exists()


def test_settings_come_back_as_they_were_kept() -> None:
    wished = Settings(
        theme="dark", text_size_percent=150, model_folders=("/models",), shortcuts={"pick": "P"}, graphics_card=1
    )
    save_settings(wished)
    assert read_settings().settings == wished


@pytest.mark.parametrize(
    "text", ["{", "", "[]", '{"version": 9}', '{"theme": "pink"}', '{"unknown": 1}', '{"text_size_percent": 900}']
)
def test_a_damaged_file_is_put_aside_and_told_once(text: str) -> None:
    settings_path().parent.mkdir(parents=True)
    settings_path().write_text(text)
    first, second = read_settings(), read_settings()
    assert first.settings == second.settings == Settings()
    assert first.problem is not None and first.problem.code == "settings_damaged"
    assert second.problem is None
    assert (paths.config_dir() / "settings.json.broken").read_text() == text


def test_folders_of_the_persons_choice_beat_the_apps_own(tmp_path: Path) -> None:
    chosen = Settings(projects_folder=str(tmp_path / "mine"), cache_folder=str(tmp_path / "cache"))
    assert (chosen.projects_dir, chosen.cache_dir) == (tmp_path / "mine", tmp_path / "cache")
    assert Settings().projects_dir == paths.data_dir() / "projects"

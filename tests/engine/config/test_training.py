from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from lora_studio.config import training
from lora_studio.config.fields import allowed_values, range_of, setting_fields
from lora_studio.config.settings_table import settings_table
from lora_studio.config.training import DatasetSettings, TrainingConfig

REPOSITORY = Path(__file__).parents[3]
FIELDS = setting_fields()


@pytest.mark.parametrize("info", FIELDS.values(), ids=FIELDS.keys())
def test_every_setting_has_a_title_a_sentence_and_a_level(info: FieldInfo) -> None:
    assert info.title
    assert info.description
    assert info.description.endswith(".")
    assert isinstance(info.json_schema_extra, dict)
    assert info.json_schema_extra["level"] in ("basic", "advanced", "hidden")


@pytest.mark.parametrize("info", FIELDS.values(), ids=FIELDS.keys())
def test_every_setting_can_say_what_it_takes(info: FieldInfo) -> None:
    assert re.fullmatch(r"[a-z].*", allowed_values(info))


def test_every_number_has_limits() -> None:
    numbers = [path for path, info in FIELDS.items() if info.annotation in (int, float) and not range_of(info)]
    assert numbers == []


@pytest.mark.parametrize("path", training.PLACES)
def test_what_no_system_takes_for_a_path_is_refused(path: str) -> None:
    section, name = path.split(".")
    with pytest.raises(ValidationError, match="may not hold invisible characters"):
        TrainingConfig.model_validate({section: {name: "nul\0l"}})


def test_a_config_never_changes() -> None:
    with pytest.raises(ValidationError):
        TrainingConfig().adapter.rank = 4  # type: ignore[misc]


@pytest.mark.parametrize(
    "model", [value for value in vars(training).values() if isinstance(value, type) and issubclass(value, BaseModel)]
)
def test_every_section_refuses_names_it_does_not_know(model: type[BaseModel]) -> None:
    if model is not BaseModel:
        assert (model.model_config["extra"], model.model_config["frozen"]) == ("forbid", True)


@pytest.mark.parametrize(
    "name", ["a/b", "a\\b", "a:b", "a?", "..", ".", " a", "a ", "a.", "", "a\nb", "a\x1b[31m", "a\0b", "あ" * 67]
)
def test_a_name_that_no_file_can_have_is_refused(name: str) -> None:
    with pytest.raises(ValidationError):
        TrainingConfig(name=name)


@given(st.text(max_size=80))
def test_a_name_that_is_taken_can_be_a_file(name: str) -> None:
    try:
        TrainingConfig(name=name)
    except ValidationError:
        return
    assert Path(name).name == name
    assert len(f"{name}-epoch01.safetensors".encode()) <= 255


@pytest.mark.parametrize("name", ["ink 墨", "don't", "🐈 cat", "a.b"])
def test_quotes_emoji_and_other_scripts_are_fine_in_a_name(name: str) -> None:
    assert TrainingConfig(name=name).name == name


def test_the_training_size_is_whole_steps_of_eight() -> None:
    with pytest.raises(ValidationError):
        DatasetSettings(resolution_px=500)


def test_the_table_has_a_row_for_every_setting_but_the_version() -> None:
    assert [row["path"] for row in settings_table()] == [path for path in setting_fields() if path != "version"]


def test_the_table_tells_ranges_and_choices() -> None:
    ranges = {row["path"]: row["range"] for row in settings_table()}
    assert ranges["adapter.rank"] == "1 to 256"
    assert ranges["dataset.resolution_px"] == "64 to 2,048 in steps of 8"
    assert ranges["optimizer.learning_rate"] == "over 0 to 1"
    assert ranges["adapter.targets"].startswith("attention, cross_attention, ")
    assert ranges["objective.min_snr_gamma"] == "over 0 to 100, or null"
    assert ranges["dataset.flip"] == "true, false"


def test_the_page_of_settings_is_what_its_generator_prints_now() -> None:
    printed = subprocess.run(
        [sys.executable, REPOSITORY / "docs/make_settings.py"], capture_output=True, check=True, cwd=REPOSITORY
    ).stdout.decode("utf-8")
    page = (REPOSITORY / "docs/settings.md").read_text("utf-8")
    assert page == printed, "run: python docs/make_settings.py > docs/settings.md"

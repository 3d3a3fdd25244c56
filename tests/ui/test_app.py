"""Starting the program: quick, light, and sound for a long life."""

import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtCore import QObject
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from lora_studio.projects.project import create_project
from ui.app import Studio
from ui.shell import places
from ui.shell.language import counted

HEAVY = ("torch", "diffusers", "transformers", "peft", "accelerate", "scipy", "pyqtgraph")
ROOT = Path(__file__).parents[2]


@pytest.fixture
def studio(qtbot: QtBot, qapp: QApplication) -> Studio:
    studio = Studio(qapp)
    qtbot.addWidget(studio.window)
    return studio


def test_starting_the_app_imports_nothing_heavy() -> None:
    code = f"import sys, lora_studio, ui.app; print([m for m in {HEAVY!r} if m in sys.modules])"
    loaded = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert loaded.stdout.strip() == "[]"


def test_the_app_survives_200_000_void_calls_of_qt() -> None:
    """PySide6 6.12.0 lost a reference to None on each; Python below 3.12 aborted after about 5,000."""
    target = QObject()
    for _ in range(200_000):
        target.setObjectName("x")
    assert target.objectName() == "x"


def test_every_page_of_the_table_can_be_made(studio: Studio) -> None:
    for name, make in places.page_factories().items():
        assert make(studio.context).title(), name


def test_a_project_given_at_the_start_is_opened_and_named_in_the_title(
    qtbot: QtBot, studio: Studio, tmp_path: Path
) -> None:
    create_project(tmp_path / "misty", "Misty Ink")
    studio.start(tmp_path / "misty")
    qtbot.waitUntil(lambda: studio.context.project is not None)
    assert studio.window.windowTitle() == "LoRA Studio: Misty Ink"
    qtbot.waitUntil(lambda: "Misty Ink" in [a.text() for a in studio.window.rail.switcher.build_menu().actions()])
    studio.finish()


def test_a_folder_that_is_no_project_is_told_in_a_banner(qtbot: QtBot, studio: Studio, tmp_path: Path) -> None:
    studio.start(tmp_path)
    qtbot.waitUntil(lambda: any("no project" in banner.title for banner in studio.window.banners()))
    studio.finish()


@pytest.mark.parametrize(
    ("sentence", "n", "shown"),
    [
        ("%n picture(s)", 1, "%n picture"),
        ("%n picture(s)", 0, "%n pictures"),
        ("%n match(es) in %n entr(y|ies)", 2, "%n matches in %n entries"),
        ("%n caption(s) (is|are) too long (75)", 1, "%n caption is too long (75)"),
    ],
)
def test_counted_english_sentences_take_the_right_form(sentence: str, n: int, shown: str) -> None:
    assert counted(sentence, n) == shown


def test_a_counted_sentence_on_screen_has_no_brackets(studio: Studio) -> None:
    assert studio.tr("%n picture(s)", "", 84) == "84 pictures"
    assert studio.tr("Not counted (s)") == "Not counted (s)"


def test_theme_and_text_size_follow_the_settings(studio: Studio) -> None:
    studio.settings.set("theme", "high_contrast")
    studio.settings.set("text_size_percent", 120)
    studio.settings.wait_until_saved()
    assert (studio.appearance.choice, studio.appearance.text_scale) == ("contrast", 1.2)

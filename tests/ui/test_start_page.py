"""The first page: in with a folder, back to a project, or a sample; and what this computer is good for."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from fake_workspace import CARD, FakeWorkspace, hardware, practice, quiet_settings
from PySide6.QtCore import QThreadPool
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QApplication, QFileDialog, QMenu
from pytestqt.qtbot import QtBot

from lora_studio.projects.project import create_project
from lora_studio.projects.recent import note_opened, recent_projects
from tests.fakes.drawn_pictures import draw_pictures
from ui.models.computer import computer_checks, old_driver
from ui.models.recent import cover_of
from ui.pages.start import StartPage
from ui.theme.appearance import Appearance
from ui.widgets.page import Context

WAIT_MS = 10_000
FOUND = practice().model_copy(update={"source": "/models/sd", "name": "SD 1.5", "where": "ComfyUI", "family": "sd1"})


@pytest.fixture
def workspace(tmp_path: Path) -> FakeWorkspace:
    return FakeWorkspace(quiet_settings(projects_folder=str(tmp_path / "projects")))


@pytest.fixture
def page(qtbot: QtBot, appearance: Appearance, workspace: FakeWorkspace) -> Iterator[StartPage]:
    page = StartPage(Context(workspace.settings, appearance, workspace))
    qtbot.addWidget(page)
    page.resize(1180, 800)
    page.show()
    yield page
    QThreadPool.globalInstance().waitForDone()


@pytest.fixture
def project_dir(tmp_path: Path) -> Path:
    """A project that was open before, with pictures."""
    pictures = draw_pictures(tmp_path / "pictures", 2)
    project = create_project(tmp_path / "misty", "Misty Ink", [pictures])
    note_opened(project)
    return project.folder


# ── Going in ──────────────────────────────────────────────────────────────────────────────────────────────


def test_the_first_run_is_this_page_and_its_main_action_the_drop_zone(page: StartPage) -> None:
    assert page.title() == "Welcome to LoRA Studio"
    assert page.primary_action() is page.drop_zone.button
    assert page.primary_action().text() == "Choose a folder"


def test_a_chosen_folder_is_opened_and_the_button_says_that_it_works(
    page: StartPage, workspace: FakeWorkspace, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(tmp_path))
    page.drop_zone.button.click()
    assert workspace.asked("open_images") == [((tmp_path,),)]
    assert page.drop_zone.button.is_busy
    workspace.project_changed.emit()
    assert not page.drop_zone.button.is_busy


def test_leaving_the_dialog_opens_nothing(
    page: StartPage, workspace: FakeWorkspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: "")
    page.drop_zone.button.click()
    assert workspace.asked("open_images") == []
    assert not page.drop_zone.button.is_busy


# ── Going back ────────────────────────────────────────────────────────────────────────────────────────────


def test_a_recent_project_has_a_cover_and_opens(
    qtbot: QtBot, page: StartPage, workspace: FakeWorkspace, project_dir: Path
) -> None:
    page.shown()
    qtbot.waitUntil(lambda: len(page.recent_row.cards) == 1, timeout=WAIT_MS)
    (card,) = page.recent_row.cards
    assert (card.accessibleName(), card.accessibleDescription()) == ("Misty Ink", "Style · Practice")
    assert page.title() == "Start"
    card.click()
    assert workspace.asked("open_project") == [(project_dir,)]


def test_a_recent_project_that_is_gone_says_so_and_can_be_taken_off_the_list(
    qtbot: QtBot, page: StartPage, project_dir: Path
) -> None:
    shutil.rmtree(project_dir)
    page.shown()
    qtbot.waitUntil(lambda: len(page.recent_row.cards) == 1, timeout=WAIT_MS)
    (card,) = page.recent_row.cards
    assert card.accessibleDescription() == "Not found"
    card.customContextMenuRequested.emit(card.rect().center())
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)  # a loop of its own would hold everything up until it closes
    menu.actions()[0].trigger()
    menu.close()
    qtbot.waitUntil(lambda: page.recent_row.cards == [], timeout=WAIT_MS)
    assert recent_projects() == []
    assert page.recent_row.isHidden()


def test_the_cover_is_the_first_picture_before_there_are_samples(tmp_path: Path) -> None:
    pictures = draw_pictures(tmp_path / "pictures", 3)
    assert cover_of(create_project(tmp_path / "misty", "Misty Ink", [pictures])) == pictures / "000.png"
    assert cover_of(create_project(tmp_path / "empty", "Empty")) is None


# ── Trying out ────────────────────────────────────────────────────────────────────────────────────────────


def test_both_samples_are_offered_with_the_time_they_take_here(
    qtbot: QtBot, page: StartPage, workspace: FakeWorkspace
) -> None:
    workspace.hardware = hardware(CARD)
    page.shown()
    qtbot.waitUntil(lambda: any("here" in card.accessibleDescription() for card in page.sample_row.cards))
    style, character = page.sample_row.cards
    assert style.accessibleDescription().startswith("24 pictures, about ")
    assert "estimated" in style.toolTip()
    style.click()
    character.click()
    assert workspace.asked("open_sample") == [("style",), ("character",)]


# ── This computer ─────────────────────────────────────────────────────────────────────────────────────────


def shown(page: StartPage) -> list[tuple[str, bool]]:
    return [(check.title, check.is_fine) for check in page.computer.checks]


def test_without_a_card_it_says_what_can_be_done_and_what_it_takes(page: StartPage, workspace: FakeWorkspace) -> None:
    workspace.show_hardware(hardware())
    assert shown(page)[0] == ("No supported graphics card found", False)
    assert "Practice base trains on any computer" in page.computer.checks[0].meaning
    assert page.computer.is_open


def test_when_nothing_is_missing_the_checks_fold_into_one_line(page: StartPage, workspace: FakeWorkspace) -> None:
    workspace.show_hardware(hardware())
    workspace.show_hardware(hardware(CARD))
    workspace.show_bases(FOUND)
    assert shown(page) == [("RTX 4070, 12 GB", True), ("1 base model found", True), ("44 GB free on this drive", True)]
    assert not page.computer.is_open
    assert page.computer.fold_button.accessibleDescription() == "RTX 4070, 12 GB, ready to train"


def test_a_card_of_4_gb_is_called_small() -> None:
    small = CARD.model_copy(update={"total_mib": 4096})
    check = computer_checks(hardware(small), (FOUND,), False)[0]
    assert (check.is_fine, "Small for training" in check.meaning) == (False, True)


@pytest.mark.parametrize(("driver", "told"), [("470.141", "470.141"), ("525.60", None), ("580.1", None), (None, None)])
def test_a_driver_before_525_is_too_old(driver: str | None, told: str | None) -> None:
    assert old_driver(hardware(CARD).model_copy(update={"driver": driver})) == told


def test_an_old_driver_is_told_with_both_ways_out(page: StartPage, workspace: FakeWorkspace) -> None:
    workspace.show_hardware(hardware(CARD).model_copy(update={"driver": "470.141"}))
    card = page.computer.message_card
    assert card is not None
    assert card.message.body == "Version 470.141 is installed, 525 or newer is needed."
    card.buttons[1].click()
    assert workspace.asked("probe_hardware") == [()]


def test_only_the_practice_base_leads_to_the_place_where_models_are_added(
    qtbot: QtBot, page: StartPage, workspace: FakeWorkspace
) -> None:
    workspace.bases_changed.emit()
    add = next(button for button in page.computer.buttons("bases"))
    with qtbot.waitSignal(page.place_wanted) as wanted:
        add.click()
    assert wanted.args == ["base_models"]


def test_where_to_get_a_base_model_opens_the_browser(
    page: StartPage, workspace: FakeWorkspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: opened.append(url.host()) or True)
    workspace.bases_changed.emit()
    get = next(button for button in page.computer.buttons("bases") if button.text() == "Where to get one")
    get.click()
    assert opened == ["huggingface.co"]


def test_a_nearly_full_disk_is_told() -> None:
    full = hardware(CARD).model_copy(update={"disk_free_mib": 3000})
    assert computer_checks(full, (FOUND,), False)[-1].is_fine is False


def test_the_first_look_searches_for_models_once(page: StartPage, workspace: FakeWorkspace) -> None:
    page.shown()
    page.shown()
    assert len(workspace.asked("search_bases")) == 1


def test_projects_can_live_elsewhere(
    page: StartPage, workspace: FakeWorkspace, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(tmp_path / "elsewhere"))
    page.computer.home_button.click()
    assert workspace.settings.values.projects_dir == tmp_path / "elsewhere"
    assert page.computer.home_label.text() == str(tmp_path / "elsewhere")


def test_at_1024_pixels_the_computer_stands_under_the_drop_zone(page: StartPage) -> None:
    page.set_narrow(True)
    page.resize(800, 700)
    QApplication.processEvents()
    assert page.computer.y() > page.drop_zone.geometry().bottom()

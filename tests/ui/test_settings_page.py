"""Settings: every row applies at once, says why a value was refused, and can be put back."""

import zipfile
from pathlib import Path

import pytest
import sample_runs
from fake_workspace import CARD, FakeWorkspace, hardware, quiet_settings
from heard import Heard
from PySide6.QtCore import QEvent, Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from lora_studio.runs import events
from lora_studio.runs.folder import RunFolder
from lora_studio.settings import Settings
from ui.models.run import RunModel
from ui.models.settings_report import collect_report
from ui.models.shortcuts import actions, refusal
from ui.pages.settings import SettingsPage
from ui.pages.settings_report import ReportSheet
from ui.pages.settings_rows import FieldRow
from ui.theme.appearance import Appearance
from ui.widgets.labels import Label
from ui.widgets.page import Context

# Kept by the app for itself, or chosen elsewhere.
NOT_ROWS = {"version", "model_folders", "remembered_answers", "window_geometry"}


@pytest.fixture
def workspace() -> FakeWorkspace:
    return FakeWorkspace(quiet_settings())


@pytest.fixture
def page(qtbot: QtBot, workspace: FakeWorkspace, appearance: Appearance) -> SettingsPage:
    page = SettingsPage(Context(workspace.settings, appearance, workspace))
    page.build_all()
    qtbot.addWidget(page)
    page.resize(1000, 700)
    page.show()
    return page


def field_rows(page: SettingsPage) -> dict[str, FieldRow]:
    return {row.field: row for section in page.sections.values() for row in section.rows if isinstance(row, FieldRow)}


def visible_labels(page: SettingsPage) -> list[str]:
    return [row.label for section in page.sections.values() for row in section.rows if row.isVisible()]


class TestRows:
    def test_every_setting_has_its_row(self, page: SettingsPage) -> None:
        assert set(field_rows(page)) == set(Settings.model_fields) - NOT_ROWS

    def test_every_row_says_what_it_does(self, page: SettingsPage) -> None:
        silent = [row.label for row in field_rows(page).values() if not row.effect and row.field != "shortcuts"]
        assert silent == []

    def test_a_choice_applies_at_once_and_can_be_put_back(self, page: SettingsPage) -> None:
        row = page.theme_row
        row.box.setCurrentIndex(row.box.findData("light"))
        row.box.activated.emit(row.box.currentIndex())
        assert page.context.settings.values.theme == "light"
        assert not row.reset_button.isHidden()
        row.reset_button.click()
        assert page.context.settings.values.theme == "system"
        assert (row.box.currentData(), row.reset_button.isHidden()) == ("system", True)

    def test_a_change_from_elsewhere_is_shown(self, page: SettingsPage) -> None:
        page.context.settings.set("notify_done", False)
        row = field_rows(page)["notify_done"]
        assert not row.control.isChecked()  # type: ignore[attr-defined]
        assert not row.reset_button.isHidden()

    def test_a_refused_value_says_why_and_the_old_one_stays(self, page: SettingsPage) -> None:
        box = page.size_row.box
        box.addItem("400 %", 400)
        box.setCurrentIndex(box.count() - 1)
        box.activated.emit(box.currentIndex())
        assert "not taken" in page.size_row._reason.text()
        assert (page.context.settings.values.text_size_percent, box.currentData()) == (100, 100)
        page.size_row.choose(125)
        assert page.size_row._reason.isHidden()

    def test_a_value_that_is_not_among_the_choices_is_shown_as_it_is(
        self, qtbot: QtBot, appearance: Appearance
    ) -> None:
        workspace = FakeWorkspace(quiet_settings(text_size_percent=117, graphics_card=3))
        page = SettingsPage(Context(workspace.settings, appearance, workspace))
        page.build_all()
        qtbot.addWidget(page)
        assert page.size_row.box.currentText() == "117 %"
        assert page.card_row.box.currentText() == "Card 3 (not there)"

    def test_memory_is_kept_in_mib_and_shown_in_gb(self, page: SettingsPage) -> None:
        page.memory_row.slider.choose(2.5)
        assert page.context.settings.values.memory_kept_free_mib == 2560

    def test_the_cards_of_this_computer_can_be_chosen(self, page: SettingsPage, workspace: FakeWorkspace) -> None:
        workspace.show_hardware(hardware(CARD))
        assert [page.card_row.box.itemText(row) for row in range(2)] == ["Automatic", "RTX 4070, 12 GB"]
        workspace.show_hardware(hardware())
        assert page.card_row._reason.text() == "No supported graphics card was found."


class TestBuilding:
    def test_only_the_section_in_view_is_made_at_once_and_a_search_finds_the_others(
        self, qtbot: QtBot, workspace: FakeWorkspace, appearance: Appearance
    ) -> None:
        page = SettingsPage(Context(workspace.settings, appearance, workspace))
        qtbot.addWidget(page)
        page.show()
        assert [key for key, section in page.sections.items() if section.rows] == ["general"]
        page.search.edit.setText("keep the computer awake")
        qtbot.waitUntil(lambda: visible_labels(page) == ["Keep the computer awake while training"])

    def test_a_section_is_whole_when_it_is_asked_for(
        self, qtbot: QtBot, workspace: FakeWorkspace, appearance: Appearance
    ) -> None:
        page = SettingsPage(Context(workspace.settings, appearance, workspace))
        qtbot.addWidget(page)
        page.show()
        page.show_section("gpu")
        assert "Memory kept free" in visible_labels(page)


class TestFolders:
    def test_a_folder_is_taken_once_it_can_be_written_to(
        self, qtbot: QtBot, page: SettingsPage, tmp_path: Path
    ) -> None:
        with qtbot.waitSignal(page.projects_row.checked):
            page.projects_row.choose_folder(tmp_path)
        assert page.context.settings.values.projects_folder == str(tmp_path)
        assert list(tmp_path.iterdir()) == []

    def test_one_that_cannot_be_written_to_is_refused_under_the_row(
        self, qtbot: QtBot, page: SettingsPage, tmp_path: Path
    ) -> None:
        with qtbot.waitSignal(page.exports_row.checked):
            page.exports_row.choose_folder(tmp_path / "nowhere")
        assert page.context.settings.values.exports_folder == ""
        assert "cannot be written to" in page.exports_row._reason.text()

    def test_clearing_the_cache_touches_only_the_small_pictures(
        self, qtbot: QtBot, page: SettingsPage, tmp_path: Path
    ) -> None:
        (tmp_path / "thumbnails" / "ab").mkdir(parents=True)
        (tmp_path / "thumbnails" / "ab" / "cd.jpg").write_bytes(b"\0" * 5000)
        (tmp_path / "mine.txt").write_text("keep")
        page.context.settings.set("cache_folder", str(tmp_path))
        qtbot.waitUntil(lambda: page.clear_cache_button.text() == "Clear 5 kB")
        page.clear_cache_button.click()
        qtbot.waitUntil(lambda: page.clear_cache_button.text() == "Clear")
        assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


class TestSearch:
    def test_it_looks_through_all_sections(self, page: SettingsPage) -> None:
        page.search.edit.setText("sound")
        assert visible_labels(page) == ["Sound"]
        page.search.edit.setText("")
        assert "Theme" in visible_labels(page) and "Sound" not in visible_labels(page)

    def test_nothing_found_is_said_and_can_be_cleared(self, page: SettingsPage) -> None:
        page.search.edit.setText("zebra")
        assert page.nothing.text() == "No setting is called “zebra”."
        page.clear_button.click()
        assert page.search.text == "" and page.nothing.isHidden()

    def test_a_section_ends_the_search(self, page: SettingsPage) -> None:
        page.search.edit.setText("sound")
        page.sections["notifications"].entry.click()
        assert visible_labels(page)[0] == "A run is finished"
        assert page.sections["notifications"].entry.isChecked()

    def test_after_a_search_a_section_is_laid_out_at_once_and_not_for_each_row(self, page: SettingsPage) -> None:
        """Laid out for each of its rows, Shortcuts held the window up for longer than 50 ms."""
        page.show_section("shortcuts")
        QApplication.processEvents()
        whole = [row.geometry() for row in page.shortcut_rows.values()]
        page.search.edit.setText("images")
        QApplication.processEvents()
        last = list(page.shortcut_rows.values())[-1]
        with Heard(last, QEvent.Type.Move, lambda _: True) as moved:
            page.show_section("shortcuts")
            QApplication.processEvents()
        assert len(moved.told) < 5  # once as it comes into sight, and once with the others
        assert [row.geometry() for row in page.shortcut_rows.values()] == whole


class TestShortcuts:
    def test_pressed_keys_are_taken_at_once(self, qtbot: QtBot, page: SettingsPage) -> None:
        page.show_section("shortcuts")
        row = page.shortcut_rows["step_3"]
        row.edit.setFocus()
        qtbot.keyClick(row.edit, Qt.Key.Key_F6)
        row.edit.editingFinished.emit()
        assert page.context.settings.values.shortcuts == {"step_3": "F6"}
        row.reset_button.click()
        assert page.context.settings.values.shortcuts == {}

    def test_keys_of_another_action_are_refused_by_its_name(self, page: SettingsPage) -> None:
        row = page.shortcut_rows["step_3"]
        row.choose_keys("F1")
        assert row._reason.text() == "“Help for this place” has these keys already."
        assert row.edit.keySequence().toString() == "Ctrl+3"
        assert page.context.settings.values.shortcuts == {}

    def test_the_row_of_an_action_that_lost_its_keys_says_to_which(self, page: SettingsPage) -> None:
        page.show_section("shortcuts")
        page.build_all()
        page.context.settings.set("shortcuts", {"help": "X"})
        row = page.shortcut_rows["leave_out"]
        assert row.edit.keySequence().isEmpty()
        assert row._reason.text() == "“Help for this place” has these keys already."
        row.choose_keys("Shift+X")
        assert row._reason.text() == ""
        assert page.context.settings.values.shortcuts == {"help": "X", "leave_out": "Shift+X"}

    def test_every_action_has_its_row_under_the_heading_of_its_place(self, page: SettingsPage) -> None:
        page.show_section("shortcuts")
        page.build_all()
        assert list(page.shortcut_rows) == [action.name for action in actions()]
        extras = [extra.text() for extra in page.sections["shortcuts"].extras if isinstance(extra, Label)]
        headings = ["Everywhere", "Images", "A large picture", "Compare", "Queue", "Library", "Train", "Export"]
        assert extras[1:] == headings

    def test_keys_that_were_given_up_are_free_for_others(self) -> None:
        assert refusal("step_3", "F1", {"help": "F7"}) == ""
        assert refusal("step_3", "F7", {"help": "F7"}) != ""

    def test_the_defaults_do_not_stand_in_each_others_way(self) -> None:
        assert [refusal(action.name, action.keys, {}) for action in actions()] == [""] * len(actions())

    def test_all_can_be_put_back_and_that_can_be_undone(self, qtbot: QtBot, page: SettingsPage) -> None:
        page.context.settings.set("shortcuts", {"help": "F7"})
        with qtbot.waitSignal(page.toast_wanted) as told:
            page.reset_shortcuts_button.click()
        assert page.context.settings.values.shortcuts == {}
        told.args[1]()
        assert page.context.settings.values.shortcuts == {"help": "F7"}

    def test_tab_leaves_a_field_of_keys(self, qtbot: QtBot, page: SettingsPage) -> None:
        page.show_section("shortcuts")
        with qtbot.waitActive(page):
            page.activateWindow()
        edit = page.shortcut_rows["step_1"].edit
        edit.setFocus()
        qtbot.keyClick(edit, Qt.Key.Key_Tab)
        focused = QApplication.focusWidget()
        assert focused is not None and not edit.isAncestorOf(focused) and focused is not edit


class TestReport:
    @pytest.fixture
    def run(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> RunFolder:
        monkeypatch.setenv("HOME", str(tmp_path))
        run = sample_runs.make_run(tmp_path / "project" / "runs" / "ink")
        notice = events.Notice(code="x", title="Skipped", detail=f"{tmp_path}/art/ink_3.png: mistyink, a lake")
        sample_runs.tell(run, sample_runs.started(), notice)
        run.console_path.write_text(f'File "{tmp_path}/app/train.py", linked\nprompt mistyink, a pagoda in the mist\n')
        return run

    def test_it_holds_no_captions_prompts_names_or_home_paths(self, run: RunFolder, tmp_path: Path) -> None:
        parts = collect_report(Settings(projects_folder=str(tmp_path / "p")), hardware(CARD), run)
        text = "\n".join(part.text for part in parts)
        for private in (str(tmp_path), "mistyink", "a lake", "pagoda", "ink_3.png"):
            assert private not in text
        assert "RTX 4070" in text and "LoRA Studio" in text and "Skipped" in text and "linked" in text

    def test_it_is_shown_before_it_is_written_and_holds_what_was_shown(
        self, qtbot: QtBot, page: SettingsPage, workspace: FakeWorkspace, run: RunFolder, tmp_path: Path
    ) -> None:
        workspace.show_run_model(RunModel(run))
        page.report_button.click()
        qtbot.waitUntil(lambda: page.findChild(ReportSheet) is not None)
        sheet = page.findChild(ReportSheet)
        assert isinstance(sheet, ReportSheet)
        parts = collect_report(Settings(), None, run)
        with qtbot.waitSignal(page.toast_wanted):
            page.save_report(sheet, parts, tmp_path / "report.zip")
        with zipfile.ZipFile(tmp_path / "report.zip") as archive:
            assert {name: archive.read(name).decode() for name in archive.namelist()} == {
                part.name: part.text for part in parts
            }

    def test_without_a_run_it_tells_about_the_app_alone(self) -> None:
        assert [part.name for part in collect_report(Settings(), None, None)] == ["versions.txt", "settings.json"]


def test_about_names_versions_and_notices(qtbot: QtBot, page: SettingsPage) -> None:
    page.show_section("about")
    qtbot.waitUntil(lambda: page._about_body.count() > 1)


def test_remembered_answers_can_be_asked_again(page: SettingsPage) -> None:
    assert not page.forget_button.isEnabled()
    page.context.settings.set("remembered_answers", {"close": "keep"})
    page.forget_button.click()
    assert page.context.settings.values.remembered_answers == {}

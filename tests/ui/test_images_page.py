"""The Images place: what it shows of a scanned folder, and what a person does with captions and pictures."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest
from fake_workspace import FakeWorkspace, project_over, quiet_settings
from picture_bytes import encoded
from PySide6.QtCore import QLocale, QRect, Qt
from PySide6.QtWidgets import QFileDialog, QLabel
from pytestqt.qtbot import QtBot

from lora_studio.config.findings import Finding
from lora_studio.dataset.scan import ImageRecord, ScanReport
from lora_studio.dataset.wording import finding
from lora_studio.errors import StudioError
from lora_studio.projects.pictures import PictureFile, caption_edits
from ui.models import shortcuts
from ui.models.picture_set import FolderNews, _Look
from ui.pages import images
from ui.pages.images import ImagesPage
from ui.theme.appearance import Appearance
from ui.widgets.banner import Banner
from ui.widgets.buttons import Button
from ui.widgets.chip import TagChip
from ui.widgets.message_card import MessageCard
from ui.widgets.page import Context
from ui.widgets.picture_store import PictureStore


def image(number: int, caption: str | None = "mist, pines, moon", size: tuple[int, int] = (300, 200)) -> ImageRecord:
    name = f"ink_{number:03}.png"
    return ImageRecord(
        path=Path("/set") / name,
        relative=name,
        width_px=size[0],
        height_px=size[1],
        format="PNG",
        has_alpha=False,
        caption=caption,
        caption_source="sidecar" if caption else None,
        repeats=1,
        content_sha256=f"{number:08x}" + "0" * 56,
        dhash=f"{number * 0x9E3779B97F4A7C15 % 2**64:016x}",
        colours=b"\x80" * 768,
        sharpness=50.0,
    )


def report_of(*images: ImageRecord, findings: tuple[Finding, ...] = ()) -> ScanReport:
    uncaptioned = [item.relative for item in images if item.caption is None]
    own = (finding("no_caption", uncaptioned),) if uncaptioned else ()
    return ScanReport(Path("/set"), images, (*own, *findings), len(images))


@pytest.fixture
def workspace(tmp_path: Path) -> FakeWorkspace:
    workspace = FakeWorkspace(quiet_settings(), project_over(tmp_path / "project", Path("/set"), trigger="mistyink"))
    assert workspace.project is not None
    workspace.captions = caption_edits(workspace.project)
    return workspace


@pytest.fixture
def page(qtbot: QtBot, appearance: Appearance, workspace: FakeWorkspace) -> ImagesPage:
    store = PictureStore(lambda path, size_px: encoded(60, 40))
    page = ImagesPage(Context(workspace.settings, appearance, workspace, store))
    store.setParent(page)
    qtbot.addWidget(page)
    page.resize(1200, 760)
    page.show()
    return page


@pytest.fixture
def filled(page: ImagesPage, workspace: FakeWorkspace) -> ImagesPage:
    """Five pictures: the second has no caption, the fourth looks like the third."""
    images = [image(1), image(2, None), image(3, "boat, sea, moon"), image(4, "boat"), image(5, "dunes, moon")]
    copies = finding("duplicate", [images[2].relative, images[3].relative])
    workspace.show_scan(report_of(*images, findings=(copies,)))
    return page


def path(number: int) -> Path:
    return Path(f"/set/ink_{number:03}.png")


def choose(page: ImagesPage, *numbers: int) -> None:
    page._choose([path(number) for number in numbers])


def shown_names(page: ImagesPage) -> list[str]:
    return [page.set.shown.record(row).name for row in range(page.set.shown.rowCount())]


def words_of(page: ImagesPage) -> str:
    labels = page.inspector.findChildren(QLabel)
    return "\n".join(label.text() for label in labels if not label.isHidden())


def buttons_of(page: ImagesPage) -> dict[str, Button]:
    return {button.text(): button for button in page.inspector._checks.findChildren(Button)}


class TestWhatIsShown:
    def test_without_a_project_it_asks_for_pictures(self, page: ImagesPage, workspace: FakeWorkspace) -> None:
        workspace.show_project(None)
        assert page._stack.currentWidget() is page.empty
        assert page.bottom_actions() == []

    def test_a_folder_without_pictures_says_why(
        self, page: ImagesPage, workspace: FakeWorkspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        workspace.show_scan_problem(StudioError("no_pictures", "No pictures in this folder.", "It has 12 files."))
        assert page.empty.title_label.text() == "No pictures in this folder."
        assert page.empty.sentence_label.text() == "It has 12 files."
        monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(tmp_path / "other"))
        page.empty.findChildren(Button)[0].click()
        assert workspace.asked("add_images") == [((tmp_path / "other",),)]

    def test_names_are_there_at_once_and_the_count_moves(self, page: ImagesPage, workspace: FakeWorkspace) -> None:
        workspace.files = [PictureFile(f"ink_{n:03}.png", path(n)) for n in range(1, 4)]
        workspace.pictures_changed.emit()
        workspace.scan_progressed.emit(1204, 10_000)
        assert shown_names(page) == ["ink_001.png", "ink_002.png", "ink_003.png"]
        done, total = QLocale().toString(1204), QLocale().toString(10_000)
        assert page.subtitle() == f"Checking {done} of {total}"
        assert page.set.counts["no_caption"] == 0  # nobody looked yet

    def test_the_bottom_bar_counts_what_is_ready(self, filled: ImagesPage) -> None:
        state = filled.bottom_state()
        assert state is not None
        assert state.title == "2 of 5 pictures are ready"
        assert state.body == "5 will be used. 3 of them need a look first."
        assert filled.bottom_actions() == [filled.review_button, filled.continue_button]

    def test_the_bottom_bar_says_what_training_uses(self, filled: ImagesPage, workspace: FakeWorkspace) -> None:
        def body() -> str:
            state = filled.bottom_state()
            assert state is not None
            return state.body

        broken = finding("picture_unreadable", ["broken.png"])
        workspace.show_scan(report_of(image(1), image(2, None), image(3), findings=(broken,)))
        assert body() == "3 will be used. 1 of them needs a look first. 1 cannot be opened and stays out."
        filled.set.leave_out([filled.set.pictures.record(2)], True)
        filled.set.keep([filled.set.pictures.record(1)])
        assert body() == "2 will be used. 1 cannot be opened and stays out. 1 is left out."
        workspace.show_scan(report_of(image(7, None), image(8, None)))
        assert body() == "2 will be used and need a look first."
        workspace.show_scan(report_of(findings=(broken,)))
        assert body() == "1 cannot be opened and stays out."

    def test_the_rail_counts_issues_and_tags(self, filled: ImagesPage, qtbot: QtBot) -> None:
        rows = filled.rail.rows
        assert [rows[name].count for name in ("all", "ready", "no_caption", "duplicate", "blurry")] == [5, 2, 1, 2, 0]
        qtbot.waitUntil(lambda: "moon" in filled.rail.tag_rows)
        assert filled.rail.tag_rows["moon"].count == 3

    def test_a_row_of_the_rail_narrows_the_grid(self, filled: ImagesPage) -> None:
        filled.rail.rows["duplicate"].click()
        assert shown_names(filled) == ["ink_003.png", "ink_004.png"]
        filled.rail.rows["all"].click()
        assert len(shown_names(filled)) == 5

    def test_a_tag_without_hits_offers_to_clear_the_filter(self, filled: ImagesPage, qtbot: QtBot) -> None:
        filled.set.narrow("all", "fog")
        assert filled._results.currentWidget() is filled.nothing_found
        assert filled.nothing_found.sentence_label.text() == "No picture has the tag 'fog'."
        filled.nothing_found.button.click()
        assert len(shown_names(filled)) == 5

    def test_typing_into_the_search_narrows_after_a_moment(self, filled: ImagesPage, qtbot: QtBot) -> None:
        qtbot.keyClicks(filled.search.edit, "tag:boat -sea")
        qtbot.waitUntil(lambda: shown_names(filled) == ["ink_004.png"])

    def test_an_unreadable_file_is_a_tile_with_its_reason(self, page: ImagesPage, workspace: FakeWorkspace) -> None:
        broken = finding("picture_unreadable", ["broken.png"])
        workspace.show_scan(report_of(image(1), findings=(broken,)))
        page._choose([Path("/set/broken.png")])
        assert page.set.counts["unreadable"] == 1
        assert "It looks damaged" in words_of(page)
        assert "Show in folder" in buttons_of(page)

    def test_what_is_noted_is_explained_above_its_list(self, page: ImagesPage, workspace: FakeWorkspace) -> None:
        workspace.show_scan(report_of(image(1), image(2), findings=(finding("transparency", ["ink_002.png"]),)))
        page.rail.rows["noted"].click()
        assert shown_names(page) == ["ink_002.png"]
        assert any("laid over white" in label.text() for label in page._notes.findChildren(QLabel))

    def test_sizes_are_told_when_a_plan_is_there(self, filled: ImagesPage, workspace: FakeWorkspace) -> None:
        workspace.plan_for_real()
        choose(filled, 1)
        assert filled.inspector.size_label.text().startswith("300 × 200  →  ")


class TestCaptions:
    def test_a_caption_is_saved_half_a_second_after_typing(
        self, filled: ImagesPage, workspace: FakeWorkspace, qtbot: QtBot
    ) -> None:
        choose(filled, 2)
        qtbot.keyClick(filled.grid, Qt.Key.Key_B)
        qtbot.keyClicks(filled.inspector.caption.text_edit, "oat")
        assert workspace.asked("set_captions") == []
        qtbot.waitUntil(lambda: workspace.asked("set_captions") == [({path(2): "boat"},)], timeout=2000)
        assert filled.set.counts["no_caption"] == 0

    def test_the_first_caption_of_a_project_tells_once_where_captions_go(
        self, page: ImagesPage, workspace: FakeWorkspace
    ) -> None:
        told: list[str] = []
        page.toast_wanted.connect(lambda words, _undo: told.append(words))
        workspace.show_scan(report_of(image(1, None), image(2, None)))
        page.inspector.caption.text_edit.setPlainText("boat")
        page.inspector.caption.text_edit.setPlainText("boats")
        assert told == ["Captions are saved as text files beside the pictures."]

    def test_where_captions_go_is_known_where_there_are_some(self, filled: ImagesPage, qtbot: QtBot) -> None:
        choose(filled, 2)
        with qtbot.assertNotEmitted(filled.toast_wanted):
            filled.inspector.caption.text_edit.setPlainText("boat")

    def test_leaving_the_field_saves_at_once(self, filled: ImagesPage, workspace: FakeWorkspace) -> None:
        choose(filled, 1)
        filled.inspector.caption.set_mode("text")
        filled.inspector.caption.text_edit.setPlainText("mist")
        choose(filled, 2)
        assert workspace.asked("set_captions") == [({path(1): "mist"},)]

    def test_a_picture_stays_in_view_while_its_caption_is_written(
        self, filled: ImagesPage, workspace: FakeWorkspace, qtbot: QtBot
    ) -> None:
        filled.rail.rows["no_caption"].click()
        choose(filled, 2)
        qtbot.wait(1)
        filled.inspector.caption.text_edit.setPlainText("boat")
        filled.set.changes.save()
        assert shown_names(filled) == ["ink_002.png"]
        filled.rail.rows["no_caption"].click()
        assert shown_names(filled) == []

    def test_a_refused_caption_keeps_the_text_and_tries_again(
        self, filled: ImagesPage, workspace: FakeWorkspace, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
    ) -> None:
        asked: list[dict[Path, str]] = []
        monkeypatch.setattr(workspace, "set_captions", lambda texts, _seen: asked.append(texts))
        choose(filled, 2)
        filled.inspector.caption.text_edit.setPlainText("a red boat")
        filled.set.changes.save()
        workspace.failed.emit(StudioError("file_unreadable", "It is in use."))
        choose(filled, 1)
        choose(filled, 2)
        card = filled.inspector.findChild(MessageCard)
        assert card is not None
        assert card.message.title == "The caption of ink_002.png could not be saved."
        assert filled.inspector.caption.text_edit.toPlainText() == "a red boat"
        card.buttons[0].click()
        assert asked == [{path(2): "a red boat"}, {path(2): "a red boat"}]

    def test_tags_are_added_removed_and_suggested(
        self, filled: ImagesPage, workspace: FakeWorkspace, qtbot: QtBot
    ) -> None:
        qtbot.waitUntil(lambda: "moon" in filled.rail.tag_rows)
        filled.inspector.caption.set_mode("tags")
        choose(filled, 4)
        editor = filled.inspector.caption
        qtbot.keyClicks(editor.tag_edit, "mo")
        assert editor.suggestions.highlighted == "moon"
        qtbot.keyClick(editor.tag_edit, Qt.Key.Key_Tab)
        chips = {chip.tag: chip for chip in editor.findChildren(TagChip) if not chip.isHidden()}
        assert list(chips) == ["mistyink", "boat", "moon"]
        chips["boat"].removed.emit()
        filled.set.changes.save()
        assert workspace.asked("set_captions")[-1] == ({path(4): "moon"},)

    def test_several_pictures_show_what_they_share(
        self, filled: ImagesPage, workspace: FakeWorkspace, qtbot: QtBot
    ) -> None:
        choose(filled, 1, 3)
        editor = filled.inspector.caption
        assert editor.shown_mode == "tags"
        chips = {chip.tag: chip._is_partial for chip in editor.findChildren(TagChip) if not chip.isHidden()}
        assert (chips["moon"], chips["boat"]) == (False, True)
        qtbot.keyClicks(editor.tag_edit, "night")
        qtbot.keyClick(editor.tag_edit, Qt.Key.Key_Return)
        filled.set.changes.save()
        expected = {path(1): "mist, pines, moon, night", path(3): "boat, sea, moon, night"}
        assert workspace.asked("set_captions") == [(expected,)]

    @pytest.mark.parametrize("leave", ["focus", "picture", "next", "page", "mode"])
    def test_what_stands_in_the_tag_field_is_a_tag_when_it_is_left(
        self, filled: ImagesPage, workspace: FakeWorkspace, qtbot: QtBot, leave: str
    ) -> None:
        filled.inspector.caption.set_mode("tags")
        filled.review_button.click()
        editor = filled.inspector.caption
        editor.start_typing("")
        qtbot.keyClicks(editor.tag_edit, "a person, yellow background")
        ways: dict[str, Callable[[], object]] = {
            "focus": lambda: filled.search.edit.setFocus(),
            "picture": lambda: choose(filled, 1),
            "next": filled.review.next_button.click,
            "page": filled.hidden,
            "mode": editor.toggle_mode,
        }
        ways[leave]()
        filled.set.changes.save()
        assert workspace.asked("set_captions")[-1] == ({path(2): "a person, yellow background"},)
        assert editor.tag_edit.text() == ""

    def test_a_pressed_suggestion_is_taken_and_not_the_part_that_was_typed(
        self, filled: ImagesPage, workspace: FakeWorkspace, qtbot: QtBot
    ) -> None:
        qtbot.waitUntil(lambda: "moon" in filled.rail.tag_rows)
        filled.inspector.caption.set_mode("tags")
        choose(filled, 2)
        editor = filled.inspector.caption
        editor.start_typing("")
        qtbot.keyClicks(editor.tag_edit, "mo")
        qtbot.wait(1)  # the row has its place
        qtbot.mouseClick(editor.suggestions._rows[0], Qt.MouseButton.LeftButton)
        filled.set.changes.save()
        assert workspace.asked("set_captions") == [({path(2): "moon"},)]

    def test_escape_drops_what_stands_in_the_tag_field(
        self, filled: ImagesPage, workspace: FakeWorkspace, qtbot: QtBot
    ) -> None:
        filled.inspector.caption.set_mode("tags")
        choose(filled, 2)
        filled.inspector.caption.start_typing("boat")
        qtbot.keyClick(filled.inspector.caption.tag_edit, Qt.Key.Key_Escape)
        choose(filled, 1)
        assert workspace.asked("set_captions") == []

    def test_a_chip_is_pressed_though_the_field_beside_it_is_left_by_that(
        self, filled: ImagesPage, workspace: FakeWorkspace, qtbot: QtBot
    ) -> None:
        filled.inspector.caption.set_mode("tags")
        choose(filled, 4)
        editor = filled.inspector.caption
        editor.start_typing("sea")
        chip = next(chip for chip in editor.findChildren(TagChip) if chip.tag == "boat")
        cross = chip._mark_rect().center().toPoint()
        qtbot.mousePress(chip, Qt.MouseButton.LeftButton, pos=cross)
        assert chip.isVisible()
        qtbot.mouseRelease(chip, Qt.MouseButton.LeftButton, pos=cross)
        filled.set.changes.save()
        assert workspace.asked("set_captions")[-1] == ({path(4): "sea"},)

    def test_the_count_is_of_tokens_when_the_base_tells_and_of_words_otherwise(
        self, filled: ImagesPage, qtbot: QtBot
    ) -> None:
        qtbot.waitUntil(lambda: filled.set.tokens is not None)
        choose(filled, 4)
        assert filled.inspector.caption.count_label.text() == "5 of 75 tokens"  # mi sty ink , boat
        filled.inspector.caption.set_tokens(None)
        assert filled.inspector.caption.count_label.text() == "2 words"

    def test_a_caption_that_looks_like_markup_stays_text(self, page: ImagesPage, workspace: FakeWorkspace) -> None:
        workspace.show_scan(report_of(image(1, "<b>bold</b> & <img src=x>")))
        assert page.inspector.caption.text_edit.toPlainText() == "<b>bold</b> & <img src=x>"

    def test_nothing_is_typed_over_a_caption_that_was_not_read_yet(
        self, page: ImagesPage, workspace: FakeWorkspace, tmp_path: Path, qtbot: QtBot
    ) -> None:
        picture = tmp_path / "ink.png"
        picture.with_suffix(".txt").write_text("first line\nsecond line\n")
        workspace.files = [PictureFile("ink.png", picture)]
        workspace.pictures_changed.emit()
        field = page.inspector.caption.text_edit
        assert field.isReadOnly()
        qtbot.waitUntil(lambda: not field.isReadOnly())
        assert field.toPlainText() == "first line\nsecond line"

    def test_a_caption_that_was_taken_back_is_shown(
        self, filled: ImagesPage, workspace: FakeWorkspace, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(workspace, "undo_caption", lambda: workspace.set_captions({path(2): ""}))
        choose(filled, 2)
        filled.inspector.caption.text_edit.setPlainText("boat")
        filled.set.changes.save()
        filled.set._take_read({path(2): "boat"})
        filled._undo()
        assert filled.inspector.caption.text_edit.toPlainText() == ""

    def test_ctrl_z_in_a_field_takes_back_typing_first(
        self, filled: ImagesPage, workspace: FakeWorkspace, qtbot: QtBot
    ) -> None:
        choose(filled, 2)
        filled.inspector.caption.start_typing("")
        field = filled.inspector.caption.text_edit
        qtbot.keyClicks(field, "boat")
        filled.set.changes.save()
        qtbot.keyClick(field, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
        assert (field.toPlainText(), workspace.asked("undo_caption")) == ("", [])
        field.setPlainText("")
        qtbot.keyClick(field, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
        assert len(workspace.asked("undo_caption")) == 1


class TestLeavingOut:
    def test_x_leaves_out_and_ctrl_z_takes_back_in(
        self, filled: ImagesPage, workspace: FakeWorkspace, qtbot: QtBot
    ) -> None:
        choose(filled, 1, 2)
        with qtbot.waitSignal(filled.toast_wanted):
            qtbot.keyClick(filled.grid, Qt.Key.Key_X)
        assert workspace.asked("change") == [({"left_out": {"ink_001.png", "ink_002.png"}},)]
        assert filled.set.counts["left_out"] == 2
        qtbot.keyClick(filled.grid, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
        assert filled.set.counts["left_out"] == 0
        both = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
        qtbot.keyClick(filled.grid, Qt.Key.Key_Z, both)
        assert filled.set.counts["left_out"] == 2

    def test_chosen_keys_act_and_are_named_and_the_old_ones_type(self, filled: ImagesPage, qtbot: QtBot) -> None:
        shortcuts.use({"leave_out": "Del", "undo": "Ctrl+U", "caption_mode": "Ctrl+M"})
        choose(filled, 1)
        qtbot.keyClick(filled.grid, Qt.Key.Key_Delete)
        assert filled.set.counts["left_out"] == 1
        qtbot.keyClick(filled.grid, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
        assert filled.set.counts["left_out"] == 1
        qtbot.keyClick(filled.grid, Qt.Key.Key_U, Qt.KeyboardModifier.ControlModifier)
        assert filled.set.counts["left_out"] == 0
        with qtbot.waitSignal(filled.grid.caption_edit_requested) as asked:
            qtbot.keyClick(filled.grid, Qt.Key.Key_X)
        assert asked.args[1] == "x"
        assert "Del leaves a picture out" in filled.help()

    def test_undo_goes_back_through_captions_and_pictures_in_their_order(
        self, filled: ImagesPage, workspace: FakeWorkspace
    ) -> None:
        choose(filled, 1)
        filled.set.changes.type_captions({path(1): "fog"})
        filled.set.changes.save()
        filled.set.leave_out([filled.set.pictures.record(4)], True)
        filled._undo()
        assert workspace.asked("undo_caption") == []
        filled._undo()
        assert len(workspace.asked("undo_caption")) == 1

    def test_how_often_a_picture_is_used_is_kept_in_the_project(
        self, filled: ImagesPage, workspace: FakeWorkspace
    ) -> None:
        choose(filled, 1)
        filled.inspector.repeats_field.edit.setText("3")
        assert workspace.project is not None
        assert workspace.project.data.pictures["ink_001.png"].repeats == 3


class TestKeeping:
    def test_a_kept_picture_is_kept_with_the_project(self, filled: ImagesPage, workspace: FakeWorkspace) -> None:
        choose(filled, 2)
        buttons_of(filled)["Keep"].click()
        kept, report = workspace.project, workspace.report
        assert kept is not None and report is not None
        workspace.show_project(project_over(kept.folder.parent / "other", Path("/other")))
        workspace.show_project(kept)
        workspace.show_scan(report)
        assert filled.set.counts["no_caption"] == 0

    def test_another_issue_of_a_kept_picture_needs_a_look(self, filled: ImagesPage, workspace: FakeWorkspace) -> None:
        filled.set.keep([filled.set.pictures.record(1)])
        assert workspace.report is not None
        blurry = finding("blurry", ["ink_002.png"])
        workspace.show_scan(report_of(*workspace.report.images, findings=(blurry,)))
        assert filled.set.pictures.record(1).issues == ("blurry",)

    def test_keeping_is_taken_back_and_done_again(self, filled: ImagesPage, workspace: FakeWorkspace) -> None:
        filled.set.keep(filled.set.open_pictures())
        assert filled.set.counts["open"] == 0
        filled._undo()
        assert filled.set.counts["open"] == 3
        filled._redo()
        assert filled.set.counts["open"] == 0


class TestReview:
    def test_it_walks_through_what_needs_a_look_by_keys(self, filled: ImagesPage, qtbot: QtBot) -> None:
        filled.review_button.click()
        assert filled.review.title_label.text() == "1 of 3: ink_002.png"
        qtbot.keyClick(filled.grid, Qt.Key.Key_1)
        assert filled.review.title_label.text() == "2 of 3: ink_003.png"
        assert [record.name for record in filled.grid.selected_pictures()] == ["ink_003.png"]
        qtbot.keyClick(filled.grid, Qt.Key.Key_3)
        assert filled.set.counts["left_out"] == 1
        with qtbot.waitSignal(filled.toast_wanted, check_params_cb=lambda words, _: "looked at" in words) as last:
            qtbot.keyClick(filled.grid, Qt.Key.Key_1)
        assert not filled.review.is_running
        assert filled.set.counts["open"] == 0
        last.args[1]()
        assert filled.set.counts["open"] == 1

    def test_next_keeps_a_place_of_its_own(self, filled: ImagesPage, qtbot: QtBot) -> None:
        def place() -> QRect:
            qtbot.wait(1)
            return filled.review.next_button.geometry()

        filled.review_button.click()
        offering = place()
        filled.set.changes.type_captions({path(2): "boat"})
        filled.set.changes.save()
        assert filled.review.keep_button.isHidden()
        assert place() == offering
        assert offering.left() > filled.review.leave_out_button.parentWidget().geometry().right()

    def test_a_file_that_cannot_be_opened_offers_only_what_helps_numbered_as_it_stands(
        self, page: ImagesPage, workspace: FakeWorkspace, qtbot: QtBot
    ) -> None:
        workspace.show_scan(report_of(image(1), findings=(finding("picture_unreadable", ["broken.png"]),)))
        page.review_button.click()
        buttons = page.review.findChildren(Button)
        words = [button.text() for button in buttons if button.isVisible() and "(" in button.text()]
        assert words == ["Show in folder (1)", "Leave out (2)"]
        assert not page.inspector.caption.isVisible() and not page.inspector.repeats_field.isVisible()
        qtbot.keyClick(page.grid, Qt.Key.Key_F2)
        assert page.grid.hasFocus()
        qtbot.keyClick(page.grid, Qt.Key.Key_2)
        assert page.set.counts["left_out"] == 1

    def test_a_picture_that_is_too_large_offers_a_smaller_copy_first(
        self, page: ImagesPage, workspace: FakeWorkspace, qtbot: QtBot
    ) -> None:
        told: list[str] = []
        page.toast_wanted.connect(lambda words, _undo: told.append(words))
        workspace.show_scan(report_of(image(1), findings=(finding("picture_too_large", ["huge.png"]),)))
        page.review_button.click()
        assert page.review.fix_button.text() == "Shrink a copy (1)"
        assert list(buttons_of(page)) == ["Shrink a copy", "Show in folder"]
        page.grid.selectAll()  # the other one can be opened and needs no copy
        qtbot.keyClick(page.grid, Qt.Key.Key_1)
        assert workspace.asked("add_smaller_copies") == [({"huge.png": Path("/set/huge.png")},)]
        assert told == ["Making 1 smaller copy…", "1 smaller copy added to the project."]

    def test_key_2_mends_what_it_can(self, filled: ImagesPage, qtbot: QtBot) -> None:
        filled.review_button.click()
        qtbot.keyClick(filled.grid, Qt.Key.Key_2)
        assert filled.inspector.caption.text_edit.hasFocus()

    def test_a_tag_that_is_not_entered_yet_is_still_to_be_done(self, filled: ImagesPage, qtbot: QtBot) -> None:
        filled.inspector.caption.set_mode("tags")
        filled.review_button.click()
        filled.inspector.caption.start_typing("")
        qtbot.keyClicks(filled.inspector.caption.tag_edit, "boat, yellow")
        filled.set.changes.save()
        assert filled.review.sentence_label.text() == "'yellow' becomes a tag when you go on."
        qtbot.keyClick(filled.inspector.caption.tag_edit, Qt.Key.Key_Return)
        assert filled.review.sentence_label.text() == "Nothing is left to do here."

    def test_numbers_in_a_caption_are_no_review_keys(self, filled: ImagesPage, qtbot: QtBot) -> None:
        filled.review_button.click()
        filled.inspector.caption.start_typing("")
        qtbot.keyClicks(filled.inspector.caption.text_edit, "1930")
        assert filled.inspector.caption.text_edit.toPlainText() == "1930"
        assert filled.review.title_label.text() == "1 of 3: ink_002.png"

    def test_copies_are_shown_together(self, filled: ImagesPage, qtbot: QtBot) -> None:
        filled.set._take_twins({"ink_003.png": ("ink_004.png",), "ink_004.png": ("ink_003.png",)})
        choose(filled, 3)
        assert "It looks like ink_004.png." in words_of(filled)
        buttons_of(filled)["Show both"].click()
        assert [record.name for record in filled.grid.selected_pictures()] == ["ink_003.png", "ink_004.png"]

    def test_once_its_copy_is_left_out_a_picture_is_no_duplicate_any_more(
        self, filled: ImagesPage, workspace: FakeWorkspace
    ) -> None:
        filled.set._take_twins({"ink_003.png": ("ink_004.png",), "ink_004.png": ("ink_003.png",)})
        assert filled.set.counts["duplicate"] == 2
        workspace.leave_out(["ink_004.png"], True)
        assert filled.set.counts["duplicate"] == 0
        assert [record.name for record in filled.set.open_pictures()] == ["ink_002.png"]
        workspace.leave_out(["ink_004.png"], False)
        assert filled.set.counts["duplicate"] == 2


class TestFromRecipe:
    def test_it_shows_what_recipe_has_something_to_say_about_until_the_filter_is_cleared(
        self, filled: ImagesPage, workspace: FakeWorkspace
    ) -> None:
        choose(filled, 1)
        workspace.want_pictures([path(3), path(5)])
        filled.hidden()
        filled.shown()
        assert shown_names(filled) == ["ink_003.png", "ink_005.png"]
        assert [record.path for record in filled.grid.selected_pictures()] == [path(3)]
        row = filled.rail.rows["from_recipe"]
        assert (row.isChecked(), row.isHidden(), filled.set.counts["from_recipe"]) == (True, False, 2)
        filled.rail.rows["all"].click()
        filled.hidden()
        filled.shown()
        assert len(shown_names(filled)) == 5

    def test_it_shows_them_although_the_pictures_are_still_read(
        self, page: ImagesPage, workspace: FakeWorkspace
    ) -> None:
        workspace.want_pictures([path(2)])
        page.shown()
        workspace.show_scan(report_of(image(1), image(2)))
        assert shown_names(page) == ["ink_002.png"]
        assert page.set.counts["from_recipe"] == 1


class TestFolders:
    def test_a_folder_that_is_gone_locks_editing_and_offers_a_way(
        self, filled: ImagesPage, workspace: FakeWorkspace
    ) -> None:
        filled.set._set_news(FolderNews(missing=Path("/set")))
        card = filled.findChild(MessageCard)
        assert card is not None
        assert card.message.title == "The image folder is not there any more."
        assert filled.inspector.caption.text_edit.isReadOnly()
        card.buttons[0].click()
        assert len(workspace.asked("rescan")) == 1
        assert not filled.inspector.caption.text_edit.isReadOnly()

    def test_pictures_from_outside_are_announced_and_shown(self, filled: ImagesPage, workspace: FakeWorkspace) -> None:
        filled.set._set_news(FolderNews(added=frozenset({"ink_009.png"})))
        banner = filled.findChild(Banner)
        assert banner is not None
        banner.buttons[0].click()
        assert len(workspace.asked("rescan")) == 1
        assert workspace.report is not None
        workspace.show_scan(report_of(*workspace.report.images, image(9)))
        assert shown_names(filled) == ["ink_009.png"]

    def test_captions_from_outside_are_told(self, filled: ImagesPage) -> None:
        told: list[str] = []
        filled.toast_wanted.connect(lambda words, _undo: told.append(words))
        filled.set.captions_came.emit(1)
        filled.set.captions_came.emit(12)
        assert told == [
            "1 caption was changed outside the app. It was read again.",
            "12 captions were changed outside the app. They were read again.",
        ]

    def test_a_look_at_the_disk_finds_what_changed(
        self, page: ImagesPage, workspace: FakeWorkspace, tmp_path: Path, qtbot: QtBot
    ) -> None:
        pictures = tmp_path / "pictures"
        pictures.mkdir()
        (pictures / "new.png").write_bytes(encoded(4, 4))
        workspace.show_project(project_over(tmp_path / "other", pictures))
        workspace.show_scan(report_of(image(1)))
        page.set.look_at_folders()
        qtbot.waitUntil(lambda: page.set.news.added == {"new.png"})
        assert page.set.news.removed == {"ink_001.png"}


class TestTheWindow:
    def test_the_panel_becomes_a_drawer_in_a_narrow_window(self, filled: ImagesPage, qtbot: QtBot) -> None:
        filled.set_narrow(True)
        assert filled.inspector.isHidden()
        choose(filled, 1)
        qtbot.keyClick(filled.grid, Qt.Key.Key_F2)
        assert filled.inspector.isVisible()
        assert filled.inspector.geometry().right() >= filled.content.width() - 2
        qtbot.keyClick(filled.grid, Qt.Key.Key_Escape)
        assert filled.inspector.isHidden()
        filled.set_narrow(False)
        assert filled.inspector.isVisible()

    def test_enter_shows_a_picture_large_and_arrows_go_on(self, filled: ImagesPage, qtbot: QtBot) -> None:
        choose(filled, 1)
        qtbot.keyClick(filled.grid, Qt.Key.Key_Return)
        qtbot.keyClick(filled.loupe.view, Qt.Key.Key_Right)
        assert filled.loupe.name_label.text() == "ink_002.png"
        qtbot.keyClick(filled.loupe.view, Qt.Key.Key_Escape)
        assert filled.loupe.isHidden()

    def test_continue_goes_to_the_recipe(self, filled: ImagesPage, qtbot: QtBot) -> None:
        with qtbot.waitSignal(filled.place_wanted) as wanted:
            filled.continue_button.click()
        assert wanted.args == ["recipe"]

    def test_a_folder_with_a_dot_in_its_name_and_a_zip_file_are_added_too(
        self, filled: ImagesPage, tmp_path: Path
    ) -> None:
        (tmp_path / "set v1.5").mkdir()
        assert filled.drop_sentence((tmp_path / "set v1.5", Path("/new/more.zip"))) == "Drop to add to Misty Ink"
        assert filled.drop_sentence((tmp_path / "layers.psd",)) == ""

    def test_a_drop_of_pictures_adds_them(self, filled: ImagesPage, workspace: FakeWorkspace) -> None:
        assert filled.drop_sentence((Path("/new/a.png"), Path("/new/folder"))) == "Drop to add to Misty Ink"
        assert filled.drop_sentence((Path("/new/a.safetensors"),)) == ""
        filled.take_drop((Path("/new/a.png"),))
        assert workspace.asked("add_images") == [((Path("/new/a.png"),),)]


def test_ten_thousand_pictures_never_hold_the_window_long(
    page: ImagesPage, workspace: FakeWorkspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    images = tuple(image(number, f"mist, pines, tag {number % 500}") for number in range(10_000))
    report = report_of(*images)
    workspace.files = [PictureFile(item.relative, item.path) for item in images]
    turns_ms: list[tuple[float, str]] = []

    def take(name: str, act: Callable[[], object]) -> None:
        began = time.thread_time()
        act()
        turns_ms.append(((time.thread_time() - began) * 1000, name))

    def scan() -> None:
        workspace.report = report
        workspace.pictures_changed.emit()

    gc.collect()  # Python's own pauses are not what is measured
    gc.freeze()
    page.set._slice_timer.timeout.disconnect()
    for name, act in (
        ("names", workspace.pictures_changed.emit),
        ("scan", scan),
        ("caption", lambda: workspace.set_captions({images[5000].path: "boat"})),
        ("search", lambda: page.set.narrow(search="tag:pines -boat")),
        ("filter", lambda: page.set.narrow("ready", "", "")),
        ("leave out", lambda: page.set.leave_out([page.set.pictures.record(7)], True)),
    ):
        take(name, act)
        while page.set._slice_timer.isActive():
            page.set._slice_timer.stop()
            take(f"{name}, next rows", page.set._make_slice)
    gc.unfreeze()
    # This thread's own time, measured on 2 cores: at most 30 ms. The limit is for slower machines.
    assert max(turns_ms) < (250, "")
    assert page.set.counts["ready"] == 9_999


def test_ctrl_t_brings_the_folded_panel_into_view_before_it_takes_the_keyboard(
    qtbot: QtBot, page: ImagesPage, workspace: FakeWorkspace
) -> None:
    workspace.show_scan(report_of(image(1)))
    page.set_narrow(True)
    assert not page.inspector.isVisible()
    qtbot.keyClick(page, Qt.Key.Key_T, Qt.KeyboardModifier.ControlModifier)
    assert page.inspector.isVisible()


def test_an_empty_place_gives_the_keyboard_to_nothing_hidden(page: ImagesPage, workspace: FakeWorkspace) -> None:
    page.grid.clearFocus()
    workspace.show_project(None)
    page.shown()
    assert not page.grid.hasFocus()
    page.hidden()


def test_another_project_may_come_while_a_folder_of_this_one_is_missing(
    page: ImagesPage, workspace: FakeWorkspace, tmp_path: Path
) -> None:
    workspace.show_scan(report_of(image(1)))
    page.set._set_news(FolderNews(missing=Path("/set")))
    before = workspace.project
    workspace.show_project(project_over(tmp_path / "other", Path("/other")))
    assert page.set.news == FolderNews()
    assert before is not None
    page.set._take_look(_Look(FolderNews(missing=Path("/set")), {}), before.folder)  # it had begun before
    assert page.set.news == FolderNews()


@pytest.mark.parametrize(("platform", "shown"), [("linux", "~"), ("darwin", "~"), ("win32", None)])
def test_a_folder_is_written_as_people_on_this_system_write_it(
    platform: str, shown: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = Path.home() / "Pictures"
    monkeypatch.setattr(images, "sys", SimpleNamespace(platform=platform))
    assert images._short(folder) == (str(folder) if shown is None else str(Path(shown) / "Pictures"))

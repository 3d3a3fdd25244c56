"""Each component: what a person does to it, and what a screen reader is told."""

from pathlib import Path

import pytest
from gallery import component_gallery
from PySide6.QtCore import QPoint, QRect, Qt, QUrl
from PySide6.QtGui import QAccessible, QGuiApplication
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractSlider,
    QApplication,
    QComboBox,
    QLineEdit,
    QMenu,
    QProgressBar,
    QScrollArea,
    QScrollBar,
    QWidget,
)
from pytestqt.qtbot import QtBot
from shiboken6 import delete

from ui.widgets.banner import Banner
from ui.widgets.buttons import Button
from ui.widgets.card import CollapsibleCard
from ui.widgets.chip import TagChip
from ui.widgets.choice_card import ChoiceCard
from ui.widgets.drop_target import DropTarget
from ui.widgets.epoch_bar import EpochBar
from ui.widgets.file_card import FileCard
from ui.widgets.flow_layout import FlowLayout
from ui.widgets.labels import ElidedLabel, Label, as_menu_text, as_tooltip
from ui.widgets.memory_bar import MemoryBar, MemoryPart, written_gigabytes
from ui.widgets.menus import open_above, open_below
from ui.widgets.one_of import OneOf
from ui.widgets.segmented import Segment, Segmented
from ui.widgets.setting_row import SettingRow
from ui.widgets.sheet import Sheet
from ui.widgets.slider import Detent, Slider
from ui.widgets.star_row import StarRow
from ui.widgets.text_field import NumberField, TextField
from ui.widgets.toast import ToastHost

CONTROLS = (QAbstractButton, QLineEdit, QComboBox, QAbstractSlider, QProgressBar)


@pytest.fixture
def window(qtbot: QtBot) -> QWidget:
    window = QWidget()
    qtbot.addWidget(window)
    window.resize(800, 600)
    _show_active(qtbot, window)
    return window


def _show_active(qtbot: QtBot, window: QWidget) -> None:
    with qtbot.waitActive(window):
        window.show()
        window.activateWindow()


def test_every_control_of_the_gallery_tells_a_screen_reader_its_name(qtbot: QtBot) -> None:
    gallery = component_gallery()
    qtbot.addWidget(gallery)
    nameless = []
    for control in (widget for kind in CONTROLS for widget in gallery.findChildren(kind)):
        interface = QAccessible.queryAccessibleInterface(control)
        if not isinstance(control, QScrollBar) and not interface.text(QAccessible.Text.Name):
            nameless.append(control)
    assert nameless == []


def test_every_button_of_the_gallery_is_at_least_28_pixels_high(qtbot: QtBot) -> None:
    gallery = component_gallery()
    qtbot.addWidget(gallery)
    gallery.resize(1200, 1100)
    gallery.show()
    ours = [button for button in gallery.findChildren(Button) if button.isVisible()]
    assert min(button.height() for button in ours) >= 28


def test_tab_reaches_every_button_of_the_gallery_in_reading_order(qtbot: QtBot) -> None:
    gallery = component_gallery()
    qtbot.addWidget(gallery)
    gallery.resize(1200, 1100)
    _show_active(qtbot, gallery)
    buttons = [b for b in gallery.findChildren(Button) if b.isVisible() and b.isEnabled()]
    reached = []
    buttons[0].setFocus()
    for _ in range(80):
        focused = gallery.focusWidget()
        if focused in buttons and focused not in reached:
            reached.append(focused)
        qtbot.keyClick(gallery, Qt.Key.Key_Tab)
    assert reached == buttons


class TestButton:
    def test_a_blocked_button_says_why_and_takes_no_press(self, qtbot: QtBot, window: QWidget) -> None:
        button = Button("Export adapter", "primary", parent=window)
        pressed: list[bool] = []
        button.clicked.connect(lambda: pressed.append(True))
        button.block("Pick an epoch first")
        button.show()
        qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
        assert (pressed, button.toolTip(), button.accessibleDescription()) == (
            [],
            "Pick an epoch first",
            "Pick an epoch first",
        )

    def test_a_busy_button_stays_blocked_when_its_reason_outlives_the_work(self, window: QWidget) -> None:
        button = Button("Save", parent=window)
        button.block("No folder yet")
        button.set_busy(True)
        button.set_busy(False)
        assert not button.isEnabled()
        button.unblock()
        assert button.isEnabled()

    def test_being_busy_does_not_change_its_width(self, window: QWidget) -> None:
        button = Button("Save adapter", "primary", "save", parent=window)
        before = button.sizeHint()
        button.set_busy(True)
        assert button.sizeHint() == before


class TestFields:
    def test_a_number_out_of_range_is_refused_in_place_and_the_last_good_one_kept(
        self, qtbot: QtBot, window: QWidget
    ) -> None:
        field = NumberField("Rank", 16, 1, 256, parent=window)
        field.edit.selectAll()
        qtbot.keyClicks(field.edit, "900")
        assert "from 1 to 256" in field.error
        assert field.value == 9 * 10  # "90" was the last text in range
        assert field.text == "900"

    def test_a_number_changes_by_one_step_with_the_arrow_keys(self, qtbot: QtBot, window: QWidget) -> None:
        field = NumberField("Rank", 16, 1, 17, parent=window)
        with qtbot.waitSignal(field.value_changed) as changed:
            qtbot.keyClick(field.edit, Qt.Key.Key_Up)
        qtbot.keyClick(field.edit, Qt.Key.Key_Up)
        assert (changed.args, field.value) == ([17.0], 17)

    def test_a_text_is_committed_once_when_the_field_is_left(self, qtbot: QtBot, window: QWidget) -> None:
        field = TextField("Name", text="ink", parent=window)
        told: list[str] = []
        field.committed.connect(told.append)
        qtbot.keyClicks(field.edit, "y")
        field.edit.editingFinished.emit()
        field.edit.editingFinished.emit()
        assert told == ["inky"]

    def test_an_error_replaces_the_hint_and_goes_again(self, window: QWidget) -> None:
        field = TextField("Name", hint="Also the file's name.", parent=window)
        field.set_error("A name cannot hold a slash.")
        assert (field.hint.text(), field.edit.accessibleDescription()) == ("A name cannot hold a slash.",) * 2
        field.set_error("")
        assert field.hint.text() == "Also the file's name."


class TestSlider:
    DETENTS = (Detent(924, "Quick look"), Detent(1848, "Balanced"), Detent(3080, "Thorough"))

    def slider(self, window: QWidget) -> Slider:
        slider = Slider("Steps", 924, 3080, 924, detents=list(self.DETENTS), even=True, parent=window)
        slider.setGeometry(0, 0, 500, 100)
        slider.show()
        return slider

    def test_even_stops_stand_at_equal_distances(self, qtbot: QtBot, window: QWidget) -> None:
        slider = self.slider(window)
        assert [slider.share_of(detent.value) for detent in self.DETENTS] == [0.0, 0.5, 1.0]
        assert slider.value_at(0.75) == 2464

    def test_a_press_near_a_stop_takes_it_exactly(self, qtbot: QtBot, window: QWidget) -> None:
        slider = self.slider(window)
        track = slider.focusProxy()
        assert track is not None
        with qtbot.waitSignal(slider.value_changed) as changed:
            qtbot.mouseClick(track, Qt.MouseButton.LeftButton, pos=QPoint(track.width() // 2 + 4, 12))
        assert changed.args == [1848.0]

    def test_arrow_keys_step_and_the_field_follows(self, qtbot: QtBot, window: QWidget) -> None:
        slider = self.slider(window)
        qtbot.keyClick(slider.focusProxy(), Qt.Key.Key_Right)
        assert (slider.value, slider.field.text) == (925, "925")

    def test_exact_entry_moves_the_handle(self, qtbot: QtBot, window: QWidget) -> None:
        slider = self.slider(window)
        slider.field.edit.setText("2000")
        assert slider.value == 2000

    def test_a_value_from_elsewhere_is_shown_without_telling(self, qtbot: QtBot, window: QWidget) -> None:
        slider = self.slider(window)
        with qtbot.assertNotEmitted(slider.value_changed):
            slider.set_value(1848)
        assert slider.focusProxy().accessibleDescription() == "Balanced"


class TestChoices:
    def test_arrow_keys_move_the_choice_between_cards(self, qtbot: QtBot, window: QWidget) -> None:
        cards = [ChoiceCard(title, "", "palette", window) for title in ("Style", "Character")]
        for place, card in enumerate(cards):
            card.setGeometry(place * 220, 0, 200, 100)
            card.show()
        cards[0].setChecked(True)
        cards[0].setFocus()
        qtbot.keyClick(cards[0], Qt.Key.Key_Right)
        assert (cards[0].isChecked(), cards[1].isChecked()) == (False, True)

    def test_a_segment_tells_its_key_only_when_the_user_chose_it(self, qtbot: QtBot, window: QWidget) -> None:
        switch = Segmented([Segment("wipe", "Wipe"), Segment("side", "Side")], "View", window)
        switch.show()
        with qtbot.assertNotEmitted(switch.chosen):
            switch.set_key("side")
        with qtbot.waitSignal(switch.chosen) as chosen:
            qtbot.mouseClick(switch.findChildren(QAbstractButton)[0], Qt.MouseButton.LeftButton)
        assert (chosen.args, switch.key) == (["wipe"], "wipe")

    def test_stars_are_rated_by_number_key_and_taken_back_by_a_second_press(
        self, qtbot: QtBot, window: QWidget
    ) -> None:
        stars = StarRow("Rating", window)
        stars.show()
        rated: list[int] = []
        stars.rated.connect(rated.append)
        qtbot.keyClick(stars, Qt.Key.Key_4)
        qtbot.mouseClick(stars, Qt.MouseButton.LeftButton, pos=QPoint(3 * 22 + 5, 10))
        assert (rated, stars.accessibleDescription()) == ([4, 0], "Not rated")

    def test_delete_removes_a_tag_but_not_a_locked_one(self, qtbot: QtBot, window: QWidget) -> None:
        free, locked = TagChip("pines", parent=window), TagChip("mistyink", locked=True, parent=window)
        with qtbot.waitSignal(free.removed):
            qtbot.keyClick(free, Qt.Key.Key_Delete)
        with qtbot.assertNotEmitted(locked.removed):
            qtbot.keyClick(locked, Qt.Key.Key_Delete)

    def test_a_folding_card_opens_by_the_keyboard(self, qtbot: QtBot, window: QWidget) -> None:
        card = CollapsibleCard("Advanced", parent=window)
        card.show()
        qtbot.keyClick(card.fold_button, Qt.Key.Key_Space)
        assert (card.is_open, card.contents.isVisible()) == (True, True)

    def test_a_changed_setting_offers_the_way_back(self, qtbot: QtBot, window: QWidget) -> None:
        row = SettingRow("Rank", QLineEdit(), "Higher learns finer detail.", window)
        row.resize(600, 60)
        row.show()
        assert not row.reset_button.isVisible()
        before = row.control.geometry()
        assert before.right() == row.rect().right(), "controls end where the row ends"
        row.set_changed(True)
        QApplication.processEvents()
        assert row.control.geometry() == before, "nothing moves when the way back comes"
        with qtbot.waitSignal(row.reset_wanted):
            row.reset_button.click()
        assert row.reset_button.accessibleName() == "Reset Rank"
        assert (row.matches("finer rank"), row.matches("colour")) == (True, False)


class TestBars:
    @pytest.mark.parametrize(("size", "written"), [(0, "0.0 GB"), (0.02, "< 0.1 GB"), (0.06, "0.1 GB"), (4, "4.0 GB")])
    def test_a_little_memory_is_not_written_as_none(self, size: float, written: str) -> None:
        assert written_gigabytes(size) == written

    def test_the_memory_bar_reads_as_a_table(self, window: QWidget) -> None:
        bar = MemoryBar("GPU memory", window)
        bar.set_parts((MemoryPart("Base model", 2.7), MemoryPart("Adapter", 0.9)), 12)
        assert bar.track.accessibleDescription() == "Base model: 2.7 GB\nAdapter: 0.9 GB"

    def test_what_does_not_fit_is_drawn_beyond_the_limit_in_the_colour_of_errors(self, window: QWidget) -> None:
        bar = MemoryBar("GPU memory", window)
        bar.set_parts((MemoryPart("Base model", 12.0),), 8)
        bar.resize(300, 80)
        bar.show()
        image = bar.track.grab().toImage()
        assert image.pixelColor(290, 6).name() != image.pixelColor(100, 6).name()

    def test_the_epoch_bar_names_the_epoch_it_is_in(self, window: QWidget) -> None:
        bar = EpochBar("Progress", window)
        bar.set_progress(7.4, 12)
        assert (bar.accessibleDescription(), bar.value(), bar.maximum()) == ("Epoch 8 of 12", 740, 1200)

    def test_the_finished_bar_does_not_count_past_its_last_epoch(self, window: QWidget) -> None:
        bar = EpochBar("Progress", window)
        bar.set_progress(12.0, 12)
        assert bar.accessibleDescription() == "Epoch 12 of 12"


class TestFileCard:
    def test_a_drag_hands_over_the_files_real_url(self, qtbot: QtBot, window: QWidget, tmp_path: Path) -> None:
        path = tmp_path / "mïsty ink.safetensors"
        path.write_bytes(b"")
        card = FileCard(parent=window)
        card.set_file(path, "46 MB")
        assert card.make_drag().mimeData().urls() == [QUrl.fromLocalFile(str(path))]

    def test_ctrl_c_copies_the_file_and_a_click_asks_for_its_folder(
        self, qtbot: QtBot, window: QWidget, tmp_path: Path
    ) -> None:
        card = FileCard(parent=window)
        card.set_file(tmp_path / "ink.safetensors", "46 MB")
        qtbot.keyClick(card, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
        assert QGuiApplication.clipboard().mimeData().urls() == [QUrl.fromLocalFile(str(tmp_path / "ink.safetensors"))]
        with qtbot.waitSignal(card.folder_wanted) as wanted:
            card.click()
        assert wanted.args == [tmp_path / "ink.safetensors"]

    def test_before_there_is_a_file_nothing_can_be_dragged(self, window: QWidget) -> None:
        assert not FileCard("Save the adapter first", window).isEnabled()


class TestToast:
    def test_undo_takes_back_and_the_toast_goes(self, qtbot: QtBot, window: QWidget) -> None:
        host, undone = ToastHost(window), []
        host.show_toast("9 captions changed.", lambda: undone.append(True))
        assert host.toast is not None
        host.toast.undo_button.click()
        assert (undone, host.toast) == ([True], None)

    def test_a_toast_goes_by_itself_after_6_seconds(self, qtbot: QtBot, window: QWidget) -> None:
        host = ToastHost(window)
        host.show_toast("Saved.")
        assert host.toast is not None
        timer = host.toast._timer
        assert (timer.isActive(), timer.interval()) == (True, 6000)
        timer.timeout.emit()
        assert host.toast is None

    def test_a_toast_waits_while_the_keyboard_is_in_it(self, qtbot: QtBot, window: QWidget) -> None:
        host = ToastHost(window)
        host.show_toast("9 captions changed.", lambda: None)
        assert host.toast is not None
        host.toast.undo_button.setFocus()
        host.toast._timer.timeout.emit()
        assert host.toast is not None

    def test_what_was_said_is_kept(self, window: QWidget) -> None:
        host = ToastHost(window)
        host.show_toast("One.")
        host.show_toast("Two.")
        assert [record.text for record in host.records] == ["One.", "Two."]


class TestSheet:
    @pytest.fixture
    def sheet(self, window: QWidget) -> Sheet:
        self.before = QLineEdit(window)
        self.before.show()
        self.before.setFocus()
        sheet = Sheet(window, "Find and replace")
        self.inside = QLineEdit()
        sheet.body.addWidget(self.inside)
        sheet.add_button(Button("Cancel"))
        sheet.open_sheet()
        return sheet

    def test_it_closes_also_when_what_opened_it_is_gone(self, window: QWidget) -> None:
        opener = Button("Open", parent=window)
        opener.show()
        opener.setFocus()
        sheet = Sheet(window, "Report")
        sheet.open_sheet()
        delete(opener)
        sheet.close_sheet()
        assert not sheet.isVisible()

    def test_esc_closes_it_and_gives_the_keyboard_back(self, qtbot: QtBot, sheet: Sheet) -> None:
        assert QApplication.focusWidget() is self.inside
        qtbot.keyClick(self.inside, Qt.Key.Key_Escape)
        assert sheet.isHidden()
        assert QApplication.focusWidget() is self.before

    def test_tab_goes_round_inside_it(self, qtbot: QtBot, sheet: Sheet) -> None:
        for _ in range(7):
            qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Tab)
            assert sheet.isAncestorOf(QApplication.focusWidget())

    def test_it_grows_with_what_is_told_in_it_and_does_not_shrink_again(self, qtbot: QtBot, sheet: Sheet) -> None:
        before = sheet.panel.height()
        told = Label("One line of several.\n" * 6)
        sheet.body.addWidget(told)
        qtbot.waitUntil(lambda: sheet.panel.height() > before)
        bar = sheet.findChild(QScrollArea).verticalScrollBar()  # type: ignore[union-attr]
        qtbot.waitUntil(lambda: told.isVisible() and bar.maximum() == 0)
        grown = sheet.panel.height()
        told.hide()
        qtbot.wait(50)
        assert sheet.panel.height() == grown

    def test_a_press_beside_the_panel_closes_it(self, qtbot: QtBot, sheet: Sheet) -> None:
        qtbot.mouseClick(sheet, Qt.MouseButton.LeftButton, pos=QPoint(2, 2))
        assert sheet.isHidden()


class TestMessages:
    def test_a_banner_tells_which_button_was_pressed(self, qtbot: QtBot, window: QWidget) -> None:
        banner = Banner(
            "err", "The disk is almost full.", "Step 1,140 is saved.", ("Free space", "Resume"), parent=window
        )
        with qtbot.waitSignal(banner.action_chosen) as chosen:
            banner.buttons[1].click()
        assert chosen.args == [1]

    def test_details_are_folded_until_asked_for(self, qtbot: QtBot, window: QWidget) -> None:
        banner = Banner("err", "Training stopped.", details="exit code -9", parent=window)
        banner.show()
        details = next(child for child in banner.findChildren(QWidget) if child.accessibleName() == "Details")
        assert not details.isVisible()
        next(button for button in banner.findChildren(Button) if button.text() == "Details").click()
        assert details.isVisible()

    def test_the_drop_target_names_what_will_happen_and_lets_events_through(self, window: QWidget) -> None:
        target = DropTarget(window)
        target.announce_drop("Drop to add 84 pictures", is_usable=True)
        assert target.geometry() == window.rect()
        assert target.testAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)


def test_a_cut_label_keeps_its_whole_text_in_the_tooltip(qtbot: QtBot, window: QWidget) -> None:
    label = ElidedLabel("a very long name of a picture.png", parent=window)
    label.setFixedWidth(60)
    label.show()
    label.grab()
    assert label.shown_text().endswith("…")
    assert label.toolTip() == "a very long name of a picture.png"


def test_markup_in_a_tooltip_is_shown_and_not_obeyed() -> None:
    assert as_tooltip("<img src='x'> & co") == "<qt>&lt;img src='x'&gt; &amp; co</qt>"


def test_an_ampersand_in_a_menu_is_shown() -> None:
    assert as_menu_text("Salt & pepper") == "Salt && pepper"


def test_a_flow_breaks_its_lines_and_hides_no_item(qtbot: QtBot, window: QWidget) -> None:
    box = QWidget(window)
    flow = FlowLayout(box)
    chips = [TagChip(f"tag number {n}") for n in range(6)]
    for chip in chips:
        flow.addWidget(chip)
    box.setGeometry(0, 0, 260, 400)
    box.show()
    assert len({chip.y() for chip in chips}) == 3
    assert all(box.rect().contains(chip.geometry()) for chip in chips)
    assert flow.heightForWidth(260) == chips[-1].geometry().bottom() + 1


def test_a_flow_starts_at_the_right_in_a_right_to_left_language(qtbot: QtBot, window: QWidget) -> None:
    box = QWidget(window)
    box.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
    flow = FlowLayout(box)
    first, second = TagChip("one"), TagChip("two")
    flow.addWidget(first)
    flow.addWidget(second)
    box.setGeometry(0, 0, 300, 60)
    box.show()
    assert first.geometry().right() == 299
    assert second.x() < first.x()


def test_a_menu_stands_on_its_button_and_is_gone_when_it_closes(qtbot: QtBot) -> None:
    window = QWidget()
    window.setGeometry(100, 300, 300, 200)
    button = Button("Add", parent=window)
    qtbot.addWidget(window)
    window.show()
    menu = QMenu(button)
    menu.addAction("A folder")
    open_above(menu, button)
    assert menu.geometry().bottom() + 1 == button.mapToGlobal(QPoint(0, 0)).y()
    with qtbot.waitSignal(menu.destroyed):
        menu.close()


@pytest.mark.parametrize(("left", "aligned"), [(10, "left"), (390, "right")])
def test_a_menu_stays_within_the_window_and_has_round_corners(qtbot: QtBot, left: int, aligned: str) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    window.setGeometry(50, 50, 420, 300)
    button = Button("", "ghost", "more", parent=window)
    button.setGeometry(left, 40, 28, 28)
    window.show()
    menu = QMenu(button)
    menu.addAction("Take out of the queue")
    open_below(menu, button)
    shown, place = menu.geometry(), QRect(button.mapToGlobal(QPoint(0, 0)), button.size())
    assert shown.top() in (place.bottom(), place.bottom() + 1)
    assert (shown.left() if aligned == "left" else shown.right()) == getattr(place, aligned)()
    assert not menu.mask().contains(QPoint(0, 0))
    assert menu.mask().contains(menu.rect().center())
    with qtbot.waitSignal(menu.destroyed):
        menu.close()


def test_one_of_several_contents_is_shown_and_only_its_room_is_needed(qtbot: QtBot) -> None:
    place, low, high = OneOf(), QWidget(), QWidget()
    qtbot.addWidget(place)
    for content, height in ((low, 100), (high, 900)):
        content.setMinimumHeight(height)
        place.add(content)
    place.show()
    assert (low.isVisible(), high.isVisible(), place.minimumSizeHint().height()) == (True, False, 100)
    place.show_only(high)
    assert (low.isVisible(), high.isVisible(), place.minimumSizeHint().height()) == (False, True, 900)

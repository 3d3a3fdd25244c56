"""The window: places made when first shown, one primary action, keys, drops, banners, closing."""

from pathlib import Path

import pytest
from heard import Heard
from PySide6.QtCore import QCoreApplication, QEvent, QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QLineEdit, QWidget, QWidgetItem
from pytestqt.qtbot import QtBot
from shiboken6 import getAllValidWrappers, getCppPointer

from lora_studio.settings import Settings, SettingsRead, read_settings
from ui.models import settings_about as about
from ui.models import shortcuts
from ui.models.settings import SettingsModel
from ui.shell import drops
from ui.shell.drops import Drop
from ui.shell.main_window import MainWindow
from ui.shell.rail import ProjectEntry, RailItem, RailMark
from ui.theme.appearance import Appearance
from ui.widgets.banner import Banner
from ui.widgets.buttons import Button
from ui.widgets.labels import Label
from ui.widgets.page import BottomState, Context, Page
from ui.widgets.sheet import Sheet

PLACES = ("images", "recipe", "train", "compare", "export", "queue", "library", "base_models", "settings")


class SmallPage(Page):
    made: list[str] = []  # noqa: RUF012 - emptied by the fixture

    def __init__(self, context: Context, name: str) -> None:
        super().__init__(context)
        self.name = name
        self.made.append(name)
        self.visits: list[str] = []
        self.state = BottomState("77 of 84 images are ready", "Seven need a look.", "ok")
        self.taken: tuple[Path, ...] = ()
        self.sentence = ""
        self.continue_button = Button("Continue", "primary")
        self.add_button = Button("Add images")
        self.body.addWidget(QLineEdit())

    def title(self) -> str:
        return self.name.title()

    def header_actions(self) -> list[QWidget]:
        return [self.add_button]

    def bottom_state(self) -> BottomState:
        return self.state

    def bottom_actions(self) -> list[Button]:
        return [self.continue_button]

    def shown(self) -> None:
        self.visits.append("shown")

    def hidden(self) -> None:
        self.visits.append("hidden")

    def drop_sentence(self, paths: tuple[Path, ...]) -> str:
        return self.sentence

    def take_drop(self, paths: tuple[Path, ...]) -> None:
        self.taken = paths


@pytest.fixture
def settings() -> SettingsModel:
    return SettingsModel()


@pytest.fixture
def window(qtbot: QtBot, appearance: Appearance, settings: SettingsModel) -> MainWindow:
    SmallPage.made = []
    factories = {name: (lambda context, name=name: SmallPage(context, name)) for name in PLACES}
    window = MainWindow(Context(settings, appearance), factories)
    qtbot.addWidget(window)
    window.resize(1440, 900)
    with qtbot.waitActive(window):
        window.show()
        window.activateWindow()
    window.go_to("images")
    return window


def page_of(window: MainWindow) -> SmallPage:
    assert isinstance(window.page, SmallPage)
    return window.page


def test_a_narrower_page_lays_itself_out_after_a_new_text_size_not_while_it_is_put_on(
    window: MainWindow, appearance: Appearance, qtbot: QtBot
) -> None:
    page = page_of(window)
    page.widest_px = 1000
    window.go_to("images")
    qtbot.waitUntil(lambda: page.width() == 1000)
    appearance.set_text_scale(0.9)
    assert page.width() == 1000
    qtbot.waitUntil(lambda: page.width() == 900)


class TestPlaces:
    def test_a_page_is_made_when_it_is_first_shown_and_only_once(self, window: MainWindow) -> None:
        window.go_to("train")
        window.go_to("images")
        window.go_to("train")
        assert SmallPage.made == ["images", "train"]

    def test_pages_are_told_when_they_come_and_go(self, window: MainWindow) -> None:
        images = page_of(window)
        window.go_to("train")
        window.go_to("images")
        assert images.visits == ["shown", "hidden", "shown"]

    def test_header_and_bottom_bar_show_what_the_page_says(self, window: MainWindow) -> None:
        assert window.header.title_label.text() == "Images"
        assert window.bottom_bar.title_label.text() == "77 of 84 images are ready"
        assert page_of(window).continue_button.isVisible()
        assert window.bottom_bar.isAncestorOf(page_of(window).continue_button)

    def test_a_page_that_changed_its_state_is_asked_again(self, window: MainWindow) -> None:
        page = page_of(window)
        page.state = BottomState("All 84 images are ready")
        page.chrome_changed.emit()
        assert window.bottom_bar.title_label.text() == "All 84 images are ready"

    def test_a_page_out_of_view_does_not_change_the_bar(self, window: MainWindow) -> None:
        images = page_of(window)
        window.go_to("train")
        images.state = BottomState("Elsewhere")
        images.chrome_changed.emit()
        assert window.bottom_bar.title_label.text() != "Elsewhere"

    def test_buttons_of_a_page_left_are_out_of_sight_and_come_back(self, window: MainWindow) -> None:
        button = page_of(window).continue_button
        window.go_to("train")
        assert not button.isVisible()
        window.go_to("images")
        assert button.isVisible()

    def test_why_the_main_action_is_blocked_stands_in_the_bar_once(self, qtbot: QtBot, window: MainWindow) -> None:
        page, told = page_of(window), window.bottom_bar.reason_label
        assert told.isHidden()
        page.continue_button.block("Add pictures first")
        qtbot.waitUntil(lambda: told.isVisible() and told.text() == "Add pictures first")
        page.continue_button.block("Choose a base first")
        qtbot.waitUntil(lambda: told.text() == "Choose a base first")
        page.continue_button.unblock()
        qtbot.waitUntil(told.isHidden)
        page.continue_button.block("Seven need a look.")  # as the sentence of the bar says
        QApplication.processEvents()
        assert told.isHidden()
        window.go_to("train")
        page.continue_button.block("Not told on another page")
        QApplication.processEvents()
        assert told.isHidden()

    def test_a_reason_that_the_bar_tells_in_the_same_turn_is_never_shown_beside_it(self, window: MainWindow) -> None:
        """It came and went, and both times everything in the window was laid out anew."""
        page, told = page_of(window), window.bottom_bar.reason_label
        with Heard(told, QEvent.Type.Show, lambda _: True) as shown:
            page.continue_button.block("Choose a base first")
            page.state = BottomState("Choose a base first")
            page.chrome_changed.emit()
            QApplication.processEvents()
        assert shown.told == []

    def test_why_a_sheet_cannot_be_finished_stands_beside_its_main_button(
        self, qtbot: QtBot, window: MainWindow
    ) -> None:
        sheet = Sheet(window.sheet_area(), "Sheet")
        sheet.body.addWidget(Label("Type a name."))
        button = sheet.add_button(Button("Save", "primary"))
        button.block("Choose a place first")
        window.open_sheet(sheet)
        assert sheet._reason.isVisible() and sheet._reason.text() == "Choose a place first"
        button.block("Type a name.")
        qtbot.waitUntil(sheet._reason.isHidden)

    def test_a_place_without_a_page_is_not_in_the_rail(
        self, qtbot: QtBot, appearance: Appearance, settings: SettingsModel
    ) -> None:
        window = MainWindow(Context(settings, appearance), {"queue": lambda c: SmallPage(c, "queue")})
        qtbot.addWidget(window)
        assert list(window.rail.items) == ["queue"]
        window.go_to("images")
        assert window.place == ""

    def test_below_1180_pixels_the_page_is_told_to_fold(self, qtbot: QtBot, window: MainWindow) -> None:
        page = page_of(window)
        assert not page.is_narrow
        with qtbot.waitSignal(page.narrowness_changed) as told:
            window.resize(1100, 800)
        assert told.args == [True]
        window.go_to("train")
        assert page_of(window).is_narrow

    def test_actions_above_a_page_that_is_not_as_wide_as_the_window_end_where_it_ends(
        self, qtbot: QtBot, window: MainWindow
    ) -> None:
        window.go_to("train")
        page = page_of(window)
        page.widest_px = 1000
        window.resize(1600, 900)
        end = page.body.contentsMargins().right()
        actions = window.header.actions_box

        def right_of(widget: QWidget) -> int:
            return widget.mapTo(window, QPoint(widget.width(), 0)).x()

        qtbot.waitUntil(lambda: page.width() == 1000 and right_of(actions) == right_of(page) - end)
        window.go_to("images")
        qtbot.waitUntil(lambda: right_of(actions) == window.width() - end)


class TestRail:
    def test_marks_are_told_in_words_too(self, window: MainWindow) -> None:
        window.rail.set_mark("images", RailMark("look", 7))
        window.rail.set_mark("train", RailMark("running"))
        assert window.rail.items["images"].accessibleDescription().startswith("7 ")
        assert window.rail.items["train"].accessibleDescription() == "Running"

    def test_tab_goes_through_the_rail_from_top_to_bottom(self, qtbot: QtBot, window: MainWindow) -> None:
        window.rail.switcher.setFocus()
        reached = []
        for _ in range(len(PLACES)):
            qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Tab)
            focused = QApplication.focusWidget()
            assert isinstance(focused, RailItem)
            reached.append(focused.place.name)
        assert reached == list(PLACES)

    def test_space_on_a_rail_item_goes_there(self, qtbot: QtBot, window: MainWindow) -> None:
        window.rail.items["compare"].setFocus()
        qtbot.keyClick(window.rail.items["compare"], Qt.Key.Key_Space)
        assert window.place == "compare"

    def test_the_switcher_lists_recent_projects_and_the_two_ways_to_begin(
        self, qtbot: QtBot, window: MainWindow
    ) -> None:
        window.rail.switcher.set_recent([ProjectEntry("Salt & ink", Path("/p/salt"))])
        menu = window.rail.switcher.build_menu()
        assert [action.text() for action in menu.actions() if action.text()] == [
            "Salt && ink",
            "New project",
            "Open a project",
        ]
        with qtbot.waitSignal(window.rail.switcher.project_chosen) as chosen:
            menu.actions()[0].trigger()
        assert chosen.args == [Path("/p/salt")]

    def test_the_switcher_tells_which_project_is_open_and_which_trains(self, window: MainWindow) -> None:
        entries = [ProjectEntry("Ink", Path("/p/ink"), is_open=True), ProjectEntry("Fox", Path("/p/fox"), False, True)]
        window.rail.switcher.set_recent(entries)
        ink, fox, *_ = window.rail.switcher.build_menu().actions()
        assert fox.text() == "Fox, training now"
        assert len({action.icon().pixmap(16).cacheKey() for action in (ink, fox)}) == 2

    def test_the_meter_says_what_is_in_use_or_that_there_is_no_card(self, window: MainWindow) -> None:
        meter = window.rail.gpu_meter
        meter.set_reading("RTX 4070", 1.5, 12)
        assert meter.use_label.text() == "1.5 of 12 GB in use"
        meter.set_absent()
        assert meter.name_label.text() == "No graphics card"
        assert not meter.track.isVisible()


class TestFocus:
    def test_what_is_folded_away_does_not_keep_the_focus(self, qtbot: QtBot, window: MainWindow) -> None:
        drawer = QWidget(window.centralWidget())
        field = QLineEdit(drawer)
        drawer.hide()
        field.setFocus()
        assert QApplication.focusWidget() is field  # Qt looks at the field only, not at what it lies in
        qtbot.waitUntil(lambda: QApplication.focusWidget() is window)

    def test_a_button_that_ends_its_own_work_leaves_the_focus_on_nothing(
        self, qtbot: QtBot, window: MainWindow
    ) -> None:
        before, button, after = (Button(name, parent=window.centralWidget()) for name in ("before", "this", "after"))
        for one in (before, button, after):
            one.show()
        for act in (lambda: button.block("Not now"), lambda: button.set_busy(True)):
            button.unblock()
            button.setFocus()
            assert button.hasFocus()
            act()
            assert QApplication.focusWidget() is window
            button.set_busy(False)


class TestKeys:
    def test_ctrl_number_goes_to_the_step(self, qtbot: QtBot, window: MainWindow) -> None:
        qtbot.keyClick(window, Qt.Key.Key_4, Qt.KeyboardModifier.ControlModifier)
        assert window.place == "compare"

    def test_ctrl_enter_presses_the_primary_action(self, qtbot: QtBot, window: MainWindow) -> None:
        with qtbot.waitSignal(page_of(window).continue_button.clicked):
            qtbot.keyClick(window, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)

    def test_ctrl_enter_does_nothing_while_the_primary_action_is_blocked(
        self, qtbot: QtBot, window: MainWindow
    ) -> None:
        button = page_of(window).continue_button
        button.block("Add pictures first")
        with qtbot.assertNotEmitted(button.clicked):
            qtbot.keyClick(window, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)

    def test_a_question_mark_opens_the_list_of_keys_and_esc_closes_it(self, qtbot: QtBot, window: MainWindow) -> None:
        qtbot.keyClick(window, Qt.Key.Key_Question)
        sheet = window.findChild(Sheet)
        assert sheet is not None
        shown = {label.text() for label in sheet.findChildren(Label)}
        assert {action.sentence for action in shortcuts.actions()} <= shown
        bar = sheet._scroller.verticalScrollBar()
        qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_PageDown)
        assert bar.value() > 0
        qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Escape)
        assert sheet.isHidden()

    def test_a_question_mark_typed_in_a_field_is_just_text(self, qtbot: QtBot, window: MainWindow) -> None:
        field = page_of(window).findChild(QLineEdit)
        field.setFocus()
        qtbot.keyClick(field, "?")
        assert field.text() == "?"
        assert window.findChild(Sheet) is None

    def test_keys_can_be_remapped_while_the_window_is_open(
        self, qtbot: QtBot, window: MainWindow, settings: SettingsModel
    ) -> None:
        settings.set("shortcuts", {"step_3": "F6"})
        qtbot.keyClick(window, Qt.Key.Key_F6)
        assert window.place == "train"
        settings.set("shortcuts", {})
        assert shortcuts.key_words("step_3") == "Ctrl+3"

    def test_esc_takes_the_toast_away(self, qtbot: QtBot, window: MainWindow) -> None:
        page_of(window).toast_wanted.emit("9 captions changed.", None)
        assert window.toasts.toast is not None
        qtbot.keyClick(window, Qt.Key.Key_Escape)
        assert window.toasts.toast is None


class TestDrops:
    @staticmethod
    def drag(window: MainWindow, *paths: Path) -> QMimeData:
        mime = QMimeData()
        mime.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
        copy, left, none = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
        QApplication.sendEvent(window, QDragEnterEvent(QPoint(400, 300), copy, mime, left, none))
        return mime

    @staticmethod
    def let_go(window: MainWindow, mime: QMimeData) -> None:
        copy, left, none = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
        QApplication.sendEvent(window, QDropEvent(QPointF(400, 300), copy, mime, left, none))

    def test_pictures_are_counted_before_they_are_let_go_and_handed_on_after(
        self, qtbot: QtBot, window: MainWindow, tmp_path: Path
    ) -> None:
        paths = (tmp_path / "a.png", tmp_path / "b.JPG")
        mime = self.drag(window, *paths)
        assert window.drop_target.isVisible()
        assert window.drop_target.sentence.startswith("Drop to add 2 picture")
        with qtbot.waitSignal(window.dropped) as dropped:
            self.let_go(window, mime)
        assert dropped.args == [Drop("pictures", paths)]
        assert not window.drop_target.isVisible()

    def test_the_pictures_of_a_folder_are_counted_while_it_hovers(
        self, qtbot: QtBot, window: MainWindow, tmp_path: Path
    ) -> None:
        for name in ("a.png", "b.jpg", "notes.txt"):
            (tmp_path / name).write_bytes(b"x")
        self.drag(window, tmp_path)
        assert window.drop_target.sentence == f"Drop to add {tmp_path.name}"
        qtbot.waitUntil(lambda: window.drop_target.sentence.startswith("Drop to add 2 picture"))

    def test_what_cannot_be_used_is_named_and_never_handed_on(
        self, qtbot: QtBot, window: MainWindow, tmp_path: Path
    ) -> None:
        mime = self.drag(window, tmp_path / "layers.psd")
        assert window.drop_target.sentence == "Cannot be used: layers.psd"
        with qtbot.assertNotEmitted(window.dropped):
            self.let_go(window, mime)

    def test_a_page_may_take_the_drop_itself(self, qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
        page = page_of(window)
        page.sentence = "Drop to reuse its prompt"
        mime = self.drag(window, tmp_path / "sample.png")
        assert window.drop_target.sentence == "Drop to reuse its prompt"
        with qtbot.assertNotEmitted(window.dropped):
            self.let_go(window, mime)
        assert page.taken == (tmp_path / "sample.png",)

    @pytest.mark.parametrize(
        ("name", "kind"),
        [("a.png", "pictures"), ("m.safetensors", "model"), ("old.ckpt", "model"), ("x.zip", "folders"),
         ("r.json", "recipe"), ("a.txt", "captions"), ("a.exe", "unusable")],
    )  # fmt: skip
    def test_a_file_is_judged_by_its_name(self, tmp_path: Path, name: str, kind: str) -> None:
        mime = QMimeData()
        mime.setUrls([QUrl.fromLocalFile(str(tmp_path / name))])
        drop = drops.read_drop(mime)
        assert drop is not None
        assert drop.kind == kind

    def test_text_dragged_over_the_window_is_left_alone(self, window: MainWindow) -> None:
        mime = QMimeData()
        mime.setText("mistyink")
        assert drops.read_drop(mime) is None


class TestWindow:
    def test_the_title_begins_with_the_name_of_the_program(self, window: MainWindow) -> None:
        assert window.windowTitle().startswith("LoRA Studio")

    def test_a_refused_question_keeps_the_window_open(self, window: MainWindow) -> None:
        window.close_question = lambda: False
        event = QCloseEvent()
        window.closeEvent(event)
        assert not event.isAccepted()

    def test_size_and_place_of_the_window_are_kept(
        self, qtbot: QtBot, window: MainWindow, settings: SettingsModel
    ) -> None:
        window.resize(1234, 777)
        window.close()
        settings.wait_until_saved()
        assert read_settings().settings.window_geometry == settings.values.window_geometry != ""

    def test_a_banner_stands_above_the_page_until_it_is_closed(self, qtbot: QtBot, window: MainWindow) -> None:
        banner = Banner("warn", "The image folder is not there any more.", closable=True)
        window.show_banner(banner)
        assert banner.isVisible()
        with qtbot.waitSignal(banner.destroyed):
            banner.findChildren(Button)[-1].click()

    def test_nothing_is_notified_while_the_window_is_in_front(self, window: MainWindow) -> None:
        assert window.notices.notify("Misty Ink is ready to compare", "", "compare") is False

    def test_at_150_percent_and_the_least_size_no_sentence_of_the_frame_is_cut(
        self, appearance: Appearance, window: MainWindow
    ) -> None:
        appearance.set_text_scale(1.5)
        window.resize(1024, 680)
        QApplication.processEvents()
        for label in (window.header.title_label, window.bottom_bar.title_label, window.bottom_bar.body_label):
            assert label.height() >= label.heightForWidth(label.width())

    def test_about_names_every_part_and_whose_work_ships_with_it(self) -> None:
        names = {name for name, _, _ in about.versions()}
        assert {"LoRA Studio", "Python", "Qt", "PySide6-Essentials"} <= names
        titles = [title for title, _ in about.notices()]
        assert "Practice base" in titles
        assert sum(title.startswith("Sample project") for title in titles) == 2


class TestSettings:
    def test_a_change_applies_at_once_and_is_on_disk_after(self, qtbot: QtBot, settings: SettingsModel) -> None:
        with qtbot.waitSignal(settings.changed) as changed:
            settings.set("theme", "light")
        settings.wait_until_saved()
        assert (changed.args, read_settings().settings.theme) == (["theme"], "light")

    def test_a_refused_value_leaves_the_old_one(self, settings: SettingsModel) -> None:
        with pytest.raises(ValueError, match="text_size_percent"):
            settings.set("text_size_percent", 400)
        assert settings.values.text_size_percent == 100

    def test_many_changes_are_saved_in_their_order(self, qtbot: QtBot) -> None:
        saved: list[int] = []
        model = SettingsModel(lambda: SettingsRead(Settings()), lambda values: saved.append(values.text_size_percent))
        for percent in range(101, 121):
            model.set("text_size_percent", percent)
        model.wait_until_saved()
        assert saved == list(range(101, 121))


class TestWhatGoes:
    """What PySide remembers of a thing that is gone, it takes for the next thing at that place in memory."""

    def test_a_banner_that_was_closed_leaves_nothing_of_its_layout_behind(self, window: MainWindow) -> None:
        before = _known_items()
        window.show_banner(Banner("info", "One", "", closable=True))
        window.show_banner(Banner("info", "Two", "", closable=True))
        assert [banner.title for banner in window.banners()] == ["Two", "One"]
        for banner in window.banners():
            banner.closed.emit()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        assert window.banners() == []
        assert _known_items() == before

    def test_going_from_place_to_place_asks_no_layout_for_its_items(self, window: MainWindow) -> None:
        before = _known_items()
        for place in PLACES:
            window.go_to(place)
        assert _known_items() == before


def _known_items() -> set[int]:
    """The layout items that PySide knows by address."""
    return {getCppPointer(known)[0] for known in getAllValidWrappers() if type(known) is QWidgetItem}

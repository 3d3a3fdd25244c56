"""Theme and text size are changed live, in everything that is on screen."""

import pytest
from gallery import component_gallery
from PySide6.QtCore import Qt
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import (
    QApplication,
    QCheckBox,
    QFrame,
    QLineEdit,
    QListWidget,
    QPushButton,
    QScrollArea,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)
from pytestqt.qtbot import QtBot

from ui.theme import fonts, late_style, tokens
from ui.theme.appearance import Appearance
from ui.theme.focus_ring import FocusRing
from ui.theme.late_style import style_now
from ui.widgets.buttons import Button
from ui.widgets.card import Card
from ui.widgets.labels import Label


def test_a_theme_switch_repaints_painted_and_styled_widgets_alike(qtbot: QtBot, appearance: Appearance) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    layout = QVBoxLayout(window)
    card, button = Card(), Button("Start training", "primary")
    layout.addWidget(card)
    layout.addWidget(button)
    with qtbot.waitExposed(window):
        window.show()
    appearance.set_choice("light")
    assert card.grab().toImage().pixelColor(card.rect().center()).name() == tokens.LIGHT.card.lower()
    assert button.grab().toImage().pixelColor(8, 8).name() == tokens.LIGHT.fill.lower()
    appearance.set_choice("dark")
    assert card.grab().toImage().pixelColor(card.rect().center()).name() == tokens.DARK.card.lower()
    assert button.grab().toImage().pixelColor(8, 8).name() == tokens.DARK.fill.lower()


def test_the_look_that_is_there_is_not_put_on_again(
    appearance: Appearance, qapp: QApplication, monkeypatch: pytest.MonkeyPatch
) -> None:
    sheets: list[str] = []
    monkeypatch.setattr(qapp, "setStyleSheet", sheets.append)
    appearance.set_choice("dark")
    appearance.set_choice("dark")
    appearance.set_text_scale(appearance.text_scale)
    assert sheets == []
    appearance.set_choice("light")
    assert [bool(sheet) for sheet in sheets] == [False, True]  # off and on, see `put_on`


def test_plain_toolkit_widgets_take_our_colours_too(qtbot: QtBot, appearance: Appearance) -> None:
    button = QPushButton("Plain")
    qtbot.addWidget(button)
    button.resize(120, 40)
    assert button.grab().toImage().pixelColor(60, 4).name() == tokens.DARK.raised.lower()


def test_a_ticked_box_is_filled_with_our_colour(qtbot: QtBot, appearance: Appearance) -> None:
    box = QCheckBox("Show a notification")
    qtbot.addWidget(box)
    box.setChecked(True)
    image = box.grab().toImage()
    colours = {image.pixelColor(x, image.height() // 2).name() for x in range(20)}
    assert tokens.DARK.fill.lower() in colours


def test_larger_text_makes_labels_fields_and_buttons_higher(qtbot: QtBot, appearance: Appearance) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    layout = QVBoxLayout(window)
    label, button, edit = Label("What happened", "title"), Button("Pause"), QLineEdit()
    for widget in (label, button, edit):
        layout.addWidget(widget)
    window.show()
    before = [widget.sizeHint().height() for widget in (label, button, edit)]
    appearance.set_text_scale(1.5)
    QApplication.processEvents()
    after = [widget.sizeHint().height() for widget in (label, button, edit)]
    assert all(new > old * 1.3 for new, old in zip(after, before, strict=True))


def test_no_button_text_is_cut_at_150_percent(qtbot: QtBot, appearance: Appearance) -> None:
    gallery = component_gallery()
    qtbot.addWidget(gallery)
    gallery.resize(1400, 1400)
    gallery.show()
    appearance.set_text_scale(1.5)
    QApplication.processEvents()
    cut = [b.text() for b in gallery.findChildren(Button) if b.isVisible() and b.width() < b.sizeHint().width()]
    assert cut == []


def test_an_explicit_theme_overrules_the_system_and_names_it_to_native_title_bars(appearance: Appearance) -> None:
    appearance.set_choice("light")
    assert tokens.current().scheme == "light"
    appearance.set_choice("contrast")
    assert tokens.current().scheme == "contrast"


def test_under_an_unknown_system_scheme_the_systems_own_window_colour_decides(appearance: Appearance) -> None:
    appearance.set_choice("system")
    window = appearance._system_palette.color(QPalette.ColorRole.Window).name()
    assert tokens.current().is_dark == (tokens.luminance(window) < 0.2)


def test_digits_of_changing_numbers_are_equally_wide(qtbot: QtBot) -> None:
    assert fonts.ui_font(tabular=True).featureTags() != []


class TestFocusRing:
    @pytest.fixture
    def window(self, qtbot: QtBot, appearance: Appearance) -> QWidget:
        window = QWidget()
        qtbot.addWidget(window)
        layout = QVBoxLayout(window)
        for text in ("One", "Two"):
            layout.addWidget(Button(text))
        window.show()
        window.activateWindow()
        return window

    def test_the_ring_lies_outside_the_widget_that_has_the_keyboard(self, qtbot: QtBot, window: QWidget) -> None:
        button = window.findChildren(Button)[1]
        button.setFocus(Qt.FocusReason.TabFocusReason)
        rings = [ring for ring in window.findChildren(FocusRing) if ring.isVisible()]
        assert len(rings) == 1
        assert rings[0].geometry() == button.geometry().adjusted(-4, -4, 4, 4)

    def test_a_ring_that_was_left_hears_nothing_until_it_goes(
        self, window: QWidget, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """What it watched may be deleted before it; a look at that ended the program."""
        first, second = window.findChildren(Button)
        first.setFocus(Qt.FocusReason.TabFocusReason)
        (ring,) = [ring for ring in window.findChildren(FocusRing) if ring.isVisible()]
        second.setFocus(Qt.FocusReason.TabFocusReason)
        followed: list[FocusRing] = []
        monkeypatch.setattr(FocusRing, "_follow", followed.append)
        first.resize(300, 90)
        assert ring not in followed


def test_labels_show_markup_as_it_is_written(qtbot: QtBot) -> None:
    label = Label("<img src='file:///etc/passwd'>")
    qtbot.addWidget(label)
    assert label.textFormat() == Qt.TextFormat.PlainText


def test_what_was_hidden_when_the_theme_changed_has_it_when_it_is_shown(qtbot: QtBot, appearance: Appearance) -> None:
    stack = QStackedWidget()
    qtbot.addWidget(stack)
    for _ in range(2):
        page = QFrame()
        layout = QVBoxLayout(page)
        for widget in (Label("What happened", "title", "warn"), QLineEdit("words"), QCheckBox("Yes"), Button("Go")):
            widget.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # where a window is active, one page would show a ring
            layout.addWidget(widget)
        stack.addWidget(page)
    stack.show()
    seen, hidden = stack.widget(0), stack.widget(1)
    stack.setCurrentWidget(hidden)
    stack.setCurrentWidget(seen)
    QApplication.processEvents()
    field = hidden.findChildren(QLineEdit)[0]
    appearance.set_choice("light")
    appearance.set_text_scale(1.5)
    assert field.minimumHeight() < tokens.current().input_height - 4  # it waits
    looks = []
    for page in (seen, hidden):
        style_now(page)
        stack.setCurrentWidget(page)
        QApplication.processEvents()
        looks.append(stack.grab().toImage())
    assert field.minimumHeight() >= tokens.current().input_height - 4
    assert looks[0] == looks[1]


def test_where_a_list_was_scrolled_to_it_stays_through_a_change_of_theme(qtbot: QtBot, appearance: Appearance) -> None:
    """Between two style sheets Fusion's own frame would take two pixels, and the list would lose its end."""
    listing = QListWidget()
    listing.setProperty("frameless", True)
    qtbot.addWidget(listing)
    listing.addItems([str(number) for number in range(40)])
    listing.show()
    listing.scrollToBottom()
    before = listing.verticalScrollBar().value()
    appearance.set_choice("light")
    QApplication.processEvents()
    assert listing.verticalScrollBar().value() == before


def test_what_is_hidden_gets_a_new_look_while_the_window_rests(qtbot: QtBot, appearance: Appearance) -> None:
    stack = QStackedWidget()
    qtbot.addWidget(stack)
    for words in ("seen", "hidden"):
        page = QLineEdit(words)
        stack.addWidget(page)
    stack.show()
    hidden = stack.widget(1)
    assert hidden is not None
    hidden.ensurePolished()
    appearance.set_text_scale(1.5)
    wanted_px = tokens.current().input_height - 4
    assert hidden.minimumHeight() < wanted_px
    qtbot.waitUntil(lambda: hidden.minimumHeight() >= wanted_px)
    assert hidden.isHidden()


@pytest.fixture
def scrolled(qtbot: QtBot, appearance: Appearance) -> QStackedWidget:
    """An empty page in view, and one that may wait with ten fields that may, of which three are in sight."""
    stack = QStackedWidget()
    qtbot.addWidget(stack)
    stack.resize(200, 150)
    stack.addWidget(QWidget())
    page, contents = QScrollArea(), QWidget()
    page.setWidget(contents)
    for number in range(10):
        field = QLineEdit(str(number), contents)
        field.setGeometry(0, 50 * number, 100, 40)
    contents.resize(100, 500)
    stack.addWidget(page)
    stack.show()
    stack.setCurrentIndex(1)
    QApplication.processEvents()
    return stack


def styled_fields(stack: QStackedWidget) -> list[str]:
    wanted_px = tokens.current().input_height - 4
    return [field.text() for field in stack.findChildren(QLineEdit) if field.minimumHeight() >= wanted_px]


def test_what_is_scrolled_out_of_view_gets_a_new_look_after_what_is_in_view(
    qtbot: QtBot, appearance: Appearance, scrolled: QStackedWidget
) -> None:
    appearance.set_text_scale(1.5)
    assert styled_fields(scrolled) == ["0", "1", "2"]
    qtbot.waitUntil(lambda: len(styled_fields(scrolled)) == 10)


def test_what_was_scrolled_to_comes_first(appearance: Appearance, scrolled: QStackedWidget) -> None:
    appearance.set_text_scale(1.5)
    page = scrolled.currentWidget()
    assert isinstance(page, QScrollArea)
    page.verticalScrollBar().setValue(page.verticalScrollBar().maximum())
    seen: list[str] = []
    while len(seen) < 5:
        late_style.style_some(until_s=0.0)
        seen += [text for text in styled_fields(scrolled) if text not in seen]
    assert set(seen[3:]) <= {"7", "8", "9"}


def test_a_page_that_comes_into_view_is_styled_as_far_as_it_is_in_sight(
    qtbot: QtBot, appearance: Appearance, scrolled: QStackedWidget
) -> None:
    page = scrolled.widget(1)
    scrolled.setCurrentIndex(0)
    appearance.set_text_scale(1.5)
    assert styled_fields(scrolled) == []
    style_now(page)
    assert styled_fields(scrolled) == ["0", "1", "2"]
    qtbot.waitUntil(lambda: len(styled_fields(scrolled)) == 10)


def test_two_changes_at_once_leave_the_second_look_everywhere(
    qtbot: QtBot, appearance: Appearance, scrolled: QStackedWidget
) -> None:
    appearance.set_text_scale(1.5)
    appearance.set_choice("light")
    appearance.set_choice("dark")
    colour = tokens.current().color("text")
    qtbot.waitUntil(lambda: not late_style.style_some())
    fields = scrolled.findChildren(QLineEdit)
    assert {field.palette().color(QPalette.ColorRole.Text).name() for field in fields} == {colour.name()}
    assert not [field for field in fields if field.testAttribute(Qt.WidgetAttribute.WA_SetStyle)]

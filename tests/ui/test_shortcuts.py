"""The one table of keys: what may be chosen, what is in force, and that every place listens to it."""

import ast
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLineEdit, QPlainTextEdit, QWidget
from pytestqt.qtbot import QtBot

import ui
from ui.models import shortcuts
from ui.models.shortcuts import Place, actions, keys_in_force, pressed, refusal, without_keys
from ui.widgets.key_shortcut import KeyShortcut

NO_KEYS = Qt.KeyboardModifier.NoModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier
KEYPAD = Qt.KeyboardModifier.KeypadModifier
CONTROL = Qt.KeyboardModifier.ControlModifier


def meaning(key: int, place: Place, modifiers: Qt.KeyboardModifier = NO_KEYS) -> str:
    return pressed(QKeyEvent(QEvent.Type.KeyPress, key, modifiers), place)


class TestWhatMayBeChosen:
    def test_a_page_key_may_not_be_one_of_the_whole_window(self) -> None:
        assert refusal("pick", "F1", {}) == "“Help for this place” has these keys already."
        assert refusal("help", "P", {}) == "“Pick the epoch” has these keys already."

    def test_keys_of_places_that_never_meet_may_be_the_same(self) -> None:
        assert refusal("pick", "X", {}) == ""
        assert refusal("pick", "Z", {}) == "“Look at single pixels, or at the whole” has these keys already."

    def test_a_second_key_is_taken_until_its_action_gets_another(self) -> None:
        assert refusal("pick", "=", {}) == "“Zoom in” has these keys already."
        assert refusal("pick", "=", {"zoom_in": "I"}) == ""

    @pytest.mark.parametrize("keys", ["Tab", "Shift+Tab", "Esc"])
    def test_what_leads_out_of_everything_stays(self, keys: str) -> None:
        assert refusal("pick", keys, {}) != ""

    @pytest.mark.parametrize("keys", ["Up", "Shift+Left", "Home"])
    def test_what_moves_about_in_a_grid_stays(self, keys: str) -> None:
        assert refusal("leave_out", keys, {}) != ""
        assert refusal("leave_out", f"Ctrl+{keys}", {}) == ""

    @pytest.mark.parametrize("keys", ["Space", "Return", "Enter", "Del"])
    def test_what_presses_buttons_is_only_for_what_has_the_focus(self, keys: str) -> None:
        assert refusal("undo", keys, {}) != ""
        assert refusal("stars_1", keys, {"flip": "F", "cell_open": "O"}) == ""


class TestInForce:
    def test_a_choice_from_an_old_file_wins_over_a_key_that_came_later(self) -> None:
        chosen = {"help": "X"}
        assert keys_in_force(chosen)["help"] == "X"
        assert keys_in_force(chosen)["leave_out"] == ""
        assert without_keys("leave_out", chosen) == "“Help for this place” has these keys already."
        shortcuts.use(chosen)
        assert meaning(Qt.Key.Key_X, "images") == ""
        assert shortcuts.key_words("leave_out") == "no key"

    @pytest.mark.parametrize("keys", ["nonsense", "Ctrl+K, Ctrl+B", "Left", ""])
    def test_what_a_file_cannot_mean_leaves_the_default(self, keys: str) -> None:
        assert keys_in_force({"pick": keys, "no such action": "F9"}) == keys_in_force({})

    def test_of_two_that_want_one_key_the_first_gets_it(self) -> None:
        force = keys_in_force({"leave_out": "Q", "next_issue": "Q"})
        assert (force["leave_out"], force["next_issue"]) == ("Q", "N")

    def test_no_two_defaults_share_a_key_where_both_act(self) -> None:
        assert [refusal(action.name, action.keys, {}) for action in actions()] == [""] * len(actions())

    def test_a_chosen_key_acts_and_the_old_one_no_more(self) -> None:
        shortcuts.use({"pick": "Ctrl+K"})
        assert meaning(Qt.Key.Key_K, "compare", CONTROL) == "pick"
        assert meaning(Qt.Key.Key_K, "compare") == ""
        assert meaning(Qt.Key.Key_P, "compare") == ""

    def test_the_number_pad_counts_as_the_keys_it_stands_for(self) -> None:
        assert meaning(Qt.Key.Key_Enter, "images", KEYPAD) == "picture_open"
        assert meaning(Qt.Key.Key_4, "compare", KEYPAD) == "stars_4"

    def test_shift_that_types_a_sign_does_not_count_and_with_letters_it_does(self) -> None:
        assert meaning(Qt.Key.Key_Plus, "loupe", SHIFT) == "zoom_in"
        assert meaning(Qt.Key.Key_4, "compare", SHIFT) == "stars_4"  # as a French keyboard types it
        assert meaning(Qt.Key.Key_X, "images", SHIFT) == ""

    def test_letters_of_any_alphabet_can_be_keys(self) -> None:
        assert refusal("pick", "Ж", {}) == ""
        shortcuts.use({"pick": "Ж"})
        assert meaning(ord("Ж"), "compare") == "pick"


class TestFields:
    @pytest.mark.parametrize("kind", [QLineEdit, QPlainTextEdit])
    def test_a_single_letter_rests_while_text_is_typed(self, qtbot: QtBot, kind: type[QWidget]) -> None:
        shortcuts.use({"undo": "U"})
        page, told = QWidget(), []
        qtbot.addWidget(page)
        KeyShortcut("undo", page, lambda: told.append("undo"))
        field = kind(page)
        page.show()
        with qtbot.waitActive(page):
            page.activateWindow()
        field.setFocus()
        qtbot.keyClick(field, Qt.Key.Key_U)
        assert not told
        page.setFocus()
        qtbot.keyClick(page, Qt.Key.Key_U)
        assert told == ["undo"]


def test_every_action_is_listened_to_somewhere() -> None:
    """A key in the list that nothing asks for would be a promise that is not kept."""
    table = Path(shortcuts.__file__)
    texts = {
        node.value
        for path in Path(ui.__file__).parent.rglob("*.py")
        if path != table
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    numbered = ("step_", "stars_", "review_")
    asked = {action.name for action in actions() if action.name in texts or action.name.startswith(numbered)}
    assert {action.name for action in actions()} - asked == set()

"""Every key of the app in one table, the rules by which the person may change it, and the keys in force.

Pages and widgets ask `pressed` what a key means at their place and show `key_words`; both answer something else after
`changed`. What moves about or types is not in the table: arrows in a grid, Tab, Esc, and the keys of text fields.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from PySide6.QtCore import QCoreApplication, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence

Place = Literal["window", "images", "loupe", "compare", "queue", "library", "settings", "train", "export"]

_PORTABLE = QKeySequence.SequenceFormat.PortableText
_MODIFIERS = Qt.KeyboardModifier.KeyboardModifierMask.value
_SHIFT = Qt.KeyboardModifier.ShiftModifier.value
_KEYPAD = Qt.KeyboardModifier.KeypadModifier.value
_LAST_CHARACTER = 0x10FFFF  # Qt's keys up to it are the characters that they type
_ALWAYS_TAKEN = {Qt.Key.Key_Tab, Qt.Key.Key_Backtab, Qt.Key.Key_Escape}
_MOVING = {
    Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Up, Qt.Key.Key_Down,
    Qt.Key.Key_Home, Qt.Key.Key_End, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown,
}  # fmt: skip
_PRESSING = {Qt.Key.Key_Space, Qt.Key.Key_Return, Qt.Key.Key_Delete, Qt.Key.Key_Backspace}


@dataclass(frozen=True, slots=True)
class Action:
    """One action of the table. Keys are portable text ("Ctrl+1"); Qt shows and hears Cmd for it on macOS.

    It acts at its places; "window" is all of them. One that `needs_focus` acts only while its own grid, picture or row
    has the focus, so its key may be one that presses buttons elsewhere. `also` is a second key beside the default one.
    """

    name: str
    keys: str
    sentence: str
    places: tuple[Place, ...] = ("window",)
    needs_focus: bool = False
    also: str = ""

    def meets(self, other: Action) -> bool:
        """Whether one key could mean both actions somewhere."""
        places = {*self.places, *other.places}
        return "window" in places or not set(self.places).isdisjoint(other.places)


def actions() -> tuple[Action, ...]:
    """The table with its default keys, in the order of the shortcut sheet: grouped by first place."""
    return (
        Action("step_1", "Ctrl+1", _tr("Go to Images")),
        Action("step_2", "Ctrl+2", _tr("Go to Recipe")),
        Action("step_3", "Ctrl+3", _tr("Go to Train")),
        Action("step_4", "Ctrl+4", _tr("Go to Compare")),
        Action("step_5", "Ctrl+5", _tr("Go to Export")),
        Action("primary", "Ctrl+Return", _tr("Do the main action of this place")),
        Action("new_project", "Ctrl+N", _tr("New project")),
        Action("open_project", "Ctrl+O", _tr("Open a project")),
        Action("settings", "Ctrl+,", _tr("Settings")),
        Action("help", "F1", _tr("Help for this place")),
        Action("shortcut_sheet", "?", _tr("This list")),
        *_image_actions(),
        Action("loupe_back", "Left", _tr("Picture before"), ("loupe",), needs_focus=True),
        Action("loupe_on", "Right", _tr("Next picture"), ("loupe",), needs_focus=True),
        Action("loupe_close", "Return", _tr("Close the large picture"), ("loupe",), needs_focus=True),
        Action("zoom", "Z", _tr("Look at single pixels, or at the whole"), ("loupe", "compare"), needs_focus=True),
        Action("zoom_in", "+", _tr("Zoom in"), ("loupe", "compare"), needs_focus=True, also="="),
        Action("zoom_out", "-", _tr("Zoom out"), ("loupe", "compare"), needs_focus=True),
        *_compare_actions(),
        Action("job_up", "Alt+Up", _tr("Move the job up"), ("queue",), needs_focus=True),
        Action("job_down", "Alt+Down", _tr("Move the job down"), ("queue",), needs_focus=True),
        Action("job_open", "Return", _tr("Open the job"), ("queue",), needs_focus=True),
        Action("job_remove", "Del", _tr("Take the job out of the queue"), ("queue",), needs_focus=True),
        Action("library_open", "Return", _tr("Open what is chosen in the library"), ("library",), needs_focus=True),
        Action("sample_open", "Return", _tr("Show the sample in Compare"), ("train",), needs_focus=True),
        Action("copy_file", "Ctrl+C", _tr("Copy the file of a card"), ("export", "library"), needs_focus=True),
    )


def _image_actions() -> tuple[Action, ...]:
    page: tuple[Place, ...] = ("images", "loupe")
    return (
        Action("undo", "Ctrl+Z", _tr("Take the last change back"), page),
        Action("redo", "Ctrl+Shift+Z", _tr("Do it again"), page, also="Ctrl+Y"),
        Action("search", "Ctrl+F", _tr("Search"), (*page, "library", "settings")),
        Action("caption_mode", "Ctrl+T", _tr("Show the caption as tags or as text"), page),
        Action("picture_open", "Return", _tr("Show the picture large"), ("images",), needs_focus=True),
        Action("caption_edit", "F2", _tr("Edit the caption"), ("images",), needs_focus=True),
        Action("leave_out", "X", _tr("Leave the picture out, or take it in again"), ("images",), needs_focus=True),
        Action("next_issue", "N", _tr("Next picture that needs a look"), ("images",), needs_focus=True),
        Action("review_1", "1", _tr("First choice of a review"), page),
        Action("review_2", "2", _tr("Second choice of a review"), page),
        Action("review_3", "3", _tr("Third choice of a review"), page),
    )


def _compare_actions() -> tuple[Action, ...]:
    stars = tuple(
        Action(f"stars_{count}", str(count), _count_stars(count), ("compare",), needs_focus=True) for count in range(6)
    )
    return (
        Action("flip", "Space", _tr("While held: show the left picture"), ("compare",), needs_focus=True),
        Action("cell_open", "Return", _tr("Show it large, or draw what is missing"), ("compare",), needs_focus=True),
        Action("pick", "P", _tr("Pick the epoch"), ("compare",), needs_focus=True),
        *stars,
        Action("epoch_before", "A", _tr("Epoch before, in the large view"), ("compare",), needs_focus=True),
        Action("epoch_after", "D", _tr("Epoch after, in the large view"), ("compare",), needs_focus=True),
        Action("prompt_above", "W", _tr("Prompt above, in the large view"), ("compare",), needs_focus=True),
        Action("prompt_below", "S", _tr("Prompt below, in the large view"), ("compare",), needs_focus=True),
    )


def place_words(place: Place) -> str:
    """The heading of the actions that have this first place."""
    words: dict[Place, str] = {
        "window": _tr("Everywhere"),
        "images": _tr("Images"),
        "loupe": _tr("A large picture"),
        "compare": _tr("Compare"),
        "queue": _tr("Queue"),
        "library": _tr("Library"),
        "settings": _tr("Settings"),
        "train": _tr("Train"),
        "export": _tr("Export"),
    }
    return words[place]


def keys_in_force(chosen: Mapping[str, str]) -> Mapping[str, str]:
    """Each action's keys, as portable text: the person's own, else the default; empty when another action has them.

    What cannot be taken (from a file of another version, or edited by hand) is passed over.
    """
    return _in_force_with(tuple(sorted(chosen.items())))


@lru_cache(maxsize=2)  # every row of Settings asks after each change
def _in_force_with(choices: tuple[tuple[str, str], ...]) -> Mapping[str, str]:
    table, chosen = actions(), dict(choices)
    own: list[Action] = []
    for action in table:
        keys = chosen.get(action.name, "")
        if keys and not _cannot_be(action, keys) and _holder(action, keys, _with_keys(own, chosen)) is None:
            own.append(action)
    holders = _with_keys(own, chosen)
    force = {}
    for action in table:
        if action in own:
            force[action.name] = chosen[action.name]
        else:
            force[action.name] = "" if _holder(action, action.keys, holders) else action.keys
    return force


def refusal(name: str, keys: str, chosen: Mapping[str, str]) -> str:
    """Why an action cannot have these keys, in a sentence; empty when it can."""
    table, force = actions(), keys_in_force(chosen)
    action = next(action for action in table if action.name == name)
    if why := _cannot_be(action, keys):
        return why
    others = [(other, every_key(other, force[other.name])) for other in table if other.name != name]
    holder = _holder(action, keys, others)
    return _tr("“{action}” has these keys already.").format(action=holder.sentence) if holder is not None else ""


def without_keys(name: str, chosen: Mapping[str, str]) -> str:
    """Why an action has no keys at present, in a sentence; empty when it has some."""
    if keys_in_force(chosen)[name]:
        return ""
    default = next(action.keys for action in actions() if action.name == name)
    return refusal(name, default, chosen)


def every_key(action: Action, keys: str) -> tuple[str, ...]:
    """The keys that lead to an action which has `keys` in force."""
    return tuple(filter(None, (keys, action.also if keys == action.keys else "")))


def native_keys(keys: str) -> str:
    """Keys as this system writes them."""
    return QKeySequence.fromString(keys, _PORTABLE).toString(QKeySequence.SequenceFormat.NativeText)


def combination(keys: str) -> int:
    """Keys as one number that does not depend on how they are typed; 0 for none, or for several after each other."""
    sequence = QKeySequence.fromString(keys, _PORTABLE)
    # PySide's stubs do not know that a sequence has places.
    return _plain(sequence[0].toCombined()) if sequence.count() == 1 else 0  # type: ignore[index]


def _plain(combined: int) -> int:
    """The number pad counts as the keys it stands for; Shift that is only needed to type a sign does not count."""
    key, modifiers = combined & ~_MODIFIERS, combined & _MODIFIERS & ~_KEYPAD
    if key == Qt.Key.Key_Enter:
        key = Qt.Key.Key_Return
    if Qt.Key.Key_Space < key <= _LAST_CHARACTER and not chr(key).isalpha():
        modifiers &= ~_SHIFT
    return modifiers | key


def _cannot_be(action: Action, keys: str) -> str:
    """Why no other action stands in the way of these keys and yet they cannot be."""
    sequence = QKeySequence.fromString(keys, _PORTABLE)
    if sequence.isEmpty():
        return _tr("Press the keys you want.")
    combined = combination(keys)
    key, modifiers = combined & ~_MODIFIERS, combined & _MODIFIERS
    if key in (0, Qt.Key.Key_unknown):
        return _tr("Choose one key, with Ctrl, Alt or Shift if you like.")
    taken = set(_ALWAYS_TAKEN)
    if "loupe" not in action.places or not action.needs_focus:
        taken |= _MOVING
    if not action.needs_focus:
        taken |= _PRESSING
    if key in taken and modifiers in (0, _SHIFT):
        return _tr("This key has other work here. Choose another, or add Ctrl or Alt.")
    return ""


def _holder(action: Action, keys: str, others: Iterable[tuple[Action, tuple[str, ...]]]) -> Action | None:
    """The other action that has these keys where this one acts."""
    wanted = combination(keys)
    for other, held in others:
        if other.name != action.name and action.meets(other) and wanted in map(combination, held):
            return other
    return None


def _with_keys(own: Iterable[Action], chosen: Mapping[str, str]) -> list[tuple[Action, tuple[str, ...]]]:
    return [(action, every_key(action, chosen[action.name])) for action in own]


# ── In force ──────────────────────────────────────────────────────────────────────────────────────────────────


class _Signals(QObject):
    changed = Signal()


_signals = _Signals()
changed = _signals.changed
"""Other keys are in force now. Emitted on the GUI thread."""
_in_force: dict[str, tuple[str, ...]] = {}
_meanings: dict[Place, dict[int, str]] = {}


def use(chosen: Mapping[str, str]) -> None:
    """Put the person's keys in force; actions they did not name get their defaults."""
    force = keys_in_force(chosen)
    found = {action.name: every_key(action, force[action.name]) for action in actions()}
    if found == _in_force:
        return
    _in_force.clear()
    _in_force.update(found)
    _meanings.clear()
    for action in actions():
        for place in action.places:
            names = _meanings.setdefault(place, {})
            names.update((combination(keys), action.name) for keys in found[action.name])
    changed.emit()


def pressed(event: QKeyEvent, place: Place) -> str:
    """The name of the action that a key means at a place; empty when it means none."""
    _use_defaults()
    return _meanings[place].get(_plain(event.keyCombination().toCombined()), "")


def sequences(name: str) -> list[QKeySequence]:
    """Every key of an action, for Qt to listen to."""
    _use_defaults()
    return [QKeySequence.fromString(keys, _PORTABLE) for keys in _in_force[name]]


def key_words(name: str) -> str:
    """The keys of an action as this system writes them."""
    _use_defaults()
    keys = _in_force[name]
    return native_keys(keys[0]) if keys else _tr("no key")


def _use_defaults() -> None:
    if not _in_force:
        use({})


def _count_stars(count: int) -> str:
    return QCoreApplication.translate("shortcuts", "Give %n star(s)", "", count)


def _tr(text: str) -> str:
    return QCoreApplication.translate("shortcuts", text)

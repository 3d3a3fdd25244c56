"""Every key of the window in one table, and the rules by which the person may change it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import QKeySequence


@dataclass(frozen=True, slots=True)
class Action:
    """One action of the table. Keys are portable text ("Ctrl+1"); Qt shows and hears Cmd for it on macOS."""

    name: str
    keys: str
    sentence: str


def actions() -> tuple[Action, ...]:
    """The table with its default keys, in the order of the shortcut sheet."""
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
    )


def keys_in_force(chosen: Mapping[str, str]) -> dict[str, str]:
    """Each action's keys, as portable text: the person's own, else the default."""
    return {action.name: chosen.get(action.name, action.keys) for action in actions()}


def refusal(name: str, keys: str, chosen: Mapping[str, str]) -> str:
    """Why an action cannot have these keys, in a sentence; empty when it can."""
    sequence = QKeySequence.fromString(keys, QKeySequence.SequenceFormat.PortableText)
    if sequence.isEmpty():
        return _tr("Press the keys you want.")
    if sequence.count() > 1:
        return _tr("Choose one key, with Ctrl, Alt or Shift if you like.")
    for other in actions():
        used = QKeySequence.fromString(keys_in_force(chosen)[other.name], QKeySequence.SequenceFormat.PortableText)
        if other.name != name and used == sequence:
            return _tr("“{action}” has these keys already.").format(action=other.sentence)
    return ""


def native_keys(keys: str) -> str:
    """Keys as this system writes them."""
    sequence = QKeySequence.fromString(keys, QKeySequence.SequenceFormat.PortableText)
    return sequence.toString(QKeySequence.SequenceFormat.NativeText)


def _tr(text: str) -> str:
    return QCoreApplication.translate("shortcuts", text)

"""Every key of the window in one table, which the person may remap."""

from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication, QObject, Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QWidget

STEPS = ("images", "recipe", "train", "compare", "export")


@dataclass(frozen=True, slots=True)
class Action:
    """One action of the table. Keys are portable text ("Ctrl+1"); Qt shows and hears Cmd for it on macOS."""

    name: str
    keys: str
    sentence: str


def actions() -> tuple[Action, ...]:
    """The table with its default keys, in the order of the shortcut sheet."""

    def tr(text: str) -> str:
        return QCoreApplication.translate("shortcuts", text)

    return (
        Action("step_1", "Ctrl+1", tr("Go to Images")),
        Action("step_2", "Ctrl+2", tr("Go to Recipe")),
        Action("step_3", "Ctrl+3", tr("Go to Train")),
        Action("step_4", "Ctrl+4", tr("Go to Compare")),
        Action("step_5", "Ctrl+5", tr("Go to Export")),
        Action("primary", "Ctrl+Return", tr("Do the main action of this place")),
        Action("new_project", "Ctrl+N", tr("New project")),
        Action("open_project", "Ctrl+O", tr("Open a project")),
        Action("settings", "Ctrl+,", tr("Settings")),
        Action("help", "F1", tr("Help for this place")),
        Action("shortcut_sheet", "?", tr("This list")),
    )


class Shortcuts(QObject):
    """The table at work in one window; `triggered` tells the action's name. Single letters leave text fields alone."""

    triggered = Signal(str)

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._shortcuts: dict[str, QShortcut] = {}
        for action in actions():
            shortcut = QShortcut(QKeySequence(action.keys), window)
            shortcut.setContext(Qt.ShortcutContext.WindowShortcut)
            shortcut.activated.connect(lambda name=action.name: self.triggered.emit(name))
            self._shortcuts[action.name] = shortcut

    def remap(self, chosen: dict[str, str]) -> None:
        """Put the person's keys in force; actions they did not name get their defaults back."""
        for action in actions():
            self._shortcuts[action.name].setKey(QKeySequence(chosen.get(action.name, action.keys)))

    def keys(self, name: str) -> str:
        """The keys of one action, as this system writes them."""
        return self._shortcuts[name].key().toString(QKeySequence.SequenceFormat.NativeText)

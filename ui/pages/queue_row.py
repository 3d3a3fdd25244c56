"""One job of the queue as a row, and the list in which waiting rows can be dragged."""

from __future__ import annotations

from typing import Literal

from PySide6.QtCore import QByteArray, QMimeData, QPoint, QRectF, Qt, Signal
from PySide6.QtGui import (
    QContextMenuEvent,
    QDrag,
    QDragEnterEvent,
    QDragLeaveEvent,
    QDragMoveEvent,
    QDropEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
)
from PySide6.QtWidgets import QApplication, QFrame, QHBoxLayout, QMenu, QProgressBar, QVBoxLayout, QWidget

from lora_studio.runs.leaner import MEMORY_CODES, can_go_on_leaner
from ui.models import shortcuts
from ui.models.queue import JobLine
from ui.theme import icons, tokens
from ui.widgets import painting
from ui.widgets.buttons import Button, icon_button
from ui.widgets.icon_label import IconLabel
from ui.widgets.labels import ElidedLabel, Label
from ui.widgets.menus import open_at, open_below

JobAction = Literal[
    "open", "compare", "pause", "retry", "leaner", "up", "down", "first", "last", "edit", "show_folder", "remove"
]  # fmt: skip

JOB_MIME = "application/x-lora-studio-job"
_RECIPE_CODES = MEMORY_CODES | {"numbers_out_of_range"}
_MARKS = {
    "running": ("play", "accent"),
    "waiting": ("clock", "text2"),
    "set_aside": ("warning", "warn"),
    "ended": ("check_circle", "ok"),
}


class JobRow(QFrame):
    """Shows one job; `action_wanted` tells what its button, menu or keys ask for."""

    action_wanted = Signal(str)  # JobAction

    def __init__(self, line: JobLine, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.line = line
        self._press_point: QPoint | None = None
        self.setProperty("surface", "card")
        self.setProperty("focus_radius", tokens.current().sizes.radius_card)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        sizes = tokens.current().sizes
        layout = QHBoxLayout(self)
        layout.setContentsMargins(sizes.gap12, sizes.gap8 + 2, sizes.gap8, sizes.gap8 + 2)
        layout.setSpacing(sizes.gap12)
        self.handle = IconLabel("drag", "muted", 18)
        self._show_keys()
        shortcuts.changed.connect(self._show_keys)
        layout.addWidget(self.handle)
        self._mark = IconLabel("clock", "text2", 18)
        layout.addWidget(self._mark)
        words = QVBoxLayout()
        words.setSpacing(2)
        self._name = ElidedLabel("", "strong")
        self._subline = ElidedLabel("", "small", "muted")
        words.addWidget(self._name)
        words.addWidget(self._subline)
        layout.addLayout(words, 3)
        self._bar = QProgressBar()
        self._bar.setRange(0, 1000)
        self._bar.setTextVisible(False)
        self._percent = Label("", "small", "text2", tabular=True)
        layout.addWidget(self._bar, 2)
        layout.addWidget(self._percent)
        self._sentence = Label("", "small", "text2", wrap=True, tabular=True)
        self._sentence.setAlignment(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight)
        layout.addWidget(self._sentence, 3)
        self.button = Button("", "secondary", small=True)
        self.button.clicked.connect(lambda: self.action_wanted.emit(self._button_action))
        layout.addWidget(self.button)
        self._button_action: JobAction = "open"
        self.is_first = self.is_last = False  # of the rows of its place
        self.menu_button = icon_button("more", self.tr("More"))
        self.menu_button.clicked.connect(self._open_menu)
        layout.addWidget(self.menu_button)

    @property
    def sentence(self) -> str:
        return self._sentence.text()

    @property
    def is_movable(self) -> bool:
        return self.line.place == "waiting"

    def show_line(self, line: JobLine, subline: str, sentence: str) -> None:
        """Show what the job is and does now."""
        self.line = line
        place = line.place
        has_trouble = place == "set_aside" or line.refusal is not None
        self.handle.setVisible(self.is_movable)
        self.handle.setCursor(Qt.CursorShape.OpenHandCursor)
        self._mark.set_icon(*(_MARKS["set_aside"] if has_trouble else _MARKS[place]))
        self._name.setText(line.name)
        self._subline.setText(subline)
        is_running = place == "running"
        self._bar.setVisible(is_running)
        self._percent.setVisible(is_running)
        self._bar.setValue(round(line.share * 1000))
        self._bar.setAccessibleName(self.tr("Progress of {name}").format(name=line.name))
        self._percent.setText(self.tr("{percent} %").format(percent=round(line.share * 100)))
        self._sentence.setText(sentence)
        self._sentence.set_tone("warn" if has_trouble else "text2")
        self._show_button(line)
        self.setAccessibleName(self.tr("{name}, {what}").format(name=line.name, what=sentence))
        self.setAccessibleDescription(subline)

    def _show_button(self, line: JobLine) -> None:
        is_asked = line.job.state is not None and line.job.state.asked is not None
        is_paused = line.job.state is not None and line.job.state.kind == "paused"
        if line.place == "set_aside" and line.job.state is not None and can_go_on_leaner(line.job.state):
            aside: tuple[str, JobAction] = (self.tr("Use less memory"), "leaner")
        elif line.place == "set_aside" and self._needs_other_recipe(line):
            aside = (self.tr("Edit the recipe"), "edit")
        else:
            aside = (self.tr("Go on") if is_paused else self.tr("Try again"), "retry")
        words: dict[str, tuple[str, JobAction]] = {
            "running": (self.tr("Pause"), "pause"),
            "set_aside": aside,
            "ended": (self.tr("Compare"), "compare"),
        }
        text, self._button_action = words.get(line.place, ("", "open"))
        self.button.setVisible(bool(text))
        self.button.setText(text)
        self.button.setAccessibleName(self.tr("{action}: {name}").format(action=text, name=line.name))
        self.button.setEnabled(not is_asked)
        self.menu_button.setAccessibleName(self.tr("More for {name}").format(name=line.name))

    def _needs_other_recipe(self, line: JobLine) -> bool:
        """Whether trying again would fail again."""
        code = line.job.state.error_code if line.job.state is not None else ""
        return code in _RECIPE_CODES and self._has_project(line)

    def _has_project(self, line: JobLine) -> bool:
        return line.facts is not None and line.facts.project_dir is not None

    # ── Menu and keys ─────────────────────────────────────────────────────────────────────────────────────

    def build_menu(self) -> QMenu:
        """Everything that can be done with the job."""
        menu = QMenu(self)
        for action, words, icon in self._menu_entries():
            if action == "remove" and not menu.isEmpty():
                menu.addSeparator()
            entry = menu.addAction(icons.icon(icon), words)
            entry.triggered.connect(lambda _checked=False, wanted=action: self.action_wanted.emit(wanted))
        return menu

    def _menu_entries(self) -> list[tuple[JobAction, str, str]]:
        entries: list[tuple[JobAction, str, str]] = []
        if self.line.job.state is not None:
            entries.append(("open", self.tr("Open"), "expand"))
        if self.is_movable and not self.is_first:
            entries.append(("up", self.tr("Move up"), "arrow_up"))
        if self.is_movable and not self.is_last:
            entries.append(("down", self.tr("Move down"), "arrow_down"))
        if self.is_movable and not self.is_first:
            entries.append(("first", self.tr("Move to the front"), "chevron_up"))
        if self.is_movable and not self.is_last:
            entries.append(("last", self.tr("Move to the end"), "chevron_down"))
        if self.line.place == "set_aside":
            entries.append(("retry", self.tr("Try again"), "refresh"))
        if self.line.place in ("waiting", "set_aside") and self._has_project(self.line):
            entries.append(("edit", self.tr("Edit the recipe"), "edit"))
        if self.line.job.state is not None:
            entries.append(("show_folder", self.tr("Show in folder"), "folder_open"))
        if self.line.place != "running":
            entries.append(("remove", self.tr("Take out of the queue"), "close"))
        return entries

    def _open_menu(self) -> None:
        open_below(self.build_menu(), self.menu_button)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        open_at(self.build_menu(), event.globalPos())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        action, key = shortcuts.pressed(event, "queue"), event.key()
        if action in ("job_up", "job_down"):
            if self.is_movable:
                self.action_wanted.emit(action.removeprefix("job_"))
        elif action == "job_open":
            self.action_wanted.emit("open")
        elif action == "job_remove" and self.line.place != "running":
            self.action_wanted.emit("remove")
        elif key in (Qt.Key.Key_Up, Qt.Key.Key_Down) and not event.modifiers():
            self._focus_next_row(key == Qt.Key.Key_Down)
        else:
            super().keyPressEvent(event)

    def _show_keys(self) -> None:
        words = self.tr("Drag to change the order, or press {up} or {down}")
        keys = {"up": shortcuts.key_words("job_up"), "down": shortcuts.key_words("job_down")}
        self.handle.setToolTip(words.format(**keys))

    def _focus_next_row(self, forward: bool) -> None:
        """The keyboard goes to the row below or above."""
        widget: QWidget | None = self
        while widget is not None:
            widget = widget.nextInFocusChain() if forward else widget.previousInFocusChain()
            if isinstance(widget, JobRow) and widget.isVisible():
                widget.setFocus(Qt.FocusReason.TabFocusReason)
                return

    # ── Dragging ──────────────────────────────────────────────────────────────────────────────────────────

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._press_point = event.position().toPoint() if event.button() == Qt.MouseButton.LeftButton else None
        super().mousePressEvent(event)
        event.accept()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._press_point is None or not self.is_movable:
            return
        if (event.position().toPoint() - self._press_point).manhattanLength() >= QApplication.startDragDistance():
            self._press_point = None
            self.make_drag().exec(Qt.DropAction.MoveAction)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self.action_wanted.emit("open")

    def make_drag(self) -> QDrag:
        """The drag that starts when the row is pulled."""
        drag = QDrag(self)
        mime = QMimeData()
        mime.setData(JOB_MIME, QByteArray(self.line.id.encode()))
        drag.setMimeData(mime)
        drag.setPixmap(self.grab())
        drag.setHotSpot(QPoint(20, self.height() // 2))
        return drag


class JobList(QWidget):
    """Rows of one place. Those that wait take a dragged row between them: `dropped` says which, and before which."""

    dropped = Signal(str, object)  # the job's id, and the id of the job that follows it, or None at the end
    gap_px = 8

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.rows: list[JobRow] = []
        self._line_y: int | None = None
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(self.gap_px)
        self.setAcceptDrops(True)

    def show_rows(self, rows: list[JobRow]) -> None:
        """Show these rows in this order; ones that stay are not made again, so the keyboard stays where it is."""
        if rows == self.rows:
            return
        for row in self.rows:
            self._layout.removeWidget(row)
        for index, row in enumerate(rows):
            self._layout.addWidget(row)
            row.show()
            if index:
                QWidget.setTabOrder(rows[index - 1].menu_button, row)
        self.rows = rows
        for row in rows:
            row.is_first, row.is_last = row is rows[0], row is rows[-1]

    def _place_at(self, y: float) -> int:
        """Where a row let go at this height would stand among the rows."""
        return sum(1 for row in self.rows if row.geometry().center().y() < y)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if event.mimeData().hasFormat(JOB_MIME) and any(row.is_movable for row in self.rows):
            event.acceptProposedAction()

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        place = self._place_at(event.position().y())
        at_end = place == len(self.rows)
        self._line_y = self.rows[-1].geometry().bottom() if at_end else self.rows[place].geometry().top() - 5
        self.update()
        event.acceptProposedAction()

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        self._line_y = None
        self.update()

    def dropEvent(self, event: QDropEvent) -> None:
        self._line_y = None
        self.update()
        place = self._place_at(event.position().y())
        before = self.rows[place].line.id if place < len(self.rows) else None
        self.dropped.emit(bytes(event.mimeData().data(JOB_MIME).data()).decode(), before)
        event.acceptProposedAction()

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._line_y is not None:
            painter = painting.smooth(QPainter(self))
            accent = tokens.current().color("accent")
            painting.fill_round(painter, QRectF(0, max(0, self._line_y), self.width(), 3), 1.5, accent)

"""The left rail: project switcher, steps, workshop, graphics card and settings."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from PySide6.QtCore import QEvent, QLocale, QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics, QPainter, QPainterPath, QPaintEvent, QPixmap
from PySide6.QtWidgets import QFrame, QHBoxLayout, QMenu, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from ui.models import shortcuts
from ui.shell import places
from ui.shell.places import Place
from ui.theme import icons, tokens
from ui.theme.fonts import ui_font, with_tabular_figures
from ui.theme.motion import Beat
from ui.widgets import painting
from ui.widgets.icon_label import IconLabel
from ui.widgets.labels import ElidedLabel, Label, as_menu_text, hairline
from ui.widgets.memory_bar import MemoryPart, MemoryTrack
from ui.widgets.menus import open_below

SPIN_MS = 80
MarkKind = Literal["none", "done", "look", "count", "running"]
_MARGIN_PX = 12


@dataclass(frozen=True, slots=True)
class RailMark:
    """What stands at the end of a rail item: a tick, a number of things to look at, a plain count, or a ring.

    `share` fills the ring, 0 to 1; None lets it turn.
    """

    kind: MarkKind = "none"
    count: int = 0
    share: float | None = None


class RailItem(QPushButton):
    """One place; checked while the window is there."""

    def __init__(self, place: Place, action: str, parent: QWidget) -> None:
        """`action` of the table of keys leads there; empty when none does."""
        super().__init__(place.title, parent)
        self.setProperty("kind", "rail")
        self.place = place
        self._mark = RailMark()
        self._turn = 0.0
        self._spinner = Beat(SPIN_MS, self._turn_ring, self)
        self.setCheckable(True)  # not exclusive: Tab would then pass all items but one by
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Maximum)
        self._action = action
        if action:
            shortcuts.changed.connect(self._show_keys)
            self._show_keys()
        self._describe()

    def _show_keys(self) -> None:
        self.setToolTip(shortcuts.key_words(self._action))

    @property
    def mark(self) -> RailMark:
        return self._mark

    def set_mark(self, mark: RailMark) -> None:
        if mark == self._mark:
            return
        self._mark = mark
        if mark.kind == "running" and mark.share is None:
            self._spinner.start()
        else:
            self._spinner.stop()
        self._describe()
        self.update()

    def _describe(self) -> None:
        words = {
            "none": "",
            "done": self.tr("Done"),
            "look": self.tr("%n thing(s) to look at", "", self._mark.count),
            "count": self.tr("%n waiting", "", self._mark.count),
            "running": self.tr("Running"),
        }
        self.setAccessibleName(self.place.title)
        self.setAccessibleDescription(words[self._mark.kind])

    def _turn_ring(self) -> None:
        self._turn = (self._turn + 0.06) % 1
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(tokens.current().scaled(160), tokens.current().rail_item_height)

    def minimumSizeHint(self) -> QSize:
        """Lower where large text and a low window leave little room."""
        return QSize(self.sizeHint().width(), tokens.current().scaled(24))

    def paintEvent(self, event: QPaintEvent) -> None:
        current = tokens.current()
        painter = painting.smooth(QPainter(self))
        is_here = self.isChecked()
        rect = QRectF(self.rect()).adjusted(0, 1, 0, -1)
        if is_here or self.underMouse():
            ground = current.color("soft" if is_here else "hover")
            painting.fill_round(painter, rect, current.sizes.radius_rail, ground)
        if is_here:
            inset = (self.height() - current.scaled(20)) / 2
            x = self.width() - 3 if self.isRightToLeft() else 0
            painter.fillRect(QRectF(x, inset, 3, current.scaled(20)), current.color("accent"))
        size = current.scaled(18)
        icon = icons.pixmap(self.place.icon, "accent" if is_here else "text2", size)
        font = ui_font("strong")
        painter.setFont(font)
        painter.setPen(current.color("text" if is_here else "text2"))
        left = 15 + size + 13
        right = 10 if self._mark.kind == "none" else 36
        words = QRect(left, 0, self.width() - left - right, self.height())
        x = 15
        align = Qt.AlignmentFlag.AlignLeft
        if self.isRightToLeft():
            words.moveLeft(right)
            x = self.width() - 15 - size
            align = Qt.AlignmentFlag.AlignRight
        painter.drawPixmap(x, (self.height() - size) // 2, icon)
        shown = QFontMetrics(font).elidedText(self.place.title, Qt.TextElideMode.ElideRight, words.width())
        painter.drawText(words, Qt.AlignmentFlag.AlignVCenter | align | Qt.AlignmentFlag.AlignAbsolute, shown)
        self._paint_mark(painter)

    def _paint_mark(self, painter: QPainter) -> None:
        current = tokens.current()
        middle = QPointF(22 if self.isRightToLeft() else self.width() - 22, self.height() / 2)
        if self._mark.kind == "done":
            size = current.scaled(16)
            painter.drawPixmap(middle - QPointF(size / 2, size / 2), icons.pixmap("check", "ok", size))
        elif self._mark.kind == "running":
            diameter = current.scaled(18)
            share = 0.7 if self._mark.share is None else self._mark.share
            painting.draw_ring(painter, middle, diameter, current.color("accent", 0.25), 1, 0)
            painting.draw_ring(painter, middle, diameter, current.color("accent"), share, self._turn)
        elif self._mark.kind in ("look", "count"):
            ground, ink = ("warnsoft", "warn") if self._mark.kind == "look" else ("hover", "text2")
            font = with_tabular_figures(ui_font("small"))
            font.setBold(True)
            number = "99+" if self._mark.count > 99 else QLocale().toString(self._mark.count)
            height = current.scaled(21)
            disc = QRectF(0, 0, max(height, QFontMetrics(font).horizontalAdvance(number) + 10), height)
            disc.moveCenter(middle)
            disc.moveRight(min(disc.right(), self.width() - 8))
            painting.fill_round(painter, disc, height / 2, current.color(ground))
            painter.setFont(font)
            painter.setPen(current.color(ink))
            painter.drawText(disc, Qt.AlignmentFlag.AlignCenter, number)


@dataclass(frozen=True, slots=True)
class ProjectEntry:
    """One project of the switcher's menu."""

    name: str
    folder: Path
    is_open: bool = False
    is_training: bool = False


class ProjectSwitcher(QPushButton):
    """Name and kind of the open project; opens the list of the others."""

    project_chosen = Signal(Path)
    new_wanted = Signal()
    open_wanted = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setProperty("kind", "switcher")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self._recent: list[ProjectEntry] = []
        self._picture = QPixmap()
        self._name = ""
        self._note = ""
        self.clicked.connect(self._open_menu)
        self.set_project("", "")

    def set_project(self, name: str, note: str, picture: QPixmap | None = None) -> None:
        """An empty name stands for no open project."""
        self._name = name or self.tr("No project")
        self._note = note or self.tr("Choose one")
        self._picture = picture or QPixmap()
        self.setText(as_menu_text(self._name))
        self.setAccessibleName(self.tr("Project: {name}").format(name=self._name))
        self.setAccessibleDescription(self._note)
        self.update()

    def set_recent(self, recent: list[ProjectEntry]) -> None:
        self._recent = recent

    def build_menu(self) -> QMenu:
        menu = QMenu(self)
        for entry in self._recent:
            words = self.tr("{name}, training now").format(name=entry.name) if entry.is_training else entry.name
            icon = "check" if entry.is_open else "train" if entry.is_training else "folder"
            action = menu.addAction(icons.icon(icon), as_menu_text(words))
            action.triggered.connect(lambda _checked=False, chosen=entry.folder: self.project_chosen.emit(chosen))
        if self._recent:
            menu.addSeparator()
        menu.addAction(icons.icon("plus"), self.tr("New project")).triggered.connect(lambda: self.new_wanted.emit())
        menu.addAction(icons.icon("folder_open"), self.tr("Open a project")).triggered.connect(
            lambda: self.open_wanted.emit()
        )
        menu.setMinimumWidth(self.width())
        return menu

    def _open_menu(self) -> None:
        open_below(self.build_menu(), self)

    def sizeHint(self) -> QSize:
        return QSize(tokens.current().scaled(160), tokens.current().scaled(54))

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        current = tokens.current()
        painter = painting.smooth(QPainter(self))
        ground = "hover" if self.underMouse() else "card"
        rect = QRectF(self.rect())
        painting.fill_round(painter, rect, current.sizes.radius_button, current.color(ground), current.color("border"))
        side = current.scaled(36)
        square = QRectF(9, (self.height() - side) / 2, side, side)
        self._paint_picture(painter, square)
        size = current.scaled(16)
        arrow = icons.pixmap("chevron_down", "text2", size)
        painter.drawPixmap(self.width() - size - 9, (self.height() - size) // 2, arrow)
        left = round(square.right()) + 10
        room = self.width() - left - size - 14
        half = self.height() / 2
        for text, font, ink, base in (
            (self._name, ui_font("strong"), "text", half - 5),
            (self._note, ui_font("small"), "muted", half + current.scaled(14)),
        ):
            painter.setFont(font)
            painter.setPen(current.color(ink))
            shown = QFontMetrics(font).elidedText(text, Qt.TextElideMode.ElideRight, room)
            painter.drawText(QPointF(left, base), shown)

    def _paint_picture(self, painter: QPainter, square: QRectF) -> None:
        current = tokens.current()
        path = QPainterPath()
        path.addRoundedRect(square, 6, 6)
        if self._picture.isNull():
            painter.fillPath(path, current.color("soft"))
            mark = icons.pixmap("folder", "accent", 18)
            painter.drawPixmap(square.center() - QPointF(9, 9), mark)
            return
        side = min(self._picture.width(), self._picture.height())
        source = QRectF(0, 0, side, side)
        source.moveCenter(QRectF(self._picture.rect()).center())
        painter.save()
        painter.setClipPath(path)
        painter.drawPixmap(square, self._picture, source)
        painter.restore()


class GpuMeter(QFrame):
    """The graphics card and how full its memory is."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setProperty("surface", "card")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(10, 10, 10, 10)
        layout.setSpacing(10)
        line = QHBoxLayout()
        line.setSpacing(10)
        line.addWidget(IconLabel("gpu", "text2", 18))
        words = QVBoxLayout()
        words.setSpacing(2)
        self.name_label = ElidedLabel("", "small")
        self.name_label.setProperty("level", "strong")
        self.use_label = Label("", "small", "text2", wrap=True, tabular=True)
        words.addWidget(self.name_label)
        words.addWidget(self.use_label)
        line.addLayout(words, 1)
        layout.addLayout(line)
        self.track = MemoryTrack(self.tr("Graphics memory in use"), 6, self)
        layout.addWidget(self.track)
        self.hide()

    def set_reading(self, name: str, used_gb: float, total_gb: float) -> None:
        used, total = QLocale().toString(float(used_gb), "f", 1), QLocale().toString(float(total_gb), "f", 0)
        sentence = self.tr("{used} of {total} GB in use").format(used=used, total=total)
        self.name_label.setText(name)
        self.use_label.setText(sentence)
        self.track.set_parts((MemoryPart(name, used_gb),), total_gb)
        self.track.setAccessibleDescription(sentence)
        self.track.show()
        self.show()

    def set_absent(self) -> None:
        self.name_label.setText(self.tr("No graphics card"))
        self.use_label.setText(self.tr("The Practice base needs none"))
        self.track.hide()
        self.show()


class _Brand(QWidget):
    """The program's mark and name."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        return QSize(tokens.current().scaled(160), tokens.current().scaled(32))

    def paintEvent(self, event: QPaintEvent) -> None:
        current = tokens.current()
        painter = painting.smooth(QPainter(self))
        size = current.scaled(28)
        painter.drawPixmap(4, (self.height() - size) // 2, icons.app_mark(size))
        painter.setFont(ui_font("section"))
        painter.setPen(current.color("text"))
        left = 4 + size + 10
        name = QRect(left, 0, self.width() - left, self.height())
        painter.drawText(name, Qt.AlignmentFlag.AlignVCenter, "LoRA Studio")


class Rail(QFrame):
    """Shows the places that have a page; `place_chosen` tells which one was pressed."""

    place_chosen = Signal(str)

    def __init__(self, known_places: set[str], parent: QWidget) -> None:
        super().__init__(parent)
        self.setProperty("surface", "rail")
        self.items: dict[str, RailItem] = {}
        layout = QVBoxLayout(self)
        layout.setContentsMargins(_MARGIN_PX, _MARGIN_PX, _MARGIN_PX, _MARGIN_PX)
        layout.setSpacing(2)
        layout.addWidget(_Brand(self))
        layout.addSpacing(12)
        self.switcher = ProjectSwitcher(self)
        layout.addWidget(self.switcher)
        layout.addSpacing(14)
        for number, place in enumerate(places.steps(), 1):
            if place.name in known_places:
                layout.addWidget(self._add(place, f"step_{number}"))
        layout.addSpacing(10)
        layout.addWidget(hairline(self))
        layout.addSpacing(10)
        for place in places.workshop():
            if place.name in known_places:
                layout.addWidget(self._add(place, ""))
        layout.addStretch(1)
        self.gpu_meter = GpuMeter(self)
        layout.addWidget(self.gpu_meter)
        layout.addSpacing(8)
        if places.settings().name in known_places:
            layout.addWidget(self._add(places.settings(), "settings"))
        self._fit()

    def set_here(self, name: str) -> None:
        """Show where the window is; a place outside the rail leaves none chosen."""
        for item in self.items.values():
            item.setChecked(item.place.name == name)

    def set_mark(self, name: str, mark: RailMark) -> None:
        if name in self.items:
            self.items[name].set_mark(mark)

    def _add(self, place: Place, action: str) -> RailItem:
        item = RailItem(place, action, self)
        item.clicked.connect(lambda: self.place_chosen.emit(place.name))
        self.items[place.name] = item
        return item

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.StyleChange:
            self._fit()

    def _fit(self) -> None:
        self.setFixedWidth(tokens.current().rail_width)

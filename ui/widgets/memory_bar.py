"""What fills the graphics memory, part by part, against its limit."""

from dataclasses import dataclass

from PySide6.QtCore import QLocale, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QGridLayout, QProgressBar, QSizePolicy, QVBoxLayout, QWidget

from ui.theme import tokens
from ui.widgets import painting
from ui.widgets.labels import Label

_COLOURS = ("v1", "v2", "v3", "v4")


@dataclass(frozen=True, slots=True)
class MemoryPart:
    label: str
    gigabytes: float


def written_gigabytes(gigabytes: float) -> str:
    """A size as every screen writes it: one decimal and the unit; what is there is never written as 0.0."""
    is_less = 0 < gigabytes < 0.05
    number = QLocale().toString(0.1 if is_less else float(gigabytes), "f", 1)
    return f"< {number} GB" if is_less else f"{number} GB"


class MemoryTrack(QProgressBar):
    """The bar alone. Beyond the limit the overhang is drawn in `err`, and the limit as a mark."""

    def __init__(self, accessible_name: str, height_px: int = 12, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._height_px = height_px
        self.setAccessibleName(accessible_name)
        self.setProperty("kind", "painted")
        self.setTextVisible(False)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._parts: tuple[MemoryPart, ...] = ()
        self._limit = 1.0
        tokens.changed.connect(self.update)

    def set_parts(self, parts: tuple[MemoryPart, ...], limit_gb: float) -> None:
        self._parts = parts
        self._limit = limit_gb
        self.setRange(0, round(limit_gb * 100))
        painting.set_value_quietly(self, min(round(self.used_gb * 100), self.maximum()))
        self.update()

    @property
    def used_gb(self) -> float:
        return sum(part.gigabytes for part in self._parts)

    def sizeHint(self) -> QSize:
        return QSize(120, self._height_px)

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        current = tokens.current()
        painter = painting.smooth(QPainter(self))
        rect = QRectF(self.rect())
        full = max(self._limit, self.used_gb)
        outline = QPainterPath()
        radius = min(rect.height() / 2, 6)
        outline.addRoundedRect(rect, radius, radius)
        painter.setClipPath(outline)
        painter.fillRect(rect, current.color("hover"))
        x = 0.0
        for part, colour in zip(self._parts, (_COLOURS * len(self._parts))[: len(self._parts)], strict=True):
            width = rect.width() * part.gigabytes / full
            painter.fillRect(QRectF(x, 0, max(0.0, width - 2), rect.height()), current.color(colour))
            x += width
        limit_x = rect.width() * self._limit / full
        if self.used_gb > self._limit:
            painter.fillRect(QRectF(limit_x, 0, rect.width() - limit_x, rect.height()), current.color("err"))
            painter.setClipping(False)
            painter.setPen(QPen(current.color("text"), 2))
            painter.drawLine(QPointF(limit_x, 0), QPointF(limit_x, rect.height()))


class _Dot(QWidget):
    """The colour of a legend row."""

    def __init__(self, token: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._token = token
        self.setFixedSize(12, 12)
        tokens.changed.connect(self.update)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = painting.smooth(QPainter(self))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(tokens.current().color(self._token))
        painter.drawEllipse(QRectF(1, 1, 10, 10))


class MemoryBar(QWidget):
    """Bar and legend; a screen reader hears the same figures as one sentence a part."""

    def __init__(self, accessible_name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(tokens.current().sizes.gap12)
        self.track = MemoryTrack(accessible_name, parent=self)
        layout.addWidget(self.track)
        self._legend = QGridLayout()
        self._legend.setHorizontalSpacing(tokens.current().sizes.gap8)
        self._legend.setVerticalSpacing(tokens.current().sizes.gap8)
        self._legend.setColumnStretch(1, 1)
        layout.addLayout(self._legend)

    def set_parts(self, parts: tuple[MemoryPart, ...], limit_gb: float) -> None:
        self.track.set_parts(parts, limit_gb)
        while (item := self._legend.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.deleteLater()
        for row, part in enumerate(parts):
            self._legend.addWidget(_Dot(_COLOURS[row % len(_COLOURS)]), row, 0)
            self._legend.addWidget(Label(part.label, "small", wrap=True), row, 1)
            size = Label(written_gigabytes(part.gigabytes), "strong", tabular=True)
            self._legend.addWidget(size, row, 2, Qt.AlignmentFlag.AlignRight)
        lines = (f"{part.label}: {written_gigabytes(part.gigabytes)}" for part in parts)
        self.track.setAccessibleDescription("\n".join(lines))

"""A slider with named stops and exact entry."""

from bisect import bisect_right
from dataclasses import dataclass

from PySide6.QtCore import QLocale, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics, QMouseEvent, QPainter, QPaintEvent, QPen, QWheelEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QSlider, QVBoxLayout, QWidget

from ui.theme import tokens
from ui.theme.fonts import ui_font
from ui.widgets import painting
from ui.widgets.text_field import NumberField

_SNAP_PX = 8
_WORDS_APART_PX = 8


@dataclass(frozen=True, slots=True)
class Detent:
    """A stop with a word and, under it, what it means ("1,848 steps")."""

    value: float
    label: str
    note: str = ""


class _Track(QSlider):
    """The groove, its stops and their words. The QSlider below counts steps; positions are worked out here."""

    def __init__(self, owner: "Slider") -> None:
        super().__init__(Qt.Orientation.Horizontal, owner)
        self._owner = owner
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setCursor(Qt.CursorShape.PointingHandCursor)

    def _handle_radius(self) -> float:
        return tokens.current().scaled(20) / 2

    def _margin(self) -> float:
        """Room at both ends, so that the words of the outer stops fit."""
        detents = self._owner.detents
        if not detents:
            return self._handle_radius() + 1
        metrics = QFontMetrics(ui_font("strong"))
        ends = (detents[0], detents[-1])
        widest = max(metrics.horizontalAdvance(text) for end in ends for text in (end.label, end.note))
        return max(widest / 2 + 1, self._handle_radius() + 1)

    def sizeHint(self) -> QSize:
        line = QFontMetrics(ui_font("small")).height() + 2
        detents = self._owner.detents
        lines = (1 if detents else 0) + (1 if any(detent.note for detent in detents) else 0)
        return QSize(
            max(tokens.current().scaled(180), self._words_width()),
            round(2 * self._handle_radius()) + 4 + lines * line + (4 if lines else 0),
        )

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def _words_width(self) -> int:
        """Room in which the words of evenly set stops stand side by side; others are numbers, and short."""
        if not self._owner.is_even:
            return 0
        metrics = QFontMetrics(ui_font("strong"))
        widest = (max(map(metrics.horizontalAdvance, (stop.label, stop.note))) for stop in self._owner.detents)
        return len(self._owner.detents) * (max(widest, default=0) + _WORDS_APART_PX)

    def _x(self, value: float) -> float:
        margin = self._margin()
        share = self._owner.share_of(value)
        if self.isRightToLeft():
            share = 1 - share
        return margin + share * (self.width() - 2 * margin)

    def _drag_to(self, x: float) -> None:
        margin = self._margin()
        share = min(max((x - margin) / max(1.0, self.width() - 2 * margin), 0.0), 1.0)
        value = self._owner.value_at(1 - share if self.isRightToLeft() else share)
        near = [detent.value for detent in self._owner.detents if abs(self._x(detent.value) - x) <= _SNAP_PX]
        self._owner.choose(near[0] if near else value)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self.setSliderDown(True)
            self._drag_to(event.position().x())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self.isSliderDown():
            self._drag_to(event.position().x())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self.setSliderDown(False)

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()

    def paintEvent(self, event: QPaintEvent) -> None:
        current = tokens.current()
        painter = painting.smooth(QPainter(self))
        radius = self._handle_radius()
        middle = radius + 2
        margin = self._margin()
        x = self._x(self._owner.value)
        left, right = margin, self.width() - margin
        filled = (x, right) if self.isRightToLeft() else (left, x)
        accent = "fill" if self.isEnabled() else "line"
        painting.fill_round(painter, QRectF(left, middle - 3, right - left, 6), 3, current.color("hover"))
        painting.fill_round(painter, QRectF(filled[0], middle - 3, filled[1] - filled[0], 6), 3, current.color(accent))
        for detent in self._owner.detents:
            self._paint_detent(painter, detent, middle)
        painter.setBrush(current.color("card"))
        painter.setPen(QPen(current.color(accent), 2))
        painter.drawEllipse(QPointF(x, middle), radius - 1, radius - 1)

    def _paint_detent(self, painter: QPainter, detent: Detent, middle: float) -> None:
        current = tokens.current()
        x = self._x(detent.value)
        is_passed = detent.value <= self._owner.value
        painter.setPen(QPen(current.color("fill" if is_passed else "line"), 2))
        painter.setBrush(current.color("fill" if is_passed else "card"))
        painter.drawEllipse(QPointF(x, middle), 4, 4)
        is_chosen = abs(detent.value - self._owner.value) < self._owner.step / 2
        font = ui_font("small")
        font.setBold(is_chosen)
        line = QFontMetrics(font).height() + 2
        top = 2 * self._handle_radius() + 8
        painter.setFont(font)
        painter.setPen(current.color("text" if is_chosen else "text2"))
        painter.drawText(QRectF(x - 120, top, 240, line), Qt.AlignmentFlag.AlignHCenter, detent.label)
        painter.setFont(ui_font("small"))
        painter.setPen(current.color("text2"))
        painter.drawText(QRectF(x - 120, top + line, 240, line), Qt.AlignmentFlag.AlignHCenter, detent.note)


class Slider(QWidget):
    """Chooses a number by dragging, by keys or, with `exact`, by typing.

    With `even` the stops stand at equal distances whatever their values; between them the scale is straight.
    """

    value_changed = Signal(float)

    def __init__(
        self,
        accessible_name: str,
        minimum: float,
        maximum: float,
        value: float,
        *,
        step: float = 1.0,
        decimals: int = 0,
        unit: str = "",
        detents: list[Detent] | None = None,
        even: bool = False,
        exact: bool = True,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._minimum, self._maximum, self.step, self._decimals = minimum, maximum, step, decimals
        self.is_even = even
        self.detents = detents or []
        self._value = value
        self._track = _Track(self)
        self._track.setAccessibleName(accessible_name)
        self._track.setRange(0, round((maximum - minimum) / step))
        self._track.setPageStep(max(1, self._track.maximum() // 10))
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(tokens.current().sizes.gap12)
        layout.addWidget(self._track, 1)
        self.field = NumberField(
            accessible_name, value, minimum, maximum, step=step, decimals=decimals, unit=unit, shows_label=False
        )
        field_column = QVBoxLayout()
        field_column.addWidget(self.field)
        field_column.addStretch(1)
        layout.addLayout(field_column)
        self.field.setVisible(exact)
        self.field.value_changed.connect(self.choose)
        self._track.valueChanged.connect(self._take_step)
        self.setFocusProxy(self._track)
        self._show_value()
        tokens.changed.connect(self._restyle)
        self._restyle()

    @property
    def value(self) -> float:
        return self._value

    def set_value(self, value: float) -> None:
        """Show a value that came from elsewhere; nobody is told."""
        self._value = min(max(value, self._minimum), self._maximum)
        self._show_value()

    def set_detents(self, detents: list[Detent]) -> None:
        self.detents = detents
        self._restyle()

    def choose(self, value: float) -> None:
        """Take a value the user chose."""
        value = round(min(max(value, self._minimum), self._maximum), 10)
        if value != self._value:
            self._value = value
            self._show_value()
            self.value_changed.emit(value)

    def share_of(self, value: float) -> float:
        """Where a value stands on the groove, 0 to 1."""
        stops = self._stops()
        index = min(max(bisect_right([stop for stop, _ in stops], value) - 1, 0), len(stops) - 2)
        (low, low_share), (high, high_share) = stops[index], stops[index + 1]
        return low_share + (high_share - low_share) * (value - low) / (high - low) if high > low else low_share

    def value_at(self, share: float) -> float:
        """The value at a place of the groove, on a whole step."""
        stops = self._stops()
        index = min(max(bisect_right([at for _, at in stops], share) - 1, 0), len(stops) - 2)
        (low, low_share), (high, high_share) = stops[index], stops[index + 1]
        value = low + (high - low) * (share - low_share) / (high_share - low_share)
        return self._minimum + round((value - self._minimum) / self.step) * self.step

    def _stops(self) -> list[tuple[float, float]]:
        if self.is_even and len(self.detents) > 1:
            last = len(self.detents) - 1
            return [(detent.value, index / last) for index, detent in enumerate(self.detents)]
        return [(self._minimum, 0.0), (self._maximum, 1.0)]

    def _take_step(self, step_index: int) -> None:
        self.choose(self._minimum + step_index * self.step)

    def _show_value(self) -> None:
        self._track.blockSignals(True)
        self._track.setValue(round((self._value - self._minimum) / self.step))
        self._track.blockSignals(False)
        self.field.set_value(self._value)
        word = next((detent.label for detent in self.detents if detent.value == self._value), "")
        self._track.setAccessibleDescription(word or QLocale().toString(float(self._value), "f", self._decimals))
        self._track.update()

    def _restyle(self) -> None:
        self.field.setFixedWidth(tokens.current().scaled(84))
        self._track.updateGeometry()
        self._track.update()

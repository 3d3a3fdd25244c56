"""A switch between a few views, as one row of segments."""

from dataclasses import dataclass

from PySide6.QtCore import QPoint, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFont, QFontMetrics, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QRadioButton, QSizePolicy, QWidget

from ui.theme import icons, tokens
from ui.theme.fonts import ui_font
from ui.widgets import painting
from ui.widgets.flow_layout import FlowLayout

_SIDE_PX = 12
_ICON_GAP_PX = 8


@dataclass(frozen=True, slots=True)
class Segment:
    key: str
    label: str
    icon: str = ""


class _SegmentButton(QRadioButton):
    """One segment; a radio button, so that arrow keys and screen readers know what it is."""

    def __init__(self, segment: Segment, parent: QWidget) -> None:
        super().__init__(segment.label, parent)
        self._segment = segment
        self.setProperty("focus_radius", tokens.current().sizes.radius_segment)
        self.setSizePolicy(QSizePolicy.Policy.Minimum, QSizePolicy.Policy.Fixed)
        self.setCursor(Qt.CursorShape.PointingHandCursor)

    def sizeHint(self) -> QSize:
        current = tokens.current()
        width = QFontMetrics(_segment_font()).horizontalAdvance(self._segment.label) + 2 * _SIDE_PX
        if self._segment.icon:
            width += current.scaled(16) + _ICON_GAP_PX
        return QSize(width, current.scaled(30))

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def hitButton(self, position: QPoint) -> bool:
        return self.rect().contains(position)

    def paintEvent(self, event: QPaintEvent) -> None:
        current = tokens.current()
        painter = painting.smooth(QPainter(self))
        ground = "soft" if self.isChecked() else "hover" if self.underMouse() and self.isEnabled() else None
        if ground:
            fill = current.color(ground)
            painting.fill_round(painter, QRectF(self.rect()), current.sizes.radius_segment, fill)
        ink = "accent" if self.isChecked() else "text2" if self.isEnabled() else "muted"
        x = _SIDE_PX
        if self._segment.icon:
            size = current.scaled(16)
            mark = QRect(x, (self.height() - size) // 2, size, size)
            painter.drawPixmap(painting.mirrored(self, mark), icons.pixmap(self._segment.icon, ink, size))
            x += size + _ICON_GAP_PX
        painter.setFont(_segment_font())
        painter.setPen(current.color(ink))
        area = painting.mirrored(self, QRect(x, 0, self.width() - x, self.height()))
        painter.drawText(area, Qt.AlignmentFlag.AlignVCenter | painting.leading(self), self._segment.label)


class Segmented(QWidget):
    """Exactly one segment is chosen; `chosen` tells its key when the user changes it."""

    chosen = Signal(str)

    def __init__(self, segments: list[Segment], accessible_name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(accessible_name)
        # Long words break into a second line where there is little width.
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self._buttons: dict[str, _SegmentButton] = {}
        layout = FlowLayout(self, gap=2)
        layout.setContentsMargins(3, 3, 3, 3)
        for segment in segments:
            button = _SegmentButton(segment, self)
            button.clicked.connect(lambda _checked=False, key=segment.key: self.chosen.emit(key))
            self._buttons[segment.key] = button
            layout.addWidget(button)
        self._buttons[segments[0].key].setChecked(True)
        tokens.changed.connect(self._restyle)

    @property
    def key(self) -> str:
        return next(key for key, button in self._buttons.items() if button.isChecked())

    def set_key(self, key: str) -> None:
        """Choose without telling anyone."""
        self._buttons[key].setChecked(True)

    def focus_chosen(self) -> None:
        """Give the keyboard to the chosen segment."""
        self._buttons[self.key].setFocus(Qt.FocusReason.TabFocusReason)

    def set_segment_enabled(self, key: str, is_enabled: bool, reason: str = "") -> None:
        self._buttons[key].setEnabled(is_enabled)
        self._buttons[key].setToolTip(reason)

    def set_segment_visible(self, key: str, is_visible: bool) -> None:
        self._buttons[key].setVisible(is_visible)
        self.updateGeometry()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.setFixedHeight(self.heightForWidth(self.width()))

    def _restyle(self) -> None:
        for button in self._buttons.values():
            button.updateGeometry()
        self.setFixedHeight(self.heightForWidth(self.width()))
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        current = tokens.current()
        painter = painting.smooth(QPainter(self))
        fill, outline = current.color("raised"), current.color("border")
        painting.fill_round(painter, QRectF(self.rect()), current.sizes.radius_button, fill, outline)


def _segment_font() -> QFont:
    font = ui_font("small")
    font.setBold(True)
    return font

"""A line of a side list that narrows a view: icon, word, count."""

from PySide6.QtCore import QLocale, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QPushButton, QSizePolicy, QWidget

from ui.theme import icons, tokens
from ui.theme.fonts import ui_font, with_tabular_figures
from ui.widgets import painting
from ui.widgets.labels import Tone, as_menu_text

_SIDE_PX = 10


class FilterRow(QPushButton):
    """Checkable; rows of one parent exclude each other. A count of 0 mutes the row, None shows no count."""

    def __init__(self, label: str, icon: str = "tag", tone: Tone = "text2", parent: QWidget | None = None) -> None:
        super().__init__(as_menu_text(label), parent)
        self.setProperty("kind", "filter")
        self.label = label
        self._icon_name = icon
        self._tone: Tone = tone
        self._count: int | None = 0
        self.setCheckable(True)
        self.setAutoExclusive(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.set_count(0)
        tokens.changed.connect(self.updateGeometry)

    @property
    def count(self) -> int | None:
        return self._count

    def set_count(self, count: int | None) -> None:
        self._count = count
        counted = self.label if count is None else self.tr("{label}, %n picture(s)", "", count).format(label=self.label)
        self.setAccessibleName(counted)
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(tokens.current().scaled(170), tokens.current().row_height)

    def minimumSizeHint(self) -> QSize:
        return QSize(tokens.current().scaled(110), tokens.current().row_height)

    def paintEvent(self, event: QPaintEvent) -> None:
        current = tokens.current()
        painter = painting.smooth(QPainter(self))
        ground = "soft" if self.isChecked() else "hover" if self.underMouse() else None
        if ground:
            painting.fill_round(painter, QRectF(self.rect()), current.sizes.radius_rail, current.color(ground))
        is_quiet = self._count == 0 and not self.isChecked()
        tone = "accent" if self.isChecked() else "muted" if is_quiet else self._tone
        size = current.scaled(16)
        mark = QRect(_SIDE_PX, (self.height() - size) // 2, size, size)
        painter.drawPixmap(painting.mirrored(self, mark), icons.pixmap(self._icon_name, tone, size))
        font = with_tabular_figures(ui_font("strong" if self._count else "body"))
        number = "" if self._count is None else QLocale().toString(self._count)
        number_width = QFontMetrics(font).horizontalAdvance(number)
        painter.setFont(font)
        painter.setPen(current.color("muted" if is_quiet or self._tone == "text2" else self._tone))
        left = self.width() - _SIDE_PX - number_width
        numbers = painting.mirrored(self, QRect(left, 0, number_width, self.height()))
        painter.drawText(numbers, Qt.AlignmentFlag.AlignVCenter, number)
        label_font = ui_font("strong" if self.isChecked() else "body")
        left = _SIDE_PX + size + 8
        room = self.width() - left - number_width - _SIDE_PX - 8
        painter.setFont(label_font)
        painter.setPen(current.color("muted" if is_quiet else "text"))
        shown = QFontMetrics(label_font).elidedText(self.label, Qt.TextElideMode.ElideRight, room)
        words = painting.mirrored(self, QRect(left, 0, room, self.height()))
        painter.drawText(words, Qt.AlignmentFlag.AlignVCenter | painting.leading(self), shown)

"""Progress as one bar an epoch, with their numbers under them."""

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QProgressBar, QSizePolicy, QWidget

from ui.theme import tokens
from ui.theme.fonts import ui_font, with_tabular_figures
from ui.widgets import painting

_GAP_PX = 4


class EpochBar(QProgressBar):
    """Epochs done are filled, the present one in part; its number stands out."""

    def __init__(self, accessible_name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(accessible_name)
        self.setProperty("kind", "painted")
        self.setTextVisible(False)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._epoch_count = 1
        self._epochs_done = 0.0
        tokens.changed.connect(self.updateGeometry)

    def set_progress(self, epochs_done: float, epoch_count: int) -> None:
        """`epochs_done` counts parts too: 7.4 is the eighth epoch, 40 % through."""
        self._epoch_count = max(1, epoch_count)
        self._epochs_done = min(max(epochs_done, 0.0), float(self._epoch_count))
        self.setRange(0, self._epoch_count * 100)
        painting.set_value_quietly(self, round(self._epochs_done * 100))
        present = min(int(self._epochs_done) + 1, self._epoch_count)
        self.setAccessibleDescription(self.tr("Epoch {n} of {count}").format(n=present, count=self._epoch_count))
        self.update()

    def sizeHint(self) -> QSize:
        current = tokens.current()
        return QSize(current.scaled(240), current.scaled(12) + 6 + QFontMetrics(ui_font("small")).height())

    def minimumSizeHint(self) -> QSize:
        return QSize(80, self.sizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        current = tokens.current()
        painter = painting.smooth(QPainter(self))
        bar_height = current.scaled(12)
        gap = _GAP_PX if self.width() / self._epoch_count > 12 else 1
        width = (self.width() - gap * (self._epoch_count - 1)) / self._epoch_count
        radius = min(4.0, width / 3)
        font = with_tabular_figures(ui_font("small"))
        every = _label_step(QFontMetrics(font).horizontalAdvance(f"{self._epoch_count} "), width + gap)
        present = int(self._epochs_done)
        for index in range(self._epoch_count):
            x = index * (width + gap)
            if self.isRightToLeft():
                x = self.width() - x - width
            track = QRectF(x, 0, width, bar_height)
            painting.fill_round(painter, track, radius, current.color("hover"))
            share = min(max(self._epochs_done - index, 0.0), 1.0)
            if share > 0:
                painter.save()
                left = x + width * (1 - share) if self.isRightToLeft() else x
                painter.setClipRect(QRectF(left, 0, width * share, bar_height))
                painting.fill_round(painter, track, radius, current.color("fill"))
                painter.restore()
            is_present = index == present
            if is_present or ((index + 1) % every == 0 and abs(index - present) >= (every > 1)):
                font.setBold(is_present)
                painter.setFont(font)
                painter.setPen(current.color("text" if is_present else "muted"))
                label = QRectF(x - 20, bar_height + 4, width + 40, self.height() - bar_height - 4)
                painter.drawText(label, Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop, str(index + 1))


def _label_step(label_width: int, pitch: float) -> int:
    """Every which number fits under the bars."""
    return next((step for step in (1, 2, 5, 10, 20, 50) if step * pitch >= label_width), 100)

"""A large card that is one of a few choices, with room for a picture."""

from PySide6.QtCore import QPoint, QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QFont, QFontMetrics, QPainter, QPainterPath, QPaintEvent, QPixmap
from PySide6.QtWidgets import QRadioButton, QSizePolicy, QWidget

from ui.theme import icons, tokens
from ui.theme.fonts import ui_font
from ui.widgets import painting

_PADDING_PX = 11
_WRAPPED = Qt.TextFlag.TextWordWrap | Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop


class ChoiceCard(QRadioButton):
    """A radio button drawn as a card: picture, icon, title, one or two lines of explanation.

    Cards in one parent exclude each other; arrow keys move between them.
    """

    def __init__(self, title: str, text: str, icon: str, parent: QWidget | None = None) -> None:
        super().__init__(title, parent)
        self._explanation = text
        self._icon_name = icon
        self._picture = QPixmap()
        self.setAccessibleDescription(text)
        self.setProperty("focus_radius", tokens.current().sizes.radius_card)
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        tokens.changed.connect(self._restyle)

    def set_picture(self, picture: QPixmap) -> None:
        """Shown cover-cropped; an empty pixmap takes its room away."""
        self._picture = picture
        self._restyle()

    def set_explanation(self, text: str) -> None:
        self._explanation = text
        self.setAccessibleDescription(text)
        self._restyle()

    def _restyle(self) -> None:
        self.updateGeometry()
        self.update()

    def hitButton(self, position: QPoint) -> bool:
        return self.rect().contains(position)

    def _picture_height(self) -> int:
        return 0 if self._picture.isNull() else tokens.current().scaled(92)

    def _title_height(self) -> int:
        return max(QFontMetrics(_title_font()).height(), tokens.current().scaled(20))

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        room = QRect(0, 0, max(40, width - 2 * _PADDING_PX), 4000)
        text = QFontMetrics(ui_font("small")).boundingRect(room, _WRAPPED, self._explanation).height()
        picture = self._picture_height()
        return 2 * _PADDING_PX + picture + (8 if picture else 0) + self._title_height() + 6 + text

    def sizeHint(self) -> QSize:
        width = tokens.current().scaled(200)
        return QSize(width, self.heightForWidth(width))

    def minimumSizeHint(self) -> QSize:
        width = tokens.current().scaled(140)
        return QSize(width, self.heightForWidth(max(width, self.width())))

    def paintEvent(self, event: QPaintEvent) -> None:
        current = tokens.current()
        painter = painting.smooth(QPainter(self))
        is_live = self.isEnabled()
        rect = QRectF(self.rect())
        ground = current.color("raised" if self.underMouse() and is_live and not self.isChecked() else "card")
        painting.fill_round(painter, rect, current.sizes.radius_card, ground, current.color("border"))
        if self.isChecked():
            painting.outline_round(painter, rect, current.sizes.radius_card, current.color("accent"), 2)
        inner = self.rect().adjusted(_PADDING_PX, _PADDING_PX, -_PADDING_PX, -_PADDING_PX)
        if not self._picture.isNull():
            area = QRectF(inner.x(), inner.y(), inner.width(), self._picture_height())
            _paint_cover(painter, self._picture, area, current.sizes.radius_picture - 2)
            inner.setTop(round(area.bottom()) + 8)
        size = current.scaled(18)
        title_height = self._title_height()
        icon_top = inner.y() + (title_height - size) / 2
        ink = "text" if is_live else "muted"
        painter.drawPixmap(
            QPointF(inner.x(), icon_top), icons.pixmap(self._icon_name, "text2" if is_live else ink, size)
        )
        if self.isChecked():
            mark = icons.pixmap("check_circle", "accent", size)
            painter.drawPixmap(QPointF(inner.right() - size, icon_top), mark)
        painter.setFont(_title_font())
        painter.setPen(current.color(ink))
        tick = size + 5 if self.isChecked() else 0
        title_rect = QRect(inner.x() + size + 7, inner.y(), inner.width() - size - 7 - tick, title_height)
        title = painter.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, title_rect.width())
        painter.drawText(title_rect, Qt.AlignmentFlag.AlignVCenter, title)
        painter.setFont(ui_font("small"))
        painter.setPen(current.color("text2" if is_live else "muted"))
        painter.drawText(inner.adjusted(0, title_height + 6, 0, 0), _WRAPPED, self._explanation)


def _title_font() -> QFont:
    return ui_font("section")


def _paint_cover(painter: QPainter, picture: QPixmap, area: QRectF, radius: float) -> None:
    """The picture, centred and cut to fill the area without stretching."""
    scale = max(area.width() / picture.width(), area.height() / picture.height())
    source = QRectF(0, 0, area.width() / scale, area.height() / scale)
    source.moveCenter(QRectF(picture.rect()).center())
    path = QPainterPath()
    path.addRoundedRect(area, radius, radius)
    painter.save()
    painter.setClipPath(path)
    painter.drawPixmap(area, picture, source)
    painter.restore()

"""How a picture looks wherever it is painted: rounded, never stretched, with its ring, shade or skeleton."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QFontMetricsF, QLinearGradient, QPainter, QPainterPath, QPen, QPixmap
from PySide6.QtWidgets import QWidget

from lora_studio.dataset.buckets import Placement
from ui.theme import fonts, icons, tokens
from ui.widgets import painting
from ui.widgets.picture_store import PictureRequest, PictureStore, at_ratio

TRIM_SHADE = 0.62
CAPTION_SHADE = 0.75
LEFT_OUT_OPACITY = 0.35


def rounded(rect: QRectF, radius: float) -> QPainterPath:
    """The outline of a rounded rectangle."""
    path = QPainterPath()
    path.addRoundedRect(rect, radius, radius)
    return path


def paint_picture(
    painter: QPainter, rect: QRect, store: PictureStore, path: Path, radius: int, ratio: float, version: int = 0
) -> bool:
    """Paint a picture over the whole of `rect`, cover-cropped; a skeleton while it is not there.

    Returns whether the right picture was painted.
    """
    request = PictureRequest(path, rect.width(), rect.height(), radius, "cover", version)
    found = store.picture(at_ratio(request, ratio))
    if found is not None:
        if found.size() == rect.size():
            painter.drawPixmap(rect.topLeft(), found)  # copied, not scaled: five times quicker
        else:
            painter.drawPixmap(QRectF(rect), found, QRectF(found.rect()))
        paint_ring(painter, rect, radius, "border", 1)  # a white picture on a white card keeps its shape
        return True
    earlier = store.stand_in(path)
    if earlier is not None:
        paint_covering(painter, rect, earlier, radius)
    elif store.is_unreadable(path, version):
        paint_unreadable(painter, rect, radius)
    else:
        paint_skeleton(painter, rect, radius)
    return False


def paint_covering(painter: QPainter, rect: QRect, pixmap: QPixmap, radius: int) -> None:
    """Paint a pixmap of another size over `rect`, cut to its shape."""
    scale = max(rect.width() / pixmap.width(), rect.height() / pixmap.height())
    width, height = rect.width() / scale, rect.height() / scale
    source = QRectF((pixmap.width() - width) / 2, (pixmap.height() - height) / 2, width, height)
    painter.save()
    painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
    painter.setClipPath(rounded(QRectF(rect), radius), Qt.ClipOperation.IntersectClip)
    painter.drawPixmap(QRectF(rect), pixmap, source)
    painter.restore()


def paint_skeleton(painter: QPainter, rect: QRect, radius: int) -> None:
    """The shape of a picture that is on its way."""
    fill(painter, rect, radius, "raised")


def paint_unreadable(painter: QPainter, rect: QRect, radius: int) -> None:
    """The grey place of a picture that cannot be opened."""
    fill(painter, rect, radius, "raised")
    paint_icon(painter, rect, "picture_broken", "muted", min(24, rect.height() // 2))


def fill(painter: QPainter, rect: QRect, radius: float, token: str, alpha: float = 1.0) -> None:
    """A rounded surface in one token."""
    painter.save()
    painting.fill_round(painting.smooth(painter), QRectF(rect), radius, tokens.current().color(token, alpha))
    painter.restore()


def paint_icon(painter: QPainter, rect: QRect, name: str, token: str, size: int) -> None:
    """An icon in the middle of `rect`."""
    place = QRect(0, 0, size, size)
    place.moveCenter(rect.center())
    painter.drawPixmap(place, icons.pixmap(name, token, size, painter.device().devicePixelRatioF()))


def paint_ring(painter: QPainter, rect: QRect, radius: float, token: str, width: float) -> None:
    """A ring just inside the edge of `rect`."""
    painter.save()
    painting.outline_round(painting.smooth(painter), QRectF(rect), radius, tokens.current().color(token), width)
    painter.restore()


def paint_selected_ring(painter: QPainter, rect: QRect, radius: float) -> None:
    """What marks a picture as chosen: the accent edge, with a thin gap to the picture."""
    paint_ring(painter, rect, radius, "card", 4)
    paint_ring(painter, rect, radius, "accent", 2.5)


def paint_badge(painter: QPainter, rect: QRect, icon: str, token: str, soft: str) -> None:
    """A disc with an icon in the upper right corner of a picture."""
    size = tokens.current().sizes.badge
    disc = QRect(rect.right() - size - 5, rect.top() + 6, size, size)
    fill(painter, disc, size / 2, soft)
    paint_icon(painter, disc, icon, token, 14)


def paint_caption(painter: QPainter, rect: QRect, text: str, radius: int) -> None:
    """One line of text at the lower edge of a picture, over a gradient to dark."""
    if not text:
        return
    current = tokens.current()
    font = fonts.ui_font("small")
    metrics = QFontMetricsF(font)
    height = min(rect.height(), round(metrics.height() * 3.2))
    shade = QLinearGradient(0, rect.bottom() - height, 0, rect.bottom())
    shade.setColorAt(0, current.color("scrim", 0.0))
    shade.setColorAt(1, current.color("scrim", CAPTION_SHADE))
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setClipRect(rect.adjusted(0, rect.height() - height, 0, 0), Qt.ClipOperation.IntersectClip)
    painter.fillPath(rounded(QRectF(rect), radius), shade)
    painter.setClipping(False)
    painter.setFont(font)
    painter.setPen(current.color("onscrim"))
    space = QRectF(rect).adjusted(10, 0, -10, -8)
    line = metrics.elidedText(text.replace("\n", " "), Qt.TextElideMode.ElideRight, space.width())
    painter.drawText(space, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignBottom, line)
    painter.restore()


def paint_label(painter: QPainter, corner: QRect, text: str, align_right: bool = False) -> QRect:
    """A small dark pill with a text, in the lower left or right of `corner`. Returns its place."""
    current = tokens.current()
    font = fonts.ui_font("small")
    font.setBold(True)
    metrics = QFontMetricsF(font)
    height = current.chip_height
    width = min(round(metrics.horizontalAdvance(text)) + 20, corner.width())
    left = corner.right() - width if align_right else corner.left()
    pill = QRect(left, corner.bottom() - height, width, height)
    fill(painter, pill, height / 2, "scrim", 0.78)
    painter.setFont(font)
    painter.setPen(current.color("onscrim"))
    shown = metrics.elidedText(text, Qt.TextElideMode.ElideRight, width - 16)
    painter.drawText(pill, Qt.AlignmentFlag.AlignCenter, shown)
    return pill


def crop_rect(placement: Placement, shown: QRectF) -> QRectF:
    """Where the crop lies that training will use, when the whole picture is shown in `shown`."""
    across = shown.width() / placement.resized_width_px
    down = shown.height() / placement.resized_height_px
    return QRectF(
        shown.left() + placement.left_px * across,
        shown.top() + placement.top_px * down,
        placement.bucket_width_px * across,
        placement.bucket_height_px * down,
    )


def paint_trim(painter: QPainter, shown: QRectF, kept: QRectF, radius: float, thirds: bool = False) -> None:
    """Shade what training leaves away, and frame what it keeps."""
    current = tokens.current()
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    inner = QPainterPath()
    inner.addRect(kept)
    painter.fillPath(rounded(shown, radius).subtracted(inner), current.color("scrim", TRIM_SHADE))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    if thirds:
        painter.setPen(QPen(current.color("onscrim", 0.35), 1))
        for part in (1, 2):
            across, down = kept.width() * part / 3, kept.height() * part / 3
            painter.drawLine(kept.topLeft() + QPointF(across, 0), kept.bottomLeft() + QPointF(across, 0))
            painter.drawLine(kept.topLeft() + QPointF(0, down), kept.topRight() + QPointF(0, down))
    painter.setPen(QPen(current.color("onscrim"), 1.5))
    painter.drawRect(kept.adjusted(0.75, 0.75, -0.75, -0.75))
    painter.restore()


def watch_theme(widget: QWidget) -> None:
    """Measure and paint a widget again when the theme or the text size changes."""
    tokens.changed.connect(widget.updateGeometry)
    tokens.changed.connect(widget.update)

"""The application style sheet and the marks Fusion draws, both from tokens.

Our own widgets paint themselves where a style sheet cannot reach; this file makes sure that nothing, not even a
standard dialog, is left in the toolkit's default look.
"""

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPen
from PySide6.QtWidgets import QProxyStyle, QStyle, QStyleOption, QWidget

from ui.theme import icons, tokens
from ui.theme.tokens import Tokens

_CHECK_MARKS = (QStyle.PrimitiveElement.PE_IndicatorCheckBox, QStyle.PrimitiveElement.PE_IndicatorItemViewItemCheck)
_ARROWS = {
    QStyle.PrimitiveElement.PE_IndicatorArrowDown: "chevron_down",
    QStyle.PrimitiveElement.PE_IndicatorArrowUp: "chevron_up",
    QStyle.PrimitiveElement.PE_IndicatorArrowLeft: "chevron_left",
    QStyle.PrimitiveElement.PE_IndicatorArrowRight: "chevron_right",
    QStyle.PrimitiveElement.PE_IndicatorSpinDown: "chevron_down",
    QStyle.PrimitiveElement.PE_IndicatorSpinUp: "chevron_up",
}


class StudioStyle(QProxyStyle):
    """Fusion with our own ticks, radio dots and arrows; focus is shown by the focus ring instead."""

    def __init__(self) -> None:
        super().__init__("Fusion")

    def drawPrimitive(
        self, element: QStyle.PrimitiveElement, option: QStyleOption, painter: QPainter, widget: QWidget | None = None
    ) -> None:
        if element in _CHECK_MARKS:
            _paint_check_box(painter, option)
        elif element == QStyle.PrimitiveElement.PE_IndicatorRadioButton:
            _paint_radio_button(painter, option)
        elif element in _ARROWS:
            _paint_arrow(painter, option, _ARROWS[element])
        elif element != QStyle.PrimitiveElement.PE_FrameFocusRect:
            super().drawPrimitive(element, option, painter, widget)


def _square(option: QStyleOption) -> QRectF:
    rect = QRectF(option.rect)
    side = min(rect.width(), rect.height()) - 2
    square = QRectF(0, 0, side, side)
    square.moveCenter(rect.center())
    return square


def _has(option: QStyleOption, flag: QStyle.StateFlag) -> bool:
    return bool(option.state & flag)


def _indicator_pen(option: QStyleOption) -> QPen:
    current = tokens.current()
    is_live = _has(option, QStyle.StateFlag.State_Enabled)
    is_hovered = is_live and _has(option, QStyle.StateFlag.State_MouseOver)
    return QPen(current.color("accent" if is_hovered else "line"), 1.5)


def _paint_check_box(painter: QPainter, option: QStyleOption) -> None:
    current = tokens.current()
    square = _square(option)
    is_on = _has(option, QStyle.StateFlag.State_On)
    is_partial = _has(option, QStyle.StateFlag.State_NoChange)
    is_live = _has(option, QStyle.StateFlag.State_Enabled)
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    if is_on or is_partial:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(current.color("fill" if is_live else "line"))
        painter.drawRoundedRect(square, square.width() * 0.28, square.width() * 0.28)
        pen = QPen(current.color("onfill" if is_live else "card"), 2)
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
        painter.setPen(pen)
        shape = ((0.25, 0.5), (0.75, 0.5)) if is_partial else ((0.25, 0.53), (0.43, 0.7), (0.76, 0.32))
        side = square.width()
        painter.drawPolyline([square.topLeft() + QPointF(x * side, y * side) for x, y in shape])
    else:
        painter.setPen(_indicator_pen(option))
        painter.setBrush(current.color("card"))
        painter.drawRoundedRect(square.adjusted(0.75, 0.75, -0.75, -0.75), square.width() * 0.28, square.width() * 0.28)
    painter.restore()


def _paint_radio_button(painter: QPainter, option: QStyleOption) -> None:
    current = tokens.current()
    circle = _square(option).adjusted(0.75, 0.75, -0.75, -0.75)
    is_on = _has(option, QStyle.StateFlag.State_On)
    is_live = _has(option, QStyle.StateFlag.State_Enabled)
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setBrush(current.color("card"))
    painter.setPen(QPen(current.color("accent"), 2) if is_on and is_live else _indicator_pen(option))
    painter.drawEllipse(circle)
    if is_on:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(current.color("accent" if is_live else "line"))
        inset = circle.width() * 0.26
        painter.drawEllipse(circle.adjusted(inset, inset, -inset, -inset))
    painter.restore()


def _paint_arrow(painter: QPainter, option: QStyleOption, name: str) -> None:
    size = min(tokens.current().scaled(14), option.rect.width(), option.rect.height())
    if size <= 0:
        return
    is_live = _has(option, QStyle.StateFlag.State_Enabled)
    centre = option.rect.center()
    arrow = icons.pixmap(name, "text2" if is_live else "muted", size)
    painter.drawPixmap(centre.x() + 1 - size // 2, centre.y() + 1 - size // 2, arrow)


def style_sheet(current: Tokens) -> str:
    """The application style sheet of one set of tokens."""
    return "\n".join(
        (
            _text(current),
            _surfaces(current),
            _buttons(current),
            _inputs(current),
            _toggles(current),
            _lists(current),
            _scrolling(current),
            _menus(current),
            _dialogs(current),
        )
    )


def _text(t: Tokens) -> str:
    return f"""
* {{ font-size: {t.body_px}px; }}
QWidget {{ color: {t.text}; selection-background-color: {t.fill}; selection-color: {t.onfill}; }}
QWidget:disabled {{ color: {t.muted}; }}
QLabel {{ background: transparent; }}
QLabel[level="display"] {{ font-size: {t.display_px}px; font-weight: bold; }}
QLabel[level="title"] {{ font-size: {t.title_px}px; font-weight: bold; }}
QLabel[level="section"] {{ font-size: {t.section_px}px; font-weight: bold; }}
QLabel[level="strong"] {{ font-weight: bold; }}
QLabel[level="small"] {{ font-size: {t.small_px}px; }}
QLabel[tone="text2"] {{ color: {t.text2}; }}
QLabel[tone="muted"] {{ color: {t.muted}; }}
QLabel[tone="accent"] {{ color: {t.accent}; }}
QLabel[tone="ok"] {{ color: {t.ok}; }}
QLabel[tone="warn"] {{ color: {t.warn}; }}
QLabel[tone="err"] {{ color: {t.err}; }}
"""


def _surfaces(t: Tokens) -> str:
    card = f"border-radius: {t.sizes.radius_card}px"
    soft = "".join(
        f"QFrame[surface={kind}] {{ background: {ground}; border: 1px solid {ink}; {card}; }}\n"
        for kind, ground, ink in (
            ("info", t.soft, t.accent),
            ("ok", t.oksoft, t.ok),
            ("warn", t.warnsoft, t.warn),
            ("err", t.errsoft, t.err),
        )
    )
    return f"""{soft}
QMainWindow, QDialog, QMessageBox {{ background: {t.bg}; }}
QFrame[surface="card"] {{ background: {t.card}; border: 1px solid {t.border}; {card}; }}
QFrame[surface="raised"] {{ background: {t.raised}; border: 1px solid {t.border};
  border-radius: {t.sizes.radius_button}px; }}
QFrame[surface="rail"] {{ background: {t.rail}; border: none; border-right: 1px solid {t.border}; }}
QFrame[surface="bar"] {{ background: {t.card}; border: none; border-top: 1px solid {t.border}; }}
QFrame[surface="stage"] {{ background: {t.stage}; border: none; border-radius: {t.sizes.radius_picture}px; }}
QFrame[surface="line"] {{ background: {t.border}; border: none; max-height: 1px; min-height: 1px; }}
QSplitter::handle {{ background: {t.border}; }}
QSplitter::handle:hover {{ background: {t.accent}; }}
QGroupBox {{ border: 1px solid {t.border}; border-radius: {t.sizes.radius_card}px; margin-top: {t.scaled(10)}px;
  padding: 12px; font-weight: bold; }}
QGroupBox::title {{ subcontrol-origin: margin; left: 12px; padding: 0 4px; }}
"""


def _buttons(t: Tokens) -> str:
    height = t.button_height - 2
    return f"""
QPushButton, QToolButton {{ background: {t.raised}; color: {t.text}; border: 1px solid {t.border};
  border-radius: {t.sizes.radius_button}px; padding: 0 14px; min-height: {height}px; font-weight: bold; }}
QPushButton:hover, QToolButton:hover {{ background: {t.hover}; }}
QPushButton:pressed, QToolButton:pressed {{ background: {t.soft}; }}
QPushButton:disabled, QToolButton:disabled {{ color: {t.muted}; }}
QPushButton:default {{ background: {t.fill}; color: {t.onfill}; border-color: {t.fill}; }}
QPushButton:default:disabled {{ background: {t.raised}; color: {t.muted}; border-color: {t.border}; }}
QPushButton[kind] {{ padding: 0; min-height: -1px; }}
QToolButton {{ padding: 0 8px; }}
QLineEdit QToolButton {{ background: transparent; border: none; min-height: 0; padding: 0; }}
QToolButton::menu-indicator, QPushButton::menu-indicator {{ image: none; width: 0; }}
"""


def _inputs(t: Tokens) -> str:
    fields = "QLineEdit, QAbstractSpinBox, QComboBox, QPlainTextEdit, QTextEdit"
    focused = ", ".join(f"{name}:focus" for name in fields.split(", "))
    disabled = ", ".join(f"{name}:disabled" for name in fields.split(", "))
    return f"""
{fields} {{ background: {t.raised}; color: {t.text}; border: 1px solid {t.line};
  border-radius: {t.sizes.radius_button}px; padding: 0 11px; min-height: {t.input_height - 2}px; }}
QPlainTextEdit, QTextEdit {{ padding: 7px 8px; }}
{focused} {{ border: 2px solid {t.accent}; padding: 0 10px; min-height: {t.input_height - 4}px; }}
QPlainTextEdit:focus, QTextEdit:focus {{ padding: 6px 7px; }}
{disabled} {{ color: {t.muted}; border-color: {t.border}; }}
QLineEdit[invalid="true"], QPlainTextEdit[invalid="true"] {{ border: 2px solid {t.err}; padding: 0 10px;
  min-height: {t.input_height - 4}px; }}
QLineEdit[frameless="true"], QLineEdit[frameless="true"]:focus {{ border: none; background: transparent; padding: 0;
  min-height: {t.scaled(20)}px; }}
QAbstractSpinBox::up-button, QAbstractSpinBox::down-button {{ width: 0; border: none; }}
QAbstractSpinBox QLineEdit {{ border: none; background: transparent; padding: 0 8px; min-height: 0; }}
QComboBox {{ padding-right: 6px; }}
QComboBox::drop-down {{ width: {t.scaled(28)}px; border: none; }}
QComboBox::down-arrow {{ width: {t.scaled(16)}px; height: {t.scaled(16)}px; }}
QComboBox QAbstractItemView {{ background: {t.raised}; border: 1px solid {t.border}; padding: 4px; outline: none;
  selection-background-color: {t.soft}; selection-color: {t.text}; }}
QComboBox QAbstractItemView::item {{ min-height: {t.row_height}px; padding: 0 8px; border-radius: 6px; }}
"""


def _toggles(t: Tokens) -> str:
    side = t.scaled(18)
    return f"""
QCheckBox, QRadioButton {{ spacing: 10px; color: {t.text2}; min-height: {t.scaled(28)}px; background: transparent; }}
QCheckBox:checked, QRadioButton:checked {{ color: {t.text}; }}
QCheckBox:disabled, QRadioButton:disabled {{ color: {t.muted}; }}
QCheckBox::indicator, QRadioButton::indicator {{ width: {side}px; height: {side}px; }}
QSlider:horizontal {{ min-height: {side + 6}px; }}
QSlider:vertical {{ min-width: {side + 6}px; }}
QSlider::groove:horizontal {{ height: 6px; border-radius: 3px; background: {t.hover}; }}
QSlider::sub-page:horizontal {{ background: {t.fill}; border-radius: 3px; }}
QSlider::handle:horizontal {{ background: {t.card}; border: 2px solid {t.fill}; width: {side}px; height: {side}px;
  margin: -{side // 2 - 1}px 0; border-radius: {side // 2 + 1}px; }}
QSlider::groove:vertical {{ width: 6px; border-radius: 3px; background: {t.fill}; }}
QSlider::sub-page:vertical {{ background: {t.hover}; border-radius: 3px; }}
QSlider::handle:vertical {{ background: {t.card}; border: 2px solid {t.fill}; width: {side}px; height: {side}px;
  margin: 0 -{side // 2 - 1}px; border-radius: {side // 2 + 1}px; }}
QSlider::handle:disabled {{ border-color: {t.line}; }}
QProgressBar {{ background: {t.hover}; border: none; border-radius: 3px; min-height: 6px; max-height: 6px;
  color: transparent; }}
QProgressBar[kind="painted"] {{ min-height: 0; max-height: 9999px; }}
QProgressBar::chunk {{ background: {t.fill}; border-radius: 3px; }}
"""


def _lists(t: Tokens) -> str:
    return f"""
QAbstractItemView {{ background: {t.card}; alternate-background-color: {t.raised}; border: 1px solid {t.border};
  border-radius: {t.sizes.radius_button}px; outline: none; gridline-color: {t.border};
  selection-background-color: {t.soft}; selection-color: {t.text}; }}
QAbstractItemView[frameless="true"] {{ background: transparent; border: none; }}
QListView::item, QTreeView::item {{ min-height: {t.row_height}px; padding: 0 8px; }}
QAbstractItemView::item:hover {{ background: {t.hover}; }}
QAbstractItemView::item:selected {{ background: {t.soft}; color: {t.text}; }}
QHeaderView {{ background: transparent; border: none; }}
QHeaderView::section {{ background: {t.card}; color: {t.muted}; font-size: {t.small_px}px; font-weight: bold;
  border: none; border-bottom: 1px solid {t.border}; padding: 6px 8px; }}
QTableCornerButton::section {{ background: {t.card}; border: none; }}
QTabWidget::pane {{ border: 1px solid {t.border}; border-radius: {t.sizes.radius_card}px; top: -1px; }}
QTabBar::tab {{ background: transparent; color: {t.text2}; padding: 8px 14px; border-bottom: 2px solid transparent;
  font-weight: bold; }}
QTabBar::tab:hover {{ color: {t.text}; background: {t.hover}; }}
QTabBar::tab:selected {{ color: {t.accent}; border-bottom-color: {t.accent}; }}
"""


def _scrolling(t: Tokens) -> str:
    return f"""
QScrollArea, QScrollArea > QWidget > QWidget[scrolled="true"] {{ background: transparent; border: none; }}
QAbstractScrollArea::corner {{ background: transparent; }}
QScrollBar {{ background: transparent; border: none; }}
QScrollBar:vertical {{ width: 10px; }}
QScrollBar:horizontal {{ height: 10px; }}
QScrollBar::handle {{ background: {t.line}; border-radius: 3px; margin: 2px; }}
QScrollBar::handle:vertical {{ min-height: 32px; }}
QScrollBar::handle:horizontal {{ min-width: 32px; }}
QScrollBar::handle:hover {{ background: {t.muted}; }}
QScrollBar::add-line, QScrollBar::sub-line {{ width: 0; height: 0; }}
QScrollBar::add-page, QScrollBar::sub-page {{ background: transparent; }}
"""


def _menus(t: Tokens) -> str:
    return f"""
QMenu {{ background: {t.raised}; border: 1px solid {t.border}; padding: 6px;
  border-radius: {t.sizes.radius_button}px; }}
QMenu::item {{ color: {t.text}; padding: 0 24px 0 10px; min-height: {t.scaled(32)}px; height: {t.scaled(32)}px;
  border-radius: 6px; }}
QMenu::item:selected {{ background: {t.soft}; }}
QMenu::item:disabled {{ color: {t.muted}; }}
QMenu::icon {{ padding-left: 8px; }}
QMenu::separator {{ height: 1px; background: {t.border}; margin: 6px 4px; }}
QMenu::indicator {{ width: {t.scaled(16)}px; height: {t.scaled(16)}px; padding-left: 8px; }}
QMenuBar {{ background: {t.bg}; }}
QMenuBar::item {{ padding: 6px 10px; background: transparent; }}
QMenuBar::item:selected {{ background: {t.hover}; border-radius: 6px; }}
QToolTip {{ background: {t.raised}; color: {t.text}; border: 1px solid {t.line}; padding: 6px 8px;
  font-size: {t.small_px}px; }}
"""


def _dialogs(t: Tokens) -> str:
    return f"""
QDialogButtonBox QPushButton, QMessageBox QPushButton {{ min-width: {t.scaled(84)}px; }}
QStatusBar {{ background: {t.card}; color: {t.text2}; border-top: 1px solid {t.border}; }}
QDockWidget::title, QToolBar {{ background: {t.card}; border: none; }}
QCalendarWidget QWidget {{ background: {t.card}; }}
"""

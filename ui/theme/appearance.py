"""Which theme and text size are in force: the user's choice, or the system's, followed live."""

from typing import Literal

from PySide6.QtCore import QObject, Qt, QTimer
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QApplication

from ui.theme import icons, palette, style, tokens
from ui.theme.focus_ring import FocusRings
from ui.theme.fonts import ui_font
from ui.theme.late_style import REST_MS, put_on, style_some

ThemeChoice = Literal["system", "dark", "light", "contrast"]

_NATIVE_SCHEMES = {
    "system": Qt.ColorScheme.Unknown,
    "contrast": Qt.ColorScheme.Unknown,
    "dark": Qt.ColorScheme.Dark,
    "light": Qt.ColorScheme.Light,
}


class Appearance(QObject):
    """Owns the look of one application; make one, after the QApplication."""

    def __init__(self, app: QApplication, choice: ThemeChoice = "system", text_scale: float = 1.0) -> None:
        super().__init__(app)
        self._app = app
        self._choice: ThemeChoice = choice
        self._text_scale = text_scale
        self._is_applied = False
        self._system_palette = QPalette(app.palette())
        self._style = style.StudioStyle()
        app.setStyle(self._style)
        app.setWindowIcon(icons.app_icon())
        self._rest = QTimer(self, interval=REST_MS)
        self._rest.timeout.connect(self._style_some)
        self._rings = app.findChild(FocusRings) or FocusRings(app)
        hints = app.styleHints()
        hints.colorSchemeChanged.connect(self._apply)
        hints.accessibility().contrastPreferenceChanged.connect(self._apply)
        self._apply()

    @property
    def choice(self) -> ThemeChoice:
        return self._choice

    @property
    def text_scale(self) -> float:
        return self._text_scale

    def set_choice(self, choice: ThemeChoice) -> None:
        self._choice = choice
        self._app.styleHints().setColorScheme(_NATIVE_SCHEMES[choice])  # native title bars follow
        self._apply()

    def set_text_scale(self, text_scale: float) -> None:
        self._text_scale = text_scale
        self._apply()

    def _scheme(self) -> tokens.Scheme:
        if self._choice != "system":
            return self._choice
        hints = self._app.styleHints()
        if hints.accessibility().contrastPreference() == Qt.ContrastPreference.HighContrast:
            return "contrast"
        if hints.colorScheme() == Qt.ColorScheme.Unknown:
            is_dark = tokens.luminance(self._system_palette.color(QPalette.ColorRole.Window).name()) < 0.2
            return "dark" if is_dark else "light"
        return "dark" if hints.colorScheme() == Qt.ColorScheme.Dark else "light"

    def _apply(self) -> None:
        wanted = tokens.for_scheme(self._scheme(), self._text_scale, self._system_palette)
        if self._is_applied and wanted == tokens.current():
            return  # styling every widget anew takes long, and it looks like this already
        self._is_applied = True
        tokens.put_in_force(wanted)
        self._app.setPalette(palette.build(wanted))
        self._app.setFont(ui_font())
        put_on(self._app, style.style_sheet(wanted))
        self._rest.start()

    def _style_some(self) -> None:
        if not style_some():
            self._rest.stop()

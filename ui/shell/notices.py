"""Tray icon and notifications: only while the window is not in front."""

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QMenu, QSystemTrayIcon, QWidget

from ui.theme import icons


class Notices(QObject):
    """Tells things outside the window; a click on one asks for the place it is about."""

    place_wanted = Signal(str)
    window_wanted = Signal()
    quit_wanted = Signal()

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._window = window
        self._place = ""
        self._menu = QMenu(window)
        self._menu.addAction(self.tr("Show LoRA Studio")).triggered.connect(lambda: self.window_wanted.emit())
        self._menu.addAction(self.tr("Quit")).triggered.connect(lambda: self.quit_wanted.emit())
        self.tray = QSystemTrayIcon(icons.app_icon(), self)
        self.tray.setToolTip("LoRA Studio")
        self.tray.setContextMenu(self._menu)
        self.tray.activated.connect(self._take_activation)
        self.tray.messageClicked.connect(self._open_place)

    @property
    def has_tray(self) -> bool:
        return QSystemTrayIcon.isSystemTrayAvailable()

    def set_tray_shown(self, is_shown: bool) -> None:
        """The tray icon is there while training goes on without a window."""
        self.tray.setVisible(is_shown and self.has_tray)

    def notify(self, title: str, body: str, place: str) -> bool:
        """Show a notification; False when the window is in front and says it itself, or there is nowhere to show it."""
        if self._window.isActiveWindow() or not self.has_tray:
            return False
        self._place = place
        self.tray.show()
        self.tray.showMessage(title, body, icons.app_icon())
        return True

    def _open_place(self) -> None:
        self.window_wanted.emit()
        if self._place:
            self.place_wanted.emit(self._place)

    def _take_activation(self, reason: QSystemTrayIcon.ActivationReason) -> None:
        if reason != QSystemTrayIcon.ActivationReason.Context:
            self.window_wanted.emit()

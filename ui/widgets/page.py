"""What every page is to the window around it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from PySide6.QtCore import QObject, QUrl, Signal
from PySide6.QtGui import QDesktopServices, QGuiApplication
from PySide6.QtWidgets import QVBoxLayout, QWidget

from lora_studio.dataset.thumbnails import Thumbnails
from lora_studio.projects.project import Project
from ui.models.queue_after import AfterQueueModel
from ui.models.settings import SettingsModel
from ui.models.workspace import Workspace
from ui.theme import tokens
from ui.theme.appearance import Appearance
from ui.widgets.buttons import Button
from ui.widgets.picture_store import PictureStore, loader

StateKind = Literal["ok", "info", "warn", "err", "busy", "lock"]


@dataclass(frozen=True, slots=True)
class BottomState:
    """The sentence at the left of the bottom bar: what is true now, and what it means."""

    title: str
    body: str = ""
    kind: StateKind = "info"


class Context(QObject):
    """What the application shares with all its pages; the same object for each of them."""

    def __init__(
        self,
        settings: SettingsModel,
        appearance: Appearance,
        workspace: Workspace | None = None,
        store: PictureStore | None = None,
    ) -> None:
        """Without a workspace or a store it makes its own."""
        super().__init__()
        self.settings = settings
        self.appearance = appearance
        self.workspace = workspace or Workspace(settings)
        self.after = AfterQueueModel(self)
        self.store = store or PictureStore(loader(Thumbnails(settings.values.cache_dir / "thumbnails")))

    @property
    def project(self) -> Project | None:
        """The project the steps work on; None before one is open."""
        return self.workspace.project


class Page(QWidget):
    """One place of the app.

    The window shows `title()` and `subtitle()` above the page, `header_actions()` at the top right, and in the bottom
    bar `bottom_state()` and `bottom_actions()`, of which at most one is primary and stands last. It asks for them when
    the page comes into view and again whenever the page emits `chrome_changed`. Widgets handed out belong to the page:
    it makes them once and hands out the same ones.
    """

    chrome_changed = Signal()
    place_wanted = Signal(str)  # a place's name: the window goes there
    toast_wanted = Signal(str, object)  # the line, and a function that takes it back, or None
    report_wanted = Signal()  # the window offers to save one
    narrowness_changed = Signal(bool)

    widest_px: int | None = None  # at 100 % text; None where pictures fill any width

    def __init__(self, context: Context, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.context = context
        self._is_narrow = False
        self.body = QVBoxLayout(self)
        sizes = tokens.current().sizes
        self.body.setContentsMargins(sizes.page_margin, 0, sizes.page_margin, sizes.gap16)
        self.body.setSpacing(sizes.gap12)

    def title(self) -> str:
        raise NotImplementedError

    def subtitle(self) -> str:
        return ""

    def header_actions(self) -> list[QWidget]:
        return []

    def bottom_state(self) -> BottomState | None:
        """None hides the bar when there are no actions either."""
        return None

    def bottom_actions(self) -> list[Button]:
        return []

    def primary_action(self) -> Button | None:
        return next((action for action in self.bottom_actions() if action.kind == "primary"), None)

    def help(self) -> str:
        """A few plain sentences for F1."""
        return ""

    def things_to_look_at(self) -> int | None:
        """How many things here need a look, for the rail; None leaves it to the window. Emit `chrome_changed` too."""
        return None

    def shown(self) -> None:
        """The page came into view."""

    def hidden(self) -> None:
        """The page left the view."""

    def drop_sentence(self, paths: tuple[Path, ...]) -> str:
        """What a drop of these would do here, in a few words; empty leaves it to the window. Must not read the disk."""
        return ""

    def take_drop(self, paths: tuple[Path, ...]) -> None:
        """Do what `drop_sentence` named."""

    def show_folder(self, path: Path) -> None:
        """Show a folder, or the one a file lies in, in the computer's own program for that.

        Where there is no such program, the path is copied and that is told.
        """
        folder = path if path.is_dir() else path.parent
        if not QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder))):
            QGuiApplication.clipboard().setText(str(folder))
            self.toast_wanted.emit(self.tr("No program to show folders was found. The path is copied."), None)

    def show_web_page(self, address: str) -> None:
        """Show a page in the browser; where there is none, the address is copied and that is told."""
        if not QDesktopServices.openUrl(QUrl(address)):
            QGuiApplication.clipboard().setText(address)
            self.toast_wanted.emit(self.tr("No program to show web pages was found. The address is copied."), None)

    @property
    def is_narrow(self) -> bool:
        """The window is below 1180 px: fold side panels."""
        return self._is_narrow

    def set_narrow(self, is_narrow: bool) -> None:
        if is_narrow != self._is_narrow:
            self._is_narrow = is_narrow
            self.narrowness_changed.emit(is_narrow)

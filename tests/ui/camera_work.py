"""What happens in the camera's process: frozen movement, settled windows, pictures, trees, differences."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import keyring
import numpy as np
import shiboken6
from camera import NOTICED, NOTICED_ON_SURFACES, TOLERATED, Found
from memory_keyring import MemoryKeyring
from numpy.typing import NDArray
from PIL import Image
from pseudo import cut_texts
from PySide6.QtCore import QCoreApplication, QDateTime, QEvent, QLocale, QObject, QTimer
from PySide6.QtGui import QImage, QPainter
from PySide6.QtWidgets import QApplication, QMenu, QWidget
from screens import FOUR_K, GERMAN, IN_GERMAN, SCREENS, VARIANTS, Stage, Variant
from spoken import complaints, tree
from told_runs import NOW

from ui.models import queue_after, recipe_plan, recipe_settings
from ui.shell.language import EnglishPlurals, install_language
from ui.shell.main_window import MainWindow
from ui.shell.rail import RailItem
from ui.theme.appearance import Appearance
from ui.theme.late_style import style_some
from ui.theme.tokens import DARK, LIGHT
from ui.widgets.buttons import Button
from ui.widgets.compare_grid import CompareGrid
from ui.work import tasks
from ui.work.garbage import Collector

SOON_MS = 500  # timers that are over sooner belong to the state that is shown
PATIENCE_S = 30
LOOKS = 6
LOOKS_AT_CHANGES = 2
ANOTHER_LOOK_S = 1.0
Pixels = NDArray[np.uint8]


class FrozenDateTime(QDateTime):
    @staticmethod
    def currentDateTime() -> QDateTime:
        return QDateTime.fromSecsSinceEpoch(int(NOW))


def freeze() -> None:
    """Nothing turns, blinks, tells the time, or asks for a token of whoever runs this."""
    os.environ.pop("HF_TOKEN", None)
    keyring.set_keyring(MemoryKeyring())
    for kind, step in ((Button, "_turn_ring"), (RailItem, "_turn_ring"), (CompareGrid, "_move_shimmer")):
        setattr(kind, step, lambda self: None)
    recipe_plan.QDateTime = FrozenDateTime  # type: ignore[misc]
    queue_after.command_for = lambda wish: [wish]  # computers differ in what they can do
    QApplication.setCursorFlashTime(0)
    QLocale.setDefault(QLocale(QLocale.Language.English, QLocale.Country.UnitedStates))


def settle(window: MainWindow) -> None:
    """Until nothing works in the background, and everything it told is shown."""
    context = window.context
    end, quiet = time.monotonic() + PATIENCE_S, 0
    owners = [window, context.workspace, context.store, *([context.workspace.run] if context.workspace.run else [])]
    pending: list[object] = []
    while quiet < 3:
        assert time.monotonic() < end, f"the window never comes to rest: {pending or 'work in the background'}"
        tasks.wait_for_all(PATIENCE_S * 1000)
        while style_some():  # what waits for a new look out of view
            pass
        QApplication.processEvents()
        QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        timers = [timer for one in owners for timer in one.findChildren(QTimer)]
        pending = [timer for timer in timers if timer.isActive() and _ends_soon(timer)]
        if pending or context.store.waiting_count or not tasks.is_idle():
            quiet = 0
            time.sleep(0.01)
        else:
            quiet += 1


def _ends_soon(timer: QTimer) -> bool:
    """Those without an interval make a page part by part, and stop themselves."""
    return timer.interval() <= SOON_MS if timer.isSingleShot() else timer.interval() == 0


def pixels(image: QImage) -> Pixels:
    image = image.convertToFormat(QImage.Format.Format_RGB888)
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
    return rows[:, : image.width() * 3].reshape(image.height(), image.width(), 3).copy()


def difference(actual: Pixels, golden: Pixels) -> tuple[float, Pixels]:
    """The share of pixels that a person could tell apart, and a picture of them over the pale actual one."""
    if actual.shape != golden.shape:
        return 1.0, actual
    off = np.abs(actual.astype(np.int16) - golden).max(axis=2)
    on_surface = is_surface(golden) | is_surface(actual)  # of a token that changed only one of them has a colour
    differs = (off > NOTICED) | (off > NOTICED_ON_SURFACES) & on_surface
    shown = (actual // 4 + 190).astype(np.uint8)
    shown[differs] = (220, 0, 60)
    return float(differs.mean()), shown


def is_surface(picture: Pixels) -> NDArray[np.bool_]:
    """Where a picture has exactly a colour of the theme; shape (height, width)."""
    packed = (picture.astype(np.int32) * (1 << 16, 1 << 8, 1)).sum(axis=2)
    colours = {*asdict(DARK).values(), *asdict(LIGHT).values()}
    return np.isin(packed, [int(colour[1:], 16) for colour in colours])


class Flashes(QObject):
    """Parts of a window that were shown before they had a place in it: for a moment each is a window of its own."""

    def __init__(self, app: QApplication) -> None:
        super().__init__(app)
        self.seen: list[str] = []
        app.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        is_window = event.type() == QEvent.Type.Show and isinstance(watched, QWidget) and watched.isWindow()
        if is_window and not isinstance(watched, (MainWindow, QMenu)):
            self.seen.append(f"{type(watched).__name__} is shown as a window of its own")
        return False

    def take(self) -> list[str]:
        seen, self.seen = self.seen, []
        return seen


@dataclass
class Camera:
    folder: Path
    against: Path | None = None

    def __post_init__(self) -> None:
        app = QApplication(sys.argv[:1])
        app.setApplicationName("LoRA Studio")
        freeze()
        app.installTranslator(EnglishPlurals(app))
        self.app = app
        self.collector = Collector(app)
        self.flashes = Flashes(app)
        self.appearance = Appearance(app, "dark")
        self.stage = Stage(app, self.appearance, settle)
        self.differences: dict[str, float] = {}
        self.trees: dict[str, str] = {}
        self.complaints: dict[str, list[str]] = {}
        self.seconds: dict[str, float] = {}

    def take_all(self, only: list[str] | None, themes: list[str], *, variants: bool) -> Found:
        for name in SCREENS:
            if only is None or any(name.startswith(one) for one in only):
                begun = time.monotonic()
                self._take(name, themes, VARIANTS.get(name, ()) if variants else ())
                self.seconds[name] = round(time.monotonic() - begun, 2)
        if variants:
            self._speak_german([name for name in IN_GERMAN if name in self.trees])
        return Found(self.differences, self.trees, self.complaints, self.seconds)

    def take_four_k(self, names: list[str]) -> Found:
        for name in names:
            self._take(name, [], (FOUR_K,))
        return Found(self.differences, self.trees, self.complaints, self.seconds)

    def look_for_cuts(self, only: list[str] | None) -> Found:
        """Every screen in the smallest window with the largest text; nothing is drawn."""
        cuts: dict[str, list[str]] = {}
        for name in SCREENS if only is None else only:
            self.stage.begin()
            window = SCREENS[name](self.stage)
            self.appearance.set_text_scale(1.5)
            window.resize(1024, 680)
            settle(window)
            cuts[name] = cut_texts(window)
            self.appearance.set_text_scale(1.0)
            self._clear(window)
        return Found({}, {}, cuts, {})

    def _speak_german(self, names: list[str]) -> None:
        install_language(self.app, "de")
        QLocale.setDefault(QLocale("de_DE"))
        recipe_settings.fields.cache_clear()  # their words are kept as long as the program runs
        for name in names:
            self._take(name, [], (GERMAN,))

    def _take(self, name: str, themes: list[str], variants: tuple[Variant, ...]) -> None:
        self.stage.begin()
        window = SCREENS[name](self.stage)
        settle(window)
        if themes:
            self.trees[name] = self._read(window)
            self.complaints[name] = complaints(window) + self.flashes.take()
        for theme in themes:
            self.appearance.set_choice(theme)  # type: ignore[arg-type]
            self._keep(f"{name}-{theme}", window)
        for variant in variants:
            self.appearance.set_choice(variant.theme)
            self.appearance.set_text_scale(variant.text_scale)
            window.resize(*variant.size)
            self._keep(f"{name}-{variant.name}", window)
            self.appearance.set_text_scale(1.0)
        self.appearance.set_choice("dark")
        self._clear(window)

    def _clear(self, window: MainWindow) -> None:
        self.stage.end()
        window.hide()
        shiboken6.delete(window)
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        self.collector.look()

    def _still_shot(self, window: MainWindow) -> Pixels:
        """A layout may ask for another one after the window seemed at rest: the same picture twice is the picture."""
        before = None
        for _ in range(LOOKS):
            settle(window)
            shot = pixels(self._grab(window))
            if before is not None and np.array_equal(before, shot):
                break
            before = shot
        return shot

    def _read(self, window: MainWindow) -> str:
        """What a screen reader finds in the window, or in the menu that the screen is about."""
        with self._opened_menu() as menu:
            return tree(menu or window)

    def _grab(self, window: MainWindow) -> QImage:
        """The window, with the menu over it that the screen is about."""
        with self._opened_menu() as menu:
            settle(window)
            shot = window.grab()
            if menu is not None:
                place = window.mapFromGlobal(menu.pos())
                painter = QPainter(shot)
                painter.setClipRegion(menu.mask().translated(place))
                painter.drawPixmap(place, menu.grab())
                painter.end()
        return shot.toImage()

    @contextmanager
    def _opened_menu(self) -> Iterator[QMenu | None]:
        if self.stage.open_menu is None:
            yield None
            return
        self.stage.open_menu()
        (menu,) = [widget for widget in self.app.topLevelWidgets() if isinstance(widget, QMenu) and widget.isVisible()]
        yield menu
        menu.close()

    def _keep(self, name: str, window: MainWindow) -> None:
        shot = self._still_shot(window)
        golden_path = self.against / f"{name}.webp" if self.against is not None else None
        if golden_path is None:
            Image.fromarray(shot).save(self.folder / f"{name}.png", compress_level=1)
            return
        if not golden_path.exists():
            self.differences[name] = 1.0
            Image.fromarray(shot).save(self.folder / f"{name}-actual.png", compress_level=1)
            return
        with Image.open(golden_path) as opened:
            golden = np.asarray(opened.convert("RGB"))
        share, shown = difference(shot, golden)
        for _ in range(LOOKS_AT_CHANGES):
            if share <= TOLERATED:
                break
            time.sleep(ANOTHER_LOOK_S)  # on a busy computer something may come late
            shot = self._still_shot(window)
            share, shown = difference(shot, golden)
        self.differences[name] = share
        if share > TOLERATED:
            Image.fromarray(shot).save(self.folder / f"{name}-actual.png", compress_level=1)
            Image.fromarray(shown).save(self.folder / f"{name}-difference.png", compress_level=1)

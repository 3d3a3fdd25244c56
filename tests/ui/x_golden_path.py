"""The way from a sample project to a file, by a mouse and keys that the X server sends, with the trainer itself.

    DISPLAY=:9 python tests/ui/x_golden_path.py

`test_x_golden_path.py` starts it on a display of its own. It prints what it did and after how many seconds.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QPushButton, QWidget

from lora_studio.jobs.supervisor import attach
from ui.app import Studio
from ui.pages.start import StartPage
from ui.widgets.compare_grid import CompareGrid
from ui.widgets.file_card import FileCard

PATIENCE_S = 240
A_SHORT_RUN = {"schedule.min_steps": 6, "schedule.max_steps": 6, "schedule.epochs": 2, "preview.steps": 4}


class Elsewhere(QWidget):
    """Another program's window, which takes files."""

    def __init__(self) -> None:
        super().__init__(None, Qt.WindowType.WindowStaysOnTopHint | Qt.WindowType.X11BypassWindowManagerHint)
        self.setAcceptDrops(True)
        self.setGeometry(0, 0, 120, 120)
        self.paths: list[Path] = []

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        self.paths = [Path(url.toLocalFile()) for url in event.mimeData().urls()]
        event.acceptProposedAction()


def say(words: str) -> None:
    print(f"{time.monotonic() - BEGUN:6.1f} s  {words}", flush=True)


def until(holds: Callable[[], bool], what: str) -> None:
    end = time.monotonic() + PATIENCE_S
    while not holds():
        if time.monotonic() > end:
            raise SystemExit(f"Waited in vain for: {what}")
        QApplication.processEvents()
        time.sleep(0.01)
    say(what)


def x(*words: object) -> subprocess.Popen[bytes]:
    """Send to the X server; it arrives while events are processed."""
    return subprocess.Popen(["xdotool", *map(str, words)])


def click(widget: QWidget, place: QPoint | None = None) -> None:
    at = widget.mapToGlobal(place or widget.rect().center())
    sent = x("mousemove", at.x(), at.y(), "sleep", 0.2, "click", 1)
    until(lambda: sent.poll() is not None, f"clicked {widget.accessibleName() or type(widget).__name__}")


def button(window: QWidget, words: str) -> QPushButton | None:
    found = [each for each in window.findChildren(QPushButton) if each.text() == words]
    return next((each for each in found if each.isVisible() and each.isEnabled()), None)


def press(window: QWidget, words: str) -> None:
    until(lambda: button(window, words) is not None, f"“{words}” can be pressed")
    found = button(window, words)
    assert found is not None
    click(found)


def drag_out(card: QWidget, target: QWidget) -> None:
    begin, end = card.mapToGlobal(card.rect().center()), target.mapToGlobal(target.rect().center())
    way = [begin, *(begin - QPoint(step, 0) for step in (12, 40, 80)), end + QPoint(5, 0), end]
    first, *others = [("mousemove", point.x(), point.y(), "sleep", 0.2) for point in way]
    x(*first, "mousedown", 1, "sleep", 0.2, *(word for move in others for word in move), "mouseup", 1)


def walk(studio: Studio) -> None:
    window, workspace = studio.window, studio.workspace
    until(lambda: window.isActiveWindow() and workspace.hardware is not None, "the window is in front")
    page = window.page
    assert isinstance(page, StartPage)
    until(lambda: len(page.sample_row.cards) == 2, "the sample projects are offered")
    click(page.sample_row.cards[0])
    until(lambda: window.place == "images", "Images")
    press(window, "Continue to Recipe")
    until(lambda: window.place == "recipe" and not workspace.is_planning, "Recipe")
    workspace.change(settings=A_SHORT_RUN)
    until(lambda: not workspace.is_planning, "a short run is planned")
    press(window, "Start training")
    until(lambda: workspace.run is not None and bool(workspace.run.sampled_epochs), "the first picture")
    run = workspace.run
    assert run is not None
    until(lambda: run.kind == "done", "the training is done")
    press(window, "Compare epochs")
    until(lambda: window.place == "compare", "Compare")
    (grid,) = [each for each in window.findChildren(CompareGrid) if each.isVisible()]
    last = grid.model().index(0, grid.model().columnCount() - 1)
    picture: QRect = grid.visualRect(last)
    click(grid.viewport(), picture.center())
    held = x("keydown", "space")
    wipe = window.page.viewer.wipe  # type: ignore[union-attr]
    until(lambda: held.poll() is not None and wipe._flipped, "Space is held: the base alone is shown")
    x("keyup", "space")
    until(lambda: not wipe._flipped, "Space is let go")
    x("key", "p")
    press(window, "Export adapter")
    until(lambda: window.place == "export", "Export")
    press(window, "Save adapter")
    cards = window.findChildren(FileCard)
    until(
        lambda: any(card.isVisible() and card.isEnabled() for card in cards),
        "it is saved, and its card can be dragged",
    )
    card = next(card for card in cards if card.isVisible() and card.isEnabled())
    other = Elsewhere()
    other.show()
    drag_out(card, other)
    until(lambda: bool(other.paths), "it was dropped elsewhere")
    newest = max(run.run.exports_dir.glob("*.safetensors"), key=lambda path: path.stat().st_mtime)
    assert other.paths == [newest], f"{other.paths} were dropped, {newest} was saved"
    assert window.banners() == [], [banner.title for banner in window.banners()]


def main() -> None:
    app = QApplication(sys.argv[:1])
    studio = Studio(app)
    studio.start(None)
    try:
        walk(studio)
    finally:
        for run in studio.workspace.runs:
            if trainer := attach(run):
                trainer.kill()
        studio.finish()


BEGUN = time.monotonic()

if __name__ == "__main__":
    main()

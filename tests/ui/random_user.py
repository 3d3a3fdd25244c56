"""A person who does anything at any moment: every action is drawn from a seed, and after each the window must be true.

    python tests/ui/random_user.py --first 40 --runs 10 --actions 100

The window and everything under it are real; trainers, the graphics card and the folders are those of `random_world`.
Some runs share a window, as a person opens one project after the other: a run is replayed from the first one of its
window. Only what leaves the app is kept back: file dialogs, other programs, drags out of it, and the computer's switch.
"""

# ruff: noqa: E402 - as a program, it says first where the project lies

from __future__ import annotations

import argparse
import faulthandler
import os
import random
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parents[2]
if __name__ == "__main__":
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "fakes")]

import random_faults
from PySide6.QtCore import QCoreApplication, QEvent, QMimeData, QPoint, QPointF, Qt, QThreadPool, QUrl
from PySide6.QtGui import QContextMenuEvent, QDesktopServices, QDrag, QDragEnterEvent, QDragMoveEvent, QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QApplication,
    QComboBox,
    QFileDialog,
    QLineEdit,
    QMenu,
    QPlainTextEdit,
    QScrollArea,
    QScrollBar,
    QSlider,
    QWidget,
)
from random_watch import LIMIT_MS, Ears, WatchedApplication
from random_world import CARD, SLEEPER, World, copy_world, drawer_command, make_template
from shiboken6 import delete, isValid

from lora_studio.dataset.captions import join_lines
from lora_studio.hardware import probe
from lora_studio.jobs import supervisor, told_process
from lora_studio.jobs.queue import Queue
from lora_studio.projects.project import open_project
from lora_studio.runs import state as run_states
from lora_studio.runs.folder import RunFolder
from lora_studio.runs.state import read_state
from ui.app import Studio
from ui.models import drawing, picture_changes, picture_set, queue_after, readiness, samples, workspace
from ui.models import run as run_models
from ui.pages import images as images_page
from ui.pages.images import ImagesPage
from ui.pages.queue import QueuePage
from ui.pages.train import TrainPage
from ui.shell import closing
from ui.widgets.buttons import Button
from ui.widgets.sheet import Sheet
from ui.widgets.toast import Toast
from ui.work import tasks

RUNS_PER_WINDOW = 10
SETTLE_S, TRUE_S, FREEZE_S = 20.0, 4.0, 60.0
STOP_LIMIT_S = 0.4  # in place of 30 s
NEVER_S = 1e9
NEVER_MS = 1_000_000_000

# A handler a little over the limit may be the computer's fault, which others share; for the third time it is ours.
SURELY, SLIPS = 2.0, 3

LEFT, NO_KEYS = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
CONTROL, SHIFT, ALT = (
    Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.AltModifier,
)  # fmt: skip
TEXTS = (
    "fog", "misty, hill", "a b c", " ", "", "<img src=x>", "<b>bold</b> &amp; {name} %n %s", "😀🏔️", "ضباب على التل",
    "1", "0", "-5", "0.8", "999999999999", "line\nline two", "x" * 3000, "a, " * 400, "../../etc", "\u202eevil",
    "nul\x00l",
)  # fmt: skip
KEYS: tuple[tuple[Qt.Key, Qt.KeyboardModifier], ...] = (
    *((key, CONTROL) for key in (Qt.Key.Key_1, Qt.Key.Key_2, Qt.Key.Key_3, Qt.Key.Key_4, Qt.Key.Key_5)),
    *((key, CONTROL) for key in (Qt.Key.Key_N, Qt.Key.Key_O, Qt.Key.Key_F, Qt.Key.Key_H, Qt.Key.Key_T, Qt.Key.Key_A)),
    *((key, CONTROL) for key in (Qt.Key.Key_C, Qt.Key.Key_V, Qt.Key.Key_Return, Qt.Key.Key_Comma, Qt.Key.Key_Z)),
    (Qt.Key.Key_Z, CONTROL | SHIFT),
    *((key, ALT) for key in (Qt.Key.Key_Up, Qt.Key.Key_Down)),
    *((key, SHIFT) for key in (Qt.Key.Key_Right, Qt.Key.Key_Down)),
    *(
        (key, NO_KEYS)
        for key in (
            Qt.Key.Key_F1, Qt.Key.Key_F2, Qt.Key.Key_Question, Qt.Key.Key_X, Qt.Key.Key_N, Qt.Key.Key_P, Qt.Key.Key_A,
            Qt.Key.Key_D, Qt.Key.Key_W, Qt.Key.Key_S, Qt.Key.Key_Z, Qt.Key.Key_0, Qt.Key.Key_1, Qt.Key.Key_2,
            Qt.Key.Key_3, Qt.Key.Key_5, Qt.Key.Key_Space, Qt.Key.Key_Return, Qt.Key.Key_Escape, Qt.Key.Key_Delete,
            Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_Home, Qt.Key.Key_End,
            Qt.Key.Key_PageDown, Qt.Key.Key_Backspace, Qt.Key.Key_Comma,
        )
    ),
)  # fmt: skip
RUN_WORDS = {
    "draft": "Not started", "preparing": "Preparing", "sampling": "Drawing samples", "running": "Training",
    "pausing": "Pausing", "paused": "Paused", "stopped": "Stopped and kept", "done": "Done", "failed": "Stopped",
    "crashed": "Stopped", "not_answering": "Not answering",
}  # fmt: skip


class Defect(AssertionError):
    """Something the random user must never meet."""


# ── The program's surroundings ────────────────────────────────────────────────────────────────────────────────


class _CountedJob(tasks._Job):
    """Work off the GUI thread that is known to be under way."""

    under_way = 0

    def __init__(self, work: Callable[[], None], courier: tasks._Courier) -> None:
        super().__init__(work, courier)
        _CountedJob.under_way += 1

    def run(self) -> None:
        try:
            super().run()
        finally:
            _CountedJob.under_way -= 1


@dataclass
class Outside:
    """What would leave the app, answered from here; `world` and `chance` are those of the present run."""

    world: World | None = None
    chance: random.Random = field(default_factory=random.Random)

    def put_in_place(self) -> None:
        QFileDialog.getExistingDirectory = self._folder  # type: ignore[method-assign, assignment]
        QFileDialog.getOpenFileName = self._file  # type: ignore[method-assign, assignment]
        QFileDialog.getSaveFileName = self._new_file  # type: ignore[method-assign, assignment]
        QDesktopServices.openUrl = self._note_url  # type: ignore[method-assign, assignment]
        QDrag.exec = self._note_drag  # type: ignore[method-assign, assignment]
        queue_after._run = lambda command: self._note(f"system: {command}")
        probe.probe_hardware = samples.probe_hardware = lambda _folder=None: self._world.hardware()
        supervisor.training_command = lambda: SLEEPER  # type: ignore[attr-defined]
        drawing.module_command = drawer_command  # type: ignore[attr-defined]
        program = told_process.module_command
        told_process.module_command = lambda module: (  # type: ignore[attr-defined]
            drawer_command(module) if module == drawing.DRAW_MODULE else program(module)
        )
        tasks._Job = _CountedJob  # type: ignore[misc]
        run_states.SILENCE_S = NEVER_S
        run_models.STOP_LIMIT_S = STOP_LIMIT_S
        closing.pause_all.__defaults__ = (STOP_LIMIT_S,)
        # A run is to be replayed: nothing may hang on how fast this machine is.
        workspace.PLAN_AFTER_MS = picture_set.TAGS_AFTER_MS = images_page.SEARCH_AFTER_MS = 0
        readiness.BEGIN_AFTER_MS = NEVER_MS  # what a trainer does is told by the world
        picture_changes.SAVE_AFTER_MS = 600_000  # captions are saved when their field is left

    @property
    def _world(self) -> World:
        assert self.world is not None
        return self.world

    def _note(self, said: str) -> None:
        self._world.left_app.append(said)

    def _folder(self, *_: object) -> str:
        self._note("choose a folder")
        folders = [str(path) for path in self._world.drops() if not path.suffix]
        return self.chance.choice(["", *folders, str(self._world.root / "another place")])

    def _file(self, *arguments: object) -> tuple[str, str]:
        self._note(f"choose a file: {arguments[1:2]}")
        return self.chance.choice(["", *(str(path) for path in self._world.drops() if path.suffix)]), ""

    def _new_file(self, *arguments: object, **_: object) -> tuple[str, str]:
        """Asked for a name, a person gives no picture's."""
        self._note(f"name a file: {arguments[1:2]}")
        root = self._world.root
        return self.chance.choice(["", str(root / "new.json"), str(root / "new.png"), str(root / "no" / "x.json")]), ""

    def _note_url(self, url: QUrl) -> bool:
        self._note(f"open {url.toString()}")
        return True

    def _note_drag(self, *_: object) -> Qt.DropAction:
        self._note("drag out")
        return Qt.DropAction.IgnoreAction


# ── What a person may expect ──────────────────────────────────────────────────────────────────────────────────


@dataclass
class Memory:
    """The small model: what was seen in caption fields, and whether the disk and the folders can be trusted."""

    seen: dict[Path, str] = field(default_factory=dict)  # picture -> the words that stood in its field
    captions: dict[Path, str] = field(default_factory=dict)  # the files at the last look
    may_edit: bool = False  # since the last look, something could change captions
    disk_failed: bool = False


class RandomUser:
    """One run: a window, a world, and a seed."""

    def __init__(
        self, app: WatchedApplication, ears: Ears, studio: Studio, world: World, chance: random.Random
    ) -> None:
        self.app, self.ears, self.studio, self.world, self.chance = app, ears, studio, world, chance
        self.window = studio.window
        self.memory = Memory(captions=world.captions())
        self.story: list[str] = []

    # ── Acting ────────────────────────────────────────────────────────────────────────────────────────────

    def act(self) -> None:
        """One action, and the look after it."""
        faulthandler.dump_traceback_later(FREEZE_S, exit=True)
        act = self.chance.choices(self._acts, self._weights)[0]
        self.story.append(act.__name__.removeprefix("_"))
        self.story[-1] += f": {act(self)}"
        self.settle()
        self.world.mend_disk()
        self.look()

    def told(self) -> str:
        return "\n".join(f"  {number}. {line}" for number, line in enumerate(self.story))

    def settle(self) -> None:
        """Until nothing is under way: work elsewhere is done and its results have arrived."""
        end, round_ = time.monotonic() + SETTLE_S, 0
        while True:
            self.app.processEvents()
            QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
            courier = tasks._courier
            if not _CountedJob.under_way and not (courier is not None and courier._box) and not self._is_drawing():
                round_ += 1
                if round_ == 2:
                    break
                continue
            round_ = 0
            time.sleep(0.001)
            if time.monotonic() > end - SETTLE_S + 0.5:
                self._let_trainers_obey()
            if time.monotonic() > end:
                raise Defect(f"{_CountedJob.under_way} pieces of work are still under way after {SETTLE_S:.0f} s")
        if QApplication.activePopupWidget() is None and not self.window.isActiveWindow():
            self.window.activateWindow()  # as a desktop does when a popup goes; the offscreen platform does not
            self.app.processEvents()

    def _is_drawing(self) -> bool:
        page = self.window.made_page("compare")
        drawings = getattr(page, "_drawings", None)
        return drawings is not None and isValid(drawings) and drawings._process is not None

    def _let_trainers_obey(self) -> None:
        for run in self.world.trainers.living(self.world.runs()):
            self.world.trainers.obey(run)

    # Clicking

    def _click_control(self) -> str:
        if (popup := QApplication.activePopupWidget()) is not None:
            return self._use_popup(popup)
        widget = self._some_control()
        if widget is None:
            return "nothing to click"
        place, name = self._place_in(widget), _name_of(widget)
        self._click(place)
        return f"{name} at {place.x()},{place.y()}"

    def _click_anywhere(self) -> str:
        if (popup := QApplication.activePopupWidget()) is not None:
            return self._use_popup(popup)
        place = self._any_place()
        button = LEFT if self.chance.random() < 0.8 else Qt.MouseButton.RightButton
        name = _name_of(self.window.childAt(place))
        self._click(place, button)
        if button != LEFT and (widget := self.window.childAt(place)) is not None:
            at = widget.mapFrom(self.window, place)
            reason = QContextMenuEvent.Reason.Mouse
            QApplication.sendEvent(widget, QContextMenuEvent(reason, at, widget.mapToGlobal(at)))
        return f"{name} at {place.x()},{place.y()} with the {button.name}"

    def _click_twice(self) -> str:
        if (popup := QApplication.activePopupWidget()) is not None:
            return self._use_popup(popup)
        widget = self._some_control()
        if widget is None:
            return "nothing to click"
        place, name = self._place_in(widget), _name_of(widget)
        QTest.mouseDClick(self.window.windowHandle(), LEFT, NO_KEYS, place)
        return name

    def _drag_inside(self) -> str:
        if QApplication.activePopupWidget() is not None:
            return "a popup is open"
        start, end = self._any_place(), self._any_place()
        name = _name_of(self.window.childAt(start))
        QTest.mousePress(self.window.windowHandle(), LEFT, NO_KEYS, start)
        for share in (0.3, 1.0):
            QTest.mouseMove(self.window.windowHandle(), start + (end - start) * share)
        QTest.mouseRelease(self.window.windowHandle(), LEFT, NO_KEYS, end)
        return f"{start.toTuple()} to {end.toTuple()} on {name}"

    def _turn_wheel(self) -> str:
        place = self._any_place()
        modifiers = self.chance.choice((NO_KEYS, NO_KEYS, CONTROL))
        angle = QPoint(0, self.chance.choice((-360, -120, 120, 360)))
        QTest.wheelEvent(self.window.windowHandle(), QPointF(place), angle, QPoint(), modifiers)
        return f"over {_name_of(self.window.childAt(place))}"

    def _use_popup(self, popup: QWidget) -> str:
        """A menu or the list of a combo box: choose, or Esc."""
        handle = popup.windowHandle()
        if isinstance(popup, QMenu):
            entries = [entry for entry in popup.actions() if entry.isVisible() and entry.isEnabled() and entry.text()]
            if entries and handle is not None and self.chance.random() < 0.8:
                entry = self.chance.choice(entries)
                words = entry.text()
                QTest.mouseClick(handle, LEFT, NO_KEYS, popup.actionGeometry(entry).center())
                return f"menu entry {words}"
        else:
            view = next((found for found in popup.findChildren(QAbstractItemView) if found.isVisible()), None)
            if view is not None and handle is not None and self.chance.random() < 0.8:
                index = view.model().index(self.chance.randrange(max(1, view.model().rowCount())), 0)
                words = str(index.data())
                view.scrollTo(index)
                place = view.viewport().mapTo(popup, view.visualRect(index).center())
                QTest.mouseClick(handle, LEFT, NO_KEYS, place)
                return f"list entry {words}"
        popup.close()
        return "the popup is closed"

    def _click(self, place: QPoint, button: Qt.MouseButton = LEFT) -> None:
        handle = self.window.windowHandle()
        QTest.mouseMove(handle, place)
        QTest.mouseClick(handle, button, NO_KEYS, place)

    def _any_place(self) -> QPoint:
        return QPoint(self.chance.randrange(self.window.width()), self.chance.randrange(self.window.height()))

    def _place_in(self, widget: QWidget) -> QPoint:
        """Somewhere on it, scrolled to as with the wheel."""
        parent = widget.parentWidget()
        while parent is not None:
            if isinstance(parent, QScrollArea):
                parent.ensureWidgetVisible(widget)
            parent = parent.parentWidget()
        rect = widget.rect()
        if isinstance(widget, QAbstractButton):
            at = rect.center()
        else:
            x, y = self.chance.randrange(max(1, rect.width())), self.chance.randrange(max(1, rect.height()))
            at = QPoint(x, y)
        inside = self.window.rect().adjusted(1, 1, -1, -1)
        place = widget.mapTo(self.window, at)
        return QPoint(
            min(max(place.x(), inside.left()), inside.right()), min(max(place.y(), inside.top()), inside.bottom())
        )

    def _some_control(self, *kinds: type[QWidget]) -> QWidget | None:
        found = [widget for widget in self._controls() if not kinds or isinstance(widget, kinds)]
        return self.chance.choice(found) if found else None

    def _controls(self) -> Iterator[QWidget]:
        """Everything in view that takes a press or the keyboard; under an open sheet only what is in it."""
        for area in self._areas():
            for widget in area.findChildren(QWidget):
                if isinstance(widget, QScrollBar | QScrollArea) or not widget.isVisible() or not widget.isEnabled():
                    continue
                takes_keys = widget.focusPolicy() & Qt.FocusPolicy.TabFocus
                if takes_keys or isinstance(widget, QAbstractButton | QComboBox):
                    yield widget

    def _areas(self) -> list[QWidget]:
        if (sheet := self.open_sheet()) is not None:
            return [sheet]
        window = self.window
        toast = window.toasts.toast
        areas: list[QWidget] = [window.stack.currentWidget(), window.header, window.bottom_bar, *window.banners()]
        if self.chance.random() < 0.3:
            areas.append(window.rail)
        return [*areas, toast] if toast is not None else areas

    def open_sheet(self) -> Sheet | None:
        """The sheet that covers the window, if one does."""
        widget = self.window.childAt(self.window.rect().center())
        while widget is not None and not isinstance(widget, Sheet):
            widget = widget.parentWidget()
        return widget

    # Typing

    def _type(self) -> str:
        if QApplication.activePopupWidget() is not None:
            return "a popup is open"
        if not isinstance(QApplication.focusWidget(), QLineEdit | QPlainTextEdit) or self.chance.random() < 0.3:
            widget = self._some_control(QLineEdit, QPlainTextEdit)
            if widget is not None:
                self._click(self._place_in(widget))
        handle, text = self.window.windowHandle(), self.chance.choice(TEXTS)
        if self.chance.random() < 0.3:
            QTest.keyClick(handle, Qt.Key.Key_A, CONTROL)
        if len(text) < 20 and text.isascii() and text.isprintable():
            for letter in text:
                if isValid(handle):  # a letter may have pressed what closes the window
                    QTest.keyClick(handle, letter)
        else:
            QApplication.clipboard().setText(text)
            if isValid(handle):
                QTest.keyClick(handle, Qt.Key.Key_V, CONTROL)
        if self.chance.random() < 0.4 and isValid(handle):
            QTest.keyClick(handle, Qt.Key.Key_Return)
        return f"{text[:24]!r} into {_name_of(QApplication.focusWidget())}"

    def _press_key(self) -> str:
        if (popup := QApplication.activePopupWidget()) is not None:
            return self._use_popup(popup)
        key, modifiers = self.chance.choice(KEYS)
        QTest.keyClick(self.window.windowHandle(), key, modifiers)
        return f"{key.name} {modifiers.name}"

    def _walk_by_tab(self) -> str:
        if QApplication.activePopupWidget() is not None:
            return "a popup is open"
        key = self.chance.choice((Qt.Key.Key_Tab, Qt.Key.Key_Tab, Qt.Key.Key_Backtab))
        steps = self.chance.randint(1, 8)
        for _ in range(steps):
            QTest.keyClick(self.window.windowHandle(), key)
        return f"{steps} x {key.name} to {_name_of(QApplication.focusWidget())}"

    def _move_slider(self) -> str:
        slider = self._some_control(QSlider)
        if slider is None:
            return "no slider"
        name, key = _name_of(slider), self.chance.choice((Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_End))
        self._click(self._place_in(slider))
        QTest.keyClick(self.window.windowHandle(), key)
        return name

    def _press_escape(self) -> str:
        if (popup := QApplication.activePopupWidget()) is not None:
            popup.close()
            return "the popup is closed"
        QTest.keyClick(self.window.windowHandle(), Qt.Key.Key_Escape)
        return ""

    # The window

    def _resize(self) -> str:
        size = self.chance.choice(((1024, 680), (1180, 760), (1179, 900), (1440, 900), (1600, 1000)))
        self.window.resize(*size)
        return f"{size}"

    def _change_look(self) -> str:
        settings = self.studio.settings
        name, values = self.chance.choice(
            (("theme", ("dark", "light", "high_contrast", "system")), ("text_size_percent", (90, 100, 120, 150)))
        )
        value = self.chance.choice(values)
        settings.set(name, value)
        return f"{name} {value}"

    def _change_setting(self) -> str:
        values: dict[str, tuple[object, ...]] = {
            "language": ("", "en", "de"), "reduced_motion": (True, False), "notify_done": (True, False),
            "keep_training_when_closed": (True, False), "memory_kept_free_mib": (0, 1024, 2048),
        }  # fmt: skip
        known = {
            name: value for name, value in values.items() if name in type(self.studio.settings.values).model_fields
        }
        name = self.chance.choice(sorted(known))
        value = self.chance.choice(known[name])
        self.studio.settings.set(name, value)  # type: ignore[arg-type]
        return f"{name} {value}"

    def _go_elsewhere(self) -> str:
        if self.open_sheet() is not None:
            return "a sheet is open"
        item = self.chance.choice(list(self.window.rail.items.values()))
        self._click(self._place_in(item))
        return item.place.name

    def _close_window(self) -> str:
        """As far as the question; a window that did close is opened again."""
        self.window.close()
        self.app.processEvents()
        return "it asks" if self.window.isVisible() else "it closes"

    def _come_back(self) -> None:
        self.studio.closing.leave_tray()
        self.window.come_to_front()
        self.settle()

    def _drop(self) -> str:
        drops = self.world.drops()
        paths = self.chance.sample(drops, self.chance.choice((1, 1, 1, 2, 3)))
        mime = QMimeData()
        mime.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
        at, copy = self.window.rect().center(), Qt.DropAction.CopyAction
        QApplication.sendEvent(self.window, QDragEnterEvent(at, copy, mime, LEFT, NO_KEYS))
        QApplication.sendEvent(self.window, QDragMoveEvent(at, copy, mime, LEFT, NO_KEYS))
        self.memory.may_edit = True
        self.memory.seen.clear()
        QApplication.sendEvent(self.window, QDropEvent(QPointF(at), copy, mime, LEFT, NO_KEYS))
        return ", ".join(path.name for path in paths)

    def _open_project(self) -> str:
        self.studio.window.rail.switcher.project_chosen.emit(self.world.project)
        return self.world.project.name

    def _start_run(self) -> str:
        """The two buttons that a person presses most, wherever they stand."""
        recipe = self.chance.choice(("start_training", "start_training", "add_to_queue"))
        if self.studio.workspace.project is None or self.studio.workspace.report is None:
            return "no project"
        getattr(self.studio.workspace, recipe)()
        return recipe

    def _steer_run(self) -> str:
        page = self.window.page
        buttons = page.bottom_actions() if page is not None else []
        ready = [button for button in buttons if button.isVisible() and button.isEnabled()]
        if not ready or self.open_sheet() is not None or QApplication.activePopupWidget() is not None:
            return "nothing to press"
        button = self.chance.choice(ready)
        words = button.text()
        self._click(self._place_in(button))
        return words

    # The world

    def _train(self) -> str:
        world, chance = self.world, self.chance
        living = world.trainers.living(world.runs())
        if not living:
            return "nothing trains"
        run = chance.choice(living)
        acts: list[Callable[[], str]] = [
            lambda: world.trainers.train(run, chance), lambda: world.trainers.train(run, chance),
            lambda: world.trainers.save_epoch(run), lambda: world.trainers.draw(run, chance),
            lambda: world.trainers.tell_phase(run, chance), lambda: world.trainers.notice(run, chance),
            lambda: world.trainers.fail(run, chance), lambda: world.trainers.die(run, chance),
            lambda: world.trainers.finish(run), self._fall_silent,
        ]  # fmt: skip
        weights = (20, 20, 15, 5, 5, 2, 4, 4, 3, 3)
        told = f"{run.name} {chance.choices(acts, weights)[0]()}"
        self._look_at_runs()
        return told

    def _fall_silent(self) -> str:
        """Or speak again: nothing is heard of any trainer until it does."""
        was_silent = run_states.SILENCE_S < 0
        run_states.SILENCE_S = NEVER_S if was_silent else -1.0
        run_models.SILENCE_OFFER_S = self.chance.choice((0.0, 60.0))
        self.world.trainers.are_deaf = self.chance.random() < 0.5
        return "speaks again" if was_silent else "falls silent"

    def _touch_disk(self) -> str:
        chance, world = self.chance, self.world
        self._save_captions()
        acts: list[Callable[[], str]] = [
            lambda: world.add_picture(chance), lambda: world.remove_picture(chance), lambda: world.edit_picture(chance),
            lambda: world.edit_caption(chance), lambda: world.move_away(world.images),
            lambda: world.move_away(world.project),
        ]  # fmt: skip
        told = chance.choices(acts, (3, 3, 3, 3, 1, 1))[0]()
        self.memory.captions = world.captions()
        self.memory.seen.clear()
        self.studio.workspace.save_again()  # as the window does every two seconds
        if (page := self._images()) is not None:
            page.set.look_at_folders()
        self._look_at_runs()
        return told

    def _fill_disk(self) -> str:
        self._save_captions()
        self.memory.disk_failed = True
        self.world.fill_disk(self.chance.randint(1, 4))
        return f"{self._click_control()}, with a full disk"

    def _change_card(self) -> str:
        self.world.cards = () if self.world.cards else (CARD,)
        self.world.disk_free_mib = self.chance.choice((41 * 1024, 500))
        self.studio.workspace.probe_hardware()
        return f"{len(self.world.cards)} cards"

    def _look_at_runs(self) -> None:
        """The looks that would come by themselves within two seconds."""
        work = self.studio.workspace
        if work.run is not None:
            work.run.look()
        work.refresh_queue()
        page = self.window.made_page("queue")
        if isinstance(page, QueuePage):
            page.model.look()

    # Captions

    def _images(self) -> ImagesPage | None:
        page = self.window.made_page("images")
        return page if isinstance(page, ImagesPage) else None

    def _save_captions(self) -> None:
        """What was typed is saved before the world changes anything under it."""
        if (page := self._images()) is not None:
            page.set.changes.save()
        self.settle()

    def _write_and_take_back(self) -> str:
        """Type into a caption, leave the field, and take it back: the files are as before."""
        page = self._ready_images()
        if page is None:
            return "not at the pictures"
        if {"undo", "redo", "caption_edit"} & {*self.studio.settings.values.shortcuts}:
            return "with other keys than the usual ones"
        rows = [page.set.shown.record(row) for row in range(page.set.shown.rowCount())]
        chosen = self.chance.choice([record for record in rows if record.width_px] or rows)
        page.grid.select_picture(chosen.path)
        page.grid.setFocus(Qt.FocusReason.OtherFocusReason)
        self.settle()
        before = self.world.captions()
        handle = self.window.windowHandle()
        QTest.keyClick(handle, Qt.Key.Key_F2)
        for letter in "fog":
            QTest.keyClick(handle, letter)
        if isinstance(QApplication.focusWidget(), QLineEdit):
            QTest.keyClick(handle, Qt.Key.Key_Return)
        page.grid.setFocus(Qt.FocusReason.OtherFocusReason)
        page.set.changes.save()
        self.settle()
        written = self.world.captions()
        is_editable = not page.inspector.caption.text_edit.isReadOnly() and page.set.changes.problem is None
        if written == before and is_editable and "fog" not in before.get(chosen.path, "fog"):
            raise Defect(f"'fog' was typed for {chosen.path.name} and nothing was written")
        if written == before:
            return f"{chosen.path.name} could not be written"
        if "fog" not in written.get(chosen.path, ""):
            raise Defect(f"'fog' was typed for {chosen.path.name} and the file says {written.get(chosen.path)!r}")
        QTest.keyClick(handle, Qt.Key.Key_Z, CONTROL)
        self.settle()
        if self.world.captions() != before:
            raise Defect(f"Ctrl+Z after a caption of {chosen.path.name}: {_difference(before, self.world.captions())}")
        if self.chance.random() < 0.5:
            QTest.keyClick(handle, Qt.Key.Key_Z, CONTROL | SHIFT)
            self.settle()
            if self.world.captions() != written:
                raise Defect(f"Ctrl+Shift+Z: {_difference(written, self.world.captions())}")
        self.memory.may_edit = True
        self.memory.seen.clear()
        return chosen.path.name

    def _leave_out_and_take_back(self) -> str:
        page, work = self._ready_images(), self.studio.workspace
        if page is None or work.project is None:
            return "not at the pictures"
        page.grid.setFocus(Qt.FocusReason.OtherFocusReason)
        before = work.project.data.left_out
        QTest.keyClick(self.window.windowHandle(), Qt.Key.Key_X)
        self.settle()
        if work.project is None or work.project.data.left_out == before:
            return "nothing was chosen"
        QTest.keyClick(self.window.windowHandle(), Qt.Key.Key_Z, CONTROL)
        self.settle()
        if work.project.data.left_out != before:
            raise Defect(f"Ctrl+Z after X: {sorted(before)} became {sorted(work.project.data.left_out)}")
        return f"{len(before)} left out"

    def _ready_images(self) -> ImagesPage | None:
        """The page of the pictures when it is in view, whole, and nothing lies over it."""
        page, work = self._images(), self.studio.workspace
        if page is None or self.window.page is not page or work.report is None or page.set.news.missing is not None:
            return None
        if not page.set.shown.rowCount() or self.open_sheet() is not None or page.loupe.isVisible():
            return None
        return None if QApplication.activePopupWidget() is not None or not self.world.images.is_dir() else page

    _table: tuple[tuple[Callable[[RandomUser], str], float], ...] = (
        (_click_control, 30), (_click_anywhere, 8), (_click_twice, 2), (_drag_inside, 2), (_turn_wheel, 3), (_type, 8),
        (_press_key, 12), (_walk_by_tab, 3), (_move_slider, 1.5), (_press_escape, 5), (_resize, 2), (_change_look, 0.1),
        (_change_setting, 1), (_go_elsewhere, 6), (_close_window, 0.4), (_drop, 2), (_open_project, 0.7),
        (_start_run, 1.5), (_steer_run, 4), (_train, 10), (_touch_disk, 1.5), (_fill_disk, 1), (_change_card, 0.7),
        (_write_and_take_back, 1.5), (_leave_out_and_take_back, 1.5),
    )  # fmt: skip
    _acts = tuple(act for act, _ in _table)
    _weights = tuple(weight for _, weight in _table)

    # ── Looking ───────────────────────────────────────────────────────────────────────────────────────────

    def look(self) -> None:
        """Everything that must hold whatever was done."""
        if not self.window.isVisible():  # it paused its training and closed, as it was told to
            self._come_back()
        heard = [said for said in self.ears.take() if not (self.memory.disk_failed and "The disk is full" in said)]
        if heard:
            raise Defect("\n".join(heard))
        self._look_at_time()
        self._look_at_window()
        self._look_at_files()
        self._wait_for_truth()

    def look_away(self) -> None:
        """What happened so far is not judged: several things were done at once."""
        self.app.slow = []

    def _look_at_time(self) -> None:
        slow, self.app.slow = self.app.slow, []
        limit_ms = max(LIMIT_MS, self.app.limit_ms)
        for handler in slow:
            if handler.took_ms <= limit_ms:
                continue
            self.app.slips[handler.event] += 1
            if handler.took_ms > SURELY * limit_ms or self.app.slips[handler.event] >= SLIPS:
                raise Defect(f"{handler.event} took {handler.took_ms:.0f} ms: {handler.where}")

    def _look_at_window(self) -> None:
        window = self.window
        pages = [name for name, page in window._pages.items() if page.isVisible()]
        if pages != [window.place]:
            raise Defect(f"{pages} are shown, the window says {window.place}")
        if [name for name, item in window.rail.items.items() if item.isChecked()] not in ([window.place], []):
            raise Defect("the rail shows another place")
        primary = [
            button.text()
            for button in window.bottom_bar.findChildren(Button)
            if button.kind == "primary" and button.isVisible() and button.isEnabled()
        ]
        if len(primary) > 1:
            raise Defect(f"two primary actions: {primary}")
        focus = QApplication.focusWidget()
        if focus is not None and not (focus.isVisible() and focus.isEnabled()):
            raise Defect(f"the focus is on {_name_of(focus)}, which is {'off' if focus.isVisible() else 'not in view'}")
        project = self.studio.workspace.project
        name = project.name if project is not None else "LoRA Studio"
        if name not in window.windowTitle():
            raise Defect(f"the window is called {window.windowTitle()!r} and works on {name!r}")

    def _look_at_files(self) -> None:
        if changed := self.world.changed_originals():
            raise Defect(f"original pictures changed: {changed}")
        memory, page = self.memory, self._images()
        captions = self.world.captions()
        if self.window.place == "images" or self._last_place == "images" or self._offered_undo:
            memory.may_edit = True
        self._offered_undo = any(
            toast.isVisible() and hasattr(toast, "undo_button") for toast in self.window.findChildren(Toast)
        )
        if captions != memory.captions and not memory.may_edit:
            raise Defect(f"captions changed at {self.window.place}: {_difference(memory.captions, captions)}")
        memory.captions, memory.may_edit = captions, False
        self._last_place = self.window.place
        if page is None or self.studio.workspace.project is None:
            return
        if self.window.page is not page:
            self._look_for_lost_captions(page)
        else:
            self._read_fields(page)
        self._look_at_project()

    _last_place = ""
    _offered_undo = False  # by a toast, which may be pressed at any place

    def _read_fields(self, page: ImagesPage) -> None:
        """What stands in the caption's field now must be kept."""
        chosen = page.grid.selected_pictures()
        edit = page.inspector.caption.text_edit
        self.memory.seen.clear()
        if len(chosen) == 1 and edit.isVisible() and not edit.isReadOnly() and self.studio.workspace.report is not None:
            self.memory.seen[chosen[0].path] = edit.toPlainText()

    def _look_for_lost_captions(self, page: ImagesPage) -> None:
        for picture, words in self.memory.seen.items():
            if picture not in self.memory.captions:
                continue  # of a sample, or of the picture itself: there is no file to compare with
            on_disk, draft = self.memory.captions[picture], page.set.changes.draft(picture)
            before, after = self.world.edited_outside.get(picture, ("", None))
            if on_disk == after and _same_words(words, before):
                continue  # somebody else changed the file, and the window had not read it yet
            if not _same_words(words, on_disk) and (draft is None or not _same_words(words, draft)):
                raise Defect(
                    f"a caption was lost: {words[:80]!r} was in the field of {picture.name}, {on_disk[:80]!r} is saved"
                )
        self.memory.seen.clear()

    def _look_at_project(self) -> None:
        """What is kept on the disk is what the window works on."""
        project = self.studio.workspace.project
        if project is None or self.memory.disk_failed or not (project.folder / "project.json").is_file():
            return
        kept = open_project(project.folder).data
        if kept != project.data:
            raise Defect(f"project.json says other things: {_difference(kept.model_dump(), project.data.model_dump())}")

    def _wait_for_truth(self) -> None:
        """What is shown of runs must be what their folders say, at once or at the next look."""
        if self._lies() == []:
            return
        end = time.monotonic() + TRUE_S
        while time.monotonic() < end:
            self._look_at_runs()
            self.settle()
            if not (lies := self._lies()):
                return
            time.sleep(0.02)
        raise Defect("; ".join(lies))

    def _lies(self) -> list[str]:
        work, window = self.studio.workspace, self.window
        lies = []
        run = work.run
        mark = window.rail.items["train"].mark.kind
        if run is None and mark != "none":
            lies.append(f"the rail says {mark} of no run")
        if run is not None and run.run.is_run():
            lies += self._lies_about(run.run, mark)
        jobs = Queue().jobs()
        waiting = sum(job.place == "waiting" for job in jobs)
        count = window.rail.items["queue"].mark.count
        if waiting != count:
            lies.append(f"the rail counts {count} waiting jobs, there are {waiting}")
        page = window.page
        if isinstance(page, QueuePage) and page.model.problem is None:
            shown = [(line.place, line.id) for line in page.model.lines]
            true = [(job.place, job.id) for job in jobs]
            if shown != true:
                lies.append(f"the queue shows {shown}, there are {true}")
        return lies

    def _lies_about(self, run: RunFolder, mark: str) -> list[str]:
        lies = []
        state = read_state(run)
        if state.is_alive:
            expected = "running"
        elif state.kind in ("failed", "crashed", "paused"):
            expected = "look"
        else:
            expected = "done" if state.kind in ("done", "stopped") else "none"
        if mark != expected:
            lies.append(f"the rail says {mark} of a run that is {state.kind}")
        page = self.window.page
        if isinstance(page, TrainPage):
            words = RUN_WORDS[state.kind]
            if state.kind == "crashed" and state.checkpoint_step is not None:
                words = "Can go on"
            if state.kind == "pausing" and state.asked == "stop":
                words = "Stopping"
            if page.state_chip.text != QCoreApplication.translate("RunModel", words):  # in the window's language
                lies.append(f"Train says {page.state_chip.text!r} of a run that is {state.kind}, asked {state.asked}")
        return lies

    # ── The end ───────────────────────────────────────────────────────────────────────────────────────────

    def finish(self) -> None:
        """Nothing may say "Stopping" for ever; then everything ends."""
        self.world.trainers.are_deaf = self.chance.random() < 0.5
        run_states.SILENCE_S = NEVER_S
        end = time.monotonic() + STOP_LIMIT_S + TRUE_S
        run = self.studio.workspace.run
        while run is not None and run.state.asked is not None and run.state.is_alive and run._asked_here:
            run.look()
            self.settle()
            if time.monotonic() > end:
                raise Defect(f"a run says {run.word!r} for ever")
        self.world.trainers.end_all(self.world.runs())

    def leave(self) -> None:
        """Whatever is open is closed, and the next project may come."""
        self.world.trainers.end_all(self.world.runs())
        while (popup := QApplication.activePopupWidget()) is not None:
            popup.close()
        while (sheet := self.open_sheet()) is not None:
            sheet.close_sheet()
        if (page := self._images()) is not None:
            page.set.changes.drop_drafts()
        for job in Queue().jobs():
            Queue().remove(job.id)
        self.studio.workspace.close_project()
        self.studio.workspace.refresh_queue()
        self.settle()


def _name_of(widget: QWidget | None) -> str:
    if widget is None:
        return "nothing"
    text = widget.text() if isinstance(widget, QAbstractButton) else ""
    return f"{type(widget).__name__} {(text or widget.accessibleName())[:40]!r}"


def _same_words(typed: str, kept: str) -> bool:
    return " ".join(join_lines(typed).split()) == " ".join(join_lines(kept).split())


def _difference(before: dict, after: dict) -> str:  # type: ignore[type-arg]
    keys = [key for key in {**before, **after} if before.get(key) != after.get(key)]
    return "; ".join(f"{key}: {before.get(key)!r:.200} → {after.get(key)!r:.200}" for key in keys)


# ── Runs ──────────────────────────────────────────────────────────────────────────────────────────────────────


@contextmanager
def open_window(app: WatchedApplication) -> Iterator[Studio]:
    studio = Studio(app)
    studio.start(None)
    studio.window.resize(1280, 800)
    studio.window.activateWindow()
    while not studio.has_imported:  # in the first second, in which nobody finds a button, a page takes longer
        app.processEvents()
    yield studio
    studio.finish()
    QThreadPool.globalInstance().waitForDone()
    window = studio.window
    delete(studio)
    delete(window)


def begin(user: RandomUser) -> None:
    """A run begins with a project, with pictures only, or with nothing."""
    work = user.studio.workspace
    user.studio.settings.set("projects_folder", str(user.world.root / "projects"))
    way = user.chance.choice(("project", "project", "pictures", "nothing"))
    if way == "project":
        work.open_project(user.world.project)
    elif way == "pictures":
        work.open_images([user.world.images])
    user.story.append(f"begins with {way}")
    user.settle()
    user.window.go_to("images" if way != "nothing" else "start")
    user.settle()
    user.look_away()


def play(first: int, runs: int, actions: int, home: Path, verbose: bool, is_peeked_at: bool) -> str:
    """What went wrong first, or nothing. A run is played from the beginning of its window."""
    app = WatchedApplication(["random user"], is_peeked_at)
    app.setQuitOnLastWindowClosed(False)
    ears, outside = Ears(), Outside()
    outside.put_in_place()
    make_template(home / "template")
    for window_first in range(first - first % RUNS_PER_WINDOW, first + runs, RUNS_PER_WINDOW):
        outside.world = World(home / "nowhere")
        with open_window(app) as studio:
            for seed in range(window_first, min(window_first + RUNS_PER_WINDOW, first + runs)):
                outside.world = world = copy_world(home / "template", home / f"run {seed}")
                outside.chance = random.Random(f"outside {seed}")
                user = RandomUser(app, ears, studio, world, random.Random(seed))
                print(f"seed {seed}", flush=True)
                try:
                    begin(user)
                    for _ in range(actions):
                        user.act()
                        if verbose:
                            print(f"  {len(user.story) - 1}. {user.story[-1]}", flush=True)
                    user.finish()
                    user.leave()
                except Defect as defect:
                    return f"seed {seed}, action {len(user.story) - 1}: {defect}\n{user.told()}"
                except Exception:
                    print(f"the random user itself failed, seed {seed}\n{user.told()}", file=sys.stderr)
                    raise
    print(f"longest handler {app.longest_ms:.0f} ms, {time.process_time():.0f} s of processor time")
    return ""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--runs", type=int, default=1)
    parser.add_argument("--actions", type=int, default=100)
    parser.add_argument("--fault", choices=sorted(random_faults.FAULTS), help="a fault to plant, to see it found")
    parser.add_argument("--verbose", action="store_true")
    parser.add_argument("--limit-ms", type=float, default=LIMIT_MS, help="the longest that a handler may take")
    parser.add_argument("--where", action="store_true", help="say where the program is when a handler is slow")
    chosen = parser.parse_args()
    faulthandler.enable()
    WatchedApplication.limit_ms = chosen.limit_ms
    with tempfile.TemporaryDirectory(prefix="random-user-", ignore_cleanup_errors=True) as folder:
        for name in ("HOME", "LORA_STUDIO_HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME"):
            os.environ[name] = str(Path(folder) / name.lower())
            Path(os.environ[name]).mkdir()
        os.environ |= {"HF_HUB_OFFLINE": "1", "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring"}
        os.environ.pop("HF_TOKEN", None)
        if chosen.fault:
            random_faults.FAULTS[chosen.fault]()
        found = play(chosen.first, chosen.runs, chosen.actions, Path(folder).resolve(), chosen.verbose, chosen.where)
        if found:
            print(found, file=sys.stderr, flush=True)
        sys.stdout.flush()
        sys.stderr.flush()
        if found:
            os._exit(1)  # the window is as the defect left it: nothing of it is to be trusted
    return 0


if __name__ == "__main__":
    sys.exit(main())

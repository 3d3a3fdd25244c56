"""The picture with and without a saved adapter: drawn in a process of its own, and called off whenever nobody waits."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Literal

from PySide6.QtCore import QCoreApplication, QObject, QThreadPool, Signal

from lora_studio.errors import StudioError
from lora_studio.jobs.effect import EffectPair, draw_effect
from lora_studio.runs.folder import RunFolder
from ui.models.drawing import START_S
from ui.models.run import RunModel
from ui.work import tasks

AUTOMATIC_S = 120.0  # what takes longer waits until it is asked for

EffectState = Literal["none", "offered", "drawing", "ready", "failed"]
DrawEffect = Callable[[RunFolder, Path, Path, float, Callable[[], bool]], EffectPair]


class EffectDrawing(QObject):
    """Draws one file at a time. Signals arrive on the GUI thread; the pictures live as long as this object."""

    changed = Signal()

    def __init__(self, run: RunModel, parent: QObject | None = None, draw: DrawEffect = draw_effect) -> None:
        super().__init__(parent)
        self._run = run
        self.draw = draw
        self.state: EffectState = "none"
        self.pair: EffectPair | None = None
        self.problem = ""
        self._wish: tuple[Path, float] | None = None
        self._token = tasks.CancelToken()
        self._pool = QThreadPool(self)  # its own: it waits minutes for a process
        self._folders: list[tempfile.TemporaryDirectory[str]] = []
        app = QCoreApplication.instance()
        if app is not None:
            app.aboutToQuit.connect(self.close)

    @property
    def cost_s(self) -> float | None:
        """About how long it takes; None while nobody knows."""
        picture_s = self._run.seconds_per_sample
        if picture_s is None:
            return None
        pictures = 1 if self._run.samples(0) else 2
        return pictures * (START_S + picture_s)

    @property
    def can_begin(self) -> bool:
        """Whether nothing else of this run is using the computer."""
        return not self._run.state.is_alive

    def offer(self, adapter: Path, strength: float) -> None:
        """Draw a saved file now if it is quick and nothing trains, else when `begin` is called."""
        self.forget()
        self._wish = (adapter, strength)
        cost_s = self.cost_s
        if self.can_begin and cost_s is not None and cost_s <= AUTOMATIC_S:
            self.begin()
        else:
            self._tell("offered")

    def begin(self) -> None:
        """Draw what was offered; ignored while it is drawn."""
        if self._wish is None or self.state == "drawing":
            return
        adapter, strength = self._wish
        folder = tempfile.TemporaryDirectory(prefix="lora-studio-", ignore_cleanup_errors=True)
        self._folders.append(folder)
        run, draw, place = self._run.run, self.draw, Path(folder.name)
        self._token = tasks.run(
            lambda token: draw(run, adapter, place, strength, lambda: token.is_cancelled),
            self._take, self._refuse, owner=self, pool=self._pool,
        )  # fmt: skip
        self._tell("drawing")

    def skip(self) -> None:
        """Call it off; it can be begun again."""
        self._token.cancel()
        self._tell("offered")

    def forget(self) -> None:
        """The saved file is no longer what is spoken of."""
        self._token.cancel()
        self._wish = self.pair = None
        if self.state != "none":
            self._tell("none")

    def close(self) -> None:
        """Call it off and remove the pictures."""
        self._token.cancel()
        while self._folders:
            self._folders.pop().cleanup()

    def _take(self, pair: EffectPair) -> None:
        self.pair = pair
        self._tell("ready")

    def _refuse(self, error: Exception) -> None:
        if not isinstance(error, StudioError):
            raise error
        self.problem = error.title
        self._tell("failed")

    def _tell(self, state: EffectState) -> None:
        self.state = state
        self.changed.emit()

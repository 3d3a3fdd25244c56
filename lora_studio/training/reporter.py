"""Between the trainer and whoever watches: what it does becomes events, what they wish is listened to."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import Any, Literal, Protocol

from lora_studio.runs.commands import Command, Pause, SampleNow, SaveNow, Stop
from lora_studio.runs.events import Event, Phase, PhaseName

Ending = Literal["done", "paused", "stopped"]
PROGRESS_EVERY_S = 0.5


class Journal(Protocol):
    """Takes events, as `EventWriter` does."""

    def write(self, event: Event) -> Any: ...

    def sync(self) -> None: ...


class Wishes(Protocol):
    """Gives what was asked for since the last time, as `CommandReader` does."""

    def poll(self) -> list[Command]: ...


class AskedToEnd(Exception):
    """Someone asked to pause or stop; raised where the trainer can leave everything whole."""

    def __init__(self, ending: Literal["paused", "stopped"]) -> None:
        super().__init__(ending)
        self.ending = ending


class Reporter:
    """Writes events, and turns a Pause or Stop into `AskedToEnd` wherever the trainer reports progress.

    Attributes:
        wishes: `SaveNow` and `SampleNow` that arrived; the trainer takes them out between two steps.
        take_peak_mib: Asked at every phase for the memory held since the one before.
    """

    def __init__(self, writer: Journal, commands: Wishes) -> None:
        self._writer = writer
        self._commands = commands
        self.wishes: list[SaveNow | SampleNow] = []
        self.take_peak_mib: Callable[[], int | None] = lambda: None

    def write(self, event: Event) -> None:
        self._writer.write(event)

    def sync(self) -> None:
        self._writer.sync()

    def phase(self, name: PhaseName, done: int = 0, total: int = 1) -> None:
        """Tells what is done now, after listening."""
        self.listen()
        self._writer.write(Phase(name=name, done=done, total=total, memory_mib=self.take_peak_mib()))

    def progress(self, name: PhaseName) -> Callable[[int, int], None]:
        """A callback for work in pieces; it tells at most twice a second and listens each time."""
        told_at_s = -math.inf

        def tell(done: int, total: int) -> None:
            nonlocal told_at_s
            if done == total or time.monotonic() - told_at_s >= PROGRESS_EVERY_S:
                told_at_s = time.monotonic()
                self.phase(name, done, total)

        return tell

    def listen(self) -> None:
        """Reads new commands.

        Raises:
            AskedToEnd: There was a Pause or a Stop.
        """
        for command in self._commands.poll():
            self._hear(command)

    def _hear(self, command: Command) -> None:
        match command:
            case Pause():
                raise AskedToEnd("paused")
            case Stop():
                raise AskedToEnd("stopped")
            case SaveNow() | SampleNow():
                self.wishes.append(command)

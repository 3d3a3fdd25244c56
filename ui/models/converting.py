"""Writing an old .ckpt model as .safetensors: which file is under way, how far it is, and what came of it."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject, Signal

from lora_studio.bases import OLD_SUFFIXES
from ui.work import tasks
from ui.work.long_work import LongWork


def can_be_converted(path: Path) -> bool:
    """Whether a file's name is that of an old format; it is not opened."""
    return path.suffix.lower() in OLD_SUFFIXES


class Converter(LongWork):
    """Converts one file at a time, in a process that ends with it or with the window."""

    made = Signal(object)  # Path of the new file

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.source: Path | None = None

    def start(self, source: Path, target: Path) -> None:
        """Begin; a second call meanwhile is ignored."""
        if self.source is not None:
            return
        self.source = source
        wish = self._begin()

        def work(_: tasks.CancelToken) -> Path:
            from lora_studio.jobs.conversion import convert_in_own_process  # not at the top: it loads numpy

            return convert_in_own_process(source, target, self._hear, lambda: wish.is_cancelled).path

        tasks.run(work, self._take, self._miss, owner=self)

    def _take(self, target: Path) -> None:
        self._rest()
        self.made.emit(target)

    def _rest(self) -> None:
        self.source = None
        super()._rest()

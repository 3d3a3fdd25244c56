"""The person's settings as something widgets can watch; what they are is decided in `lora_studio.settings`."""

from __future__ import annotations

from collections.abc import Callable

from pydantic import JsonValue
from PySide6.QtCore import QObject, QThreadPool, Signal

from lora_studio.errors import StudioError
from lora_studio.settings import Settings, SettingsRead, read_settings, save_settings
from ui.work import tasks


class SettingsModel(QObject):
    """Changes apply at once and save themselves, in order, off the GUI thread."""

    changed = Signal(str)  # the field's name
    save_failed = Signal(object)  # StudioError

    def __init__(
        self, read: Callable[[], SettingsRead] = read_settings, save: Callable[[Settings], None] = save_settings
    ) -> None:
        super().__init__()
        outcome = read()
        self.values = outcome.settings
        self.problem: StudioError | None = outcome.problem
        self._save = save
        self._writer = QThreadPool(self)
        self._writer.setMaxThreadCount(1)

    def set(self, field: str, value: JsonValue) -> None:
        """Change one field. Raises pydantic's ValidationError, with the old value kept, when it is refused."""
        changed = Settings.model_validate({**self.values.model_dump(), field: value})
        if changed == self.values:
            return
        self.values = changed
        self.changed.emit(field)
        tasks.run(lambda _: self._save(changed), _nothing, self._tell_failure, owner=self, pool=self._writer)

    def wait_until_saved(self) -> None:
        """Before the program ends: the last change must be on disk."""
        self._writer.waitForDone()

    def _tell_failure(self, error: Exception) -> None:
        if not isinstance(error, StudioError):
            raise error
        self.save_failed.emit(error)


def _nothing(_result: None) -> None:
    """Saving went well; there is nothing to show."""

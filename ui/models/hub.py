"""A base model from the Hugging Face hub: what is there under an id, and how far a download is."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject, Signal

from lora_studio import storage
from lora_studio.errors import StudioError
from lora_studio.hub.offer import Offer
from lora_studio.jobs import download
from ui.work import tasks
from ui.work.long_work import LongWork


class HubModels(LongWork):
    """Asks the hub only in `look_up` and `start`, which a person's click calls; what came is kept when called off."""

    offered = Signal(object, object)  # Offer, and the free bytes where it would come to
    not_offered = Signal(object)  # StudioError
    made = Signal(object)  # Path of the model

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.offer: Offer | None = None

    def look_up(self, text: str, file: str = "") -> None:
        """Ask what is there; `offered` or `not_offered` answers."""

        def work(_: tasks.CancelToken) -> tuple[Offer, int]:
            offer = download.look_up(text, file)
            return offer, storage.free_bytes(download.place_of(offer))

        tasks.run(work, lambda found: self.offered.emit(*found), self._refuse, owner=self)

    def start(self, offer: Offer) -> None:
        """Download it; a second call meanwhile is ignored."""
        if self.offer is not None:
            return
        self.offer = offer
        wish = self._begin()
        tasks.run(
            lambda _: download.download(offer, self._hear, lambda: wish.is_cancelled),
            self._take,
            self._miss,
            owner=self,
        )

    def _refuse(self, error: Exception) -> None:
        if not isinstance(error, StudioError):
            raise error
        self.not_offered.emit(error)

    def _take(self, place: Path) -> None:
        self._rest()
        self.made.emit(place)

    def _rest(self) -> None:
        self.offer = None
        super()._rest()

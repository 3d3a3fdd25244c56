"""The sharing kit of a saved adapter, and its way to the Hugging Face hub."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from lora_studio.errors import StudioError
from lora_studio.hub import tokens
from lora_studio.hub.parcel import KitContents, look_into, pack
from lora_studio.hub.tokens import Token
from lora_studio.jobs.upload import upload
from lora_studio.runs.folder import RunFolder
from lora_studio.runs.kit import Kit, free_kit_path, make_kit
from ui.models.exporting import Exported
from ui.work import tasks
from ui.work.long_work import LongWork


class KitModel(QObject):
    """Makes the kit of the adapter that was saved last. Signals arrive on the GUI thread."""

    changed = Signal()
    failed = Signal(object)  # StudioError

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.exported: Exported | None = None
        self.kit: Kit | None = None
        self.is_making = False
        self._run: RunFolder | None = None

    def set_adapter(self, run: RunFolder | None, exported: Exported | None) -> None:
        """The file that a kit is made of from now on; a kit of another one is not shown any more."""
        if exported is not self.exported:
            self._run, self.exported, self.kit = run, exported, None
            self.is_making = False
            self.changed.emit()

    def make(self, is_zip: bool) -> None:
        """Make it beside the adapter, under a name that is free; a second call meanwhile is ignored."""
        run, exported = self._run, self.exported
        if exported is None or self.is_making:
            return
        self.is_making = True
        self.changed.emit()

        def work(_: tasks.CancelToken) -> Kit:
            wish = exported.wish
            target = free_kit_path(exported.path, is_zip)
            return make_kit(run, exported.path, target, cover=wish.cover, strength=wish.suggested_strength)

        tasks.run(work, lambda kit: self._take(exported, kit), lambda error: self._refuse(exported, error), owner=self)

    def _take(self, exported: Exported, kit: Kit) -> None:
        if exported is self.exported:
            self.kit, self.is_making = kit, False
            self.changed.emit()

    def _refuse(self, exported: Exported, error: Exception) -> None:
        if not isinstance(error, StudioError):
            raise error
        if exported is self.exported:
            self.is_making = False
            self.changed.emit()
            self.failed.emit(error)


@dataclass(frozen=True, slots=True)
class SendWish:
    """What the person agreed to send and where. `typed_token` is empty where a kept one is used."""

    kit: Path
    contents: KitContents
    page: str
    is_public: bool
    typed_token: str = ""
    keeps_token: bool = False


@dataclass(frozen=True, slots=True)
class Sent:
    """The address of the page; `not_kept` says why the token could not be kept though it was wished."""

    address: str
    not_kept: StudioError | None = None


class KitSender(LongWork):
    """Sends a kit only in `send`, which a person's click calls."""

    listed = Signal(object, object)  # KitContents, and Token or None
    sent = Signal(object)  # Sent

    def look(self, kit: Path) -> None:
        """Read what would be sent and whether a token is kept; `listed` or `failed` answers."""
        tasks.run(
            lambda _: (look_into(kit), tokens.find_token()),
            lambda found: self.listed.emit(*found),
            self._miss,
            owner=self,
        )

    def forget_token(self, kit: Path) -> None:
        """Take the token out of the keyring, and look again."""

        def work(_: tasks.CancelToken) -> tuple[KitContents, Token | None]:
            tokens.forget_token()
            return look_into(kit), tokens.find_token()

        tasks.run(work, lambda found: self.listed.emit(*found), self._miss, owner=self)

    def send(self, wish: SendWish) -> None:
        """Send it; a second call meanwhile is ignored. `sent` or `failed` answers, unless it was called off."""
        if self.is_at_work:
            return
        off = self._begin()
        tasks.run(lambda _: self._work(wish, off), self._take, self._miss, owner=self)

    def _work(self, wish: SendWish, off: tasks.CancelToken) -> Sent:
        token = tokens.read_typed(wish.typed_token) if wish.typed_token else tokens.find_token()
        parcel = pack(wish.kit, wish.page, wish.is_public, wish.contents)
        address = upload(parcel, token, self._hear, lambda: off.is_cancelled)
        if token is None or not wish.keeps_token:
            return Sent(address)
        try:
            tokens.keep_token(token)
        except StudioError as problem:  # the kit is there all the same
            return Sent(address, problem)
        return Sent(address)

    def _take(self, sent: Sent) -> None:
        self._rest()
        self.sent.emit(sent)

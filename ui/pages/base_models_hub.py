"""The sheet that asks for a model's id on the Hugging Face hub, and shows what is there before anything comes."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from lora_studio.errors import StudioError
from lora_studio.hub.offer import Offer
from ui.models.engine_words import problem_words
from ui.models.hub import HubModels
from ui.models.library_words import size_word
from ui.widgets.buttons import Button
from ui.widgets.labels import Label
from ui.widgets.sheet import Sheet
from ui.widgets.text_field import TextField

MODEL_PAGE = "https://huggingface.co/{model_id}"


class HubSheet(Sheet):
    """`page_wanted` and `download_wanted` ask for the rest; the sheet closes when a download is wanted."""

    page_wanted = Signal(str)  # an address
    download_wanted = Signal(object)  # Offer

    def __init__(self, area: QWidget, hub: HubModels) -> None:
        super().__init__(
            area,
            self.tr("Get a model from Hugging Face"),
            self.tr("Nothing is downloaded before you have seen its size and licence."),
            width_px=560,
        )
        self._hub = hub
        self._offer: Offer | None = None
        self._is_asked = False  # about what stands in the fields now
        self.id_field = TextField(
            self.tr("Id of the model"),
            placeholder="owner/name",
            hint=self.tr("It stands at the top of the model's page. The address of the page works too."),
        )
        self.file_field = TextField(
            self.tr("File"), hint=self.tr("Only where a model comes in several files; else leave it empty.")
        )
        self.facts = Label("", "body", "text2", wrap=True)
        for widget in (self.id_field, self.file_field, self.facts):
            self.body.addWidget(widget)
        self.body.addStretch(1)
        self.page_button = self.add_button(Button(self.tr("Open its page"), "ghost", "external"))
        self.page_button.clicked.connect(self._want_page)
        self.look_button = self.add_button(Button(self.tr("Look it up"), "secondary", "search"))
        self.look_button.clicked.connect(self._look_up)
        self.get_button = self.add_button(Button(self.tr("Download"), "primary", "download"))
        self.get_button.clicked.connect(self._want_download)
        self.id_field.edit.returnPressed.connect(self._look_up)
        for field in (self.id_field, self.file_field):
            field.text_changed.connect(self._forget)
        hub.offered.connect(self._show_offer)
        hub.not_offered.connect(self._show_problem)
        self._forget()

    def _forget(self) -> None:
        """What was shown, or is still to come, is of another id than the one that stands there now."""
        self._offer = None
        self._is_asked = False
        self.facts.setText("")
        self.facts.hide()
        self.id_field.set_error("")
        self.page_button.setVisible(False)
        self.get_button.block(self.tr("Look it up first"))
        if self.id_field.text.strip():
            self.look_button.unblock()
        else:
            self.look_button.block(self.tr("Type the id first"))

    def _look_up(self) -> None:
        if not self.look_button.isEnabled():  # Enter in the field
            return
        self._forget()
        self._is_asked = True
        self.look_button.set_busy(True)
        self._hub.look_up(self.id_field.text, self.file_field.text.strip())

    def _show_offer(self, offer: Offer, free_bytes: int) -> None:
        self.look_button.set_busy(False)
        if not self._is_asked:
            return
        self._offer = offer
        lines = [
            self.tr("%n file(s), {size}", "", len(offer.files)).format(size=size_word(offer.size_bytes)),
            self.tr("Licence: {name}").format(name=offer.licence)
            if offer.licence
            else self.tr("Its page states no licence."),
            self.tr("Free on the disk: {size}").format(size=size_word(free_bytes)),
        ]
        if offer.is_gated:
            lines.append(self.tr("Its owner wants the licence accepted on its page first."))
        self.facts.setText("\n".join(lines))
        self.facts.show()
        self.page_button.setVisible(True)
        if offer.size_bytes > free_bytes:
            self.get_button.block(self.tr("There is not enough room on the disk"))
        elif self._hub.offer is not None:
            self.get_button.block(self.tr("Another model is being downloaded"))
        else:
            self.get_button.unblock()

    def _show_problem(self, error: StudioError) -> None:
        self.look_button.set_busy(False)
        if not self._is_asked:
            return
        self.id_field.set_error(problem_words(error))

    def _want_page(self) -> None:
        if self._offer is not None:
            self.page_wanted.emit(MODEL_PAGE.format(model_id=self._offer.model_id))

    def _want_download(self) -> None:
        if self._offer is not None:
            self.download_wanted.emit(self._offer)
            self.close_sheet()

"""The Export page after saving: the sharing kit, and the sheet that puts it on the Hugging Face hub."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QLineEdit, QMenu, QRadioButton, QVBoxLayout, QWidget

from lora_studio.errors import StudioError
from lora_studio.hub.parcel import KitContents
from lora_studio.hub.tokens import Token
from ui.models.engine_words import problem_words
from ui.models.library_words import size_word
from ui.models.sharing import KitModel, KitSender, SendWish, Sent
from ui.theme import icons, tokens
from ui.widgets.buttons import Button, icon_button
from ui.widgets.file_card import FileCard
from ui.widgets.flow_layout import FlowLayout
from ui.widgets.labels import Label
from ui.widgets.menus import open_below
from ui.widgets.sheet import Sheet
from ui.widgets.text_field import TextField

_TOKEN_PROBLEMS = frozenset({"hub_token_wrong", "hub_no_token"})


class SharingPart(QWidget):
    """Makes a kit of the saved adapter and shows it; there only once an adapter was saved."""

    folder_wanted = Signal(Path)
    hub_wanted = Signal(Path)

    def __init__(self, kits: KitModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._kits = kits
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(tokens.current().sizes.gap8)
        self.card = FileCard()
        self.card.folder_wanted.connect(self.folder_wanted)
        column.addWidget(self.card)
        row = QWidget(self)
        flow = FlowLayout(row)
        self.make_button = Button(self.tr("Make a sharing kit"), "secondary", "export", small=True)
        self.make_button.clicked.connect(lambda: kits.make(is_zip=False))
        self.more_button = icon_button("more", self.tr("Other forms of the kit"))
        self.more_button.clicked.connect(lambda: open_below(self.build_menu(), self.more_button))
        self.folder_button = Button(self.tr("Show in folder"), "secondary", "folder_open", small=True)
        self.folder_button.clicked.connect(self._want_folder)
        self.hub_button = Button(self.tr("Put on Hugging Face…"), "secondary", small=True)
        self.hub_button.clicked.connect(self._want_hub)
        for button in (self.make_button, self.folder_button, self.hub_button, self.more_button):
            flow.addWidget(button)
        column.addWidget(row)
        words = self.tr(
            "A kit is a folder with the adapter, cover, samples, and a card for Civitai and Hugging Face. "
            "Captions stay out. Nothing is sent."
        )
        self.about = Label(words, "small", "muted", wrap=True)
        column.addWidget(self.about)
        kits.changed.connect(self._show)
        self._show()

    def build_menu(self) -> QMenu:
        """Both forms of the kit; the one that is made is the one that is shown."""
        menu = QMenu(self)
        folder = menu.addAction(icons.icon("folder"), self.tr("Make it as a folder"))
        folder.triggered.connect(lambda: self._kits.make(is_zip=False))
        packed = menu.addAction(icons.icon("zip"), self.tr("Make it as one .zip file"))
        packed.triggered.connect(lambda: self._kits.make(is_zip=True))
        return menu

    def _show(self) -> None:
        kit = self._kits.kit
        self.setVisible(self._kits.exported is not None)
        self.make_button.set_busy(self._kits.is_making)
        self.more_button.setEnabled(not self._kits.is_making)
        for part in (self.make_button, self.about):
            part.setVisible(kit is None)
        for widget in (self.card, self.folder_button, self.hub_button):
            widget.setVisible(kit is not None)
        if kit is None:
            return
        words = self.tr("%n file(s), {size}", "", len(kit.files)).format(size=size_word(kit.size_bytes))
        self.card.set_file(kit.path, words)
        if kit.is_zip:
            self.hub_button.block(self.tr("Hugging Face takes it as a folder: make one with the menu"))
        else:
            self.hub_button.unblock()

    def _want_folder(self) -> None:
        if self._kits.kit is not None:
            self.folder_wanted.emit(self._kits.kit.path)

    def _want_hub(self) -> None:
        if self._kits.kit is not None:
            self.hub_wanted.emit(self._kits.kit.path)


class SendSheet(Sheet):
    """Says what would be sent, where and who could see it; sends it when the person says so. Closing it stops that."""

    page_wanted = Signal(str)  # an address

    def __init__(self, area: QWidget, kit: Path) -> None:
        super().__init__(
            area,
            self.tr("Put on Hugging Face"),
            self.tr("Nothing is sent before you press Send."),
            width_px=560,
        )
        self.kit_sender = KitSender(self)
        self._kit = kit
        self._listed: KitContents | None = None
        self._address = ""
        self._build()
        self.closed.connect(self.kit_sender.cancel)
        self.kit_sender.listed.connect(self._show_list)
        self.kit_sender.failed.connect(self._show_problem)
        self.kit_sender.changed.connect(self._show_progress)
        self.kit_sender.sent.connect(self._show_sent)
        self._edit()
        self.kit_sender.look(kit)

    def _build(self) -> None:
        self.id_field = TextField(
            self.tr("Page"), placeholder="owner/name", hint=self.tr("Your name on Hugging Face, and one for the page.")
        )
        self.private_choice = QRadioButton(self.tr("Only I can see it"))
        self.public_choice = QRadioButton(self.tr("Everybody can see and download it"))
        self.private_choice.setChecked(True)
        self.token_label = Label("", "body", "text2", wrap=True)
        self.forget_button = Button(self.tr("Forget the token"), "ghost", "trash", small=True)
        self.forget_button.clicked.connect(lambda: self.kit_sender.forget_token(self._kit))
        self.token_field = TextField(
            self.tr("Token"),
            hint=self.tr("A password for programs. Make one that may write at huggingface.co/settings/tokens."),
        )
        self.token_field.edit.setEchoMode(QLineEdit.EchoMode.Password)
        self.keep_choice = QCheckBox(self.tr("Keep it with this computer's saved passwords"))
        self.list_label = Label("", "body", "text2", wrap=True)
        self.told_label = Label("", "body", "text2", wrap=True)
        parts = (
            self.id_field, self.private_choice, self.public_choice, self.token_field, self.keep_choice,
            self.token_label, self.forget_button, Label(self.tr("What is sent"), "section"), self.list_label,
            self.told_label,
        )  # fmt: skip
        for part in parts:
            self.body.addWidget(part)
        self.body.addStretch(1)
        self._show_token(None)
        for widget in (self.token_field, self.keep_choice):  # until it is known that none is kept
            widget.hide()
        self.page_button = self.add_button(Button(self.tr("Open its page"), "secondary", "external"))
        self.page_button.clicked.connect(lambda: self.page_wanted.emit(self._address))
        self.page_button.hide()
        self.send_button = self.add_button(Button(self.tr("Send"), "primary", "export"))
        self.send_button.clicked.connect(self._send)
        for field in (self.id_field, self.token_field):
            field.text_changed.connect(self._edit)
        self.public_choice.toggled.connect(self._edit)

    def _edit(self, *_value: object) -> None:
        for field in (self.id_field, self.token_field):
            field.set_error("")
        self.told_label.setText("")
        self.told_label.hide()
        needs_token = self.token_field.isVisibleTo(self)
        if self._listed is None:
            self.send_button.block(self.tr("The kit is being looked through"))
        elif not self.id_field.text.strip():
            self.send_button.block(self.tr("Say first where to"))
        elif needs_token and not self.token_field.text.strip():
            self.send_button.block(self.tr("Type the token first"))
        elif self.public_choice.isChecked() and not self._listed.licence:
            self.send_button.block(self.tr("What everybody can see needs a licence: choose one, and save again"))
        else:
            self.send_button.unblock()

    def _show_list(self, contents: KitContents, token: Token | None) -> None:
        self._listed = contents
        lines = [
            self.tr("{name}, {size}").format(name=file.name, size=size_word(file.size_bytes)) for file in contents.files
        ]
        lines.append(self.tr("Altogether {size}").format(size=size_word(contents.size_bytes)))
        licence = self.tr("Licence: {name}").format(name=contents.licence) if contents.licence else ""
        lines.append(licence or self.tr("No licence is stated."))
        self.list_label.setText("\n".join(lines))
        self._show_token(token)
        self._edit()

    def _show_token(self, token: Token | None) -> None:
        is_kept = token is not None and token.source == "keyring"
        kept = self.tr("The token among this computer's saved passwords is used.")
        stated = self.tr("The token in HF_TOKEN is used.")
        self.token_label.setText(kept if is_kept else stated)
        self.token_label.setVisible(token is not None)
        self.forget_button.setVisible(is_kept)
        for widget in (self.token_field, self.keep_choice):
            widget.setVisible(token is None)

    def _send(self) -> None:
        if self._listed is None:
            return
        types_token = self.token_field.isVisibleTo(self)
        self._edit()
        self.send_button.set_busy(True)
        self.kit_sender.send(
            SendWish(
                kit=self._kit,
                contents=self._listed,
                page=self.id_field.text,
                is_public=self.public_choice.isChecked(),
                typed_token=self.token_field.text if types_token else "",
                keeps_token=types_token and self.keep_choice.isChecked(),
            )
        )

    def _show_progress(self) -> None:
        if self.kit_sender.is_at_work and self._listed is not None:
            words = self.tr("Sent {percent} % of {size}. Closing this stops it, and then nothing appears there.")
            size = size_word(self._listed.size_bytes)
            self._tell(words.format(percent=self.kit_sender.percent, size=size))

    def _show_sent(self, sent: Sent) -> None:
        self._address = sent.address
        lines = [self.tr("It is there: {address}").format(address=sent.address)]
        if sent.not_kept is not None:
            lines.append(problem_words(sent.not_kept))
        self._tell("\n".join(lines))
        self.send_button.set_busy(False)
        self.send_button.hide()
        self.page_button.show()
        self.page_button.setFocus()

    def _show_problem(self, error: StudioError) -> None:
        self.send_button.set_busy(False)
        self._tell("")
        words = problem_words(error)
        if error.code in _TOKEN_PROBLEMS:
            self._show_token(None)  # the kept one is no good: another can be typed
            self._edit()
            self.token_field.set_error(words)
        elif error.code.startswith("hub_") and error.code != "hub_unreachable":
            self.id_field.set_error(words)
        else:
            self._tell(words, is_problem=True)
        if error.code == "kit_changed":
            self.kit_sender.look(self._kit)

    def _tell(self, words: str, is_problem: bool = False) -> None:
        self.told_label.set_tone("err" if is_problem else "text2")
        self.told_label.setText(words)
        self.told_label.setVisible(bool(words))

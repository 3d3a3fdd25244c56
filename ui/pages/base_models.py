"""Base models: what was found on this computer, what can be trained, and the folders that are looked through."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from pydantic import JsonValue
from PySide6.QtCore import QCoreApplication, QLocale
from PySide6.QtWidgets import QFileDialog, QGridLayout, QHBoxLayout, QMenu, QPlainTextEdit, QVBoxLayout, QWidget

from lora_studio import embedded
from lora_studio.bases import FoundBase
from lora_studio.errors import StudioError
from lora_studio.hub.offer import Offer
from lora_studio.jobs.download import place_of
from ui.models.base_models import details_of, examine, is_practice
from ui.models.computer import WHERE_TO_GET_A_BASE
from ui.models.converting import Converter
from ui.models.hub import HubModels
from ui.models.library_words import base_name, size_word
from ui.models.messages import Message, MessageButton, message, message_for
from ui.pages.base_models_hub import HubSheet
from ui.pages.base_models_row import BaseRow
from ui.theme import fonts, icons, tokens
from ui.widgets.banner import Banner
from ui.widgets.buttons import Button, icon_button
from ui.widgets.card import Card
from ui.widgets.icon_label import IconLabel
from ui.widgets.labels import ElidedLabel, Label
from ui.widgets.menus import open_above
from ui.widgets.message_card import MessageCard
from ui.widgets.page import BottomState, Context, Page
from ui.widgets.sheet import Sheet
from ui.work import tasks

_SUFFIXES = (".safetensors", ".ckpt")


class BaseModelsPage(Page):
    """Looks for models when it is first shown, and then only when it is asked to. No model file is ever changed."""

    widest_px = 1200

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._workspace = context.workspace
        self._missing: frozenset[str] = frozenset()
        self._has_searched = False
        self._message: MessageCard | None = None
        self._refused: Path | None = None
        self.rows: list[BaseRow] = []
        self.converter = Converter(self)
        self.hub = HubModels(self)
        self._again: Callable[[], object] = lambda: None
        self._build_buttons()
        self._build()
        self._workspace.bases_changed.connect(self._take_bases)
        self._workspace.base_search_progressed.connect(self._show_progress)
        self._workspace.project_changed.connect(self._show)
        self.context.settings.changed.connect(self._take_setting)
        self.converter.changed.connect(self._show_conversion)
        self.converter.made.connect(self.add)
        self.converter.failed.connect(self._tell)
        self.hub.changed.connect(self._show_download)
        self.hub.made.connect(self.add)
        self.hub.failed.connect(self._tell)
        self._show()

    def _build_buttons(self) -> None:
        self.search_button = Button(self.tr("Search again"), "secondary", "refresh")
        self.search_button.clicked.connect(self._workspace.search_bases)
        self.get_button = Button(self.tr("Where to get one"), "secondary", "external")
        self.get_button.clicked.connect(self._open_web)
        self.folder_button = Button(self.tr("Add folder"), "secondary", "folder")
        self.folder_button.clicked.connect(self._choose_watched)
        self.add_button = Button(self.tr("Add a model"), "primary", "plus")
        self.add_button.clicked.connect(self._open_add_menu)

    def _build(self) -> None:
        self._message_place = QVBoxLayout()
        self.body.addLayout(self._message_place)
        self.progress = Label("", "body", "text2", wrap=True, tabular=True)
        self.cancel_button = Button(self.tr("Cancel"), "secondary", small=True)
        self.cancel_button.setAccessibleName(self.tr("Cancel the search"))
        self.cancel_button.clicked.connect(self._workspace.cancel_base_search)
        self.searching = self._working("search", self.progress, self.cancel_button)
        self.conversion = Label("", "body", "text2", wrap=True, tabular=True)
        stop = Button(self.tr("Cancel"), "secondary", small=True)
        stop.setAccessibleName(self.tr("Cancel the conversion"))
        stop.clicked.connect(self.converter.cancel)
        self.converting = self._working("shield", self.conversion, stop)
        self.converting.hide()
        self.download = Label("", "body", "text2", wrap=True, tabular=True)
        stop_download = Button(self.tr("Cancel"), "secondary", small=True)
        stop_download.setAccessibleName(self.tr("Cancel the download"))
        stop_download.clicked.connect(self.hub.cancel)
        self.downloading = self._working("download", self.download, stop_download)
        self.downloading.hide()
        self._list = QVBoxLayout()
        self._list.setSpacing(tokens.current().sizes.gap8)
        self.body.addLayout(self._list)
        self.empty = Banner(
            "info",
            self.tr("No other base model yet"),
            self.tr(
                "The Practice base is enough to learn with. For adapters that others can use, add a Stable Diffusion "
                "1.x, 2.x or XL model: one that you have, or one from Hugging Face."
            ),
            (self.tr("Add a model"), self.tr("Where to get one")),
        )
        self.empty.action_chosen.connect(lambda place: self._open_web() if place else self._open_add_menu())
        self.body.addWidget(self.empty)
        self.watched = Card(self.tr("Watched folders"))
        note = self.tr(
            "The usual folders of ComfyUI, A1111, Forge, InvokeAI, StabilityMatrix and the Hugging Face cache are "
            "looked through as well. Nothing in them is changed or moved."
        )
        self.watched.body.addWidget(Label(note, "small", "muted", wrap=True))
        self._folders = QVBoxLayout()
        self._folders.setSpacing(tokens.current().sizes.gap4)
        self.watched.body.addLayout(self._folders)
        self.body.addWidget(self.watched)
        self.body.addStretch(1)

    def _working(self, icon: str, words: Label, cancel: Button) -> Card:
        """A card that tells of work under way."""
        card = Card()
        line = QHBoxLayout()
        line.setSpacing(tokens.current().sizes.gap12)
        line.addWidget(IconLabel(icon, "accent", 18))
        line.addWidget(words, 1)
        line.addWidget(cancel)
        card.body.addLayout(line)
        self.body.addWidget(card)
        return card

    # ── Page ──────────────────────────────────────────────────────────────────────────────────────────────

    def title(self) -> str:
        return self.tr("Base models")

    def subtitle(self) -> str:
        return self.tr("What an adapter is trained on. Models stay where they are.")

    def help(self) -> str:
        return self.tr(
            "An adapter changes a base model, so you need one of the kind you want to draw with. It can be a Stable "
            "Diffusion 1.x, 2.x or XL model: one .safetensors file, or a folder in the diffusers layout with "
            "model_index.json in it. It is downloaded only when you ask for it, and nothing inside it is ever run."
        )

    def header_actions(self) -> list[QWidget]:
        return [self.search_button, self.get_button]

    def bottom_state(self) -> BottomState:
        found = self._workspace.bases
        usable = sum(base.usable and base.source not in self._missing for base in found)
        title = self.tr("%n base model(s) can be trained", "", usable)
        count = len(self.context.settings.values.model_folders)
        body = self.tr("%n watched folder(s), and the usual ones.", "", count) if count else ""
        return BottomState(title, body, "busy" if self._workspace.is_searching_bases else "info")

    def bottom_actions(self) -> list[Button]:
        return [self.folder_button, self.add_button]

    def shown(self) -> None:
        if not self._has_searched:
            self._has_searched = True
            self._workspace.search_bases()
        self._look_for_missing()

    def drop_sentence(self, paths: tuple[Path, ...]) -> str:
        path = paths[0]
        if len(paths) == 1 and path.suffix.lower() in _SUFFIXES:
            return self.tr("Drop to add {name}").format(name=path.name)
        if len(paths) == 1 and not path.suffix:
            return self.tr("Drop to add the base model in {name}").format(name=path.name)
        return ""

    def take_drop(self, paths: tuple[Path, ...]) -> None:
        self.add(paths[0])

    # ── Showing ───────────────────────────────────────────────────────────────────────────────────────────

    def _take_bases(self) -> None:
        self._show()
        self._look_for_missing()

    def _take_setting(self, field: str) -> None:
        if field == "model_folders":
            self._show()

    def _show(self) -> None:
        self._show_rows()
        self._show_folders()
        is_searching = self._workspace.is_searching_bases
        if is_searching and self.searching.isHidden():
            self.progress.setText(self.tr("Looking for base models…"))
        self.searching.setVisible(is_searching)
        if is_searching:
            self.search_button.block(self.tr("A search is under way"))
        else:
            self.search_button.unblock()
        self.empty.setVisible(len(self._workspace.bases) <= 1 and not is_searching)
        self.chrome_changed.emit()

    def _show_progress(self, count: int, where: str) -> None:
        words = self.tr("Looking for base models: {count} files and folders so far, now in {where}")
        self.progress.setText(words.format(count=QLocale().toString(count), where=where))

    def _show_conversion(self) -> None:
        source = self.converter.source
        self.converting.setVisible(source is not None)
        if source is not None:
            words = self.tr("Converting {name}: {percent} % written")
            if self.converter.percent == 100:
                words = self.tr("Converting {name}: reading it back to check it")
            self.conversion.setText(words.format(name=source.name, percent=self.converter.percent))

    def _show_download(self) -> None:
        offer = self.hub.offer
        self.downloading.setVisible(offer is not None)
        if offer is not None:
            words = self.tr("Downloading {name}: {percent} % of {size}")
            if self.hub.percent == 100:
                words = self.tr("Downloading {name}: checking what has come")
            size = size_word(offer.size_bytes)
            self.download.setText(words.format(name=offer.model_id, percent=self.hub.percent, size=size))

    def _show_rows(self) -> None:
        focused = next((row.base.source for row in self.rows if row.menu_button.hasFocus()), None)
        for row in self.rows:
            self._list.removeWidget(row)
            row.hide()
            row.deleteLater()
        project = self._workspace.project
        self.rows = []
        for base in sorted(self._workspace.bases, key=lambda base: (not is_practice(base), not base.usable)):
            row = BaseRow(
                base,
                is_there=base.source not in self._missing,
                is_used=project is not None and project.data.base.source == base.source,
                can_use=project is not None,
                parent=self,
            )
            row.action_wanted.connect(lambda action, base=base: self._do(base, action))
            self._list.addWidget(row)
            self.rows.append(row)
            if base.source == focused:
                row.menu_button.setFocus()

    def _show_folders(self) -> None:
        while (item := self._folders.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        for folder in self.context.settings.values.model_folders:
            self._folders.addWidget(self._folder_row(folder))
        self.watched.setVisible(bool(self.context.settings.values.model_folders))

    def _folder_row(self, folder: str) -> QWidget:
        row = QWidget(self)
        layout = QHBoxLayout(row)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(IconLabel("folder", "text2", 16))
        layout.addWidget(ElidedLabel(folder, "body", "text2"), 1)
        remove = icon_button("close", self.tr("Do not watch {folder} any more").format(folder=folder))
        remove.clicked.connect(lambda: self._unwatch(folder))
        layout.addWidget(remove)
        return row

    def _look_for_missing(self) -> None:
        sources = [base.source for base in self._workspace.bases if not is_practice(base)]
        tasks.run(
            lambda _: frozenset(source for source in sources if not Path(source).exists()),
            self._take_missing,
            owner=self,
        )

    def _take_missing(self, missing: frozenset[str]) -> None:
        if missing != self._missing:
            self._missing = missing
            self._show()

    def _show_message(self, shown: Message | None) -> None:
        if self._message is not None:
            self._message.deleteLater()
            self._message = None
        if shown is not None:
            self._message = MessageCard(shown, closable=True)
            self._message.action_chosen.connect(self._do_message)
            self._message.closed.connect(lambda: self._show_message(None))
            self._message_place.addWidget(self._message)
            self._message.banner.speak()

    def _do_message(self, action: str) -> None:
        if action == "explain":
            self._explain()
        elif action == "show_in_folder" and self._refused is not None:
            self.show_folder(self._refused)
        elif action == "choose_base":
            self._show_message(None)
            self._open_add_menu()
        elif action == "try_again":
            self._again()
        elif action == "convert_base" and self._refused is not None:
            self._choose_converted(self._refused)

    # ── Doing ─────────────────────────────────────────────────────────────────────────────────────────────

    def add(self, path: Path) -> None:
        """Look at a file or folder that was given by hand, and put it on the list if it is a base model."""
        self._show_message(None)
        self._again = lambda: self.add(path)
        self.add_button.set_busy(True)

        def take(found: FoundBase) -> None:
            self.add_button.set_busy(False)
            self._workspace.add_base(path)
            self.toast_wanted.emit(self.tr("{name} is on the list.").format(name=found.name), None)

        def refuse(error: Exception) -> None:
            self.add_button.set_busy(False)
            if not isinstance(error, StudioError):
                raise error
            self._refused = path
            self._show_message(_message_of(error))

        tasks.run(lambda _: examine(path), take, refuse, owner=self)

    def _do(self, base: FoundBase, action: str) -> None:
        match action:
            case "use":
                self._workspace.use_base(base)
                words = self.tr("This project trains on {name} now.").format(name=base_name(base))
                self.toast_wanted.emit(words, None)
            case "show_folder":
                self.show_folder(Path(base.source))
            case "check":
                self._workspace.check_base(base)
                self.toast_wanted.emit(self.tr("{name} was looked at again.").format(name=base_name(base)), None)
            case "details":
                tasks.run(
                    lambda _: details_of(base), lambda pairs: self._show_details(base, pairs), self._tell, owner=self
                )
            case "convert":
                self._choose_converted(Path(base.source))
            case "remove":
                self._workspace.forget_base(base)
                words = self.tr("{name} is off the list. Its files stay where they are.").format(name=base_name(base))
                self.toast_wanted.emit(words, None)
            case "model_card" | "notice":
                name = "MODEL_CARD.md" if action == "model_card" else "NOTICE.md"
                path = embedded.practice_base_dir() / name
                tasks.run(lambda _: path.read_text(encoding="utf-8"), self._show_paper, self._tell, owner=self)

    def _tell(self, error: Exception) -> None:
        if not isinstance(error, StudioError):
            raise error
        self._show_message(_message_of(error))

    def _show_details(self, base: FoundBase, pairs: list[tuple[str, str]]) -> None:
        sheet = Sheet(self.window(), base_name(base), width_px=520)
        table = QWidget()
        grid = QGridLayout(table)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(tokens.current().sizes.gap20)
        grid.setColumnStretch(1, 1)
        for row, (name, value) in enumerate(pairs):
            grid.addWidget(Label(name, "small", "muted"), row, 0)
            grid.addWidget(Label(value, "body", wrap=True), row, 1)
        sheet.body.addWidget(table)
        self._open_sheet(sheet)

    def _show_paper(self, text: str) -> None:
        sheet = Sheet(self.window(), self.tr("Practice base"), width_px=760)
        view = QPlainTextEdit(text)
        view.setReadOnly(True)
        view.setFont(fonts.mono_font())
        view.setAccessibleName(self.tr("Practice base"))
        view.setMinimumHeight(tokens.current().scaled(420))
        sheet.body.addWidget(view)
        self._open_sheet(sheet)

    def _explain(self) -> None:
        sheet = Sheet(self.window(), self.tr("What works as a base model"), width_px=560)
        for sentence in (
            self.tr("A Stable Diffusion 1.x, 2.x or XL model in one .safetensors file, with its text encoder and VAE."),
            self.tr("A folder of such a model in the diffusers layout: it holds model_index.json."),
            self.tr(
                "Old files that end in .ckpt or .pt can carry programs that run when other programs open them. The "
                "app runs nothing in them: it can write their numbers as a .safetensors file, and trains on that."
            ),
            self.tr("A LoRA, a VAE or a ControlNet changes a base model and cannot stand in for one."),
        ):
            sheet.body.addWidget(Label(sentence, "body", "text2", wrap=True))
        sheet.body.addStretch(1)
        self._open_sheet(sheet)

    def _open_sheet(self, sheet: Sheet) -> None:
        sheet.closed.connect(sheet.deleteLater)
        sheet.open_sheet()

    def build_add_menu(self) -> QMenu:
        """A model is a folder or a file, and the system's dialogs know only one of them at a time."""
        menu = QMenu(self)
        folder = menu.addAction(icons.icon("folder"), self.tr("A folder in the diffusers layout"))
        folder.triggered.connect(self._choose_folder)
        file = menu.addAction(icons.icon("file"), self.tr("A single file"))
        file.triggered.connect(self._choose_file)
        hub = menu.addAction(icons.icon("download"), self.tr("One from Hugging Face…"))
        hub.triggered.connect(self._open_hub)
        return menu

    def _open_add_menu(self) -> None:
        open_above(self.build_add_menu(), self.add_button)

    def _choose_folder(self) -> None:
        folder = QFileDialog.getExistingDirectory(self, self.tr("Add a model"))
        if folder:
            self.add(Path(folder))

    def _choose_file(self) -> None:
        name, _ = QFileDialog.getOpenFileName(
            self, self.tr("Add a model"), "", self.tr("Models (*.safetensors *.ckpt *.pt *.pth *.bin)")
        )
        if name:
            self.add(Path(name))

    def _choose_converted(self, source: Path) -> None:
        if self.converter.source is not None:
            words = self.tr("{name} is being converted. One model at a time.").format(name=self.converter.source.name)
            self.toast_wanted.emit(words, None)
            return
        name, _ = QFileDialog.getSaveFileName(
            self, self.tr("Save the converted model"), str(source.with_suffix(".safetensors")),
            self.tr("Models (*.safetensors)"), options=QFileDialog.Option.DontConfirmOverwrite,
        )  # fmt: skip
        if name:
            self.convert(source, Path(name))

    def convert(self, source: Path, target: Path) -> None:
        """Write an old file's numbers as a new .safetensors file, and put that on the list. No file is replaced."""
        self._show_message(None)
        self._refused = source
        self._again = lambda: self.convert(source, target)
        self.converter.start(source, target)

    def _open_hub(self) -> None:
        sheet = HubSheet(self.window(), self.hub)
        sheet.page_wanted.connect(self.show_web_page)
        sheet.download_wanted.connect(self.get_from_hub)
        self._open_sheet(sheet)

    def get_from_hub(self, offer: Offer) -> None:
        """Download a model that was looked up, and put it on the list."""
        self._show_message(None)
        self._refused = place_of(offer)
        self._again = lambda: self.get_from_hub(offer)
        self.hub.start(offer)

    def _choose_watched(self) -> None:
        folder = QFileDialog.getExistingDirectory(self, self.tr("Watch a folder for base models"))
        if folder:
            self.watch(folder)

    def watch(self, folder: str) -> None:
        """Look through this folder from now on."""
        watched = self.context.settings.values.model_folders
        if folder not in watched:
            self.context.settings.set("model_folders", [*watched, folder])
        self._workspace.search_bases()

    def _unwatch(self, folder: str) -> None:
        before: list[JsonValue] = list(self.context.settings.values.model_folders)
        self.context.settings.set("model_folders", [known for known in before if known != folder])
        words = self.tr("{folder} is not watched any more.").format(folder=folder)
        self.toast_wanted.emit(words, lambda: self.context.settings.set("model_folders", before))

    def _open_web(self) -> None:
        self.show_web_page(WHERE_TO_GET_A_BASE)


def _message_of(error: StudioError) -> Message:
    shown = message_for(error)
    if error.code == "old_format":
        convert = MessageButton("convert_base", QCoreApplication.translate("BaseModelsPage", "Convert it safely…"))
        shown = replace(shown, buttons=(convert, *message("E12").buttons))
    elif error.code == "file_not_safetensors":
        shown = replace(shown, buttons=message("E13", kind="").buttons)
    return shown.only({"choose_base", "convert_base", "explain", "show_in_folder", "try_again"})

"""The sheet of the tools for adapter files: one form at a time, a name, the work with its end, and the new file."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QCoreApplication, Qt, QTimer, Signal
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QMenu, QProgressBar, QVBoxLayout, QWidget

from lora_studio import paths as paths_of_app
from lora_studio.bases import FoundBase
from lora_studio.errors import StudioError
from lora_studio.weights.bake import BakeResult
from ui.models.engine_words import engine_words
from ui.models.exporting import name_problem
from ui.models.library_tools import AdapterTools, Made, ToolName, proposed_name
from ui.models.library_tools_bases import BakeWish
from ui.models.library_tools_words import adapter_words, button_word, made_words, other_words, tool_word
from ui.models.library_words import size_word
from ui.models.messages import message_for
from ui.pages.library_tool_bases import BakeForm, ExtractForm, PlainForm
from ui.pages.library_tool_details import DetailsForm
from ui.pages.library_tool_forms import ConvertForm, FilesForm, MergeForm, ResizeForm, ToolForm
from ui.theme import icons, motion, tokens
from ui.widgets.announcing import announce
from ui.widgets.banner import Banner
from ui.widgets.buttons import Button
from ui.widgets.file_card import FileCard
from ui.widgets.labels import ElidedLabel, Label
from ui.widgets.message_card import MessageCard
from ui.widgets.segmented import Segment, Segmented
from ui.widgets.sheet import Sheet
from ui.widgets.skeleton import Skeleton
from ui.widgets.text_field import TextField

TOOLS: tuple[ToolName, ...] = ("convert", "resize", "merge", "bake", "edit")
TOOL_ICONS: dict[ToolName, str] = {
    "convert": "find_replace",
    "resize": "zip",
    "merge": "duplicate",
    "bake": "base_models",
    "edit": "edit",
    "extract": "contrast",
    "plain": "find_replace",
}


class ToolSheet(Sheet):
    """Makes one new file after the other; what is under way when it closes is called off, and leaves nothing."""

    made = Signal(object)  # Path of a new file
    folder_wanted = Signal(Path)
    another_wanted = Signal()  # the file cannot be worked on: choose another
    base_wanted = Signal(Path)  # train on the base that was made

    def __init__(
        self,
        area: QWidget,
        tool: ToolName,
        paths: Sequence[Path],
        offered: Sequence[Path] = (),
        bases: Sequence[FoundBase] = (),
        folder: Path | None = None,
    ) -> None:
        """`folder` is where a file belongs that is made from bases alone; only `extract` goes without `paths`."""
        title = tool_word(tool) if tool == "extract" else _tr("Tools for adapters")
        super().__init__(area, title, _tr("A new file is made. Yours stay as they are."))
        self.tools = AdapterTools(self)
        self._offered = tuple(offered)
        self._bases = tuple(bases)
        self._is_extracting = tool == "extract"
        self._own_folder = False
        if self._is_extracting:
            self.tools.folder = folder or paths_of_app.models_dir()
        self._forms: dict[ToolName, ToolForm] = {}
        self._notice: MessageCard | None = None
        self._own_name = False
        self._has_begun = False
        self._build(paths[0].name if paths else "")
        self._build_result()
        self._build_buttons()
        if not self._is_extracting:
            self.switch.set_key(tool)
        self.tools.changed.connect(self._show)
        self.tools.progressed.connect(self._show_progress)
        self.tools.failed.connect(self._refuse)
        self.tools.made.connect(self._take_made)
        self.closed.connect(self.tools.cancel)
        self.tools.open_files(paths)
        self._show()

    # ── Making ────────────────────────────────────────────────────────────────────────────────────────────

    def _build(self, name: str) -> None:
        sizes = tokens.current().sizes
        self.waiting = Skeleton(4)
        self.body.addWidget(self.waiting)
        self.asking = QWidget()
        column = QVBoxLayout(self.asking)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(sizes.gap12)
        self.switch = Segmented([Segment(tool, tool_word(tool), TOOL_ICONS[tool]) for tool in TOOLS], _tr("Tool"))
        self.switch.chosen.connect(self._choose_tool)
        column.addWidget(self.switch)
        self.source = QWidget()
        words = QVBoxLayout(self.source)
        words.setContentsMargins(0, 0, 0, 0)
        words.setSpacing(2)
        words.addWidget(ElidedLabel(name, "strong", mode=Qt.TextElideMode.ElideMiddle))
        self.facts = Label("", "small", "muted", wrap=True)
        words.addWidget(self.facts)
        column.addWidget(self.source)
        # All of them now: the Tab key goes through controls in the order they were made in.
        for tool in ("extract",) if self._is_extracting else (*TOOLS, "plain"):
            form = self._forms[tool] = make_form(tool, self.tools, self._offered, self._bases)
            form.changed.connect(self._edit)
            column.addWidget(form)
        self.name = TextField(self.tr("Name of the new file"))
        self.name.text_changed.connect(self._take_name)
        column.addWidget(self.name)
        folder = QHBoxLayout()
        folder.addWidget(Label(self.tr("Folder"), "small", "text2"))
        self.folder_label = ElidedLabel("", "body", "text2", mode=Qt.TextElideMode.ElideMiddle)
        self.folder_button = Button(self.tr("Choose another folder"), "ghost", "folder", small=True)
        self.folder_button.clicked.connect(self._choose_folder)
        folder.addWidget(self.folder_label, 1)
        folder.addWidget(self.folder_button)
        column.addLayout(folder)
        self.room = Label("", "small", "muted", wrap=True)
        column.addWidget(self.room)
        self.body.addWidget(self.asking)
        self.progress = QProgressBar()
        self.progress.setTextVisible(False)
        self.progress_label = Label("", "small", "text2", wrap=True)
        self.body.addWidget(self.progress_label)
        self.body.addWidget(self.progress)
        self._notice_place = QVBoxLayout()
        self.body.addLayout(self._notice_place)

    def _build_result(self) -> None:
        self.ended = QWidget()
        self._ended_column = QVBoxLayout(self.ended)
        self._ended_column.setContentsMargins(2, 2, 2, 2)  # the ring of the focus stands around the card
        self._ended_column.setSpacing(tokens.current().sizes.gap12)
        self._banner: Banner | None = None
        self.card = FileCard()
        self.card.folder_wanted.connect(self.folder_wanted)
        self._ended_column.addWidget(self.card)
        self.body.addWidget(self.ended)
        self.body.addStretch(1)

    def _build_buttons(self) -> None:
        self.again_button = self.add_button(Button(self.tr("Make another")))
        self.again_button.clicked.connect(self._ask_again)
        self.base_button = self.add_button(Button(self.tr("Use it as base"), "secondary", "base_models"))
        self.base_button.clicked.connect(self._use_base)
        self.show_button = self.add_button(Button(self.tr("Show in folder"), "secondary", "folder_open"))
        self.show_button.clicked.connect(self._show_folder)
        self.cancel_button = self.add_button(Button(self.tr("Cancel")))
        self.cancel_button.clicked.connect(self._cancel)
        self.make_button = self.add_button(Button("", "primary"))
        self.make_button.clicked.connect(self._make)
        self.done_button = self.add_button(Button(self.tr("Done"), "primary"))
        self.done_button.clicked.connect(self.close_sheet)

    @property
    def tool(self) -> ToolName:
        if self._is_extracting:
            return "extract"
        return "plain" if self.tools.other is not None else next(tool for tool in TOOLS if tool == self.switch.key)

    @property
    def form(self) -> ToolForm:
        """The form of the chosen tool."""
        return self._forms[self.tool]

    @property
    def takes_files(self) -> bool:
        """Whether more files can be added now."""
        is_asking = bool(self.tools.files) and self.tools.work is None and not self.tools.result
        return is_asking and isinstance(self.form, FilesForm)

    @property
    def is_ready(self) -> bool:
        """Whether what the tool works on is open."""
        return self._is_extracting or bool(self.tools.files) or self.tools.other is not None

    def _choose_tool(self, _key: str) -> None:
        self._own_name = False
        self._edit()

    def _take_name(self, _text: str) -> None:
        self._own_name = True
        self._edit()

    def _edit(self) -> None:
        self._show_notice(None)
        self._show()

    def _make(self) -> None:
        self._show_notice(None)
        self.cancel_button.setFocus()  # the other gives way; else Qt would hand the focus to whatever comes next
        self.tools.make(self.form.wish(), self._wanted_name())

    def _cancel(self) -> None:
        if self.tools.work is not None:
            self.tools.cancel()
        else:
            self.close_sheet()

    def _ask_again(self) -> None:
        self._own_name = False
        self.tools.forget()
        self._focus_first()

    def _choose_folder(self) -> None:
        chosen = QFileDialog.getExistingDirectory(self, self.tr("Folder for adapters"), str(self.tools.folder or ""))
        if chosen:
            self._show_notice(None)
            self._own_folder = True
            self.tools.set_folder(Path(chosen))

    def _show_folder(self) -> None:
        if self.tools.result is not None:
            self.folder_wanted.emit(self.tools.result.path)

    def _use_base(self) -> None:
        if self.tools.result is not None:
            self.base_wanted.emit(self.tools.result.path)
            self.close_sheet()

    # ── Showing ───────────────────────────────────────────────────────────────────────────────────────────

    def _show(self) -> None:
        tools = self.tools
        is_open, is_made = self.is_ready, tools.result is not None
        self.waiting.setVisible(not is_open and tools.opening > 0)
        self.asking.setVisible(is_open and not is_made)
        self.ended.setVisible(is_made)
        for button in (self.again_button, self.show_button, self.done_button):
            button.setVisible(is_made)
        self.base_button.setVisible(tools.result is not None and isinstance(tools.result.written, BakeResult))
        self.cancel_button.setVisible(not is_made)
        self.make_button.setVisible(is_open and not is_made)
        self.make_button.setText(button_word(self.tool))
        self.make_button.set_icon_name(TOOL_ICONS[self.tool])
        if is_open and not is_made:
            self._show_form()
        self._show_progress()
        QTimer.singleShot(0, self, self._settle)

    def _settle(self) -> None:
        """The panel is as high as what it shows, and the keyboard begins where the work does."""
        self._fit()
        for widget in (self.progress, self._notice):
            if widget is not None and not widget.isHidden():
                self._scroller.ensureWidgetVisible(widget)
        # Asked of the window: it may lie behind another one, and then nothing in it has the focus of the computer.
        waits_at_close = self.window().focusWidget() is self.close_button
        if self.asking.isVisible() and waits_at_close and not self._has_begun:
            self._has_begun = True
            self._focus_first()

    def _focus_first(self) -> None:
        if self.switch.isVisible():
            self.switch.focus_chosen()
        else:
            self.form.focus_first()

    def _show_form(self) -> None:
        tools, form = self.tools, self.form
        for other in self._forms.values():
            other.setVisible(other is form)
        if self.tool == "resize":
            tools.measure()
        self.switch.setVisible(not self._is_extracting and tools.other is None)
        self.source.setVisible(not self._is_extracting and not isinstance(form, FilesForm))
        self.facts.setText(
            other_words(tools.other) if tools.other else adapter_words(tools.files[0]) if tools.files else ""
        )
        form.refresh()
        if not self._own_folder and not self._is_extracting:
            tools.folder = form.folder() or (tools.other or tools.files[0]).path.parent
        if not self._own_name:
            self.name.set_text(self._proposed_name())
        problem = self._name_words()
        self.name.set_error(problem)
        self.name.set_hint("" if problem else self._name_hint())
        self.folder_label.setText(str(tools.folder))
        room = self._room_words()
        self.room.setText(room)
        self.room.setVisible(bool(room))
        obstacle = form.obstacle() or problem or self._room_obstacle()
        self.make_button.block(obstacle) if obstacle else self.make_button.unblock()
        self.make_button.set_busy(tools.work is not None)
        self.asking.setEnabled(tools.work is None)

    def _show_progress(self) -> None:
        if isinstance(self.form, ResizeForm):
            self.form.show_progress()
        watch = self.tools.work
        self.progress.setVisible(watch is not None)
        self.progress_label.setVisible(watch is not None or bool(self.make_button.reason))
        self.progress_label.setText(self.make_button.reason)
        if watch is None:
            return
        is_writing = watch.share >= 1
        words = self.tr("Saving and reading it back") if is_writing else self.tr("Making the new file")
        self.progress_label.setText(self.tr("Calling it off") if watch.is_cancelled else words)
        self.progress.setAccessibleName(words)
        # A bar without an end moves to and fro; where nothing may move it stands full.
        self.progress.setRange(0, 0 if is_writing and not motion.is_reduced() else 100)
        self.progress.setValue(round(watch.share * 100))

    def _proposed_name(self) -> str:
        return proposed_name(self.tools.files, self.form.wish(), self.tools.other)

    def _wanted_name(self) -> str:
        return self.name.text.strip()

    def _name_hint(self) -> str:
        wish = self.form.wish()
        name = self.tools.file_name(self._wanted_name(), isinstance(wish, BakeWish) and wish.makes_folder)
        if name.removesuffix(".safetensors") == self._wanted_name():
            return name
        return self.tr("{name}, because that name is taken").format(name=name)

    def _room_words(self) -> str:
        """How large the result gets and how much room there is, where the form foretells it."""
        needed, free = self.form.size_bytes(), self.tools.free_bytes
        if needed is None:
            return ""
        if free is None:
            return self.tr("About {size} will be written.").format(size=size_word(needed))
        words = self.tr("About {size} will be written; {free} is free there.")
        return words.format(size=size_word(needed), free=size_word(free))

    def _room_obstacle(self) -> str:
        needed, free = self.form.size_bytes(), self.tools.free_bytes
        if needed is None or free is None or needed < free:
            return ""
        return self.tr("There is not enough room in this folder")

    def _name_words(self) -> str:
        words = {
            "empty": self.tr("Give it a name"),
            "marks": self.tr('A name cannot hold / \\ : * ? " < > |'),
            "ends": self.tr("A name cannot begin or end with a dot or space"),
            "long": self.tr("This name is too long for a file"),
        }
        problem = name_problem(self._wanted_name())
        return words[problem] if problem is not None else ""

    # ── Its end ───────────────────────────────────────────────────────────────────────────────────────────

    def _take_made(self, made: Made) -> None:
        if self._banner is not None:
            self._banner.hide()
            self._banner.deleteLater()
        title = self.tr("Saved {name}").format(name=made.path.name)
        self._banner = Banner("ok", title, made_words(made))
        self._ended_column.insertWidget(0, self._banner)
        size = size_word(made.written.size_bytes)
        self.card.set_file(made.path, self.tr("{size}, drag me anywhere").format(size=size))
        self.card.setFocus()
        announce(self, title)
        QTimer.singleShot(0, self, self._settle)
        self.made.emit(made.path)

    def _refuse(self, error: StudioError) -> None:
        actions = self._actions()
        said = message_for(error).only(actions)
        hint = engine_words(error.hint)
        if (not said.buttons or error.code == "not_plain_lora") and hint not in said.body:
            said = replace(said, body=f"{said.body} {hint}".strip())
        card = MessageCard(said, "err", closable=True)
        card.action_chosen.connect(lambda action: actions[action]())
        self._show_notice(card)
        card.banner.speak()
        if not self.is_ready:
            self.cancel_button.setFocus()

    def _actions(self) -> dict[str, Callable[[], object]]:
        return {
            "choose_file": self._choose_file,
            "choose_base": lambda: self._show_notice(None),  # the form asks for it
            "choose_folder": self._choose_folder,
            "use_another_drive": self._choose_folder,
            "rename": self.name.edit.setFocus,
            "try_again": self._make if self.is_ready else self.another_wanted.emit,
            "save_again": self._make,
            "remove_settings": self._remove_settings,
        }

    def _remove_settings(self) -> None:
        if isinstance(self.form, DetailsForm):
            self.form.clean_box.setChecked(True)

    def _choose_file(self) -> None:
        if self.tools.files and isinstance(self.form, FilesForm):
            self._show_notice(None)
            self.form.choose_files()
        else:
            self.another_wanted.emit()

    def _show_notice(self, card: MessageCard | None) -> None:
        if self._notice is not None:
            self._notice.hide()
            self._notice.deleteLater()
        self._notice = card
        if card is not None:
            self._notice_place.addWidget(card)
            card.closed.connect(lambda: self._show_notice(None))
        QTimer.singleShot(0, self, self._settle)


def make_form(
    tool: ToolName, tools: AdapterTools, offered: Sequence[Path], bases: Sequence[FoundBase] = ()
) -> ToolForm:
    """The form of a tool; `offered` are files to merge with, `bases` those that the app has found."""
    match tool:
        case "convert":
            return ConvertForm(tools)
        case "resize":
            return ResizeForm(tools)
        case "merge":
            return MergeForm(tools, offered)
        case "edit":
            return DetailsForm(tools)
        case "bake":
            return BakeForm(tools, offered, bases)
        case "extract":
            return ExtractForm(tools, bases)
        case "plain":
            return PlainForm(tools, bases)


def add_tools(menu: QMenu, choose: Callable[[ToolName], object]) -> None:
    """An entry for each tool; `choose` is told which. The last needs no adapter."""
    for tool in (*TOOLS, "extract"):
        if tool == "extract":
            menu.addSeparator()
        action = menu.addAction(icons.icon(TOOL_ICONS[tool]), tool_word(tool))
        action.triggered.connect(lambda _=False, chosen=tool: choose(chosen))


def _tr(text: str) -> str:
    return QCoreApplication.translate("tools", text)

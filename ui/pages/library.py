"""Library: every run and every adapter made on this computer, to open, go on with, learn from or make room."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from pydantic import JsonValue
from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QMenu, QStackedWidget, QWidget

from lora_studio.errors import StudioError
from lora_studio.projects.recent import forget
from lora_studio.weights.inspect import AdapterReport, inspect_adapter
from ui.models.adapter_recipe import RecipeOffer, offer_of
from ui.models.engine_words import engine_words
from ui.models.library import ADAPTER_SUFFIX, LibraryEntry, LibraryList
from ui.models.library_opening import RunOpener
from ui.models.library_recipe import recipe_of
from ui.models.library_space import PartName, RunSpace, look_for_space, move_to_bin
from ui.models.library_tools import ToolName
from ui.models.library_words import family_word, kind_word, size_word
from ui.models.workspace import PromptWish
from ui.pages.library_recipe import AdapterRecipeSheet
from ui.pages.library_sheets import FreeSpaceSheet, InspectSheet
from ui.pages.library_tools import ToolSheet, add_tools
from ui.pages.library_view import LibraryMode, LibraryView
from ui.theme import icons
from ui.widgets.buttons import Button
from ui.widgets.combo_box import ComboBox
from ui.widgets.empty_state import EmptyState
from ui.widgets.flow_layout import FlowLayout
from ui.widgets.key_shortcut import KeyShortcut
from ui.widgets.menus import open_above, open_at
from ui.widgets.page import BottomState, Context, Page, StateKind
from ui.widgets.segmented import Segment, Segmented
from ui.widgets.sheet import Sheet
from ui.widgets.skeleton import Skeleton
from ui.widgets.text_field import TextField
from ui.work import tasks


class LibraryPage(Page):
    """Reads the library anew each time it comes into view."""

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._workspace = context.workspace
        self.library = LibraryList(self)
        self._opener = RunOpener(self._workspace, self)
        self._chosen: Path | None = None
        self._is_shown = False
        self._tool_sheet: ToolSheet | None = None
        self._build_buttons()
        self._build()
        self.library.changed.connect(self._show)
        self.library.failed.connect(self._tell)
        self._workspace.runs_changed.connect(self._read_if_shown)
        self._show()

    def _build_buttons(self) -> None:
        self.inspect_button = Button(self.tr("Inspect a file"), "secondary", "search")
        self.inspect_button.clicked.connect(self._choose_file)
        self.extract_button = Button(self.tr("Extract from two bases"), "secondary", "contrast")
        self.extract_button.clicked.connect(lambda: self.open_tool("extract", ()))
        self.open_button = Button(self.tr("Open"), "primary", trailing_icon="arrow_right")
        self.open_button.clicked.connect(self._open)
        self.look_button = Button(self.tr("Look inside"), "primary", "search")
        self.look_button.clicked.connect(self._open)
        self.find_button = Button(self.tr("Find the folder"), "primary", "folder")
        self.find_button.clicked.connect(self._find_folder)
        self.resume_button = Button(self.tr("Resume"), "secondary", "play")
        self.resume_button.clicked.connect(self._resume)
        self.recipe_button = Button(self.tr("Use this recipe"), "secondary", "recipe")
        self.recipe_button.clicked.connect(self._use_recipe)
        self.draw_button = Button(self.tr("Draw with it"), "secondary", "wand")
        self.draw_button.clicked.connect(self._draw)
        self.space_button = Button(self.tr("Free space"), "secondary", "disk")
        self.space_button.clicked.connect(self._look_for_space)
        self.folder_button = Button(self.tr("Show in folder"), "secondary", "folder_open")
        self.folder_button.clicked.connect(self._show_folder)
        self.tools_button = Button(self.tr("Tools"), "secondary", "more")
        self.tools_button.clicked.connect(self._open_tools_menu)
        self.forget_button = Button(self.tr("Remove from the list"), "secondary", "close")
        self.forget_button.clicked.connect(self._forget)

    def _build(self) -> None:
        bar = QWidget(self)
        flow = FlowLayout(bar)
        self.search = TextField(
            self.tr("Search"), placeholder=self.tr("Search names"), icon="search", shows_label=False
        )
        self.search.setMinimumWidth(200)
        KeyShortcut("search", self, self.search.setFocus)
        self.search.text_changed.connect(lambda text: self.library.set_filter(words=text))
        self.kind_box = ComboBox(self.tr("Kind"))
        self.kind_box.addItem(self.tr("All kinds"), "")
        for kind in ("style", "character", "object"):
            self.kind_box.addItem(kind_word(kind), kind)
        self.kind_box.activated.connect(lambda _: self.library.set_filter(taught=self.kind_box.currentData()))
        self.family_box = ComboBox(self.tr("Base model"))
        self.family_box.activated.connect(lambda _: self.library.set_filter(family=self.family_box.currentData()))
        self.stars_box = ComboBox(self.tr("Rated"))
        self.stars_box.addItem(self.tr("Any rating"), 0)
        for stars in (1, 2, 3, 4, 5):
            self.stars_box.addItem(self.tr("%n star(s) or more", "", stars), stars)
        self.stars_box.activated.connect(lambda _: self.library.set_filter(stars=self.stars_box.currentData()))
        self.order_box = ComboBox(self.tr("Order"))
        for order, words in (
            ("newest", self.tr("Newest first")),
            ("oldest", self.tr("Oldest first")),
            ("name", self.tr("By name")),
            ("stars", self.tr("Best rated first")),
            ("size", self.tr("Largest first")),
        ):
            self.order_box.addItem(words, order)
        self.order_box.activated.connect(lambda _: self.library.set_filter(order=self.order_box.currentData()))
        self.mode_switch = Segmented(
            [Segment("grid", self.tr("Tiles"), "grid"), Segment("list", self.tr("List"), "list")], self.tr("View")
        )
        for control in (self.search, self.kind_box, self.family_box, self.stars_box, self.order_box, self.mode_switch):
            flow.addWidget(control)
        self.bar = bar
        self.body.addWidget(bar)
        self.view = LibraryView(self.library, self.context.store, self)
        self.mode_switch.chosen.connect(lambda key: self.view.set_mode(LibraryMode(key)))
        self.view.entry_chosen.connect(self._take_choice)
        self.view.open_wanted.connect(self._open)
        self.view.menu_wanted.connect(self._open_menu)
        self.empty = EmptyState(
            "library",
            self.tr("Nothing made yet"),
            self.tr("Every run and every adapter you make is kept here, with its pictures and its recipe."),
            self.tr("Go to Images"),
        )
        self.empty.action_chosen.connect(lambda: self.place_wanted.emit("images"))
        self.filtered_empty = EmptyState("filter", self.tr("Nothing matches"), "", self.tr("Clear filter"))
        self.filtered_empty.action_chosen.connect(self._clear_filter)
        loading = QWidget(self)
        loading_layout = QHBoxLayout(loading)
        loading_layout.addWidget(Skeleton(6))
        self.loading = loading
        self.stack = QStackedWidget(self)
        for widget in (self.view, self.empty, self.filtered_empty, self.loading):
            self.stack.addWidget(widget)
        self.stack.setMinimumHeight(160)  # its largest page would make the whole window scroll
        self.body.addWidget(self.stack, 1)

    # ── Page ──────────────────────────────────────────────────────────────────────────────────────────────

    def title(self) -> str:
        return self.tr("Library")

    def subtitle(self) -> str:
        return self.tr("Every run and every adapter of the projects this app knows.")

    def help(self) -> str:
        return self.tr(
            "Choose a run and open it in Train and Compare, go on with one that is not finished, or take over its "
            "recipe. Free space shows what can go before anything moves to the bin. Drop a .safetensors file here to "
            "see what it is. Tools makes new files from those you have: for other programs, smaller, several in one, "
            "or baked into a base model. Extract from two bases makes an adapter of what one model learned beyond "
            "another. Look inside a file, and Use its settings trains as it was trained, or goes on from it."
        )

    def header_actions(self) -> list[QWidget]:
        return [self.extract_button, self.inspect_button]

    def bottom_state(self) -> BottomState | None:
        if not self.library.entries:
            return None
        entry = self.view.chosen()
        if entry is not None:
            kind: StateKind = "warn" if entry.kind in ("missing", "damaged") else "info"
            facts = [self.library.state_words(entry), *self.library.facts(entry)]
            return BottomState(entry.title, "  ·  ".join(dict.fromkeys(facts)), kind)
        runs = self.tr("%n run(s)", "", sum(entry.kind == "run" for entry in self.library.entries))
        files = self.tr("%n adapter file(s)", "", sum(entry.kind == "adapter" for entry in self.library.entries))
        size = size_word(sum(entry.size_bytes for entry in self.library.entries))
        body = self.tr("Together {size}. Choose one to see what you can do with it.").format(size=size)
        return BottomState(self.tr("{runs}, {files}").format(runs=runs, files=files), body)

    def bottom_actions(self) -> list[Button]:
        entry = self.view.chosen()
        if entry is None:
            return []
        draw = [self.draw_button] if entry.can_draw else []
        match entry.kind:
            case "missing":
                return [self.forget_button, self.find_button]
            case "damaged":
                return [self.folder_button]
            case "adapter":
                return [self.folder_button, *draw, self.tools_button, self.look_button]
            case "run":
                resume = [self.resume_button] if entry.can_resume else []
                return [self.space_button, self.recipe_button, *resume, *draw, self.open_button]

    def shown(self) -> None:
        self._is_shown = True
        self._read()

    def hidden(self) -> None:
        self._is_shown = False

    def drop_sentence(self, paths: tuple[Path, ...]) -> str:
        if any(path.suffix.lower() != ADAPTER_SUFFIX for path in paths):
            return ""
        if self._tool_sheet is not None and self._tool_sheet.takes_files:
            return self.tr("Drop to add it too") if len(paths) == 1 else self.tr("Drop to add them too")
        if len(paths) == 1:
            return self.tr("Drop to look inside {name}").format(name=paths[0].name)
        return self.tr("Drop to merge %n file(s)", "", len(paths))

    def take_drop(self, paths: tuple[Path, ...]) -> None:
        if self._tool_sheet is not None and self._tool_sheet.takes_files:
            self._tool_sheet.tools.open_files(paths)
        elif len(paths) == 1:
            self._inspect(paths[0])
        else:
            self.open_tool("merge", paths)

    # ── Showing ───────────────────────────────────────────────────────────────────────────────────────────

    def _read(self) -> None:
        values = self.context.settings.values
        exports_dir = Path(values.exports_folder).expanduser() if values.exports_folder else None
        self.library.read(values.projects_dir, exports_dir)

    def _read_if_shown(self) -> None:
        if self._is_shown:
            self._read()

    def _show(self) -> None:
        library = self.library
        self._show_families()
        if not library.has_read and not library.entries:
            self.stack.setCurrentWidget(self.loading)
        elif not library.entries:
            self.stack.setCurrentWidget(self.empty)
        elif library.rowCount() == 0:
            words = library.filter.words.strip()
            sentence = self.tr("No run or adapter is called “{words}”.").format(words=words)
            self.filtered_empty.set_words(
                self.tr("Nothing matches"), sentence if words else self.tr("No run or adapter is of this kind.")
            )
            self.stack.setCurrentWidget(self.filtered_empty)
        else:
            self.stack.setCurrentWidget(self.view)
        self.bar.setVisible(bool(library.entries))
        if self._chosen is not None:
            self.view.choose(self._chosen)
        self.chrome_changed.emit()

    def _show_families(self) -> None:
        families = ["", *self.library.families()]
        if [self.family_box.itemData(row) for row in range(self.family_box.count())] == families:
            return
        self.family_box.clear()
        for family in families:
            self.family_box.addItem(family_word(family) if family else self.tr("All base models"), family)
        self.family_box.setCurrentIndex(max(0, self.family_box.findData(self.library.filter.family)))

    def _take_choice(self) -> None:
        entry = self.view.chosen()
        if entry is not None:
            self._chosen = entry.path
        self.chrome_changed.emit()

    def _clear_filter(self) -> None:
        self.search.set_text("")
        for box in (self.kind_box, self.family_box, self.stars_box):
            box.setCurrentIndex(0)
        self.library.clear_filter()

    def build_menu(self) -> QMenu:
        """What can be done with the chosen entry."""
        menu = QMenu(self)
        names = {
            self.open_button: "expand",
            self.look_button: "search",
            self.find_button: "folder",
            self.resume_button: "play",
            self.draw_button: "wand",
            self.recipe_button: "recipe",
            self.space_button: "disk",
            self.folder_button: "folder_open",
            self.forget_button: "close",
        }
        buttons = [button for button in self.bottom_actions()[::-1] if button is not self.tools_button]
        if self.folder_button not in buttons and self.find_button not in buttons:
            buttons.append(self.folder_button)
        for button in buttons:
            menu.addAction(icons.icon(names[button]), button.text()).triggered.connect(button.click)
        entry = self.view.chosen()
        if entry is not None and entry.kind == "adapter":
            menu.addSeparator()
            add_tools(menu, lambda tool: self.open_tool(tool, [entry.path]))
        return menu

    def build_tools_menu(self, path: Path) -> QMenu:
        """What can be made from an adapter file."""
        menu = QMenu(self)
        add_tools(menu, lambda tool: self.open_tool(tool, [path]))
        return menu

    def _open_tools_menu(self) -> None:
        entry = self.view.chosen()
        if entry is not None:
            open_above(self.build_tools_menu(entry.path), self.tools_button)

    def _open_menu(self, at: QPoint) -> None:
        if self.view.chosen() is not None:
            open_at(self.build_menu(), at)

    def _open_sheet(self, sheet: Sheet) -> None:
        sheet.closed.connect(sheet.deleteLater)
        sheet.open_sheet()

    def _tell(self, error: Exception) -> None:
        if not isinstance(error, StudioError):
            raise error
        self.toast_wanted.emit(engine_words(f"{error.title} {error.hint}".strip()), None)

    # ── Doing ─────────────────────────────────────────────────────────────────────────────────────────────

    def _open(self) -> None:
        entry = self.view.chosen()
        if entry is None:
            return
        if entry.kind == "adapter":
            self._inspect(entry.path)
        elif entry.kind == "run":
            place = "compare" if entry.epochs and entry.state is not None and not entry.state.is_alive else "train"
            self._opener.open_run(entry.run, entry.project_dir, lambda: self.place_wanted.emit(place))

    def _draw(self) -> None:
        """Compare asks for a prompt and draws it with the adapters of the run."""
        entry = self.view.chosen()

        def ask() -> None:
            self._workspace.want_prompt(PromptWish())
            self.place_wanted.emit("compare")

        if entry is not None:
            self._opener.open_run(entry.run, entry.project_dir, ask)

    def _resume(self) -> None:
        entry = self.view.chosen()

        def resume() -> None:
            if self._workspace.run is not None:
                self._workspace.run.resume()
            self.place_wanted.emit("train")

        if entry is not None:
            self._opener.open_run(entry.run, entry.project_dir, resume)

    def _use_recipe(self) -> None:
        """The open project takes it over; without one, the project the run belongs to is opened."""
        entry = self.view.chosen()
        if entry is None:
            return
        project_dir = entry.project_dir if self._workspace.project is None else None
        found = self._workspace.bases

        def read() -> None:
            tasks.run(
                lambda _: recipe_of(entry.run, found), lambda recipe: self._take_recipe(entry, recipe), self._tell,
                owner=self,
            )  # fmt: skip

        self._opener.open_project(project_dir, read)

    def _take_recipe(self, entry: LibraryEntry, recipe: dict[str, object]) -> None:
        self._change_project(recipe, self.tr("The recipe of {name} is in place.").format(name=entry.title))

    def _change_project(self, values: dict[str, object], said: str) -> None:
        """Take values over into the open project, show them, and offer the way back."""
        project = self._workspace.project
        if project is None:
            return
        before = {name: getattr(project.data, name) for name in values}
        self._workspace.change(**values)

        def take_back() -> None:
            if self._workspace.project is not None and self._workspace.project.folder == project.folder:
                self._workspace.change(**before)

        self.place_wanted.emit("recipe")
        self.toast_wanted.emit(said, take_back)

    def _look_for_space(self) -> None:
        entry = self.view.chosen()
        if entry is not None:
            tasks.run(lambda _: look_for_space(entry.run), self._offer_space, self._tell, owner=self)

    def _offer_space(self, space: RunSpace) -> None:
        if not space.parts:
            self.toast_wanted.emit(self.tr("There is nothing to free in {name}.").format(name=space.run.name), None)
            return
        sheet = FreeSpaceSheet(self.window(), space)
        sheet.free_wanted.connect(lambda names: self._free(sheet, space, names))
        self._open_sheet(sheet)

    def _free(self, sheet: FreeSpaceSheet, space: RunSpace, names: list[PartName]) -> None:
        sheet.free_button.set_busy(True)

        def show(freed: int) -> None:
            sheet.close_sheet()
            self.toast_wanted.emit(self.tr("{size} moved to the bin.").format(size=size_word(freed)), None)
            self._read()

        def refuse(error: Exception) -> None:
            sheet.close_sheet()
            self._tell(error)
            self._read()

        tasks.run(lambda _: move_to_bin(space, names), show, refuse, owner=sheet)

    def _choose_file(self) -> None:
        name, _ = QFileDialog.getOpenFileName(self, self.tr("Inspect a file"), "", self.tr("Adapters (*.safetensors)"))
        if name:
            self._inspect(Path(name))

    def _inspect(self, path: Path) -> None:
        self.inspect_button.set_busy(True)

        def show(outcome: AdapterReport | StudioError) -> None:
            self.inspect_button.set_busy(False)
            has_project = self._workspace.project is not None
            sheet = InspectSheet(self.window(), path, outcome, has_project=has_project)
            sheet.folder_wanted.connect(self.show_folder)
            sheet.another_wanted.connect(self._choose_file)
            sheet.tool_wanted.connect(lambda tool: self._open_tool_after(sheet, tool, path))
            sheet.settings_wanted.connect(lambda: self._read_settings(sheet, path))
            self._open_sheet(sheet)

        def refuse(error: Exception) -> None:
            if not isinstance(error, StudioError):
                self.inspect_button.set_busy(False)
                raise error
            show(error)

        tasks.run(lambda _: inspect_adapter(path), show, refuse, owner=self)

    def _read_settings(self, behind: InspectSheet, path: Path) -> None:
        """Hold the settings of an adapter file against those of the open project; nothing changes yet."""
        project, hardware = self._workspace.project, self._workspace.hardware
        if project is None:
            return
        behind.settings_button.set_busy(True)

        def show(offer: RecipeOffer) -> None:
            behind.close_sheet()
            sheet = AdapterRecipeSheet(self.window(), offer)
            sheet.used.connect(lambda settings: self._take_settings(project.folder, path, settings))
            self._open_sheet(sheet)

        def refuse(error: Exception) -> None:
            behind.settings_button.set_busy(False)
            self._tell(error)

        tasks.run(lambda _: offer_of(path, project, hardware), show, refuse, owner=behind)

    def _take_settings(self, project_dir: Path, path: Path, settings: dict[str, JsonValue]) -> None:
        project = self._workspace.project
        if project is None or project.folder != project_dir:
            return
        said = self.tr("The settings of {name} are in place.").format(name=path.name)
        self._change_project({"settings": settings}, said)

    def open_tool(self, tool: ToolName, paths: Sequence[Path]) -> None:
        """Show the sheet that makes a new file from these; the others of the library are offered for a merge.

        `extract` makes one from bases alone.
        """
        offered = [entry.path for entry in self.library.entries if entry.kind == "adapter"]
        chosen = self.context.settings.values.exports_folder
        folder = Path(chosen).expanduser() if chosen else None
        paths = () if tool == "extract" else paths
        sheet = ToolSheet(self.window(), tool, paths, offered, self._workspace.bases, folder)
        sheet.base_wanted.connect(self._use_base)
        sheet.folder_wanted.connect(self.show_folder)
        sheet.made.connect(lambda _path: self._read())
        sheet.another_wanted.connect(lambda: self._choose_tool_file(sheet))
        sheet.closed.connect(self._forget_tool_sheet)
        self._tool_sheet = sheet
        self._open_sheet(sheet)

    def _use_base(self, path: Path) -> None:
        self._workspace.add_base(path)
        if self._workspace.project is not None:
            words = self.tr("The open project trains on {name} now.")
        else:
            words = self.tr("{name} is on the list of base models.")
        self.toast_wanted.emit(words.format(name=path.name.removesuffix(ADAPTER_SUFFIX)), None)

    def _open_tool_after(self, sheet: Sheet, tool: ToolName, path: Path) -> None:
        sheet.close_sheet()
        self.open_tool(tool, [path])

    def _choose_tool_file(self, sheet: ToolSheet) -> None:
        name, _ = QFileDialog.getOpenFileName(self, self.tr("Open an adapter"), "", self.tr("Adapters (*.safetensors)"))
        if name:
            self._open_tool_after(sheet, sheet.tool, Path(name))

    def _forget_tool_sheet(self) -> None:
        self._tool_sheet = None

    def _show_folder(self) -> None:
        entry = self.view.chosen()
        if entry is not None:
            self.show_folder(entry.path)

    def _find_folder(self) -> None:
        entry = self.view.chosen()
        folder = QFileDialog.getExistingDirectory(self, self.tr("Find the folder")) if entry is not None else ""
        if entry is not None and folder:
            tasks.run(lambda _: forget(entry.path), lambda _: self._read(), self._tell, owner=self)
            self._opener.open_project(Path(folder), lambda: self.place_wanted.emit("images"))

    def _forget(self) -> None:
        entry = self.view.chosen()
        if entry is not None:
            tasks.run(lambda _: forget(entry.path), lambda _: self._read(), self._tell, owner=self)

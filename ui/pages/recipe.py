"""The Recipe place: what to teach and how, and the plan that follows from it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QFileDialog, QFrame, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from lora_studio.bases import FoundBase
from lora_studio.config.training import Kind
from lora_studio.errors import StudioError
from lora_studio.hardware.budget import Fix
from lora_studio.projects.project import Thoroughness
from ui.models.engine_words import engine_words
from ui.models.library_words import kind_word
from ui.models.recipe import RecipeModel
from ui.models.recipe_file import Recipe, SavedRecipe
from ui.pages.recipe_advanced import AdvancedCard
from ui.pages.recipe_choices import BaseCard, KindChoice, LengthCard, PromptsCard, TriggerCard
from ui.pages.recipe_plan import PlanCard
from ui.pages.recipe_sheets import (
    FILE_FILTER,
    MOST_PROMPTS,
    ChangesSheet,
    OpenSheet,
    PromptsSheet,
    SaveSheet,
    TextSheet,
)
from ui.theme import tokens
from ui.widgets.banner import Banner
from ui.widgets.buttons import Button
from ui.widgets.empty_state import EmptyState
from ui.widgets.labels import Label
from ui.widgets.page import BottomState, Context, Page
from ui.widgets.sheet import Sheet

PLAN_WIDTH = 390
LEAST_CHOICES = 560  # the plan becomes a strip before the choices are narrower
RING_PX = 4  # room for the focus ring at the edge of a scroll area


class RecipePage(Page):
    """Choices at the left, the plan at the right; in a narrow window the plan is a strip above the choices."""

    widest_px = 1480

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self.workspace = context.workspace
        self.model = RecipeModel(self.workspace, self)
        self._sheet: Sheet | None = None
        self._message: Banner | None = None
        self._wants: str = ""  # what was asked for and not answered: "train" or "queue"
        self._is_shown = False
        self._folder = QTimer(self, singleShot=True, interval=0)  # once the layouts know how wide the words are now
        self._folder.timeout.connect(self._fold_plan)
        self._shower = QTimer(self, singleShot=True, interval=0)  # of the whole page, once it is there
        self._shower.timeout.connect(self._show_all)
        self._project_folder = context.project.folder if context.project is not None else None
        self._make_actions()
        self.empty = EmptyState(
            "recipe",
            self.tr("No project is open"),
            self.tr("Drop a folder of pictures on the window, or begin with a sample."),
            self.tr("Go to Start"),
        )
        self.empty.action_chosen.connect(lambda: self.place_wanted.emit("start"))
        self.body.addWidget(self.empty, 1)
        self._build()
        self._connect()
        self._show_all()

    def _make_actions(self) -> None:
        self.open_button = Button(self.tr("Open a recipe"), "secondary", "folder")
        self.open_button.clicked.connect(lambda: self.model.list_presets(self._open_presets))
        self.save_button = Button(self.tr("Save as preset"), "secondary", "save")
        self.save_button.clicked.connect(lambda: self.model.list_presets(self._open_save))
        self.images_button = Button(self.tr("Go to Images"), "ghost", "images")
        self.images_button.clicked.connect(lambda: self.place_wanted.emit("images"))
        self.train_button = Button(self.tr("Go to Train"), "ghost", "train")
        self.train_button.clicked.connect(lambda: self.place_wanted.emit("train"))
        self.mend_button = Button(self.tr("Show what to mend"), "ghost", "arrow_up")
        self.mend_button.clicked.connect(self._show_first_blocker)
        self.queue_button = Button(self.tr("Add to queue"), "secondary", "queue")
        self.queue_button.clicked.connect(self._queue)
        self.wait_button = Button(self.tr("Add to queue"), "primary", "queue")
        self.wait_button.clicked.connect(self._queue)
        self.start_button = Button(self.tr("Start training"), "primary", "play")
        self.start_button.clicked.connect(self._start)

    def _build(self) -> None:
        sizes = tokens.current().sizes
        self.columns = QWidget(self)
        columns = self._columns = QHBoxLayout(self.columns)
        columns.setContentsMargins(0, 0, 0, 0)
        columns.setSpacing(sizes.gap20 - RING_PX)
        self.body.addWidget(self.columns, 1)
        margins = self.body.contentsMargins()
        self.body.setContentsMargins(margins.left() - RING_PX, 0, margins.right() - RING_PX, margins.bottom())
        choices = QWidget()
        self._choices = QVBoxLayout(choices)
        self._choices.setContentsMargins(RING_PX, RING_PX, RING_PX, RING_PX)
        self._choices.setSpacing(sizes.gap12)
        choices.installEventFilter(self)
        choices.setMinimumWidth(1)  # never wider than its place, or all of it is laid out twice until the cards fold
        self.choices_area = _scroller(choices)
        columns.addWidget(self.choices_area, 1)
        side = QWidget()
        self._side = QVBoxLayout(side)
        self._side.setContentsMargins(RING_PX, RING_PX, RING_PX, RING_PX)
        self.side_area = _scroller(side)
        columns.addWidget(self.side_area)
        self._add_choices()
        self.plan = PlanCard(self.model)
        self._side.addWidget(self.plan)

    def _add_choices(self) -> None:
        sizes = tokens.current().sizes
        self._choices.addWidget(Label(self.tr("What are you teaching?"), "section"))
        self.kinds = KindChoice(self.model, self.context.store)
        self.bases = BaseCard(self.model)
        self.trigger = TriggerCard(self.model)
        self.length = LengthCard(self.model)
        self.prompts = PromptsCard(self.model)
        self.advanced = AdvancedCard(self.model)
        self._pair = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._pair.setSpacing(sizes.gap12)
        for card in (self.trigger, self.length):
            self._pair.addWidget(card, 1)
        self._choices.addWidget(self.kinds)
        self._choices.addWidget(self.bases)
        self._choices.addLayout(self._pair)
        self._choices.addWidget(self.trigger.message_holder)
        self._choices.addWidget(self.prompts)
        self._choices.addWidget(self.advanced)
        self._choices.addStretch(1)

    def _connect(self) -> None:
        self.model.changed.connect(self._show_all)
        self.workspace.prompt_wanted.connect(self._offer_wanted_prompt)
        self.model.worked_out.connect(self._show_all)
        self.workspace.run_changed.connect(self._go_on)
        self.workspace.queue_changed.connect(self._tell_queued)
        self.workspace.failed.connect(self._give_up)
        self.workspace.recent.changed.connect(self._show_all)
        self.kinds.chosen.connect(self._choose_kind)
        self.bases.base_chosen.connect(self._choose_base)
        self.bases.add_wanted.connect(self._add_base)
        self.bases.search_wanted.connect(self.workspace.search_bases)
        self.length.chosen.connect(self._choose_length)
        self.prompts.edit_wanted.connect(lambda: self._edit_prompts())
        self.advanced.text_wanted.connect(self._edit_text)
        self.advanced.undone.connect(self._tell_reset)
        self.plan.fix_chosen.connect(self._fix)
        self.plan.place_chosen.connect(self._go_to_blocker)
        self.plan.advice_taken.connect(self._take_advice)
        self.narrowness_changed.connect(self._folder.start)
        # Not by the timer, before which all choices would be laid out for the old fold, and then once more.
        tokens.changed.connect(self._fold_plan, Qt.ConnectionType.QueuedConnection)

    # ── Chrome ────────────────────────────────────────────────────────────────────────────────────────────

    def title(self) -> str:
        return self.tr("Recipe")

    def subtitle(self) -> str:
        return self.tr("Pick what to teach and how. Everything else is set for you.")

    def help(self) -> str:
        return self.tr(
            "Choose what your pictures have in common, and the model that should learn it. The plan at the right says "
            "how long that takes and whether it fits. Everything saves itself; nothing starts before you press Start "
            "training."
        )

    def header_actions(self) -> list[QWidget]:
        return [self.open_button, self.save_button] if self.workspace.project is not None else []

    def bottom_state(self) -> BottomState | None:
        workspace = self.workspace
        if workspace.project is None:
            return None
        if workspace.is_starting:
            return BottomState(self.tr("Getting ready"), self.tr("Your recipe and pictures are being frozen."), "busy")
        if workspace.is_scanning:
            return BottomState(self.tr("Your pictures are being read"), self._scan_words(), "busy")
        blockers = self.model.blockers()
        if self._can_only_wait:
            body = self.tr("This recipe can wait in the queue and starts after it.")
            return BottomState(self.tr("A training of this project is running"), body, "info")
        if blockers:
            title = self.tr("%n thing(s) to mend before training can start", "", len(blockers))
            return BottomState(title, " ".join(blocker.sentence for blocker in blockers), "err")
        if workspace.plan is None:
            return BottomState(self.tr("The plan is being worked out"), "", "busy")
        notes = self.model.notes()
        if notes:
            title = self.tr("Ready to start, with %n thing(s) to know", "", len(notes))
            return BottomState(title, " ".join(notes), "info")
        body = self.tr("You can close the window while it trains; nothing of your pictures leaves this computer.")
        return BottomState(self.tr("Everything checks out"), body, "ok")

    def bottom_actions(self) -> list[Button]:
        if self.workspace.project is None:
            return []
        if self._can_only_wait:
            return [self.train_button, self.wait_button]
        places = {blocker.place for blocker in self.model.blockers()}
        links = [(self.images_button, "images"), (self.train_button, "train")]
        shown = [button for button, place in links if place in places]
        if places - {"images", "train"}:
            shown.append(self.mend_button)
        return [*shown, self.queue_button, self.start_button]

    @property
    def _can_only_wait(self) -> bool:
        return self.model.is_training and {blocker.place for blocker in self.model.blockers()} == {"train"}

    def _scan_words(self) -> str:
        done, total = self.model.scanned
        if not total:
            return ""
        return self.tr("{done} of {total}. You can go on choosing meanwhile.").format(done=done, total=total)

    def shown(self) -> None:
        self._is_shown = True
        self.workspace.recent.refresh()  # another project may be training meanwhile
        self.columns.setUpdatesEnabled(False)  # what it showed last is old
        self._show_actions()
        self._shower.start()
        if self.workspace.hardware is None:
            self.workspace.probe_hardware()

    def hidden(self) -> None:
        self.workspace.take_wanted_prompt("recipe")
        self._is_shown = False
        self._shower.stop()
        self.columns.setUpdatesEnabled(True)
        self.trigger.keep_typed()

    # ── Showing ───────────────────────────────────────────────────────────────────────────────────────────

    def _show_all(self) -> None:
        self._follow_project()
        if self._is_shown:
            self._show_parts()
        self.chrome_changed.emit()

    def _show_parts(self) -> None:
        has_project = self.workspace.project is not None
        self.empty.setVisible(not has_project)
        self.columns.setVisible(has_project)
        self.columns.setUpdatesEnabled(True)
        if has_project:
            for part in (self.kinds, self.bases, self.trigger, self.length, self.prompts, self.advanced, self.plan):
                part.show_state()
        self._show_actions()
        self._offer_wanted_prompt()

    def _follow_project(self) -> None:
        """Nothing that was typed or asked for in one project may reach another."""
        project = self.workspace.project
        folder = project.folder if project is not None else None
        if folder == self._project_folder:
            return
        self._project_folder = folder
        self._wants = ""
        self.trigger.drop_typed()
        self.advanced.drop_typed()
        for area in (self.choices_area, self.side_area):
            area.verticalScrollBar().setValue(0)
        if self._sheet is not None:
            self._sheet.hide()
            self._sheet.deleteLater()
            self._sheet = None

    def _taking_back(self, **fields: object) -> Callable[[], None]:
        """Undo for a toast: gives the project in view these values, unless another one is open by then."""
        folder = self._project_folder

        def take_back() -> None:
            if self._project_folder == folder:
                self.workspace.change(**fields)

        return take_back

    def _show_actions(self) -> None:
        is_starting = self.workspace.is_starting
        self.start_button.set_busy(is_starting and self._wants == "train")
        self.queue_button.set_busy(is_starting and self._wants == "queue")
        reason = self._reason()
        self.wait_button.set_busy(is_starting)
        starts = (self.start_button, self.model.can_start)
        waits = [(button, self.model.can_queue) for button in (self.queue_button, self.wait_button)]
        for button, can in (starts, *waits):
            if can or is_starting:
                button.unblock()
            else:
                button.block(reason)

    def _reason(self) -> str:
        blockers = self.model.blockers()
        if blockers:
            return " ".join(blocker.sentence for blocker in blockers)
        state = self.bottom_state()
        return state.title if state is not None else ""

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._folder.start()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.LayoutRequest:
            self._folder.start()  # some words in the choices became longer or shorter
        return super().eventFilter(watched, event)

    def _fold_plan(self) -> None:
        current = tokens.current()
        margins = self.body.contentsMargins()
        room = self.width() - margins.left() - margins.right() - current.scaled(PLAN_WIDTH) - current.sizes.gap20
        is_folded = self.is_narrow or room < current.scaled(LEAST_CHOICES)
        self.side_area.setFixedWidth(current.scaled(PLAN_WIDTH) + 2 * RING_PX)
        cards_px = self.trigger.sizeHint().width() + self._pair.spacing() + self.length.sizeHint().width()
        whole = self.width() - margins.left() - margins.right()
        edges = 2 * RING_PX + self.choices_area.verticalScrollBar().sizeHint().width()
        is_tight = (whole if is_folded else room) - edges < cards_px
        self._pair.setDirection(QBoxLayout.Direction.TopToBottom if is_tight else QBoxLayout.Direction.LeftToRight)
        if is_folded == self.plan.is_folded and self.plan.parentWidget() is not None:
            return
        layouts = (self._columns, self._choices)
        for layout in layouts:  # else all choices are laid out anew at each of these steps
            layout.setEnabled(False)
        self.side_area.setVisible(not is_folded)
        if is_folded:
            self._choices.insertWidget(0, self.plan)
        else:
            self._side.addWidget(self.plan)
        self.plan.set_folded(is_folded)
        self.plan.show()
        for layout in layouts:
            layout.setEnabled(True)
            layout.invalidate()

    # ── Choices ───────────────────────────────────────────────────────────────────────────────────────────

    def _choose_kind(self, kind: Kind) -> None:
        before = self.model.kind
        if kind == before:
            return
        count = len(self.model.kind_changes(kind))
        self.workspace.change(kind=kind)
        text = self.tr("{kind}: %n setting(s) changed with it.", "", count).format(kind=kind_word(kind))
        self.toast_wanted.emit(text, self._taking_back(kind=before))

    def _choose_base(self, base: FoundBase) -> None:
        if base.source != self.model.base_source:
            self.workspace.use_base(base)

    def _choose_length(self, length: Thoroughness) -> None:
        self.workspace.change(thoroughness=length)

    def _add_base(self) -> None:
        folder = QFileDialog.getExistingDirectory(self, self.tr("Choose the folder of a base model"))
        if folder:
            self.workspace.add_base(Path(folder))

    def _fix(self, fix: Fix) -> None:
        before = self.model.changed_settings
        self.workspace.fix(fix)
        self.toast_wanted.emit(engine_words(fix.cost), self._taking_back(settings=before))

    def _tell_reset(self, before: dict[str, object]) -> None:
        self.toast_wanted.emit(self.tr("%n setting(s) reset.", "", len(before)), self._taking_back(settings=before))

    # ── Starting ──────────────────────────────────────────────────────────────────────────────────────────

    def _start(self) -> None:
        if self._sheet is None and self.model.can_start:
            self.trigger.keep_typed()
            self._wants = "train"
            self.workspace.start_training()

    def _queue(self) -> None:
        if self._sheet is None and self.model.can_queue:
            self.trigger.keep_typed()
            self._wants = "queue"
            self.workspace.add_to_queue()

    def _go_on(self) -> None:
        if self._wants == "train" and self.workspace.run is not None:
            self._wants = ""
            self.place_wanted.emit("train")

    def _tell_queued(self) -> None:
        if self._wants == "queue":
            self._wants = ""
            self.toast_wanted.emit(self.tr("Added to the queue."), None)

    def _give_up(self, _problem: StudioError) -> None:
        """The window tells what went wrong; the form stays as it is."""
        self._wants = ""
        self._show_actions()

    # ── Blockers ──────────────────────────────────────────────────────────────────────────────────────────

    def _show_first_blocker(self) -> None:
        here = [blocker for blocker in self.model.blockers() if blocker.place not in ("images", "train")]
        if here:
            self._go_to_blocker(here[0].place)

    def _go_to_blocker(self, place: str) -> None:
        if place in ("images", "train"):
            self.place_wanted.emit(place)
        elif place == "advanced":
            self.advanced.set_open(True)
            self._look_at(self.advanced.fold_button)
        elif place == "search_bases":
            self.workspace.search_bases()
        elif place == "base":
            self._look_at(self.bases.add_button)
        else:
            self.plan.open_details()
            rows = self.plan.fix_rows
            self._look_at(rows[0].button if rows else self.plan.open_button)

    def _take_advice(self, code: str, action: str) -> None:
        crowded, long = self.model.crowded, self.model.costs.long_captions
        if action == "keep":
            self.model.keep_as_it_is(code)
        elif action == "shorten_captions" and long is not None:
            self.workspace.set_captions(long.shortened)
            self.toast_wanted.emit(
                self.tr("%n caption(s) shortened.", "", len(long.shortened)), self.workspace.undo_caption
            )
        elif action == "turn_sizes_on":
            before = self.model.changed_settings
            self.workspace.change(settings={**before, "dataset.buckets": True})
            self.toast_wanted.emit(self.tr("Training sizes are on."), self._taking_back(settings=before))
        elif action == "scale_masks":
            before = self.model.changed_settings
            self.workspace.change(settings={**before, "dataset.masks": "stretched"})
            self.toast_wanted.emit(self.tr("Masks are stretched to fit."), self._taking_back(settings=before))
        elif action == "show_pictures":
            self.workspace.want_pictures(self.model.pictures_of(code))
            self.place_wanted.emit("images")
        elif action == "add_pictures":
            self.place_wanted.emit("images")
        elif action == "add_to_queue":
            self._queue()
        elif action == "check_again":
            self.workspace.probe_hardware()
        elif action == "fit" and crowded is not None and crowded.fix is not None:
            self._fix(crowded.fix)

    def _look_at(self, widget: QWidget) -> None:
        widget.setFocus(Qt.FocusReason.TabFocusReason)
        area = self.choices_area if self.choices_area.isAncestorOf(widget) else self.side_area
        area.ensureWidgetVisible(widget)

    # ── Sheets ────────────────────────────────────────────────────────────────────────────────────────────

    def _open_sheet(self, sheet: Sheet) -> None:
        if self._sheet is not None:
            self._sheet.close_sheet()
        self._sheet = sheet
        sheet.closed.connect(lambda: self._drop_sheet(sheet))
        sheet.open_sheet()

    def _drop_sheet(self, sheet: Sheet) -> None:
        if self._sheet is sheet:
            self._sheet = None
        sheet.deleteLater()

    def _offer_wanted_prompt(self) -> None:
        """A picture was dropped: show its prompt among the others, as soon as those are known."""
        known = self.model.prompts
        if not self._is_shown or not (known or self.workspace.plan_problem is not None):
            return
        wish = self.workspace.take_wanted_prompt("recipe")
        if wish is None:
            return
        if not known:
            self.toast_wanted.emit(self.tr("This recipe cannot be trained yet. Mend that, then drop it again."), None)
        elif wish.prompt in known:
            self.toast_wanted.emit(self.tr("Its prompt is one of the sample prompts already."), None)
        elif len(known) >= MOST_PROMPTS:
            words = self.tr("There are {count} sample prompts, and no room for more. Remove one first.")
            self.toast_wanted.emit(words.format(count=len(known)), None)
        else:
            self._edit_prompts(wish.prompt)

    def _edit_prompts(self, added: str = "") -> None:
        sheet = PromptsSheet(self.window(), self.model, added)
        sheet.prompts_chosen.connect(self._take_prompts)
        self._open_sheet(sheet)

    def _take_prompts(self, prompts: tuple[str, ...]) -> None:
        project = self.workspace.project
        before = project.data.prompts if project is not None else ()
        if self.model.set_prompts(prompts):
            self.toast_wanted.emit(self.tr("Sample prompts changed."), self._taking_back(prompts=before))

    def _edit_text(self) -> None:
        self._open_sheet(TextSheet(self.window(), self.model))

    def _open_save(self, presets: list[SavedRecipe]) -> None:
        sheet = SaveSheet(self.window(), self.model, presets)
        sheet.saved.connect(lambda name: self.toast_wanted.emit(self.tr("Saved “{name}”.").format(name=name), None))
        sheet.file_wanted.connect(self._save_to_file)
        self._open_sheet(sheet)

    def _save_to_file(self, recipe: Recipe) -> None:
        path, _ = QFileDialog.getSaveFileName(self, self.tr("Save the recipe"), f"{recipe.name}.json", FILE_FILTER)
        if path:
            done = self.tr("Saved {file}.").format(file=Path(path).name)
            self.model.save_recipe(Path(path), recipe, lambda: self.toast_wanted.emit(done, None), self._show_problem)

    def _open_presets(self, presets: list[SavedRecipe]) -> None:
        sheet = OpenSheet(self.window(), presets)
        sheet.path_chosen.connect(self.open_recipe)
        sheet.file_wanted.connect(self._choose_file)
        self._open_sheet(sheet)

    def _choose_file(self) -> None:
        path, _ = QFileDialog.getOpenFileName(self, self.tr("Open a recipe"), "", FILE_FILTER)
        if path:
            self.open_recipe(Path(path))

    def open_recipe(self, path: Path) -> None:
        """Show what a recipe would change, and use it when that is wanted."""
        self.model.open_recipe(path, self._ask_to_use, self._show_problem)

    def _ask_to_use(self, recipe: Recipe, changes: list[str]) -> None:
        sheet = ChangesSheet(self.window(), recipe, changes)
        sheet.used.connect(lambda: self._use_recipe(recipe))
        self._open_sheet(sheet)

    def _use_recipe(self, recipe: Recipe) -> None:
        undo = self._taking_back(
            kind=self.model.kind, thoroughness=self.model.thoroughness, settings=self.model.changed_settings
        )
        self.model.use_recipe(recipe)
        self.toast_wanted.emit(self.tr("Now using “{name}”.").format(name=recipe.name), undo)

    def _show_problem(self, problem: StudioError) -> None:
        """Above the choices until it is closed or the next one comes."""
        if self._message is not None:
            self._message.hide()
            self._message.deleteLater()
        body = "\n".join(filter(None, map(engine_words, (problem.detail, problem.hint))))
        self._message = Banner("err", engine_words(problem.title), body, closable=True)
        self._choices.insertWidget(0, self._message)
        self._message.speak()
        self.choices_area.ensureWidgetVisible(self._message)

    # ── Drops ─────────────────────────────────────────────────────────────────────────────────────────────

    def drop_sentence(self, paths: tuple[Path, ...]) -> str:
        is_recipe = len(paths) == 1 and paths[0].suffix.lower() == ".json" and self.workspace.project is not None
        return self.tr("Open the recipe {name}").format(name=paths[0].name) if is_recipe else ""

    def take_drop(self, paths: tuple[Path, ...]) -> None:
        self.open_recipe(paths[0])


def _scroller(contents: QWidget) -> QScrollArea:
    area = QScrollArea()
    area.setWidgetResizable(True)
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    contents.setProperty("scrolled", True)
    area.setWidget(contents)
    return area

"""Compare: the same prompts and seeds at every epoch, and the person's pick among them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from PySide6.QtCore import QLocale
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QBoxLayout,
    QFileDialog,
    QHBoxLayout,
    QMenu,
    QPushButton,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from lora_studio.dataset.thumbnails import Thumbnails
from lora_studio.errors import StudioError
from lora_studio.projects.project import RunNote
from lora_studio.runs.folder import RunFolder
from lora_studio.runs.sheet import write_sheet
from ui.models import shortcuts
from ui.models.comparison import (
    OFF,
    ComparisonCell,
    ComparisonModel,
    EpochComparison,
    StrengthComparison,
    Verdicts,
    compared_cell,
    spread_epochs,
)
from ui.models.copies import Copies
from ui.models.drawing import Drawings, DrawWish
from ui.models.library_words import span_words
from ui.models.run import RunModel
from ui.models.run_comparison import ComparedRun
from ui.models.shortcuts import key_words
from ui.pages.compare_advice import AdviceSheet
from ui.pages.compare_prompt import MOST_SEED, PromptSheet
from ui.pages.compare_runs import RunsPanel
from ui.pages.compare_viewer import Viewer, ViewerCard
from ui.pages.run_choice import RunChoice
from ui.theme import tokens
from ui.widgets.buttons import Button, icon_button
from ui.widgets.card import Card
from ui.widgets.compare_grid import CompareGrid
from ui.widgets.empty_state import EmptyState
from ui.widgets.labels import ElidedLabel, Label
from ui.widgets.menus import open_below
from ui.widgets.one_of import OneOf
from ui.widgets.page import BottomState, Context, Page
from ui.widgets.segmented import Segment, Segmented
from ui.widgets.wipe_view import ComparedPicture
from ui.work import tasks

SIDE_PX, NARROW_SIDE_PX, WIDE_SIDE_PX = 360, 300, 520
SIDE_SHARE = 0.3  # of the page, where that is more
MORE_EPOCHS = 4
Mode = Literal["epochs", "strengths", "one", "runs"]


class ComparePage(Page):
    """Shows the workspace's run. Pick, stars and strength are kept in the project at once."""

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._run: RunModel | None = None
        self._drawings: Drawings | None = None
        self._copies: Copies | None = None
        self._beside_copied: tuple[int, int] | None = None  # epoch and row beside which its training picture stands
        self._epochs: EpochComparison | None = None
        self._strengths: StrengthComparison | None = None
        self._grids: dict[str, CompareGrid] = {}
        self._runs_panel: RunsPanel | None = None
        self._mode: Mode = "epochs"
        self._row = 0
        self._epoch = 0
        self._strength = 1.0
        self._beside = 0
        self._columns_chosen = False
        self._is_in_view = self._was_left = False
        self._chrome_key: tuple[object, ...] = ()
        self._make_buttons()
        self._build()
        workspace = context.workspace
        workspace.run_changed.connect(self._take_run)
        workspace.project_changed.connect(self.chrome_changed)
        workspace.runs_changed.connect(self._take_runs)
        workspace.prompt_wanted.connect(self._open_wanted_prompt)
        self.narrowness_changed.connect(lambda _is_narrow: self._fold())
        shortcuts.changed.connect(self.chrome_changed)
        tokens.changed.connect(self._fold)
        self._take_run()

    def _make_buttons(self) -> None:
        self.runs = RunChoice(self.context.workspace)
        self.sheet_button = Button(self.tr("Save as picture"), "secondary", "images")
        self.sheet_button.clicked.connect(self._save_sheet)
        self.advice_button = Button(self.tr("None looks right"), "ghost", "help")
        self.advice_button.clicked.connect(self._open_advice)
        self.export_button = Button(self.tr("Export adapter"), "primary", "export")
        self.export_button.clicked.connect(lambda: self.place_wanted.emit("export"))
        self.longer_button = Button(self.tr("Train %n more epoch(s)", "", MORE_EPOCHS), "secondary", "plus")
        self.longer_button.clicked.connect(self._train_longer)
        self.train_button = Button(self.tr("Go to Train"), "primary", trailing_icon="arrow_right")
        self.train_button.clicked.connect(lambda: self.place_wanted.emit("train"))

    def _build(self) -> None:
        self._pages = OneOf(self)
        self.body.addWidget(self._pages, 1)
        self.empty = EmptyState("compare", "", "")
        self._pages.add(self.empty)
        content = self._content = QWidget(self._pages)
        self._columns_box = QBoxLayout(QBoxLayout.Direction.LeftToRight, content)
        self._columns_box.setContentsMargins(0, 0, 0, 0)
        self._columns_box.setSpacing(tokens.current().sizes.gap16)
        left = QVBoxLayout()
        left.setSpacing(tokens.current().sizes.gap12)
        left.addLayout(self._toolbar())
        left.addLayout(self._drawing_row())
        self._grid_card = Card()
        self._grid_place = QStackedWidget()
        self._grid_card.body.addWidget(self._grid_place, 1)
        self._one = self._one_by_one()
        self._grid_place.addWidget(self._one)
        left.addWidget(self._grid_card, 1)
        self._columns_box.addLayout(left, 1)
        self.viewer = Viewer(self.context.store)
        self.card = ViewerCard(self.viewer, self.context.store)
        self._connect_viewer()
        self._columns_box.addWidget(self.card)
        self._pages.add(content)
        self._fold()

    def _toolbar(self) -> QBoxLayout:
        self._tools = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        row = QHBoxLayout()
        row.setSpacing(tokens.current().sizes.gap8)
        segments = [
            Segment("epochs", self.tr("Epochs"), "grid"),
            Segment("strengths", self.tr("Strengths"), "recipe"),
            Segment("one", self.tr("One by one"), "images"),
            Segment("runs", self.tr("Runs"), "train"),
        ]
        self.mode = Segmented(segments, self.tr("What is compared"))
        self.mode.chosen.connect(self._choose_mode)
        self.columns_button = Button("", "ghost", "", small=True, trailing_icon="chevron_down")
        self.columns_button.clicked.connect(self._choose_columns)
        self.add_button = Button(self.tr("Add a prompt"), "secondary", "plus", small=True)
        self.add_button.clicked.connect(lambda: self._open_prompt())
        row.addStretch(1)
        row.addWidget(self.columns_button)
        row.addWidget(self.add_button)
        self._tools.addWidget(self.mode)
        self._tools.addLayout(row, 1)
        return self._tools

    def _drawing_row(self) -> QHBoxLayout:
        """What is being drawn, or how much could be; a row of its own, so that nothing is cut."""
        row = QHBoxLayout()
        self.drawing_label = ElidedLabel("", "body", "text2")
        self.fill_button = Button("", "secondary", "wand", small=True)
        self.fill_button.clicked.connect(self._draw_missing)
        self.stop_button = Button(self.tr("Stop"), "danger", "stop", small=True)
        self.stop_button.clicked.connect(lambda: self._drawings.stop() if self._drawings is not None else None)
        row.addWidget(self.drawing_label, 1)
        row.addWidget(self.fill_button)
        row.addWidget(self.stop_button)
        return row

    def _one_by_one(self) -> QWidget:
        place = QWidget()
        self._one_layout = QVBoxLayout(place)
        self._one_layout.setContentsMargins(0, 0, 0, 0)
        row = QHBoxLayout()
        self.before_button = icon_button("chevron_left", self.tr("Epoch before"))
        self.after_button = icon_button("chevron_right", self.tr("Epoch after"))
        self.above_button = icon_button("chevron_up", self.tr("Prompt above"))
        self.below_button = icon_button("chevron_down", self.tr("Prompt below"))
        self.place_label = Label("", "strong", tabular=True)
        moves: tuple[tuple[QPushButton, int, int], ...] = (
            (self.before_button, 0, -1),
            (self.after_button, 0, 1),
            (self.above_button, -1, 0),
            (self.below_button, 1, 0),
        )
        for button, down, across in moves:
            button.clicked.connect(lambda _checked=False, move=(down, across): self._move(*move))
        for widget in (self.before_button, self.place_label, self.after_button):
            row.addWidget(widget)
        row.addStretch(1)
        row.addWidget(self.above_button)
        row.addWidget(self.below_button)
        self._one_layout.addLayout(row)
        return place

    def _connect_viewer(self) -> None:
        wipe = self.viewer.wipe
        wipe.epoch_step_requested.connect(lambda step: self._move(0, step))
        wipe.prompt_step_requested.connect(lambda step: self._move(step, 0))
        wipe.pick_requested.connect(self._pick_shown)
        self.viewer.beside_chosen.connect(self._choose_beside)
        self.card.rated.connect(lambda stars: self._epochs.rate(self._epoch, stars) if self._epochs else None)
        self.card.pick_wanted.connect(self._pick_shown)
        self.card.strength_chosen.connect(self._choose_strength)
        self.card.draw_wanted.connect(lambda: self._draw([self._shown_wish()]))
        self.card.prompt_chosen.connect(lambda row: self._move(row - self._row, 0))
        self.card.copied_wanted.connect(self._show_copied)
        self.card.strengths_wanted.connect(lambda: self._choose_mode("strengths"))

    # ── The window's part ─────────────────────────────────────────────────────────────────────────────────

    def title(self) -> str:
        return self.tr("Compare")

    def subtitle(self) -> str:
        return self.tr("Same prompt, same seed, every epoch. Pick the one that looks right.")

    def header_actions(self) -> list[QWidget]:
        runs = [self.runs] if self.runs.has_choice else []
        return [*runs, self.advice_button, self.sheet_button] if self._has_samples else [*runs]

    def bottom_state(self) -> BottomState | None:
        if self._epochs is None or not self._has_samples:
            return None
        pick = self._epochs.picked
        if pick is None:
            body = self.tr("Click a title, or press {key} on a picture.").format(key=key_words("pick"))
            return BottomState(self.tr("Pick the epoch that looks right"), body, "info")
        sentence = self.tr("Epoch {epoch} at strength {strength}")
        strength = QLocale().toString(self._strength or self._kept_strength, "f", 1)
        body = "" if self._is_seen(int(pick)) else self.tr("No picture is drawn at this strength yet.")
        if not self._strength:
            body = self.tr("At 0 you see the base alone. The strength of the pick stays.")
        return BottomState(sentence.format(epoch=QLocale().toString(int(pick)), strength=strength), body, "ok")

    def bottom_actions(self) -> list[Button]:
        if self._can_go_on:
            return [self.longer_button, self.export_button]
        if self._has_samples:
            return [self.export_button]
        return [self.train_button] if self.context.project is not None else []

    @property
    def _can_go_on(self) -> bool:
        return self._has_samples and self._run is not None and self._run.kind == "done"

    def help(self) -> str:
        return self.tr(
            "Along a row everything is the same but the epoch. The first column is the base model alone. Arrow keys "
            "move, holding {flip} shows the left picture, {open} shows it large or draws what is missing, {pick} "
            "picks, {stars_0} to {stars_5} rate. In the large view {before} and {after} change the epoch, {above} and "
            "{below} the prompt, and {zoom} zooms."
        ).format(
            flip=key_words("flip"), open=key_words("cell_open"), pick=key_words("pick"),
            stars_0=key_words("stars_0"), stars_5=key_words("stars_5"), before=key_words("epoch_before"),
            after=key_words("epoch_after"), above=key_words("prompt_above"), below=key_words("prompt_below"),
            zoom=key_words("zoom"),
        )  # fmt: skip

    def shown(self) -> None:
        self._is_in_view, self._was_left = True, False
        if self._run is not self.context.workspace.run:
            self._take_run()
        if self._run is not None:
            self._run.set_visible(True)
        self._refresh()
        self._look_for_copies()

    def hidden(self) -> None:
        self._is_in_view, self._was_left = False, True
        self.context.workspace.take_wanted_prompt("compare")
        if self._copies is not None:
            self._copies.stop()
        if self._run is not None:
            self._run.set_visible(False)

    # ── The run ───────────────────────────────────────────────────────────────────────────────────────────

    @property
    def _has_samples(self) -> bool:
        return self._run is not None and bool(self._run.sampled_epochs)

    def _take_run(self) -> None:
        """Compare the workspace's run from now on; another one that comes while the place is left, when it is shown."""
        if self._drawings is not None:
            self._drawings.close()
            self._drawings.deleteLater()
        for grid in self._grids.values():
            self._grid_place.removeWidget(grid)
            grid.deleteLater()
        self._grids = {}
        self._drop_runs_panel()
        self._run = None if self._was_left else self.context.workspace.run
        self._drawings = self._epochs = self._strengths = None
        if self._copies is not None:
            self._copies.stop()
        self._copies = self._beside_copied = None
        self._row = self._epoch = self._beside = 0
        self._columns_chosen = self._has_looked = False
        if self._run is not None:
            self._begin(self._run)
        self._take_runs()
        self._refresh()

    def _take_runs(self) -> None:
        """The project has one run more or less: the comparison of runs begins anew."""
        others = self._other_runs()
        if self._runs_panel is not None and self._runs_panel.others != others:
            self._drop_runs_panel()
        self.mode.set_segment_visible("runs", bool(others))
        if self._mode == "runs":
            self._choose_mode("runs" if others else "epochs")
        self.chrome_changed.emit()

    def _other_runs(self) -> list[RunFolder]:
        shown = self._run.run.path if self._run is not None else None
        return [run for run in self.context.workspace.runs if shown is not None and run.path != shown]

    def _drop_runs_panel(self) -> None:
        if self._runs_panel is not None:
            self._runs_panel.close_all()
            self._grid_place.removeWidget(self._runs_panel)
            self._runs_panel.deleteLater()
            self._runs_panel = None

    def _show_runs_panel(self) -> None:
        run, drawings = self._run, self._drawings
        if run is None or drawings is None:
            return
        if self._runs_panel is None:
            panel = self._runs_panel = RunsPanel(
                ComparedRun(run, drawings, lambda: self._note(run.run).pick), self._other_runs(),
                lambda folder: self._note(folder).pick, self._drawings_home, self.context.store,
            )  # fmt: skip
            panel.refusal = self._refusal
            panel.pair_shown.connect(self._show_runs_pair)
            panel.flip_held.connect(self.viewer.wipe.flip)
            panel.run_wanted.connect(self._look_into_run)
            panel.refused.connect(lambda why: self.toast_wanted.emit(why, None))
            panel.failed.connect(self.context.workspace.failed)
            self._grid_place.addWidget(panel)
        self._runs_panel.look_again()
        self._grid_place.setCurrentWidget(self._runs_panel)

    def _show_runs_pair(self, beside: ComparedPicture, shown: ComparedPicture, prompt: str) -> None:
        self.viewer.wipe.show_pair(beside, shown)
        self.viewer.prompt_label.setText(prompt)

    def _look_into_run(self, folder: RunFolder) -> None:
        self._choose_mode("epochs")
        self.context.workspace.show_run(folder)

    @property
    def _drawings_home(self) -> Path:
        project = self.context.project
        return (project.folder if project is not None else self.context.settings.values.cache_dir) / "drawings"

    def _begin(self, run: RunModel) -> None:
        note = self._note(run.run)
        self._drawings = Drawings(run, self._drawings_home, run)
        self._drawings.progressed.connect(self._show_drawing)
        self._drawings.ready.connect(self._refresh)
        self._drawings.drawn.connect(lambda _wish: self._show_viewer())
        self._drawings.changed.connect(lambda _wish: self._show_viewer())
        self._drawings.failed.connect(self.context.workspace.failed)
        self.context.store.failed.connect(self._drawings.lose_picture)
        self._copies = Copies(run, Thumbnails(self.context.settings.values.cache_dir / "thumbnails"), run)
        self._copies.changed.connect(self._show_copies)
        self._strength = note.strength or 1.0
        self._epochs = EpochComparison(run, Verdicts(note.pick, note.stars), self._keep_verdicts, self._drawings, run)
        self._strengths = StrengthComparison(
            run, self._drawings, note.pick or 1, note.strength, self._keep_strength, run
        )
        self._add_grid("epochs", self._epochs)
        self._grids["epochs"].rating_requested.connect(self._rate_column)
        self._add_grid("strengths", self._strengths)
        self._epochs.pick_changed.connect(self._look_at_pick)
        self._epochs.stars_changed.connect(lambda _epoch: self._show_viewer())
        run.samples_changed.connect(self._take_samples)
        run.changed.connect(self._show_chrome)
        if self._has_samples:
            self._take_samples()

    def _add_grid(self, name: str, comparison: ComparisonModel) -> None:
        grid = CompareGrid(comparison, self.context.store)
        grid.cell_shown.connect(lambda row, column: self._look_at(name, row, column))
        grid.cell_activated.connect(lambda row, column: self._choose_mode("one"))
        grid.pick_requested.connect(comparison.pick)
        grid.draw_requested.connect(lambda row, column: self._draw_cell(name, row, column))
        grid.flip_held.connect(self.viewer.wipe.flip)
        self._grids[name] = grid
        self._grid_place.addWidget(grid)

    def _take_samples(self) -> None:
        """More epochs are there: show a readable number of them, look at the newest, and learn what was drawn."""
        run, epochs = self._run, self._epochs
        if run is None or epochs is None or self._drawings is None:
            return
        trained = [epoch for epoch in epochs.epochs if epoch]
        if not self._has_looked and trained:  # a long journal is read in parts, and the pick may be in the last
            self._epoch = int(epochs.picked) if epochs.picked in trained else trained[-1]
        if not self._columns_chosen:
            epochs.show_epochs(self._with_pick(spread_epochs(trained)))
        self._drawings.read()
        self._refresh()
        self._look_for_copies()

    def _look_for_copies(self) -> None:
        """Only while the page is in view: a large set takes its time, once."""
        if self._copies is not None and self._is_in_view:
            self._copies.look()

    def _show_copies(self) -> None:
        if self._copies is not None and self._epochs is not None:
            for epoch in self._copies.epochs():
                self._epochs.note_epoch(epoch, self.tr("a close copy"), "warn")
            close = self.tr("very close to {name}")
            self._epochs.note_samples(
                {sample: close.format(name=path.name) for sample, path in self._copies.found.items()}
            )
            self._show_viewer()

    def _with_pick(self, shown: Sequence[int]) -> tuple[int, ...]:
        pick = self._epochs.picked if self._epochs is not None else None
        return tuple(sorted({*shown, *([int(pick)] if pick is not None else [])}))

    def _note(self, run: RunFolder) -> RunNote:
        project = self.context.project
        return project.data.runs.get(run.name, RunNote()) if project is not None else RunNote()

    def _keep(self, **values: object) -> None:
        run, project = self._run, self.context.project
        if run is not None and project is not None:
            note = RunNote.model_validate({**dict(self._note(run.run)), **values})
            self.context.workspace.change(runs={**project.data.runs, run.run.name: note})

    def _keep_verdicts(self, verdicts: Verdicts) -> None:
        self._keep(pick=verdicts.pick, stars=dict(verdicts.stars))

    def _keep_strength(self, strength: float) -> None:
        self._strength = strength
        self._keep(strength=strength)
        self._refresh()

    # ── What is looked at ─────────────────────────────────────────────────────────────────────────────────

    def _look_at(self, grid: str, row: int, column: int) -> None:
        self._row, self._has_looked = row, True
        if grid == "epochs" and self._epochs is not None:
            self._epoch = int(self._epochs.columns[column].value)
        elif self._strengths is not None and (strength := self._strengths.columns[column].value) != OFF:
            self._strength = strength
        self._show_viewer()

    def _rate_column(self, column: int, stars: int) -> None:
        if self._epochs is not None and (epoch := int(self._epochs.columns[column].value)):  # not the base alone
            self._epochs.rate(epoch, stars)

    def _look_at_pick(self) -> None:
        """What was picked is what the viewer, the strengths and the export are about."""
        epochs = self._epochs
        if epochs is not None and epochs.picked_column is not None and self._row < len(epochs.rows):
            self._grids["epochs"].select_cell(self._row, epochs.picked_column)
            if self._strengths is not None and epochs.picked is not None:
                self._strengths.show_epoch(int(epochs.picked))
        self._refresh()

    def _move(self, down: int, across: int) -> None:
        epochs = self._epochs
        if epochs is None or not epochs.columns or not epochs.rows:
            return
        shown = [int(column.value) for column in epochs.columns]
        place = shown.index(self._epoch) if self._epoch in shown else len(shown) - 1
        place = min(len(shown) - 1, max(0, place + across))
        row = min(len(epochs.rows) - 1, max(0, self._row + down))
        self._row, self._epoch, self._has_looked = row, shown[place], True
        self._grids["epochs"].select_cell(row, place)
        self._show_viewer()

    def _pick_shown(self) -> None:
        if self._epochs is not None:
            shown = [int(column.value) for column in self._epochs.columns]
            if self._epoch in shown:
                self._epochs.pick(shown.index(self._epoch))

    def _choose_beside(self, place: int) -> None:
        if self._epochs is not None and place < len(self._epochs.columns):  # else the training picture, which is there
            self._beside, self._beside_copied = int(self._epochs.columns[place].value), None
            self._show_viewer()

    @property
    def _kept_strength(self) -> float:
        """The strength of the pick, as the project knows it."""
        return (self._note(self._run.run).strength if self._run is not None else None) or 1.0

    def _show_copied(self) -> None:
        """Put the training picture that the sample repeats beside it, until asked again or another one is looked at."""
        self._beside_copied = (self._epoch, self._row) if self._beside_copied is None else None
        self._show_viewer()

    def _choose_strength(self, strength: float) -> None:
        self._strength = round(strength, 1)
        if self._strength:  # 0 is for looking: exported at it, an adapter would do nothing
            self._keep(strength=self._strength)
        self._show_viewer()
        self._show_chrome()

    def _shown_wish(self) -> DrawWish:
        assert self._epochs is not None
        shown = self._epochs.rows[self._row]
        strength = self._strength if self._epoch else OFF
        return DrawWish(self._epoch, strength, shown.prompt, shown.seed)

    def _show_viewer(self) -> None:
        drawings, epochs = self._drawings, self._epochs
        if drawings is None or epochs is None or self._row >= len(epochs.rows):
            self.viewer.wipe.clear()
            return
        row, wish = epochs.rows[self._row], self._shown_wish()
        cell = compared_cell(drawings, self._row, wish)
        shown, strength = cell, self._strength
        if cell.path is None and self._epoch:  # what the trainer drew, until this strength is drawn
            strength = 1.0
            as_trained = DrawWish(self._epoch, strength, row.prompt, row.seed)
            shown = compared_cell(drawings, self._row, as_trained)
        beside_wish = DrawWish(self._beside, 1.0 if self._beside else OFF, row.prompt, row.seed)
        beside = compared_cell(drawings, self._row, beside_wish)
        title = self._epoch_title(self._epoch)
        copied = self._copied_by(shown, strength)
        if self._beside_copied != (self._epoch, self._row) or copied is None:
            self._beside_copied = None
        if shown.path is not None and beside.path is not None:
            first = ComparedPicture(beside.path, self._epoch_title(self._beside), beside.version)
            if copied is not None and self._beside_copied:
                first = ComparedPicture(copied, copied.name)
            second = ComparedPicture(shown.path, self._shown_title(strength), shown.version)
            self.viewer.wipe.show_pair(first, second)
        else:
            self.viewer.wipe.clear()
        self.viewer.prompt_label.setText(row.prompt)
        shots = [shot for place in range(len(epochs.rows)) if (shot := drawings.sample(place, self._epoch))]
        self.card.prompts.show_samples(shots, [shown.prompt for shown in epochs.rows])
        titles = [column.title for column in epochs.columns]
        shown_epochs = [int(column.value) for column in epochs.columns]
        place = shown_epochs.index(self._beside) if self._beside in shown_epochs else 0
        if copied is not None and self._beside_copied:
            place = len(titles)
            titles.append(copied.name)
        self.viewer.show_beside(titles, place)
        self.place_label.setText(title)
        self.card.show_copy(copied.name if copied is not None else "", self._beside_copied is not None)
        self.card.show_epoch(self._epoch, self._epoch == epochs.picked, epochs.stars(self._epoch))
        self._show_strength(wish, cell.state)
        if self._mode == "runs" and self._runs_panel is not None:
            self._runs_panel.show_pair_again()

    def _copied_by(self, shown: ComparisonCell, strength: float) -> Path | None:
        """The training picture that the sample in view repeats; nothing is known of pictures drawn to compare."""
        if self._copies is None or self._mode == "runs" or shown.path is None or strength != 1.0:
            return None
        return self._copies.copied(self._epoch, self._row)

    def _show_strength(self, wish: DrawWish, state: str) -> None:
        strength = QLocale().toString(self._strength, "f", 1)
        note, words = "", ""
        if state == "drawing":
            note = self.tr("Being drawn")
        elif state != "picture":
            note = self.tr("Not drawn at {strength}").format(strength=strength)
            words = self.tr("Draw it")
        self.card.show_strength(self._strength, note, words, self._refusal())

    def _epoch_title(self, epoch: int) -> str:
        return self.tr("Epoch {epoch}").format(epoch=QLocale().toString(epoch)) if epoch else self.tr("Off")

    def _shown_title(self, strength: float) -> str:
        """What is looked at, with the strength it was drawn at where another than the usual is chosen."""
        title = self._epoch_title(self._epoch)
        if not self._epoch or self._strength == 1.0:
            return title
        sentence = self.tr("{epoch} at {strength}")
        return sentence.format(epoch=title, strength=QLocale().toString(strength, "f", 1))

    # ── Modes and columns ─────────────────────────────────────────────────────────────────────────────────

    def _choose_mode(self, mode: str) -> None:
        modes: tuple[Mode, ...] = ("epochs", "strengths", "one", "runs")
        self._mode = next(known for known in modes if known == mode)
        self.mode.set_key(mode)
        if mode == "strengths" and self._strengths is not None:
            pick = self._epochs.picked if self._epochs is not None else None
            self._strengths.show_epoch(self._epoch or int(pick or 1))
        self._refresh()
        if mode == "one":
            self.viewer.wipe.setFocus()

    def _choose_columns(self) -> None:
        epochs = self._epochs
        if epochs is None:
            return
        trained = [epoch for epoch in epochs.epochs if epoch]
        shown = {int(column.value) for column in epochs.columns}
        menu = QMenu(self)
        menu.addAction(self.tr("All epochs")).triggered.connect(lambda: self._show_columns(trained))
        menu.addAction(self.tr("A few, evenly spread")).triggered.connect(
            lambda: self._show_columns(spread_epochs(trained))
        )
        menu.addSeparator()
        for epoch in trained:
            action = menu.addAction(self._epoch_title(epoch))
            action.setCheckable(True)
            action.setChecked(epoch in shown)
            action.triggered.connect(lambda _checked=False, epoch=epoch: self._show_columns(sorted(shown ^ {0, epoch})))
        open_below(menu, self.columns_button)

    def _show_columns(self, epochs: Sequence[int]) -> None:
        self._columns_chosen = True
        if self._epochs is not None:
            self._epochs.show_epochs(self._with_pick([epoch for epoch in epochs if epoch]))
        self._refresh()

    # ── Drawing ───────────────────────────────────────────────────────────────────────────────────────────

    def _refusal(self) -> str:
        """Why nothing can be drawn now; empty when it can."""
        if self._run is not None and self._run.state.is_alive:
            return self.tr("Training is using this computer. Pause it, or wait until it ends.")
        return ""

    def _draw(self, wishes: Sequence[DrawWish]) -> None:
        refusal = self._refusal()
        if refusal:
            self.toast_wanted.emit(refusal, None)
        elif self._drawings is not None:
            self._drawings.draw(wishes)

    def _draw_cell(self, grid: str, row: int, column: int) -> None:
        comparison = self._epochs if grid == "epochs" else self._strengths
        if comparison is not None:
            self._draw([comparison.wish(row, column)])

    def _missing(self) -> list[DrawWish]:
        """What the grid in view lacks, column by column: a process draws a column at once."""
        comparison = self._strengths if self._mode == "strengths" else self._epochs
        if comparison is None or self._mode in ("one", "runs"):
            return []
        return [
            comparison.wish(row, column)
            for column in range(len(comparison.columns))
            for row in range(len(comparison.rows))
            if comparison.cell(row, column).state in ("missing", "failed")
        ]

    def _draw_missing(self) -> None:
        self._draw(self._missing())

    def _cost_words(self, wishes: Sequence[DrawWish]) -> str:
        """How many pictures, and about how long they take where that is known."""
        cost_s = self._drawings.cost_s(wishes) if self._drawings is not None else None
        if cost_s is None:
            return self.tr("%n picture(s)", "", len(wishes))
        return self.tr("%n picture(s), {span}", "", len(wishes)).format(span=span_words(cost_s))

    def _show_drawing(self) -> None:
        drawings = self._drawings
        is_drawing = drawings is not None and drawings.is_drawing
        missing = [] if is_drawing else self._missing()
        self.stop_button.setVisible(is_drawing)
        self.fill_button.setVisible(bool(missing))
        self.drawing_label.setVisible(is_drawing or bool(missing))
        if drawings is not None and is_drawing:
            sentence = self.tr("Drawing {number} of {total}")
            number = min(drawings.done_count + 1, drawings.total_count)
            self.drawing_label.setText(sentence.format(number=number, total=drawings.total_count))
        elif missing:
            self.drawing_label.setText(self.tr("Not drawn yet: {cost}").format(cost=self._cost_words(missing)))
            self.fill_button.setText(self.tr("Draw %n picture(s)", "", len(missing)))
            refusal = self._refusal()
            self.fill_button.block(refusal) if refusal else self.fill_button.unblock()

    def _open_wanted_prompt(self) -> None:
        """Another page sent here to draw with the adapter: ask what, as soon as its pictures are here."""
        workspace, run = self.context.workspace, self._run
        if not self.isVisible() or not self._has_samples or run is None or run.facts is None or self._epochs is None:
            return
        wish = workspace.take_wanted_prompt("compare")
        if wish is not None:
            self._open_prompt(wish.prompt or next(iter(run.facts.config.preview.prompts), ""), wish.seed)

    def _open_prompt(self, prompt: str = "", seed: int | None = None) -> None:
        """Ask for a prompt to draw, beginning with this one; without a seed, with the next that no row has."""
        run, epochs = self._run, self._epochs
        if run is None or run.facts is None or epochs is None:
            return
        taken = [row.seed for row in epochs.rows]
        wishes = [DrawWish(int(column.value), 1.0 if column.value else OFF, "", 0) for column in epochs.columns]
        sheet = PromptSheet(
            self.window(),
            self.tr("Add a prompt"),
            run.facts.config.dataset.trigger,
            prompt,
            seed if seed is not None and 0 <= seed <= MOST_SEED else max(taken, default=0) + 1,
            self._cost_words(wishes),
            self._refusal(),
        )
        sheet.prompt_added.connect(self._add_prompt)
        sheet.closed.connect(sheet.deleteLater)
        sheet.open_sheet()

    def _add_prompt(self, prompt: str, seed: int) -> None:
        if self._drawings is None or self._epochs is None:
            return
        self._drawings.add_prompt(prompt, seed)
        shown = [int(column.value) for column in self._epochs.columns]
        self._draw([DrawWish(epoch, 1.0 if epoch else OFF, prompt, seed) for epoch in shown])
        self._move(len(self._epochs.rows), 0)  # the new row is the last, and may be out of view

    def _is_seen(self, epoch: int) -> bool:
        """Some prompt is drawn with this epoch at the strength that is chosen."""
        drawings, epochs = self._drawings, self._epochs
        if drawings is None or epochs is None:
            return False
        wishes = [DrawWish(epoch, self._strength, row.prompt, row.seed) for row in epochs.rows]
        return any(compared_cell(drawings, place, wish).path is not None for place, wish in enumerate(wishes))

    def _open_advice(self) -> None:
        sheet = AdviceSheet(self.window(), longer_words=self.longer_button.text() if self._can_go_on else "")
        sheet.way_chosen.connect(self._take_advice)
        sheet.closed.connect(sheet.deleteLater)
        sheet.open_sheet()

    def _take_advice(self, way: str) -> None:
        if way == "longer":
            self._train_longer()
        elif way == "strengths":
            self._choose_mode("strengths")
        else:
            self.place_wanted.emit(way)

    # ── Saving ────────────────────────────────────────────────────────────────────────────────────────────

    def _save_sheet(self) -> None:
        run = self._run
        if run is None:
            return
        proposed = str(Path.home() / f"{run.run.name} samples.png")
        chosen, _ = QFileDialog.getSaveFileName(self, self.tr("Save as picture"), proposed, self.tr("Pictures (*.png)"))
        if chosen:
            self.save_sheet(Path(chosen))

    def save_sheet(self, target: Path) -> None:
        """Write all samples of the run on one labelled picture."""
        run = self._run
        if run is not None:
            folder = run.run
            self.sheet_button.set_busy(True)
            tasks.run(lambda _: write_sheet(folder, target), self._tell_saved, self._tell_failure, owner=self)

    def _tell_saved(self, path: Path) -> None:
        self.sheet_button.set_busy(False)
        self.toast_wanted.emit(self.tr("Saved {name}").format(name=path.name), None)

    def _tell_failure(self, error: Exception) -> None:
        self.sheet_button.set_busy(False)
        if not isinstance(error, StudioError):
            raise error
        self.context.workspace.failed.emit(error)

    # ── Showing ───────────────────────────────────────────────────────────────────────────────────────────

    def _refresh(self) -> None:
        self._pages.show_only(self._content if self._has_samples else self.empty)
        self._show_empty()
        self._place_viewer()
        if self._mode == "runs":
            self._show_runs_panel()
        elif self._mode in self._grids:
            self._grid_place.setCurrentWidget(self._grids[self._mode])
        else:
            self._grid_place.setCurrentWidget(self._one)
        if self._epochs is not None:
            counts = {"shown": len(self._epochs.columns), "all": len(self._epochs.epochs)}
            self.columns_button.setText(self.tr("Columns {shown} of {all}").format(**counts))
        self.columns_button.setVisible(self._mode in ("epochs", "one"))
        self.add_button.setVisible(self._mode != "runs")
        self._show_viewer()
        self._show_drawing()
        self._show_chrome()
        self._open_wanted_prompt()

    def _show_empty(self) -> None:
        if self._run is None:
            body = self.tr("Train once, and its pictures are shown here side by side.")
            self.empty.set_words(self.tr("Nothing to compare yet"), body)
        else:
            body = self.tr("The base alone is drawn first, then every epoch.")
            self.empty.set_words(self.tr("Pictures appear here after the first epoch"), body)

    def _train_longer(self) -> None:
        if self._run is not None:
            self._run.train_longer(MORE_EPOCHS)
            self.place_wanted.emit("train")

    def _place_viewer(self) -> None:
        """One by one, the viewer has the whole room; otherwise it stands at the side."""
        wanted = self._one_layout if self._mode == "one" else self.card.viewer_place
        if wanted.indexOf(self.viewer) < 0:
            wanted.addWidget(self.viewer, 1)
        self.card.prompts.setVisible(self._mode == "one")

    def _show_chrome(self) -> None:
        epochs = self._epochs
        if epochs is not None and epochs.picked is not None:
            self.export_button.unblock()
        else:
            self.export_button.block(self.tr("Pick the epoch that looks right"))  # as the bar says, and how
        key = (self._has_samples, self.bottom_state(), self._refusal(), self._run.kind if self._run else None)
        if key != self._chrome_key:
            self._chrome_key = key
            self._pages.show_only(self._content if self._has_samples else self.empty)
            self._show_drawing()
            self.chrome_changed.emit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit_side(self._columns_box.direction() == QBoxLayout.Direction.TopToBottom)

    def _fit_side(self, is_stacked: bool) -> None:
        """The pictures at the side are as wide as they are high, so a large window gives them more width."""
        scaled = tokens.current().scaled
        wide = min(scaled(WIDE_SIDE_PX), max(scaled(SIDE_PX), round(SIDE_SHARE * self.width())))
        side = 0 if is_stacked else scaled(NARROW_SIDE_PX) if self.is_narrow else wide
        self.card.setMinimumWidth(side)
        self.card.setMaximumWidth(side or 16_777_215)

    def _fold(self) -> None:
        current = tokens.current()
        is_stacked = self.is_narrow and current.text_scale > 1.2
        directions = QBoxLayout.Direction
        self._columns_box.setDirection(directions.TopToBottom if is_stacked else directions.LeftToRight)
        self._tools.setDirection(directions.TopToBottom if self.is_narrow else directions.LeftToRight)
        self._fit_side(is_stacked)
        self.card.set_narrow(self.is_narrow)
        self._grid_card.setMinimumHeight(current.scaled(300))

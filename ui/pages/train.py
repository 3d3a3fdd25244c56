"""Train: one run as it goes, followed through its folder and steered."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from PySide6.QtCore import QDateTime, QLocale, QTimer
from PySide6.QtWidgets import QBoxLayout, QVBoxLayout, QWidget

from lora_studio.errors import StudioError
from lora_studio.hardware.probe import MIB, GraphicsCard
from lora_studio.jobs.supervisor import console_tail
from lora_studio.runs.leaner import can_go_on_leaner
from lora_studio.runs.timings import find_timing
from ui.models.library_words import family_word, kind_word
from ui.models.messages import GB, Message, MessageButton, message, message_for
from ui.models.run import Failure, LogLine, RunModel
from ui.models.verdicts import times_slower
from ui.pages.run_choice import RunChoice
from ui.pages.train_cards import FinishCard, HappenedCard, LogSheet, LossCard, ProgressCard, SamplesCard
from ui.theme import tokens
from ui.widgets.banner import BannerKind
from ui.widgets.buttons import Button
from ui.widgets.chip import Chip, ChipKind
from ui.widgets.empty_state import EmptyState
from ui.widgets.message_card import MessageCard
from ui.widgets.one_of import OneOf
from ui.widgets.page import BottomState, Context, Page
from ui.work import tasks

SIDE_PX, NARROW_SIDE_PX = 380, 320
CONSOLE_LINES = 400
LEAST_DISK_MIB = 1024
TICK_MS = 1000  # ages and the time left grow although nothing is told
_CHIPS: dict[str, ChipKind] = {
    "done": "ok",
    "stopped": "ok",
    "failed": "err",
    "crashed": "err",
    "recovered": "warn",
    "waiting": "warn",
    "not_answering": "warn",
}


class TrainPage(Page):
    """Shows the workspace's run in every state it can have."""

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._run: RunModel | None = None
        self._planned_step_s: float | None = None
        self._notice_key: tuple[object, ...] = ()
        self._chrome_key: tuple[object, ...] = ()
        self._notice: MessageCard | None = None
        self._left_slow: RunModel | None = None
        self._is_shown = False
        self._make_buttons()
        self._build()
        self._ticker = QTimer(self, interval=TICK_MS)
        self._ticker.timeout.connect(self._show_state)
        workspace = context.workspace
        workspace.run_changed.connect(self._take_run)
        workspace.project_changed.connect(self.chrome_changed)
        workspace.hardware_changed.connect(self._show_state)
        self.narrowness_changed.connect(self._fold)
        self._take_run()

    def _make_buttons(self) -> None:
        self.runs = RunChoice(self.context.workspace)
        self.state_chip = Chip("", "info")
        self.recipe_button = Button(self.tr("Go to Recipe"), "primary", trailing_icon="arrow_right")
        self.recipe_button.clicked.connect(lambda: self.place_wanted.emit("recipe"))
        self.compare_button = Button(self.tr("Compare epochs"), "primary", "compare")
        self.look_button = Button(self.tr("Compare epochs"), "secondary", "compare")
        for button in (self.compare_button, self.look_button):
            button.clicked.connect(lambda: self.place_wanted.emit("compare"))
        self.pause_button = Button(self.tr("Pause"), "secondary", "pause")
        self.stop_button = Button(self.tr("Stop and keep"), "danger", "stop")
        self.resume_button = Button(self.tr("Resume"), "primary", "play")
        self.go_on_button = Button(self.tr("Resume"), "secondary", "play")
        self.force_button = Button(self.tr("Stop now"), "danger", "stop")
        self.restart_button = Button("", "primary", "refresh")
        actions: tuple[tuple[Button, Callable[[RunModel], None]], ...] = (
            (self.pause_button, RunModel.pause),
            (self.stop_button, RunModel.stop_and_keep),
            (self.resume_button, RunModel.resume),
            (self.go_on_button, RunModel.resume),
            (self.force_button, RunModel.force_stop),
            (self.restart_button, RunModel.restart),
        )
        for button, act in actions:
            button.clicked.connect(lambda _checked=False, act=act: self._steer(act))

        recipe = self._go_to_recipe
        self._actions: dict[str, Callable[[], object]] = {
            "resume": lambda: self._steer(RunModel.resume),
            "try_again": lambda: self._steer(RunModel.resume),
            "pause": lambda: self._steer(RunModel.pause),
            "use_what_is_left": lambda: self._steer(RunModel.go_on_with_what_is_left),
            "use_less_memory": self._use_less_memory,
            "half_rate": self._halve_the_rate,
            "keep_epoch": lambda: self.place_wanted.emit("compare"),
            "check_again": self.context.workspace.probe_hardware,
            "leave_it": self._leave_slow,
            "free_space": lambda: self.place_wanted.emit("library"),
            "save_report": self.report_wanted.emit,
            "show_pictures": lambda: self.place_wanted.emit("images"),
            "show_in_folder": lambda: self._steer(lambda run: self.show_folder(run.run.path)),
            **dict.fromkeys(("see_options", "go_to_recipe", "choose_base", "start_new_run"), recipe),
        }

    def _build(self) -> None:
        gap = tokens.current().sizes.gap16
        self._pages = OneOf(self)
        self.body.addWidget(self._pages, 1)
        self.empty = EmptyState(
            "train",
            self.tr("No training in this project"),
            self.tr("Once you start one, its samples and progress are shown here."),
        )
        self._pages.add(self.empty)
        content = self._content = QWidget(self._pages)
        column = QVBoxLayout(content)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(gap)
        self._notice_place = QVBoxLayout()
        column.addLayout(self._notice_place)
        self.progress = ProgressCard()
        column.addWidget(self.progress)
        self._columns = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._columns.setSpacing(gap)
        column.addLayout(self._columns, 1)
        self.samples = SamplesCard(self.context.store)
        self.samples.draw_button.clicked.connect(lambda: self._steer(RunModel.draw_now))
        self.samples.sample_opened.connect(lambda _shot: self.place_wanted.emit("compare"))
        self._columns.addWidget(self.samples, 1)
        self._side = QWidget(content)
        side = QVBoxLayout(self._side)
        side.setContentsMargins(0, 0, 0, 0)
        side.setSpacing(gap)
        self.loss = LossCard()
        self.happened = HappenedCard()
        self.happened.full_log_wanted.connect(self._read_log)
        self.finish = FinishCard(self.context.settings, self.context.after)
        side.addWidget(self.loss, 1)
        side.addWidget(self.happened)
        side.addWidget(self.finish)
        self._columns.addWidget(self._side)
        self._pages.add(content)
        tokens.changed.connect(self._fold)
        self._fold()

    # ── The window's part ─────────────────────────────────────────────────────────────────────────────────

    def title(self) -> str:
        return self.tr("Train")

    def subtitle(self) -> str:
        facts = self._run.facts if self._run is not None else None
        if facts is None:
            return ""
        config = facts.config
        return "  ·  ".join((config.name, kind_word(config.kind), family_word(config.base.family)))

    def header_actions(self) -> list[QWidget]:
        if self._run is None:
            return []
        return [self.runs, self.state_chip] if self.runs.has_choice else [self.state_chip]

    def bottom_state(self) -> BottomState | None:
        run = self._run
        if run is None or run.facts is None:
            return None
        match run.kind:
            case "preparing" | "running" | "sampling":
                return self._window_state()
            case "waiting":
                body = self.tr("Everything is saved. Training goes on by itself when the computer is plugged in.")
                return BottomState(run.headline, body, "info")
            case "not_answering":
                body = self.tr("It may be busy. What was saved is safe.")
                return BottomState(self.tr("The trainer does not answer"), body, "warn")
            case "pausing":
                return BottomState(run.headline, self.tr("This takes a few seconds, 30 at the most."), "busy")
            case "draft":
                return BottomState(self.tr("Training has not started"), self.tr("Everything for it is ready."), "info")
            case "paused":
                freed = self.tr("The memory of the graphics card is free. Go on whenever you like.")
                saved = self.tr("Everything is saved. Go on whenever you like.")
                body = saved if run.device.startswith("cpu") else freed
                return BottomState(run.headline, body, "info")
            case "done" | "stopped":
                body = self.tr("Compare the epochs and pick the one that looks right.")
                return BottomState(run.headline, body, "ok")
            case "recovered":
                body = self.tr("Resume goes on from there.")
                return BottomState(self.tr("Training can go on"), body, "warn")
            case _:
                body = self.tr("What was saved before is safe. Your recipe is as it was.")
                return BottomState(self.tr("Training has stopped"), body, "err")

    def bottom_actions(self) -> list[Button]:
        run = self._run
        if run is not None and run.facts is None:  # not looked at yet
            return []
        if run is None:
            return [self.recipe_button] if self.context.project is not None else []
        match run.kind:
            case "preparing" | "running" | "sampling" | "waiting":
                return [self.stop_button, self.pause_button, self.compare_button]
            case "pausing" | "not_answering" if run.can_force_stop and self._safe_step is not None:
                return [self.force_button, self.look_button, self.restart_button]
            case "pausing" | "not_answering" if run.can_force_stop:
                return [self.force_button]
            case "pausing" | "not_answering":
                return [self.stop_button, self.pause_button, self.compare_button]
            case "done":
                return [self.compare_button]
            case "stopped":
                return [self.go_on_button, self.compare_button]
            case _:
                return [self.look_button, self.resume_button] if run.sampled_epochs else [self.resume_button]

    def help(self) -> str:
        return self.tr(
            "Training goes on by itself, also when this window is closed. Pause frees the graphics card and can be "
            "taken back at any time. Stop and keep ends the run; every finished epoch stays. The samples say more "
            "than the loss."
        )

    def shown(self) -> None:
        self._is_shown = True
        self._ticker.start()
        if self._run is not None:
            self._run.set_visible(True)
        self._show_all()

    def hidden(self) -> None:
        self._is_shown = False
        self._ticker.stop()
        if self._run is not None:
            self._run.set_visible(False)

    def _window_state(self) -> BottomState:
        if self.context.settings.values.keep_training_when_closed:
            body = self.tr("Training carries on by itself. Open the app again to see it.")
            return BottomState(self.tr("You can close this window"), body, "lock")
        body = self.tr("It saves first and can go on later. Settings can change that.")
        return BottomState(self.tr("Closing this window pauses training"), body, "info")

    # ── The run ───────────────────────────────────────────────────────────────────────────────────────────

    def _take_run(self) -> None:
        """Show the workspace's run from now on. The one before belongs to the workspace, which ends it."""
        self._run = self.context.workspace.run
        self._planned_step_s = None
        run = self._run
        if run is not None:
            run.changed.connect(self._show_state)
            run.loss_changed.connect(self._show_loss)
            run.samples_changed.connect(self._show_samples)
            run.log_changed.connect(self._show_log)
            run.set_visible(self._is_shown)
        self._show_all()

    def _show_all(self) -> None:
        self._pages.show_only(self.empty if self._run is None else self._content)
        self._show_state()
        self._show_loss()
        self._show_samples()
        self._show_log()

    def _show_state(self) -> None:
        run = self._run
        if run is not None:
            self.progress.show_run(run, self._card())
            self.samples.show_run(run)
            self._show_buttons(run)
            self._show_notice(run)
            self._ask_for_planned_speed(run)
        key = (
            (
                run,
                self.runs.has_choice,
                run.facts is None,
                run.kind,
                run.word,
                run.can_pause,
                run.can_force_stop,
                bool(run.sampled_epochs),
            )
            if run
            else ()
        )
        words = (self.subtitle(), self.bottom_state())
        if (*key, *words) != self._chrome_key:
            self._chrome_key = (*key, *words)
            self.chrome_changed.emit()

    def _show_buttons(self, run: RunModel) -> None:
        self.state_chip.set_state(run.word, _CHIPS.get(run.kind, "info"))
        for button in (self.pause_button, self.stop_button):
            button.unblock() if run.can_pause else button.block(self.tr("It has been asked to stop already"))
        self.pause_button.set_busy(run.state.asked == "pause")
        self.stop_button.set_busy(run.state.asked == "stop")
        for button in (self.compare_button, self.look_button):
            has_epoch = any(run.sampled_epochs)  # epoch 0 is the base model alone
            waits = self.tr("Epochs can be compared once the first is finished.")
            button.unblock() if has_epoch else button.block(waits)
        self.resume_button.setText(self.tr("Start training") if run.kind == "draft" else self.tr("Resume"))
        if self._safe_step is not None:
            safe = QLocale().toString(self._safe_step)
            self.restart_button.setText(self.tr("Stop and resume from step {step}").format(step=safe))

    def _show_loss(self) -> None:
        if self._run is not None:
            self.loss.show_run(self._run)

    def _show_samples(self) -> None:
        if self._run is not None:
            self.samples.show_run(self._run)

    def _show_log(self) -> None:
        self.happened.show_lines(self._run.log if self._run is not None else [])

    @property
    def _safe_step(self) -> int | None:
        return self._run.state.checkpoint_step if self._run is not None else None

    @property
    def _can_go_on_leaner(self) -> bool:
        return self._run is not None and can_go_on_leaner(self._run.state)

    def _steer(self, act: Callable[[RunModel], None]) -> None:
        if self._run is not None:
            act(self._run)

    def _card(self) -> GraphicsCard | None:
        hardware = self.context.workspace.hardware
        chosen = self.context.settings.values.graphics_card
        cards = hardware.cards if hardware is not None else ()
        return next((card for card in cards if chosen is None or card.index == chosen), None)

    # ── What needs attention ──────────────────────────────────────────────────────────────────────────────

    def _show_notice(self, run: RunModel) -> None:
        key, make = self._wanted_notice(run)
        if key == self._notice_key:
            return
        self._notice_key = key
        if self._notice is not None:
            self._notice.hide()
            self._notice.deleteLater()
        self._notice = make() if make is not None else None
        if self._notice is not None:
            self._notice_place.addWidget(self._notice)
            self._notice.banner.speak()

    def _wanted_notice(self, run: RunModel) -> tuple[tuple[object, ...], Callable[[], MessageCard] | None]:
        """What it is about, and how to make its card; nothing while all is well."""
        failure = run.failure
        if failure is not None and run.kind in ("failed", "crashed"):
            return (run, failure), lambda: self._card_of(self._failure_message(run, failure), "err")
        if not run.state.is_alive:
            return (), None
        hardware = self.context.workspace.hardware
        free_mib = hardware.disk_free_mib if hardware is not None else None
        if free_mib is not None and free_mib < LEAST_DISK_MIB:
            free = QLocale().toString(free_mib * MIB / GB, "f", 1)
            return (run, "disk", free), lambda: self._card_of(self._disk_message(free), "warn")
        slower = times_slower(run.seconds_per_step, self._planned_step_s)
        if slower is not None and run.kind == "running" and run is not self._left_slow:
            return (run, "slow", slower), lambda: self._card_of(message("E20", times=slower), "warn")
        return (), None

    def _failure_message(self, run: RunModel, failure: Failure) -> Message:
        error = StudioError(failure.code, failure.sentence, failure.detail, failure.hint)
        facts = {"step": run.step, "saved": self._safe_step, "epoch": max(run.epoch_ends, default=None)}
        return message_for(error, **{name: value for name, value in facts.items() if value is not None})

    def _disk_message(self, free_gb: str) -> Message:
        title = self.tr("The disk is almost full: {free} GB left.").format(free=free_gb)
        body = self.tr("Training stops when nothing more can be saved. What was saved before is safe.")
        buttons = (MessageButton("pause", self.tr("Pause")), MessageButton("check_again", self.tr("Check again")))
        return Message("disk_low", title, body, buttons)

    def _card_of(self, said: Message, kind: BannerKind) -> MessageCard:
        own_words = {"half_rate": self.tr("Start again at half the rate")}
        if not self._can_go_on_leaner:
            own_words["use_less_memory"] = self.tr("Use less memory in the recipe")
        buttons = tuple(
            MessageButton(button.action, own_words.get(button.action, button.words))
            for button in said.only(self._actions).buttons
        )
        card = MessageCard(replace(said, buttons=buttons), kind)
        card.action_chosen.connect(lambda action: self._actions[action]())
        return card

    def _use_less_memory(self) -> None:
        """The run goes on from its save point; without one, the budget's best way goes into the recipe of a new run."""
        if self._can_go_on_leaner:
            values, hardware = self.context.settings.values, self.context.workspace.hardware
            kept_free_bytes = values.memory_kept_free_mib * MIB
            self._steer(lambda run: run.go_on_leaner(hardware, kept_free_bytes, values.graphics_card))
            return
        budget = self.context.workspace.budget
        if budget is not None and budget.fixes:
            self.context.workspace.fix(budget.fixes[0])
        self._go_to_recipe()

    def _halve_the_rate(self) -> None:
        project, facts = self.context.project, self._run.facts if self._run is not None else None
        if project is not None and facts is not None:
            halved = {"optimizer.learning_rate": facts.config.optimizer.learning_rate / 2}
            self.context.workspace.change(settings={**project.data.settings, **halved})
        self._go_to_recipe()

    def _go_to_recipe(self) -> None:
        self.place_wanted.emit("recipe")

    def _leave_slow(self) -> None:
        self._left_slow = self._run
        self._show_state()

    def _ask_for_planned_speed(self, run: RunModel) -> None:
        """What a step took in an earlier run with these settings on this card; asked once for each run."""
        if self._planned_step_s is not None or run.facts is None or not run.device:
            return
        self._planned_step_s = 0.0
        config, device = run.facts.config, "cpu" if run.device.startswith("cpu") else run.device
        tasks.run(
            lambda _: find_timing(config, device),
            lambda found: self._take_planned_speed(run, found.step_s if found is not None else 0.0),
            owner=self,
        )

    def _take_planned_speed(self, run: RunModel, step_s: float) -> None:
        if run is self._run:
            self._planned_step_s = step_s

    # ── The log ───────────────────────────────────────────────────────────────────────────────────────────

    def _read_log(self) -> None:
        run = self._run
        if run is not None:
            lines = run.log
            tasks.run(
                lambda _: console_tail(run.run, CONSOLE_LINES), lambda tail: self._open_log(lines, tail), owner=self
            )

    def _open_log(self, lines: list[LogLine], console: tuple[str, ...]) -> None:
        told = [f"{_stamp(line.at)}  {line.text}" for line in reversed(lines)]
        parts = ["\n".join(told)] if told else []
        if console:
            parts.append(self.tr("What the trainer printed") + "\n" + "\n".join(console))
        sheet = LogSheet(self.window(), "\n\n".join(parts) or self.tr("Nothing yet."))
        sheet.closed.connect(sheet.deleteLater)
        sheet.open_sheet()

    def _fold(self) -> None:
        """A narrow side where there is little width; under it, when the text is large too."""
        current = tokens.current()
        is_stacked = self.is_narrow and current.text_scale > 1.2
        directions = QBoxLayout.Direction
        self._columns.setDirection(directions.TopToBottom if is_stacked else directions.LeftToRight)
        self._side.setMinimumWidth(0 if is_stacked else current.scaled(NARROW_SIDE_PX if self.is_narrow else SIDE_PX))
        self._side.setMaximumWidth(16_777_215 if is_stacked else self._side.minimumWidth())
        self.progress.set_stacked(self.is_narrow)


def _stamp(at: float) -> str:
    return QLocale().toString(QDateTime.fromSecsSinceEpoch(int(at)), QLocale.FormatType.ShortFormat)

"""The cards of the Train page."""

from __future__ import annotations

from datetime import datetime

from PySide6.QtCore import QLocale, Qt, Signal
from PySide6.QtWidgets import (
    QBoxLayout,
    QCheckBox,
    QHBoxLayout,
    QPlainTextEdit,
    QProgressBar,
    QSizePolicy,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from lora_studio.hardware.probe import GraphicsCard
from ui.models import queue_after
from ui.models.queue_after import AfterQueueModel
from ui.models.run import LogLine as RunLine
from ui.models.run import RunModel
from ui.models.run_record import SampleShot
from ui.models.settings import SettingsModel
from ui.models.verdicts import judge_loss
from ui.theme import motion, tokens
from ui.widgets.buttons import Button
from ui.widgets.card import Card
from ui.widgets.chip import Chip
from ui.widgets.epoch_bar import EpochBar
from ui.widgets.epoch_strip import EpochStrip, EpochThumb
from ui.widgets.flow_layout import FlowLayout
from ui.widgets.icon_label import IconLabel
from ui.widgets.labels import ElidedLabel, Label, as_tooltip
from ui.widgets.log_line import LogKind, LogLine
from ui.widgets.loss_chart import LossChart
from ui.widgets.picture_samples import SamplesView
from ui.widgets.picture_store import PictureStore
from ui.widgets.sheet import Sheet

MIB_PER_GB = 1024
LINES_SHOWN = 3
LINE_PX = 22
JUDGE_EVERY_STEPS = 10  # a run is looked at ten times a second


class Fact(QWidget):
    """A number of the run with its name over it; hidden while it is not known."""

    def __init__(self, icon: str, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._name = name
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(tokens.current().sizes.gap12)
        layout.addWidget(IconLabel(icon, "text2", 18))
        words = QVBoxLayout()
        words.setSpacing(2)
        self.name_label = Label(name, "small", "muted")
        self.value_label = Label("", "strong", tabular=True)
        words.addWidget(self.name_label)
        words.addWidget(self.value_label)
        layout.addLayout(words)
        self.hide()

    def show_value(self, value: str, name: str = "") -> None:
        """Show a value; an empty one hides the fact."""
        shown_name = name or self._name
        self.name_label.setText(shown_name)
        self.value_label.setText(value)
        self.setAccessibleName(f"{shown_name}: {value}")
        self.setVisible(bool(value))


class ProgressCard(Card):
    """Where the run is: time left, epochs, speed, memory, the last save."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(large=True, parent=parent)
        sizes = tokens.current().sizes
        self._is_stacked = False
        self._head = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._head.setSpacing(sizes.gap12)
        words = QVBoxLayout()
        words.setSpacing(sizes.gap4)
        self.headline = Label("", "display", wrap=True)
        self.detail = Label("", "body", "text2", wrap=True, tabular=True)
        words.addWidget(self.headline)
        words.addWidget(self.detail)
        self._head.addLayout(words, 1)
        facts_box = QWidget(self)
        facts = FlowLayout(facts_box, sizes.gap24)
        self.speed = Fact("speed", self.tr("Speed"))
        self.memory = Fact("gpu", self.tr("GPU memory"))
        self.temperature = Fact("thermometer", self.tr("Temperature"))
        self.saved = Fact("save", self.tr("Last saved"))
        for fact in (self.speed, self.memory, self.temperature, self.saved):
            facts.addWidget(fact)
        self.saved.value_label.set_tone("ok")
        self._head.addWidget(facts_box, 0, Qt.AlignmentFlag.AlignVCenter)
        self.body.addLayout(self._head)
        self.body.setSpacing(sizes.gap12)
        self.epochs = EpochBar(self.tr("Training progress"))
        self.preparing = QProgressBar()
        self.preparing.setAccessibleName(self.tr("Preparing"))
        self.preparing.setTextVisible(False)
        bars = QStackedWidget(self)  # as high as the higher of the two: the card does not jump from one to the other
        for bar in (self.epochs, self.preparing):
            bars.addWidget(bar)
        self.body.addWidget(bars)
        self._bars = bars

    def show_run(self, run: RunModel, card: GraphicsCard | None) -> None:
        """Show a run as it is now; `card` is the graphics card in use, None without one."""
        has_ended_badly = run.kind in ("failed", "crashed")
        stopped = self.tr("Stopped at step {step}").format(step=QLocale().toString(run.step))
        self.headline.setText(stopped if has_ended_badly else run.headline)
        where = self.tr("Epoch {epoch} of {epochs}").format(epoch=run.epoch, epochs=run.epochs) if run.epoch else ""
        self.detail.setText(where if has_ended_badly else run.detail)
        self.detail.setVisible(bool(self.detail.text()))
        is_preparing = run.kind == "preparing"
        self._bars.setCurrentWidget(self.preparing if is_preparing else self.epochs)
        self._bars.setVisible(is_preparing or run.epochs > 0)
        # A bar without an end moves to and fro; where nothing may move it stands empty.
        self.preparing.setRange(0, run.state.phase_total if run.state.phase_total > 1 else int(motion.is_reduced()))
        self.preparing.setValue(run.state.phase_done)
        self.epochs.set_progress(max(0, run.epoch - 1) + run.epoch_share, run.epochs or 1)
        self._show_facts(run, card)

    def set_stacked(self, is_stacked: bool) -> None:
        """Facts under the words instead of beside them, where there is little width."""
        directions = QBoxLayout.Direction
        self._head.setDirection(directions.TopToBottom if is_stacked else directions.LeftToRight)

    def _show_facts(self, run: RunModel, card: GraphicsCard | None) -> None:
        locale = QLocale()
        lives = run.state.is_alive
        pace = run.seconds_per_step if lives else None
        speed = self.tr("{seconds} s per step").format(seconds=locale.toString(pace, "f", 2)) if pace else ""
        self.speed.show_value(speed)
        self.saved.show_value(run.saved_sentence if lives and run.saved_age_s is not None else "")
        degrees = card.temperature_c if card is not None and lives and not run.device.startswith("cpu") else None
        self.temperature.show_value("" if degrees is None else self.tr("{degrees} °C").format(degrees=degrees))
        if not lives or run.memory_mib is None:
            self.memory.show_value("")
        elif card is None or run.device.startswith("cpu"):
            used = locale.toString(run.memory_mib / MIB_PER_GB, "f", 1)
            self.memory.show_value(self.tr("{used} GB").format(used=used), self.tr("Memory"))
        else:
            used = locale.toString((card.total_mib - card.free_mib) / MIB_PER_GB, "f", 1)
            total = locale.toString(card.total_mib / MIB_PER_GB, "f", 1)
            self.memory.show_value(self.tr("{used} of {total} GB").format(used=used, total=total))


class SamplesCard(Card):
    """The samples of one epoch, and a strip of all epochs that follows the newest until another is chosen."""

    sample_opened = Signal(object)  # SampleShot

    def __init__(self, store: PictureStore, parent: QWidget | None = None) -> None:
        super().__init__(self.tr("Samples"), large=True, parent=parent)
        self._run: RunModel | None = None
        self._shown: tuple[object, ...] = ()
        self.header.removeWidget(self.note_label)
        self.epoch_chip = Chip("", "info")
        self.header.insertWidget(1, self.epoch_chip)
        self.next_label = ElidedLabel("", "small", "muted")
        self.draw_button = Button(self.tr("Draw now"), "secondary", "wand", small=True)
        self.add_to_header(self.next_label)
        self.add_to_header(self.draw_button)
        self.samples = SamplesView(store)
        self.samples.setMinimumHeight(tokens.current().scaled(200))
        self.samples.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Ignored)
        self.samples.sample_opened.connect(self.sample_opened)
        self.waiting_label = Label("", "body", "muted", wrap=True)
        self.waiting_label.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.waiting_label.setMinimumHeight(tokens.current().scaled(200))
        self.strip = EpochStrip(store)
        self.strip.epoch_selected.connect(lambda _epoch: self._show_epoch())
        self.body.addWidget(self.samples, 1)
        self.body.addWidget(self.waiting_label, 1)
        self.body.addWidget(self.strip)

    def show_run(self, run: RunModel) -> None:
        """Show a run as it is now; cheap when nothing is new."""
        self._run = run
        epochs = run.sampled_epochs
        next_s = run.next_samples_s
        thumbs = [
            EpochThumb(epoch, shots[0].path, shots[0].version) for epoch in epochs if (shots := run.samples(epoch))
        ]
        next_words = self._short_time(next_s)
        count = sum(len(run.samples(epoch)) for epoch in epochs)
        shown = (run, tuple(thumbs), next_words, count, run.facts is None, run.state.is_alive)
        if shown != self._shown:
            self._shown = shown
            self.strip.show_epochs(thumbs, next_words)
            self._show_epoch()
        if self.is_waiting:
            self.next_label.setText(self.tr("The first samples are drawn before the first step."))
        else:
            self.next_label.setText(self._next_sentence(next_s))
        self.draw_button.setVisible(run.kind == "running" and bool(self._prompts()))

    @property
    def is_waiting(self) -> bool:
        """Samples will come, and none is there yet: their places are shown."""
        return self.strip.epoch is None and bool(self._prompts()) and self._run is not None and self._run.state.is_alive

    def select_epoch(self, epoch: int) -> None:
        self.strip.select_epoch(epoch)

    def shown_shots(self) -> list[SampleShot]:
        """The samples in view."""
        epoch = self.strip.epoch
        return self._run.samples(epoch) if self._run is not None and epoch is not None else []

    def _prompts(self) -> tuple[str, ...]:
        facts = self._run.facts if self._run is not None else None
        return facts.config.preview.prompts if facts is not None and facts.config.preview.enabled else ()

    def _show_epoch(self) -> None:
        epoch, prompts = self.strip.epoch, self._prompts()
        has_samples = epoch is not None
        self.samples.setVisible(has_samples or self.is_waiting)
        self.strip.setVisible(has_samples)
        self.epoch_chip.setVisible(has_samples)
        self.waiting_label.setVisible(not has_samples and not self.is_waiting)
        draws_none = self._run is not None and self._run.facts is not None and not prompts
        self.waiting_label.setText(
            self.tr("This training draws no samples.") if draws_none else self.tr("No samples yet.")
        )
        if epoch is None:
            self.samples.show_samples([], prompts)
            return
        words = (
            self.tr("Epoch {epoch}").format(epoch=QLocale().toString(epoch)) if epoch else self.tr("Before training")
        )
        self.epoch_chip.set_state(words, "info")
        self.samples.show_samples(self.shown_shots(), prompts)

    def _next_sentence(self, next_s: float | None) -> str:
        if next_s is None:
            return ""
        if next_s < 60:
            return self.tr("Next ones in under a minute")
        return self.tr("Next ones in about %n minute(s)", "", round(next_s / 60))

    def _short_time(self, next_s: float | None) -> str | None:
        if next_s is None:
            return None
        if next_s < 60:
            return self.tr("soon")
        return self.tr("{minutes} min").format(minutes=QLocale().toString(round(next_s / 60)))


class SideCard(Card):
    """As wide inside as the large cards beside it, so that all begin on one line, and as low as a small one."""

    def __init__(self, title: str, *, large: bool, parent: QWidget | None = None) -> None:
        super().__init__(title, large=large, parent=parent)
        sizes = tokens.current().sizes
        across, down = sizes.card_padding_large, sizes.card_padding
        layout = self.layout()
        assert layout is not None
        layout.setContentsMargins(across, down, across, down)


class LossCard(SideCard):
    """The loss as a line or a table, and a verdict when its rule holds."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(self.tr("Loss"), large=True, parent=parent)
        self._judged: tuple[RunModel, int] | None = None
        self.verdict = Chip("", "ok")
        self.verdict.hide()
        self.add_to_header(self.verdict)
        self.table_button = Button("", "ghost", "list", small=True)
        self.table_button.setCheckable(True)
        self.table_button.toggled.connect(self._show_table)
        self.add_to_header(self.table_button)
        self.chart = LossChart()
        self.chart.setMinimumHeight(tokens.current().scaled(72))
        self.chart.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Ignored)  # it takes what is left
        self.body.addWidget(self.chart, 1)
        self.body.addWidget(ElidedLabel(self.tr("A rough guide. Trust the pictures."), "small", "muted"))
        self._show_table(is_table=False)

    def show_run(self, run: RunModel) -> None:
        """Show the losses of a run as they are now."""
        self.chart.show_loss(run.loss, run.epoch_ends, run.steps, run.epochs)
        count = len(run.loss)
        if self._judged is None or self._judged[0] is not run or abs(count - self._judged[1]) >= JUDGE_EVERY_STEPS:
            self._judged = (run, count)
            self._judge(run)

    def _judge(self, run: RunModel) -> None:
        loss = run.loss
        found = judge_loss(loss.raw, loss.smoothed, run.steps or 0, run.steps_per_epoch or 0)
        self.verdict.setVisible(found is not None)
        if found == "steady":
            self.verdict.set_state(self.tr("Learning steadily"), "ok")
        elif found == "bouncing":
            self.verdict.set_state(self.tr("Bouncing"), "warn")

    def _show_table(self, is_table: bool) -> None:
        self.chart.show_table(is_table)
        words = self.tr("As a line") if is_table else self.tr("As a table")
        self.table_button.set_icon_name("train" if is_table else "list")
        self.table_button.setAccessibleName(words)
        self.table_button.setToolTip(as_tooltip(words))


class HappenedCard(SideCard):
    """The newest lines of the log."""

    full_log_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(self.tr("What happened"), large=True, parent=parent)
        self.log_button = Button(self.tr("Full log"), "ghost", "text", small=True)
        self.log_button.clicked.connect(self.full_log_wanted)
        self.title_label.setWordWrap(True)
        self.add_to_header(self.log_button)
        holder = QWidget(self)
        holder.setMinimumHeight(tokens.current().scaled(LINES_SHOWN * LINE_PX))  # it does not grow line by line
        self._lines = QVBoxLayout(holder)
        self._lines.setContentsMargins(0, 0, 0, 0)
        self._lines.setSpacing(tokens.current().sizes.gap8)
        self._lines.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.body.addWidget(holder)
        self._nothing = Label(self.tr("Nothing yet."), "small", "muted")
        self.body.addWidget(self._nothing)

    def show_lines(self, lines: list[RunLine]) -> None:
        """Show the newest of these, which are ordered newest first."""
        while (item := self._lines.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        for line in lines[:LINES_SHOWN]:
            self._lines.addWidget(LogLine(datetime.fromtimestamp(line.at), line.text, log_kind(line)))
        self._nothing.setVisible(not lines)


class FinishCard(SideCard):
    """What happens when the run ends: a notification, kept in the settings at once, and sleep, for this time only."""

    def __init__(self, settings: SettingsModel, after: AfterQueueModel, parent: QWidget | None = None) -> None:
        super().__init__(self.tr("When it finishes"), large=False, parent=parent)
        self._settings = settings
        self._after = after
        self.notice = QCheckBox(self.tr("Show a notification"))
        self.notice.clicked.connect(lambda is_on: settings.set("notify_done", is_on))
        self.sleep = QCheckBox(self.tr("Sleep afterwards"))
        told = self.tr("The computer goes to sleep, with a minute to call it off. Only while LoRA Studio is open.")
        self.sleep.setToolTip(as_tooltip(told))
        self.sleep.setAccessibleDescription(told)
        self.sleep.clicked.connect(lambda is_on: after.choose("sleep" if is_on else "nothing"))
        switches = QWidget(self)
        flow = FlowLayout(switches, tokens.current().sizes.gap16)
        flow.addWidget(self.notice)
        if queue_after.command_for("sleep") is not None:
            flow.addWidget(self.sleep)
        else:
            self.sleep.setParent(self)
            self.sleep.hide()
        self.body.addWidget(switches)
        settings.changed.connect(lambda _field: self._refresh())
        after.changed.connect(self._refresh)
        self._refresh()

    def _refresh(self) -> None:
        self.notice.setChecked(self._settings.values.notify_done)
        self.sleep.setChecked(self._after.wish == "sleep")


class LogSheet(Sheet):
    """Everything that was told, and what the trainer printed."""

    def __init__(self, area: QWidget, text: str) -> None:
        super().__init__(area, self.tr("Full log"), width_px=820)
        view = QPlainTextEdit(text)
        view.setReadOnly(True)
        view.setAccessibleName(self.tr("Full log"))
        view.setMinimumHeight(tokens.current().scaled(420))
        self.body.addWidget(view)
        self.view = view


def log_kind(line: RunLine) -> LogKind:
    """The look of a line of a run's log."""
    if line.tone == "ok":
        return "saved" if line.icon == "save" else "ok"
    kinds: dict[str, LogKind] = {"warn": "warn", "err": "err"}
    return kinds.get(line.tone, "info")

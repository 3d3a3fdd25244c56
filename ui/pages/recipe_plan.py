"""The plan card: what this recipe will cost on this computer, whether it fits, and why it was chosen so."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from lora_studio.hardware.budget import Budget, Fix, Reason
from ui.models import recipe_plan
from ui.models.engine_words import engine_words
from ui.models.messages import Message
from ui.models.recipe import PlanState, RecipeModel
from ui.models.recipe_plan import Line, MemoryWords
from ui.theme import tokens
from ui.widgets.buttons import Button
from ui.widgets.card import Card, FoldButton
from ui.widgets.chip import Chip, ChipKind
from ui.widgets.flow_layout import FlowLayout
from ui.widgets.icon_label import IconLabel
from ui.widgets.labels import ElidedLabel, Label, as_tooltip, hairline
from ui.widgets.memory_bar import MemoryBar, MemoryPart
from ui.widgets.message_card import MessageCard
from ui.widgets.skeleton import Skeleton

SAID_ELSEWHERE = ("E07", "running")  # under the memory, and by the chip and the bottom bar


class FigureLine(QWidget):
    """An icon, what it is about, the figure, and what the figure means."""

    def __init__(self, icon: str, chip: Chip | None = None, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        sizes = tokens.current().sizes
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(sizes.gap12)
        layout.addWidget(IconLabel(icon, "accent", 20), 0, Qt.AlignmentFlag.AlignVCenter)
        words = QVBoxLayout()
        words.setSpacing(2)
        self.about = Label("", "small", "text2", wrap=True)
        self.figure = Label("", "title", wrap=True, tabular=True)
        self.note = Label("", "small", "text2", wrap=True)
        head = QHBoxLayout()
        head.addWidget(self.about, 1)
        if chip is not None:
            head.addWidget(chip)
        words.addLayout(head)
        words.addWidget(self.figure)
        words.addWidget(self.note)
        layout.addLayout(words, 1)

    def show_line(self, line: Line) -> None:
        self.about.setText(line.about)
        self.figure.setText(line.figure)
        self.note.setText(line.note)
        self.note.setVisible(bool(line.note))
        self.setToolTip(as_tooltip(line.more))
        self.figure.setAccessibleDescription(line.more)


class FixRow(QWidget):
    """One way to need less: what it costs, what it saves, and the button that does it."""

    chosen = Signal()

    def __init__(self, cost: str, saved: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(tokens.current().sizes.gap8)
        layout.addWidget(Label(cost, "small", "text2", wrap=True), 1)
        layout.addWidget(Label(saved, "strong", tabular=True))
        self.button = Button(self.tr("Use"), "secondary", small=True)
        self.button.setAccessibleName(self.tr("Use: {change}").format(change=cost))
        self.button.clicked.connect(self.chosen)
        layout.addWidget(self.button)


class ReasonRow(QWidget):
    """One choice with its value, who made it, and why."""

    def __init__(self, reason: Reason, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        line = QHBoxLayout()
        line.setSpacing(tokens.current().sizes.gap8)
        line.addWidget(ElidedLabel(engine_words(reason.title), "body", "text2"), 1)
        line.addWidget(Label(recipe_plan.reason_value(reason), "strong"))
        is_preset = reason.layer in ("kind", "kind and family")
        line.addWidget(Chip(self.tr("preset") if is_preset else self.tr("auto")))
        layout.addLayout(line)
        layout.addWidget(Label(engine_words(reason.because), "small", "muted", wrap=True))


class PlanCard(Card):
    """All states of the plan. Folded it is a strip with the figures, which opens to the whole."""

    fix_chosen = Signal(object)  # Fix
    place_chosen = Signal(str)  # of a blocker, or search_bases
    advice_taken = Signal(str, str)  # code of the message, action

    def __init__(self, model: RecipeModel, parent: QWidget | None = None) -> None:
        super().__init__(QCoreApplication.translate("recipe", "Your plan"), large=True, parent=parent)
        self._model = model
        self._is_folded = False
        self._is_open = False
        self._shown: object = None
        self._shown_troubles: list[Message] = []
        self._told_reasons: tuple[Reason, ...] = ()
        self.chip = Chip("", "info")
        self.open_button = Button(self.tr("Show the plan"), "ghost", "chevron_down", small=True)
        self.open_button.clicked.connect(self._toggle)
        state = QWidget(self)
        flow = FlowLayout(state)  # one under the other where there is little width
        flow.addWidget(self.chip)
        flow.addWidget(self.open_button)
        self.add_to_header(state)
        self.strip = Label("", "strong", wrap=True)
        self.body.addWidget(self.strip)
        self.details = QWidget(self)
        self._column = QVBoxLayout(self.details)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(tokens.current().sizes.gap12)
        self.body.addWidget(self.details, 1)
        self.basis = Label("", "small", "muted", wrap=True)
        self.trouble = QWidget(self.details)
        self._troubles = QVBoxLayout(self.trouble)
        self._troubles.setContentsMargins(0, 0, 0, 0)
        self.grey = Skeleton(10)
        self.figures = QWidget(self.details)
        self._build_figures()
        self.trouble.hide()
        self.rule = hairline()
        for widget in (self.basis, self.trouble, self.rule, self.grey, self.figures):
            self._column.addWidget(widget)
        self._column.addStretch(1)
        self.set_folded(False)

    def _build_figures(self) -> None:
        sizes = tokens.current().sizes
        column = QVBoxLayout(self.figures)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(sizes.gap12)
        self.time, self.steps, self.disk = FigureLine("clock"), FigureLine("steps"), FigureLine("disk")
        for line in (self.time, self.steps, self.disk):
            column.addWidget(line)
        column.addWidget(hairline())
        self.spare = Chip("", "ok")
        self.memory = FigureLine("gpu", self.spare)
        column.addWidget(self.memory)
        self.bar = MemoryBar(self.tr("Memory"))
        column.addWidget(self.bar)
        self._fix_holder = QWidget(self.figures)
        self._fixes = QVBoxLayout(self._fix_holder)
        self._fixes.setContentsMargins(0, 0, 0, 0)
        self._fixes.setSpacing(sizes.gap8)
        self.fix_rows: list[FixRow] = []
        column.addWidget(self._fix_holder)
        column.addWidget(hairline())
        self.reasons_button = FoldButton(self.tr("Why these choices"), "", self.figures)
        column.addWidget(self.reasons_button)
        self._reason_holder = QWidget(self.figures)
        self._reason_holder.hide()
        self.reasons_button.toggled.connect(self._unfold_reasons)
        self._reasons = QVBoxLayout(self._reason_holder)
        self._reasons.setContentsMargins(0, 0, 0, 0)
        self._reasons.setSpacing(sizes.gap12)
        column.addWidget(self._reason_holder)

    # ── Folding ───────────────────────────────────────────────────────────────────────────────────────────

    @property
    def is_folded(self) -> bool:
        return self._is_folded

    def set_folded(self, is_folded: bool) -> None:
        """Folded it stands above the choices as a strip."""
        self._is_folded = is_folded
        self._arrange()

    def open_details(self) -> None:
        self._is_open = True
        self._arrange()

    def _toggle(self) -> None:
        self._is_open = not self._is_open
        self._arrange()

    def _arrange(self) -> None:
        self.open_button.setVisible(self._is_folded)
        self.open_button.setText(self.tr("Hide the plan") if self._is_open else self.tr("Show the plan"))
        self.open_button.set_icon_name("chevron_up" if self._is_open else "chevron_down")
        self.strip.setVisible(self._is_folded and not self._is_open)
        self.details.setVisible(self._is_open or not self._is_folded)

    # ── Showing ───────────────────────────────────────────────────────────────────────────────────────────

    def show_state(self) -> None:
        workspace = self._model.workspace
        state = self._model.plan_state
        budget, plan = workspace.budget, workspace.plan
        self._show_chip(state)
        has_figures = budget is not None and plan is not None and workspace.plan_problem is None
        self.grey.setVisible(not has_figures and state == "estimating")
        self.figures.setVisible(has_figures)
        self.rule.setVisible(has_figures or state == "estimating")
        self.basis.setText(self._basis(budget if has_figures else None, state))
        blockers = [blocker for blocker in self._model.blockers() if blocker.message.code not in SAID_ELSEWHERE]
        self._show_troubles([blocker.message for blocker in blockers], self._model.advice())
        if not has_figures or budget is None or plan is None:
            self.strip.setText(self.basis.text())
            return
        words = recipe_plan.memory_words(budget, plan.resolved.config)
        self._show_figures(budget, words)

    def _show_chip(self, state: PlanState) -> None:
        chips: dict[PlanState, tuple[str, ChipKind]] = {
            "empty": (self.tr("No project"), "neutral"),
            "estimating": (self.tr("Working it out"), "info"),
            "ready": (self.tr("Ready to start"), "ok"),
            "training": (self.tr("Training now"), "info"),
            "tight": (self.tr("Tight"), "warn"),
            "too_big": (self.tr("Does not fit"), "err"),
            "blocked": (self.tr("Not yet"), "warn"),
        }
        self.chip.set_state(*chips[state])

    def _basis(self, budget: Budget | None, state: PlanState) -> str:
        if budget is not None:
            return recipe_plan.basis(budget)
        if state == "blocked":
            return self.tr("The plan is worked out as soon as this is mended.")
        done, total = self._model.scanned
        if self._model.workspace.report is None and total:
            return self.tr("Your pictures are being read: {done} of {total}.").format(done=done, total=total)
        return self.tr("Your pictures are being read.") if self._model.workspace.report is None else ""

    def _show_troubles(self, blocking: list[Message], advice: list[Message]) -> None:
        if [*blocking, *advice] == self._shown_troubles:
            return
        self._shown_troubles = [*blocking, *advice]
        _empty(self._troubles)
        for said in blocking:
            card = MessageCard(said, "warn")
            card.action_chosen.connect(self.place_chosen)
            self._troubles.addWidget(card)
        for said in advice:
            card = MessageCard(said, "info")
            card.action_chosen.connect(lambda action, code=said.code: self.advice_taken.emit(code, action))
            self._troubles.addWidget(card)
        self.trouble.setVisible(bool(self._shown_troubles))

    def _show_figures(self, budget: Budget, words: MemoryWords) -> None:
        time, steps, disk = (
            recipe_plan.time_line(budget),
            recipe_plan.steps_line(budget),
            recipe_plan.disk_line(budget),
        )
        self.time.show_line(time)
        self.steps.show_line(steps)
        self.disk.show_line(disk)
        self.disk.note.set_tone("text2" if budget.fits_on_disk else "err")
        self.memory.show_line(Line(words.about, words.figure, ""))
        kinds: dict[str, ChipKind] = {"fits": "ok", "tight": "warn", "too_big": "err"}
        self.spare.set_state(words.chip, kinds[words.verdict])
        self.bar.set_parts(tuple(MemoryPart(label, size) for label, size in words.parts), words.limit_gb)
        figures = self.tr("{time}  ·  {steps} steps  ·  {disk} on disk  ·  memory {memory}")
        self.strip.setText(figures.format(time=time.figure, steps=steps.figure, disk=disk.figure, memory=words.figure))
        key = (budget.fixes, words.problem, budget.reasons)
        if key != self._shown:
            self._shown = key
            self._show_fixes(budget.fixes, words)
            self._told_reasons = budget.reasons
            self._unfold_reasons(self.reasons_button.isChecked())

    def _show_fixes(self, fixes: tuple[Fix, ...], words: MemoryWords) -> None:
        _empty(self._fixes)
        self.fix_rows = []
        self._fix_holder.setVisible(words.problem is not None)
        if words.problem is None:
            return
        card = MessageCard(words.problem, "err" if words.verdict == "too_big" else "warn")
        card.action_chosen.connect(lambda _: self.fix_chosen.emit(next(fix for fix in fixes if fix.is_enough)))
        self._fixes.addWidget(card)
        for fix in fixes:
            saved, cost = recipe_plan.fix_words(fix)
            row = FixRow(cost, saved)
            row.chosen.connect(lambda one=fix: self.fix_chosen.emit(one))
            self.fix_rows.append(row)
            self._fixes.addWidget(row)

    def _unfold_reasons(self, is_open: bool) -> None:
        """There are many rows: they are made when somebody wants to read them."""
        _empty(self._reasons)
        for reason in self._told_reasons if is_open else ():
            self._reasons.addWidget(ReasonRow(reason))
        self._reason_holder.setVisible(is_open)


def _empty(layout: QVBoxLayout) -> None:
    while (item := layout.takeAt(0)) is not None:
        widget = item.widget()
        if widget is not None:
            widget.hide()
            widget.deleteLater()

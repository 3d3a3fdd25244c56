"""Where the app begins: drop a folder, open a project again, or try a sample. It is also the first run."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QCoreApplication, Qt, Signal
from PySide6.QtWidgets import QBoxLayout, QFileDialog, QHBoxLayout, QMenu, QVBoxLayout, QWidget

from ui.models.computer import OLDEST_DRIVER, WHERE_TO_GET_A_BASE, CheckName, ComputerCheck, computer_checks, old_driver
from ui.models.engine_words import engine_words
from ui.models.library_words import sentence_case, span_words
from ui.models.messages import message
from ui.models.recent import RecentLine
from ui.models.samples import SampleLine, SampleProjects
from ui.models.shortcuts import key_words
from ui.theme import tokens
from ui.widgets.buttons import Button
from ui.widgets.card import CollapsibleCard
from ui.widgets.cover_card import CoverCard
from ui.widgets.drop_zone import DropZone
from ui.widgets.flow_layout import FlowLayout
from ui.widgets.icon_label import IconLabel
from ui.widgets.labels import ElidedLabel, Label, hairline
from ui.widgets.menus import open_at
from ui.widgets.message_card import MessageCard
from ui.widgets.page import Context, Page

DRIVERS = "https://www.nvidia.com/drivers"
_DROP_HEIGHT_PX = 290
_SAMPLE_WIDTH_PX = 348
_SAMPLE_PICTURE_PX = 78


class StartPage(Page):
    """Its main action is the drop zone; everything else can wait."""

    widest_px = 1320

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self.workspace = context.workspace
        self.recent = context.workspace.recent
        self.samples = SampleProjects(self)
        self.drop_zone = DropZone(
            "images",
            self.tr("Drop a folder of pictures here"),
            self.tr("Folders inside it are searched too. Your pictures are never changed."),
            self.tr("Choose a folder"),
        )
        self.drop_zone.action_chosen.connect(self._choose_folder)
        self.drop_zone.setMinimumHeight(tokens.current().scaled(_DROP_HEIGHT_PX))
        self.computer = _ComputerCard(context)
        self.computer.web_page_wanted.connect(self.show_web_page)
        self.computer.models_wanted.connect(lambda: self.place_wanted.emit("base_models"))
        self._top = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._top.setSpacing(tokens.current().sizes.gap16)
        self.recent_row = _Row(self.tr("Recent projects"))
        self.sample_row = _Row(self.tr("Try it first"))
        own, self._given = QVBoxLayout(), QVBoxLayout()
        for column, widgets in ((own, (self.drop_zone, self.recent_row)), (self._given, (self.computer,))):
            column.setSpacing(tokens.current().sizes.gap12)
            for widget in widgets:
                column.addWidget(widget)
            column.addStretch(1)
        self._top.addLayout(own, 3)
        self._top.addLayout(self._given, 2)
        self.body.addLayout(self._top)
        self.body.addWidget(self.sample_row)
        self.body.addStretch(1)
        self.recent.changed.connect(self._show_recent)
        self.samples.changed.connect(self._show_samples)
        self.workspace.project_changed.connect(self._end_opening)
        self.workspace.failed.connect(self._end_opening)
        self.narrowness_changed.connect(self._fold)
        self._has_searched = False

    def title(self) -> str:
        if self.workspace.project is not None:
            return self.tr("New project")
        return self.tr("Start") if self.recent.lines else self.tr("Welcome to LoRA Studio")

    def subtitle(self) -> str:
        if self.workspace.project is not None:
            return self.tr("A folder dropped here becomes a project of its own.")
        return self.tr("Drop a folder of pictures, get a LoRA you can share.")

    def help(self) -> str:
        return self.tr(
            "Drop a folder of pictures anywhere on the window, or choose one. It becomes a project: the pictures are "
            "checked, a recipe is proposed, and training can begin. The same folder opens the same project again. "
            "{open} opens a project that lies elsewhere."
        ).format(open=key_words("open_project"))

    def primary_action(self) -> Button:
        return self.drop_zone.button

    def shown(self) -> None:
        self.recent.refresh()
        if not self.samples.lines:
            self.samples.read(self.workspace.hardware)
        only_practice = all(base.source == "practice" for base in self.workspace.bases)
        if only_practice and not self._has_searched:
            self._has_searched = True
            self.workspace.search_bases()
        self._end_opening()

    def _fold(self, is_narrow: bool) -> None:
        self._top.setDirection(QBoxLayout.Direction.TopToBottom if is_narrow else QBoxLayout.Direction.LeftToRight)

    # ── Opening ───────────────────────────────────────────────────────────────────────────────────────────

    def _choose_folder(self) -> None:
        folder = QFileDialog.getExistingDirectory(self, self.tr("Choose a folder of pictures"), str(Path.home()))
        if folder:
            self.drop_zone.button.set_busy(True)
            self.workspace.open_images([Path(folder)])

    def _end_opening(self, *_: object) -> None:
        self.drop_zone.button.set_busy(False)

    # ── What is there ─────────────────────────────────────────────────────────────────────────────────────

    def _show_recent(self) -> None:
        self.recent_row.show_cards([self._recent_card(line) for line in self.recent.lines])
        place, other = (self._given, self.body) if self.recent.lines else (self.body, self._given)
        if place.indexOf(self.sample_row) < 0:  # below everything at first; beside what one has done later
            other.removeWidget(self.sample_row)
            place.insertWidget(1, self.sample_row)
        self.chrome_changed.emit()

    def _recent_card(self, line: RecentLine) -> CoverCard:
        pictures = [line.cover] if line.cover is not None else []
        card = CoverCard(line.name, line.note, pictures, self.context.store)
        card.clicked.connect(lambda: self.workspace.open_project(line.folder))
        card.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        card.customContextMenuRequested.connect(lambda at: open_at(self._recent_menu(line, card), card.mapToGlobal(at)))
        return card

    def _recent_menu(self, line: RecentLine, card: CoverCard) -> QMenu:
        menu = QMenu(card)
        menu.addAction(self.tr("Remove from this list")).triggered.connect(lambda: self.recent.forget(line.folder))
        return menu

    def _show_samples(self) -> None:
        self.sample_row.show_cards([self._sample_card(line) for line in self.samples.lines])

    def _sample_card(self, line: SampleLine) -> CoverCard:
        note = self.tr("%n picture(s)", "", line.picture_count)
        if line.time is not None:
            note = self.tr("%n picture(s), {span} here", "", line.picture_count)
            note = note.format(span=span_words(line.time.seconds))
        card = CoverCard(
            line.sample.title, note, line.pictures, self.context.store, text=engine_words(line.sample.summary),
            width_px=_SAMPLE_WIDTH_PX, picture_px=_SAMPLE_PICTURE_PX,
        )  # fmt: skip
        card.setToolTip(self._origin_of_time(line))
        card.clicked.connect(lambda: self.workspace.open_sample(line.kind))
        return card

    def _origin_of_time(self, line: SampleLine) -> str:
        if line.time is None:
            return ""
        if line.time.is_measured:
            return self.tr("Measured on this computer.")
        low, high = span_words(line.time.low_s), span_words(line.time.high_s)
        return sentence_case(self.tr("{low} to {high}: estimated.").format(low=low, high=high))


class _Row(QWidget):
    """A heading over cards that break like words; hidden while there are none."""

    def __init__(self, title: str) -> None:
        super().__init__()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, tokens.current().sizes.gap8, 0, 0)
        layout.setSpacing(tokens.current().sizes.gap8)
        layout.addWidget(Label(title, "section"))
        cards = QWidget(self)
        self._flow = FlowLayout(cards, tokens.current().sizes.gap12)
        layout.addWidget(cards)
        self.cards: list[CoverCard] = []
        self.hide()

    def show_cards(self, cards: list[CoverCard]) -> None:
        self._flow.clear()
        self.cards = cards
        for card in cards:
            self._flow.addWidget(card)
        self.setVisible(bool(cards))
        self.updateGeometry()


class _ComputerCard(CollapsibleCard):
    """What this computer is good for; one line when there is nothing to do about it."""

    models_wanted = Signal()
    web_page_wanted = Signal(str)

    def __init__(self, context: Context) -> None:
        super().__init__(QCoreApplication.translate("StartPage", "Your computer"), opened=False)
        self._workspace = context.workspace
        self._settings = context.settings
        self._checks: tuple[ComputerCheck, ...] = ()
        self._driver: str | None = None
        self._was_fine = True
        self.message_card: MessageCard | None = None  # about an old driver
        self._buttons: dict[CheckName, list[Button]] = {}
        self._lines = QVBoxLayout()
        self._lines.setSpacing(tokens.current().sizes.gap12)
        self.body.addLayout(self._lines)
        self.body.addWidget(hairline(self))
        self.body.addLayout(self._home_line())
        self._workspace.hardware_changed.connect(self._refresh)
        self._workspace.bases_changed.connect(self._refresh)
        context.settings.changed.connect(self._take_setting)
        self._show_home()
        self._refresh()

    @property
    def checks(self) -> tuple[ComputerCheck, ...]:
        """The lines as they are shown."""
        return self._checks

    def buttons(self, name: CheckName) -> list[Button]:
        """What can be done about one check, the likeliest first."""
        return self._buttons.get(name, [])

    def _home_line(self) -> QHBoxLayout:
        line = QHBoxLayout()
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addWidget(Label(self.tr("Projects live in"), "small", "muted"))
        self.home_label = ElidedLabel("", "body", mode=Qt.TextElideMode.ElideMiddle)
        words.addWidget(self.home_label)
        self.home_button = Button(self.tr("Change"), small=True)
        self.home_button.setAccessibleName(self.tr("Choose where projects live"))
        self.home_button.clicked.connect(self._choose_home)
        line.addLayout(words, 1)
        line.addWidget(self.home_button)
        return line

    def _choose_home(self) -> None:
        present = str(self._settings.values.projects_dir)
        folder = QFileDialog.getExistingDirectory(self, self.tr("Where should projects live?"), present)
        if folder:
            self._settings.set("projects_folder", folder)

    def _take_setting(self, field: str) -> None:
        if field == "projects_folder":
            self._show_home()
            self._workspace.probe_hardware()

    def _show_home(self) -> None:
        self.home_label.setText(str(self._settings.values.projects_dir))

    def _refresh(self) -> None:
        hardware = self._workspace.hardware
        checks = computer_checks(hardware, self._workspace.bases, self._workspace.is_searching_bases)
        driver = old_driver(hardware) if hardware is not None else None
        if (checks, driver) == (self._checks, self._driver):
            return
        self._checks, self._driver = checks, driver
        self._show_driver()
        while (item := self._lines.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.hide()
                widget.deleteLater()
        self._buttons = {check.name: self._actions(check) for check in checks}
        for check in checks:
            self._lines.addWidget(_CheckLine(check, self._buttons[check.name]))
        is_fine = all(check.is_fine for check in checks)
        self.set_note(self._summary(checks) if is_fine else "")
        if is_fine != self._was_fine:
            self._was_fine = is_fine
            self.set_open(not is_fine)

    def _summary(self, checks: tuple[ComputerCheck, ...]) -> str:
        card = next((check.title for check in checks if check.name == "card"), "")
        return self.tr("{card}, ready to train").format(card=card) if card else ""

    def _actions(self, check: ComputerCheck) -> list[Button]:
        if check.is_fine or (check.name == "card" and self._driver is not None):
            return []
        if check.name == "bases":
            add = Button(self.tr("Add a model"), small=True)
            add.clicked.connect(lambda: self.models_wanted.emit())
            get = Button(self.tr("Where to get one"), small=True)
            get.setToolTip(self.tr("Opens your browser; needs the internet."))
            get.clicked.connect(lambda: self.web_page_wanted.emit(WHERE_TO_GET_A_BASE))
            return [add, get]
        again = Button(self.tr("Check again"), small=True)
        again.clicked.connect(self._workspace.probe_hardware)
        return [again]

    def _show_driver(self) -> None:
        if self.message_card is not None:
            self.message_card.deleteLater()
            self.message_card = None
        if self._driver is not None:
            told = message("E08", installed=self._driver, wanted=OLDEST_DRIVER)
            self.message_card = MessageCard(told, "warn")
            self.message_card.action_chosen.connect(self._mend_driver)
            self.message_card.buttons[0].setToolTip(self.tr("Opens your browser; needs the internet."))
            self.body.insertWidget(0, self.message_card)

    def _mend_driver(self, action: str) -> None:
        if action == "update_driver":
            self.web_page_wanted.emit(DRIVERS)
        else:
            self._workspace.probe_hardware()


class _CheckLine(QWidget):
    def __init__(self, check: ComputerCheck, actions: list[Button]) -> None:
        super().__init__()
        self.setAccessibleName(check.title)
        self.setAccessibleDescription(check.meaning)
        line = QHBoxLayout(self)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(tokens.current().sizes.gap12)
        icon, token = ("check_circle", "ok") if check.is_fine else ("warning", "warn")
        line.addWidget(IconLabel(icon, token, 18), 0, Qt.AlignmentFlag.AlignTop)
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addWidget(Label(check.title, "strong", wrap=True))
        if check.meaning:
            words.addWidget(Label(check.meaning, "small", "text2", wrap=True))
        if actions:
            row = QWidget(self)
            buttons = FlowLayout(row)
            buttons.setContentsMargins(0, tokens.current().sizes.gap4, 0, 0)
            for action in actions:
                buttons.addWidget(action)
            words.addWidget(row)
        line.addLayout(words, 1)

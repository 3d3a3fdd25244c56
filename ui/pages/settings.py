"""Settings: plain rows that apply at once, each with a way back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QCoreApplication, Qt, QTimer
from PySide6.QtWidgets import (
    QFileDialog,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QPlainTextEdit,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from lora_studio.dataset.thumbnails import Thumbnails
from lora_studio.errors import StudioError
from ui.models import shortcuts
from ui.models.engine_words import engine_words
from ui.models.library_words import size_word
from ui.models.settings_about import notices, versions
from ui.models.settings_report import ReportPart, collect_report, write_report
from ui.models.shortcuts import Action, actions
from ui.pages.settings_report import ReportSheet
from ui.pages.settings_rows import ChoiceRow, FieldRow, FolderRow, ShortcutRow, SwitchRow
from ui.theme import fonts, tokens
from ui.theme.late_style import style_now
from ui.widgets.buttons import Button
from ui.widgets.card import Card, CollapsibleCard
from ui.widgets.filter_row import FilterRow
from ui.widgets.key_shortcut import KeyShortcut
from ui.widgets.labels import Label
from ui.widgets.page import Context, Page
from ui.widgets.setting_row import SettingRow
from ui.widgets.slider import Slider
from ui.widgets.text_field import TextField
from ui.work import tasks

_MIB_PER_GB = 1024
_MOST_KEPT_FREE_GB = 8.0
_LIST_PX = 210
_NARROW_LIST_PX = 192
SHORTCUTS_AT_ONCE = 4
_TEXT_SIZES = (90, 100, 110, 125, 150)


class MemoryRow(FieldRow):
    """Memory left to everyone else, in GB."""

    def __init__(self, context: Context, label: str, effect: str) -> None:
        kept_gb = context.settings.values.memory_kept_free_mib / _MIB_PER_GB
        most_gb = max(_MOST_KEPT_FREE_GB, kept_gb)
        self.slider = Slider(
            label, 0, most_gb, kept_gb, step=0.5, decimals=1, unit=QCoreApplication.translate("settings", "GB")
        )
        super().__init__(context.settings, "memory_kept_free_mib", label, effect, self.slider)
        self.slider.value_changed.connect(lambda gb: self.choose(round(gb * _MIB_PER_GB)))
        self._fit()
        tokens.changed.connect(self._fit)
        self.refresh()

    def show_value(self) -> None:
        self.slider.set_value(self._settings.values.memory_kept_free_mib / _MIB_PER_GB)

    def _fit(self) -> None:
        growth = 1 + (tokens.current().text_scale - 1) / 2
        self.slider.setFixedWidth(round(growth * 270))


@dataclass(slots=True)
class _Section:
    """One card of rows and its line in the list at the left."""

    card: Card
    entry: FilterRow
    rows: list[SettingRow]
    extras: list[QWidget]  # shown with the section, and never by a search

    def show_only(self, rows: list[SettingRow], has_extras: bool) -> None:
        """Show these of its rows. The layout waits until all are told: Qt has each row shown lay out the whole card."""
        layout = self.card.layout()
        assert layout is not None
        layout.setEnabled(False)
        for row in self.rows:
            row.setVisible(row in rows)
        for extra in self.extras:
            extra.setVisible(has_extras)
        layout.setEnabled(True)


class SettingsPage(Page):
    """Everything about the app itself; a search looks through all sections."""

    widest_px = 1100

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._settings = context.settings
        self.sections: dict[str, _Section] = {}
        self._here = "general"
        self._has_about = False
        self._build_frame()
        self._add_sections()
        self._cards.addStretch(1)
        self._settings.changed.connect(self._take_change)
        KeyShortcut("search", self, self.search.setFocus)
        self.show_section("general")

    # ── Frame ─────────────────────────────────────────────────────────────────────────────────────────────

    def _build_frame(self) -> None:
        sizes = tokens.current().sizes
        columns = QHBoxLayout()
        columns.setSpacing(sizes.gap20)
        left = QWidget(self)
        self._entries = QVBoxLayout(left)
        self._entries.setContentsMargins(0, 0, 0, 0)
        self._entries.setSpacing(2)
        self.search = TextField(
            self.tr("Search settings"), placeholder=self.tr("Search settings"), icon="search", shows_label=False
        )
        self.search.text_changed.connect(self._show)
        self._entries.addWidget(self.search)
        self._entries.addSpacing(sizes.gap8)
        self._entries_end = QVBoxLayout()
        self._entries.addLayout(self._entries_end)
        self._entries.addStretch(1)
        self._left = left
        columns.addWidget(left)
        scroller = QScrollArea(self)
        scroller.setWidgetResizable(True)
        scroller.setFrameShape(QFrame.Shape.NoFrame)
        scroller.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroller.setMinimumHeight(160)
        contents = QWidget(scroller)
        contents.setProperty("scrolled", True)
        self._cards = QVBoxLayout(contents)
        self._cards.setContentsMargins(0, 0, sizes.gap12, 0)
        self._cards.setSpacing(sizes.gap12)
        self.nothing = Label("", "body", "text2", wrap=True)
        self.clear_button = Button(self.tr("Clear search"))
        self.clear_button.clicked.connect(lambda: self.search.edit.clear())
        self._cards.addWidget(self.nothing)
        self._cards.addWidget(self.clear_button, 0, Qt.AlignmentFlag.AlignLeft)
        scroller.setWidget(contents)
        columns.addWidget(scroller, 1)
        self.body.addLayout(columns, 1)
        self._fit()
        tokens.changed.connect(self._fit)
        self.narrowness_changed.connect(self._fit)

    def _fit(self) -> None:
        growth = 1 + (tokens.current().text_scale - 1) / 2  # its words are short: full growth would starve the rows
        self._left.setFixedWidth(round(growth * (_NARROW_LIST_PX if self.is_narrow else _LIST_PX)))

    def _add_sections(self) -> None:
        """All seven, empty; their rows are made when they are first shown, or soon after the page was."""
        self._add_section("general", self.tr("General"), "settings")
        self._add_section("folders", self.tr("Folders"), "folder")
        self._add_section("gpu", self.tr("GPU and memory"), "gpu")
        self._add_section("notifications", self.tr("Notifications"), "bell")
        self._add_section("privacy", self.tr("Privacy"), "shield")
        self._add_section("shortcuts", self.tr("Shortcuts"), "keyboard")
        self._add_section("about", self.tr("About"), "info")
        self._unbuilt: dict[str, Callable[[], None]] = {
            "general": self._build_general,
            "folders": self._build_folders,
            "gpu": self._build_gpu,
            "notifications": self._build_notifications,
            "privacy": self._build_privacy,
            "shortcuts": self._build_shortcuts,
            "about": self._build_about,
        }
        self.shortcut_rows: dict[str, ShortcutRow] = {}
        self._shortcuts_left: list[Action] = []
        self._shortcut_place = ""
        self._builder = QTimer(self, interval=0)
        self._builder.timeout.connect(self._build_more)
        self._builder.start()

    def build_all(self) -> None:
        """Make every row now."""
        while self._builder.isActive():
            self._build_more()

    def _build_more(self) -> None:
        """A section or a few rows at a time, so that the window never stands still."""
        if self._unbuilt:
            self._build(next(iter(self._unbuilt)))
        elif self._shortcuts_left:
            self._build_some_shortcuts()
        else:
            self._builder.stop()
        self._show()

    def _build(self, key: str) -> None:
        if (build := self._unbuilt.pop(key, None)) is not None:
            build()

    def _add_section(self, key: str, title: str, icon: str) -> None:
        card = Card(title)
        self._cards.addWidget(card)
        entry = FilterRow(title, icon)
        entry.set_count(None)
        entry.setAutoExclusive(False)  # during a search no section is the one in view
        entry.clicked.connect(lambda: self.show_section(key))
        self._entries_end.addWidget(entry)
        self.sections[key] = _Section(card, entry, [], [])

    def _add(self, section: _Section, *rows: SettingRow) -> None:
        for row in rows:
            section.card.body.addWidget(row)
            section.rows.append(row)

    def _add_extra(self, section: _Section, widget: QWidget) -> None:
        section.card.body.addWidget(widget)
        section.extras.append(widget)

    # ── Sections ──────────────────────────────────────────────────────────────────────────────────────────

    def _build_general(self) -> None:
        section = self.sections["general"]
        self.theme_row = ChoiceRow(
            self._settings, "theme", self.tr("Theme"), self.tr("Follow the system, or keep one."),
            [("system", self.tr("As the system")), ("dark", self.tr("Dark")), ("light", self.tr("Light")),
             ("high_contrast", self.tr("High contrast"))],
        )  # fmt: skip
        percent = self.tr("{percent} %")
        self.size_row = ChoiceRow(
            self._settings, "text_size_percent", self.tr("Text size"), self.tr("All words and what holds them grow."),
            [(size, percent.format(percent=size)) for size in _TEXT_SIZES],
            other=lambda size: percent.format(percent=size),
        )  # fmt: skip
        self.language_row = ChoiceRow(
            self._settings, "language", self.tr("Language"), self.tr("Takes effect when the app starts again."),
            [("", self.tr("As the system")), ("en", "English"), ("de", "Deutsch")],
        )  # fmt: skip
        self.motion_row = ChoiceRow(
            self._settings, "reduce_motion", self.tr("Reduce motion"),
            self.tr("Nothing turns or shimmers. “As the system” follows Windows; elsewhere choose here."),
            [("system", self.tr("As the system")), ("on", self.tr("On")), ("off", self.tr("Off"))],
        )  # fmt: skip
        self._add(section, self.theme_row, self.size_row, self.motion_row, self.language_row)

    def _build_folders(self) -> None:
        section = self.sections["folders"]
        values = self._settings.values
        self.projects_row = FolderRow(
            self._settings, "projects_folder", self.tr("Projects"),
            self.tr("Where projects are made. Those that exist stay where they are."),
            lambda: str(values.model_copy(update={"projects_folder": ""}).projects_dir),
        )  # fmt: skip
        self.exports_row = FolderRow(
            self._settings, "exports_folder", self.tr("Exports"), self.tr("Where finished adapters are saved."),
            lambda: self.tr("Beside each run"),
        )  # fmt: skip
        self.clear_cache_button = Button(self.tr("Clear"), "secondary", "trash", small=True)
        self.clear_cache_button.setAccessibleName(self.tr("Clear the cache"))
        self.clear_cache_button.clicked.connect(self._clear_cache)
        self.cache_row = FolderRow(
            self._settings, "cache_folder", self.tr("Cache"),
            self.tr("Small pictures for lists. They are made again when they are needed."),
            lambda: str(values.model_copy(update={"cache_folder": ""}).cache_dir), [self.clear_cache_button],
        )  # fmt: skip
        watched = Button(self.tr("Show them"), "secondary", "base_models", small=True)
        watched.clicked.connect(lambda: self.place_wanted.emit("base_models"))
        models = SettingRow(
            self.tr("Base models"), watched, self.tr("Folders that are looked through are kept under Base models.")
        )
        self._add(section, self.projects_row, self.exports_row, self.cache_row, models)
        self._measure_cache()

    def _build_gpu(self) -> None:
        section = self.sections["gpu"]
        self.card_row = ChoiceRow(
            self._settings, "graphics_card", self.tr("Graphics card"), self.tr("What training runs on."),
            [(None, self.tr("Automatic"))],
            other=lambda index: self.tr("Card {number} (not there)").format(number=index),
        )  # fmt: skip
        self.memory_row = MemoryRow(
            self.context,
            self.tr("Memory kept free"),
            self.tr("Left to other programs. Too little makes training slow."),
        )
        self._add(
            section,
            self.card_row,
            self.memory_row,
            SwitchRow(
                self._settings, "keep_training_when_closed", self.tr("Keep training when the window closes"),
                self.tr("Off pauses and saves instead."),
            ),
            SwitchRow(
                self._settings, "keep_awake", self.tr("Keep the computer awake while training"),
                self.tr("The screen may go dark. Counts from the next start of a training."),
            ),
            SwitchRow(
                self._settings, "pause_on_battery", self.tr("Wait while on battery"),
                self.tr("Saves, and goes on by itself when plugged in. Counts from the next start of a training."),
            ),
        )  # fmt: skip
        self._show_cards()
        self.context.workspace.hardware_changed.connect(self._show_cards)

    def _build_notifications(self) -> None:
        section = self.sections["notifications"]
        note = self.tr("Shown only while the window is not in front.")
        self._add_extra(section, Label(note, "small", "muted", wrap=True))
        self._add(
            section,
            SwitchRow(self._settings, "notify_done", self.tr("A run is finished"), self.tr("One for each run.")),
            SwitchRow(
                self._settings, "notify_needs_you", self.tr("Something needs you"),
                self.tr("A run stopped, or the disk is almost full."),
            ),
            SwitchRow(
                self._settings, "notify_queue_once", self.tr("The queue tells once"),
                self.tr("When all its jobs are done, instead of after each."),
            ),
            SwitchRow(self._settings, "notification_sound", self.tr("Sound"), self.tr("Notifications make a sound.")),
        )  # fmt: skip

    def _build_privacy(self) -> None:
        section = self.sections["privacy"]
        note = self.tr(
            "Your pictures, captions and adapters stay on this computer. The app collects nothing about you."
        )
        self._add_extra(section, Label(note, "body", "text2", wrap=True))
        self.forget_button = Button(self.tr("Ask again"), "secondary", "undo", small=True)
        self.forget_button.clicked.connect(lambda: self._settings.set("remembered_answers", {}))
        remembered = SettingRow(
            self.tr("Answers that were remembered"), self.forget_button,
            self.tr("Questions you answered for good are asked once more."),
        )  # fmt: skip
        self.report_button = Button(self.tr("Save a report"), "secondary", "report", small=True)
        self.report_button.clicked.connect(self._collect_report)
        report = SettingRow(
            self.tr("Report about a problem"), self.report_button,
            self.tr("A zip file without pictures, captions or your folders. You see what it holds first."),
        )  # fmt: skip
        self._add(section, remembered, report)
        self._show_remembered()

    def _build_shortcuts(self) -> None:
        section = self.sections["shortcuts"]
        reset = Button(self.tr("Reset all"), "ghost", "undo", small=True)
        reset.clicked.connect(self._reset_shortcuts)
        self.reset_shortcuts_button = reset
        section.card.add_to_header(reset)
        note = self.tr(
            "Click a field, then press the keys. Single letters rest while you type text. Arrows, Tab and Esc stay as "
            "they are."
        )
        self._add_extra(section, Label(note, "small", "muted", wrap=True))
        self._shortcuts_left = list(actions())

    def _build_some_shortcuts(self) -> None:
        for action in self._shortcuts_left[:SHORTCUTS_AT_ONCE]:
            if self._shortcut_place != (heading := action.places[0]):
                self._shortcut_place = heading
                self._add_extra(self.sections["shortcuts"], Label(shortcuts.place_words(heading), "section"))
            row = self.shortcut_rows[action.name] = ShortcutRow(self._settings, action)
            self._add(self.sections["shortcuts"], row)
        del self._shortcuts_left[:SHORTCUTS_AT_ONCE]

    def _build_about(self) -> None:
        section = self.sections["about"]
        self._about = QWidget()
        self._about_body = QVBoxLayout(self._about)
        self._about_body.setContentsMargins(0, 0, 0, 0)
        self._add_extra(section, self._about)

    # ── Page ──────────────────────────────────────────────────────────────────────────────────────────────

    def title(self) -> str:
        return self.tr("Settings")

    def subtitle(self) -> str:
        return self.tr("Everything is saved at once.")

    def help(self) -> str:
        return self.tr(
            "Each row says what it does. A dot marks what you changed, and Reset gives back the app's own choice. "
            "Press {search} to search all sections."
        ).format(search=shortcuts.key_words("search"))

    def shown(self) -> None:
        if "folders" not in self._unbuilt:
            self._measure_cache()

    # ── Showing ───────────────────────────────────────────────────────────────────────────────────────────

    def show_section(self, key: str) -> None:
        """Go to one section; a search ends."""
        self._here = key
        self._build(key)
        self.search.set_text("")
        self._show()
        if key == "about" and not self._has_about:
            self._has_about = True
            tasks.run(lambda _: (versions(), notices()), lambda found: self._show_about(*found), owner=self)

    def _show(self) -> None:
        words = self.search.text.strip()
        found = 0
        for key, section in self.sections.items():
            rows = [row for row in section.rows if not words or row.matches(words)]
            section.show_only(rows, has_extras=not words)
            is_shown = bool(rows) if words else key == self._here
            if is_shown:
                style_now(section.card)
            section.card.setVisible(is_shown)
            section.entry.setChecked(key == self._here and not words)
            found += len(rows)
        self.nothing.setText(self.tr("No setting is called “{words}”.").format(words=words))
        self.nothing.setVisible(bool(words) and not found)
        self.clear_button.setVisible(bool(words) and not found)

    def _show_about(self, rows: list[tuple[str, str, str]], papers: list[tuple[str, str]]) -> None:
        table = QWidget()
        grid = QGridLayout(table)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(tokens.current().sizes.gap24)
        grid.setColumnStretch(2, 1)
        for line, (name, version, licence) in enumerate(rows):
            grid.addWidget(Label(name, "strong"), line, 0)
            grid.addWidget(Label(version, "body", "text2", tabular=True), line, 1)
            grid.addWidget(Label(licence, "small", "muted", wrap=True), line, 2)
        self._about_body.addWidget(table)
        for title, text in papers:
            paper = CollapsibleCard(title)
            view = QPlainTextEdit(text)
            view.setReadOnly(True)
            view.setFont(fonts.mono_font())
            view.setAccessibleName(title)
            view.setMinimumHeight(tokens.current().scaled(220))
            paper.body.addWidget(view)
            self._about_body.addWidget(paper)

    def _show_cards(self) -> None:
        hardware = self.context.workspace.hardware
        cards = hardware.cards if hardware is not None else ()
        words = self.tr("{name}, {size} GB")
        choices = [(card.index, words.format(name=card.name, size=round(card.total_mib / 1024))) for card in cards]
        self.card_row.set_choices([(None, self.tr("Automatic")), *choices])
        is_absent = hardware is not None and not cards
        self.card_row.set_reason(self.tr("No supported graphics card was found.") if is_absent else "")

    def _take_change(self, field: str) -> None:
        if field == "remembered_answers" and "privacy" not in self._unbuilt:
            self._show_remembered()
        elif field == "cache_folder" and "folders" not in self._unbuilt:
            self._measure_cache()

    def _show_remembered(self) -> None:
        if self._settings.values.remembered_answers:
            self.forget_button.unblock()
        else:
            self.forget_button.block(self.tr("No answer is remembered"))

    # ── Doing ─────────────────────────────────────────────────────────────────────────────────────────────

    def _reset_shortcuts(self) -> None:
        before = dict(self._settings.values.shortcuts)
        self._settings.set("shortcuts", {})
        for row in self.shortcut_rows.values():
            row.set_reason("")
        self.toast_wanted.emit(
            self.tr("All keys are as they came."), lambda: self._settings.set("shortcuts", dict(before))
        )

    def _thumbnails(self) -> Thumbnails:
        return Thumbnails(self._settings.values.cache_dir / "thumbnails")

    def _measure_cache(self) -> None:
        thumbnails = self._thumbnails()
        tasks.run(lambda _: thumbnails.size_bytes(), self._show_cache_size, owner=self)

    def _show_cache_size(self, size_bytes: int) -> None:
        if size_bytes:
            self.clear_cache_button.setText(self.tr("Clear {size}").format(size=size_word(size_bytes)))
            self.clear_cache_button.unblock()
        else:
            self.clear_cache_button.setText(self.tr("Clear"))
            self.clear_cache_button.block(self.tr("The cache is empty"))
        self.clear_cache_button.updateGeometry()

    def _clear_cache(self) -> None:
        thumbnails = self._thumbnails()
        tasks.run(lambda _: thumbnails.clear(), lambda _: self._measure_cache(), self._tell, owner=self)

    def _tell(self, error: Exception) -> None:
        if not isinstance(error, StudioError):
            raise error
        self.toast_wanted.emit(engine_words(f"{error.title} {error.hint}".strip()), None)

    def offer_report(self) -> None:
        """As its button does: show what a report would hold, to be saved."""
        self.show_section("privacy")
        self.report_button.click()

    def _collect_report(self) -> None:
        workspace = self.context.workspace
        values, hardware = self._settings.values, workspace.hardware
        run = workspace.run.run if workspace.run is not None else None
        self.report_button.set_busy(True)
        tasks.run(lambda _: collect_report(values, hardware, run), self._show_report, self._give_up_report, owner=self)

    def _give_up_report(self, error: Exception) -> None:
        self.report_button.set_busy(False)
        self._tell(error)

    def _show_report(self, parts: list[ReportPart]) -> None:
        self.report_button.set_busy(False)
        sheet = ReportSheet(self.window(), self.tr("Report about a problem"), parts)
        sheet.save_wanted.connect(lambda: self._ask_where(sheet, parts))
        sheet.closed.connect(sheet.deleteLater)
        sheet.open_sheet()

    def _ask_where(self, sheet: ReportSheet, parts: list[ReportPart]) -> None:
        name, _ = QFileDialog.getSaveFileName(
            self, self.tr("Save the report"), "lora-studio-report.zip", self.tr("Zip files (*.zip)")
        )
        if name:
            self.save_report(sheet, parts, Path(name))

    def save_report(self, sheet: ReportSheet, parts: list[ReportPart], target: Path) -> None:
        """Write the report that was shown, and nothing else."""

        def tell(_result: None) -> None:
            sheet.close_sheet()
            self.toast_wanted.emit(self.tr("The report is saved as {name}.").format(name=target.name), None)

        tasks.run(lambda _: write_report(parts, target), tell, self._tell, owner=sheet)

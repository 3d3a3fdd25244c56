"""Images: what is in the set, what needs a look, and the captions."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QItemSelection, QItemSelectionModel, QLocale, Qt, QTimer
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QFileDialog, QFrame, QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from lora_studio import storage
from lora_studio.dataset.images import READABLE_SUFFIXES
from lora_studio.errors import StudioError
from lora_studio.projects.archives import is_archive
from ui.models.engine_words import engine_words
from ui.models.messages import Message, message, message_for
from ui.models.picture_set import PictureSet
from ui.models.pictures import PictureRecord
from ui.models.shortcuts import key_words
from ui.pages.images_inspector import Inspector
from ui.pages.images_loupe import Loupe
from ui.pages.images_rail import FilterRail
from ui.pages.images_review import ReviewStrip
from ui.theme import tokens
from ui.widgets.banner import Banner
from ui.widgets.buttons import Button
from ui.widgets.empty_state import EmptyState
from ui.widgets.icon_label import IconLabel
from ui.widgets.key_shortcut import KeyShortcut
from ui.widgets.labels import Label, as_tooltip, with_breaks
from ui.widgets.message_card import MessageCard
from ui.widgets.page import BottomState, Context, Page
from ui.widgets.picture_grid import GridMode, PictureGrid
from ui.widgets.segmented import Segment, Segmented
from ui.widgets.text_field import TextField
from ui.work import tasks

SEARCH_AFTER_MS = 150
MOST_NOTES = 4


class ImagesPage(Page):
    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self.workspace = context.workspace
        self.set = PictureSet(self.workspace, self)
        self._chosen_paths: list[Path] = []
        self._progress = (0, 0)
        self._is_panel_open = True
        self._is_settling = False
        self._told_of_files: Path | None = None  # the project whose captions were said to be files
        self.add_button = Button(self.tr("Add images"), "secondary", "plus")
        self.review_button = Button("", "secondary", "warning")
        self.continue_button = Button(self.tr("Continue to Recipe"), "primary", trailing_icon="arrow_right")
        self._build()
        self._connect()
        self._place_panel()
        self._show_everything()

    # ── Building ──────────────────────────────────────────────────────────────────────────────────────────

    def _build(self) -> None:
        sizes = tokens.current().sizes
        self._banner_place = QVBoxLayout()
        self._banner_place.setSpacing(sizes.gap8)
        self.body.addLayout(self._banner_place)
        self._stack = QStackedWidget()
        self.body.addWidget(self._stack, 1)
        self.empty = EmptyState(
            "images",
            self.tr("Drop images or a folder here"),
            self.tr("They stay where they are and are never changed."),
            self.tr("Choose a folder"),
        )
        self.content = QWidget()
        self._stack.addWidget(self.empty)
        self._stack.addWidget(self.content)
        self._columns = QHBoxLayout(self.content)
        self._columns.setContentsMargins(0, 0, 0, 0)
        self._columns.setSpacing(sizes.gap16)
        self.rail = FilterRail(self.set)
        self._columns.addWidget(self.rail)
        self._columns.addWidget(self._build_middle(), 1)
        self.inspector = Inspector(self.set, self.context.store)
        self._columns.addWidget(self.inspector)
        self.loupe = Loupe(self.context.store, self.content)

    def _build_middle(self) -> QWidget:
        sizes = tokens.current().sizes
        middle = QWidget()
        column = QVBoxLayout(middle)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(sizes.gap8)
        bar = QHBoxLayout()
        bar.setSpacing(sizes.gap8)
        self.search = TextField(
            self.tr("Search captions and names"),
            placeholder=self.tr("Search"),
            icon="search",
            shows_label=False,
        )
        self.search.edit.setClearButtonEnabled(True)
        self.search.edit.setToolTip(
            as_tooltip(self.tr("Words of captions and names, or tag:mist  -tag:fog  issue:blurry  size:<768"))
        )
        self.mode_switch = Segmented(
            [Segment("pictures", self.tr("Pictures"), "grid"), Segment("crops", self.tr("Crops"), "crop")],
            self.tr("View"),
        )
        self.panel_button = Button("", "secondary", "side_by_side", accessible_name=self.tr("Show caption and checks"))
        bar.addWidget(self.search, 1)
        bar.addWidget(self.mode_switch)
        bar.addWidget(self.panel_button)
        column.addLayout(bar)
        self.review = ReviewStrip(self.set, self)
        column.addWidget(self.review)
        self._notes = QFrame()
        self._notes.setProperty("surface", "raised")
        self._note_rows = QVBoxLayout(self._notes)
        self._note_rows.setContentsMargins(sizes.gap12, sizes.gap8, sizes.gap12, sizes.gap8)
        column.addWidget(self._notes)
        self._results = QStackedWidget()
        self.grid = PictureGrid(self.set.shown, self.context.store)
        self.nothing_found = EmptyState("search", self.tr("Nothing found"), "", self.tr("Clear filter"))
        self._results.addWidget(self.grid)
        self._results.addWidget(self.nothing_found)
        column.addWidget(self._results, 1)
        return middle

    def _connect(self) -> None:
        self._search_timer = QTimer(self, singleShot=True, interval=SEARCH_AFTER_MS)
        self._search_timer.timeout.connect(lambda: self.set.narrow(search=self.search.text))
        self.search.text_changed.connect(lambda _text: self._search_timer.start())
        self.rail.chosen.connect(lambda name, tag: self.set.narrow(name, tag))
        self.mode_switch.chosen.connect(self._set_mode)
        self.panel_button.clicked.connect(lambda: self._open_panel(True))
        self.inspector.close_wanted.connect(lambda: self._open_panel(False))
        self.inspector.fix_wanted.connect(self._fix)
        self.inspector.leave_out_wanted.connect(lambda is_out: self._leave_out(self.grid.selected_pictures(), is_out))
        self.inspector.caption_action.connect(self._do_caption_action)
        self.inspector.caption.tag_typed.connect(self.review.take_typed_tag)
        self.inspector.caption.captions_typed.connect(self._tell_of_files)
        self.grid.pictures_selected.connect(self._take_selection)
        self.grid.caption_edit_requested.connect(self._edit_caption)
        self.grid.leave_out_requested.connect(self._toggle_left_out)
        self.grid.loupe_requested.connect(self.loupe.show_picture)
        self.loupe.moved.connect(self._move_loupe)
        self.loupe.closed.connect(self._focus_grid)
        self.review.picture_wanted.connect(self._go_to_picture)
        self.review.fix_wanted.connect(self._fix)
        self.review.keep_wanted.connect(lambda: self._settle(self._keep))
        self.review.leave_out_wanted.connect(lambda: self._settle(lambda records: self._leave_out(records, True)))
        self.review.finished.connect(self._end_review)
        self.review_button.clicked.connect(self.start_review)
        self.continue_button.clicked.connect(lambda: self.place_wanted.emit("recipe"))
        self.add_button.clicked.connect(self._choose_images)
        self.empty.action_chosen.connect(self._choose_images)
        self.nothing_found.action_chosen.connect(self._clear_filter)
        self.narrowness_changed.connect(self._take_narrowness)
        self.set.changed.connect(self._show_everything)
        self.set.narrowed.connect(self._show_results)
        self.set.folders_changed.connect(self._show_folder_news)
        self.set.captions_came.connect(self._tell_of_captions)
        self.set.captions_read.connect(self.inspector.show_captions)
        self.set.tags_changed.connect(self._prefer_tags)
        self.set.changes.drafts_changed.connect(self._show_bottom)
        self.set.changes.problem_changed.connect(self.inspector.show_captions)
        self.workspace.scan_progressed.connect(self._take_progress)
        self.workspace.project_changed.connect(self._show_bottom)
        for action, act in (
            ("undo", self._undo), ("redo", self._redo), ("search", self._focus_search),
            ("caption_mode", self._toggle_caption_mode),
        ):  # fmt: skip
            KeyShortcut(action, self, act)

    # ── What the window shows ─────────────────────────────────────────────────────────────────────────────

    def title(self) -> str:
        return self.tr("Images")

    def subtitle(self) -> str:
        project = self.workspace.project
        if project is None:
            return ""
        if self.workspace.is_scanning and self._progress[1]:
            done, total = (QLocale().toString(number) for number in self._progress)
            return self.tr("Checking {done} of {total}").format(done=done, total=total)
        if self.workspace.is_scanning:
            return self.tr("Looking for pictures")
        folders = project.image_dirs()
        count = self.set.counts["all"]
        if len(folders) == 1:
            return self.tr("{folder}  ·  %n picture(s)", "", count).format(folder=with_breaks(_short(folders[0][1])))
        return self.tr("{count} folders  ·  %n picture(s)", "", count).format(count=len(folders))

    def header_actions(self) -> list[QWidget]:
        return [self.add_button] if self.workspace.project is not None else []

    def things_to_look_at(self) -> int | None:
        return len(self.set.open_pictures()) if self.workspace.report is not None else None

    def bottom_state(self) -> BottomState | None:
        counts = self.set.counts
        if not counts["all"]:
            return None
        total = QLocale().toString(counts["all"])
        if self.workspace.is_scanning and not counts["ready"]:
            return BottomState(self.subtitle(), self.tr("You can write captions meanwhile."), "busy")
        title = self.tr("{ready} of {total} pictures are ready").format(
            ready=QLocale().toString(counts["ready"]), total=total
        )
        is_fine = bool(counts["ready"]) or not counts["open"]
        return BottomState(title, " ".join(self._uses()), "ok" if is_fine else "warn")

    def _uses(self) -> list[str]:
        """What training does with the pictures that are not simply ready, in a sentence each."""
        counts = self.set.counts
        left_out = [self.tr("%n (is|are) left out.", "", counts["left_out"])] if counts["left_out"] else []
        if not counts["open"]:
            return left_out
        unreadable, to_look_at = counts["unreadable"], counts["open"] - counts["unreadable"]
        used = counts["ready"] + to_look_at
        told = []
        if used and used == to_look_at:
            told = [self.tr("%n will be used and (needs|need) a look first.", "", used)]
        elif used:
            told = [self.tr("%n will be used.", "", used)]
            told += [self.tr("%n of them (needs|need) a look first.", "", to_look_at)] if to_look_at else []
        if unreadable:
            told.append(self.tr("%n cannot be opened and (stays|stay) out.", "", unreadable))
        return told + left_out

    def bottom_actions(self) -> list[Button]:
        if not self.set.counts["all"]:
            return []
        return [self.review_button, self.continue_button] if self.set.counts["open"] else [self.continue_button]

    def help(self) -> str:
        return self.tr(
            "Here are the pictures that the adapter learns from. Each should have a caption that says what is in it. "
            "{edit} or typing edits the caption, {leave_out} leaves a picture out, {next} goes to the next one that "
            "needs a look, {open} shows it large. Pictures are never changed; captions are saved as you type, and "
            "{undo} takes changes back."
        ).format(
            edit=key_words("caption_edit"), leave_out=key_words("leave_out"), next=key_words("next_issue"),
            open=key_words("picture_open"), undo=key_words("undo"),
        )  # fmt: skip

    def shown(self) -> None:
        self.set.watch_folders(True)
        if self.workspace.wanted_pictures:
            self.review.stop()
            self.set.show_wanted(self.workspace.wanted_pictures)
            self.workspace.want_pictures()
            self._choose([self.set.shown.record(row).path for row in range(min(1, self.set.shown.rowCount()))])
        self._focus_grid()

    def hidden(self) -> None:
        self.inspector.caption.take_typed()
        self.set.changes.save()
        self.set.watch_folders(False)

    def drop_sentence(self, paths: tuple[Path, ...]) -> str:
        project = self.workspace.project
        if project is None or not all(_can_be_added(path) for path in paths):
            return ""
        return self.tr("Drop to add to {project}").format(project=project.name)

    def take_drop(self, paths: tuple[Path, ...]) -> None:
        self.workspace.add_images(paths)

    # ── Showing ───────────────────────────────────────────────────────────────────────────────────────────

    def _show_everything(self) -> None:
        problem = self.workspace.scan_problem
        is_empty = not self.set.counts["all"] and (self.workspace.project is None or problem is not None)
        self._stack.setCurrentWidget(self.empty if is_empty else self.content)
        if is_empty:
            self._show_empty(problem)
        self._restore_selection()
        self.inspector.show_pictures(self.grid.selected_pictures())
        self._show_results()
        self._show_bottom()

    def _show_empty(self, problem: StudioError | None) -> None:
        title, sentence = self.tr("Drop images or a folder here"), self.tr("They stay where they are.")
        if problem is not None:
            title, sentence = engine_words(problem.title), engine_words(problem.detail)
        self.empty.set_words(title, sentence)

    def _show_bottom(self) -> None:
        count = self.set.counts["open"]
        self.review_button.setText(self.tr("Review %n issue(s)", "", count))
        self.chrome_changed.emit()

    def _show_results(self) -> None:
        is_empty = self.set.is_narrowed and not self.set.shown.rowCount()
        self._results.setCurrentWidget(self.nothing_found if is_empty else self.grid)
        if is_empty:
            self.nothing_found.set_words(self.tr("Nothing found"), self._nothing_words())
        if self.search.text != self.set.search_text and not self._search_timer.isActive():
            self.search.set_text(self.set.search_text)
        self._show_notes()

    def _nothing_words(self) -> str:
        if self.set.tag:
            return self.tr("No picture has the tag '{tag}'.").format(tag=self.set.tag)
        if self.set.search_text:
            return self.tr("No picture fits '{search}'.").format(search=self.set.search_text)
        return self.tr("No picture is in this list.")

    def _show_notes(self) -> None:
        """In place of a lone count, what a list of issues means."""
        while (item := self._note_rows.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        for words in self._notes_of(self.set.filter):
            self._note_rows.addWidget(_note_row(words))
        self._notes.setVisible(bool(self._note_rows.count()) and not self.review.is_running)

    def _notes_of(self, name: str) -> list[str]:
        if name == "unreadable" and self.set.counts[name]:
            others = self.set.counts["all"] - self.set.counts[name]
            shown = message("E02", count=self.set.counts[name], others=others)
            return [self.tr("{title} {body}").format(title=shown.title, body=shown.body)]
        if name == "noted":
            told = {item.code: item for items in self.set.findings.noted.values() for item in items}
            findings = [*told.values(), *self.set.findings.about_files]
            return [engine_words(f"{item.title} {item.detail}".strip()) for item in findings[:MOST_NOTES]]
        return []

    def _show_folder_news(self) -> None:
        while (item := self._banner_place.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        news = self.set.news
        self.inspector.set_locked(news.missing is not None)
        if news.missing is not None:
            self._add_card(message("E03", images_folder=str(news.missing)))
        if news.added:
            words = self.tr("%n picture(s) (was|were) added outside the app.", "", len(news.added))
            self._add_banner(Banner("info", words, "", (self.tr("Show them"),), closable=True), self.set.show_added)
        if news.removed and news.missing is None:
            words = self.tr("%n picture(s) (is|are) not there any more.", "", len(news.removed))
            body = self.tr("They were moved, renamed or deleted outside the app.")
            self._add_banner(Banner("info", words, body, (self.tr("Look again"),), closable=True), self._rescan)

    def _tell_of_captions(self, count: int) -> None:
        words = self.tr("%n caption(s) (was|were) changed outside the app. (It was|They were) read again.", "", count)
        self.toast_wanted.emit(words, None)

    def _add_card(self, shown: Message) -> None:
        card = MessageCard(shown)
        card.action_chosen.connect(self._do_folder_action)
        self._banner_place.addWidget(card)
        card.banner.speak()

    def _add_banner(self, banner: Banner, act: Callable[[], None]) -> None:
        banner.action_chosen.connect(lambda _place: act())
        self._banner_place.addWidget(banner)
        banner.speak()

    def _take_progress(self, done: int, total: int) -> None:
        self._progress = (done, total) if done < total else (0, 0)
        self._show_bottom()

    # ── Choosing pictures ─────────────────────────────────────────────────────────────────────────────────

    def _take_selection(self, chosen: list[PictureRecord]) -> None:
        paths = [record.path for record in chosen]
        if paths != self._chosen_paths:
            self.inspector.caption.take_typed()
        self.set.changes.save()
        self._chosen_paths = paths
        self.set.read_captions(chosen)
        self.inspector.show_pictures(chosen)
        if len(chosen) == 1:
            self.review.follow(chosen[0].path)
        # Later: the view is in the middle of changing its selection.
        QTimer.singleShot(0, self, lambda: self.set.hold(self._chosen_paths))

    def _restore_selection(self) -> None:
        """After the rows were replaced, choose the same pictures again; at first, the first one."""
        if self.grid.selectionModel().hasSelection():
            return
        rows = self.set.shown
        if not self._chosen_paths and rows.rowCount() and not self.grid.hasFocus():
            self._chosen_paths = [rows.record(0).path]
        self._choose([path for path in self._chosen_paths if self.set.pictures.row_of(path) is not None])

    def _choose(self, paths: Sequence[Path]) -> None:
        chosen = QItemSelection()
        for path in paths:
            row = self.set.pictures.row_of(path)
            index = self.set.shown.mapFromSource(self.set.pictures.index(row)) if row is not None else None
            if index is not None and index.isValid():
                chosen.select(index, index)
        if chosen.isEmpty():
            return
        model = self.grid.selectionModel()
        model.setCurrentIndex(chosen.indexes()[0], QItemSelectionModel.SelectionFlag.NoUpdate)
        model.select(chosen, QItemSelectionModel.SelectionFlag.ClearAndSelect)
        self.grid.scrollTo(chosen.indexes()[0])

    def _go_to_picture(self, path: Path) -> None:
        self.grid.select_picture(path)
        self._focus_grid()

    def _move_loupe(self, by: int) -> None:
        row = self.grid.currentIndex().row() + by
        if 0 <= row < self.set.shown.rowCount():
            record = self.set.shown.record(row)
            self.grid.select_picture(record.path)
            self.loupe.show_picture(record)

    def _set_mode(self, key: str) -> None:
        self.mode_switch.set_key(key)
        self.grid.set_mode(GridMode(key))

    def _clear_filter(self) -> None:
        self.search.set_text("")
        self.set.narrow("all", "", "")
        self._focus_grid()

    def _focus_grid(self) -> None:
        if self.grid.isVisibleTo(self):
            self.grid.setFocus(Qt.FocusReason.OtherFocusReason)

    def _focus_search(self) -> None:
        if self.search.isVisibleTo(self):
            self.search.edit.setFocus(Qt.FocusReason.ShortcutFocusReason)
            self.search.edit.selectAll()

    def _toggle_caption_mode(self) -> None:
        if self.inspector.shows_caption:
            self._open_panel(True)
            self.inspector.caption.toggle_mode()

    def _prefer_tags(self) -> None:
        """Captions that read as tags are shown as tags, until the person chooses."""
        if not self.inspector.caption.mode_was_chosen:
            self.inspector.caption.set_mode("tags" if self.set.prefers_tags else "text")

    # ── Changing pictures ─────────────────────────────────────────────────────────────────────────────────

    def _tell_of_files(self) -> None:
        """At the first caption of a project that has none."""
        project = self.workspace.project
        if project is None or self.workspace.report is None or self._told_of_files == project.folder:
            return
        if not any(record.caption for record in self.set.pictures.records()):
            self._told_of_files = project.folder
            self.toast_wanted.emit(self.tr("Captions are saved as text files beside the pictures."), None)

    def _edit_caption(self, _chosen: list[PictureRecord], typed: str) -> None:
        if self.set.news.missing is None and self.inspector.shows_caption:
            self._open_panel(True)
            self.inspector.caption.start_typing(typed)

    def _toggle_left_out(self, chosen: list[PictureRecord]) -> None:
        self._leave_out(chosen, not all(record.left_out for record in chosen))

    def _leave_out(self, records: Sequence[PictureRecord], is_out: bool) -> None:
        records = [record for record in records if record.left_out != is_out]
        if not records or self.set.news.missing is not None:
            return
        self.set.leave_out(records, is_out)
        left_out = self.tr("%n picture(s) left out.", "", len(records))
        words = left_out if is_out else self.tr("%n picture(s) taken back in.", "", len(records))
        self.toast_wanted.emit(words, self._undo)

    def _keep(self, records: Sequence[PictureRecord]) -> None:
        self.set.keep(records)
        words = self.tr("%n picture(s) kept as (it is|they are).", "", len(records))
        self.toast_wanted.emit(words, self._undo)

    def _fix(self, fix: str) -> None:
        chosen = self.grid.selected_pictures()
        match fix:
            case "keep":
                self._keep(chosen)
            case "leave_out" | "take_in":
                self._leave_out(chosen, fix == "leave_out")
            case "write":
                self._edit_caption(chosen, "")
            case "show_crop":
                self._set_mode("crops")
            case "train_smaller":
                self.place_wanted.emit("recipe")
            case "show_twins" if chosen:
                self.set.narrow("duplicate", "", "")
                self._choose([chosen[0].path, *self.set.twins(chosen[0].path)])
            case "make_smaller":
                self._make_smaller(chosen)
            case "show_in_folder" if chosen:
                self.show_folder(chosen[0].path)

    def _make_smaller(self, records: Sequence[PictureRecord]) -> None:
        """Copies go into the project; that takes a while, and the picture stays as it is."""
        keyed = {self.set.key_of(record.path): record.path for record in records}
        reasons = self.set.findings.reasons
        pictures = {key: path for key, path in keyed.items() if reasons.get(key) == "picture_too_large"}
        done = self.tr("%n smaller (copy|copies) added to the project.", "", len(pictures))
        self.toast_wanted.emit(self.tr("Making %n smaller (copy|copies)…", "", len(pictures)), None)
        self.workspace.add_smaller_copies(pictures, lambda: self.toast_wanted.emit(done, None))

    def _undo(self) -> None:
        self.set.changes.undo()

    def _redo(self) -> None:
        self.set.changes.redo()

    # ── Review ────────────────────────────────────────────────────────────────────────────────────────────

    def start_review(self) -> None:
        """Walk through what needs a look."""
        records = self.set.open_pictures()
        if records:
            self._clear_filter()
            self._open_panel(not self.is_narrow)
            self.review.begin(records)
            self._show_notes()

    def _settle(self, act: Callable[[Sequence[PictureRecord]], None]) -> None:
        """Do something with the picture that is reviewed, and go on."""
        path = self.review.path
        row = self.set.pictures.row_of(path) if path is not None else None
        if row is not None:
            act([self.set.pictures.record(row)])
            self._is_settling = True
            self.review.go_on()
            self._is_settling = False

    def _end_review(self, still_open: int) -> None:
        undo = self._undo if self._is_settling else None  # this toast replaces the one of the last decision
        if still_open:
            self.toast_wanted.emit(self.tr("%n picture(s) still (needs|need) a look.", "", still_open), undo)
        else:
            self.toast_wanted.emit(self.tr("Every picture was looked at."), undo)
        self._focus_grid()

    # ── Folders ───────────────────────────────────────────────────────────────────────────────────────────

    def _choose_images(self) -> None:
        folder = QFileDialog.getExistingDirectory(self, self.tr("Choose a folder of pictures"))
        if folder and self.workspace.project is not None:
            self.workspace.add_images([Path(folder)])
        elif folder:
            self.workspace.open_images([Path(folder)])

    def _do_folder_action(self, action: str) -> None:
        if action == "try_again":
            self._rescan()
        elif action == "find_folder":
            self._find_folder()

    def _rescan(self) -> None:
        self.set.forget_news()
        self.workspace.rescan()

    def _find_folder(self) -> None:
        folder = QFileDialog.getExistingDirectory(self, self.tr("Find the folder of pictures"))
        if not folder:
            return
        try:
            self.set.find_folder_again(Path(folder))
        except StudioError as error:
            self._add_card(message_for(error).only(()))

    def _do_caption_action(self, action: str) -> None:
        changes = self.set.changes
        match action:
            case "try_again":
                changes.try_again()
            case "edit_caption":
                self.inspector.caption.start_typing("")
            case "rescan":
                changes.drop_drafts()
                self.set.read_captions(self.grid.selected_pictures())
                self._rescan()
            case "save_elsewhere":
                self._save_elsewhere()

    def _save_elsewhere(self) -> None:
        paths = self.set.changes.failed_paths
        text = (self.set.changes.draft(paths[0]) if paths else None) or ""
        title = self.tr("Save the caption elsewhere")
        name, _ = QFileDialog.getSaveFileName(self, title, f"{paths[0].stem}.txt" if paths else "")
        if name:
            target = Path(name)
            tasks.run(
                lambda _: storage.write_file(target, text.encode()),
                lambda _: self.toast_wanted.emit(self.tr("Saved as {name}.").format(name=target.name), None),
                self._tell_failure,
                owner=self,
            )

    def _tell_failure(self, error: Exception) -> None:
        if not isinstance(error, StudioError):
            raise error
        self._add_card(message_for(error).only(()))

    # ── The panel at the right ────────────────────────────────────────────────────────────────────────────

    def _open_panel(self, is_open: bool) -> None:
        self._is_panel_open = is_open
        self._place_panel()
        if not is_open:
            self._focus_grid()

    def _take_narrowness(self, is_narrow: bool) -> None:
        self._is_panel_open = not is_narrow
        self._place_panel()

    def _place_panel(self) -> None:
        """Beside the grid where there is room, else as a drawer over it."""
        self.panel_button.setVisible(not self._is_panel_open)
        in_column = self._columns.indexOf(self.inspector) >= 0
        if self.is_narrow and in_column:
            self._columns.removeWidget(self.inspector)
        elif not self.is_narrow and not in_column:
            self._columns.addWidget(self.inspector)
        self.inspector.setVisible(self._is_panel_open)
        self._fit_overlays()

    def _fit_overlays(self) -> None:
        area = self.content.rect()
        self.loupe.setGeometry(area)
        if self.is_narrow:
            width = self.inspector.width()
            self.inspector.setGeometry(area.width() - width, 0, width, area.height())
            self.inspector.raise_()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit_overlays()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self.is_narrow and self._is_panel_open:
            self._open_panel(False)
        elif event.key() == Qt.Key.Key_Escape and self.review.is_running:
            self.review.close_button.click()
        else:
            super().keyPressEvent(event)


def _note_row(words: str) -> QWidget:
    row = QWidget()
    layout = QHBoxLayout(row)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(tokens.current().sizes.gap8)
    layout.addWidget(IconLabel("info", "text2", 16), 0, Qt.AlignmentFlag.AlignTop)
    layout.addWidget(Label(words, "small", "text2", wrap=True), 1)
    return row


def _can_be_added(path: Path) -> bool:
    """Whether it names a picture, a zip file or a folder; a folder may have a dot in its name."""
    return path.suffix.lower() in {*READABLE_SUFFIXES, ""} or is_archive(path) or path.is_dir()


def _short(folder: Path) -> str:
    """A folder as one would write it; the sign for the home means nothing to people on Windows."""
    home = Path.home()
    is_at_home = folder.is_relative_to(home) and sys.platform != "win32"
    return str(Path("~") / folder.relative_to(home)) if is_at_home else str(folder)

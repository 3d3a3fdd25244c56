"""Export: the picked epoch as one file that other programs load."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QLocale, Qt
from PySide6.QtGui import QGuiApplication, QPixmap
from PySide6.QtWidgets import (
    QBoxLayout,
    QCheckBox,
    QFileDialog,
    QHBoxLayout,
    QPlainTextEdit,
    QVBoxLayout,
    QWidget,
)

from lora_studio.errors import StudioError
from lora_studio.projects.project import RunNote
from lora_studio.weights.publishing import leavable
from ui.models.export_effect import EffectDrawing
from ui.models.exporting import (
    LICENSES,
    ExportModel,
    ExportWish,
    NameTaken,
    check_programs,
    file_name,
    list_wish,
    name_problem,
)
from ui.models.library_words import family_word
from ui.models.messages import Message, MessageButton, message_for
from ui.models.run import RunModel
from ui.models.run_record import SampleShot
from ui.models.sharing import KitModel
from ui.models.workspace import PromptWish
from ui.pages.export_cards import CoverCard, SavedCard
from ui.pages.export_effect import EffectCard
from ui.pages.export_more import MoreCard
from ui.pages.export_published import PublishedCard
from ui.pages.export_sharing import SendSheet, SharingPart
from ui.pages.run_choice import RunChoice
from ui.theme import tokens
from ui.widgets.banner import Banner, BannerKind
from ui.widgets.buttons import Button
from ui.widgets.card import Card
from ui.widgets.combo_box import ComboBox
from ui.widgets.empty_state import EmptyState
from ui.widgets.labels import ElidedLabel, Label
from ui.widgets.message_card import MessageCard
from ui.widgets.one_of import OneOf
from ui.widgets.page import BottomState, Context, Page
from ui.widgets.text_field import NumberField, TextField

SIDE_PX, NARROW_SIDE_PX = 400, 320
MOST_VERSIONS = 999
TRIGGER_KEYS = frozenset({"modelspec.trigger_phrase", "ss_training_comment"})


class ExportPage(Page):
    """Works on the workspace's run and the epoch that was picked for it."""

    widest_px = 1320

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._run: RunModel | None = None
        self._model: ExportModel | None = None
        self._effect: EffectDrawing | None = None
        self._left_out: frozenset[str] = frozenset()
        self._notice: MessageCard | None = None
        self._form_is_for: object = None
        self._make_buttons()
        self._build()
        workspace = context.workspace
        workspace.run_changed.connect(self._take_run)
        workspace.project_changed.connect(self._refresh)
        workspace.runs_changed.connect(self.chrome_changed)
        context.settings.changed.connect(lambda _field: self._show_folder())
        self.narrowness_changed.connect(lambda _is_narrow: self._fold())
        tokens.changed.connect(self._fold)
        self._take_run()

    def _make_buttons(self) -> None:
        self.save_button = Button(self.tr("Save adapter"), "primary", "save")
        self.save_button.clicked.connect(lambda: self._save())
        self.again_button = Button(self.tr("Save again"), "secondary", "save")
        self.again_button.clicked.connect(lambda: self._save())
        self.draw_button = Button(self.tr("Draw with it"), "primary", "wand")
        self.draw_button.clicked.connect(self._draw)
        self.compare_button = Button(self.tr("Go to Compare"), "primary", trailing_icon="arrow_right")
        self.compare_button.clicked.connect(lambda: self.place_wanted.emit("compare"))
        self.runs = RunChoice(self.context.workspace)

    def _build(self) -> None:
        gap = tokens.current().sizes.gap16
        self._pages = OneOf(self)
        self.body.addWidget(self._pages, 1)
        self.empty = EmptyState(
            "export",
            self.tr("Pick an epoch in Compare first"),
            self.tr("The epoch you pick there is saved here as a file for other programs."),
        )
        self._pages.add(self.empty)
        content = self._content = QWidget(self._pages)
        column = QVBoxLayout(content)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(gap)
        self._notice_place = QVBoxLayout()
        column.addLayout(self._notice_place)
        self.practice_banner = Banner(
            "info",
            self.tr("For practice: this file works only in LoRA Studio."),
            self.tr("Train on a Stable Diffusion base to share it."),
        )
        column.addWidget(self.practice_banner)
        self._columns = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._columns.setSpacing(gap)
        column.addLayout(self._columns, 1)
        left = QVBoxLayout()
        left.setSpacing(gap)
        left.addWidget(self._file_form())
        left.addWidget(self._word_form())
        self.privacy = Label("", "small", "muted", wrap=True)
        left.addWidget(self.privacy)
        self.published = PublishedCard()
        self.published.left_out_changed.connect(self._leave_out)
        left.addWidget(self.published)
        self.more = MoreCard()
        self.more.edited.connect(self._edit)
        self.more.tags.toggled.connect(self._gather)
        left.addWidget(self.more)
        left.addStretch(1)
        self._columns.addLayout(left, 1)
        self._side = QWidget(content)
        side = QVBoxLayout(self._side)
        side.setContentsMargins(0, 0, 0, 0)
        side.setSpacing(gap)
        self.cover = CoverCard(self.context.store)
        self.cover.cover_chosen.connect(self._edit)
        self.kits = KitModel(self)
        self.kits.failed.connect(self._show_failure)
        self.sharing = SharingPart(self.kits)
        self.sharing.folder_wanted.connect(self.show_folder)
        self.sharing.hub_wanted.connect(self._open_sender)
        self.saved = SavedCard(self.sharing)
        self.saved.card.folder_wanted.connect(self.show_folder)
        self.saved.path_wanted.connect(self._copy_path)
        self.saved.folder_wanted.connect(lambda: self._with_file(self.show_folder))
        self.saved.prompt_wanted.connect(self._copy_prompt)
        side.addWidget(self.cover)
        side.addWidget(self.saved)
        self.effect_card = EffectCard(self.context.store)
        self.effect_card.draw_wanted.connect(lambda: self._effect.begin() if self._effect is not None else None)
        self.effect_card.skip_wanted.connect(lambda: self._effect.skip() if self._effect is not None else None)
        side.addWidget(self.effect_card)
        side.addStretch(1)
        self._columns.addWidget(self._side)
        self._pages.add(content)
        self._fold()

    def _file_form(self) -> Card:
        card = Card(self.tr("Name and folder"), large=True)
        row = QHBoxLayout()
        row.setSpacing(tokens.current().sizes.gap12)
        self.name = TextField(self.tr("Name"))
        self.version = NumberField(self.tr("Version"), 1, 1, MOST_VERSIONS)
        self.version.setFixedWidth(tokens.current().scaled(104))
        self.name.text_changed.connect(self._edit)
        self.version.value_changed.connect(self._edit)
        row.addWidget(self.name, 1, Qt.AlignmentFlag.AlignTop)
        row.addWidget(self.version, 0, Qt.AlignmentFlag.AlignTop)
        card.body.addLayout(row)
        folder = QHBoxLayout()
        folder.addWidget(Label(self.tr("Folder"), "small", "text2"))
        self.folder_label = ElidedLabel("", "body", "text2", mode=Qt.TextElideMode.ElideMiddle)
        self.folder_button = Button(self.tr("Choose another folder"), "ghost", "folder", small=True)
        self.folder_button.clicked.connect(self._choose_folder)
        folder.addWidget(self.folder_label, 1)
        folder.addWidget(self.folder_button)
        card.body.addLayout(folder)
        self.facts_label = Label("", "small", "muted", wrap=True)
        card.body.addWidget(self.facts_label)
        return card

    def _word_form(self) -> Card:
        card = Card(self.tr("What it says about itself"), large=True)
        self.trigger = QCheckBox("")
        self.trigger.clicked.connect(self._choose_trigger)
        card.body.addWidget(self.trigger)
        row = QHBoxLayout()
        row.setSpacing(tokens.current().sizes.gap12)
        self.author = TextField(self.tr("Made by"), placeholder=self.tr("Optional"))
        self.author.text_changed.connect(self._edit)
        row.addWidget(self.author, 1)
        licence = QVBoxLayout()
        licence.setSpacing(tokens.current().sizes.gap4)
        licence.addWidget(Label(self.tr("Licence"), "small", "text2"))
        self.license = ComboBox(self.tr("Licence"))
        self.license.addItem(self.tr("Not stated"))
        self.license.addItems(list(LICENSES))
        self.license.activated.connect(self._edit)
        licence.addWidget(self.license)
        row.addLayout(licence, 1)
        card.body.addLayout(row)
        card.body.addWidget(Label(self.tr("Notes"), "small", "text2"))
        self.notes = QPlainTextEdit()
        self.notes.setAccessibleName(self.tr("Notes"))
        self.notes.setPlaceholderText(self.tr("What it draws, and how to prompt it"))
        self.notes.setTabChangesFocus(True)
        self.notes.setFixedHeight(tokens.current().scaled(84))
        self.notes.textChanged.connect(self._edit)
        card.body.addWidget(self.notes)
        return card

    def _privacy_words(self) -> str:
        if self.more.tags.isChecked():
            return self.tr("Written into the file: what is ticked below, with the tags of your captions.")
        if self._left_out:
            return self.tr("Written into the file: what is ticked below. Not written: your name, folders, captions.")
        return self.tr(
            "Written into the file: name, trigger word, base model, settings, the small cover, and what you type here. "
            "Not written: your name, folders, captions."
        )

    # ── The window's part ─────────────────────────────────────────────────────────────────────────────────

    def title(self) -> str:
        return self.tr("Export")

    def subtitle(self) -> str:
        return self.tr("One file, read back after it is saved.")

    def header_actions(self) -> list[QWidget]:
        return [self.runs] if self.runs.has_choice else []

    def bottom_state(self) -> BottomState | None:
        model = self._model
        if model is None or self._pick is None:
            return None
        if model.is_saving:
            return BottomState(self.tr("Saving and reading it back"), "", "busy")
        if model.exported is not None:
            path, wish = model.exported.path, model.exported.wish
            words = self.tr("Saved {name} and one for diffusers") if wish.also_diffusers else self.tr("Saved {name}")
            return BottomState(words.format(name=path.name), str(path.parent), "ok")
        epoch = self.tr("Epoch {epoch}").format(epoch=QLocale().toString(self._pick))
        return BottomState(self.tr("Ready to save"), epoch, "info")

    def bottom_actions(self) -> list[Button]:
        if self._pick is not None:
            is_saved = self._model is not None and self._model.exported is not None
            return [self.again_button, self.draw_button] if is_saved else [self.save_button]
        return [self.compare_button] if self._run is not None else []

    def help(self) -> str:
        return self.tr(
            "The file is written under another name first, compared with the epoch number by number, and only then "
            "gets its own. Drag the card into any folder or program. Nothing is uploaded unless you press Send."
        )

    def shown(self) -> None:
        self._refresh()

    # ── The run ───────────────────────────────────────────────────────────────────────────────────────────

    def _take_run(self) -> None:
        """Save epochs of the workspace's run from now on."""
        if self._model is not None:
            self._model.deleteLater()
        if self._effect is not None:
            self._effect.close()
            self._effect.deleteLater()
        self._run = self.context.workspace.run
        self._model = self._effect = None
        self._form_is_for = None
        self._show_notice(None)
        if self._run is not None:
            self._model = ExportModel(self._run.run, self)
            self._model.changed.connect(self._show_state)
            self._model.saved.connect(self._take_saved)
            self._model.failed.connect(self._show_failure)
            self._effect = EffectDrawing(self._run, self)
            self._effect.changed.connect(self._show_effect)
            self._run.changed.connect(self._show_effect)
            self._run.changed.connect(self._fill_once)
            self._run.samples_changed.connect(self._show_covers)
        self._refresh()

    @property
    def _note(self) -> RunNote:
        project = self.context.project
        if project is None or self._run is None:
            return RunNote()
        return project.data.runs.get(self._run.run.name, RunNote())

    @property
    def _pick(self) -> int | None:
        return self._note.pick if self._run is not None else None

    def _refresh(self) -> None:
        self._pages.show_only(self.empty if self._pick is None else self._content)
        self._fill_once()
        self._show_covers()
        self._show_folder()
        self._show_state()
        self._show_effect()

    def _fill_once(self) -> None:
        """Propose what the form says, once for each run, pick and strength; what was typed is never taken back."""
        run = self._run
        if run is None or run.facts is None or self._pick is None:
            return
        strength = self._note.strength
        if self._form_is_for == (run, self._pick, strength):
            return
        is_new_run = not isinstance(self._form_is_for, tuple) or self._form_is_for[0] is not run
        self._form_is_for = (run, self._pick, strength)
        self._gather()
        config = run.facts.config
        self.more.set_strength(strength)
        if is_new_run:
            self.more.set_dtype(config.output.export_dtype)
            self.more.offer_diffusers(config.adapter.kind == "lora")
            self._left_out = leavable(self._note.left_out)
            self.name.set_text(config.name)
            self.version.set_value(1)
            self.author.set_text(config.output.author)
            stated = config.output.license
            if stated and self.license.findText(stated) < 0:
                self.license.addItem(stated)
            self.license.setCurrentIndex(max(0, self.license.findText(stated)) if stated else 0)
            word = config.dataset.trigger
            self.trigger.setText(self.tr("Write the trigger word {word} into the file").format(word=word))
            self.trigger.setVisible(bool(word))
            is_practice = config.base.family == "practice"
            self.practice_banner.setVisible(is_practice)
            self.saved.set_practice(is_practice)
            self.saved.show_prompt(next(iter(config.preview.prompts), ""))
        facts = [
            self.tr("Epoch {epoch}").format(epoch=QLocale().toString(self._pick)),
            family_word(config.base.family),
            self.tr("Rank {rank}").format(rank=config.adapter.rank),
        ]
        if strength is not None:
            words = self.tr("Suggested strength {strength}")
            facts.append(words.format(strength=QLocale().toString(strength, "f", 1)))
        self.facts_label.setText("  ·  ".join(facts))
        self._edit()

    def _gather(self) -> None:
        """Learn what the file will tell of the run."""
        if self._model is not None and self._pick is not None:
            self._model.gather(self._pick, with_tags=self.more.tags.isChecked())

    def _show_covers(self) -> None:
        run, pick = self._run, self._pick
        shots: list[SampleShot] = run.samples(pick) if run is not None and pick is not None else []
        self.cover.show_samples(shots)

    def _show_folder(self) -> None:
        self.folder_label.setText(str(self._folder) if self._run is not None else "")

    @property
    def _folder(self) -> Path:
        chosen = self.context.settings.values.exports_folder
        assert self._run is not None
        return Path(chosen).expanduser() if chosen else self._run.run.exports_dir

    # ── Saving ────────────────────────────────────────────────────────────────────────────────────────────

    @property
    def _version(self) -> int | None:
        """The version in the file's name, which the first one goes without where nothing has that name."""
        version = int(self.version.value)
        if version > 1 or self._model is None or name_problem(self.name.text) is not None:
            return version
        return None if self._model.was_free(self._folder / file_name(self.name.text, None)) else version

    def _wish(self) -> ExportWish | None:
        if self._run is None or self._pick is None:
            return None
        shot = self.cover.chosen
        return ExportWish(
            epoch=self._pick,
            folder=self._folder,
            name=self.name.text.strip(),
            version=self._version,
            author=self.author.text,
            license=self.license.currentText() if self.license.currentIndex() else "",
            notes=self.notes.toPlainText(),
            suggested_strength=self._note.strength,
            cover=shot.path if shot is not None else None,
            left_out=self._left_out,
            dtype=self.more.dtype,
            folds_strength=self.more.folds_strength,
            also_diffusers=self.more.diffusers.isChecked(),
            with_tags=self.more.tags.isChecked(),
        )

    def _save(self, **changes: object) -> None:
        wish = self._wish()
        if wish is not None and self._model is not None and name_problem(wish.name) is None:
            self._show_notice(None)
            if self.save_button.hasFocus() or self.again_button.hasFocus():
                self.setFocus()  # they give way; else Qt would hand the focus to whatever comes next, with a ring
            self._model.save(replace(wish, **changes))  # type: ignore[arg-type]

    def _take_saved(self) -> None:
        """Remember with the run that the person saved an adapter of it, and draw with the file itself."""
        if not self._note.exported:
            self._keep(exported=True)
        exported = self._model.exported if self._model is not None else None
        if exported is not None and self._effect is not None:
            self._effect.offer(exported.path, exported.wish.drawn_strength)

    def _keep(self, **values: object) -> None:
        """Write something down with the run."""
        project = self.context.project
        if project is not None and self._run is not None:
            note = self._note.model_copy(update=values)
            self.context.workspace.change(runs={**project.data.runs, self._run.run.name: note})

    def _choose_trigger(self, is_written: bool) -> None:
        self._leave_out(self._left_out - TRIGGER_KEYS if is_written else self._left_out | TRIGGER_KEYS)

    def _leave_out(self, keys: frozenset[str]) -> None:
        """Leave these out of the file, now and for the next one of this run."""
        self._left_out = keys
        self._edit()
        self._keep(left_out=tuple(sorted(keys)))

    def _edit(self, *_value: object) -> None:
        """The form says something else: a file saved before is not what it says."""
        if self._model is not None:
            self._model.forget()
        if self._effect is not None:
            self._effect.forget()
        self._show_notice(None)
        self._show_state()

    def _show_state(self) -> None:
        model = self._model
        problem = self._name_words()
        self.name.set_error(problem)
        self.name.set_hint("" if problem else file_name(self.name.text, self._version))
        for button in (self.save_button, self.again_button):
            button.set_busy(model is not None and model.is_saving)
            button.block(problem) if problem else button.unblock()
        self._show_published()
        exported = model.exported if model is not None else None
        checks = check_programs(exported.report) if exported is not None else ()
        self.saved.show_exported(exported, checks, self._cover_pixmap() if exported is not None else QPixmap())
        self.kits.set_adapter(self._run.run if self._run is not None else None, exported)
        if model is not None and model.taken is not None:
            self._show_taken(model.taken)
        self.chrome_changed.emit()

    def _show_published(self) -> None:
        wish, facts = self._wish(), self._model.facts if self._model is not None else None
        self.trigger.setChecked(not self._left_out >= TRIGGER_KEYS)
        self.privacy.setText(self._privacy_words())
        is_known = wish is not None and facts is not None and name_problem(wish.name) is None
        self.published.setVisible(is_known)
        if wish is not None and facts is not None and is_known:
            self.published.show_lines(list_wish(facts, wish), self._left_out)

    def _show_effect(self) -> None:
        self.effect_card.show_effect(self._effect)

    def _name_words(self) -> str:
        words = {
            "empty": self.tr("Give it a name"),
            "marks": self.tr('A name cannot hold / \\ : * ? " < > |'),
            "ends": self.tr("A name cannot begin or end with a dot or space"),
            "long": self.tr("This name is too long for a file"),
        }
        problem = name_problem(self.name.text)
        return words[problem] if problem is not None else ""

    def _cover_pixmap(self) -> QPixmap:
        shot = self.cover.chosen
        return (self.context.store.stand_in(shot.path) or QPixmap()) if shot is not None else QPixmap()

    # ── What can go wrong ─────────────────────────────────────────────────────────────────────────────────

    def _show_taken(self, taken: NameTaken) -> None:
        title = self.tr("There is already a file {name}.").format(name=taken.path.name)
        body = self.tr("Nothing was written. Replacing it cannot be undone.")
        save_as = self.tr("Save as v{version}").format(version=taken.free_version)
        buttons = (MessageButton("save_as", save_as), MessageButton("replace", self.tr("Replace")))
        self._show_message(Message("name_taken", title, body, buttons), "warn")

    def _show_failure(self, error: StudioError) -> None:
        said = message_for(error)
        if not {"save_again", "try_again"} & {button.action for button in said.buttons}:
            said = replace(said, buttons=(*said.buttons, MessageButton("save_again", self.tr("Save again"))))
        self._show_message(said, "err")

    def _show_message(self, said: Message, kind: BannerKind) -> None:
        actions = self._actions()
        card = MessageCard(said.only(actions), kind, closable=True)
        card.action_chosen.connect(lambda action: actions[action]())
        self._show_notice(card)
        card.banner.speak()

    def _actions(self) -> dict[str, Callable[[], object]]:
        taken = self._model.taken if self._model is not None else None
        return {
            "save_as": lambda: self._save_as(taken),
            "replace": lambda: self._save(replaces=True),
            "save_again": self._save,
            "try_again": self._save,
            "choose_folder": self._choose_folder,
            "use_another_drive": self._choose_folder,
            "choose_epoch": lambda: self.place_wanted.emit("compare"),
            "rename": self.name.edit.setFocus,
        }

    def _save_as(self, taken: NameTaken | None) -> None:
        if taken is not None:
            self.version.set_value(taken.free_version)
            self._save()

    def _show_notice(self, card: MessageCard | None) -> None:
        if self._notice is not None:
            self._notice.hide()
            self._notice.deleteLater()
        self._notice = card
        if card is not None:
            self._notice_place.addWidget(card)

    # ── The saved file ────────────────────────────────────────────────────────────────────────────────────

    def _choose_folder(self) -> None:
        if self._run is None:
            return
        chosen = QFileDialog.getExistingDirectory(self, self.tr("Folder for adapters"), str(self._folder))
        if chosen:
            self.context.settings.set("exports_folder", chosen)
            self._edit()

    def _with_file(self, act: Callable[[Path], object]) -> None:
        exported = self._model.exported if self._model is not None else None
        if exported is not None:
            act(exported.path)

    def _draw(self) -> None:
        self.context.workspace.want_prompt(PromptWish())
        self.place_wanted.emit("compare")

    def _copy_path(self) -> None:
        self._with_file(lambda path: QGuiApplication.clipboard().setText(str(path)))
        self.toast_wanted.emit(self.tr("Path copied"), None)

    def _copy_prompt(self, prompt: str) -> None:
        QGuiApplication.clipboard().setText(prompt)
        self.toast_wanted.emit(self.tr("Prompt copied"), None)

    def _open_sender(self, kit: Path) -> None:
        sheet = SendSheet(self.window(), kit)
        sheet.page_wanted.connect(self.show_web_page)
        sheet.closed.connect(sheet.deleteLater)
        sheet.open_sheet()

    def _fold(self) -> None:
        current = tokens.current()
        is_stacked = self.is_narrow and current.text_scale > 1.2
        directions = QBoxLayout.Direction
        self._columns.setDirection(directions.TopToBottom if is_stacked else directions.LeftToRight)
        self._side.setMinimumWidth(0 if is_stacked else current.scaled(NARROW_SIDE_PX if self.is_narrow else SIDE_PX))
        self._side.setMaximumWidth(16_777_215 if is_stacked else self._side.minimumWidth())

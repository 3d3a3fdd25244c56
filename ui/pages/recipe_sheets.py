"""Sheets of the Recipe place: sample prompts, settings as text, opening and keeping recipes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QCoreApplication, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QPlainTextEdit, QVBoxLayout, QWidget

from lora_studio.errors import StudioError
from ui.models.engine_words import engine_words
from ui.models.library_words import kind_word
from ui.models.recipe import RecipeModel
from ui.models.recipe_file import Recipe, SavedRecipe, preset_path
from ui.theme import fonts, tokens
from ui.widgets.banner import Banner
from ui.widgets.buttons import Button, icon_button
from ui.widgets.labels import Label
from ui.widgets.sheet import Sheet
from ui.widgets.text_field import TextField

MOST_PROMPTS = 16
FILE_FILTER = "JSON (*.json)"


class PromptsSheet(Sheet):
    """The prompts as lines. They are taken over when the sheet closes, however it closes."""

    prompts_chosen = Signal(object)  # tuple of str; empty brings the proposed ones back

    def __init__(self, area: QWidget, model: RecipeModel, added: str = "") -> None:
        """`added` is a prompt that stands below those in force, with the focus."""
        super().__init__(
            area,
            _tr("Sample prompts"),
            _tr("The same prompts are drawn before training and after every epoch. Leave the trigger word out of one, "
                "to see what else the adapter changes."),
        )  # fmt: skip
        self._model = model
        self._is_proposed = False
        self.lines: list[TextField] = []
        holder = QWidget()
        self._column = QVBoxLayout(holder)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(tokens.current().sizes.gap8)
        self.body.addWidget(holder)
        self.add_line_button = Button(self.tr("Add a prompt"), "ghost", "plus", small=True)
        self.add_line_button.clicked.connect(self._add_empty)
        self.body.addWidget(self.add_line_button, 0, Qt.AlignmentFlag.AlignLeft)
        self.cost = Label("", "small", "muted", wrap=True)
        self.body.addWidget(self.cost)
        self.body.addStretch(1)
        self.proposed_button = self.add_button(Button(self.tr("Use the proposed ones"), "secondary", "wand"))
        self.proposed_button.clicked.connect(self._take_proposed)
        self.done_button = self.add_button(Button(self.tr("Done"), "primary"))
        self.done_button.clicked.connect(self.close_sheet)
        for prompt in (*model.prompts, *([added] if added else [])):
            self._add(prompt)
        self._has_added = bool(added)
        self.closed.connect(self._hand_over)
        self._count()

    @property
    def prompts(self) -> tuple[str, ...]:
        return tuple(line.text.strip() for line in self.lines if line.text.strip())

    def _add(self, prompt: str) -> TextField:
        line = QWidget()
        row = QHBoxLayout(line)
        row.setContentsMargins(0, 0, 0, 0)
        field = TextField(self.tr("Prompt"), text=prompt, shows_label=False)
        field.edit.setMaxLength(1000)
        field.text_changed.connect(self._count)
        remove = icon_button("trash", self.tr("Remove this prompt"))
        remove.clicked.connect(lambda: self._remove(field, line))
        row.addWidget(field, 1)
        row.addWidget(remove)
        self.lines.append(field)
        self._column.addWidget(line)
        return field

    def _first_focus(self) -> QWidget:
        return self.lines[-1].edit if self._has_added else super()._first_focus()

    def _add_empty(self) -> None:
        self._add("").edit.setFocus(Qt.FocusReason.TabFocusReason)
        self._count()
        self._fit()

    def _remove(self, field: TextField, line: QWidget) -> None:
        self.lines.remove(field)
        self._column.removeWidget(line)
        line.hide()
        line.deleteLater()
        self.add_line_button.setFocus(Qt.FocusReason.TabFocusReason)
        self._count()

    def _take_proposed(self) -> None:
        self._is_proposed = True
        self.close_sheet()

    def _count(self) -> None:
        count = len(self.prompts)
        self.cost.setText(
            self._model.prompts_cost(count) if count else self.tr("Without a prompt, four are proposed again.")
        )
        self.add_line_button.setEnabled(len(self.lines) < MOST_PROMPTS)

    def _hand_over(self) -> None:
        self.prompts_chosen.emit(() if self._is_proposed else self.prompts)


class TextSheet(Sheet):
    """All settings as JSON. What cannot be used stays as typed, with the reason under it."""

    def __init__(self, area: QWidget, model: RecipeModel, text: str = "") -> None:
        super().__init__(
            area,
            _tr("Edit as text"),
            _tr("Every setting of Advanced as JSON. A line that is taken out goes back to its usual value."),
            width_px=720,
        )
        self._model = model
        self.edit = QPlainTextEdit(text or model.as_text())
        self.edit.setFont(fonts.mono_font())
        self.edit.setAccessibleName(self.tr("Settings as JSON"))
        self.edit.setMinimumHeight(tokens.current().scaled(360))
        self.edit.setTabChangesFocus(True)
        self.body.addWidget(self.edit, 1)
        self.error = Label("", "small", "err", wrap=True)
        self.error.hide()
        self.body.addWidget(self.error)
        self.cancel_button = self.add_button(Button(self.tr("Cancel")))
        self.cancel_button.clicked.connect(self.close_sheet)
        self.use_button = self.add_button(Button(self.tr("Use these settings"), "primary"))
        self.use_button.clicked.connect(self._use)

    def _use(self) -> None:
        problem = self._model.set_text(self.edit.toPlainText())
        self.error.setText(problem)
        self.error.setVisible(bool(problem))
        self.edit.setAccessibleDescription(problem)
        self.edit.setProperty("invalid", bool(problem))
        self.edit.style().unpolish(self.edit)
        self.edit.style().polish(self.edit)
        if not problem:
            self.close_sheet()


class SaveSheet(Sheet):
    """A name for the recipe, and where it goes: the person's presets, or a file to share."""

    saved = Signal(str)  # the name
    file_wanted = Signal(object)  # Recipe

    def __init__(self, area: QWidget, model: RecipeModel, taken: Sequence[SavedRecipe]) -> None:
        super().__init__(
            area,
            _tr("Save as preset"),
            _tr("Keeps kind, length and your changed settings. Pictures, trigger word and prompts stay out of it."),
            width_px=520,
        )
        self._model = model
        self._taken = {saved.path for saved in taken}
        self.name = TextField(self.tr("Name"), text=model.project_name)
        self.name.edit.setMaxLength(120)
        self.name.text_changed.connect(self._check)
        self.body.addWidget(self.name)
        self.body.addStretch(1)
        self.file_button = self.add_button(Button(self.tr("Save to a file…"), "secondary", "file"))
        self.file_button.clicked.connect(self._ask_for_file)
        self.save_button = self.add_button(Button(self.tr("Save"), "primary", "save"))
        self.save_button.clicked.connect(self._save)
        self._check()

    def _check(self) -> None:
        is_named, needs = bool(self.name.text.strip()), self.tr("A preset needs a name.")
        self.name.set_error("" if is_named else needs)
        for button in (self.save_button, self.file_button):
            button.unblock() if is_named else button.block(needs)
        is_taken = is_named and preset_path(self.name.text.strip()) in self._taken
        self.name.set_hint(self.tr("You have a preset of this name; saving replaces it.") if is_taken else "")
        self.save_button.setText(self.tr("Replace") if is_taken else self.tr("Save"))

    def _save(self) -> None:
        name = self.name.text.strip()
        self.save_button.set_busy(True)
        self._model.save_recipe(preset_path(name), self._model.as_recipe(name), lambda: self._end(name), self._refuse)

    def _end(self, name: str) -> None:
        self.saved.emit(name)
        self.close_sheet()

    def _refuse(self, error: StudioError) -> None:
        self.save_button.set_busy(False)
        self.name.set_error(engine_words(" ".join(filter(None, (error.title, error.detail)))))

    def _ask_for_file(self) -> None:
        self.file_wanted.emit(self._model.as_recipe(self.name.text.strip()))
        self.close_sheet()


class OpenSheet(Sheet):
    """The person's presets, and the way to a file."""

    path_chosen = Signal(Path)
    file_wanted = Signal()

    def __init__(self, area: QWidget, presets: Sequence[SavedRecipe]) -> None:
        super().__init__(
            area, _tr("Open a recipe"), _tr("You see what would change before anything does."), width_px=520
        )
        for saved in presets:
            line = QHBoxLayout()
            words = QVBoxLayout()
            words.setSpacing(2)
            words.addWidget(Label(saved.recipe.name, "strong", wrap=True))
            words.addWidget(Label(self._note(saved.recipe), "small", "muted"))
            line.addLayout(words, 1)
            button = Button(self.tr("Open"), "secondary", small=True)
            button.setAccessibleName(self.tr("Open {name}").format(name=saved.recipe.name))
            button.clicked.connect(lambda _checked=False, path=saved.path: self._choose(path))
            line.addWidget(button)
            self.body.addLayout(line)
        if not presets:
            self.body.addWidget(Label(self.tr("No presets of your own yet."), "body", "text2"))
        self.body.addStretch(1)
        self.file_button = self.add_button(Button(self.tr("Choose a file…"), "secondary", "folder"))
        self.file_button.clicked.connect(self._ask_for_file)

    def _note(self, recipe: Recipe) -> str:
        changed = self.tr("%n changed setting(s)", "", len(recipe.settings))
        return f"{kind_word(recipe.kind)}  ·  {changed}"

    def _choose(self, path: Path) -> None:
        self.close_sheet()
        self.path_chosen.emit(path)

    def _ask_for_file(self) -> None:
        self.close_sheet()
        self.file_wanted.emit()


class ChangesSheet(Sheet):
    """What a recipe would change, before it does."""

    used = Signal()

    def __init__(self, area: QWidget, recipe: Recipe, changes: Sequence[str]) -> None:
        title = _tr("Use the recipe “{name}”?").format(name=recipe.name)
        super().__init__(
            area, title, _tr("Your pictures, captions, trigger word and prompts stay as they are."), width_px=520
        )
        for change in changes:
            self.body.addWidget(Label(change, wrap=True))
        if not changes:
            self.body.addWidget(Banner("info", self.tr("Nothing would change."), self.tr("Your recipe is the same.")))
        self.body.addStretch(1)
        self.cancel_button = self.add_button(Button(self.tr("Cancel")))
        self.cancel_button.clicked.connect(self.close_sheet)
        self.use_button = self.add_button(Button(self.tr("Use this recipe"), "primary"))
        if not changes:
            self.use_button.block(self.tr("Nothing would change."))
        self.use_button.clicked.connect(self._use)

    def _use(self) -> None:
        self.close_sheet()
        self.used.emit()


def _tr(text: str) -> str:
    return QCoreApplication.translate("recipe", text)

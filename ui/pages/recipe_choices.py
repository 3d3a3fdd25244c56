"""The choices of the Recipe place that everyone sees: kind, base model, trigger word, length, sample prompts."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QLocale, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import QPainter, QPixmap
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from lora_studio import embedded
from lora_studio.bases import FoundBase
from lora_studio.config.training import Kind
from lora_studio.errors import StudioError
from lora_studio.projects.project import Thoroughness
from ui.models.engine_words import engine_words
from ui.models.library_words import base_name, kind_word
from ui.models.messages import Message
from ui.models.recipe import RecipeModel
from ui.theme import tokens
from ui.widgets.buttons import Button
from ui.widgets.card import Card
from ui.widgets.chip import Chip
from ui.widgets.choice_card import ChoiceCard
from ui.widgets.flow_layout import FlowLayout
from ui.widgets.labels import Label, as_tooltip
from ui.widgets.message_card import MessageCard
from ui.widgets.model_row import ModelRow
from ui.widgets.picture_store import PictureRequest, PictureStore
from ui.widgets.slider import Detent, Slider
from ui.widgets.text_field import TextField
from ui.work import tasks

KINDS: tuple[Kind, ...] = ("style", "character", "object")
LENGTHS: tuple[Thoroughness, ...] = ("quick", "balanced", "thorough")
TYPING_MS = 400  # after the last letter
PICTURE = (480, 192)  # a card's picture in device pixels; it is cut to the card's own shape
TILES = 3
SHOWN_BASES = 4
SHOWN_PROMPTS = 3
SHOWN_LETTERS = 42


class KindChoice(QWidget):
    """Three cards with pictures: the project's own on the chosen one, those of the samples on the others."""

    chosen = Signal(str)

    def __init__(self, model: RecipeModel, store: PictureStore, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = model
        self._store = store
        self._samples: dict[Kind, tuple[Path, ...]] = {}
        self._own: tuple[Path, ...] = ()
        self.setAccessibleName(self.tr("What are you teaching?"))
        texts = {
            "style": self.tr("A look: brushwork, palette, mood. Best with 20 to 200 varied pictures."),
            "character": self.tr("One person, creature or mascot, in many poses. 15 to 60 pictures."),
            "object": self.tr("A thing, outfit, place or composition. 10 to 50 pictures."),
        }
        icons = {"style": "palette", "character": "person", "object": "object"}
        self.cards = {kind: ChoiceCard(kind_word(kind), texts[kind], icons[kind], self) for kind in KINDS}
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(tokens.current().sizes.gap12)
        for kind, card in self.cards.items():
            card.clicked.connect(lambda _checked=False, name=kind: self.chosen.emit(name))
            layout.addWidget(card, 1, Qt.AlignmentFlag.AlignTop)
        store.arrived.connect(self._show_pictures)
        tasks.run(lambda _: _sample_pictures(), self._take_samples, owner=self)

    def show_state(self) -> None:
        for kind, card in self.cards.items():
            card.setChecked(kind == self._model.kind)
            changes = "\n".join(self._model.kind_changes(kind)) if kind != self._model.kind else ""
            card.setToolTip(as_tooltip(changes))
        report = self._model.workspace.report
        own = tuple(image.path for image in report.images) if report is not None else ()
        self._own = own[:: max(1, len(own) // TILES)][:TILES]
        self._show_pictures()

    def _take_samples(self, samples: dict[Kind, tuple[Path, ...]]) -> None:
        self._samples = samples
        self._show_pictures()

    def _show_pictures(self, arrived: Path | None = None) -> None:
        for kind, card in self.cards.items():
            paths = self._own if kind == self._model.kind and self._own else self._samples.get(kind, ())
            if paths and (arrived is None or arrived in paths):
                card.set_picture(self._strip(paths))

    def _strip(self, paths: Sequence[Path]) -> QPixmap:
        """Up to three pictures side by side; one alone stands whole in the middle."""
        width, height = PICTURE
        strip = QPixmap(width, height)
        strip.fill(tokens.current().color("stage"))
        painter = QPainter(strip)
        if len(paths) == 1:
            picture = self._store.picture(PictureRequest(paths[0], height, height, fit="contain"))
            if picture is not None:
                painter.fillRect(strip.rect(), picture.toImage().pixelColor(0, 0))
                painter.drawPixmap((width - picture.width()) // 2, (height - picture.height()) // 2, picture)
        else:
            tile = width / len(paths)
            for place, path in enumerate(paths):
                picture = self._store.picture(PictureRequest(path, round(tile), height))
                if picture is not None:
                    painter.drawPixmap(QRectF(place * tile, 0, tile, height), picture, QRectF(picture.rect()))
        painter.end()
        return strip


def _sample_pictures() -> dict[Kind, tuple[Path, ...]]:
    """Pictures that show what each kind means; an incomplete installation has none."""
    try:
        style, character = embedded.sample_project("style"), embedded.sample_project("character")
    except StudioError:
        return {}
    faces = ("angry-sunglasses.png", "bored-square-glasses.png", "grinning-round-glasses.png")
    found: dict[Kind, tuple[Path, ...]] = {
        "style": tuple(style.images_dir / name for name in ("elephant.png", "castle.png", "rose.png")),
        "character": tuple(character.images_dir / name for name in faces),
        "object": (style.images_dir / "coffee-cup-hot.png",),
    }
    return {kind: there for kind, paths in found.items() if (there := tuple(path for path in paths if path.is_file()))}


class BaseCard(Card):
    """The base models to choose from, each with where it lies and how it fits."""

    base_chosen = Signal(object)  # FoundBase
    add_wanted = Signal()
    search_wanted = Signal()

    def __init__(self, model: RecipeModel, parent: QWidget | None = None) -> None:
        super().__init__(_tr("Base model"), parent=parent)
        self._model = model
        self._listed: list[FoundBase] = []
        self._is_folded = True
        self.rows: dict[str, ModelRow] = {}
        self.search_button = Button(self.tr("Look for models"), "ghost", "search", small=True)
        self.search_button.clicked.connect(self.search_wanted)
        self.add_button = Button(self.tr("Add a model"), "ghost", "plus", small=True)
        self.add_button.clicked.connect(self.add_wanted)
        ways = QWidget(self)
        flow = FlowLayout(ways)  # one under the other where there is little width
        flow.addWidget(self.search_button)
        flow.addWidget(self.add_button)
        self.add_to_header(ways)
        self._holder = QWidget(self)
        self._rows = QVBoxLayout(self._holder)
        self._rows.setContentsMargins(0, 0, 0, 0)
        self._rows.setSpacing(tokens.current().sizes.gap8)
        self.body.addWidget(self._holder)
        self.more_button = Button("", "ghost", "chevron_down", small=True)
        self.more_button.clicked.connect(self._unfold)
        self.body.addWidget(self.more_button, 0, Qt.AlignmentFlag.AlignLeft)

    def show_state(self) -> None:
        bases = self._model.base_rows()
        if bases != self._listed:
            self._listed = bases
            self._make_rows()
        for base in bases:
            row = self.rows[base.source]
            row.setChecked(base.source == self._model.base_source)
            text, kind = self._model.base_chip(base)
            row.set_chip(text, kind)
            row.set_subline(self._model.base_line(base))
        workspace = self._model.workspace
        self.search_button.set_busy(workspace.is_searching_bases)
        note = self.tr("Looking through the usual folders…") if workspace.is_searching_bases else ""
        self.set_title(self.tr("Base model"), note)
        self._fold()

    def _make_rows(self) -> None:
        for row in self.rows.values():
            row.hide()
            row.deleteLater()
        self.rows = {}
        for base in self._listed:
            row = ModelRow(base_name(base), "", self._holder)
            row.setEnabled(base.usable)
            row.clicked.connect(lambda _checked=False, one=base: self.base_chosen.emit(one))
            self.rows[base.source] = row
            self._rows.addWidget(row)

    def _unfold(self) -> None:
        self._is_folded = False
        self._fold()

    def _fold(self) -> None:
        """A long list shows its first rows, and always the chosen one."""
        hidden = 0
        for place, base in enumerate(self._listed):
            is_over = self._is_folded and place >= SHOWN_BASES and base.source != self._model.base_source
            self.rows[base.source].setVisible(not is_over)
            hidden += is_over
        self.more_button.setText(self.tr("Show %n more", "", hidden))
        self.more_button.setVisible(hidden > 0)


class TriggerCard(Card):
    """The word that calls up what was learned, and whether it means something already."""

    def __init__(self, model: RecipeModel, parent: QWidget | None = None) -> None:
        super().__init__(_tr("Trigger word"), parent=parent)
        self._model = model
        self._timer = QTimer(self, singleShot=True, interval=TYPING_MS)
        self.chip = Chip("", "ok")
        self.chip.hide()
        self.add_to_header(self.chip)
        self.field = TextField(
            self.tr("Trigger word"), shows_label=False, hint=self.tr("Type it in a prompt to call it up.")
        )
        self.field.text_changed.connect(lambda _: self._timer.start())
        self.field.committed.connect(lambda _: self.keep_typed())
        self._timer.timeout.connect(self.keep_typed)
        self.body.addWidget(self.field)
        self.message_holder = QWidget()  # stands under the cards: a message needs their whole width
        self._messages = QVBoxLayout(self.message_holder)
        self._messages.setContentsMargins(0, 0, 0, 0)
        self.message_holder.hide()
        self.message: MessageCard | None = None
        self.body.addStretch(1)
        model.trigger_checked.connect(self.show_check)

    def keep_typed(self) -> None:
        """Take what stands in the field, at once."""
        self._timer.stop()
        self._model.set_trigger(self.field.text)

    def drop_typed(self) -> None:
        """Another project is open: what was typed for the last one is not for this one."""
        self._timer.stop()
        self.field.set_text(self._model.trigger)

    def show_state(self) -> None:
        if not self.field.edit.hasFocus() and not self._timer.isActive():
            self.field.set_text(self._model.trigger)
        if self._model.is_trigger_proposed:
            self.field.set_hint(self.tr("Proposed from the project's name. Type it in a prompt to call it up."))
        else:
            self.field.set_hint(self.tr("Type it in a prompt to call it up."))
        self.show_check()

    def show_check(self) -> None:
        check = self._model.trigger_check
        is_checked = check is not None and check.word == self._model.trigger
        self.chip.setVisible(is_checked)
        if check is not None and is_checked:
            if check.is_new:
                self.chip.set_state(self.tr("New to this model"), "ok")
            elif check.word:
                self.chip.set_state(self.tr("Needs a look"), "warn")
            else:
                self.chip.set_state(self.tr("No trigger word"), "warn")
            self.chip.setToolTip(as_tooltip(engine_words(check.checked)))
        self._show_message(self._model.trigger_message())

    def _show_message(self, said: Message | None) -> None:
        if said == (self.message.message if self.message is not None else None):
            return
        if self.message is not None:
            self.message.hide()
            self.message.deleteLater()
            self.message = None
        self.message_holder.setVisible(said is not None)
        if said is not None:
            self.message = MessageCard(said, "warn")
            self.message.action_chosen.connect(self._answer)
            self._messages.addWidget(self.message)

    def _answer(self, action: str) -> None:
        if action == "keep":
            self._model.keep_trigger()
        else:
            self._suggest()

    def _suggest(self) -> None:
        word = self._model.suggest_trigger()
        if word:
            self.field.set_text(word)


class LengthCard(Card):
    """How long to train, in three stops with their steps."""

    chosen = Signal(str)

    def __init__(self, model: RecipeModel, parent: QWidget | None = None) -> None:
        super().__init__(_tr("How thorough?"), parent=parent)
        self._model = model
        self.slider = Slider(
            self.tr("How thorough?"), 0, len(LENGTHS) - 1, 1, detents=self._stops(), even=True, exact=False
        )
        self.slider.value_changed.connect(lambda value: self.chosen.emit(LENGTHS[round(value)]))
        self.body.addWidget(self.slider)
        self.reason = Label("", "small", "muted", wrap=True)
        self.body.addWidget(self.reason)
        self.body.addStretch(1)

    def show_state(self) -> None:
        self.slider.set_detents(self._stops())
        self.slider.set_value(LENGTHS.index(self._model.thoroughness))
        by_hand = self.tr("The length was changed in Advanced; reset it there to choose here again.")
        early = self.tr("You can stop early or add more later.")
        quick = self.tr("Enough to see that it works. For good results choose more.")
        words = quick if self._model.thoroughness == "quick" else early
        self.reason.setText(by_hand if self._model.length_is_set_by_hand() else words)

    def _stops(self) -> list[Detent]:
        steps = self._model.costs.steps
        return [
            Detent(
                place,
                self._model.thoroughness_word(length),
                self.tr("{steps} steps").format(steps=QLocale().toString(steps[length])) if length in steps else "",
            )
            for place, length in enumerate(LENGTHS)
        ]


class PromptsCard(Card):
    """The sample prompts as chips, what drawing them costs, and the way to change them."""

    edit_wanted = Signal()

    def __init__(self, model: RecipeModel, parent: QWidget | None = None) -> None:
        super().__init__(_tr("Sample prompts"), parent=parent)
        self._model = model
        self._shown: tuple[str, ...] | None = None
        self.edit_button = Button(self.tr("Edit"), "ghost", "text", small=True)
        self.edit_button.setAccessibleName(self.tr("Edit sample prompts"))
        self.edit_button.clicked.connect(self.edit_wanted)
        self.add_to_header(self.edit_button)
        _note_at_the_right(self)
        self.chips = QWidget(self)
        self._flow = FlowLayout(self.chips)
        self.body.addWidget(self.chips)

    def show_state(self) -> None:
        self.note_label.setText(self._model.prompts_cost())
        prompts = self._model.prompts
        self.edit_button.setEnabled(bool(prompts))
        if prompts == self._shown:
            return
        self._shown = prompts
        self._flow.clear()
        for prompt in prompts[:SHOWN_PROMPTS]:
            self._add(prompt if len(prompt) <= SHOWN_LETTERS else f"{prompt[:SHOWN_LETTERS]}…", prompt)
        rest = prompts[SHOWN_PROMPTS:]
        if rest:
            self._add(self.tr("+%n", "", len(rest)), "\n".join(rest))
        if not prompts:
            self._flow.addWidget(Label(self.tr("Proposed as soon as your pictures were read."), "small", "muted"))
        self.chips.updateGeometry()

    def _add(self, text: str, whole: str) -> None:
        chip = Chip(text)
        chip.setToolTip(as_tooltip(whole))
        self._flow.addWidget(chip)


def _note_at_the_right(card: Card) -> None:
    card.note_label.setWordWrap(True)
    card.note_label.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
    card.header.setStretchFactor(card.note_label, 100)


def _tr(text: str) -> str:
    return QCoreApplication.translate("recipe", text)

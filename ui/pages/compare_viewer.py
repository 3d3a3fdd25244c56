"""The side of the Compare page: two pictures over each other, stars, and the strength."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QLocale, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from ui.models import shortcuts
from ui.models.comparison import OFF, STRENGTHS
from ui.theme import tokens
from ui.widgets.buttons import Button
from ui.widgets.card import Card
from ui.widgets.chip import Chip
from ui.widgets.combo_box import ComboBox
from ui.widgets.labels import ElidedLabel, Label, as_tooltip, hairline
from ui.widgets.picture_samples import SamplesView
from ui.widgets.picture_store import PictureStore
from ui.widgets.segmented import Segment, Segmented
from ui.widgets.slider import Detent, Slider
from ui.widgets.star_row import StarRow
from ui.widgets.wipe_view import WipeMode, WipeView

MOST_STRENGTH = 1.4


class Viewer(QWidget):
    """Two pictures, the way they are compared, and the prompt they share."""

    beside_chosen = Signal(int)  # the place in the list of epochs

    def __init__(self, store: PictureStore, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        sizes = tokens.current().sizes
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(sizes.gap8)
        self.wipe = WipeView(store)
        self.wipe.setMinimumHeight(tokens.current().scaled(180))
        self.wipe.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        layout.addWidget(self.wipe, 1)
        self.prompt_label = ElidedLabel("", "small", "text2")
        layout.addWidget(self.prompt_label)
        self._choices = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._choices.setSpacing(sizes.gap8)
        self.beside = ComboBox(self.tr("Compare with"))
        self.beside.setMinimumContentsLength(6)
        self.beside.activated.connect(self.beside_chosen)
        self._choices.addWidget(self.beside, 1)
        segments = [
            Segment(WipeMode.WIPE.value, self.tr("Wipe")),
            Segment(WipeMode.SIDE.value, self.tr("Side")),
            Segment(WipeMode.FLIP.value, self.tr("Flip")),
        ]
        self.mode = Segmented(segments, self.tr("How to compare"))
        self.mode.chosen.connect(lambda key: self.wipe.set_mode(WipeMode(key)))
        self._choices.addWidget(self.mode)
        layout.addLayout(self._choices)
        self.hint = Label("", "small", "muted", wrap=True)
        self._show_keys()
        shortcuts.changed.connect(self._show_keys)
        layout.addWidget(self.hint)
        layout.addStretch()
        store.arrived.connect(self._take_picture)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        needed = self.beside.minimumSizeHint().width() + self._choices.spacing() + self.mode.sizeHint().width()
        directions = QBoxLayout.Direction
        self._choices.setDirection(directions.LeftToRight if needed <= self.width() else directions.TopToBottom)
        self._fit_pictures()

    def _take_picture(self, path: Path) -> None:
        if path in self.wipe.shown_paths():
            self._fit_pictures()

    def _fit_pictures(self) -> None:
        """No higher than the pictures are at this width, in every way of comparing: nothing jumps between them."""
        size = self.wipe.picture_size()
        ratio = size.height() / size.width() if size is not None else 1.0
        self.wipe.setMaximumHeight(max(self.wipe.minimumHeight(), round(self.width() * ratio)))

    def _show_keys(self) -> None:
        self.hint.setText(self.tr("Drag to wipe. Hold {key} to flip.").format(key=shortcuts.key_words("flip")))

    def show_beside(self, titles: list[str], chosen: int) -> None:
        """What can stand on the left, the epochs first, and which of it does."""
        if [self.beside.itemText(place) for place in range(self.beside.count())] != titles:
            self.beside.clear()
            self.beside.addItems(titles)
        self.beside.setCurrentIndex(chosen)


class ViewerCard(Card):
    """What is looked at: its name, whether it is the pick, its stars, the pictures and the strength."""

    rated = Signal(int)
    pick_wanted = Signal()
    strength_chosen = Signal(float)
    draw_wanted = Signal()
    strengths_wanted = Signal()
    prompt_chosen = Signal(int)  # its row
    copied_wanted = Signal()  # show the training picture that this sample repeats, or no longer

    def __init__(self, viewer: Viewer, store: PictureStore, parent: QWidget | None = None) -> None:
        super().__init__(large=True, parent=parent)
        sizes = tokens.current().sizes
        self.body.setSpacing(sizes.gap12)
        self._is_narrow = False
        self._head = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._head.setSpacing(sizes.gap8)
        head = QHBoxLayout()
        head.setSpacing(sizes.gap8)
        self.title = Label("", "title")
        self.pick_chip = Chip(self.tr("Your pick"), "info", "check")
        self.pick_button = Button(self.tr("Pick"), "secondary", "check", small=True)
        self.pick_button.clicked.connect(self.pick_wanted)
        self.stars = StarRow(self.tr("Rating"))
        self.stars.rated.connect(self.rated)
        for widget in (self.title, self.pick_chip, self.pick_button):
            head.addWidget(widget)
        head.addStretch(1)
        self._head.addLayout(head, 1)
        self._head.addWidget(self.stars)
        self.body.addLayout(self._head)
        self.viewer_place = QVBoxLayout()
        self.body.addLayout(self.viewer_place, 1)
        self.copy_part = QWidget(self)
        self._build_copy()
        self.body.addWidget(self.copy_part)
        self.viewer_place.addWidget(viewer)
        self.prompts = SamplesView(store)  # of the same epoch, while the viewer stands elsewhere
        self.prompts.setAccessibleName(self.tr("The other prompts"))
        self.prompts.clicked.connect(lambda index: self.prompt_chosen.emit(index.row()))
        self.prompts.hide()
        self.viewer_place.addWidget(self.prompts, 1)
        self.strength_part = QWidget(self)
        self.strength_part.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        self._build_strength()
        self.body.addWidget(self.strength_part)

    def _build_copy(self) -> None:
        row = QHBoxLayout(self.copy_part)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(tokens.current().sizes.gap8)
        self.copy_words = ElidedLabel("", "small", "warn")
        self.copy_button = Button("", "secondary", "images", small=True)
        why = self.tr("This sample nearly repeats one of your pictures. See whether an earlier epoch does, too.")
        self.copy_button.setToolTip(as_tooltip(why))
        self.copy_button.clicked.connect(self.copied_wanted)
        row.addWidget(self.copy_words, 1)
        row.addWidget(self.copy_button)
        self.copy_part.hide()

    def _build_strength(self) -> None:
        sizes = tokens.current().sizes
        column = QVBoxLayout(self.strength_part)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(sizes.gap8)
        column.addWidget(hairline())
        line = QHBoxLayout()
        line.addWidget(Label(self.tr("Strength"), "section"))
        line.addStretch(1)
        self.strength_note = Label("", "small", "muted")
        line.addWidget(self.strength_note)
        column.addLayout(line)
        stops = [Detent(strength, QLocale().toString(strength, "f", 1)) for strength in (*STRENGTHS, MOST_STRENGTH)]
        detents = [Detent(OFF, QLocale().toString(0)), *stops]
        self.strength = Slider(
            self.tr("Strength"), OFF, MOST_STRENGTH, 1.0, step=0.1, decimals=1, detents=detents, exact=False
        )
        self.strength.value_changed.connect(self.strength_chosen)
        column.addWidget(self.strength)
        row = QHBoxLayout()
        self.draw_button = Button("", "secondary", "wand", small=True)
        self.draw_button.clicked.connect(self.draw_wanted)
        self.all_button = Button(self.tr("See all strengths"), "ghost", "grid", small=True)
        self.all_button.clicked.connect(self.strengths_wanted)
        row.addWidget(self.draw_button)
        row.addStretch(1)
        row.addWidget(self.all_button)
        column.addLayout(row)

    def set_narrow(self, is_narrow: bool) -> None:
        """Stars under the name instead of beside it, where there is little width."""
        self._is_narrow = is_narrow
        self._fit_head()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit_head()

    def _fit_head(self) -> None:
        shown = [widget for widget in (self.title, self.pick_chip, self.pick_button, self.stars) if widget.isVisible()]
        needed = sum(widget.sizeHint().width() + self._head.spacing() for widget in shown)
        is_tight = (
            self._is_narrow or needed > self.contentsRect().width() - 2 * tokens.current().sizes.card_padding_large
        )
        directions = QBoxLayout.Direction
        self._head.setDirection(directions.TopToBottom if is_tight else directions.LeftToRight)

    def show_epoch(self, epoch: int, is_pick: bool, stars: int) -> None:
        """The name, the pick and the stars of what is looked at; epoch 0 is the base alone."""
        words = self.tr("Epoch {epoch}").format(epoch=QLocale().toString(epoch)) if epoch else self.tr("Base alone")
        self.title.setText(words)
        self.pick_chip.setVisible(is_pick)
        self.pick_button.setVisible(bool(epoch) and not is_pick)
        self.pick_button.setAccessibleName(self.tr("Pick epoch {epoch}").format(epoch=epoch))
        self.stars.setVisible(bool(epoch))
        self.stars.setAccessibleName(self.tr("Rating of epoch {epoch}").format(epoch=epoch))
        self.stars.set_stars(stars)
        self.strength_part.setEnabled(bool(epoch))
        self._fit_head()

    def show_copy(self, name: str, is_beside: bool) -> None:
        """Which training picture the sample repeats, and whether that stands beside it; no name hides the line."""
        self.copy_words.setText(self.tr("Very close to {name}").format(name=name) if name else "")
        self.copy_button.setText(self.tr("Back") if is_beside else self.tr("Show both"))
        self.copy_part.setVisible(bool(name))

    def show_strength(self, strength: float, note: str, draw_words: str, refusal: str) -> None:
        """The strength, what is said of it, and the button that draws it; no words hide the button."""
        self.strength.set_value(strength)
        self.strength_note.setText(note)
        self.draw_button.setText(draw_words or " ")
        self.draw_button.setVisible(bool(draw_words))
        self.draw_button.block(refusal) if refusal else self.draw_button.unblock()

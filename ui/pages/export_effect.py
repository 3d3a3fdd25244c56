"""The card of the Export page that shows one sample without and with the saved file."""

from __future__ import annotations

from PySide6.QtCore import QLocale, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QWidget

from lora_studio.jobs.effect import EffectPair
from ui.models.engine_words import engine_words
from ui.models.export_effect import EffectDrawing
from ui.theme import tokens
from ui.widgets.buttons import Button
from ui.widgets.card import Card
from ui.widgets.icon_label import IconLabel
from ui.widgets.labels import ElidedLabel, Label
from ui.widgets.picture_store import PictureStore
from ui.widgets.wipe_view import ComparedPicture, WipeMode, WipeView

PICTURE_PX = 180


class EffectCard(Card):
    """Offered, being drawn, drawn, or why not; hidden while no file is saved."""

    draw_wanted = Signal()
    skip_wanted = Signal()

    def __init__(self, store: PictureStore, parent: QWidget | None = None) -> None:
        super().__init__(self.tr("Without and with it"), large=True, parent=parent)
        self.wipe = WipeView(store)
        self.wipe.set_mode(WipeMode.SIDE)
        self.wipe.setFixedHeight(tokens.current().scaled(PICTURE_PX))
        self.wipe.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.prompt_label = ElidedLabel("", "small", "text2")
        self._warning = IconLabel("warning", "warn", 16)
        self.words = Label("", "body", "text2", wrap=True)
        said = QHBoxLayout()
        said.setSpacing(tokens.current().sizes.gap8)
        said.addWidget(self._warning, 0, Qt.AlignmentFlag.AlignTop)
        said.addWidget(self.words, 1)
        self.draw_button = Button(self.tr("Draw it"), "secondary", "wand", small=True)
        self.draw_button.clicked.connect(self.draw_wanted)
        self.skip_button = Button(self.tr("Skip"), "ghost", small=True)
        self.skip_button.clicked.connect(self.skip_wanted)
        self.body.addWidget(self.wipe)
        self.body.addWidget(self.prompt_label)
        self.body.addLayout(said)
        self.body.addWidget(self.draw_button, 0, Qt.AlignmentFlag.AlignLeft)
        self.body.addWidget(self.skip_button, 0, Qt.AlignmentFlag.AlignLeft)
        self.hide()

    def show_effect(self, effect: EffectDrawing | None) -> None:
        """Show how far the picture is; None and one that was not offered hide the card."""
        if effect is None or effect.state == "none":
            self.wipe.clear()
            self.hide()
            return
        pair = effect.pair if effect.state == "ready" else None
        if pair is None:
            self.wipe.clear()
        else:
            self.wipe.show_pair(
                ComparedPicture(pair.without, self.tr("Without")), ComparedPicture(pair.with_it, self.tr("With it"))
            )
            self.prompt_label.setText(self.tr("{prompt}, seed {seed}").format(prompt=pair.prompt, seed=pair.seed))
        self.wipe.setVisible(effect.state in ("ready", "drawing"))
        self.prompt_label.setVisible(pair is not None)
        self.words.setText(self._words(effect))
        self._warning.setVisible(effect.state == "failed" or (pair is not None and not pair.can_be_seen))
        self.draw_button.setVisible(effect.state in ("offered", "failed"))
        self.draw_button.setText(self.tr("Try again") if effect.state == "failed" else self.tr("Draw it"))
        refusal = "" if effect.can_begin else self.tr("Training is using this computer. Wait until it ends.")
        self.draw_button.block(refusal) if refusal else self.draw_button.unblock()
        self.skip_button.setVisible(effect.state == "drawing")
        self.show()

    def _words(self, effect: EffectDrawing) -> str:
        if effect.state == "drawing":
            return self.tr("Drawing one sample with the saved file. You can go on meanwhile.")
        if effect.state == "failed":
            return engine_words(effect.problem)
        if effect.pair is not None:
            return self._difference_words(effect.pair)
        if not effect.can_begin:
            return self.tr("One sample without and with the saved file, once training has ended.")
        minutes = round((effect.cost_s or 0) / 60)
        if minutes < 1:
            return self.tr("One sample without and with the saved file.")
        return self.tr("One sample without and with the saved file, in about %n minute(s).", "", minutes)

    def _difference_words(self, pair: EffectPair) -> str:
        if not pair.can_be_seen:
            return self.tr("No difference can be seen. Pick a later epoch, or train longer.")
        share = QLocale().toString(100 * pair.difference, "f", 1)
        return self.tr("The saved file changes the colours by {share} % on average.").format(share=share)

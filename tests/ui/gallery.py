"""One of each component, for tests that must hold for all of them and for looking at them.

python tests/ui/gallery.py FOLDER  saves the gallery in both themes as pictures.
"""

import sys
from datetime import datetime
from pathlib import Path

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QBrush, QLinearGradient, QPainter, QPixmap
from PySide6.QtWidgets import QApplication, QCheckBox, QHBoxLayout, QRadioButton, QVBoxLayout, QWidget

from ui.theme import tokens
from ui.theme.appearance import Appearance
from ui.widgets.banner import Banner
from ui.widgets.buttons import Button, icon_button
from ui.widgets.card import Card, CollapsibleCard
from ui.widgets.chip import Chip, TagChip
from ui.widgets.choice_card import ChoiceCard
from ui.widgets.combo_box import ComboBox
from ui.widgets.empty_state import EmptyState
from ui.widgets.epoch_bar import EpochBar
from ui.widgets.file_card import FileCard
from ui.widgets.filter_row import FilterRow
from ui.widgets.flow_layout import FlowLayout
from ui.widgets.labels import Label
from ui.widgets.log_line import LogLine
from ui.widgets.memory_bar import MemoryBar, MemoryPart
from ui.widgets.model_row import ModelRow
from ui.widgets.page import BottomState, Context, Page
from ui.widgets.segmented import Segment, Segmented
from ui.widgets.setting_row import SettingRow
from ui.widgets.skeleton import Skeleton
from ui.widgets.slider import Detent, Slider
from ui.widgets.star_row import StarRow
from ui.widgets.text_field import NumberField, TextField

PARTS = (MemoryPart("Base model, 8-bit", 2.7), MemoryPart("Image work", 2.5), MemoryPart("Adapter", 0.9))


def drawn_picture() -> QPixmap:
    picture = QPixmap(400, 200)
    slope = QLinearGradient(QPointF(0, 0), QPointF(0, 200))
    slope.setColorAt(0, tokens.current().color("v1"))
    slope.setColorAt(1, tokens.current().color("v2"))
    painter = QPainter(picture)
    painter.fillRect(picture.rect(), QBrush(slope))
    painter.end()
    return picture


class RecipePage(Page):
    """A page that looks like the Recipe of the design, made of every component that fits there."""

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self.open_button = Button("Open a recipe", "secondary", "folder")
        self.save_button = Button("Save as preset", "secondary", "save")
        self.queue_button = Button("Add to queue", "secondary", "queue")
        self.start_button = Button("Start training", "primary", "play")
        columns = QHBoxLayout()
        columns.setSpacing(20)
        self.body.addLayout(columns, 1)
        left = QVBoxLayout()
        left.setSpacing(12)
        columns.addLayout(left, 1)
        left.addWidget(Label("What are you teaching?", "section"))
        kinds = QWidget()
        kinds_layout = QHBoxLayout(kinds)
        kinds_layout.setContentsMargins(0, 0, 0, 0)
        kinds_layout.setSpacing(12)
        for title, text, icon in (
            ("Style", "A look: brushwork, palette, mood. Best with 20 to 200 varied images.", "palette"),
            ("Character", "One person, creature or mascot, in many poses. 15 to 60 images.", "person"),
            ("Object or concept", "A thing, outfit, place or composition. 10 to 50 images.", "object"),
        ):
            card = ChoiceCard(title, text, icon)
            card.set_picture(drawn_picture())
            card.setChecked(title == "Style")
            kinds_layout.addWidget(card, 1, Qt.AlignmentFlag.AlignTop)
        left.addWidget(kinds)
        models = Card("Base model")
        models.add_to_header(Button("Add a model", "ghost", "plus", small=True))
        for title, subline in (
            ("Stable Diffusion XL 1.0", "Found in your ComfyUI folder  ·  6.9 GB"),
            ("Stable Diffusion 1.5", "Found in your ComfyUI folder  ·  4.0 GB"),
        ):
            row = ModelRow(title, subline)
            row.set_chip("Fits your GPU", "ok")
            row.setChecked("XL" in title)
            models.body.addWidget(row)
        left.addWidget(models)
        pair = QHBoxLayout()
        pair.setSpacing(12)
        left.addLayout(pair)
        word = Card("Trigger word")
        word.add_to_header(Chip("New to this model", "ok"))
        word.body.addWidget(
            TextField(
                "Trigger word", text="mistyink", shows_label=False, hint="Type it in a prompt to call up the style."
            )
        )
        pair.addWidget(word, 2)
        thorough = Card("How thorough?")
        thorough.add_to_header(Label("You can stop early or add more later", "small", "muted"))
        detents = [
            Detent(924, "Quick look", "924 steps"),
            Detent(1848, "Balanced", "1,848 steps"),
            Detent(3080, "Thorough", "3,080 steps"),
        ]
        slider = Slider("Steps", 924, 3080, 1848, detents=detents, even=True, exact=False)
        thorough.body.addWidget(slider)
        thorough.body.addStretch(1)
        pair.addWidget(thorough, 3)
        prompts = Card("Sample prompts")
        prompts.add_to_header(Label("Drawn after every epoch, so you can watch it learn", "small", "muted"))
        prompts.add_to_header(Button("Edit", "ghost", "text", small=True))
        chips = QWidget()
        flow = FlowLayout(chips)
        for text in (
            "mistyink, pagoda in the mist",
            "mistyink, red sail boat at dusk",
            "a quiet hillside village",
            "+1",
        ):
            flow.addWidget(Chip(text))
        prompts.body.addWidget(chips)
        left.addWidget(prompts)
        advanced = CollapsibleCard("Advanced", "14 settings, all chosen for you")
        for text in ("Rank 16", "8-bit base", "1024 px", "AdamW 1e-4"):
            advanced.summary.addWidget(Chip(text))
        row = SettingRow("Rank", NumberField("Rank", 16, 1, 256, shows_label=False), "Higher learns finer detail.")
        row.set_origin("auto")
        row.set_changed(True)
        advanced.body.addWidget(row)
        left.addWidget(advanced)
        left.addStretch(1)
        plan = Card("Your plan", large=True)
        plan.setFixedWidth(tokens.current().scaled(400))
        plan.add_to_header(Chip("Ready to start", "ok"))
        memory = MemoryBar("GPU memory")
        memory.set_parts((*PARTS, MemoryPart("Windows and other apps", 1.0)), 12)
        plan.body.addWidget(Label("Worked out from your 77 images and this computer.", "small", "muted"))
        plan.body.addWidget(memory)
        plan.body.addStretch(1)
        columns.addWidget(plan)

    def title(self) -> str:
        return "Recipe"

    def subtitle(self) -> str:
        return "Pick what to teach and how. Everything else is set for you."

    def header_actions(self) -> list[QWidget]:
        return [self.open_button, self.save_button]

    def bottom_state(self) -> BottomState:
        body = "A 20-second test step runs first, so problems show up now and not in an hour."
        return BottomState("Everything checks out", body, "ok")

    def bottom_actions(self) -> list[Button]:
        return [self.queue_button, self.start_button]


def component_gallery() -> QWidget:
    """Every component in its usual and its special states."""
    gallery = QWidget()
    columns = QHBoxLayout(gallery)
    left, right = QVBoxLayout(), QVBoxLayout()
    columns.addLayout(left, 1)
    columns.addLayout(right, 1)
    buttons = QWidget()
    flow = FlowLayout(buttons)
    busy = Button("Saving", "primary", "save")
    busy.set_busy(True)
    blocked = Button("Export adapter", "primary", "export")
    blocked.block("Pick an epoch in Compare first")
    for button in (
        Button("Start training", "primary", "play"),
        Button("Pause", "secondary", "pause"),
        Button("Full log", "ghost", "text"),
        Button("Stop and keep", "danger", "stop"),
        Button("Continue", "primary", trailing_icon="arrow_right"),
        busy,
        blocked,
        icon_button("more", "More"),
    ):
        flow.addWidget(button)
    left.addWidget(buttons)
    chips = QWidget()
    chip_flow = FlowLayout(chips)
    for text, kind in (
        ("auto", "neutral"),
        ("Sharp", "ok"),
        ("Tight", "warn"),
        ("Too big", "err"),
        ("Epoch 7", "info"),
    ):
        chip_flow.addWidget(Chip(text, kind))
    for tag in (TagChip("mistyink", locked=True), TagChip("mountain lake"), TagChip("pines", partial=True)):
        chip_flow.addWidget(tag)
    left.addWidget(chips)
    segments = [Segment("a", "Pictures", "grid"), Segment("b", "Crops", "crop"), Segment("c", "Masks", "mask")]
    left.addWidget(Segmented(segments, "View"))
    broken = TextField("Name", text="a/b", hint="Also the file's name.")
    broken.set_error("A name cannot hold a slash.")
    left.addWidget(broken)
    left.addWidget(TextField("Search", placeholder="Search captions and names", icon="search", shows_label=False))
    left.addWidget(NumberField("Rank", 16, 1, 256, unit="px"))
    combo = ComboBox("Graphics card")
    combo.addItems(["RTX 4070, 12 GB", "RTX 3060, 12 GB"])
    left.addWidget(combo)
    strengths = [Detent(v, f"{v:g}") for v in (0.0, 0.4, 0.8, 1.0, 1.4)]
    left.addWidget(Slider("Strength", 0, 1.4, 0.8, step=0.1, decimals=1, detents=strengths))
    checked = QCheckBox("Show a notification")
    checked.setChecked(True)
    left.addWidget(checked)
    left.addWidget(QCheckBox("Put the computer to sleep"))
    left.addWidget(QRadioButton("Pictures shown"))
    stars = StarRow("Rating of epoch 8")
    stars.set_stars(4)
    left.addWidget(stars)
    for label, icon, tone, count in (
        ("All images", "images", "text2", 84),
        ("No caption", "text", "warn", 2),
        ("Cannot be opened", "picture_broken", "err", 1),
        ("Extreme shape", "shape", "warn", 0),
    ):
        row = FilterRow(label, icon, tone)
        row.set_count(count)
        row.setChecked(label == "All images")
        left.addWidget(row)
    left.addStretch(1)
    epochs = EpochBar("Training progress")
    epochs.set_progress(7.4, 12)
    right.addWidget(epochs)
    tight = MemoryBar("GPU memory")
    tight.set_parts((*PARTS, MemoryPart("Other programs", 3.2)), 8)
    right.addWidget(tight)
    right.addWidget(
        Banner(
            "err",
            "The graphics card ran out of memory at step 212.",
            "Nothing is lost: step 200 is saved. The next size down fits.",
            ("Resume with less memory", "See options"),
            details="out_of_memory",
            closable=True,
        )
    )
    right.addWidget(Banner("warn", "9 captions are longer than the model reads.", "The ends will be ignored."))
    right.addWidget(LogLine(datetime(2026, 11, 12, 16, 22), "Saved epoch 7 and drew 4 samples", "saved"))
    right.addWidget(LogLine(datetime(2026, 11, 12, 15, 58), "Skipped ink_016.png, it cannot be opened", "warn"))
    file_card = FileCard()
    file_card.set_file(Path("misty-ink-v1.safetensors"), "46 MB, drag me anywhere")
    right.addWidget(file_card)
    right.addWidget(SettingRow("Pause on battery", QCheckBox("On"), "Goes on when the cable is back."))
    right.addWidget(Skeleton(3))
    right.addWidget(
        EmptyState("images", "Drop images or a folder here", "They stay where they are.", "Choose a folder")
    )
    right.addStretch(1)
    return gallery


def _save_gallery(folder: Path) -> None:
    app = QApplication.instance() or QApplication([])
    assert isinstance(app, QApplication)
    appearance = Appearance(app, "dark")
    gallery = component_gallery()
    gallery.resize(1200, 1000)
    gallery.show()
    for choice in ("dark", "light", "contrast"):
        appearance.set_choice(choice)
        app.processEvents()
        gallery.grab().save(str(folder / f"gallery-{choice}.png"))


if __name__ == "__main__":
    _save_gallery(Path(sys.argv[1]))

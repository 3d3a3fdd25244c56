"""What each tool for adapter files asks: one form for converting, one for making smaller, one for merging."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QLocale, Qt, Signal
from PySide6.QtWidgets import QFileDialog, QFrame, QHBoxLayout, QMenu, QVBoxLayout, QWidget

from lora_studio.weights.convert import LoraScheme
from lora_studio.weights.writing import ExportDtype
from ui.models.library_tools import (
    AdapterTools,
    ConvertWish,
    MergeWish,
    OpenedAdapter,
    ResizeWish,
    Wish,
    bytes_after,
    is_already,
)
from ui.models.library_tools_words import adapter_words, percent_word, precision_word
from ui.models.library_words import size_word
from ui.theme import icons, tokens
from ui.widgets.buttons import Button, icon_button
from ui.widgets.choice_card import ChoiceCard
from ui.widgets.combo_box import ComboBox
from ui.widgets.labels import ElidedLabel, Label, as_menu_text
from ui.widgets.menus import open_below
from ui.widgets.segmented import Segment, Segmented
from ui.widgets.text_field import NumberField

MOST_OFFERED = 12
MOST_STRENGTH = 4
MOST_RANK = 1024
LEAST_KEPT_PERCENT, USUAL_KEPT_PERCENT = 50, 95
MERGED_RANKS = (128, 64, 32, 16, 8)


class ToolForm(QWidget):
    """Asks for one tool's wish. It shows what `tools` has opened, and starts nothing by itself."""

    changed = Signal()  # the wish is another

    def __init__(self, tools: AdapterTools) -> None:
        super().__init__()
        self._tools = tools
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(0, 0, 0, 0)
        self.column.setSpacing(tokens.current().sizes.gap12)

    def wish(self) -> Wish:
        """What is asked for; files must be open."""
        raise NotImplementedError

    def obstacle(self) -> str:
        """Why it cannot be made as it is asked for; empty when it can."""
        return ""

    def refresh(self) -> None:
        """Show what is open now; called whenever the tools changed while the form is in view."""

    def focus_first(self) -> None:
        """Give the keyboard to its first field; asked only where the switch of the tools is not in view."""

    def folder(self) -> Path | None:
        """Where the result belongs; None for the folder of the first file."""
        return None

    def size_bytes(self) -> int | None:
        """About how large the result gets, where that is worth telling beside the room there is."""
        return None


class ConvertForm(ToolForm):
    """Which programs the file is for, and how exact its numbers are."""

    def __init__(self, tools: AdapterTools) -> None:
        super().__init__(tools)
        self._first: OpenedAdapter | None = None
        cards = QWidget()
        row = QHBoxLayout(cards)
        row.setContentsMargins(0, 0, 0, 0)
        self.kohya_card = ChoiceCard(
            self.tr("For most programs"),
            self.tr("ComfyUI, A1111, Forge, InvokeAI, kohya's scripts. Choose this to share the file."),
            "globe",
        )
        self.diffusers_card = ChoiceCard(
            self.tr("For diffusers"),
            self.tr("The names of the diffusers library, for Python programs that are built on it."),
            "text",
        )
        for card in (self.kohya_card, self.diffusers_card):
            card.clicked.connect(self._edit)
            row.addWidget(card, 1, Qt.AlignmentFlag.AlignTop)
        self.kohya_card.setChecked(True)
        self.column.addWidget(cards)
        self.precision = ComboBox(self.tr("Precision"))
        self.precision.addItem("", None)
        for dtype, words in (
            ("fp16", self.tr("fp16: what most people share")),
            ("bf16", self.tr("bf16: as small, for very large numbers")),
            ("fp32", self.tr("fp32: exact, twice as large")),
        ):
            self.precision.addItem(words, dtype)
        self.precision.activated.connect(self._edit)
        self.column.addLayout(labelled(self.precision))
        self.size_label = Label("", "small", "muted", wrap=True)
        self.column.addWidget(self.size_label)

    def wish(self) -> ConvertWish:
        scheme: LoraScheme = "kohya" if self.kohya_card.isChecked() else "diffusers"
        return ConvertWish(scheme, self._dtype())

    def obstacle(self) -> str:
        return self.tr("The file is like this already.") if is_already(self._tools.files[0], self.wish()) else ""

    def refresh(self) -> None:
        opened = self._tools.files[0]
        if self._first is not opened:
            self._first = opened
            self.diffusers_card.setChecked(is_already(opened, ConvertWish("kohya")))
            own = ", ".join(map(precision_word, opened.dtypes))
            self.precision.setItemText(0, self.tr("As it is: {precision}").format(precision=own))
        before, after = size_word(opened.size_bytes), size_word(bytes_after(opened, self._dtype()))
        self.size_label.setText(self.tr("About {size}; the file has {before} now.").format(size=after, before=before))

    def _dtype(self) -> ExportDtype | None:
        dtype: ExportDtype | None = self.precision.currentData()
        return dtype

    def _edit(self) -> None:
        self.refresh()
        self.changed.emit()


class ResizeForm(ToolForm):
    """How small, and what that keeps, told before anything is made."""

    def __init__(self, tools: AdapterTools) -> None:
        super().__init__(tools)
        self._first: OpenedAdapter | None = None
        self.way = Segmented(
            [Segment("rank", self.tr("To a rank")), Segment("keep", self.tr("By what is kept"))], self.tr("How small")
        )
        self.way.chosen.connect(self._edit)
        self.column.addWidget(self.way)
        self.rank = NumberField(self.tr("Rank"), 8, 1, MOST_RANK, hint=self.tr("Half the rank makes half the file."))
        self.keep = NumberField(
            self.tr("Keep at least"),
            USUAL_KEPT_PERCENT, LEAST_KEPT_PERCENT, 100, unit="%",
            hint=self.tr("Every layer gets the fewest ranks that keep this much of its change."),
        )  # fmt: skip
        for field in (self.rank, self.keep):
            field.text_changed.connect(self._edit)
            self.column.addWidget(field)
        self.foretold = Label("", "strong", wrap=True)
        self.detail = Label("", "small", "muted", wrap=True)
        self.column.addWidget(self.foretold)
        self.column.addWidget(self.detail)

    def wish(self) -> ResizeWish:
        if self.way.key == "rank":
            return ResizeWish(rank=round(self.rank.value))
        return ResizeWish(keep=self.keep.value / 100)

    def obstacle(self) -> str:
        field = self.rank if self.way.key == "rank" else self.keep
        if field.error:
            return field.error
        if self._tools.measuring is not None:
            return self.tr("Every layer is looked at first")
        opened, wish, spectrum = self._tools.files[0], self.wish(), self._tools.spectrum
        if spectrum is not None:
            forecast = spectrum.foresee(rank=wish.rank, keep=wish.keep)
            if forecast.size_bytes >= bytes_after(opened, None):
                return self.tr("The file would not get smaller.")
        return ""

    def refresh(self) -> None:
        opened = self._tools.files[0]
        if self._first is not opened:
            self._first = opened
            self.rank.set_value(max(1, opened.ranks[-1] // 2))
        self.rank.setVisible(self.way.key == "rank")
        self.keep.setVisible(self.way.key == "keep")
        self._show_forecast(opened)

    def show_progress(self) -> None:
        """How far the look at the layers is."""
        watch = self._tools.measuring
        if watch is not None:
            words = self.tr("Looking at every layer to tell what is kept: {share}")
            self.foretold.setText(words.format(share=percent_word(watch.share, 0)))

    def _show_forecast(self, opened: OpenedAdapter) -> None:
        spectrum, wish = self._tools.spectrum, self.wish()
        self.detail.setVisible(spectrum is not None)
        if spectrum is None:
            self.foretold.setText("")
            self.show_progress()
            return
        forecast = spectrum.foresee(rank=wish.rank, keep=wish.keep)
        kept = self.tr("Keeps {share} of what the adapter changes.").format(share=percent_word(forecast.kept))
        self.foretold.setText(kept)
        words = self.tr("The layer that loses most keeps {worst}. About {size}; the file has {before} now.")
        self.detail.setText(
            words.format(
                worst=percent_word(forecast.worst_kept),
                size=size_word(forecast.size_bytes),
                before=size_word(opened.size_bytes),
            )
        )

    def _edit(self) -> None:
        self.refresh()
        self.changed.emit()


class MergeRow(QFrame):
    """One file of a merge with its strength."""

    changed = Signal()
    removal_wanted = Signal()

    def __init__(self, opened: OpenedAdapter, *, removable: bool) -> None:
        super().__init__()
        self.opened = opened
        self.setProperty("surface", "raised")
        sizes = tokens.current().sizes
        row = QHBoxLayout(self)
        row.setContentsMargins(sizes.gap12, sizes.gap8, sizes.gap8, sizes.gap8)
        row.setSpacing(sizes.gap12)
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addWidget(ElidedLabel(opened.path.name, "strong", mode=Qt.TextElideMode.ElideMiddle))
        words.addWidget(ElidedLabel(adapter_words(opened), "small", "muted"))
        row.addLayout(words, 1)
        row.addWidget(Label(self.tr("Strength"), "small", "text2"))
        self.strength = NumberField(
            self.tr("Strength of {name}").format(name=opened.path.stem),
            1, -MOST_STRENGTH, MOST_STRENGTH, step=0.05, decimals=2, shows_label=False,
        )  # fmt: skip
        self.strength.setFixedWidth(tokens.current().scaled(92))
        self.strength.hint.hide()
        self.strength.text_changed.connect(self.changed)
        row.addWidget(self.strength)
        self.remove_button = icon_button("close", self.tr("Take {name} out").format(name=opened.path.stem))
        self.remove_button.clicked.connect(self.removal_wanted)
        policy = self.remove_button.sizePolicy()
        policy.setRetainSizeWhenHidden(True)  # the strengths stand in one column
        self.remove_button.setSizePolicy(policy)
        row.addWidget(self.remove_button)
        self.remove_button.setVisible(removable)


class FilesForm(ToolForm):
    """Several files, and how strongly each counts."""

    def __init__(self, tools: AdapterTools, offered: Sequence[Path], explained: str) -> None:
        super().__init__(tools)
        self._offered = offered
        self.rows: list[MergeRow] = []
        self.column.addWidget(Label(explained, "body", "text2", wrap=True))
        self._rows = QVBoxLayout()
        self._rows.setSpacing(tokens.current().sizes.gap8)
        self.column.addLayout(self._rows)
        self.add_button = Button(self.tr("Add a file"), "secondary", "plus", small=True)
        self.add_button.clicked.connect(self._offer)
        self.column.addWidget(self.add_button, 0, Qt.AlignmentFlag.AlignLeft)

    def weights(self) -> tuple[float, ...]:
        """The strength of each file, in their order."""
        return tuple(row.strength.value for row in self.rows)

    def obstacle(self) -> str:
        for row in self.rows:
            if row.strength.error:
                return row.strength.error
            if not row.strength.value:
                return self.tr("With strength 0 nothing of {name} is left: take it out").format(
                    name=row.opened.path.name
                )
        return ""

    def refresh(self) -> None:
        shown = [row.opened for row in self.rows]
        if shown != list(self._tools.files):
            self._show_rows()
            self._take_files()
            self.changed.emit()

    def _take_files(self) -> None:
        """The files are others now."""

    def _show_rows(self) -> None:
        kept = {row.opened.path: row for row in self.rows}
        for path in kept.keys() - {opened.path for opened in self._tools.files}:
            kept[path].hide()
            kept[path].deleteLater()
        self.rows = []
        for place, opened in enumerate(self._tools.files):
            row = kept.get(opened.path)
            if row is None:
                row = MergeRow(opened, removable=place > 0)
                row.changed.connect(self.changed)
                row.removal_wanted.connect(lambda path=opened.path: self._take_out(path))
                self._rows.addWidget(row)
            self.rows.append(row)
        self._order_tabs()

    def _order_tabs(self) -> None:
        """Rows are made last and stand first."""
        before: QWidget = self.add_button
        for row in self.rows:
            self.setTabOrder(before, row.strength.edit)
            self.setTabOrder(row.strength.edit, row.remove_button)
            before = row.remove_button
        self.setTabOrder(before, self.add_button)

    def _take_out(self, path: Path) -> None:
        self.add_button.setFocus()
        self._tools.close_file(path)

    def build_menu(self) -> QMenu:
        """The adapters of the library that are not among the files, and any other file."""
        menu = QMenu(self)
        for path in self._free_offers():
            action = menu.addAction(icons.icon("file"), as_menu_text(path.name))
            action.triggered.connect(lambda _=False, chosen=path: self._tools.open_files([chosen]))
        menu.addSeparator()
        menu.addAction(icons.icon("folder"), self.tr("Choose files")).triggered.connect(self.choose_files)
        return menu

    def _free_offers(self) -> list[Path]:
        known = {opened.path for opened in self._tools.files}
        return [path for path in self._offered if path not in known][:MOST_OFFERED]

    def _offer(self) -> None:
        if self._free_offers():
            open_below(self.build_menu(), self.add_button)
        else:
            self.choose_files()

    def choose_files(self) -> None:
        """Ask the system for more files."""
        folder = str(self._tools.folder or "")
        names, _ = QFileDialog.getOpenFileNames(self, self.tr("Add files"), folder, self.tr("Adapters (*.safetensors)"))
        self._tools.open_files([Path(name) for name in names])


class MergeForm(FilesForm):
    """Two or more files, how strongly each counts, and how large the sum may get."""

    def __init__(self, tools: AdapterTools, offered: Sequence[Path]) -> None:
        explained = _tr(
            "Everything that the files change is added up. A strength of 1 counts as it was trained, 0.5 half as "
            "much. All must be for the same base model."
        )
        super().__init__(tools, offered, explained)
        self.rank = ComboBox(self.tr("Rank"))
        self.rank.activated.connect(self.changed)
        self.column.addLayout(labelled(self.rank))

    def wish(self) -> MergeWish:
        return MergeWish(self.weights(), self.rank.currentData())

    def obstacle(self) -> str:
        return self.tr("Add a second file") if len(self.rows) < 2 else super().obstacle()

    def _take_files(self) -> None:
        whole = sum(opened.ranks[-1] for opened in self._tools.files)
        chosen = self.rank.currentData()
        self.rank.clear()
        number = QLocale().toString
        self.rank.addItem(self.tr("Exact: the ranks add up to {rank}").format(rank=number(whole)), None)
        for rank in MERGED_RANKS:
            if rank < whole:
                self.rank.addItem(self.tr("Nearest with rank {rank}, a smaller file").format(rank=number(rank)), rank)
        self.rank.setCurrentIndex(max(0, self.rank.findData(chosen)) if chosen else 0)


def labelled(box: QWidget) -> QVBoxLayout:
    """A control under its name."""
    column = QVBoxLayout()
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(tokens.current().sizes.gap4)
    column.addWidget(Label(box.accessibleName(), "small", "text2"))
    column.addWidget(box)
    return column


def _tr(text: str) -> str:
    return QCoreApplication.translate("tools", text)

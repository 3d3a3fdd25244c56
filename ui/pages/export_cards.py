"""The cards of the Export page: the cover, and the file that was saved."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QLocale, QRect, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QPixmap
from PySide6.QtWidgets import QHBoxLayout, QRadioButton, QSizePolicy, QVBoxLayout, QWidget

from ui.models.exporting import Exported, ProgramCheck
from ui.models.library_words import family_word, size_word
from ui.models.run_record import SampleShot
from ui.theme import tokens
from ui.widgets.buttons import Button
from ui.widgets.card import Card
from ui.widgets.file_card import FileCard
from ui.widgets.flow_layout import FlowLayout
from ui.widgets.icon_label import IconLabel
from ui.widgets.labels import Label
from ui.widgets.picture_painting import paint_picture, paint_selected_ring
from ui.widgets.picture_store import PictureStore

THUMB_PX = 80


class CoverButton(QRadioButton):
    """One sample that can be the cover."""

    def __init__(self, shot: SampleShot, store: PictureStore, parent: QWidget) -> None:
        super().__init__(parent)
        self.shot = shot
        self._store = store
        self.setProperty("focus_radius", tokens.current().sizes.radius_button)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAccessibleName(shot.prompt)
        store.arrived.connect(self.update)

    def sizeHint(self) -> QSize:
        return QSize(THUMB_PX, THUMB_PX)

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def hitButton(self, position: object) -> bool:
        return True

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        radius = tokens.current().sizes.radius_button
        place = QRect(2, 2, self.width() - 4, self.height() - 4)
        paint_picture(painter, place, self._store, self.shot.path, radius, self.devicePixelRatioF(), self.shot.version)
        if self.isChecked():
            paint_selected_ring(painter, place, radius)


class CoverCard(Card):
    """The samples of the epoch; the chosen one becomes the cover."""

    cover_chosen = Signal()

    def __init__(self, store: PictureStore, parent: QWidget | None = None) -> None:
        super().__init__(self.tr("Cover"), self.tr("What lists of models show"), large=True, parent=parent)
        self._store = store
        self._shots: list[SampleShot] = []
        self.buttons: list[CoverButton] = []
        self._row = QWidget(self)
        self._flow = FlowLayout(self._row)
        self.body.addWidget(self._row)
        self._nothing = Label(
            self.tr("This epoch has no samples, so the file gets no cover."), "body", "muted", wrap=True
        )
        self.body.addWidget(self._nothing)

    @property
    def chosen(self) -> SampleShot | None:
        return next((button.shot for button in self.buttons if button.isChecked()), None)

    def show_samples(self, shots: Sequence[SampleShot]) -> None:
        """Offer these; the first one is chosen."""
        if list(shots) == self._shots:
            return
        self._shots = list(shots)
        self._flow.clear()
        self.buttons = [CoverButton(shot, self._store, self._row) for shot in shots]
        for button in self.buttons:
            button.clicked.connect(self.cover_chosen)
            self._flow.addWidget(button)
            button.show()
        if self.buttons:
            self.buttons[0].setChecked(True)
        self._row.setVisible(bool(self.buttons))
        self._nothing.setVisible(not self.buttons)


class SavedCard(Card):
    """The saved file to drag, what was checked in it, and a prompt to try; `sharing` stands under the file."""

    path_wanted = Signal()
    folder_wanted = Signal()
    prompt_wanted = Signal(str)

    def __init__(self, sharing: QWidget, parent: QWidget | None = None) -> None:
        super().__init__(self.tr("Your file"), large=True, parent=parent)
        self._prompt = ""
        self._is_practice = False
        self.body.setSpacing(tokens.current().sizes.gap12)
        self.card = FileCard(self.tr("Save it first"))
        self.body.addWidget(self.card)
        row = self._file_row = QWidget(self)
        flow = FlowLayout(row)
        self.path_button = Button(self.tr("Copy path"), "secondary", "copy", small=True)
        self.folder_button = Button(self.tr("Open folder"), "secondary", "folder_open", small=True)
        self.path_button.clicked.connect(self.path_wanted)
        self.folder_button.clicked.connect(self.folder_wanted)
        for button in (self.path_button, self.folder_button):
            flow.addWidget(button)
        self.body.addWidget(row)
        self.body.addWidget(sharing)
        self.body.addWidget(Label(self.tr("Works in"), "section"))
        self._programs = QVBoxLayout()
        self._programs.setSpacing(tokens.current().sizes.gap8)
        self.body.addLayout(self._programs)
        self.checked_label = Label("", "small", "muted", wrap=True)
        self.body.addWidget(self.checked_label)
        self.prompt_part = QWidget(self)
        prompt = QVBoxLayout(self.prompt_part)
        prompt.setContentsMargins(0, 0, 0, 0)
        prompt.setSpacing(tokens.current().sizes.gap8)
        prompt.addWidget(Label(self.tr("Try prompt"), "section"))
        self.prompt_label = Label("", "body", "text2", wrap=True)
        self.prompt_button = Button(self.tr("Copy try prompt"), "ghost", "copy", small=True)
        self.prompt_button.clicked.connect(lambda: self.prompt_wanted.emit(self._prompt))
        prompt.addWidget(self.prompt_label)
        prompt.addWidget(self.prompt_button, 0, Qt.AlignmentFlag.AlignLeft)
        self.body.addWidget(self.prompt_part)
        self.show_exported(None, (), QPixmap())
        self.show_prompt("")

    def show_prompt(self, prompt: str) -> None:
        """A prompt that shows off what was taught; none hides the part."""
        self._prompt = prompt
        self.prompt_label.setText(prompt)
        self.prompt_part.setVisible(bool(prompt))

    def set_practice(self, is_practice: bool) -> None:
        """Whether the file is for the Practice base, so that it is known before saving where it works."""
        self._is_practice = is_practice

    def show_exported(self, exported: Exported | None, checks: Sequence[ProgramCheck], cover: QPixmap) -> None:
        """Show the saved file and what reading it back showed; None before it is saved."""
        self._file_row.setVisible(exported is not None)
        self._clear_programs()
        self.checked_label.setVisible(exported is not None or not self._is_practice)
        self.card.set_picture(cover)
        if exported is None:
            self.card.set_file(None, self.tr("Save it first"))
            self.checked_label.setText(self.tr("Told after the file was saved and read back."))
            if self._is_practice:
                self._programs.addLayout(self._line(False, self._everywhere("family_practice")))
            return
        size = size_word(exported.report.size_bytes)
        self.card.set_file(exported.path, self.tr("{size}, drag me anywhere").format(size=size))
        reasons = {check.reason for check in checks}
        if len(reasons) == 1 and not checks[0].works:  # the same everywhere: said once
            self._programs.addLayout(self._line(False, self._everywhere(checks[0].reason)))
        else:
            for check in checks:
                self._programs.addLayout(self._line(check.works, self._words(check)))
        self.checked_label.setText(self._checked_words(exported, any(check.works for check in checks)))

    def _line(self, works: bool, words: str) -> QHBoxLayout:
        line = QHBoxLayout()
        line.setSpacing(tokens.current().sizes.gap8)
        icon, token = ("check_circle", "ok") if works else ("minus", "muted")
        line.addWidget(IconLabel(icon, token, 16), 0, Qt.AlignmentFlag.AlignTop)
        line.addWidget(Label(words, "body", "text" if works else "muted", wrap=True), 1)
        return line

    def _words(self, check: ProgramCheck) -> str:
        if check.works:
            return check.program
        return self.tr("Not in {program}: {reason}").format(program=check.program, reason=check.reason)

    def _everywhere(self, reason: str) -> str:
        own = {
            "family_practice": self.tr("Only in LoRA Studio: no other program has the Practice base."),
            "family_unknown": self.tr("The file does not tell which base model it is for."),
        }
        return own.get(reason, reason)

    def _checked_words(self, exported: Exported, works_somewhere: bool) -> str:
        sentence = self.tr(
            "The saved file was read back: %n layer(s), none missing, with the numbers of epoch {epoch}.",
            "",
            exported.layer_count,
        )
        said = sentence.format(epoch=QLocale().toString(exported.wish.epoch))
        if not works_somewhere:
            return said
        names = self.tr("Names and base ({base}) are ones these programs read. The programs themselves were not run.")
        return f"{said} {names.format(base=family_word(exported.report.family))}"

    def _clear_programs(self) -> None:
        while (item := self._programs.takeAt(0)) is not None:
            line = item.layout()
            while line is not None and (part := line.takeAt(0)) is not None:
                widget = part.widget()
                if widget is not None:
                    widget.hide()
                    widget.deleteLater()

"""Walking through the pictures that need a look, one by one."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from ui.models import shortcuts
from ui.models.picture_issues import Check, Fix
from ui.models.picture_set import PictureSet, is_open
from ui.models.pictures import PictureRecord
from ui.pages.images_inspector import fix_words
from ui.theme import tokens
from ui.widgets.announcing import announce
from ui.widgets.buttons import Button, icon_button
from ui.widgets.flow_layout import FlowLayout
from ui.widgets.icon_label import IconLabel
from ui.widgets.key_shortcut import KeyShortcut
from ui.widgets.labels import ElidedLabel, Label


class ReviewStrip(QFrame):
    """Says what is the matter with one picture after the other; a key each presses the buttons that are offered.

    `picture_wanted` names the picture it is at; the page shows it. Pictures that are settled meanwhile are passed over.
    """

    picture_wanted = Signal(object)  # Path
    fix_wanted = Signal(str)  # a Fix
    keep_wanted = Signal()
    leave_out_wanted = Signal()
    finished = Signal(int)  # how many still need a look

    def __init__(self, pictures: PictureSet, page: QWidget) -> None:
        super().__init__(page)
        self.setProperty("surface", "info")
        self._set = pictures
        self._paths: list[Path] = []
        self._place = 0
        self._fix: Fix | None = None
        self._typed_tag = ""
        self._build()
        self._offered: list[Button] = []
        self._shortcuts = [self._shortcut(page, place) for place in range(3)]
        shortcuts.changed.connect(self._show_place)
        pictures.changed.connect(self._show_place)
        self.stop()

    def _build(self) -> None:
        sizes = tokens.current().sizes
        layout = QVBoxLayout(self)
        layout.setContentsMargins(sizes.gap16, sizes.gap8, sizes.gap8, sizes.gap12)
        layout.setSpacing(sizes.gap4)
        head = QHBoxLayout()
        head.setSpacing(sizes.gap8)
        self._icon = IconLabel("warning", "warn", 18)
        self.title_label = ElidedLabel("", "strong", mode=Qt.TextElideMode.ElideMiddle)
        self.close_button = icon_button("close", self.tr("End the review"))
        self.close_button.clicked.connect(self._finish)
        head.addWidget(self._icon)
        head.addWidget(self.title_label, 1)
        head.addWidget(self.close_button)
        layout.addLayout(head)
        self.sentence_label = Label("", "body", "text2", wrap=True)
        layout.addWidget(self.sentence_label)
        row = QHBoxLayout()
        row.setContentsMargins(0, sizes.gap4, sizes.gap8, 0)
        choices = QWidget(self)
        flow = FlowLayout(choices, sizes.gap8)
        self.keep_button = Button("", "secondary", "check", small=True)
        self.fix_button = Button("", "secondary", "wand", small=True)
        self.leave_out_button = Button("", "secondary", "eye_off", small=True)
        self.next_button = Button(self.tr("Next"), "ghost", small=True, trailing_icon="arrow_right")
        self.keep_button.clicked.connect(self.keep_wanted)
        self.fix_button.clicked.connect(self._want_fix)
        self.leave_out_button.clicked.connect(self.leave_out_wanted)
        self.next_button.clicked.connect(self.go_on)
        for button in (self.keep_button, self.fix_button, self.leave_out_button):
            flow.addWidget(button)
        row.addWidget(choices, 1)
        row.addWidget(self.next_button, 0, Qt.AlignmentFlag.AlignTop)  # stays put, whatever the others are
        layout.addLayout(row)

    def _shortcut(self, page: QWidget, place: int) -> KeyShortcut:
        context = Qt.ShortcutContext.WidgetWithChildrenShortcut
        return KeyShortcut(f"review_{place + 1}", page, lambda: self._press(place), context)

    def _press(self, place: int) -> None:
        if place < len(self._offered):
            self._offered[place].click()

    @property
    def is_running(self) -> bool:
        return bool(self._paths)

    @property
    def path(self) -> Path | None:
        """The picture it is at."""
        return self._paths[self._place] if self._paths else None

    def begin(self, records: list[PictureRecord]) -> None:
        """Walk through these, from the first."""
        self._paths, self._place = [record.path for record in records], 0
        for shortcut in self._shortcuts:
            shortcut.setEnabled(True)
        self.show()
        self._go_to(0)

    def stop(self) -> None:
        self._paths = []
        for shortcut in self._shortcuts:
            shortcut.setEnabled(False)
        self.hide()

    def go_on(self) -> None:
        """To the next picture that still needs a look; after the last one the walk ends."""
        following = range(self._place + 1, len(self._paths))
        place = next((place for place in following if self._is_open(self._paths[place])), None)
        if place is None:
            self._finish()
        else:
            self._go_to(place)

    def follow(self, path: Path) -> None:
        """The person chose another picture: go on from there if it is one of the walk."""
        if path in self._paths and path != self.path:
            self._place = self._paths.index(path)
            self._show_place()

    def take_typed_tag(self, typed: str) -> None:
        """What stands in the tag field and is no tag yet: until it is one, not everything is done."""
        self._typed_tag = typed.strip()
        self._show_place()

    def _go_to(self, place: int) -> None:
        self._place = place
        self._show_place()
        self.picture_wanted.emit(self._paths[place])
        announce(self, f"{self.title_label.text()}\n{self.sentence_label.text()}")

    def _finish(self) -> None:
        if self.is_running:
            self.stop()
            self.finished.emit(self._set.counts["open"])

    def _record(self, path: Path) -> PictureRecord | None:
        row = self._set.pictures.row_of(path)
        return self._set.pictures.record(row) if row is not None else None

    def _is_open(self, path: Path) -> bool:
        record = self._record(path)
        return record is not None and is_open(record)

    def _show_place(self) -> None:
        record = self._record(self._paths[self._place]) if self._paths else None
        if record is None:
            return
        words = self.tr("{place} of {total}: {name}")
        self.title_label.setText(words.format(place=self._place + 1, total=len(self._paths), name=record.name))
        checks = [check for check in self._set.checks(record) if check.issue is not None and not check.is_settled]
        is_settled = not checks or not is_open(record)
        self._show_sentence("" if is_settled else "\n".join(check.sentence for check in checks))
        self._fix = None if is_settled else _first_fix(checks)
        can_stay = not is_settled and any("keep" in check.fixes for check in checks)
        self._offer("keep" if can_stay else None, self._fix, None if is_settled else "leave_out")

    def _offer(self, *fixes: Fix | None) -> None:
        """Show the buttons that do something here, numbered as they stand."""
        self._offered = []
        self.fix_button.set_icon_name("folder_open" if self._fix == "show_in_folder" else "wand")
        for button, fix in zip((self.keep_button, self.fix_button, self.leave_out_button), fixes, strict=True):
            if fix is not None:
                self._offered.append(button)
                words = self.tr("{action} ({key})")
                key = shortcuts.key_words(f"review_{len(self._offered)}")
                button.setText(words.format(action=fix_words(fix), key=key))
            button.setVisible(fix is not None)

    def _show_sentence(self, to_do: str) -> None:
        if to_do:
            self._icon.set_icon("warning", "warn")
        elif self._typed_tag:
            self._icon.set_icon("edit", "accent")
            to_do = self.tr("'{tag}' becomes a tag when you go on.").format(tag=self._typed_tag)
        else:
            self._icon.set_icon("check_circle", "ok")
            to_do = self.tr("Nothing is left to do here.")
        self.sentence_label.setText(to_do)

    def _want_fix(self) -> None:
        if self._fix is not None:
            self.fix_wanted.emit(self._fix)


def _first_fix(checks: list[Check]) -> Fix | None:
    """The likeliest way to mend the gravest issue, beside keeping and leaving out."""
    fixes = (fix for check in checks for fix in check.fixes if fix not in ("keep", "leave_out"))
    return next(fixes, None)

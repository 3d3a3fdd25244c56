"""What a person changes about pictures: captions as they are typed, which are left out or kept; all of it undoable."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal

from lora_studio.dataset.captions import join_lines
from lora_studio.errors import StudioError
from lora_studio.projects.project import PictureKey
from ui.models.workspace import Workspace

SAVE_AFTER_MS = 500
SAVE_AT_LATEST_MS = 700  # who types on and on loses a second at most when the window dies
# What the workspace may tell that has nothing to do with a caption that was just sent.
_OTHER_FAILURES = frozenset({"cancelled", "folder_missing", "not_a_folder", "folder_unreadable", "no_pictures"})


@dataclass(frozen=True, slots=True)
class _LeftOut:
    keys: tuple[PictureKey, ...]
    is_out: bool


@dataclass(frozen=True, slots=True)
class _Kept:
    issues: Mapping[PictureKey, Sequence[str]]


class PictureChanges(QObject):
    """Keeps what was typed until it is on the disk, and the order in which things are undone.

    A caption is a draft from the first letter until the scanned set shows it. One that could not be saved stays a
    draft, and `problem` says why.
    """

    drafts_changed = Signal()
    problem_changed = Signal()

    def __init__(
        self,
        workspace: Workspace,
        saved_caption: Callable[[Path], str | None],
        seen_caption: Callable[[Path], str | None],
        parent: QObject | None = None,
    ) -> None:
        """`saved_caption` gives the caption of a picture as it was scanned; None while it is not known.

        `seen_caption` gives what its caption file said then, whatever else its caption may come from.
        """
        super().__init__(parent)
        self.problem: StudioError | None = None
        self._workspace = workspace
        self._saved_caption = saved_caption
        self._seen_caption = seen_caption
        self._drafts: dict[Path, str] = {}
        self._seen: dict[Path, str] = {}  # what the file of each draft said when it was begun
        self._unsent: dict[Path, str] = {}
        self._done: list[_LeftOut | _Kept | None] = []  # None is a change of captions
        self._undone: list[_LeftOut | _Kept | None] = []
        self._timer = QTimer(self, singleShot=True, interval=SAVE_AFTER_MS)
        self._timer.timeout.connect(self.save)
        self._latest = QTimer(self, singleShot=True, interval=SAVE_AT_LATEST_MS)
        self._latest.timeout.connect(self.save)
        workspace.failed.connect(self._note_failure)

    def draft(self, path: Path) -> str | None:
        """What was typed for a picture and is not known to be saved."""
        return self._drafts.get(path)

    @property
    def failed_paths(self) -> tuple[Path, ...]:
        """The pictures whose captions could not be saved."""
        return tuple(self._drafts) if self.problem is not None else ()

    def type_captions(self, texts: Mapping[Path, str]) -> None:
        """Keep what was typed; it is saved when typing stops, and now and then while it goes on."""
        if not self._unsent:
            self._latest.start()
        for path in texts:
            seen = self._seen_caption(path) if path not in self._drafts else None
            if seen is not None:
                self._seen[path] = seen
        self._drafts.update(texts)
        self._unsent.update(texts)
        self._timer.start()
        self.drafts_changed.emit()

    def save(self) -> None:
        """Save what was typed, now."""
        self._timer.stop()
        self._latest.stop()
        if not self._unsent:
            return
        unsent, self._unsent = self._unsent, {}
        self._set_problem(None)
        self._remember(None)
        self._workspace.set_captions(unsent, {path: self._seen[path] for path in unsent if path in self._seen})

    def try_again(self) -> None:
        """Save once more what could not be saved, whatever the files say by now."""
        self._seen.clear()
        self._unsent = dict(self._drafts)
        self.save()

    def drop_drafts(self) -> None:
        """Give up what could not be saved; the captions stay as they are on the disk."""
        self._timer.stop()
        self._latest.stop()
        self._drafts.clear()
        self._seen.clear()
        self._unsent.clear()
        self._set_problem(None)
        self.drafts_changed.emit()

    def forget(self) -> None:
        """Another project was opened: nothing of this one can be undone here."""
        self._done.clear()
        self._undone.clear()
        self.drop_drafts()

    def take_saved(self) -> None:
        """Look which drafts the set shows by now."""
        saved = [path for path, text in self._drafts.items() if path not in self._unsent and self._is_saved(path, text)]
        for path in saved:
            del self._drafts[path]
            self._seen.pop(path, None)
        if saved and not self._drafts:
            self._set_problem(None)

    def leave_out(self, keys: Sequence[PictureKey], is_out: bool) -> None:
        """Leave pictures out of training, or take them back in."""
        if keys:
            self._decide(_LeftOut(tuple(keys), is_out))

    def keep(self, issues: Mapping[PictureKey, Sequence[str]]) -> None:
        """Keep pictures as they are, with these issues."""
        if issues:
            self._decide(_Kept(issues))

    @property
    def can_undo(self) -> bool:
        return bool(self._done or self._unsent) or self._workspace.can_undo_caption

    @property
    def can_redo(self) -> bool:
        return bool(self._undone) or self._workspace.can_redo_caption

    def undo(self) -> None:
        """Take the last change back, first those of this session, then captions of earlier ones."""
        self.save()
        if not self.can_undo:
            return
        change = self._done.pop() if self._done else None
        self._undone.append(change)
        if change is None:
            self._drafts.clear()
            self._seen.clear()
            self._workspace.undo_caption()
        else:
            self._apply(change, takes_back=True)

    def redo(self) -> None:
        """Do the last undone change again."""
        if not self.can_redo:
            return
        change = self._undone.pop() if self._undone else None
        self._done.append(change)
        if change is None:
            self._workspace.redo_caption()
        else:
            self._apply(change)

    def _decide(self, change: _LeftOut | _Kept) -> None:
        self._remember(change)
        self._apply(change)

    def _apply(self, change: _LeftOut | _Kept, takes_back: bool = False) -> None:
        match change:
            case _LeftOut(keys, is_out):
                self._workspace.leave_out(keys, is_out != takes_back)
            case _Kept(issues):
                self._workspace.keep(issues, not takes_back)

    def _remember(self, change: _LeftOut | _Kept | None) -> None:
        self._done.append(change)
        self._undone.clear()

    def _is_saved(self, path: Path, text: str) -> bool:
        return self._saved_caption(path) == join_lines(text)

    def _note_failure(self, error: StudioError) -> None:
        if error.code not in _OTHER_FAILURES and any(path not in self._unsent for path in self._drafts):
            self._set_problem(error)

    def _set_problem(self, problem: StudioError | None) -> None:
        if problem is not self.problem:
            self.problem = problem
            self.problem_changed.emit()

"""The projects that were open last, with a cover and a line about each."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QObject, Signal

from lora_studio import bases
from lora_studio.errors import StudioError
from lora_studio.projects.pictures import list_picture_files
from lora_studio.projects.project import Project, RunNote, list_runs, open_project
from lora_studio.projects.recent import RecentProject, forget, recent_projects
from ui.models.library_words import kind_word
from ui.work import tasks

SHOWN = 12


@dataclass(frozen=True, slots=True)
class RecentLine:
    """One project. `note` says what it is, or what is wrong with it; `cover` is None where it has no picture."""

    name: str
    folder: Path
    note: str
    cover: Path | None = None
    is_there: bool = True
    is_training: bool = False


class RecentProjects(QObject):
    """The list, read off the GUI thread. `lines` are newest first, also those that cannot be found now."""

    changed = Signal()
    failed = Signal(object)  # StudioError

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.lines: tuple[RecentLine, ...] = ()
        self.has_looked = False

    def refresh(self) -> None:
        tasks.run(lambda _: _read(), self._take, self._tell, owner=self)

    def forget(self, folder: Path) -> None:
        """Take a project off the list; its files stay."""

        def forget_and_read() -> tuple[RecentLine, ...]:
            forget(folder)
            return _read()

        tasks.run(lambda _: forget_and_read(), self._take, self._tell, owner=self)

    def _take(self, lines: tuple[RecentLine, ...]) -> None:
        is_news = lines != self.lines or not self.has_looked
        self.lines, self.has_looked = lines, True
        if is_news:
            self.changed.emit()

    def _tell(self, error: Exception) -> None:
        if not isinstance(error, StudioError):
            raise error
        self.failed.emit(error)


def project_note(project: Project) -> str:
    """What a project teaches, and on which base, as in "Style · Practice" and "Style · SD 1.5"."""
    source = project.data.base.source
    name = (project.data.base.name or Path(source).name).replace("Stable Diffusion", "SD")
    base = _tr("Practice") if source == bases.PRACTICE else name
    return _tr("{kind} · {base}").format(kind=kind_word(project.data.kind), base=base)


def cover_of(project: Project) -> Path | None:
    """The picture that stands for a project: a sample of the newest pick, else its first picture. Reads the disk."""
    for summary in list_runs(project):
        pick = project.data.runs.get(summary.run.name, RunNote()).pick
        samples = summary.run.sample_paths(pick) if pick is not None else []
        if samples:
            return samples[0]
    return next((file.path for file in list_picture_files(project)), None)


def _read() -> tuple[RecentLine, ...]:
    return tuple(_line(recent) for recent in recent_projects()[:SHOWN])


def _line(recent: RecentProject) -> RecentLine:
    if not recent.is_there:
        return RecentLine(recent.name, recent.folder, _tr("Not found"), is_there=False)
    try:
        project = open_project(recent.folder)
        is_training = any(summary.state.is_alive for summary in list_runs(project))
        note = _tr("Training now") if is_training else project_note(project)
        return RecentLine(project.name, project.folder, note, cover_of(project), True, is_training)
    except StudioError:  # opening it by hand tells what is wrong
        return RecentLine(recent.name, recent.folder, _tr("Cannot be read"))


def _tr(text: str) -> str:
    return QCoreApplication.translate("recent", text)

"""A project on disk: `project.json`, and beside it captions, runs and whatever was copied in.

A project may be moved or zipped: what lies inside it is named relative to it. Pictures are never changed.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue, ValidationError

from lora_studio import __version__, bases, embedded, storage
from lora_studio.config.training import Kind
from lora_studio.errors import StudioError
from lora_studio.runs.create import plain_name
from lora_studio.runs.history import RunSummary
from lora_studio.runs.history import list_runs as runs_in

FILE_NAME = "project.json"
VERSION = 1
LARGEST_BYTES = 4 * storage.MIB

Thoroughness = Literal["quick", "balanced", "thorough"]
Stars = Annotated[int, Field(ge=0, le=5)]
PictureKey = str  # as `ImageRecord.relative` of a scanned project; see `ImageFolder`


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ImageFolder(_Part):
    """Pictures of a project: relative with forward slashes when inside it, else absolute.

    Keys of its pictures begin with `label//`, or with nothing while the label is empty, as the first folder's is.
    """

    path: str
    label: str = ""


class BaseReference(_Part):
    """The chosen base, with what tells it when its folder was moved; see `bases.find_again`."""

    source: str = bases.PRACTICE
    name: str = ""
    size_bytes: int = 0


class PictureNote(_Part):
    """What the person said about one picture; `repeats` None keeps what the folder's name asks for.

    `kept` names what speaks against it and was looked at: the picture stays as it is.
    """

    stars: Stars = 0
    repeats: int | None = Field(None, ge=1, le=999)
    kept: tuple[str, ...] = ()


class RunNote(_Part):
    """What the person said about one run's epochs. The pick's `strength` is None until one was chosen.

    `exported` tells that the person saved an adapter; the file of the last epoch is there without that. `left_out` are
    keys that adapter files do not get, as `weights.publishing` lists them.
    """

    pick: int | None = Field(None, ge=0)
    strength: float | None = Field(None, ge=-4, le=4)
    stars: dict[int, Stars] = {}
    exported: bool = False
    left_out: tuple[str, ...] = ()


class ProjectData(_Part):
    """What `project.json` holds. Change it with `Project.changed`, keep it with `save_project`.

    `settings` are the values changed from the preset, by dotted path. A trigger word of None is proposed from the
    name, an empty one is none; without `prompts` four are proposed. `runs` is keyed by the run folder's name.
    """

    version: Literal[1] = 1
    app_version: str = __version__
    name: str = Field(min_length=1, max_length=120)
    image_folders: tuple[ImageFolder, ...] = ()
    held_back_folder: str = ""
    kind: Kind = "style"
    base: BaseReference = BaseReference()
    trigger: str | None = None
    thoroughness: Thoroughness = "balanced"
    settings: dict[str, JsonValue] = {}
    prompts: tuple[str, ...] = Field((), max_length=16)
    left_out: frozenset[PictureKey] = frozenset()
    pictures: dict[PictureKey, PictureNote] = {}
    runs: dict[str, RunNote] = {}


@dataclass(frozen=True, slots=True)
class Project:
    """A project's folder and what its file said or will say. A value: changing it gives another one."""

    folder: Path
    data: ProjectData

    @property
    def name(self) -> str:
        return self.data.name

    @property
    def runs_dir(self) -> Path:
        return self.folder / "runs"

    @property
    def captions_dir(self) -> Path:
        """Backups of captions, the history of edits, and captions of pictures whose folder cannot be written to."""
        return self.folder / "captions"

    @property
    def held_back_dir(self) -> Path | None:
        """The pictures that only check, or None."""
        return self.folder / self.data.held_back_folder if self.data.held_back_folder else None

    def image_dirs(self) -> list[tuple[str, Path]]:
        """Label and absolute path of every folder of pictures; whether they exist is not looked at."""
        return [(folder.label, self.folder / folder.path) for folder in self.data.image_folders]

    def changed(self, **values: Any) -> Project:
        """The project with other values in its data, checked; nothing is written.

        Raises:
            pydantic.ValidationError: A value is not allowed.
        """
        return replace(self, data=ProjectData.model_validate({**dict(self.data), **values}))

    def with_folder(self, images_dir: Path) -> Project:
        """The project with one more folder of pictures, or unchanged if it has it.

        Raises:
            StudioError: `folder_in_pictures` when the project would lie among its pictures.
        """
        path = _absolute(images_dir)
        if any(_is_same(path, known) for _, known in self.image_dirs()):
            return self
        _refuse_inside(self.folder, path)
        labels = {folder.label for folder in self.data.image_folders}
        names = (path.name if number == 1 else f"{path.name} {number}" for number in range(1, 10_000))
        label = next(name for name in names if name not in labels) if labels else ""
        added = ImageFolder(path=_portable(path, self.folder), label=label)
        return self.changed(image_folders=(*self.data.image_folders, added))

    def with_moved_folder(self, label: str, images_dir: Path) -> Project:
        """The project after a folder of pictures was found elsewhere; notes about its pictures are kept."""
        path = _absolute(images_dir)
        _refuse_inside(self.folder, path)
        folders = tuple(
            folder.model_copy(update={"path": _portable(path, self.folder)}) if folder.label == label else folder
            for folder in self.data.image_folders
        )
        return self.changed(image_folders=folders)


def label_of(key: PictureKey) -> str:
    """The label of the folder that a picture's key belongs to."""
    return key.partition("//")[0] if "//" in key else ""


def create_project(folder: Path, name: str, images_dirs: Sequence[Path] = ()) -> Project:
    """Makes a project in a new or empty folder, whole or not at all.

    Raises:
        StudioError: `folder_in_use`, `folder_in_pictures`, `bad_project_name`, or a disk error.
    """
    folder = _absolute(folder)
    project = Project(folder, ProjectData(name=_checked_name(name)))
    for images_dir in images_dirs:
        project = project.with_folder(images_dir)
    return publish_project(project, {})


def project_for_images(images_dir: Path, projects_dir: Path, name: str = "") -> Project:
    """The project of a dropped folder: the one that was made for it before, or a new one in `projects_dir`.

    Raises:
        StudioError: The folder is not there, or the project cannot be made; see `create_project`.
    """
    images_dir = _absolute(images_dir)
    if not images_dir.is_dir():
        raise StudioError(
            "folder_missing", f"The folder {images_dir.name} is not there.", f"Looked for {images_dir}.",
            "Connect its drive, or choose another folder.",
        )  # fmt: skip
    if is_project(images_dir):
        return open_project(images_dir)
    for known in projects_in(projects_dir):
        if any(_is_same(images_dir, path) for _, path in known.image_dirs()):
            return known
    wanted = name or plain_name(images_dir.resolve().name)
    return create_project(_free_folder(projects_dir, wanted), wanted, [images_dir])


def sample_project(kind: embedded.SampleKind, projects_dir: Path) -> Project:
    """The project of a built-in sample; its pictures are copied in, so that captions can be tried out.

    Raises:
        StudioError: The installation is incomplete, or a disk error.
    """
    sample = embedded.sample_project(kind)
    folder = _absolute(projects_dir) / plain_name(sample.title)
    if is_project(folder):
        return open_project(folder)
    data = ProjectData(
        name=sample.title,
        image_folders=(ImageFolder(path="images"),),
        held_back_folder="held_back",
        kind=sample.kind,
        trigger=sample.trigger,
        prompts=sample.sample_prompts,
    )
    copied = {"images": sample.images_dir, "held_back": sample.held_back_dir}
    return publish_project(Project(_free_folder(projects_dir, folder.name), data), copied)


def projects_in(projects_dir: Path) -> list[Project]:
    """The projects that lie directly in a folder, by name; those that cannot be read are passed over."""
    if not projects_dir.is_dir():
        return []
    found = []
    for folder in sorted(projects_dir.iterdir()):
        if not folder.name.startswith(".") and is_project(folder):
            try:
                found.append(open_project(folder))
            except StudioError:
                continue  # opening it by hand tells what is wrong
    return found


def is_project(folder: Path) -> bool:
    """Whether a folder holds a project of this app; a sample project's own description is none."""
    try:
        value = storage.read_json(folder / FILE_NAME, LARGEST_BYTES)
    except StudioError as error:
        return error.code == "file_damaged"
    return isinstance(value, dict) and "version" in value and "image_folders" in value


def open_project(folder: Path) -> Project:
    """Reads a project; nothing is written.

    Raises:
        StudioError: `not_a_project`, `project_newer`, `project_damaged`, or the file cannot be read.
    """
    folder = _absolute(folder)
    path = folder / FILE_NAME
    try:
        value = storage.read_json(path, LARGEST_BYTES)
    except StudioError as error:
        if error.code == "file_missing":
            raise StudioError(
                "not_a_project", "There is no project in this folder.", f"{folder} has no {FILE_NAME}.",
                "Choose the folder of a project, or drop a folder of pictures to begin one.",
            ) from error  # fmt: skip
        if error.code in ("file_damaged", "file_too_large"):
            raise _damaged(path, error.detail) from error
        raise
    _refuse_newer(value)
    try:
        return Project(folder, ProjectData.model_validate_json(json.dumps(value)))
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"])) or FILE_NAME
        raise _damaged(path, f"{where}: {first['msg']}.") from error


def save_project(project: Project) -> None:
    """Keeps a project's data in one step.

    Raises:
        StudioError: `project_newer` when a newer version of the app wrote there meanwhile, or a disk error. What
            was saved before is untouched.
    """
    path = project.folder / FILE_NAME
    try:
        _refuse_newer(storage.read_json(path, LARGEST_BYTES))
    except StudioError as error:
        if error.code not in ("file_missing", "file_damaged"):
            raise
    storage.write_file(path, _content(project))


def list_runs(project: Project) -> list[RunSummary]:
    """The project's runs, newest first, with their states as they are now."""
    return runs_in(project.runs_dir)


def _refuse_newer(value: Any) -> None:
    version = value.get("version") if isinstance(value, dict) else None
    if isinstance(version, int) and version > VERSION:
        by = str(value.get("app_version", ""))[:20]
        raise StudioError(
            "project_newer", f"This project was made by a newer version{f' ({by})' if by else ''}.",
            "Opening it could drop settings. Nothing was changed.", "Open a copy, or check for an update.",
        )  # fmt: skip


def publish_project(project: Project, copied: Mapping[str, Path]) -> Project:
    """Writes a new project whole or not at all, with copies of all files of folders by their path in it.

    Raises:
        StudioError: A file cannot be read, or a disk error.
    """
    storage.make_dir(project.folder.parent)
    temp = storage.new_temp_dir(project.folder.parent, "project")
    try:
        for name, source in copied.items():
            storage.make_dir(temp / name)
            for file in sorted(path for path in source.rglob("*") if path.is_file()):
                target = temp / name / file.relative_to(source)
                storage.make_dir(target.parent)
                with storage.read_errors(file):
                    content = file.read_bytes()
                storage.write_file(target, content)
        storage.write_file(temp / FILE_NAME, _content(project))
        storage.publish_dir(temp, project.folder)
    except BaseException:
        storage.remove_tree(temp)
        raise
    return project


def _content(project: Project) -> bytes:
    values = project.data.model_copy(update={"app_version": __version__}).model_dump(mode="json")
    values["left_out"] = sorted(values["left_out"])
    return json.dumps(values, ensure_ascii=False, indent=1, allow_nan=False).encode() + b"\n"


def _checked_name(name: str) -> str:
    tidy = " ".join(name.split())[:120]
    if not tidy or not tidy.isprintable():
        raise StudioError(
            "bad_project_name", "A project needs a name.", "Only letters that can be seen count.", "Type another name."
        )
    return tidy


def _free_folder(home: Path, name: str) -> Path:
    home = _absolute(home)
    places = (home / (name if number == 1 else f"{name} {number}") for number in range(1, 10_000))
    return next(place for place in places if not place.exists())


def _refuse_inside(folder: Path, images_dir: Path) -> None:
    if folder.resolve().is_relative_to(images_dir.resolve()):
        raise StudioError(
            "folder_in_pictures", "A project cannot lie among its pictures.",
            f"{folder} is inside {images_dir}, and originals are never mixed with results.",
            "Choose another folder for the project.",
        )  # fmt: skip


def _absolute(path: Path) -> Path:
    return path.expanduser().absolute()


def _is_same(one: Path, other: Path) -> bool:
    try:
        return one.samefile(other)
    except OSError:
        return one == other


def _portable(path: Path, folder: Path) -> str:
    """A path as it is kept: relative to the project when inside it."""
    return path.relative_to(folder).as_posix() if path.is_relative_to(folder) else str(path)


def _damaged(path: Path, why: str) -> StudioError:
    return StudioError(
        "project_damaged", "This project's file is damaged.", f"{why} {path} was not changed.",
        "Put back an older copy of the file. Runs and pictures are not affected.",
    )  # fmt: skip

"""What a drop on the window means, named before it is let go."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from PySide6.QtCore import QCoreApplication, QMimeData

from lora_studio.dataset.images import READABLE_SUFFIXES
from lora_studio.dataset.walk import walk
from lora_studio.projects import archives
from lora_studio.projects.archives import is_archive
from lora_studio.runs.picture_facts import DrawnPicture
from ui.models.workspace import PromptPlace, Workspace

DropKind = Literal["pictures", "folders", "captions", "model", "recipe", "unusable"]

_SHOWN_LETTERS = 120
_KINDS: dict[str, DropKind] = {
    ".txt": "captions",
    ".safetensors": "model",
    ".ckpt": "model",
    ".json": "recipe",
}


@dataclass(frozen=True, slots=True)
class Drop:
    """Paths of one kind. A drop of several kinds is judged by its first picture or folder, else by its first file."""

    kind: DropKind
    paths: tuple[Path, ...]

    @property
    def is_usable(self) -> bool:
        return self.kind != "unusable"


def read_drop(mime: QMimeData) -> Drop | None:
    """The local files of a drag, by their names and whether they are folders; None when there are none."""
    paths = tuple(Path(url.toLocalFile()) for url in mime.urls() if url.isLocalFile())
    if not paths:
        return None
    kinds = [_kind_of(path) for path in paths]
    for kind in ("folders", "pictures"):
        if kind in kinds:
            wanted = {"folders", "pictures"} if kind == "folders" else {kind}
            return Drop(kind, tuple(path for path, found in zip(paths, kinds, strict=True) if found in wanted))
    kind = kinds[0]
    return Drop(kind, tuple(path for path, found in zip(paths, kinds, strict=True) if found == kind))


def count_pictures(drop: Drop) -> int:
    """How many pictures a drop of folders and pictures brings. Reads the disk: not on the GUI thread."""
    return sum(_pictures_in(path) for path in drop.paths)


def holds_adapters(drop: Drop) -> bool:
    """Whether what looks like models by its names are adapters. Reads the disk: not on the GUI thread."""
    from lora_studio.weights.inspect import is_adapter  # it brings numpy, which the start of the window goes without

    return all(is_adapter(path) for path in drop.paths)


def may_be_drawn(drop: Drop) -> bool:
    """Whether it is one PNG, as the samples of this app are."""
    return drop.kind == "pictures" and len(drop.paths) == 1 and drop.paths[0].suffix.lower() == ".png"


def prompt_place(workspace: Workspace, here: str) -> PromptPlace:
    """Where the prompt of a dropped sample is offered: in Compare once there is something to compare."""
    has_samples = workspace.run is not None and bool(workspace.run.sampled_epochs)
    return "compare" if has_samples and here != "recipe" else "recipe"


def prompt_sentence(picture: DrawnPicture, place: PromptPlace) -> str:
    """What letting go of a picture of this app will do."""
    prompt = picture.prompt if len(picture.prompt) <= _SHOWN_LETTERS else f"{picture.prompt[:_SHOWN_LETTERS]}…"
    words = {
        "compare": _tr("Drop to draw its prompt with your adapter: {prompt}"),
        "recipe": _tr("Drop to add its prompt to your samples: {prompt}"),
    }
    return words[place].format(prompt=prompt)


def sentence(
    drop: Drop, picture_count: int | None = None, *, is_adapter: bool = False, leaves_project: bool = False
) -> str:
    """What letting go will do; folders are counted once `picture_count` is known, adapters told from base models.

    With `leaves_project` a project is open, and folders become or open another one.
    """
    if is_adapter and len(drop.paths) == 1:
        return _tr("Drop to look inside {name}").format(name=drop.paths[0].name)
    if is_adapter:
        return QCoreApplication.translate("drops", "Drop to merge %n file(s)", "", len(drop.paths))
    if drop.kind == "pictures":
        picture_count = len(drop.paths)
    if drop.kind in ("pictures", "folders"):
        if picture_count is None:
            words = _tr("Drop to open {name} as a project") if leaves_project else _tr("Drop to add {name}")
            return words.format(name=drop.paths[0].name)
        if picture_count == 0:
            return _tr("No pictures in {name}").format(name=drop.paths[0].name)
        if leaves_project and drop.kind == "folders":
            return QCoreApplication.translate("drops", "Drop to open %n picture(s) as a project", "", picture_count)
        return QCoreApplication.translate("drops", "Drop to add %n picture(s)", "", picture_count)
    sentences = {
        "captions": _tr("Drop to read {name} as captions"),
        "model": _tr("Drop to use {name} as base model"),
        "recipe": _tr("Drop to open the recipe {name}"),
        "unusable": _tr("Cannot be used: {name}"),
    }
    return sentences[drop.kind].format(name=drop.paths[0].name)


def _pictures_in(path: Path) -> int:
    if path.is_dir():
        return len(walk(path).pictures)
    return archives.count_pictures(path) if is_archive(path) else 1


def _kind_of(path: Path) -> DropKind:
    if path.is_dir() or is_archive(path):
        return "folders"
    suffix = path.suffix.lower()
    return "pictures" if suffix in READABLE_SUFFIXES else _KINDS.get(suffix, "unusable")


def _tr(text: str) -> str:
    return QCoreApplication.translate("drops", text)

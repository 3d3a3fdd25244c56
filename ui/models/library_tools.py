"""New files made from adapters and bases: opened, asked for, made off the GUI thread, never over another file."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QCoreApplication, QObject, Signal

from lora_studio import storage
from lora_studio.bases import FoundBase
from lora_studio.dataset.images import open_picture
from lora_studio.errors import StudioError
from lora_studio.runs.exports import cover_jpeg
from lora_studio.weights.bake import BakeResult
from lora_studio.weights.base_layers import BaseLayers
from lora_studio.weights.convert import LoraScheme, convert_lora, own_dtype
from lora_studio.weights.edit import EditWish, edit_adapter
from lora_studio.weights.export import ExportResult
from lora_studio.weights.extract import ExtractResult
from lora_studio.weights.grouping import Scheme, group_tensors
from lora_studio.weights.header import read_header
from lora_studio.weights.inspect import find_scheme
from lora_studio.weights.lora import Factor, Lora, LoraModule, read_lora
from lora_studio.weights.merge import Part, merge_loras
from lora_studio.weights.plain import PlainResult
from lora_studio.weights.resize import ResizeResult, resize_lora
from lora_studio.weights.spectrum import Spectrum, measure_spectrum, module_bytes
from lora_studio.weights.writing import DTYPE_CODES, ExportDtype
from ui.models.exporting import file_name, free_version, name_problem
from ui.models.library_tools_bases import (
    BakeWish,
    BaseWish,
    ExtractWish,
    OpenedOther,
    PlainWish,
    bake,
    extract,
    layers_of,
    open_other,
    to_plain,
)
from ui.work import tasks
from ui.work.poll import Poll

# `plain` takes the place of all others for an adapter of another kind; `extract` needs no adapter.
ToolName = Literal["convert", "resize", "merge", "bake", "edit", "extract", "plain"]

LOOK_MS = 100
_Asked = tuple[Path, str, bool]
_WRITTEN_SCHEMES: dict[Scheme, LoraScheme] = {"kohya": "kohya", "peft/diffusers": "diffusers"}


@dataclass(frozen=True, slots=True)
class OpenedAdapter:
    """A file that the tools can work on. `dtypes` are the engine's codes (F16, BF16, F32, F64)."""

    lora: Lora
    scheme: Scheme
    size_bytes: int
    ranks: tuple[int, ...]
    dtypes: tuple[str, ...]

    @property
    def path(self) -> Path:
        return self.lora.path


@dataclass(frozen=True, slots=True)
class ConvertWish:
    """Other names or another number format; a `dtype` of None keeps each layer's own."""

    scheme: LoraScheme
    dtype: ExportDtype | None = None


@dataclass(frozen=True, slots=True)
class ResizeWish:
    """At most `rank` ranks in a layer, or the share `keep` (0 to 1) of each layer's change; one of the two."""

    rank: int | None = None
    keep: float | None = None


@dataclass(frozen=True, slots=True)
class MergeWish:
    """How strongly each opened file counts, in their order; `rank` None adds the ranks up."""

    weights: tuple[float, ...]
    rank: int | None = None


@dataclass(frozen=True, slots=True)
class DetailsWish:
    """What the file shall say of itself; `cover` is a picture for its cover."""

    words: EditWish
    cover: Path | None = None


Wish = ConvertWish | ResizeWish | MergeWish | DetailsWish | BaseWish
Opened = OpenedAdapter | OpenedOther
Outcome = ResizeResult | PlainResult | ExtractResult | None


@dataclass(frozen=True, slots=True)
class Made:
    """A new file or folder. `outcome` tells what is left of the change, where something was left out."""

    path: Path
    written: ExportResult | BakeResult
    outcome: Outcome = None


class Watch:
    """How far work in another thread is, and whether it should stop: written there and here, looked at by both."""

    def __init__(self) -> None:
        self.done = 0
        self.total = 0
        self._token = tasks.CancelToken()

    @property
    def is_cancelled(self) -> bool:
        return self._token.is_cancelled

    @property
    def share(self) -> float:
        """0 to 1; 1 while what was made is written."""
        return min(self.done / self.total, 1.0) if self.total else 0.0

    def cancel(self) -> None:
        self._token.cancel()

    def check(self) -> None:
        """Raises `cancelled` once nobody wants the result any more."""
        if self.is_cancelled:
            raise StudioError("cancelled", "The work was called off.", "Nothing was written.")

    def hear(self, done: int, total: int) -> None:
        """Takes down how far it is, in the thread of the work; raises as `check`."""
        self.check()
        self.done, self.total = done, total

    def over(self, lora: Lora) -> Lora:
        """The same adapter; each reading of a matrix is counted, and refused after `cancel`."""
        modules = {
            path: LoraModule(self._counted(module.down), self._counted(module.up), module.alpha)
            for path, module in lora.modules.items()
        }
        return replace(lora, modules=modules)

    def _counted(self, factor: Factor) -> Factor:
        def read() -> NDArray[np.generic]:
            self.check()
            self.done += 1
            return factor.read()

        return Factor(factor.dtype, factor.shape, read)


def open_adapter(path: Path) -> OpenedAdapter:
    """Reads names and shapes; for a worker thread.

    Raises:
        StudioError: as `read_lora`.
    """
    lora = read_lora(path)
    header = read_header(path)
    modules = lora.modules.values()
    return OpenedAdapter(
        lora,
        find_scheme(path, header, *group_tensors(header)),
        path.stat().st_size,
        tuple(sorted({module.rank for module in modules})),
        tuple(sorted({factor.dtype for module in modules for factor in (module.down, module.up)})),
    )


def is_already(opened: OpenedAdapter, wish: ConvertWish) -> bool:
    """Whether the file has these names and this number format as it is."""
    dtypes = {DTYPE_CODES[wish.dtype]} if wish.dtype else {own_dtype(one) for one in opened.lora.modules.values()}
    return _WRITTEN_SCHEMES.get(opened.scheme) == wish.scheme and set(opened.dtypes) == dtypes


def bytes_after(opened: OpenedAdapter, dtype: ExportDtype | None) -> int:
    """About how large the file gets in another number format."""
    modules = opened.lora.modules.values()
    return sum(module_bytes(module, DTYPE_CODES[dtype] if dtype else own_dtype(module)) for module in modules)


def proposed_name(files: Sequence[OpenedAdapter], wish: Wish, other: OpenedOther | None = None) -> str:
    """A name for the result that tells what was done: `ink` → `ink-fp16`, `ink-rank8`, `ink-and-fox`."""
    match wish:
        case ExtractWish(tuned):
            return f"{_plain_name(tuned)}-lora" if tuned is not None else "extracted"
        case PlainWish():
            return f"{other.path.stem}-plain" if other is not None else ""
        case BakeWish(base):
            name = files[0].path.stem if len(files) == 1 else "merged"
            return f"{_plain_name(base)}-{name}" if base is not None else name
    first = files[0].path.stem
    match wish:
        case ConvertWish(scheme, dtype):
            is_renamed = _WRITTEN_SCHEMES.get(files[0].scheme) != scheme
            return "-".join([first, *([scheme] if is_renamed else []), *([dtype] if dtype else [])])
        case ResizeWish(rank=int(rank)):
            return f"{first}-rank{rank}"
        case ResizeWish(keep=keep):
            return f"{first}-keep{round((keep or 0) * 100)}"
        case MergeWish():
            others = [opened.path.stem for opened in files[1:]]
            return f"{first}-and-{others[0]}" if len(others) == 1 else f"{first}-merged"
        case DetailsWish():
            return f"{first}-edited"


def _plain_name(base: FoundBase) -> str:
    return base.name.rpartition("/")[2]


def target_of(folder: Path, name: str, as_folder: bool = False) -> Path:
    """The file (or folder) of that name in `folder`, or the next version of it that is not there yet."""
    if as_folder:
        names = (name if version == 1 else f"{name}-v{version}" for version in itertools.count(1))
        return next(folder / free for free in names if not (folder / free).exists())
    plain = folder / file_name(name, None)
    return folder / file_name(name, free_version(folder, name, None)) if plain.exists() else plain


def make_file(files: Sequence[Opened], wish: Wish, folder: Path, name: str, watch: Watch) -> Made:
    """Makes the new file; whatever has its name already stays, and the next version is made. For a worker thread.

    Raises:
        StudioError: `cancelled` after `watch.cancel()`; else as the engine's tools. No new file is left then.
    """
    watch.check()
    storage.make_dir(folder)
    if isinstance(wish, BakeWish) and wish.makes_folder:
        target = target_of(folder, name, as_folder=True)
        return Made(target, bake(_loras(files), wish, target, watch.hear))
    target = target_of(folder, name)
    staging = storage.new_temp_dir(folder, "tool")
    try:
        staged = staging / target.name
        written, outcome = _write(files, wish, staged, watch)
        watch.check()
        while not storage.publish_file(staged, target):
            target = target_of(folder, name)
    finally:
        storage.remove_tree(staging)
    return Made(target, written, outcome)


def _loras(files: Sequence[Opened]) -> list[Lora]:
    return [opened.lora for opened in files if isinstance(opened, OpenedAdapter)]


def _write(
    files: Sequence[Opened], wish: Wish, target: Path, watch: Watch
) -> tuple[ExportResult | BakeResult, Outcome]:
    match wish:
        case BakeWish():
            return bake(_loras(files), wish, target, watch.hear), None
        case ExtractWish():
            extracted = extract(wish, target, watch.hear)
            return extracted.adapter.written, extracted
        case PlainWish():
            (other,) = (opened for opened in files if isinstance(opened, OpenedOther))
            made = to_plain(other.adapter, wish, target, watch.hear)
            return made.written, made
    loras = [watch.over(lora) for lora in _loras(files)]
    first = loras[0]
    match wish:
        case ConvertWish(scheme, dtype):
            watch.total = 2 * len(first.modules)
            return convert_lora(first, target, scheme, dtype), None
        case ResizeWish(rank, keep):
            watch.total = 2 * len(first.modules)
            result = resize_lora(first, target, rank=rank, keep=keep)
        case MergeWish(weights, rank):
            watch.total = sum(2 * len(lora.modules) for lora in loras)
            parts = [Part(lora, weight) for lora, weight in zip(loras, weights, strict=True)]
            result = merge_loras(parts, target, rank=rank)
        case DetailsWish(words, cover):
            watch.done = watch.total = 1  # it is copied in one go
            if cover is not None:
                words = replace(words, cover_jpeg=cover_jpeg(open_picture(cover)))
            return edit_adapter(first.path, target, words, first.family).written, None
    return result.written, result


class AdapterTools(QObject):
    """What one person does with a few adapter files: which are open, what is under way, what came of it.

    Work is never given up half: `cancel` ends it at the next matrix, and nothing of it is left. Signals arrive on the
    GUI thread.
    """

    changed = Signal()
    progressed = Signal()  # every 100 ms while something is under way
    made = Signal(object)  # Made
    failed = Signal(object)  # StudioError, of opening, measuring or making

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.files: tuple[OpenedAdapter, ...] = ()
        self.other: OpenedOther | None = None
        self.layers: dict[str, BaseLayers] = {}
        self.free_bytes: int | None = None
        self.opening = 0
        self.folder: Path | None = None
        self.spectrum: Spectrum | None = None
        self.work: Watch | None = None
        self.measuring: Watch | None = None
        self.result: Made | None = None
        self._measured_in_vain = False
        self._names: tuple[_Asked, str] | None = None  # folder and name asked for, file name they become
        self._looked_at: set[str] = set()
        self._poll = Poll(self.progressed.emit, LOOK_MS, self)
        app = QCoreApplication.instance()
        if app is not None:
            app.aboutToQuit.connect(self.cancel)

    def open_files(self, paths: Sequence[Path]) -> None:
        """Open more files, in this order; one that is open already is left out."""
        wanted = list(dict.fromkeys(paths))
        if wanted:
            self.opening += 1
            may_be_other = not self.files
            tasks.run(lambda _: _open_all(wanted, may_be_other), self._take_files, self._refuse_files, owner=self)
            self.changed.emit()

    def close_file(self, path: Path) -> None:
        """Take one out; the first, which names and folder come from, stays."""
        self.files = tuple(opened for place, opened in enumerate(self.files) if place == 0 or opened.path != path)
        self.changed.emit()

    def set_folder(self, folder: Path) -> None:
        self.folder = folder
        self.changed.emit()

    def file_name(self, name: str, as_folder: bool = False) -> str:
        """The name of the file that would be made now; asked from the disk elsewhere, `changed` tells a new answer.

        So does `free_bytes`, the room there.
        """
        assert self.folder is not None
        folder, plain = self.folder, name if as_folder else file_name(name, None)
        if name_problem(name) is not None:
            return plain
        asked = (folder, name, as_folder)
        if self._names is None or self._names[0] != asked:
            if self._names is None or self._names[0][0] != folder:
                self.free_bytes = None  # of another drive, perhaps
            self._names = (asked, plain)
            tasks.run(lambda _: (target_of(*asked).name, storage.free_bytes(folder)),
                      lambda found: self._take_name(asked, *found), owner=self)  # fmt: skip
        return self._names[1]

    def look_at(self, base: FoundBase) -> None:
        """Learn the shapes of a base's layers; they stand in `layers` by its source after `changed`."""
        if base.source not in self._looked_at:
            self._looked_at.add(base.source)
            tasks.run(lambda _: layers_of(base), lambda found: self._take_layers(base, found), self._tell, owner=self)

    def measure(self) -> None:
        """Learn what fewer ranks would leave of the first file; `spectrum` is there after `changed`."""
        if self.spectrum is None and self.measuring is None and self.files and not self._measured_in_vain:
            watch = self.measuring = Watch()
            lora = self.files[0].lora
            watch.total = 2 * len(lora.modules)
            self._start(lambda: measure_spectrum(watch.over(lora)), self._take_spectrum, self._miss_spectrum)

    def make(self, wish: Wish, name: str) -> None:
        """Make the file; `made` or `failed` tells the end. A second call meanwhile is ignored."""
        if self.work is not None or self.folder is None or name_problem(name) is not None:
            return
        watch = self.work = Watch()
        opened: tuple[Opened, ...] = self.files[: None if isinstance(wish, MergeWish | BakeWish) else 1]
        files, folder = (self.other,) if self.other is not None else opened, self.folder
        self._start(lambda: make_file(files, wish, folder, name, watch), self._take_made, self._miss_made)

    def forget(self) -> None:
        """Ask for the next file; the one that was made stays where it is."""
        self.result = self._names = None
        self.changed.emit()

    def cancel(self) -> None:
        """Call off what is under way."""
        for watch in (self.work, self.measuring):
            if watch is not None:
                watch.cancel()

    def _start(
        self, work: Callable[[], object], then: Callable[..., object], failed: Callable[[Exception], object]
    ) -> None:
        tasks.run(lambda _: work(), then, failed, owner=self)
        self._poll.start()
        self.changed.emit()

    def _rest(self) -> None:
        if self.work is None and self.measuring is None:
            self._poll.stop()
        self.changed.emit()

    def _take_files(self, opened: tuple[OpenedAdapter, ...] | OpenedOther) -> None:
        self.opening -= 1
        if isinstance(opened, OpenedOther):
            self.other = opened
            self.folder = self.folder or opened.path.parent
            self.changed.emit()
            return
        known = {one.path for one in self.files}
        self.files += tuple(one for one in opened if one.path not in known)
        self.folder = self.folder or self.files[0].path.parent
        self.changed.emit()

    def _refuse_files(self, error: Exception) -> None:
        self.opening -= 1
        self._tell(error)

    def _take_name(self, asked: _Asked, found: str, free_bytes: int) -> None:
        if self._names is not None and self._names[0] == asked:
            is_news = (self._names[1], self.free_bytes) != (found, free_bytes)
            self._names, self.free_bytes = (asked, found), free_bytes
            if is_news:
                self.changed.emit()

    def _take_layers(self, base: FoundBase, found: BaseLayers) -> None:
        self.layers[base.source] = found
        self.changed.emit()

    def _take_spectrum(self, spectrum: Spectrum) -> None:
        self.spectrum, self.measuring = spectrum, None
        self._rest()

    def _miss_spectrum(self, error: Exception) -> None:
        self._measured_in_vain = self.measuring is not None and not self.measuring.is_cancelled
        self.measuring = None
        self._rest()
        self._tell(error)

    def _take_made(self, made: Made) -> None:
        self.work, self.result = None, made
        self._rest()
        self.made.emit(made)

    def _miss_made(self, error: Exception) -> None:
        self.work = None
        self._rest()
        self._tell(error)

    def _tell(self, error: Exception) -> None:
        if not isinstance(error, StudioError):
            raise error
        self.changed.emit()
        if error.code != "cancelled":
            self.failed.emit(error)


def _open_all(paths: Sequence[Path], may_be_other: bool) -> tuple[OpenedAdapter, ...] | OpenedOther:
    """All as plain LoRAs; a single one may be of another kind, if nothing else is open."""
    try:
        return tuple(open_adapter(path) for path in paths)
    except StudioError as error:
        if error.code != "not_plain_lora" or not may_be_other or len(paths) > 1:
            raise
        return open_other(paths[0])

"""Pictures for painting: made in the work pool, kept as pixmaps on the GUI thread, never more than a set weight.

A painter asks for what it is about to paint and paints a skeleton when there is nothing yet. What was asked for last is
made first, so visible rows come before rows that were scrolled past, and those are soon given up.
"""

from __future__ import annotations

import io
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from PIL import Image, ImageOps
from PySide6.QtCore import QObject, QRectF, QSize, Qt, QThreadPool, QTimer, Signal
from PySide6.QtGui import QImage, QPainter, QPainterPath, QPixmap

from lora_studio.dataset.thumbnails import SIDE_PX, Thumbnails
from lora_studio.errors import StudioError
from ui.work import tasks

LoadPicture = Callable[[Path, int], bytes]
"""Gives an encoded picture (PNG, JPEG) whose longer side is about so many pixels. Called on worker threads; raises
OSError or `StudioError` when the file cannot be read."""

LIMIT_BYTES = 96 * 1024 * 1024
AT_ONCE = 2
WAITING = 120  # about two screens; older requests are given up
LOAD_SIZES_PX = (256, 512, 1024, 2048, 4096)


@dataclass(frozen=True, slots=True)
class PictureRequest:
    """One picture as it is to be painted, in device pixels.

    `cover` fills the size and cuts off what is over; `contain` fits into it; `source` does too, and is never enlarged.
    `version` tells two contents of one path apart.
    """

    path: Path
    width_px: int
    height_px: int
    radius_px: int = 0
    fit: Literal["cover", "contain", "source"] = "cover"
    version: int = 0


class PictureStore(QObject):
    """Every painted picture of a window. All calls and signals on the GUI thread."""

    arrived = Signal(Path)
    failed = Signal(Path)

    def __init__(self, load: LoadPicture, parent: QObject | None = None, limit_bytes: int = LIMIT_BYTES) -> None:
        super().__init__(parent)
        self._load = load
        self._limit_bytes = limit_bytes
        self._held_bytes = 0
        self._pixmaps: OrderedDict[PictureRequest, QPixmap] = OrderedDict()
        self._latest: dict[Path, PictureRequest] = {}
        self._unreadable: set[tuple[Path, int]] = set()
        self._asked: list[PictureRequest] = []
        self._waiting: OrderedDict[PictureRequest, None] = OrderedDict()
        self._under_way: set[PictureRequest] = set()
        self._pool = QThreadPool(self)  # its own, so that pictures do not wait behind a scan
        self._pool.setMaxThreadCount(AT_ONCE)
        self._pump = QTimer(self, singleShot=True, interval=0)
        self._pump.timeout.connect(self._make_waiting)

    @property
    def held_bytes(self) -> int:
        """What the kept pixmaps weigh."""
        return self._held_bytes

    @property
    def waiting_count(self) -> int:
        """Pictures asked for and not begun."""
        return len(self._waiting) + len(self._asked)

    def is_unreadable(self, path: Path, version: int = 0) -> bool:
        """Whether the last try to read it failed."""
        return (path, version) in self._unreadable

    def picture(self, request: PictureRequest) -> QPixmap | None:
        """The picture if it is there, otherwise None, and it is made; `arrived` tells when."""
        found = self._pixmaps.get(request)
        if found is not None:
            self._pixmaps.move_to_end(request)
            return found
        if request not in self._under_way and not self.is_unreadable(request.path, request.version):
            self._asked.append(request)
            self._pump.start()
        return None

    def stand_in(self, path: Path) -> QPixmap | None:
        """The same file at another size or of an earlier version, to stretch until the right one arrives."""
        request = self._latest.get(path)
        return self._pixmaps.get(request) if request else None

    def forget(self, path: Path) -> None:
        """Read a file anew at the next call, after it changed or was mended."""
        for request in [request for request in self._pixmaps if request.path == path]:
            self._drop(request)
        self._unreadable = {entry for entry in self._unreadable if entry[0] != path}

    def _make_waiting(self) -> None:
        order = dict.fromkeys([*self._asked, *self._waiting])
        self._asked.clear()
        self._waiting = OrderedDict.fromkeys(list(order)[:WAITING])
        while self._waiting and len(self._under_way) < AT_ONCE:
            request, _ = self._waiting.popitem(last=False)
            self._under_way.add(request)
            self._begin(request)

    def _begin(self, request: PictureRequest) -> None:
        load = self._load
        tasks.run(
            lambda _: render(load, request),
            lambda image: self._keep(request, image),
            lambda error: self._refuse(request, error),
            owner=self,
            pool=self._pool,
        )

    def _keep(self, request: PictureRequest, image: QImage) -> None:
        self._under_way.discard(request)
        self._pump.start()
        if image.isNull():
            self._unreadable.add((request.path, request.version))
            self.failed.emit(request.path)
            return
        self._pixmaps[request] = QPixmap.fromImage(image)
        self._latest[request.path] = request
        self._held_bytes += weight_bytes(self._pixmaps[request])
        while self._held_bytes > self._limit_bytes and len(self._pixmaps) > 1:
            self._drop(next(iter(self._pixmaps)))
        self.arrived.emit(request.path)

    def _refuse(self, request: PictureRequest, error: Exception) -> None:
        self._keep(request, QImage())
        if not isinstance(error, OSError | StudioError):
            raise error

    def _drop(self, request: PictureRequest) -> None:
        self._held_bytes -= weight_bytes(self._pixmaps.pop(request))
        if self._latest.get(request.path) == request:
            del self._latest[request.path]


def weight_bytes(pixmap: QPixmap) -> int:
    """What a pixmap takes in memory."""
    return pixmap.width() * pixmap.height() * 4


def render(load: LoadPicture, request: PictureRequest) -> QImage:
    """Read a picture and make it exactly what `request` says, corners cut; on a worker thread. Null when unreadable."""
    wanted = QSize(request.width_px, request.height_px)
    source = decode(load(request.path, load_size_px(request)), max(request.width_px, request.height_px))
    if source.isNull() or wanted.isEmpty():
        return QImage()
    if request.fit == "source" and source.width() <= wanted.width() and source.height() <= wanted.height():
        return source.convertToFormat(QImage.Format.Format_ARGB32_Premultiplied)
    keep = Qt.AspectRatioMode.KeepAspectRatio
    mode = Qt.AspectRatioMode.KeepAspectRatioByExpanding if request.fit == "cover" else keep
    scaled = source.scaled(wanted, mode, Qt.TransformationMode.SmoothTransformation)
    size = wanted if request.fit == "cover" else scaled.size()
    if request.radius_px == 0 and scaled.size() == size:
        return scaled.convertToFormat(QImage.Format.Format_ARGB32_Premultiplied)
    result = QImage(size, QImage.Format.Format_ARGB32_Premultiplied)
    result.fill(Qt.GlobalColor.transparent)
    painter = QPainter(result)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    outline = QPainterPath()
    outline.addRoundedRect(QRectF(result.rect()), request.radius_px, request.radius_px)
    painter.setClipPath(outline)
    painter.drawImage((size.width() - scaled.width()) // 2, (size.height() - scaled.height()) // 2, scaled)
    painter.end()
    return result


def decode(data: bytes, side_px: int) -> QImage:
    """A picture upright, as its file says; a much larger one already smaller. Null when it cannot be read.

    By Pillow, because this runs on worker threads: Qt's own reader loads its formats under a lock and asks our
    translator for their names meanwhile, which needs Python's lock, which another reader may hold. The window froze.
    """
    try:
        with Image.open(io.BytesIO(data)) as opened:
            opened.draft("RGB", (2 * side_px, 2 * side_px))
            upright = ImageOps.exif_transpose(opened).convert("RGBA")
            upright = upright.reduce(max(1, min(upright.size) // (2 * side_px)))
    except (OSError, ValueError, Image.DecompressionBombError):
        return QImage()
    image = QImage(upright.tobytes(), upright.width, upright.height, 4 * upright.width, QImage.Format.Format_RGBA8888)
    return image.copy()  # its own pixels: those of Pillow go away


def loader(thumbnails: Thumbnails) -> LoadPicture:
    """Reads small pictures from the cache on disk and large ones from their own files."""

    def load(path: Path, size_px: int) -> bytes:
        return (thumbnails.make(path) if size_px <= SIDE_PX else path).read_bytes()

    return load


def load_size_px(request: PictureRequest) -> int:
    """The stored size that a request is made from: the smallest that need not be enlarged, for most shapes."""
    longer = max(request.width_px, request.height_px)
    return next((size for size in LOAD_SIZES_PX if size >= longer), LOAD_SIZES_PX[-1])


def at_ratio(request: PictureRequest, ratio: float) -> PictureRequest:
    """A request in logical pixels as one in the device pixels of a screen."""
    return replace(
        request,
        width_px=round(request.width_px * ratio),
        height_px=round(request.height_px * ratio),
        radius_px=round(request.radius_px * ratio),
    )

import io
import threading
from pathlib import Path

import pytest
from picture_bytes import encoded
from PIL import Image
from PySide6.QtCore import QTranslator
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from lora_studio.dataset.thumbnails import Thumbnails
from ui.widgets import picture_store
from ui.widgets.picture_store import WAITING, PictureRequest, PictureStore, decode, loader, render


def request(name: str = "a", side: int = 64, **fields: object) -> PictureRequest:
    return PictureRequest(Path(name), side, side, **fields)  # type: ignore[arg-type]


def load(path: Path, size_px: int) -> bytes:
    return encoded(100, 50)


def test_a_cover_fills_its_size_and_its_corners_are_cut() -> None:
    image = render(load, request(radius_px=16))
    assert (image.width(), image.height()) == (64, 64)
    assert image.pixelColor(0, 0).alpha() == 0
    assert image.pixelColor(32, 32) == QColor("red")


def test_a_contained_picture_keeps_its_shape() -> None:
    image = render(load, request(fit="contain"))
    assert (image.width(), image.height()) == (64, 32)


def test_a_source_is_never_enlarged() -> None:
    assert render(load, request(side=512, fit="source")).width() == 100


def test_a_picture_is_none_until_it_arrives(qtbot: QtBot) -> None:
    store = PictureStore(load)
    assert store.picture(request()) is None
    with qtbot.waitSignal(store.arrived) as arrived:
        pass
    assert arrived.args == [Path("a")]
    assert store.picture(request()) is not None


def test_another_size_of_the_same_file_stands_in(qtbot: QtBot) -> None:
    store = PictureStore(load)
    with qtbot.waitSignal(store.arrived):
        store.picture(request(side=32))
    assert store.picture(request(side=64)) is None
    stand_in = store.stand_in(Path("a"))
    assert stand_in is not None
    assert stand_in.width() == 32


def test_another_version_of_a_file_is_read_again(qtbot: QtBot) -> None:
    store = PictureStore(load)
    with qtbot.waitSignal(store.arrived):
        store.picture(request(version=1))
    assert store.picture(request(version=2)) is None


def test_a_picture_that_cannot_be_read_is_not_tried_again_until_it_is_forgotten(qtbot: QtBot) -> None:
    tries: list[Path] = []

    def refuse(path: Path, size_px: int) -> bytes:
        tries.append(path)
        raise OSError("torn")

    store = PictureStore(refuse)
    with qtbot.waitSignal(store.failed):
        store.picture(request())
    assert store.picture(request()) is None
    assert store.is_unreadable(Path("a"))
    assert len(tries) == 1
    store.forget(Path("a"))
    assert not store.is_unreadable(Path("a"))


def test_what_is_asked_for_last_is_made_first_and_the_oldest_is_given_up(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(picture_store, "AT_ONCE", 1)
    gate, made = threading.Event(), []

    def slow(path: Path, size_px: int) -> bytes:
        gate.wait(60)
        made.append(path.name)
        return load(path, size_px)

    store = PictureStore(slow)
    first = [f"old{n}" for n in range(WAITING)]
    for name in first:
        store.picture(request(name))
    qtbot.waitUntil(lambda: store.waiting_count == WAITING - 1)
    for name in ("new0", "new1", "new2", "new3"):
        store.picture(request(name))
    qtbot.waitUntil(lambda: store.waiting_count == WAITING)
    gate.set()
    qtbot.waitUntil(lambda: store.waiting_count == 0, timeout=20_000)
    assert made[1:5] == ["new0", "new1", "new2", "new3"]
    assert first[-1] not in made


def test_the_kept_pictures_never_weigh_more_than_the_limit(qtbot: QtBot) -> None:
    weight = 64 * 64 * 4
    store = PictureStore(load, limit_bytes=3 * weight)
    for name in "abcdef":
        with qtbot.waitSignal(store.arrived):
            store.picture(request(name))
    assert store.held_bytes == 3 * weight
    assert store.stand_in(Path("a")) is None
    assert store.stand_in(Path("f")) is not None


def test_a_bug_in_a_loader_is_not_swallowed(qtbot: QtBot) -> None:
    def broken(path: Path, size_px: int) -> bytes:
        raise ZeroDivisionError

    store = PictureStore(broken)
    with qtbot.capture_exceptions() as caught, qtbot.waitSignal(store.failed):
        store.picture(request())
    qtbot.waitUntil(lambda: bool(caught))
    assert caught[0][0] is ZeroDivisionError


def test_a_photo_is_shown_upright() -> None:
    photo = Image.new("RGB", (80, 40), "red")
    photo.getexif()[274] = 6  # taken with the camera turned
    buffer = io.BytesIO()
    photo.save(buffer, "JPEG", exif=photo.getexif())
    assert (decode(buffer.getvalue(), 40).width(), decode(buffer.getvalue(), 40).height()) == (40, 80)


def test_a_much_larger_picture_is_decoded_smaller() -> None:
    assert decode(encoded(1000, 500), 100).height() == 250


def test_small_pictures_come_from_the_cache_and_large_ones_from_their_files(tmp_path: Path) -> None:
    picture = tmp_path / "a.png"
    picture.write_bytes(encoded(600, 300))
    load_one = loader(Thumbnails(tmp_path / "cache"))
    assert decode(load_one(picture, 256), 256).width() == 256
    assert decode(load_one(picture, 512), 512).width() == 600


class Listening(QTranslator):
    def __init__(self) -> None:
        super().__init__()
        self.asked: list[str] = []

    def isEmpty(self) -> bool:
        return False

    def translate(self, context: str, source: str, disambiguation: str | None = None, n: int = -1) -> None:
        self.asked.append(source)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF"])
def test_reading_asks_no_translator(qapp: QApplication, kind: str) -> None:
    listening = Listening()
    buffer = io.BytesIO()
    Image.new("RGB", (60, 40), "red").save(buffer, kind)
    qapp.installTranslator(listening)
    listening.asked.clear()
    image = decode(buffer.getvalue(), 30)
    qapp.removeTranslator(listening)
    assert (image.width(), image.height()) == (60, 40)
    assert listening.asked == []


def test_what_is_no_picture_is_not_guessed_at() -> None:
    assert decode(b"<svg/>", 30).isNull()

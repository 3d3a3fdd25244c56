"""Zip files: what is wanted comes out, and nothing that harms does."""

from __future__ import annotations

import io
import stat
import zipfile
from pathlib import Path

import pytest
from PIL import Image

from lora_studio.errors import StudioError
from lora_studio.projects import archives
from lora_studio.projects.archives import count_pictures, unpack


def png(colour: str = "teal") -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (16, 16), colour).save(buffer, "PNG")
    return buffer.getvalue()


def packed(path: Path, files: dict[str, bytes], compression: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(path, "w", compression) as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name), content, compress_type=compression)
    return path


def left_in(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def test_pictures_and_captions_come_out_and_the_rest_stays(tmp_path: Path) -> None:
    wanted = {"ink/a.png": png(), "ink/a.txt": b"a moon", "ink/10_fox/b.jpg": png(), "metadata.jsonl": b"{}"}
    rest = {"__MACOSX/ink/._a.png": b"x", "ink/.hidden.png": b"x", "run.exe": b"MZ", "inner.zip": b"PK"}
    archive = packed(tmp_path / "Misty Ink.zip", wanted | rest)
    before = archive.read_bytes()
    unpack(archive, tmp_path / "project" / "Misty Ink")
    assert left_in(tmp_path / "project") == {f"Misty Ink/{name}" for name in wanted}
    assert (tmp_path / "project" / "Misty Ink" / "ink" / "a.txt").read_bytes() == b"a moon"
    assert archive.read_bytes() == before
    assert count_pictures(archive) == 2
    assert count_pictures(tmp_path / "not there.zip") == 0


HOSTILE_NAMES = [
    "../a.png", "a/../../b.png", "/etc/a.png", "..\\a.png", "C:\\a.png", "C:a.png", "a/./b.png/..", "con.png",
    "a/NUL/b.png", "a.png.", "a .png /b.png", "line\nbreak.png", "what?.png", "/".join("d" * 40) + "/a.png",
]  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE_NAMES)
def test_a_name_that_leads_elsewhere_is_refused_and_nothing_is_written(tmp_path: Path, name: str) -> None:
    archive = tmp_path / "bad.zip"
    with zipfile.ZipFile(archive, "w") as made:
        made.writestr("good.png", png())
        entry = zipfile.ZipInfo("x")
        entry.filename = name  # the name itself: the constructor mends some
        made.writestr(entry, png())
    (tmp_path / "project").mkdir()
    with pytest.raises(StudioError) as refused:
        unpack(archive, tmp_path / "project" / "bad")
    assert refused.value.code == "zip_unsafe"
    assert left_in(tmp_path) == {"bad.zip"}


@pytest.mark.parametrize("twins", [("a.png", "A.PNG"), ("caf\u00e9.png", "cafe\u0301.png"), ("a.png", "a.png")])
def test_names_that_are_one_on_some_system_are_refused(tmp_path: Path, twins: tuple[str, str]) -> None:
    archive = tmp_path / "twins.zip"
    with zipfile.ZipFile(archive, "w") as made:
        for number, name in enumerate(twins):
            made.writestr(zipfile.ZipInfo(name), png() + bytes([number]))
    with pytest.raises(StudioError, match="not safe"):
        unpack(archive, tmp_path / "out")
    assert left_in(tmp_path) == {"twins.zip"}


def test_links_are_refused(tmp_path: Path) -> None:
    archive = tmp_path / "link.zip"
    with zipfile.ZipFile(archive, "w") as made:
        made.writestr("a.png", png())
        link = zipfile.ZipInfo("b.png")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        made.writestr(link, "/etc/passwd")
    with pytest.raises(StudioError, match="not safe"):
        unpack(archive, tmp_path / "out")


def test_an_archive_that_swells_is_given_up_while_it_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bomb = packed(tmp_path / "bomb.zip", {"a.png": bytes(8 << 20)})
    with pytest.raises(StudioError, match="not safe"):
        unpack(bomb, tmp_path / "out")
    assert left_in(tmp_path) == {"bomb.zip"}
    monkeypatch.setattr(archives, "MAX_BYTES", 2 * len(png()))
    many = packed(tmp_path / "many.zip", {f"{n}.png": png() for n in range(3)})
    with pytest.raises(StudioError, match="not safe"):
        unpack(many, tmp_path / "out")
    monkeypatch.setattr(archives, "MAX_ENTRIES", 2)
    with pytest.raises(StudioError, match="not safe"):
        unpack(many, tmp_path / "out")


def test_an_archive_that_lies_about_a_size_is_not_believed(tmp_path: Path) -> None:
    archive = packed(tmp_path / "liar.zip", {"a.png": bytes(8 << 20)})
    raw = bytearray(archive.read_bytes())
    for at in (raw.index(b"PK\x03\x04") + 22, raw.index(b"PK\x01\x02") + 24):
        raw[at : at + 4] = (100).to_bytes(4, "little")
    archive.write_bytes(raw)
    with pytest.raises(StudioError):
        unpack(archive, tmp_path / "out")
    assert left_in(tmp_path) == {"liar.zip"}


@pytest.mark.parametrize("cut", ["empty", "not a zip", "half", "damaged"])
def test_what_cannot_be_unpacked_says_so(tmp_path: Path, cut: str) -> None:
    archive = packed(tmp_path / "a.zip", {"a.png": png(), "b.png": png("gold")}, zipfile.ZIP_STORED)
    whole = archive.read_bytes()
    spoiled = {"empty": b"", "not a zip": b"GIF89a" * 50, "half": whole[: len(whole) // 2]}
    archive.write_bytes(spoiled.get(cut, whole.replace(b"IDAT", b"IDAX")))
    with pytest.raises(StudioError) as told:
        unpack(archive, tmp_path / "out")
    assert told.value.code == "zip_unreadable"
    assert left_in(tmp_path) == {"a.zip"}


def test_an_archive_without_pictures_says_what_it_has(tmp_path: Path) -> None:
    archive = packed(tmp_path / "a.zip", {"a.psd": b"x", "words.txt": b"x"})
    with pytest.raises(StudioError) as told:
        unpack(archive, tmp_path / "out")
    assert told.value.code == "no_pictures"
    assert "2 files" in told.value.detail

"""Scanning folders the way people really have them, and folders nobody should have."""

from __future__ import annotations

import hashlib
import json
import os
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageFilter

from lora_studio.config.findings import Finding
from lora_studio.dataset import walk as walking
from lora_studio.dataset.buckets import plan_buckets
from lora_studio.dataset.scan import ScanReport, check_for_training, scan_dataset
from lora_studio.errors import StudioError


def draw(path: Path, number: int = 0, size: tuple[int, int] = (64, 48)) -> Path:
    """Save a picture that looks like no other number's."""
    path.parent.mkdir(parents=True, exist_ok=True)
    blocks = np.random.default_rng(number).integers(0, 256, (9, 11, 3), dtype=np.uint8)
    Image.fromarray(blocks).resize(size, Image.Resampling.NEAREST).save(path)
    return path


def fingerprint(folder: Path) -> dict[str, tuple[str, int]]:
    """Content and time of change of everything below a folder."""
    return {
        str(path.relative_to(folder)): (
            hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "",
            path.lstat().st_mtime_ns,
        )
        for path in [folder, *folder.rglob("*")]
    }


def found(report: ScanReport, code: str) -> Finding:
    (match,) = [finding for finding in report.findings if finding.code == code]
    return match


def codes(report: ScanReport) -> set[str]:
    return {finding.code for finding in report.findings}


def captions(report: ScanReport) -> dict[str, str | None]:
    return {image.relative: image.caption for image in report.images}


def test_one_picture_is_enough(tmp_path: Path) -> None:
    draw(tmp_path / "a.png")
    (tmp_path / "a.txt").write_text("a drawing")

    report = scan_dataset(tmp_path)

    (image,) = report.images
    assert image.path == tmp_path / "a.png"
    assert (image.relative, image.width_px, image.height_px) == ("a.png", 64, 48)
    assert (image.caption, image.caption_source, image.repeats) == ("a drawing", "sidecar", 1)
    assert image.content_sha256 == hashlib.sha256((tmp_path / "a.png").read_bytes()).hexdigest()
    assert len(image.dhash) == 16
    assert report.findings == ()
    assert report.file_count == 2


def test_five_hundred_pictures_come_in_natural_order_with_progress(tmp_path: Path) -> None:
    for number in range(500):
        draw(tmp_path / f"pic{number}.png", number, size=(22, 18))
    seen: list[tuple[int, int]] = []

    report = scan_dataset(tmp_path, progress=lambda done, total: seen.append((done, total)))

    assert [image.relative for image in report.images] == [f"pic{number}.png" for number in range(500)]
    assert seen == [(done, 500) for done in range(1, 501)]
    assert codes(report) == {"no_caption"}


def test_portrait_and_landscape_keep_their_sizes(tmp_path: Path) -> None:
    draw(tmp_path / "high.png", 1, size=(30, 90))
    draw(tmp_path / "wide.png", 2, size=(90, 30))
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.open(tmp_path / "wide.png").save(tmp_path / "turned.jpg", exif=exif)

    sizes = {image.relative: (image.width_px, image.height_px) for image in scan_dataset(tmp_path).images}

    assert sizes == {"high.png": (30, 90), "wide.png": (90, 30), "turned.jpg": (30, 90)}


def test_a_folder_without_captions_says_so_once(tmp_path: Path) -> None:
    for number in range(3):
        draw(tmp_path / f"{number}.png", number)
    (tmp_path / "1.txt").write_text(" \n ")

    finding = found(scan_dataset(tmp_path), "no_caption")

    assert finding.title == "3 pictures have no caption."
    assert finding.paths == ("0.png", "1.png", "2.png")


def test_japanese_captions_are_read_as_written(tmp_path: Path) -> None:
    draw(tmp_path / "浮世絵.png")
    (tmp_path / "浮世絵.txt").write_text("富士山、波", encoding="utf-16")

    assert captions(scan_dataset(tmp_path)) == {"浮世絵.png": "富士山、波"}


def test_broken_pictures_among_good_ones_are_named_and_the_rest_goes_on(tmp_path: Path) -> None:
    for number in range(4):
        draw(tmp_path / f"good{number}.png", number)
    whole = (tmp_path / "good0.png").read_bytes()
    (tmp_path / "cut.png").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "empty.jpg").write_bytes(b"")
    (tmp_path / "words.png").write_text("not a picture")
    (tmp_path / "cut.txt").write_text("its caption is no orphan")
    (tmp_path / "phone.HEIC").write_bytes(b"anything")

    report = scan_dataset(tmp_path)

    assert len(report.images) == 4
    unreadable = found(report, "picture_unreadable")
    assert (unreadable.severity, unreadable.title) == ("warn", "3 pictures cannot be opened.")
    assert unreadable.paths == ("cut.png", "empty.jpg", "words.png")
    assert found(report, "picture_kind_unsupported").paths == ("phone.HEIC",)
    assert "caption_orphan" not in codes(report)


def test_numbered_folders_repeat_their_pictures_and_lend_them_captions(tmp_path: Path) -> None:
    draw(tmp_path / "7_red house" / "a.png", 1)
    draw(tmp_path / "7_red house" / "b.png", 2)
    (tmp_path / "7_red house" / "b.txt").write_text("own words")
    draw(tmp_path / "sets" / "3_" / "deep" / "c.png", 3)
    draw(tmp_path / "2024_summer" / "d.png", 4)
    draw(tmp_path / "1_once" / "e.png", 5)

    report = scan_dataset(tmp_path)

    assert {image.relative: (image.repeats, image.caption, image.caption_source) for image in report.images} == {
        "7_red house/a.png": (7, "red house", "folder"),
        "7_red house/b.png": (7, "own words", "sidecar"),
        "sets/3_/deep/c.png": (3, None, None),
        "2024_summer/d.png": (1, None, None),
        "1_once/e.png": (1, "once", "folder"),
    }
    assert found(report, "folder_repeats").paths == ("7_red house", "sets/3_")
    assert found(report, "folder_repeats_ignored").paths == ("2024_summer",)
    assert report.as_dict()["totals"] == {"images": 5, "captioned": 3, "repeats": 19}


def test_the_scanned_folder_may_itself_be_numbered(tmp_path: Path) -> None:
    draw(tmp_path / "7_name" / "a.png")

    (image,) = scan_dataset(tmp_path / "7_name").images

    assert (image.repeats, image.caption) == (7, "name")


def test_transparent_pictures_are_noted(tmp_path: Path) -> None:
    draw(tmp_path / "solid.png", 1)
    Image.new("RGBA", (20, 20), (255, 0, 0, 90)).save(tmp_path / "glass.png")

    report = scan_dataset(tmp_path)

    assert [image.has_alpha for image in report.images] == [True, False]
    assert found(report, "transparency").paths == ("glass.png",)


HOSTILE_NAMES = [
    'it\'s "quoted" & 100%.png',
    "🎨🖌️.png",
    "ملف.png",
    "\u202egnp.exe.png",
    "two\nlines.png",
    "trailing space .png",
    "ends with dot..png",
    "CON.png",
    "#;<b>{x}$(y)`z`.png",
    "back\\slash.png",
    "-rf.png",
    "e\u0301.png",
]


@pytest.mark.skipif(sys.platform == "win32", reason="no such names there")
def test_hostile_names_and_folders_work(tmp_path: Path) -> None:
    folder = tmp_path / 'my "best" pictures 🎨 it\'s'
    for number, name in enumerate(HOSTILE_NAMES):
        draw(folder / name, number)
        (folder / name).with_suffix(".txt").write_text(f"caption {number}")

    report = scan_dataset(folder)

    assert captions(report) == {name: f"caption {number}" for number, name in enumerate(HOSTILE_NAMES)}
    assert all(image.path.is_file() for image in report.images)


@pytest.mark.skipif(sys.platform != "linux", reason="only there names are bytes")
def test_names_that_are_no_unicode_can_be_printed_and_opened(tmp_path: Path) -> None:
    draw(tmp_path / "a.png")
    os.rename(tmp_path / "a.png", os.fsencode(tmp_path) + b"/\xff.png")  # noqa: PTH104  (a name in bytes)

    report = scan_dataset(tmp_path)

    assert report.images[0].path.is_file()
    assert json.dumps(report.as_dict(), ensure_ascii=False).encode()
    assert found(report, "no_caption").paths == (report.images[0].relative,)


def test_json_lines_beside_or_above_pictures_give_captions(tmp_path: Path) -> None:
    for number, name in enumerate(["a.png", "sub/b.png", "sub/c.png", "d.png"]):
        draw(tmp_path / name, number)
    (tmp_path / "d.txt").write_text("sidecar wins")
    rows = [("a.png", "first"), ("./sub/b.png", "second"), ("sub\\c.png", "third"), ("d.png", "loses")]
    text = "\n".join(json.dumps({"file_name": name, "text": words}) for name, words in rows)
    (tmp_path / "metadata.jsonl").write_text(text)

    report = scan_dataset(tmp_path)

    assert captions(report) == {
        "a.png": "first",
        "d.png": "sidecar wins",
        "sub/b.png": "second",
        "sub/c.png": "third",
    }
    assert {image.caption_source for image in report.images} == {"metadata", "sidecar"}
    assert report.findings == ()


def test_the_nearest_list_wins(tmp_path: Path) -> None:
    draw(tmp_path / "sub" / "a.png")
    (tmp_path / "metadata.csv").write_text("file_name,text\nsub/a.png,from above\n")
    (tmp_path / "sub" / "metadata.csv").write_text("file_name,text\na.png,from beside\n")

    assert captions(scan_dataset(tmp_path)) == {"sub/a.png": "from beside"}


def test_csv_lists_give_captions_and_name_bad_rows(tmp_path: Path) -> None:
    draw(tmp_path / "10_x" / "a.png", 1)
    draw(tmp_path / "10_x" / "b.png", 2)
    (tmp_path / "10_x" / "metadata.csv").write_text(
        'file_name,caption\na.png,"red, blue"\n/etc/passwd,no\n../a.png,no\ngone.png,no\n'
    )

    report = scan_dataset(tmp_path)

    assert captions(report) == {"10_x/a.png": "red, blue", "10_x/b.png": "x"}
    assert found(report, "metadata_skipped").paths == ("10_x/metadata.csv",)


def test_a_list_with_a_missing_picture_is_noted(tmp_path: Path) -> None:
    draw(tmp_path / "a.png")
    (tmp_path / "metadata.csv").write_text("file_name,text\na.png,here\ngone.png,gone\n")

    assert codes(scan_dataset(tmp_path)) == {"metadata_skipped"}


def test_pictures_nested_three_deep_are_found_in_natural_order(tmp_path: Path) -> None:
    for number, name in enumerate(["b/c/d/2.png", "b/c/d/10.png", "b/1.png", "a10/x.png", "a2/x.png", "Z.png"]):
        draw(tmp_path / name, number)

    relative = [image.relative for image in scan_dataset(tmp_path).images]

    assert relative == ["a2/x.png", "a10/x.png", "b/1.png", "b/c/d/2.png", "b/c/d/10.png", "Z.png"]


def test_nothing_in_the_folder_changes(tmp_path: Path) -> None:
    draw(tmp_path / "7_x" / "a.png", 1)
    draw(tmp_path / "7_x" / "b.jpg", 2)
    (tmp_path / "7_x" / "a.txt").write_bytes(b"\xef\xbb\xbfone\r\ntwo\xff")
    (tmp_path / "broken.png").write_bytes(b"\x89PNG")
    (tmp_path / "metadata.csv").write_text("file_name,text\n7_x/b.jpg,words\n")
    before = fingerprint(tmp_path)

    scan_dataset(tmp_path)

    assert fingerprint(tmp_path) == before


def test_a_read_only_folder_can_be_scanned(tmp_path: Path) -> None:
    draw(tmp_path / "set" / "a.png")
    (tmp_path / "set" / "a.png").chmod(0o444)
    (tmp_path / "set").chmod(0o555)
    try:
        assert len(scan_dataset(tmp_path / "set").images) == 1
    finally:
        (tmp_path / "set").chmod(0o755)


def test_masks_hidden_files_and_caches_are_no_pictures(tmp_path: Path) -> None:
    draw(tmp_path / "a.png", 1)
    for name in ("a-masklabel.png", "a-condlabel.PNG", ".hidden.png", ".trash/b.png", "@eaDir/c.png"):
        draw(tmp_path / name, 2)
    for name in ("Thumbs.db", "a.npz", "a_sdxl.npz", "metadata_cache.json", "notes.md"):
        (tmp_path / name).write_bytes(b"\xff\xd8\xff\xe0" if name == "Thumbs.db" else b"data")

    report = scan_dataset(tmp_path)

    assert [image.relative for image in report.images] == ["a.png"]
    assert codes(report) == {"no_caption"}


def test_a_picture_without_a_telling_name_is_found_by_its_bytes(tmp_path: Path) -> None:
    draw(tmp_path / "a.JPG", 1)
    (tmp_path / "download").write_bytes(draw(tmp_path / "b.png", 2).read_bytes())
    (tmp_path / "photo.jpg_large").write_bytes(draw(tmp_path / "c.webp", 3).read_bytes())

    relative = [image.relative for image in scan_dataset(tmp_path).images]

    assert relative == ["a.JPG", "b.png", "c.webp", "download", "photo.jpg_large"]


def test_odd_caption_files_are_noted(tmp_path: Path) -> None:
    for number, name in enumerate(["latin", "lines", "huge", "twin"]):
        draw(tmp_path / f"{name}.png", number)
    draw(tmp_path / "twin.jpg", 9)
    (tmp_path / "latin.txt").write_bytes(b"caf\xe9")
    (tmp_path / "lines.txt").write_text("one\ntwo\n")
    (tmp_path / "huge.txt").write_bytes(b"x" * 70_000)
    (tmp_path / "twin.txt").write_text("shared")
    (tmp_path / "alone.txt").write_text("no picture")

    report = scan_dataset(tmp_path)

    assert captions(report) == {
        "huge.png": None,
        "latin.png": "café",
        "lines.png": "one two",
        "twin.jpg": "shared",
        "twin.png": "shared",
    }
    assert found(report, "caption_encoding").paths == ("latin.txt",)
    assert found(report, "caption_many_lines").paths == ("lines.txt",)
    assert found(report, "caption_unreadable").paths == ("huge.txt",)
    assert found(report, "caption_orphan").paths == ("alone.txt",)
    assert found(report, "shared_stem").paths == ("twin.jpg", "twin.png")


def test_copies_are_named_together(tmp_path: Path) -> None:
    draw(tmp_path / "a.png", 1, size=(400, 300))
    draw(tmp_path / "b.png", 2)
    (tmp_path / "copy of a.png").write_bytes((tmp_path / "a.png").read_bytes())
    with Image.open(tmp_path / "a.png") as original:
        original.resize((220, 165)).save(tmp_path / "a smaller.png")

    finding = found(scan_dataset(tmp_path), "duplicate")

    assert finding.paths == ("a smaller.png", "a.png", "copy of a.png")
    assert "a smaller.png = a.png = copy of a.png" in finding.detail


def test_a_blurry_picture_among_sharp_ones_is_noted(tmp_path: Path) -> None:
    for number in range(12):
        draw(tmp_path / f"{number}.png", number)
    soft = Image.open(tmp_path / "4.png").filter(ImageFilter.GaussianBlur(6))
    soft.save(tmp_path / "4.png")

    assert found(scan_dataset(tmp_path), "blurry").paths == ("4.png",)


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights there, and no pipes")
def test_links_loops_pipes_and_dead_links_end_well(tmp_path: Path) -> None:
    folder, outside = tmp_path / "set", tmp_path / "outside"
    draw(folder / "a.png", 1)
    draw(outside / "b.png", 2)
    (folder / "loop").symlink_to(folder)
    (folder / "elsewhere").symlink_to(outside)
    (folder / "linked file.png").symlink_to(outside / "b.png")
    (folder / "dead.png").symlink_to(folder / "nothing.png")
    os.mkfifo(folder / "pipe.png")

    report = scan_dataset(folder)

    assert [image.relative for image in report.images] == ["a.png", "linked file.png"]
    assert found(report, "folder_link").paths == ("elsewhere", "loop")
    assert found(report, "picture_unreadable").paths == ("dead.png",)


def test_folders_deeper_than_the_limit_are_named(tmp_path: Path) -> None:
    here = tmp_path
    for level in range(1, 35):
        here = here / str(level)
        draw(here / "a.png", level)

    report = scan_dataset(tmp_path)

    assert len(report.images) == 32
    assert len(found(report, "folder_too_deep").paths) == 1


def test_a_picture_that_vanishes_during_the_scan_is_named(tmp_path: Path) -> None:
    for number in range(200):
        draw(tmp_path / f"{number:03}.png", number, size=(22, 18))

    def remove_the_last(done: int, total: int) -> None:
        if done == 1:
            (tmp_path / "199.png").unlink()

    report = scan_dataset(tmp_path, progress=remove_the_last)

    assert len(report.images) == 199
    assert found(report, "picture_unreadable").paths == ("199.png",)


def test_what_progress_raises_ends_the_scan(tmp_path: Path) -> None:
    draw(tmp_path / "a.png")

    def call_off(done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        scan_dataset(tmp_path, progress=call_off)


def test_a_tree_with_too_many_files_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(walking, "MAX_FILES", 5)
    for number in range(6):
        (tmp_path / f"{number}.bin").touch()

    with pytest.raises(StudioError) as caught:
        scan_dataset(tmp_path)

    assert caught.value.code == "too_many_files"


def test_a_folder_that_is_not_there_is_told_apart_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    expected = {"gone": "folder_missing", "a\0b": "folder_missing", "x" * 5000: "folder_missing"}

    for name, code in (expected | {"file": "not_a_folder"}).items():
        with pytest.raises(StudioError) as caught:
            scan_dataset(tmp_path / name)
        assert caught.value.code == code


def test_a_folder_without_pictures_says_what_it_holds_and_what_is_read(tmp_path: Path) -> None:
    for number in range(12):
        (tmp_path / f"{number}.doc").touch()

    with pytest.raises(StudioError) as caught:
        scan_dataset(tmp_path)

    assert (caught.value.code, caught.value.title) == ("no_pictures", "No pictures in this folder.")
    expected = "It has 12 files, none of a kind the app reads (PNG, JPEG, WebP, BMP, TIFF, GIF, AVIF)."
    assert caught.value.detail == expected


def test_an_empty_folder_and_one_of_broken_pictures_are_refused(tmp_path: Path) -> None:
    with pytest.raises(StudioError, match="It is empty"):
        scan_dataset(tmp_path)
    (tmp_path / "a.png").write_text("no picture")
    with pytest.raises(StudioError, match=r"No picture in this folder can be opened\. a\.png: damaged") as caught:
        scan_dataset(tmp_path)
    assert caught.value.code == "no_pictures"


def test_the_report_as_json_has_all_pictures_and_findings(tmp_path: Path) -> None:
    draw(tmp_path / "a.png")

    plain = json.loads(json.dumps(scan_dataset(tmp_path).as_dict()))

    assert plain["folder"] == str(tmp_path)
    assert plain["images"][0]["path"] == str(tmp_path / "a.png")
    assert plain["findings"][0]["code"] == "no_caption"


def test_two_scans_of_one_folder_are_equal(tmp_path: Path) -> None:
    for number in range(20):
        draw(tmp_path / f"{number % 3}" / f"{number}.png", number % 15)

    assert scan_dataset(tmp_path) == scan_dataset(tmp_path)


def test_check_for_training_names_small_long_and_lonely_pictures(tmp_path: Path) -> None:
    for number in range(3):
        draw(tmp_path / f"fine{number}.png", number, size=(128, 128))
    draw(tmp_path / "limit.png", 4, size=(103, 103))
    draw(tmp_path / "small.png", 5, size=(100, 100))
    draw(tmp_path / "long.png", 6, size=(520, 200))
    report = scan_dataset(tmp_path)
    plan = plan_buckets([(image.width_px, image.height_px) for image in report.images], 128, 16)

    findings = {item.code: item for item in check_for_training(report, 128, plan)}

    assert {code: item.paths for code, item in findings.items()} == {
        "too_small": ("small.png",),
        "extreme_shape": ("long.png",),
        "alone_in_bucket": ("long.png",),
    }
    assert "up to 1.3 times" in findings["too_small"].detail
    assert "2.6 to 1" in findings["extreme_shape"].detail


def test_check_for_training_names_pictures_that_lose_a_fifth(tmp_path: Path) -> None:
    draw(tmp_path / "a.png", 1, size=(200, 130))
    draw(tmp_path / "b.png", 2, size=(200, 170))
    report = scan_dataset(tmp_path)
    plan = plan_buckets([(image.width_px, image.height_px) for image in report.images], 128, 16, enabled=False)

    findings = check_for_training(report, 128, plan)

    assert [(item.code, item.paths) for item in findings] == [("extreme_shape", ("a.png",))]


def test_check_for_training_wants_the_plan_of_its_report(tmp_path: Path) -> None:
    draw(tmp_path / "a.png")

    with pytest.raises(ValueError, match="not for this report"):
        check_for_training(scan_dataset(tmp_path), 512, plan_buckets([], 512))

"""Captions: encodings, caption files, lists, and what is trained on in the end."""

from __future__ import annotations

import json
import sys
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lora_studio.dataset.captions import (
    decode_caption,
    is_inside,
    parse_repeat_folder,
    prepare_caption,
    read_metadata,
    read_sidecar,
    shuffle_tags,
    stamp_caption,
    stamp_captions,
    without_trigger,
)

words = st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=60)


@given(words)
def test_text_comes_back_from_every_unicode_encoding(text: str) -> None:
    with_feeds = text.replace("\r\n", "\n").replace("\r", "\n")

    for encoding in ("utf-8-sig", "utf-16"):
        assert decode_caption(text.encode(encoding)) == (with_feeds, "\0" in text)


@given(words.filter(lambda text: not text.startswith(("\ufeff", "\r", "\n"))))
def test_plain_utf8_comes_back_without_a_flag(text: str) -> None:
    decoded, is_guessed = decode_caption(text.encode())

    assert decoded == text.replace("\r\n", "\n").replace("\r", "\n")
    assert is_guessed == ("\0" in text)


@given(st.binary(max_size=200))
def test_any_bytes_give_text_that_can_be_stored(raw: bytes) -> None:
    text, _ = decode_caption(raw)

    assert json.loads(json.dumps(prepare_caption(text, "mistyink"))).encode()


def test_western_european_bytes_are_read_and_flagged() -> None:
    assert decode_caption(b"caf\xe9 \x93old\x94") == ("café “old”", True)


def test_utf16_without_a_mark_is_flagged() -> None:
    assert decode_caption("dog".encode("utf-16-le"))[1]


@given(words, words)
def test_preparing_twice_changes_nothing(text: str, trigger: str) -> None:
    once = prepare_caption(text, trigger)

    assert prepare_caption(once, trigger) == once
    assert once == " ".join(once.split())
    assert unicodedata.is_normalized("NFC", once)


@given(words, st.sampled_from(["mistyink", "sks dog", "c++", "浮世絵", "(o)"]))
def test_the_trigger_word_is_always_there_and_no_word_is_lost(text: str, trigger: str) -> None:
    prepared = prepare_caption(text, trigger)

    assert trigger.casefold() in prepared.casefold()
    assert prepared.endswith(prepare_caption(text, ""))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a red house", "ink, a red house"),
        ("a house, INK", "a house, INK"),
        ("a pink house", "ink, a pink house"),
        ("inky_ink", "ink, inky_ink"),
        ("  a\t house \r\n at night ", "ink, a house at night"),
        ("\ufeffa house\x00", "ink, a house"),
        ("cafe\u0301", "ink, café"),
        ("", "ink"),
    ],
)
def test_trigger_word_is_added_only_where_it_is_no_whole_word_yet(text: str, expected: str) -> None:
    assert prepare_caption(text, "ink") == expected


def test_no_trigger_word_leaves_the_caption_alone() -> None:
    assert prepare_caption("1girl, long_hair", " ") == "1girl, long_hair"


def test_a_sidecar_keeps_all_its_lines(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(b"\xef\xbb\xbffirst line\r\n\r\nsecond\rthird\n")

    sidecar = read_sidecar(tmp_path / "a.png")

    assert sidecar is not None
    assert sidecar.text == "first line second third"
    assert sidecar.line_count == 3


@pytest.mark.parametrize("name", ["a.txt", "a.caption", "a.cap", "a.tags", "a.TXT"])
def test_every_kind_of_sidecar_is_found(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("words")

    sidecar = read_sidecar(tmp_path / "a.png")

    assert sidecar is not None and sidecar.text == "words"


def test_a_text_file_wins_over_other_kinds_unless_it_is_empty(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("from txt")
    (tmp_path / "a.caption").write_text("from caption")
    (tmp_path / "b.txt").write_text(" \n")
    (tmp_path / "b.caption").write_text("from caption")

    texts = [read_sidecar(tmp_path / name) for name in ("a.png", "b.png", "c.png")]

    assert [sidecar and sidecar.text for sidecar in texts] == ["from txt", "from caption", None]


def test_a_sidecar_written_with_decomposed_letters_is_found(tmp_path: Path) -> None:
    (tmp_path / "cafe\u0301.txt").write_text("words")

    assert read_sidecar(tmp_path / "café.png") is not None


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="both are one file there")
def test_the_same_spelling_wins_where_names_differ_only_in_case(tmp_path: Path) -> None:
    (tmp_path / "A.txt").write_text("capital")
    (tmp_path / "a.txt").write_text("small")

    texts = [read_sidecar(tmp_path / name) for name in ("A.png", "a.png")]

    assert [sidecar and sidecar.text for sidecar in texts] == ["capital", "small"]


def test_a_huge_text_file_is_no_caption(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(b"x" * 65_537)

    with pytest.raises(ValueError, match="64 KB"):
        read_sidecar(tmp_path / "a.png")


def test_json_lines_give_captions_and_count_bad_rows(tmp_path: Path) -> None:
    rows = [
        '{"file_name": "a.png", "text": "first"}',
        '{"file_name": "sub/b.png", "caption": "second"}',
        '{"file_name": "c.png", "text": "", "prompt": "third"}',
        '{"file_name": "../d.png", "text": "outside"}',
        '{"file_name": "e.png"}',
        '{"file_name": 7, "text": "number"}',
        "[1, 2]",
        "[" * 100_000,
        "not json",
        "",
    ]
    (tmp_path / "metadata.jsonl").write_text("\n".join(rows))

    metadata = read_metadata(tmp_path / "metadata.jsonl")

    assert metadata.captions == {"a.png": "first", "sub/b.png": "second", "c.png": "third"}
    assert metadata.skipped_count == 6


def test_csv_keeps_commas_and_line_breaks_inside_quotes(tmp_path: Path) -> None:
    (tmp_path / "metadata.csv").write_text('\ufefffile_name,text\na.png,"red, blue\ngreen"\nb.png\n', "utf-8")

    metadata = read_metadata(tmp_path / "metadata.csv")

    assert metadata.captions == {"a.png": "red, blue green"}
    assert metadata.skipped_count == 1


def test_a_csv_field_too_long_to_be_read_counts_as_a_bad_row(tmp_path: Path) -> None:
    (tmp_path / "metadata.csv").write_text("file_name,text\na.png,first\nb.png," + "x" * 200_000 + "\n")

    metadata = read_metadata(tmp_path / "metadata.csv")

    assert (metadata.captions, metadata.skipped_count) == ({"a.png": "first"}, 1)


@given(st.binary(max_size=300), st.sampled_from(["metadata.csv", "metadata.jsonl"]))
def test_any_bytes_as_a_list_give_a_result(tmp_path_factory: pytest.TempPathFactory, raw: bytes, name: str) -> None:
    path = tmp_path_factory.getbasetemp() / name
    path.write_bytes(raw)

    assert read_metadata(path).skipped_count >= 0


@pytest.mark.parametrize(
    "name",
    ["/etc/a", "C:\\a", "C:a", "\\\\server\\a", "..", "a/../../b", "a\\..\\b", "http://x/a", "a\0", ""],
)
def test_names_that_leave_the_folder_are_rejected(name: str) -> None:
    assert not is_inside(name)


@pytest.mark.parametrize("name", ["a.png", "sub/a.png", "a..b.png", "..a.png", "sub\\a.png"])
def test_ordinary_names_are_inside(name: str) -> None:
    assert is_inside(name)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("7_name", (7, "name")),
        ("10_sks dog_b", (10, "sks dog_b")),
        ("3_", (3, "")),
        ("0_x", (0, "x")),
        *((name, None) for name in ("x_7", "7", "7 name", "-1_x", "_x")),
    ],
)
def test_repeat_folders_are_understood(name: str, expected: tuple[int, str] | None) -> None:
    assert parse_repeat_folder(name) == expected


@pytest.mark.parametrize(
    ("caption", "left"),
    [
        ("zzfox, a fox in snow", "a fox in snow"),
        ("a ZZFOX, sitting", "a, sitting"),
        ("zzfox", ""),
        ("zzfoxes at night", "zzfoxes at night"),
        ("a house, , zzfox", "a house"),
    ],
)
def test_the_trigger_word_is_taken_out_only_as_a_whole_word(caption: str, left: str) -> None:
    assert without_trigger(caption, "zzfox") == left
    assert without_trigger(prepare_caption(left, "zzfox"), "zzfox") == left


@pytest.mark.parametrize(
    ("text", "expected"),
    [("a cat, white", "a cat, white, zzfox"), ("", "zzfox"), ("a zzfox cat", "a zzfox cat")],
)
def test_the_trigger_word_can_stand_at_the_end(text: str, expected: str) -> None:
    assert prepare_caption(text, "zzfox", "end") == expected
    assert prepare_caption(expected, "zzfox", "end") == expected
    assert without_trigger(expected, "zzfox") == ("a cat" if "a zzfox" in text else text)


def reverse(count: int) -> list[int]:
    return list(range(count))[::-1]


@pytest.mark.parametrize(
    ("caption", "trigger", "kept_first", "mixed"),
    [
        ("a, b, c", "", 0, "c, b, a"),
        ("a, b, c, d", "", 2, "a, b, d, c"),
        ("a, b, c, zz word", "zz", 0, "c, b, a, zz word"),
        ("a, zz, b, c", "ZZ", 1, "a, zz, c, b"),
        ("a, b", "", 9, "a, b"),
        ("a sentence without commas", "", 0, "a sentence without commas"),
        ("", "zz", 1, ""),
        (" a ,, b ", "", 0, "b, a"),
    ],
)
def test_tags_change_places_but_for_the_first_and_the_trigger_word(
    caption: str, trigger: str, kept_first: int, mixed: str
) -> None:
    assert shuffle_tags(caption, trigger, kept_first, reverse) == mixed


def test_stamps_tell_which_caption_files_are_not_as_they_were(tmp_path: Path) -> None:
    for name in ("a.txt", "b.TXT", "c.caption", "a.png", "notes.json"):
        (tmp_path / name).write_text("fog")
    (tmp_path / "lost.txt").symlink_to(tmp_path / "nowhere")
    before = stamp_captions([tmp_path, tmp_path / "no folder"])
    assert sorted(path.name for path in before) == ["a.txt", "b.TXT", "c.caption"]
    assert stamp_captions([tmp_path]) == before
    (tmp_path / "a.txt").write_text("mist over hills")
    (tmp_path / "c.caption").unlink()
    (tmp_path / "d.txt").write_text("fog")
    after = stamp_captions([tmp_path])
    assert sorted({path.name for path, _ in before.items() ^ after.items()}) == ["a.txt", "c.caption", "d.txt"]
    assert stamp_caption(tmp_path / "a.txt") == after[tmp_path / "a.txt"] != before[tmp_path / "a.txt"]
    assert stamp_caption(tmp_path / "c.caption") is None

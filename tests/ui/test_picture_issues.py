from pathlib import Path

import hypothesis.strategies as st
import pytest
from hypothesis import given

from lora_studio.config.findings import Finding
from lora_studio.dataset.buckets import plan_buckets
from lora_studio.dataset.wording import finding
from ui.models.caption_tags import count_tags, reads_as_tags, suggested, tags_of, with_tag, without_tag
from ui.models.picture_issues import ISSUE_OF, PLAN_CODES, Fix, checks_of, sort_findings
from ui.models.picture_search import parse_search
from ui.models.pictures import ISSUES, PictureRecord

KEYS = {"a.png": None, "b.jpg": None, "more//c.png": None}


def record(name: str = "a.png", **fields: object) -> PictureRecord:
    return PictureRecord(Path("/set") / name, **fields)  # type: ignore[arg-type]


class TestFindings:
    def test_every_issue_of_the_grid_has_a_finding(self) -> None:
        assert set(ISSUE_OF.values()) == set(ISSUES)

    def test_the_gravest_issue_stands_first(self) -> None:
        found = [
            finding("blurry", ["a.png"]),
            finding("no_caption", ["a.png", "b.jpg"]),
            finding("duplicate", ["a.png"]),
        ]
        issues = sort_findings(found, KEYS.keys()).issues
        assert issues == {"a.png": ("no_caption", "duplicate", "blurry"), "b.jpg": ("no_caption",)}

    def test_an_unreadable_file_keeps_its_reason(self) -> None:
        found = sort_findings([finding("picture_too_large", ["huge.png"])], KEYS.keys())
        assert found.issues == {"huge.png": ("unreadable",)}
        assert found.reasons == {"huge.png": "picture_too_large"}

    def test_a_note_about_a_caption_file_belongs_to_its_picture(self) -> None:
        found = sort_findings([finding("caption_many_lines", ["B.txt", "more//c.caption"])], KEYS.keys())
        assert set(found.noted) == {"b.jpg", "more//c.png"}

    def test_what_is_about_no_picture_is_told_of_the_folder(self) -> None:
        orphan = finding("caption_orphan", ["left_over.txt"])
        unknown = Finding(code="newer_than_us", severity="tip", title="Something new.")
        assert sort_findings([orphan, unknown], KEYS.keys()).about_files == (orphan, unknown)

    def test_only_what_follows_from_settings_comes_from_the_plan(self) -> None:
        assert {"too_small", "extreme_shape", "alone_in_bucket", "masked", "mask_mismatch"} == PLAN_CODES


class TestSentences:
    @pytest.mark.parametrize(
        ("issue", "first"),
        [
            ("unreadable", "show_in_folder"),
            ("no_caption", "write"),
            ("duplicate", "show_twins"),
            ("too_small", "train_smaller"),
            ("blurry", "keep"),
            ("extreme_shape", "show_crop"),
        ],
    )
    def test_each_issue_is_a_sentence_with_its_likeliest_fix_first(self, issue: str, first: Fix) -> None:
        check = checks_of(record(issues=(issue,)), (), (), "", ())[0]
        assert check.sentence.endswith(".")
        assert (check.fixes[0], check.fixes[-1]) == (first, "leave_out")

    def test_measured_numbers_are_told(self) -> None:
        placed = plan_buckets([(100, 40)], 256).placements[0]
        shown = record(issues=("too_small", "extreme_shape"), placement=placed)
        small, shape = (check.sentence for check in checks_of(shown, (), (), "", ()))
        assert f"{placed.enlargement:.1f} times" in small
        assert f"{placed.trimmed_share:.0%}".replace("%", " %") in shape

    def test_a_copy_names_its_like(self) -> None:
        shown = record(issues=("duplicate",))
        assert "It looks like b.jpg." in checks_of(shown, (), (), "", ["b.jpg"])[0].sentence
        assert "b.jpg and others" in checks_of(shown, (), (), "", ["b.jpg", "c.png"])[0].sentence

    def test_a_picture_that_was_left_out_can_only_be_taken_back(self) -> None:
        check = checks_of(record(issues=("blurry",), left_out=True), (), (), "", ())[0]
        assert (check.is_settled, check.fixes) == (True, ("take_in",))

    def test_what_was_found_after_a_picture_was_kept_is_not_settled(self) -> None:
        checks = checks_of(record(issues=("no_caption", "blurry")), ("no_caption",), (), "", ())
        assert [check.is_settled for check in checks] == [True, False]

    def test_notes_call_for_no_decision(self) -> None:
        check = checks_of(record(), (), [finding("transparency", ["a.png"])], "", ())[0]
        assert (check.issue, check.fixes) == (None, ())


class TestTags:
    def test_tags_are_the_parts_between_commas_and_lines_each_once(self) -> None:
        assert tags_of("mist,  still \t water, mist\nmoon,,") == ("mist", "still water", "moon")
        assert count_tags(["a, b", None, "b"]) == {"a": 1, "b": 2}

    def test_adding_a_tag_keeps_what_is_there(self) -> None:
        assert with_tag("", "mist") == "mist"
        assert with_tag("first line\nsecond line, ", "mist") == "first line\nsecond line, mist"
        assert with_tag("mist, moon", "mist") == "mist, moon"

    def test_removing_a_tag_keeps_the_lines(self) -> None:
        assert without_tag("mist, moon\nmist\nsea , mist,sky", "mist") == "moon\nsea ,sky"
        assert without_tag("misty, mist", "mist") == "misty"

    @given(st.lists(st.text("abc ", min_size=1, max_size=4), max_size=5), st.text("abc", min_size=1, max_size=4))
    def test_a_tag_that_was_added_can_be_taken_out_again(self, parts: list[str], tag: str) -> None:
        caption = ", ".join(parts)
        assert tag in tags_of(with_tag(caption, tag))
        assert tag not in tags_of(without_tag(with_tag(caption, tag), tag))

    def test_sentences_are_not_shown_as_tags(self) -> None:
        assert reads_as_tags(["1girl, moon, sea", "boat, red hair, dusk, sea"])
        assert not reads_as_tags(["A small boat lies on a quiet lake, with mountains behind, in the evening.", None])
        assert not reads_as_tags([None])

    def test_suggestions_begin_as_typed_first_and_then_by_count(self) -> None:
        tags = count_tags(["snow mountain", "mountain lake", "mountains", "mountains", "present mount"])
        found = suggested("mount", tags, ["present mount"], 4)
        assert found == [("mountains", 2), ("mountain lake", 1), ("snow mountain", 1)]
        assert suggested("  ", tags, [], 4) == []


class TestSearch:
    @pytest.mark.parametrize(
        ("typed", "is_found"),
        [
            ("", True),
            ("MIST", True),
            ("mist sea", False),
            ("a.png", True),
            ("-fog", True),
            ("-mist", False),
            ("tag:mist", True),
            ("tag:mis", False),
            ('tag:"still water"', True),
            ("-tag:moon", False),
            ("tag:a.png", False),
            ("issue:blurry", True),
            ("issue:small", False),
            ("issue:unheard", False),
            ("size:<768", True),
            ("size:>=300", False),
            ("size:200", True),
            ("http://mist", False),
            ("tag:", True),
            ("-", True),
        ],
    )
    def test_words_and_operators(self, typed: str, is_found: bool) -> None:
        shown = record(caption="mist, Still  water, moon", issues=("blurry",), width_px=300, height_px=200)
        assert parse_search(typed).accepts(shown) is is_found

    def test_a_size_that_is_not_known_yet_is_never_found(self) -> None:
        assert not parse_search("size:<768").accepts(record())

    @given(st.text(max_size=30))
    def test_whatever_is_typed_is_understood_somehow(self, typed: str) -> None:
        parse_search(typed).accepts(record(caption="mist"))

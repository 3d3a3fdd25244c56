"""The list of what a file tells: every key has its place, and what cannot be read in a line is told by its size."""

from __future__ import annotations

import inspect
import re

import pytest

from lora_studio.weights import metadata
from lora_studio.weights.publishing import PublishedLine, keys_of, leavable, list_published, shown_text


def test_every_key_that_the_app_can_write_has_a_place_in_the_list() -> None:
    source = inspect.getsource(metadata)
    written = {*re.findall(r'^        "(ss_\w+)":', source, re.MULTILINE)}
    spec = inspect.getsource(metadata._modelspec)
    written |= {f"modelspec.{key}" for key in re.findall(r'^        "(\w+)":', spec, re.MULTILINE)}
    assert len(written) > 40
    assert written <= {line.key for line in list_published(dict.fromkeys(written, "1"))}


def test_only_lines_of_today_that_nobody_needs_are_taken_from_a_remembered_choice() -> None:
    assert leavable(["ss_seed", "ss_v2", "of_another_version", "you"]) == {"ss_seed"}


def test_a_group_stands_for_its_lines() -> None:
    assert keys_of(["you", "ss_seed"]) == {"modelspec.author", "modelspec.license", "ss_seed"}


@pytest.mark.parametrize(
    ("key", "text", "shown"),
    [
        ("modelspec.thumbnail", "x" * 4000, "3 kB"),
        ("ss_tag_frequency", '{"1_a": {"x": 2, "y": 1}}', "2"),
        ("ss_training_started_at", "1795409370.77", "2026-11-23 04:49:30 UTC"),
        ("ss_dataset_dirs", '{"2_pictures": {"n_repeats": 2, "img_count": 24}}', "24 x 2"),
        ("ss_bucket_info", '{"buckets": {"0": {"resolution": [512, 768], "count": 24}}}', "512 x 768"),
        ("sshs_model_hash", "", "Computed when it is saved."),
        ("modelspec.description", "a\n  b", "a b"),
        ("modelspec.description", "a" * 500, "a" * 199 + "…"),
    ],
)
def test_every_value_is_told_in_one_line(key: str, text: str, shown: str) -> None:
    assert shown_text(PublishedLine(key, "adapter", "", text)) == shown

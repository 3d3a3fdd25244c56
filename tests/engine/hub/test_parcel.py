"""What would be sent of a kit; nothing here asks any network."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from small_kit import write_kit

from lora_studio.errors import StudioError
from lora_studio.hub.parcel import look_into, pack


@pytest.fixture
def kit(tmp_path: Path) -> Path:
    return write_kit(tmp_path / "ink-kit")


def problem_of(kit: Path, name: str = "ada/ink", is_public: bool = False) -> str:
    with pytest.raises(StudioError) as raised:
        pack(kit, name, is_public)
    return raised.value.code


def test_every_file_of_a_kit_is_listed_and_nothing_that_is_hidden_linked_or_foreign(kit: Path, tmp_path: Path) -> None:
    (kit / ".secret.txt").write_text("x")
    (kit / "notes.docx").write_text("x")
    (kit / ".git").mkdir()
    (kit / ".git" / "a.txt").write_text("x")
    if os.name != "nt":
        (tmp_path / "outside.txt").write_text("x")
        (kit / "linked.txt").symlink_to(tmp_path / "outside.txt")
    parcel = pack(kit, "https://huggingface.co/ada/ink", False)
    assert [file.name for file in parcel.contents.files] == ["README.md", "images/sample-1.png", "ink.safetensors"]
    assert parcel.contents.size_bytes == sum(path.stat().st_size for path in kit.rglob("*.*") if path.name in {
        "README.md", "sample-1.png", "ink.safetensors"})  # fmt: skip
    assert (parcel.model_id, parcel.contents.licence, parcel.is_public) == ("ada/ink", "cc-by-4.0", False)


def test_a_public_page_needs_a_licence_and_a_private_one_does_not(kit: Path) -> None:
    (kit / "README.md").write_text("---\ntags:\n- lora\n---\nlicense: mit\n", "utf-8")
    assert problem_of(kit, is_public=True) == "hub_no_licence"
    assert pack(kit, "ada/ink", False).contents.licence == ""


def test_what_is_no_kit_is_refused(kit: Path, tmp_path: Path) -> None:
    assert problem_of(tmp_path / "nowhere") == "hub_not_a_kit"
    assert problem_of(tmp_path) == "hub_not_a_kit"
    (kit / "README.md").unlink()
    assert problem_of(kit) == "hub_not_a_kit"
    (tmp_path / "ink.zip").write_bytes(b"PK")
    with pytest.raises(StudioError, match="not the folder") as raised:
        pack(tmp_path / "ink.zip", "ada/ink", False)
    assert raised.value.hint == "Unpack it first."


def test_a_name_without_an_owner_is_refused(kit: Path) -> None:
    assert problem_of(kit, "ink") == "hub_bad_id"


def test_what_is_not_what_was_shown_is_not_sent(kit: Path) -> None:
    shown = look_into(kit)
    assert pack(kit, "ada/ink", False, shown).contents == shown
    (kit / "more.txt").write_text("x")
    with pytest.raises(StudioError, match="changed meanwhile"):
        pack(kit, "ada/ink", False, shown)

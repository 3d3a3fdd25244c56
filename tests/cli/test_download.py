"""`download` as a person types it, against a hub of our own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hub_server import FakeHub
from tiny_families import write_tiny_folder

from lora_studio.bases import known_bases, usual_roots
from lora_studio.errors import ExitCode

Cli = Callable[..., Any]


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeHub]:
    hub = FakeHub()
    folder = write_tiny_folder(tmp_path / "made", "sd1")
    hub.files["ink/tiny"] = {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()
    }
    hub.stand_in(monkeypatch, tmp_path)
    yield hub
    hub.close()


def test_without_a_yes_only_size_and_licence_are_shown(cli: Cli, hub: FakeHub) -> None:
    told = cli("download", "ink/tiny")
    assert told.code == ExitCode.USAGE
    assert "Licence: creativeml-openrail-m" in told.out and "is free" in told.out
    assert "--yes" in told.err
    assert hub.downloaded() == []


def test_with_a_yes_it_comes_and_is_found_from_then_on(cli: Cli, hub: FakeHub, tmp_path: Path) -> None:
    told = cli("download", "ink/tiny", "--yes", "--json")
    assert (told.code, told.json["family"], told.json["licence"]) == (0, "sd1", "creativeml-openrail-m")
    assert [base.source for base in known_bases()][1:] == [told.json["model"]]
    assert ("LoRA Studio", tmp_path / "home" / "data" / "models") in usual_roots()
    assert cli("download", "ink/tiny", "--yes").code == ExitCode.BAD_INPUT


def test_no_other_command_asks_the_hub(cli: Cli, hub: FakeHub) -> None:
    assert cli("train", "nowhere", "--base", "ink/tiny").code == ExitCode.BAD_INPUT
    assert hub.asked == []

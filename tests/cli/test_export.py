"""`export` from the first word to the file, as a person types it, with a painter of ours in place of drawing."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from private_runs import PRIVATE, private_run

from lora_studio.errors import ExitCode
from lora_studio.jobs import told_process
from lora_studio.weights.header import read_header

Cli = Callable[..., Any]
PAINTER = Path(__file__).parents[1] / "fakes" / "quick_painter.py"


@pytest.fixture
def run(tmp_path: Path) -> Path:
    return private_run(tmp_path / "run").path


@pytest.fixture
def paint(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """From now on, pictures with an adapter have this shade of grey, or drawing ends as it says."""

    def choose(shade: str) -> None:
        command = [sys.executable, str(PAINTER), str(tmp_path / "orders"), shade]
        monkeypatch.setattr(told_process, "module_command", lambda _: command)

    return choose


def test_the_list_is_what_the_file_will_say_and_nothing_is_written(cli: Cli, run: Path, tmp_path: Path) -> None:
    wish = ["--without", "training", "--without", "modelspec.author", "--out", tmp_path / "fox.safetensors"]
    told = cli("export", run, *wish, "--list", "--json")
    assert told.code == 0
    assert not (tmp_path / "fox.safetensors").exists()
    assert cli("export", run, *wish).code == 0
    written = read_header(tmp_path / "fox.safetensors").metadata
    listed = {line["key"]: line["value"] for line in told.json["published"]}
    assert listed.keys() == written.keys()
    assert {key for key in listed if listed[key] != written[key]} == {
        "sshs_model_hash", "sshs_legacy_hash", "modelspec.hash_sha256",
    }  # fmt: skip
    assert "ss_seed" not in written and "modelspec.author" not in written


def test_the_list_names_the_groups_and_shows_nothing_private(cli: Cli, run: Path) -> None:
    told = cli("export", run, "--list").out
    assert "About you (--without you)\n  modelspec.author                 Made by: Ada\n" in told
    assert "What programs need (cannot be left out)" in told
    assert not [secret for secret in PRIVATE if secret in told]


def test_tags_are_listed_when_they_are_asked_for(cli: Cli, run: Path) -> None:
    assert "ss_tag_frequency" not in cli("export", run, "--list").out
    assert "Tags of the captions, counted: 1\n" in cli("export", run, "--list", "--with-tags").out


def test_both_files_are_written_in_the_format_asked_for(cli: Cli, run: Path, tmp_path: Path) -> None:
    out = tmp_path / "fox.safetensors"
    told = cli("export", run, "--out", out, "--dtype", "fp32", "--also-diffusers", "--json")
    assert (told.json["adapter"], told.json["diffusers"]) == (str(out), str(tmp_path / "fox-diffusers.safetensors"))
    for path in (told.json["adapter"], told.json["diffusers"]):
        assert {tensor.dtype for tensor in read_header(Path(path)).tensors.values()} == {"F32"}


def test_a_picture_shows_the_prompt_without_and_with_the_saved_file(
    cli: Cli, run: Path, tmp_path: Path, paint: Callable[[str], None]
) -> None:
    paint("51")
    told = cli("export", run, "--picture", tmp_path / "new" / "pair.png", "--json")
    assert told.json["difference"] == pytest.approx(0.2)
    assert "differ by 20.0% of the range of colours" in told.err
    with Image.open(tmp_path / "new" / "pair.png") as pair:
        assert pair.width > 2 * 512
        shades = {pair.convert("L").getpixel((place, 300)) for place in (256, 768)}
    assert shades == {0, 51}


def test_a_difference_that_nobody_sees_is_told(
    cli: Cli, run: Path, tmp_path: Path, paint: Callable[[str], None]
) -> None:
    paint("1")
    assert "No difference can be seen." in cli("export", run, "--picture", tmp_path / "pair.png").out


def test_where_drawing_fails_the_saved_file_stays_and_was_told(
    cli: Cli, run: Path, tmp_path: Path, paint: Callable[[str], None]
) -> None:
    paint("refuse")
    out = tmp_path / "fox.safetensors"
    told = cli("export", run, "--out", out, "--picture", tmp_path / "pair.png")
    assert told.code == ExitCode.OUT_OF_MEMORY
    assert told.out.startswith(f"Adapter: {out}")
    assert told.err.startswith("The card is full.")
    assert out.is_file() and not (tmp_path / "pair.png").exists()

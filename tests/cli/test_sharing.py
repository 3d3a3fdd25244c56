"""`kit` and `upload` as a person types them, against a hub of our own."""

from __future__ import annotations

import json
import sys
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hub_server import FakeHub
from memory_keyring import MemoryKeyring
from PIL import Image
from safetensors.numpy import save_file

from lora_studio.dataset.buckets import Placement
from lora_studio.errors import ExitCode
from lora_studio.runs.exports import export_epoch
from lora_studio.runs.folder import RunFolder
from lora_studio.runs.pictures import PictureEntry, RunPictures
from lora_studio.weights.adapter import adapter_note

Cli = Callable[..., Any]
LAYER = "unet.down_blocks.0.attentions.0.transformer_blocks.0.attn2.to_k"


@pytest.fixture
def run(tmp_path: Path) -> RunFolder:
    config = {
        "name": "ink", "base": {"source": "practice", "family": "sd1"}, "dataset": {"trigger": "mistyink"},
        "preview": {"prompts": ["mistyink, a red boat"]}, "output": {"license": "MIT"},
    }  # fmt: skip
    run = RunFolder.create(tmp_path / "run", {"config.json": json.dumps(config).encode()})
    entry = PictureEntry(
        path="a.png", content_sha256="0" * 64, caption="a", repeats=1, placement=Placement(64, 64, 64, 64, 0, 0, 1.0)
    )
    run.images_path.write_bytes(RunPictures(training=(entry,)).model_dump_json().encode())
    for epoch in (1, 2):
        tensors = {
            f"{LAYER}.lora_A.weight": np.full((4, 768), 0.01 * epoch, np.float32),
            f"{LAYER}.lora_B.weight": np.full((320, 4), 0.02, np.float32),
        }
        save_file(tensors, run.epoch_path(epoch), adapter_note("sd1", {LAYER: (4, 4.0)}))
        run.sample_dir(epoch).mkdir()
        Image.new("RGB", (64, 64), (100 * epoch, 0, 0)).save(run.sample_path(epoch, 1))
    return run


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeHub]:
    hub = FakeHub(accounts={"hf_of_ada": "ada"})
    hub.stand_in(monkeypatch, tmp_path)
    yield hub
    hub.close()


@pytest.fixture
def kit(cli: Cli, run: RunFolder, tmp_path: Path) -> Path:
    return Path(cli("kit", run.path, "--out", tmp_path / "ink-kit", "--json").json["kit"])


def answer(monkeypatch: pytest.MonkeyPatch, token: str, *answers: str) -> None:
    """A person at a terminal who types this token and these answers."""
    left = list(answers)
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True, raising=False)
    monkeypatch.setattr("getpass.getpass", lambda _: token)
    monkeypatch.setattr("builtins.input", lambda _: left.pop(0))


def test_a_run_gets_a_kit_among_its_exports(cli: Cli, run: RunFolder) -> None:
    told = cli("kit", run.path, "--epoch", "1", "--strength", "0.8")
    folder = run.exports_dir / "ink-epoch01-kit"
    assert told.code == 0 and f"Kit: {folder} (6 files, " in told.out
    assert "**Suggested strength**: 0.8" in (folder / "README.md").read_text("utf-8")
    with Image.open(folder / "cover.png") as cover:
        assert cover.getpixel((0, 0)) == (100, 0, 0)


def test_a_zip_is_made_when_its_name_says_so(cli: Cli, run: RunFolder, tmp_path: Path) -> None:
    told = cli("kit", run.path, "--out", tmp_path / "ink.zip", "--json")
    with zipfile.ZipFile(told.json["kit"]) as archive:
        assert {name.removeprefix("ink/") for name in archive.namelist()} == set(told.json["files"])
    assert told.json["size_bytes"] == sum(told.json["files"].values())


def test_a_file_among_the_exports_of_a_run_gets_the_run_s_samples(cli: Cli, run: RunFolder) -> None:
    adapter = export_epoch(run).path
    assert "images/sample-1.png" in cli("kit", adapter, "--json").json["files"]


def test_without_a_yes_it_is_listed_and_nothing_is_sent(cli: Cli, hub: FakeHub, kit: Path, monkeypatch: Any) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_of_ada")
    told = cli("upload", kit, "ada/ink")
    assert told.code == ExitCode.USAGE and "--yes" in told.err
    assert "Only you can see it." in told.out and "  ink.safetensors (" in told.out
    assert hub.asked == []


def test_with_a_yes_and_a_token_of_the_environment_it_is_there(
    cli: Cli, hub: FakeHub, kit: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_of_ada")
    told = cli("upload", kit, "ada/ink", "--public", "--yes", "--json")
    assert (told.code, told.json["page"], told.json["public"]) == (0, f"{hub.address}/ada/ink", True)
    assert hub.files["ada/ink"]["ink.safetensors"] == (kit / "ink.safetensors").read_bytes()
    assert "hf_of_ada" not in told.out + told.err


def test_without_any_token_the_way_to_one_is_told(cli: Cli, hub: FakeHub, kit: Path) -> None:
    told = cli("upload", kit, "ada/ink", "--yes")
    assert told.code == ExitCode.BAD_INPUT
    assert "settings/tokens" in told.err and "HF_TOKEN" in told.err
    assert hub.asked == []


def test_a_typed_token_is_kept_only_when_the_person_says_so(
    cli: Cli, hub: FakeHub, kit: Path, own_keyring: MemoryKeyring, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer(monkeypatch, "hf_of_ada", "y", "n")
    assert cli("upload", kit, "ada/ink").code == 0
    assert own_keyring.kept == {}
    answer(monkeypatch, "hf_of_ada", "y", "y")
    assert cli("upload", kit, "ada/ink").code == 0
    assert list(own_keyring.kept.values()) == ["hf_of_ada"]
    answer(monkeypatch, "hf_wrong", "y", "y")
    assert cli("upload", kit, "ada/ink").code == 0  # the kept one is used
    assert cli("upload", kit, "ada/ink", "--token").code == ExitCode.BAD_INPUT


def test_a_no_sends_nothing(cli: Cli, hub: FakeHub, kit: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    answer(monkeypatch, "hf_of_ada", "n")
    told = cli("upload", kit, "ada/ink")
    assert (told.code, told.out.splitlines()[-1]) == (0, "Nothing was sent.")
    assert hub.asked == []

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path

import pytest
from base_configs import write_base_configs
from ldm_layout import published_shapes
from sparse_files import write_sparse

from lora_studio import bases, paths
from lora_studio.bases import find_again, known_bases, search_bases, usual_roots

SD1 = {"in_channels": 4, "cross_attention_dim": 768}


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home without anything in it, and none of the variables that programs set."""
    for name in ("APPDATA", "LOCALAPPDATA", "XDG_DATA_HOME", "HF_HOME", "HF_HUB_CACHE", "INVOKEAI_ROOT"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(Path, "home", lambda: tmp_path / "home")
    return tmp_path / "home"


def write_base(folder: Path) -> Path:
    write_base_configs(folder, SD1)
    (folder / "unet" / "diffusion_pytorch_model.safetensors").write_bytes(b"12345")
    return folder


def big_file(path: Path, size: int = bases.SMALLEST_FILE_BYTES) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        file.truncate(size)  # takes no room
    return path


def test_the_practice_base_is_always_there(home: Path) -> None:
    assert [(base.source, base.usable, base.family) for base in search_bases(usual_roots())] == [
        ("practice", True, "practice")
    ]


def test_models_are_found_where_programs_keep_them(home: Path, tmp_path: Path) -> None:
    write_base(home / "ComfyUI/models/diffusers/dream")
    write_base(home / ".cache/huggingface/hub/models--some--model/snapshots/0123")
    write_base(tmp_path / "own folder 墨/deep/er/mine")
    big_file(home / "stable-diffusion-webui/models/Stable-diffusion/anything.ckpt")
    found = search_bases(usual_roots([tmp_path / "own folder 墨"]))
    assert [(base.name, base.where, base.family, base.usable) for base in found[1:]] == [
        ("dream", "ComfyUI", "sd1", True),
        ("anything", "A1111", None, False),
        ("some/model", "Hugging Face", "sd1", True),
        ("mine", "own folder 墨", "sd1", True),
    ]
    assert found[1].size_bytes > 5


def test_what_cannot_be_trained_says_why_in_one_sentence(home: Path, tmp_path: Path) -> None:
    root = tmp_path / "models"
    write_base_configs(root / "no weights", SD1)
    write_base_configs(root / "refiner", {"projection_class_embeddings_input_dim": 2560})
    write_base(root / "damaged")
    (root / "damaged" / "unet" / "config.json").write_text("{")
    big_file(root / "single.safetensors")
    found = search_bases([("x", root)])[1:]
    reasons = {base.name: base.reason for base in found}
    assert reasons["no weights"] == bases.NO_WEIGHTS
    assert "SDXL refiner" in reasons["refiner"]
    assert "not whole" in reasons["damaged"]
    assert "nothing but zeros" in reasons["single"]
    assert {base.name for base in found if base.is_damaged} == {"no weights", "damaged"}


def test_models_in_one_file_are_found_with_their_family(home: Path, tmp_path: Path) -> None:
    path = tmp_path / "models" / "sub" / "dream.safetensors"
    path.parent.mkdir(parents=True)
    write_sparse(path, published_shapes("sdxl"))
    found = search_bases([("x", tmp_path / "models")])[1]
    assert (found.name, found.family, found.usable, found.reason) == ("dream", "sdxl", True, "")
    assert (found.source, found.size_bytes) == (str(path), path.stat().st_size)


def test_what_an_earlier_version_found_is_looked_for_again(home: Path) -> None:
    kept = paths.cache_dir() / "bases.json"
    kept.parent.mkdir(parents=True, exist_ok=True)
    old = {"source": "/m/x.safetensors", "name": "x", "where": "x", "size_bytes": 1, "reason": "In a later version."}
    kept.write_text(json.dumps({"version": 1, "bases": [old]}))
    assert [base.name for base in known_bases()] == ["Practice base"]


def test_small_files_are_no_base_models(home: Path, tmp_path: Path) -> None:
    big_file(tmp_path / "models" / "lora.safetensors", 50_000_000)
    assert len(search_bases([("x", tmp_path / "models")])) == 1


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights there")
def test_links_that_lead_round_in_circles_end(home: Path, tmp_path: Path) -> None:
    root = tmp_path / "models"
    base = write_base(tmp_path / "elsewhere" / "dream")
    root.mkdir()
    (root / "loop").symlink_to(root)
    (root / "up").symlink_to(tmp_path)
    (root / "one").symlink_to(base)
    (root / "two").symlink_to(base)
    found = search_bases([("x", root)])
    assert [found_base.family for found_base in found[1:]] == ["sd1"]


def test_nothing_is_changed(home: Path, tmp_path: Path) -> None:
    write_base(tmp_path / "models" / "dream")
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "models").rglob("*")}
    search_bases([("x", tmp_path / "models")])
    assert {path: path.stat().st_mtime_ns for path in (tmp_path / "models").rglob("*")} == before


def test_ten_thousand_files_take_under_two_seconds(home: Path, tmp_path: Path) -> None:
    for folder in range(100):
        (tmp_path / "models" / str(folder)).mkdir(parents=True)
        for number in range(100):
            os.close(os.open(tmp_path / "models" / str(folder) / f"{number}.safetensors", os.O_CREAT))
    counts: list[int] = []
    began = time.process_time()
    search_bases([("x", tmp_path / "models")], lambda count, where: counts.append(count))
    assert time.process_time() - began < 4
    assert counts[-1] >= 10_000


def test_the_last_search_is_remembered_unless_it_was_called_off(home: Path, tmp_path: Path) -> None:
    write_base(tmp_path / "models" / "dream")
    assert [base.name for base in known_bases()] == ["Practice base"]
    assert len(search_bases([("x", tmp_path / "models")], cancelled=lambda: True)) == 1
    assert [base.name for base in known_bases()] == ["Practice base"]
    found = search_bases([("x", tmp_path / "models")])
    assert known_bases() == found


def test_a_base_that_was_moved_is_found_again(home: Path, tmp_path: Path) -> None:
    write_base(tmp_path / "models" / "dream")
    old = search_bases([("x", tmp_path / "models")])[1]
    (tmp_path / "models").rename(tmp_path / "moved")
    new = search_bases([("x", tmp_path / "moved")])
    again = find_again(old.name, old.size_bytes, new)
    assert again is not None and Path(again.source) == tmp_path / "moved" / "dream"
    assert find_again(old.name, old.size_bytes + 1, new) is None

"""Models from the hub, against a server of our own; nothing here leaves the computer."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from hub_server import FakeHub
from tiny_families import write_tiny_file, write_tiny_folder

from lora_studio import paths
from lora_studio.bases import find_base
from lora_studio.errors import StudioError
from lora_studio.hub.offer import HubFile, Offer
from lora_studio.jobs.download import download, look_up, place_of


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeHub]:
    hub = FakeHub()
    hub.stand_in(monkeypatch, tmp_path)
    yield hub
    hub.close()


@pytest.fixture
def single(hub: FakeHub, tmp_path: Path) -> FakeHub:
    """The model ink/tiny in one file that is said to be as large as a real one."""
    path = write_tiny_file(tmp_path / "tiny.safetensors", "sd1")
    hub.files["ink/tiny"] = {"tiny.safetensors": path.read_bytes(), "README.md": b"# Tiny", "tiny.ckpt": b"\x80"}
    return hub


def files_of(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def problem_of(text: str, file: str = "") -> StudioError:
    with pytest.raises(StudioError) as raised:
        download(look_up(text, file))
    return raised.value


def test_a_diffusers_folder_is_shown_first_and_comes_without_what_is_not_needed(hub: FakeHub, tmp_path: Path) -> None:
    plain = files_of(write_tiny_folder(tmp_path / "m", "sd1"))
    half = {name.replace(".safetensors", ".fp16.safetensors"): data for name, data in plain.items()}
    others = {"README.md": b"hello", "unet/diffusion_pytorch_model.bin": b"\x80", "safety_checker/config.json": b"{}"}
    hub.files["ink/tiny"] = {**plain, **half, **others, "big.safetensors": bytes(10)}
    offer = look_up("ink/tiny")
    assert (offer.licence, offer.is_gated, offer.is_folder) == ("creativeml-openrail-m", False, True)
    assert hub.downloaded() == []
    place = download(offer)
    assert place == paths.models_dir() / "ink--tiny"
    assert find_base(str(place)).family == "sd1"
    got = files_of(place)
    assert sum(map(len, got.values())) == offer.size_bytes
    assert {name for name in got if name.endswith(".safetensors")} == {
        n for n in half if n.endswith(".fp16.safetensors")
    }
    assert not got.keys() & others.keys()
    assert all(data == hub.files["ink/tiny"][name] for name, data in got.items())


def test_a_single_file_that_the_person_named_comes_alone_with_progress(single: FakeHub) -> None:
    single.seconds_per_chunk = 0.003
    told: list[tuple[int, int]] = []
    offer = look_up(f"{single.address}/ink/tiny", "tiny.safetensors")
    place = download(offer, lambda done, total: told.append((done, total)))
    assert files_of(place.parent) == {"tiny.safetensors": single.files["ink/tiny"]["tiny.safetensors"]}
    assert find_base(str(place)).family == "sd1"
    assert told and all(0 <= done <= total == offer.size_bytes for done, total in told)
    assert sorted(told) == told


def test_called_off_and_asked_for_again_it_goes_on_where_it_was(single: FakeHub) -> None:
    single.files["ink/tiny"]["tiny.safetensors"] = bytes(range(256)) * (1 << 17)  # 32 MiB
    single.seconds_per_chunk = 0.005
    offer = look_up("ink/tiny", "tiny.safetensors")
    came: list[int] = []
    with pytest.raises(StudioError) as raised:
        download(offer, lambda done, total: came.append(done), lambda: bool(came) and came[-1] > 1 << 23)
    assert raised.value.code == "cancelled"
    assert not place_of(offer).exists()
    single.seconds_per_chunk = 0
    single.asked.clear()
    assert download(offer).read_bytes() == single.files["ink/tiny"]["tiny.safetensors"]
    begins = [asked for method, path, asked in single.asked if method == "GET" and "/resolve/" in path]
    assert begins and int(begins[0].removeprefix("bytes=").removesuffix("-")) > 1 << 20


def test_a_file_that_came_damaged_is_removed_and_comes_again(single: FakeHub) -> None:
    single.spoiled.add("tiny.safetensors")
    problem = problem_of("ink/tiny", "tiny.safetensors")
    assert (problem.code, "tiny.safetensors came damaged" in problem.title) == ("hub_damaged", True)
    assert not (paths.models_dir() / "ink--tiny").exists()
    single.spoiled.clear()
    assert download(look_up("ink/tiny", "tiny.safetensors")).is_file()


def test_a_model_that_is_here_is_not_downloaded_again(single: FakeHub) -> None:
    download(look_up("ink/tiny", "tiny.safetensors"))
    single.asked.clear()
    assert problem_of("ink/tiny", "tiny.safetensors").code == "hub_here_already"
    assert single.downloaded() == []


def test_an_unknown_id_is_told(hub: FakeHub) -> None:
    problem = problem_of("ink/nowhere")
    assert (problem.code, problem.title) == ("hub_unknown", "The hub knows no model ink/nowhere.")


def test_a_gated_model_says_where_to_accept_and_how_to_log_in(single: FakeHub) -> None:
    single.gated.add("ink/tiny")
    assert look_up("ink/tiny", "tiny.safetensors").is_gated
    problem = problem_of("ink/tiny", "tiny.safetensors")
    assert problem.code == "hub_gated"
    assert f"{single.address}/ink/tiny" in problem.detail and "hf auth login" in problem.detail


def test_no_network_is_told_and_nothing_is_left(monkeypatch: pytest.MonkeyPatch, hub: FakeHub) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        monkeypatch.setenv("HF_ENDPOINT", f"http://127.0.0.1:{taken.getsockname()[1]}")
        problem = problem_of("ink/tiny")
    assert (problem.code, "connection" in problem.hint) == ("hub_unreachable", True)
    assert not paths.models_dir().exists()


def test_a_person_who_forbade_the_hub_is_obeyed(monkeypatch: pytest.MonkeyPatch, single: FakeHub) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    problem = problem_of("ink/tiny", "tiny.safetensors")
    assert (problem.code, "HF_HUB_OFFLINE" in problem.detail) == ("hub_unreachable", True)
    assert single.asked == []


def test_a_disk_that_is_too_small_is_told_before_anything_comes(single: FakeHub) -> None:
    single.stated_sizes["tiny.safetensors"] = 10**16
    assert problem_of("ink/tiny", "tiny.safetensors").code == "disk_full"
    assert single.downloaded() == []


def test_the_folder_of_an_offer_stays_below_our_own() -> None:
    offer = Offer(
        model_id="a/..b", revision="main", licence="", is_gated=False,
        files=(HubFile(name="x/y/z.safetensors", size_bytes=1),),
    )  # fmt: skip
    assert place_of(offer).parent.parent == paths.models_dir()
    assert place_of(offer).name == "z.safetensors"

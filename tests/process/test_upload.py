"""Kits on the hub, against a server of our own; nothing here leaves the computer."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from hub_server import FakeHub
from small_kit import write_kit

from lora_studio.errors import StudioError
from lora_studio.hub.parcel import Parcel, pack
from lora_studio.hub.tokens import Token
from lora_studio.jobs.upload import upload

ADA = Token("hf_of_ada", "typed")


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeHub]:
    hub = FakeHub(accounts={ADA.text: "ada"})
    hub.stand_in(monkeypatch, tmp_path)
    yield hub
    hub.close()


@pytest.fixture
def kit(tmp_path: Path) -> Path:
    return write_kit(tmp_path / "ink-kit")


def problem_of(parcel: Parcel, token: Token | None = ADA) -> StudioError:
    with pytest.raises(StudioError) as raised:
        upload(parcel, token)
    return raised.value


def test_a_kit_comes_to_a_private_page_byte_for_byte_with_progress(hub: FakeHub, kit: Path) -> None:
    hub.seconds_per_chunk = 0.01
    told: list[tuple[int, int]] = []
    parcel = pack(kit, "ada/ink", is_public=False)
    page = upload(parcel, ADA, lambda done, total: told.append((done, total)))
    assert page == f"{hub.address}/ada/ink"
    there = hub.files["ada/ink"]
    assert {name: data for name, data in there.items() if name != ".gitattributes"} == {
        file.name: (kit / file.name).read_bytes() for file in parcel.contents.files
    }
    assert hub.private == {"ada/ink"}
    assert (
        len(told) > 2 and sorted(told) == told and told[-1] == (parcel.contents.size_bytes, parcel.contents.size_bytes)
    )
    assert 0 < told[0][0] < parcel.contents.size_bytes


def test_a_public_page_is_made_only_when_it_is_asked_for(hub: FakeHub, kit: Path) -> None:
    upload(pack(kit, "ada/ink", is_public=True), ADA)
    assert "README.md" in hub.files["ada/ink"] and hub.private == set()


def test_listing_what_would_be_sent_sends_nothing(hub: FakeHub, kit: Path) -> None:
    pack(kit, "ada/ink", is_public=True)
    assert hub.asked == []


def test_a_later_kit_follows_an_earlier_one(hub: FakeHub, kit: Path) -> None:
    upload(pack(kit, "ada/ink", is_public=False), ADA)
    (kit / "ink.safetensors").write_bytes(b"the second epoch")
    upload(pack(kit, "ada/ink", is_public=False), ADA)
    assert hub.files["ada/ink"]["ink.safetensors"] == b"the second epoch"


def test_without_a_token_nobody_is_asked(hub: FakeHub, kit: Path) -> None:
    problem = problem_of(pack(kit, "ada/ink", False), None)
    assert (problem.code, "HF_TOKEN" in problem.hint) == ("hub_no_token", True)
    assert hub.asked == []


def test_a_wrong_token_is_told_and_not_repeated(hub: FakeHub, kit: Path) -> None:
    problem = problem_of(pack(kit, "ada/ink", False), Token("hf_wrong", "typed"))
    assert (problem.code, "settings/tokens" in problem.hint) == ("hub_token_wrong", True)
    assert "hf_wrong" not in str(problem)
    assert hub.files == {}


def test_a_token_that_may_only_read_is_told(hub: FakeHub, kit: Path) -> None:
    hub.readers.add(ADA.text)
    problem = problem_of(pack(kit, "ada/ink", False))
    assert (problem.code, problem.title) == ("hub_not_allowed", "This token may not write to ada/ink.")


def test_a_page_of_somebody_else_is_refused_before_anything_is_sent(hub: FakeHub, kit: Path) -> None:
    problem = problem_of(pack(kit, "bob/ink", False))
    assert (problem.code, problem.hint) == ("hub_not_allowed", "Use ada as the owner.")
    assert "inkclub" in problem.detail
    assert [path for _, path, _ in hub.asked] == ["/api/whoami-v2"]


def test_something_else_of_that_name_is_not_touched(hub: FakeHub, kit: Path) -> None:
    hub.files["ada/ink"] = {"README.md": b"# mine", "model.bin": b"x"}
    assert problem_of(pack(kit, "ada/ink", True)).code == "hub_name_taken"
    assert hub.files["ada/ink"] == {"README.md": b"# mine", "model.bin": b"x"}


def test_a_private_kit_never_goes_to_a_page_that_everybody_sees(hub: FakeHub, kit: Path) -> None:
    upload(pack(kit, "ada/ink", is_public=True), ADA)
    (kit / "ink.safetensors").write_bytes(b"not for everybody")
    problem = problem_of(pack(kit, "ada/ink", is_public=False))
    assert (problem.code, "is public" in problem.title) == ("hub_seen_otherwise", True)
    assert b"not for everybody" not in hub.files["ada/ink"].values()


def test_a_name_the_hub_does_not_take_is_told(hub: FakeHub, kit: Path) -> None:
    assert problem_of(pack(kit, "ada/ink--v2", False)).code == "hub_bad_id"


def test_no_network_is_told(monkeypatch: pytest.MonkeyPatch, hub: FakeHub, kit: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        monkeypatch.setenv("HF_ENDPOINT", f"http://127.0.0.1:{taken.getsockname()[1]}")
        problem = problem_of(pack(kit, "ada/ink", False))
    assert (problem.code, "connection" in problem.hint) == ("hub_unreachable", True)


def test_a_person_who_forbade_the_hub_is_obeyed(monkeypatch: pytest.MonkeyPatch, hub: FakeHub, kit: Path) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    assert problem_of(pack(kit, "ada/ink", False)).code == "hub_unreachable"
    assert hub.asked == []


def test_called_off_no_file_appears(hub: FakeHub, kit: Path) -> None:
    hub.seconds_per_chunk = 0.02
    told: list[int] = []
    with pytest.raises(StudioError) as raised:
        upload(pack(kit, "ada/ink", False), ADA, lambda done, _: told.append(done), lambda: bool(told))
    assert raised.value.code == "cancelled"
    assert set(hub.files["ada/ink"]) == {".gitattributes"}


def test_the_token_goes_to_the_hub_and_into_no_file(hub: FakeHub, kit: Path, tmp_path: Path) -> None:
    upload(pack(kit, "ada/ink", False), ADA)
    assert hub.tokens_seen == {ADA.text}
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert not any(ADA.text.encode() in path.read_bytes() for path in files)

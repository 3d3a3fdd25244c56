"""What lies where, what a limit leaves, and what happens when there is no room to draw."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from tiny_families import tiny_networks

from lora_studio import embedded
from lora_studio.bases import find_base
from lora_studio.errors import ExitCode, StudioError
from lora_studio.families import pictures as coder
from lora_studio.families.base import Components, LoadOptions, OnUse
from lora_studio.families.registry import family_of
from lora_studio.runs import events
from lora_studio.runs.create import RunWish, create_run, plan_run
from lora_studio.runs.events import EventReader
from lora_studio.runs.folder import RunFolder
from lora_studio.training import random_base
from lora_studio.training.__main__ import main
from lora_studio.training.memory import DeviceMemory
from lora_studio.training.samples import SampleDrawer

CARD = torch.device("cuda")
GIB = 1 << 30


class Network(torch.nn.Module):
    """Remembers where it was sent."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = torch.nn.Parameter(torch.zeros(1))
        self.moves: list[str] = []

    def to(self, device: torch.device | str) -> Network:  # type: ignore[override]
        self.moves.append(torch.device(device).type)
        return self


@pytest.fixture
def parked(tiny_base: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Components]:
    options = LoadOptions(device=torch.device("cpu"), dtype=torch.float32, parks=True)
    components = family_of("practice").load(find_base(str(tiny_base)), options)
    components.device = CARD
    components.others, components.unet = OnUse({"vae": Network}), Network()
    monkeypatch.setattr(torch.cuda, "empty_cache", lambda: None)
    yield components


def test_a_parked_part_is_on_the_card_only_while_it_works(parked: Components) -> None:
    with parked.at_work("vae"):
        assert parked.vae.moves == ["cuda"]
    assert parked.vae.moves == ["cuda", "cpu"]
    parked.bring("unet")
    assert parked.unet.moves == ["cuda"]  # type: ignore[union-attr]


def test_a_part_that_is_there_stays_there(parked: Components) -> None:
    parked.device = torch.device("cpu")
    with parked.at_work("vae", "unet"):
        pass
    assert parked.vae.moves == []


def fake_card(monkeypatch: pytest.MonkeyPatch, free: list[int], reserved: int = 0) -> list[float]:
    """A card of 24 GiB; `free` is what it tells when it is asked, one after the other. Returns limits set on it."""
    limits: list[float] = []
    monkeypatch.setattr(torch.cuda, "mem_get_info", lambda _: (free.pop(0), 24 * GIB))
    monkeypatch.setattr(torch.cuda, "memory_reserved", lambda _: reserved)
    monkeypatch.setattr(torch.cuda, "set_per_process_memory_fraction", lambda share, device: limits.append(share))
    card = type("Card", (), {"total_memory": 24 * GIB})
    monkeypatch.setattr(torch.cuda, "get_device_properties", lambda _: card)
    return limits


def test_what_lies_idle_is_given_back_before_there_is_too_little(
    parked: Components, monkeypatch: pytest.MonkeyPatch
) -> None:
    given_back: list[str] = []
    fake_card(monkeypatch, free=[3 * GIB, 2 * GIB, 6 * GIB])
    monkeypatch.setattr(torch.cuda, "empty_cache", lambda: given_back.append("idle"))
    assert parked.room_bytes(GIB) == 2.5 * GIB  # half a GiB is others'
    assert given_back == []
    assert parked.room_bytes(5 * GIB) == 5.5 * GIB
    assert given_back == ["idle"]


def test_a_limit_of_our_own_counts_as_if_there_were_no_more(
    parked: Components, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake_card(monkeypatch, free=[20 * GIB], reserved=4 * GIB)
    parked.memory_limit_bytes = 6 * GIB
    assert parked.room_bytes(0) == 2 * GIB
    parked.device = torch.device("cpu")
    assert parked.room_bytes(10**15) == float("inf")


def test_a_limit_holds_for_this_process_with_what_the_driver_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    limits = fake_card(monkeypatch, free=[])
    memory = DeviceMemory(CARD, 6.5)
    assert limits == [0.25]
    assert (memory.limit_bytes, memory.total_mib()) == (6 * GIB, 6 * 1024)
    assert DeviceMemory(CARD).limit_bytes is None
    assert limits == [0.25]
    with pytest.raises(StudioError, match="leaves nothing to train with"):
        DeviceMemory(CARD, 0.5)


def test_the_processor_has_no_limit_and_no_peaks() -> None:
    memory = DeviceMemory(torch.device("cpu"), 6.5)
    assert memory.limit_bytes is None
    assert memory.take_peak_mib() is None
    assert 0 < memory.used_mib() < memory.total_mib()


def test_recordings_make_way_before_the_smallest_tile_would_not_fit(
    parked: Components, monkeypatch: pytest.MonkeyPatch
) -> None:
    rooms = [100, 100 * 100 * 5000]
    monkeypatch.setattr(Components, "room_bytes", lambda self, needed: rooms[0])
    asked: list[str] = []
    parked.make_way = lambda: asked.append("way") or rooms.pop(0)  # type: ignore[func-returns-value]
    with coder._in_tiles(parked, 100 * 100, 5000):
        pass  # all at once: there is room now, and the network here could not work in tiles
    assert asked == ["way"]
    with coder._in_tiles(parked, 100 * 100, 5000):
        pass
    assert asked == ["way"]


def drawing_run(tiny_base: Path, pictures: Path, folder: Path) -> RunFolder:
    settings = {
        "dataset": {"resolution_px": 64, "bucket_multiple_px": 8}, "adapter": {"rank": 2},
        "schedule": {"max_steps": 4, "epochs": 2, "looks_per_picture": 100},
        "preview": {"prompts": ["a", "b"], "steps": 1}, "precision": {"device": "cpu"},
    }  # fmt: skip
    return create_run(plan_run(RunWish(folder=pictures, base=str(tiny_base), settings=settings)), folder)


@pytest.mark.parametrize("failures", [1, 2])
def test_a_sample_without_room_is_tried_leaner_and_then_left_out_and_training_goes_on(
    tiny_base: Path, pictures: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failures: int
) -> None:
    run = drawing_run(tiny_base, pictures, tmp_path / "run")
    draw, left = SampleDrawer._draw_one, [failures]

    def full(drawer: SampleDrawer, epoch: int, step: int, index: int) -> bytes:
        if epoch == 1 and left[0]:
            left[0] -= 1
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2 GiB")
        return draw(drawer, epoch, step, index)

    monkeypatch.setattr(SampleDrawer, "_draw_one", full)
    assert main(str(run.path)) == ExitCode.DONE
    notices = [event for event in EventReader(run.events_path).read() if isinstance(event, events.Notice)]
    assert [notice.code for notice in notices] == ["no_room_to_draw"] * (failures - 1)
    drawn = [len(run.sample_paths(epoch)) for epoch in (0, 1, 2)]
    assert drawn == ([2, 2, 2] if failures == 1 else [2, 0, 2])


@pytest.mark.parametrize("family", ["sd1", "sdxl"])
def test_a_base_of_random_numbers_is_a_whole_base_of_its_family(
    family: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = embedded.base_settings_dir

    def small_settings(asked: str) -> Path:
        """The real settings but for the networks, which are tiny here."""
        folder = tmp_path / "settings"
        for part in real(asked).iterdir():  # type: ignore[arg-type]
            (folder / part.name).mkdir(parents=True, exist_ok=True)
            for file in part.iterdir():
                (folder / part.name / file.name).write_bytes(file.read_bytes())
        for name, network in tiny_networks(asked).items():
            if name.startswith("text_encoder"):
                network.config.vocab_size = 49408
                network.config.save_pretrained(folder / name)
            else:
                network.save_config(folder / name)  # type: ignore[operator]
        return folder

    monkeypatch.setattr(random_base.embedded, "base_settings_dir", small_settings)
    folder = random_base.write_random_base(family, tmp_path / "base")  # type: ignore[arg-type]
    assert torch.get_default_dtype() == torch.float32  # as it was before
    base = find_base(str(folder))
    assert base.family == family
    components = family_of(base.family).load(
        base, LoadOptions(device=torch.device("cpu"), dtype=torch.float32)
    )  # fmt: skip
    assert set(components.encoder_names) == (
        {"text_encoder", "text_encoder_2"} if family == "sdxl" else {"text_encoder"}
    )
    assert all(len(tokenizer) == 49408 for tokenizer in components.tokenizers.values())
    encoded = family_of(base.family).encode(components, ["a red house"])
    assert torch.isfinite(encoded["encoder_hidden_states"]).all()

import os
from pathlib import Path
from types import SimpleNamespace

import pynvml
import pytest

from lora_studio.hardware.probe import Hardware, probe_hardware, put_card_first


def test_the_computer_is_described_and_survives_json(tmp_path: Path) -> None:
    hardware = probe_hardware(tmp_path / "not" / "there" / "yet")
    assert hardware.cores >= 1
    assert 0 < hardware.memory_free_mib <= hardware.memory_total_mib
    assert hardware.disk_free_mib is not None
    assert all(0 <= card.free_mib <= card.total_mib for card in hardware.cards)
    assert (hardware.driver is None) <= (hardware.cards == ())
    assert Hardware.model_validate_json(hardware.model_dump_json()) == hardware


class Driver:
    """What NVIDIA's library answers, for one card."""

    def __init__(self, degrees: int | None) -> None:
        self.degrees = degrees

    def answer(self, monkeypatch: pytest.MonkeyPatch) -> None:
        answers = {
            "nvmlInit": lambda: None, "nvmlShutdown": lambda: None, "nvmlSystemGetDriverVersion": lambda: "570.1",
            "nvmlDeviceGetCount": lambda: 1, "nvmlDeviceGetHandleByIndex": lambda index: index,
            "nvmlDeviceGetMemoryInfo": lambda _: SimpleNamespace(total=12 << 30, free=11 << 30),
            "nvmlDeviceGetName": lambda _: "RTX 4070", "nvmlDeviceGetCudaComputeCapability": lambda _: (8, 9),
            "nvmlDeviceGetTemperature": self._temperature,
        }  # fmt: skip
        for name, answer in answers.items():
            monkeypatch.setattr(pynvml, name, answer)

    def _temperature(self, handle: object, sensor: int) -> int:
        if self.degrees is None:
            raise pynvml.NVMLError(pynvml.NVML_ERROR_NOT_SUPPORTED)
        return self.degrees


@pytest.mark.parametrize("degrees", [67, None])
def test_a_card_tells_its_memory_and_where_it_can_its_temperature(
    degrees: int | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Driver(degrees).answer(monkeypatch)
    hardware = probe_hardware(tmp_path)
    (card,) = hardware.cards
    assert (card.name, card.total_mib, card.free_mib, card.compute_capability) == ("RTX 4070", 12288, 11264, (8, 9))
    assert (card.temperature_c, hardware.driver) == (degrees, "570.1")


@pytest.mark.parametrize(
    ("chosen", "own", "seen"),
    [
        (2, None, "GPU-c,GPU-a,GPU-b"),
        (0, None, "GPU-a,GPU-b,GPU-c"),
        (3, None, None),
        (None, None, None),
        (2, "0", "0"),
    ],
)
def test_the_chosen_card_comes_first_unless_it_is_gone_or_the_person_said_otherwise(
    chosen: int | None, own: str | None, seen: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    Driver(67).answer(monkeypatch)
    monkeypatch.setattr(pynvml, "nvmlDeviceGetCount", lambda: 3)
    monkeypatch.setattr(pynvml, "nvmlDeviceGetUUID", lambda handle: f"GPU-{'abc'[handle]}")
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", own or "")
    if own is None:
        monkeypatch.delenv("CUDA_VISIBLE_DEVICES")
    put_card_first(chosen)
    assert os.environ.get("CUDA_VISIBLE_DEVICES") == seen

from pathlib import Path

from lora_studio.hardware.probe import Hardware, probe_hardware


def test_the_computer_is_described_and_survives_json(tmp_path: Path) -> None:
    hardware = probe_hardware(tmp_path / "not" / "there" / "yet")
    assert hardware.cores >= 1
    assert 0 < hardware.memory_free_mib <= hardware.memory_total_mib
    assert hardware.disk_free_mib is not None
    assert all(0 <= card.free_mib <= card.total_mib for card in hardware.cards)
    assert (hardware.driver is None) <= (hardware.cards == ())
    assert Hardware.model_validate_json(hardware.model_dump_json()) == hardware

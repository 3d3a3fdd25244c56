"""What every test shares: one torch thread, no model hub, no home and no keyring of the person who runs the tests."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import keyring
import pytest

os.environ["HF_HUB_OFFLINE"] = "1"
os.environ.setdefault("OMP_NUM_THREADS", "1")
sys.path.insert(0, str(Path(__file__).parent / "fakes"))

from memory_keyring import MemoryKeyring

RACES_THE_CLOCK = ("tests/cli/", "tests/engine/", "tests/process/", "tests/ui/")  # processes, disks, windows, seconds


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Orders the tests, and gives those that a busy computer can upset a second try, which the summary lists.

    The longest group comes first: begun last, it would keep one worker busy while the others have nothing to do.
    """
    items.sort(key=lambda item: "test_screens" not in item.nodeid)
    for item in items:
        if item.nodeid.startswith(RACES_THE_CLOCK):
            item.add_marker(pytest.mark.flaky(reruns=1))


@pytest.fixture(autouse=True)
def own_home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LORA_STUDIO_HOME", str(tmp_path_factory.mktemp("home")))


@pytest.fixture(autouse=True)
def own_keyring(monkeypatch: pytest.MonkeyPatch) -> MemoryKeyring:
    """An empty keyring, and no token in the environment."""
    monkeypatch.delenv("HF_TOKEN", raising=False)
    made = MemoryKeyring()
    keyring.set_keyring(made)
    return made

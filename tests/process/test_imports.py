"""The trainer's start: large libraries are imported without looking for garbage meanwhile."""

from __future__ import annotations

import gc
import subprocess
import sys

import pytest

from lora_studio.training.imports import imports_that_stay

WATCHED = """
import gc, sys
from importlib.abc import MetaPathFinder

class Watch(MetaPathFinder):
    seen = {}
    def find_spec(self, name, path, target=None):
        if name in ("torch", "peft"):
            self.seen[name] = gc.isenabled()

sys.meta_path.insert(0, Watch())
from lora_studio.training import __main__ as trainer
try:
    trainer._train(None, None, None, False)
except AttributeError:  # there is no run
    pass
print(Watch.seen, gc.isenabled(), gc.get_freeze_count() > 100_000)
"""


def test_the_trainer_imports_without_looking_for_garbage_and_then_looks_again() -> None:
    told = subprocess.run([sys.executable, "-c", WATCHED], capture_output=True, text=True, check=False)
    assert told.stdout.strip() == "{'torch': False, 'peft': False} True True", told.stderr[-500:]


@pytest.mark.parametrize("was_on", [True, False])
def test_garbage_is_looked_for_as_before_also_after_an_import_that_fails(was_on: bool) -> None:
    before = gc.isenabled()
    (gc.enable if was_on else gc.disable)()
    with pytest.raises(ImportError), imports_that_stay():
        raise ImportError
    assert gc.isenabled() is was_on
    gc.unfreeze()
    (gc.enable if before else gc.disable)()

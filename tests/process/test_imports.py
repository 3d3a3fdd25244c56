"""The trainer's start: large libraries are imported without looking for garbage meanwhile."""

from __future__ import annotations

import gc
import re
import subprocess
import sys
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path

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


def test_all_that_trains_is_imported_but_torchs_compiler_and_scipy_and_scipy_can_be_imported_afterwards() -> None:
    code = """
import sys
from lora_studio.training.imports import import_what_trains, imports_that_stay
with imports_that_stay():
    import bitsandbytes
import_what_trains()
wanted = {
    "lora_studio.training.trainer", "lora_studio.families.sdxl", "peft.tuners.lora", "accelerate.accelerator",
    "diffusers.models.unets.unet_2d_condition", "diffusers.models.autoencoders.autoencoder_kl",
    "diffusers.schedulers.scheduling_ddpm", "transformers.models.clip.modeling_clip", "safetensors.torch",
}
print(wanted - sys.modules.keys())
print([name for name in ("scipy", "torch._inductor.compile_fx") if name in sys.modules])
from scipy.stats import norm
print(norm.cdf(0.0))
"""
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert told.stdout.split("\n") == ["set()", "[]", "0.5", ""], told.stderr[-500:]


def test_scikit_learn_which_needs_scipy_seems_uninstalled_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Earlier versions of transformers import it wherever they find it."""
    (tmp_path / "sklearn.py").write_text("import scipy.sparse\n")
    monkeypatch.syspath_prepend(tmp_path)
    with imports_that_stay():
        assert find_spec("sklearn") is None
    assert find_spec("sklearn") is not None
    gc.unfreeze()


@pytest.mark.parametrize("library", ["torch", "diffusers", "transformers", "peft", "accelerate", "bitsandbytes"])
def test_no_library_that_is_imported_without_scipy_requires_it(library: str) -> None:
    needed = [line for line in metadata.requires(library) or [] if "extra ==" not in line]
    assert "scipy" not in [re.split(r"[^\w.-]", line)[0].lower() for line in needed]


def test_scipy_that_is_there_already_stays() -> None:
    import scipy

    with imports_that_stay():
        assert sys.modules["scipy"] is scipy
    assert sys.modules["scipy"] is scipy
    gc.unfreeze()

"""Kills a training at random moments, resumes it each time, and compares its adapter with an undisturbed run's.

    python tests/trials/kill_trial.py --kills 20 [--base practice] [--steps 80] [--seed 1] [--set base.quantization=nf4]

Prints each kill, and last one JSON line; exits with 1 when the two adapters differ in a single bit.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
import signal
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import psutil

from lora_studio import embedded
from lora_studio.config.resolve import merged, parse_assignment
from lora_studio.jobs import supervisor
from lora_studio.runs.create import RunWish, create_run, merge_settings, plan_run
from lora_studio.runs.events import EventReader, Step
from lora_studio.runs.folder import RunFolder
from lora_studio.runs.state import read_state


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--base", default="practice")
    parser.add_argument("--steps", type=int, default=80)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--pictures", type=Path)
    parser.add_argument("--set", action="append", default=[], help="a setting, as path.to.setting=value")
    options = parser.parse_args()
    pictures = options.pictures or embedded.sample_project("style").images_dir
    with tempfile.TemporaryDirectory() as folder:
        settings = merge_settings([parse_assignment(text) for text in options.set])
        facts = trial(Path(folder), options.base, pictures, options.steps, options.kills, options.seed, settings)
    print(json.dumps(facts))
    return 0 if facts["equal"] else 1


def trial(
    home: Path, base: str, pictures: Path, steps: int, kills: int, seed: int, settings: Mapping[str, Any]
) -> dict[str, object]:
    """Both runs, one after the other, and what came of them."""
    calm, killed = (make_run(home / name, base, pictures, steps, settings) for name in ("calm", "killed"))
    began = time.monotonic()
    assert supervisor.start(calm).wait() == 0, supervisor.console_tail(calm)
    span_s = time.monotonic() - began
    moments = kill_until_done(killed, kills, steps, random.Random(seed))
    hashes = [sha256(run.epoch_path(run.epochs()[-1])) for run in (calm, killed)]
    exports = [sha256_data(run) for run in (calm, killed)]
    same_samples = all(
        [path.read_bytes() for path in calm.sample_paths(epoch)]
        == [path.read_bytes() for path in killed.sample_paths(epoch)]
        for epoch in calm.sampled_epochs()
    )
    return {
        "kills": len(moments),
        "killed_at_steps": moments,
        "steps": steps,
        "seconds_undisturbed": round(span_s, 1),
        "settings": dict(settings),
        "greatest_difference": greatest_difference(*(run.epoch_path(run.epochs()[-1]) for run in (calm, killed))),
        "equal": hashes[0] == hashes[1] and exports[0] == exports[1] and same_samples,
        "adapter_sha256": hashes,
    }


def make_run(folder: Path, base: str, pictures: Path, steps: int, wished: Mapping[str, Any]) -> RunFolder:
    plain: dict[str, Any] = {
        "schedule": {"max_steps": steps, "min_steps": steps, "epochs": 2},
        "preview": {"prompts": ("a cat", "a house"), "steps": 4},
        "output": {"checkpoint_every_steps": max(1, steps // 8)},
    }
    wish = RunWish(folder=pictures, base=base, name="trial", settings=merged(plain, wished))
    return create_run(plan_run(wish), folder)


def kill_until_done(run: RunFolder, kills: int, steps: int, dice: random.Random) -> list[int]:
    """SIGKILLs the run `kills` times at random moments, one in four while it starts; then lets it end.

    The others come within a second after a random step, so that they are spread over the whole run however fast it is.
    """
    died_at = []
    for wanted in sorted(dice.choice((0, *[dice.randint(1, steps)] * 3)) for _ in range(kills)):
        trainer = supervisor.start(run)
        journal = EventReader(run.events_path)
        journal.read()
        while wanted and trainer.is_alive():
            if any(isinstance(event, Step) and event.step >= wanted for event in journal.read()):
                break
            time.sleep(0.01)
        time.sleep(dice.uniform(0, 1.0 if wanted else 6.0))
        psutil.Process(trainer.pid).send_signal(signal.SIGKILL)
        trainer.wait()
        state = read_state(run)
        died_at.append(state.step)
        saved = state.checkpoint_step
        print(f"kill {len(died_at)}: step {state.step}, saved {saved}, it reads {state.kind}", flush=True)
        if state.kind == "done":  # killed between its last word and its end
            return died_at
        assert state.kind == "crashed", state
    assert supervisor.start(run).wait() == 0, supervisor.console_tail(run)
    return died_at


def greatest_difference(one: Path, other: Path) -> float:
    """Between two adapters, relative to the greatest number of the first."""
    from safetensors.torch import load_file

    first, second = load_file(one), load_file(other)
    assert first.keys() == second.keys()
    most = max(float(tensor.abs().max()) for tensor in first.values())
    return max(float((first[name] - second[name]).abs().max()) for name in first) / most


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def sha256_data(run: RunFolder) -> str:
    """The hash of the exported tensors; the header holds the time of day."""
    from lora_studio.weights.header import read_header
    from lora_studio.weights.writing import hash_data

    path = next(run.exports_dir.glob("*.safetensors"))
    return hash_data(path, read_header(path))


if __name__ == "__main__":
    sys.exit(main())

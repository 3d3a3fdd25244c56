"""Kills a training at random moments, resumes it each time, and compares its adapter with an undisturbed run's.

    python tests/trials/kill_trial.py --kills 20 [--base practice] [--steps 80] [--seed 1]

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
from pathlib import Path

import psutil

from lora_studio import embedded
from lora_studio.jobs import supervisor
from lora_studio.runs.create import RunWish, create_run, plan_run
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
    options = parser.parse_args()
    pictures = options.pictures or embedded.sample_project("style").images_dir
    with tempfile.TemporaryDirectory() as folder:
        facts = trial(Path(folder), options.base, pictures, options.steps, options.kills, options.seed)
    print(json.dumps(facts))
    return 0 if facts["equal"] else 1


def trial(home: Path, base: str, pictures: Path, steps: int, kills: int, seed: int) -> dict[str, object]:
    """Both runs, one after the other, and what came of them."""
    calm, killed = (make_run(home / name, base, pictures, steps) for name in ("calm", "killed"))
    began = time.monotonic()
    assert supervisor.start(calm).wait() == 0, supervisor.console_tail(calm)
    span_s = time.monotonic() - began
    moments = kill_until_done(killed, kills, first_step_s(calm), span_s, random.Random(seed))
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
        "equal": hashes[0] == hashes[1] and exports[0] == exports[1] and same_samples,
        "adapter_sha256": hashes,
    }


def make_run(folder: Path, base: str, pictures: Path, steps: int) -> RunFolder:
    settings = {
        "schedule": {"max_steps": steps, "min_steps": steps, "epochs": 2},
        "preview": {"prompts": ("a cat", "a house"), "steps": 4},
        "output": {"checkpoint_every_steps": max(1, steps // 8)},
    }
    return create_run(plan_run(RunWish(folder=pictures, base=base, name="trial", settings=settings)), folder)


def first_step_s(run: RunFolder) -> float:
    """Seconds from a process's first event to its first step: loading, encoding, first samples."""
    journal = EventReader(run.events_path).read()
    return next(event.t for event in journal if isinstance(event, Step)) - journal[0].t


def kill_until_done(run: RunFolder, kills: int, start_s: float, span_s: float, dice: random.Random) -> list[int]:
    """SIGKILLs the run `kills` times at random moments, one in four while it starts; then lets it end."""
    steps = []
    while len(steps) < kills:
        trainer = supervisor.start(run)
        learning_s = start_s * 0.8 + dice.uniform(0, (span_s - start_s) / kills)
        try:
            trainer.wait(timeout_s=dice.uniform(0.2, start_s) if dice.random() < 0.25 else learning_s)
        except TimeoutError:
            psutil.Process(trainer.pid).send_signal(signal.SIGKILL)
            trainer.wait()
        else:
            print("the run ended before the next kill", flush=True)
            break
        state = read_state(run)
        steps.append(state.step)
        print(f"kill {len(steps)}: step {state.step}, saved {state.checkpoint_step}, it reads {state.kind}", flush=True)
        if state.kind == "done":  # killed between its last word and its end
            break
        assert state.kind == "crashed", state
    if read_state(run).kind != "done":
        assert supervisor.start(run).wait() == 0, supervisor.console_tail(run)
    return steps


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def sha256_data(run: RunFolder) -> str:
    """The hash of the exported tensors; the header holds the time of day."""
    from lora_studio.weights.export import hash_data
    from lora_studio.weights.header import read_header

    path = next(run.exports_dir.glob("*.safetensors"))
    return hash_data(path, read_header(path))


if __name__ == "__main__":
    sys.exit(main())

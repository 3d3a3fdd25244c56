"""Trains the demo with the base in 32, 8 and 4 bit and compares the check losses on held-back pictures.

    python tests/trials/quantised_trial.py [--kind style] [--set path.to.field=value]…

Prints a row for each way and exits with 1 when a small base ends more than a tenth above the whole one.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path

from lora_studio import embedded
from lora_studio.config.resolve import parse_assignment
from lora_studio.jobs import supervisor
from lora_studio.runs.create import RunWish, create_run, merge_settings, plan_run
from lora_studio.runs.events import EventReader, Step, Validation

ALLOWED_RATIO = 1.10


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kind", default="style", choices=["style", "character"])
    parser.add_argument("--set", action="append", default=[], dest="settings")
    parser.add_argument("--ways", nargs="+", default=["int8", "nf4"], choices=["int8", "nf4"])
    options = parser.parse_args()
    losses = {}
    for way in ("none", *options.ways):
        with tempfile.TemporaryDirectory() as home:
            losses[way], seconds = train(Path(home) / "run", options.kind, way, options.settings)
        ratio = losses[way] / losses["none"]
        print(json.dumps({"base": way, "check_loss": losses[way], "ratio": ratio, "s_per_step": seconds}), flush=True)
    return 0 if max(losses.values()) <= ALLOWED_RATIO * losses["none"] else 1


def train(folder: Path, kind: str, way: str, settings: list[str]) -> tuple[float, float]:
    """The last check loss, and the median seconds of a step."""
    project = embedded.sample_project(kind)  # type: ignore[arg-type]
    asked = {"base": {"quantization": way}, "preview": {"enabled": False}}
    wish = RunWish(
        folder=project.images_dir, kind=kind, name="trial", trigger=project.trigger,  # type: ignore[arg-type]
        held_back=project.held_back_dir, settings=merge_settings([asked, *map(parse_assignment, settings)]),
    )  # fmt: skip
    run = create_run(plan_run(wish), folder)
    assert supervisor.start(run).wait() == 0, supervisor.console_tail(run)
    journal = EventReader(run.events_path).read()
    durations = sorted(event.seconds for event in journal if isinstance(event, Step))
    return [e.loss for e in journal if isinstance(e, Validation)][-1], round(durations[len(durations) // 2], 3)


if __name__ == "__main__":
    sys.exit(main())

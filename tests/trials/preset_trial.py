"""Tries practice settings on the sample projects and prints a table of what the judge says.

    python tests/trials/preset_trial.py [--kinds style character] [--rates 5e-4 1e-3 2e-3] [--steps 150]
                                        [--set path.to.field=value]… [--base practice]

For each kind and rate: one run, judged over three seeds. The rows go to
docs/practice-presets.md by hand, with the reasons drawn from them.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from pathlib import Path

from lora_studio import embedded
from lora_studio.bases import find_base
from lora_studio.config.resolve import parse_assignment
from lora_studio.jobs import supervisor
from lora_studio.judging.trial import run_trial
from lora_studio.runs.create import RunWish, create_run, merge_settings, plan_run
from lora_studio.runs.events import EventReader, Step, Validation
from lora_studio.runs.exports import export_epoch


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kinds", nargs="+", default=["style", "character"])
    parser.add_argument("--rates", nargs="+", type=float, default=[5e-4, 1e-3, 2e-3])
    parser.add_argument("--steps", type=int, default=150)
    parser.add_argument("--base", default="practice")
    parser.add_argument("--set", action="append", default=[], dest="settings")
    parser.add_argument("--prompts", type=int, default=6)
    parser.add_argument("--epochs", type=int, default=1, help="how many moments of each run are judged")
    options = parser.parse_args()
    print("kind | rate | steps | score (lowest seed) | drift share | copied / held-back alike | check loss | s/step")
    for kind in options.kinds:
        for rate in options.rates:
            with tempfile.TemporaryDirectory() as home:
                for row in try_out(Path(home), kind, rate, options):
                    print(json.dumps(row), flush=True)


def try_out(home: Path, kind: str, rate: float, options: argparse.Namespace) -> list[dict[str, object]]:
    project = embedded.sample_project(kind)  # type: ignore[arg-type]
    settings = {
        "optimizer": {"learning_rate": rate},
        "schedule": {"max_steps": options.steps, "min_steps": options.steps, "epochs": options.epochs},
        "preview": {"enabled": False},
    }
    wish = RunWish(
        folder=project.images_dir, base=options.base, kind=kind, name="trial", trigger=project.trigger,  # type: ignore[arg-type]
        held_back=project.held_back_dir,
        settings=merge_settings([settings, *(parse_assignment(text) for text in options.settings)]),
    )  # fmt: skip
    plan = plan_run(wish)
    run = create_run(plan, home / "run")
    began = time.monotonic()
    assert supervisor.start(run).wait() == 0, supervisor.console_tail(run)
    seconds = time.monotonic() - began
    journal = EventReader(run.events_path).read()
    durations = sorted(event.seconds for event in journal if isinstance(event, Step))
    rows = []
    for epoch in run.epochs():
        file = export_epoch(run, epoch, home / f"{epoch}.safetensors").path
        report = run_trial(
            find_base(options.base).folder, file, project, prompt_count=options.prompts, steps=12, guidance=5.0,
            trigger_place=plan.resolved.config.dataset.trigger_place,
        )  # fmt: skip
        check = next(e.loss for e in reversed(journal) if isinstance(e, Validation) and e.epoch == epoch)
        rows.append(
            {
                "kind": kind, "rate": rate, "epoch": epoch, "of_steps": options.steps, "extra": options.settings,
                "score": round(report.score, 3), "lowest": round(report.lowest_score, 3),
                "drift_share": round(report.drift_share, 3),
                "copied": round(report.copying.copied_share, 2), "held_back": round(report.copying.held_back_share, 2),
                "check_loss": round(check, 4), "s_per_step": round(durations[len(durations) // 2], 3),
                "seconds": round(seconds),
            }
        )  # fmt: skip
    return rows


if __name__ == "__main__":
    main()

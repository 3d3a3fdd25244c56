"""Breaks the trainer on purpose, one way at a time, and shows which checks of tests/practice/test_demo.py notice.

    python tests/trials/broken_trainer_trial.py [--steps 100] [--ways whole rate-0 frozen shuffled alpha]

Prints a row for each way and exits with 1 when a broken trainer passes everything, or the whole one does not.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from unittest import mock

import torch

sys.path.insert(0, str(Path(__file__).parents[1] / "fakes"))

import practice_checks

from lora_studio import embedded
from lora_studio.judging.trial import run_trial
from lora_studio.runs.create import RunWish, create_run, plan_run
from lora_studio.runs.folder import RunFolder
from lora_studio.runs.pictures import RunPictures
from lora_studio.training import snapshots, trainer
from lora_studio.training.__main__ import main as train
from lora_studio.weights.adapter import adapter_note


def whole(run: RunFolder) -> None:
    train(str(run.path))


def rate_zero(run: RunFolder) -> None:
    def no_rate(optimizer: torch.optim.Optimizer, factor: float) -> float:
        for group in optimizer.param_groups:
            group["lr"] = 0.0
        return 0.0

    with mock.patch.object(trainer, "set_rate", no_rate):
        train(str(run.path))


def frozen(run: RunFolder) -> None:
    """Half of the adapter is left out of the optimiser, as a wrong name filter would do."""
    real = trainer.trainable_parameters
    with mock.patch.object(trainer, "trainable_parameters", lambda network: real(network)[::2]):
        train(str(run.path))


def shuffled(run: RunFolder) -> None:
    """Every picture gets the caption of another one."""
    pictures = RunPictures.model_validate_json(run.images_path.read_bytes())
    captions = [picture.caption for picture in pictures.training]
    turned = captions[5:] + captions[:5]
    training = tuple(
        picture.model_copy(update={"caption": caption})
        for picture, caption in zip(pictures.training, turned, strict=True)
    )
    changed = pictures.model_copy(update={"training": training})
    run.images_path.write_text(changed.model_dump_json())
    train(str(run.path))


def wrong_alpha(run: RunFolder) -> None:
    """The file says half of the strength that was trained with."""

    def halved(networks: object, family: str) -> dict[str, str]:
        layers = dict(practice_checks_layers(networks))
        return adapter_note(family, {path: (rank, alpha / 2) for path, (rank, alpha) in layers.items()})  # type: ignore[arg-type]

    with mock.patch.object(snapshots, "adapter_metadata", halved):
        train(str(run.path))


def practice_checks_layers(networks: object) -> dict[str, tuple[int, float]]:
    from lora_studio.adapters.lora import ADAPTER, adapter_layers

    return {
        path: (layer.r[ADAPTER], layer.scaling[ADAPTER] * layer.r[ADAPTER])
        for path, layer in adapter_layers(networks)  # type: ignore[arg-type]
    }


WAYS: dict[str, Callable[[RunFolder], None]] = {
    "whole": whole,
    "rate-0": rate_zero,
    "frozen": frozen,
    "shuffled": shuffled,
    "alpha": wrong_alpha,
}


def failed_checks(run: RunFolder) -> dict[str, object]:
    """The checks of the demo test, with their figures; `failed` names those that a test would report.

    Drawing and judging takes as long as training, so it is left out where a quicker check already failed.
    """
    foreign = len(practice_checks.foreign_captions(run))
    still = len(practice_checks.still_layers(run))
    error = practice_checks.export_error(run) if not still else None
    facts = {"still_layers": still, "export_error": error, "foreign_captions": foreign}
    failed = [
        name
        for name, good in {
            "every layer learned": still == 0,
            "the exported file acts as the live layers": error is not None and error < 0.01,
            "every picture has its own words": foreign == 0,
        }.items()
        if not good
    ]
    if failed:
        return {"failed": failed, **facts}
    project = embedded.sample_project("style")
    adapter = next(run.exports_dir.glob("*.safetensors"))
    report = run_trial(embedded.practice_base_dir(), adapter, project, seeds=(1, 2, 3), prompt_count=4, steps=8)
    if report.lowest_score <= 0.15:
        failed.append("the style rises in every seed")
    if not report.keeps_to_trigger:
        failed.append("without the trigger word it moves less")
    return {"failed": failed, **facts, "lowest_score": report.lowest_score, "drift_share": report.drift_share}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--steps", type=int, default=100)
    parser.add_argument("--ways", nargs="+", default=list(WAYS), choices=list(WAYS))
    options = parser.parse_args()
    project = embedded.sample_project("style")
    good = True
    with tempfile.TemporaryDirectory() as home:
        for way in options.ways:
            settings = {"schedule": {"max_steps": options.steps, "epochs": 2}, "preview": {"enabled": False}}
            wish = RunWish(
                folder=project.images_dir, name="trial", trigger=project.trigger, held_back=project.held_back_dir,
                settings=settings,
            )  # fmt: skip
            run = create_run(plan_run(wish), Path(home) / way)
            WAYS[way](run)
            found = failed_checks(run)
            good = good and bool(found["failed"]) == (way != "whole")
            print(json.dumps({"way": way, **found}), flush=True)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())

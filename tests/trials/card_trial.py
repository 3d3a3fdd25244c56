"""Trains many small cases on a card, several at once, with a row for each: limits, options, host memory, two cards.

    python tests/trials/card_trial.py PLACE limits options hosts --at-once 6 --out rows.jsonl [--only sdxl]

PLACE keeps the bases (random weights, full size, as folders and as single files) and the runs. Cases that share a card
tell nothing about speed; `--at-once 1` does. Of each trainer process the most of its own memory (anonymous pages) and
of all its pages in memory, mapped files included, is read ten times a second; only Linux tells both.
"""

from __future__ import annotations

import argparse
import dataclasses
import itertools
import json
import sys
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[2]))  # for tests.fakes

import psutil

from lora_studio.config.training import FamilyId, Quantization
from lora_studio.hardware.probe import probe_hardware
from lora_studio.jobs import supervisor
from lora_studio.jobs.benchmark import USUAL_SIZE_PX, Case, Outcome, draw_pictures, make_base, read_outcome
from lora_studio.runs.create import RunWish, create_run, plan_run
from lora_studio.runs.prepare import plan_budget

MIB = 1 << 20
FAMILIES: tuple[FamilyId, ...] = ("sd1", "sd2", "sdxl")
QUANTIZATIONS: tuple[Quantization, ...] = ("none", "int8", "nf4")
LIMITS_GIB = (6.0, 8.0, 12.0, 16.0, 24.0)

OPTIONS: Mapping[str, dict[str, Any]] = {
    "plain": {},
    "fp16": {"precision": {"compute": "fp16"}},
    "adamw8bit": {"optimizer": {"type": "adamw8bit"}},
    "paged_adamw8bit": {"optimizer": {"type": "paged_adamw8bit"}},
    "lion8bit": {"optimizer": {"type": "lion8bit"}},
    "adafactor": {"optimizer": {"type": "adafactor"}},
    "prodigy": {"optimizer": {"type": "prodigy"}},
    "schedule_free": {"optimizer": {"type": "schedule_free"}},
    "dropout, recomputing": {"adapter": {"dropout": 0.2}, "precision": {"gradient_checkpointing": True}},
    "attention and feed-forward": {"adapter": {"targets": "attention_and_feed_forward"}},
    "average": {"adapter": {"average": 0.99}},
    "leak guard": {"objective": {"keep_base_share": 0.3}},
    "LoHa": {"adapter": {"kind": "loha"}},
    "LoKr": {"adapter": {"kind": "lokr"}},
    "LoKr, 4 bit, recomputing": {
        "adapter": {"kind": "lokr"}, "base": {"quantization": "nf4"}, "precision": {"gradient_checkpointing": True},
    },
    "text encoder": {"adapter": {"train_text_encoder": True}},
    "text encoder, 4 bit": {
        "adapter": {"train_text_encoder": True}, "base": {"quantization": "nf4", "text_encoder_quantization": "nf4"},
    },
    "accumulation": {"schedule": {"gradient_accumulation": 2}},
    "225 tokens": {"dataset": {"caption_tokens": 225}},
}  # fmt: skip


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("place", type=Path)
    parser.add_argument("parts", nargs="+", choices=("bases", "limits", "options", "hosts", "cards"))
    parser.add_argument("--at-once", type=int, default=1)
    parser.add_argument("--out", type=Path, required=True, help="JSON lines, one for each case")
    parser.add_argument("--only", action="append", default=[], help="a family; may be said several times")
    parser.add_argument("--name", action="append", default=[], help="cases whose label holds this word")
    options = parser.parse_args()
    families = tuple(family for family in FAMILIES if not options.only or family in options.only)
    bases = {family: make_base(family, options.place) for family in families}
    files = {family: single_file(family, bases[family], options.place) for family in families}
    cases = [
        (label, case, files[case.family] if in_one_file else bases[case.family])
        for part in options.parts if part != "bases"
        for label, case, in_one_file in PARTS[part](families)
        if not options.name or any(word in label for word in options.name)
    ]  # fmt: skip
    for size_px in {case.resolution_px for _, case, _ in cases}:
        draw_pictures(options.place / f"pictures-{size_px}", size_px, 8)
    with ThreadPoolExecutor(options.at_once) as workers, options.out.open("a", encoding="utf-8") as out:
        started = [workers.submit(measured, *case, options.place, number) for number, case in enumerate(cases)]
        for row in (done.result() for done in as_completed(started)):
            print(json.dumps(row), file=out, flush=True)
            print(line(row), flush=True)
    return 0


def limit_cases(families: tuple[FamilyId, ...]) -> Iterator[tuple[str, Case, bool]]:
    """Every family in every width at every limit, whole and recomputing; where whole fits easily, only whole."""
    for family, quantization, limit, recompute in itertools.product(families, QUANTIZATIONS, LIMITS_GIB, (False, True)):
        if recompute and (family != "sdxl" or limit > 8):
            continue
        case = Case(family, USUAL_SIZE_PX[family], 1, quantization, recompute, limit, 22)
        yield f"limit {limit:g}", case, limit in (8.0, 16.0)


def option_cases(families: tuple[FamilyId, ...]) -> Iterator[tuple[str, Case, bool]]:
    """Options that the step's speed or memory could stumble over."""
    for family in families:
        for label, settings in OPTIONS.items():
            yield label, Case(family, USUAL_SIZE_PX[family], settings=settings), False


def host_cases(families: tuple[FamilyId, ...]) -> Iterator[tuple[str, Case, bool]]:
    """How much of the computer's own memory loading and quantising take, from both layouts."""
    for family, quantization, in_one_file in itertools.product(families, QUANTIZATIONS, (False, True)):
        layout = "one file" if in_one_file else "folder"
        yield f"host, {layout}", Case(family, USUAL_SIZE_PX[family], 1, quantization, True, steps=8), in_one_file


def shared_cases(families: tuple[FamilyId, ...]) -> Iterator[tuple[str, Case, bool]]:
    """A picture a step on one card, and one for each of two cards; with `--at-once 1` the pictures a second compare."""
    for family, cards in itertools.product(families, (1, 2)):
        settings = {"precision": {"cards": cards}}
        yield f"{cards} card(s)", Case(family, USUAL_SIZE_PX[family], cards, settings=settings), False


PARTS = {"limits": limit_cases, "options": option_cases, "hosts": host_cases, "cards": shared_cases}


def single_file(family: FamilyId, folder: str, place: Path) -> str:
    """The base in the layout of one file, made once."""
    path = place / f"random-{family}.safetensors"
    if not path.exists():
        from diffusers import DiffusionPipeline
        from safetensors.torch import save_file

        from tests.fakes.ldm_layout import ldm_tensors

        pipeline = DiffusionPipeline.from_pretrained(folder, local_files_only=True)
        import torch

        networks = {name: part for name, part in pipeline.components.items() if isinstance(part, torch.nn.Module)}
        tensors = {name: tensor.half() for name, tensor in ldm_tensors(family, networks).items()}
        save_file(tensors, path.with_suffix(".new"))
        path.with_suffix(".new").rename(path)
    return str(path)


def measured(label: str, case: Case, base: str, place: Path, number: int) -> dict[str, Any]:
    """Trains one case and tells what its journal and its process say."""
    wish = RunWish(
        folder=place / f"pictures-{case.resolution_px}", base=base, name="card", trigger="drawn",
        prompts=("a drawn pattern",), settings=case.patch(),
    )  # fmt: skip
    began = time.monotonic()
    try:
        plan = plan_run(wish)
        memory = plan_budget(plan, probe_hardware(place)).memory
        run = create_run(plan, place / "runs" / f"{time.time_ns()}-{number}")
        trainer = supervisor.start(run)
        own_mib, all_mib = watch(trainer)
        estimated = sum(part.size_bytes for part in memory.segments if part.name != "system") // MIB
        outcome = read_outcome(case, run, estimated if memory.is_card else None)
        console = [] if outcome.error is None else list(supervisor.console_tail(run, 4))
    except Exception as error:
        outcome, own_mib, all_mib, console = Outcome(case, "", str(error)), 0, 0, []
    facts = dataclasses.asdict(outcome) | {"peak_mib": outcome.peak_mib}
    return {
        "label": label, **facts, "host_own_mib": own_mib, "host_all_mib": all_mib, "base": Path(base).name,
        "seconds": round(time.monotonic() - began, 1), "console": console,
    }  # fmt: skip


def watch(trainer: supervisor.Trainer) -> tuple[int, int]:
    """The most of its own memory and of all its pages in memory, MiB, until it ends."""
    most_own = most_all = 0
    while trainer.is_alive():
        try:
            told = psutil.Process(trainer.pid).memory_info()
        except psutil.NoSuchProcess:
            break
        most_own = max(most_own, told.rss - getattr(told, "shared", 0))
        most_all = max(most_all, told.rss)
        time.sleep(0.1)
    trainer.wait()
    return most_own // MIB, most_all // MIB


def line(row: Mapping[str, Any]) -> str:
    case = row["case"]
    job = f"{case['family']} {case['quantization']}{' recompute' if case['recompute'] else ''} {row['label']}"
    if row["error"]:
        return f"{job:48} {row['error']} {row['console'][-1:]}"
    training = row["peaks_mib"].get("training")
    return (
        f"{job:48} step {row['step_s'] or 0:.3f}  training {training}  tried {row['tried_mib']} "
        f" planned {row['estimated_mib']}  whole {row['peak_mib']}  host own {row['host_own_mib']} "
        f"all {row['host_all_mib']}  ({row['seconds']} s)"
    )


if __name__ == "__main__":
    sys.exit(main())

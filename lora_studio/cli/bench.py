"""`bench`: measures this computer by training a few steps, and prints a table."""

from __future__ import annotations

import dataclasses
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any, cast

from lora_studio import __version__, paths, storage
from lora_studio.bases import find_base
from lora_studio.cli.doctor import PACKAGES, package_version
from lora_studio.cli.output import Printer
from lora_studio.config.resolve import parse_assignment
from lora_studio.config.training import FamilyId, Quantization
from lora_studio.errors import ExitCode, StudioError
from lora_studio.hardware.probe import probe_hardware
from lora_studio.jobs.benchmark import SHAPES, USUAL_SIZE_PX, Case, Outcome, draw_pictures, make_base, measure
from lora_studio.runs.create import merge_settings

WAYS: Mapping[str, tuple[Quantization, bool]] = {
    "16": ("none", False), "16+recompute": ("none", True), "8": ("int8", False), "8+recompute": ("int8", True),
    "4": ("nf4", False), "4+recompute": ("nf4", True),
}  # fmt: skip
HEADINGS = ("job", "s a step", "pictures/s", "training", "planned", "tried", "whole run", "start", "a sample")


@dataclasses.dataclass(frozen=True, slots=True)
class BenchOptions:
    """What was typed after `bench`; empty lists take what fits this computer."""

    families: list[str]
    base: str | None
    ways: list[str]
    resolution_px: int | None
    batch_size: int
    limits_gib: list[float]
    steps: int
    settings: list[str]
    keep: Path | None
    report: Path | None


def run_bench(options: BenchOptions, printer: Printer) -> int:
    """Measures every case and prints its row as soon as it is there; returns the exit code."""
    unknown = [way for way in options.ways if way not in WAYS]
    if unknown:
        raise StudioError("unknown_way", f"There is no way '{unknown[0]}'.", hint=f"Ways are {', '.join(WAYS)}.")
    hardware = probe_hardware()
    families = _families(options, bool(hardware.cards))
    ways = options.ways or (["16", "16+recompute", "4+recompute"] if hardware.cards else ["16"])
    settings = merge_settings([parse_assignment(text) for text in options.settings])
    folder = options.keep or Path(tempfile.mkdtemp(prefix="bench-", dir=_home()))
    outcomes: list[Outcome] = []
    try:
        for family in families:
            if options.base is None:
                printer.line(f"Making a {family} base to measure with.")
            base = options.base or make_base(family, folder)
            size_px = options.resolution_px or USUAL_SIZE_PX[family]
            count = len(SHAPES) * max(2, options.batch_size)  # every batch is full
            pictures = draw_pictures(folder / f"pictures-{size_px}-{count}", size_px, count)
            for way in ways:
                for limit_gib in options.limits_gib or [0.0]:
                    quantization, recompute = WAYS[way]
                    case = Case(
                        family, size_px, options.batch_size, quantization, recompute, limit_gib, options.steps, settings
                    )
                    outcome = measure(
                        case, base, pictures, folder / f"{len(outcomes)}" / "run"
                    )  # no sibling to take from
                    if not outcomes:
                        printer.lines(HEAD)
                    outcomes.append(outcome)
                    printer.line(_line(_row(outcome)))
    finally:
        if options.keep is None:
            shutil.rmtree(folder, ignore_errors=True)
    if options.report is not None:
        storage.write_file(options.report, _report(outcomes).encode())
    facts = [dataclasses.asdict(outcome) | {"peak_mib": outcome.peak_mib} for outcome in outcomes]
    printer.result({"versions": _versions(), "outcomes": facts})
    return int(ExitCode.DONE if all(outcome.error is None for outcome in outcomes) else ExitCode.BAD_INPUT)


def _families(options: BenchOptions, has_card: bool) -> list[FamilyId]:
    if options.base is not None:
        return [find_base(options.base).family]
    return cast(list[FamilyId], options.families or (["sd1", "sdxl"] if has_card else ["practice"]))


def _home() -> Path:
    storage.make_dir(paths.cache_dir())
    return paths.cache_dir()


def _row(outcome: Outcome) -> tuple[str, ...]:
    case = outcome.case
    job = f"{case.family} {case.resolution_px} px batch {case.batch_size} {_way(case)}"
    if case.limit_gib:
        job += f", limit {case.limit_gib:g} GB"
    if outcome.error is not None:
        return (job, outcome.error, *[""] * (len(HEADINGS) - 2))
    step_s = outcome.step_s
    return (
        job,
        _number(step_s, 3),
        _number(case.batch_size / step_s if step_s else None, 2),
        _gib(outcome.training_mib),
        _gib(outcome.estimated_mib) + _off(outcome.estimated_mib, outcome.training_mib, outcome.peak_mib),
        _gib(outcome.tried_mib) + _off(outcome.tried_mib, outcome.training_mib, outcome.training_mib),
        _gib(outcome.peak_mib),
        _number(outcome.start_s, 1),
        _number(outcome.sample_s, 2),
    )


def _way(case: Case) -> str:
    return next(way for way, held in WAYS.items() if held == (case.quantization, case.recompute)) + " bit"


def _number(value: float | None, digits: int) -> str:
    return "–" if value is None else f"{value:.{digits}f}"


def _gib(mib: int | None) -> str:
    return "–" if mib is None else f"{mib / 1024:.2f}"


def _off(told_mib: int | None, least_mib: int | None, most_mib: int | None) -> str:
    """How far a figure lies outside of what is true: the plan counts drawing at its leanest, which nothing shows."""
    if not (told_mib and least_mib and most_mib):
        return ""
    true_mib = min(max(told_mib, least_mib), most_mib)
    return f" ({told_mib / true_mib - 1:+.0%})"


def _line(row: Sequence[str]) -> str:
    return "| " + " | ".join(row) + " |"


HEAD = (_line(HEADINGS), "|---" * len(HEADINGS) + "|")


def _versions() -> dict[str, Any]:
    return {"lora_studio": __version__} | {name: package_version(name) for name in PACKAGES}


def _report(outcomes: Sequence[Outcome]) -> str:
    """The table as Markdown, with what it was measured on."""
    versions = ", ".join(f"{name} {version}" for name, version in _versions().items())
    rows = [_line(_row(outcome)) for outcome in outcomes]
    device = next((outcome.device for outcome in outcomes if outcome.device), "")
    return "\n".join([f"{date.today().isoformat()}, {device}. {versions}.", "", *HEAD, *rows, ""])

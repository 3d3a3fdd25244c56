"""`python -m lora_studio.judging`: draw with an adapter and let the judge look."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Literal, cast, get_args

import torch
import typer

from lora_studio.embedded import SampleKind, SampleProject, read_sample_project, sample_project
from lora_studio.errors import StudioError
from lora_studio.judging.adapter import JudgeReport
from lora_studio.judging.trial import run_trial


def judge(
    base: Annotated[Path, typer.Option(help="Base model, a folder in the diffusers layout.")],
    adapter: Annotated[Path, typer.Option(help="The adapter, a safetensors file.")],
    project: Annotated[str, typer.Option(help="style, character, or a folder with project.json.")],
    seeds: Annotated[int, typer.Option(min=1, help="How many seeds; three or more tell luck from skill.")] = 3,
    prompts: Annotated[int, typer.Option(min=2, help="Held-back captions drawn for each seed.")] = 8,
    steps: Annotated[int, typer.Option(min=1, help="Denoising steps a picture.")] = 20,
    guidance: Annotated[float, typer.Option(min=0, help="How strictly the prompt is followed.")] = 5.0,
    device: Annotated[Literal["cpu", "cuda", "mps"], typer.Option(help="Where to draw.")] = "cpu",
    threads: Annotated[int, typer.Option(min=1, help="Processor threads.")] = 1,
    json: Annotated[bool, typer.Option("--json", help="Print the JSON line only.")] = False,
) -> None:
    """Compare an adapter's pictures with pictures it never saw. The last line printed is one JSON object."""
    torch.set_num_threads(threads)
    try:
        report = run_trial(
            base,
            adapter,
            _find_project(project),
            seeds=range(1, seeds + 1),
            prompt_count=prompts,
            steps=steps,
            guidance=guidance,
            device=device,
            observer=_show_progress,
        )
    except StudioError as error:
        print(error, file=sys.stderr)
        raise typer.Exit(error.exit_code) from error
    if not json:
        print(as_table(report))
    print(report.model_dump_json())


def as_table(report: JudgeReport) -> str:
    """The report for people: one row a seed, then the sums."""
    rows = ["seed   score   recognised   drift without trigger   leak"]
    for judged in report.seeds:
        rows.append(
            f"{judged.seed:4d}   {judged.score:5.2f}   {judged.recognised_share:9.0%}   "
            f"{judged.drift:6.2f} (with: {judged.movement:4.2f})   {judged.leak:6.2f}"
        )
    copying = report.copying
    kept = "keeps to its trigger word" if report.keeps_to_trigger else "also changes prompts without it"
    return "\n".join(
        [
            *rows,
            f"{report.kind}: score {report.score:.2f} (0 = the base, 1 = held-back pictures), "
            f"lowest {report.lowest_score:.2f}.",
            f"Trigger word: {kept} ({report.drift_share:.0%} of the movement).",
            f"Copies of training pictures: {copying.copied_share:.0%} "
            f"(held-back pictures by the same measure: {copying.held_back_share:.0%}).",
        ]
    )


def _find_project(name: str) -> SampleProject:
    if name in get_args(SampleKind):
        return sample_project(cast(SampleKind, name))
    return read_sample_project(Path(name))


def _show_progress(what: str, done: int, count: int) -> None:
    print(f"\r{what}: {done} of {count} pictures   ", end="\n" if done == count else "", file=sys.stderr)


if __name__ == "__main__":
    typer.run(judge)

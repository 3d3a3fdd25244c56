"""`queue`: the line of waiting runs, from a terminal."""

from __future__ import annotations

from pathlib import Path

from lora_studio.cli.output import Printer
from lora_studio.cli.runs import open_run
from lora_studio.errors import ExitCode, StudioError
from lora_studio.jobs.queue import Job, Queue


def show_queue(printer: Printer) -> None:
    """Lists the jobs in order."""
    jobs = Queue().jobs()
    for number, job in enumerate(jobs, start=1):
        told = job.state.kind.replace("_", " ") if job.state else "missing"
        printer.line(f"{number:3} {job.run.name:30} {job.place.replace('_', ' '):10} {told} {job.reason}".rstrip())
    if not jobs:
        printer.line("Nothing waits. Add a run with: lora-studio queue add RUN")
    printer.result({"jobs": [_facts(job) for job in jobs]})


def add_to_queue(named: Path, printer: Printer) -> None:
    """Puts a run at the end of the line."""
    job = Queue().add(open_run(named))
    printer.result(_facts(job), f"{job.run.name} waits in the queue.")


def run_queue(printer: Printer) -> int:
    """Runs every waiting job to its end; Ctrl+C stops the line and leaves the job that runs to itself."""
    queue = Queue()
    with queue.running() as runner:
        try:
            runner.run_all(lambda job: printer.line(f"Training {job.run.name}: {job.run.path}"))
        except KeyboardInterrupt:
            printer.line("The queue stopped. The run that was started goes on by itself.")
            return int(ExitCode.INTERRUPTED)
        for error in runner.refused.values():
            printer.line(str(error))
    jobs = queue.jobs()
    aside = [job for job in jobs if job.place == "set_aside"]
    if queue.is_held_back():
        raise StudioError(
            "queue_held_back", "The queue stopped after two crashes in a row.",
            "The other jobs wait, and everything that was saved is safe.",
            "Look at the runs with `lora-studio status`, then start the queue again.", ExitCode.UNEXPECTED,
        )  # fmt: skip
    printer.result(
        {"jobs": [_facts(job) for job in jobs]}, *(f"Set aside: {job.run.name}. {job.reason}" for job in aside)
    )
    return int(ExitCode.BAD_INPUT if aside else ExitCode.DONE)


def _facts(job: Job) -> dict[str, object]:
    state = job.state.model_dump() if job.state else None
    return {"id": job.id, "run": str(job.run.path), "place": job.place, "reason": job.reason, "state": state}

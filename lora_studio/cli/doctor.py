"""`doctor`: what this computer has, and whether everything the app needs is there and answers."""

from __future__ import annotations

import importlib.metadata
import json
import platform
import subprocess
from typing import Any

from lora_studio import __version__, embedded, paths
from lora_studio.cli.output import Printer
from lora_studio.errors import ExitCode, StudioError
from lora_studio.hardware.card_facts import CardFacts, remembered
from lora_studio.hardware.probe import Hardware, probe_hardware
from lora_studio.jobs.interpreter import module_command, training_environment

PACKAGES = ("torch", "diffusers", "transformers", "peft", "accelerate", "bitsandbytes", "safetensors", "pillow")
NEEDED_DISK_MIB = 2048
ENGINE_TIMEOUT_S = 120


def run_doctor(printer: Printer) -> int:
    """Prints every check; returns a failing exit code when training cannot work."""
    hardware = probe_hardware(paths.runs_dir())
    versions = {name: package_version(name) for name in PACKAGES}
    engine = _ask_engine()
    problems = [*_problems(hardware, versions, engine)]
    printer.line(f"LoRA Studio {__version__}, Python {platform.python_version()}, {platform.platform()}")
    for card in hardware.cards:
        printer.line(f"Card: {card.name}, {card.total_mib / 1024:.1f} GB, {card.free_mib / 1024:.1f} GB free")
    if not hardware.cards:
        printer.line("No NVIDIA card found: you can prepare, sample and practise on the processor.")
    printer.line(f"Processor: {hardware.cores} cores, {hardware.memory_total_mib / 1024:.1f} GB of memory")
    printer.line(f"Runs: {paths.runs_dir()}, {(hardware.disk_free_mib or 0) / 1024:.1f} GB free")
    printer.line(", ".join(f"{name} {version or 'missing'}" for name, version in versions.items()))
    if "device" in engine:
        printer.line(f"The engine answers; it trains on {engine['device']}.")
    measured = remembered()
    for known in measured:
        printer.line(_measured_line(known))
    facts = {
        "version": __version__,
        "hardware": hardware.model_dump(mode="json"),
        "packages": versions,
        "engine": engine,
        "measured": [known.model_dump(mode="json") for known in measured],
        "problems": problems,
    }
    printer.result(facts, *(f"Problem: {problem}" for problem in problems), *([] if problems else ["All is well."]))
    return int(ExitCode.BAD_INPUT if problems else ExitCode.DONE)


def package_version(name: str) -> str | None:
    """The installed version of a package; None if it is missing."""
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None


def _measured_line(known: CardFacts) -> str:
    held = known.conditions
    about = f"{held.family} at {held.resolution_px} px, batch {held.batch_size}, on {held.device}"
    rates = []
    if known.tuning.tflops is not None:
        rates.append(f"{known.tuning.tflops:.1f} TFLOPS")
    if known.tuning.copy_gb_s is not None:
        rates.append(f"{known.tuning.copy_gb_s:.0f} GB/s")
    return f"{about}: {known.tuning.words()} {', '.join(rates)}".rstrip()


def _ask_engine() -> dict[str, Any]:
    """What the heavy half says of itself, asked in a process of its own."""
    try:
        done = subprocess.run(
            module_command("lora_studio.training.check"),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            env=training_environment(),
            timeout=ENGINE_TIMEOUT_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return {"error": f"it did not answer within {ENGINE_TIMEOUT_S} s"}
    lines = done.stdout.decode("utf-8", errors="replace").strip().splitlines()
    if done.returncode == 0 and lines:
        answer: dict[str, Any] = json.loads(lines[-1])
        return answer
    return {"error": " ".join(done.stderr.decode("utf-8", errors="replace").strip().splitlines()[-1:])}


def _problems(hardware: Hardware, versions: dict[str, str | None], engine: dict[str, Any]) -> list[str]:
    found = [f"The package {name} is missing; set up the engine again." for name, v in versions.items() if v is None]
    if "error" in engine:
        found.append(f"The engine does not answer: {engine['error']}")
    if hardware.cards and str(engine.get("device", "")).startswith("cpu"):
        found.append("There is a card, but the installed torch cannot use it; set up the engine again.")
    if hardware.disk_free_mib is not None and hardware.disk_free_mib < NEEDED_DISK_MIB:
        found.append(f"Only {hardware.disk_free_mib} MiB are free where runs are kept; a run needs about 2 GB.")
    try:
        embedded.practice_base_dir()
    except StudioError as error:
        found.append(str(error))
    return found

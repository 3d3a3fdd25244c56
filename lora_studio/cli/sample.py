"""`sample`: draws in a process of its own, then puts more than one picture on a sheet."""

from __future__ import annotations

import json
import math
import subprocess
import tempfile
from pathlib import Path

from PIL import Image

from lora_studio import storage
from lora_studio.cli.output import Printer
from lora_studio.errors import ExitCode, StudioError
from lora_studio.jobs.interpreter import module_command, training_environment
from lora_studio.runs.sheet import picture_bytes
from lora_studio.weights.header import read_header

MAX_CLIP_SKIP = 4


def run_sample(
    base: str,
    adapters: list[str],
    prompts: list[str],
    negative: str,
    seed: int,
    steps: int,
    guidance: float | None,
    size_px: int | None,
    clip_skip: int | None,
    out: Path,
    printer: Printer,
) -> None:
    """Draws one picture for each prompt; several stand side by side in one PNG.

    Raises:
        StudioError: A file or the base cannot be used, or drawing failed.
    """
    wished = [parse_adapter(text) for text in adapters]
    storage.make_dir(out.absolute().parent)
    with tempfile.TemporaryDirectory() as folder:
        parts = [Path(folder) / f"{index}.png" for index in range(len(prompts))] if len(prompts) > 1 else [out]
        wish = {
            "base": base,
            "adapters": [{"path": str(path.absolute()), "strength": strength} for path, strength in wished],
            "prompts": prompts,
            "negative_prompt": negative,
            "seed": seed,
            "steps": steps,
            "guidance": guidance,
            "size_px": size_px,
            "clip_skip": clip_skip or max([1, *(trained_clip_skip(path) for path, _ in wished)]),
            "out_paths": [str(part.absolute()) for part in parts],
        }
        _draw(wish)
        if len(parts) > 1:
            storage.write_file(out, _side_by_side(parts))
    printer.result({"picture": str(out), "prompts": prompts, "seed": seed}, f"Picture: {out}")


def parse_adapter(text: str) -> tuple[Path, float]:
    """`FILE` or `FILE:strength`; a colon inside the path (Windows drives) stays part of it.

    Raises:
        StudioError: There is no such file.
    """
    path, mark, tail = text.rpartition(":")
    try:
        strength = float(tail) if mark else 1.0
    except ValueError:
        path, strength = text, 1.0
    file = Path(path if mark and path else text)
    if not file.is_file():
        raise StudioError(
            "file_missing", f"There is no adapter file {file}.", "", "Give the path of a .safetensors file."
        )
    if not math.isfinite(strength):
        raise StudioError("bad_strength", f"{tail} is not a strength.", "1 is as trained.", "For example: FILE:0.8")
    return file, strength


def trained_clip_skip(adapter: Path) -> int:
    """Which layer of the text encoder the adapter was trained with, as its metadata says; 1 where it says nothing."""
    said = read_header(adapter).metadata.get("ss_clip_skip", "")
    return int(said) if said.isdecimal() and 1 <= int(said) <= MAX_CLIP_SKIP else 1


def _draw(wish: dict[str, object]) -> None:
    done = subprocess.run(
        module_command("lora_studio.training.draw"),
        input=json.dumps(wish).encode(),
        capture_output=True,
        env=training_environment(),
        check=False,
    )
    lines = done.stdout.decode("utf-8", errors="replace").strip().splitlines()
    answer = json.loads(lines[-1]) if lines and lines[-1].startswith("{") else {}
    if "error" in answer:
        raise StudioError(**answer["error"], exit_code=ExitCode(done.returncode))
    if done.returncode != 0:
        last = done.stderr.decode("utf-8", errors="replace").strip().splitlines()[-1:]
        raise StudioError(
            "drawing_failed", "The picture could not be drawn.", " ".join(last),
            "`lora-studio doctor` checks whether the engine is whole.", ExitCode.UNEXPECTED,
        )  # fmt: skip


def _side_by_side(parts: list[Path]) -> bytes:
    tiles = [Image.open(part).convert("RGB") for part in parts]
    sheet = Image.new("RGB", (sum(tile.width for tile in tiles), max(tile.height for tile in tiles)), "white")
    left = 0
    for tile in tiles:
        sheet.paste(tile, (left, 0))
        left += tile.width
    return picture_bytes(sheet, {"lora_studio.parts": json.dumps([dict(Image.open(part).info) for part in parts])})

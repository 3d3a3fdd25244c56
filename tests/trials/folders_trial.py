"""Trains on twelve folders nobody prepared, through the command line, and tells how each went.

    python tests/trials/folders_trial.py [--base practice] [--steps 6]

Prints a line for each folder and last one JSON line; exits with 1 when one did not end in an adapter, or when a
file of a folder changed.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

COLOURS = ("crimson", "seagreen", "royalblue", "orange", "purple", "black", "teal", "gold")


def drawn(number: int, size: tuple[int, int] = (160, 160), mode: str = "RGB") -> Image.Image:
    """A picture that is like no other number's."""
    dice = np.random.default_rng(number)
    image = Image.new(mode, size, (255, 255, 255, 0) if mode == "RGBA" else "white")
    pen = ImageDraw.Draw(image)
    for _ in range(4):
        left, top = dice.integers(0, size[0] // 2), dice.integers(0, size[1] // 2)
        box = (left, top, left + dice.integers(20, size[0] // 2), top + dice.integers(20, size[1] // 2))
        pen.ellipse(tuple(map(int, box)), fill=COLOURS[dice.integers(0, len(COLOURS))])
    return image


def fill(folder: Path, count: int, size: tuple[int, int] = (160, 160), caption: str | None = "circles {n}") -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(count):
        drawn(number, size).save(folder / f"{number:03}.png")
        if caption:
            (folder / f"{number:03}.txt").write_text(caption.format(n=number), encoding="utf-8")


def shapes(folder: Path) -> None:
    sizes = [(90, 200), (200, 90), (160, 160), (400, 100), (64, 300), (120, 180)]
    folder.mkdir(parents=True)
    for number, size in enumerate(sizes):
        drawn(number, size).save(folder / f"{number}.jpg")


def broken_among_good(folder: Path) -> None:
    fill(folder, 5)
    whole = (folder / "001.png").read_bytes()
    (folder / "cut.png").write_bytes(whole[: len(whole) // 2])
    (folder / "words.png").write_text("not a picture")
    (folder / "empty.jpg").write_bytes(b"")
    (folder / "orphan.txt").write_text("nobody's caption")


def repeat_folders(folder: Path) -> None:
    fill(folder / "7_zzfox fox", 3, caption=None)
    fill(folder / "2_zzfox fox running", 2, caption=None)


def with_alpha(folder: Path) -> None:
    folder.mkdir(parents=True)
    for number in range(4):
        drawn(number, mode="RGBA").save(folder / f"{number}.png")


def metadata_file(folder: Path) -> None:
    fill(folder, 4, caption=None)
    lines = [json.dumps({"file_name": f"{n:03}.png", "text": f"rings number {n}"}) for n in range(4)]
    (folder / "metadata.jsonl").write_text("\n".join(lines), encoding="utf-8")


def turned_photos(folder: Path) -> None:
    folder.mkdir(parents=True)
    for number in range(4):
        exif = Image.Exif()
        exif[0x0112] = (1, 3, 6, 8)[number]
        drawn(number, (200, 120)).save(folder / f"IMG_{number}.JPG", exif=exif)


def odd_kinds(folder: Path) -> None:
    folder.mkdir(parents=True)
    drawn(0).convert("P").save(folder / "palette.gif")
    drawn(1).convert("CMYK").save(folder / "print.tif")
    drawn(2).convert("L").save(folder / "grey.bmp")
    drawn(3).save(folder / "web.webp")
    drawn(4).save(folder / "wrong ending.jpg", format="PNG")


FOLDERS: dict[str, Callable[[Path], None]] = {
    "one picture": lambda folder: fill(folder, 1),
    "five hundred": lambda folder: fill(folder, 500, size=(48, 48)),
    "portrait and landscape": shapes,
    "no captions": lambda folder: fill(folder, 5, caption=None),
    "日本語の説明": lambda folder: fill(folder, 5, caption="丸い絵、番号{n}、白い背景"),
    "broken among good": broken_among_good,
    "repeats": repeat_folders,
    "alpha": with_alpha,
    "spaces, 'quotes' & emoji 🦊": lambda folder: fill(folder, 4),
    "metadata file": metadata_file,
    "turned photos": turned_photos,
    "odd kinds": odd_kinds,
}


def tree_hash(folder: Path) -> str:
    files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    parts = [f"{path.relative_to(folder)}:{hashlib.sha256(path.read_bytes()).hexdigest()}" for path in files]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--base", default="practice")
    parser.add_argument("--steps", type=int, default=6)
    options = parser.parse_args()
    results = {}
    with tempfile.TemporaryDirectory() as home:
        for name, make in FOLDERS.items():
            results[name] = train_on(Path(home), name, make, options.base, options.steps)
            print(f"{name}: {results[name]}", flush=True)
    good = sum(bool(result["adapter"] and result["untouched"]) for result in results.values())
    print(json.dumps({"folders": len(results), "good": good, "results": results}, ensure_ascii=False))
    return 0 if good == len(FOLDERS) else 1


def train_on(home: Path, name: str, make: Callable[[Path], None], base: str, steps: int) -> dict[str, object]:
    folder = home / name
    make(folder)
    before = tree_hash(folder)
    command = [
        sys.executable, "-c", "from lora_studio.cli import main; main()", "train", str(folder), "--base", base,
        "--out", str(home / f"run of {name}"), "--set", f"schedule.max_steps={steps}", "--set", "schedule.epochs=1",
        "--set", 'preview.prompts=["circles"]', "--set", "preview.steps=2", "--json",
    ]  # fmt: skip
    began = time.monotonic()
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=False)
    answer = json.loads(done.stdout.strip().splitlines()[-1]) if done.stdout.strip() else {}
    words = [line for line in done.stderr.splitlines() if line.startswith(("Look:", "Stop:", "Tip:"))]
    return {
        "exit": done.returncode,
        "adapter": bool(answer.get("adapters")),
        "untouched": tree_hash(folder) == before,
        "seconds": round(time.monotonic() - began, 1),
        "findings": words,
        **({"error": answer["error"]} if "error" in answer else {}),
    }


if __name__ == "__main__":
    sys.exit(main())

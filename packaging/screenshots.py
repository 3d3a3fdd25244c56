"""Renews what the look of the app is compared with: pictures in docs/screenshots/ and trees in tests/ui/trees/.

    python packaging/screenshots.py                all of them, about two minutes
    python packaging/screenshots.py train compare  only screens whose names begin so

Look at every picture that changed before it is committed: from then on it is what is right. Linux only.
"""

from __future__ import annotations

import argparse
import difflib
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "ui"), str(ROOT / "tests" / "fakes")]

import numpy as np  # noqa: E402
from camera import TREES, take  # noqa: E402
from numpy.typing import NDArray  # noqa: E402
from PIL import Image  # noqa: E402

PICTURES = ROOT / "docs" / "screenshots"
EXACT_COLOURS = 32  # as many as a screen has surfaces; more would mostly be those of letters' edges


def screen_names() -> set[str]:
    """Of every screen that can be taken, new ones too."""
    from screens import SCREENS

    return set(SCREENS)


def with_few_colours(picture: Image.Image) -> Image.Image:
    """A third of the size as a file. Its commonest colours, those of surfaces, stay exact, and no other becomes one."""
    exact = np.asarray(picture.convert("RGB"))
    quantized = picture.convert("RGB").quantize(256, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
    few = np.asarray(quantized.convert("RGB"))
    colours, counts = np.unique(packed(exact), return_counts=True)
    common = colours[np.argsort(counts)[-EXACT_COLOURS:]]
    is_kept = np.isin(packed(exact), common) | np.isin(packed(few), common)
    return Image.fromarray(np.where(is_kept[..., None], exact, few))


def packed(rows: NDArray[np.uint8]) -> NDArray[np.int32]:
    """Each colour as one number; shape (height, width)."""
    return (rows.astype(np.int32) * (1 << 16, 1 << 8, 1)).sum(axis=2)


def renew(only: list[str]) -> None:
    PICTURES.mkdir(parents=True, exist_ok=True)
    TREES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as private:
        found = take(Path(private), "--variants", *(["--only", *only] if only else []))
        taken = sorted(Path(private).glob("*.png"))
        if not only:
            for old in (*PICTURES.glob("*.webp"), *TREES.glob("*.txt")):
                old.unlink()
        for path in taken:
            with Image.open(path) as picture:
                kept = with_few_colours(picture)
            kept.save(PICTURES / f"{path.stem}.webp", lossless=True, quality=70, method=4)
        for name, tree in found.trees.items():
            (TREES / f"{name}.txt").write_text(tree, encoding="utf-8")
    size_mb = sum(path.stat().st_size for path in PICTURES.glob("*.webp")) / 1e6
    print(f"{len(taken)} pictures are new; all of them take {size_mb:.1f} MB.")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", help="screens, or how their names begin")
    only = parser.parse_args().names
    known = sorted(screen_names())
    for name in only:
        if not any(one.startswith(name) for one in known):
            near = difflib.get_close_matches(name, known) or known
            parser.exit(2, f"No screen's name begins with {name}. There is: {', '.join(near)}.\n")
    renew(only)


if __name__ == "__main__":
    main()

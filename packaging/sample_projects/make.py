"""Makes the sample projects that ship with the app: pictures, captions, `project.json` and `NOTICE.md`.

make.py NODE_MODULES OUT_DIR      what NODE_MODULES must hold is in the README beside this file
"""

from __future__ import annotations

import argparse
import io
import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import resvg_py
from PIL import Image
from subjects import (
    BACKGROUNDS,
    GLASSES,
    PROJECTS,
    STYLE_HELD_BACK,
    STYLE_TRAINING,
    character_looks,
)

SIZE_PX = 256
MARGIN_PX = 12  # the Practice base knows its icons with this margin: 6 of 128
TRAINING_DIR = "images"
HELD_BACK_DIR = "held_back"


def main() -> None:
    """Writes both projects from scratch."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("node_modules", type=Path)
    parser.add_argument("out_dir", type=Path)
    options = parser.parse_args()
    for kind, description in PROJECTS.items():
        project_dir = options.out_dir / kind
        if project_dir.exists():
            shutil.rmtree(project_dir)
        for name in (TRAINING_DIR, HELD_BACK_DIR):
            (project_dir / name).mkdir(parents=True)
        write_description(project_dir, description)
    make_style(options.node_modules, options.out_dir / "style")
    make_character(options.node_modules, options.out_dir / "character")


def make_style(node_modules: Path, project_dir: Path) -> None:
    """Icons of one set on white."""
    package_dir = node_modules / "@iconify-json" / "streamline-cyber-color"
    icons = json.loads((package_dir / "icons.json").read_text(encoding="utf-8"))
    for folder, subjects in ((TRAINING_DIR, STYLE_TRAINING), (HELD_BACK_DIR, STYLE_HELD_BACK)):
        for name, words in subjects.items():
            drawing = render(icon_svg(icons, name), SIZE_PX - 2 * MARGIN_PX)
            stem = re.sub(r"-?\d+$", "", name)
            picture = on_background(drawing, BACKGROUNDS["white"])
            write_pair(project_dir / folder / stem, picture, f"{words}, white background")


def make_character(node_modules: Path, project_dir: Path) -> None:
    """One person in every look."""
    looks = character_looks()
    parts = [
        {
            "mouth": look.expression.mouth,
            "eyes": look.expression.eyes,
            "eyebrows": look.expression.eyebrows,
            "glasses": GLASSES[look.glasses],
        }
        for look in looks
    ]
    script = Path(__file__).parent / "draw_character.mjs"
    drawn = subprocess.run(
        ["node", str(script), str(node_modules)],
        input=json.dumps(parts),
        capture_output=True,
        check=True,
        text=True,
    )
    for look, svg in zip(looks, json.loads(drawn.stdout), strict=True):
        folder = HELD_BACK_DIR if look.is_held_back else TRAINING_DIR
        stem = "-".join((look.expression.words.split()[0], *look.glasses.split()))
        picture = on_background(render(svg, SIZE_PX), BACKGROUNDS[look.background])
        write_pair(project_dir / folder / stem, picture, look.caption)


def icon_svg(icons: dict[str, Any], name: str) -> str:
    """One icon of an iconify file as a whole SVG."""
    icon = icons["icons"][name]
    default_px = icons.get("height", 16)
    width, height = icon.get("width", icons.get("width", default_px)), icon.get("height", default_px)
    view_box = f"{icon.get('left', 0)} {icon.get('top', 0)} {width} {height}"
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{view_box}">{icon["body"]}</svg>'


def render(svg: str, size_px: int) -> Image.Image:
    """An SVG as an RGBA picture of that size."""
    png = bytes(resvg_py.svg_to_bytes(svg_string=svg, width=size_px, height=size_px))
    return Image.open(io.BytesIO(png)).convert("RGBA")


def on_background(drawing: Image.Image, colour: tuple[int, int, int]) -> Image.Image:
    """The drawing in the middle of a square of one colour, RGB."""
    canvas = Image.new("RGBA", (SIZE_PX, SIZE_PX), (*colour, 255))
    corner = ((SIZE_PX - drawing.width) // 2, (SIZE_PX - drawing.height) // 2)
    canvas.alpha_composite(drawing, corner)
    return canvas.convert("RGB")


def write_pair(stem_path: Path, picture: Image.Image, caption: str) -> None:
    """A PNG and its caption file."""
    picture.save(stem_path.with_suffix(".png"), optimize=True)
    stem_path.with_suffix(".txt").write_text(caption + "\n", encoding="utf-8")


def write_description(project_dir: Path, description: dict[str, object]) -> None:
    """`project.json`, and the same attribution in words as `NOTICE.md`."""
    text = json.dumps(description, indent=2, ensure_ascii=False) + "\n"
    (project_dir / "project.json").write_text(text, encoding="utf-8")
    notice = (
        f"# {description['title']}: where the pictures come from\n\n"
        f"Drawn by {description['author']}.\n"
        f"Source: {description['source']}\n"
        f"Licence: {description['licence']}, {description['licence_url']}\n\n"
        f"Changes were made: {description['changes']}\n"
        "The author has not endorsed this app or what is trained on the pictures.\n"
    )
    (project_dir / "NOTICE.md").write_text(notice, encoding="utf-8")


if __name__ == "__main__":
    main()

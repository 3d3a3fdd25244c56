"""Builds the captioned pictures the Practice base is trained on, from npm packages.

prepare.py index NPM_DIR AVATARS.jsonl DATA_DIR     NPM_DIR holds the .tgz files of `npm pack`
prepare.py render DATA_DIR [--workers N]            writes DATA_DIR/rgba.npy and DATA_DIR/records.jsonl
prepare.py sheet DATA_DIR SHEET.jpg [--split unseen] [--set NAME]   a contact sheet to look at
"""

from __future__ import annotations

import argparse
import base64
import io
import json
import lzma
import multiprocessing
import random
import re
import tarfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import brands
import names
import numpy as np
from captions import Record
from PIL import Image
from sets import ICON_SETS, SETS, PictureSet

SIZE_PX = 128
MARGIN_PX = 6
INDEX_NAME = "index.jsonl.xz"
PICTURES_NAME = "rgba.npy"
RECORDS_NAME = "records.jsonl"

Drawing = dict[str, Any]  # a Record's fields, and "svg" or "webp" (base64)


def main() -> None:
    """Runs one of the three steps."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    steps = parser.add_subparsers(dest="step", required=True)
    index = steps.add_parser("index")
    index.add_argument("npm_dir", type=Path)
    index.add_argument("avatars", type=Path)
    index.add_argument("data_dir", type=Path)
    render = steps.add_parser("render")
    render.add_argument("data_dir", type=Path)
    render.add_argument("--workers", type=int, default=2)
    sheet = steps.add_parser("sheet")
    sheet.add_argument("data_dir", type=Path)
    sheet.add_argument("sheet_path", type=Path)
    sheet.add_argument("--split", default="train")
    sheet.add_argument("--set", default=None)
    options = parser.parse_args()
    if options.step == "index":
        write_index(options.npm_dir, options.avatars, options.data_dir)
    elif options.step == "render":
        render_all(options.data_dir, options.workers)
    else:
        draw_sheet(options.data_dir, options.sheet_path, options.split, options.set)


# Index --------------------------------------------------------------------------------------------


def write_index(npm_dir: Path, avatars: Path, data_dir: Path) -> None:
    """Writes every drawing with its words to DATA_DIR/index.jsonl.xz, and prints how many each set gave."""
    emoji = EmojiNames(read_member(find_package(npm_dir, "emojibase-data"), "en/data.json"))
    drawings = [
        *icon_drawings(npm_dir, emoji),
        *fluent_3d_drawings(npm_dir, emoji),
        *avatar_drawings(avatars),
    ]
    data_dir.mkdir(parents=True, exist_ok=True)
    with lzma.open(data_dir / INDEX_NAME, "wt", encoding="utf-8", preset=6) as file:
        for drawing in drawings:
            file.write(json.dumps(drawing) + "\n")
    counts = Counter(drawing["set"] for drawing in drawings)
    for name, count in counts.items():
        print(f"{name:12} {SETS[name].split:7} {count}")
    megabytes = (data_dir / INDEX_NAME).stat().st_size / 1e6
    print(f"{len(drawings)} drawings, {megabytes:.1f} MB")


class EmojiNames:
    """The English names and keywords of emoji, from emojibase-data."""

    def __init__(self, data: bytes) -> None:
        self.label_of: dict[str, str] = {}
        self._tags_of: dict[str, tuple[str, ...]] = {}
        self.words: set[str] = set()  # every word of three letters or more in names and keywords
        for emoji in json.loads(data):
            self.label_of[emoji["hexcode"].lower()] = emoji["label"]
            for variant in emoji.get("skins", []):
                self.label_of[variant["hexcode"].lower()] = variant["label"]
            tags = tuple(tag for tag in emoji.get("tags", []) if tag.isascii())
            self._tags_of[_letters_only(emoji["label"])] = tags
            self.words.update(re.findall("[a-z]{3,}", " ".join([emoji["label"], *tags]).lower()))

    def tags(self, subject: str) -> tuple[str, ...]:
        """Keywords for a subject; none when no emoji has that name."""
        words = _letters_only(re.sub(r" with \S+( \S+)? skin$", "", subject))
        return self._tags_of.get(words, ())


def icon_drawings(npm_dir: Path, emoji: EmojiNames) -> Iterator[Drawing]:
    """The kept icons of every iconify set."""
    packages = {s.name: _read_icons(npm_dir, s) for s in ICON_SETS if s.source == "icons"}
    vocabulary = _known_words(packages) | emoji.words
    for set_name, package in packages.items():
        picture_set = SETS[set_name]
        all_names = frozenset(package["icons"])
        for icon_name, icon in package["icons"].items():
            if not _belongs(picture_set, icon_name):
                continue
            if icon.get("hidden") or brands.is_branded(set_name, icon_name):
                continue
            subject = names.plain_subject(set_name, icon_name, all_names)
            if subject is None or not names.is_kept(set_name, icon_name, subject, picture_set.keep_share):
                continue
            if set_name == "fxemoji":
                subject = names.split_joined_words(icon_name, vocabulary)
            drawing = _drawing(picture_set, icon_name, subject, emoji.tags(subject))
            yield {**drawing, "svg": _icon_svg(package, icon)}


def fluent_3d_drawings(npm_dir: Path, emoji: EmojiNames) -> Iterator[Drawing]:
    """The kept pictures of the 3D set, named through their code points, shrunk to our size."""
    picture_set = SETS["fluent-3d"]
    with tarfile.open(find_package(npm_dir, "lobehub-fluent-emoji-3d")) as archive:
        for member in sorted(archive.getmembers(), key=lambda m: m.name):
            if not member.name.endswith(".webp"):
                continue
            codes = Path(member.name).stem
            label = emoji.label_of.get(codes) or emoji.label_of.get(codes.replace("-fe0f", ""))
            subject = _subject_from_label(label) if label else None
            if subject is None or not _is_3d_kept(codes, subject):
                continue
            data = archive.extractfile(member).read()  # type: ignore[union-attr]
            drawing = _drawing(picture_set, codes, subject, emoji.tags(subject))
            yield {**drawing, "webp": base64.b64encode(_shrink_webp(data)).decode()}


def avatar_drawings(avatars: Path) -> Iterator[Drawing]:
    """The avatars that dicebear.mjs drew."""
    with avatars.open(encoding="utf-8") as file:
        for line in file:
            avatar = json.loads(line)
            drawing = _drawing(SETS[avatar["set"]], avatar["name"], avatar["subject"], ())
            details = tuple(avatar["details"])
            yield {**drawing, "details": details, "character": avatar["character"], "svg": avatar["svg"]}


def find_package(npm_dir: Path, stem: str) -> Path:
    """The .tgz of a package; `stem` is its name as `npm pack` writes it, without the version.

    Raises:
        FileNotFoundError: no such package in the folder.
    """
    pattern = re.compile(rf"{re.escape(stem)}-\d[\d.]*\.tgz")
    for path in sorted(npm_dir.glob("*.tgz")):
        if pattern.fullmatch(path.name):
            return path
    raise FileNotFoundError(f"No {stem}-*.tgz in {npm_dir}. Get it with `npm pack` (see README.md).")


def read_member(package: Path, name: str) -> bytes:
    """One file of an npm package."""
    with tarfile.open(package) as archive:
        return archive.extractfile(f"package/{name}").read()  # type: ignore[union-attr]


def _read_icons(npm_dir: Path, picture_set: PictureSet) -> dict[str, Any]:
    stem = picture_set.package.lstrip("@").replace("/", "-")
    return json.loads(read_member(find_package(npm_dir, stem), "icons.json"))


def _belongs(picture_set: PictureSet, icon_name: str) -> bool:
    """Whether an icon is of this set and not of another one in the same package."""
    if picture_set.name_ending:
        return icon_name.endswith(picture_set.name_ending)
    siblings = [s for s in ICON_SETS if s.package == picture_set.package and s.name_ending]
    return not any(icon_name.endswith(sibling.name_ending) for sibling in siblings)


def _known_words(packages: dict[str, dict[str, Any]]) -> set[str]:
    """Words that fxemoji's joined names are cut into: those of the other icon sets."""
    words = {
        word for name, p in packages.items() if name != "fxemoji" for icon in p["icons"] for word in icon.split("-")
    }
    short_words = {"on", "in", "of", "by", "no", "up", "at", "ox", "ok", "tv", "id", "cl", "ng", "vs", "ab"}
    return {word for word in words if len(word) > 2} | short_words | {"turned", "stamped"}


def _drawing(picture_set: PictureSet, name: str, subject: str, tags: tuple[str, ...]) -> Drawing:
    record = Record(picture_set.name, name, subject, picture_set.styles, picture_set.split, tags)
    return asdict(record)


def _icon_svg(package: dict[str, Any], icon: dict[str, Any]) -> str:
    default_size = package.get("width", 16), package.get("height", 16)
    width, height = icon.get("width", default_size[0]), icon.get("height", default_size[1])
    box = f"{icon.get('left', 0)} {icon.get('top', 0)} {width} {height}"
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
        f'viewBox="{box}" width="{SIZE_PX}" height="{SIZE_PX}" color="#202020">{icon["body"]}</svg>'
    )


def _subject_from_label(label: str) -> str:
    return label.lower().replace(":", " with").replace("skin tone", "skin").replace(",", "").replace("-", " ")


def _is_3d_kept(codes: str, subject: str) -> bool:
    if subject.startswith(("flag", "keycap")) or subject.count("skin") > 1:
        return False
    return names.is_kept("fluent-3d", codes, subject, 1.0)


def _shrink_webp(data: bytes) -> bytes:
    small = Image.open(io.BytesIO(data)).convert("RGBA").resize((SIZE_PX, SIZE_PX), Image.Resampling.LANCZOS)
    buffer = io.BytesIO()
    small.save(buffer, "WEBP", quality=88)
    return buffer.getvalue()


def _letters_only(text: str) -> str:
    return " ".join(re.sub("[^a-z ]", " ", text.lower()).split())


# Render -------------------------------------------------------------------------------------------


def render_all(data_dir: Path, workers: int) -> None:
    """Draws the index: rgba.npy, uint8 (pictures, 128, 128, 4), straight alpha; and records.jsonl."""
    with lzma.open(data_dir / INDEX_NAME, "rt", encoding="utf-8") as file:
        drawings = [json.loads(line) for line in file]
    shape = (len(drawings), SIZE_PX, SIZE_PX, 4)
    pictures = np.empty(shape, np.uint8)
    records: list[Record] = []
    with multiprocessing.Pool(workers) as pool:
        for drawing, picture in zip(drawings, pool.imap(render_one, drawings, 64), strict=True):
            if picture is None:
                continue
            pictures[len(records)] = picture
            fields = {key: value for key, value in drawing.items() if key not in ("svg", "webp")}
            records.append(replace(Record(**fields), row=len(records)))
    np.save(data_dir / PICTURES_NAME, pictures[: len(records)])
    with (data_dir / RECORDS_NAME).open("w", encoding="utf-8") as file:
        file.writelines(json.dumps(asdict(record)) + "\n" for record in records)
    print(f"rendered {len(records)} of {len(drawings)}")


def render_one(drawing: Drawing) -> np.ndarray | None:
    """One picture, (128, 128, 4) uint8; None when it cannot be drawn or is all but empty."""
    import resvg_py

    if drawing.get("webp"):
        image = Image.open(io.BytesIO(base64.b64decode(drawing["webp"]))).convert("RGBA")
    else:
        try:
            png = resvg_py.svg_to_bytes(svg_string=drawing["svg"], width=SIZE_PX, height=SIZE_PX)
        except ValueError:  # a drawing resvg cannot read; the count printed at the end shows how many
            return None
        image = Image.open(io.BytesIO(bytes(png))).convert("RGBA")
    if SETS[drawing["set"]].source != "dicebear":  # avatars bring their own margin
        image.thumbnail((SIZE_PX - 2 * MARGIN_PX,) * 2, Image.Resampling.LANCZOS)
    canvas = Image.new("RGBA", (SIZE_PX, SIZE_PX))
    canvas.paste(image, ((SIZE_PX - image.width) // 2, (SIZE_PX - image.height) // 2))
    picture = np.asarray(canvas)
    is_empty = picture[..., 3].mean() < 4
    return None if is_empty else picture


def read_records(data_dir: Path) -> list[Record]:
    """The rendered pictures' records; record i describes row i of rgba.npy."""
    with (data_dir / RECORDS_NAME).open(encoding="utf-8") as file:
        records = [Record(**json.loads(line)) for line in file]
    return [replace(r, styles=tuple(r.styles), tags=tuple(r.tags), details=tuple(r.details)) for r in records]


# Contact sheets -----------------------------------------------------------------------------------


def draw_sheet(data_dir: Path, sheet_path: Path, split: str, set_name: str | None) -> None:
    """A sheet to look at: a row of random pictures of each set, or, with `set_name`, all of one set."""
    records = [r for r in read_records(data_dir) if (r.set == set_name if set_name else r.split == split)]
    pictures = np.load(data_dir / PICTURES_NAME, mmap_mode="r")
    draw = random.Random(1)
    columns = 32 if set_name else 14
    rows: list[list[Record]] = []
    if set_name:
        rows = [records[start : start + columns] for start in range(0, len(records), columns)]
    else:
        for name in dict.fromkeys(record.set for record in records):
            candidates = [record for record in records if record.set == name]
            rows.append(draw.sample(candidates, min(columns, len(candidates))))
            print(f"row {len(rows)}: {name}")
    cell_px = 56 if set_name else 96
    sheet = Image.new("RGB", (columns * cell_px, len(rows) * cell_px), "white")
    for y, row in enumerate(rows):
        for x, record in enumerate(row):
            cell = Image.fromarray(pictures[record.row]).resize((cell_px, cell_px), Image.Resampling.LANCZOS)
            sheet.paste(cell, (x * cell_px, y * cell_px), cell)
    sheet.save(sheet_path, quality=85)


if __name__ == "__main__":
    main()

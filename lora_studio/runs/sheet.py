"""The sample sheet: prompts down, epochs across, the base alone in the first column, settings inside the PNG."""

from __future__ import annotations

import io
import json
import textwrap
import unicodedata
from collections.abc import Mapping, Sequence
from pathlib import Path, PureWindowsPath

from PIL import Image, ImageDraw, ImageFont
from PIL.PngImagePlugin import PngInfo

from lora_studio import storage
from lora_studio.config.resolve import read_config
from lora_studio.config.training import PLACES, TrainingConfig
from lora_studio.dataset.images import open_picture
from lora_studio.errors import StudioError
from lora_studio.runs.folder import RunFolder

GAP_PX = 8
HEADER_PX = 34
PAPER, INK, FAINT = (255, 255, 255), (25, 28, 34), (91, 99, 112)
LARGEST_TILE_PX = 384
SMALLEST_TILE_PX = 128
PROMPT_COLUMN_PX = 190
LARGEST_WIDTH_PX = 16_000  # 200 epochs at full size would need gigabytes, and no viewer opens them
PROMPT_LETTERS = 30
LETTER_PX, LINE_PX = 7, 18  # of the words under a pair
_SYSTEM_FONTS = (
    "NotoSansCJK-Regular.ttc",
    "YuGothM.ttc",
    "msgothic.ttc",
    "Hiragino Sans GB.ttc",
    "DejaVuSans.ttf",
    "Arial Unicode.ttf",
)


def write_sheet(run: RunFolder, target: Path | None = None) -> Path:
    """Draws every sample of the run on one labelled picture.

    Args:
        run: The run.
        target: Where to; None writes the run's own `sheet.png`.

    Raises:
        StudioError: `no_samples` when none was drawn yet; as `open_picture` for one that is damaged.
    """
    columns = _columns(run)
    config = read_config(run.config_path)
    image = _draw(config, columns)
    facts = {
        "lora_studio": _without_places(config).model_dump_json(),
        "lora_studio.epochs": json.dumps([epoch for epoch, _ in columns]),
    }
    path = target or run.sheet_path
    storage.make_dir(path.absolute().parent)
    storage.write_file(path, picture_bytes(image, facts))
    return path


def draw_sheet(run: RunFolder, prompts: tuple[str, ...]) -> Image.Image:
    """The same sheet as pixels alone, RGB, with these prompts in place of the run's. Raises as `write_sheet`."""
    config = read_config(run.config_path)
    preview = config.preview.model_copy(update={"prompts": prompts})
    return _draw(config.model_copy(update={"preview": preview}), _columns(run))


def _columns(run: RunFolder) -> list[tuple[int, list[Path]]]:
    columns = [(epoch, run.sample_paths(epoch)) for epoch in run.sampled_epochs()]
    columns = [(epoch, paths) for epoch, paths in columns if paths]
    if not columns:
        raise StudioError(
            "no_samples", "This run has no samples yet.", "The first ones are drawn before training begins.",
            "Let the run go on, or switch “Draw samples” on for the next one.",
        )  # fmt: skip
    return columns


def write_pair(target: Path, pictures: Sequence[tuple[str, Path]], words: str, facts: Mapping[str, str]) -> Path:
    """Draws pictures of one prompt side by side, each under its label, with `words` below them.

    Args:
        target: The PNG to write; its folder is made.
        pictures: Label and file of each, from the left; each is drawn at its own size.
        words: What was drawn, in a sentence or two.
        facts: Texts to keep inside the PNG.

    Raises:
        StudioError: as `open_picture` for one of them; disk errors.
    """
    tiles = [open_picture(path) for _, path in pictures]
    font = _font(12, " ".join([words, *(label for label, _ in pictures)]))
    width = sum(tile.width + GAP_PX for tile in tiles) + GAP_PX
    lines = textwrap.wrap(words, max(20, width // LETTER_PX))
    tiles_end = HEADER_PX + max(tile.height for tile in tiles)
    sheet = Image.new("RGB", (width, tiles_end + 2 * GAP_PX + LINE_PX * len(lines)), PAPER)
    pen = ImageDraw.Draw(sheet)
    left = GAP_PX
    for (label, _), tile in zip(pictures, tiles, strict=True):
        pen.text((left, GAP_PX), label, fill=INK, font=font)
        sheet.paste(tile, (left, HEADER_PX))
        left += tile.width + GAP_PX
    pen.multiline_text((GAP_PX, tiles_end + GAP_PX), "\n".join(lines), fill=FAINT, font=font, spacing=4)
    storage.make_dir(target.absolute().parent)
    storage.write_file(target, picture_bytes(sheet, facts))
    return target


def _without_places(config: TrainingConfig) -> TrainingConfig:
    """The settings with no more than the names of this computer's files and folders: sheets are shared."""
    for section, _, name in (place.partition(".") for place in PLACES):
        whole = getattr(config, section)
        if named := getattr(whole, name):
            short = whole.model_copy(update={name: PureWindowsPath(named).name})  # reads the marks of every system
            config = config.model_copy(update={section: short})
    return config


def picture_bytes(image: Image.Image, texts: Mapping[str, str]) -> bytes:
    """A PNG with texts inside, in UTF-8."""
    info = PngInfo()
    for key, text in texts.items():
        info.add_itxt(key, text)
    buffer = io.BytesIO()
    image.save(buffer, "PNG", pnginfo=info)
    return buffer.getvalue()


def _draw(config: TrainingConfig, columns: list[tuple[int, list[Path]]]) -> Image.Image:
    rows = max(len(paths) for _, paths in columns)
    tile_px = min(LARGEST_TILE_PX, max(SMALLEST_TILE_PX, max(open_picture(columns[0][1][0]).size)))
    tile_px = min(tile_px, (LARGEST_WIDTH_PX - PROMPT_COLUMN_PX) // len(columns) - GAP_PX)
    width = PROMPT_COLUMN_PX + len(columns) * (tile_px + GAP_PX) + GAP_PX
    height = HEADER_PX * 2 + rows * (tile_px + GAP_PX) + GAP_PX
    sheet = Image.new("RGB", (width, height), PAPER)
    pen = ImageDraw.Draw(sheet)
    words = " ".join([config.name, *config.preview.prompts])
    title, body = _font(16, words), _font(12, words)
    pen.text((GAP_PX, 8), _shortened(config.name, pen, title), fill=INK, font=title)
    facts = (
        f"{config.kind}, base {Path(config.base.source).name}, rank {config.adapter.rank}, seed {config.preview.seed}"
    )
    pen.text((PROMPT_COLUMN_PX, 11), facts, fill=FAINT, font=body)
    for column, (epoch, paths) in enumerate(columns):
        left = PROMPT_COLUMN_PX + column * (tile_px + GAP_PX)
        pen.text((left, HEADER_PX + 8), f"epoch {epoch}" if epoch else "base alone", fill=INK, font=body)
        for row, path in enumerate(paths):
            tile = open_picture(path)
            tile.thumbnail((tile_px, tile_px), Image.Resampling.LANCZOS)
            sheet.paste(tile, (left, HEADER_PX * 2 + row * (tile_px + GAP_PX)))
    for row, prompt in enumerate(config.preview.prompts[:rows]):
        is_wide = any(unicodedata.east_asian_width(letter) in "WF" for letter in prompt)
        lines = textwrap.wrap(prompt, width=PROMPT_LETTERS // 2 if is_wide else PROMPT_LETTERS) or [""]
        shown = [*lines[:6], *(["…"] if len(lines) > 6 else [])]
        top = HEADER_PX * 2 + row * (tile_px + GAP_PX)
        pen.multiline_text((GAP_PX, top), "\n".join(shown), fill=FAINT, font=body, spacing=4)
    return sheet


def _shortened(name: str, pen: ImageDraw.ImageDraw, font: ImageFont.FreeTypeFont | ImageFont.ImageFont) -> str:
    """The name, or its beginning, in the width of the first column."""
    room_px = PROMPT_COLUMN_PX - 2 * GAP_PX
    if pen.textlength(name, font=font) <= room_px:
        return name
    kept = max(length for length in range(len(name)) if pen.textlength(name[:length] + "…", font=font) <= room_px)
    return name[:kept] + "…"


def _font(size_px: int, words: str) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    """Pillow's own font for Latin text; for other scripts a font of the system, where one is found."""
    if not all(ord(mark) < 0x250 or mark in "…“”’–" for mark in words):
        for name in _SYSTEM_FONTS:
            try:
                return ImageFont.truetype(name, size_px)
            except OSError:
                continue
    return ImageFont.load_default(size_px)

"""The sharing kit: one folder or .zip with the adapter, its cover, its samples, and a card that suits the hub.

Every fact comes from the adapter file and the run. Captions, and names of folders, people and computers, never go in.
"""

from __future__ import annotations

import json
import re
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path, PureWindowsPath

from PIL import Image

from lora_studio import paths, storage
from lora_studio.config.resolve import read_config
from lora_studio.config.training import TrainingConfig
from lora_studio.dataset.images import open_picture
from lora_studio.errors import StudioError
from lora_studio.runs.card import CardFacts, CardSample, civitai_text, model_card, one_line
from lora_studio.runs.exports import export_epoch
from lora_studio.runs.folder import RunFolder
from lora_studio.runs.pictures import RunPictures
from lora_studio.runs.sheet import draw_sheet, picture_bytes
from lora_studio.weights.header import read_header
from lora_studio.weights.inspect import GuessedFamily, inspect_adapter
from lora_studio.weights.metadata import without_folders

README, CIVITAI, COVER, SHEET = "README.md", "civitai.txt", "cover.png", "sheet.png"
ZIP = ".zip"
CAPTION_WORDS = 4  # a caption of so many words is found within a longer prompt too
_EARLIEST = (1980, 1, 1, 0, 0, 0)  # a .zip knows nothing before it, and when a kit was made is nobody's business
_CHUNK_BYTES = 1 << 20
# Files of bases that whole worlds train on, by the name they came under; the hub's pages of SD 2.x moved too often.
_KNOWN_BASES: dict[str, tuple[GuessedFamily, str]] = {
    "v1-5-pruned-emaonly": ("sd1", "stable-diffusion-v1-5/stable-diffusion-v1-5"),
    "v1-5-pruned": ("sd1", "stable-diffusion-v1-5/stable-diffusion-v1-5"),
    "sd-v1-4": ("sd1", "CompVis/stable-diffusion-v1-4"),
    "sd_xl_base_1.0": ("sdxl", "stabilityai/stable-diffusion-xl-base-1.0"),
}
_HUB_FOLDER = re.compile(r"([\w.-]+?)--([\w.-]+)")
_STRENGTH = re.compile(r"Strength (\d+(?:\.\d+)?)")
_SETTINGS = {
    "Rank": "ss_network_dim",
    "Alpha": "ss_network_alpha",
    "Steps": "ss_steps",
    "Resolution": "modelspec.resolution",
    "Batch size": "ss_total_batch_size",
    "Learning rate": "ss_unet_lr",
    "Rate of the text encoder": "ss_text_encoder_lr",
    "Optimiser": "ss_optimizer",
    "Schedule": "ss_lr_scheduler",
    "Seed": "ss_seed",
    "Clip skip": "ss_clip_skip",
}


@dataclass(frozen=True, slots=True)
class KitFile:
    """One file of a kit; folders in its name are parted by forward slashes."""

    name: str
    size_bytes: int


@dataclass(frozen=True, slots=True)
class Kit:
    """A kit on disk: a folder, or one .zip file, and what is in it."""

    path: Path
    files: tuple[KitFile, ...]

    @property
    def is_zip(self) -> bool:
        return self.path.suffix == ZIP

    @property
    def size_bytes(self) -> int:
        return sum(file.size_bytes for file in self.files)


def free_kit_path(adapter_path: Path, is_zip: bool = False) -> Path:
    """Where the kit of an adapter comes to lie, beside it: `ink-kit`, or the next number that is free."""
    stem, suffix = f"{adapter_path.stem}-kit", ZIP if is_zip else ""
    path = adapter_path.with_name(stem + suffix)
    number = 2
    while path.exists():
        path, number = adapter_path.with_name(f"{stem}-{number}{suffix}"), number + 1
    return path


def make_run_kit(
    run: RunFolder,
    target: Path | None = None,
    *,
    epoch: int | None = None,
    cover: Path | None = None,
    strength: float | None = None,
) -> Kit:
    """Exports an epoch of a run and makes its kit.

    Args:
        run: The run.
        target: Where to; None puts it into the run's `exports/`.
        epoch: Which epoch; None takes the last one.
        cover: A picture; None takes the first sample.
        strength: Suggested on the card; the weights are as they are.

    Raises:
        StudioError: as `export_epoch` and `make_kit`.
    """
    parent = storage.make_dir(target.parent if target else run.exports_dir)
    staging = storage.new_temp_dir(parent, "kit")
    try:
        name = read_config(run.config_path).name
        suffix = "" if epoch is None or epoch == max(run.epochs(), default=None) else f"-epoch{epoch:02d}"
        adapter = export_epoch(run, epoch, staging / f"{name}{suffix}.safetensors").path
        final = target or free_kit_path(parent / adapter.name)
        return make_kit(run, adapter, final, cover=cover, strength=strength)
    finally:
        with suppress(StudioError):  # the first problem is the one to tell
            storage.remove_tree(staging)


def make_kit(
    run: RunFolder | None,
    adapter_path: Path,
    target: Path,
    *,
    cover: Path | None = None,
    strength: float | None = None,
) -> Kit:
    """Makes a kit, whole or not at all; nothing that is there is replaced.

    Args:
        run: Where the adapter comes from; its samples of the adapter's epoch go in. None for a file alone.
        adapter_path: The exported file; it is copied byte for byte.
        target: The folder to make, or the file when it ends in .zip. Missing parents are made too.
        cover: A picture; None takes the first sample.
        strength: What the card suggests; None takes what the file suggests.

    Raises:
        StudioError: `kit_exists`, `kit_names_places`; as `inspect_adapter`, `open_picture` and `draw_sheet`; disk
            errors.
    """
    if target.exists():
        raise StudioError(
            "kit_exists", f"{target.name} is already there.", f"{target} was not touched.",
            "Choose another name, for example with --out.",
        )  # fmt: skip
    content = _content(run, adapter_path, cover, strength)
    storage.make_dir(target.absolute().parent)
    files = tuple(KitFile(name, _size(data)) for name, data in content.items())
    kit = Kit(target, files)
    storage.check_room(target, kit.size_bytes)
    temp = storage.new_temp_dir(target.absolute().parent, "kit")
    try:
        if kit.is_zip:
            packed = temp / target.name
            _write_zip(packed, target.stem, content)
            if not storage.publish_file(packed, target):
                raise StudioError("kit_exists", f"{target.name} is already there.", f"{target} was not touched.")
        else:
            for name, data in content.items():
                storage.make_dir((temp / name).parent)
                storage.write_file(temp / name, data if isinstance(data, bytes) else _chunks(data))
            storage.publish_dir(temp, target)
    finally:
        with suppress(StudioError):  # the first problem is the one to tell
            storage.remove_tree(temp)
    return kit


def _content(
    run: RunFolder | None, adapter_path: Path, cover: Path | None, strength: float | None
) -> dict[str, bytes | Path]:
    """The files of the kit by name: their bytes, or where they are copied from."""
    report = inspect_adapter(adapter_path, reads_numbers=False)
    metadata = read_header(adapter_path).metadata
    _refuse_places(adapter_path, metadata)
    config = read_config(run.config_path) if run is not None else TrainingConfig()
    prompts = _told_prompts(run, config) if run is not None else ()
    pictures, samples = _samples(run, metadata.get("ss_epoch", ""), config, prompts) if run is not None else ({}, ())
    cover_bytes = _bare_png(open_picture(cover)) if cover else next(iter(pictures.values()), b"")
    sheet_bytes = _bare_png(draw_sheet(run, prompts)) if run is not None and pictures else b""
    file_name = one_line(adapter_path.name)
    base_name = PureWindowsPath(metadata.get("ss_sd_model_name", "")).name
    is_practice = report.family == "practice"
    facts = CardFacts(
        file_name=file_name,
        title=report.title,
        family=report.family,
        trigger=", ".join(report.trigger_words),
        author=metadata.get("modelspec.author", ""),
        licence=metadata.get("modelspec.license", ""),
        notes=metadata.get("modelspec.description", ""),
        strength=_suggested(metadata) if strength is None else strength,
        base_name="Practice base" if is_practice else base_name,
        base_id="" if is_practice else known_base_id(config.base.source if run else base_name, report.family),
        programs=frozenset(name for name, program in report.programs.items() if program.verdict == "loads"),
        settings=_settings(metadata),
        samples=samples,
        negative_prompt=config.preview.negative_prompt,
        cover=COVER if cover_bytes else "",
        sheet=SHEET if sheet_bytes else "",
    )
    content: dict[str, bytes | Path] = {
        README: model_card(facts).encode(),
        CIVITAI: civitai_text(facts).encode(),
        file_name: adapter_path,
    }
    content |= {name: data for name, data in ((COVER, cover_bytes), (SHEET, sheet_bytes)) if data}
    return content | pictures


def _samples(
    run: RunFolder, epoch: str, config: TrainingConfig, prompts: tuple[str, ...]
) -> tuple[dict[str, bytes], tuple[CardSample, ...]]:
    """The samples of the epoch by name in the kit, and what the card tells of them."""
    pictures, samples = {}, []
    for index, prompt in enumerate(prompts):
        path = run.sample_path(int(epoch), index + 1) if epoch.isdecimal() else None
        if path is not None and path.exists():
            name = f"images/sample-{index + 1}.png"
            pictures[name] = _bare_png(open_picture(path))
            samples.append(CardSample(prompt, config.preview.seed + index, name))
    return pictures, tuple(samples)


def _told_prompts(run: RunFolder, config: TrainingConfig) -> tuple[str, ...]:
    """The sample prompts in order, empty where one is a caption of a picture: the app itself proposes such prompts."""
    with storage.read_errors(run.images_path):
        listed = RunPictures.model_validate_json(run.images_path.read_bytes())
    trigger = _words(config.dataset.trigger)
    captions = {_words(picture.caption) for picture in (*listed.training, *listed.held_back, *listed.gone)}
    captions |= {caption.replace(trigger, " ", 1).strip() for caption in captions if trigger}
    long = [caption for caption in captions if caption.count(" ") >= CAPTION_WORDS - 1]
    return tuple(
        "" if _words(prompt) in captions or any(caption in _words(prompt) for caption in long) else prompt
        for prompt in config.preview.prompts
    )


def _words(text: str) -> str:
    """A text by its words alone, so that commas and capitals do not hide that two are the same."""
    return " ".join(re.findall(r"\w+", text.casefold()))


def _bare_png(picture: Image.Image) -> bytes:
    """The pixels and nothing else: no texts, no profile, no notes of a camera."""
    bare = Image.new("RGB", picture.size)
    bare.paste(picture)
    return picture_bytes(bare, {})


def _refuse_places(path: Path, metadata: Mapping[str, str]) -> None:
    """Raise `StudioError` (`kit_names_places`) where the file tells of folders: it is shared as it is."""
    cut = without_folders(metadata)
    told = [key for key in metadata if cut[key] != metadata[key]]
    if told:
        raise StudioError(
            "kit_names_places", f"{path.name} names folders of a computer.",
            f"They stand in {', '.join(told[:4])} and may tell a person's name. Nothing was made.",
            "Write a copy without them: lora-studio edit FILE --out COPY.safetensors",
        )  # fmt: skip


def known_base_id(source: str, family: GuessedFamily) -> str:
    """The base's id on the hub, where its place or its well-known name makes that certain; else nothing."""
    place = PureWindowsPath(source)
    for folder in place.parts:
        cached = _HUB_FOLDER.fullmatch(folder.removeprefix("models--"))
        if cached and (folder.startswith("models--") or _is_of_models_dir(source, folder)):
            return f"{cached[1]}/{cached[2]}"
    known = _KNOWN_BASES.get(place.name.removesuffix(".safetensors").lower())
    return known[1] if known and known[0] == family else ""


def _is_of_models_dir(source: str, folder: str) -> bool:
    return (paths.models_dir() / folder) in (Path(source), *Path(source).parents)


def _settings(metadata: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    rows = {title: _number(metadata[key]) for title, key in _SETTINGS.items() if metadata.get(key)}
    if metadata.get("ss_epoch"):
        rows["Epoch"] = " of ".join(metadata[key] for key in ("ss_epoch", "ss_num_epochs") if metadata.get(key))
    pictures = _picture_count(metadata.get("ss_dataset_dirs", ""))
    if pictures:
        rows["Pictures"] = str(pictures)
    return tuple(rows.items())


def _picture_count(folders: str) -> int:
    """How many pictures were trained on, of all folders; 0 where the file does not tell."""
    try:
        return sum(int(folder["img_count"]) for folder in json.loads(folders).values())
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):  # any trainer's file comes here
        return 0


def _number(text: str) -> str:
    return text.removesuffix(".0")


def _suggested(metadata: Mapping[str, str]) -> float | None:
    found = _STRENGTH.fullmatch(metadata.get("modelspec.usage_hint", ""))
    return float(found[1]) if found else None


def _size(data: bytes | Path) -> int:
    if isinstance(data, bytes):
        return len(data)
    with storage.read_errors(data):
        return data.stat().st_size


def _chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK_BYTES):
            yield chunk


def _write_zip(path: Path, folder: str, content: Mapping[str, bytes | Path]) -> None:
    """Nothing is packed tighter: weights and pictures would not get smaller."""
    with storage.disk_errors(path), zipfile.ZipFile(path, "x") as archive:
        for name, data in content.items():
            entry = zipfile.ZipInfo(f"{folder}/{name}", _EARLIEST)
            entry.create_system = 3  # the same bytes on every system
            entry.external_attr = 0o100644 << 16
            entry.file_size = _size(data)
            with archive.open(entry, "w") as out:
                for chunk in (data,) if isinstance(data, bytes) else _chunks(data):
                    out.write(chunk)

"""Base models on disk: what a source names, which family it is, and whether it can be trained.

Reads only configs and the headers of weights. A model is a folder in the diffusers layout, or one .safetensors file.
"""

from __future__ import annotations

import functools
import logging
import math
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel as FileModel
from pydantic import ConfigDict, ValidationError

from lora_studio import embedded, paths, storage
from lora_studio.config.training import FamilyId
from lora_studio.embedded.clip_vocabulary import clip_vocabulary
from lora_studio.errors import StudioError
from lora_studio.hardware.budget import BaseShape
from lora_studio.weights import header
from lora_studio.weights.base_layers import BaseLayers, layers_in_file, layers_in_folder
from lora_studio.weights.checkpoint import (
    PARTS,
    REFINER_VECTOR,
    Checkpoint,
    Part,
    PartSize,
    Prediction,
    inspect_checkpoint,
)

log = logging.getLogger(__name__)

PRACTICE = "practice"
LARGEST_VOCABULARY_BYTES = 32 * storage.MIB
_TEXT_WIDTHS: dict[int, FamilyId] = {256: "practice", 768: "sd1", 1024: "sd2", 2048: "sdxl"}
OLD_SUFFIXES = {".ckpt", ".pt", ".pth", ".bin"}
OLD_FORMAT = "It is in an old format that can carry programs, so it was not opened."
_WHAT_WORKS = (
    "Choose a Stable Diffusion 1.x, 2.x or XL model, a .safetensors file or a folder in the diffusers layout, or the "
    "word practice."
)


@dataclass(frozen=True, slots=True)
class BaseModel:
    """A base that can be trained, and what was read of it.

    Attributes:
        source: What `find_base` found it by.
        folder: Its settings in the diffusers layout; without a `checkpoint` its weights and vocabulary too.
        zero_terminal_snr: Whether its noisiest step is noise alone.
        checkpoint: The one file that holds its weights. The settings are then ours, from `embedded`.
    """

    source: str
    folder: Path
    name: str
    family: FamilyId
    prediction: Prediction
    zero_terminal_snr: bool = False
    checkpoint: Path | None = None


def find_base(source: str) -> BaseModel:
    """The base that `source` names: the word practice, a model in one .safetensors file, or a diffusers folder.

    Raises:
        StudioError: `base_missing`, `base_not_supported` (says what it is), `model_damaged`, or as `read_header`.
    """
    if source == PRACTICE:
        return BaseModel(PRACTICE, embedded.practice_base_dir(), "practice-base", "practice", "epsilon")
    path = Path(source).expanduser().absolute()
    try:
        is_there, is_file = path.exists(), path.is_file()
        has_index = not is_file and (path / "model_index.json").is_file()
    except OSError as error:
        raise StudioError(
            "file_unreadable", f"{path.name} cannot be opened.", f"The system says: {error.strerror}.",
            "Check that you may read it and the folder that it lies in.",
        ) from error  # fmt: skip
    if not is_there:
        raise StudioError(
            "base_missing", f"There is no base model at {source}.",
            "The drive may be unplugged or the model moved; names of models on the web are not looked up.",
            "Give a .safetensors file or the folder of a Stable Diffusion model, or the word practice.",
        )  # fmt: skip
    if is_file:
        return _base_in_file(path)
    if not has_index:
        raise _not_supported(path, "It has no model_index.json, so it is not a model in the diffusers layout.")
    return _base_in_folder(path)


def _base_in_file(path: Path) -> BaseModel:
    if path.suffix.lower() in OLD_SUFFIXES:
        raise _not_supported(
            path, OLD_FORMAT,
            "Base models in the window writes it as .safetensors, without running anything in it; so does "
            "lora-studio convert-ckpt.",
        )  # fmt: skip
    found = _inspected(path)
    if found.refusal or found.family is None:
        raise _not_supported(path, found.refusal)
    settings = embedded.base_settings_dir(found.family)
    return BaseModel(str(path), settings, path.stem, found.family, found.prediction, found.zero_terminal_snr, path)


def _inspected(path: Path) -> Checkpoint:
    """What a file is; looked at again only when it changed, or the settings beside it."""
    states = [file.stat() if file.exists() else None for file in (path, path.with_suffix(".yaml"))]
    return _inspect(path, tuple(state and (state.st_size, state.st_mtime_ns) for state in states))


@functools.lru_cache(maxsize=256)
def _inspect(path: Path, states: tuple[object, ...]) -> Checkpoint:
    return inspect_checkpoint(path)


def _base_in_folder(folder: Path) -> BaseModel:
    index = _config(folder, "model_index.json")
    if "unet" not in index:
        raise _not_supported(folder, f"It is a model for {index.get('_class_name', 'another program')}.")
    family = _family_of(folder, _config(folder, "unet/config.json"))
    scheduler = _config(folder, "scheduler/scheduler_config.json")
    has_zero_snr = bool(scheduler.get("rescale_betas_zero_snr"))
    return BaseModel(str(folder), folder, folder.name, family, _prediction_of(folder, scheduler), has_zero_snr)


def _family_of(folder: Path, unet: dict[str, Any]) -> FamilyId:
    channels = unet.get("in_channels", 4)
    if channels != 4:
        raise _not_supported(folder, f"Its picture part takes {channels} channels, as inpainting models do.")
    takes_sizes = unet.get("addition_embed_type") == "text_time"
    if unet.get("projection_class_embeddings_input_dim") == REFINER_VECTOR:
        raise _not_supported(folder, "It is an SDXL refiner, which only finishes pictures of another model.")
    width = unet.get("cross_attention_dim")
    family = _TEXT_WIDTHS.get(width) if isinstance(width, int) else None
    if family is None or (family == "sdxl") != takes_sizes:
        raise _not_supported(folder, f"Its text is {width} numbers wide; SD 1.x has 768, SD 2.x 1024 and SDXL 2048.")
    return family


def _prediction_of(folder: Path, scheduler: dict[str, Any]) -> Prediction:
    if str(scheduler.get("_class_name")).startswith("EDM"):
        raise _not_supported(folder, "It was trained with other noise levels (EDM), which the app cannot train with.")
    name = scheduler.get("prediction_type", "epsilon")
    if name not in ("epsilon", "v_prediction"):
        raise _not_supported(folder, f"It predicts '{name}', which no Stable Diffusion model does.")
    return "v_prediction" if name == "v_prediction" else "epsilon"


def _config(folder: Path, name: str) -> dict[str, Any]:
    try:
        config = storage.read_json(folder / name)
    except StudioError as error:
        raise StudioError(
            "model_damaged", f"The base model in {folder} is not whole.", f"{name}: {error.title}",
            "Download it again, or choose another base model.",
        ) from error  # fmt: skip
    if not isinstance(config, dict):
        raise StudioError(
            "model_damaged", f"The base model in {folder} is not whole.", f"{name} holds no settings.",
            "Download it again, or choose another base model.",
        )  # fmt: skip
    return config


def _not_supported(path: Path, why: str, hint: str = _WHAT_WORKS) -> StudioError:
    return StudioError("base_not_supported", f"{path.name} is not a model the app can train.", why, hint)


# ── Words ──────────────────────────────────────────────────────────────────────────────────────────────────


def read_vocabulary(base: BaseModel) -> dict[str, int]:
    """Number of every token of a base's tokenizer; empty if it has none that can be read."""
    if base.checkpoint is not None:
        return clip_vocabulary().numbers
    try:
        value = storage.read_json(base.folder / "tokenizer" / "vocab.json", LARGEST_VOCABULARY_BYTES)
    except StudioError:
        return {}
    return (
        {token: number for token, number in value.items() if isinstance(number, int)} if isinstance(value, dict) else {}
    )


# ── Sizes ──────────────────────────────────────────────────────────────────────────────────────────────────


def shape_of(base: BaseModel) -> BaseShape:
    """How large the parts of a base are, from its configs and the headers of its weights; no weight is read.

    Raises:
        StudioError: A header or config is damaged.
    """
    sizes = _part_sizes(base)
    encoders = [part for part in sizes if part.startswith("text_encoder")]
    return BaseShape(
        unet=_config(base.folder, "unet/config.json"),
        texts=tuple(
            _config(base.folder, f"{part}/config.json")
            for part in encoders
            if (base.folder / part / "config.json").is_file()
        ),
        unet_parameters=sizes["unet"].parameters,
        unet_linear_parameters=sizes["unet"].linear_parameters,
        text_parameters=sum(sizes[part].parameters for part in encoders),
        text_linear_parameters=sum(sizes[part].linear_parameters for part in encoders),
        vae_parameters=sizes["vae"].parameters,
    )


def _part_sizes(base: BaseModel) -> Mapping[Part, PartSize]:
    if base.checkpoint is not None:
        return _inspected(base.checkpoint).parts
    parts = PARTS["sd1" if base.family == "practice" else base.family]
    return {part: _size_in_folder(base.folder / part) for part in parts}


def read_layers(base: BaseModel) -> BaseLayers:
    """Where the weights of the layers lie that an adapter can change; only headers are read.

    Raises:
        StudioError: as `read_header`.
    """
    if base.checkpoint is not None:
        head = header.read_header(base.checkpoint)
        layers = layers_in_file(base.checkpoint, head, base.family)
        return BaseLayers(base.checkpoint.name, base.family, base.prediction, layers, head.metadata)
    return BaseLayers(base.name, base.family, base.prediction, layers_in_folder(adaptable_files(base), base.family))


def adaptable_files(base: BaseModel) -> dict[str, list[Path]]:
    """Of a base in a folder, the files of each part that an adapter can change; none for a part that is not there."""
    return {part: weight_files(base.folder / part) for part in ("unet", "text_encoder", "text_encoder_2")}


def weight_files(part: Path) -> list[Path]:
    """The safetensors files of one part of a diffusers model that are loaded: the plain ones, else those of a variant.

    `model.fp16.safetensors` is the variant fp16, alone or beside `model.safetensors`.
    """
    variant = weight_variant(part)
    return [path for path in sorted(part.glob("*.safetensors")) if _variant(path) == variant]


def weight_variant(part: Path) -> str | None:
    """The variant to load a part of a diffusers model in; None for the plain files, and where there are none."""
    variants = {_variant(path) for path in part.glob("*.safetensors")}
    named = sorted(variant for variant in variants if variant)
    return None if None in variants or not named else "fp16" if "fp16" in named else named[0]


def _variant(path: Path) -> str | None:
    # model.safetensors, model-00001-of-00002.safetensors, model.fp16.safetensors, model.fp16-00001-of-00002.safetensors
    _, *between, _ = path.name.split(".")
    return between[-1].partition("-")[0] if between else None


def _size_in_folder(part: Path) -> PartSize:
    """Numbers in a part, and those of its linear layers that `adapters.quantize` squeezes."""
    total = linear = 0
    for path in weight_files(part):
        for name, tensor in header.read_header(path).tensors.items():
            size = math.prod(tensor.shape)
            total += size
            if len(tensor.shape) == 2 and not any(kept in name for kept in ("embedding", "time_emb_proj")):
                linear += size
    return PartSize(total, linear)


# ── Finding ────────────────────────────────────────────────────────────────────────────────────────────────

SMALLEST_FILE_BYTES = 1 << 30  # the smallest SD 1.x in half precision has 1.6 GB; adapters and upscalers are far below
MOST_DEPTH = 6  # below a root; the Hugging Face cache needs models--x/snapshots/y
MOST_ENTRIES = 200_000
PROGRESS_EVERY_ENTRIES = 200
NO_WEIGHTS = "Its weights are not there as .safetensors files."
_SINGLE_SUFFIXES = (".safetensors", ".ckpt")

# Where each program keeps its models, below a person's home, documents or data folder.
_USUAL: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("ComfyUI", ("ComfyUI/models/checkpoints", "ComfyUI/models/diffusers",
                 "ComfyUI_windows_portable/ComfyUI/models/checkpoints",
                 "ComfyUI_windows_portable/ComfyUI/models/diffusers")),
    ("A1111", ("stable-diffusion-webui/models/Stable-diffusion", "sd.webui/webui/models/Stable-diffusion")),
    ("Forge", ("stable-diffusion-webui-forge/models/Stable-diffusion", "forge/webui/models/Stable-diffusion")),
    ("InvokeAI", ("invokeai/models", "InvokeAI/models")),
    ("StabilityMatrix", ("StabilityMatrix/Models/StableDiffusion", "StabilityMatrix/Data/Models/StableDiffusion")),
)  # fmt: skip


class FoundBase(FileModel):
    """A base model somewhere on this computer, or what looks like one.

    `source` is what `find_base` takes. `where` names the program or folder it was found with. `reason` says in one
    sentence why it cannot be trained, and is empty when it can; `is_damaged` tells that it is not whole.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    source: str
    name: str
    where: str
    size_bytes: int
    family: FamilyId | None = None
    usable: bool = False
    reason: str = ""
    is_damaged: bool = False


class _FoundFile(FileModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    version: Literal[2] = 2  # 1 knew no models in one file
    bases: tuple[FoundBase, ...] = ()


def usual_roots(own: Sequence[Path] = ()) -> list[tuple[str, Path]]:
    """Folders that exist and may hold base models, with the name of the program they belong to; the person's own last.

    Each is given once, whatever links lead to it.
    """
    home = Path.home()
    data = [os.environ.get(name) for name in ("APPDATA", "LOCALAPPDATA", "XDG_DATA_HOME")]
    parents = [home, home / "Documents", home / "AI", home / ".local/share", *(Path(text) for text in data if text)]
    listed = [("LoRA Studio", paths.models_dir())]
    listed += [(program, parent / name) for program, names in _USUAL for name in names for parent in parents]
    if root := os.environ.get("INVOKEAI_ROOT"):
        listed.append(("InvokeAI", Path(root) / "models"))
    hub = os.environ.get("HF_HUB_CACHE")
    hugging_face = os.environ.get("HF_HOME")
    cache = Path(hub) if hub else (Path(hugging_face) if hugging_face else home / ".cache/huggingface") / "hub"
    listed.append(("Hugging Face", cache))
    listed += [(folder.name or str(folder), folder) for folder in own]
    found: dict[Path, tuple[str, Path]] = {}
    for program, folder in listed:
        if folder.is_dir():
            found.setdefault(folder.resolve(), (program, folder))
    return list(found.values())


def search_bases(
    roots: Sequence[tuple[str, Path]],
    progress: Callable[[int, str], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> list[FoundBase]:
    """Looks for base models below these folders; nothing there is changed. The Practice base comes first.

    A link to a folder is followed once, at most six folders deep and 200,000 entries in all. For any thread;
    called off, it returns what was found so far. The result is kept for `known_bases` unless it was called off.

    Args:
        roots: From `usual_roots`.
        progress: Called in the caller's thread with entries looked at, and the root that is being looked through.
    """
    found = [_practice()]
    seen: set[tuple[int, int]] = set()
    count = 0
    for where, root in roots:
        for entry in _walk(root, seen):
            if cancelled and cancelled():
                return found
            count += 1
            if progress and count % PROGRESS_EVERY_ENTRIES == 0:
                progress(count, where)
            if isinstance(entry, Path):
                found.append(_folder_found(entry, where))
            elif entry is not None:
                found.append(entry.model_copy(update={"where": where}))
            if count > MOST_ENTRIES:
                log.warning("stopped looking for base models in %s after %d entries", root, count)
                break
    _keep(found)
    return found


def known_bases() -> list[FoundBase]:
    """What the last whole search found, at once; only the Practice base before the first one."""
    try:
        return list(_FoundFile.model_validate(storage.read_json(_found_path())).bases)
    except StudioError as error:
        if error.code != "file_missing":
            log.warning("%s", error)
    except ValidationError as error:  # searching makes it again
        log.warning("%s does not list base models: %s", _found_path(), error)
    return [_practice()]


def add_known(found: FoundBase) -> None:
    """Puts a model on the list that `known_bases` gives, in place of an older note of it."""
    _keep([*(base for base in known_bases() if base.source != found.source), found])


def find_again(name: str, size_bytes: int, found: Sequence[FoundBase]) -> FoundBase | None:
    """The usable base of this name and size, wherever it lies now; for a base whose folder was moved."""
    return next((base for base in found if base.usable and (base.name, base.size_bytes) == (name, size_bytes)), None)


def describe_base(folder: Path, where: str = "") -> FoundBase:
    """One file or folder as a search would tell of it; for a model that was dropped or chosen by hand."""
    if folder.is_file():
        return _file_found(folder, folder.stat().st_size).model_copy(update={"where": where or folder.parent.name})
    return _folder_found(folder, where or folder.parent.name)


def _practice() -> FoundBase:
    base = find_base(PRACTICE)
    return FoundBase(
        source=PRACTICE, name="Practice base", where="LoRA Studio", size_bytes=_size(base.folder), family="practice",
        usable=True,
    )  # fmt: skip


def _walk(root: Path, seen: set[tuple[int, int]]) -> Iterator[Path | FoundBase | None]:
    """Diffusers folders as paths, large weight files as what they are, None for every other entry."""
    waiting = [(root, 0)]
    while waiting:
        here, depth = waiting.pop()
        try:
            info = here.stat()
            if (info.st_dev, info.st_ino) in seen:
                continue
            seen.add((info.st_dev, info.st_ino))
            with os.scandir(here) as listing:
                entries = sorted(listing, key=lambda entry: entry.name)
        except OSError as error:
            log.info("not looked into: %s", error)
            continue
        if any(entry.name == "model_index.json" for entry in entries):
            yield here
            continue
        below = []
        for entry in entries:
            if entry.name.startswith("."):
                continue
            try:
                if entry.is_dir() and depth < MOST_DEPTH:
                    below.append((here / entry.name, depth + 1))
                elif entry.name.lower().endswith(_SINGLE_SUFFIXES) and entry.stat().st_size >= SMALLEST_FILE_BYTES:
                    yield _file_found(here / entry.name, entry.stat().st_size)
                    continue
            except OSError:  # a link to nothing, or gone since the listing
                continue
            yield None
        waiting += reversed(below)


def _file_found(path: Path, size_bytes: int) -> FoundBase:
    return _judged(FoundBase(source=str(path), name=path.stem, where="", size_bytes=size_bytes))


def _folder_found(folder: Path, where: str) -> FoundBase:
    found = _judged(FoundBase(source=str(folder), name=_model_name(folder), where=where, size_bytes=_size(folder)))
    if found.usable and not weight_files(folder / "unet"):
        return found.model_copy(update={"usable": False, "reason": NO_WEIGHTS, "is_damaged": True})
    return found


def _judged(found: FoundBase) -> FoundBase:
    """With its family, or why it cannot be trained."""
    try:
        base = find_base(found.source)
    except StudioError as error:
        # The titles of these begin with the name, which stands beside the reason already.
        has_own_sentence = error.code in ("base_not_supported", "file_damaged", "file_not_safetensors")
        reason = error.detail if has_own_sentence else error.title
        return found.model_copy(
            update={"reason": reason, "is_damaged": error.code in ("file_damaged", "model_damaged")}
        )
    return found.model_copy(update={"family": base.family, "usable": True})


def _model_name(folder: Path) -> str:
    """A folder's name; in the Hugging Face cache the model's own instead of a snapshot's number."""
    if folder.parent.name == "snapshots" and folder.parent.parent.name.startswith("models--"):
        return folder.parent.parent.name.removeprefix("models--").replace("--", "/")
    return folder.name


def _size(folder: Path) -> int:
    """Bytes of the parts of a diffusers folder, where its weights lie."""
    total = 0
    for part in PARTS["sdxl"]:
        for path in (folder / part).glob("*.*"):
            try:
                total += path.stat().st_size
            except OSError:
                continue
    return total


def _found_path() -> Path:
    return paths.cache_dir() / "bases.json"


def _keep(found: Sequence[FoundBase]) -> None:
    kept = _FoundFile(bases=tuple(found))
    try:
        storage.make_dir(_found_path().parent)
        storage.write_file(_found_path(), kept.model_dump_json(indent=1).encode() + b"\n")
    except StudioError as error:  # searching again costs seconds
        log.warning("%s", error)

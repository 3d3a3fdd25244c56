"""Base models on disk: what a source names, which family it is, and whether it can be trained. Reads only configs."""

from __future__ import annotations

import logging
import math
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel as FileModel
from pydantic import ConfigDict, ValidationError

from lora_studio import embedded, paths, storage
from lora_studio.config.training import FamilyId
from lora_studio.errors import StudioError
from lora_studio.hardware.budget import BaseShape
from lora_studio.weights import header

log = logging.getLogger(__name__)

PRACTICE = "practice"
_TEXT_WIDTHS: dict[int, FamilyId] = {256: "practice", 768: "sd1", 1024: "sd2"}
_WEIGHT_FILE_SUFFIXES = {".safetensors", ".ckpt", ".pt", ".bin"}


@dataclass(frozen=True, slots=True)
class BaseModel:
    """A base that can be trained: its diffusers folder and what its configs say."""

    source: str
    folder: Path
    name: str
    family: FamilyId
    prediction: Literal["epsilon", "v_prediction"]


def find_base(source: str) -> BaseModel:
    """The base that `source` names: the word practice, or the folder of a diffusers model.

    Raises:
        StudioError: `base_missing`, `base_not_supported` (says what it is), or `model_damaged`.
    """
    if source == PRACTICE:
        return BaseModel(PRACTICE, embedded.practice_base_dir(), "practice-base", "practice", "epsilon")
    folder = Path(source).expanduser().absolute()
    if not folder.exists():
        raise StudioError(
            "base_missing", f"There is no base model at {source}.",
            "The drive may be unplugged or the folder moved; names of models on the web are not looked up.",
            "Give the folder of a Stable Diffusion model, or the word practice.",
        )  # fmt: skip
    if folder.suffix.lower() in _WEIGHT_FILE_SUFFIXES and folder.is_file():
        raise _not_supported(folder, "It is a single file. This version trains from folders in the diffusers layout.")
    if not (folder / "model_index.json").is_file():
        raise _not_supported(folder, "It has no model_index.json, so it is not a model in the diffusers layout.")
    index = _config(folder, "model_index.json")
    if "unet" not in index:
        raise _not_supported(folder, f"It is a model for {index.get('_class_name', 'another program')}.")
    unet = _config(folder, "unet/config.json")
    return BaseModel(str(folder), folder, folder.name, _family_of(folder, unet), _prediction_of(folder))


def _family_of(folder: Path, unet: dict[str, Any]) -> FamilyId:
    channels = unet.get("in_channels", 4)
    if channels != 4:
        raise _not_supported(folder, f"Its picture part takes {channels} channels, as inpainting models do.")
    if unet.get("addition_embed_type") == "text_time":
        raise _not_supported(folder, "It is an SDXL model, which this version cannot train yet.")
    width = unet.get("cross_attention_dim")
    if not isinstance(width, int) or width not in _TEXT_WIDTHS:
        raise _not_supported(folder, f"Its text is {width} numbers wide; SD 1.x has 768 and SD 2.x has 1024.")
    return _TEXT_WIDTHS[width]


def _prediction_of(folder: Path) -> Literal["epsilon", "v_prediction"]:
    name = _config(folder, "scheduler/scheduler_config.json").get("prediction_type", "epsilon")
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


def _not_supported(path: Path, why: str) -> StudioError:
    return StudioError(
        "base_not_supported",
        f"{path.name} is not a model the app can train.",
        why,
        "Choose a Stable Diffusion 1.x or 2.x model in the diffusers layout, or the word practice.",
    )


# ── Sizes ──────────────────────────────────────────────────────────────────────────────────────────────────


def shape_of(base: BaseModel) -> BaseShape:
    """How large the parts of a base are, from its configs and the headers of its weights; no weight is read.

    Raises:
        StudioError: A header or config is damaged.
    """
    unet, unet_linear = _parameters(base.folder / "unet")
    text, text_linear = _parameters(base.folder / "text_encoder")
    text_config = base.folder / "text_encoder" / "config.json"
    return BaseShape(
        unet=_config(base.folder, "unet/config.json"),
        text=_config(base.folder, "text_encoder/config.json") if text_config.is_file() else {},
        unet_parameters=unet,
        unet_linear_parameters=unet_linear,
        text_parameters=text,
        text_linear_parameters=text_linear,
        vae_parameters=_parameters(base.folder / "vae")[0],
    )


def weight_files(part: Path) -> list[Path]:
    """The safetensors files of one part of a diffusers model that a load without a variant reads."""
    # `model.fp16.safetensors` is a variant beside `model.safetensors`.
    return [path for path in sorted(part.glob("*.safetensors")) if path.name.count(".") == 1]


def _parameters(part: Path) -> tuple[int, int]:
    """Numbers in a part, and those of its linear layers that `adapters.quantize` squeezes."""
    total = linear = 0
    for path in weight_files(part):
        for name, tensor in header.read_header(path).tensors.items():
            size = math.prod(tensor.shape)
            total += size
            if len(tensor.shape) == 2 and not any(kept in name for kept in ("embedding", "time_emb_proj")):
                linear += size
    return total, linear


# ── Finding ────────────────────────────────────────────────────────────────────────────────────────────────

SMALLEST_FILE_BYTES = 1 << 30  # the smallest SD 1.x in half precision has 1.6 GB; adapters and upscalers are far below
MOST_DEPTH = 6  # below a root; the Hugging Face cache needs models--x/snapshots/y
MOST_ENTRIES = 200_000
PROGRESS_EVERY_ENTRIES = 200
SINGLE_FILE = (
    "It is a single file; today only folders in the diffusers layout can be trained. It comes in a later version."
)
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
    sentence why it cannot be trained, and is empty when it can.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    source: str
    name: str
    where: str
    size_bytes: int
    family: FamilyId | None = None
    usable: bool = False
    reason: str = ""


class _FoundFile(FileModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    version: Literal[1] = 1
    bases: tuple[FoundBase, ...] = ()


def usual_roots(own: Sequence[Path] = ()) -> list[tuple[str, Path]]:
    """Folders that exist and may hold base models, with the name of the program they belong to; the person's own last.

    Each is given once, whatever links lead to it.
    """
    home = Path.home()
    data = [os.environ.get(name) for name in ("APPDATA", "LOCALAPPDATA", "XDG_DATA_HOME")]
    parents = [home, home / "Documents", home / "AI", home / ".local/share", *(Path(text) for text in data if text)]
    listed = [(program, parent / name) for program, names in _USUAL for name in names for parent in parents]
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
    """Diffusers folders as paths, single files as what they are, None for every other entry."""
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
    return FoundBase(source=str(path), name=path.stem, where="", size_bytes=size_bytes, reason=SINGLE_FILE)


def _folder_found(folder: Path, where: str) -> FoundBase:
    found = FoundBase(source=str(folder), name=_model_name(folder), where=where, size_bytes=_size(folder))
    try:
        base = find_base(str(folder))
    except StudioError as error:
        return found.model_copy(update={"reason": error.detail if error.code == "base_not_supported" else error.title})
    if not weight_files(folder / "unet"):
        return found.model_copy(update={"family": base.family, "reason": NO_WEIGHTS})
    return found.model_copy(update={"family": base.family, "usable": True})


def _model_name(folder: Path) -> str:
    """A folder's name; in the Hugging Face cache the model's own instead of a snapshot's number."""
    if folder.parent.name == "snapshots" and folder.parent.parent.name.startswith("models--"):
        return folder.parent.parent.name.removeprefix("models--").replace("--", "/")
    return folder.name


def _size(folder: Path) -> int:
    """Bytes of the parts of a diffusers folder, where its weights lie."""
    total = 0
    for part in ("unet", "vae", "text_encoder"):
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

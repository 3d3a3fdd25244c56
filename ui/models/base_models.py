"""Base models as their page shows them, and what a file given by hand turns out to be."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from PySide6.QtCore import QCoreApplication

from lora_studio import bases
from lora_studio.bases import FoundBase
from lora_studio.errors import StudioError
from lora_studio.weights.inspect import inspect_adapter
from ui.models.library_words import family_word, size_word

BaseState = Literal["ready", "damaged", "unsuitable"]

_WEIGHTS = {".safetensors", *bases.OLD_SUFFIXES}
# What `inspect_adapter` calls a whole model, or the largest part of one.
_MODEL_WORDS = ("a base model", "the UNet of a base model")


def state_of(base: FoundBase) -> BaseState:
    """Whether it can be trained, and if not, of what kind the reason is."""
    if base.usable:
        return "ready"
    return "damaged" if base.is_damaged else "unsuitable"


def is_practice(base: FoundBase) -> bool:
    return base.source == bases.PRACTICE


def subline_of(base: FoundBase) -> str:
    """Family, size and where it was found, in one line."""
    if is_practice(base):
        words = _tr("Comes with the app  ·  {size}  ·  for practice: its adapters work only here")
        return words.format(size=size_word(base.size_bytes))
    family = family_word(base.family) if base.family else _tr("Unknown kind")
    words = _tr("{family}  ·  {size}  ·  found in {where}")
    return words.format(family=family, size=size_word(base.size_bytes), where=base.where)


def details_of(base: FoundBase) -> list[tuple[str, str]]:
    """Pairs of a name and a value. Reads the model's small files: not on the GUI thread."""
    pairs = [
        (_tr("Family"), family_word(base.family) if base.family else _tr("Unknown kind")),
        (_tr("Size"), size_word(base.size_bytes)),
        (_tr("Found in"), base.where),
        (_tr("Path"), _tr("Part of the app") if is_practice(base) else base.source),
    ]
    if base.usable:
        found = bases.find_base(base.source)
        shape = bases.shape_of(found)
        predicts = {"epsilon": _tr("Noise"), "v_prediction": _tr("Velocity")}
        pairs.append((_tr("Predicts"), predicts[found.prediction]))
        count = (shape.unet_parameters + shape.text_parameters + shape.vae_parameters) / 1e6
        pairs.append((_tr("Numbers in it"), _tr("{count} million").format(count=f"{count:,.0f}")))
    return pairs


def examine(path: Path) -> FoundBase:
    """What a file or folder that was given by hand is, as a row of the list. Nothing in it is run.

    Raises:
        StudioError: It is no base model (`base_not_supported`), is damaged (`model_damaged`), is in an old format that
            can carry programs (`old_format`), or cannot be read.
    """
    if path.is_dir():
        found = bases.describe_base(path)
        if state_of(found) == "damaged":
            raise StudioError("model_damaged", _tr("This model is not whole."), found.reason)
        if not found.usable:
            raise StudioError("base_not_supported", _tr("This folder is not a model the app can train."), found.reason)
        return found
    if path.suffix.lower() not in _WEIGHTS:
        raise StudioError(
            "base_not_supported", _tr("This file is not a model the app can train."),
            _tr("{name} is no model file.").format(name=path.name),
        )  # fmt: skip
    if path.suffix.lower() != ".safetensors":
        raise StudioError(
            "old_format", _tr("This model is in an old format that can carry programs."),
            _tr("{name} was not opened. The app can write its numbers as a .safetensors file, and run nothing.").format(
                name=path.name
            ),
        )  # fmt: skip
    _refuse_adapter(path)
    found = bases.describe_base(path)
    if not found.usable:
        raise StudioError("base_not_supported", _tr("This file is not a model the app can train."), found.reason)
    return found


def _refuse_adapter(path: Path) -> None:
    """Raises `StudioError` unless a safetensors file holds a base model."""
    try:
        report = inspect_adapter(path)
    except StudioError as error:
        if error.code == "not_an_adapter" and any(words in error.detail for words in _MODEL_WORDS):
            return
        if error.code == "not_an_adapter":
            title = _tr("This file is not a model the app can train.")
            raise StudioError("base_not_supported", title, error.detail) from error
        if error.code == "file_damaged":
            raise StudioError("model_damaged", _tr("This model file is damaged."), error.detail) from error
        raise
    raise StudioError(
        "base_not_supported", _tr("This file is not a model the app can train."),
        _tr("It looks like a LoRA for {family}, not a base model.").format(family=family_word(report.family)),
    )  # fmt: skip


def _tr(text: str) -> str:
    return QCoreApplication.translate("base_models", text)

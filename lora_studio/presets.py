"""Presets: what a family and a kind advise, as data with a reason for every value.

Files: `presets/families/<family>.json` and `presets/kinds/<kind>.json`. A kind may say more for one family in
`by_family`. See `config.resolve` for the order in which they are laid over each other.
"""

from __future__ import annotations

import functools
import importlib.resources
import re
from typing import Any, get_args

from pydantic import BaseModel, ConfigDict

from lora_studio.config.resolve import Layer
from lora_studio.config.training import FamilyId, Kind
from lora_studio.errors import StudioError

FAMILIES: tuple[FamilyId, ...] = get_args(FamilyId)
KINDS: tuple[Kind, ...] = get_args(Kind)
PLAIN_PROMPTS = ("a boat on a lake", "a red apple")  # leak checks for a trigger word that is in the usual one


class Advice(BaseModel):
    """Some settings, each with its reason."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    patch: dict[str, Any]
    because: dict[str, str]
    sample_prompts: tuple[str, ...] = ()  # `{caption}` and `{trigger}` are filled in; the last one has no trigger


class FamilyPreset(Advice):
    """What suits every training on one family of base models."""

    version: int
    id: FamilyId
    title: str
    summary: str


class CaptionAdvice(BaseModel):
    """What makes a good set of this kind, in words."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    pictures: str
    captions: str
    trigger: str


class KindPreset(Advice):
    """What suits a style, a character or an object; more exactly for single families in `by_family`."""

    version: int
    id: Kind
    title: str
    summary: str
    advice: CaptionAdvice
    by_family: dict[FamilyId, Advice]


@functools.cache
def family_preset(family: FamilyId) -> FamilyPreset:
    """The preset that ships for a family."""
    return FamilyPreset.model_validate_json(_text("families", family))


@functools.cache
def kind_preset(kind: Kind) -> KindPreset:
    """The preset that ships for a kind."""
    return KindPreset.model_validate_json(_text("kinds", kind))


def as_kind(name: str) -> Kind:
    """The kind called `name`.

    Raises:
        StudioError: There is no such preset.
    """
    if name not in KINDS:
        raise StudioError(
            "unknown_preset", f"There is no preset called '{name}'.", f"There are {', '.join(KINDS)}.",
            "`lora-studio presets` says what each is for.",
        )  # fmt: skip
    return name


def preset_layers(kind: Kind, family: FamilyId) -> list[Layer]:
    """The layers that family and kind put between the defaults and the user, weakest first."""
    of_family, of_kind = family_preset(family), kind_preset(kind)
    exact = of_kind.by_family.get(family)
    layers = [
        Layer("family", of_family.patch, of_family.because),
        Layer("kind", of_kind.patch, of_kind.because),
    ]
    if exact is not None:
        layers.append(Layer("kind and family", exact.patch, exact.because))
    return layers


def propose_prompts(kind: Kind, family: FamilyId, trigger: str, caption: str) -> tuple[str, ...]:
    """Sample prompts for a set: one of its own captions (trigger word included), new subjects, and a leak check."""
    of_kind = kind_preset(kind)
    exact = of_kind.by_family.get(family)
    templates = (exact.sample_prompts if exact else ()) or of_kind.sample_prompts
    # The trigger word first: a caption may hold anything, even {trigger}.
    filled = [
        template.replace("{trigger}", trigger).replace("{caption}", caption).strip(", ") for template in templates
    ]
    return (*filled[:-1], _without(trigger, filled[-1]))


def propose_trigger(name: str, kind: Kind) -> str:
    """An unusual word for a set called `name`: its letters joined, made longer when it is a plain word or a number."""
    words = re.findall(r"[a-z0-9]+", name.lower())
    joined = "".join(words)[:16]
    if len(words) > 1 and len(joined) >= 5 and not joined.isdigit():
        return joined
    return f"{joined or 'my'}{ {'style': 'styl', 'character': 'chr', 'object': 'obj'}[kind] }"


def _without(trigger: str, prompt: str) -> str:
    """A prompt that does not hold the trigger word: `prompt`, or another plain one."""
    word = trigger.lower()
    return next((text for text in (prompt, *PLAIN_PROMPTS) if not word or word not in text.lower()), PLAIN_PROMPTS[0])


def _text(folder: str, name: str) -> str:
    return importlib.resources.files("presets").joinpath(folder, f"{name}.json").read_text(encoding="utf-8")

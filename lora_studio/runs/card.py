"""The words of a sharing kit: a model card as Hugging Face reads it, and what Civitai's form asks for.

Facts come in and text goes out; nothing is read or written here. What people typed is made harmless on the way, so
that no name, note or prompt can end the front matter, open a heading or run as HTML.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from lora_studio import __version__
from lora_studio.hub.parcel import KIT_TAG
from lora_studio.weights.inspect import GuessedFamily

# As the hub spells them; the keys are the names that the app offers.
HUB_LICENCES = {
    "CC0-1.0": "cc0-1.0",
    "CC-BY-4.0": "cc-by-4.0",
    "CC-BY-SA-4.0": "cc-by-sa-4.0",
    "CC-BY-NC-4.0": "cc-by-nc-4.0",
    "CreativeML-OpenRAIL-M": "creativeml-openrail-m",
    "CreativeML-OpenRAIL++-M": "openrail++",
    "Apache-2.0": "apache-2.0",
    "MIT": "mit",
}
_FAMILIES: dict[GuessedFamily, str] = {
    "practice": "the Practice base of LoRA Studio",
    "sd1": "Stable Diffusion 1.x",
    "sd2": "Stable Diffusion 2.x",
    "sdxl": "Stable Diffusion XL",
    "unknown": "a base model that the file does not tell",
}
_FAMILY_TAGS: dict[GuessedFamily, tuple[str, ...]] = {
    "practice": (),
    "sd1": ("stable-diffusion",),
    "sd2": ("stable-diffusion",),
    "sdxl": ("stable-diffusion-xl",),
    "unknown": (),
}
_CIVITAI_BASES: dict[GuessedFamily, str] = {
    "practice": "none fits: no other program can use this file",
    "sd1": "SD 1.5 (SD 1.4 if that is your base)",
    "sd2": "SD 2.0 or SD 2.1, whichever is your base",
    "sdxl": "SDXL 1.0 (Pony, Illustrious or NoobAI if your base is one of them)",
    "unknown": "the file does not tell; choose the one of your base",
}
_MARKS = re.compile(r"([\\`*_\[\]<>#|~$&])")
_LINE_START = re.compile(r"^(?:([-+=])|(\d+)([.)])(?= |$))")


@dataclass(frozen=True, slots=True)
class CardSample:
    """One sample picture of the kit: its prompt, empty where it is not told, its seed, and its file in the kit."""

    prompt: str
    seed: int
    picture: str


@dataclass(frozen=True, slots=True)
class CardFacts:
    """What a card may tell. Texts are as they were typed; one that is not known is empty.

    `strength` is None where none was suggested. `base_id` is the base's id on the hub, only where it is certain.
    `programs` are those that load the file whole. `settings` are titles and values. `cover` and `sheet` are files of
    the kit.
    """

    file_name: str
    title: str
    family: GuessedFamily
    trigger: str
    author: str
    licence: str
    notes: str
    strength: float | None
    base_name: str
    base_id: str
    programs: frozenset[str]
    settings: tuple[tuple[str, str], ...]
    samples: tuple[CardSample, ...]
    negative_prompt: str
    cover: str
    sheet: str

    @property
    def is_practice(self) -> bool:
        return self.family == "practice"


def one_line(text: str) -> str:
    """The text in one line, without marks that steer a terminal or that YAML refuses; emoji and scripts stay whole."""
    kept = (
        " " if unicodedata.category(mark) in ("Cc", "Cs", "Zl", "Zp") or mark in "\ufffe\uffff" else mark
        for mark in text
    )
    return " ".join("".join(kept).split())


def plain(text: str) -> str:
    """The text in one line of Markdown that shows it as it was typed."""
    escaped = _MARKS.sub(r"\\\1", one_line(text))
    return _LINE_START.sub(lambda found: f"\\{found[1]}" if found[1] else f"{found[2]}\\{found[3]}", escaped)


def code(text: str) -> str:
    """The text in one line as inline code, whatever backticks it holds."""
    line = one_line(text)
    fence = "`" * (1 + max((len(run) for run in re.findall("`+", line)), default=0))
    gap = " " if line.startswith("`") or line.endswith("`") else ""
    return f"{fence}{gap}{line}{gap}{fence}"


def model_card(facts: CardFacts) -> str:
    """README.md: front matter for the hub, then the card in plain language."""
    parts = [*_head(facts), *_use(facts), *_samples(facts), *_training(facts), *_end(facts)]
    return _front_matter(facts) + "\n" + "\n\n".join(parts) + "\n"


def civitai_text(facts: CardFacts) -> str:
    """What to copy into the form of Civitai, one field to a line."""
    lines = {
        "Name": one_line(facts.title),
        "Type": "LoRA",
        "Base model": _CIVITAI_BASES[facts.family],
        "Trigger words": one_line(facts.trigger) or "none",
        "Suggested weight": f"{facts.strength or 1:g}",
        "Licence": one_line(facts.licence) or "not stated",
        "File": one_line(facts.file_name),
    }
    return "".join(f"{name}: {text}\n" for name, text in lines.items())


def _front_matter(facts: CardFacts) -> str:
    lines = list(_licence_lines(facts.licence))
    if facts.base_id:
        lines.append(f"base_model: {_quoted(facts.base_id)}")
    lines.append("pipeline_tag: text-to-image")
    loads = ("diffusers",) if "diffusers" in facts.programs else ()
    lines.append("tags:")
    lines += [f"- {tag}" for tag in ("text-to-image", "lora", *_FAMILY_TAGS[facts.family], *loads, KIT_TAG)]
    if facts.trigger:
        lines.append(f"instance_prompt: {_quoted(facts.trigger)}")
    told = [sample for sample in facts.samples if sample.prompt]
    if told:
        lines.append("widget:")
        for sample in told:
            lines += [f"- text: {_quoted(sample.prompt)}", "  output:", f"    url: {_quoted(sample.picture)}"]
    return "\n".join(["---", *lines, "---", ""])


def _licence_lines(licence: str) -> Iterator[str]:
    if not licence:
        return
    known = HUB_LICENCES.get(licence)
    yield f"license: {known or 'other'}"
    # The hub takes names in small Latin letters only; the licence stands in the card as it was typed.
    name = re.sub(r"[^a-z0-9.]+", "-", licence.lower()).strip("-.")
    if not known and name:
        yield f"license_name: {_quoted(name)}"


def _quoted(text: str) -> str:
    """The text as a quoted scalar: in one line, JSON's quotes are YAML's too."""
    return json.dumps(one_line(text), ensure_ascii=False)


def _head(facts: CardFacts) -> Iterator[str]:
    yield f"# {plain(facts.title)}"
    if facts.cover:
        yield f"![Cover]({facts.cover})"
    if facts.is_practice:
        yield (
            "A LoRA adapter for the Practice base of LoRA Studio. **No other program can use it**, because only "
            "LoRA Studio has that base."
        )
    else:
        yield f"A LoRA adapter for {_FAMILIES[facts.family]}. It works together with a base model of that family."
    yield from (plain(line) for line in facts.notes.splitlines() if one_line(line))
    lines = []
    if facts.trigger:
        lines.append(f"- **Trigger word**: {code(facts.trigger)}. Put it into the prompt.")
    if facts.strength is not None:
        lines.append(f"- **Suggested strength**: {facts.strength:g}")
    if facts.base_name:
        page = f" ([{facts.base_id}](https://huggingface.co/{facts.base_id}))" if facts.base_id else ""
        lines.append(f"- **Trained on**: {plain(facts.base_name)}{page}")
    lines.append(f"- **File**: {code(facts.file_name)}")
    yield "\n".join(lines)


def _use(facts: CardFacts) -> Iterator[str]:
    yield "## How to use it"
    strength = f"{facts.strength or 1:g}"
    stem = facts.file_name.removesuffix(".safetensors")
    word = f" Write {code(facts.trigger)} into the prompt." if facts.trigger else ""
    if facts.is_practice:
        yield f"In LoRA Studio: draw with it in *Compare*, or with `lora-studio sample`, on the Practice base.{word}"
        return
    ways = []
    if "ComfyUI" in facts.programs:
        ways.append(
            f"- **ComfyUI**: put the file into `ComfyUI/models/loras`, add the node *Load LoRA* behind the base model, "
            f"and set both strengths to {strength}.{word}"
        )
    web = " and ".join(name for name in ("A1111", "Forge") if name in facts.programs)
    if web:
        ways.append(
            f"- **{web}**: put the file into `models/Lora` and write {code(f'<lora:{one_line(stem)}:{strength}>')} "
            f"into the prompt{f', together with {code(facts.trigger)}' if facts.trigger else ''}."
        )
    if ways:
        yield "\n".join(ways)
    if "diffusers" in facts.programs:
        yield "With **diffusers**:"
        yield _diffusers_code(facts, strength)
    elif not ways:
        yield "Whether other programs load this file is not known."


def _diffusers_code(facts: CardFacts, strength: str) -> str:
    kind = "StableDiffusionXLPipeline" if facts.family == "sdxl" else "StableDiffusionPipeline"
    base = facts.base_id or facts.base_name or "the base model"
    load = "from_single_file" if base.endswith(".safetensors") else "from_pretrained"
    prompt = next((sample.prompt for sample in facts.samples if sample.prompt), facts.trigger or "a picture")
    lines = [
        f"from diffusers import {kind}",
        "",
        f"pipe = {kind}.{load}({_quoted(base)})",
        'folder = "."  # where the file lies; the id of this page on the hub works too',
        f'pipe.load_lora_weights(folder, weight_name={_quoted(facts.file_name)}, adapter_name="kit")',
        f'pipe.set_adapters("kit", {strength})',
        f"picture = pipe({_quoted(prompt)}).images[0]",
    ]
    return "\n".join(["```python", *lines, "```"])


def _samples(facts: CardFacts) -> Iterator[str]:
    if not facts.samples and not facts.sheet:
        return
    yield "## Samples"
    for sample in facts.samples:
        yield f"![Sample]({sample.picture})"
        yield f"{code(sample.prompt)}, seed {sample.seed}" if sample.prompt else f"Seed {sample.seed}"
    if facts.samples and facts.negative_prompt:
        yield f"Negative prompt of all: {code(facts.negative_prompt)}"
    if facts.sheet:
        yield "Prompts go down and epochs across; the first column is the base alone."
        yield f"![All samples]({facts.sheet})"


def _training(facts: CardFacts) -> Iterator[str]:
    if facts.settings:
        rows = [f"| {title} | {plain(value)} |" for title, value in facts.settings]
        yield "## How it was trained"
        yield "\n".join(["| Setting | Value |", "|---|---|", *rows])


def _end(facts: CardFacts) -> Iterator[str]:
    yield "## Licence"
    if facts.licence:
        yield f"{plain(facts.licence)}. The licence of the base model holds besides."
    else:
        yield "No licence is stated. Ask who made it before you use it for more than looking."
    author = f" by {plain(facts.author)}" if facts.author else ""
    yield f"Made{author} with LoRA Studio {__version__}."

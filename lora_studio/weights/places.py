"""Where a module named in an adapter file sits in the model, and in which spelling its name is written.

The layer is looked up in the table of `names.py`. The spelling is told from the name alone, by rules that do not know
that table: a fault in it would show as a spelling no program reads.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Mapping
from typing import Literal, NamedTuple

from lora_studio.config.training import FamilyId
from lora_studio.weights.architecture import module_paths
from lora_studio.weights.names import build_reading_table, original_unet_path

PEFT_PREFIX = "base_model.model."

Spelling = Literal[
    "kohya",  # as every program reads it: SDXL's UNet in its original block names, text_model_ in text encoders
    "kohya_diffusers_blocks",  # SDXL's UNet in diffusers' block names, as OneTrainer and early trainers write it
    "kohya_original_blocks",  # the UNet of SD 1 or 2 in the block names of its original code
    "kohya_te1",  # the only text encoder numbered as if there were two
    "kohya_without_text_model",
    "peft",  # unet.….lora_A.weight
    "peft_without_text_model",
    "peft_directory",  # base_model.model.….lora_A.weight
    "diffusers_022",  # unet.….to_q.lora.down.weight, text_encoder.….q_proj.lora_linear_layer.down.weight
    "diffusers_018",  # unet.….processor.to_q_lora.down.weight
    "attn_procs",  # the same without unet.
    "omi",  # unet.input_blocks.…, clip_l.…, clip_g.…: an option of OneTrainer
    "lycoris",  # lycoris_unet_…
    "numbered",  # unet:0:down
    "other",
]
LayerKind = Literal[
    "attention", "feed_forward", "projection", "resnet", "sampler", "edge", "text_attention", "text_mlp", "unknown"
]

_ORIGINAL = r"(input_blocks|middle_block|output_blocks|time_embed|label_emb|out)_\d"
_BLOCKS = r"(down_blocks|mid_block|up_blocks|conv_in|conv_out|time_embedding|add_embedding)"
_KOHYA: dict[bool, tuple[tuple[Spelling, str], ...]] = {
    True: (
        ("kohya", rf"lora_unet_{_ORIGINAL}"),
        ("kohya_diffusers_blocks", rf"lora_unet_{_BLOCKS}"),
        ("kohya", r"lora_te[12]_text_model_encoder_layers_\d"),
        ("kohya_without_text_model", r"lora_te[12]_encoder_layers_\d"),
    ),
    False: (
        ("kohya", rf"lora_unet_{_BLOCKS}"),
        ("kohya_original_blocks", rf"lora_unet_{_ORIGINAL}"),
        ("kohya", r"lora_te_text_model_encoder_layers_\d"),
        ("kohya_te1", r"lora_te1_text_model_encoder_layers_\d"),
        ("kohya_without_text_model", r"lora_te1?_encoder_layers_\d"),
    ),
}
# Of the name with its ending: tensors of one module may differ in nothing else.
_DOTTED: tuple[tuple[Spelling, str], ...] = (
    ("peft_directory", r"base_model\.model\..*\.lora_[AB]\."),
    ("omi", r"(unet\.(input_blocks|middle_block|output_blocks|time_embed|label_emb|out)\.|clip_[lg]\.)"),
    ("diffusers_018", r"(unet\..*\.processor\.|text_encoder\..*to_)\w+_lora\.(down|up)\."),
    ("attn_procs", r"(down_blocks|mid_block|up_blocks)\..*_lora\.(down|up)\."),
    ("diffusers_022", r"(unet|text_encoder(_2)?)\..*\.(lora|lora_linear_layer)\.(down|up)\."),
    ("peft", r"(unet\.|text_encoder(_2)?\.text_model\.).*\.lora_([AB]|magnitude_vector)"),
    ("peft_without_text_model", r"text_encoder(_2)?\.encoder\..*\.lora_([AB]|magnitude_vector)"),
    ("lycoris", r"lycoris_"),
    ("numbered", r"(unet|text_encoder):\d+:"),
)
_LAYER_KINDS: tuple[tuple[LayerKind, str], ...] = (
    ("attention", r"\.attn[12]\.to_"),
    ("feed_forward", r"\.ff\.net\."),
    ("projection", r"\.proj_(in|out)$"),
    ("resnet", r"\.resnets\."),
    ("sampler", r"\.(down|up)samplers\."),
    ("edge", r"^unet\.(conv_in|conv_out|time_embedding|add_embedding)"),
    ("text_attention", r"\.self_attn\."),
    ("text_mlp", r"\.mlp\."),
)
# Names that diffusers gave to attention layers before version 0.22.
_OLD_ENDINGS = {
    "unet": {".to_out": ".to_out.0"},
    "text_encoder": {".to_q": ".q_proj", ".to_k": ".k_proj", ".to_v": ".v_proj", ".to_out": ".out_proj"},
}
_COMPONENTS = ("unet", "text_encoder", "text_encoder_2")


class Place(NamedTuple):
    """A module's layer as in `module_paths` (None: the family has none of that name), its kind, and the spelling.

    A tuple, because a file has hundreds.
    """

    path: str | None
    layer: LayerKind
    spelling: Spelling


def build_locator(family: FamilyId) -> Callable[[str], str | None]:
    """A function from a module's name in a file to its path, None for a name the family does not have."""
    return functools.partial(_locate, *_reading_table(family))


def find_place(name: str, tensor_name: str, family: FamilyId) -> Place:
    """Where the module `name` sits; `tensor_name` is one of its tensors, whose ending tells spellings apart."""
    path = _locate(*_reading_table(family), name)
    return Place(path, _layer_kind(path) if path else "unknown", _spelling(tensor_name, family))


def _locate(table: Mapping[str, str], known: frozenset[str], name: str) -> str | None:
    path = table.get(name) or dotted_path(name)
    return path if path in known else None


def dotted_path(name: str) -> str:
    """`unet.….attn1.processor.to_out` → `unet.….attn1.to_out.0`: the path a name with dots stands for."""
    inner = name.removeprefix(PEFT_PREFIX)
    component = inner.partition(".")[0]
    if component in _COMPONENTS:
        inner = inner.partition(".")[2]
    else:
        component = "text_encoder" if inner.startswith(("text_model.", "encoder.")) else "unet"
    inner = inner.removeprefix("text_model.").replace(".processor.", ".")
    for old, new in _OLD_ENDINGS["unet" if component == "unet" else "text_encoder"].items():
        if inner.endswith(old):
            inner = inner.removesuffix(old) + new
    return f"{component}.{inner}"


@functools.cache
def _layer_kind(path: str) -> LayerKind:
    return next((kind for kind, shape in _LAYER_KINDS if re.search(shape, path)), "unknown")


def _spelling(tensor_name: str, family: FamilyId) -> Spelling:
    for spelling, shape in _spelling_rules(family):
        if shape.match(tensor_name):
            return spelling
    return "other"


@functools.cache
def _spelling_rules(family: FamilyId) -> tuple[tuple[Spelling, re.Pattern[str]], ...]:
    rules = (*_KOHYA[family == "sdxl"], *_DOTTED)
    return tuple((spelling, re.compile(shape)) for spelling, shape in rules)


@functools.cache
def _reading_table(family: FamilyId) -> tuple[dict[str, str], frozenset[str]]:
    """Every spelling of the family's modules that has underscores or original block names, and the paths it has."""
    paths = module_paths(family)
    table = build_reading_table(family, paths)
    if family != "sdxl":
        # Some converters number the only text encoder too.
        table |= {
            stem.replace("lora_te_", "lora_te1_", 1): place
            for stem, place in table.items()
            if stem.startswith("lora_te_")
        }
    for path in paths:
        component, _, inner = path.partition(".")
        if component == "unet" and family != "practice":  # which was never in that layout
            original = original_unet_path(family, path)
            table.setdefault(f"lora_unet_{original.replace('.', '_')}", path)
            table[f"unet.{original}"] = path
        elif component != "unet":
            table[f"{'clip_l' if component == 'text_encoder' else 'clip_g'}.text_model.{inner}"] = path
    return table, frozenset(paths)

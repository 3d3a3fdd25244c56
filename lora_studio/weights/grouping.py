"""Sorts the tensors of an adapter file by module and by what they are for, from their names alone."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import Literal

from lora_studio.weights.header import Header, TensorInfo

Scheme = Literal[
    "studio",
    "kohya",
    "peft/diffusers",
    "old diffusers",
    "lycoris loha",
    "lycoris lokr",
    "lycoris other",
    "numbered",
]
# Of each module: what its tensors are for (down, up, alpha, …) and where they lie.
Modules = dict[str, dict[str, tuple[str, TensorInfo]]]

# How a tensor's name may end → (what the tensor is, the scheme that writes it so; empty if several do).
LEAVES: dict[str, tuple[str, Scheme | None]] = {
    ".lora_down.weight": ("down", "kohya"),
    ".lora_up.weight": ("up", "kohya"),
    ".lora_A.weight": ("down", "peft/diffusers"),
    ".lora_B.weight": ("up", "peft/diffusers"),
    ".lora_A.default.weight": ("down", "peft/diffusers"),
    ".lora_B.default.weight": ("up", "peft/diffusers"),
    ".lora.down.weight": ("down", "old diffusers"),
    ".lora.up.weight": ("up", "old diffusers"),
    "_lora.down.weight": ("down", "old diffusers"),
    "_lora.up.weight": ("up", "old diffusers"),
    ".lora_linear_layer.down.weight": ("down", "old diffusers"),
    ".lora_linear_layer.up.weight": ("up", "old diffusers"),
    ":down": ("down", "numbered"),
    ":up": ("up", "numbered"),
    ".hada_w1_b": ("down", "lycoris loha"),
    ".hada_w1_a": ("up", "lycoris loha"),
    **{f".hada_{leaf}": (leaf, "lycoris loha") for leaf in ("w2_a", "w2_b", "t1", "t2")},
    **{f".lokr_{leaf}": (leaf, "lycoris lokr") for leaf in ("w1", "w1_a", "w1_b", "w2", "w2_a", "w2_b", "t1", "t2")},
    **{
        f".{leaf}": (leaf, "lycoris other") for leaf in ("oft_blocks", "oft_diag", "diff", "diff_b", "w_norm", "b_norm")
    },
    **{f".{leaf}.weight": (f"glora_{leaf}", "lycoris other") for leaf in ("a1", "a2", "b1", "b2")},
    ".alpha": ("alpha", None),
    ".dora_scale": ("dora", None),
    ".lora_magnitude_vector": ("dora", None),
    ".lora_mid.weight": ("mid", None),
}
_COMPONENT = re.compile(
    r"(?P<unet>(lora|lycoris)_unet_|unet[.:]|(down_blocks|mid_block|up_blocks)\.)"
    r"|(?P<text_encoder_2>lora_te2_|lycoris_te2_|text_encoder_2\.|clip_g\.)"
    r"|(?P<text_encoder>(lora|lycoris)_te1?_|text_encoder[.:]|clip_l\.)"
)


def group_tensors(header: Header) -> tuple[Modules, list[str]]:
    """The tensors by module and role, and the names that belong to no adapter."""
    modules: Modules = defaultdict(dict)
    strays = []
    for name, info in header.tensors.items():
        leaf = leaf_of(name)
        role = LEAVES[leaf][0] if leaf else ""
        if not leaf or (role in ("down", "up") and len(info.shape) < 2):
            strays.append(name)
        else:
            modules[name.removesuffix(leaf)][role] = (name, info)
    return dict(modules), strays


def leaf_of(name: str) -> str:
    """The known ending of a tensor's name; empty when it has none."""
    after_dot = name[name.find(".") :]  # kohya's names have no other dot
    return after_dot if after_dot in LEAVES else next((leaf for leaf in LEAVES if name.endswith(leaf)), "")


def component_of(module: str) -> str:
    """The part of the model a module belongs to; `other` when its name does not say."""
    match = _COMPONENT.match(module)
    return (match.lastgroup if match else None) or "other"

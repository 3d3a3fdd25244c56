"""Names of modules as other programs write them (the kohya scheme), in a table made from real paths.

A flattened name is ambiguous ("to_out_0", "linear_1"), so none is ever taken apart at its underscores: the
dotted path of the live module is translated forward, and reading looks names up in the table turned around.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable

from lora_studio.config.training import FamilyId
from lora_studio.errors import StudioError

_LAYERS_PER_BLOCK = 2
# Which levels of each UNet have attention, from the finest down. Practice was never in the original layout.
_HAS_ATTENTION: dict[FamilyId, tuple[bool, ...]] = {
    "sd1": (True, True, True, False),
    "sd2": (True, True, True, False),
    "sdxl": (False, True, True),
}


def build_name_table(family: FamilyId, module_paths: Iterable[str]) -> dict[str, str]:
    """Kohya name of each module: `unet.mid_block.attentions.0.proj_in` → `lora_unet_middle_block_1_proj_in`.

    Args:
        family: SDXL modules get the block names of Stability's own code, the others keep those of diffusers.
        module_paths: Paths in the live modules, beginning with `unet.`, `text_encoder.` or `text_encoder_2.`.

    Raises:
        StudioError: `module_unknown` when the family has no such module, or two modules would share a name.

    Source: reference/lora-formats, sections 1.3 and 1.4, checked there against other programs' own tables.
    """
    table: dict[str, str] = {}
    owners: dict[str, str] = {}
    for path in module_paths:
        stem = _stem(family, path)
        if owners.setdefault(stem, path) != path:
            raise _unknown(path, f"Its name in the file would be the same as that of {owners[stem]}.")
        table[path] = stem
    return table


def build_reading_table(family: FamilyId, module_paths: Iterable[str]) -> dict[str, str]:
    """Module path by kohya name, for every spelling found in files.

    Ours, SDXL in diffusers' block names, and text encoders without `text_model`.

    Raises:
        StudioError: `module_unknown`, as `build_name_table`.
    """
    table = build_name_table(family, module_paths)
    spellings = {stem: path for path, stem in table.items()}
    for path, stem in table.items():
        component, _, inner = path.partition(".")
        if component == "unet":
            spellings.setdefault(_flatten("lora_unet", inner), path)
        else:
            spellings.setdefault(stem.replace("_text_model_", "_", 1), path)
    return spellings


def _stem(family: FamilyId, path: str) -> str:
    component, _, inner = path.partition(".")
    if not inner or ".." in path or inner.endswith("."):
        raise _unknown(path, "It is not the path of a module.")
    if component == "unet":
        return _flatten("lora_unet", original_unet_path(family, path) if family == "sdxl" else inner)
    prefixes = {"text_encoder": "lora_te1", "text_encoder_2": "lora_te2"}
    if family != "sdxl":
        prefixes = {"text_encoder": "lora_te"}
    if component not in prefixes:
        raise _unknown(path, f"A model of the family {family} has no part called {component}.")
    # transformers 5 dropped this level from CLIPTextModel; every reader of such files still wants it.
    return _flatten(prefixes[component], "text_model." + inner.removeprefix("text_model."))


def _flatten(prefix: str, path: str) -> str:
    return f"{prefix}_{path.replace('.', '_')}"


def original_unet_path(family: FamilyId, path: str) -> str:
    """A UNet module's path in the code its family was first trained with, which files of whole models use.

    `unet.down_blocks.1.attentions.0.proj_in` → `input_blocks.4.1.proj_in`.

    Raises:
        StudioError: `module_unknown` when the family's UNet has no such module, or was never in that layout.

    Source: reference/lora-formats, section 1.3.
    """
    inner = path.removeprefix("unet.")
    modules, blocks = _original_places(family)
    if inner in modules:
        return modules[inner]
    segments = inner.split(".")
    # `mid_block.resnets.0` is three segments long, `down_blocks.1.resnets.0` four.
    depth = 3 if segments[0] == "mid_block" else 4
    block, rest = ".".join(segments[:depth]), ".".join(segments[depth:])
    kind = segments[depth - 2] if len(segments) > depth else ""
    if block in blocks and kind == "attentions":
        return f"{blocks[block]}.{rest}"
    if block in blocks and kind == "resnets" and rest in _ORIGINAL_RESNET:
        return f"{blocks[block]}.{_ORIGINAL_RESNET[rest]}"
    raise _unknown(path, "The original layout of its family has no such module.")


@functools.cache
def _original_places(family: FamilyId) -> tuple[dict[str, str], dict[str, str]]:
    """Where single modules of a family's UNet live in the other numbering, and where its resnets and attentions."""
    if family not in _HAS_ATTENTION:
        return {}, {}
    has_attention = _HAS_ATTENTION[family]
    layers, last = _LAYERS_PER_BLOCK, len(has_attention) - 1
    modules = {
        "conv_in": "input_blocks.0.0",
        "conv_out": "out.2",
        "time_embedding.linear_1": "time_embed.0",
        "time_embedding.linear_2": "time_embed.2",
    }
    if family == "sdxl":
        modules |= {"add_embedding.linear_1": "label_emb.0.0", "add_embedding.linear_2": "label_emb.0.2"}
    blocks = {
        "mid_block.resnets.0": "middle_block.0",
        "mid_block.attentions.0": "middle_block.1",
        "mid_block.resnets.1": "middle_block.2",
    }
    for level, attends in enumerate(has_attention):
        first = level * (layers + 1)
        for layer in range(layers):
            blocks[f"down_blocks.{level}.resnets.{layer}"] = f"input_blocks.{first + 1 + layer}.0"
            if attends:
                blocks[f"down_blocks.{level}.attentions.{layer}"] = f"input_blocks.{first + 1 + layer}.1"
        if level < last:
            modules[f"down_blocks.{level}.downsamplers.0.conv"] = f"input_blocks.{first + layers + 1}.0.op"
    for level, attends in enumerate(reversed(has_attention)):
        first = level * (layers + 1)
        for layer in range(layers + 1):
            blocks[f"up_blocks.{level}.resnets.{layer}"] = f"output_blocks.{first + layer}.0"
            if attends:
                blocks[f"up_blocks.{level}.attentions.{layer}"] = f"output_blocks.{first + layer}.1"
        if level < last:
            # An upsampler follows a resnet (0) and, where there is one, an attention (1).
            place = 2 if attends else 1
            modules[f"up_blocks.{level}.upsamplers.0.conv"] = f"output_blocks.{first + layers}.{place}.conv"
    return modules, blocks


_ORIGINAL_RESNET = {
    "conv1": "in_layers.2",
    "time_emb_proj": "emb_layers.1",
    "conv2": "out_layers.3",
    "conv_shortcut": "skip_connection",
}


def _unknown(path: str, why: str) -> StudioError:
    return StudioError(
        "module_unknown",
        f"The adapter has a module that cannot be written to a file: {path[:200]}.",
        why,
        "Train with one of the choices that “Layers” offers, then save again.",
    )

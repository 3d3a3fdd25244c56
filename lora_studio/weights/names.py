"""Names of modules as other programs write them (the kohya scheme), in a table made from real paths.

A flattened name is ambiguous ("to_out_0", "linear_1"), so none is ever taken apart at its underscores: the
dotted path of the live module is translated forward, and reading looks names up in the table turned around.
"""

from __future__ import annotations

from collections.abc import Iterable

from lora_studio.config.training import FamilyId
from lora_studio.errors import StudioError

_SDXL_LEVELS = 3
_SDXL_LAYERS_PER_BLOCK = 2


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
        return _flatten("lora_unet", _sdxl_path(path, inner) if family == "sdxl" else inner)
    prefixes = {"text_encoder": "lora_te1", "text_encoder_2": "lora_te2"}
    if family != "sdxl":
        prefixes = {"text_encoder": "lora_te"}
    if component not in prefixes:
        raise _unknown(path, f"A model of the family {family} has no part called {component}.")
    # transformers 5 dropped this level from CLIPTextModel; every reader of such files still wants it.
    return _flatten(prefixes[component], "text_model." + inner.removeprefix("text_model."))


def _flatten(prefix: str, path: str) -> str:
    return f"{prefix}_{path.replace('.', '_')}"


def _sdxl_path(path: str, inner: str) -> str:
    """`down_blocks.1.attentions.0.proj_in` → `input_blocks.4.1.proj_in`."""
    if inner in _SDXL_WHOLE:
        return _SDXL_WHOLE[inner]
    segments = inner.split(".")
    # `mid_block.resnets.0` is three segments long, `down_blocks.1.resnets.0` four.
    depth = 3 if segments[0] == "mid_block" else 4
    block, rest = ".".join(segments[:depth]), ".".join(segments[depth:])
    kind = segments[depth - 2] if len(segments) > depth else ""
    if block in _SDXL_BLOCKS and kind == "attentions":
        return f"{_SDXL_BLOCKS[block]}.{rest}"
    if block in _SDXL_BLOCKS and rest in _SDXL_RESNET:
        return f"{_SDXL_BLOCKS[block]}.{_SDXL_RESNET[rest]}"
    raise _unknown(path, "The SDXL layout has no such module.")


def _sdxl_blocks() -> dict[str, str]:
    """Where each resnet and attention of SDXL's UNet lives in the other numbering."""
    layers = _SDXL_LAYERS_PER_BLOCK
    blocks = {
        "mid_block.resnets.0": "middle_block.0",
        "mid_block.attentions.0": "middle_block.1",
        "mid_block.resnets.1": "middle_block.2",
    }
    for level in range(_SDXL_LEVELS):
        for layer in range(layers):
            number = 1 + level * (layers + 1) + layer
            blocks[f"down_blocks.{level}.resnets.{layer}"] = f"input_blocks.{number}.0"
            if level > 0:
                blocks[f"down_blocks.{level}.attentions.{layer}"] = f"input_blocks.{number}.1"
        for layer in range(layers + 1):
            number = level * (layers + 1) + layer
            blocks[f"up_blocks.{level}.resnets.{layer}"] = f"output_blocks.{number}.0"
            if level < _SDXL_LEVELS - 1:
                blocks[f"up_blocks.{level}.attentions.{layer}"] = f"output_blocks.{number}.1"
    return blocks


_SDXL_BLOCKS = _sdxl_blocks()
_SDXL_WHOLE = {
    "conv_in": "input_blocks.0.0",
    "conv_out": "out.2",
    "time_embedding.linear_1": "time_embed.0",
    "time_embedding.linear_2": "time_embed.2",
    "add_embedding.linear_1": "label_emb.0.0",
    "add_embedding.linear_2": "label_emb.0.2",
    "down_blocks.0.downsamplers.0.conv": "input_blocks.3.0.op",
    "down_blocks.1.downsamplers.0.conv": "input_blocks.6.0.op",
    # The third place of an up block: its upsampler follows a resnet (0) and an attention (1).
    "up_blocks.0.upsamplers.0.conv": "output_blocks.2.2.conv",
    "up_blocks.1.upsamplers.0.conv": "output_blocks.5.2.conv",
}
_SDXL_RESNET = {
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
        "Train with one of the offered targets, then save again.",
    )

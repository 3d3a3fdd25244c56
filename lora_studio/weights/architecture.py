"""Which layers each family has, by the path of the live module: what names in adapter files are looked up in.

Only layers an adapter can sit on, linear and convolutional. No file is read and no model is built.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from lora_studio.config.training import FamilyId

_ATTENTION = tuple(f"{name}.{side}" for name in ("attn1", "attn2") for side in ("to_q", "to_k", "to_v", "to_out.0"))
_TRANSFORMER_LAYERS = (*_ATTENTION, "ff.net.0.proj", "ff.net.2")
_ENCODER_LAYERS = (*(f"self_attn.{side}_proj" for side in ("q", "k", "v", "out")), "mlp.fc1", "mlp.fc2")


@dataclass(frozen=True, slots=True)
class _Layout:
    """A UNet's shape: per level its width and its transformer blocks (0 = no attention), then what else differs."""

    widths: tuple[int, ...]
    depths: tuple[int, ...]
    mid_depth: int
    resnets: int
    embeddings: tuple[str, ...]
    encoders: dict[str, int]


# Families whose attention is entered and left by a convolution; the others have linear layers there.
_CONVOLVED_PROJECTIONS: tuple[FamilyId, ...] = ("sd1", "practice")
_SD_WIDTHS, _SD_DEPTHS = (320, 640, 1280, 1280), (1, 1, 1, 0)
_TIME = ("time_embedding",)
_LAYOUTS: dict[FamilyId, _Layout] = {
    "practice": _Layout((96, 160, 224), (1, 1, 1), 1, 1, _TIME, {"text_encoder": 4}),
    "sd1": _Layout(_SD_WIDTHS, _SD_DEPTHS, 1, 2, _TIME, {"text_encoder": 12}),
    "sd2": _Layout(_SD_WIDTHS, _SD_DEPTHS, 1, 2, _TIME, {"text_encoder": 23}),
    "sdxl": _Layout(
        (320, 640, 1280), (0, 2, 10), 10, 2, (*_TIME, "add_embedding"), {"text_encoder": 12, "text_encoder_2": 32}
    ),
}


def module_paths(family: FamilyId) -> tuple[str, ...]:
    """Every layer of the family that can carry an adapter: `unet.mid_block.resnets.0.conv1`.

    Text encoders are spelled without the level `text_model`, which transformers dropped in version 5.6.

    Source: the published configs of SD 1.5, 2.1 and SDXL, and the one of the Practice base.
    """
    layout = _LAYOUTS[family]
    encoders = (
        f"{encoder}.encoder.layers.{layer}.{name}"
        for encoder, layers in layout.encoders.items()
        for layer in range(layers)
        for name in _ENCODER_LAYERS
    )
    return (*(f"unet.{path}" for path in _unet_paths(layout)), *encoders)


def kernel_px(family: FamilyId, path: str) -> int | None:
    """The side of a layer's convolution; None for a linear layer.

    Source: as `module_paths`.
    """
    name = path.rpartition(".")[2]
    if name in ("conv", "conv1", "conv2", "conv_in", "conv_out"):
        return 3
    is_projection = name in ("proj_in", "proj_out") and path.startswith("unet.")
    return 1 if name == "conv_shortcut" or (is_projection and family in _CONVOLVED_PROJECTIONS) else None


def _unet_paths(layout: _Layout) -> Iterator[str]:
    yield from ("conv_in", "conv_out")
    yield from (f"{embedding}.linear_{number}" for embedding in layout.embeddings for number in (1, 2))
    last = len(layout.widths) - 1
    for level, (width, depth) in enumerate(zip(layout.widths, layout.depths, strict=True)):
        for layer in range(layout.resnets):
            widens = layer == 0 and level > 0 and width != layout.widths[level - 1]
            yield from _block(f"down_blocks.{level}", layer, depth, widens)
        if level < last:
            yield f"down_blocks.{level}.downsamplers.0.conv"
    yield from _block("mid_block", 0, layout.mid_depth, False)
    yield from _block("mid_block", 1, 0, False)
    for level, depth in enumerate(reversed(layout.depths)):
        for layer in range(layout.resnets + 1):
            # What comes across from the way down is joined to the channels, so the width always changes.
            yield from _block(f"up_blocks.{level}", layer, depth, True)
        if level < last:
            yield f"up_blocks.{level}.upsamplers.0.conv"


def _block(place: str, layer: int, depth: int, has_shortcut: bool) -> Iterator[str]:
    """One resnet and, if `depth` is not 0, the attention after it."""
    names = ("conv1", "conv2", "time_emb_proj", *(("conv_shortcut",) if has_shortcut else ()))
    yield from (f"{place}.resnets.{layer}.{name}" for name in names)
    if depth:
        attention = f"{place}.attentions.{layer}"
        yield from (f"{attention}.proj_in", f"{attention}.proj_out")
        yield from (
            f"{attention}.transformer_blocks.{block}.{name}" for block in range(depth) for name in _TRANSFORMER_LAYERS
        )

"""What a .safetensors file is, told from its header: a base model in one file, and of which family, or what else.

Base models in one file have the layout of the code they were first trained with (LDM, and SGM for SDXL). No weight
is read but one bias of SD 2.x, whose two kinds differ in nothing else. Reading a whole model is left to `families`.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from lora_studio.weights.header import Header, read_header, read_tensor

SingleFileFamily = Literal["sd1", "sd2", "sdxl"]
Part = Literal["unet", "vae", "text_encoder", "text_encoder_2"]
Prediction = Literal["epsilon", "v_prediction"]
Precision = Literal["fp32", "bf16", "fp16", "8 bit", "other"]

UNET = "model.diffusion_model."
# How the names of each part begin; the text encoder's begin otherwise in each family.
PART_PREFIXES: dict[str, Part] = {
    UNET: "unet",
    "first_stage_model.": "vae",
    "cond_stage_model.transformer.": "text_encoder",
    "cond_stage_model.model.": "text_encoder",
    "conditioner.embedders.0.transformer.": "text_encoder",
    "conditioner.embedders.1.model.": "text_encoder_2",
}
PARTS: dict[SingleFileFamily, tuple[Part, ...]] = {
    "sd1": ("unet", "vae", "text_encoder"),
    "sd2": ("unet", "vae", "text_encoder"),
    "sdxl": ("unet", "vae", "text_encoder", "text_encoder_2"),
}
PART_WORDS: dict[Part, str] = {
    "unet": "UNet",
    "vae": "VAE",
    "text_encoder": "text encoder",
    "text_encoder_2": "second text encoder",
}
SDXL_VECTOR, REFINER_VECTOR = 2816, 2560  # pooled text and six or five sizes of 256 numbers
LARGEST_SIDECAR_BYTES = 64 * 1024

_FAMILY_BY_TEXT_WIDTH: dict[int, SingleFileFamily] = {768: "sd1", 1024: "sd2", 2048: "sdxl"}
_PRECISIONS: dict[str, Precision] = {"F32": "fp32", "BF16": "bf16", "F16": "fp16"}
# The one bias that tells velocity models apart, by its standard deviation; ComfyUI, supported_models.py, SD20.
_SD2_BIAS = UNET + "output_blocks.11.1.transformer_blocks.0.norm1.bias"
_SD2_VELOCITY_SPREAD = 0.09

# What other numbers of channels into the UNet are for.
_BY_CHANNELS = {
    9: "It is a model for inpainting: its UNet takes 9 channels instead of 4.",
    8: "It is a model that changes pictures by instruction: its UNet takes 8 channels instead of 4.",
    5: "It is a model that draws from depth pictures: its UNet takes 5 channels instead of 4.",
}

_ADAPTER_LEAF = re.compile(r"[._](lora_(down|up|A|B|mid)|lora\.(down|up)|hada_w1_a|lokr_w[12](_a)?)(\.|$)")
_SIDECAR_VELOCITY = re.compile(r"^\s*parameterization:\s*[\"']?v\b", re.MULTILINE)
# What else a name tells, and how the file is called then; the first that fits counts.
_OTHERS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"control_model\.|controlnet_|input_hint_block\."), "It is a ControlNet, which only steers a model."),
    (re.compile(r"(model\.diffusion_model\.)?joint_blocks\."), "It is a Stable Diffusion 3 model."),
    (
        re.compile(r"(model\.diffusion_model\.)?(double_blocks|single_blocks|single_transformer_blocks)\."),
        "It is a Flux model.",
    ),
)
_ALONE: tuple[tuple[re.Pattern[str], str], ...] = (
    (
        re.compile(r"(text_model|transformer\.resblocks|text_encoders?|encoder\.(block|layers)|embeddings|shared"
                   r"|cond_stage_model|conditioner)\."),
        "It is a text encoder alone, one part of a model.",
    ),
    (re.compile(r"(diffusion_model|input_blocks|down_blocks)\."), "It is a UNet alone, one part of a model."),
    (re.compile(r"(first_stage_model|encoder|decoder|vae)\."), "It is a VAE alone, one part of a model."),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class PartSize:
    """Numbers in a part of a model, and how many of them are in its linear layers."""

    parameters: int = 0
    linear_parameters: int = 0


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What a file turned out to be. With a `refusal` nothing else need be right.

    Attributes:
        refusal: One sentence that says why it cannot be trained; empty when it can.
        family: What it is a model of; None when that cannot be told.
        prediction: What its UNet answers.
        zero_terminal_snr: Whether its noisiest step is noise alone.
        precision: How most of its numbers are stored.
        parts: Which parts are there, and how large they are.
    """

    refusal: str = ""
    family: SingleFileFamily | None = None
    prediction: Prediction = "epsilon"
    zero_terminal_snr: bool = False
    precision: Precision = "other"
    parts: Mapping[Part, PartSize] = field(default_factory=dict)


def inspect_checkpoint(path: Path) -> Checkpoint:
    """Tells what a .safetensors file is, in some 25 ms however large it is.

    Raises:
        StudioError: as `read_header`: it is missing, cut off, unsafe, or no safetensors file.

    Source: reference/lora-formats, section 5.2.
    """
    header = read_header(path)
    family, refusal = _family(header)
    parts = _parts(header)
    precision = _precision(header)
    refusal = refusal or _what_is_missing(family, parts)
    if not refusal and precision == "8 bit":
        refusal = "It is stored in 8-bit numbers, too coarse to train with."
    return Checkpoint(
        refusal=refusal,
        family=family,
        prediction="epsilon" if refusal else _prediction(path, header, family),
        zero_terminal_snr="ztsnr" in header.tensors,
        precision=precision,
        parts=parts,
    )


def _family(header: Header) -> tuple[SingleFileFamily | None, str]:
    """The family, or a sentence that says what the file is instead."""
    names = header.tensors
    if any(_ADAPTER_LEAF.search(name) for name in names):
        return None, "It is an adapter (a LoRA), which changes a base model and is none itself."
    for pattern, sentence in _OTHERS:
        if any(pattern.match(name) for name in names):
            return None, sentence
    first = names.get(f"{UNET}input_blocks.0.0.weight")
    if first is None or len(first.shape) != 4:
        alone = (sentence for pattern, sentence in _ALONE if any(pattern.match(name) for name in names))
        return None, next(alone, "It is none of the kinds of files that the app knows.")
    return _family_of_unet(header, first.shape[1])


def _family_of_unet(header: Header, channels: int) -> tuple[SingleFileFamily | None, str]:
    names = header.tensors
    vector = _width(header, "label_emb.0.0.weight")
    if vector == REFINER_VECTOR or any(name.startswith("conditioner.embedders.0.model.") for name in names):
        return None, "It is an SDXL refiner, which only finishes pictures of another model."
    width = _width(header, "attn2.to_k.weight")
    family = _FAMILY_BY_TEXT_WIDTH.get(width)
    if channels != 4:
        return family, _BY_CHANNELS.get(channels, f"Its UNet takes {channels} channels instead of 4.")
    if family is None or (family == "sdxl") != (vector == SDXL_VECTOR):
        return None, f"It is a model of another kind: {width} numbers for text and {vector} for sizes fit no family."
    if any(name.startswith("edm_") for name in names):
        return family, "It was trained with other noise levels (EDM), which the app cannot train with."
    return family, ""


def _width(header: Header, ending: str) -> int:
    """How many numbers the first layer of this name in the UNet takes in; 0 without one."""
    found = (tensor for name, tensor in header.tensors.items() if name.startswith(UNET) and name.endswith(ending))
    tensor = next(found, None)
    return tensor.shape[1] if tensor is not None and len(tensor.shape) >= 2 else 0


def _parts(header: Header) -> dict[Part, PartSize]:
    sizes: dict[Part, PartSize] = {}
    for name, tensor in header.tensors.items():
        part = next((part for prefix, part in PART_PREFIXES.items() if name.startswith(prefix)), None)
        if part is None or tensor.dtype.startswith(("I", "U", "BOOL")):  # places of words are counted, not learned
            continue
        size = math.prod(tensor.shape)
        # As `adapters.quantize`: what tells the UNet its noise level and sizes, and what words become, stay whole.
        kept = any(word in name for word in ("embedding", "time_embed", "label_emb", "emb_layers"))
        linear = size if len(tensor.shape) == 2 and not kept else 0
        before = sizes.get(part, PartSize())
        sizes[part] = PartSize(before.parameters + size, before.linear_parameters + linear)
    return sizes


def _what_is_missing(family: SingleFileFamily | None, parts: Mapping[Part, PartSize]) -> str:
    missing = [PART_WORDS[part] for part in PARTS[family] if part not in parts] if family else []
    return f"It has no {' and no '.join(missing)}, so it is not a whole model." if missing else ""


def _precision(header: Header) -> Precision:
    counts = Counter[str]()
    for name, tensor in header.tensors.items():
        if name.startswith(UNET):
            counts[tensor.dtype] += math.prod(tensor.shape)
    most = counts.most_common(1)[0][0] if counts else ""
    return "8 bit" if most.startswith("F8") else _PRECISIONS.get(most, "other")


def _prediction(path: Path, header: Header, family: SingleFileFamily | None) -> Prediction:
    """What the file says of itself or in the settings beside it; for SD 2.x that say nothing, a measure."""
    if "v_pred" in header.tensors or sidecar_tells_velocity(path):
        return "v_prediction"
    stated = header.metadata.get("modelspec.prediction_type", "")
    if stated:
        return "v_prediction" if stated.startswith("v") else "epsilon"
    if "-768-v" in header.metadata.get("modelspec.architecture", ""):
        return "v_prediction"
    if family != "sd2" or _SD2_BIAS not in header.tensors:
        return "epsilon"
    spread = float(read_tensor(path, header, _SD2_BIAS).astype("f4").std())
    return "v_prediction" if spread > _SD2_VELOCITY_SPREAD else "epsilon"


def sidecar_tells_velocity(path: Path) -> bool:
    """Whether the .yaml of the same name, which older velocity models bring along, says that it is one."""
    try:
        with path.with_suffix(".yaml").open("rb") as file:
            settings = file.read(LARGEST_SIDECAR_BYTES).decode("utf-8", "replace")
    except OSError:
        return False
    return _SIDECAR_VELOCITY.search(settings) is not None

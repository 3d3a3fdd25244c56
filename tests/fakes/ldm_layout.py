"""A diffusers model written as one file in the layout it was first trained in (LDM, and SGM for SDXL).

The naming rules are those of reference/lora-formats, sections 1.3 and 5.2, worked out once more and the other way
round, so that a mistake in reading does not hide behind the same mistake in writing.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

import torch
from diffusers import AutoencoderKL, UNet2DConditionModel
from torch import Tensor
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTextModelWithProjection

from lora_studio import embedded

State = Mapping[str, Tensor]
RESNET = {
    "norm1": "in_layers.0", "conv1": "in_layers.2", "time_emb_proj": "emb_layers.1", "norm2": "out_layers.0",
    "conv2": "out_layers.3", "conv_shortcut": "skip_connection",
}  # fmt: skip
BLOCK = re.compile(r"(down|mid|up)_blocks?\.(?:(\d+)\.)?(resnets|attentions|downsamplers|upsamplers)\.(\d+)\.(.+)")
UNET_WHOLE = {
    "conv_in": "input_blocks.0.0", "conv_norm_out": "out.0", "conv_out": "out.2",
    "time_embedding.linear_1": "time_embed.0", "time_embedding.linear_2": "time_embed.2",
    "add_embedding.linear_1": "label_emb.0.0", "add_embedding.linear_2": "label_emb.0.2",
}  # fmt: skip
VAE_ATTENTION = {"group_norm": "norm", "to_q": "q", "to_k": "k", "to_v": "v", "to_out.0": "proj_out"}
OPEN_CLIP = {
    "layer_norm1": "ln_1", "layer_norm2": "ln_2", "mlp.fc1": "mlp.c_fc", "mlp.fc2": "mlp.c_proj",
    "self_attn.out_proj": "attn.out_proj",
}  # fmt: skip


def ldm_tensors(family: str, networks: Mapping[str, torch.nn.Module]) -> dict[str, Tensor]:
    """All tensors of a model by their names in one file; `networks` has `unet`, `vae` and the text encoders."""
    unet = networks["unet"].state_dict()
    layers = networks["unet"].config.layers_per_block
    with_attention = {name.split(".")[1] for name in unet if name.startswith("up_blocks") and "attentions" in name}
    tensors = {f"model.diffusion_model.{_unet_name(n, layers, with_attention)}": t for n, t in unet.items()}
    levels = len(networks["vae"].config.block_out_channels)
    for name, tensor in networks["vae"].state_dict().items():
        new = _vae_name(name, levels)
        is_attention = ".attn_1." in new and new.endswith("weight") and tensor.dim() == 2
        tensors[f"first_stage_model.{new}"] = tensor[:, :, None, None] if is_attention else tensor
    first = {"sd1": "cond_stage_model.transformer.", "sdxl": "conditioner.embedders.0.transformer."}
    text = networks["text_encoder"].state_dict()
    if family == "sd2":
        tensors |= _open_clip("cond_stage_model.model.", text)
    else:
        tensors |= {f"{first[family]}text_model.{name.removeprefix('text_model.')}": t for name, t in text.items()}
    if family == "sdxl":
        tensors |= _open_clip("conditioner.embedders.1.model.", networks["text_encoder_2"].state_dict())
    return {name: tensor.contiguous() for name, tensor in tensors.items()}


def _unet_name(name: str, layers: int, with_attention: set[str]) -> str:
    path, leaf = name.rsplit(".", 1)
    if path in UNET_WHOLE:
        return f"{UNET_WHOLE[path]}.{leaf}"
    block = BLOCK.match(name)
    assert block, name
    side, level, kind, number, rest = block[1], int(block[2] or 0), block[3], int(block[4]), block[5]
    if kind == "resnets":
        inner, _, end = rest.rpartition(".")
        rest = f"{RESNET[inner]}.{end}"
    place = 0 if kind == "resnets" else 1
    if side == "mid":
        return f"middle_block.{2 * number if kind == 'resnets' else 1}.{rest}"
    if kind == "downsamplers":
        return f"input_blocks.{(level + 1) * (layers + 1)}.0.op.{leaf}"
    if kind == "upsamplers":
        return f"output_blocks.{level * (layers + 1) + layers}.{2 if str(level) in with_attention else 1}.conv.{leaf}"
    if side == "down":
        return f"input_blocks.{1 + level * (layers + 1) + number}.{place}.{rest}"
    return f"output_blocks.{level * (layers + 1) + number}.{place}.{rest}"


def _vae_name(name: str, levels: int) -> str:
    name = re.sub(r"up_blocks\.(\d+)", lambda found: f"up.{levels - 1 - int(found[1])}", name)
    name = (
        name.replace("down_blocks.", "down.").replace(".resnets.", ".block.").replace("conv_shortcut", "nin_shortcut")
    )
    name = re.sub(r"(down|up)samplers\.0\.conv", r"\1sample.conv", name)
    name = re.sub(r"mid_block\.block\.(\d)", lambda found: f"mid.block_{int(found[1]) + 1}", name)
    for old, new in VAE_ATTENTION.items():
        name = name.replace(f"mid_block.attentions.0.{old}.", f"mid.attn_1.{new}.")
    return name.replace("conv_norm_out", "norm_out")


def _open_clip(prefix: str, state: State) -> dict[str, Tensor]:
    """Queries, keys and values lie in one tensor there, and the projection is turned over."""
    plain = {name.removeprefix("text_model."): tensor for name, tensor in state.items()}
    tensors: dict[str, Any] = {
        "token_embedding.weight": plain["embeddings.token_embedding.weight"],
        "positional_embedding": plain["embeddings.position_embedding.weight"],
        "ln_final.weight": plain["final_layer_norm.weight"],
        "ln_final.bias": plain["final_layer_norm.bias"],
    }
    width = plain["final_layer_norm.weight"].shape[0]
    projection = plain.get("text_projection.weight")
    tensors["text_projection"] = torch.zeros(width, width) if projection is None else projection.T
    for number in {int(name.split(".")[2]) for name in plain if name.startswith("encoder.layers.")}:
        old, new = f"encoder.layers.{number}", f"transformer.resblocks.{number}"
        for end in ("weight", "bias"):
            three = [plain[f"{old}.self_attn.{letter}_proj.{end}"] for letter in "qkv"]
            tensors[f"{new}.attn.in_proj_{end}"] = torch.cat(three)
            for inner, theirs in OPEN_CLIP.items():
                tensors[f"{new}.{theirs}.{end}"] = plain[f"{old}.{inner}.{end}"]
    return {prefix + name: tensor for name, tensor in tensors.items()}


def published_networks(family: str) -> dict[str, torch.nn.Module]:
    """The networks that a family's shipped settings describe, in full size and without memory."""
    folder = embedded.base_settings_dir(family)  # type: ignore[arg-type]
    configs = {path.parent.name: json.loads(path.read_text()) for path in folder.glob("*/config.json")}
    classes = {"CLIPTextModel": CLIPTextModel, "CLIPTextModelWithProjection": CLIPTextModelWithProjection}
    with torch.device("meta"):
        return {
            "unet": UNet2DConditionModel.from_config(configs["unet"]),
            "vae": AutoencoderKL.from_config(configs["vae"]),
            **{
                name: classes[config["architectures"][0]](CLIPTextConfig.from_dict(config))
                for name, config in configs.items()
                if name.startswith("text_encoder")
            },
        }


def published_shapes(family: str) -> dict[str, tuple[int, ...]]:
    """Names and shapes of a whole model of this family in one file."""
    return {name: tuple(tensor.shape) for name, tensor in ldm_tensors(family, published_networks(family)).items()}

"""The families with one CLIP text encoder: the Practice base, SD 1.x and SD 2.x."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from diffusers import (
    AutoencoderKL,
    DDPMScheduler,
    DPMSolverMultistepScheduler,
    StableDiffusionPipeline,
    UNet2DConditionModel,
)
from safetensors import SafetensorError
from torch import Tensor, nn
from transformers import CLIPTextModel, CLIPTokenizer

from lora_studio.adapters.quantize import quantize_linears
from lora_studio.config.training import FamilyId
from lora_studio.errors import StudioError
from lora_studio.families.base import Components, Conditioning, Family, LoadOptions

PARTS = ("unet", "vae", "text_encoder", "tokenizer", "scheduler")
PIECES = 64
PIECE_BYTES = 4096


class SingleEncoderFamily(Family):
    """StableDiffusionPipeline's layout: CLIP text encoder, UNet, VAE."""

    def __init__(self, family: FamilyId) -> None:
        self.id = family

    def load(self, folder: Path, options: LoadOptions) -> Components:
        missing = [part for part in PARTS if not (folder / part).is_dir()]
        if missing:
            raise _damaged(folder, f"It has no {' and no '.join(missing)}.")
        try:
            unet = _read(UNet2DConditionModel, folder / "unet", torch_dtype=options.dtype)
            # Whole numbers for pictures: encoded once and kept, they are worth it, and fp16 overflows in some VAEs.
            vae = _read(AutoencoderKL, folder / "vae", torch_dtype=torch.float32)
            text_encoder = _read(CLIPTextModel, folder / "text_encoder", dtype=options.dtype)
            tokenizer = CLIPTokenizer.from_pretrained(folder / "tokenizer", local_files_only=True)
            scheduler = DDPMScheduler.from_pretrained(folder / "scheduler", local_files_only=True)
        except (OSError, ValueError, RuntimeError, KeyError, SafetensorError) as error:
            if isinstance(error, RuntimeError) and "memory" in str(error):
                raise  # there is too little of it; the files may well be whole
            reason = str(error).partition("\n")[0][:200]
            raise _damaged(folder, f"Something is missing or does not fit: {reason}") from error
        _check_tokenizer(tokenizer, text_encoder, folder)
        for network in (unet, vae, text_encoder):
            network.requires_grad_(False).eval()
        if options.gradient_checkpointing:
            unet.enable_gradient_checkpointing()
        quantize_linears(unet, options.quantization, options.dtype)
        quantize_linears(text_encoder, options.text_encoder_quantization, options.dtype)
        for network in (unet, vae, text_encoder):
            network.to(options.device)
        return Components(
            unet=unet,
            vae=vae,
            text_encoders={"text_encoder": text_encoder},
            tokenizers={"text_encoder": tokenizer},
            scheduler=scheduler,
            dtype=options.dtype,
            latent_channels=int(vae.config.latent_channels),
            alphas_cumprod=scheduler.alphas_cumprod.float().cpu(),
            latent_scale=float(vae.config.scaling_factor),
            latent_shift=float(vae.config.get("shift_factor") or 0.0),
            vae_stride_px=2 ** (len(vae.config.block_out_channels) - 1),
            fingerprint=_fingerprint(folder),
        )

    def encode(self, components: Components, captions: Sequence[str]) -> dict[str, Tensor]:
        tokenizer, encoder = components.tokenizers["text_encoder"], components.text_encoders["text_encoder"]
        ids = tokenizer(
            list(captions), padding="max_length", max_length=77, truncation=True, return_tensors="pt"
        ).input_ids
        device = next(encoder.parameters()).device
        return {"encoder_hidden_states": encoder(ids.to(device))[0]}

    def predict(self, unet: nn.Module, noisy: Tensor, timesteps: Tensor, conditioning: Conditioning) -> Tensor:
        answer: Tensor = unet(
            noisy, timesteps, encoder_hidden_states=conditioning["encoder_hidden_states"], return_dict=False
        )[0]
        return answer

    def draw(
        self,
        components: Components,
        prompt: Conditioning,
        negative: Conditioning,
        latents: Tensor,
        steps: int,
        guidance: float,
    ) -> list[Any]:
        pipeline = StableDiffusionPipeline(
            vae=components.vae,
            text_encoder=None,
            tokenizer=None,
            unet=components.unet,
            scheduler=DPMSolverMultistepScheduler.from_config(components.scheduler.config),
            safety_checker=None,
            feature_extractor=None,
            requires_safety_checker=False,
        )
        pipeline.set_progress_bar_config(disable=True)
        stride = components.vae_stride_px
        finished = pipeline(
            prompt_embeds=prompt["encoder_hidden_states"],
            negative_prompt_embeds=negative["encoder_hidden_states"],
            latents=latents,
            height=latents.shape[-2] * stride,
            width=latents.shape[-1] * stride,
            num_inference_steps=steps,
            guidance_scale=guidance,
            output_type="latent",
        ).images
        # Decoded here: the sampler hands back the UNet's number format, and the VAE has its own.
        unscaled = finished.to(components.vae.dtype) / components.latent_scale + components.latent_shift
        pixels = components.vae.decode(unscaled, return_dict=False)[0]
        return list(pipeline.image_processor.postprocess(pixels.float(), output_type="pil"))


def _read(network_class: Any, folder: Path, **dtype: Any) -> Any:
    """A network whose every weight came from safetensors files; pickles are never opened.

    Raises:
        ValueError: Weights are missing. The libraries would fill them with noise.
        OSError, RuntimeError, SafetensorError: The files are missing or damaged.
    """
    network, report = network_class.from_pretrained(
        folder, local_files_only=True, use_safetensors=True, output_loading_info=True, **dtype
    )
    if missing := sorted(report["missing_keys"]):
        raise ValueError(f"{folder.name} lacks {len(missing)} of its weights, first {missing[0]}")
    return network


def _check_tokenizer(tokenizer: Any, text_encoder: Any, folder: Path) -> None:
    # A missing vocabulary gives a tokenizer that maps every word to one token, silently.
    words, expected = len(tokenizer), text_encoder.config.vocab_size
    if words != expected:
        why = f"Its text encoder reads {expected:,} tokens, the vocabulary has {words:,}."
        raise _damaged(folder, why)


def _damaged(folder: Path, why: str) -> StudioError:
    return StudioError(
        "model_damaged",
        f"The base model in {folder} cannot be loaded.",
        why,
        "Download it again, or choose another base model.",
    )


def _fingerprint(folder: Path) -> str:
    """Tells two bases apart, also two of the same shape: 64 hex digits.

    Settings and vocabularies count whole, weights by their size and by 64 pieces spread over the file: all
    fine-tunes of one model have files of the same sizes, and hashing gigabytes would take longer than loading.
    """
    digest = hashlib.sha256()
    for part in PARTS:
        for path in sorted((folder / part).iterdir()):
            if path.suffix in (".safetensors", ".json", ".txt"):
                size = path.stat().st_size
                digest.update(f"{part}/{path.name}:{size}:".encode())
                digest.update(_pieces(path, size) if path.suffix == ".safetensors" else path.read_bytes())
    return digest.hexdigest()


def _pieces(path: Path, size: int) -> bytes:
    """Pieces of a file of so many bytes, the first from its start and the last from its end."""
    last = max(0, size - PIECE_BYTES)
    pieces = []
    with path.open("rb") as file:
        for number in range(PIECES):
            file.seek(last * number // (PIECES - 1))
            pieces.append(file.read(PIECE_BYTES))
    return b"".join(pieces)

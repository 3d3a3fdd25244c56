"""The families with one CLIP text encoder: the Practice base, SD 1.x and SD 2.x."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from diffusers import StableDiffusionPipeline
from torch import Tensor
from transformers import CLIPTextModel

from lora_studio.bases import BaseModel
from lora_studio.config.training import FamilyId
from lora_studio.families.base import Components, Conditioning, Family, LoadOptions, joined_pieces, token_ids
from lora_studio.families.drawing import finish_pictures, sampler
from lora_studio.families.loading import load_components

# transformers dropped the level text_model in version 5.6.
_FINAL_NORM = {True: "text_model.final_layer_norm", False: "final_layer_norm"}


class SingleEncoderFamily(Family):
    """StableDiffusionPipeline's layout: CLIP text encoder, UNet, VAE."""

    def __init__(self, family: FamilyId) -> None:
        self.id = family

    def load(self, base: BaseModel, options: LoadOptions) -> Components:
        return load_components(base, {"text_encoder": CLIPTextModel}, options)

    def encode(self, components: Components, captions: Sequence[str]) -> dict[str, Tensor]:
        encoder = components.text_encoders["text_encoder"]
        ids = token_ids(components, "text_encoder", captions).flatten(0, 1)
        skip = components.reading.clip_skip
        if skip == 1:
            answers = encoder(ids)[0]
        else:
            layers = encoder(ids, output_hidden_states=True).hidden_states
            answers = encoder.get_submodule(_FINAL_NORM[hasattr(encoder, "text_model")])(layers[-skip])
        return {"encoder_hidden_states": joined_pieces(answers, len(captions))}

    def predict(self, unet: Callable[..., Any], noisy: Tensor, timesteps: Tensor, conditioning: Conditioning) -> Tensor:
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
            scheduler=sampler(components.scheduler),
            safety_checker=None,
            feature_extractor=None,
            requires_safety_checker=False,
        )
        return finish_pictures(
            pipeline, components, latents, steps, guidance,
            prompt_embeds=prompt["encoder_hidden_states"],
            negative_prompt_embeds=negative["encoder_hidden_states"],
        )  # fmt: skip

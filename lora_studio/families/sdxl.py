"""SDXL: two text encoders, and a UNet that is also told the sizes and the crop of a picture."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from diffusers import StableDiffusionXLPipeline
from torch import Tensor
from transformers import CLIPTextModel, CLIPTextModelWithProjection

from lora_studio.bases import BaseModel
from lora_studio.config.training import FamilyId
from lora_studio.dataset.buckets import Placement
from lora_studio.families.base import Components, Conditioning, Family, LoadOptions, joined_pieces, token_ids
from lora_studio.families.drawing import finish_pictures, sampler
from lora_studio.families.loading import load_components

ENCODERS = {"text_encoder": CLIPTextModel, "text_encoder_2": CLIPTextModelWithProjection}


class StableDiffusionXL(Family):
    """StableDiffusionXLPipeline's layout.

    Conditioning has `encoder_hidden_states`, (batch, 77 for each piece, 2048), the last but one layer of both
    encoders side by side; `pooled`, (batch, 1280), the second encoder's sum of the caption; and for the UNet `sizes`,
    (batch, 6), int64.

    Source: Podell et al. 2023, arXiv:2307.01952, sections 2.1 and 2.2.
    """

    id: FamilyId = "sdxl"

    def load(self, base: BaseModel, options: LoadOptions) -> Components:
        return load_components(base, ENCODERS, options)

    def encode(self, components: Components, captions: Sequence[str]) -> dict[str, Tensor]:
        answers = [
            encoder(token_ids(components, name, captions).flatten(0, 1), output_hidden_states=True)
            for name, encoder in components.text_encoders.items()
        ]
        whole = torch.cat([answer.hidden_states[-2] for answer in answers], dim=-1)
        return {
            "encoder_hidden_states": joined_pieces(whole, len(captions)),
            # Of a caption's first piece, as the programs that draw have it.
            "pooled": answers[-1].text_embeds.reshape(len(captions), -1, answers[-1].text_embeds.shape[-1])[:, 0],
        }

    def with_sizes(self, conditioning: Conditioning, placements: Sequence[Placement]) -> dict[str, Tensor]:
        rows = [
            (*reversed(place.picture_size_px), place.top_px, place.left_px, place.bucket_height_px,
             place.bucket_width_px)
            for place in placements
        ]  # fmt: skip
        return {**conditioning, "sizes": torch.tensor(rows, dtype=torch.int64)}

    def predict(self, unet: Callable[..., Any], noisy: Tensor, timesteps: Tensor, conditioning: Conditioning) -> Tensor:
        answer: Tensor = unet(
            noisy,
            timesteps,
            encoder_hidden_states=conditioning["encoder_hidden_states"],
            added_cond_kwargs={"text_embeds": conditioning["pooled"], "time_ids": conditioning["sizes"]},
            return_dict=False,
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
        pipeline = StableDiffusionXLPipeline(
            vae=components.vae,
            text_encoder=None,
            text_encoder_2=None,
            tokenizer=None,
            tokenizer_2=None,
            unet=components.unet,
            scheduler=sampler(components.scheduler),
            add_watermarker=False,
        )
        return finish_pictures(
            pipeline, components, latents, steps, guidance,
            prompt_embeds=prompt["encoder_hidden_states"],
            pooled_prompt_embeds=prompt["pooled"],
            negative_prompt_embeds=negative["encoder_hidden_states"],
            negative_pooled_prompt_embeds=negative["pooled"],
        )  # fmt: skip

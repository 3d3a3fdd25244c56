"""Draws pictures outside a training: `python -m lora_studio.training.draw`, with its wishes as JSON on stdin.

A process of its own, so that the command line and the window stay free of torch. It answers with one JSON line.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from contextlib import redirect_stdout
from dataclasses import replace
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict

from lora_studio.bases import find_base
from lora_studio.config.training import PrecisionSettings, PreviewSettings
from lora_studio.errors import ExitCode, StudioError
from lora_studio.hardware.probe import put_card_first
from lora_studio.presets import family_preset
from lora_studio.runs.picture_facts import save_picture
from lora_studio.settings import read_settings
from lora_studio.training.imports import imports_that_stay
from lora_studio.training.read_ahead import read_ahead
from lora_studio.weights.checkpoint import Prediction


class AdapterWish(BaseModel):
    """An adapter file and how strongly it acts; 1 is as trained."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    path: str
    strength: float = 1.0


class DrawWish(BaseModel):
    """What to draw. `size_px`, `guidance` and `prediction` left out take what suits the base.

    `prediction`, `zero_terminal_snr`, `clip_skip` and `caption_tokens` are settings of a training that its pictures
    need too.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    base: str
    adapters: tuple[AdapterWish, ...] = ()
    prompts: tuple[str, ...]
    negative_prompt: str = ""
    seed: int = 42
    steps: int = 20
    guidance: float | None = None
    size_px: int | None = None
    prediction: Prediction | None = None
    zero_terminal_snr: bool = False
    clip_skip: int = 1
    caption_tokens: int = 75
    out_paths: tuple[str, ...]


def draw(wish: DrawWish) -> None:
    """Writes one PNG for each prompt.

    Raises:
        StudioError: The base or an adapter cannot be used.
    """
    read_ahead(wish.base)
    with imports_that_stay():
        from lora_studio.adapters.merge import merge_adapter
        from lora_studio.families.base import LoadOptions, Reading
        from lora_studio.families.registry import family_of
        from lora_studio.training.cache import TensorCache
        from lora_studio.training.precision import choose_device, drawing_dtype
        from lora_studio.training.preview import draw_sample
        from lora_studio.training.text import TextSource

    base = find_base(wish.base)
    base = replace(
        base,
        prediction=wish.prediction or base.prediction,
        zero_terminal_snr=wish.zero_terminal_snr or base.zero_terminal_snr,
    )
    advised = family_preset(base.family).patch
    device = choose_device(PrecisionSettings())
    family = family_of(base.family)
    has_fixed_layer = base.family in ("sd2", "sdxl")  # whatever an adapter's metadata says
    reading = Reading(1 if has_fixed_layer else wish.clip_skip, wish.caption_tokens)
    options = LoadOptions(
        device=device, dtype=drawing_dtype(device), reading=reading, parks=device.type == "cuda"
    )  # fmt: skip
    components = family.load(base, options)
    for adapter in wish.adapters:
        merge_adapter(components.networks(), base.family, Path(adapter.path), adapter.strength)
    text = TextSource(family, components, TensorCache(None), learning=False)
    text.prepare(sorted({*wish.prompts, wish.negative_prompt, ""}), lambda done, total: None)
    components.bring("unet")  # after the text encoders, which a small card cannot hold beside it
    settings = PreviewSettings(
        negative_prompt=wish.negative_prompt,
        steps=wish.steps,
        guidance=wish.guidance or advised["preview"]["guidance"],
    )
    size_px = wish.size_px or advised["dataset"]["resolution_px"]
    for index, (prompt, out) in enumerate(zip(wish.prompts, wish.out_paths, strict=True)):
        seed = wish.seed + index
        image = draw_sample(family, components, text, prompt, settings, seed, size_px, device)
        save_picture(
            image,
            Path(out),
            {
                "prompt": prompt, "negative_prompt": wish.negative_prompt, "seed": seed, "steps": wish.steps,
                "guidance": settings.guidance, "width_px": image.width, "height_px": image.height, "base": base.name,
                "adapters": {Path(adapter.path).name: adapter.strength for adapter in wish.adapters},
            },
        )  # fmt: skip
        print(f"Drawn {index + 1} of {len(wish.prompts)}", file=sys.stderr, flush=True)


def main(arguments: Sequence[str] = ()) -> int:
    """Reads a `DrawWish` from stdin; the exit code and the last line of stdout say how it went."""
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    put_card_first(read_settings().settings.graphics_card)
    wish = DrawWish.model_validate_json(sys.stdin.buffer.read())
    answer: dict[str, Any] = {"pictures": wish.out_paths}
    code = ExitCode.DONE
    try:
        with redirect_stdout(sys.stderr):  # what libraries print must not stand beside the answer
            draw(wish)
    except StudioError as error:
        answer, code = {"error": error.as_dict(), "exit_code": int(error.exit_code)}, error.exit_code
    print(json.dumps(answer))
    return int(code)


if __name__ == "__main__":
    sys.exit(main())

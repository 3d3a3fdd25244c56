"""One prompt of a run drawn without and with a saved adapter file, and how much the two pictures differ."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from lora_studio.config.resolve import read_config
from lora_studio.config.training import TrainingConfig
from lora_studio.dataset.images import open_picture
from lora_studio.errors import ExitCode, StudioError
from lora_studio.jobs.told_process import run_told
from lora_studio.runs.folder import RunFolder

DRAW_MODULE = "lora_studio.training.draw"
# The base alone drawn anew differs by 0.0042 from the trainer's own picture (Practice base, 8 steps), and with an
# adapter of 40 steps at strength 0.05 by 0.0087, at 1 by 0.19.
LEAST_SEEN = 0.006


@dataclass(frozen=True, slots=True)
class EffectPair:
    """Two pictures of the same prompt, seed and size; `difference` is the mean of all colour values', 0 to 1."""

    without: Path
    with_it: Path
    prompt: str
    seed: int
    strength: float
    difference: float

    @property
    def can_be_seen(self) -> bool:
        return self.difference >= LEAST_SEEN


def drawing_order(
    config: TrainingConfig,
    prompts: Sequence[str],
    seed: int,
    adapters: Mapping[Path, float],
    out_paths: Sequence[Path],
) -> dict[str, object]:
    """What the drawing program reads to draw like the run's samples: prompt n gets the seed plus n.

    Args:
        config: The run's settings.
        prompts: One for each of `out_paths`.
        seed: Of the first prompt.
        adapters: Files in kohya's scheme and their strengths; none draws the base alone.
        out_paths: PNG files to write.
    """
    return {
        "base": config.base.source,
        "adapters": [{"path": str(path), "strength": strength} for path, strength in adapters.items()],
        "prompts": list(prompts),
        "negative_prompt": config.preview.negative_prompt,
        "seed": seed,
        "steps": config.preview.steps,
        "guidance": config.preview.guidance,
        "size_px": config.dataset.resolution_px,
        "prediction": config.base.prediction,
        "zero_terminal_snr": config.objective.zero_terminal_snr,
        "clip_skip": config.base.clip_skip,
        "caption_tokens": config.dataset.caption_tokens,
        "out_paths": [str(path) for path in out_paths],
    }


def draw_effect(
    run: RunFolder,
    adapter: Path,
    folder: Path,
    strength: float = 1.0,
    cancelled: Callable[[], bool] | None = None,
) -> EffectPair:
    """Draws the run's first sample prompt with the file at `adapter`, and without where the run has no such sample.

    For any thread; takes as long as two pictures at most. What it draws comes into `folder`.

    Raises:
        StudioError: as the drawing program tells; `cancelled`; `drawing_failed` when it died.
    """
    config = read_config(run.config_path)
    prompt = next(iter(config.preview.prompts), config.dataset.trigger)
    seed = config.preview.seed
    without, with_it = run.sample_path(0, 1), folder / "with.png"
    if not without.is_file():
        without = folder / "without.png"
        _draw(drawing_order(config, [prompt], seed, {}, [without]), cancelled)
    _draw(drawing_order(config, [prompt], seed, {adapter.absolute(): strength}, [with_it]), cancelled)
    return EffectPair(without, with_it, prompt, seed, strength, mean_difference(without, with_it))


def mean_difference(first: Path, second: Path) -> float:
    """How far the colours of two pictures of one size lie apart on average: 0 is equal, 1 black against white.

    Raises:
        StudioError: `sizes_differ`; else as `open_picture`.
    """
    pictures = [np.asarray(open_picture(path), np.float32) for path in (first, second)]
    if pictures[0].shape != pictures[1].shape:
        raise StudioError(
            "sizes_differ", "The two pictures have different sizes, so they cannot be compared.",
            f"{first.name} is {_size(pictures[0].shape)}, {second.name} {_size(pictures[1].shape)}.",
            "Draw both anew: delete the samples of epoch 0 in the run's folder.",
        )  # fmt: skip
    return float(np.abs(pictures[0] - pictures[1]).mean() / 255)


def _size(shape: tuple[int, ...]) -> str:
    return f"{shape[1]} x {shape[0]}"


def _draw(order: Mapping[str, object], cancelled: Callable[[], bool] | None) -> None:
    failure = StudioError(
        "drawing_failed", "The picture could not be drawn.", "The drawing program ended too early. The file is saved.",
        "`lora-studio doctor` checks whether the engine is whole.", ExitCode.UNEXPECTED,
    )  # fmt: skip
    run_told(DRAW_MODULE, [], failure, cancelled=cancelled, order=json.dumps(order).encode())

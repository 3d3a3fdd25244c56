"""A whole trial of one adapter: choose prompts, draw with and without it, judge."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Literal

from torch import Tensor

from lora_studio.config.resolve import resolve
from lora_studio.dataset.captions import prepare_caption
from lora_studio.embedded import SampleProject
from lora_studio.errors import StudioError
from lora_studio.judging.adapter import JudgeReport, SeedPictures, judge_adapter
from lora_studio.judging.sampling import Sampler, picture_paths, read_pictures
from lora_studio.presets import preset_layers

Observer = Callable[[str, int, int], None]  # what is going on, pictures done, pictures in all


def run_trial(
    base_dir: Path,
    adapter_path: Path,
    project: SampleProject,
    *,
    seeds: Sequence[int] = (1, 2, 3),
    prompt_count: int = 8,
    steps: int = 20,
    guidance: float = 5.0,
    device: str = "cpu",
    trigger_place: Literal["start", "end"] | None = None,
    observer: Observer | None = None,
) -> JudgeReport:
    """Draws `prompt_count` held-back captions with the trigger word and every second one without it, for every seed.

    The adapter has seen neither those captions nor those pictures. The same prompts are drawn by the base alone,
    so subject and colours asked for are equal on both sides and only the manner differs. The trigger word stands
    at `trigger_place`, which must be where it stood in training; None is where the Practice base's preset puts it.

    Raises:
        StudioError: Base, adapter, project or the `judge` extra cannot be used.
    """
    captions = held_back_captions(project, prompt_count)
    place = trigger_place or resolve(preset_layers(project.kind, "practice")).config.dataset.trigger_place
    prompts = [prepare_caption(caption, project.trigger, place) for caption in captions]
    plain_prompts = captions[::2] if prompt_count > 3 else captions
    sampler = Sampler(base_dir, device)
    held_back = read_pictures(project.held_back_dir, sampler.size_px)
    training = read_pictures(project.images_dir, sampler.size_px)
    count = 2 * len(seeds) * (len(prompts) + len(plain_prompts))

    def draw_all(what: str, done: int) -> list[Tensor]:
        drawn = []
        for seed in seeds:
            for asked in (prompts, plain_prompts):
                drawn.append(sampler.draw(asked, seed, steps=steps, guidance=guidance))
                done += len(asked)
                if observer:
                    observer(what, done, count)
        return drawn

    before = draw_all("base model alone", 0)
    sampler.wear(adapter_path)
    after = draw_all("with the adapter", count // 2)
    drawn = [
        SeedPictures(
            seed=seed,
            with_adapter=after[2 * index],
            without_adapter=before[2 * index],
            plain_with_adapter=after[2 * index + 1],
            plain_without_adapter=before[2 * index + 1],
        )
        for index, seed in enumerate(seeds)
    ]
    return judge_adapter(project.kind, drawn, held_back, training)


def held_back_captions(project: SampleProject, count: int) -> list[str]:
    """`count` captions, evenly spread over the held-back pictures.

    Raises:
        StudioError: There are fewer than two, or fewer than asked for.
    """
    captions = [
        path.with_suffix(".txt").read_text(encoding="utf-8").strip()
        for path in picture_paths(project.held_back_dir)
        if path.with_suffix(".txt").is_file()
    ]
    if count < 2 or len(captions) < count:
        raise StudioError(
            "too_few_captions",
            f"{count} prompts were asked for; {project.held_back_dir} holds {len(captions)} captions.",
            hint="Ask for at least two prompts, and for no more than there are captions.",
        )
    return [captions[index * len(captions) // count] for index in range(count)]

"""Measures the Practice base: its VAE, its styles and subjects by an independent judge, and its speed.

    judge.py DATA_DIR BASE_DIR --out GRID.png [--samples 2]

The judge is EfficientNet-Lite0 with its ImageNet weights (`lora_studio.judging.features`); it never saw the
base. Every figure of the judge stands beside its own score on real pictures, the most that one could hope
for. The last line printed is one JSON object. Takes about half an hour on two quiet CPU cores.
"""

from __future__ import annotations

import argparse
import json
import random
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import torch
from diffusers import AutoencoderKL, StableDiffusionPipeline
from pictures import PictureBank
from sampling import grid_prompt, sample, tile
from sets import GRID_STYLES, GRID_SUBJECTS
from torch import Tensor
from torch.nn import functional as F
from train_vae import reconstruct, unseen_psnr

from lora_studio.bases import find_base
from lora_studio.config.training import PreviewSettings
from lora_studio.families.base import LoadOptions
from lora_studio.families.registry import family_of
from lora_studio.judging.features import embed
from lora_studio.training.cache import TensorCache
from lora_studio.training.precision import drawing_dtype
from lora_studio.training.preview import draw_sample
from lora_studio.training.text import TextSource

REFERENCES_PER_STYLE = 360
QUESTIONS_PER_STYLE = 24
SHRINKAGE = 0.03  # of the features' covariance towards a multiple of the identity
CPU_THREADS = 2
TIMED_SAMPLES = 5

# Subjects of real pictures that show the same thing under another of the sets' names.
SAME_SUBJECT = {
    "cat face": ("cat face", "cat", "grinning cat", "grinning cat face", "kissing cat", "kissing cat face",
                 "pouting cat", "pouting cat face", "black cat"),
    "dog face": ("dog face", "dog"),
    "robot": ("robot", "robot face", "technology robot ai"),
    "house": ("house", "house with garden", "house building", "home", "house chimney", "house location"),
    "red apple": ("red apple", "green apple", "shiny apple"),
    "rocket": ("rocket", "rocket flight", "rocket earth"),
    "pizza": ("pizza", "slice of pizza", "full pizza"),
    "woman astronaut": ("woman astronaut", "man astronaut", "astronaut"),
    "tree": ("tree", "deciduous tree", "evergreen tree", "christmas tree", "pine tree"),
    "ghost": ("ghost", "horror ghost"),
    "guitar": ("guitar", "electric guitar"),
    "smiling face with sunglasses": ("smiling face with sunglasses", "face with sunglasses"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Score:
    """Share of samples named right, the judge's own share on real pictures, and how many those were."""

    samples: float
    real: float
    real_count: int


def main() -> None:
    """Prints all figures, and writes the grid of samples."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data_dir", type=Path)
    parser.add_argument("base_dir", type=Path)
    parser.add_argument(
        "--out", type=Path, required=True, help="PNG of the first samples: subjects down, styles across"
    )
    parser.add_argument("--samples", type=int, default=2, help="samples of each of the 144 prompts")
    parser.add_argument("--kept", type=Path, help="file the samples are kept in; read instead of sampling again")
    options = parser.parse_args()
    torch.set_num_threads(CPU_THREADS)
    pipeline = StableDiffusionPipeline.from_pretrained(options.base_dir, torch_dtype=torch.float32)
    pipeline.set_progress_bar_config(disable=True)

    psnr = unseen_psnr(pipeline.vae, PictureBank.load(options.data_dir, "unseen", "cpu"), "cpu", per_set=48)
    for name, value in psnr.items():
        print(f"VAE PSNR, unseen {name}: {value:.2f} dB", flush=True)
    seconds = time_sample(options.base_dir)
    print(f"one 20-step sample of 128 px with guidance, {CPU_THREADS} threads: {seconds:.2f} s", flush=True)

    samples = sample_all(pipeline, options.samples, options.kept)
    tile(samples[:, :, 0].flatten(0, 1), len(GRID_STYLES)).save(options.out)
    bank = PictureBank.load(options.data_dir, "train", "cpu")
    style, style_any = judge_styles(bank, pipeline.vae, samples)
    subject = judge_subjects(bank, samples)
    _print_score("style", style)
    _print_score("style, any subject", style_any)
    _print_score("subject", subject)
    figures = {
        "vae_psnr_db": {name: round(value, 2) for name, value in psnr.items()},
        "seconds_per_sample": round(seconds, 2),
        "samples": samples[..., 0, 0, 0].numel(),
        "style_right": round(style.samples, 3),
        "style_right_real": round(style.real, 3),
        "style_right_real_any_subject": round(style_any.real, 3),
        "subject_right": round(subject.samples, 3),
        "subject_right_real": round(subject.real, 3),
    }
    print(json.dumps(figures))


def time_sample(base_dir: Path) -> float:
    """Median seconds of one picture drawn as the app draws it; the first is not counted."""
    device = torch.device("cpu")
    family = family_of("practice")
    components = family.load(find_base(str(base_dir)), LoadOptions(device=device, dtype=drawing_dtype(device)))
    text = TextSource(family, components, TensorCache(None), learning=False)
    prompt, settings = "a cat face, twemoji style, white background", PreviewSettings(steps=20, guidance=5.0)
    times = []
    for seed in range(TIMED_SAMPLES + 1):
        started = time.perf_counter()
        draw_sample(family, components, text, prompt, settings, seed, 128, device)
        times.append(time.perf_counter() - started)
    return median(times[1:])


def sample_all(pipeline: StableDiffusionPipeline, per_cell: int, kept: Path | None) -> Tensor:
    """Samples of the fixed grid. Shape (subjects, styles, per_cell, 3, 128, 128), floats 0..1."""
    if kept and kept.exists():
        return torch.load(kept, weights_only=True).float() / 255
    rows = []
    for index, subject in enumerate(GRID_SUBJECTS):
        prompts = [grid_prompt(subject, style) for style in GRID_STYLES.values()]
        networks = (pipeline.vae, pipeline.text_encoder, pipeline.unet, pipeline.tokenizer)
        seeds = (100 * repeat + index for repeat in range(per_cell))
        rows.append(torch.stack([sample(*networks, prompts, seed) for seed in seeds], dim=1))
        print(f"sampled {subject}", flush=True)
    samples = torch.stack(rows)
    if kept:
        torch.save((samples * 255).round().byte(), kept)
    return samples


# Style --------------------------------------------------------------------------------------------


def judge_styles(bank: PictureBank, vae: AutoencoderKL, samples: Tensor) -> tuple[Score, Score]:
    """Names each sample's style: the nearest mean of real pictures, features whitened by their scatter.

    Real pictures pass through the base's VAE first. All that the base draws does, and the judge sees the
    faint traces: without this it takes most flat samples for 3D pictures, which were once WebP files.

    Returns:
        The score beside real pictures of the grid's subjects, which is the fair comparison, and the score
        beside any real pictures of the twelve sets. The pictures asked about are not among the references.
    """
    draw = random.Random(0)
    known_subjects = {name for names in SAME_SUBJECT.values() for name in names}
    references, any_pictures, same_subjects = [], [], []
    for name in GRID_STYLES:
        rows = [row for row, record in enumerate(bank.records) if record.set == name]
        same_subjects.append([row for row in rows if bank.records[row].subject in known_subjects])
        others = [row for row in rows if bank.records[row].subject not in known_subjects]
        draw.shuffle(others)
        any_pictures.append(others[:QUESTIONS_PER_STYLE])
        chosen = others[QUESTIONS_PER_STYLE:][:REFERENCES_PER_STYLE]
        references.append(_embed_styles(bank, vae, chosen))
    means = torch.stack([features.mean(0) for features in references])
    scatter = torch.cat([features - mean for features, mean in zip(references, means, strict=True)])
    whiten = _whitener(scatter)

    def is_right(groups: list[Tensor]) -> list[Tensor]:
        distances = [torch.cdist(features @ whiten, means @ whiten) for features in groups]
        return [distance.argmin(1) == style for style, distance in enumerate(distances)]

    sampled = samples.permute(1, 0, 2, 3, 4, 5).flatten(1, 2)  # (styles, samples, 3, height, width)
    named = is_right([embed(pictures)[0] for pictures in sampled])
    for name, right in zip(GRID_STYLES, named, strict=True):
        print(f"  style {name:12} {right.float().mean():.2f}", flush=True)
    share = torch.cat(named).float().mean().item()
    scores = []
    for rows_of_style in (same_subjects, any_pictures):
        answers = torch.cat(is_right([_embed_styles(bank, vae, rows) for rows in rows_of_style]))
        scores.append(Score(share, answers.float().mean().item(), len(answers)))
    return scores[0], scores[1]


def _embed_styles(bank: PictureBank, vae: AutoencoderKL, rows: list[int]) -> Tensor:
    parts = [embed(reconstruct(vae, bank.on_white(part)) / 2 + 0.5)[0] for part in torch.tensor(rows).split(16)]
    return torch.cat(parts)


def _whitener(deviations: Tensor) -> Tensor:
    """Matrix that makes features vary alike in all directions within a style (linear discriminant analysis).

    Args:
        deviations: Features minus the mean of their style. Shape (pictures, features).

    Returns:
        Shape (features, features).
    """
    covariance = deviations.T @ deviations / len(deviations)
    size = len(covariance)
    even = covariance.diagonal().mean() * torch.eye(size)
    values, vectors = torch.linalg.eigh((1 - SHRINKAGE) * covariance + SHRINKAGE * even)
    return vectors * values.rsqrt()


# Subject ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class SubjectPictures:
    """Real pictures of the grid's subjects; each row of `content` has one subject and one style."""

    content: Tensor
    subjects: Tensor
    styles: Tensor


def judge_subjects(bank: PictureBank, samples: Tensor) -> Score:
    """Names each sample's subject among the twelve: the nearest mean of real pictures.

    The mean is taken over the real pictures of that subject in that style; a style that lacks the subject
    borrows the other styles' pictures. Content features are taken relative to the mean picture of their
    style, so that being in the same style does not look like being the same thing. A real picture is judged
    without itself.
    """
    style_means = _style_means(bank)
    real = _real_subjects(bank, style_means)
    answers = []
    for index, (subject, style) in enumerate(zip(real.subjects.tolist(), real.styles.tolist(), strict=True)):
        keep = torch.arange(len(real.subjects)) != index
        others = SubjectPictures(real.content[keep], real.subjects[keep], real.styles[keep])
        answers.append(_name_subjects(real.content[index : index + 1], _subject_means(others, style)).item() == subject)
    right = torch.zeros(samples.shape[:3])
    for style in range(len(GRID_STYLES)):
        means = _subject_means(real, style)
        for subject in range(len(GRID_SUBJECTS)):
            content = embed(samples[subject, style])[1] - style_means[style]
            right[subject, style] = (_name_subjects(content, means) == subject).float()
    for subject_name, share in zip(GRID_SUBJECTS, right.mean((1, 2)).tolist(), strict=True):
        print(f"  subject {subject_name:30} {share:.2f}")
    for style_name, share in zip(GRID_STYLES, right.mean((0, 2)).tolist(), strict=True):
        print(f"  subjects in {style_name:12} {share:.2f}")
    return Score(right.mean().item(), sum(answers) / len(answers), len(answers))


def _style_means(bank: PictureBank) -> Tensor:
    """Mean content of each style's pictures. Shape (styles, features)."""
    draw = random.Random(1)
    means = []
    for name in GRID_STYLES:
        rows = [row for row, record in enumerate(bank.records) if record.set == name]
        means.append(_embed_rows(bank, draw.sample(rows, min(64, len(rows))))[1].mean(0))
    return torch.stack(means)


def _real_subjects(bank: PictureBank, style_means: Tensor) -> SubjectPictures:
    rows, subjects, styles = [], [], []
    for style, set_name in enumerate(GRID_STYLES):
        for subject, names in enumerate(SAME_SUBJECT.values()):
            found = [r for r, record in enumerate(bank.records) if record.set == set_name and record.subject in names]
            rows += found
            subjects += [subject] * len(found)
            styles += [style] * len(found)
    content = _embed_rows(bank, rows)[1] - style_means[styles]
    return SubjectPictures(content, torch.tensor(subjects), torch.tensor(styles))


def _subject_means(real: SubjectPictures, style: int) -> Tensor:
    """Mean content of each subject, from this style where it has the subject. Shape (subjects, features)."""
    means = []
    for subject in range(len(GRID_SUBJECTS)):
        is_subject = real.subjects == subject
        in_style = is_subject & (real.styles == style)
        means.append(real.content[in_style if in_style.any() else is_subject].mean(0))
    return torch.stack(means)


def _name_subjects(content: Tensor, means: Tensor) -> Tensor:
    """The nearest subject of each picture, by angle. Shape (pictures,)."""
    return (F.normalize(content, dim=1) @ F.normalize(means, dim=1).T).argmax(1)


def _embed_rows(bank: PictureBank, rows: list[int]) -> tuple[Tensor, Tensor]:
    return embed(bank.on_white(torch.tensor(rows)) / 2 + 0.5)


def _print_score(what: str, score: Score) -> None:
    print(f"{what} right: {score.samples:.1%} of samples; real pictures {score.real:.1%} of {score.real_count}")


if __name__ == "__main__":
    main()

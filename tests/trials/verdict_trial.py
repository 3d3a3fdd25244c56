"""Tries the verdicts of Compare on labelled runs of the Practice base, well and badly done.

    python tests/trials/verdict_trial.py train PLACE [--only style-normal …]
    python tests/trials/verdict_trial.py measure PLACE > tests/trials/verdicts.jsonl
    python tests/trials/verdict_trial.py evaluate tests/trials/verdicts.jsonl
    python tests/trials/verdict_trial.py copies PLACE

`train`: the sample projects and the style project with inverted colours, each taught at the preset's rate and at eight
times it, one at thirty times, and twice four pictures alone, for long. Every epoch draws the project's own sample
prompts, which the rules look at, and captions of held-back pictures, which only the judge looks at. Four to seven
minutes a run on one core.

`measure`: one line an epoch, with what rules could use and what the judge says. The judge is `lora_studio.judging`,
an image network that is asked about other pictures of the same epoch.

`evaluate`: labels from the judge, what the design's rule says beside them, thresholds fitted on all sets but one, and
how often they are right in that one. An epoch is *good* when its score reaches half the best one of its set. Below that
it is *early* if a later epoch of its run is good, or its pictures moved from the base less than nine tenths of what
those of the best epoch did; else it is *overdone*. A set whose best score is under 0.2 was not learned and is left out.

`copies`: what `lora_studio.dataset.likeness` says of training pictures that were altered, of held-back pictures, and of
every sample of the runs.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image, ImageChops, ImageOps

from lora_studio import embedded
from lora_studio.dataset.likeness import copy_limit, find_copies, picture_gaps, shrink
from lora_studio.embedded import SampleKind, SampleProject
from lora_studio.jobs import supervisor
from lora_studio.judging.adapter import closeness, identity_features, mean_movement, style_features
from lora_studio.runs.create import RunWish, create_run, plan_run
from lora_studio.runs.folder import RunFolder

STEPS = 72
EPOCHS = 3
JUDGED_CAPTIONS = 6
SAMPLE_STEPS = 8
SETS: dict[str, SampleKind] = {"style": "style", "night": "style", "character": "character"}
INVERTED = "night"
LEAST_SCORE = 0.2  # of the judge: 0 is the base alone, 1 held-back pictures of the set
SPREADS = 2.0  # deviations that count as inside a set's spread
LEAST_SPREAD = 0.01  # of a set whose pictures all share a colour
RATES = {"normal": 1.0, "strong": 8.0, "burnt": 30.0, "copy": 5.0}  # times the preset's own

TO_CONES = np.array(
    [[0.4122214708, 0.5363325363, 0.0514459929], [0.2119034982, 0.6806995451, 0.1073969566],
     [0.0883024619, 0.2817188376, 0.6299787005]]
)  # fmt: skip
TO_OKLAB = np.array(
    [[0.2104542553, 0.7936177850, -0.0040720468], [1.9779984951, -2.4285922050, 0.4505937099],
     [0.0259040371, 0.7827717662, -0.8086757660]]
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Trial:
    """One run: which pictures, and how they are taught. `only` leaves these few, to be learned by heart."""

    pictures: str
    strength: str
    only: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        return f"{self.pictures}-{self.strength}"

    @property
    def kind(self) -> SampleKind:
        return SETS[self.pictures]


COPIES = (
    Trial("style", "copy", ("castle", "cat", "key", "rose")),
    Trial("night", "copy", ("clock", "home-scene", "lamp", "trophy")),
)
TRIALS = (
    *(Trial(pictures, strength) for pictures in SETS for strength in ("normal", "strong")),
    Trial("style", "burnt"),
    *COPIES,
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["train", "measure", "evaluate", "copies"])
    parser.add_argument("place", type=Path)
    parser.add_argument("--only", nargs="+", default=[trial.name for trial in TRIALS])
    options = parser.parse_args()
    torch.set_num_threads(1)
    if options.what == "evaluate":
        evaluate([json.loads(line) for line in options.place.read_text(encoding="utf-8").splitlines()])
        return
    if options.what == "copies":
        for pictures in SETS:
            try_copies(pictures)
    for name in options.only:
        trial = next(trial for trial in TRIALS if trial.name == name)
        is_there = (options.place / "runs" / name).exists()
        if options.what == "train" and not is_there:
            began = time.monotonic()
            train(options.place, trial)
            print(f"{name}: {time.monotonic() - began:.0f} s", flush=True)
        elif options.what == "measure" and is_there:
            for row in measure(options.place, trial):
                print(json.dumps(row), flush=True)
        elif options.what == "copies" and is_there:
            find_in_samples(options.place, trial)


def train(place: Path, trial: Trial) -> RunFolder:
    project = embedded.sample_project(trial.kind)
    folder = colour_pictures(place, trial)
    asked = (sorted(folder.glob("*.png")) * 2)[:JUDGED_CAPTIONS] if trial.only else judged_pictures(project)
    captions = [read_caption(path) for path in asked]
    prompts = (*project.sample_prompts, *(with_trigger(caption, project) for caption in captions))
    steps = 2 * STEPS if trial.only or trial.kind == "character" else STEPS
    settings: dict[str, Any] = {
        "schedule": {"max_steps": steps, "min_steps": steps, "epochs": EPOCHS},
        "preview": {"prompts": prompts, "steps": SAMPLE_STEPS},
    }
    wish = RunWish(
        folder=folder, kind=trial.kind, name=trial.name, trigger=project.trigger,
        held_back=None, settings=settings,
    )  # fmt: skip
    rate = plan_run(wish).resolved.config.optimizer.learning_rate
    settings["optimizer"] = {"learning_rate": rate * RATES[trial.strength]}
    if trial.only:
        settings["objective"] = {"keep_base_share": 0.0}
    run = create_run(plan_run(wish), place / "runs" / trial.name)
    assert supervisor.start(run).wait() == 0, supervisor.console_tail(run)
    return run


def judged_pictures(project: SampleProject) -> list[Path]:
    """Held-back pictures, evenly spread, whose captions are drawn for the judge."""
    pictures = sorted(project.held_back_dir.glob("*.png"))
    return pictures[:: len(pictures) // JUDGED_CAPTIONS][:JUDGED_CAPTIONS]


def read_caption(picture: Path) -> str:
    return picture.with_suffix(".txt").read_text(encoding="utf-8").strip()


def with_trigger(caption: str, project: SampleProject) -> str:
    """The caption as the preset of the Practice base trains it."""
    return f"{caption}, {project.trigger}" if project.kind == "style" else f"{project.trigger}, {caption}"


def colour_pictures(place: Path, trial: Trial) -> Path:
    """The set's pictures and captions, in its colours."""
    folder = place / "pictures" / trial.name
    folder.mkdir(parents=True, exist_ok=True)
    for path in sorted(embedded.sample_project(trial.kind).images_dir.glob("*.png")):
        if not trial.only or path.stem in trial.only:
            coloured(path, trial.pictures).save(folder / path.name)
            shutil.copy(path.with_suffix(".txt"), folder)
    return folder


def coloured(path: Path, pictures: str) -> Image.Image:
    """A picture in the colours of the set."""
    plain = Image.open(path).convert("RGB")
    return ImageOps.invert(plain) if pictures == INVERTED else plain


def measure(place: Path, trial: Trial) -> Iterator[dict[str, Any]]:
    """What the rules could use of every epoch, and what the judge says of it."""
    project = embedded.sample_project(trial.kind)
    learned = [Image.open(path) for path in sorted((place / "pictures" / trial.name).glob("*.png"))]
    held_back = [coloured(path, trial.pictures) for path in sorted(project.held_back_dir.glob("*.png"))]
    look = style_features if trial.kind == "style" else identity_features
    called = len(project.sample_prompts) - 1  # the last one has no trigger word
    run = RunFolder.open(place / "runs" / trial.name)
    drawn = {epoch: read_samples(run, epoch, len(project.sample_prompts)) for epoch in run.sampled_epochs()}
    set_colours = np.array([colour_statistics(picture) for picture in learned])
    base_colours = np.mean([colour_statistics(picture) for picture in drawn[0][0][:called]], axis=0)
    base_judged, reference = look(as_tensor(drawn[0][1])), look(as_tensor(held_back))
    before = drawn[0][0]
    for epoch, (samples, judged) in drawn.items():
        here = np.mean([colour_statistics(picture) for picture in samples[:called]], axis=0)
        features = look(as_tensor(judged))
        pairs = picture_gaps([shrink(p) for p in samples], [shrink(p) for p in drawn[0][0]]).diagonal()
        since = picture_gaps([shrink(p) for p in samples], [shrink(p) for p in before]).diagonal()
        yield {
            "trial": trial.name, "epoch": epoch,
            "score": round(closeness(features, base_judged, reference), 3),
            "moved": round(mean_movement(base_judged, features), 3),
            "base": base_colours.round(4).tolist(), "here": here.round(4).tolist(),
            "set_mean": set_colours.mean(0).round(4).tolist(), "set_spread": set_colours.std(0).round(4).tolist(),
            "from_base": round(float(pairs[:called].mean()), 3), "without_word": round(float(pairs[called]), 3),
            "since": round(float(since[:called].mean()), 3),
        }  # fmt: skip
        before = samples


def read_samples(run: RunFolder, epoch: int, own: int) -> tuple[list[Image.Image], list[Image.Image]]:
    """The pictures of the project's own prompts, and those for the judge."""
    paths = sorted(run.sample_dir(epoch).glob("*.png"), key=lambda path: int(path.stem.split("-")[1]))
    pictures = [Image.open(path).convert("RGB") for path in paths[: own + JUDGED_CAPTIONS]]
    return pictures[:own], pictures[own:]


def as_tensor(pictures: Sequence[Image.Image]) -> torch.Tensor:
    """Shape (pictures, 3, 128, 128), floats 0..1."""
    sized = [picture.convert("RGB").resize((128, 128), Image.Resampling.LANCZOS) for picture in pictures]
    return torch.stack([torch.from_numpy(np.array(picture)) for picture in sized]).permute(0, 3, 1, 2).float() / 255


def colour_statistics(picture: Image.Image) -> np.ndarray:
    """Lightness, contrast (its deviation), chroma, and the two colour axes of one picture in Oklab. Shape (5,).

    Source: Ottosson 2020, "A perceptual color space for image processing".
    """
    coded = np.asarray(picture.convert("RGB").resize((64, 64), Image.Resampling.BOX), float) / 255
    linear = np.where(coded <= 0.04045, coded / 12.92, ((coded + 0.055) / 1.055) ** 2.4)
    lightness, red_green, blue_yellow = np.moveaxis(np.cbrt(linear @ TO_CONES.T) @ TO_OKLAB.T, -1, 0)
    chroma = np.hypot(red_green, blue_yellow).mean()
    return np.array([lightness.mean(), lightness.std(), chroma, red_green.mean(), blue_yellow.mean()])


# Evaluating ---------------------------------------------------------------------------------------


def evaluate(rows: list[dict[str, Any]]) -> None:
    """Prints the labels, what the rule of the design says, and how well statistics do where they were not fitted."""
    rows = [row for row in rows if row["epoch"] and not row["trial"].endswith("-copy")]
    for name in SETS:
        scores = [row["score"] for row in rows if set_of(row) == name]
        if scores and max(scores) < LEAST_SCORE:
            print(f"{name}: left out, nothing was learned well there (best score {max(scores):.2f})")
            rows = [row for row in rows if set_of(row) != name]
    labels = label(rows)
    print("trial              epoch  score  moved  label     " + "  ".join(STATISTICS))
    for row, said in zip(rows, labels, strict=True):
        values = "  ".join(f"{find(row):{len(name)}.2f}" for name, find in STATISTICS.items())
        print(f"{row['trial']:18} {row['epoch']:5}  {row['score']:5.2f}  {row['moved']:5.2f}  {said:8}  {values}")
    print("the design's rule, label by label:")
    for one in ("early", "good", "overdone"):
        said = [design_says(row) for row, is_one in zip(rows, labels, strict=True) if is_one == one]
        print(f"  {one:8} said " + ", ".join(f"{words} {said.count(words)}" for words in ("early", "good", "overdone")))
    for one in ("early", "overdone"):
        for kept_out in SETS:
            for name, find in STATISTICS.items():
                cases = [
                    (set_of(row) != kept_out, find(row), said == one)
                    for row, said in zip(rows, labels, strict=True)
                    if said in (one, "good")
                ]
                seen = [(value, is_one) for is_fitted, value, is_one in cases if is_fitted]
                new = [(value, is_one) for is_fitted, value, is_one in cases if not is_fitted]
                if {is_one for _, is_one in seen} == {is_one for _, is_one in new} == {True, False}:
                    print(f"{one:8} fitted without {kept_out:10} {name:14} {judge_statistic(seen, new)}")


def set_of(row: dict[str, Any]) -> str:
    """The set of pictures that an epoch learned."""
    return str(row["trial"]).split("-")[0]


def label(rows: list[dict[str, Any]]) -> list[str]:
    """good, early or overdone for each epoch, from the judge's figures alone."""
    found = []
    for row in rows:
        best = max((r for r in rows if set_of(r) == set_of(row)), key=lambda r: r["score"])
        later = [r for r in rows if r["trial"] == row["trial"] and r["epoch"] > row["epoch"]]
        if row["score"] >= best["score"] / 2:
            found.append("good")
        elif any(r["score"] >= best["score"] / 2 for r in later) or row["moved"] < 0.9 * best["moved"]:
            found.append("early")
        else:
            found.append("overdone")
    return found


def design_says(row: dict[str, Any]) -> str:
    """Overdone when a colour statistic went past the set's spread, good when all are inside it, else early."""
    if colour_overshoot(row) > SPREADS:
        return "overdone"
    return "good" if colour_out(row) <= SPREADS else "early"


def colour_way(row: dict[str, Any]) -> float:
    """How much of the colours' way from the base to the set is left; 0 is arrived, 1 not begun."""
    return distance(row, "here") / distance(row, "base")


def distance(row: dict[str, Any], where: str) -> float:
    """Of mean colour statistics to the set's, in units of the set's own spread."""
    return float(np.sqrt(np.mean(beyond(row, where) ** 2)))


def beyond(row: dict[str, Any], where: str) -> np.ndarray:
    """Each statistic's distance from the set's mean, in units of the set's spread."""
    away = np.array(row[where]) - np.array(row["set_mean"])
    return np.asarray(away / (np.array(row["set_spread"]) + LEAST_SPREAD))


def colour_overshoot(row: dict[str, Any]) -> float:
    """How far colours went past the set, seen from the base, in units of the set's spread."""
    return float((-np.sign(beyond(row, "base")) * beyond(row, "here")).max())


def colour_out(row: dict[str, Any]) -> float:
    """How far the worst colour statistic lies outside the set's spread."""
    return float(np.abs(beyond(row, "here")).max())


STATISTICS: dict[str, Callable[[dict[str, Any]], float]] = {
    "colours left": colour_way,
    "past the set": colour_overshoot,
    "outside": colour_out,
    "contrast": lambda row: float(beyond(row, "here")[1]),
    "chroma": lambda row: float(beyond(row, "here")[2]),
    "from base": lambda row: float(row["from_base"]),
    "no word": lambda row: float(row["without_word"]),
    "since": lambda row: float(row["since"]),
}


def judge_statistic(seen: list[tuple[float, bool]], new: list[tuple[float, bool]]) -> str:
    """The best threshold among the seen, and what it does among the new."""
    sign = 1 if rank(seen) >= 0.5 else -1
    signed = [(sign * value, is_one) for value, is_one in seen]
    limit = max((value for value, _ in signed), key=lambda at: balanced(signed, at))
    said = [is_one for value, is_one in new if sign * value >= limit]
    missed = sum(is_one for value, is_one in new if sign * value < limit)
    area = rank([(sign * value, is_one) for value, is_one in new])
    wrong, right = said.count(False), said.count(True)
    return (
        f"area seen {rank([(v, i) for v, i in signed]):.2f}, new {area:.2f}; said {len(said)} times, right {right}, "
        f"wrong {wrong}, missed {missed}, of {len(new)}"
    )


def rank(cases: list[tuple[float, bool]]) -> float:
    """Chance that one case that is lies above one that is not: the area under the curve."""
    are, are_not = [v for v, is_one in cases if is_one], [v for v, is_one in cases if not is_one]
    return float(np.mean([(v > w) + (v == w) / 2 for v in are for w in are_not]))


def balanced(cases: list[tuple[float, bool]], limit: float) -> float:
    """Mean of the shares told right among those that are and those that are not."""
    are, are_not = [v for v, is_one in cases if is_one], [v for v, is_one in cases if not is_one]
    return float(np.mean([v >= limit for v in are]) + np.mean([v < limit for v in are_not])) / 2


# Copies -------------------------------------------------------------------------------------------


def try_copies(pictures: str) -> None:
    """Altered training pictures should be found under their names, held-back ones not at all."""
    project = embedded.sample_project(SETS[pictures])
    learned = [coloured(path, pictures) for path in sorted(project.images_dir.glob("*.png"))]
    held_back = [coloured(path, pictures) for path in sorted(project.held_back_dir.glob("*.png"))]
    known = [shrink(picture) for picture in learned]
    limit = copy_limit(known)
    print(f"{pictures}: limit {limit}")
    if limit is None:
        return
    nowhere = np.full((len(learned), len(learned)), 2, np.float32)
    for name, alter in ALTERED.items():
        gaps = picture_gaps([shrink(alter(picture)) for picture in learned], known)
        found = find_copies(gaps, nowhere, limit)
        right = sum(number == index for index, number in enumerate(found))
        wrong = sum(number not in (None, index) for index, number in enumerate(found))
        print(f"  {name:16} found {right} of {len(learned)}, under another name {wrong}")
    found = find_copies(picture_gaps([shrink(picture) for picture in held_back], known), nowhere, limit)
    print(f"  held-back pictures taken for copies: {sum(number is not None for number in found)} of {len(found)}")


def find_in_samples(place: Path, trial: Trial) -> None:
    """What is said of each sample with an adapter."""
    paths = sorted((place / "pictures" / trial.name).glob("*.png"))
    learned = [shrink(Image.open(path)) for path in paths]
    limit = copy_limit(learned)
    run = RunFolder.open(place / "runs" / trial.name)
    drawn_by = [read_samples(run, epoch, 4) for epoch in run.sampled_epochs()]
    base, *epochs = [[shrink(picture) for picture in (*own, *judged)] for own, judged in drawn_by]
    by_base = picture_gaps(base, learned)
    for epoch, drawn in enumerate(epochs, 1):
        gaps = picture_gaps(drawn, learned)
        found = find_copies(gaps, by_base, limit) if limit else [None] * len(drawn)
        named = [f"{place + 1}: {paths[number].name}" for place, number in enumerate(found) if number is not None]
        print(
            f"{trial.name} epoch {epoch}: limit {limit}, nearest {gaps.min():.2f}, said {len(named)} of {len(drawn)}",
            named,
        )


ALTERED: dict[str, Callable[[Image.Image], Image.Image]] = {
    "blurred": lambda picture: picture.resize((48, 48)),
    "noisy": lambda picture: Image.blend(picture, Image.effect_noise(picture.size, 100).convert("RGB"), 0.3),
    "dimmed": lambda picture: picture.point(lambda value: value * 7 // 10),
    "moved by 5 %": lambda picture: ImageChops.offset(picture, picture.width // 20),
    "colours swapped": lambda picture: Image.merge("RGB", picture.split()[::-1]),
    "grey": lambda picture: picture.convert("L").convert("RGB"),
    "mirrored": ImageOps.mirror,
    "larger by 10 %": lambda picture: ImageOps.crop(picture, picture.width // 20),
    "turned by 10°": lambda picture: picture.rotate(10, fillcolor=picture.getpixel((0, 0))),  # type: ignore[arg-type]
}


if __name__ == "__main__":
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    main()

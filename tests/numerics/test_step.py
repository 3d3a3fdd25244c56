"""What a step draws: noise, noise levels and captions, each as its setting says."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import torch
from diffusers.schedulers.scheduling_ddim import rescale_zero_terminal_snr
from drawn_pictures import draw_pictures
from tiny_base import write_tiny_base

from lora_studio.errors import ExitCode
from lora_studio.runs.commands import CommandReader
from lora_studio.runs.create import RunWish, create_run, merge_settings, plan_run
from lora_studio.runs.events import EventWriter
from lora_studio.training.__main__ import main
from lora_studio.training.randomness import normal
from lora_studio.training.trainer import Trainer

DRAW = (1, 1, 0, 0)
TINY: dict[str, Any] = {
    "dataset": {"resolution_px": 64, "bucket_multiple_px": 8, "flip": False, "caption_dropout": 0.0},
    "adapter": {"rank": 2},
    "schedule": {"min_steps": 1, "max_steps": 2, "epochs": 1, "batch_size": 2},
    "objective": {"keep_base_share": 0.0, "min_snr_gamma": None},
    "preview": {"enabled": False},
    "precision": {"device": "cpu", "cpu_threads": 1},
}


def prepared(base: Path, pictures: Path, folder: Path, changes: Mapping[str, Any]) -> Trainer:
    settings = merge_settings([TINY, changes])
    run = create_run(plan_run(RunWish(folder=pictures, base=str(base), trigger="zzdisc", settings=settings)), folder)
    with EventWriter(run.events_path) as writer:
        trainer = Trainer(run, writer, CommandReader(run))
        trainer.prepare()
    return trainer


def noisy_and_loss(trainer: Trainer, answer: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, float]:
    """What the network was shown, at which levels, and the loss if it answers this."""
    seen = []

    def watched(noisy: torch.Tensor, timesteps: torch.Tensor, words: Mapping[str, torch.Tensor]) -> torch.Tensor:
        seen.append((noisy, timesteps))
        return answer

    step = trainer._take_step
    step._answer = watched  # type: ignore[assignment,method-assign]
    loss = float(step._loss(step._look([0, 1], DRAW)))
    ((noisy, timesteps),) = seen
    return noisy, trainer._components.alphas_cumprod[timesteps].view(-1, 1, 1, 1), loss


def test_a_perturbation_is_in_the_picture_and_not_in_the_answer(
    tiny_base: Path, pictures: Path, tmp_path: Path
) -> None:
    """Ning et al. 2023, arXiv:2301.11706, algorithm 1: shown are noise + gamma * xi, asked for is the noise."""
    plain = prepared(tiny_base, pictures, tmp_path / "plain", {})
    perturbed = prepared(tiny_base, pictures, tmp_path / "perturbed", {"objective": {"input_perturbation": 0.1}})
    noise = normal((2, *plain._latents.shape(0)), *DRAW, "noise")
    before, levels, _ = noisy_and_loss(plain, noise)
    after, _, loss = noisy_and_loss(perturbed, noise)
    extra = normal(tuple(noise.shape), *DRAW, "perturbation")
    assert torch.allclose(after - before, (1 - levels).sqrt() * 0.1 * extra, atol=1e-5)
    assert loss == 0


def test_multires_noise_is_shown_and_asked_for(tiny_base: Path, pictures: Path, tmp_path: Path) -> None:
    trainer = prepared(tiny_base, pictures, tmp_path / "run", {"objective": {"multires_noise": 0.5}})
    shape = (2, *trainer._latents.shape(0))
    coarse = trainer._take_step._noise(shape, DRAW)
    assert not torch.allclose(coarse, normal(shape, *DRAW, "noise"), atol=0.1)
    _, _, loss = noisy_and_loss(trainer, coarse)
    assert loss == 0


def test_the_kind_of_error_and_the_weight_of_the_settings_count(
    tiny_base: Path, pictures: Path, tmp_path: Path
) -> None:
    objective = {"loss": "huber", "huber_limit": 4.0, "debiased": True, "min_snr_gamma": None}
    trainer = prepared(tiny_base, pictures, tmp_path / "run", {"objective": objective})
    noise = normal((2, *trainer._latents.shape(0)), *DRAW, "noise")
    _, levels, loss = noisy_and_loss(trainer, noise + 3)  # an error of 3 is 8 at a limit of 4
    assert loss == pytest.approx(float((8 * ((1 - levels) / levels).sqrt()).mean()), rel=1e-4)


@pytest.mark.parametrize("density", ["uniform", "logit_normal"])
def test_noise_levels_stay_inside_their_range_and_reach_its_ends(
    tiny_base: Path, pictures: Path, tmp_path: Path, density: str
) -> None:
    changes = {"objective": {"timestep_low": 200, "timestep_high": 203, "timestep_density": density}}
    step = prepared(tiny_base, pictures, tmp_path / "run", changes)._take_step
    drawn = step._timesteps(torch.zeros(4000, dtype=torch.bool), DRAW)
    assert set(drawn.tolist()) == {200, 201, 202, 203}
    kept = step._timesteps(torch.ones(4000, dtype=torch.bool), DRAW)
    assert set(kept.tolist()) == {202, 203}


def test_logit_normal_prefers_the_middle_and_its_centre_moves_it(
    tiny_base: Path, pictures: Path, tmp_path: Path
) -> None:
    """Half of the numbers of a standard normal lie within 0.6745, whose sigmoid is 0.6625."""
    changes = {"objective": {"timestep_density": "logit_normal", "density_centre": 1.0}}
    step = prepared(tiny_base, pictures, tmp_path / "run", changes)._take_step
    drawn = step._timesteps(torch.zeros(20_000, dtype=torch.bool), DRAW).float()
    expected = torch.sigmoid(torch.tensor([1 - 0.6745, 1.0, 1 + 0.6745])) * 1000
    assert drawn.quantile(torch.tensor([0.25, 0.5, 0.75])).tolist() == pytest.approx(expected.tolist(), abs=12)


def test_zero_terminal_snr_has_the_levels_of_diffusers(pictures: Path, tmp_path: Path) -> None:
    base = write_tiny_base(tmp_path / "base", "v_prediction")
    plain = prepared(base, pictures, tmp_path / "plain", {})._components
    trainer = prepared(base, pictures, tmp_path / "run", {"objective": {"zero_terminal_snr": True}})
    levels = trainer._components.alphas_cumprod
    betas = torch.linspace(0.00085**0.5, 0.012**0.5, 1000) ** 2
    expected = torch.cumprod(1 - rescale_zero_terminal_snr(betas), dim=0)
    assert torch.allclose(levels, expected, atol=1e-6)
    assert levels[-1] == 0 < plain.alphas_cumprod[-1]
    assert main(str(trainer.run.path)) == ExitCode.DONE


def test_tags_are_mixed_anew_at_each_look_and_the_trigger_word_stays(
    tiny_base: Path, pictures: Path, tmp_path: Path
) -> None:
    for caption in pictures.glob("*.txt"):
        caption.write_text("a, b, c, d, e, f, g")
    trainer = prepared(tiny_base, pictures, tmp_path / "run", {"dataset": {"shuffle_tags": True}})
    step = trainer._take_step
    looks = [step._caption(0, False, (1, number)) for number in range(20)]
    assert all(look.startswith("a, ") and look.endswith(", zzdisc") for look in looks)
    assert {"".join(sorted(look)) for look in looks} == {"".join(sorted(looks[0]))}
    assert len(set(looks)) > 15
    assert step._caption(0, False, (1, 3)) == looks[3]
    assert "zzdisc" not in step._caption(0, True, (1, 3))


def test_pictures_of_the_kind_count_by_their_own_weight(tiny_base: Path, pictures: Path, tmp_path: Path) -> None:
    kind = draw_pictures(tmp_path / "others", count=2)
    changes = {"dataset": {"prior_folder": str(kind)}, "objective": {"prior_weight": 0.25, "min_snr_gamma": None}}
    trainer = prepared(tiny_base, pictures, tmp_path / "run", changes)
    step, own_count = trainer._take_step, len(trainer._pictures.training)
    assert step._look([0, own_count], DRAW).weight.tolist() == [1.0, 0.25]
    seen = {index for number in range(1, 9) for batch in trainer._plan.batches(number) for index in batch}
    assert seen >= {0, own_count}

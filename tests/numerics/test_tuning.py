"""What is chosen from times on a card, tried with times that are given; and that a training uses it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import safetensors.torch
import torch
from torch import Tensor, nn

from lora_studio import paths
from lora_studio.adapters.blocks import AttentionChoice, FusedAttention, attending, lay_out_convolutions
from lora_studio.hardware.card_facts import remembered
from lora_studio.runs.commands import CommandReader
from lora_studio.runs.create import RunWish, create_run, merge_settings, plan_run
from lora_studio.runs.events import EventReader, EventWriter, Phase
from lora_studio.runs.folder import RunFolder
from lora_studio.training import tuning
from lora_studio.training.trainer import Trainer
from lora_studio.training.tuning import Action, Convolution, Pieces, measure

CPU = torch.device("cpu")
SIDE_PX = 64
SETTINGS: dict[str, Any] = {
    "dataset": {"resolution_px": SIDE_PX, "bucket_multiple_px": 8},
    "adapter": {"rank": 4, "alpha": 4},
    "optimizer": {"learning_rate": 1e-2},
    "schedule": {"min_steps": 1, "max_steps": 3, "looks_per_picture": 100, "epochs": 1, "batch_size": 2},
    "preview": {"enabled": False},
    "precision": {"device": "cpu", "cpu_threads": 1},
}
SMALL, LARGE = (1, 2, 16, 16, 8), (1, 2, 64, 64, 8)
TO_WORDS = (1, 2, 64, 9, 8)
KERNEL, BIG_KERNEL = (8, 8, 3, 3), (16, 8, 3, 3)


class GivenTimes:
    """A stopwatch that does each thing once on the processor, and says the times it was given.

    Candidates without a time are not done: those that a backend does not have.
    """

    def __init__(self, times: Callable[[Any], Mapping[str, float]], piece_s: float = 0.0) -> None:
        self._times = times
        self._piece_s = piece_s
        self.now_s = 0.0
        self.pieces: list[Any] = []

    def race(self, piece: object, candidates: Mapping[str, Action]) -> dict[str, float]:
        self.pieces.append(piece)
        self.now_s += self._piece_s
        times = self._times(piece)
        for name in times.keys() & candidates.keys() & {"own", "plain", "turned"}:  # others are a card's
            candidates[name]()
        return dict(times)


def measured(pieces: Pieces, times: dict[Any, dict[str, float]], piece_s: float = 0.0) -> tuple[Any, GivenTimes]:
    watch = GivenTimes(lambda piece: times.get(piece, {}), piece_s)
    return measure(pieces, torch.float32, CPU, watch, clock=lambda: watch.now_s), watch


def convolution(kernel: tuple[int, int, int, int], side: int) -> Convolution:
    return Convolution(kernel, (1, 1), (1, 1), (1, kernel[1], side, side))


@pytest.fixture
def small_rule(monkeypatch: pytest.MonkeyPatch) -> None:
    """By rule the big kernel is turned and the small one is not."""
    monkeypatch.setattr(tuning, "LARGE_KERNELS", 9 * 16 * 8)


def test_the_backend_with_the_least_time_over_all_attentions_wins() -> None:
    pieces = Pieces(self_attentions=Counter({SMALL: 10, LARGE: 2}), cross_attentions=Counter({TO_WORDS: 12}))
    found, _ = measured(
        pieces,
        {
            SMALL: {"own": 0.004, "flash": 0.003, "cudnn": 0.002},  # times 10
            LARGE: {"own": 0.010, "flash": 0.002, "cudnn": 0.009},  # times 2
            TO_WORDS: {"own": 0.001, "efficient": 0.0005},
        },
    )
    assert (found.self_attention, found.cross_attention) == ("flash", "efficient")  # 34 ms against 38, 44 and 60
    assert found.saved_ms == pytest.approx((60 - 34) + (12 - 6))
    assert set(found.cudnn_shapes) == {SMALL, LARGE}


def test_a_backend_that_fails_at_a_shape_counts_there_as_torchs_own() -> None:
    pieces = Pieces(self_attentions=Counter({SMALL: 1, LARGE: 1}))
    found, _ = measured(
        pieces, {SMALL: {"own": 0.010, "cudnn": 0.001}, LARGE: {"own": 0.100, "flash": 0.080, "cudnn": 0.099}}
    )
    assert (found.self_attention, found.saved_ms) == ("flash", pytest.approx(20))
    assert measured(pieces, {})[0].self_attention == "own"


def test_a_gain_that_may_be_chance_changes_nothing(small_rule: None) -> None:
    pieces = Pieces(
        Counter({SMALL: 1}), convolutions=Counter({convolution(KERNEL, 8): 1, convolution(BIG_KERNEL, 8): 1})
    )
    found, _ = measured(
        pieces,
        {
            SMALL: {"own": 1.0, "flash": 0.98},
            convolution(KERNEL, 8): {"plain": 1.0, "turned": 0.98},
            convolution(BIG_KERNEL, 8): {"plain": 0.98, "turned": 1.0},
        },
    )
    assert (found.self_attention, found.saved_ms) == ("own", 0.0)
    assert {kernel.shape: kernel.is_turned for kernel in found.kernels} == {KERNEL: False, BIG_KERNEL: True}


def test_kernels_are_laid_out_as_is_fastest_where_they_occur(small_rule: None) -> None:
    pieces = Pieces(
        convolutions=Counter({convolution(KERNEL, 8): 5, convolution(KERNEL, 16): 1, convolution(BIG_KERNEL, 8): 2})
    )
    found, _ = measured(
        pieces,
        {
            convolution(KERNEL, 8): {"plain": 0.002, "turned": 0.001},
            convolution(KERNEL, 16): {"plain": 0.002, "turned": 0.004},
            convolution(BIG_KERNEL, 8): {"plain": 0.003, "turned": 0.005},
        },
    )
    chosen = {kernel.shape: (kernel.is_turned, kernel.layers) for kernel in found.kernels}
    assert chosen == {KERNEL: (True, 6), BIG_KERNEL: (False, 2)}
    assert found.saved_ms == pytest.approx(3 + 4)


def test_what_is_not_reached_in_time_keeps_the_rules(small_rule: None) -> None:
    shapes = [(1, 2, cells, cells, 8) for cells in (64, 48, 32, 16, 8)]
    pieces = Pieces(
        Counter(shapes),
        convolutions=Counter({convolution(BIG_KERNEL, 16): 1, convolution(KERNEL, 16): 1, convolution(KERNEL, 8): 1}),
    )
    times: dict[Any, dict[str, float]] = {shape: {"own": 1.0, "flash": 0.5} for shape in shapes}
    times |= {one: {"plain": 1.0, "turned": 0.5} for one in pieces.convolutions}
    found, watch = measured(pieces, times, piece_s=2.0)
    # The product and two attentions until 5 s are over, then two convolutions until 10 s are.
    assert watch.pieces == ["product", *shapes[:2], convolution(BIG_KERNEL, 16), convolution(KERNEL, 16)]
    assert found.self_attention == "flash"
    assert [kernel.shape for kernel in found.kernels] == [BIG_KERNEL]  # the other was measured at one place of two
    assert (found.seconds, found.copy_gb_s) == (10.0, None)


def test_rates_come_from_the_commonest_product_and_a_copy() -> None:
    pieces = Pieces(self_attentions=Counter({SMALL: 1, LARGE: 3}))
    found, _ = measured(pieces, {"product": {"own": 1e-6}, "copy": {"own": 0.001}})
    assert found.tflops == pytest.approx(2 * 64 * 16 * 16 / 1e-6 / 1e12)
    assert found.copy_gb_s == pytest.approx(2 * (128 << 20) / 0.001 / 1e9)


def test_measuring_draws_none_of_the_trainings_random_numbers() -> None:
    torch.manual_seed(1)
    expected = torch.rand(3)
    torch.manual_seed(1)
    measured(Pieces(Counter({SMALL: 1}), convolutions=Counter({convolution(KERNEL, 8): 1})), {})
    assert torch.equal(torch.rand(3), expected)


def test_measured_layouts_go_before_the_rule() -> None:
    network = nn.Sequential(nn.Conv2d(8, 8, 3), nn.Conv2d(8, 16, 3))
    lay_out_convolutions(network, {KERNEL: True})
    turned = [layer.weight.is_contiguous(memory_format=torch.channels_last) for layer in network]
    assert turned == [True, False]


def test_cudnn_gets_only_attentions_at_which_it_worked() -> None:
    choice = AttentionChoice("cudnn", "flash", {LARGE})
    assert choice.backend(LARGE, reads_words=False) == "cudnn"
    assert choice.backend(SMALL, reads_words=False) == "own"
    assert choice.backend(TO_WORDS, reads_words=True) == "flash"


@pytest.mark.parametrize("backend", ["flash", "efficient", "cudnn"])
def test_a_backend_that_is_not_here_is_replaced_and_torchs_order_comes_back(backend: Any) -> None:
    torch.manual_seed(2)
    query, key, value = (torch.randn(1, 2, 8, 8) for _ in range(3))
    expected = nn.functional.scaled_dot_product_attention(query, key, value)
    before = torch._C._get_sdp_priority_order()
    with attending(backend):
        found = nn.functional.scaled_dot_product_attention(query, key, value)
    assert torch.allclose(found, expected, atol=1e-6)
    assert torch._C._get_sdp_priority_order() == before
    assert torch.backends.cuda.cudnn_sdp_enabled() and torch.backends.cuda.mem_efficient_sdp_enabled()


# ── In a training ──────────────────────────────────────────────────────────────────────────────────────────


def given(piece: Any) -> dict[str, float]:
    if isinstance(piece, str):
        return {"own": 0.001}
    return {"plain": 0.002, "turned": 0.001} if isinstance(piece, Convolution) else {"own": 0.002, "flash": 0.001}


def make_run(base: Path, pictures: Path, folder: Path, precision: Mapping[str, str] | None = None) -> RunFolder:
    settings = merge_settings([SETTINGS, {"precision": precision or {}}])
    return create_run(plan_run(RunWish(folder=pictures, base=str(base), trigger="zzdisc", settings=settings)), folder)


def adapter(run: RunFolder) -> dict[str, Tensor]:
    return safetensors.torch.load_file(run.epoch_path(run.epochs()[-1]))


def train(run: RunFolder, watch: Any) -> Trainer:
    with EventWriter(run.events_path) as writer:
        trainer = Trainer(run, writer, CommandReader(run), fast_devices=("cpu",), stopwatch=watch)
        trainer.prepare()
        trainer.announce()
        assert trainer.learn() == "done"
    return trainer


def choices(trainer: Trainer) -> set[tuple[str, str]]:
    fast = trainer._take_step._fast
    assert fast is not None
    blocks = [block for block in fast.adapter._blocks if isinstance(block, FusedAttention)]
    return {(block._choice.within, block._choice.to_words) for block in blocks}


def phases(run: RunFolder) -> list[str]:
    return [event.name for event in EventReader(run.events_path).read() if isinstance(event, Phase)]


@pytest.fixture
def all_kernels(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tuning, "SMALLEST_KERNELS", 1)


def test_a_training_measures_once_uses_it_and_learns_the_same(
    tiny_base: Path, pictures: Path, tmp_path: Path, all_kernels: None
) -> None:
    runs = [make_run(tiny_base, pictures, tmp_path / name) for name in ("first", "second", "unmeasured")]
    watch = GivenTimes(given)
    assert choices(train(runs[0], watch)) == {("flash", "flash")}
    assert phases(runs[0]).count("measuring") == 2  # it begins and ends
    assert phases(runs[0]).index("measuring") < phases(runs[0]).index("testing")
    (known,) = remembered()
    assert (known.conditions.device, known.conditions.resolution_px, known.conditions.pictures) == ("cpu", SIDE_PX, 2)
    assert known.tuning.kernels and known.tuning.tflops is not None
    asked = len(watch.pieces)
    assert any(isinstance(piece, Convolution) for piece in watch.pieces)
    assert choices(train(runs[1], watch)) == {("flash", "flash")}
    assert (len(watch.pieces), "measuring" in phases(runs[1])) == (asked, False)
    assert choices(train(runs[2], None)) == {("own", "own")}
    for run in runs[1:]:
        for name, weights in adapter(run).items():
            assert torch.allclose(weights, adapter(runs[0])[name], atol=1e-5), name


@pytest.mark.parametrize("precision", [{"tuning": "off"}, {"fast_step": "off"}])
def test_switched_off_nothing_is_measured(
    tiny_base: Path, pictures: Path, tmp_path: Path, precision: dict[str, str]
) -> None:
    run = make_run(tiny_base, pictures, tmp_path / "run", precision)
    watch = GivenTimes(given)
    train(run, watch)
    assert (watch.pieces, remembered()) == ([], ())


def test_a_card_that_cannot_be_measured_trains_by_the_rules(
    tiny_base: Path, pictures: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    def no_memory(piece: object) -> dict[str, float]:
        raise torch.OutOfMemoryError("CUDA out of memory")

    run = make_run(tiny_base, pictures, tmp_path / "run")
    assert choices(train(run, GivenTimes(no_memory))) == {("own", "own")}
    assert remembered() == ()
    assert "was not measured" in caplog.text


def test_what_cannot_be_kept_is_used_all_the_same(
    tiny_base: Path, pictures: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    paths.cache_dir().parent.mkdir(parents=True, exist_ok=True)
    paths.cache_dir().write_text("a file where the folder should be")
    run = make_run(tiny_base, pictures, tmp_path / "run")
    assert choices(train(run, GivenTimes(given))) == {("flash", "flash")}
    assert "is not kept" in caplog.text

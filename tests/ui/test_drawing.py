"""Pictures drawn to compare, with a program of ours in place of the real one."""

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest
from pytestqt.qtbot import QtBot
from told_runs import trained_run

from lora_studio.config.training import TrainingConfig
from lora_studio.training.draw import DrawWish as DrawProgramWish
from ui.models.comparison import EpochComparison, StrengthComparison, Verdicts, spread_epochs
from ui.models.drawing import Drawings, DrawWish, draw_order
from ui.models.run import RunModel
from ui.models.run_record import RunFacts

WAIT_MS = 8000
PROGRAM = """
import json, os, sys, time
from PIL import Image
order = json.load(sys.stdin)
log = open({log!r}, "a")
log.write(json.dumps(order) + "\\n")
log.close()
mode = {mode!r}
for index, path in enumerate(order["out_paths"]):
    if mode == "wait":
        time.sleep(60)
    if mode == "refuse" or (mode == "half" and index == 1):
        told = {{"code": "x", "title": "The card is full.", "detail": "", "hint": ""}}
        print(json.dumps({{"error": told}}))
        sys.exit(20)
    if mode == "crash":
        os._exit(3)
    Image.new("RGB", (8, 8)).save(path)
    print("Drawn", file=sys.stderr, flush=True)
print(json.dumps({{"pictures": order["out_paths"]}}))
"""
Make = Callable[..., Drawings]


@pytest.fixture
def run(tmp_path: Path, qtbot: QtBot) -> Iterator[RunModel]:
    model = RunModel(trained_run(tmp_path / "ink"))
    with qtbot.waitSignal(model.samples_changed, timeout=WAIT_MS):
        model.look()
    yield model
    model.rest()


@pytest.fixture
def drawings(run: RunModel, tmp_path: Path, qtbot: QtBot) -> Iterator[Make]:
    made: list[Drawings] = []

    def make(mode: str = "draw") -> Drawings:
        program = tmp_path / f"{mode}.py"
        program.write_text(PROGRAM.format(log=str(tmp_path / "log"), mode=mode))
        made.append(Drawings(run, tmp_path / "drawings", command=[sys.executable, str(program)]))
        with qtbot.waitSignal(made[-1].ready, timeout=WAIT_MS):
            made[-1].read()
        return made[-1]

    yield make
    for each in made:
        each.close()


def orders(tmp_path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in (tmp_path / "log").read_text().splitlines()]


def wish(epoch: int = 2, strength: float = 0.6, prompt: str = "a boat", seed: int = 5) -> DrawWish:
    return DrawWish(epoch, strength, prompt, seed)


def test_a_picture_is_drawn_once_and_found_again_later(drawings: Make, qtbot: QtBot, tmp_path: Path) -> None:
    first = drawings()
    with qtbot.waitSignal(first.drawn, timeout=WAIT_MS) as drawn:
        first.draw([wish()])
    assert drawn.args == [wish()]
    again = drawings()
    assert again.picture(wish()) == first.picture(wish())
    again.draw([wish()])
    assert not again.is_drawing
    assert len(orders(tmp_path)) == 1


def test_the_order_says_what_the_trainer_drew_with(drawings: Make, qtbot: QtBot, tmp_path: Path) -> None:
    made = drawings()
    with qtbot.waitSignal(made.drawn, timeout=WAIT_MS):
        made.draw([wish()])
    order = orders(tmp_path)[0]
    assert (order["prompts"], order["seed"], order["steps"], order["guidance"]) == (["a boat"], 5, 20, 7.0)
    assert order["size_px"] == 512
    adapters = order["adapters"]
    assert isinstance(adapters, list)
    assert adapters[0]["strength"] == 0.6


def test_the_drawing_program_understands_the_order(run: RunModel, tmp_path: Path) -> None:
    assert run.facts is not None
    order = draw_order(run.facts, [wish()], tmp_path / "a.safetensors", [tmp_path / "a.png"])
    understood = DrawProgramWish.model_validate_json(json.dumps(order))
    assert (understood.prompts, understood.adapters[0].strength) == (("a boat",), 0.6)


def test_a_picture_is_ordered_with_the_settings_its_training_had(tmp_path: Path) -> None:
    config = TrainingConfig.model_validate(
        {
            "name": "ink", "base": {"source": "practice", "clip_skip": 2, "prediction": "v_prediction"},
            "dataset": {"caption_tokens": 150}, "objective": {"zero_terminal_snr": True, "min_snr_gamma": None},
        }
    )  # fmt: skip
    order = draw_order(RunFacts(config, None), [wish()], tmp_path / "a.safetensors", [tmp_path / "a.png"])
    understood = DrawProgramWish.model_validate_json(json.dumps(order))
    assert (understood.clip_skip, understood.caption_tokens) == (2, 150)
    assert (understood.prediction, understood.zero_terminal_snr) == ("v_prediction", True)


def test_the_base_alone_is_drawn_without_an_adapter(drawings: Make, qtbot: QtBot, tmp_path: Path) -> None:
    made = drawings()
    with qtbot.waitSignal(made.drawn, timeout=WAIT_MS):
        made.draw([wish(epoch=0, strength=0.0)])
    assert orders(tmp_path)[0]["adapters"] == []


def test_the_same_prompt_at_another_epoch_or_strength_is_another_picture(drawings: Make) -> None:
    made = drawings()
    paths = {made.path_of(each) for each in (wish(), wish(epoch=1), wish(strength=0.8), wish(seed=6), wish(prompt="x"))}
    assert len(paths) == 5
    assert made.path_of(wish(epoch=1, strength=0.0)) == made.path_of(wish(epoch=2, strength=0.0))


def test_a_column_is_drawn_by_one_process_and_counted(drawings: Make, qtbot: QtBot, tmp_path: Path) -> None:
    made = drawings()
    column = [wish(seed=seed) for seed in (5, 6, 7)]
    made.draw([*column, wish(strength=0.8)])
    assert (made.done_count, made.total_count) == (0, 4)
    qtbot.waitUntil(lambda: not made.is_drawing, timeout=WAIT_MS)
    assert (made.done_count, made.total_count) == (4, 4)
    prompts = [order["prompts"] for order in orders(tmp_path)]
    assert [len(each) for each in prompts if isinstance(each, list)] == [3, 1]


def test_a_refusal_is_told_in_its_words_and_what_was_drawn_before_stays(drawings: Make, qtbot: QtBot) -> None:
    made = drawings("half")
    made.draw([wish(seed=5), wish(seed=6)])
    qtbot.waitUntil(lambda: not made.is_drawing, timeout=WAIT_MS)
    assert made.picture(wish(seed=5)) is not None
    assert made.reason(wish(seed=6)) == "The card is full."


def test_a_program_that_dies_leaves_a_reason_and_the_next_goes_on(drawings: Make, qtbot: QtBot, tmp_path: Path) -> None:
    made = drawings("crash")
    made.draw([wish(), wish(strength=0.8)])
    qtbot.waitUntil(lambda: not made.is_drawing, timeout=WAIT_MS)
    assert made.reason(wish()) == "The picture could not be drawn."
    assert len(orders(tmp_path)) == 2


def test_stop_ends_the_program_and_gives_up_what_waits(drawings: Make, qtbot: QtBot, tmp_path: Path) -> None:
    made = drawings("wait")
    made.draw([wish(), wish(strength=0.8)])
    qtbot.waitUntil(lambda: (tmp_path / "log").exists(), timeout=WAIT_MS)
    assert made.is_waiting(wish())
    assert made._process is not None
    pid = made._process.processId()
    made.stop()
    qtbot.waitUntil(lambda: not psutil.pid_exists(pid), timeout=WAIT_MS)
    assert not made.is_drawing
    assert not made.is_waiting(wish())
    assert made.reason(wish()) == ""


def test_added_prompts_are_kept_for_the_next_time(drawings: Make, qtbot: QtBot) -> None:
    drawings().add_prompt("a lighthouse", 99)
    qtbot.waitUntil(lambda: [each.prompt for each in drawings().added] == ["a lighthouse"], timeout=WAIT_MS)


def test_the_cost_counts_pictures_and_starts_of_the_program(drawings: Make) -> None:
    made = drawings()
    column = [wish(seed=5), wish(seed=6)]
    assert made.cost_s(column) == 2 * 8.0 + 10.0
    assert made.cost_s([*column, wish(strength=0.8)]) == 3 * 8.0 + 20.0


def test_an_added_prompt_is_a_row_to_be_drawn(run: RunModel, drawings: Make) -> None:
    made = drawings()
    epochs = EpochComparison(run, Verdicts(), lambda _: None, made)
    before = len(epochs.rows)
    made.add_prompt("a lighthouse", 99)
    assert epochs.rows[before].prompt == "a lighthouse"
    assert epochs.cell(before, 1).state == "missing"
    assert epochs.wish(before, 0) == DrawWish(0, 0.0, "a lighthouse", 99)
    assert epochs.wish(before, 2) == DrawWish(2, 1.0, "a lighthouse", 99)


def test_strengths_take_from_the_trainer_what_it_drew(run: RunModel, drawings: Make, qtbot: QtBot) -> None:
    made = drawings()
    strengths = StrengthComparison(run, made, 2, None, lambda _: None)
    assert [strengths.cell(0, column).state for column in range(5)] == [
        "picture", "missing", "missing", "missing", "picture",
    ]  # fmt: skip
    with qtbot.waitSignal(made.drawn, timeout=WAIT_MS):
        made.draw([strengths.wish(0, 1)])
    assert strengths.cell(0, 1).state == "picture"
    strengths.show_epoch(1)
    assert strengths.cell(0, 1).state == "missing"


def test_a_sample_whose_file_is_gone_can_be_drawn_again(run: RunModel, drawings: Make, qtbot: QtBot) -> None:
    made = drawings()
    epochs = EpochComparison(run, Verdicts(), lambda _: None, made)
    lost = epochs.cell(0, 2).path
    assert lost is not None
    with qtbot.waitSignal(epochs.cell_changed):
        made.lose_picture(lost)
    assert epochs.cell(0, 2).state == "missing"
    with qtbot.waitSignal(made.drawn, timeout=WAIT_MS):
        made.draw([epochs.wish(0, 2)])
    assert epochs.cell(0, 2).state == "picture"
    assert epochs.cell(0, 2).path != lost


def test_picking_a_strength_keeps_it_and_off_cannot_be_picked(run: RunModel, drawings: Make) -> None:
    kept: list[float] = []
    strengths = StrengthComparison(run, drawings(), 2, None, kept.append)
    strengths.pick(0)
    strengths.pick(3)
    assert kept == [0.8]


def test_many_epochs_are_spread_back_from_the_last() -> None:
    assert spread_epochs(range(1, 5)) == (1, 2, 3, 4)
    assert spread_epochs(range(1, 13)) == (3, 5, 8, 10, 12)

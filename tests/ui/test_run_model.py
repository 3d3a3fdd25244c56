import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from fake_workspace import CARD, hardware
from pytestqt.qtbot import QtBot

from lora_studio.errors import StudioError
from lora_studio.hardware.budget import GIB
from lora_studio.jobs.supervisor import attach, start
from lora_studio.runs import events
from lora_studio.runs.checkpoints import save_checkpoint
from lora_studio.runs.commands import CommandReader, Pause
from lora_studio.runs.folder import RunFolder
from lora_studio.runs.lock import record_process
from ui.models import run as run_module
from ui.models.run import RunModel
from ui.models.run_record import EVENTS_PER_LOOK, LossSeries, RunFollower, RunRecord

FAKE_TRAINER = Path(__file__).parents[1] / "fakes" / "fake_trainer.py"
CONFIG = {
    "base": {"source": "practice", "family": "practice"},
    "preview": {"prompts": ["ink, a cat", "a dog"], "seed": 7},
}
FOR_EVER = {"steps": 100_000, "each_s": 0.01}
WAIT_MS = 8000

Model = Callable[..., RunModel]


@pytest.fixture
def run(tmp_path: Path) -> RunFolder:
    return RunFolder.create(tmp_path / "runs" / "ink 墨", {"config.json": json.dumps(CONFIG).encode()})


@pytest.fixture
def model(run: RunFolder, qtbot: QtBot, tmp_path: Path) -> Iterator[Model]:
    """Makes a model of `run` whose trainer acts out a script; what still lives afterwards is killed."""
    made: list[RunModel] = []

    def make(*script: dict[str, Any], **options: Any) -> RunModel:
        path = tmp_path / "script.json"
        path.write_text(json.dumps(script))
        made.append(RunModel(run, command=[sys.executable, str(FAKE_TRAINER), str(path)], **options))
        made[-1].set_visible(True)
        return made[-1]

    yield make
    for each in made:
        each.rest()
    if trainer := attach(run):
        trainer.kill()


def write(run: RunFolder, *told: events.Event, at: float = 1000.0) -> None:
    with events.EventWriter(run.events_path, clock=lambda: at) as writer:
        for event in told:
            writer.write(event)


def steps(count: int, seconds: float = 2.0) -> list[events.Event]:
    return [
        events.Step(step=n, epoch=1, loss=0.1, learning_rate=1e-4, seconds=seconds, memory_mib=512)
        for n in range(1, count + 1)
    ]


def started(pid: int = 1, **fields: Any) -> events.Started:
    return events.Started(pid=pid, device="fake card", **fields)


# ── With a real process ───────────────────────────────────────────────────────────────────────────────────


def test_a_run_that_is_started_is_shown_as_training_and_can_be_paused(qtbot: QtBot, model: Model) -> None:
    shown = model(FOR_EVER)
    shown.follow()
    qtbot.waitUntil(lambda: shown.facts is not None, timeout=WAIT_MS)
    assert (shown.kind, shown.can_resume, shown.can_pause) == ("draft", True, False)
    shown.resume()
    qtbot.waitUntil(lambda: shown.kind == "running" and len(shown.loss) > 3, timeout=WAIT_MS)
    assert (shown.word, shown.can_pause, shown.can_resume) == ("Training", True, False)
    shown.pause()
    qtbot.waitUntil(lambda: shown.kind == "paused", timeout=WAIT_MS)
    assert shown.headline == f"Paused at step {shown.step}"
    assert shown.can_resume


def test_a_killed_run_says_what_is_safe_and_goes_on_from_there(qtbot: QtBot, model: Model, run: RunFolder) -> None:
    shown = model({"steps": 4}, {"checkpoint": True}, FOR_EVER)
    shown.follow()
    shown.resume()
    qtbot.waitUntil(lambda: shown.step > 6, timeout=WAIT_MS)
    trainer = attach(run)
    assert trainer is not None
    trainer.kill()
    qtbot.waitUntil(lambda: shown.kind == "recovered", timeout=WAIT_MS)
    assert "everything up to step 4 is safe" in shown.headline
    assert shown.failure is not None
    assert shown.failure.detail == "Everything up to step 4 is safe."
    shown.resume()
    qtbot.waitUntil(lambda: shown.kind == "running" and shown.log[0].text.startswith("Carried on"), timeout=WAIT_MS)
    assert shown.log[0].text == "Carried on from step 4"
    assert list(shown.loss.steps) == sorted(set(shown.loss.steps))


def test_stop_and_keep_ends_the_run_for_good(qtbot: QtBot, model: Model) -> None:
    shown = model(FOR_EVER)
    shown.follow()
    shown.resume()
    qtbot.waitUntil(lambda: shown.step > 2, timeout=WAIT_MS)
    shown.stop_and_keep()
    qtbot.waitUntil(lambda: shown.kind == "stopped", timeout=WAIT_MS)
    assert shown.state.checkpoint_step == shown.step


def test_a_finished_run_goes_on_for_more_epochs(qtbot: QtBot, model: Model, run: RunFolder) -> None:
    write(run, events.Started(total_steps=4, total_epochs=1, pid=1, device="cpu"))
    write(run, events.Finished(step=4, epochs=1, seconds=1))
    save_checkpoint(run, 4, lambda folder: (folder / "state.json").write_text("4") and None)
    shown = model(FOR_EVER)
    shown.follow()
    qtbot.waitUntil(lambda: shown.kind == "done", timeout=WAIT_MS)
    shown.train_longer(4)
    qtbot.waitUntil(lambda: shown.kind == "running", timeout=WAIT_MS)
    assert shown.facts is not None
    assert shown.facts.config.schedule.more_epochs == 4
    assert shown.log[0].text == "Carried on from step 4"


def test_a_run_without_memory_goes_on_with_less_and_its_log_says_what_changed(
    qtbot: QtBot, model: Model, run: RunFolder
) -> None:
    shown = model({"steps": 4}, {"checkpoint": True}, FOR_EVER)
    write(run, started(), *steps(4), events.Failed(code="out_of_memory", title="No memory.", step=4))
    save_checkpoint(run, 4, lambda folder: (folder / "state.json").write_text("4") and None)
    shown.follow()
    qtbot.waitUntil(lambda: shown.kind == "failed", timeout=WAIT_MS)
    shown.go_on_leaner(hardware(CARD), GIB, None)
    qtbot.waitUntil(lambda: shown.kind == "running" and len(shown.log) == 4, timeout=WAIT_MS)
    texts = [line.text for line in shown.log]
    assert texts[0] == "Carried on from step 4"
    assert texts[1].startswith("From step 5 on, this run uses less memory. Computes parts twice")
    assert shown.facts is not None
    assert shown.facts.config.precision.gradient_checkpointing


def test_a_run_that_has_nothing_left_to_save_memory_with_says_so_and_does_not_start(
    qtbot: QtBot, model: Model, run: RunFolder
) -> None:
    run.config_path.write_text(json.dumps(CONFIG | {"precision": {"gradient_checkpointing": True}}))
    write(run, started(), events.Failed(code="out_of_memory", title="No memory.", step=4))
    shown = model(FOR_EVER)
    with qtbot.waitSignal(shown.command_failed, timeout=WAIT_MS) as refused:
        shown.go_on_leaner(hardware(), GIB, None)
    assert refused.args[0].code == "nothing_leaner"
    assert attach(run) is None


def test_a_clock_that_was_set_back_is_told_and_disturbs_nothing(qtbot: QtBot, model: Model, run: RunFolder) -> None:
    write(run, events.Started(total_steps=4, total_epochs=1, pid=1, device="cpu"), *steps(1), at=20_000.0)
    write(run, *steps(3)[1:], at=20_000.0 - 3 * 3600)
    shown = model()
    shown.look()
    qtbot.waitUntil(lambda: shown.step == 3, timeout=WAIT_MS)
    assert [line.text for line in shown.log] == [
        "The clock jumped back 3 hours. Times in the log may look odd; training is not affected.",
        "Training started on the processor",
    ]
    assert list(shown.loss.steps) == [1, 2, 3]


def test_a_trainer_that_does_not_obey_is_ended_after_the_limit(
    qtbot: QtBot, model: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_module, "STOP_LIMIT_S", 0.2)
    shown = model({"steps": 2}, {"checkpoint": True}, {**FOR_EVER, "deaf": True})
    shown.follow()
    shown.resume()
    qtbot.waitUntil(lambda: shown.step > 3, timeout=WAIT_MS)
    shown.pause()
    qtbot.waitUntil(lambda: shown.kind == "recovered", timeout=WAIT_MS)
    assert "up to step 2 is safe" in shown.headline


def test_a_run_started_elsewhere_is_followed_from_its_first_step(qtbot: QtBot, model: Model, run: RunFolder) -> None:
    shown = model(FOR_EVER)
    assert shown._command is not None
    start(run, shown._command)
    shown.follow()
    qtbot.waitUntil(lambda: len(shown.loss) > 3, timeout=WAIT_MS)
    assert shown.loss.steps[0] == 1


def test_starting_a_run_that_trains_already_is_refused_in_words(qtbot: QtBot, model: Model) -> None:
    shown = model(FOR_EVER)
    shown.follow()
    shown.resume()
    qtbot.waitUntil(lambda: shown.step > 1, timeout=WAIT_MS)
    with qtbot.waitSignal(shown.command_failed, timeout=WAIT_MS) as refused:
        shown.resume()
    error = refused.args[0]
    assert isinstance(error, StudioError)
    assert error.code == "run_busy"


# ── From a journal alone ──────────────────────────────────────────────────────────────────────────────────


def looked(qtbot: QtBot, shown: RunModel) -> RunModel:
    """One look, and the news taken in."""
    with qtbot.waitSignal(shown.changed, timeout=WAIT_MS):
        shown.look()
    return shown


def test_a_command_reaches_the_trainer(qtbot: QtBot, model: Model, run: RunFolder) -> None:
    reader = CommandReader(run, 0)
    model().pause()
    qtbot.waitUntil(lambda: run.commands_path.exists(), timeout=WAIT_MS)
    assert isinstance(reader.poll()[0], Pause)


def test_samples_bring_their_prompt_and_seed(qtbot: QtBot, model: Model, run: RunFolder) -> None:
    sample = events.Sample(epoch=1, prompt_index=1, path="../../elsewhere.png")
    write(run, started(), events.EpochSaved(epoch=1, step=5, path="x"), sample)
    shot = looked(qtbot, model()).samples(1)[0]
    assert (shot.prompt, shot.seed, shot.path) == ("a dog", 8, run.sample_path(1, 2))


def test_the_log_tells_saving_and_samples_in_one_line(qtbot: QtBot, model: Model, run: RunFolder) -> None:
    drawn = [events.Sample(epoch=7, prompt_index=n, path="x") for n in (0, 1)]
    write(run, started(), started(), events.EpochSaved(epoch=7, step=5, path="x"), *drawn)
    lines = looked(qtbot, model()).log
    assert [(line.icon, line.text) for line in lines] == [
        ("save", "Saved epoch 7 and drew 2 samples"),
        ("play", "Training started on fake card"),
    ]


def test_a_failed_run_gives_the_words_of_the_failure(qtbot: QtBot, model: Model, run: RunFolder) -> None:
    write(
        run, started(), events.Failed(code="out_of_memory", title="Too big.", detail="Step 2 is safe.", hint="Smaller.")
    )
    shown = looked(qtbot, model())
    assert shown.kind == "failed"
    assert shown.headline == "Too big."
    assert shown.failure is not None
    assert (shown.failure.code, shown.failure.hint) == ("out_of_memory", "Smaller.")


def test_the_time_since_the_last_save_is_told(qtbot: QtBot, model: Model, run: RunFolder) -> None:
    write(run, started(), events.Checkpoint(step=5), at=1000.0)
    shown = looked(qtbot, model(clock=lambda: 1040.0))
    assert (shown.saved_age_s, shown.saved_sentence) == (40.0, "40 s ago")


@pytest.mark.parametrize(
    ("seconds", "sentence"),
    [(14, "About 10 seconds left"), (150, "About 2 minutes left"), (1140, "About 19 minutes left"),
     (7750, "About 2 h 10 min left")],
)  # fmt: skip
def test_the_time_left_is_rounded(run: RunFolder, qtbot: QtBot, seconds: float, sentence: str) -> None:
    assert RunModel(run)._time_left_sentence(seconds) == sentence


@pytest.mark.parametrize(("cards", "in_a_row"), [(1, 2), (2, 1)])
def test_the_time_left_waits_for_twenty_steps_and_counts_the_samples_to_come(
    qtbot: QtBot, model: Model, run: RunFolder, cards: int, in_a_row: int
) -> None:
    shared = {"precision": {"cards": cards}, "schedule": {"batch_size": 2}}
    run.config_path.write_text(json.dumps({**CONFIG, **shared}), "utf-8")
    sleeper = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])  # ended by the fixture
    record_process(run, sleeper.pid)
    sample = events.Sample(epoch=0, prompt_index=0, path="x", seconds=10.0)
    write(run, started(sleeper.pid, total_steps=120, total_epochs=2), sample, *steps(19, 0.4))
    shown = looked(qtbot, model(clock=lambda: 5000.0))
    assert (shown.kind, shown.time_left_s, shown.headline) == ("running", None, "Measuring the speed")
    more = events.Step(step=20, epoch=1, loss=0.1, learning_rate=1e-4, seconds=0.4)
    write(run, more)
    looked(qtbot, shown)
    assert shown.time_left_s == 100 * 0.4 + 2 * in_a_row * 10.0  # steps to go, and two epochs with two samples each
    assert shown.next_samples_s == 40 * 0.4
    assert shown.epoch_share == pytest.approx(20 / 60)


def test_a_long_journal_is_taken_in_portions(run: RunFolder) -> None:
    write(run, started(), *steps(EVENTS_PER_LOOK))
    follower = RunFollower(run)
    first, second = follower.look(), follower.look()
    assert (len(first.events), first.has_more) == (EVENTS_PER_LOOK, True)
    assert (len(second.events), second.has_more) == (1, False)


def test_steps_trained_again_replace_those_that_were_lost() -> None:
    series = LossSeries()
    for step, loss in [(1, 1.0), (2, 2.0), (3, 3.0), (2, 5.0)]:
        series.record(step, loss)
    assert (list(series.steps), list(series.raw)) == ([1, 2], [1.0, 5.0])


def test_a_loss_that_is_no_number_does_not_break_the_smoothed_line() -> None:
    series = LossSeries()
    for step, loss in [(1, 1.0), (2, float("nan")), (3, 1.0)]:
        series.record(step, loss)
    assert list(series.smoothed) == [1.0, 1.0, 1.0]


def test_a_sample_drawn_again_is_another_version(run: RunFolder) -> None:
    record = RunRecord(run)
    for n in (1, 2):
        record.hear(events.Sample(n=n, epoch=1, prompt_index=0, path="x"))
    assert [shot.version for shot in record.shots[1].values()] == [2]

import ast
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from fake_workspace import CARD, FakeWorkspace, hardware, project_over
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot
from test_messages import ENGINE, codes_in
from told_runs import alive, samples, started, steps, tell, told_run, whole_epoch

from lora_studio.errors import StudioError
from lora_studio.hardware.probe import MIB
from lora_studio.runs import commands, events
from lora_studio.runs.folder import RunFolder
from ui.models import queue_after
from ui.models.messages import message_for
from ui.models.run import RunModel
from ui.pages import train
from ui.pages.train import TrainPage
from ui.theme.appearance import Appearance
from ui.widgets.page import Context

WAIT_MS = 8000
Show = Callable[..., TrainPage]


@pytest.fixture
def run(tmp_path: Path) -> RunFolder:
    return told_run(tmp_path / "ink")


@pytest.fixture
def workspace(tmp_path: Path) -> FakeWorkspace:
    return FakeWorkspace(project=project_over(tmp_path / "project", tmp_path))


@pytest.fixture
def show(
    run: RunFolder, workspace: FakeWorkspace, appearance: Appearance, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Show]:
    """Writes a journal and shows the page of that run; with `lives`, a process stands for its trainer."""
    sleepers: list[subprocess.Popen[bytes]] = []
    monkeypatch.setattr(train, "find_timing", lambda config, device: None)

    def make(*told: events.Event, lives: bool = False) -> TrainPage:
        journal = list(told)
        if lives:
            sleepers.append(alive(run))
            mine = {"pid": sleepers[-1].pid}
            journal = [
                event.model_copy(update=mine) if isinstance(event, events.Started) else event for event in journal
            ]
        tell(run, *journal)
        workspace.run = RunModel(run)
        page = TrainPage(Context(workspace.settings, appearance, workspace))
        qtbot.addWidget(page)
        page.resize(1200, 760)
        page.show()
        page.shown()
        workspace.run.look()
        qtbot.waitUntil(lambda: bool(workspace.run and workspace.run.facts and page.bottom_actions()), timeout=WAIT_MS)
        qtbot.waitUntil(lambda: bool(workspace.run and not workspace.run._looking), timeout=WAIT_MS)
        return page

    yield make
    if workspace.run is not None:
        workspace.run.rest()
    for sleeper in sleepers:
        sleeper.kill()
        sleeper.wait()


def words(page: TrainPage) -> list[str]:
    return [button.text() for button in page.bottom_actions()]


def notice(page: TrainPage) -> list[str]:
    return [label.text() for label in page._notice.findChildren(QLabel)] if page._notice is not None else []


def test_without_a_run_the_page_sends_to_the_recipe(
    workspace: FakeWorkspace, appearance: Appearance, qtbot: QtBot
) -> None:
    page = TrainPage(Context(workspace.settings, appearance, workspace))
    qtbot.addWidget(page)
    assert page.empty.isVisibleTo(page)
    assert words(page) == ["Go to Recipe"]
    with qtbot.waitSignal(page.place_wanted) as wanted:
        page.recipe_button.click()
    assert wanted.args == ["recipe"]


def test_sleep_afterwards_is_the_wish_that_the_queue_shows_too(show: Show, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queue_after, "command_for", lambda wish: [wish])
    page = show(started(), lives=True)
    assert page.finish.sleep.isVisibleTo(page)
    page.finish.sleep.click()
    assert page.context.after.wish == "sleep"
    page.context.after.choose("shut_down")
    assert not page.finish.sleep.isChecked()


def test_where_the_app_knows_no_way_to_sleep_none_is_offered(show: Show, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queue_after, "command_for", lambda wish: None)
    page = show(started(), lives=True)
    assert not page.finish.sleep.isVisibleTo(page)


def test_preparing_shows_what_is_done_with_real_counts(show: Show) -> None:
    page = show(started(), events.Phase(name="caching", done=40, total=77), lives=True)
    assert page.progress.headline.text() == "Reading pictures 40 of 77"
    assert (page.progress.preparing.value(), page.progress.preparing.maximum()) == (40, 77)
    assert page.progress.preparing.isVisible()
    assert not page.progress.epochs.isVisible()


def test_before_the_first_samples_their_places_are_shown(show: Show) -> None:
    card = show(started(), events.Phase(name="caching", done=40, total=77), lives=True).samples
    assert (card.samples.isVisible(), card.samples.model().rowCount()) == (True, len(card._prompts()))
    assert "before the first step" in card.next_label.text()


def test_no_places_are_shown_where_nobody_will_draw_samples(show: Show) -> None:
    card = show(started(), events.Failed(code="out_of_memory", title="Too little memory")).samples
    assert (card.samples.isVisible(), card.waiting_label.text()) == (False, "No samples yet.")
    assert card.next_label.text() == ""


def test_a_run_that_waits_for_mains_power_says_so_and_can_be_ended(show: Show, run: RunFolder) -> None:
    page = show(started(), *whole_epoch(run, 1), *steps(155, 200), events.Phase(name="waiting"), lives=True)
    assert page.progress.headline.text() == "Waiting for mains power"
    assert page.progress.detail.text().startswith("Epoch 2 of 12  ·  step 200 of 1,848")
    assert page.state_chip.text == "Waiting"
    assert words(page) == ["Stop and keep", "Pause", "Compare epochs"]
    state = page.bottom_state()
    assert state is not None
    assert "plugged in" in state.body


def test_a_running_run_shows_its_place_its_pace_and_its_memory(
    show: Show, run: RunFolder, workspace: FakeWorkspace
) -> None:
    workspace.hardware = hardware(CARD.model_copy(update={"free_mib": CARD.total_mib - 7475}))
    page = show(started(), *whole_epoch(run, 1), *steps(155, 200), lives=True)
    assert page.progress.detail.text().startswith("Epoch 2 of 12  ·  step 200 of 1,848")
    assert page.progress.speed.value_label.text() == "1.38 s per step"
    assert page.progress.memory.value_label.text() == "7.3 of 12.0 GB"
    assert words(page) == ["Stop and keep", "Pause", "Compare epochs"]
    assert page.bottom_state() is not None
    assert page.bottom_state().title == "You can close this window"


def test_what_is_not_known_is_not_shown(show: Show) -> None:
    page = show(started(), events.Phase(name="loading"), lives=True)
    facts = (page.progress.speed, page.progress.memory, page.progress.saved)
    assert [fact.isVisible() for fact in facts] == [False, False, False]


def test_without_a_card_the_memory_of_the_trainer_is_shown(show: Show, workspace: FakeWorkspace) -> None:
    workspace.hardware = hardware()
    page = show(started(), *steps(1, 30), lives=True)
    assert (page.progress.memory.name_label.text(), page.progress.memory.value_label.text()) == ("Memory", "7.3 GB")


def test_new_samples_come_into_view_by_themselves(
    show: Show, run: RunFolder, workspace: FakeWorkspace, qtbot: QtBot
) -> None:
    page = show(started(), *samples(run, 0), *whole_epoch(run, 1), lives=True)
    assert page.samples.epoch_chip.text == "Epoch 1"
    tell(run, *whole_epoch(run, 2))
    assert workspace.run is not None
    workspace.run.look()
    qtbot.waitUntil(lambda: page.samples.epoch_chip.text == "Epoch 2", timeout=WAIT_MS)
    assert len(page.samples.shown_shots()) == 4


def test_an_epoch_that_was_chosen_stays_in_view(
    show: Show, run: RunFolder, workspace: FakeWorkspace, qtbot: QtBot
) -> None:
    page = show(started(), *samples(run, 0), *whole_epoch(run, 1), lives=True)
    page.samples.select_epoch(0)
    tell(run, *whole_epoch(run, 2))
    assert workspace.run is not None
    with qtbot.waitSignal(workspace.run.samples_changed, timeout=WAIT_MS):
        workspace.run.look()
    assert page.samples.epoch_chip.text == "Before training"


def test_the_verdict_is_shown_only_when_its_rule_holds(show: Show, run: RunFolder) -> None:
    few = show(started(), *steps(1, 50))
    assert not few.loss.verdict.isVisible()


def test_a_loss_that_falls_is_called_steady(show: Show, run: RunFolder) -> None:
    told = [event for epoch in range(1, 4) for event in whole_epoch(run, epoch)]
    page = show(started(), *told)
    assert page.loss.verdict.isVisible()
    assert page.loss.verdict.text == "Learning steadily"


def test_the_loss_can_be_read_as_a_table(show: Show, run: RunFolder) -> None:
    page = show(started(), *whole_epoch(run, 1))
    page.loss.table_button.click()
    assert page.loss.chart.is_table_shown
    assert page.loss.chart.table.model().rowCount() == 154


def test_pause_and_stop_reach_the_trainer(show: Show, run: RunFolder, qtbot: QtBot) -> None:
    page = show(started(), *steps(1, 30), lives=True)
    reader = commands.CommandReader(run, 0)
    page.pause_button.click()
    qtbot.waitUntil(run.commands_path.exists, timeout=WAIT_MS)
    assert isinstance(reader.poll()[0], commands.Pause)


def test_stop_and_keep_reaches_the_trainer(show: Show, run: RunFolder, qtbot: QtBot) -> None:
    page = show(started(), *steps(1, 30), lives=True)
    reader = commands.CommandReader(run, 0)
    page.stop_button.click()
    qtbot.waitUntil(run.commands_path.exists, timeout=WAIT_MS)
    assert isinstance(reader.poll()[0], commands.Stop)


def test_draw_now_reaches_the_trainer(show: Show, run: RunFolder, qtbot: QtBot) -> None:
    page = show(started(), *samples(run, 0), *steps(1, 30), lives=True)
    reader = commands.CommandReader(run, 0)
    page.samples.draw_button.click()
    told: list[object] = []
    qtbot.waitUntil(lambda: told.extend(reader.poll()) or bool(told), timeout=WAIT_MS)
    assert isinstance(told[0], commands.SampleNow)


def test_a_run_asked_to_pause_says_so_and_takes_no_second_order(
    show: Show, run: RunFolder, workspace: FakeWorkspace, qtbot: QtBot
) -> None:
    page = show(started(), *steps(1, 30), lives=True)
    page.pause_button.click()
    qtbot.waitUntil(run.commands_path.exists, timeout=WAIT_MS)
    assert workspace.run is not None
    qtbot.waitUntil(lambda: bool(workspace.run and (workspace.run.look(), workspace.run.kind == "pausing")[1]))
    page._show_state()
    assert page.progress.headline.text() == "Finishing step 31, then saving"
    assert not page.pause_button.isEnabled()
    assert page.pause_button.is_busy


def test_a_silent_trainer_offers_to_stop_and_go_on_from_the_last_save(
    show: Show, run: RunFolder, workspace: FakeWorkspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    run.checkpoint_dir(1140).mkdir(parents=True)
    page = show(started(), *samples(run, 0), *steps(1, 30), lives=True)
    assert workspace.run is not None
    state = workspace.run.state.model_copy(update={"kind": "not_answering", "silent_s": 12.0})
    monkeypatch.setattr(workspace.run, "_state", state)
    page._show_state()
    assert page.progress.headline.text() == "Not answering for 12 s…"
    assert words(page) == ["Stop and keep", "Pause", "Compare epochs"]
    monkeypatch.setattr(workspace.run, "_state", state.model_copy(update={"silent_s": 61.0}))
    page._show_state()
    assert words(page) == ["Stop now", "Compare epochs", "Stop and resume from step 1,140"]


def test_a_paused_run_can_go_on(show: Show, workspace: FakeWorkspace, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[RunModel] = []
    monkeypatch.setattr(RunModel, "resume", asked.append)
    page = show(started(), *steps(1, 30), events.Paused(step=30))
    assert words(page) == ["Resume"]
    page.resume_button.click()
    assert asked == [workspace.run]


def test_a_run_that_died_says_what_is_safe(show: Show, run: RunFolder) -> None:
    run.checkpoint_dir(1140).mkdir(parents=True)
    page = show(started(), *samples(run, 0), *steps(1, 1146))
    assert page.progress.headline.text() == "Stopped at step 1,146, everything up to step 1,140 is safe."
    assert words(page) == ["Compare epochs", "Resume"]
    assert page.bottom_state() is not None
    assert page.bottom_state().title == "Training can go on"


def test_a_run_without_memory_names_the_step_and_goes_on_with_less(
    show: Show, run: RunFolder, workspace: FakeWorkspace, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[object, ...]] = []
    monkeypatch.setattr(RunModel, "go_on_leaner", lambda _, *computer: asked.append(computer))
    workspace.hardware = hardware(CARD)
    run.checkpoint_dir(200).mkdir(parents=True)
    failed = events.Failed(code="out_of_memory", title="The graphics card ran out of memory at step 212.", step=212)
    page = show(started(), *steps(1, 212), failed)
    assert notice(page)[:2] == [
        "The graphics card ran out of memory at step 212.",
        "Nothing is lost: step 200 is saved.",
    ]
    assert page._notice is not None
    assert [button.text() for button in page._notice.buttons] == ["Resume with less memory", "See options"]
    page._notice.buttons[0].click()
    assert asked == [(workspace.hardware, 1024 * MIB, None)]
    with qtbot.waitSignal(page.place_wanted) as wanted:
        page._notice.buttons[1].click()
    assert wanted.args == ["recipe"]


def test_a_first_step_that_does_not_fit_goes_on_with_less_where_something_is_saved(
    show: Show, run: RunFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[RunModel] = []
    monkeypatch.setattr(RunModel, "go_on_leaner", lambda model, *_: asked.append(model))
    run.checkpoint_dir(200).mkdir(parents=True)
    page = show(started(), events.Failed(code="does_not_fit", title="This recipe needs more memory than there is."))
    assert page._notice is not None
    assert page._notice.buttons[0].text() == "Use less memory"
    page._notice.buttons[0].click()
    assert asked == [page.context.workspace.run]


def test_a_recipe_whose_first_step_does_not_fit_is_mended_in_the_recipe(show: Show, qtbot: QtBot) -> None:
    failed = events.Failed(code="does_not_fit", title="This recipe needs more memory than there is.", detail="Why.")
    page = show(started(), failed)
    assert notice(page)[:2] == ["This recipe needs more memory than there is.", "Why."]
    assert page._notice is not None
    assert page._notice.buttons[0].text() == "Use less memory in the recipe"
    with qtbot.waitSignal(page.place_wanted) as wanted:
        page._notice.buttons[0].click()
    assert wanted.args == ["recipe"]


def test_the_step_tried_first_is_told(show: Show) -> None:
    tried = events.StepTried(
        width_px=1024, height_px=768, batch_size=1, seconds=2.0, memory_mib=7270, memory_total_mib=12288
    )
    page = show(events.Phase(name="measuring"), lives=True)
    assert page.progress.headline.text() == "Measuring the graphics card"
    page = show(started(), events.Phase(name="testing"), lives=True)
    assert page.progress.headline.text() == "Checking that one step fits"
    page = show(started(), tried, *steps(1, 3), lives=True)
    assert page.context.workspace.run is not None
    assert page.context.workspace.run.log[0].text == "One step fits: 7.1 of 12.0 GB"


def test_a_card_tells_how_warm_it_is_while_it_works(show: Show, workspace: FakeWorkspace) -> None:
    workspace.hardware = hardware(CARD)
    page = show(started(), *steps(1, 30), lives=True)
    assert page.progress.temperature.value_label.text() == "67 °C"
    page = show(started(device="cpu (2 threads)"), *steps(1, 30), lives=True)
    assert page.progress.temperature.isHidden()


def test_numbers_out_of_range_offer_half_the_rate(show: Show, run: RunFolder, workspace: FakeWorkspace) -> None:
    run.checkpoint_dir(400).mkdir(parents=True)
    page = show(started(), *steps(1, 430), events.Failed(code="numbers_out_of_range", title="Out of range.", step=430))
    assert page._notice is not None
    page._notice.buttons[0].click()
    assert workspace.asked("change")[-1][0]["settings"] == {"optimizer.learning_rate": 5e-5}


def test_a_failure_before_anything_was_saved_is_told_in_its_own_words(show: Show) -> None:
    page = show(started(), events.Failed(code="unexpected", title="Training stopped at step 0.", detail="Nothing yet."))
    assert notice(page)[:2] == ["Training stopped at step 0.", "Nothing yet."]


def test_whatever_a_trainer_tells_has_a_way_out_on_this_page(show: Show) -> None:
    page = show(started(), events.Paused(step=1))
    rooms = [ENGINE / room for room in ("training", "families", "adapters")]
    trees = [ast.parse(path.read_text(encoding="utf-8")) for room in rooms for path in room.rglob("*.py")]
    told = {code for tree in trees for code in codes_in(tree)} | {"disk_full", "crashed", "folder_read_only"}
    only_noticed = {"no_room_to_draw", "went_back"}  # the run goes on
    assert {"pictures_changed", "device_lost", "numbers_out_of_range"} <= told
    ways = set(page._actions)
    without = {code for code in told if not message_for(StudioError(code, "Title.")).only(ways).buttons}
    assert without == only_noticed


def test_an_almost_full_disk_is_told_while_there_is_time(show: Show, workspace: FakeWorkspace) -> None:
    workspace.hardware = hardware().model_copy(update={"disk_free_mib": 600})
    page = show(started(), *steps(1, 30), lives=True)
    assert notice(page)[0] == "The disk is almost full: 0.6 GB left."


def test_a_run_much_slower_than_before_is_told_until_it_is_left(
    show: Show, run: RunFolder, workspace: FakeWorkspace, qtbot: QtBot
) -> None:
    page = show(started(), *samples(run, 0), *steps(1, 30), lives=True)
    assert page._run is not None
    page._take_planned_speed(page._run, 0.23)
    page._show_state()
    assert notice(page)[0] == "Training is 6 times slower than planned."
    assert page._notice is not None
    with qtbot.waitSignal(page.place_wanted) as wanted:
        page._notice.buttons[0].click()
    assert wanted.args == ["recipe"]
    page._notice.buttons[1].click()
    assert page._notice is None


def test_a_finished_run_sends_to_compare(show: Show, run: RunFolder, qtbot: QtBot) -> None:
    page = show(started(154, 1), *whole_epoch(run, 1), events.Finished(step=154, epochs=1, seconds=3060))
    assert words(page) == ["Compare epochs"]
    assert page.bottom_state() is not None
    assert page.bottom_state().kind == "ok"
    with qtbot.waitSignal(page.place_wanted) as wanted:
        page.compare_button.click()
    assert wanted.args == ["compare"]


def test_compare_waits_for_an_epoch_and_says_so(show: Show) -> None:
    before = events.Sample(epoch=0, prompt_index=0, path="samples/0-00/0.png", seconds=1.0)
    page = show(started(), before, *steps(1, 30), lives=True)
    assert not page.compare_button.isEnabled()
    assert page.compare_button.reason == "Epochs can be compared once the first is finished."


def test_the_full_log_holds_every_line_and_what_the_trainer_printed(show: Show, run: RunFolder, qtbot: QtBot) -> None:
    page = show(started(), *whole_epoch(run, 1), events.Paused(step=154))
    run.console_path.write_text("a warning of a library\n")
    page._read_log()
    qtbot.waitUntil(lambda: bool(page.findChildren(train.LogSheet)), timeout=WAIT_MS)
    text = page.findChildren(train.LogSheet)[0].view.toPlainText()
    assert "Paused at step 154" in text
    assert "a warning of a library" in text


def test_the_notification_switch_is_kept_in_the_settings(show: Show, workspace: FakeWorkspace) -> None:
    page = show(started(), *steps(1, 30))
    page.finish.notice.click()
    assert not workspace.settings.values.notify_done


def test_closing_is_told_as_the_settings_say(show: Show, workspace: FakeWorkspace) -> None:
    workspace.settings.set("keep_training_when_closed", False)
    page = show(started(), *steps(1, 30), lives=True)
    assert page.bottom_state() is not None
    assert page.bottom_state().title == "Closing this window pauses training"

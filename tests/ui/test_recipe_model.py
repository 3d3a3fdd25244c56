"""The Recipe as data: rows from the engine's fields, what each choice costs, what stands in the way, recipe files."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from fake_workspace import CARD, FakeWorkspace, hardware, project_over, scanned
from pydantic import JsonValue
from PySide6.QtCore import QLocale
from pytestqt.qtbot import QtBot

from lora_studio import embedded
from lora_studio.config.fields import extra_of, setting_fields
from lora_studio.dataset.scan import ScanReport
from lora_studio.errors import StudioError
from lora_studio.projects.recipe import plan_project
from ui.models import recipe_file, recipe_plan, recipe_settings
from ui.models.recipe import RecipeModel
from ui.models.recipe_file import Recipe

IMAGES = embedded.sample_project("style").images_dir


@pytest.fixture(scope="module")
def report() -> ScanReport:
    return scanned(IMAGES)


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LORA_STUDIO_HOME", str(tmp_path / "home"))


@pytest.fixture
def english() -> Iterator[None]:
    before = QLocale()
    QLocale.setDefault(QLocale(QLocale.Language.English, QLocale.Country.UnitedStates))
    yield
    QLocale.setDefault(before)


@pytest.fixture
def workspace(tmp_path: Path, report: ScanReport) -> FakeWorkspace:
    made = FakeWorkspace(project=project_over(tmp_path / "p", IMAGES, name="Blue Fold"))
    made.report = report
    made.plan_for_real(hardware(CARD))
    return made


@pytest.fixture
def model(workspace: FakeWorkspace, qtbot: QtBot) -> RecipeModel:
    made = RecipeModel(workspace, workspace)  # owned, so that a late result finds nothing instead of the last owner
    with qtbot.waitSignal(made.worked_out), qtbot.waitSignal(made.trigger_checked):
        pass
    return made


# ── Rows ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_every_setting_that_is_not_hidden_or_chosen_elsewhere_has_a_row() -> None:
    elsewhere = {"name", "kind", "base.source", "dataset.folder", "dataset.held_back_folder", "dataset.trigger"}
    elsewhere |= {"preview.prompts"}
    shown = {path for path, info in setting_fields().items() if extra_of(info).get("level") != "hidden"}
    assert {one.path for one in recipe_settings.fields()} == shown - elsewhere


@pytest.mark.parametrize(
    ("path", "control"),
    [
        ("dataset.flip", "switch"),
        ("optimizer.type", "choice"),
        ("base.quantization", "choice"),
        ("adapter.rank", "whole"),
        ("optimizer.learning_rate", "number"),
        ("objective.min_snr_gamma", "number"),
        ("output.author", "text"),
    ],
)
def test_a_row_has_the_control_of_its_type(path: str, control: str) -> None:
    one = recipe_settings.field_of(path)
    assert one is not None and one.control == control


def test_a_whole_number_keeps_the_limits_of_its_field() -> None:
    one = recipe_settings.field_of("dataset.resolution_px")
    assert one is not None and one.limits == (64, 2048, 8)


@pytest.mark.usefixtures("english")
@pytest.mark.parametrize(("text", "value"), [("0.0005", 0.0005), ("1e-4", 1e-4), ("2", 2), ("1,000", 1000)])
def test_typed_numbers_are_read_as_people_write_them(text: str, value: float) -> None:
    one = recipe_settings.field_of("optimizer.learning_rate")
    assert one is not None and recipe_settings.read_value(one, text) == value


def test_an_emptied_optional_number_is_no_number_and_a_word_is_refused() -> None:
    gamma, rate = (recipe_settings.field_of(path) for path in ("objective.min_snr_gamma", "optimizer.learning_rate"))
    assert gamma is not None and rate is not None
    assert recipe_settings.read_value(gamma, " ") is None
    with pytest.raises(StudioError):
        recipe_settings.read_value(rate, "much")


def test_a_value_out_of_range_is_refused_in_words_and_changes_nothing(model: RecipeModel) -> None:
    reason = model.set_value("optimizer.learning_rate", 7)
    assert "learning_rate" in reason and model.changed_settings == {}


def test_two_settings_that_contradict_each_other_are_refused(model: RecipeModel) -> None:
    assert model.set_value("dataset.resolution_px", 64) == ""
    assert "64" in model.set_value("dataset.bucket_multiple_px", 128)
    assert model.changed_settings == {"dataset.resolution_px": 64}


def test_a_changed_row_says_so_at_once_and_the_advised_value_takes_the_change_away(model: RecipeModel) -> None:
    assert model.set_value("adapter.rank", 32) == ""
    state = model.states()["adapter.rank"]
    assert (state.value, state.origin, state.is_changed) == (32, "yours", True)
    model.set_value("adapter.rank", 16)
    state = model.states()["adapter.rank"]
    assert (state.value, state.origin, state.is_changed) == (16, "auto", False)
    assert model.changed_settings == {}


def test_rows_name_the_preset_that_chose_their_value_and_its_reason(model: RecipeModel) -> None:
    state = model.states()["dataset.flip"]
    assert state.origin == "preset" and state.because


def test_a_value_that_follows_from_how_thorough_the_run_is_counts_as_chosen_for_the_person(
    model: RecipeModel, qtbot: QtBot
) -> None:
    with qtbot.waitSignal(model.worked_out):
        model.workspace.change(thoroughness="thorough")
    state = model.states()["schedule.looks_per_picture"]
    assert state.origin == "auto" and not state.is_changed
    assert state.value == pytest.approx(20 * 5 / 3)


def test_choices_that_cannot_work_here_are_closed_with_the_reason(model: RecipeModel, workspace: FakeWorkspace) -> None:
    workspace.show_hardware(hardware())
    states = model.states()
    assert set(states["base.quantization"].closed) == {"nf4"}
    assert states["precision.fast_step"].reason == "Only counts on an NVIDIA card."
    assert states["precision.tuning"].reason == "Only counts on an NVIDIA card."
    assert set(states["optimizer.type"].closed) == {"adamw8bit", "paged_adamw8bit", "lion8bit"}
    workspace.show_hardware(hardware(CARD.model_copy(update={"compute_capability": (6, 1)})))
    assert set(model.states()["precision.compute"].closed) == {"bf16"}
    assert model.states()["base.quantization"].closed == {}
    assert model.states()["precision.fast_step"].reason == model.states()["precision.tuning"].reason == ""
    assert model.states()["precision.cards"].reason == "This computer has no second NVIDIA card."
    workspace.show_hardware(hardware(CARD, CARD))
    assert model.states()["precision.cards"].reason == ""


def test_a_row_without_effect_says_why(model: RecipeModel) -> None:
    model.set_value("precision.fast_step", "off")
    assert model.states()["precision.tuning"].reason == "Only counts for fast steps."
    model.set_value("precision.fast_step", "auto")
    model.set_value("adapter.train_text_encoder", False)
    assert model.states()["optimizer.text_encoder_rate"].reason
    model.set_value("adapter.train_text_encoder", True)
    assert not model.states()["optimizer.text_encoder_rate"].reason


@pytest.mark.parametrize(
    ("path", "before", "after", "other"),
    [
        ("optimizer.learning_rate", "adamw", "prodigy", "optimizer.type"),
        ("optimizer.beta2", "adamw", "lion8bit", "optimizer.type"),
        ("schedule.curve", "adamw", "schedule_free", "optimizer.type"),
        ("schedule.cycles", "cosine_with_restarts", "cosine", "schedule.curve"),
        ("schedule.warmup_share", None, 10, "schedule.warmup_steps"),
        ("dataset.keep_first_tags", True, False, "dataset.shuffle_tags"),
        ("objective.huber_limit", "huber", "squared", "objective.loss"),
        ("objective.density_spread", "logit_normal", "uniform", "objective.timestep_density"),
    ],
)
def test_a_row_that_another_setting_puts_out_of_work_says_so(
    model: RecipeModel, path: str, before: JsonValue, after: JsonValue, other: str
) -> None:
    assert model.set_value(other, before) == ""
    assert not model.states()[path].reason
    assert model.set_value(other, after) == ""
    assert model.states()[path].reason


def test_a_choice_that_clashes_with_another_setting_is_closed_with_the_reason(model: RecipeModel) -> None:
    assert "schedule_free" not in model.states()["optimizer.type"].closed
    assert model.set_value("adapter.average", 0.99) == ""
    assert "averages by itself" in model.states()["optimizer.type"].closed["schedule_free"]
    assert "averages by itself" in model.set_value("optimizer.type", "schedule_free")
    assert model.changed_settings == {"adapter.average": 0.99}


def test_every_optimiser_has_a_name_for_the_window() -> None:
    one = recipe_settings.field_of("optimizer.type")
    assert one is not None and set(one.choices) == set(recipe_settings.OPTIMIZER_NAMES)


def test_a_changed_preset_is_named_so_until_it_is_reset(model: RecipeModel) -> None:
    assert "·" not in model.preset_words()
    model.set_value("adapter.rank", 32)
    assert "·" in model.preset_words()
    model.reset_all()
    assert "·" not in model.preset_words()


# ── Text ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_text_of_an_unchanged_recipe_changes_nothing(model: RecipeModel) -> None:
    assert model.set_text(model.as_text()) == "" and model.changed_settings == {}


def test_only_values_that_differ_from_the_advice_become_changes(model: RecipeModel) -> None:
    values = json.loads(model.as_text())
    values["adapter"]["rank"] = 8
    assert model.set_text(json.dumps(values)) == ""
    assert model.changed_settings == {"adapter.rank": 8}


def test_a_line_that_is_taken_out_goes_back_to_its_usual_value(model: RecipeModel) -> None:
    model.set_value("adapter.rank", 8)
    assert model.set_text("{}") == "" and model.changed_settings == {}


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ('{"adapter": {"rnak": 3}}', "adapter.rank"),
        ('{"adapter": {"rank": 3},\n "kind": "style"}', "kind"),
        ('{"adapter":\n {"rank": 3,}}', "2"),
        ('{"adapter": {"rank": 9999}}', "256"),
        ("[1, 2]", "{"),
        ('{"adapter": 5}', "adapter"),
        ("[" * 20_000, ""),
    ],
)
def test_a_text_that_cannot_be_used_is_refused_with_what_is_wrong(model: RecipeModel, text: str, word: str) -> None:
    reason = model.set_text(text)
    assert reason and word in reason and model.changed_settings == {}


# ── Costs ─────────────────────────────────────────────────────────────────────────────────────────────────


def test_each_length_has_the_steps_its_run_would_really_take(model: RecipeModel, report: ScanReport) -> None:
    project = model.workspace.project
    assert project is not None
    for length, steps in model.costs.steps.items():
        planned = plan_project(project.changed(thoroughness=length), report)
        assert planned.length.total_steps == steps
    assert len(set(model.costs.steps.values())) == 3


def test_a_base_says_how_it_fits_before_it_is_chosen(
    model: RecipeModel, workspace: FakeWorkspace, qtbot: QtBot
) -> None:
    assert model.costs.fits == {"practice": "fits"}
    with qtbot.waitSignal(model.worked_out):
        workspace.show_hardware(hardware(CARD.model_copy(update={"total_mib": 1200})))
    assert model.costs.fits == {"practice": "too_big"}


def test_a_chosen_base_that_is_gone_stands_first_and_says_where_it_was(
    model: RecipeModel, workspace: FakeWorkspace
) -> None:
    workspace.change(base={"source": "/usb/sd15", "name": "sd15", "size_bytes": 4})
    workspace.show_plan(None, None, StudioError("base_missing", "There is no base model at /usb/sd15."))
    first = model.base_rows()[0]
    assert first.name == "sd15" and not first.usable and "/usb/sd15" in first.reason
    assert model.base_chip(first)[1] == "err"


def test_more_prompts_cost_more(model: RecipeModel, workspace: FakeWorkspace) -> None:
    assert model.costs.samples_s is not None and model.costs.samples_s > 0
    model.costs = replace(model.costs, samples_s=240.0)
    assert len(model.prompts) == 4
    assert "4" in model.prompts_cost() and "8" in model.prompts_cost(8)


def test_without_prompts_of_its_own_a_project_has_the_proposed_ones_again(
    model: RecipeModel, workspace: FakeWorkspace
) -> None:
    assert model.set_prompts(("a red cat",)) and model.prompts == ("a red cat",)
    assert not model.are_prompts_proposed
    assert model.set_prompts(()) and model.are_prompts_proposed
    assert not model.set_prompts(())


# ── Trigger word ──────────────────────────────────────────────────────────────────────────────────────────


def check(model: RecipeModel, qtbot: QtBot, word: str) -> None:
    with qtbot.waitSignal(model.trigger_checked):
        model.set_trigger(word)


def test_the_trigger_word_is_proposed_from_the_name_as_the_plan_has_it(model: RecipeModel) -> None:
    plan = model.workspace.plan
    assert plan is not None and model.is_trigger_proposed
    assert model.trigger == plan.resolved.config.dataset.trigger


def test_a_word_of_the_base_is_told_and_another_one_suggested(model: RecipeModel, qtbot: QtBot) -> None:
    check(model, qtbot, "cat")
    said = model.trigger_message()
    assert said is not None and "cat" in said.title
    with qtbot.waitSignal(model.trigger_checked):
        word = model.suggest_trigger()
    assert word == model.trigger != "cat"
    assert model.trigger_message() is None


def test_a_kept_word_is_not_told_again(model: RecipeModel, qtbot: QtBot) -> None:
    check(model, qtbot, "cat")
    model.keep_trigger()
    assert model.trigger_message() is None and model.trigger == "cat"


def test_an_empty_trigger_word_stays_empty_and_is_told(model: RecipeModel, qtbot: QtBot) -> None:
    check(model, qtbot, "  ")
    assert model.trigger == "" and model.trigger_message() is not None


# ── What stands in the way ────────────────────────────────────────────────────────────────────────────────


def test_a_recipe_that_checks_out_can_start(model: RecipeModel) -> None:
    assert model.blockers() == [] and model.can_start and model.plan_state == "ready"


def test_a_missing_base_leads_to_the_bases_and_offers_to_look_for_it(
    model: RecipeModel, workspace: FakeWorkspace
) -> None:
    workspace.show_plan(None, None, StudioError("base_missing", "There is no base model at /usb.", "Plug it in."))
    [blocker] = model.blockers()
    assert blocker.place == "base" and model.plan_state == "blocked" and not model.can_start
    assert [button.action for button in blocker.message.buttons] == ["base", "search_bases"]
    assert blocker.message.body == "Plug it in."


def test_a_recipe_that_does_not_fit_names_both_sizes_and_cannot_be_queued(
    model: RecipeModel, workspace: FakeWorkspace
) -> None:
    workspace.plan_for_real(hardware(CARD.model_copy(update={"total_mib": 1024})))
    [blocker] = model.blockers()
    assert blocker.place == "plan" and "1.0 GB" in blocker.sentence
    assert model.plan_state == "too_big" and not model.can_queue


def test_a_full_drive_is_told_before_it_fills(model: RecipeModel, workspace: FakeWorkspace) -> None:
    assert workspace.budget is not None
    workspace.show_plan(workspace.plan, replace(workspace.budget, disk_free_bytes=1000))
    assert [blocker.place for blocker in model.blockers()] == ["plan"] and not model.can_start


def test_before_the_plan_is_there_nothing_can_start(model: RecipeModel, workspace: FakeWorkspace) -> None:
    workspace.show_plan(None)
    assert not model.can_start and not model.can_queue and model.plan_state == "estimating"


# ── The plan in words ─────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.usefixtures("english")
def test_an_estimated_time_gives_its_range_and_a_measured_one_says_so(workspace: FakeWorkspace) -> None:
    budget = workspace.budget
    assert budget is not None
    estimated = recipe_plan.time_line(replace(budget, time=replace(budget.time, seconds=600, low_s=300, high_s=1200)))
    assert "10" in estimated.figure and "5" in estimated.more and "20" in estimated.more
    measured = recipe_plan.time_line(replace(budget, time=replace(budget.time, is_measured=True)))
    assert "Measured" in measured.note and "Measured" not in estimated.note


@pytest.mark.usefixtures("english")
def test_a_card_is_named_by_the_gigabytes_it_is_sold_with(workspace: FakeWorkspace) -> None:
    assert workspace.budget is not None and workspace.plan is not None
    words = recipe_plan.memory_words(workspace.budget, workspace.plan.resolved.config)
    assert words.figure.endswith("of 12 GB") and words.problem is None


def test_a_fix_that_is_enough_is_offered_by_name(workspace: FakeWorkspace) -> None:
    needed = workspace.budget.memory.needed_bytes if workspace.budget is not None else 0
    workspace.plan_for_real(hardware(CARD.model_copy(update={"total_mib": needed // (1 << 20) - 20})))
    assert workspace.budget is not None and any(fix.is_enough for fix in workspace.budget.fixes)
    said = recipe_plan.too_big(workspace.budget)
    assert [button.action for button in said.buttons] == ["fit"]


@pytest.mark.usefixtures("english")
def test_what_is_too_big_by_a_hair_is_not_told_as_the_same_size(workspace: FakeWorkspace) -> None:
    assert workspace.budget is not None and workspace.plan is not None
    memory = replace(workspace.budget.memory, needed_bytes=(4096 << 20) + 1, total_bytes=4096 << 20, verdict="too_big")
    budget = replace(workspace.budget, memory=memory)
    words = recipe_plan.memory_words(budget, workspace.plan.resolved.config)
    assert (words.figure, words.chip) == ("4.1 of 4 GB", "0.1 GB too much")
    assert recipe_plan.too_big(budget).title == "This recipe needs 4.1 GB, your card has 4.0 GB."


# ── Recipe files ──────────────────────────────────────────────────────────────────────────────────────────


def test_a_recipe_comes_back_as_it_was_kept(tmp_path: Path) -> None:
    recipe = Recipe(name="Soft ink", kind="character", thoroughness="quick", settings={"adapter.rank": 8})
    recipe_file.save_recipe(tmp_path / "new" / "soft.json", recipe)
    assert recipe_file.read_recipe(tmp_path / "new" / "soft.json") == recipe


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"run_this": "rm -rf"}, "run_this"),
        ({"settings": {"adapter.rnak": 3}}, "adapter.rnak"),
        ({"settings": {"base.source": "/tmp/x"}}, "base.source"),
        ({"kind": "poem"}, "kind"),
        ({"version": 2}, "version"),
    ],
)
def test_a_recipe_with_something_unknown_is_refused_by_name(
    tmp_path: Path, changes: dict[str, object], word: str
) -> None:
    path = tmp_path / "odd.json"
    path.write_text(json.dumps({"version": 1, "name": "x", "kind": "style", **changes}))
    with pytest.raises(StudioError) as refused:
        recipe_file.read_recipe(path)
    assert word in str(refused.value)


def test_a_preset_holds_no_place_of_this_computer(model: RecipeModel, workspace: FakeWorkspace) -> None:
    workspace.change(
        settings={"adapter.rank": 8, "dataset.prior_folder": "/home/ada/faces", "adapter.start_from": "/a"}
    )
    assert model.as_recipe("Soft").settings == {"adapter.rank": 8}


def test_a_preset_that_cannot_be_used_is_passed_over(tmp_path: Path) -> None:
    recipe_file.save_recipe(recipe_file.preset_path("Good"), Recipe(name="Good", kind="style"))
    recipe_file.preset_path("Bad").write_text("{")
    assert [saved.recipe.name for saved in recipe_file.own_presets()] == ["Good"]


def test_a_preset_stays_in_its_folder_whatever_its_name() -> None:
    for name in ("../../evil", "a/b", "..", "C:\\x"):
        assert recipe_file.preset_path(name).parent == recipe_file.presets_dir()


def test_opening_a_recipe_tells_what_would_change_and_changes_nothing(
    model: RecipeModel, tmp_path: Path, qtbot: QtBot
) -> None:
    path = tmp_path / "soft.json"
    recipe_file.save_recipe(path, Recipe(name="Soft", kind="style", thoroughness="quick", settings={"adapter.rank": 8}))
    told: list[list[str]] = []
    model.open_recipe(path, lambda _recipe, changes: told.append(changes), lambda _: None)
    qtbot.waitUntil(lambda: bool(told))
    assert any("Rank" in line and "16" in line and "8" in line for line in told[0])
    assert model.changed_settings == {} and model.thoroughness == "balanced"


def test_a_recipe_whose_values_are_not_allowed_is_refused(model: RecipeModel, tmp_path: Path, qtbot: QtBot) -> None:
    path = tmp_path / "wild.json"
    recipe_file.save_recipe(path, Recipe(name="Wild", kind="style", settings={"adapter.rank": 9999}))
    problems: list[StudioError] = []
    model.open_recipe(path, lambda *_: None, problems.append)
    qtbot.waitUntil(lambda: bool(problems))
    assert problems[0].code == "bad_setting" and "256" in problems[0].detail

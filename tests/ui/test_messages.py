"""Every message: its words, its plurals, and a first button for whatever the engine can tell the window."""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from lora_studio.config.findings import Finding
from lora_studio.dataset import wording
from lora_studio.errors import StudioError
from ui.models import messages
from ui.models.messages import Message, message, message_for
from ui.widgets.message_card import MessageCard

ENGINE = Path(__file__).parents[2] / "lora_studio"
# Called with a code as their first word, besides Finding(code=…).
MAKERS = {"StudioError", "finding", "add", "Notice"}
NOT_FOR_THE_WINDOW = {
    # typed on the command line only
    "bad_strength", "diffusers_not_offered", "metadata_needed", "no_folder", "no_run_named", "queue_held_back",
    "settings_frozen", "unknown_metadata", "usage",
    "interrupted", "linux_only", "no_screen", "window_not_installed", "window_not_started",
    # judging, which the window never starts
    "adapter_missing", "adapter_unusable", "base_unreadable", "judge_missing", "judge_no_contrast", "too_few_captions",
    # work that was called off is not told
    "cancelled",
    # the window never writes a tool's result over a file, nor asks for one without a title
    "same_file", "bad_title",
    # `extract` and `bake` are commands only.
    "bake_out_of_range", "base_in_folder", "layer_missing", "not_finite", "nothing_differs", "number_format",
    "predictions_differ",
    # `bench` is a command only
    "base_not_made", "unknown_way",
    # told where the id is typed
    "hub_bad_id", "hub_many_files", "hub_no_files",
}  # fmt: skip
# Derived from a dead process, told by the trainer for an exception nobody foresaw, and told by the window itself.
DERIVED = {"crashed", "unexpected", "already_open"}


def codes_in(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
        named = [keyword.value for keyword in node.keywords if keyword.arg == "code" and name in ("Finding", "Notice")]
        for value in [*named, *(node.args[:1] if name in MAKERS else [])]:
            if isinstance(value, ast.Constant) and isinstance(value.value, str):
                yield value.value


def engine_codes() -> set[str]:
    trees = (ast.parse(path.read_text()) for path in ENGINE.rglob("*.py") if "judging" not in path.parts)
    return {code for tree in trees for code in codes_in(tree)} | set(wording._ADVICE) | DERIVED


def test_the_search_for_codes_finds_them_in_every_form() -> None:
    assert {"no_pictures", "held_back_trained_on", "duplicate", "picture_kind_unsupported", "went_back"} <= (
        engine_codes()
    )


def test_every_code_that_can_reach_the_window_has_a_first_button() -> None:
    without = {
        code
        for code in engine_codes() - NOT_FOR_THE_WINDOW
        if not message_for(StudioError(code, "Title.", "Detail.")).buttons
    }
    assert without == set()


def test_every_button_names_something_that_is_done_somewhere() -> None:
    buttons = [button for number in range(1, 29) for button in message(f"E{number:02}", **ALL_FACTS, fix="x").buttons]
    buttons += [
        button for code in messages._BUTTONS for button in message_for(StudioError(code, "Title.", "Detail.")).buttons
    ]
    done = {
        node.value
        for path in (ENGINE.parent / "ui").rglob("*.py")
        if path.name != "messages.py"
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    inline = {"suggest_trigger"}  # the trigger word's own row has this button
    assert {button.action for button in buttons} - done == inline


def test_no_button_is_written_for_a_code_that_nothing_tells() -> None:
    assert set(messages._BUTTONS) | set(messages._NUMBERS) <= engine_codes()


ALL_FACTS: dict[str, Any] = {
    "count": 3, "others": 81, "name": "ink_041.png", "files": 12, "images_folder": "misty", "free_bytes": 6e8,
    "needed_bytes": 1.1e9, "total_bytes": 8e9, "step": 1146, "saved": 1140, "installed": "531", "wanted": "550",
    "kind": "a LoRA", "size_bytes": 3.1e9, "expected_bytes": 6.9e9, "edited": 4, "gone": 2, "version": "2.4",
    "times": 6, "word": "mistyink", "limit": 75, "megapixels": 412, "characters": 268, "hours": 3, "used_bytes": 5.2e9,
}  # fmt: skip


def words(shown: Message) -> list[str]:
    return [shown.title, shown.body, *(button.words for button in shown.buttons)]


def test_all_28_messages_can_be_said_whole_and_have_a_button() -> None:
    for number in range(1, 29):
        shown = message(f"E{number:02}", **ALL_FACTS)
        assert shown.buttons, number
        assert not any(mark in text for text in words(shown) for mark in ("{", "%n", "(s)", "|", "!")), words(shown)


# Where each message is brought about and its buttons are pressed.
TRIED_IN: dict[str, tuple[str, str]] = {
    "E01": ("test_images_page", "test_a_folder_without_pictures_says_why"),
    "E02": ("test_images_page", "test_a_file_that_cannot_be_opened_offers_only_what_helps_numbered_as_it_stands"),
    "E03": ("test_images_page", "test_a_folder_that_is_gone_locks_editing_and_offers_a_way"),
    "E04": ("test_export_page", "test_a_folder_that_cannot_be_written_to_keeps_the_form_and_offers_another"),
    "E05": (
        "test_messages_for_real", "test_e05_a_disk_that_is_full_leads_to_where_space_is_freed_and_training_goes_on",
    ),
    "E06": ("test_train_page", "test_a_run_without_memory_names_the_step_and_goes_on_with_less"),
    "E07": ("test_recipe_page", "test_a_plan_that_does_not_fit_is_mended_with_one_click"),
    "E08": (
        "test_messages_for_real", "test_e08_a_driver_that_is_too_old_leads_to_the_makers_page_until_it_is_new",
    ),
    "E09": (
        "test_messages_for_real",
        "test_e09_a_card_that_stops_responding_is_told_with_what_is_saved_and_training_restarts",
    ),
    "E10": ("test_train_page", "test_numbers_out_of_range_offer_half_the_rate"),
    "E11": ("test_messages_for_real", "test_e11_a_trainer_that_dies_before_anything_is_saved_offers_a_report"),
    "E12": ("test_base_models_page", "test_an_old_file_is_never_opened"),
    "E13": ("test_base_models_page", "test_a_lora_is_told_apart_from_a_base_model"),
    "E14": ("test_base_models_page", "test_a_file_that_was_cut_off_is_damaged_and_can_be_shown"),
    "E15": (
        "test_messages_for_real",
        "test_e15_pictures_that_changed_lead_to_a_new_run_or_the_run_goes_on_with_what_is_left",
    ),
    "E16": (
        "test_messages_for_real",
        "test_e16_a_file_that_the_disk_changed_is_not_kept_and_saving_again_keeps_a_good_one",
    ),
    "E17": ("test_recipe_page", "test_masks_of_another_shape_are_told_and_can_be_stretched"),
    "E18": (
        "test_messages_for_real",
        "test_e18_the_window_that_has_the_project_comes_to_the_front_and_when_it_is_closed_the_project_opens_here",
    ),
    "E19": ("test_messages_for_real", "test_e19_a_project_of_a_newer_version_opens_as_a_copy"),
    "E20": ("test_train_page", "test_a_run_much_slower_than_before_is_told_until_it_is_left"),
    "E21": ("test_recipe_page", "test_a_trigger_word_that_the_base_knows_is_replaced_with_one_press"),
    "E22": ("test_recipe_page", "test_captions_that_are_too_long_can_be_shortened"),
    "E23": ("test_messages_for_real", "test_e23_a_picture_that_is_too_large_to_open_joins_as_a_smaller_copy"),
    "E24": ("test_images_page", "test_a_refused_caption_keeps_the_text_and_tries_again"),
    "E25": ("test_recipe_page", "test_pictures_that_all_become_one_square_are_told_and_sizes_can_be_turned_on"),
    "E26": ("test_export_page", "test_after_any_failure_the_card_itself_saves_again"),
    "E27": ("test_run_model", "test_a_clock_that_was_set_back_is_told_and_disturbs_nothing"),
    "E28": ("test_recipe_page", "test_a_card_that_others_use_is_told_with_a_way_to_fit"),
}  # fmt: skip
ONLY_TOLD = {"E27"}  # a line of the log, with nothing to press


def test_every_message_has_a_test_that_brings_it_about_and_presses_its_buttons() -> None:
    assert list(TRIED_IN) == [f"E{number:02}" for number in range(1, 29)] == list(messages._ENTRIES)
    for number, (file, name) in TRIED_IN.items():
        tree = ast.parse((Path(__file__).parent / f"{file}.py").read_text(encoding="utf-8"))
        (test,) = (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef) and node.name == name)
        calls = [node.func for node in ast.walk(test) if isinstance(node, ast.Call)]
        called = {call.attr if isinstance(call, ast.Attribute) else getattr(call, "id", "") for call in calls}
        assert number in ONLY_TOLD or called & {"click", "press", "keyClick", "mouseClick"}, number


@pytest.mark.parametrize(
    ("number", "facts", "expected"),
    [
        (
            "E01", {},
            ["No pictures in this folder.",
             "It has 12 files, none of a kind the app reads (PNG, JPEG, WebP, BMP, TIFF).",
             "Choose another"],
        ),
        (
            "E02", {},
            ["3 pictures cannot be opened.", "They look damaged or are not pictures. The other 81 are fine.",
             "Leave them out", "Show them"],
        ),
        (
            "E02", {"count": 1, "others": 0},
            ["1 picture cannot be opened.", "It looks damaged or is not a picture.", "Leave them out", "Show them"],
        ),
        (
            "E05", {"step": 1140},
            ["The disk is almost full: 0.6 GB left.",
             "Training paused after saving step 1,140. It needs about 1.1 GB to finish.",
             "Free space…", "Resume"],
        ),
        (
            "E07", {"needed_bytes": 9.8e9, "fix": "8-bit base, 768 px"},
            ["This recipe needs 9.8 GB, your card has 8.0 GB.", "", "Fit it to my card (8-bit base, 768 px)",
             "See options"],
        ),
        (
            "E15", {},
            ["The pictures changed since this run started.",
             "4 were edited. 2 are gone. Resuming would not give the same result.",
             "Start a new run", "Resume with what is left"],
        ),
        (
            "E22", {"count": 9},
            ["9 captions are longer than the model reads (75 tokens).", "The ends will be ignored.",
             "Shorten them", "Show them", "Keep"],
        ),
    ],
)  # fmt: skip
def test_messages_are_said_in_the_words_of_the_design(number: str, facts: dict[str, Any], expected: list[str]) -> None:
    assert words(message(number, **{**ALL_FACTS, **facts})) == expected


def test_with_the_facts_an_engine_error_is_said_in_the_words_of_the_design() -> None:
    error = StudioError("out_of_memory", "The graphics card ran out of memory at step 212.", "…", "Set this.")
    shown = message_for(error, step=212, saved=200, smaller_fits=True)
    assert shown.body == "Nothing is lost: step 200 is saved. The next size down fits."
    assert [button.action for button in shown.buttons] == ["use_less_memory", "see_options"]


def test_without_the_facts_it_keeps_its_own_words_and_gets_the_buttons() -> None:
    error = StudioError("disk_full", "The disk is full: 12 MiB left.", "What was saved is untouched.", "Free some.")
    shown = message_for(error)
    assert words(shown)[:3] == ["The disk is full: 12 MiB left.", "What was saved is untouched.", "Free space…"]


def test_a_finding_knows_by_itself_how_many_pictures_it_is_about() -> None:
    finding = Finding(code="picture_unreadable", severity="warn", title="", paths=("a.png", "b.png"))
    assert message_for(finding, others=5).title == "2 pictures cannot be opened."


def test_an_unknown_code_shows_everything_the_engine_says() -> None:
    shown = message_for(StudioError("brand_new", "Something.", "It means this.", "Do that."))
    assert (shown.title, shown.body, shown.buttons) == ("Something.", "It means this. Do that.", ())


def test_code_hint_and_log_are_in_the_details_only() -> None:
    shown = message_for(StudioError("disk_full", "Full.", "Detail.", "Hint."), log="Traceback")
    assert shown.details.split("\n") == ["disk_full", "Full.", "Detail.", "Hint.", "Traceback"]
    assert "disk_full" not in " ".join(words(shown))


def test_a_card_tells_the_name_of_the_action_that_was_pressed(qtbot: QtBot) -> None:
    card = MessageCard(message("E04"))
    qtbot.addWidget(card)
    card.show()
    with qtbot.waitSignal(card.action_chosen) as chosen:
        qtbot.mouseClick(card.buttons[1], Qt.MouseButton.LeftButton)
    assert chosen.args == ["try_again"]


def test_a_card_shows_only_the_buttons_that_can_be_done_here(qtbot: QtBot) -> None:
    card = MessageCard(message("E04").only({"try_again"}))
    qtbot.addWidget(card)
    assert [button.text() for button in card.buttons] == ["Try again"]

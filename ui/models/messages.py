"""Every message of the app in one place: what happened, what is safe, and the buttons that mend it.

The engine tells problems by code, with words of its own. Here each code has its buttons and, where the facts for them
are known, the words of the design (E01 to E28). An action is a name; the page that shows the message does it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any

from PySide6.QtCore import QCoreApplication, QLocale

from lora_studio.config.findings import Finding
from lora_studio.errors import StudioError
from ui.models.engine_words import engine_words

GB = 1_000_000_000
Facts = Mapping[str, Any]
Words = tuple[str, str]


@dataclass(frozen=True, slots=True)
class MessageButton:
    """`action` is a name for programs, such as `choose_folder`."""

    action: str
    words: str


@dataclass(frozen=True, slots=True)
class Message:
    """What is shown. The first button mends it; `details` is for those who unfold it."""

    code: str
    title: str
    body: str
    buttons: tuple[MessageButton, ...]
    details: str = ""

    def only(self, actions: Collection[str]) -> Message:
        """The same with the buttons whose action can be done here."""
        return replace(self, buttons=tuple(button for button in self.buttons if button.action in actions))


@dataclass(frozen=True, slots=True)
class _Entry:
    """A message of the design: the facts without which it cannot be said, its words, its buttons."""

    needs: frozenset[str]
    say: Callable[[Facts], Words]
    buttons: Callable[[Facts], tuple[MessageButton, ...]]


def message_for(problem: StudioError | Finding, **facts: Any) -> Message:
    """The message for a problem of the engine.

    With the facts that its entry of the design needs (see `message`) it is said in the design's words, otherwise in
    the engine's own. How many pictures a finding is about, and the name of the first, are known already.
    """
    if isinstance(problem, Finding):
        facts = {"count": len(problem.paths), "name": problem.paths[0] if problem.paths else "", **facts}
    hint = problem.hint if isinstance(problem, StudioError) else ""
    details = "\n".join(filter(None, (problem.code, problem.title, problem.detail, hint, str(facts.get("log", "")))))
    entry = _ENTRIES.get(_NUMBERS.get(problem.code, ""))
    if entry is not None and entry.needs <= facts.keys():
        title, body = entry.say(facts)
        return Message(problem.code, title, body, entry.buttons(facts), details)
    if entry is not None:
        told = engine_words(problem.title), engine_words(problem.detail)
        return Message(problem.code, *told, entry.buttons(facts), details)
    buttons = _other_buttons(problem.code)
    body = problem.detail if buttons else f"{problem.detail} {hint}".strip()
    return Message(problem.code, engine_words(problem.title), engine_words(body), buttons, details)


def message(number: str, **facts: Any) -> Message:
    """A message of the design by its number, for what the window itself notices.

    Raises:
        KeyError: There is no such number, or a fact is missing.
    """
    entry = _ENTRIES[number]
    title, body = entry.say(facts)
    return Message(number, title, body, entry.buttons(facts))


def _tr(text: str, count: int = -1) -> str:
    return QCoreApplication.translate("messages", text, None, count)


def _number(value: float, decimals: int = 0) -> str:
    return QLocale().toString(float(value), "f", decimals)


def _gb(size_bytes: float) -> str:
    return _number(size_bytes / GB, 1)


def _said(title: str, body: str = "") -> Callable[[Facts], Words]:
    """Words without facts, translated when they are said."""
    return lambda _: (_tr(title), _tr(body) if body else "")


def _doing(*pairs: tuple[str, str]) -> Callable[[Facts], tuple[MessageButton, ...]]:
    return lambda _: tuple(MessageButton(action, _tr(words)) for action, words in pairs)


def tr_noop(text: str) -> str:
    """Marks a text of the table for translation; it is translated when it is said."""
    return text


# ── Words with facts ──────────────────────────────────────────────────────────────────────────────────────


def _no_pictures(facts: Facts) -> Words:
    body = _tr("It has %n file(s), none of a kind the app reads (PNG, JPEG, WebP, BMP, TIFF).", facts["files"])
    return _tr("No pictures in this folder."), body


def _unreadable(facts: Facts) -> Words:
    title = _tr("%n picture(s) cannot be opened.", facts["count"])
    body = _tr("(It looks|They look) damaged or (is not a picture|are not pictures).", facts["count"])
    others = _tr("The other %n (is|are) fine.", facts["others"])
    return title, f"{body} {others}" if facts["others"] else body


def _disk_low(facts: Facts) -> Words:
    title = _tr("The disk is almost full: {free} GB left.").format(free=_gb(facts["free_bytes"]))
    body = _tr("Training paused after saving step {step}. It needs about {needed} GB to finish.")
    return title, body.format(step=_number(facts["step"]), needed=_gb(facts["needed_bytes"]))


def _out_of_memory(facts: Facts) -> Words:
    title = _tr("The graphics card ran out of memory at step {step}.").format(step=_number(facts["step"]))
    if facts["saved"] is None:
        body = _tr("Nothing was trained yet.")
    else:
        body = _tr("Nothing is lost: step {saved} is saved.").format(saved=_number(facts["saved"]))
    return title, " ".join([body, _tr("The next size down fits.")]) if facts.get("smaller_fits") else body


def _too_big(facts: Facts) -> Words:
    sentence = _tr("This recipe needs {needed} GB, your card has {total} GB.")
    if not facts.get("is_card", True):
        sentence = _tr("This recipe needs {needed} GB, your computer has {total} GB.")
    return sentence.format(needed=_gb(facts["needed_bytes"]), total=_gb(facts["total_bytes"])), ""


def _fit_buttons(facts: Facts) -> tuple[MessageButton, ...]:
    options = MessageButton("see_options", _tr("See options"))
    if not facts.get("fix"):
        return (options,)
    return MessageButton("fit", _tr("Fit it to my card ({fix})").format(fix=facts["fix"])), options


def _old_driver(facts: Facts) -> Words:
    body = _tr("Version {installed} is installed, {wanted} or newer is needed.")
    return _tr("Your graphics driver is too old."), body.format(**facts)


def _card_lost(facts: Facts) -> Words:
    body = _tr("This can follow sleep or a driver update. Step {step} is saved.").format(step=_number(facts["saved"]))
    return _tr("The graphics card stopped responding."), body


def _out_of_range(facts: Facts) -> Words:
    title = _tr("The numbers went out of range at step {step}.").format(step=_number(facts["step"]))
    body = _tr("Training went back to step {saved} and tried twice. A lower learning rate usually helps.")
    return title, body.format(saved=_number(facts["saved"]))


def _out_of_range_buttons(facts: Facts) -> tuple[MessageButton, ...]:
    half = MessageButton("half_rate", _tr("Go on at half the rate"))
    if not facts.get("epoch"):
        return (half,)
    return half, MessageButton("keep_epoch", _tr("Keep epoch {epoch}").format(epoch=_number(facts["epoch"])))


def _stopped(facts: Facts) -> Words:
    title = _tr("Training stopped unexpectedly at step {step}.").format(step=_number(facts["step"]))
    return title, _tr("Everything up to step {saved} is safe.").format(saved=_number(facts["saved"]))


def _not_a_base(facts: Facts) -> Words:
    body = _tr("It looks like {kind}, not a base model.").format(kind=facts["kind"])
    return _tr("This file is not a model the app can train."), body


def _damaged_model(facts: Facts) -> Words:
    body = _tr("It is {size} GB but should be {expected} GB: the download may have stopped early.")
    filled = body.format(size=_gb(facts["size_bytes"]), expected=_gb(facts["expected_bytes"]))
    return _tr("This model file is damaged."), filled


def _pictures_changed(facts: Facts) -> Words:
    edited = _tr("%n (was|were) edited.", facts["edited"])
    gone = _tr("%n (is|are) gone.", facts["gone"])
    said = [text for text, count in ((edited, facts["edited"]), (gone, facts["gone"])) if count]
    body = " ".join([*said, _tr("Resuming would not give the same result.")])
    return _tr("The pictures changed since this run started."), body


def _masks(facts: Facts) -> Words:
    title = _tr("%n mask(s) (does|do) not match (its picture|their pictures).", facts["count"])
    return title, _tr("The pictures were resized or cropped after painting. Without masks they are learned whole.")


def _newer(facts: Facts) -> Words:
    title = _tr("This project was made by a newer version ({version}).").format(version=facts["version"])
    return title, _tr("Opening it could drop settings.")


def _slow(facts: Facts) -> Words:
    title = _tr("Training is {times} times slower than planned.").format(times=_number(facts["times"]))
    return title, _tr("The card is short of memory and is borrowing from the computer.")


def _known_trigger(facts: Facts) -> Words:
    title = _tr('"{word}" already means something to this model.').format(word=facts["word"])
    return title, _tr("Pictures without your style react to it too.")


def _long_captions(facts: Facts) -> Words:
    title = _tr("%n caption(s) (is|are) longer than the model reads ({limit} tokens).", facts["count"])
    body = _tr("(The end|The ends) will be ignored.", facts["count"])
    return title.format(limit=_number(facts["limit"])), body


def _huge_picture(facts: Facts) -> Words:
    title = _tr("{name} is larger than the app opens safely ({size} megapixels).")
    return title.format(name=facts["name"], size=_number(facts["megapixels"])), ""


def _caption_refused(facts: Facts) -> Words:
    title = _tr("The caption of {name} could not be saved.").format(name=facts["name"])
    return title, _tr("Another program may have it open. Your text is kept here.")


def _one_square(facts: Facts) -> Words:
    title = _tr("(The picture|All %n pictures) will be cropped to one square.", facts["count"])
    return title, _tr("Training sizes are off in Advanced. Tall pictures lose about a third.")


def _long_path(facts: Facts) -> Words:
    title = _tr("The path is too long for Windows ({count} characters).").format(count=_number(facts["characters"]))
    return title, ""


def _clock_back(facts: Facts) -> Words:
    title = _tr("The clock jumped back %n hour(s).", facts["hours"])
    return title, _tr("Times in the log may look odd; training is not affected.")


def _card_in_use(facts: Facts) -> Words:
    title = _tr("Another program is using {used} GB of the card.").format(used=_gb(facts["used_bytes"]))
    if facts.get("program"):
        title = _tr("{program} is using {used} GB of the card.").format(
            program=facts["program"], used=_gb(facts["used_bytes"])
        )
    return title, _tr("Closing it makes this recipe fit.")


# ── The tables ────────────────────────────────────────────────────────────────────────────────────────────


def _entry(say: Callable[[Facts], Words], needs: str, buttons: Callable[[Facts], tuple[MessageButton, ...]]) -> _Entry:
    return _Entry(frozenset(needs.split()), say, buttons)


_ENTRIES: dict[str, _Entry] = {
    "E01": _entry(_no_pictures, "files", _doing(
        ("choose_folder", tr_noop("Choose another")),)),
    "E02": _entry(_unreadable, "count others", _doing(
        ("leave_out", tr_noop("Leave them out")), ("show_pictures", tr_noop("Show them")))),
    "E03": _entry(
        _said(tr_noop("The image folder is not there any more."), tr_noop(
            "The drive may be unplugged or the folder moved. Your captions and settings are safe.")),
        "images_folder",
        _doing(("try_again", tr_noop("Try again")), ("find_folder", tr_noop("Find the folder"))),
    ),
    "E04": _entry(
        _said(tr_noop("This folder cannot be written to."), tr_noop("Nothing was saved there.")), "",
        _doing(("choose_folder", tr_noop("Choose another folder")), ("try_again", tr_noop("Try again"))),
    ),
    "E05": _entry(_disk_low, "free_bytes step needed_bytes", _doing(
        ("free_space", tr_noop("Free space…")), ("resume", tr_noop("Resume")))),
    "E06": _entry(_out_of_memory, "step saved", _doing(
        ("use_less_memory", tr_noop("Resume with less memory")), ("see_options", tr_noop("See options")))),
    "E07": _entry(_too_big, "needed_bytes total_bytes", _fit_buttons),
    "E08": _entry(_old_driver, "installed wanted", _doing(
        ("update_driver", tr_noop("How to update")), ("check_again", tr_noop("Check again")))),
    "E09": _entry(_card_lost, "saved", _doing(
        ("resume", tr_noop("Restart training")), ("check_again", tr_noop("Check the card")))),
    "E10": _entry(_out_of_range, "step saved", _out_of_range_buttons),
    "E11": _entry(_stopped, "step saved", _doing(
        ("resume", tr_noop("Resume")), ("save_report", tr_noop("Save a report")))),
    "E12": _entry(
        _said(tr_noop("This model is in an old format that can carry programs."), tr_noop(
            "The app opened it without running anything and found something that should not be there.")),
        "",
        _doing(("choose_base", tr_noop("Use another model")), ("explain", tr_noop("Why?"))),
    ),
    "E13": _entry(_not_a_base, "kind", _doing(
        ("choose_base", tr_noop("Choose another")), ("explain", tr_noop("What works?")))),
    "E14": _entry(_damaged_model, "size_bytes expected_bytes", _doing(
        ("choose_base", tr_noop("Choose another")), ("show_in_folder", tr_noop("Show in folder")))),
    "E15": _entry(_pictures_changed, "edited gone", _doing(
        ("start_new_run", tr_noop("Start a new run")), ("use_what_is_left", tr_noop("Resume with what is left")))),
    "E16": _entry(
        _said(tr_noop("The saved adapter did not pass its check."), tr_noop(
            "The file was removed; your epochs are untouched.")),
        "",
        _doing(("save_again", tr_noop("Save again")), ("use_another_drive", tr_noop("Choose another drive"))),
    ),
    "E17": _entry(_masks, "count", _doing(
        ("scale_masks", tr_noop("Scale the masks")), ("show_pictures", tr_noop("Show them")),
        ("keep", tr_noop("Train without them")))),
    "E18": _entry(
        _said(tr_noop("LoRA Studio is already open with this project.")), "",
        _doing(("go_to_window", tr_noop("Go to that window"))),
    ),
    "E19": _entry(_newer, "version", _doing(
        ("open_copy", tr_noop("Open a copy")), ("choose_project", tr_noop("Open another project")))),
    "E20": _entry(_slow, "times", _doing(
        ("use_less_memory", tr_noop("Use less memory")), ("leave_it", tr_noop("Leave it")))),
    "E21": _entry(_known_trigger, "word", _doing(
        ("suggest_trigger", tr_noop("Suggest another")), ("keep", tr_noop("Keep it")))),
    "E22": _entry(_long_captions, "count limit", _doing(
        ("shorten_captions", tr_noop("Shorten them")), ("show_pictures", tr_noop("Show them")),
        ("keep", tr_noop("Keep")))),
    "E23": _entry(_huge_picture, "name megapixels", _doing(
        ("make_smaller", tr_noop("Make a smaller copy")), ("leave_out", tr_noop("Leave it out")))),
    "E24": _entry(_caption_refused, "name", _doing(
        ("try_again", tr_noop("Try again")), ("save_elsewhere", tr_noop("Save elsewhere")))),
    "E25": _entry(_one_square, "count", _doing(
        ("turn_sizes_on", tr_noop("Turn sizes on")), ("keep", tr_noop("Keep")))),
    "E26": _entry(_long_path, "characters", _doing(
        ("choose_folder", tr_noop("Choose a shorter folder")), ("explain", tr_noop("Why?")))),
    "E27": _entry(_clock_back, "hours", _doing(("close", tr_noop("OK")))),
    "E28": _entry(_card_in_use, "used_bytes", _doing(
        ("check_again", tr_noop("Check again")), ("fit", tr_noop("Fit to what is free")))),
}  # fmt: skip

_NUMBERS: dict[str, str] = {
    "already_open": "E18",  # told by the window itself
    "no_pictures": "E01",
    "picture_unreadable": "E02",
    "folder_missing": "E03",
    "folder_read_only": "E04",
    "disk_full": "E05",
    "out_of_memory": "E06",
    "device_lost": "E09",
    "numbers_out_of_range": "E10",
    "crashed": "E11",
    "unexpected": "E11",
    "file_refused": "E12",
    "base_not_supported": "E13",
    "model_damaged": "E14",
    "pictures_changed": "E15",
    "export_failed": "E16",
    "project_newer": "E19",
    "picture_too_large": "E23",
    "path_too_long": "E26",
}

_TRY_AGAIN = ("try_again", tr_noop("Try again"))
_SHOW = ("show_pictures", tr_noop("Show them"))
_LEAVE_OUT = ("leave_out", tr_noop("Leave them out"))
_CHOOSE_BASE = ("choose_base", tr_noop("Choose another base model"))
_RECIPE = ("go_to_recipe", tr_noop("Go to Recipe"))
_REPORT = ("save_report", tr_noop("Save a report"))
_FOLDER = ("show_in_folder", tr_noop("Show in folder"))
_OTHER_NAME = ("rename", tr_noop("Choose another name"))
_OTHER_FILE = ("choose_file", tr_noop("Choose another file"))
_OTHER_EPOCH = ("choose_epoch", tr_noop("Choose another epoch"))

# Codes that the design has no words for: the engine's own, and these buttons.
_BUTTONS: dict[str, tuple[tuple[str, str], ...]] = {
    "not_finished": (("show_run", tr_noop("Show it")),),
    "save_deleted": (_RECIPE,),
    "does_not_fit": (("use_less_memory", tr_noop("Use less memory")), ("see_options", tr_noop("See options"))),
    # Pictures and captions
    "alone_in_bucket": (_SHOW,),
    "blurry": (_SHOW, _LEAVE_OUT),
    "caption_changed_outside": (("rescan", tr_noop("Read it again")), ("try_again", tr_noop("Save mine"))),
    "caption_encoding": (_SHOW,),
    "caption_many_lines": (_SHOW,),
    "caption_orphan": (_FOLDER,),
    "caption_too_long": (("edit_caption", tr_noop("Shorten it")),),
    "caption_unreadable": (_FOLDER,),
    "duplicate": (_SHOW, _LEAVE_OUT),
    "extreme_shape": (_SHOW, _LEAVE_OUT),
    "folder_link": (_FOLDER,),
    "folder_repeats": (_SHOW,),
    "folder_repeats_ignored": (_FOLDER,),
    "folder_too_deep": (_FOLDER,),
    "folder_unreadable": (_TRY_AGAIN, _FOLDER),
    "held_back_trained_on": (_SHOW,),
    "mask_mismatch": (_SHOW,),
    "mask_unreadable": (_FOLDER,),
    "masked": (_SHOW,),
    "memory_too_small": (("close", tr_noop("OK")),),
    "metadata_skipped": (_FOLDER,),
    "name_not_readable": (_FOLDER,),
    "no_caption": (_SHOW,),
    "not_a_folder": (("choose_folder", tr_noop("Choose a folder")),),
    "picture_kind_unsupported": (_FOLDER,),
    "prior_trained_on": (_RECIPE,),
    "shared_stem": (_SHOW,),
    "warmup_too_long": (_RECIPE,),
    "zip_unreadable": (("choose_folder", tr_noop("Choose a folder")),),
    "zip_unsafe": (("choose_folder", tr_noop("Choose a folder")),),
    "too_many_files": (("choose_folder", tr_noop("Choose another folder")),),
    "too_small": (_SHOW, _LEAVE_OUT),
    "transparency": (_SHOW,),
    "undo_damaged": (("close", tr_noop("OK")),),
    # Projects and settings
    "bad_project_name": (_OTHER_NAME,),
    "folder_in_pictures": (("choose_folder", tr_noop("Choose another folder")),),
    "install_incomplete": (_REPORT,),
    "not_a_project": (("choose_project", tr_noop("Choose another")),),
    "project_damaged": (("choose_project", tr_noop("Open another project")), _FOLDER),
    "sample_project_incomplete": (_REPORT,),
    "sample_project_unreadable": (_REPORT,),
    "settings_damaged": (("open_settings", tr_noop("Open Settings")),),
    # The recipe
    "bad_setting": (_RECIPE,),
    "base_missing": (_CHOOSE_BASE, ("search_bases", tr_noop("Look for it again"))),
    "setting_decided": (_RECIPE,),
    "stopped_by_findings": (("review_issues", tr_noop("Show what to mend")),),
    "unknown_preset": (_RECIPE,),
    "unknown_setting": (_RECIPE,),
    # Runs and the queue
    "adapter_mismatch": (("start_new_run", tr_noop("Start a new run")),),
    "base_changed": (("start_new_run", tr_noop("Start a new run")),),
    "device_missing": (_RECIPE,),
    "cards_missing": (_RECIPE,),
    "folder_in_use": (_OTHER_NAME,),
    "memory_limit_too_low": (_RECIPE,),
    "no_such_job": (("refresh", tr_noop("Look again")),),
    "not_a_run": (("refresh", tr_noop("Look again")),),
    "optimizer_unavailable": (_RECIPE,),
    "precision_unavailable": (_RECIPE,),
    "start_misfit": (_RECIPE,),
    "quantization_unavailable": (_RECIPE,),
    "nothing_leaner": (_RECIPE,),
    "queue_busy": (_TRY_AGAIN,),
    "queue_damaged": (_FOLDER,),
    "run_busy": (("show_run", tr_noop("Show it")),),
    "run_ended": (("show_run", tr_noop("Show it")),),
    "run_exists": (_OTHER_NAME,),
    "trainer_not_started": (_TRY_AGAIN, _REPORT),
    "vae_out_of_range": (_CHOOSE_BASE,),
    "went_back": (("close", tr_noop("OK")),),
    "no_room_to_draw": (("close", tr_noop("OK")),),
    "went_leaner": (("close", tr_noop("OK")),),
    "went_on_with_less": (("close", tr_noop("OK")),),
    "pictures_gone": (("show_pictures", tr_noop("Go to Images")),),
    # Adapters, samples and exports
    "adapter_inconsistent": (_OTHER_FILE,),
    "adapter_not_for_base": (_CHOOSE_BASE,),
    "already_there": (_FOLDER,),
    "bad_file_name": (_OTHER_NAME,),
    "base_needed": (_CHOOSE_BASE,),
    "converter_failed": (_TRY_AGAIN, _REPORT),
    "dead_modules": (_OTHER_EPOCH,),
    "drawing_failed": (_TRY_AGAIN, _REPORT),
    "export_no_effect": (_OTHER_EPOCH,),
    "export_not_finite": (_OTHER_EPOCH,),
    "export_out_of_range": (_OTHER_EPOCH,),
    "families_differ": (_OTHER_FILE,),
    "family_unknown": (_OTHER_FILE,),
    "file_not_safetensors": (_OTHER_FILE,),
    "hub_damaged": (_TRY_AGAIN,),
    "hub_failed": (_TRY_AGAIN, _REPORT),
    "hub_gated": (_TRY_AGAIN,),
    "hub_here_already": (_FOLDER,),
    "hub_name_taken": (_TRY_AGAIN,),
    "hub_no_licence": (_TRY_AGAIN,),
    "hub_no_token": (_TRY_AGAIN,),
    "hub_not_a_kit": (_FOLDER,),
    "hub_not_allowed": (_TRY_AGAIN,),
    "hub_refused": (_TRY_AGAIN,),
    "hub_seen_otherwise": (_TRY_AGAIN,),
    "hub_token_wrong": (_TRY_AGAIN,),
    "hub_unknown": (_TRY_AGAIN,),
    "hub_unreachable": (_TRY_AGAIN,),
    "kit_changed": (_TRY_AGAIN,),
    "kit_exists": (_TRY_AGAIN,),
    "kit_names_places": (_OTHER_FILE,),
    "model_write_failed": (_TRY_AGAIN,),
    "metadata_too_large": (("remove_settings", tr_noop("Take out how it was trained")),),
    "module_unknown": (_OTHER_FILE,),
    "no_effect": (_OTHER_EPOCH,),
    "no_keyring": (("close", tr_noop("OK")),),
    "no_epoch": (_OTHER_EPOCH,),
    "no_samples": (("close", tr_noop("OK")),),
    "not_an_adapter": (_OTHER_FILE,),
    "not_plain_lora": (_OTHER_FILE,),
    "nothing_plain": (_OTHER_FILE,),
    "practice_base": (_CHOOSE_BASE,),
    "sizes_differ": (_OTHER_FILE,),
    # The disk
    "disk_error": (_TRY_AGAIN, ("choose_folder", tr_noop("Choose another folder"))),
    "file_damaged": (_FOLDER,),
    "file_missing": (_TRY_AGAIN,),
    "file_too_large": (_OTHER_FILE,),
    "file_unreadable": (_TRY_AGAIN,),
    "too_many_open_files": (_TRY_AGAIN,),
}


def _other_buttons(code: str) -> tuple[MessageButton, ...]:
    return tuple(MessageButton(action, _tr(words)) for action, words in _BUTTONS.get(code, ()))

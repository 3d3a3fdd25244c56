"""The app in other languages: complete, rightly filled in, and with room for every word."""

import ast
import functools
import importlib.util
import os
import re
import shutil
import sys
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import NamedTuple

import pytest
import sample_runs
import shiboken6
from fake_workspace import CARD, FakeWorkspace, hardware, practice, quiet_settings, scanned
from pseudo import Longer, Mirrored, cut_texts, untranslated
from PySide6.QtCore import QCoreApplication, QEvent, QLocale, Qt, QThreadPool, QTranslator
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from told_runs import PROMPTS, trained_run

from lora_studio import embedded
from lora_studio.config.fields import setting_fields
from lora_studio.jobs.queue import Queue
from lora_studio.projects.project import RunNote, create_project
from lora_studio.projects.recent import note_opened
from tests.fakes.drawn_pictures import COLOURS, draw_pictures
from ui.models import recipe_settings
from ui.models.engine_words import engine_words
from ui.models.library_words import size_word
from ui.models.run import RunModel
from ui.models.shortcuts import native_keys
from ui.pages.settings import SettingsPage
from ui.shell import places
from ui.shell.language import LANGUAGES, TRANSLATIONS_DIR, counted, install_language, language_for, locale_for
from ui.shell.main_window import MainWindow
from ui.theme.appearance import Appearance
from ui.theme.late_style import style_some
from ui.widgets.card import CollapsibleCard
from ui.widgets.page import Context

ROOT = Path(__file__).parents[2]
PLACES = tuple(places.page_factories())


class Entry(NamedTuple):
    """A sentence of de.ts: its German forms, two when it counts, and whether Linguist calls it done."""

    forms: list[str]
    is_counted: bool
    state: str


@functools.cache
def german() -> dict[tuple[str, str], Entry]:
    """Every entry of de.ts by context and English sentence."""
    entries = {}
    for context in ElementTree.parse(TRANSLATIONS_DIR / "de.ts").getroot().iter("context"):
        for message in context.iter("message"):
            translation = message.find("translation")
            assert translation is not None
            is_counted = message.get("numerus") == "yes"
            forms = [form.text or "" for form in translation.iter("numerusform")] or [translation.text or ""]
            key = (context.findtext("name", ""), message.findtext("source", ""))
            entries[key] = Entry(forms, is_counted, translation.get("type", "finished"))
    return entries


# ── A window that speaks ──────────────────────────────────────────────────────────────────────────────────


@contextmanager
def speaking(app: QApplication, code: str) -> Iterator[None]:
    """The application in a language, or in one of the two that nobody speaks; English afterwards."""
    before = QLocale()
    kept = set(app.findChildren(QTranslator))
    pseudo = {"longer": Longer, "mirrored": Mirrored}.get(code)
    if pseudo is None:
        install_language(app, code)
    else:
        app.installTranslator(pseudo(app, {source for context, source in german() if context == "engine"}))
    if code == "mirrored":
        app.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
    recipe_settings.fields.cache_clear()  # their words are kept as long as the program runs
    try:
        yield
    finally:
        recipe_settings.fields.cache_clear()
        for translator in set(app.findChildren(QTranslator)) - kept:
            app.removeTranslator(translator)
            translator.setParent(None)
        app.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
        QLocale.setDefault(before)


def made_window(appearance: Appearance, folder: Path) -> MainWindow:
    """The whole window over a project with pictures, a finished run and a waiting job."""
    pictures = draw_pictures(folder / "pictures", 6)
    (pictures / "caption.txt").unlink(missing_ok=True)
    project = create_project(folder / "misty", "Misty Ink", [pictures])
    note_opened(project)
    run = trained_run(project.runs_dir / "ink")
    settings = quiet_settings(cache_folder=str(folder / "cache"), exports_folder=str(folder / "exports"))
    workspace = FakeWorkspace(settings, project.changed(trigger="mistyink", runs={"ink": RunNote(pick=2)}))
    workspace.queue = Queue(folder / "queue")
    workspace.queue.add(sample_runs.make_run(project.runs_dir / "next", "next"))
    workspace.bases = (practice(), practice().model_copy(update={"source": "/m/sd", "name": "sd15", "family": "sd1"}))
    workspace.report = scanned(pictures)
    workspace.plan_for_real(hardware(CARD))
    workspace.run = RunModel(run)
    window = MainWindow(Context(settings, appearance, workspace), places.page_factories())
    window.show()
    workspace.run.look()
    return window


def settle(window: MainWindow) -> None:
    """Until nothing works in the background and everything it told is shown."""
    pools = [QThreadPool.globalInstance(), *window.findChildren(QThreadPool)]
    workspace = window.context.workspace
    pools += [*workspace.findChildren(QThreadPool), *(workspace.run.findChildren(QThreadPool) if workspace.run else ())]
    for _ in range(3):
        for pool in pools:
            pool.waitForDone()
        while style_some():  # what waits for a new look out of view
            pass
        QApplication.processEvents()
        QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


def views(window: MainWindow, place: str) -> Iterator[str]:
    """Goes to a place, unfolds what is folded, and shows each part of it."""
    window.go_to(place)
    settle(window)
    page = window.page
    assert page is not None
    for card in page.findChildren(CollapsibleCard):
        card.set_open(True)
    if isinstance(page, SettingsPage):
        for section in page.sections:
            if section != "about":  # licences, in the words of their authors
                page.show_section(section)
                settle(window)
                yield f"{place}, {section}"
    else:
        settle(window)
        yield place


def shut(window: MainWindow) -> None:
    run = window.context.workspace.run
    window.close()
    if run is not None:
        run.rest()
    settle(window)
    shiboken6.delete(window)  # at once, or it would be laid out again with every change of the look


def own_texts(window: MainWindow, folder: Path) -> list[str]:
    """What no language translates: names, prompts, paths, licences, and values as settings write them."""
    workspace = window.context.workspace
    licences = ["CreativeML-OpenRAIL-M", "CreativeML-OpenRAIL++-M", "Apache-2.0", "MIT", "CC0-1.0"]
    values = [
        "auto",
        "cpu",
        "cuda",
        "mps",
        "int8",
        "huber",
        "adamw",
        "practice",
        "UTC",
        *recipe_settings.OPTIMIZER_NAMES.values(),
        *recipe_settings.ADAPTER_KINDS.values(),
    ]
    names = ["Misty Ink", "ink", "next", "mistyink", "sd15", "png", "safetensors", "LoRA Studio", "English", "Deutsch"]
    prompts = workspace.plan.resolved.config.preview.prompts if workspace.plan is not None else ()
    titles = [embedded.sample_project(kind).title for kind in ("style", "character")]
    discs = [f"{colour} disc" for colour in COLOURS]
    paths = [str(folder), os.environ["LORA_STUDIO_HOME"]]
    return [*titles, *discs, *PROMPTS, *prompts, *licences, *values, *names, *paths]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("LORA_STUDIO_HOME", str(tmp_path / "home"))
    return tmp_path


def look_through(window: MainWindow, own: list[str] | None) -> list[str]:
    """What is cut on any page, and with `own` also what is not translated."""
    found = []
    for place in PLACES:
        for view in views(window, place):
            wrong = cut_texts(window) + (untranslated(window, own) if own is not None else [])
            found += [f"{view}: {line}" for line in wrong]
    return found


# ── Room and completeness on screen ───────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("code", ["en", "de", "longer", "mirrored"])
def test_every_page_has_room_for_its_words_and_leaves_none_untranslated(
    code: str, home: Path, appearance: Appearance, qapp: QApplication
) -> None:
    found = []
    with speaking(qapp, code):
        window = made_window(appearance, home)
        own = own_texts(window, home) if code in ("longer", "mirrored") else None
        for scale in (1.0, 1.5):
            appearance.set_text_scale(scale)
            for size in ((1024, 680), (1440, 900)):
                window.resize(*size)
                found += [f"{size[0]} at {scale}: {line}" for line in look_through(window, own)]
        shut(window)
    assert not found, "\n".join(found)


# ── The translation ───────────────────────────────────────────────────────────────────────────────────────


def blanks(text: str) -> list[str]:
    return sorted(re.findall(r"\{\w*\}|%n", text))


@pytest.fixture(scope="module")
def translations() -> ModuleType:
    spec = importlib.util.spec_from_file_location("translations", ROOT / "packaging" / "translations.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["translations"] = module  # its named tuple asks for it
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def fresh(translations: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """de.ts and what belongs to it, as `update` and `compile` leave them now."""
    shutil.copy(TRANSLATIONS_DIR / "de.ts", tmp_path)
    monkeypatch.setattr(translations, "LANGUAGES", tmp_path)
    translations.update()
    translations.compile_all(tmp_path)
    return tmp_path


def test_german_is_complete_and_its_files_are_those_that_the_script_makes_of_the_code(fresh: Path) -> None:
    for name in ("de.ts", "engine.json", "de.qm"):
        assert (fresh / name).read_bytes() == (TRANSLATIONS_DIR / name).read_bytes(), f"update or compile: {name}"
    assert [source for source, entry in german().items() if entry.state != "finished" or "" in entry.forms] == []


def test_german_keeps_every_blank_and_the_space_around_words() -> None:
    wrong = []
    for (_, source), entry in german().items():
        for n, form in enumerate(entry.forms, start=1):
            english = counted(source, n) if entry.is_counted else source
            same_ends = (english[0].isspace(), english[-1].isspace()) == (form[0].isspace(), form[-1].isspace())
            if blanks(english) != blanks(form) or not same_ends:
                wrong.append((english, form))
    assert wrong == []


def test_every_sentence_that_counts_has_two_german_forms() -> None:
    assert [s for (_, s), entry in german().items() if entry.is_counted != ("%n" in s or len(entry.forms) == 2)] == []
    assert all(len(entry.forms) == 2 for entry in german().values() if entry.is_counted)


def test_no_counted_sentence_stands_in_a_class_that_others_inherit_from() -> None:
    """Qt asks for it under the name of the subclass first, and takes the English plural for a translation."""
    classes: dict[str, ast.ClassDef] = {}
    for path in (ROOT / "ui").rglob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        classes |= {node.name: node for node in ast.walk(tree) if isinstance(node, ast.ClassDef)}
    bases = {ast.unparse(base).rpartition(".")[2] for node in classes.values() for base in node.bases}
    nodes = [(name, node) for name in bases & set(classes) for node in ast.walk(classes[name])]
    calls = [(name, node) for name, node in nodes if isinstance(node, ast.Call) and len(node.args) == 3]
    assert [name for name, call in calls if ast.unparse(call.func) == "self.tr"] == []


def test_no_context_of_the_translation_is_without_a_class_or_a_name() -> None:
    assert {context for context, _ in german() if not re.fullmatch(r"_?[A-Za-z]\w*", context)} == set()


# ── The engine's words ────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("english", "said"),
    [
        ("Learning rate", "Lernrate"),
        ("The disk is full.", "Das Laufwerk ist voll."),
        ("ink_004.png is damaged.", "ink_004.png ist beschädigt."),
        ("84 pictures have no caption.", "84 Bilder haben keine Beschreibung."),
        ("Nobody wrote this. The disk is full.", "Nobody wrote this. Das Laufwerk ist voll."),
        ("a.png is not there. Looked for /a/b.png.", "a.png ist nicht da. Gesucht wurde /a/b.png."),
        ("mistyink", "mistyink"),
        ("", ""),
    ],
)
def test_what_the_engine_says_is_said_in_german(english: str, said: str, qapp: QApplication) -> None:
    assert engine_words(english) == english
    with speaking(qapp, "de"):
        assert engine_words(english) == said


def test_every_setting_has_a_german_title_and_effect(qapp: QApplication) -> None:
    known = {source for context, source in german() if context == "engine"}
    for path, info in setting_fields().items():
        assert {info.title, info.description} <= known, path


def test_the_engine_calls_a_setting_by_its_title_or_not_at_all() -> None:
    """A path such as `optimizer.type` says nothing to who never saw the command line."""
    said = [source for context, source in german() if context == "engine"]
    paths = [path for path in setting_fields() if "." in path]
    assert [sentence for sentence in said for path in paths if path in sentence] == []
    titles = {info.title for info in setting_fields().values()}
    quoted = {title for sentence in said for title in re.findall(r"“([A-Z][^”{]*)”", sentence)}
    assert quoted and quoted <= titles


# ── Which language ────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("choice", "system", "spoken"),
    [
        ("", ["de-AT", "en-US"], "de"),
        ("", ["fr-FR", "de-DE"], "de"),
        ("", ["ja_JP"], "en"),
        ("", [], "en"),
        ("en", ["de-DE"], "en"),
        ("de", ["en-GB"], "de"),
        ("xx", ["de-DE"], "de"),
    ],
)
def test_the_chosen_language_is_spoken_else_the_first_of_the_system_s_that_there_is(
    choice: str, system: list[str], spoken: str
) -> None:
    assert language_for(choice, system) == spoken


def test_numbers_follow_the_words_and_keep_the_habits_of_the_country() -> None:
    austria, britain = QLocale("de_AT"), QLocale("en_GB")
    assert locale_for("de", austria) == austria
    assert locale_for("de", britain).toString(1.5, "f", 1) == "1,5"
    assert locale_for("en", austria).monthName(1) == "January"
    assert locale_for("en", britain) == britain


def test_german_speaks_plurals_numbers_and_the_toolkit_s_own_words(qapp: QApplication) -> None:
    with speaking(qapp, "de"):
        say = QCoreApplication.translate
        assert say("ImagesPage", "%n picture(s) left out.", "", 1) == "1 Bild weggelassen."
        assert say("ImagesPage", "%n picture(s) left out.", "", 3) == "3 Bilder weggelassen."
        assert say("Nowhere", "%n picture(s)", "", 3) == "3 pictures"
        assert [place.title for place in places.steps()] == ["Bilder", "Rezept", "Training", "Vergleich", "Export"]
        assert size_word(1_234_567) == "1,2 MB"
        assert native_keys("Ctrl+1") == "Strg+1" or sys.platform == "darwin"
        assert say("QPlatformTheme", "Cancel") == "Abbrechen"
    assert places.steps()[0].title == "Images"


def test_settings_offer_every_language_under_its_own_name(home: Path, appearance: Appearance, qtbot: QtBot) -> None:
    settings = quiet_settings()
    page = SettingsPage(Context(settings, appearance, FakeWorkspace(settings)))
    qtbot.addWidget(page)
    box = page.language_row.box
    assert [box.itemData(row) for row in range(box.count())] == ["", *LANGUAGES]
    assert [box.itemText(row) for row in range(1, box.count())] == ["English", "Deutsch"]
    assert {path.stem for path in TRANSLATIONS_DIR.glob("*.qm")} == set(LANGUAGES) - {"en"}

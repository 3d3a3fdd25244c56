"""Every GUI test: offscreen, one QApplication with our look."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
sys.path.insert(0, str(Path(__file__).parent))

from PySide6.QtCore import QCoreApplication, QEvent, QLocale
from PySide6.QtWidgets import QApplication

from ui.models import export_effect, shortcuts
from ui.shell.language import EnglishPlurals
from ui.theme import tokens
from ui.theme.appearance import Appearance
from ui.work.garbage import Collector

_appearances: list[Appearance] = []


@pytest.fixture(scope="session")
def shared_appearance(qapp: QApplication) -> Appearance:
    if not _appearances:
        _appearances.append(Appearance(qapp, "dark"))
    return _appearances[0]


@pytest.fixture
def appearance(shared_appearance: Appearance) -> Iterator[Appearance]:
    """The look of the test application, dark at 100 % before and after each test."""
    yield shared_appearance
    # Windows of earlier tests wait for an event loop to delete them; a theme would be put on all of them first.
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    in_force = (tokens.current().scheme, tokens.current().text_scale)
    if {in_force, (shared_appearance.choice, shared_appearance.text_scale)} != {("dark", 1.0)}:
        shared_appearance.set_choice("dark")
        shared_appearance.set_text_scale(1.0)


@pytest.fixture(scope="session", autouse=True)
def english(qapp: QApplication) -> None:
    """As the app speaks when nothing else is chosen; a translator that a test installs is asked first."""
    qapp.installTranslator(EnglishPlurals(qapp))


@pytest.fixture(scope="session")
def collector(qapp: QApplication) -> Collector:
    return Collector(qapp)


@pytest.fixture(autouse=True)
def collected_here(collector: Collector) -> Iterator[None]:
    """As in the app: a worker never takes apart what a window of an earlier test has left."""
    yield
    collector.look()


@pytest.fixture(scope="session", autouse=True)
def empty_clipboard(qapp: QApplication) -> Iterator[None]:
    """The offscreen clipboard outlives Python, and what Python made and left in it crashed the end of the process."""
    yield
    qapp.clipboard().clear()


@pytest.fixture(autouse=True)
def nothing_is_drawn_unasked(monkeypatch: pytest.MonkeyPatch) -> None:
    """A test that saves an adapter starts no drawing program, unless it says so."""
    monkeypatch.setattr(export_effect, "AUTOMATIC_S", 0.0)


@pytest.fixture(autouse=True)
def keys_as_they_came() -> Iterator[None]:
    yield
    shortcuts.use({})


@pytest.fixture(autouse=True)
def american_numbers() -> None:
    QLocale.setDefault(QLocale(QLocale.Language.English, QLocale.Country.UnitedStates))


@pytest.fixture(autouse=True)
def dark_at_100_percent(appearance: Appearance) -> None:
    assert tokens.current().text_scale == 1.0

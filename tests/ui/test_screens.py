"""Every screen in its main states, both themes: how it looks, what a screen reader finds, and how it scales.

A process of its own draws them all (see `camera.py`); after a change that was meant, `python packaging/screenshots.py`
renews what is compared here, and a person looks at it.
"""

import difflib
import shutil
import sys
import tempfile
import warnings
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from camera import ROOT, TOLERATED, TREES, Found, take
from camera_work import difference
from PIL import Image, ImageChops, ImageStat

from ui.theme.tokens import DARK, LIGHT, Colours

PICTURES = ROOT / "docs" / "screenshots"
RENEW = "If it was meant: python packaging/screenshots.py {name}, look at what it wrote, and commit it."
# Focusable as a whole, with a name; the toolkit gives these no role, and Python cannot.
ROLELESS = ("QKeySequenceEdit", "JobRow")

pytestmark = [
    pytest.mark.xdist_group("screens"),  # drawn by one process at a time, so another worker would only wait
    pytest.mark.skipif(
        not sys.platform.startswith("linux"),
        reason="The pictures are drawn with Linux fonts; others draw other pixels.",
    ),
]


@pytest.fixture(scope="module")
def failures() -> Path:
    """Outside the folder of this session, so that pictures of a failure are there afterwards."""
    folder = Path(tempfile.gettempdir()) / "lora-studio-screens-that-differ"
    shutil.rmtree(folder, ignore_errors=True)
    return folder


@pytest.fixture(scope="module")
def found(failures: Path) -> Found:
    """Screens that differ are drawn once more, in a new process: the second try that every test here has."""
    arguments = ("--variants", "--against", str(PICTURES))
    first = take(failures / "first", *arguments)
    differing = [name for name, share in first.differences.items() if share > TOLERATED]
    if not differing:
        return first
    screens = {screen for screen in first.trees for name in differing if name.startswith(f"{screen}-")}
    again = take(failures, *arguments, "--only", *screens)
    warnings.warn(f"drawn twice, as they differed: {', '.join(differing)}; see {failures / 'first'}", stacklevel=1)
    return replace(first, differences=first.differences | again.differences)


def test_every_screen_looks_as_it_was_last_approved(found: Found, failures: Path) -> None:
    differing = {name: share for name, share in found.differences.items() if share > TOLERATED}
    lines = [f"{name}: {share:.1%} of its pixels differ" for name, share in differing.items()]
    where = f"See *-actual.png and *-difference.png in {failures}."
    assert not differing, "\n".join([*lines, where, RENEW.format(name=" ".join(differing))])


def test_no_picture_is_left_of_a_screen_that_is_gone(found: Found) -> None:
    assert {path.stem for path in PICTURES.glob("*.webp")} == set(found.differences)
    assert {path.stem for path in TREES.glob("*.txt")} == set(found.trees)


def test_a_screen_reader_finds_what_it_found_before(found: Found) -> None:
    changes = []
    for name, tree in found.trees.items():
        path = TREES / f"{name}.txt"
        before = path.read_text(encoding="utf-8") if path.exists() else ""
        changes += difflib.unified_diff(before.splitlines(), tree.splitlines(), f"{name}, approved", "now", lineterm="")
    assert not changes, "\n".join([*changes[:80], RENEW.format(name="")])


def test_every_control_has_a_name_and_a_role_and_every_picture_a_text(found: Found) -> None:
    wrong = {f"{name}: {line}" for name, lines in found.complaints.items() for line in lines}
    assert {line for line in wrong if not ("no role" in line and any(kind in line for kind in ROLELESS))} == set()


@pytest.mark.parametrize(("theme", "colours"), [("dark", DARK), ("light", LIGHT)])
@pytest.mark.parametrize(("surface", "other"), [("card", "bg"), ("soft", "raised")])
def test_a_surface_in_the_colour_of_another_is_noticed(surface: str, other: str, theme: str, colours: Colours) -> None:
    with Image.open(PICTURES / f"recipe-estimated-{theme}.webp") as golden:
        approved = np.asarray(golden.convert("RGB"))
    wrong = approved.copy()
    wrong[(approved == rgb(getattr(colours, surface))).all(axis=2)] = rgb(getattr(colours, other))
    assert difference(wrong, approved)[0] > TOLERATED


def rgb(colour: str) -> tuple[int, ...]:
    return tuple(bytes.fromhex(colour[1:]))


@pytest.mark.slow
def test_no_words_are_cut_in_any_state_in_the_smallest_window_at_150_percent(tmp_path: Path) -> None:
    """`test_languages.py` looks at every page in every language; this at every state, in English."""
    found = take(tmp_path, "--cuts").complaints
    assert {name: lines for name, lines in found.items() if lines} == {}


# ── Scale ─────────────────────────────────────────────────────────────────────────────────────────────────

SHARP = ("images-full", "compare-grid")
RAIL = (0, 120, 200, 480)  # its icons and words; in pixels at 100 %
PICTURES_AT = {"images-full": (470, 130, 940, 700), "compare-grid": (560, 230, 860, 700)}


def detail(picture: Image.Image, area: tuple[int, int, int, int], scale: float) -> float:
    """How much of a part is finer than a picture of 100 % could show; next to nothing when it was only enlarged."""
    part = picture.convert("L").crop(tuple(round(edge * scale) for edge in area))  # type: ignore[arg-type]
    small = part.resize((round(part.width / scale), round(part.height / scale)), Image.Resampling.BOX)
    enlarged = small.resize(part.size, Image.Resampling.BICUBIC)
    return float(ImageStat.Stat(ImageChops.difference(part, enlarged)).mean[0])


@pytest.fixture(scope="module")
def plain_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("plain")
    take(folder, "--only", *SHARP, "--themes", "light")
    return folder


@pytest.mark.parametrize("scale", [1.5, 2, 3])
def test_icons_words_and_pictures_are_sharp_on_dense_screens(scale: float, plain_dir: Path, tmp_path: Path) -> None:
    take(tmp_path / "dense", "--only", *SHARP, "--themes", "light", scale=scale)
    for name in SHARP:
        with Image.open(tmp_path / "dense" / f"{name}-light.png") as dense:
            assert dense.size == (round(1280 * scale), round(800 * scale))
            with Image.open(plain_dir / f"{name}-light.png") as plain:
                blurred = plain.resize(dense.size, Image.Resampling.BICUBIC)
            for area in (RAIL, PICTURES_AT[name]):
                assert detail(dense, area, scale) > 1.25 * detail(blurred, area, scale), (name, area)


def test_on_a_very_large_window_lines_stay_readable(tmp_path: Path) -> None:
    names = ("settings-gpu", "recipe-estimated", "export-ready", "queue-full")
    take(tmp_path, "--four-k", "--only", *names)
    for name in names:
        with Image.open(tmp_path / f"{name}-4k.png") as picture:
            beyond = picture.crop((1800, 120, 3800, 2000)).convert("L")
        assert beyond.getextrema()[0] == beyond.getextrema()[1], f"{name} has something to the right of 1,800 px"

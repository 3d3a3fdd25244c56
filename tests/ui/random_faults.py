"""Faults to plant in the window, to see that the random user finds them."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from ui.models.picture_changes import PictureChanges
from ui.pages.images import ImagesPage
from ui.pages.queue import QueuePage
from ui.pages.train import TrainPage
from ui.widgets.buttons import Button


def show_a_stale_state() -> None:
    """Train goes on saying what it said first."""
    show: Callable[[TrainPage, Any], None] = TrainPage._show_buttons

    def show_once(page: TrainPage, run: Any) -> None:
        said = page.state_chip.text
        show(page, run)
        if said:
            page.state_chip.set_state(said, "info")

    TrainPage._show_buttons = show_once  # type: ignore[method-assign]


def raise_in_a_slot() -> None:
    """The queue comes into view and cannot be shown."""

    def shown(_page: QueuePage) -> None:
        raise LookupError("no queue here")

    QueuePage.shown = shown  # type: ignore[method-assign]


def be_slow() -> None:
    """Leaving a picture out works on the GUI thread."""
    leave_out = ImagesPage._leave_out

    def leave_out_slowly(page: ImagesPage, *arguments: Any) -> None:
        end = time.thread_time() + 0.25  # over the limit on a computer that is twice as slow, too
        while time.thread_time() < end:
            pass
        leave_out(page, *arguments)

    ImagesPage._leave_out = leave_out_slowly  # type: ignore[method-assign]


def lose_a_caption() -> None:
    """What was typed is dropped instead of saved."""
    PictureChanges.save = PictureChanges.drop_drafts  # type: ignore[method-assign]


def show_two_primaries() -> None:
    """Resume stands as a second main action where a run is done; the window's own check is off."""
    actions = TrainPage.bottom_actions

    def two_actions(page: TrainPage) -> list[Button]:
        shown = actions(page)
        return [*shown, page.resume_button] if page.compare_button in shown else shown

    TrainPage.bottom_actions = two_actions  # type: ignore[method-assign]


FAULTS: dict[str, Callable[[], None]] = {
    "stale-state": show_a_stale_state,
    "exception": raise_in_a_slot,
    "slow": be_slow,
    "lost-caption": lose_a_caption,
    "two-primaries": show_two_primaries,
}

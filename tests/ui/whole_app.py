"""The end of a whole app in a test, so that nothing late arrives in another one."""

from __future__ import annotations

from PySide6.QtCore import QThreadPool
from shiboken6 import delete

from lora_studio.jobs.supervisor import attach
from ui.app import Studio


def end(studio: Studio) -> None:
    """As at the end of the program; trainers outlive it."""
    studio.finish()
    QThreadPool.globalInstance().waitForDone()
    window = studio.window
    delete(studio)
    delete(window)


def end_with_trainers(studio: Studio) -> None:
    """The trainers of the open project's runs end first."""
    for run in studio.workspace.runs:
        if trainer := attach(run):
            trainer.kill()
    end(studio)

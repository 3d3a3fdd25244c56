"""Python's garbage is collected on the GUI thread and on no other.

By itself the collector runs on whichever thread makes one object too many. On a worker's it would take apart what Qt
lets only the GUI thread take apart: the program crashed, or a pool waited without end for the thread it was deleted on.
"""

import gc

from PySide6.QtCore import QObject, QTimer

LOOK_MS = 1000


class Collector(QObject):
    """Collects between two events of the thread it was made on. From then on Python never does by itself."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        gc.disable()
        self._timer = QTimer(self, interval=LOOK_MS)
        self._timer.timeout.connect(self.look)
        self._timer.start()

    def look(self) -> None:
        """Collect the oldest generation that is due, as Python would have."""
        due = [generation for generation in (2, 1, 0) if gc.get_count()[generation] > gc.get_threshold()[generation]]
        if due:
            gc.collect(due[0])

    def settle(self) -> None:
        """What is there now is taken to stay: a whole collection took 70 ms, mostly for modules and their functions."""
        gc.freeze()

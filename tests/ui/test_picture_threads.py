"""Pictures are read on threads while Qt asks our translator: neither may wait for the other."""

import subprocess
import sys

# In a process of its own: Qt loads its image formats once, and a window that hangs must not hang the tests.
_PROGRAM = """
import io, threading
from PIL import Image
from PySide6.QtWidgets import QApplication
from ui.shell.language import EnglishPlurals
from ui.widgets.picture_store import decode
app = QApplication([])
app.installTranslator(EnglishPlurals(app))
buffer = io.BytesIO()
Image.new("RGB", (64, 48), "red").save(buffer, "PNG")
gate = threading.Barrier(4)
sizes = []
def read():
    gate.wait()
    sizes.append(decode(buffer.getvalue(), 64).width())
threads = [threading.Thread(target=read) for _ in range(4)]
for thread in threads: thread.start()
for thread in threads: thread.join()
assert sizes == [64] * 4
"""


def test_threads_that_read_their_first_pictures_do_not_freeze_the_window() -> None:
    for _ in range(3):
        subprocess.run([sys.executable, "-c", _PROGRAM], check=True, timeout=30)

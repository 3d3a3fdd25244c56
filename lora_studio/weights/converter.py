"""The converter's own short-lived process: `python -m lora_studio.weights.converter CHECKPOINT NEW_FILE`.

It tells what it does as JSON lines on stdout. From the moment it opens the checkpoint it can start no program, open no
connection, import nothing, run no text as code, and write only in the folder of the new file: the reader asks for none
of that, and should it ever have a hole, the process ends instead.
"""

from __future__ import annotations

import codecs
import json
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lora_studio.errors import ExitCode, StudioError
from lora_studio.weights.old_checkpoint import convert_checkpoint

# Names of CPython's audit events, or how they begin.
_NEVER = (
    "os.system", "os.exec", "os.posix_spawn", "os.spawn", "os.fork", "os.startfile", "os.kill", "subprocess.", "pty.",
    "socket.", "ctypes.", "pickle.", "marshal.", "code.", "exec", "compile", "import", "winreg.", "webbrowser.",
)  # fmt: skip
_CHANGES_FILES = ("os.rename", "os.remove", "os.rmdir", "os.mkdir", "os.link", "os.symlink", "os.truncate", "os.chmod")
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND


class Forbidden(Exception):
    """Something was tried that converting a checkpoint does not need."""


@dataclass(frozen=True, slots=True)
class _Guard:
    """An audit hook; only files below `folder`, which ends in a separator, may be changed."""

    folder: str

    def __call__(self, event: str, arguments: tuple[Any, ...]) -> None:
        if event.startswith(_NEVER):
            raise Forbidden(f"{event} while a checkpoint was converted")
        is_change = event in _CHANGES_FILES or (event == "open" and bool((arguments[2] or 0) & _WRITING))
        if is_change and not os.path.abspath(os.fsdecode(arguments[0])).startswith(self.folder):  # noqa: PTH100
            raise Forbidden(f"{event} of {arguments[0]!r} while a checkpoint was converted")


def forbid_all_but_writing_in(folder: Path) -> None:
    """From now on and for good, this process may do nothing but read, and write in `folder`."""
    for name in ("ascii", "latin-1", "raw_unicode_escape", "utf-8"):  # what reading a pickle would import later
        codecs.lookup(name)
    sys.addaudithook(_Guard(os.path.join(folder.absolute(), "")))  # noqa: PTH118


def main() -> int:
    """Converts the checkpoint named first into the file named second, and says how it went as the last line."""
    source, target = Path(sys.argv[1]), Path(sys.argv[2])
    forbid_all_but_writing_in(target.absolute().parent)
    try:
        done = convert_checkpoint(source, target, lambda done, total: _tell(done=done, total=total))
    except StudioError as error:
        _tell(error=error.as_dict(), exit_code=int(error.exit_code))
        return int(error.exit_code)
    _tell(size_bytes=done.size_bytes, tensors=done.tensor_count, left_out=done.left_out_count)
    return int(ExitCode.DONE)


def _tell(**facts: object) -> None:
    print(json.dumps(facts), flush=True)


if __name__ == "__main__":
    sys.exit(main())

"""Checkpoints that try to run something, or to fill memory, made byte by byte. None is ever loaded by pickle.

Each program, were it run, would leave a folder behind; `CANARY` in its bytes stands for that folder.
"""

from __future__ import annotations

import pickle
import struct
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

CANARY = "CANARY"
ROOT = "archive"


def short(text: str) -> bytes:
    return b"\x8c" + bytes([len(text)]) + text.encode()


def unicode(text: str) -> bytes:
    return b"X" + struct.pack("<I", len(text.encode())) + text.encode()


def named(module: str, name: str) -> bytes:
    return f"c{module}\n{name}\n".encode()


def call(function: bytes, *arguments: bytes) -> bytes:
    return function + b"(" + b"".join(arguments) + b"tR"


MKDIR = call(named("os", "mkdir"), unicode(CANARY))
SYSTEM = call(named("os", "system"), unicode(f"mkdir {CANARY}"))
EVAL = call(named("builtins", "eval"), unicode(f"__import__('os').mkdir({CANARY!r})"))
IMPORT = call(named("builtins", "__import__"), unicode("os"))
REBUILD = named("torch._utils", "_rebuild_tensor_v2")


class Runs:
    """Pickles to a call of `function`, in whatever way a protocol writes it."""

    def __init__(self, function: Callable[..., Any], *arguments: object) -> None:
        self.parts = function, arguments

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[object, ...]]:
        return self.parts


def programs() -> dict[str, bytes]:
    """Pickles by what is tried in them."""
    import os
    import subprocess

    by_protocol = {
        f"{function.__module__}.{function.__name__} in protocol {protocol}": pickle.dumps(
            {"state_dict": Runs(function, argument)}, protocol
        )
        for protocol in range(6)
        for function, argument in (
            (os.system, f"mkdir {CANARY}"),
            (os.mkdir, CANARY),
            (subprocess.Popen, ["mkdir", CANARY]),
        )
    }
    by_hand = {
        "a name from the stack": b"\x80\x04" + short("os") + short("mkdir") + b"\x93" + short(CANARY) + b"\x85R.",
        "a name kept and fetched": (
            b"\x80\x04" + short("os") + b"\x94" + short("mkdir") + b"\x94h\x00h\x01\x93" + short(CANARY) + b"\x85R."),
        "a name in two halves": (
            b"\x80\x04" + short("os") + b"(" + short("mk") + short("dir") + b"l\x93" + short(CANARY) + b"\x85R."),
        "an old instance": b"(" + unicode(CANARY) + b"ios\nmkdir\n.",
        "an object of a class": b"(" + named("os", "mkdir") + unicode(CANARY) + b"o.",
        "a new object": named("subprocess", "Popen") + b"((" + unicode("mkdir") + unicode(CANARY) + b"lt\x81.",
        "a new object with names": (
            b"\x80\x04" + short("subprocess") + short("Popen") + b"\x93)}(" + short("args") + short(CANARY)
            + b"u\x92."),
        "a chain of calls": call(call(named("builtins", "getattr"), IMPORT, unicode("mkdir")), unicode(CANARY)) + b".",
        "text run as code": EVAL + b".",
        "code run": call(named("builtins", "exec"), unicode(f"import os; os.mkdir({CANARY!r})")) + b".",
        "an old name of a built-in": call(named("__builtin__", "eval"), unicode("1")) + b".",
        "a name with dots": b"\x80\x04" + short("os") + short("path.os.mkdir") + b"\x93" + short(CANARY) + b"\x85R.",
        "a state set": named("collections", "OrderedDict") + b")R}" + unicode("__reduce__") + MKDIR + b"sb.",
        "a state set on a function": named("torch._utils", "_rebuild_tensor_v2") + b"}" + unicode("__code__") + b"Nsb.",
        "an item set on a name": named("collections", "OrderedDict") + unicode("a") + b"Ns.",
        "an extension of one byte": b"\x82\x01)R.",
        "an extension of two bytes": b"\x83\x01\x00)R.",
        "an extension of four bytes": b"\x84\x01\x00\x00\x00)R.",
        "a text as the place of numbers": b"Pos.mkdir\n.",
        "a program as the place of numbers": (
            b"(" + unicode("storage") + MKDIR + unicode("0") + unicode("cpu") + b"K\x04tQ."),
        "a program in a tensor": call(REBUILD, MKDIR, b"K\x00", b")", b")", b"\x89", b"N") + b".",
        "a program as a hook": call(REBUILD, b"N", b"K\x00", b")", b")", b"\x89", SYSTEM) + b".",
        "a program among the training's notes": b"}" + unicode("callbacks") + SYSTEM + b"s.",
        "a program as a key": b"}" + MKDIR + b"Ns.",
        "a program thrown away": MKDIR + b"0}.",
        "a program, then nonsense": MKDIR + b"\xff\xff\xff",
        "a program, then nothing": MKDIR,
        "a program after the end": b"}." + SYSTEM + b".",
        "a program in a frame": b"\x80\x04\x95" + struct.pack("<Q", 2**62) + MKDIR + b".",
        "a pickle in a pickle": call(named("pickle", "loads"), unicode("cos\nsystem\n.")) + b".",
        "torch's own loader": call(named("torch", "load"), unicode(CANARY)) + b".",
        "torch's own extensions": call(named("torch.ops", "load_library"), unicode(CANARY)) + b".",
        "numpy's own runner": call(named("numpy.testing._private.utils", "runstring"), unicode("1"), b"}") + b".",
        "an import by another package": call(named("pydoc", "locate"), unicode("os.mkdir")) + b".",
        "a loop of code": call(named("code", "InteractiveInterpreter"), b"") + b".",
        "a file opened": call(named("io", "open"), unicode(CANARY), unicode("w")) + b".",
        "a web page": call(named("webbrowser", "open"), unicode("http://localhost")) + b".",
        "a call kept for later": call(named("functools", "partial"), named("os", "mkdir"), unicode(CANARY)) + b".",
        "a zip in place of the list": b"PK\x03\x04" + MKDIR + b".",
    }  # fmt: skip
    return {**by_protocol, **by_hand}


def write_zip(path: Path, members: Mapping[str, bytes], edit: Callable[[bytearray], None] | None = None) -> Path:
    """A zip as torch writes it, stored; `edit` changes the whole file's bytes before they are written."""
    body, table = bytearray(), bytearray()
    for name, data in members.items():
        at, crc = len(body), zlib.crc32(data)
        common = struct.pack("<5H3I2H", 0, 0, 0, 0, 0, crc, len(data), len(data), len(name), 0)
        body += b"PK\3\4" + common + name.encode() + data
        table += b"PK\1\2" + struct.pack("<H", 0) + common + struct.pack("<3H2I", 0, 0, 0, 0, at) + name.encode()
    end = b"PK\5\6" + struct.pack("<4H2IH", 0, 0, len(members), len(members), len(table), len(body), 0)
    whole = body + table + end
    if edit:
        edit(whole)
    path.write_bytes(whole)
    return path


def checkpoint(pickled: bytes, **numbers: bytes) -> dict[str, bytes]:
    """The members of a checkpoint with this list; `numbers` are its storages, named as `s0`."""
    return {f"{ROOT}/data.pkl": pickled, **{f"{ROOT}/data/{key[1:]}": data for key, data in numbers.items()}}


def number(value: int) -> bytes:
    raw = value.to_bytes(value.bit_length() // 8 + 1, "little", signed=True)
    return b"\x8b" + struct.pack("<I", len(raw)) + raw


def tensor(
    shape: tuple[int, ...],
    strides: tuple[int, ...],
    count: int,
    key: str = "0",
    offset: int = 0,
    kind: str = "FloatStorage",
) -> bytes:
    """The instructions of one tensor, which may claim anything."""
    held = b"(" + unicode("storage") + named("torch", kind) + unicode(key) + unicode("cpu") + number(count) + b"tQ"
    sizes = [b"(" + b"".join(map(number, values)) + b"t" for values in (shape, strides)]
    return call(named("torch._utils", "_rebuild_tensor_v2"), held, number(offset), *sizes, b"\x89", b"N")


def listing(**tensors: bytes) -> bytes:
    return b"\x80\x02}(" + b"".join(unicode(name) + made for name, made in tensors.items()) + b"u."

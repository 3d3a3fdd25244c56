"""Reads what a checkpoint's pickle says about its tensors, without doing anything it asks for.

A pickle is a program. This reader walks its instructions over plain values; a name of another module is only ever a
pair of texts, nothing is imported, and nothing is called. What Stable Diffusion checkpoints ask for besides tensors,
such as the settings of a training library, becomes a placeholder. Everything else refuses the whole file.
"""

from __future__ import annotations

import pickletools
import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass

MAX_PICKLE_BYTES = 16 * 2**20  # that of the fullest checkpoints has about one
MAX_INSTRUCTIONS = 500_000

STORAGE_DTYPES = {
    "HalfStorage": "F16", "BFloat16Storage": "BF16", "FloatStorage": "F32", "DoubleStorage": "F64",
    "LongStorage": "I64", "IntStorage": "I32", "ShortStorage": "I16", "CharStorage": "I8", "ByteStorage": "U8",
    "BoolStorage": "BOOL",
}  # fmt: skip


class RefusedPickle(Exception):
    """Why a pickle is not accepted, as a clause for the person."""


@dataclass(frozen=True, slots=True)
class Storage:
    """A row of numbers: its member of the zip, the format by its safetensors name, and how many there should be."""

    key: str
    dtype: str
    count: int


@dataclass(frozen=True, slots=True)
class StoredTensor:
    """A view of a storage as the pickle states it, unchecked; offset and strides count numbers, not bytes."""

    storage: Storage
    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Name:
    """A function or class that the pickle names. It is never looked up."""

    module: str
    name: str


class Placeholder:
    """Stands for an object that nobody needs, and for what is put into it."""


_PLACEHOLDER = Placeholder()
_TENSOR = Name("torch._utils", "_rebuild_tensor_v2")
_OLD_TENSOR = Name("torch._utils", "_rebuild_tensor")
_PARAMETER = Name("torch._utils", "_rebuild_parameter")
_ORDERED = Name("collections", "OrderedDict")
_KNOWN = {_TENSOR, _OLD_TENSOR, _PARAMETER, _ORDERED, *(Name("torch", name) for name in STORAGE_DTYPES)}
# What real files hold besides, all of it thrown away. A name here is still never imported.
_IGNORED = {
    Name("torch", "Size"), Name("torch", "device"), Name("_codecs", "encode"), Name("collections", "defaultdict"),
    Name("collections", "Counter"), Name("argparse", "Namespace"), Name("typing", "Any"),
    Name("pathlib", "PosixPath"), Name("pathlib", "WindowsPath"), Name("torch.nn.modules.container", "ParameterDict"),
    Name("numpy", "dtype"), Name("numpy", "ndarray"),
    *(Name(f"numpy.{core}.multiarray", name) for core in ("core", "_core") for name in ("scalar", "_reconstruct")),
    *(Name(module, name) for module in ("builtins", "__builtin__")
      for name in ("set", "frozenset", "dict", "list", "int", "float", "bool", "str", "object")),
    *(Name(module, "_reconstructor") for module in ("copyreg", "copy_reg")),
}  # fmt: skip
_IGNORED_PACKAGES = ("pytorch_lightning.", "lightning.", "omegaconf.")

_CONSTANTS: dict[str, object] = {"NONE": None, "NEWTRUE": True, "NEWFALSE": False, "EMPTY_TUPLE": ()}
_LITERALS = {
    "INT", "BININT", "BININT1", "BININT2", "LONG", "LONG1", "LONG4", "FLOAT", "BINFLOAT", "STRING", "BINSTRING",
    "SHORT_BINSTRING", "UNICODE", "BINUNICODE", "SHORT_BINUNICODE", "BINUNICODE8", "BINBYTES", "SHORT_BINBYTES",
    "BINBYTES8", "BYTEARRAY8",
}  # fmt: skip
_NEW: dict[str, Callable[[], object]] = {"EMPTY_LIST": list, "EMPTY_DICT": dict, "EMPTY_SET": Placeholder}
_PASSED_OVER = {"PROTO", "FRAME"}
_KEY_TYPES = (str, int, float, bytes, type(None))


def read_pickle(raw: bytes) -> object:
    """What a pickle of torch describes: dicts, lists, tuples and plain values, `StoredTensor`s and `Placeholder`s.

    Containers may hold themselves, so whoever walks them must not go down without end.

    Raises:
        RefusedPickle: It asks for something that no checkpoint needs, is broken, or is too long.

    Source: CPython's pickletools, which describes every instruction; only its names and arguments are used.
    """
    if len(raw) > MAX_PICKLE_BYTES:
        raise RefusedPickle("its list of contents is longer than any model's")
    machine = _Machine()
    ended_at = -1
    try:
        for count, (instruction, argument, place) in enumerate(pickletools.genops(raw)):
            if count == MAX_INSTRUCTIONS:
                raise RefusedPickle("its list of contents is longer than any model's")
            if instruction.name == "STOP":
                ended_at = place or 0
                break
            machine.do(instruction.name, argument)
    except (ValueError, struct.error) as error:  # what pickletools says of bytes that are no pickle
        raise RefusedPickle("its list of contents is broken") from error
    if ended_at + 1 != len(raw):
        raise RefusedPickle("something is hidden behind its list of contents")
    return machine.pop()


class _Machine:
    """The stack and the memory of a pickle."""

    def __init__(self) -> None:
        self._stack: list[object] = []
        self._below: list[list[object]] = []  # what lay there at each mark
        self._memory: dict[int, object] = {}
        self._actions: dict[str, Callable[[], None]] = {
            "MARK": self._mark, "POP": self._drop, "POP_MARK": self._drop_mark, "DUP": self._double,
            "TUPLE": lambda: self._push(tuple(self._pop_mark())), "TUPLE1": lambda: self._push(self._pop_last(1)),
            "TUPLE2": lambda: self._push(self._pop_last(2)), "TUPLE3": lambda: self._push(self._pop_last(3)),
            "LIST": lambda: self._push(self._pop_mark()), "DICT": self._dict, "FROZENSET": self._frozen_set,
            "APPEND": lambda: self._extend([self.pop()]), "APPENDS": lambda: self._extend(self._pop_mark()),
            "ADDITEMS": lambda: self._extend(self._pop_mark()),
            "SETITEM": lambda: self._set_items(self._pop_last(2)),
            "SETITEMS": lambda: self._set_items(self._pop_mark()),
            "MEMOIZE": lambda: self._remember(len(self._memory)), "STACK_GLOBAL": self._stack_global,
            "REDUCE": self._call, "NEWOBJ": self._call, "NEWOBJ_EX": self._call_with_names,
            "BUILD": self._build, "BINPERSID": self._storage,
        }  # fmt: skip

    def do(self, name: str, argument: object) -> None:
        """One instruction. Raises `RefusedPickle` for one that checkpoints do not need."""
        if name in _LITERALS:
            self._push(argument)
        elif name in _CONSTANTS:
            self._push(_CONSTANTS[name])
        elif name in _NEW:
            self._push(_NEW[name]())
        elif name in ("PUT", "BINPUT", "LONG_BINPUT") and isinstance(argument, int):
            self._remember(argument)
        elif name in ("GET", "BINGET", "LONG_BINGET") and isinstance(argument, int):
            self._recall(argument)
        elif name == "GLOBAL" and isinstance(argument, str):
            self._name(*argument.split(" ", 1))
        elif name in self._actions:
            self._actions[name]()
        elif name not in _PASSED_OVER:
            raise RefusedPickle(f"it uses the instruction {name}, which no model needs")

    def pop(self) -> object:
        if not self._stack:
            raise RefusedPickle("its list of contents is broken")
        return self._stack.pop()

    def _push(self, value: object) -> None:
        self._stack.append(value)

    def _pop_last(self, count: int) -> tuple[object, ...]:
        return tuple(reversed([self.pop() for _ in range(count)]))

    def _mark(self) -> None:
        self._below.append(self._stack)
        self._stack = []

    def _pop_mark(self) -> list[object]:
        if not self._below:
            raise RefusedPickle("its list of contents is broken")
        values, self._stack = self._stack, self._below.pop()
        return values

    def _drop_mark(self) -> None:
        self._pop_mark()

    def _drop(self) -> None:
        self.pop()

    def _double(self) -> None:
        value = self.pop()
        self._stack += [value, value]

    def _remember(self, place: int) -> None:
        value = self.pop()
        self._memory[place] = value
        self._push(value)

    def _recall(self, place: int) -> None:
        if place not in self._memory:
            raise RefusedPickle("its list of contents is broken")
        self._push(self._memory[place])

    def _dict(self) -> None:
        items = self._pop_mark()
        self._push({})
        self._set_items(items)

    def _frozen_set(self) -> None:
        self._pop_mark()
        self._push(_PLACEHOLDER)

    def _extend(self, values: Sequence[object]) -> None:
        target = self.pop()
        if isinstance(target, list):
            target.extend(values)
        elif not isinstance(target, Placeholder):
            raise RefusedPickle("its list of contents is broken")
        self._push(target)

    def _set_items(self, items: Sequence[object]) -> None:
        target = self.pop()
        if isinstance(target, dict):
            # A class as a key, as training libraries have them, leads to nothing that is needed.
            pairs = zip(items[::2], items[1::2], strict=False)
            target.update((key, value) for key, value in pairs if isinstance(key, _KEY_TYPES))
        elif not isinstance(target, Placeholder):
            raise RefusedPickle("its list of contents is broken")
        self._push(target)

    def _stack_global(self) -> None:
        module, name = self._pop_last(2)
        if not isinstance(module, str) or not isinstance(name, str):
            raise RefusedPickle("it hides what it asks for")
        self._name(module, name)

    def _name(self, module: str, name: str = "") -> None:
        found = Name(module, name)
        if found not in _KNOWN and found not in _IGNORED and not module.startswith(_IGNORED_PACKAGES):
            raise RefusedPickle(f"it asks to run {module[:60]}.{name[:60]}, which no model needs")
        self._push(found)

    def _call(self) -> None:
        called, arguments = self._pop_last(2)
        if not isinstance(called, Name) or not isinstance(arguments, tuple):
            raise RefusedPickle("it asks to run something that it put together itself")
        self._push(_stand_in(called, arguments))

    def _call_with_names(self) -> None:
        called, arguments, named = self._pop_last(3)
        if named != {}:
            raise RefusedPickle("it asks to run something that it put together itself")
        self._stack += [called, arguments]
        self._call()

    def _build(self) -> None:
        """Leaves out what would be set on an object: of dicts it is torch's own notes."""
        target, _ = self._pop_last(2)
        if not isinstance(target, dict | Placeholder):
            raise RefusedPickle("it changes something that no model changes")
        self._push(target)

    def _storage(self) -> None:
        match self.pop():
            case ("storage", Name(module="torch", name=kind), str(key), str(), int(count)) if kind in STORAGE_DTYPES:
                self._push(Storage(key, STORAGE_DTYPES[kind], count))
            case _:
                raise RefusedPickle("it asks for numbers in a way that torch does not")


def _stand_in(called: Name, arguments: tuple[object, ...]) -> object:
    """What stands for the result of a call that is not made."""
    if called in (_TENSOR, _OLD_TENSOR):
        match arguments:
            case (Storage() as storage, int(offset), tuple(shape), tuple(strides), *_):
                return StoredTensor(storage, offset, _whole(shape), _whole(strides))
            case _:
                raise RefusedPickle("a tensor in it is described as torch does not")
    if called == _PARAMETER:
        return arguments[0] if arguments else _PLACEHOLDER
    if called == _ORDERED and not arguments:
        return {}
    return _PLACEHOLDER


def _whole(values: tuple[object, ...]) -> tuple[int, ...]:
    # type() and not isinstance: a pickle's True would pass as 1.
    found = tuple(value for value in values if type(value) is int)
    if len(found) != len(values):
        raise RefusedPickle("a tensor in it has a size that is no number")
    return found

"""Reads adapters that are not plain LoRAs: what each layer's change is, as a formula over the tensors of the file.

LoHa, LoKr, LoRA with a third matrix (Tucker), whole differences, and DoRA over any of them. A layer is computed when
it is asked for, one at a time.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from lora_studio.config.training import FamilyId
from lora_studio.errors import StudioError
from lora_studio.weights.adapter import ADAPTER_KEY, read_adapter
from lora_studio.weights.architecture import kernel_px
from lora_studio.weights.base_layers import BaseLayers
from lora_studio.weights.grouping import group_tensors
from lora_studio.weights.header import Header, TensorInfo, read_header, read_tensor
from lora_studio.weights.inspect import find_scheme
from lora_studio.weights.loading import kind_of
from lora_studio.weights.lora import (
    CANNOT_BE_PLAIN,
    FLOATS,
    OTHER_KINDS,
    inconsistent,
    known_family,
    module_unknown,
    not_plain,
    stated_alphas,
)
from lora_studio.weights.low_rank import Kronecker, LowRank, Matrix
from lora_studio.weights.places import build_locator
from lora_studio.weights.programs.rules import ModuleKind
from lora_studio.weights.rounding import check_finite

Change = LowRank | Kronecker | Matrix
Leaves = Mapping[str, tuple[str, TensorInfo]]

# What a change is made of, by its algorithm; in square brackets what may be there beside it.
_NEEDED: dict[str, frozenset[str]] = {
    "lora": frozenset({"down", "up"}),
    "loha": frozenset({"down", "up", "w2_a", "w2_b"}),
    "lokr": frozenset(),
    "full": frozenset({"diff"}),
}
_OPTIONAL: dict[str, frozenset[str]] = {
    "lora": frozenset({"mid"}),
    "loha": frozenset({"t1", "t2"}),
    "lokr": frozenset({"w1", "w1_a", "w1_b", "w2", "w2_a", "w2_b", "t2"}),
    "full": frozenset(),
}
# Of biases and of norm layers, which no LoRA can change.
_LEFT_OUT = frozenset({"diff_b", "w_norm", "b_norm"})


@dataclass(frozen=True, slots=True)
class OtherModule:
    """How one layer is changed.

    Attributes:
        shape: Of the layer's weight, (out, in) or (out, in, k, k).
        is_dora: Whether its change can only be known with the base's weight.
        read: Gives the change as (out, in * k * k), strength included; takes the base's weight in that shape, or None.
    """

    shape: tuple[int, ...]
    is_dora: bool
    read: Callable[[Matrix | None], Change]


@dataclass(frozen=True, slots=True)
class OtherAdapter:
    """An adapter of any kind that can become a plain LoRA, by the paths of `module_paths`.

    `left_out` names what a plain LoRA cannot hold: biases and norm layers. `dtypes` are the formats of its tensors.
    """

    path: Path
    family: FamilyId
    metadata: dict[str, str]
    modules: dict[str, OtherModule]
    kinds: dict[ModuleKind, int]
    left_out: tuple[str, ...]
    dtypes: tuple[str, ...]

    @property
    def needs_base(self) -> bool:
        return any(module.is_dora for module in self.modules.values())


def read_other(path: Path, family: FamilyId | None = None) -> OtherAdapter:
    """Opens an adapter of any kind whose changes can be computed; only names, shapes and strengths are read now.

    Raises:
        StudioError: as `read_lora`, with `not_plain_lora` only for OFT, GLoRA and early files that number their
            modules, and `nothing_plain` for a file that changes biases and norm layers alone.

    Source: reference/lora-formats, sections 1.1, 1.6 and 1.7.
    """
    header = read_header(path)
    named, strays = group_tensors(header)
    if find_scheme(path, header, named, strays) == "numbered":
        raise not_plain(path, "an early LoRA that numbers its modules in place of naming them")
    if strays:
        raise inconsistent(path, f"{strays[0]} belongs to no module of an adapter")
    kinds = Counter(kind_of(leaves) for leaves in named.values())
    for kind in kinds.keys() & CANNOT_BE_PLAIN:
        raise not_plain(path, OTHER_KINDS[kind])
    family = family or known_family(path, header, named, None)
    locate, alphas = build_locator(family), stated_alphas(path, header, named)
    scales = _noted_scales(path, header)
    modules: dict[str, OtherModule] = {}
    left_out = []
    for name, leaves in named.items():
        weight = {role: leaf for role, leaf in leaves.items() if role not in _LEFT_OUT}
        left_out += [leaves[role][0] for role in leaves.keys() & _LEFT_OUT]
        if "diff" in weight and len(weight["diff"][1].shape) < 2:  # the weight of a norm layer
            left_out.append(weight["diff"][0])
            continue
        if not weight.keys() - {"alpha"}:
            continue
        place = locate(name)
        if place is None:
            raise module_unknown(path, name, family)
        if place in modules:
            raise inconsistent(path, f"{name} is a second name for {place}")
        reader = _ModuleReader(path, header, name, weight, alphas.get(name), scales.get(name, 1.0))
        modules[place] = reader.module(kernel_px(family, place))
    if not modules:
        raise StudioError(
            "nothing_plain", f"{path.name} changes only biases and norm layers, which no plain LoRA can hold.",
            f"{len(left_out):,} tensors. Nothing was written.", "Use the file as it is.",
        )  # fmt: skip
    dtypes = {info.dtype for info in header.tensors.values() if info.shape}
    return OtherAdapter(
        path, family, header.metadata, modules, dict(kinds.most_common()), tuple(left_out), tuple(sorted(dtypes))
    )


def base_weight(place: str, module: OtherModule, base: BaseLayers) -> Matrix:
    """A layer of the base as (out, in * k * k), float64.

    Raises:
        StudioError: `layer_missing`, `sizes_differ`; `not_finite` for a damaged base; else as `StoredLayer.read`.
    """
    layer = base.layers.get(place)
    if layer is None:
        raise StudioError(
            "layer_missing", f"{base.name} lacks a layer that the adapter changes.",
            f"It is called {place}. Nothing was written.", "Choose the base that the adapter was trained on.",
        )  # fmt: skip
    flat = module.shape[0], math.prod(module.shape[1:])
    if flat != (layer.shape[0], math.prod(layer.shape[1:])):
        raise StudioError(
            "sizes_differ", f"The adapter and {base.name} are of different sizes.",
            f"{place} is {layer.shape} in the base and {module.shape} in the adapter. Nothing was written.",
            "Choose the base that the adapter was trained on.",
        )  # fmt: skip
    weight = layer.read().reshape(flat).astype(np.float64)
    if not np.isfinite(weight).all():
        raise StudioError(
            "not_finite", f"{base.name} holds numbers that are not finite, so it draws black pictures.",
            f"First found in {place}. Nothing was written.", "Get the file again from where it came.",
        )  # fmt: skip
    return weight


def whole(change: Change) -> Matrix:
    """The change as one matrix."""
    match change:
        case LowRank(up, down):
            return up @ down
        case Kronecker(first, second):
            return np.asarray(np.kron(first, second), np.float64)
        case _:
            return change


def _noted_scales(path: Path, header: Header) -> dict[str, float]:
    """Of a file of our trainer each module's strength, which there holds for a LoKr of whole factors too."""
    if ADAPTER_KEY not in header.metadata:
        return {}
    return {name: note.alpha / note.rank for name, note in read_adapter(path).note.modules.items()}


class _ModuleReader:
    """The tensors of one module, checked to fit before any number is read."""

    def __init__(
        self, path: Path, header: Header, name: str, leaves: Leaves, alpha: float | None, whole_scale: float
    ) -> None:
        """`whole_scale` is the strength of a LoKr without a rank: 1 in all files but our trainer's."""
        self._path = path
        self._header = header
        self._name = name
        self._leaves = leaves
        self._alpha = alpha
        self._whole_scale = whole_scale

    def module(self, kernel: int | None) -> OtherModule:
        """The module on a layer with this side of a convolution, None for a linear layer."""
        algorithm = self._algorithm()
        self._check_leaves(algorithm)
        makers: dict[str, Callable[[], tuple[tuple[int, int], Callable[[], Change]]]] = {
            "lora": self._lora,
            "loha": self._loha,
            "lokr": self._lokr,
            "full": self._full,
        }
        (out, columns), read = makers[algorithm]()
        size = (kernel or 1) ** 2
        if columns % size:
            raise self._wrong(f"{columns} columns, which no {kernel} × {kernel} convolution has")
        shape = (out, columns // size, *([kernel, kernel] if kernel else []))
        if "dora" not in self._leaves:
            return OtherModule(shape, False, lambda _: self._finite(read()))
        decompose = self._magnitude(out, columns // size, size)
        return OtherModule(shape, True, partial(self._dora, read, decompose))

    def _algorithm(self) -> str:
        if any(role in self._leaves for role in _OPTIONAL["lokr"] - {"w2_a", "w2_b", "t2"}):
            return "lokr"
        if "diff" in self._leaves:
            return "full"
        return "loha" if self._leaves.get("down", ("",))[0].endswith(".hada_w1_b") else "lora"

    def _check_leaves(self, algorithm: str) -> None:
        found = self._leaves.keys() - {"alpha", "dora"}
        if missing := _NEEDED[algorithm] - found:
            raise inconsistent(self._path, f"{self._name} lacks one of its matrices ({min(missing)})")
        if odd := found - _NEEDED[algorithm] - _OPTIONAL[algorithm]:
            raise inconsistent(self._path, f"{self._name} mixes kinds of adapters ({min(odd)})")
        for role in found:
            name, info = self._leaves[role]
            if info.dtype not in FLOATS or len(info.shape) not in (2, 4) or 0 in info.shape:
                raise inconsistent(self._path, f"{name} is {info.dtype} {info.shape}")

    # ── The kinds ─────────────────────────────────────────────────────────────────────────────────────────

    def _lora(self) -> tuple[tuple[int, int], Callable[[], Change]]:
        down, up = self._shape("down"), self._shape("up")
        rank, out = down[0], up[0]
        if self._flat("up") != (out, rank):
            raise self._wrong(f"matrices of {down} and {up}")
        scale = self._scale(rank)
        if "mid" not in self._leaves:
            return (out, math.prod(down[1:])), lambda: LowRank(self._read("up") * scale, self._read("down"))
        mid = self._shape("mid")
        if len(mid) != 4 or mid[:2] != (rank, rank) or math.prod(down[2:]) != 1:
            raise self._wrong(f"matrices of {down}, {mid} and {up}")

        def read() -> LowRank:
            across = np.einsum("abkl,bi->aikl", self._read("mid").reshape(mid), self._read("down"))
            return LowRank(self._read("up") * scale, across.reshape(rank, -1))

        return (out, down[1] * math.prod(mid[2:])), read

    def _loha(self) -> tuple[tuple[int, int], Callable[[], Change]]:
        is_tucker = "t1" in self._leaves
        if is_tucker != ("t2" in self._leaves):
            raise self._wrong("one core in place of two")
        halves = [self._half(*roles) for roles in (("up", "down", "t1"), ("w2_a", "w2_b", "t2"))]
        (rank, size, first), (other_rank, other_size, second) = halves
        if size != other_size:
            raise self._wrong(f"halves of {size} and {other_size}")
        scale = self._scale(rank)

        def read() -> LowRank:
            one, two = first(), second()
            # Each rank of one times each of the other, number by number: the product of the two halves exactly.
            up = one.up[:, :, None] * two.up[:, None, :]
            down = one.down[:, None, :] * two.down[None, :, :]
            return LowRank(up.reshape(-1, rank * other_rank) * scale, down.reshape(rank * other_rank, -1))

        return size, read

    def _lokr(self) -> tuple[tuple[int, int], Callable[[], Change]]:
        first_size, first_rank, first = self._kronecker_side("w1", None)
        second_size, second_rank, second = self._kronecker_side("w2", "t2" if "t2" in self._leaves else None)
        rank = second_rank or first_rank
        scale = self._scale(rank) if rank else self._whole_scale
        size = (first_size[0] * second_size[0], first_size[1] * second_size[1])
        return size, lambda: Kronecker(first() * scale, second())

    def _full(self) -> tuple[tuple[int, int], Callable[[], Change]]:
        return self._flat("diff"), lambda: self._read("diff")

    # ── Their parts ───────────────────────────────────────────────────────────────────────────────────────

    def _half(self, up: str, down: str, core: str) -> tuple[int, tuple[int, int], Callable[[], LowRank]]:
        """Rank, size and reader of `up @ down`, or of a Tucker product with both factors lying (rank, side)."""
        if core not in self._leaves:
            (out, rank), (ranks, columns) = self._flat(up), self._flat(down)
            if rank != ranks:
                raise self._wrong(f"matrices of {self._shape(up)} and {self._shape(down)}")
            return rank, (out, columns), lambda: LowRank(self._read(up), self._read(down))
        rank, out, into, kernel = self._tucker_sizes(up, down, core)

        def read() -> LowRank:
            across = np.einsum("abkl,bi->aikl", self._read(core).reshape(rank, rank, *kernel), self._read(down))
            return LowRank(self._read(up).T, across.reshape(rank, -1))

        return rank, (out, into * math.prod(kernel)), read

    def _tucker_sizes(self, up: str, down: str, core: str) -> tuple[int, int, int, tuple[int, ...]]:
        (rank, out), (ranks, into), shape = self._flat(up), self._flat(down), self._shape(core)
        if rank != ranks or len(shape) != 4 or shape[:2] != (rank, rank):
            raise self._wrong(f"matrices of {self._shape(up)}, {shape} and {self._shape(down)}")
        return rank, out, into, shape[2:]

    def _kronecker_side(self, side: str, core: str | None) -> tuple[tuple[int, int], int | None, Callable[[], Matrix]]:
        """Size, rank (None for a whole matrix) and reader of one of the two matrices of a Kronecker product."""
        if side in self._leaves:
            if core or f"{side}_a" in self._leaves or f"{side}_b" in self._leaves:
                raise self._wrong(f"{side} both whole and in parts")
            return self._flat(side), None, lambda: self._read(side)
        if not {f"{side}_a", f"{side}_b"} <= self._leaves.keys():
            raise inconsistent(self._path, f"{self._name} lacks one of its matrices ({side})")
        rank, size, read = self._half(f"{side}_a", f"{side}_b", core or "")

        def multiply() -> Matrix:
            half = read()
            return half.up @ half.down

        return size, rank, multiply

    def _magnitude(self, out: int, into: int, kernel: int) -> Callable[[Matrix], Matrix]:
        """How the merged weight (out, in * k * k) is set to the magnitudes of a DoRA."""
        name, info = self._leaves["dora"]
        by_row = name.endswith(".lora_magnitude_vector") or info.shape[1:2] == (1,)
        shape = (out, 1, 1) if by_row else (1, into, 1)
        if info.dtype not in FLOATS or math.prod(info.shape) != math.prod(shape):
            raise inconsistent(self._path, f"{name} is {info.dtype} {info.shape} for a layer of {out} × {into}")

        def decompose(merged: Matrix) -> Matrix:
            blocks = merged.reshape(out, into, kernel)
            norms = np.sqrt(np.square(blocks).sum(axis=(1, 2) if by_row else (0, 2), keepdims=True))
            # Where the merged weight is nothing it has no direction either.
            with np.errstate(divide="ignore", invalid="ignore"):
                factors = np.where(norms > 0, self._read("dora").reshape(shape) / norms, 0.0)
            return (blocks * factors).reshape(merged.shape)

        return decompose

    def _dora(self, read: Callable[[], Change], decompose: Callable[[Matrix], Matrix], weight: Matrix | None) -> Matrix:
        assert weight is not None, "a DoRA needs its base"
        change = decompose(weight + whole(read())) - weight
        check_finite(change, self._name)
        return change

    def _finite(self, change: Change) -> Change:
        parts = (change,) if isinstance(change, np.ndarray) else _sides(change)
        for part in parts:
            check_finite(part, self._name)
        return change

    def _scale(self, rank: int) -> float:
        alpha = float(rank) if self._alpha is None else self._alpha
        # As in `read_lora`: zero, also after rounding to float32, is read as "equal to the rank" by some programs.
        if not 1e-30 <= alpha <= 1e30:
            raise inconsistent(self._path, f"{self._name} has the strength (alpha) {alpha:g}")
        return alpha / rank

    def _shape(self, role: str) -> tuple[int, ...]:
        return self._leaves[role][1].shape

    def _flat(self, role: str) -> tuple[int, int]:
        rows, *rest = self._shape(role)
        return rows, math.prod(rest)

    def _read(self, role: str) -> Matrix:
        return (
            read_tensor(self._path, self._header, self._leaves[role][0])
            .reshape(self._flat_or_row(role))
            .astype(np.float64)
        )

    def _flat_or_row(self, role: str) -> tuple[int, int]:
        return (1, -1) if role == "dora" else self._flat(role)

    def _wrong(self, found: str) -> StudioError:
        return inconsistent(self._path, f"{self._name} has {found}")


def _sides(change: LowRank | Kronecker) -> tuple[Matrix, Matrix]:
    return (change.up, change.down) if isinstance(change, LowRank) else (change.first, change.second)

"""Tensors that are rounded together: the bytes of each are what it has alone, and what is wrong is told by name."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np
import pytest

from lora_studio.errors import StudioError
from lora_studio.weights.pieces import PlannedTensor, gather, plan_alpha
from lora_studio.weights.rounding import round_weights

PIECE_BYTES = 2**20


def put(values: np.ndarray, _: Sequence[str], room: np.ndarray) -> None:
    room[:] = values.reshape(-1)


def plan(name: str, values: np.ndarray, dtype: str = "F16") -> PlannedTensor:
    return PlannedTensor(name, dtype, values.shape, fill=partial(put, values), source=f"source of {name}")


def weights(*shape: int) -> np.ndarray:
    return np.random.default_rng(sum(shape)).normal(0, 1e-2, shape).astype(np.float32)


@pytest.mark.parametrize("dtype", ["F16", "BF16", "F32"])
def test_tensors_made_together_have_the_bytes_that_each_has_alone(dtype):
    many = [weights(7, number % 3, 11) for number in range(200)]
    large = weights(3, PIECE_BYTES)
    dead = np.zeros((40, 50), np.float32)
    zero_first = weights(300, 300)
    zero_first[0, 0] = 0
    values = [*many, large, dead, zero_first, *many]
    planned = [plan(f"t{number}", each, dtype) for number, each in enumerate(values)]
    pieces = list(gather([plan_alpha("a.alpha", 2.0), *planned]))
    assert len(pieces) > 3

    made = b"".join(piece.encode() for piece in pieces)
    assert made == np.float32(2).tobytes() + b"".join(round_weights(each, dtype)[0] for each in values)
    assert made == plan_alpha("a.alpha", 2.0).encode() + b"".join(tensor.encode() for tensor in planned)
    room = memoryview(bytearray(len(made)))
    begin = 0
    for piece in pieces:
        piece.encode(room[begin : begin + piece.size_bytes])
        begin += piece.size_bytes
    assert bytes(room) == made


def test_a_piece_holds_no_more_than_a_mb_unless_one_tensor_does():
    planned = [plan(f"t{number}", weights(1000, 90)) for number in range(20)] + [plan("large", weights(3000, 400))]
    sizes = [(len(piece.tensors), piece.size_bytes) for piece in gather(planned)]
    assert sizes == [(5, 900_000)] * 4 + [(1, 2_400_000)]


def test_tensors_of_one_source_are_asked_for_together():
    asked = []

    def fill(sources: Sequence[str], room: np.ndarray) -> None:
        asked.append((tuple(sources), room.size))
        room[:] = 1

    planned = [PlannedTensor(name, "F16", (5,), fill=fill, source=name) for name in "abc"]
    (piece,) = gather(planned)
    assert bytes(piece.encode()) == np.ones(15, np.float16).tobytes()
    assert asked == [(("a", "b", "c"), 15)]


@pytest.mark.parametrize(
    ("value", "dtype", "code"),
    [
        (np.nan, "F16", "export_not_finite"),
        (-np.inf, "BF16", "export_not_finite"),
        (np.nan, "F32", "export_not_finite"),
        (np.inf, "F32", "export_not_finite"),
        (-65520.0, "F16", "export_out_of_range"),
        (-3.4e38, "BF16", "export_out_of_range"),
    ],
)
def test_one_number_that_cannot_be_written_is_told_of_its_tensor(value, dtype, code):
    bad = weights(200, 200)
    bad[150, 7] = value
    (piece,) = gather([plan("good", weights(9, 9), dtype), plan("bad", bad, dtype), plan("last", weights(5), dtype)])
    with pytest.raises(StudioError, match="source of bad") as caught:
        piece.encode()
    assert caught.value.code == code


@pytest.mark.parametrize("tiny", [1e-9, -1e-9])
def test_a_tensor_that_would_be_lost_among_others_is_told(tiny):
    lost = np.full((3, 4), tiny, np.float32)
    (piece,) = gather([plan("good", weights(9, 9)), plan("lost", lost), plan("last", weights(5))])
    with pytest.raises(StudioError, match="source of lost") as caught:
        piece.encode()
    assert caught.value.code == "export_out_of_range"

"""What a layer's change is made of in each kind of adapter, by the ends of its tensors' names, and the change itself.

Our own checkpoints and LyCORIS files name and shape the factors of LoHa and LoKr alike (out and in are the layer's, r
the rank; a convolution's window is part of `in`):

- lora: `lora_B.weight @ lora_A.weight`, (out, r) and (r, in).
- loha: `(hada_w1_a @ hada_w1_b) * (hada_w2_a @ hada_w2_b)`, (out, r) and (r, in) each.
- lokr: `kron(lokr_w1, lokr_w2)`, (l, m) and (k, n) with l k = out and m n = in. The second may be (k, n, height, width)
  or a product itself, `lokr_w2_a @ lokr_w2_b`, (k, r) and (r, n).

Source: reference/lora-formats, section 1.7; Yeh et al. 2023, arXiv:2309.14859, section 3.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

import numpy as np
from numpy.typing import NDArray

from lora_studio.config.training import AdapterKind
from lora_studio.weights.header import TensorInfo

Factors = Mapping[str, NDArray[np.floating]]

LORA = ("lora_A.weight", "lora_B.weight")
LOHA = ("hada_w1_a", "hada_w1_b", "hada_w2_a", "hada_w2_b")
LOKR_WHOLE = ("lokr_w1", "lokr_w2")  # no product in it: every program takes its strength for 1, whatever alpha says
LOKR_PRODUCT = ("lokr_w1", "lokr_w2_a", "lokr_w2_b")


def factor_leaves(kind: AdapterKind, names: Collection[str], module: str) -> tuple[str, ...]:
    """The ends of the names of a module's tensors, which begin `module.`; `names` are all those of the file."""
    if kind == "lora":
        return LORA
    if kind == "loha":
        return LOHA
    return LOKR_WHOLE if f"{module}.{LOKR_WHOLE[1]}" in names else LOKR_PRODUCT


def fits_rank(found: Mapping[str, TensorInfo], rank: int) -> bool:
    """Whether the factors of a LoHa or LoKr layer can be put together, and are of this rank where they have one."""
    shapes = {leaf: info.shape for leaf, info in found.items()}
    if any(0 in shape or len(shape) != 2 for leaf, shape in shapes.items() if leaf != LOKR_WHOLE[1]):
        return False
    if tuple(shapes) == LOKR_WHOLE:
        return len(shapes[LOKR_WHOLE[1]]) in (2, 4)
    downs = [shapes[leaf] for leaf in ("hada_w1_b", "hada_w2_b", "lokr_w2_b") if leaf in shapes]
    ups = [shapes[leaf] for leaf in ("hada_w1_a", "hada_w2_a", "lokr_w2_a") if leaf in shapes]
    has_rank = all(down[0] == rank for down in downs) and all(up[1] == rank for up in ups)
    # Two products that are multiplied number by number have one size.
    return has_rank and len({(up[0], down[1]) for up, down in zip(ups, downs, strict=True)}) == 1


def second_factor(factors: Factors) -> NDArray[np.floating]:
    """The second factor of a LoKr layer as a matrix, (k, n)."""
    if LOKR_WHOLE[1] in factors:
        whole = factors[LOKR_WHOLE[1]]
        return whole.reshape(len(whole), -1)
    return np.asarray(factors["lokr_w2_a"] @ factors["lokr_w2_b"])


def change_of(factors: Factors) -> NDArray[np.floating]:
    """The change of a LoHa or LoKr layer before its strength, (out, in)."""
    if LOHA[0] in factors:
        first, second = factors["hada_w1_a"] @ factors["hada_w1_b"], factors["hada_w2_a"] @ factors["hada_w2_b"]
        return np.asarray(first * second)
    return np.kron(factors["lokr_w1"], second_factor(factors))


def size_of_change(factors: Factors) -> float:
    """The root of the sum of squares of `change_of`; of a Kronecker product it is the product of both sizes."""
    if LOHA[0] in factors:
        return float(np.linalg.norm(change_of(factors)))
    return float(np.linalg.norm(factors["lokr_w1"])) * float(np.linalg.norm(second_factor(factors)))

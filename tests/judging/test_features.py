from __future__ import annotations

import pytest
import torch
from torch import Tensor

from lora_studio.judging.features import embed


def test_embedding_rows_have_length_one(shipped: dict[str, Tensor]) -> None:
    style, content = embed(shipped["style/images"][:3])
    assert style.shape == (3, 512)
    assert content.shape == (3, 320)
    assert torch.allclose(style.norm(dim=1), torch.ones(3), atol=1e-5)
    assert torch.allclose(content.norm(dim=1), torch.ones(3), atol=1e-5)


def test_embedding_does_not_depend_on_the_company_of_a_picture(shipped: dict[str, Tensor]) -> None:
    pictures = shipped["character/images"][:2]
    together = torch.cat(embed(pictures), dim=1)
    alone = torch.cat(embed(pictures[1:]), dim=1)
    assert torch.allclose(together[1:], alone, atol=1e-5)


def test_weights_really_are_trained(shipped: dict[str, Tensor]) -> None:
    # Untrained features put every picture in one place; trained ones keep the same subject together.
    cat_and_dog = torch.cat([shipped["style/images"][6:7], shipped["style/held_back"][5:6]])
    person = shipped["character/images"][:2]
    _, content = embed(torch.cat([cat_and_dog, person]))
    assert content[2] @ content[3] > content[2] @ content[0] + 0.2


def test_a_single_picture_without_its_batch_dimension_is_refused() -> None:
    with pytest.raises(ValueError, match="shape"):
        embed(torch.zeros(3, 8, 8))

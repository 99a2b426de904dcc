"""The cross-entropy in groups: that of all places at once, from blocks of memory of one size."""

from __future__ import annotations

import pytest
import torch
from torch.nn import functional

from ghep.pretrain.cross_entropy import GROUP, cross_entropy


@pytest.mark.parametrize("count", [0, 1, GROUP, GROUP + 1, 3 * GROUP - 7])
def test_it_is_that_of_all_places_at_once_with_its_gradient(count: int) -> None:
    torch.manual_seed(0)
    head, wanted = torch.nn.Linear(8, 11), torch.randint(11, (count,))
    states = torch.randn(count, 8, requires_grad=True)
    weights = torch.rand(count)
    whole = functional.cross_entropy(head(states), wanted, reduction="none")
    gradients = torch.autograd.grad((whole * weights).sum(), [states, *head.parameters()])
    found = cross_entropy(head, states, wanted)
    again = torch.autograd.grad((found * weights).sum(), [states, *head.parameters()])
    torch.testing.assert_close(found, whole)
    for one, other in zip(again, gradients, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-5)


def test_its_groups_have_one_size_however_many_places_there_are() -> None:
    """Ever other sizes of a hundred megabytes fragment the memory of a long training."""
    sizes = set()

    def logits(states: torch.Tensor) -> torch.Tensor:
        sizes.add(len(states))
        return states

    for count in (GROUP + 1, 2 * GROUP, 5 * GROUP + 99):
        cross_entropy(logits, torch.randn(count, 5), torch.zeros(count, dtype=torch.int64))
    assert sizes == {GROUP}

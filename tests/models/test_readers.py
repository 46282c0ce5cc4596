"""The readers of histories: nothing of the future, nothing of padding, and the arithmetic of each block."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Literal

import pytest
import torch
from torch import Tensor, nn

from recengine.models.hstu_reader import BUCKET_WIDTH, DAY_S, HstuReader, Layer, _Looked
from recengine.models.lstm_reader import LstmReader
from recengine.models.pool_reader import AttentionPool, NoReader
from recengine.models.sasrec_reader import Block, SasrecReader

DIMS, HISTORY = 8, 12


def hstu(time_bias: Literal["off", "past", "next"], layers: int = 2) -> HstuReader:
    return HstuReader(DIMS, layers=layers, heads=2, history=HISTORY, time_bias=time_bias, dropout=0.3)


def sasrec(layers: int) -> SasrecReader:
    return SasrecReader(DIMS, layers=layers, heads=2, history=HISTORY, widening=2.0, dropout=0.3)


MAKERS: dict[str, Callable[[int], nn.Module]] = {  # by number of layers
    "lstm": lambda layers: LstmReader(DIMS, layers),
    "sasrec": sasrec,
    "hstu off": lambda layers: hstu("off", layers),
    "hstu past": lambda layers: hstu("past", layers),
    "hstu next": lambda layers: hstu("next", layers),
}
POOLS: dict[str, Callable[[int], nn.Module]] = {
    "attention pool": lambda layers: AttentionPool(DIMS),
    "none": lambda layers: NoReader(),
}


@pytest.fixture(params=MAKERS)
def reader(request: pytest.FixtureRequest) -> nn.Module:
    return telling(MAKERS[request.param])


def telling(maker: Callable[[int], nn.Module], layers: int = 2) -> nn.Module:
    """A reader with weights that matter, in evaluation mode."""
    with torch.random.fork_rng():
        torch.manual_seed(3)
        made = maker(layers)
        with torch.no_grad():
            for weight in made.parameters():
                weight.add_(0.3 * torch.randn_like(weight))
    return made.eval()


def history(seed: int = 0, windows: int = 3, events: int = HISTORY) -> tuple[Tensor, Tensor, Tensor]:
    """Contents, days and waits of some histories."""
    draw = torch.Generator().manual_seed(seed)
    days = torch.rand(windows, events, generator=draw, dtype=torch.float64).cumsum(1)
    wait = torch.rand(windows, events, generator=draw)
    return torch.randn(windows, events, DIMS, generator=draw), days, wait


def test_a_state_depends_on_nothing_later(reader: nn.Module) -> None:
    events, days, wait = history()
    before = reader(events, days, wait)
    for now in (0, 5, HISTORY - 2):
        changed = [part.clone() for part in (events, days, wait)]
        changed[0][:, now + 1 :] += 1
        changed[1][:, now + 1 :] += 7
        changed[2][:, now + 1 :] += 3
        after = reader(*changed)
        torch.testing.assert_close(after[:, : now + 1], before[:, : now + 1])
        assert not torch.allclose(after[:, now + 1 :], before[:, now + 1 :])


def test_a_state_depends_on_all_that_was_before(reader: nn.Module) -> None:
    events, days, wait = (part.requires_grad_() for part in history())
    torch.autograd.backward(reader(events, days, wait)[:, -1].square().sum())
    assert events.grad is not None
    assert bool((events.grad.abs().sum(2) > 0).all())


def test_padding_behind_a_history_does_not_show(reader: nn.Module) -> None:
    events, days, wait = history()
    alone = reader(events[:1, :5], days[:1, :5], wait[:1, :5])
    torch.testing.assert_close(reader(events, days, wait)[:1, :5], alone)


@pytest.mark.parametrize("layers", [1, 2, 3])
@pytest.mark.parametrize("name", MAKERS | POOLS)
def test_the_state_after_the_last_event_alone_is_what_it_is_among_all(name: str, layers: int) -> None:
    made = telling((MAKERS | POOLS)[name], layers).double()
    events, days, wait = history(windows=5)
    last = torch.tensor([0, HISTORY - 1, 4, 0, 1])
    alone = made(events.double(), days, wait, last)
    assert alone.shape == (5, 1, DIMS)
    among_all = made(events.double(), days, wait)[torch.arange(5), last]
    torch.testing.assert_close(alone.squeeze(1), among_all)


@pytest.mark.parametrize(("time_bias", "counts"), [("off", False), ("past", False), ("next", True)])
def test_only_the_bias_that_leaks_knows_the_moment_of_asking(
    time_bias: Literal["off", "past", "next"], counts: bool
) -> None:
    made = hstu(time_bias).eval()
    events, days, wait = history()
    assert torch.equal(made(events, days, wait), made(events, days, wait + 5)) != counts


def test_time_counts_exactly_where_it_is_switched_on() -> None:
    events, days, wait = history()
    for time_bias, counts in (("off", False), ("past", True)):
        made = hstu(time_bias).eval()  # type: ignore[arg-type]
        assert torch.equal(made(events, days, wait), made(events, 3 * days, wait)) != counts


def test_buckets_of_time_by_hand() -> None:
    made = hstu("next")
    minute, hour = 60 / DAY_S, 3600 / DAY_S
    ago = made._ago(torch.tensor([[0.0, minute]], dtype=torch.float64), torch.tensor([[0.0, hour]]))
    far, near = (int(math.log(seconds) / BUCKET_WIDTH) for seconds in (3660, 3600))
    # The first is asked at once: 0 seconds ago itself, and what is later counts as 0 too (it is never seen).
    assert ago.tolist() == [[[0, 0], [far, near]]]


def test_a_layer_of_hstu_adds_up_what_it_finds() -> None:
    layer = Layer(2, 1, HISTORY, timed=True, dropout=0.0).eval()
    events = torch.tensor([[[1.0, -1.0], [0.5, 2.0]]])
    ago = torch.tensor([[[0, 0], [4, 0]]])
    gate, value, query, key = nn.functional.silu(layer.inputs(layer.before(events)))[0].chunk(4, -1)
    assert layer.ago is not None
    found = torch.zeros(2, 2)
    for now in range(2):
        for then in range(now + 1):
            bias = layer.back[now - then] + layer.ago[ago[0, now, then]]
            found[now] += nn.functional.silu(query[now] @ key[then] + bias) / HISTORY * value[then]
    by_hand = events[0] + layer.output(layer.after(found) * gate)
    torch.testing.assert_close(layer(events, ago)[0], by_hand)


def test_the_gradient_of_the_time_bias_is_summed_over_all_pairs() -> None:
    table = torch.randn(4, requires_grad=True)
    places, pull = torch.tensor([[[0, 3], [3, 1]]]), torch.tensor([[[1.0, 2.0], [4.0, 8.0]]])
    torch.autograd.backward((_Looked.apply(table, places) * pull).sum())  # type: ignore[no-untyped-call]
    assert table.grad is not None
    assert table.grad.tolist() == [1, 8, 0, 6]


def test_a_block_of_sasrec_lets_each_branch_through_a_gate() -> None:
    block = Block(2, 1, 3, dropout=0.0).eval()
    events = torch.tensor([[[1.0, -1.0], [0.5, 2.0]]])
    x = events[0]
    query, key, value = block.query_key_value(block.norms[0](x)).chunk(3, -1)
    share = torch.softmax(query[1] @ key.T / math.sqrt(2), 0)
    attended = block.attended(torch.stack([value[0], share @ value]))
    x = x + torch.sigmoid(block.gates[0](x)) * attended
    opened, carried = block.up(block.norms[1](x)).chunk(2, -1)
    dense = block.down(opened * torch.sigmoid(opened) * carried)
    x = x + torch.sigmoid(block.gates[1](x)) * dense
    torch.testing.assert_close(block(events)[0], x)

"""How training draws from histories: windows, moments, what follows, what is hidden."""

from __future__ import annotations

import numpy as np
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from recengine.models.event_log import (
    EventLog,
    Moments,
    Windows,
    ahead,
    draw_moments,
    hidden,
    log_gains,
    prefix,
)


def log_of(lengths: list[int]) -> EventLog:
    """People with so many events each; item = position in the log, one event a day."""
    total = sum(lengths)
    offsets = torch.tensor(np.concatenate([[0], np.cumsum(lengths)]))
    days = torch.cat([torch.arange(n, dtype=torch.float64) for n in lengths])
    return EventLog(offsets, torch.arange(total), days, torch.ones(total))


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, 30), min_size=1, max_size=6), st.integers(1, 12), st.integers(0, 99))
def test_every_event_lies_in_exactly_one_window(lengths: list[int], longest: int, seed: int) -> None:
    log = log_of(lengths)
    windows = Windows.cut(log, torch.arange(len(lengths)), longest, generator(seed))
    covered = [
        position
        for start, length in zip(windows.starts.tolist(), windows.lengths.tolist(), strict=True)
        for position in range(start, start + length)
    ]
    assert sorted(covered) == list(range(sum(lengths)))
    assert all(length <= longest for length in windows.lengths.tolist())


def test_batches_hold_every_window_once() -> None:
    windows = Windows.cut(log_of([9, 3, 14, 7]), torch.arange(4), 4, generator())
    batches = windows.batches(3, generator())
    assert sorted(torch.cat(batches).tolist()) == list(range(len(windows)))


def test_little_of_a_batch_is_padding_also_where_most_histories_are_short() -> None:
    lengths = (2 + np.random.default_rng(0).pareto(1.2, 4000) * 3).astype(int).clip(max=500).tolist()
    windows = Windows.cut(log_of(lengths), torch.arange(len(lengths)), 100, generator())
    cells = sum(windows.positions(chosen)[1].numel() for chosen in windows.batches(32, generator()))
    assert cells < 1.15 * sum(lengths)


def test_a_moment_knows_only_what_was_before_it_and_asks_for_what_comes_after() -> None:
    log = log_of([3, 4])
    position_BT = torch.tensor([[3, 4, 5, 6]])
    real_BT = torch.ones(1, 4, dtype=torch.bool)
    moments = draw_moments(log, torch.tensor([1]), position_BT, real_BT, per_window=0, generator=generator())
    assert moments.places.tolist() == [0, 1, 2]  # nothing follows the last event
    number, position = prefix(log, moments, 100)
    assert [position[number == n].tolist() for n in range(3)] == [[3], [3, 4], [3, 4, 5]]
    row, item = ahead(log, moments, events=2, days=0)
    assert [item[row == n].tolist() for n in range(3)] == [[4, 5], [5, 6], [6]]
    assert bool((moments.now >= log.days[moments.ends - 1]).all())
    assert bool((moments.now <= log.days[moments.ends]).all())


def test_the_horizon_in_days_cuts_off_what_is_too_far_ahead() -> None:
    log = log_of([5])
    moments = Moments(
        windows=torch.tensor([0]),
        places=torch.tensor([0]),
        people=torch.tensor([0]),
        ends=torch.tensor([1]),
        now=torch.tensor([0.5], dtype=torch.float64),
        elapsed=torch.tensor([0.5]),
    )
    _, item = ahead(log, moments, events=4, days=2.0)  # until day 2.5
    assert item.tolist() == [1, 2]


def test_long_pauses_are_asked_about_more_often() -> None:
    log = EventLog(
        torch.tensor([0, 3]),
        torch.arange(3),
        torch.tensor([0.0, 1.0, 20.0], dtype=torch.float64),
        torch.ones(3),
    )
    draws = [
        draw_moments(
            log,
            torch.tensor([0]),
            torch.tensor([[0, 1, 2]]),
            torch.ones(1, 3, dtype=torch.bool),
            per_window=1,
            generator=generator(seed),
        ).places.item()
        for seed in range(200)
    ]
    assert 0.88 < np.mean(np.array(draws) == 1) < 1  # 19 of 20 days lie behind the second event


def test_log_gains_add_up_to_log_counts_item_by_item() -> None:
    rows, items = np.array([0, 0, 0, 1, 0]), np.array([7, 7, 2, 7, 7])
    gains = log_gains(rows, items, np.array([1, 2, 1, 1, 1], np.float32), 10)
    by_hand = [np.log(2), np.log(4) - np.log(2), np.log(2), np.log(2), np.log(5) - np.log(4)]
    np.testing.assert_allclose(gains, by_hand, rtol=1e-6)


def test_hiding_takes_the_right_share_and_all_events_of_an_item_together() -> None:
    people, items = torch.arange(200).repeat_interleave(100), torch.arange(100).repeat(200)
    rate = torch.full(items.shape, 0.15)
    first = hidden(people, items, rate, salt=3)
    assert 0.13 < first.float().mean() < 0.17
    assert torch.equal(first, hidden(people, items, rate, salt=3))
    assert not torch.equal(first, hidden(people, items, rate, salt=4))
    assert not hidden(people, items, torch.zeros_like(rate), salt=3).any()
    assert hidden(people, items, torch.ones_like(rate), salt=3).all()

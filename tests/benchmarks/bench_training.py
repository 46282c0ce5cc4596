"""Training the reference model: events per second of the one loop against the usual way to write it.

The usual way is a Dataset and a DataLoader that hand out, for each event, what came before, and an nn.LSTM
that reads them anew for that one target, with one sampled negative: Embedding + LSTM + linear + sigmoid + BCE
+ Adam, same dims, history and batch. Ours reads a stretch of history once and asks many moments inside it.
Both learn on one thread from the same generated shop and are timed in CPU seconds.

The floor is what one step must compute at least (multiply-adds of LSTM and match, forward and twice that
backward) at the rate that a plain matrix product reaches here, in the same run.
"""

from __future__ import annotations

from time import process_time

import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader
from torch.utils.data import Dataset as TorchDataset

from recengine.core.columns import ITEM, USER
from recengine.core.dataset import Dataset
from recengine.data.synthetic import two_tastes
from recengine.models.events import Epoch
from recengine.models.lstm import LstmConfig
from recengine.services.bench import Row

DIMS, HISTORY, BATCH = 64, 64, 64
PEOPLE, ITEMS, EVENTS = 2_000, 2_000, 60
PLAIN_STEPS = 60


def run() -> list[Row]:
    """The rows of docs/benchmarks.md."""
    torch.set_num_threads(1)
    data = two_tastes(num_users=PEOPLE, num_items=ITEMS, events_per_user=EVENTS)
    plain = _plain_rate(data)
    rows = []
    for name, settings in (
        ("every event a target", {"repeats": "off", "moments": 0, "horizon_events": 1}),
        ("8 moments a window, 100 events ahead, repeats learnt", {"repeats": "on", "moments": 8}),
    ):
        rate, flops = _our_rate(data, settings)
        rows.append(
            Row(
                f"lstm, {DIMS} dims, {HISTORY} events of history: {name}",
                rate,
                "events/CPU s",
                f"DataLoader + nn.LSTM, one target a history: {plain:,.0f}",
                rate / plain,
                10,
            )
        )
        peak = _product_rate()
        rows.append(
            Row(
                "the same against what a matrix product of the same size reaches",
                rate * flops / 1e9,
                "GFLOP/CPU s",
                f"{peak / 1e9:.1f} GFLOP/CPU s",
                rate * flops / peak,
            )
        )
    return rows


def _our_rate(data: Dataset, settings: dict[str, object]) -> tuple[float, float]:
    """Events learnt from per CPU second in the second epoch, and the floor's operations per event."""
    config = LstmConfig.of(
        {"dims": DIMS, "history": HISTORY, "batch": BATCH, "epochs": 2, "negatives": 1024, **settings}
    )
    began, events = 0.0, 0
    for event in config.build().training(data, seed=0):
        if isinstance(event, Epoch) and event.number == 1:
            began = process_time()
        elif isinstance(event, Epoch):
            events = event.interactions
    seconds = process_time() - began
    moments = 1.0 if settings["moments"] == 0 else 8 / EVENTS
    lstm = 2 * 8 * DIMS * DIMS
    match = 2 * 1024 * DIMS * moments
    head = 2 * (3 * DIMS * 2 * DIMS + 2 * DIMS * DIMS) * moments
    return events / seconds, 3 * (lstm + match + head)


def _product_rate() -> float:
    """Multiply-adds times two per CPU second of (BATCH * HISTORY, D) x (D, 4 D) products."""
    left, right = torch.randn(BATCH * HISTORY, DIMS), torch.randn(DIMS, 4 * DIMS)
    left @ right
    began, count = process_time(), 200
    for _ in range(count):
        left @ right
    return count * 2 * BATCH * HISTORY * DIMS * 4 * DIMS / (process_time() - began)


class _Plain(nn.Module):
    def __init__(self, num_items: int) -> None:
        super().__init__()
        self.items = nn.Embedding(num_items + 1, DIMS, padding_idx=num_items)
        self.lstm = nn.LSTM(DIMS, DIMS, batch_first=True)
        self.out = nn.Linear(2 * DIMS, 1)

    def forward(self, history: torch.Tensor, item: torch.Tensor) -> torch.Tensor:
        state, _ = self.lstm(self.items(history))
        return self.out(torch.cat([state[:, -1], self.items(item)], 1)).squeeze(1)


class _OneTargetEach(TorchDataset[tuple[np.ndarray, int, int]]):
    def __init__(self, data: Dataset) -> None:
        self.draw = np.random.default_rng(0)
        order = data.interactions.order_by_user
        self.users = data.interactions.column(USER)[order]
        self.items = data.interactions.column(ITEM)[order].astype(np.int64)
        self.starts = data.interactions.offsets_by_user(data.num_users)
        self.num_items = data.num_items

    def __len__(self) -> int:
        return len(self.items)

    def __getitem__(self, place: int) -> tuple[np.ndarray, int, int]:
        start = max(self.starts[self.users[place]], place - HISTORY)
        history = np.full(HISTORY, self.num_items, np.int64)
        if place > start:
            history[-(place - start) :] = self.items[start:place]
        return history, int(self.items[place]), int(self.draw.integers(self.num_items))


def _plain_rate(data: Dataset) -> float:
    """Events learnt from per CPU second by the usual way."""
    torch.manual_seed(0)
    loader = DataLoader(_OneTargetEach(data), batch_size=BATCH, shuffle=True)
    network = _Plain(data.num_items)
    adam = torch.optim.Adam(network.parameters(), lr=1e-3)
    loss_of = nn.BCEWithLogitsLoss()
    began, events = 0.0, 0
    for step, (history, liked, other) in enumerate(loader):
        if step == 5:  # the first steps warm up
            began, events = process_time(), 0
        if step == PLAIN_STEPS:
            break
        scores = network(history.repeat(2, 1), torch.cat([liked, other]))
        loss = loss_of(scores, torch.cat([torch.ones(len(liked)), torch.zeros(len(other))]))
        adam.zero_grad()
        loss.backward()
        adam.step()
        events += len(liked)
    return events / (process_time() - began)

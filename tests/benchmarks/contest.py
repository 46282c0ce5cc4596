"""A contest: ours beside its counted floor and beside each peer, as a table."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from recengine.services.bench import Row
from tests.benchmarks.arenas import Arena
from tests.benchmarks.contestants import PEERS, AbsentError, Result, compete, quality
from tests.benchmarks.floors import Rates, Work


@dataclass(frozen=True)
class Against:
    """A peer in a contest.

    Attributes:
        aim: how many times as fast we are asked to be.
        before: what it did on another machine, for a reader who cannot install it.
        task: what of the task is its own.
    """

    peer: str
    aim: float | None
    before: str = ""
    task: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Contest:
    """One table: ours, its floor, then each peer.

    Attributes:
        floor: the work in one piece, of the data's shape.
        product: rows, inner and outer size of the matrix product whose rate the floor is counted with.
    """

    title: str
    arena: Callable[[Path], Arena]
    task: dict[str, Any]
    ours: dict[str, Any]
    unit: str
    floor: Callable[[Arena], Work]
    product: Callable[[Arena], tuple[int, int, int]]
    peers: tuple[Against, ...]
    metric: str = ""
    floor_aim: float | None = None

    def rows(self, part: str) -> Iterator[Row]:
        """The rows of its table, as they are measured."""
        with TemporaryDirectory() as folder:
            arena = self.arena(Path(folder))
            about = f"{self.title} {arena.title} One thread each."
            for row in self._rows(arena):
                yield replace(row, part=part, about=about)

    def _rows(self, arena: Arena) -> Iterator[Row]:
        task = self.task | {"events": str(arena.path)}
        ours = compete("ours", task | self.ours | {"product": self.product(arena)}, _say)
        yield self._beside_floor(ours, arena)
        for against in self.peers:
            yield from self._beside(against, ours, task | against.task, arena)

    def _beside_floor(self, ours: Result, arena: Arena) -> Row:
        work, rates = self.floor(arena), Rates(**ours.told["rates"])
        floor_rate = 1 / work.seconds(rates)
        parts = {"": (work.flops, rates.flops_s), " in bfloat16": (work.low_flops, rates.low_flops_s)}
        counted = " and ".join(
            f"{flops / 1e6:.3g} MFLOP at {flops_s / 1e9:.0f} GFLOP/s{how}"
            for how, (flops, flops_s) in parts.items()
            if flops
        )
        return Row(
            name="ours, against the counted floor",
            value=ours.rate,
            unit=self.unit,
            against=f"{counted}: {floor_rate:,.0f}",
            ratio=ours.rate / floor_rate,
            aim=self.floor_aim,
        )

    def _beside(self, against: Against, ours: Result, task: dict[str, Any], arena: Arena) -> Iterator[Row]:
        title = PEERS[against.peer].title
        row = Row(f"ours, against {title}", ours.rate, self.unit)
        try:
            theirs = compete(against.peer, task, _say)
        except AbsentError as why:
            before = f"; {against.before} on another machine" if against.before else ""
            yield replace(row, against=f"{title}: not measured here{before}", note=str(why))
            return
        yield replace(
            row,
            against=f"{title}: {theirs.rate:,.0f}",
            ratio=ours.rate / theirs.rate,
            aim=against.aim,
            note=_same_answer(ours, theirs),
        )
        if ours.lists_UK is not None and theirs.lists_UK is not None:
            value, their_value = (
                quality(lists_UK, arena.targets, self.metric) for lists_UK in (ours.lists_UK, theirs.lists_UK)
            )
            yield Row(
                name=f"{self.metric} after {task['passes']} passes, against {title}",
                value=value,
                against=f"{title}: {their_value:.4f}",
                ratio=value / their_value,
                aim=1,
            )


def _same_answer(ours: Result, theirs: Result) -> str:
    """Where both measured the same lists: whether they agree."""
    if "ndcg" not in ours.told or "ndcg" not in theirs.told:
        return ""
    return f"NDCG {ours.told['ndcg']:.4f}, theirs {theirs.told['ndcg']:.4f}"


def _say(text: str) -> None:
    print(text, flush=True)

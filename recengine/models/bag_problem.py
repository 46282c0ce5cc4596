"""What a model learns of histories without order: to tell any events of a person from all the others.

In each pass every history is put into an order drawn by chance. What stands before a moment is then a random
part of it, pooled, and what stands behind it, all of it, is to be told: a target is never in its own input.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from recengine.models.event_log import Moments, prefix
from recengine.models.repeats import MOST_EVENTS, Pairs, pairs_of
from recengine.models.sequence_problem import SequenceProblem

TIMELESS_S = 1e30  # a day so long that everything happens in the same moment of it


class BagProblem(SequenceProblem):
    """The batches of one dataset whose order says nothing, and their loss."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.events = self.log

    def begin_epoch(self, generator: torch.Generator) -> int:
        """Shuffle every history, then cut and lay out as usual."""
        self.log = self.events.shuffled(generator)
        return super().begin_epoch(generator)

    def _past(self, moments: Moments, rate_P: Tensor, salt: int) -> tuple[Pairs, Tensor]:
        """No pairs, and the keys of all that stands before each moment: it is neither target nor rival."""
        number, position = prefix(self.log, moments, MOST_EVENTS)
        ignored = torch.unique(number * self.network.num_items + self.log.items[position])
        none = number[:0]
        return pairs_of(none, none, none.float(), len(moments), self.network.num_items), ignored

"""What a search for the best model tries next: all models quickly, then the better ones more thoroughly."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from recengine.core.dataset import DataSize
from recengine.models import MODELS
from recengine.models.base import ModelConfig
from recengine.services.search import Candidate


def next_candidate(tried: Sequence[Candidate], size: DataSize) -> Candidate | None:
    """The first one, in the order of the rounds, that was not tried yet; None where all were."""
    known = {_key(one, size) for one in tried}
    for number, of_round in enumerate(ROUNDS, start=1):
        earlier = [one for one in tried if one.round < number]
        for one in of_round(earlier, size):
            if _key(one, size) not in known:
                return replace(one, round=number)
    return None


def waiting(tried: Sequence[Candidate]) -> int:
    """How many models still wait for their quick look."""
    contenders = {name for name, config in MODELS.items() if config.contender}
    return len(contenders - {one.model for one in tried})


def settings_of(one: Candidate, size: DataSize) -> ModelConfig:
    """A candidate's settings on data of this size."""
    config = MODELS[one.model]
    return config.of({**config.preset(one.preset, size), **one.settings})


def _key(one: Candidate, size: DataSize) -> tuple[str, str]:
    """Equal for equal trials, whatever preset they come from."""
    return one.model, settings_of(one, size).model_dump_json(exclude={"refit"})


def _every_model(earlier: Sequence[Candidate], size: DataSize) -> Iterable[Candidate]:
    """With its quick preset; simple and cheap ones first."""
    quick = [Candidate(1, name, "quick", {}) for name, config in MODELS.items() if config.contender]
    return sorted(quick, key=lambda one: (one.rank, settings_of(one, size).effort(size)))


def _balanced(earlier: Sequence[Candidate], size: DataSize) -> Iterator[Candidate]:
    return (_trial(one, preset="balanced") for one in _best(earlier, 1 / 2))


def _varied(earlier: Sequence[Candidate], size: DataSize) -> Iterator[Candidate]:
    for one in _best(earlier, 1 / 4):
        for changed in MODELS[one.model].variations:
            yield _trial(one, settings={**one.settings, **changed})


def _richest(earlier: Sequence[Candidate], size: DataSize) -> Iterator[Candidate]:
    return (_trial(one, preset="best") for one in _best(earlier, 1 / 4))


ROUNDS = (_every_model, _balanced, _varied, _richest)


def _trial(one: Candidate, **changed: object) -> Candidate:
    """Another trial of the same model: with a change, and without what came of the first."""
    plan = {"preset": one.preset, "settings": one.settings, **changed}
    return Candidate(round=one.round, model=one.model, **plan)  # type: ignore[arg-type]


def _best(earlier: Sequence[Candidate], share: float) -> list[Candidate]:
    """The best candidate of each model, for the best share of the models (two at least), best first."""
    of_model: dict[str, Candidate] = {}
    for one in sorted((one for one in earlier if one.has_score), key=lambda one: -one.score):
        of_model.setdefault(one.model, one)
    return list(of_model.values())[: max(2, math.ceil(share * len(of_model)))]

"""What is asked in training is what is asked in earnest, and nothing in it knows the future."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch

from recengine.core.columns import DAY, ITEM, TIME, USER, WEIGHT
from recengine.core.dataset import Dataset, Entities, Interactions
from recengine.core.profiles import Profiles
from recengine.models.calibration import platt
from recengine.models.event_log import EventLog, Windows, draw_moments
from recengine.models.events import Note
from recengine.models.hstu import HstuConfig
from recengine.models.lstm import LstmConfig
from recengine.models.neural import NeuralRecommender
from recengine.models.neural_config import NeuralConfig
from recengine.models.sasrec import SasrecConfig
from recengine.models.sequence_problem import SequenceProblem
from recengine.models.trend import Trend

SETTINGS = {
    "repeats": "on",
    "trend": True,
    "negatives": 0,
    "dims": 8,
    "history": 64,
    "moments": 0,
    "horizon_events": 5,
}
Config = type[NeuralConfig]
CONFIGS = pytest.mark.parametrize("config", [LstmConfig, SasrecConfig, HstuConfig])


@pytest.fixture(scope="module")
def shop(two_tastes: Dataset) -> Dataset:
    """Two tastes in which everyone buys their first five things three times over."""
    frame = two_tastes.interactions.frame
    first = frame.groupby(USER).head(5)
    again = [first.assign(**{TIME: first[TIME] + days * DAY}) for days in (9, 23)]
    return replace(two_tastes, interactions=Interactions.sorted(pd.concat([frame, *again])))


def prepared(
    data: Dataset, config: Config = LstmConfig, **settings: Any
) -> tuple[NeuralRecommender[Any], SequenceProblem]:
    """A model with random but not trivial weights, in evaluation mode, and its problem."""
    model = config.of(SETTINGS | settings).build()
    assert isinstance(model, NeuralRecommender)
    loop = model._prepare(data, 0, "cpu")
    problem = loop.problem
    assert isinstance(problem, SequenceProblem)
    torch.manual_seed(1)
    with torch.no_grad():
        for weight in problem.network.parameters():
            weight.add_(0.1 * torch.randn_like(weight))
    problem.network.eval()
    return model, problem


def asked(problem: SequenceProblem, seed: int = 0) -> tuple[torch.Tensor, ...]:
    """Moments of ten people, scores of all new items there, scores and keys of past items."""
    draw = torch.Generator().manual_seed(seed)
    windows = Windows.cut(problem.log, torch.arange(10), problem.sampling.history, draw)
    chosen = torch.arange(len(windows))
    state = draw.get_state()
    position, real = windows.positions(chosen)
    moments = draw_moments(
        problem.log,
        windows.people,
        position,
        real,
        per_window=0,
        at_next=problem.sampling.knows_when,
        generator=draw,
    )
    draw.set_state(state)
    with torch.no_grad():
        result = problem._ask(windows, chosen, draw, 0)
    assert result is not None
    candidates = problem._candidates(result, draw)
    return moments.people, moments.now, candidates.drawn_PM, candidates.past_moment_R, candidates.past_R


@CONFIGS
def test_training_and_serving_give_the_same_scores(config: Config, shop: Dataset) -> None:
    model, problem = prepared(shop, config)
    people, now, drawn_PM, past_moment_R, past_R = asked(problem)
    some = torch.arange(0, len(people), 7)
    just_after = 0.01  # seconds: a profile shows what was strictly before its moment
    profiles = Profiles.of(shop, people[some].numpy(), now[some].numpy() * DAY + just_after)
    score = torch.from_numpy(model.score(profiles))
    for row, number in enumerate(some.tolist()):
        had = torch.zeros(shop.num_items, dtype=torch.bool)
        had[torch.from_numpy(profiles.take(np.array([row])).items.astype(np.int64))] = True
        torch.testing.assert_close(score[row, ~had], drawn_PM[number, ~had], rtol=1e-4, atol=1e-4)
        # Pairs of the past are sorted by item, as are the True places of `had`.
        torch.testing.assert_close(score[row, had], past_R[past_moment_R == number], rtol=1e-4, atol=1e-4)


@CONFIGS
def test_what_happens_later_changes_no_earlier_score(config: Config, shop: Dataset) -> None:
    _, problem = prepared(shop, config)
    times = shop.interactions.column(TIME)
    noon = float(np.quantile(times, 0.6))
    frame = shop.interactions.frame.copy()
    later = frame[TIME] > noon
    frame.loc[later, ITEM] = (frame.loc[later, ITEM] * 7 + 3) % shop.num_items
    changed = replace(shop, interactions=Interactions.sorted(frame))
    before = asked(problem)

    trend = Trend.of(changed, DAY)
    with torch.no_grad():
        assert problem.network.trend is not None
        trend.weights.copy_(problem.network.trend.weights)
    problem.network.trend = trend
    problem.log = EventLog.of(changed, DAY, "cpu")
    after = asked(problem)

    early = before[1] * DAY <= noon
    assert 20 < int(early.sum()) < len(early)
    torch.testing.assert_close(after[2][early], before[2][early])
    torch.testing.assert_close(after[4][early[after[3]]], before[4][early[before[3]]])
    assert not torch.allclose(after[2][~early], before[2][~early])


def test_told_when_the_next_event_happens_it_is_told_the_moment_of_asking_in_earnest(shop: Dataset) -> None:
    model, problem = prepared(shop, HstuConfig, time_bias="next", repeats="off", trend=False)
    people, now, drawn_PM, _, _ = asked(problem)
    alone = torch.diff(now, prepend=now[:1]) * DAY > 1  # seconds after the event before
    some = torch.arange(len(people))[alone][::7]
    just_before = 0.2  # seconds, so that the event that happens then is not shown
    profiles = Profiles.of(shop, people[some].numpy(), now[some].numpy() * DAY - just_before)
    torch.testing.assert_close(torch.from_numpy(model.score(profiles)), drawn_PM[some], rtol=1e-3, atol=1e-3)
    later = replace(profiles, now=profiles.now + 5 * DAY)
    assert not np.allclose(model.score(later), model.score(profiles), atol=1e-2)


@pytest.mark.parametrize("time_bias", ["off", "past", "next"])
def test_a_training_that_is_told_when_things_happen_says_so(time_bias: str, two_tastes: Dataset) -> None:
    model = HstuConfig.of({"time_bias": time_bias, "epochs": 1, "dims": 4, "layers": 1}).build()
    notes = [event.text for event in model.training(two_tastes) if isinstance(event, Note)]
    assert [("about 9 %" in note) for note in notes] == [True] * (time_bias == "next")


@pytest.mark.parametrize("loss", ["bce", "softmax", "gbce", "bsl"])
@pytest.mark.parametrize("negatives", [0, 12])
@pytest.mark.parametrize("trend", [False, True])
def test_the_short_way_to_the_next_item_gives_the_loss_of_the_long_one(
    loss: str, negatives: int, trend: bool, two_tastes: Dataset
) -> None:
    settings = {
        "loss": loss,
        "negatives": negatives,
        "trend": trend,
        "repeats": "off",
        "horizon_events": 1,
        "precision": "float32",
    }
    _, problem = prepared(two_tastes, SasrecConfig, **settings)
    assert problem.sampling.only_next
    problem.begin_epoch(torch.Generator().manual_seed(0))
    asked_once = problem._ask(problem.windows, problem.batches[0], torch.Generator().manual_seed(0), 0)
    assert asked_once is not None
    long = problem.loss_of(problem._candidates(asked_once, torch.Generator().manual_seed(1)))
    short = problem._next_loss(asked_once, torch.Generator().manual_seed(1))
    torch.testing.assert_close(short, long)


@CONFIGS
def test_who_walks_in_a_circle_is_known_to_go_on(config: Config) -> None:
    circle, people, steps = 12, 60, 30
    draw = np.random.default_rng(0)
    walks = (draw.integers(circle, size=(people, 1)) + np.arange(steps)) % circle
    frame = pd.DataFrame(
        {
            USER: np.repeat(np.arange(people), steps),
            ITEM: walks.ravel(),
            TIME: np.tile(np.arange(steps) * float(DAY), people),
            WEIGHT: 1.0,
        }
    )
    data = Dataset(
        "circle",
        Interactions.sorted(frame),
        Entities.bare(f"u{code}" for code in range(people)),
        Entities.bare(f"i{code}" for code in range(circle)),
        "circle",
    )
    settings = {
        "loss": "softmax",
        "epochs": 8,
        "dims": 16,
        "batch": 3,
        "moments": 0,
        "horizon_events": 1,
        "learning_rate": 1e-2,
        "dropout": 0.0,
    }
    model = config.of(settings).build().fit(data)
    walk = [3, 4, 5, 6, 7]
    listed = model.top_k(Profiles.new(walk, times=[day * DAY for day in walk], now=7 * DAY + 1), 1)
    assert listed.items_UK.tolist() == [[8]]


def test_held_out_people_leave_no_trace_in_the_item_vectors(shop: Dataset) -> None:
    _, problem = prepared(shop)
    held_out = set(problem.held_out.tolist())
    assert len(held_out) == 10  # five in a hundred of two hundred
    assert held_out.isdisjoint(problem.learners.tolist())
    frame = shop.interactions.frame.copy()
    theirs = frame[USER].isin(held_out)
    frame.loc[theirs, ITEM] = (frame.loc[theirs, ITEM] + 11) % shop.num_items
    changed = replace(shop, interactions=Interactions.sorted(frame))
    starts = [
        LstmConfig.of(SETTINGS).build()._prepare(data, 0, "cpu").problem.network.state_dict()
        for data in (shop, changed)
    ]
    torch.testing.assert_close(starts[0]["item_ids.weight"], starts[1]["item_ids.weight"])


def test_as_many_people_are_held_out_as_is_said(shop: Dataset) -> None:
    for share, people in ((0.0, 0), (0.2, 40)):
        problem = LstmConfig.of(SETTINGS | {"held_out": share}).build()._prepare(shop, 0, "cpu").problem
        assert isinstance(problem, SequenceProblem)
        assert len(problem.held_out) == people
        assert len(problem.learners) == shop.num_users - people


def test_calibration_finds_the_scale_and_shift_that_made_the_labels() -> None:
    draw = torch.Generator().manual_seed(0)
    score = torch.randn(200_000, generator=draw) * 2
    label = (torch.rand(200_000, generator=draw) < torch.sigmoid(0.5 * score - 1.5)).float()
    scale, shift = platt(score, label, torch.ones_like(score)).tolist()
    assert scale == pytest.approx(0.5, abs=0.02)
    assert shift == pytest.approx(-1.5, abs=0.03)


def test_calibration_counts_a_weighted_example_as_often_as_its_weight_says() -> None:
    score, label = torch.tensor([0.0, 1.0, 2.0, 3.0]), torch.tensor([0.0, 1.0, 0.0, 1.0])
    weight = torch.tensor([3.0, 1.0, 2.0, 1.0])
    repeated = torch.repeat_interleave(torch.arange(4), weight.long())
    torch.testing.assert_close(
        platt(score, label, weight),
        platt(score[repeated], label[repeated], torch.ones(7)),
        rtol=1e-4,
        atol=1e-4,
    )


def test_calibration_keeps_its_hands_off_scores_that_run_the_wrong_way() -> None:
    score = torch.linspace(-2, 2, 1000)
    assert platt(score, (score < 0).float(), torch.ones(1000)).tolist() == [1.0, 0.0]


def test_weights_of_events_are_counted(shop: Dataset) -> None:
    heavy = shop.interactions.frame.assign(**{WEIGHT: 5.0})
    once = EventLog.of(shop, DAY, "cpu").gains
    five = EventLog.of(replace(shop, interactions=Interactions.sorted(heavy)), DAY, "cpu").gains
    assert bool((five > once).any())
    assert five.max().item() == pytest.approx(np.log(6), abs=1e-6)


def test_an_exam_of_the_next_event_is_prepared_for_by_asking_after_every_event() -> None:
    config = LstmConfig()
    assert config.for_exam("temporal") == config
    prepared_for_next = config.for_exam("leave-last-out")
    assert (prepared_for_next.moments, prepared_for_next.horizon_events) == (0, 1)
    chosen = LstmConfig(moments=3, horizon_events=7)
    assert chosen.for_exam("leave-last-out") == chosen

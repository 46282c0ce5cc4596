"""What every model on the shelf promises. Adding a line to the shelf enrols a model here."""

from __future__ import annotations

import functools
import itertools
import types
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

import numpy as np
import pandas as pd
import pytest

from recengine.core.columns import DAY, TIME, USER, Repeats
from recengine.core.dataset import Dataset, DataSize, Entities, Interactions
from recengine.core.profiles import Profiles
from recengine.core.ranking import NO_ITEM
from recengine.core.split import SplitConfig
from recengine.data.synthetic import two_tastes as few_people
from recengine.models import MODELS, base, load_model, model_config
from recengine.models.base import PRESETS, Recommender
from recengine.models.events import MONITORED, Epoch
from recengine.services.evaluation import evaluate

Model = Recommender[Any]
CHANCE = {"random"}  # personal lists, but nothing is learnt
READS_ORDER = {"lstm", "sasrec", "hstu"}  # histories are sequences to these
NEEDS_REPEATS = {"habit"}  # can only show what it knows where people come back

NAMES = pytest.mark.parametrize("name", MODELS)


def build(name: str, **settings: Any) -> Model:
    """A model with its quickest preset."""
    return model_config(name, MODELS[name].preset("quick") | settings).build()


@pytest.fixture(scope="module")
def data(two_tastes: Dataset) -> Dataset:
    """Known-answer data with a few habits, plus one item that nobody ever had."""
    items = two_tastes.items
    last = items.features.iloc[[-1]].assign(title="Never bought")
    more = Entities(
        items.ids.append(pd.Index(["never"], dtype="str")),
        pd.concat([items.features, last], ignore_index=True),
        items.kinds,
        items.title,
    )
    return replace(with_habits(two_tastes), items=more)


@pytest.fixture(scope="module")
def profiles(data: Dataset) -> Profiles:
    """The first twelve people, three quarters through their time."""
    times = data.interactions.column(TIME)
    return Profiles.of(data, np.arange(12), float(np.quantile(times, 0.75)))


@pytest.fixture(scope="module")
def fitted(data: Dataset) -> Callable[[str], Model]:
    """Each model, fitted once with seed 0 and its quickest preset."""
    known: dict[str, Model] = {}

    def of(name: str) -> Model:
        if name not in known:
            known[name] = build(name).fit(data, seed=0)
        return known[name]

    return of


@NAMES
def test_a_form_can_be_drawn(name: str) -> None:
    config = MODELS[name]
    assert config.title
    assert config.summary.endswith(".")
    for field, about in config.model_fields.items():
        assert about.description, f"{name}.{field} is not explained"
        assert about.default is not None or type(None) in get_args(about.annotation)


TINY = DataSize(interactions=200, people=20, items=10, repeats=True)
MEDIUM = DataSize(interactions=1_000_000, people=6_000, items=4_000, repeats=False)
HUGE = DataSize(interactions=1_000_000_000, people=50_000_000, items=5_000_000, repeats=True)


@pytest.mark.parametrize("size", [None, TINY, MEDIUM, HUGE], ids=["any", "tiny", "medium", "huge"])
@NAMES
def test_every_preset_is_valid_on_data_of_every_size(name: str, size: DataSize | None) -> None:
    config = MODELS[name]
    assert tuple(config.presets) == PRESETS
    for preset in PRESETS:
        settings = config.of(config.preset(preset, size))
        assert isinstance(settings.build(), Recommender)
        for changed in config.variations:
            config.of(settings.model_dump() | changed)


@NAMES
def test_effort_grows_with_the_data_and_no_model_refuses_tiny_ones(name: str) -> None:
    settings = model_config(name)
    assert 0 < settings.effort(TINY) < settings.effort(MEDIUM) < settings.effort(HUGE)
    assert settings.obstacle(TINY) == ""


@NAMES
def test_scores_are_one_finite_float32_for_each_person_and_item(
    name: str, fitted: Callable[[str], Model], data: Dataset, profiles: Profiles
) -> None:
    scores = fitted(name).score(profiles)
    assert scores.shape == (12, data.num_items)
    assert scores.dtype == np.float32
    assert np.isfinite(scores).all()
    assert fitted(name).num_items == data.num_items


@NAMES
def test_same_seed_same_scores(
    name: str, fitted: Callable[[str], Model], data: Dataset, profiles: Profiles
) -> None:
    again = build(name).fit(data, seed=0)
    np.testing.assert_array_equal(again.score(profiles), fitted(name).score(profiles))


@NAMES
def test_another_seed_is_another_model_exactly_where_lots_are_drawn(
    name: str, fitted: Callable[[str], Model], data: Dataset, profiles: Profiles
) -> None:
    other = build(name).fit(data, seed=1).score(profiles)
    assert np.array_equal(other, fitted(name).score(profiles)) == MODELS[name].deterministic


@NAMES
def test_a_model_that_reads_weights_says_so(
    name: str, fitted: Callable[[str], Model], profiles: Profiles
) -> None:
    weights = np.where(np.arange(len(profiles.items)) % 3 == 0, np.float32(4), profiles.weights)
    heavy = fitted(name).score(replace(profiles, weights=weights.astype(np.float32)))
    same = np.array_equal(heavy, fitted(name).score(profiles))
    assert same != fitted(name).config.reads_weights


@NAMES
def test_a_model_fitted_twice_has_forgotten_the_first_time(
    name: str, fitted: Callable[[str], Model], data: Dataset, profiles: Profiles
) -> None:
    first_half = data.interactions.where(np.arange(len(data.interactions)) < 2000)
    model = build(name).fit(data.with_interactions(first_half, "half"), seed=5).fit(data, seed=0)
    np.testing.assert_array_equal(model.score(profiles), fitted(name).score(profiles))


@NAMES
def test_a_saved_model_scores_as_before(
    name: str, fitted: Callable[[str], Model], profiles: Profiles, tmp_path: Path
) -> None:
    fitted(name).save(tmp_path, name)
    np.testing.assert_array_equal(load_model(tmp_path).score(profiles), fitted(name).score(profiles))
    assert not [path for path in tmp_path.iterdir() if path.suffix in (".pkl", ".pickle", ".pt")]


@NAMES
def test_someone_without_a_past_or_with_an_item_unknown_to_training_gets_finite_scores(
    name: str, fitted: Callable[[str], Model], data: Dataset
) -> None:
    never = data.num_items - 1
    now = float(data.interactions.column(TIME)[-1]) + DAY
    for newcomer in (
        Profiles.new([], now=now),
        Profiles.new([never], now=now),
        Profiles.new([never, 0, 0], now=now, features={"group": "unheard of", "age": None}),
    ):
        assert np.isfinite(fitted(name).score(newcomer)).all()


@NAMES
def test_the_names_of_people_and_items_have_no_influence(
    name: str, fitted: Callable[[str], Model], data: Dataset, profiles: Profiles
) -> None:
    renamed = replace(
        data,
        users=replace(data.users, ids=data.users.ids[::-1]),
        items=replace(data.items, ids=data.items.ids[::-1]),
    )
    model = build(name).fit(renamed, seed=0)
    np.testing.assert_array_equal(model.score(profiles), fitted(name).score(profiles))


@pytest.mark.parametrize("name", [name for name in MODELS if not build(name).iterative])
def test_who_has_which_code_has_no_influence(
    name: str, fitted: Callable[[str], Model], data: Dataset, profiles: Profiles
) -> None:
    # (A model trained in batches meets people in another order then, and so ends elsewhere.)
    code_U = np.random.default_rng(0).permutation(data.num_users).astype(np.int32)
    frame = data.interactions.frame.assign(**{USER: code_U[data.interactions.column(USER)]})
    features = data.users.features.iloc[np.argsort(code_U)].reset_index(drop=True)
    shuffled = replace(data, interactions=Interactions(frame), users=replace(data.users, features=features))
    model = build(name).fit(shuffled, seed=0)
    np.testing.assert_allclose(model.score(profiles), fitted(name).score(profiles), atol=1e-6)


@NAMES
def test_who_is_asked_for_beside_someone_has_no_influence(
    name: str, fitted: Callable[[str], Model], profiles: Profiles
) -> None:
    together = fitted(name).score(profiles)
    order = np.array([7, 3, 3, 11, 0])
    np.testing.assert_allclose(fitted(name).score(profiles.take(order)), together[order], atol=1e-5)
    alone = fitted(name).score(profiles.take(np.array([5])))
    np.testing.assert_allclose(alone[0], together[5], atol=1e-5)


@NAMES
def test_neither_fitting_nor_scoring_touches_what_it_is_given(
    name: str, data: Dataset, profiles: Profiles
) -> None:
    events = data.interactions.frame.copy(deep=True)
    people, items = data.users.features.copy(deep=True), data.items.features.copy(deep=True)
    arrays = {key: getattr(profiles, key).copy() for key in ("offsets", "items", "times", "weights", "now")}
    build(name).fit(data, seed=0).score(profiles)
    pd.testing.assert_frame_equal(data.interactions.frame, events)
    pd.testing.assert_frame_equal(data.users.features, people)
    pd.testing.assert_frame_equal(data.items.features, items)
    for key, before in arrays.items():
        np.testing.assert_array_equal(getattr(profiles, key), before)


@NAMES
def test_lists_hold_what_was_asked_for_and_nothing_else(
    name: str, fitted: Callable[[str], Model], data: Dataset, profiles: Profiles
) -> None:
    catalogue_I = np.arange(data.num_items) % 5 > 0
    for person in range(len(profiles)):
        one = profiles.take(np.array([person]))
        had = set(one.items.tolist())
        offered = set(np.flatnonzero(catalogue_I).tolist())
        wanted: dict[Repeats, set[int]] = {"both": offered, "new": offered - had, "again": offered & had}
        for repeats, items in wanted.items():
            listed = fitted(name).top_k(one, data.num_items, repeats=repeats, catalogue_I=catalogue_I)
            assert set(listed.items_UK[0].tolist()) - {NO_ITEM} == items


@NAMES
def test_lists_are_the_best_scores_and_blocks_do_not_show(
    name: str, fitted: Callable[[str], Model], profiles: Profiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    scores = fitted(name).score(profiles)
    monkeypatch.setattr(base, "BLOCK_BYTES", 5 * 4 * scores.shape[1])  # five people
    listed = fitted(name).top_k(profiles, 3)
    found = np.take_along_axis(scores, listed.items_UK, axis=1)
    np.testing.assert_allclose(found, -np.sort(-scores, axis=1)[:, :3], atol=1e-5)
    np.testing.assert_allclose(listed.scores_UK, found, atol=1e-5)


@NAMES
def test_an_examination_gives_the_same_lists_and_scores(
    name: str, fitted: Callable[[str], Model], data: Dataset, profiles: Profiles
) -> None:
    model, everything_I = fitted(name), np.ones(data.num_items, bool)
    rows, items = np.array([0, 4, 4]), np.array([3, 2, 60], np.int32)
    questions: list[Repeats] = ["new", "again"]
    lists, scores = model.examine(profiles, 5, questions, catalogue_I=everything_I, rows=rows, items=items)
    for repeats, listed in zip(questions, lists, strict=True):
        np.testing.assert_array_equal(listed.items_UK, model.top_k(profiles, 5, repeats=repeats).items_UK)
    np.testing.assert_allclose(scores, model.score(profiles)[rows, items], atol=1e-5)


@NAMES
def test_the_order_of_a_history_counts_exactly_where_it_should(
    name: str, fitted: Callable[[str], Model], data: Dataset
) -> None:
    now = float(data.interactions.column(TIME)[-1])
    forwards, backwards = (
        fitted(name).score(Profiles.new(items, now=now, times=[now - DAY] * 6))
        for items in ([0, 2, 4, 1, 3, 5], [5, 3, 1, 4, 2, 0])
    )
    same = np.allclose(forwards, backwards, atol=1e-6)
    assert same != (name in READS_ORDER)


@NAMES
def test_everyone_gets_the_same_scores_exactly_where_a_model_is_not_personal(
    name: str, fitted: Callable[[str], Model], profiles: Profiles
) -> None:
    scores = fitted(name).score(profiles)
    assert (scores == scores[0]).all() != fitted(name).personal


@pytest.mark.parametrize("name", [name for name in MODELS if build(name).personal and name not in CHANCE])
def test_a_personal_model_beats_popularity_where_tastes_differ(name: str, two_tastes: Dataset) -> None:
    split = SplitConfig().build(with_habits(two_tastes) if name in NEEDS_REPEATS else two_tastes)
    enough = {"epochs": 30} if build(name).iterative else {}  # quick means too quick for so few people
    ndcg = {
        each: evaluate(build(each, **settings).fit(split.before_test, seed=0), split).metrics["ndcg@10"]
        for each, settings in ((name, enough), ("popularity", {}))
    }
    assert ndcg[name] > 1.2 * ndcg["popularity"]


def with_habits(data: Dataset) -> Dataset:
    """The same people, who go on to take three of their items again every week."""
    frame = data.interactions.frame
    favourites = frame.groupby(USER).head(3)
    weeks = [favourites.assign(**{TIME: favourites[TIME] + week * 7 * DAY}) for week in range(1, 15)]
    habits = Interactions.sorted(pd.concat([frame, *weeks], ignore_index=True))
    return replace(data, interactions=habits, about=replace(data.about, repeats="both"))


@NAMES
def test_training_ends_with_an_epoch_that_carries_the_validation(name: str, two_tastes: Dataset) -> None:
    split = SplitConfig().build(two_tastes)
    asked: list[Model] = []

    def validate(model: Model) -> dict[str, float]:
        asked.append(model)
        return {MONITORED: 0.25}

    epochs = [
        event
        for event in build(name).training(split.train, seed=0, validate=validate)
        if isinstance(event, Epoch)
    ]
    assert epochs[-1].validation == {MONITORED: 0.25}
    assert len(asked) == len(epochs)
    assert 0 < epochs[0].interactions <= len(split.train.interactions)


FIELDS = [
    (name, field)
    for name, config in MODELS.items()
    for field in config.model_fields
    # The former is read by services/training.py, which trains twice for it; the latter wants more people.
    if field not in ("refit", "held_out")
]
# Where half as much, or the next option, would change nothing on so little data or on a CPU.
OTHER = {
    "averaging": 0.1,
    "batch": 2,
    "history_dropout": 0.3,
    "horizon_events": 5,
    "heads": 4,
    "layers": 3,
    "memory_gib": 1e-6,
    "negatives": 10,
    "neighbours": 10,
    "precision": "bfloat16",
    "repeats": "off",
    "targets": "any",
    "temperature": 0.2,
}
# Without which a setting says nothing.
NEEDED: dict[str, dict[str, Any]] = {
    "trust": {"loss": "gbce", "negatives": 10},
    "power": {"loss": "bsl"},
}
Traces = Callable[..., tuple[int, bytes]]


@pytest.fixture(scope="module")
def traces() -> Traces:
    """What a training on few people leaves behind: how many epochs it took, and the scores."""
    data = with_habits(few_people(num_users=60, num_items=30))
    profiles = Profiles.of(data, np.arange(12), float(data.interactions.column(TIME)[-1]))

    @functools.cache
    def of(name: str, *, worse_and_worse: bool = False, **settings: Any) -> tuple[int, bytes]:
        model = build(name, **settings)
        falling = itertools.count(start=0, step=-1)
        validate = (lambda _: {MONITORED: float(next(falling))}) if worse_and_worse else None
        epochs = sum(isinstance(event, Epoch) for event in model.training(data, seed=0, validate=validate))
        return epochs, model.score(profiles).tobytes()

    return of


@pytest.mark.parametrize(("name", "field"), FIELDS)
def test_no_setting_is_dead(name: str, field: str, traces: Traces) -> None:
    usual = build(name).config.model_dump()[field]
    other = OTHER.get(field, another_value(MODELS[name].model_fields[field].annotation, usual))
    validated = field == "patience"
    needed = NEEDED.get(field, {})
    before = traces(name, worse_and_worse=validated, **needed)
    after = traces(name, worse_and_worse=validated, **needed | {field: other})
    assert before != after, f"turning {field} from {usual} to {other} changes nothing"


def another_value(annotation: Any, usual: Any) -> Any:
    """A valid value that is not the usual one."""
    options = get_args(annotation)
    if get_origin(annotation) is Literal:
        return next(option for option in options if option != usual)
    if isinstance(usual, bool):
        return not usual
    if usual is None:
        return next(kind for kind in options if kind is not types.NoneType)(10)
    return usual / 2 if isinstance(usual, float) else max(1, usual // 2)


@NAMES
def test_items_described_as_they_are_change_no_score(
    name: str, data: Dataset, profiles: Profiles, fitted: Callable[[str], Model]
) -> None:
    model, items = fitted(name), np.arange(data.num_items, dtype=np.int32)
    same = model.with_item_features(items, data.items.features)
    np.testing.assert_allclose(same.score(profiles), model.score(profiles), atol=1e-5)


@NAMES
def test_an_item_described_otherwise_moves_alone_and_the_model_stays_as_it_was(
    name: str, data: Dataset, profiles: Profiles, fitted: Callable[[str], Model]
) -> None:
    model, item = fitted(name), int(profiles.items[0])
    before = model.score(profiles)
    swapped = data.items.features.iloc[[item]].assign(price=99.0, tags="cheese|spicy|sugar|baked|new")
    other = model.with_item_features(np.array([item], np.int32), swapped)
    after = other.score(profiles)
    rest = np.arange(data.num_items) != item
    np.testing.assert_array_equal(after[:, rest], before[:, rest])
    assert (np.abs(after[:, item] - before[:, item]).min() > 1e-4) == bool(model.item_columns)
    np.testing.assert_array_equal(model.score(profiles), before)


@NAMES
def test_an_item_described_by_nothing_is_an_item_with_all_features_hidden(
    name: str, data: Dataset, profiles: Profiles, fitted: Callable[[str], Model]
) -> None:
    model, last = fitted(name), data.num_items - 1
    items = np.array([int(profiles.items[0]), last], np.int32)
    other = model.with_item_features(items, pd.DataFrame(index=range(2)))
    all_hidden = base.Candidates(items, np.ones((2, len(model.item_columns)), bool))
    wanted = model.score_candidates(profiles, all_hidden)
    np.testing.assert_allclose(other.score(profiles)[:, items], wanted, atol=1e-4)
    shown = base.Candidates(items, np.zeros((2, len(model.item_columns)), bool))
    np.testing.assert_allclose(other.score_candidates(profiles, shown), wanted, atol=1e-4)
    assert not other.known_columns(items).any()


@NAMES
def test_a_training_that_begins_where_another_ended_is_ahead_or_there_is_nothing_to_begin_with(
    name: str,
) -> None:
    data = with_habits(few_people(num_users=60, num_items=30))
    profiles = Profiles.of(data, np.arange(12), float(data.interactions.column(TIME)[-1]))
    once = {"epochs": 1} if build(name).iterative else {}
    more = {"epochs": 4} if build(name).iterative else {}
    cold, warm = build(name, **once), build(name, **once)
    warm.warm_start(build(name, **more).fit(data, seed=0))
    (cold_loss, *_), (warm_loss, *_) = (
        [event.loss for event in model.training(data, seed=1) if isinstance(event, Epoch)]
        for model in (cold, warm)
    )
    if cold.iterative:
        assert warm_loss < cold_loss
    else:
        np.testing.assert_array_equal(warm.score(profiles), cold.score(profiles))
    again = warm.fit(data, seed=1).score(profiles)  # the next training begins anew
    np.testing.assert_array_equal(again, build(name, **once).fit(data, seed=1).score(profiles))

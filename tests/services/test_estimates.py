from __future__ import annotations

import pytest

from recengine.core.dataset import DataSize
from recengine.models import MODELS, model_config
from recengine.services.estimates import Estimate, Pace
from recengine.services.fitting import num_fits
from recengine.services.run import Update
from recengine.services.store import Store
from tests.services.conftest import Shop

SIZE = DataSize(interactions=100_000, people=1_000, items=500, repeats=True)
TWICE = DataSize(interactions=200_000, people=1_000, items=500, repeats=True)


def test_without_any_run_a_model_takes_what_it_says_of_itself() -> None:
    settings = model_config("popularity")
    assert Pace().one_fit("popularity", settings, SIZE) == Estimate(settings.effort(SIZE), measured=False)


def test_what_was_measured_sets_later_estimates_right() -> None:
    settings = model_config("popularity")
    pace = Pace().having("popularity", settings, SIZE, seconds=12.0)
    assert pace.one_fit("popularity", settings, SIZE).measured
    assert pace.one_fit("popularity", settings, SIZE).seconds == pytest.approx(12.0)
    assert pace.one_fit("popularity", settings, TWICE).seconds == pytest.approx(24.0)


def test_a_model_never_timed_is_guessed_from_its_kin() -> None:
    pace = Pace().having("lstm", model_config("lstm"), SIZE, 7 * model_config("lstm").effort(SIZE))
    other = next(name for name, config in MODELS.items() if config.family == "neural" and name != "lstm")
    settings = model_config(other)
    assert pace.one_fit(other, settings, SIZE).seconds == pytest.approx(7 * settings.effort(SIZE))
    assert not pace.one_fit(other, settings, SIZE).measured
    assert pace.one_fit("habit", model_config("habit"), SIZE).seconds < 1


def test_a_run_takes_as_many_fits_as_its_settings_ask_for() -> None:
    assert num_fits(model_config("ease")) == 2  # no epochs to choose, so always on all events in the end
    assert num_fits(model_config("lstm", {"refit": True})) == 2
    assert num_fits(model_config("lstm", {"refit": False})) == 1


def test_finished_runs_of_the_workspace_tell_the_pace(shop: Shop) -> None:
    run = shop.runs["ease"]
    with Store(shop.ws).writing() as db:
        db.execute("UPDATE runs SET seconds = 8 WHERE id = ?", (run.id,))
    pace = Pace.measured(shop.ws)
    with Store(shop.ws).writing() as db:
        db.execute("UPDATE runs SET seconds = ? WHERE id = ?", (run.seconds, run.id))
    settings = run.spec.model_settings()
    size = DataSize(interactions=2_000, people=300, items=60, repeats=False)
    assert pace.training("ease", settings, size).measured
    assert pace.factors["ease"] > 100  # the real one took a moment
    assert "habit" not in pace.factors  # which took too short a time to say anything


def test_an_update_tells_nothing_of_how_long_a_fit_takes(shop: Shop) -> None:
    run = shop.runs["ease"]
    spec = run.spec.model_copy(update={"update": Update(base=run.id, after=0, up_to=1)})
    with Store(shop.ws).writing() as db:
        db.execute("UPDATE runs SET seconds = 8, spec = ? WHERE id = ?", (spec.model_dump_json(), run.id))
    pace = Pace.measured(shop.ws)
    with Store(shop.ws).writing() as db:
        whole = (run.seconds, run.spec.model_dump_json(), run.id)
        db.execute("UPDATE runs SET seconds = ?, spec = ? WHERE id = ?", whole)
    assert pace.factors.get("ease", 0.0) < 100


@pytest.mark.parametrize(
    ("estimate", "said"),
    [
        (Estimate(0.3, measured=False), "under a second"),
        (Estimate(20.4, measured=True), "about 20 s"),
        (Estimate(150.0, measured=False), "perhaps 2 min"),
    ],
)
def test_a_guess_is_told_from_a_measurement(estimate: Estimate, said: str) -> None:
    assert estimate.in_words == said

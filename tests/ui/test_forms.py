from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from recengine.models import MODELS


def drawn(model: str, preset: str = "") -> AppTest:
    """A script of nothing but a model's form; what it gives lies in the session as "filled"."""

    def script(model: str, preset: str) -> None:
        import streamlit as st

        from recengine.core.dataset import DataSize
        from recengine.models import MODELS
        from recengine.ui.forms import Filled, model_form

        start = Filled(preset, {}) if preset else None
        size = DataSize(interactions=100_000, people=1_000, items=500, repeats=True)
        st.session_state["filled"] = model_form(MODELS[model], size, key="form", start=start)

    return AppTest.from_function(script, args=(model, preset), default_timeout=30).run()


@pytest.mark.parametrize("name", MODELS)
def test_a_form_that_nobody_touched_changes_nothing(name: str) -> None:
    app = drawn(name)
    assert not app.exception
    assert app.session_state["filled"].settings == {}
    assert app.session_state["filled"].problem == ""


def test_only_what_differs_from_the_preset_is_returned() -> None:
    app = drawn("ease")
    app.number_input(key="form.balanced.regularisation").set_value(321.0).run()
    assert app.session_state["filled"].settings == {"regularisation": 321.0}


def test_a_preset_fills_the_form() -> None:
    app = drawn("popularity", preset="best")
    best = MODELS["popularity"].presets["best"]["half_life_days"]
    assert app.number_input(key="form.best.half_life_days").value == best


def test_each_preset_keeps_its_own_edits() -> None:
    app = drawn("habit")
    app.number_input(key="form.balanced.half_life_days").set_value(7.0).run()
    assert app.session_state["filled"].settings == {"half_life_days": 7.0}


@pytest.mark.parametrize(("gpus", "preset"), [("0", ""), ("", "large"), ("", "")])
def test_presets_for_a_gpu_are_offered_where_there_is_one_or_a_run_had_one(
    gpus: str, preset: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", gpus)
    app = drawn("sasrec", preset=preset)
    assert not app.exception
    options = app.get("button_group")[0].proto.options
    offered = {option.content for option in options}
    assert ("Large" in offered) == bool(gpus or preset)
    assert app.session_state["filled"].preset == (preset or "balanced")


def test_an_empty_optional_number_means_none() -> None:
    app = drawn("popularity", preset="best")
    app.number_input(key="form.best.half_life_days").set_value(None).run()
    assert app.session_state["filled"].settings == {"half_life_days": None}


def test_a_value_the_bounds_let_through_but_the_settings_refuse_is_told_in_words() -> None:
    app = drawn("habit")
    app.number_input(key="form.balanced.half_life_days").set_value(0.0).run()  # gt=0: 0 is out
    assert "half_life_days" in app.session_state["filled"].problem
    assert "greater than 0" in app.session_state["filled"].problem


def test_steps_fit_the_size_of_the_value() -> None:
    app = drawn("ease")
    assert app.number_input(key="form.balanced.regularisation").step == 10  # of 200

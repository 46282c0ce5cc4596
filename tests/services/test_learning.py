"""Updates from feedback: what they learn from, that they are exact where they say so, and their exam."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from recengine.core.errors import SettingsError
from recengine.services.feedback import Event, accept
from recengine.services.learning import adopt, exam, update_spec, waiting
from recengine.services.recommend import recommend
from recengine.services.runs import load_run_model
from recengine.services.shown import show
from recengine.services.training import split_of, train
from recengine.services.workspace import Workspace

if TYPE_CHECKING:
    from tests.services.conftest import Shop


@pytest.fixture
def own(shop: Shop, tmp_path: Path) -> Workspace:
    """A copy of the shop in which three people have said something of their lists."""
    shutil.copytree(shop.ws.root, tmp_path / "own")
    ws, run = Workspace(tmp_path / "own"), shop.runs["ease"].id
    for person in ("u3", "u7", "u9"):
        listed = recommend(ws, run, person).rows["item_id"].tolist()
        shown = show(ws, run, person, listed)
        said = [("like", 0), ("purchase", 4), ("dislike", 1), ("click", 2)]
        events = [Event(f"{person} {kind}", shown.list_id, listed[at], kind) for kind, at in said]
        assert {answer.outcome for answer in accept(ws, events, "app")} == {"accepted"}
    return ws


def test_ease_brought_up_to_date_is_ease_trained_anew_on_the_same_events(own: Workspace, shop: Shop) -> None:
    base = shop.runs["ease"].id
    quick = train(own, update_spec(own, base))
    full = train(own, update_spec(own, base, "full"))
    one, other = (load_run_model(own, run.id).arrays()["weight_II"] for run in (quick, full))
    np.testing.assert_allclose(one, other, atol=1e-6)
    assert np.abs(one - load_run_model(own, base).arrays()["weight_II"]).max() > 1e-3
    ranked = [name for name in full.metrics if name.endswith("@10")]
    assert {name: quick.metrics[name] for name in ranked} == {name: full.metrics[name] for name in ranked}
    assert quick.exam is not None
    assert quick.exam.key == shop.runs["ease"].exam.key  # type: ignore[union-attr]  # a finished run has one
    found = exam(own, quick.id)
    assert (found.base, found.run) == (base, quick.id)
    assert found.usable == (found.decision != "worse")
    assert adopt(own, quick.id, "Ada").run_id == quick.id


def test_likes_and_purchases_are_appended_and_disliked_items_left_out(own: Workspace, shop: Shop) -> None:
    base = shop.runs["ease"].id
    run = train(own, update_spec(own, base))
    before, after = split_of(own, base), split_of(own, run.id)
    added = after.before_test.interactions.frame.tail(6)
    assert set(after.before_test.users.ids.take(added["user"])) == {"u3", "u7", "u9"}
    assert added["time"].min() > before.before_test.interactions.column("time")[-1]
    for person in ("u3", "u7", "u9"):
        disliked = recommend(own, base, person, 30)
        assert "kept off this list by feedback" in disliked.note
    assert after.test is before.test
    assert len(after.part_E) == len(after.before_test.interactions)
    assert run.spec.update is not None
    assert (run.spec.update.base, run.spec.update.after, run.spec.update.up_to) == (base, 0, 12)


def test_nothing_waits_after_an_update_and_it_says_so(own: Workspace, shop: Shop) -> None:
    found = waiting(own, shop.runs["ease"].id)
    assert (found.events, found.people, found.up_to, found.exact) == (12, 3, 12, True)
    assert found.actions >= 6
    run = train(own, update_spec(own, shop.runs["ease"].id))
    assert waiting(own, run.id).events == 0
    with pytest.raises(SettingsError, match="There is no feedback that EASE"):
        update_spec(own, run.id)
    with pytest.raises(SettingsError, match="goes on from no other"):
        exam(own, shop.runs["ease"].id)

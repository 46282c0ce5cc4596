"""Domain presets: their words, weights, split, repeats and checks, and what comes before them."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest

from recengine.core.dataset import About
from recengine.core.errors import SettingsError
from recengine.data import SOURCES
from recengine.data.build import import_frames
from recengine.data.checks import check
from recengine.data.domains import DOMAINS, find_domain
from recengine.data.mapping import Mapping, guess_mapping
from recengine.data.synthetic import two_tastes
from recengine.services.run import TrainSpec


def log(kinds: list[str], person: str = "user_id", item: str = "item_id") -> pd.DataFrame:
    """Each kind of event once for each of six people, one a day."""
    rows = [(f"u{n}", f"i{(n + k) % 5}", kind) for k, kind in enumerate(kinds) for n in range(6)]
    frame = pd.DataFrame(rows, columns=[person, item, "event"])
    return frame.assign(time=pd.date_range("2024-01-01", periods=len(frame)))


def weights(domain: str, *kinds: str) -> list[float]:
    return [Mapping(domain=domain).weight_of(kind) for kind in kinds]


def test_each_domain_weighs_its_kinds_of_events() -> None:
    assert weights("e-commerce", "view", "add_to_cart", "Purchase", "refund") == [1, 3, 5, 0]
    assert weights("social-media", "impression", "like", "share", "follow", "unlike") == [0, 2, 4, 5, 0]
    assert weights("online-education", "watch", "enrolled", "submit", "unenrol") == [1, 3, 5, 0]
    assert weights("social-media", "waved") == [1]


def test_what_is_said_of_a_kind_comes_before_the_domain() -> None:
    said = Mapping(domain="social-media", event_weights={"impression": 0.1})
    assert [said.weight_of(kind) for kind in ("impression", "like")] == [0.1, 2]


def test_a_guess_shows_the_weights_of_the_domain() -> None:
    frame = log(["impression", "like"])
    assert guess_mapping(frame, "social-media").mapping.event_weights == {"impression": 0, "like": 2}
    assert guess_mapping(frame).mapping.event_weights == {"impression": 1, "like": 2}


def test_a_domain_names_people_and_items_unless_their_columns_do() -> None:
    plain = import_frames(log(["like"]), name="x", mapping=Mapping(domain="social-media"))
    named = import_frames(log(["like"], "student_id"), name="x", mapping=Mapping(domain="social-media"))
    told = import_frames(
        log(["like"]), name="x", mapping=Mapping(domain="social-media"), about=About(person="fan")
    )
    words = [(one.dataset.about.person, one.dataset.about.item) for one in (plain, named, told)]
    assert words == [("member", "post"), ("student", "post"), ("fan", "post")]
    assert "Social media" in " ".join(plain.cleaning.notes)


def test_what_a_domain_leaves_out_is_counted() -> None:
    imported = import_frames(log(["impression", "like"]), name="x", mapping=Mapping(domain="social-media"))
    assert imported.cleaning.removed == {"ignored_events": 6}


def test_a_feed_never_repeats_and_elsewhere_the_data_decide() -> None:
    again = pd.concat([log(["view"]), log(["view"]).assign(time=pd.Timestamp("2024-06-01"))])
    found = {
        domain: import_frames(again, name="x", mapping=Mapping(domain=domain)).dataset.about.repeats
        for domain in DOMAINS
    }
    assert found == {"e-commerce": "both", "social-media": "new", "online-education": "both"}


@pytest.mark.parametrize(
    ("domain", "split"),
    [("", "temporal"), ("social-media", "temporal"), ("online-education", "leave-last-out")],
)
def test_a_training_is_split_as_the_domain_has_it(domain: str, split: str) -> None:
    data = two_tastes()
    about = replace(data.about, domain=domain)
    spec = TrainSpec(dataset="x", model="popularity")
    chosen = spec.for_data(about, data.size, has_given_test=False).split
    assert chosen is not None
    assert chosen.kind == split
    given = spec.for_data(about, data.size, has_given_test=True).split
    assert given is not None
    assert given.kind == "given"


def test_an_unknown_domain_is_named_with_the_nearest() -> None:
    with pytest.raises(SettingsError, match="no domain 'ecommerce'. Did you mean 'e-commerce'"):
        Mapping.of({"domain": "ecommerce"})
    assert find_domain(None) is find_domain("") is None


def test_a_domain_is_part_of_the_fingerprint_and_none_leaves_it_as_it_was() -> None:
    frame = log(["view"])
    plain = import_frames(frame, name="x").dataset
    chosen = import_frames(frame, name="x", mapping=Mapping(domain="e-commerce")).dataset
    assert plain.about.domain == ""
    assert plain.fingerprint != chosen.fingerprint


@pytest.mark.parametrize(
    ("domain", "kinds", "code", "level"),
    [
        ("e-commerce", ["view"], "purchases", "warn"),
        ("e-commerce", ["view", "cart"], "purchases", "warn"),
        ("e-commerce", ["view", "purchase"], "purchases", "ok"),
        ("social-media", ["like"], "impressions", "ok"),
        ("social-media", ["like"], "lifetime", "ok"),
        ("online-education", ["watch"], "leavers", "ok"),
    ],
)
def test_a_domain_asks_its_own_checks(domain: str, kinds: list[str], code: str, level: str) -> None:
    imported = import_frames(log(kinds), name="x", mapping=Mapping(domain=domain))
    assert {verdict.code: verdict.level for verdict in imported.checks}[code] == level


def test_impressions_that_count_are_warned_of() -> None:
    mapping = Mapping(domain="social-media", event_weights={"impression": 1})
    checks = import_frames(log(["impression", "like"]), name="x", mapping=mapping).checks
    verdict = next(verdict for verdict in checks if verdict.code == "impressions")
    assert (verdict.level, verdict.finding[:5]) == ("warn", "50.0%")


def test_posts_of_a_day_and_learners_on_rails_are_warned_of() -> None:
    frame = pd.DataFrame(
        {
            "user": [f"u{person}" for person in range(20) for _ in range(4)],
            "item": [f"i{step}" for _ in range(20) for step in range(4)],
            "time": pd.to_datetime(
                [86_400 * step + person for person in range(20) for step in range(4)], unit="s"
            ),
        }
    )
    data = import_frames(frame.assign(time=frame["time"] + pd.Timedelta(days=19_000)), name="x").dataset
    more = [one for domain in DOMAINS.values() for one in domain.checks]
    found = {verdict.code: (verdict.level, verdict.finding) for verdict in check(data, more)}
    assert found["lifetime"] == ("warn", "half of the items are still chosen 0.0 days after they first were")
    assert found["syllabus"] == ("warn", "100% of steps lead to the item's usual next one")
    assert found["leavers"] == ("ok", "0% of people do nothing any more in the second half of the time")


def test_every_domain_has_an_example() -> None:
    from recengine.data.catalogue import KNOWN

    assert all(one.example in {"grocery", *SOURCES, *KNOWN} for one in DOMAINS.values())

import numpy as np
import pandas as pd
import pytest

from recengine.services.verdict_words import decision_of, sentence_of, who_of


def row(change: float, low: float, high: float, *, base: float = 0.5, noise: float = 0.0) -> pd.Series:
    ends = {"": change, "_low": low, "_high": high}
    relative = {f"relative{end}": value / base if base else np.nan for end, value in ends.items()}
    changes = {"change": change, "low": low, "high": high}
    return pd.Series({"title": "NDCG@10", "base": base, "seed_noise": noise, **changes, **relative})


def said(one: pd.Series, p_value: float, looks: int = 1) -> str:
    return sentence_of(one, p_value, looks=looks, person="households")


@pytest.mark.parametrize(
    ("one", "p_value", "looks", "decision", "sentence"),
    [
        (
            row(-0.0205, -0.0265, -0.0145, noise=0.0034),
            0.001,
            1,
            "worse",
            "NDCG@10 falls by 4.1 % (2.9 to 5.3); real, 6 times the seed noise.",
        ),
        (row(0.02, 0.01, 0.03), 0.001, 1, "better", "NDCG@10 rises by 4.0 % (2.0 to 6.0); real."),
        (
            row(0.002, 0.001, 0.003),
            0.001,
            1,
            "better",
            "NDCG@10 rises by 0.4 % (0.2 to 0.6); real but small.",
        ),
        (
            row(0.02, 0.01, 0.03),
            0.001,
            4,
            "better",
            "NDCG@10 rises by 4.0 % (2.0 to 6.0); real, counting 4 looks.",
        ),
        (
            row(0.02, 0.001, 0.039),
            0.16,
            4,
            "no real difference",
            "No real difference: NDCG@10 rises by 4.0 % (0.2 to 7.8), which may be chance, counting 4 looks.",
        ),
        (
            row(0.001, -0.004, 0.0055),
            0.6,
            1,
            "no real difference",
            "No real difference: NDCG@10 changes by +0.2 % (−0.8 % to +1.1 %).",
        ),
        (
            row(0.001, -0.0001, 0.0022),
            0.07,
            1,
            "no real difference",
            "No real difference: NDCG@10 changes by +0.2 % (−0.02 % to +0.4 %).",
        ),
        (
            row(-0.02, -0.03, -0.01, noise=np.nan),
            np.nan,
            1,
            "not told from chance",
            "NDCG@10 falls by 4.0 % (2.0 to 6.0), but one seed cannot tell that from the chance of training. "
            "Ask again with 3 seeds.",
        ),
        (
            row(0, 0, 0),
            1.0,
            1,
            "no real difference",
            "No difference: NDCG@10 is the same for each of the households.",
        ),
        (
            row(0.01, 0.005, 0.015, base=0),
            0.01,
            1,
            "better",
            "NDCG@10 rises by 0.0100 (0.0050 to 0.0150); real.",
        ),
    ],
)
def test_sentences(one: pd.Series, p_value: float, looks: int, decision: str, sentence: str) -> None:
    assert decision_of(one, p_value) == decision
    assert said(one, p_value, looks) == sentence


def test_who_gains_and_loses_most_is_told_by_what_is_sure() -> None:
    """The smaller gain of many is surer than the larger one of few."""
    rows = pd.DataFrame([row(0.2, 0.01, 0.4), row(0.1, 0.09, 0.11), row(-0.3, -0.4, -0.2)])
    rows = rows.assign(said=["few", "many", "others"], verdict=["better", "better", "worse"])
    assert who_of(rows, "people") == "Gains most: many (+20.0 %). Loses most: others (−60.0 %)."
    none = who_of(rows.assign(verdict="no real difference"), "people")
    assert none == "No group of people gains or loses beyond chance."

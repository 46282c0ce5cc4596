import pytest

from recengine.core.errors import NotFoundError
from recengine.metrics import METRICS, metric_of


def test_a_key_at_any_k_is_the_same_metric() -> None:
    assert metric_of("ndcg@10") is metric_of("ndcg@20") is METRICS["ndcg@k"]


def test_precision_of_a_list_and_precision_of_p_like_are_kept_apart() -> None:
    assert metric_of("precision@10").family == "ranking"
    assert metric_of("precision").family == "like"


def test_an_unknown_metric_names_the_nearest_one() -> None:
    with pytest.raises(NotFoundError, match=r"no metric 'ncdg@10'.*Did you mean 'ndcg@k'"):
        metric_of("ncdg@10")


@pytest.mark.parametrize("name", METRICS)
def test_every_metric_is_explained_in_one_sentence(name: str) -> None:
    explanation = METRICS[name].explanation
    assert explanation.endswith(".")
    assert ". " not in explanation
    assert len(explanation) < 120

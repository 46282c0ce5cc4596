from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from recengine.core.dataset import Dataset
from recengine.core.split import SplitConfig
from recengine.metrics import metric_of
from recengine.models import MODELS
from recengine.services.bench import BenchOptions, Row
from tests.benchmarks import bench_quality, readers
from tests.benchmarks.likes import LikeProtocol
from tests.benchmarks.protocol import Entry, ListProtocol, Published
from tests.benchmarks.protocols import PROTOCOLS

LISTS = {name: one for name, one in PROTOCOLS.items() if isinstance(one, ListProtocol)}


@pytest.fixture
def protocol(two_tastes: Dataset) -> ListProtocol:
    return ListProtocol(
        title="Two tastes.",
        data=lambda: two_tastes,
        split=SplitConfig(),
        metrics=("ndcg@10", "recall@5"),
        entries={
            "popularity": Entry("popularity", beside="theirs", aims={"ndcg@10": 0.99}, why="it knows nobody"),
            "chance": Entry("random", seeds=3),
            "ease": Entry("ease", aims={"ndcg@10": 0.01}),
        },
        published={"theirs": Published("popularity", "a paper", {"recall@5": 1e-3})},
    )


def by_name(rows: Iterator[Row]) -> dict[str, Row]:
    return {row.name: row for row in rows}


def test_a_figure_stands_beside_the_published_one_and_its_aim(protocol: ListProtocol) -> None:
    rows = by_name(protocol.rows("tastes", BenchOptions()))
    assert rows["popularity, recall@5"].against == "popularity: 0.001"
    assert "above the published" in rows["popularity, recall@5"].note
    assert rows["popularity, ndcg@10"].against == ""
    missed = rows["popularity, ndcg@10"]
    assert missed.value is not None
    assert f"misses the aim by {0.99 - missed.value:.4f}**: it knows nobody" in missed.note
    assert "aim reached" in rows["ease, ndcg@10"].note


def test_a_table_names_its_validation_its_test_pairs_and_its_sources(protocol: ListProtocol) -> None:
    about = next(protocol.rows("tastes", BenchOptions())).about
    assert "the last tenth of the events before the test" in about
    assert f"`{protocol.split.build(protocol.data()).test.pairs_digest}`" in about
    assert "popularity recall@5 0.001 (a paper)" in about


def test_seeds_are_averaged_and_spread_only_where_chance_plays(protocol: ListProtocol) -> None:
    rows = by_name(protocol.rows("tastes", BenchOptions(seeds=4)))
    assert rows["ease, ndcg@10"].spread is None
    assert "1 seed;" in rows["ease, ndcg@10"].note
    assert rows["chance, ndcg@10"].spread
    assert "4 seeds;" in rows["chance, ndcg@10"].note


def test_each_seed_is_told_as_soon_as_it_is_measured(protocol: ListProtocol) -> None:
    rows = protocol.rows("tastes", BenchOptions(models=("chance",)))
    seeds = [row.note.partition(" seed")[0][-1] for row in rows if row.name == "chance, ndcg@10"]
    assert seeds == ["1", "2", "3"]


def test_models_can_be_chosen(protocol: ListProtocol) -> None:
    rows = by_name(protocol.rows("tastes", BenchOptions(models=("ease",))))
    assert list(rows) == ["ease, ndcg@10", "ease, recall@5"]


def test_the_halves_are_asked_for_by_name(protocol: ListProtocol) -> None:
    asked = replace(protocol, questions=("both", "new", "again"), metrics=("ndcg@10",))
    rows = by_name(asked.rows("tastes", BenchOptions(models=("ease",))))
    assert list(rows) == ["ease, both: ndcg@10", "ease, new: ndcg@10"]  # nobody has a thing twice here
    assert len({row.value for row in rows.values()}) == 2


def test_a_neural_model_learns_again_for_as_many_passes_as_were_best(protocol: ListProtocol) -> None:
    small = Entry("lstm", {"dims": 8, "epochs": 2, "history": 16}, preset="quick", seeds=1)
    row = next(replace(protocol, entries={"lstm": small}).rows("tastes", BenchOptions()))
    assert row.value is not None
    assert row.value > 0.05


def test_purchases_are_classified_at_every_ratio(two_tastes: Dataset) -> None:
    likes = LikeProtocol("Two tastes.", lambda: two_tastes, {"ease": Entry("ease")}, ratios=(2, 1))
    rows = by_name(likes.rows("tastes", BenchOptions()))
    assert rows["ease, 2 other items a choice: accuracy"].aim == 0.9
    assert rows["ease, 1 other items a choice: accuracy"].aim is None


def test_a_protocol_without_its_data_is_skipped_and_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(readers.FOLDER, str(tmp_path))
    assert list(bench_quality.run(BenchOptions(only=("gowalla",)))) == []
    assert "gowalla: skipped, no gowalla-lightgcn/train.txt" in capsys.readouterr().out


def test_data_may_lie_packed_or_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(readers.FOLDER, str(tmp_path))
    (tmp_path / "some.txt.gz").touch()
    assert readers.missing(("some.txt", "other.txt")) == ["other.txt"]


@pytest.mark.parametrize("name", LISTS)
def test_a_protocol_speaks_of_models_metrics_and_figures_there_are(name: str) -> None:
    protocol = LISTS[name]
    known = {"", *(key for one in LISTS.values() for key in one.published)}
    labels = {*protocol.metrics, *(f"{q}: {m}" for q in protocol.questions for m in protocol.metrics)}
    assert [metric_of(metric) for metric in protocol.metrics]
    for entry in protocol.entries.values():
        assert entry.model in MODELS
        assert entry.beside in known
        assert set(entry.aims) <= labels
        MODELS[entry.model].of(entry.settings)
    for published in protocol.published.values():
        assert set(published.values) <= labels

"""The state of things in one sentence, a few tiles and one real person."""

from __future__ import annotations

import math
from dataclasses import dataclass

from recengine.services.champion import champion
from recengine.services.datasets import SAMPLE, DatasetCard, find_card, list_datasets, load_dataset
from recengine.services.jobs import JobView, ensure_dispatcher, jobs, submit_first
from recengine.services.people import PersonView
from recengine.services.recommend import RecommendationList, example_person
from recengine.services.results import baseline_title
from recengine.services.runs import Comparison, Run, TrainSpec, best_run, get_run, list_runs
from recengine.services.showcase import Showcase, keep_showcase, kept_showcase, make_showcase
from recengine.services.workspace import Workspace

FIRST_MODELS = ("popularity", "habit", "ease", "lstm")
TILES = ("hit_rate@10", "ndcg@10", "recall@20", "precision@10", "coverage@10")
LABELS = {
    "hit_rate@10": "Lists of 10 with a hit",
    "ndcg@10": "Ranking quality (NDCG@10)",
    "recall@20": "Found in a list of 20",
    "precision@10": "Share of a list of 10 that is right",
    "coverage@10": "Share of the catalogue shown",
}


@dataclass(frozen=True)
class Tile:
    """One number against the better baseline.

    Attributes:
        help: the metric's definition in one sentence.
        lift: relative difference to the baseline (0.1 = 10 % higher); NaN where there is none.
        good: whether the difference is an improvement; None where it is no real difference.
        verdict: the difference in words, with its interval; "" where no interval is known.
    """

    label: str
    metric: str
    value: float
    baseline: str
    baseline_value: float
    lift: float
    good: bool | None
    verdict: str
    help: str


@dataclass(frozen=True)
class Overview:
    """What the landing page shows.

    Attributes:
        state: "empty" (nothing yet), "preparing" (jobs under way, no result yet), "ready".
        sentence: the state in one sentence.
        data_as_of: time of the newest event, in seconds as in core; None where there are no data.
        trained_at: seconds since 1970.
        best: the run the tiles speak of: the champion or, where there is none, the best.
        jobs: those under way, or ended without success since the last success.
        progress: of all runs of the dataset together, 0 to 1.
    """

    state: str
    sentence: str
    dataset: DatasetCard | None
    data_as_of: float | None
    trained_at: float | None
    best: Run | None
    tiles: list[Tile]
    person: PersonView | None
    recommendations: RecommendationList | None
    jobs: list[JobView]
    progress: float


def overview(ws: Workspace, dataset: str | None = None, *, person: str | None = None) -> Overview:
    """The state of one dataset (by default the one a model was last trained on); person: whose list to show.

    Raises:
        NotFoundError: no such person.
    """
    ensure_dispatcher(ws)
    name = dataset or _latest(ws)
    card = find_card(ws, name) if name else None
    all_jobs = jobs(ws, name) if name else []
    made = champion(ws, name) if name else None
    best = get_run(ws, made.run_id) if made else best_run(ws, name) if name else None
    state = "ready" if best else "preparing" if any(job.active for job in all_jobs) else "empty"
    shown = _showcase(ws, best, person) if best else None
    return Overview(
        state=state,
        sentence=_sentence(state, card, best, all_jobs, is_champion=made is not None),
        dataset=card,
        data_as_of=card.last_at if card else None,
        trained_at=best.ended_at if best else None,
        best=best,
        tiles=_tiles(best) if best else [],
        person=shown.person if shown else None,
        recommendations=shown.offered if shown else None,
        jobs=_worth_telling(all_jobs),
        progress=sum(job.progress for job in all_jobs) / len(all_jobs) if all_jobs else 0.0,
    )


def ensure_first_models(ws: Workspace) -> list[Run]:
    """On an empty workspace, queue the sample's first models; else see to it that the queue is worked."""
    if list_datasets(ws):
        ensure_dispatcher(ws)
        return []
    return submit_first(ws, [_first(model) for model in FIRST_MODELS])


def _first(model: str) -> TrainSpec:
    """Quick: the first result should not keep anyone waiting."""
    return TrainSpec(dataset=SAMPLE, model=model, preset="quick")


def _latest(ws: Workspace) -> str | None:
    runs = list_runs(ws)
    done = [run for run in runs if run.finished]
    if done or runs:
        return (done or runs)[0].spec.dataset
    cards = list_datasets(ws)
    return cards[0].name if cards else None


def _showcase(ws: Workspace, best: Run, person: str | None) -> Showcase:
    kept = kept_showcase(ws, best.id)
    if kept and person in (None, kept.person.id):
        return kept
    if person is None:  # the run is of a time when less was kept
        return keep_showcase(ws, best.id, example_person(load_dataset(ws, best.spec.dataset)))
    return make_showcase(ws, best.id, person)


def _worth_telling(all_jobs: list[JobView]) -> list[JobView]:
    last_success = max((job.ended_at or 0.0 for job in all_jobs if job.status == "done"), default=0.0)
    return [
        job
        for job in all_jobs
        if job.active
        or (job.status in ("failed", "lost", "paused") and (job.ended_at or 0.0) >= last_success)
    ]


def _sentence(
    state: str, card: DatasetCard | None, best: Run | None, all_jobs: list[JobView], *, is_champion: bool
) -> str:
    if state == "ready" and best is not None:
        return _verdict(best, card, all_jobs, is_champion)
    if state == "preparing":
        done = sum(job.status == "done" for job in all_jobs)
        now = next((job for job in all_jobs if job.status == "running"), None)
        doing = f" {now.title}: {now.message}." if now and now.message else ""
        return f"The first models are on their way: {done} of {len(all_jobs)} trained.{doing}"
    if card is not None:
        return (
            f"'{card.name}' is here with {card.num_interactions:,} events. No model has learnt from it yet."
        )
    return "Nothing is here yet: no data and no model."


def _verdict(best: Run, card: DatasetCard | None, all_jobs: list[JobView], is_champion: bool) -> str:
    if any(job.active for job in all_jobs):
        done = sum(job.status == "done" for job in all_jobs)
        called = "the champion" if is_champion else "the best so far"
        return f"{done} of {len(all_jobs)} models are trained; {called} is {best.title}."
    person = card.about.person if card else "person"
    hits = best.metrics.get("hit_rate@10", math.nan)
    called = f"the champion {best.title}" if is_champion else best.title
    told = f"Of 100 lists of ten, {called} puts something the {person} then chose on {100 * hits:.0f}"
    against = _compared(best).get("hit_rate@10")
    if against is None:
        return f"{told}."
    rule, value = baseline_title(against.baseline), f"{100 * against.baseline_value:.0f}"
    if best.rule and not is_champion:
        return (
            f"{told}. That is a simple rule, and no trained model does better yet; the next best rule "
            f"({rule}) does on {value}."
        )
    return f"{told}; the best simple rule ({rule}) does on {value}."


def _compared(best: Run) -> dict[str, Comparison]:
    return {one.metric: one for one in best.comparisons if one.baseline != best.rule}


def _tiles(best: Run) -> list[Tile]:
    compared = _compared(best)
    return [_tile(best, metric, compared.get(metric)) for metric in TILES if metric in best.metrics]


def _tile(best: Run, metric: str, compared: Comparison | None) -> Tile:
    from recengine.metrics import metric_of

    value, meaning = best.metrics[metric], metric_of(metric)
    baseline = compared.baseline if compared else _best_baseline(best)
    base_value = best.baselines.get(baseline, {}).get(metric, math.nan)
    known = compared is not None and compared.verdict != "no real difference"
    return Tile(
        label=LABELS[metric],
        metric=metric,
        value=value,
        baseline=baseline,
        baseline_value=base_value,
        lift=value / base_value - 1 if base_value else math.nan,
        good=compared.verdict == "better" if compared is not None and known else None,
        verdict=compared.sentence if compared else "",
        help=meaning.explanation,
    )


def _best_baseline(best: Run) -> str:
    """The baseline that stands beside the headline, so that one rule is compared throughout."""
    others = {name: metrics for name, metrics in best.baselines.items() if name != best.rule}
    ranked = {name: metrics.get("ndcg@10", -1.0) for name, metrics in others.items()}
    return max(ranked, key=lambda name: ranked[name], default="")

"""What the command line says: results on stdout, progress on stderr."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from recengine.core.dataset import DataSize
    from recengine.models.events import Step
    from recengine.services.fitting import Told
    from recengine.services.runs import Comparison, Run, TrainSpec
    from recengine.services.search import Search
    from recengine.services.workspace import Workspace

LINE = 100  # characters; what is shorter is filled up, to hide what stood there before


class Progress:
    """Lines on stderr: rewritten in place on a terminal, now and then elsewhere."""

    def __init__(self, words: Callable[..., str]) -> None:
        self._words = words
        self._said_at = -math.inf

    def __call__(self, *values: Any) -> None:
        from time import monotonic

        every_s = 0.2 if sys.stderr.isatty() else 5.0
        text, now = self._words(*values), monotonic()
        if not text or now - self._said_at < every_s:
            return
        self._said_at = now
        end = "\r" if sys.stderr.isatty() else "\n"
        print(text.ljust(LINE) if end == "\r" else text, end=end, file=sys.stderr, flush=True)


def model_rows(ws: Workspace, dataset: str, preset: str) -> list[list[str]]:
    """The shelf: name, what it would cost on these data, what it does."""
    from recengine.models import MODELS
    from recengine.services.estimates import Pace
    from recengine.services.run import AUTO

    size, pace = _size_of(ws, dataset), Pace.measured(ws)
    rows = [[AUTO, "as --budget says", "Tries the models below on held-out people and takes the best."]]
    for name, config in MODELS.items():
        settings = config.of(config.preset(preset, size))
        cost = pace.training(name, settings, size).in_words if size else ""
        rows.append([name, cost if not size or not settings.obstacle(size) else "too large", config.summary])
    return rows


def settings_rows(ws: Workspace, dataset: str, model: str, preset: str) -> list[list[str]]:
    """A model's settings: name, value in the preset on these data, what it does."""
    from recengine.models import model_config

    config = type(model_config(model))
    values = config.of(config.preset(preset, _size_of(ws, dataset)))
    fields = config.model_fields
    return [[name, f"= {getattr(values, name)}", field.description or ""] for name, field in fields.items()]


def _size_of(ws: Workspace, dataset: str) -> DataSize | None:
    from recengine.services.datasets import find_card

    card = find_card(ws, dataset)
    return card.size if card else None


def spec_in_words(spec: TrainSpec) -> str:
    """What is trained, with every setting that its preset sets or its user changed."""
    from recengine.services.search import in_words

    if spec.budget_s is not None:
        return f"{spec.model} on '{spec.dataset}': tries models for at most {in_words(spec.budget_s)}"
    settings = {**(spec.preset_settings or {}), **spec.settings}
    told = ", ".join(f"{name} = {value}" for name, value in settings.items()) or "all settings as usual"
    return f"{spec.model} ({spec.preset}) on '{spec.dataset}': {told}"


def training_progress() -> Callable[[Told], None]:
    """A listener to a training: how far it is on a line that changes, all else on lines of its own."""
    from recengine.models.events import Epoch, Step
    from recengine.services.fitting import line_of

    progress = Progress(lambda event: line_of(event) or step_in_words(event))

    def hear(told: Told) -> None:
        if isinstance(told, Step | Epoch):
            progress(told)
        else:
            say(line_of(told).ljust(LINE))

    return hear


def step_in_words(step: Step) -> str:
    """How far the training is, in one line."""
    loss = "" if math.isnan(step.loss) else f", loss {step.loss:.4g}"
    rate = "" if math.isnan(step.per_second) else f", {step.per_second:,.0f} interactions/s"
    return f"training: {step.done / max(1, step.total):.0%} of the longest it can take{loss}{rate}"


def say(text: str) -> None:
    """A line on stderr."""
    print(text, file=sys.stderr, flush=True)


def print_json(value: Any) -> None:
    """Strict JSON on stdout, whatever the value holds."""
    print(json.dumps(plain(value), indent=2, ensure_ascii=False))


def plain(value: Any) -> Any:
    """JSON knows no NaN and no numpy: numbers that are none become null."""
    if isinstance(value, dict):
        return {str(key): plain(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [plain(part) for part in value]
    if hasattr(value, "item"):
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value if isinstance(value, str | int | float | bool | None) else str(value)


def print_rows(rows: Iterable[Sequence[str]]) -> None:
    """Columns one under the other."""
    table = [list(map(str, row)) for row in rows]
    widths = [max(len(cell) for cell in column) for column in zip(*table, strict=True)]
    for row in table:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


def card_line(card: dict[str, Any]) -> str:
    """A dataset in one line."""
    from recengine.services.cards import many

    people, items = many(card["about"]["person"]), many(card["about"]["item"])
    return (
        f"{card['name']}: {card['num_interactions']:,} events, {card['num_users']:,} {people}, "
        f"{card['num_items']:,} {items}, {card['first']} to {card['last']}, fingerprint {card['fingerprint']}"
    )


def run_row(run: Run) -> list[str]:
    """A run as one row of a list."""
    ndcg = run.metrics.get("ndcg@10")
    return [
        run.id,
        run.spec.dataset,
        run.status,
        "" if ndcg is None else f"NDCG@10 {ndcg:.4f}",
        f"{run.seconds:.1f} s",
        run.error,
    ]


def print_run(ws: Workspace, run: Run, *, as_json: bool) -> None:
    """A run with the data it saw and its results."""
    from recengine.services.challengers import beside_champions
    from recengine.services.datasets import find_card

    card = find_card(ws, run.spec.dataset, run.dataset_fingerprint)
    lineage, beside = card.lineage if card else None, beside_champions(ws, [run]).get(run.id)
    if as_json:
        told = {"lineage": vars(lineage) if lineage else None, "against_champion": beside}
        print_json({**run.as_dict(), **told})
        return
    print(
        f"{run.id}: {run.status}, {run.epochs} passes, {run.seconds:.1f} s on {run.device or run.spec.device}"
    )
    print(spec_in_words(run.spec))
    if lineage:
        print(f"data {run.dataset_fingerprint}: {lineage.sentence}")
    for line in filter(None, (run.error, *run.notes)):
        print(line)
    if run.search:
        print_search(run.search)
    print_comparisons(run.metrics, run.comparisons)
    if beside:
        print(f"{beside['metric'].upper()} against the champion {beside['run']}: {beside['sentence']}")


def print_search(search: Search) -> None:
    """What was tried to find a run's model, best first, and the verdict."""
    print_rows(
        [
            one.title,
            one.choice,
            f"{one.value:.4f} ({one.low:.4f} to {one.high:.4f})" if one.has_score else "",
            one.verdict,
            f"{one.seconds:.1f} s",
            one.note,
        ]
        for one in search.ranked
    )
    for sentence in search.verdict:
        print(sentence)


def print_comparisons(metrics: Any, comparisons: Sequence[Comparison]) -> None:
    """The headlines at the usual list length; `--json` has all there is."""
    from recengine.services.results import baseline_title

    shown = [one for one in comparisons if one.metric.endswith("@10")] or comparisons
    rows = [
        [
            one.metric,
            f"{one.value:.4f}",
            f"{baseline_title(one.baseline)}: {one.baseline_value:.4f}",
            one.sentence,
        ]
        for one in shown
    ]
    others = ("coverage@10", "accuracy", "roc_auc", "log_loss")
    rows += [[name, f"{metrics[name]:.4f}", "", ""] for name in others if name in metrics]
    print_rows(rows)

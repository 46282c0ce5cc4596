"""A protocol: which data, which exam, which models with which settings, and what was published on it.

To add one, write one object in protocols.py.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from statistics import fmean, stdev
from time import process_time
from typing import Any

from recengine.core.columns import Repeats
from recengine.core.dataset import Dataset
from recengine.core.split import Split, SplitConfig
from recengine.metrics.classification import Calibrator
from recengine.models import MODELS, model_config
from recengine.models.base import ModelConfig, Recommender
from recengine.models.events import Epoch
from recengine.services.bench import BenchOptions, Row
from recengine.services.evaluation import evaluate, validator
from recengine.services.fitting import refits

Model = Recommender[Any]
UNUSED = Calibrator((0.0, 1.0), (0.0, 1.0))  # lists ask for no P(like)
VALIDATION = {
    "temporal": "the last tenth of the events before the test",
    "leave-last-out": "each person's last event but one",
    "random": "a tenth of what is not the test, drawn by chance",
    "given": "a tenth of the training pairs, drawn by chance; the split has none of its own",
}


@dataclass(frozen=True)
class Published:
    """A figure somebody else measured on this protocol.

    Attributes:
        values: by metric, as `Entry.aims`.
    """

    model: str
    source: str
    values: dict[str, float]


@dataclass(frozen=True)
class Entry:
    """A model as a protocol runs it.

    Attributes:
        model: its name on the shelf.
        settings: on top of its preset.
        beside: the key of the published figure to hold it against.
        aims: what is asked of it, by metric ("ndcg@10"; "new: ndcg@10" where several questions are asked).
        exam: what it alone has otherwise in the protocol's split.
        why: the reason if an aim is missed, as far as it is known.
        seeds: how many trainings, unless the command line says otherwise.
    """

    model: str
    settings: dict[str, Any] = field(default_factory=dict)
    preset: str = "balanced"
    beside: str = ""
    aims: dict[str, float] = field(default_factory=dict)
    exam: dict[str, Any] = field(default_factory=dict)
    why: str = ""
    seeds: int = 3

    def config(self, data: Dataset, exam: str) -> ModelConfig:
        """The settings as they are trained with."""
        preset = MODELS[self.model].preset(self.preset, data.size)
        return model_config(self.model, preset | self.settings).for_exam(exam)


def every_model(changed: dict[str, Entry] | None = None, but: Sequence[str] = ()) -> dict[str, Entry]:
    """The whole shelf with its own presets, but for what is changed or left out."""
    names = [name for name, config in MODELS.items() if config.contender and name not in but]
    return {name: Entry(name) for name in names} | (changed or {})


@dataclass(frozen=True)
class Trained:
    """A model before and after it saw the validation, and what that took.

    Attributes:
        first: fitted on the training part alone; the same as `last` where there is no second fit.
        passes: those of the last fit; 1 for a model without passes.
    """

    first: Model
    last: Model
    cpu_s: float
    passes: int


def trained(config: ModelConfig, split: Split, question: Repeats, seed: int, device: str) -> Trained:
    """Fit with the validation as the judge of when to stop, then on training and validation together."""
    began, first, best = process_time(), config.build(), 1
    validate = validator(split, question)
    for event in first.training(split.train, seed=seed, device=device, validate=validate):
        if isinstance(event, Epoch):
            best = event.number if event.best else best
            print(_in_words(event), flush=True)
    if not refits(config):
        return Trained(first, first, process_time() - began, best)
    if "epochs" in type(config).model_fields:
        config = config.model_copy(update={"epochs": best})
    last = config.build().fit(split.before_test, seed=seed, device=device)
    return Trained(first, last, process_time() - began, best)


def _in_words(epoch: Epoch) -> str:
    measured = ", ".join(f"{name} {value:.4f}" for name, value in epoch.validation.items())
    return f"pass {epoch.number}: loss {epoch.loss:.4f}, {epoch.seconds:.1f} s, validation {measured}"


@dataclass(frozen=True)
class ListProtocol:
    """Lists over the whole catalogue, each metric beside what was published.

    Attributes:
        title: the data and where the split comes from, a sentence.
        needs: files below the data folder; () for data that come with recengine.
        metrics: keys of a report, such as "ndcg@10".
        questions: "new", or "both" first where the halves are of interest too.
        published: by a short key, which entries name.
    """

    title: str
    data: Callable[[], Dataset]
    split: SplitConfig
    metrics: tuple[str, ...]
    entries: dict[str, Entry]
    needs: tuple[str, ...] = ()
    questions: tuple[Repeats, ...] = ("new",)
    published: dict[str, Published] = field(default_factory=dict)

    def rows(self, part: str, options: BenchOptions) -> Iterator[Row]:
        """A row for each model, question and metric; told again, with its spread, after each seed."""
        data = self.data()
        split = self.split.build(data)
        about = self._about(split)
        for name in options.among(self.entries):
            entry, results = self.entries[name], []
            own = self.split.model_copy(update=entry.exam).build(data) if entry.exam else split
            for seed in range(options.seeds or entry.seeds):
                print(f"{part}: {name}, seed {seed}", flush=True)
                results.append(self._measured(entry, own, seed, options.device))
                if len(results) == 2 and results[0].values == results[1].values:
                    break  # nothing in it is left to chance
                for label in results[0].values:
                    row = _row(name, entry, self.published.get(entry.beside), label, results)
                    yield replace(row, part=part, about=about)

    def _measured(self, entry: Entry, split: Split, seed: int, device: str) -> Result:
        config, main = entry.config(split.train, self.split.kind), self.questions[0]
        fitted = trained(config, split, main, seed, device)
        report = evaluate(fitted.last, split, ks=self._ks, repeats=main, calibrator=UNUSED, device=device)
        label = partial(_label, self.questions)
        of = {question: report.halves.get(question, report.metrics) for question in self.questions}
        return Result(
            values={
                label(asked, metric): of[asked][metric]
                for metric in self.metrics
                for asked in of
                if metric in of[asked]  # a half that nobody has a target in has no figures
            },
            errors={label(main, metric): float(report.per_person[metric].sem()) for metric in self.metrics},
            cpu_s=fitted.cpu_s,
            passes=fitted.passes,
        )

    @property
    def _ks(self) -> tuple[int, ...]:
        return tuple(sorted({int(metric.partition("@")[2]) for metric in self.metrics}))

    def _figures(self, values: dict[str, float]) -> str:
        """In the order of the protocol's metrics, or by name where some are missing."""
        if tuple(values) == self.metrics:
            return "/".join(f"{value:g}" for value in values.values())
        return ", ".join(f"{label} {value:g}" for label, value in values.items())

    def _about(self, split: Split) -> str:
        task, data = split.test, split.before_test
        others = "; ".join(
            f"{one.model} {self._figures(one.values)} ({one.source})" for one in self.published.values()
        )
        return (
            f"{self.title} {len(data.interactions):,} events to learn from, {len(task):,} people asked, "
            f"{task.num_cold_targets:,} targets left out as their item is new. Validation, for the number of "
            f"passes: {VALIDATION[self.split.kind]}. Test pairs: `{task.pairs_digest}`."
            + (f" Published, {'/'.join(self.metrics)}: {others}." if others else "")
        )


@dataclass(frozen=True)
class Result:
    """One training and its exam.

    Attributes:
        values: by label, see `_label`.
        errors: standard errors of those of the main question, from the choice of people alone.
    """

    values: dict[str, float]
    errors: dict[str, float]
    cpu_s: float
    passes: int


def _label(questions: Sequence[Repeats], question: Repeats, metric: str) -> str:
    """ "ndcg@10", or "new: ndcg@10" where several questions are asked."""
    return metric if len(questions) == 1 else f"{question}: {metric}"


def _row(name: str, entry: Entry, published: Published | None, label: str, results: Sequence[Result]) -> Row:
    values = [result.values[label] for result in results]
    mean = fmean(values)
    beside = published.values.get(label) if published else None
    aim = entry.aims.get(label)
    notes = [
        _against_published(mean, beside),
        against_aim(mean, aim, entry.why),
        f"±{results[0].errors[label]:.4f} from the choice of people" if label in results[0].errors else "",
        f"{len(values)} seed{'s' if len(values) > 1 else ''}",
        f"{fmean(result.cpu_s for result in results):,.0f} CPU s",
        f"{fmean(result.passes for result in results):.0f} passes" if results[0].passes > 1 else "",
    ]
    return Row(
        name=f"{name}, {label}",
        value=mean,
        spread=stdev(values) if len(values) > 1 else None,
        against=f"{published.model}: {beside:g}" if published and beside is not None else "",
        aim=aim,
        note="; ".join(note for note in notes if note),
    )


def _against_published(value: float, published: float | None) -> str:
    if published is None:
        return ""
    if _rounds_to(value, published):
        return "as published"
    gap = value / published - 1
    return f"{abs(gap):.1%} {'above' if gap > 0 else 'below'} the published"


def against_aim(value: float, aim: float | None, why: str = "") -> str:
    """Whether the aim is reached, in words, and if not by how much and why."""
    if aim is None:
        return ""
    if value >= aim or _rounds_to(value, aim):
        return "aim reached"
    return f"**misses the aim by {aim - value:.4f}**" + (f": {why}" if why else "")


def _rounds_to(value: float, printed: float) -> bool:
    """Whether the value is the printed one, to the digits it is printed with."""
    return round(value, len(f"{printed:g}".partition(".")[2])) == printed

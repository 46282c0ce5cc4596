"""The protocol of P(like) as a yes-or-no question, against the reference article."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from recengine.core.dataset import Dataset
from recengine.core.split import Split, SplitConfig
from recengine.services.bench import BenchOptions, Row
from recengine.services.evaluation import LikeConfig, Report, calibrate, evaluate
from tests.benchmarks.protocol import VALIDATION, Entry, Trained, against_aim, trained

ARTICLE = {"accuracy": 0.90, "recall": 0.80, "f1": 0.85}  # the reference article, its ratio not stated
ARTICLE_RATIO = 2  # its three figures together imply 1.8 other items for each choice


@dataclass(frozen=True)
class LikeProtocol:
    """P(like) as a yes-or-no question: choices = 1, sampled other items = 0, held out in time."""

    title: str
    data: Callable[[], Dataset]
    entries: dict[str, Entry]
    needs: tuple[str, ...] = ()
    ratios: tuple[int, ...] = (ARTICLE_RATIO, 1, 4)
    split: SplitConfig = field(default_factory=SplitConfig)

    def rows(self, part: str, options: BenchOptions) -> Iterator[Row]:
        """Rows for each model and ratio of other items; one seed, as the draw of pairs is one."""
        split = self.split.build(self.data())
        question = split.train.about.repeats
        for name in options.among(self.entries):
            print(f"{part}: {name}", flush=True)
            config = self.entries[name].config(split.train, self.split.kind)
            fitted = trained(config, split, question, 0, options.device)
            for ratio in self.ratios:
                yield from self._rows(part, name, ratio, _like_report(fitted, split, ratio))

    def _rows(self, part: str, name: str, ratio: int, report: Report) -> Iterator[Row]:
        for metric in ("accuracy", "recall", "f1", "roc_auc"):
            reported = ARTICLE.get(metric) if ratio == ARTICLE_RATIO else None
            yield Row(
                name=f"{name}, {ratio} other items a choice: {metric}",
                value=report.metrics[metric],
                against="" if reported is None else f"reference article {reported:g}",
                aim=reported,
                note=against_aim(report.metrics[metric], reported),
                part=part,
                about=f"{self.title} Validation, for passes and probabilities: "
                f"{VALIDATION[self.split.kind]}. Pairs: `{report.pairs_digest}`.",
            )


def _like_report(fitted: Trained, split: Split, ratio: int) -> Report:
    like = LikeConfig(negatives_per_positive=ratio)
    calibrator = calibrate(fitted.first, split, like=like)
    return evaluate(fitted.last, split, like=like, calibrator=calibrator)

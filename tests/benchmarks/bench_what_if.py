"""What-ifs: how true previews, closed forms and verdicts are, and how long an answer takes.

    recengine bench what-if --only previews --models lstm

previews: warm starts against retrains, over edits drawn by chance. closed-forms: EASE's short ways against a
fit. verdicts: how often they are right. answers: seconds from the command to the verdict.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from recengine.services.bench import BenchOptions, Row
from tests.benchmarks import answers, closed_forms, verdicts, what_ifs

PARTS: dict[str, Callable[[str, BenchOptions], Iterator[Row]]] = {
    "answers": answers.rows,
    "closed-forms": closed_forms.rows,
    "previews": what_ifs.rows,
    "verdicts": verdicts.rows,
}


def run(options: BenchOptions) -> Iterator[Row]:
    """The rows of docs/benchmarks.md, as they are measured; on one thread."""
    import torch

    torch.set_num_threads(1)
    for name in options.parts(PARTS):
        yield from PARTS[name](name, options)

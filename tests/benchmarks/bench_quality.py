"""How good the models are, protocol by protocol, each figure beside what was published on the same split.

    recengine bench quality --only gowalla,ml-1m --models two-tower,sasrec --seeds 5

The protocols are in protocols.py. One whose data are not here is skipped and says so.
"""

from __future__ import annotations

from collections.abc import Iterator

from recengine.services.bench import BenchOptions, Row
from tests.benchmarks import readers
from tests.benchmarks.protocols import PROTOCOLS


def run(options: BenchOptions) -> Iterator[Row]:
    """The rows of docs/benchmarks.md, as they are measured."""
    for part in options.parts(PROTOCOLS):
        protocol = PROTOCOLS[part]
        if absent := readers.missing(protocol.needs):
            print(f"{part}: skipped, no {' and no '.join(absent)} in {readers.data_folder()}", flush=True)
        else:
            yield from protocol.rows(part, options)

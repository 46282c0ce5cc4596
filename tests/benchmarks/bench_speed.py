"""How fast training and evaluation are beside the libraries others would use, on the same data in one run.

    recengine bench speed --only sasrec,evaluation-gowalla
    recengine bench speed --only gpu --device cuda

Every contestant runs in a process and an environment of its own (contestants.py), on one thread, and is timed
in CPU seconds, because wall time is noise on a shared machine. Same people, items, dimensions, blocks,
history, batch and width of the dense part; quality is measured for all of them with one ruler. The floor of
each piece of work is counted (floors.py) at the rates that the same process measured.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from recengine.services.bench import BenchOptions, Row
from tests.benchmarks import floors, gpu
from tests.benchmarks.arenas import (
    DIMS,
    Arena,
    check_ins_with_vectors,
    films_with_vectors,
    last_films,
    some_films,
)
from tests.benchmarks.contest import Against, Contest
from tests.benchmarks.floors import FORWARD_AND_BACKWARD, Work

BLOCKS, HISTORY, BATCH, NEGATIVES, DROPOUT = 2, 200, 128, 256, 0.1
PASSES, RATE = 12, 4e-3  # enough to leave popularity far behind
SEQUENCES = {
    "dims": DIMS,
    "history": HISTORY,
    "batch": BATCH,
    "dropout": DROPOUT,
    "learning_rate": RATE,
    "passes": PASSES,
    "k": 10,
}
PLAIN = {  # as the peers have it: ids alone, no start from a factorisation, nothing besides the order
    "loss": "softmax",
    "features": False,
    "trend": False,
    "pools": False,
    "head": False,
    "repeats": "off",
    "start": "random",
    "moments": 0,
    "horizon_events": 1,
    "history_dropout": 0.0,
    "dims": DIMS,
    "history": HISTORY,
    "batch": BATCH,
    "dropout": DROPOUT,
    "learning_rate": RATE,
    "epochs": PASSES,
}
IALS_PASSES, IALS_STEPS = 16, 3  # implicit takes three steps of conjugate gradients a pass
PEOPLE_AT_ONCE = 1024  # for RecBole, whose default here is one person at once


def _attention(arena: Arena) -> Work:
    return floors.attention_block(DIMS, DIMS, floors.looked_back(arena.lengths_U, HISTORY)) * BLOCKS


def _catalogue(arena: Arena) -> Work:
    return floors.catalogue_scores(DIMS, arena.shape[1])


def _whole_catalogue_learnt(arena: Arena) -> Work:
    return (_catalogue(arena) * FORWARD_AND_BACKWARD).in_low_precision()


def _scores(arena: Arena) -> tuple[int, int, int]:
    """The product that most of the work is: states against the catalogue, in a block that stays cached."""
    return 256, DIMS, max(256, min(arena.shape[1], 4096) // 256 * 256)


SASREC = Contest(
    title=f"SASRec, {DIMS} dims, {BLOCKS} blocks, 1 head, {HISTORY} events, batch {BATCH}, dense part as "
    "wide as the dims, cross-entropy over the whole catalogue. RecBole's batch is of targets.",
    arena=last_films,
    task={"what": "sasrec", **SEQUENCES, "layers": BLOCKS, "heads": 1, "negatives": 0},
    ours={"model": "sasrec", "settings": {**PLAIN, "layers": BLOCKS, "negatives": 0}},
    unit="events/CPU s",
    floor=lambda arena: _attention(arena) * FORWARD_AND_BACKWARD + _whole_catalogue_learnt(arena),
    product=_scores,
    peers=(Against("recbole", 40, "322", {"steps": 40}), Against("rectools", 3, "6,900")),
    metric="hit_rate@10",
    floor_aim=0.5,
)

SAMPLED = replace(
    SASREC,
    title=f"The same SASRec with {NEGATIVES} drawn items instead of the whole catalogue.",
    task={**SASREC.task, "negatives": NEGATIVES},
    ours={"model": "sasrec", "settings": {**PLAIN, "layers": BLOCKS, "negatives": NEGATIVES}},
    floor=lambda arena: (_attention(arena) + floors.catalogue_scores(DIMS, NEGATIVES)) * FORWARD_AND_BACKWARD,
    product=lambda arena: (BATCH * HISTORY, DIMS, DIMS),
    peers=(Against("rectools", 3),),
)

RECURRENT = replace(
    SASREC,
    title=f"LSTM (ours) and GRU4Rec (RecBole), {DIMS} dims, 1 layer, {HISTORY} events, batch {BATCH}, "
    "cross-entropy over the whole catalogue.",
    task={"what": "recurrent", **SEQUENCES, "layers": 1},
    ours={"model": "lstm", "settings": {**PLAIN, "negatives": 0}},
    floor=lambda arena: (
        floors.recurrent_step(DIMS, gates=4) * FORWARD_AND_BACKWARD + _whole_catalogue_learnt(arena)
    ),
    peers=(Against("recbole", 20, "944", {"steps": 60}),),
)

IALS = Contest(
    title=f"iALS, {DIMS} factors, {IALS_STEPS} steps of conjugate gradients a pass; an event counts once a "
    "pass, which reads it for its person and for its item.",
    arena=some_films,
    task={"what": "ials", "dims": DIMS, "passes": IALS_PASSES, "k": 20},
    ours={
        "model": "ials",
        "settings": {"dims": DIMS, "epochs": IALS_PASSES, "steps": IALS_STEPS, "unobserved": 0.1},
    },
    unit="events/CPU s",
    floor=lambda arena: floors.least_squares_event(DIMS, IALS_STEPS),
    product=_scores,
    peers=(Against("implicit", 1, "5,700,000", {"regularization": 10.0, "alpha": 10.0}),),
    metric="recall@20",
)

RANKING = Contest(
    title=f"Lists of 20 out of vectors of {DIMS} numbers over the whole catalogue, what people had left out, "
    "and their NDCG.",
    arena=films_with_vectors,
    task={"what": "evaluation", "dims": DIMS, "k": 20, "repeats": 3},
    ours={},
    unit="people/CPU s",
    floor=_catalogue,
    product=_scores,
    peers=(
        Against("implicit", 1, "21,000"),
        Against("recbole", None, "1,300 to 5,900", {"people_at_once": PEOPLE_AT_ONCE}),
        Against("lenskit", None, "600", {"people": 1000}),
    ),
)

CONTESTS = {
    "sasrec": SASREC,
    "sampled": SAMPLED,
    "recurrent": RECURRENT,
    "ials": IALS,
    "evaluation-ml-1m": RANKING,
    "evaluation-gowalla": replace(
        RANKING,
        arena=check_ins_with_vectors,
        peers=(replace(RANKING.peers[0], before="6,500"), *RANKING.peers[1:]),
    ),
}


def run(options: BenchOptions) -> Iterator[Row]:
    """The rows of docs/benchmarks.md, as they are measured."""
    for part in options.parts([*CONTESTS, gpu.PART]):
        yield from gpu.rows(options) if part == gpu.PART else CONTESTS[part].rows(part)

"""The shelf of protocols. To add one: write one object, then add its line to PROTOCOLS."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from recengine.core.split import SplitConfig
from tests.benchmarks import readers
from tests.benchmarks.likes import LikeProtocol
from tests.benchmarks.protocol import Entry, ListProtocol, Published, every_model


def _values(names: tuple[str, ...], *values: float) -> dict[str, float]:
    return dict(zip(names, values, strict=True))


# ---- LightGCN's splits: lists of 20; recall is divided by all relevant items ----

of_20 = partial(_values, ("recall@20", "ndcg@20"))
BARS, BSL_LOGS = "BARS leaderboard", "training logs of junkangwu/BSL"
DENSE = "one squared loss for all ranks, where the aim's loss minds the top of the list"
FOLDED_IN = "no person has a vector of their own here, and a taste made of a short history is noisier"
TOWER = {
    "dims": 128,
    "epochs": 24,
    "patience": 0,
    "batch": 512,
    "negatives": 4096,
    "temperature": 0.1,
    "learning_rate": 0.02,
    "history_dropout": 0,
    "held_out": 0,
    "head": False,
    "start": "svd",
}
IALS = {"dims": 512, "epochs": 10}
FACTORS = {
    "popularity": Entry("popularity"),
    "item-knn": Entry("item-knn", beside="item-knn"),
    "ease": Entry("ease", beside="ease"),
    "ials": Entry("ials", IALS, beside="lightgcn"),
    "two-tower": Entry("two-tower", TOWER, beside="bsl", seeds=1),
}

GOWALLA = ListProtocol(
    title="Gowalla, the split of LightGCN (He et al., SIGIR 2020): check-ins, no times.",
    needs=("gowalla-lightgcn/train.txt", "gowalla-lightgcn/test.txt"),
    data=partial(readers.lightgcn, "gowalla-lightgcn"),
    split=SplitConfig(kind="given"),
    metrics=("recall@20", "ndcg@20"),
    entries={
        "popularity": Entry("popularity", beside="popularity", aims=of_20(0.0416, 0.0317)),
        "item-knn": Entry("item-knn", beside="item-knn"),
        "ials": Entry("ials", IALS, beside="lightgcn", aims=of_20(0.188, 0.158), why=DENSE),
        "two-tower": Entry(
            "two-tower", TOWER, beside="bsl", aims=of_20(0.188, 0.158), why=FOLDED_IN, seeds=1
        ),
    },
    published={
        "popularity": Published("popularity", "the data's README", of_20(0.0416, 0.0317)),
        "item-knn": Published("item-kNN, cosine, k=100", "the data's README", of_20(0.1156, 0.0839)),
        "ease": Published("EASE", BARS, {"recall@20": 0.1765}),
        "mf-bpr": Published("MF-BPR", BARS, of_20(0.1627, 0.1378)),
        "lightgcn": Published("LightGCN, 3 layers", "kuandeng/LightGCN", of_20(0.1820, 0.1555)),
        "softmax": Published("MF + softmax, d=64", BSL_LOGS, of_20(0.1759, 0.1395)),
        "bsl": Published("MF + BSL, d=64", BSL_LOGS, of_20(0.1882, 0.1584)),
        "lightgcn-bsl": Published("LightGCN + BSL", BSL_LOGS, of_20(0.1892, 0.1590)),
    },
)

YELP = replace(
    GOWALLA,
    title="Yelp2018, the split of LightGCN (He et al., SIGIR 2020).",
    needs=("yelp2018-lightgcn/train.txt", "yelp2018-lightgcn/test.txt"),
    data=partial(readers.lightgcn, "yelp2018-lightgcn"),
    entries=FACTORS,
    published={
        "ease": Published("EASE", BARS, {"recall@20": 0.0657}),
        "mf-bpr": Published("MF-BPR", BARS, of_20(0.0576, 0.0468)),
        "lightgcn": Published("LightGCN", BARS, of_20(0.0653, 0.0532)),
        "softmax": Published("MF + softmax, d=64", BSL_LOGS, of_20(0.0721, 0.0592)),
        "bsl": Published("MF + BSL, d=64", BSL_LOGS, of_20(0.0725, 0.0599)),
    },
)

AMAZON_BOOK = replace(
    GOWALLA,
    title="Amazon-Book, the split of LightGCN (He et al., SIGIR 2020).",
    needs=("amazon-book-lightgcn/train.txt", "amazon-book-lightgcn/test.txt"),
    data=partial(readers.lightgcn, "amazon-book-lightgcn"),
    entries=FACTORS,
    published={
        "ease": Published("EASE", BARS, {"recall@20": 0.0710}),
        "mf-bpr": Published("MF-BPR", BARS, of_20(0.0338, 0.0261)),
        "lightgcn": Published("LightGCN", BARS, of_20(0.0411, 0.0318)),
        "item-knn": Published("ItemCF", BARS, {"recall@20": 0.0736}),
    },
)

# ---- MovieLens, the last one left out: every rating a choice, all unseen films ranked ----

of_10 = partial(_values, ("hit_rate@10", "ndcg@10"))
META, RECTOOLS = "meta-recsys/generative-recommenders", "RecTools' HSTU tutorial, stable order"
ANTKLEN, ESASREC = "antklen/sasrec-bert4rec-recsys23", "blondered/transformer_benchmark"
IDS_ALONE = {"features": False, "held_out": 0}
LSTM = {
    **IDS_ALONE,
    "loss": "softmax",
    "negatives": 0,
    "history": 200,
    "history_dropout": 0,
    "head": False,
    "trend": False,
    "dropout": 0.2,
    "batch": 32,
    "learning_rate": 6e-3,
    "epochs": 30,
    "patience": 4,
}
HALF = "trained on and asked of half of the people that the published figures had"

ML_1M = ListProtocol(
    title="MovieLens 1M, the last one left out, file order where times are equal; the 2,999 people whose "
    "ratings with times were handed over. The published figures are for all 6,040.",
    needs=("ml-1m/ratings_users_1_2999.csv",),
    data=readers.movies,
    split=SplitConfig(kind="leave-last-out"),
    metrics=("hit_rate@10", "ndcg@10"),
    entries={
        "popularity": Entry("popularity"),
        "ease": Entry("ease"),
        "lstm": Entry(
            "lstm",
            LSTM,
            beside="gru4rec",
            aims=of_10(0.28, 0.165),
            why=HALF,
        ),
        "sasrec": Entry("sasrec", IDS_ALONE, "best", beside="esasrec", aims=of_10(0.313, 0.177), why=HALF),
        "hstu": Entry("hstu", IDS_ALONE, "best", beside="hstu-honest", why=HALF),
        "hstu told the time of the answer": Entry(
            "hstu",
            {**IDS_ALONE, "time_bias": "next"},
            "best",
            beside="hstu",
            aims=of_10(0.32, 0.188),
            exam={"asked": "then"},
            why=HALF,
        ),
    },
    published={
        "sasrec-bce": Published("SASRec, one negative", ANTKLEN, of_10(0.2500, 0.1341)),
        "bert4rec": Published("BERT4Rec", ANTKLEN, of_10(0.2843, 0.1537)),
        "gru4rec": Published("GRU4Rec, full cross-entropy", META, of_10(0.2811, 0.1648)),
        "gsasrec": Published("gSASRec", "asash/gSASRec-pytorch", of_10(0.3003, 0.1726)),
        "esasrec": Published("eSASRec", ESASREC, of_10(0.3133, 0.1772)),
        "sasrec": Published("SASRec, full cross-entropy", ANTKLEN, of_10(0.3152, 0.1821)),
        "hstu": Published("HSTU", RECTOOLS, of_10(0.3227, 0.1879)),
        "hstu-honest": Published("HSTU without time bias", RECTOOLS, {"ndcg@10": 0.1718}),
    },
)

ML_1M_OFFICIAL = replace(
    ML_1M,
    title="MovieLens 1M, the last one left out, file order where times are equal; all 6,040 people.",
    needs=("ml-1m/ratings.dat",),
    data=readers.movies_official,
    entries={name: replace(entry, why="") for name, entry in ML_1M.entries.items()},
)

ML_20M = replace(
    ML_1M_OFFICIAL,
    title="MovieLens 20M, the last one left out, file order where times are equal.",
    needs=("ml-20m/ratings.csv",),
    data=readers.movies_20m,
    published={
        "bert4rec": Published("BERT4Rec", ANTKLEN, of_10(0.2816, 0.1703)),
        "gru4rec": Published("GRU4Rec, full cross-entropy", META, of_10(0.2813, 0.1730)),
        "esasrec": Published("eSASRec, 4 blocks", ESASREC, of_10(0.3289, 0.1966)),
        "sasrec": Published("SASRec, full cross-entropy", ANTKLEN, of_10(0.2983, 0.1833)),
        "hstu": Published("HSTU", RECTOOLS, of_10(0.3441, 0.2066)),
    },
)

ML_1M_IN_ORDER = ListProtocol(
    title="MovieLens 1M, all 6,040 people, the last pair of the official file left out. That file is not in "
    "order of time, so this is no forecast, and nothing published is comparable.",
    needs=("ml-1m/pairs_all_users.csv",),
    data=readers.movies_in_order,
    split=SplitConfig(kind="leave-last-out"),
    metrics=("hit_rate@10", "ndcg@10"),
    entries=FACTORS,
)

# ---- No published split: the whole shelf, with its own presets ----

ML_100K = ListProtocol(
    title="MovieLens 100K, one cut in time for everyone. No published figure exists for it.",
    needs=("ml-100k/ml-100k.inter",),
    data=readers.movies_100k,
    split=SplitConfig(),
    metrics=("ndcg@10", "recall@10"),
    entries=every_model(but=["habit", "tifu-knn"]),
)

ML_100K_LAST = replace(
    ML_100K,
    title="MovieLens 100K, the last one left out. No published figure is known to be of stable order.",
    split=SplitConfig(kind="leave-last-out"),
    metrics=("hit_rate@10", "ndcg@10"),
)

PROBE = "a probe on the same split"

GROCERY = ListProtocol(
    title="The sample, a year of grocery purchases; the last tenth of the events is the test.",
    data=readers.sample,
    split=SplitConfig(),
    metrics=("ndcg@10",),
    questions=("both", "new", "again"),
    entries=every_model(
        {
            "habit": Entry("habit", beside="habit"),
            "tifu-knn": Entry("tifu-knn", beside="tifu-knn"),
            "ease": Entry("ease", beside="ease"),
            "lstm": Entry("lstm", aims={"both: ndcg@10": 0.445, "new: ndcg@10": 0.065}),
        }
    ),
    published={
        "habit": Published("own purchases, half-life 120 days", PROBE, {"both: ndcg@10": 0.438}),
        "tifu-knn": Published("TIFU-kNN-like blend", PROBE, {"both: ndcg@10": 0.445}),
        "ease": Published("EASE, log counts", PROBE, {"both: ndcg@10": 0.375, "new: ndcg@10": 0.065}),
    },
)

OULAD = ListProtocol(
    title="OULAD, online courses: who opens which material; three complete presentations, pooled by day of "
    "the course, the last tenth of the clicks is the test. Nothing is published on it.",
    needs=("oulad/studentVle_part.tsv", "oulad/studentInfo.csv", "oulad/vle.csv"),
    data=readers.course_materials,
    split=SplitConfig(),
    metrics=("ndcg@10",),
    questions=("both", "new", "again"),
    entries=every_model(),
)

# ---- P(like) as a yes-or-no question, against the reference article ----

PURCHASES = LikeProtocol(
    title="The sample, choices against sampled other items, held out in time.",
    data=readers.sample,
    entries={name: Entry(name) for name in ("popularity", "lstm")},
)

PURCHASES_ML_1M = replace(
    PURCHASES,
    title="MovieLens 1M, first 2,999 people: choices against sampled other films, held out in time.",
    needs=("ml-1m/ratings_users_1_2999.csv",),
    data=readers.movies,
)

PROTOCOLS: dict[str, ListProtocol | LikeProtocol] = {
    "gowalla": GOWALLA,
    "yelp2018": YELP,
    "amazon-book": AMAZON_BOOK,
    "ml-1m": ML_1M,
    "ml-1m-official": ML_1M_OFFICIAL,
    "ml-1m-in-order": ML_1M_IN_ORDER,
    "ml-20m": ML_20M,
    "ml-100k": ML_100K,
    "ml-100k-last": ML_100K_LAST,
    "grocery": GROCERY,
    "oulad": OULAD,
    "purchases": PURCHASES,
    "purchases-ml-1m": PURCHASES_ML_1M,
}

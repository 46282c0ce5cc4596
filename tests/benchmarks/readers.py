"""The data of the benchmarks, from the files as they are published."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd

from recengine.core.columns import DAY, ITEM, TIME, USER, WEIGHT
from recengine.core.dataset import About, Dataset, Entities, Interactions, digest
from recengine.data.build import import_files, import_frames, import_sample
from recengine.data.mapping import Mapping

FOLDER = "RECENGINE_BENCH_DATA"
COMPLETE_COURSES = ("AAA 2013J", "AAA 2014J", "BBB 2013B")  # of OULAD's part; the fourth breaks off


def data_folder() -> Path:
    """Where the published data lie: $RECENGINE_BENCH_DATA, else shared/data beside the checkout."""
    return Path(os.environ.get(FOLDER) or Path(__file__).parents[3] / "shared" / "data")


def located(name: str) -> Path:
    """A file of the data folder, packed or not."""
    path = data_folder() / name
    packed = path.with_name(f"{path.name}.gz")
    return packed if packed.exists() and not path.exists() else path


def missing(needs: tuple[str, ...]) -> list[str]:
    """Those of these files that are not in the data folder."""
    return [name for name in needs if not located(name).exists()]


@cache
def sample() -> Dataset:
    """A year of purchases of 2,431 households (The Complete Journey)."""
    return import_sample().dataset


@cache
def lightgcn(folder: str) -> Dataset:
    """A split in LightGCN's format: `person item item ...` a line, in train.txt and test.txt."""
    train, test = located(f"{folder}/train.txt"), located(f"{folder}/test.txt")
    return import_files(train, name=folder, test=test).dataset


@cache
def movies() -> Dataset:
    """MovieLens 1M, as far as ratings with times are handed over: 2,999 people, complete."""
    events = pd.read_csv(located("ml-1m/ratings_users_1_2999.csv"))
    users, items = pd.read_csv(located("ml-1m/users.csv")), pd.read_csv(located("ml-1m/movies.csv"))
    return _movielens("ml-1m", events, users, items, "movie_id")


@cache
def movies_in_order() -> Dataset:
    """MovieLens 1M, every pair in the order of the official file, without times."""
    events = pd.read_csv(located("ml-1m/pairs_all_users.csv"))
    mapping = Mapping(user="user_id", item="movie_id", time=None, weight=None, event=None)
    return import_frames(events, name="ml-1m pairs", mapping=mapping, about=_ABOUT).dataset


@cache
def movies_official() -> Dataset:
    """MovieLens 1M, the official ratings.dat."""
    names = ["user_id", "movie_id", "rating", "timestamp"]
    events = pd.read_csv(located("ml-1m/ratings.dat"), sep="::", engine="python", names=names)
    return _movielens("ml-1m", events, None, None, "movie_id")


@cache
def movies_20m() -> Dataset:
    """MovieLens 20M, the official ratings.csv."""
    events = pd.read_csv(located("ml-20m/ratings.csv"))
    events = events.rename(columns={"userId": "user_id", "movieId": "movie_id"})
    return _movielens("ml-20m", events, None, None, "movie_id")


@cache
def movies_100k() -> Dataset:
    """MovieLens 100K with what is known of people and films."""
    parts = {
        part: pd.read_csv(located(f"ml-100k/ml-100k.{part}"), sep="\t").rename(
            columns=lambda column: column.partition(":")[0]
        )
        for part in ("inter", "user", "item")
    }
    return _movielens("ml-100k", parts["inter"], parts["user"], parts["item"], "item_id")


_ABOUT = About(source="GroupLens", repeats="new", person="person", item="film")


def _movielens(
    name: str, events: pd.DataFrame, users: pd.DataFrame | None, items: pd.DataFrame | None, item: str
) -> Dataset:
    """Every rating is a choice, whatever the stars, as all published figures have it."""
    mapping = Mapping(user="user_id", item=item, time="timestamp", weight=None, event=None)
    return import_frames(events, name=name, mapping=mapping, users=users, items=items, about=_ABOUT).dataset


@cache
def course_materials() -> Dataset:
    """OULAD: who opened which material of a course on which day of it; one presentation, one person."""
    events = _of_complete_courses(pd.read_csv(located("oulad/studentVle_part.tsv"), sep="\t"))
    students = _of_complete_courses(pd.read_csv(located("oulad/studentInfo.csv")))
    known = ["gender", "region", "highest_education", "imd_band", "age_band", "num_of_prev_attempts"]
    materials = _of_complete_courses(pd.read_csv(located("oulad/vle.csv")))
    mapping = Mapping(user="student", item="id_site", time="date", weight="sum_click", event=None)
    return import_frames(
        events,
        name="oulad",
        mapping=mapping,
        users=students[["student", *known, "studied_credits", "disability"]],
        items=materials[["id_site", "activity_type", "course"]],
        about=About(source="OULAD", repeats="both", person="student", item="material", weight_unit="clicks"),
    ).dataset


def _of_complete_courses(frame: pd.DataFrame) -> pd.DataFrame:
    """Rows of the complete presentations; `student` is a person in one of them."""
    course = frame["code_module"] + " " + frame["code_presentation"]
    frame = frame.assign(course=course)[course.isin(COMPLETE_COURSES)]
    if "id_student" in frame:
        frame = frame.assign(student=frame["id_student"].astype(str) + " in " + frame["course"])
    return frame.drop(columns=["code_module", "code_presentation", "id_student"], errors="ignore")


@cache
def generated(num_users: int, num_items: int, num_events: int) -> Dataset:
    """Events of a given shape with a long tail of items and of people; order is time, ids alone."""
    draw = np.random.default_rng(0)
    share_U = draw.lognormal(0, 1, num_users)
    count_U = 2 + np.floor((num_events - 2 * num_users) * share_U / share_U.sum()).astype(np.int64)
    items = (num_items * draw.random(int(count_U.sum())) ** 3).astype(np.int32)
    place = np.arange(len(items)) - np.repeat(np.cumsum(count_U) - count_U, count_U)
    frame = pd.DataFrame(
        {USER: np.repeat(np.arange(num_users), count_U), ITEM: items, TIME: place * float(DAY), WEIGHT: 1.0}
    )
    return Dataset(
        name="generated",
        interactions=Interactions.sorted(frame),
        users=Entities.bare(map(str, range(num_users))),
        items=Entities.bare(map(str, range(num_items))),
        fingerprint=digest("generated", num_users, num_items, num_events),
    )

"""MovieLens: ratings, films and people as GroupLens packs them, and as RecBole and others do."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from recengine.data.assemble import Imported
from recengine.data.build import import_files, import_tables
from recengine.data.files import open_file
from recengine.data.known_files import Asked, Files, Layout, NamedFile
from recengine.data.mapping import Mapping
from recengine.data.typed_files import FrameFile

RATED = Mapping(user="user_id", item="movie_id", weight="rating", time="timestamp", event=None)
AGES = {
    1: "under 18",
    18: "18-24",
    25: "25-34",
    35: "35-44",
    45: "45-49",
    50: "50-55",
    56: "56 and older",
}
OCCUPATIONS = (
    "other", "academic or educator", "artist", "clerical or admin", "college or grad student",
    "customer service", "doctor or health care", "executive or managerial", "farmer", "homemaker",
    "K-12 student", "lawyer", "programmer", "retired", "sales or marketing", "scientist", "self-employed",
    "technician or engineer", "tradesman or craftsman", "unemployed", "writer",
)  # fmt: skip
GENRES = (
    "unknown", "Action", "Adventure", "Animation", "Children's", "Comedy", "Crime", "Documentary", "Drama",
    "Fantasy", "Film-Noir", "Horror", "Musical", "Mystery", "Romance", "Sci-Fi", "Thriller", "War", "Western",
)  # fmt: skip


def _of_1m(files: Files, asked: Asked) -> Imported:
    """Codes of ages and occupations become words."""
    people = _table(files["users"], "user_id", "gender", "age", "occupation", "zip_code")
    people["age"] = people["age"].astype(int).map(AGES)
    people["occupation"] = people["occupation"].astype(int).map(dict(enumerate(OCCUPATIONS)))
    return import_tables(
        NamedFile(open_file(files["events"]), "user_id", "movie_id", "rating", "timestamp"),
        FrameFile(people, "the people"),
        FrameFile(_table(files["items"], "movie_id", "title", "genres"), "the films"),
        name=asked.name,
        mapping=RATED,
        about=asked.about,
        progress=asked.progress,
    )


def _table(path: Path, *names: str) -> pd.DataFrame:
    """A table of users.dat's kind ("::" and no header, Western European), or the same as CSV with one."""
    if path.suffix == ".dat":
        text = path.read_text(encoding="latin-1")
        return pd.DataFrame([line.split("::") for line in text.splitlines() if line], columns=list(names))
    return pd.read_csv(path, dtype="str").set_axis(list(names), axis="columns")


def _of_100k(files: Files, asked: Asked) -> Imported:
    """Nineteen columns of 0 and 1 become a list of genres."""
    options = {"sep": "|", "header": None, "dtype": "str", "encoding": "latin-1"}
    people = pd.read_csv(files["users"], **options)
    people.columns = pd.Index(["user_id", "age", "gender", "occupation", "zip_code"])
    films = pd.read_csv(files["items"], **options)
    marked = films.iloc[:, 5 : 5 + len(GENRES)] == "1"
    genres = ["|".join(np.array(GENRES)[row]) for row in marked.to_numpy()]
    films = pd.DataFrame({"movie_id": films[0], "title": films[1], "genres": genres})
    return import_tables(
        NamedFile(open_file(files["events"]), "user_id", "movie_id", "rating", "timestamp"),
        FrameFile(people, "the people"),
        FrameFile(films, "the films"),
        name=asked.name,
        mapping=RATED,
        about=asked.about,
        progress=asked.progress,
    )


def _of_csv(files: Files, asked: Asked) -> Imported:
    """As they are: the columns have names."""
    return import_files(
        files["events"],
        users=files.get("users"),
        items=files["items"],
        name=asked.name,
        about=asked.about,
        progress=asked.progress,
    )


OF_100K = (
    Layout({"events": "u.data", "users": "u.user", "items": "u.item"}, _of_100k),
    Layout({"events": "ml-100k.inter", "users": "ml-100k.user", "items": "ml-100k.item"}, _of_csv),
)
OF_1M = (
    Layout({"events": "ratings.dat", "users": "users.dat", "items": "movies.dat"}, _of_1m),
    Layout({"events": "ratings*.csv*", "users": "users*.csv*", "items": "movies*.csv*"}, _of_1m),
)
OF_CSV = (Layout({"events": "ratings.csv", "items": "movies.csv"}, _of_csv),)

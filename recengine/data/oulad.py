"""OULAD: courses of the Open University, joined from its several files.

A course runs several times ("2013B" begins in February 2013, "2013J" in October), and its days count from
the start of each run. Here they count from 1 January 2013, so that what a learner did in two runs keeps its
order; a run is taken to begin on the first of its month.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from recengine.data.assemble import Imported
from recengine.data.build import import_frames
from recengine.data.cleaning import CleaningConfig, CleaningReport, Finding, malformed_rows
from recengine.data.data_file import DataFile
from recengine.data.files import open_file
from recengine.data.known_files import Asked, Files, Layout
from recengine.data.mapping import Mapping

RUN = ["code_module", "code_presentation"]
CLICKED = Mapping(
    user="id_student", item="id_site", time="day", weight="clicks", event=None, domain="online-education"
)
AFTERWARDS = ["final_result"]  # known only when the course is over
BEGINNING = np.datetime64("2013-01-01")
KINDS = {
    "oucontent": "Course text", "forumng": "Forum", "homepage": "Home page", "subpage": "Sub-page",
    "url": "Link", "ouwiki": "Wiki", "oucollaborate": "Live session", "ouelluminate": "Live session",
    "externalquiz": "External quiz", "questionnaire": "Questionnaire", "dataplus": "Database",
    "dualpane": "Two panes", "htmlactivity": "Activity", "repeatactivity": "Repeated activity",
    "sharedsubpage": "Shared sub-page", "folder": "Folder",
}  # fmt: skip


def _read(files: Files, asked: Asked) -> Imported:
    """Learners and their materials; a learner's clicks on a material in one day are one event."""
    file = open_file(files["events"])
    clicks, num_rows = _clicks(file, asked.progress)
    imported = import_frames(
        clicks,
        users=_learners(files),
        items=_materials(files),
        name=asked.name,
        mapping=CLICKED,
        about=asked.about,
    )
    before = malformed_rows(*file.malformed, CleaningConfig()), _added_rows(num_rows - len(clicks))
    return replace(imported, cleaning=_with(imported.cleaning, *before))


def _clicks(file: DataFile, progress: Callable[[int], None] | None) -> tuple[pd.DataFrame, int]:
    """Clicks by learner, material and day, and the rows they were added up from."""
    keys, num_rows, parts = ["id_student", "id_site", "code_presentation", "date"], 0, []
    for table in file.batches([*keys, "sum_click"]):
        parts.append(_added_up(table, keys, "sum_click"))
        num_rows += len(table)
        if progress:
            progress(num_rows)
    summed = _added_up(pa.concat_tables(parts), keys, "sum_click").to_pandas()
    runs = summed["code_presentation"]
    day = summed["date"] + runs.map({run: _first_day(run) for run in runs.unique()})
    clicks = summed[["id_student", "id_site"]].assign(day=day, clicks=summed["sum_click"])
    return clicks, num_rows


def _added_up(table: pa.Table, keys: list[str], column: str) -> pa.Table:
    """One row for each of the keys, in the order of their first rows."""
    numbers = {name: pc.cast(table.column(name), pa.float64()) for name in ("date", column)}
    for name, values in numbers.items():
        table = table.set_column(table.column_names.index(name), name, values)
    summed = table.group_by(keys, use_threads=False).aggregate([(column, "sum")])
    return summed.rename_columns({f"{column}_sum": column})


def _first_day(run: str) -> float:
    """Days from the beginning to the first day of a run: "2013B" -> 31, "2013J" -> 273."""
    month = np.datetime64(run[:4], "M") + (ord(run[4]) - ord("A"))
    return float((month.astype("datetime64[D]") - BEGINNING).astype(int))


def _learners(files: Files) -> pd.DataFrame:
    """One row each: what was known when the first run began; when they registered, in days before it."""
    keys = [*RUN, "id_student"]
    info = pd.read_csv(files["users"]).drop(columns=AFTERWARDS)
    registered = pd.read_csv(files["registrations"])[[*keys, "date_registration"]]
    joined = info.merge(registered, on=keys, how="left").sort_values("code_presentation", kind="stable")
    return joined.drop_duplicates("id_student").drop(columns=RUN)


def _materials(files: Files) -> pd.DataFrame:
    """With a title made of the kind, the id and the run."""
    vle = pd.read_csv(files["items"])
    kind = vle["activity_type"].map(KINDS).fillna(vle["activity_type"].str.capitalize())
    run = vle["code_module"] + " " + vle["code_presentation"]
    vle["title"] = kind + " " + vle["id_site"].astype("str") + " of " + run
    return vle[["id_site", "title", "activity_type", *RUN, "week_from", "week_to"]]


def _added_rows(count: int) -> Finding:
    return Finding(
        "same_day",
        "Clicks of one learner on one material in one day, added up",
        "info",
        "The export cuts a day's clicks into several rows; nothing to do.",
        on=True,
        found=count,
        removed=count,
    )


def _with(report: CleaningReport, *before: Finding) -> CleaningReport:
    """The report with what became of rows on the way to it."""
    rest = tuple(one for one in report.findings if one.code not in {finding.code for finding in before})
    rows_in = report.rows_in + sum(finding.removed for finding in before)
    return replace(report, rows_in=rows_in, findings=(*before, *rest))


LAYOUTS = (
    Layout(
        {
            "events": "studentVle*.?sv*",
            "users": "studentInfo.csv",
            "registrations": "studentRegistration.csv",
            "items": "vle.csv",
        },
        _read,
    ),
)

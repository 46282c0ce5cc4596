"""What pages keep between reruns. Keys are names, ids and fingerprints, never tables (hashing those is slow).

Models stay loaded inside the services; here lie only the small views that pages draw again and again.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import streamlit as st

from recengine.core.columns import Repeats
from recengine.services import datasets, people, recommend
from recengine.services.choices import Choices, choices_of
from recengine.services.people import ItemView, PersonView
from recengine.services.recommend import RecommendationList
from recengine.services.visit import last_word
from recengine.services.workspace import Workspace

Features = tuple[tuple[str, str], ...]


def workspace() -> Workspace:
    """The workspace all pages speak of."""
    return Workspace.default()


@st.cache_data(max_entries=64, show_spinner=False)
def person(root: Path, dataset: str, fingerprint: str, person_id: str) -> PersonView:
    """One person up close. The fingerprint only tells equal names of different data apart."""
    return people.person_view(Workspace(root), dataset, person_id)


@st.cache_data(max_entries=64, show_spinner=False)
def item(root: Path, dataset: str, fingerprint: str, item_id: str, run_id: str | None) -> ItemView:
    """One item up close; neighbours by that run, or by who had both."""
    return people.item_view(Workspace(root), dataset, item_id, run_id=run_id)


@st.cache_data(max_entries=64, show_spinner=False)
def found_people(root: Path, dataset: str, fingerprint: str, query: str, limit: int) -> pd.DataFrame:
    """People that match a query; see services.people.find_people."""
    return people.find_people(Workspace(root), dataset, query, limit)


@st.cache_data(max_entries=64, show_spinner=False)
def found_items(root: Path, dataset: str, fingerprint: str, query: str, limit: int) -> pd.DataFrame:
    """Items that match a query; see services.people.find_items."""
    return people.find_items(Workspace(root), dataset, query, limit)


@st.cache_data(max_entries=64, show_spinner=False)
def items_of(root: Path, dataset: str, fingerprint: str, ids: tuple[str, ...]) -> pd.DataFrame:
    """These items, in this order; columns item_id, title, category.

    Raises:
        NotFoundError: one of them is not here; names the nearest id.
    """
    data = datasets.load_dataset(Workspace(root), dataset)
    codes = data.items.codes(ids, data.about.item)
    kinds = datasets.categories(data)
    return pd.DataFrame(
        {"item_id": list(ids), "title": data.items.labels(codes), "category": [kinds[code] for code in codes]}
    )


@st.cache_data(max_entries=16, show_spinner=False)
def example(root: Path, dataset: str, fingerprint: str) -> str:
    """Someone worth a look where nobody is asked for; see services.recommend.example_person."""
    return recommend.example_person(datasets.load_dataset(Workspace(root), dataset))


@st.cache_data(max_entries=16, show_spinner=False)
def feature_values(root: Path, dataset: str, fingerprint: str) -> dict[str, list[str]]:
    """What each feature of people may be: its commonest values, in order; none where it is a number."""
    values = datasets.dataset_view(Workspace(root), dataset).values
    of_people = values[(values["of"] == "person") & (values["value"] != "other")]
    return {
        str(name): sorted(group["value"].dropna().astype(str))
        for name, group in of_people.groupby("feature", sort=False)
    }


@st.cache_data(max_entries=16, show_spinner=False)
def choices(root: Path, fingerprint: str) -> Choices:
    """What an edit of exactly these data may speak of."""
    return choices_of(datasets.load_fingerprint(Workspace(root), fingerprint))


def recommendations(root: Path, run_id: str, person_id: str, k: int, repeats: Repeats) -> RecommendationList:
    """A known person's list. A run never changes, so neither does this before they give feedback."""
    return _list_after(last_word(Workspace(root), run_id, person_id), root, run_id, person_id, k, repeats)


@st.cache_data(max_entries=256, show_spinner=False)
def _list_after(
    feedback: int, root: Path, run_id: str, person_id: str, k: int, repeats: Repeats
) -> RecommendationList:
    return recommend.recommend(Workspace(root), run_id, person_id, k, repeats=repeats)


@st.cache_data(max_entries=256, show_spinner=False)
def newcomers_list(
    root: Path,
    run_id: str,
    dataset: str,
    items: tuple[str, ...],
    features: Features,
    k: int,
    repeats: Repeats,
) -> RecommendationList:
    """The list of a person put together by hand from items and features."""
    ws = Workspace(root)
    guest = recommend.guest(ws, dataset, list(items), dict(features))
    return recommend.recommend(ws, run_id, guest, k, repeats=repeats)

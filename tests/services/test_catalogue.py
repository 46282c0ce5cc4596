"""Known data sets end to end: fetched from a real server or found in a folder, verified, imported, kept."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from recengine.cli import run
from recengine.core.errors import DataError, NotFoundError
from recengine.data import catalogue, download
from recengine.data.catalogue import KNOWN
from recengine.services.catalogue import Stage, add_example, get_known
from recengine.services.datasets import dataset_card, import_report, list_datasets
from recengine.services.workspace import Workspace
from tests.publisher import Publisher, md5, publishing

RATINGS = "userId,movieId,rating,timestamp\n" + "".join(
    f"{person},{film},{1 + (person + film) % 5},{1_400_000_000 + 100 * person + film}\n"
    for person in range(30)
    for film in range(10)
)
FILMS = "movieId,title,genres\n" + "".join(f"{film},Film {film} (1995),Drama\n" for film in range(10))


def archive() -> bytes:
    """As GroupLens packs it."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as file:
        file.writestr("ml-20m/ratings.csv", RATINGS)
        file.writestr("ml-20m/movies.csv", FILMS)
    return packed.getvalue()


@pytest.fixture
def publisher(monkeypatch: pytest.MonkeyPatch) -> Iterator[Publisher]:
    """Publishes a small "ml-20m", with its checksum in the catalogue."""
    monkeypatch.setattr(download, "WAIT_S", 0.01)
    with publishing(archive()) as found:
        of_grouplens = KNOWN["ml-20m"].download
        assert of_grouplens is not None
        published = replace(of_grouplens, url=found.url, checksum=md5(found.data))
        monkeypatch.setitem(catalogue.KNOWN, "ml-20m", replace(KNOWN["ml-20m"], download=published))
        yield found


def downloads(ws: Workspace) -> set[str]:
    return {path.name for path in ws.downloads.glob("*/*")}


def test_a_known_set_is_fetched_verified_and_imported(publisher: Publisher, ws: Workspace) -> None:
    stages: list[Stage] = []
    imported = get_known(ws, "ml-20m", progress=stages.append)
    card = dataset_card(ws, "ml-20m")
    assert (card.num_users, card.num_items, card.num_interactions) == (30, 10, 300)
    assert (card.about.item, card.about.licence) == ("film", "research use, no redistribution")
    assert card.lineage is not None
    assert publisher.url in card.lineage.source
    assert "as published" in card.lineage.place
    assert any("Harper and Konstan" in note for note in import_report(ws, "ml-20m")[0].notes)
    assert {stage.title for stage in stages} == {"Downloading", "Reading"}
    assert stages[0].share == 1
    assert stages[0].sentence.startswith("Downloading: 0.0 of 0.0 MB")
    assert imported.dataset.fingerprint == card.fingerprint
    assert downloads(ws) == {"data.bin"}


def test_it_is_fetched_once_and_another_name_is_the_same_data(publisher: Publisher, ws: Workspace) -> None:
    first = get_known(ws, "ml-20m").dataset
    second = get_known(ws, "ml-20m", name="films").dataset
    assert len(publisher.asked) == 1
    assert first.fingerprint == second.fingerprint
    assert {card.name for card in list_datasets(ws)} == {"ml-20m", "films"}


def test_a_fetch_that_fails_leaves_no_dataset_and_the_next_one_goes_on(
    publisher: Publisher, ws: Workspace
) -> None:
    publisher.cuts = [500, 0, 0, 0, 0]
    with pytest.raises(DataError, match="the first 500 bytes are kept"):
        get_known(ws, "ml-20m")
    assert list_datasets(ws) == []
    publisher.cuts = []
    get_known(ws, "ml-20m")
    assert publisher.asked[-1] == "bytes=500-"


def test_a_wrong_file_is_not_imported(publisher: Publisher, ws: Workspace) -> None:
    publisher.data = publisher.data[:-1] + b"!"
    with pytest.raises(DataError, match="is not the file that was published"):
        get_known(ws, "ml-20m")
    assert list_datasets(ws) == []
    assert downloads(ws) == set()


def test_another_address_gives_the_same_file(ws: Workspace, publisher: Publisher) -> None:
    with publishing(publisher.data) as mirror:
        get_known(ws, "ml-20m", url=mirror.url)
    assert publisher.asked == []


def test_files_already_there_are_used_as_they_are_or_packed(
    publisher: Publisher, ws: Workspace, tmp_path: Path
) -> None:
    loose = tmp_path / "loose" / "ml-20m"
    loose.mkdir(parents=True)
    (loose / "ratings.csv").write_text(RATINGS)
    (loose / "movies.csv").write_text(FILMS)
    packed = tmp_path / "packed"
    packed.mkdir()
    (packed / "data.bin").write_bytes(publisher.data)
    folders = (loose.parent, packed, packed / "data.bin")
    found = {get_known(ws, "ml-20m", folder=folder).dataset.fingerprint for folder in folders}
    assert len(found) == 1
    assert publisher.asked == []
    assert {path.name for path in packed.iterdir()} == {"data.bin"}
    (packed / "data.bin").write_bytes(publisher.data[:-1])
    with pytest.raises(DataError, match="Is it cut off"):
        get_known(ws, "ml-20m", folder=packed)
    assert (packed / "data.bin").exists()


def test_files_of_another_kind_are_told_in_words(ws: Workspace, tmp_path: Path) -> None:
    for name in ("ratings.dat", "users.dat", "movies.dat"):
        (tmp_path / name).write_text("1::2\n")
    with pytest.raises(DataError, match="cannot be read as the files of this set"):
        get_known(ws, "ml-1m", folder=tmp_path)
    assert list_datasets(ws) == []


def test_what_needs_an_account_says_how_to_get_it(ws: Workspace) -> None:
    with pytest.raises(DataError, match="'retailrocket' cannot be fetched. Kaggle .*www.kaggle"):
        get_known(ws, "retailrocket")
    with pytest.raises(NotFoundError):
        get_known(ws, "retail rockets of the world")


def test_each_example_but_those_that_are_fetched_is_added(ws: Workspace) -> None:
    card = add_example(ws, "social-media")
    assert (card.about.domain, card.about.person) == ("social-media", "member")


def test_the_command_gets_lists_and_shows(
    publisher: Publisher, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["datasets", "list-known"]) == 0
    assert {line.split()[0] for line in capsys.readouterr().out.splitlines()} == set(KNOWN)
    assert run(["datasets", "list-known", "oulad"]) == 0
    assert "CC BY 4.0" in capsys.readouterr().out
    assert run(["datasets", "get", "ml-20m", "--name", "films"]) == 0
    told = capsys.readouterr()
    assert "research use" in told.err
    assert told.out.startswith("films: 300 events, 30 people, 10 films")
    assert run(["datasets", "films"]) == 0
    assert capsys.readouterr().out == told.out


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["get"], "say one SET"),
        (["get", "ml-1k"], "no known data set 'ml-1k'. Did you mean 'ml-100k'"),
        (["get", "ml-1m", "--from", "/nowhere"], "there is no folder /nowhere"),
        (["--url", "http://x"], "go with `recengine datasets get SET`"),
        (["films", "more"], "'films' takes no 'more'"),
        (["example", "shops"], "no domain 'shops'"),
        (["films"], "there is no dataset 'films'"),
    ],
)
def test_a_mistake_ends_in_a_sentence(
    words: list[str], sentence: str, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["datasets", *words]) == 2
    assert sentence in capsys.readouterr().err

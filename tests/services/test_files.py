import os
import threading
import time
from functools import partial
from pathlib import Path

import pytest

from recengine.services.files import read_json, remove_folder, replacing, replacing_folder, sweep, write_json
from recengine.services.kept import Kept


def test_a_failed_write_leaves_the_old_file_and_no_draft(tmp_path: Path) -> None:
    path = tmp_path / "value.json"
    write_json(path, {"old": 1})

    def half_done() -> None:
        with replacing(path) as draft:
            draft.write_text("half of someth")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        half_done()
    assert read_json(path) == {"old": 1}
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_is_replaced_as_a_whole(tmp_path: Path) -> None:
    folder = tmp_path / "model"
    for content in ("old", "new"):
        with replacing_folder(folder) as draft:
            (draft / f"{content}.txt").write_text(content)
    assert [path.name for path in folder.iterdir()] == ["new.txt"]
    assert list(tmp_path.iterdir()) == [folder]


def test_a_folder_half_filled_never_appears(tmp_path: Path) -> None:
    def half_done() -> None:
        with replacing_folder(tmp_path / "model") as draft:
            (draft / "weights").write_text("half")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        half_done()
    assert list(tmp_path.iterdir()) == []


def test_what_is_not_there_reads_as_none_and_is_removed_without_fuss(tmp_path: Path) -> None:
    assert read_json(tmp_path / "nothing.json") is None
    remove_folder(tmp_path / "nothing")


def test_the_sweep_takes_old_drafts_and_nothing_else(tmp_path: Path) -> None:
    draft, hidden = tmp_path / f".{'a' * 32}", tmp_path / ".streamlit"
    young = tmp_path / f".{'b' * 32}.json"
    for folder in (draft, hidden):
        folder.mkdir()
    young.write_text("{}")
    two_hours_ago = time.time() - 7200
    for path in (draft, hidden):
        os.utime(path, (two_hours_ago, two_hours_ago))
    sweep(tmp_path)
    assert sorted(tmp_path.iterdir()) == sorted([hidden, young])


def test_what_is_kept_is_made_once_even_for_many_threads() -> None:
    kept: Kept[object] = Kept(size=1)
    made: list[object] = []
    gate = threading.Barrier(4)

    def make() -> object:
        made.append(object())
        return made[-1]

    def ask() -> None:
        gate.wait()
        kept.get("key", make)

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 1


def test_the_longest_unused_is_dropped_first() -> None:
    kept: Kept[str] = Kept(size=2)
    made: list[str] = []

    def make(key: str) -> str:
        made.append(key)
        return key

    for key in "abacab":
        kept.get(key, partial(make, key))
    assert made == ["a", "b", "c", "b"]  # at c, b was older than a; at the last b it had to be made again


def test_what_could_not_be_made_is_tried_again() -> None:
    kept: Kept[int] = Kept(size=1)
    with pytest.raises(ZeroDivisionError):
        kept.get("key", lambda: 1 // 0)
    assert kept.get("key", lambda: 7) == 7


def test_what_is_forgotten_is_made_again() -> None:
    kept: Kept[list[int]] = Kept(size=2)
    first = kept.get("key", list)
    kept.forget("key")
    assert kept.get("key", list) is not first

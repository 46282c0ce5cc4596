"""Fetching from a publisher over a real HTTP server: slow, cut off, changed, missing, in the end whole."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from recengine.core.errors import DataError
from recengine.data import download as module
from recengine.data.download import Download, checksum, fetch
from tests.publisher import DATA, Publisher, md5, publishing

MD5 = md5(DATA)


@pytest.fixture
def publisher(monkeypatch: pytest.MonkeyPatch) -> Iterator[Publisher]:
    monkeypatch.setattr(module, "WAIT_S", 0.01)
    with publishing() as found:
        yield found


def left(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_a_file_comes_whole_with_progress_and_is_not_fetched_twice(
    publisher: Publisher, tmp_path: Path
) -> None:
    told: list[tuple[int, int | None]] = []
    path = tmp_path / "set" / "data.bin"
    assert fetch(Download(publisher.url, MD5), path, lambda *at: told.append(at)) == MD5
    assert path.read_bytes() == DATA
    assert left(path.parent) == {"data.bin"}
    assert told[-1] == (len(DATA), len(DATA))
    assert [done for done, _ in told] == sorted(done for done, _ in told)
    assert fetch(Download(publisher.url, MD5), path) == MD5
    assert len(publisher.asked) == 1


def test_without_a_published_checksum_the_one_seen_is_told(publisher: Publisher, tmp_path: Path) -> None:
    seen = fetch(Download(publisher.url), tmp_path / "data.bin")
    assert seen == f"sha256:{hashlib.sha256(DATA).hexdigest()}" == checksum(tmp_path / "data.bin")


def test_a_fetch_that_is_cut_off_goes_on_where_it_broke(publisher: Publisher, tmp_path: Path) -> None:
    publisher.cuts = [40_000, 30_000]
    fetch(Download(publisher.url, MD5), tmp_path / "data.bin")
    assert publisher.asked == ["", "bytes=40000-", "bytes=70000-"]
    assert (tmp_path / "data.bin").read_bytes() == DATA


def test_what_a_broken_fetch_left_is_used_by_the_next_one(publisher: Publisher, tmp_path: Path) -> None:
    publisher.cuts = [40_000, 0, 0, 0, 0]
    with pytest.raises(DataError, match=r"cut off after 40,000 of 102,400 bytes.*40,000 bytes are kept"):
        fetch(Download(publisher.url, MD5), tmp_path / "data.bin")
    assert "data.bin" not in left(tmp_path)
    publisher.cuts, publisher.asked = [], []
    fetch(Download(publisher.url, MD5), tmp_path / "data.bin")
    assert publisher.asked == ["bytes=40000-"]
    assert left(tmp_path) == {"data.bin"}


def test_a_file_that_changed_meanwhile_is_fetched_from_its_start(
    publisher: Publisher, tmp_path: Path
) -> None:
    publisher.cuts = [40_000, 0, 0, 0, 0]
    with pytest.raises(DataError):
        fetch(Download(publisher.url), tmp_path / "data.bin")
    publisher.cuts, publisher.data, publisher.version = [], DATA[::-1], '"2"'
    fetch(Download(publisher.url), tmp_path / "data.bin")
    assert (tmp_path / "data.bin").read_bytes() == DATA[::-1]


def test_a_server_without_versions_is_asked_for_the_whole_again(publisher: Publisher, tmp_path: Path) -> None:
    publisher.version, publisher.cuts = "", [40_000]
    fetch(Download(publisher.url, MD5), tmp_path / "data.bin")
    assert publisher.asked == ["", ""]
    assert (tmp_path / "data.bin").read_bytes() == DATA


def test_another_file_than_the_published_one_is_removed(publisher: Publisher, tmp_path: Path) -> None:
    publisher.data = DATA[1:]
    with pytest.raises(DataError, match=rf"102,399 bytes with md5:[0-9a-f]+, published is {MD5}.*removed"):
        fetch(Download(publisher.url, MD5), tmp_path / "data.bin")
    assert left(tmp_path) == set()


def test_a_missing_file_is_named_without_what_the_address_hides(publisher: Publisher, tmp_path: Path) -> None:
    publisher.status = [404]
    with pytest.raises(
        DataError, match=r"there is nothing at http://127.0.0.1:\d+/sets/data.bin\."
    ) as missing:
        fetch(Download(publisher.url + "?token=geheim"), tmp_path / "data.bin")
    with pytest.raises(DataError, match="without a user and a password") as refused:
        fetch(Download(publisher.url.replace("http://", "http://reader:geheim@")), tmp_path / "data.bin")
    assert "geheim" not in f"{missing.value} {refused.value}"
    assert len(publisher.asked) == 1


def test_a_server_that_is_busy_is_asked_again_and_one_that_refuses_is_not(
    publisher: Publisher, tmp_path: Path
) -> None:
    publisher.status = [503, 429]
    fetch(Download(publisher.url, MD5), tmp_path / "data.bin")
    publisher.status, publisher.asked = [403], []
    with pytest.raises(DataError, match="refuses \\(403 Forbidden\\)"):
        fetch(Download(publisher.url), tmp_path / "other.bin")
    assert len(publisher.asked) == 1


def test_a_slow_server_tells_how_far_it_is_and_a_silent_one_is_given_up(
    publisher: Publisher, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    publisher.block, publisher.pause_s = 20_000, 0.03
    told: list[int] = []
    fetch(Download(publisher.url, MD5), tmp_path / "data.bin", lambda done, _: told.append(done))
    assert len(told) >= 5
    publisher.pause_s = 0.4
    monkeypatch.setattr(module, "SILENT_S", 0.05)
    monkeypatch.setattr(module, "TRIES", 2)
    publisher.version = ""
    with pytest.raises(DataError, match="timed out"):
        fetch(Download(publisher.url), tmp_path / "silent.bin")


def test_nobody_there_and_no_address_are_told_in_words(tmp_path: Path, publisher: Publisher) -> None:
    with pytest.raises(DataError, match="could not be fetched: .*refused.*try again later"):
        fetch(Download("http://127.0.0.1:9/data.bin"), tmp_path / "data.bin")
    with pytest.raises(DataError, match="no address to fetch from"):
        fetch(Download(f"file://{tmp_path}/secret"), tmp_path / "data.bin")

"""Fixtures that every test may use."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING
from zipfile import ZipFile

import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from recengine.core.dataset import Dataset
    from tests.servers import Server

# Before numpy or torch start their threads: two busy test workers share two cores.
for _variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_variable, "1")

# A shell has what it starts in the background ignore Ctrl-C; the tests of Ctrl-C need it to be heard.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# How long an example takes says more of the machine than of the property.
settings.register_profile("recengine", deadline=None)
settings.load_profile("recengine")

SHARED_DATA = Path(__file__).parents[2] / "shared" / "data"  # laid beside the checkout, never inside it


@pytest.fixture(scope="session")
def two_tastes() -> Dataset:
    """Known-answer data: two groups of people who like two disjoint groups of items."""
    from recengine.data.synthetic import two_tastes

    return two_tastes()


Event = tuple[int, int, float]  # person, item, time


@pytest.fixture(scope="session")
def dataset_of() -> Callable[[Sequence[Event]], Dataset]:
    """Builds a dataset from a few events written down by hand; ids are "u0", "u1"... and "i0", "i1"..."""
    import pandas as pd

    from recengine.core.dataset import Dataset, Entities, Interactions, digest

    def build(events: Sequence[Event]) -> Dataset:
        frame = pd.DataFrame(events, columns=["user", "item", "time"]).assign(weight=1.0)
        return Dataset(
            name="by hand",
            interactions=Interactions.sorted(frame),
            users=Entities.bare(f"u{code}" for code in range(int(frame["user"].max()) + 1)),
            items=Entities.bare(f"i{code}" for code in range(int(frame["item"].max()) + 1)),
            fingerprint=digest(list(events)),
        )

    return build


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> ZipFile:
    """The wheel of this checkout."""
    if find_spec("hatchling") is None:
        give_up = pytest.fail if os.environ.get("CI") else pytest.skip
        give_up("hatchling is not installed; pip install 'recengine[dev]'")
    folder = tmp_path_factory.mktemp("dist")
    command = [*(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d"), str(folder)]
    done = subprocess.run(command, cwd=Path(__file__).parents[1], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return ZipFile(next(folder.glob("*.whl")))


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty workspace folder that everything below uses; gone after the test."""
    folder = tmp_path / "home"
    monkeypatch.setenv("RECENGINE_HOME", str(folder))
    return folder


@pytest.fixture(scope="session")
def mariadb() -> Iterator[Server]:
    """A MariaDB server; every test that uses it makes tables of its own."""
    from tests.servers import mariadb

    with mariadb() as server:
        yield server


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Server]:
    """A PostgreSQL server; every test that uses it makes tables of its own."""
    from tests.servers import postgresql

    with postgresql() as server:
        yield server


@pytest.fixture(scope="session")
def mongodb() -> Iterator[Server]:
    """A server that speaks MongoDB's protocol; every test that uses it makes collections of its own."""
    from tests.servers import mongodb

    with mongodb() as server:
        yield server


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real data sets, or a skip that says where they are looked for."""
    if not SHARED_DATA.is_dir():
        pytest.skip(f"real data sets are looked for in {SHARED_DATA}, which is not here")
    return SHARED_DATA

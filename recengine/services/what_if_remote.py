"""One training on another machine: what is sent there, what is done there, what comes back.

Nothing is shared but the program: the data travel as one parcel, the finished run comes back as another.
Knows nothing of Ray.
"""

from __future__ import annotations

import io
import json
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import recengine
from recengine.services import queue
from recengine.services.datasets import dataset_folder
from recengine.services.files import replacing_folder
from recengine.services.recovery import error_in_words
from recengine.services.run import Run, TrainSpec
from recengine.services.runs import run_folder
from recengine.services.store import Store
from recengine.services.training import begin, to_the_end
from recengine.services.workspace import Workspace

TELL_S = 0.5
ROW = ("dataset_fingerprint", "spec", "epochs", "seconds", "device", "result")  # of the table runs
PROGRESS = ("stage", "progress", "per_second", "eta_s", "message")  # of the table jobs

Told = Mapping[str, Any]


def parcel(ws: Workspace, base: Run) -> bytes:
    """What a training like the base run's needs: its data, and the baselines of its exam."""
    folders = [dataset_folder(ws, base.dataset_fingerprint), ws.baselines / base.baselines_at]
    return _packed(ws.root, [folder for folder in folders if folder.is_dir() and folder != ws.baselines])


def order(ws: Workspace, run_id: str) -> str:
    """What is to be trained, in JSON: the run's spec and number, and what its dataset is called."""
    with Store(ws).reading() as db:
        row = db.execute(
            "SELECT number, spec, name, fingerprint, card FROM runs JOIN datasets "
            "ON name = dataset AND fingerprint = dataset_fingerprint WHERE id = ?",
            (run_id,),
        ).fetchone()
    return json.dumps({"version": recengine.__version__, **dict(row)})


def carry_out(ordered: str, data: bytes, tell: Callable[[Told], None]) -> dict[str, Any]:
    """Train what was ordered in a workspace of its own, which is gone afterwards.

    Args:
        tell: hears twice a second how far it is.

    Returns:
        "error" (in words; "" where all went well), "row" (of the table runs), "points" of its curves, "run"
        and "baselines": folders, packed.
    """
    wanted = json.loads(ordered)
    if wanted["version"] != recengine.__version__:
        return _refusal(
            f"the cluster has recengine {recengine.__version__}, and this machine {wanted['version']}. "
            "Install the same on both."
        )
    with tempfile.TemporaryDirectory(prefix="recengine-") as folder:
        ws = Workspace(Path(folder))
        _unpack(data, ws.root)
        try:
            return _outcome(ws, _train(ws, wanted, tell))
        except Exception as error:
            return _refusal(error_in_words(error))


def _refusal(error: str) -> dict[str, Any]:
    return {"error": error}


def _train(ws: Workspace, wanted: dict[str, Any], tell: Callable[[Told], None]) -> str:
    name, fingerprint, card = wanted["name"], wanted["fingerprint"], wanted["card"]
    with Store(ws).writing() as db:  # the run has the same id there as here
        db.execute("INSERT INTO datasets VALUES (?, ?, ?, ?)", (name, fingerprint, card, time.time()))
        db.execute("INSERT INTO sqlite_sequence VALUES ('runs', ?)", (wanted["number"] - 1,))
    claim = begin(ws, TrainSpec.model_validate_json(wanted["spec"]), fingerprint=fingerprint)
    told_at = -TELL_S

    def hear(event: object) -> None:
        nonlocal told_at
        if time.monotonic() - told_at >= TELL_S:
            told_at = time.monotonic()
            tell(_progress(ws, claim.id))

    to_the_end(ws, claim, on_event=hear)
    return claim.id


def _progress(ws: Workspace, run_id: str) -> Told:
    with Store(ws).reading() as db:
        return dict(
            db.execute(f"SELECT {', '.join(PROGRESS)} FROM jobs WHERE run_id = ?", (run_id,)).fetchone()
        )


def _outcome(ws: Workspace, run_id: str) -> dict[str, Any]:
    with Store(ws).reading() as db:
        row = db.execute(f"SELECT {', '.join(ROW)} FROM runs WHERE id = ?", (run_id,)).fetchone()
        points = db.execute("SELECT name, epoch, value FROM points WHERE run_id = ?", (run_id,)).fetchall()
    folder = run_folder(ws, run_id)
    return {
        "error": "",
        "row": dict(row),
        "points": [tuple(point) for point in points],
        "run": _packed(folder, [folder]),
        "baselines": {kept.name: _packed(kept, [kept]) for kept in ws.baselines.iterdir()},
    }


def hear_progress(ws: Workspace, run_id: str, told: Told) -> None:
    """Write down how far a training elsewhere is, as if it were here."""
    columns = ", ".join(f"{name} = ?" for name in PROGRESS)
    with Store(ws).writing() as db:
        db.execute(
            f"UPDATE jobs SET {columns} WHERE run_id = ?", (*(told[name] for name in PROGRESS), run_id)
        )


def take_in(ws: Workspace, claim: queue.Claim, outcome: Mapping[str, Any]) -> None:
    """Make what came back the run it was ordered for; where it failed, the run keeps the reason."""
    if outcome["error"]:
        queue.finish(ws, claim, "failed", outcome["error"])
        return
    folders = {run_folder(ws, claim.id): outcome["run"]}
    folders |= {ws.baselines / name: packed for name, packed in outcome["baselines"].items()}
    for folder, packed in folders.items():
        with replacing_folder(folder) as draft:
            _unpack(packed, draft)
    columns = ", ".join(f"{name} = ?" for name in ROW)
    with Store(ws).writing() as db:
        db.execute(
            f"UPDATE runs SET {columns} WHERE id = ?", (*(outcome["row"][name] for name in ROW), claim.id)
        )
        db.executemany(
            "INSERT OR REPLACE INTO points VALUES (?, ?, ?, ?)",
            [(claim.id, *point) for point in outcome["points"]],
        )
    queue.finish(ws, claim, "done")


def _packed(root: Path, folders: Iterable[Path]) -> bytes:
    """Folders with all that is in them, named as they lie below `root`."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as packed:  # Parquet and weights are dense already
        for path in (path for folder in folders for path in sorted(folder.rglob("*")) if path.is_file()):
            packed.write(path, path.relative_to(root).as_posix())
    return buffer.getvalue()


def _unpack(packed: bytes, root: Path) -> None:
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        archive.extractall(root)

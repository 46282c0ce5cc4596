"""Edits asked of a run: read, checked against its data, and turned into the training they mean."""

from __future__ import annotations

from collections.abc import Sequence

from recengine.core.edits import DropFeature, Edits, alternatives
from recengine.core.errors import EditError, JobError
from recengine.core.split import Histories
from recengine.services.datasets import prepare
from recengine.services.runs import Run, TrainSpec, get_run, load_run_model
from recengine.services.training import split_of
from recengine.services.what_if_base import check_base
from recengine.services.workspace import Workspace


def meant(ws: Workspace, run_id: str, text: str) -> list[list[str]]:
    """The what-ifs a text stands for: each a list of edits, as they are kept, and checked.

    Raises:
        NotFoundError: no such run.
        EditError: a text cannot be read, or one of its what-ifs cannot be asked of the run.
    """
    data = split_of(ws, run_id).before_test
    found = [list(Edits.of([one]).texts) for one in alternatives(text, data)]
    for texts in found:
        edited_spec(ws, run_id, texts)
    return found


def edited_spec(
    ws: Workspace, run_id: str, texts: Sequence[str], *, histories: Histories = "kept"
) -> TrainSpec:
    """What to train to see what these edits do to a run: its own spec but for them, same seed.

    A run that has edits keeps them, and these come after; adding days undoes a part of them.

    Raises:
        NotFoundError: no such run.
        JobError: it is not finished or of another version, so that nothing can be compared with it.
        EditError, SettingsError: an edit or a setting that makes no sense for it.
    """
    run = get_run(ws, run_id)
    if run.exam is None:
        raise JobError(f"run '{run_id}' is {run.status}; a what-if needs a run that is done.")
    check_base(ws, run)
    split = split_of(ws, run_id)
    own = Edits.of(texts, split.before_test.about).named(split.unedited.before_test)
    edits = Edits.of([*run.spec.edits, *own.texts])
    if not own:
        raise EditError("a what-if needs something to change; write drop people where age = 65+, say.")
    edits.check(split.unedited)
    dataset = prepare(ws, run.spec.dataset, run.dataset_fingerprint)
    spec = run.spec.edited(edits).as_meant()
    spec = spec.for_data(dataset.about, dataset.size, has_given_test=dataset.given_test is not None)
    for name in own.settings:
        _refuse_same(run, spec, name)
    for edit in own.edits:
        if isinstance(edit, DropFeature):
            _refuse_unread(ws, run, edit)
        if edit.encodes and not spec.model_settings().reads_weights:
            raise EditError(
                f"'{edit.text}' changes nothing: {run.title} does not read how much an event counts. Weigh "
                "people instead, or ask another model."
            )
    return spec if histories == "kept" or not spec.edits else spec.model_copy(update={"histories": histories})


def _refuse_same(run: Run, spec: TrainSpec, name: str) -> None:
    """Raise EditError where setting it leaves all as it was."""
    if spec.model_settings() == run.spec.model_settings():
        raise EditError(f"setting {name} changes nothing: run '{run.id}' was trained like that.")


def _refuse_unread(ws: Workspace, run: Run, edit: DropFeature) -> None:
    """Raise EditError where the model does not read the feature anyway."""
    model = load_run_model(ws, run.id)
    read = model.person_columns if edit.of == "people" else model.item_columns
    columns = [column for joined in read for column in joined.split(" + ")]
    if edit.column not in columns:
        reads = f"It reads {', '.join(columns)}." if columns else "It reads no features of theirs."
        raise EditError(f"'{edit.text}' changes nothing: {run.title} does not read it. {reads}")

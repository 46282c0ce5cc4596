"""What-ifs whose process in the background was killed go on by themselves, as soon as anybody looks.

Light to import: the dispatcher asks for this several times a second.
"""

from __future__ import annotations

import json

from recengine.services import tasks_queue
from recengine.services.store import Store
from recengine.services.workspace import Workspace

MOST_TIMES = 3  # that the process of one set may vanish; then somebody has to see to the reason
LOST = """
SELECT DISTINCT lost.kind, lost.about, lost.spec
FROM what_ifs JOIN tasks AS lost ON lost.id = what_ifs.task
WHERE what_ifs.outcome = '' AND lost.status = 'lost' AND lost.coordinates AND ? > (
    SELECT count(*) FROM tasks AS others
    WHERE others.kind = lost.kind AND others.about = lost.about AND others.status = 'lost'
)
"""


def take_up_lost(ws: Workspace) -> None:
    """Put the sets that nobody sees to any more into the queue again; all that is done of them stays."""
    from recengine.services import jobs

    with Store(ws).reading() as db:
        lost = db.execute(LOST, (MOST_TIMES,)).fetchall()
    for row in lost:
        task_id = tasks_queue.enter(ws, row["kind"], row["about"], json.loads(row["spec"]), coordinates=True)
        with Store(ws).writing() as db:
            db.execute("UPDATE what_ifs SET task = ? WHERE set_id = ?", (task_id, row["about"]))
    if lost:
        jobs.ensure_dispatcher(ws)

"""The command line: the same verbs as the pages, for scripts and for machines without a browser.

Results go to stdout, progress to stderr. A user's mistake ends with exit code 2 and one line.
"""

from __future__ import annotations

import argparse
import os
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict
from typing import NoReturn

from recengine.argument_parts import settings_of
from recengine.arguments import parser
from recengine.asking import champion, what_if
from recengine.cataloguing import datasets
from recengine.core.errors import RecengineError, SettingsError
from recengine.explaining import explain, person_of
from recengine.feedback import feedback
from recengine.importing import import_
from recengine.learning import learn
from recengine.printing import (
    Progress,
    model_rows,
    print_comparisons,
    print_json,
    print_rows,
    print_run,
    run_row,
    say,
    settings_rows,
    spec_in_words,
    training_progress,
)
from recengine.sending import recommend_everyone
from recengine.services.workspace import Workspace
from recengine.simulating import simulate
from recengine.strategy_command import recommend_by, strategy

MISTAKE, INTERRUPTED = 2, 130  # exit codes
FIRST_PORT = 8501
HELP = "help"  # as a value: list what could stand there


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run one command and exit: 0 all is well, 2 a mistake the user can mend, 130 interrupted."""
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # before torch: spinning threads slow a busy machine
    if (os.cpu_count() or 1) <= 2:  # each of two threads would wait for the other on a busy machine
        os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    sys.exit(run(sys.argv[1:] if arguments is None else arguments))


def run(arguments: Sequence[str]) -> int:
    """One command; its exit code."""
    options = parser().parse_args(arguments)
    try:
        VERBS[options.verb](options, Workspace.default())
    except RecengineError as error:
        say(f"recengine: {error}")
        return MISTAKE
    except KeyboardInterrupt as interrupted:
        say(f"recengine: {str(interrupted) or 'interrupted'}")
        return INTERRUPTED
    except BrokenPipeError:  # `recengine runs | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except (OSError, sqlite3.Error, MemoryError) as error:  # of the machine, not of the program
        from recengine.services.recovery import error_in_words

        say(f"recengine: {error_in_words(error)}")
        return MISTAKE
    return 0


def demo(options: argparse.Namespace, ws: Workspace) -> None:
    """The sample, a first set of models in the background, and the dashboard."""
    from recengine.services.overview import ensure_first_models

    queued = ensure_first_models(ws)
    if queued:
        say(f"training {', '.join(run.spec.model for run in queued)} on the sample in the background")
    dashboard(options, ws)


def dashboard(options: argparse.Namespace, ws: Workspace) -> None:
    """The workbench in the browser, until Ctrl-C."""
    from recengine.services.app import app_folder

    folder, port = app_folder(), _free_port(options.port)
    say(f"workspace {ws.root}; open http://localhost:{port} (Ctrl-C ends the dashboard, not the jobs)")
    server = [
        *(sys.executable, "-m", "recengine.ui", "run", str(folder / "dashboard.py")),
        *("--server.port", str(port)),
        *("--server.headless", "false" if options.browser else "true"),
    ]
    environment = {**os.environ, "RECENGINE_HOME": str(ws.root)}
    if os.name == "posix":
        os.chdir(folder)  # where Streamlit finds the app's settings
        os.execve(sys.executable, server, environment)  # signals then reach the server itself
    with suppress(KeyboardInterrupt):
        subprocess.call(server, cwd=folder, env=environment)


def _free_port(wanted: int | None) -> int:
    """The port asked for, which must be free; otherwise the first free one from 8501 on."""
    for port in [wanted] if wanted else range(FIRST_PORT, FIRST_PORT + 20):
        with socket.socket() as probe, suppress(OSError):
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(("127.0.0.1", port))
            return port
    taken = f"port {wanted} is" if wanted else f"the ports from {FIRST_PORT} on are all"
    raise SettingsError(f"{taken} taken by another program. Choose another with --port.")


def train(options: argparse.Namespace, ws: Workspace) -> None:
    """One model, here and now; or the best of all of them."""
    from recengine.services.runs import TrainSpec
    from recengine.services.training import checked, train

    if options.model == HELP:
        print_rows(model_rows(ws, options.dataset, options.preset))
        return
    if options.set == [[HELP]]:
        print_rows(settings_rows(ws, options.dataset, options.model, options.preset))
        return
    spec = TrainSpec.of(
        {
            "dataset": options.dataset,
            "model": options.model,
            "preset": options.preset,
            "settings": settings_of(options.set),
            "budget_s": options.budget,
            "split": None if options.split is None else {"kind": options.split},
            "seed": options.seed,
            "device": options.device,
            "repeats": options.repeats,
        }
    )
    say(spec_in_words(checked(ws, spec)[0]))
    with _resumable():
        run = train(ws, spec, on_event=training_progress())
    print_run(ws, run, as_json=options.json)


@contextmanager
def _resumable() -> Iterator[None]:
    """Whoever stops a training, by Ctrl-C or on a page, is told how it goes on."""
    from recengine.services.queue import ASKED
    from recengine.services.recorder import Interrupted

    try:
        yield
    except Interrupted as ended:
        raise KeyboardInterrupt(
            f"{ended.run_id} is {ASKED[ended.want]}; `recengine runs --resume {ended.run_id}` goes on from "
            "where it stood."
        ) from None


def runs(options: argparse.Namespace, ws: Workspace) -> None:
    """What was trained."""
    from recengine.services.challengers import beside_champions
    from recengine.services.datasets import dataset_card
    from recengine.services.recovery import recover
    from recengine.services.runs import delete_run, get_run, list_runs
    from recengine.services.training import go_on

    recover(ws)
    if options.delete:
        delete_run(ws, options.delete)
    if options.resume:
        with _resumable():
            run = go_on(ws, options.resume, on_event=training_progress())
        print_run(ws, run, as_json=options.json)
        return
    if options.run:
        print_run(ws, get_run(ws, options.run), as_json=options.json)
        return
    found = list_runs(ws, options.dataset)
    if options.dataset and not found:
        dataset_card(ws, options.dataset)  # which says so if there is none of that name
    if options.json:
        beside = beside_champions(ws, found)
        print_json([{**run.as_dict(), "against_champion": beside.get(run.id)} for run in found])
        return
    print_rows([run_row(run) for run in found])
    if not found:
        say("nothing is trained yet; `recengine train --dataset NAME --model ease`")


def evaluate(options: argparse.Namespace, ws: Workspace) -> None:
    """A run's test, with other list lengths or the other question."""
    from recengine.services.exam import examine
    from recengine.services.export import check_ending, write_table

    if options.per_person:
        check_ending(options.per_person, (".csv", ".parquet", ".json"))
    examined = examine(
        ws,
        options.run,
        ks=options.k,
        repeats=options.repeats,
        progress=Progress(lambda done, of: f"{done:,} of {of:,} people"),
    )
    if options.per_person:
        write_table(examined.people, options.per_person)
        say(f"{len(examined.people):,} people written to {options.per_person}")
    if options.json:
        print_json(examined.as_dict())
        return
    report = examined.report
    print(f"{examined.run.title}: {report.num_people:,} people, question '{report.repeats}'")
    print_comparisons(report.metrics, examined.comparisons)


def recommend(options: argparse.Namespace, ws: Workspace) -> None:
    """One person's list, a newcomer's, or everyone's into a file or a database."""
    from recengine.services.recommend import recommend

    if options.all:
        recommend_everyone(options, ws)
        return
    if options.strategy:
        recommend_by(options, ws)
        return
    listed = recommend(ws, options.run, person_of(options, ws), options.k, repeats=options.repeats)
    if options.json:
        print_json(listed.as_dict())
        return
    if listed.note:
        say(listed.note)
    rows = listed.rows[["rank", "item_id", "title", "category", "score", "badges"]].to_dict(orient="split")[
        "data"
    ]
    print_rows([[*map(str, row[:4]), f"{row[4]:.4g}", row[5]] for row in rows])


def bench(options: argparse.Namespace, ws: Workspace) -> None:
    """How good models are on published data, and how fast this machine is at it."""
    from recengine.services.bench import BenchOptions, Row, benchmark_names, run_benchmarks
    from recengine.services.bench_document import keep_row

    if options.list:
        names = benchmark_names()
        print_json(names) if options.json else print("\n".join(names))
        return

    def on_row(name: str, row: Row) -> None:
        if options.write:
            keep_row(name, row)

    asked = {key: getattr(options, key) for key in BenchOptions.model_fields}
    results = run_benchmarks(options.names, BenchOptions.of(asked), progress=say, on_row=on_row)
    if options.json:
        print_json({name: [asdict(row) for row in rows] for name, rows in results.items()})
        return
    for name, rows in results.items():
        print(name)
        print("\n".join(row.as_markdown() for row in rows))


def doctor(options: argparse.Namespace, ws: Workspace) -> None:
    """What is installed here, what is missing, and what to do about it."""
    from recengine.services.doctor import doctor

    diagnosis = doctor(ws)
    if options.json:
        print_json(diagnosis.as_dict())
    else:
        print("\n".join(diagnosis.lines()))


VERBS: dict[str, Callable[[argparse.Namespace, Workspace], None]] = {
    "demo": demo,
    "dashboard": dashboard,
    "import": import_,
    "datasets": datasets,
    "train": train,
    "runs": runs,
    "evaluate": evaluate,
    "recommend": recommend,
    "explain": explain,
    "what-if": what_if,
    "champion": champion,
    "simulate": simulate,
    "feedback": feedback,
    "strategy": strategy,
    "learn": learn,
    "bench": bench,
    "doctor": doctor,
}

if __name__ == "__main__":
    main()

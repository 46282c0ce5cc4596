"""What can be typed after `recengine`: every command's arguments and their help."""

from __future__ import annotations

from pathlib import Path

from recengine import __version__
from recengine.argument_parts import (
    Commands,
    Parser,
    add_json,
    add_repeats,
    numbers_of,
    span_of,
    words_of,
)
from recengine.dataset_arguments import add_datasets
from recengine.explain_arguments import add_explain
from recengine.feedback_arguments import add_feedback
from recengine.import_arguments import add_import
from recengine.learn_arguments import add_learn
from recengine.sending import add_outputs
from recengine.simulate_arguments import add_simulate
from recengine.strategy_arguments import add_strategy
from recengine.what_if_arguments import add_champion, add_what_if


def parser() -> Parser:
    """The parser of the whole command line; it sets `verb` to the command's name."""
    top = Parser(
        prog="recengine",
        description="Train, look at and compare recommenders. Start with: recengine demo",
        epilog="Data, runs and models lie in $RECENGINE_HOME (`recengine doctor` says where that is now).",
    )
    top.add_argument("--version", action="version", version=f"recengine {__version__}")
    commands = top.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for add in (
        _add_demo,
        add_import,
        add_datasets,
        _add_train,
        _add_runs,
        _add_evaluate,
        _add_recommend,
        add_explain,
        add_what_if,
        add_champion,
        add_simulate,
        add_feedback,
        add_learn,
        add_strategy,
        _add_bench,
        _add_doctor,
    ):
        add(Commands(commands))
    return top


def _add_demo(commands: Commands) -> None:
    texts = {
        "demo": "Load the sample, train first models in the background, open the dashboard.",
        "dashboard": "Open the dashboard on the workspace as it is.",
    }
    for name, text in texts.items():
        parser = commands.add(name, text)
        parser.add_argument(
            "--port", type=int, help="where the dashboard listens (default: the first free one from 8501 on)"
        )
        parser.add_argument(
            "--no-browser", dest="browser", action="store_false", help="do not open a browser window"
        )


def _add_train(commands: Commands) -> None:
    parser = commands.add(
        "train",
        "Train a model and measure it on held-out events, with simple baselines beside it.",
        "recengine train --dataset grocery --model lstm --preset quick --set epochs=3\n"
        "         recengine train --dataset grocery --model auto --budget 5m\n"
        "         recengine train --dataset grocery --model help",
    )
    parser.add_argument("--dataset", required=True, metavar="NAME", help="an imported dataset (or: grocery)")
    parser.add_argument(
        "--model",
        required=True,
        help="a model, or auto: try them all on held-out people and take the best; `--model help` lists "
        "them with what they cost on these data",
    )
    parser.add_argument(
        "--preset",
        default="balanced",
        help="quick (seconds), balanced or best, fitted to the size of the data (default: balanced); for a "
        "GPU sasrec and hstu also know large (100 million weights) and huge (1 billion)",
    )
    parser.add_argument(
        "--budget",
        type=span_of,
        metavar="10m",
        help="with --model auto: how long it may try models, such as 90s, 10m or 1h (default 10m); the test "
        "comes on top",
    )
    parser.add_argument(
        "--set",
        action="append",
        nargs="+",
        metavar="FIELD=VALUE",
        help="a setting of the model that differs from the preset; `--set help` lists them with the preset's "
        "values",
    )
    parser.add_argument(
        "--split",
        choices=["temporal", "leave-last-out", "random", "given"],
        help="how the test is held out (default: given where a test file came along, random where there "
        "are no times, else temporal)",
    )
    parser.add_argument(
        "--seed",
        type=int,
        default=0,
        help="all of the training's randomness comes from it (default 0); the test stays the same",
    )
    parser.add_argument("--device", choices=["auto", "cpu", "cuda"], default="auto", help="default: auto")
    add_repeats(parser)
    add_json(parser)


def _add_runs(commands: Commands) -> None:
    parser = commands.add("runs", "List the runs, or show one.")
    parser.add_argument("run", nargs="?", metavar="RUN", help="a run's id, such as lstm-4")
    parser.add_argument("--dataset", metavar="NAME", help="only those of this dataset")
    parser.add_argument("--delete", metavar="RUN", help="forget this run and remove its files first")
    parser.add_argument(
        "--resume", metavar="RUN", help="go on with an interrupted run, here and now, from where it stood"
    )
    add_json(parser)


def _add_evaluate(commands: Commands) -> None:
    parser = commands.add(
        "evaluate",
        "Measure a finished run on its test.",
        "recengine evaluate lstm-4 -k 1,10,50 --repeats new --per-person people.csv",
    )
    parser.add_argument("run", metavar="RUN", help="a run's id, such as lstm-4")
    parser.add_argument("-k", type=numbers_of, metavar="5,10,20", help="list lengths (default 5,10,20)")
    parser.add_argument(
        "--per-person",
        type=Path,
        metavar="FILE",
        help="also write every person's numbers (.csv, .parquet, .json)",
    )
    add_repeats(parser)
    add_json(parser)


def _add_recommend(commands: Commands) -> None:
    parser = commands.add(
        "recommend",
        "List the best items for a person, for a newcomer, or for everyone.",
        "recengine recommend lstm-4 --person 17850\n"
        "         recengine recommend lstm-4 --items 1082185,995242 --feature age=25-34\n"
        "         recengine recommend lstm-4 --all --out lists.parquet\n"
        "         recengine recommend lstm-4 --person 17850 --strategy margin\n"
        "         recengine recommend lstm-4 --all --to mysql://user@host/shop --table lists",
    )
    parser.add_argument("run", metavar="RUN", help="a run's id, such as lstm-4")
    who = parser.add_mutually_exclusive_group(required=True)
    who.add_argument("--person", metavar="ID", help="somebody in the data")
    who.add_argument("--items", metavar="ID,ID", help="a newcomer who chose these items, oldest first")
    who.add_argument("--all", action="store_true", help="everyone; needs --out or --to")
    parser.add_argument(
        "--feature", action="append", nargs="+", metavar="NAME=VALUE", help="what is known of the newcomer"
    )
    parser.add_argument("-k", type=int, default=10, help="length of the list (default 10)")
    parser.add_argument(
        "--strategy", metavar="NAME", help="a saved strategy to make the lists by (NAME@3: its version 3)"
    )
    parser.add_argument(
        "--seed", type=int, default=0, help="of what the strategy leaves to chance (default 0)"
    )
    add_outputs(parser)
    add_repeats(parser)
    add_json(parser)


def _add_bench(commands: Commands) -> None:
    parser = commands.add("bench", "Measure quality against published figures, and speed, here.")
    parser.add_argument("names", nargs="*", metavar="NAME", help="which benchmarks (default: all)")
    parser.add_argument("--list", action="store_true", help="only name the benchmarks there are")
    parser.add_argument(
        "--only", type=words_of, default=(), metavar="A,B", help="these parts (a protocol, a comparison)"
    )
    parser.add_argument("--models", type=words_of, default=(), metavar="A,B", help="these models")
    parser.add_argument(
        "--seeds", type=int, default=0, metavar="N", help="trainings per model (default: what each is worth)"
    )
    parser.add_argument("--device", default="cpu", help="where models are trained: cpu or cuda")
    parser.add_argument(
        "--write", action="store_true", help="also put each row into docs/benchmarks.md once it is measured"
    )
    add_json(parser)


def _add_doctor(commands: Commands) -> None:
    add_json(commands.add("doctor", "Say what is installed, what is missing and where things lie."))

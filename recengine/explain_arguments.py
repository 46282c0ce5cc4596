"""What can be typed after `recengine explain`."""

from __future__ import annotations

from recengine.argument_parts import Commands, add_json, add_repeats
from recengine.sending import add_outputs


def add_explain(commands: Commands) -> None:
    """The command and its options."""
    parser = commands.add(
        "explain",
        "Say why a person is offered an item, or why they are not, and what would change that.",
        "recengine explain lstm-4 --person 718 --item 1082185\n"
        "         recengine explain lstm-4 --person 718 --item 1082185 --against rivals --counterfactual\n"
        "         recengine explain lstm-4 --person 718 --item 995242 --not\n"
        "         recengine explain lstm-4 --all -k 10 --out reasons.parquet\n"
        "         recengine explain lstm-4 --all --to mysql://user@host/shop --table reasons",
    )
    parser.add_argument("run", metavar="RUN", help="a run's id, such as lstm-4")
    who = parser.add_mutually_exclusive_group(required=True)
    who.add_argument("--person", metavar="ID", help="somebody in the data")
    who.add_argument("--items", metavar="ID,ID", help="a newcomer who chose these items, oldest first")
    who.add_argument("--all", action="store_true", help="everyone's whole lists, into --out or --to")
    add_outputs(parser)
    parser.add_argument(
        "--sample", type=int, metavar="N", help="for --all: only so many people, drawn by chance"
    )
    parser.add_argument(
        "--feature", action="append", nargs="+", metavar="NAME=VALUE", help="what is known of the newcomer"
    )
    parser.add_argument("--item", metavar="ID", help="the item to be explained")
    parser.add_argument(
        "--against",
        metavar="ID|rivals",
        help="why above this other item, or above the ten best others together (default: why this score)",
    )
    parser.add_argument(
        "--not",
        dest="absent",
        action="store_true",
        help="why the item is not on the list, and what would bring it in",
    )
    parser.add_argument(
        "--counterfactual", action="store_true", help="also: the least whose absence takes it off the list"
    )
    parser.add_argument("--receipt", action="store_true", help="also: how far the explanation can be trusted")
    parser.add_argument(
        "--detail",
        choices=["executive", "analyst", "scientist"],
        default="executive",
        help="how much the sentence tells (default executive)",
    )
    parser.add_argument(
        "--precision", help="first (at once), fine or finest (default: fine; first for --all)"
    )
    parser.add_argument(
        "--players",
        type=int,
        metavar="N",
        help="past actions told one by one or in groups; the least telling are grouped (default 40)",
    )
    parser.add_argument(
        "--open", nargs="+", default=(), metavar="KEY", help="groups to be taken apart, such as group:3"
    )
    parser.add_argument("-k", type=int, default=10, help="length of the list (default 10)")
    add_repeats(parser)
    add_json(parser)

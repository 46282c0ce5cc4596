"""What can be typed after `recengine learn`."""

from __future__ import annotations

from recengine.argument_parts import Commands
from recengine.off_policy_arguments import add_off_policy


def add_learn(commands: Commands) -> None:
    """The command and its verbs."""
    parser = commands.add("learn", "Learn from what people did with lists they were shown.")
    verbs = parser.add_subparsers(title="verbs", metavar="VERB", required=True)
    for add in (add_off_policy,):
        add(Commands(verbs))

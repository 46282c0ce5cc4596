"""The command `recengine learn`: each of its verbs has a function."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import TYPE_CHECKING

from recengine.off_policy import off_policy

if TYPE_CHECKING:
    from recengine.services.workspace import Workspace

ACTS: dict[str, Callable[[argparse.Namespace, Workspace], None]] = {"off-policy": off_policy}


def learn(options: argparse.Namespace, ws: Workspace) -> None:
    """Do what was asked."""
    ACTS[options.act](options, ws)

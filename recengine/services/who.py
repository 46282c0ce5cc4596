"""Who sits at this machine, for what is kept with a name."""

from __future__ import annotations

import getpass


def me() -> str:
    """The login; "somebody" where the system knows none, as in some containers."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return "somebody"

"""Numbers, times and spans as people read them. Times are seconds, as everywhere (core/columns.py)."""

from __future__ import annotations

import math
from datetime import UTC, datetime

from recengine.core.columns import DAY
from recengine.core.words import MINUS as MINUS
from recengine.core.words import a as a
from recengine.core.words import count as count
from recengine.core.words import many as many
from recengine.core.words import plural as plural
from recengine.services.cards import moment as moment


def short(number: float) -> str:
    """1469307 -> "1.47M", 68509 -> "68.5k", 950 -> "950"; three digits, below ten thousand all of them."""
    for size, unit in ((1e9, "B"), (1e6, "M"), (1e3, "k")):
        if abs(number) >= max(10_000, 0.9995 * size):  # 999,999 is a million, not 1000k
            return f"{number / size:.3g}{unit}".replace("-", MINUS)
    return count(number)


def metric(value: float | None) -> str:
    """0.4379 -> "0.438"; an unknown value -> a dash."""
    return "–" if value is None or not math.isfinite(value) else f"{value:.3f}".replace("-", MINUS)


def percent(share: float | None, digits: int = 0) -> str:
    """0.593 -> "59%"; an unknown share -> a dash."""
    return "–" if share is None or not math.isfinite(share) else f"{100 * share:.{digits}f}%"


def change(value: float, base: float) -> str:
    """How far value lies from base, relative: "+42%", "−3%"; "" where base is 0 or unknown."""
    if not (math.isfinite(value) and math.isfinite(base)) or base == 0:
        return ""
    return f"{100 * (value / base - 1):+.0f}%".replace("-", MINUS)


def duration(seconds: float | None) -> str:
    """75 -> "1 min 15 s"; two units at most."""
    if seconds is None or not math.isfinite(seconds):
        return "–"
    if seconds < 10:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s" if whole % 60 else f"{whole // 60} min"
    if whole < DAY:
        return f"{whole // 3600} h {whole % 3600 // 60} min"
    days = whole // DAY
    return f"{days} day{'s' if days != 1 else ''}"


def ago(seconds: float) -> str:
    """How long ago something was: 90 -> "1 min ago"."""
    if seconds < 60:
        return "just now"
    for size, unit in ((3600, "min"), (DAY, "h")):
        if seconds < size:
            return f"{int(seconds // (60 if unit == 'min' else 3600))} {unit} ago"
    days = int(seconds // DAY)
    return f"{days} day{'s' if days != 1 else ''} ago"


def clock(time: float) -> str:
    """A moment of ours (a run's end), in UTC: "5 Mar 2026, 14:02"."""
    return f"{datetime.fromtimestamp(time, UTC):%d %b %Y, %H:%M} UTC".lstrip("0")

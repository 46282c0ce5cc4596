"""What a rule of cleaning is, and the switches of all of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from recengine.core.config import Config
from recengine.data.log import Log

Mask = NDArray[np.bool_]
Severity = Literal["info", "warn", "bad"]


class CleaningConfig(Config):
    """Which rules apply, and how strict they are. What is off is still counted."""

    lines_above: bool = Field(default=True, description="Pass over lines above the names of the columns.")
    malformed_rows: bool = Field(default=True, description="Leave out rows with too many or too few cells.")
    repeated_headers: bool = Field(default=True, description="Leave out rows that repeat the columns' names.")
    totals: bool = Field(default=True, description="Leave out rows that sum up others.")
    spreadsheet_ids: bool = Field(
        default=True, description='Read 17850.0 as 17850, ="007" as 007 and 4.2E+1 as 42, if these are ids.'
    )
    lost_zeros: bool = Field(
        default=True,
        description="Give numbers their zeros back where other ids begin with 0 and have one length.",
    )
    decimal_commas: bool = Field(default=True, description="Read 3,5 as three and a half.")
    thousands: bool = Field(default=True, description="Read 1,234 and 1.234.567 as thousands and millions.")
    currency_signs: bool = Field(default=True, description="Read amounts with a currency as numbers.")
    mixed_times: bool = Field(
        default=True, description="Read times that are written in another way than most."
    )
    excel_dates: bool = Field(
        default=True, description="Read numbers such as 45429 as days of Excel's calendar."
    )
    missing_ids: bool = Field(default=True, description="Leave out rows without a person or without an item.")
    rounded_ids: bool = Field(default=True, description="Leave out ids rounded to the likes of 4.01E+12.")
    unreadable_times: bool = Field(default=True, description="Leave out rows whose time cannot be read.")
    future_times: bool = Field(default=True, description="Leave out rows that lie in the future.")
    ignored_events: bool = Field(default=True, description="Leave out kinds of events with weight 0.")
    unstated_weights: bool = Field(default=True, description="Count a row without a weight as weight 1.")
    returns: bool = Field(default=True, description="Leave out returns: weights of 0 or less.")
    duplicates: bool = Field(default=True, description="Leave out exact copies of a row, all columns alike.")
    bots: bool = Field(default=True, description="Leave out people with more events than a person can have.")
    repeated_pairs: bool = Field(
        default=False, description="Keep only the first event of a person with an item."
    )
    rare_items: bool = Field(default=False, description="Leave out items that too few people have.")
    rare_people: bool = Field(default=False, description="Leave out people with too few events.")

    bot_events_per_day: int = Field(
        default=5_000, ge=10, description="More events than this on one day are no person's."
    )
    bot_times_usual: float = Field(
        default=20,
        ge=2,
        description="So many times what the busiest 1 % have (and at least 1,000) is no person's either.",
    )
    min_people_per_item: int = Field(
        default=2, ge=1, description="An item fewer people than this have is rare."
    )
    min_events_per_person: int = Field(default=2, ge=1, description="Fewer events than this are too few.")


@dataclass(frozen=True)
class Rule:
    """One reason to set rows aside.

    Attributes:
        code: its name, and the name of its switch in CleaningConfig.
        severity: bad = such rows cannot be used, warn = they would mislead, info = a choice.
        remedy: what to do at the source, for a reader.
        find: True for the rows it concerns, among those that are left.
        about: what its examples name.
        threshold: the setting that says how strict it is, if there is one.
        mend: puts such rows right; they are kept.
        exempt: why the rule must not act on this log; None where it may.
        of_rows: it looks at each row alone, so it applies to a given test as well.
        many: what a reader should think of where it sets aside a tenth of the rows or more.
        at_most: share of the rows from which on it stops the import instead.
    """

    code: str
    title: str
    severity: Severity
    remedy: str
    find: Callable[[Log, CleaningConfig], Mask]
    about: Literal["row", "person", "item"] = "row"
    threshold: str | None = None
    mend: Callable[[Log, Mask], Log] | None = None
    exempt: Callable[[Log], str | None] = lambda log: None
    of_rows: bool = False
    many: str = ""
    at_most: float = 1.0

    @property
    def default(self) -> bool:
        """Whether the rule is on unless it is switched off."""
        return bool(CleaningConfig.model_fields[self.code].default)

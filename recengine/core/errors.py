"""Mistakes a person can mend. Every message says what was found, what is wanted, what to do."""

from collections.abc import Iterable
from difflib import get_close_matches

SHOWN = 6  # possible answers named in a sentence


class RecengineError(Exception):
    """Anything a user can put right; shown as one clear sentence, never as a traceback."""


class DataError(RecengineError):
    """The data handed over cannot be used as they are."""


class Question(DataError):  # noqa: N818 - it asks, and nothing is wrong with the data
    """The data can be read in several ways, and a guess could be wrong without anyone noticing.

    The answer is one of `options`, given as the field `setting` of the Mapping (`--SETTING ANSWER`).

    Attributes:
        setting: "dates", "decimals", "sheet", or a sheet of the other files ("items_sheet").
        subject: what it is about: a column, a file.
        options: each possible answer with what it would mean, in words and with examples.
    """

    def __init__(self, setting: str, subject: str, options: dict[str, str]) -> None:
        self.setting, self.subject, self.options = setting, subject, options
        shown = [f"{answer} = {meaning}" for answer, meaning in list(options.items())[:SHOWN]]
        if len(options) > SHOWN:
            shown.append(f"and {len(options) - SHOWN} more")
        option = f"--{setting.replace('_', '-')}"
        super().__init__(
            f"{subject} can be read in {len(options)} ways. Say which with {option}, or choose on the "
            f"Data page: {'; '.join(shown)}."
        )


class SettingsError(RecengineError):
    """A setting is unknown, of the wrong kind or out of bounds."""


class EditError(SettingsError):
    """An edit cannot be read, names what is not there, or would leave nothing to learn from or to ask."""


class NotFoundError(RecengineError):
    """A run, dataset, person or item of that name is not here."""


class TrainingError(RecengineError):
    """Training had to stop; the message says what to change."""


class JobError(RecengineError):
    """A background job could not be started, or cannot do what was asked of it now."""


class ExplanationError(RecengineError):
    """An explanation that does not add up, or a question that the model cannot be asked."""


def did_you_mean(name: str, known: Iterable[str], shown: int = 8) -> str:
    """A sentence with the nearest known name, or the first few there are; "" when none."""
    known = list(known)
    if near := get_close_matches(name, known, n=1):
        return f"Did you mean '{near[0]}'?"
    if not known:
        return ""
    more = f" and {len(known) - shown:,} more" if len(known) > shown else ""
    return f"There are: {', '.join(known[:shown])}{more}."

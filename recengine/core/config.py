"""Settings: frozen, bounded, documented where they are defined, and able to build what they describe."""

from typing import Any, Self

from pydantic import BaseModel, ConfigDict, ValidationError

from recengine.core.errors import SettingsError, did_you_mean


class Config(BaseModel):
    """Base of every settings object. Unknown names are errors, not wishes."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    @classmethod
    def of(cls, values: dict[str, Any]) -> Self:
        """Settings from plain values (a form, JSON, `--set a=b`).

        Raises:
            SettingsError: naming the field, the value found and what is allowed.
        """
        unknown = [name for name in values if name not in cls.model_fields]
        if unknown:
            hint = did_you_mean(unknown[0], cls.model_fields)
            raise SettingsError(f"there is no setting '{unknown[0]}' here. {hint}")
        try:
            return cls.model_validate(values)
        except ValidationError as error:
            raise SettingsError(_sentence(error)) from None


def _sentence(error: ValidationError) -> str:
    """The first problems of a pydantic error as one line."""
    parts = [
        f"{'.'.join(map(str, problem['loc'])) or 'settings'} = {problem['input']!r}: {problem['msg']}"
        for problem in error.errors()[:3]
    ]
    return "; ".join(parts)

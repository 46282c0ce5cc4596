"""A strategy: what lists are made for, on top of what a run scores."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, field_validator, model_validator

from recengine.core.config import Config
from recengine.strategy.conflicts import check
from recengine.strategy.pool import CatalogueFacts
from recengine.strategy.rules import Rule
from recengine.strategy.terms import find_term
from recengine.strategy.toml import read, to_toml

Method = Literal["none", "mmr", "dpp", "calibrated", "xquad"]
Exploring = Literal["none", "epsilon", "thompson", "linucb"]


class Boost(Config):
    """Items with a value are lifted by so much: 1 counts as one spread of a term of weight 1."""

    column: str = Field(description="The column of the value, such as category or brand.")
    value: str = Field(description="The value.")
    weight: float = Field(description="How much it lifts; below 0 it lowers.")


class Diversify(Config):
    """How a list avoids more of the same."""

    method: Method = Field(
        default="none",
        description="none. mmr: no two alike. dpp: all unlike one another. calibrated: mixed as the person's "
        "past is. xquad: something for each of the person's interests.",
    )
    weight: float = Field(default=0.3, ge=0, le=1, description="0: the score alone counts. 1: variety alone.")
    column: str = Field(default="", description="By which column items are alike; empty: by all of them.")


class Explore(Config):
    """How much is left to chance, so that there is something to learn from."""

    method: Exploring = Field(
        default="none",
        description="none. epsilon: on a share of the lists one place, drawn by chance, shows an item drawn "
        "by chance. thompson: scores are drawn from what the model holds possible. linucb: scores are read "
        "as high as they may well be.",
    )
    amount: float = Field(
        default=0.1, ge=0, le=5, description="epsilon: the share, from 0 to 1. Otherwise: in standard errors."
    )

    @model_validator(mode="after")
    def _share(self) -> Self:
        if self.method == "epsilon" and self.amount > 1:
            raise ValueError(f"epsilon is a share of the lists, from 0 to 1; found {self.amount:g}")
        return self


class Strategy(Config):
    """Weights, boosts, variety, rules and chance; acts in the order of its fields.

    Attributes:
        weights: a name in TERMS, with its column where it is over one ("expected margin"), to its weight.
    """

    name: str = Field(default="as the run", min_length=1, max_length=80, description="What it is called.")
    weights: dict[str, float] = Field(
        default={"relevance": 1.0}, description="How much each term counts, all on one scale."
    )
    boosts: tuple[Boost, ...] = Field(default=(), description="Values to be lifted or lowered.")
    diversify: Diversify = Field(default=Diversify(), description="How a list avoids more of the same.")
    rules: tuple[Rule, ...] = Field(default=(), description="What may, must and must not be listed.")
    repeats: Literal["as the run", "allowed", "not"] = Field(
        default="as the run", description="Whether items may be listed that the person had before."
    )
    candidates: int = Field(
        default=200, ge=1, le=10_000, description="How many of the run's best items are looked at for a list."
    )
    explore: Explore = Field(default=Explore(), description="How much is left to chance.")

    @field_validator("weights")
    @classmethod
    def _known(cls, weights: dict[str, float]) -> dict[str, float]:
        for name in weights:
            find_term(name)
        return weights

    def to_toml(self) -> str:
        """The strategy as a TOML document that `from_toml` reads back."""
        return to_toml(self)

    @classmethod
    def from_toml(cls, text: str) -> Strategy:
        """The strategy of a TOML document.

        Raises:
            SettingsError: it is no TOML, or says what a strategy cannot be told.
        """
        return cls.of(read(text))

    def check(self, facts: CatalogueFacts, k: int = 10) -> None:
        """Raise SettingsError with all that cannot be, before anything runs."""
        check(self, facts, k)

"""The verdict on two simulated strategies, in words."""

from __future__ import annotations

from collections.abc import Sequence

from recengine.core.words import MINUS, count, listed, many
from recengine.strategy.simulate.comparison import Compared
from recengine.strategy.simulate.measures import EARNED, MEASURES
from recengine.strategy.simulate.presets import Preset


def label(world: Preset, people: int) -> str:
    """That nothing of it is real."""
    return (
        f"Simulated {world.title}: {count(people)} made-up {many(world.person)} with known tastes. No figure "
        "here is of your own data."
    )


def amount(world: Preset, number: float, signed: bool = False) -> str:
    """What was earned, with its unit."""
    sign = MINUS if number < 0 else "+" if signed else ""
    digits = f"{abs(number):,.{0 if abs(number) >= 100 else 1 if abs(number) >= 10 else 2}f}"
    return f"{sign}${digits}" if world.unit == "$" else f"{sign}{digits} {world.unit}".strip()


def sentence(world: Preset, names: tuple[str, str], compared: Sequence[Compared], people: int) -> str:
    """Who earns more, by how much, whether that is real, what the world knows, and what else differs."""
    by_name = {one.name: one for one in compared}
    parts = [_earned(world, names, by_name[EARNED], people), _truth(world, by_name[EARNED])]
    return " ".join([*parts, *_others(names[1], [one for one in compared if one.name != EARNED])])


def _earned(world: Preset, names: tuple[str, str], told: Compared, people: int) -> str:
    gain, over = told.difference, f"{told.difference.num_people} simulated worlds"
    span = f"95 % interval {amount(world, gain.low, True)} to {amount(world, gain.high, True)}, over {over}"
    a_day = f"a day with {count(people)} {many(world.person)}"
    if told.verdict == "cannot be said":
        return (
            f"In one simulated {world.title} '{names[1]}' makes {amount(world, gain.mean, True)} of "
            f"{world.earns} {a_day} against '{names[0]}'. One world does not tell a real difference from "
            "chance: simulate more."
        )
    if told.verdict == "no real difference":
        return (
            f"In the simulated {world.title} there is no real difference in {world.earns} between "
            f"'{names[1]}' and '{names[0]}': {amount(world, gain.mean, True)} {a_day} ({span})."
        )
    less = "less" if world.unit else "fewer"
    more = f"{amount(world, abs(gain.mean))} {'more' if gain.mean > 0 else less} {world.earns}"
    return (
        f"In the simulated {world.title} '{names[1]}' makes {more} {a_day} than '{names[0]}' "
        f"({_percent(told.relative)}; {span}): a real difference."
    )


def _percent(share: float) -> str:
    return f"{100 * share:+.0f} %".replace("-", MINUS)


def _truth(world: Preset, told: Compared) -> str:
    return f"The true difference, by the tastes that made the worlds, is {amount(world, told.truth, True)}."


def _others(name: str, compared: Sequence[Compared]) -> list[str]:
    """What else really differs."""
    found = []
    for verdict in ("better", "worse"):
        told = [
            f"{MEASURES[one.name].title[:1].lower()}{MEASURES[one.name].title[1:]} ({one.second:.3g} against "
            f"{one.first:.3g})"
            for one in compared
            if one.verdict == verdict
        ]
        if told:
            found.append(f"'{name}' is {verdict} in {listed(told)}.")
    return found

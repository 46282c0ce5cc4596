"""Simulated worlds, whose people's tastes are known, in which strategies are tried side by side."""

from recengine.strategy.simulate.engine import run
from recengine.strategy.simulate.learners import LEARNERS, Known, Scored
from recengine.strategy.simulate.presets import WORLDS, Preset, find_world
from recengine.strategy.simulate.world import World

__all__ = ["LEARNERS", "WORLDS", "Known", "Preset", "Scored", "World", "find_world", "run"]

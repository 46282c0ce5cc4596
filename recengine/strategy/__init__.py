"""Strategies: what lists are made for, on top of what a run scores."""

from recengine.strategy.pool import CatalogueFacts, Pool
from recengine.strategy.rules import RULES, Rule
from recengine.strategy.serve import Served, apply
from recengine.strategy.strategy import Boost, Diversify, Explore, Strategy
from recengine.strategy.terms import TERMS

__all__ = [
    "RULES",
    "TERMS",
    "Boost",
    "CatalogueFacts",
    "Diversify",
    "Explore",
    "Pool",
    "Rule",
    "Served",
    "Strategy",
    "apply",
]

"""Strategy: what lists are made for, on top of what a model scores."""

from recengine.ui import cache, picks, strategy_page
from recengine.ui.page import setup_page

LEAD = "Weights, variety and rules on top of a model, each with what it really does to the lists."

with setup_page("Strategy", "🧭", key="strategy", lead=LEAD) as page:
    workspace = cache.workspace()
    if card := picks.dataset(workspace, page):
        strategy_page.show(workspace, card, page)

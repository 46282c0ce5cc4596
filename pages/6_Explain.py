"""Explain: why a person is offered an item, and why not another."""

from recengine.ui import cache, explain_page, picks
from recengine.ui.page import setup_page

LEAD = "Why this one? What speaks for it, what speaks against it, and what would change it."

with setup_page("Explain", "💡", key="explain", lead=LEAD) as page:
    workspace = cache.workspace()
    if card := picks.dataset(workspace, page):
        explain_page.show(workspace, card, page)

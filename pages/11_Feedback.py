"""Feedback and learning: what came in, what is learnt from it, and what it is worth."""

from recengine.ui import cache, feedback_page, picks
from recengine.ui.page import setup_page

LEAD = "What people did with their lists, how learning from it pays, and what another strategy would earn."

with setup_page("Feedback and learning", "📣", key="feedback", lead=LEAD) as page:
    workspace = cache.workspace()
    if card := picks.dataset(workspace, page):
        feedback_page.show(workspace, card, page)

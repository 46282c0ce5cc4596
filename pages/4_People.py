"""People: what one person did, and what they are offered."""

from recengine.ui import cache, people_page, picks
from recengine.ui.page import setup_page

with setup_page("People", "👤", key="people", lead="What one person did, and what they are offered.") as page:
    workspace = cache.workspace()
    if card := picks.dataset(workspace, page):
        people_page.show(workspace, card, page)

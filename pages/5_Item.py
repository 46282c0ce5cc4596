"""Items: what one is, who takes it, and what stands near it."""

from recengine.ui import cache, item_page, picks
from recengine.ui.page import setup_page

with setup_page("Items", "🏷️", key="item", lead="What it is, who takes it, and what stands near it.") as page:
    workspace = cache.workspace()
    if card := picks.dataset(workspace, page):
        item_page.show(workspace, card, page)

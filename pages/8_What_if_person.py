"""What if (a person): untick, add, change, and the list moves."""

from recengine.ui import cache, picks, what_if_person_page
from recengine.ui.page import setup_page

LEAD = "Leave something out, add something, say they were someone else: the list moves at once."

with setup_page("What if (a person)", "🎛️", key="ifperson", lead=LEAD) as page:
    workspace = cache.workspace()
    if card := picks.dataset(workspace, page):
        what_if_person_page.show(workspace, card, page)

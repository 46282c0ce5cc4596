"""What if (retrain): other data or another setting, trained anew and measured on the same test."""

from recengine.ui import cache, picks, what_if_page
from recengine.ui.page import setup_page

LEAD = (
    "Leave data out, weigh them otherwise or change a setting. The model is trained anew both ways, "
    "and you read whether it matters."
)

with setup_page("What if (retrain)", "🧪", key="whatif", lead=LEAD) as page:
    workspace = cache.workspace()
    if card := picks.dataset(workspace, page):
        what_if_page.show(workspace, card, page)

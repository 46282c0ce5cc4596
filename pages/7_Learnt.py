"""What it learnt: which features and which kinds of past action drive a model, over many people."""

from recengine.ui import cache, learnt_page, picks
from recengine.ui.page import setup_page

LEAD = "What drives a model's scores, over many people, and how sure that is."

with setup_page("What it learnt", "🧠", key="learnt", lead=LEAD) as page:
    workspace = cache.workspace()
    if card := picks.dataset(workspace, page):
        learnt_page.show(workspace, card, page)

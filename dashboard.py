"""Overview: where things stand, one real person, and three ways on."""

from recengine.ui import cache, overview_page
from recengine.ui.page import setup_page

with setup_page("Overview", "🏠", key="overview", heading=False) as page:
    overview_page.show(cache.workspace(), page)

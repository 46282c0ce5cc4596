"""Overview: where things stand, one real person, and three ways on."""

from recengine.ui.page import setup_page

with setup_page("Overview", "🏠", key="overview", lead="Where things stand."):
    pass

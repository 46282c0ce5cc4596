"""People: what one person did, and what they are offered."""

from recengine.ui.page import setup_page

with setup_page("People", "👤", key="people", lead="What one person did, and what they are offered."):
    pass

"""Item: what it is, who takes it, and what stands near it."""

from recengine.ui.page import setup_page

with setup_page("Items", "🏷️", key="item", lead="What it is, who takes it, and what stands near it."):
    pass

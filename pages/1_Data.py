"""Data: look at what models learn from, or bring in more of it."""

import streamlit as st

from recengine.services.workspace import Workspace
from recengine.ui import data_page, import_page, import_watch
from recengine.ui.choose import choose_dataset
from recengine.ui.import_outcome import BRING
from recengine.ui.page import setup_page

LEAD = "What the models learn from: where it comes from, what was cleaned, and what it is worth."

with setup_page("Data", "🗂️", key="data", lead=LEAD):
    workspace = Workspace.default()
    if import_page.choose_half(workspace) == BRING:
        import_page.bring_in(workspace)
        st.stop()
    dataset = choose_dataset(workspace)
    import_watch.draw_in_short(workspace, dataset.name)
    data_page.explore(workspace, dataset)

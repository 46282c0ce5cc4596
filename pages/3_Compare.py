"""Compare: which model is better, on the same test, and by how much beyond chance."""

import streamlit as st

from recengine.services.workspace import Workspace
from recengine.ui import compare_page
from recengine.ui.choose import choose_dataset
from recengine.ui.page import setup_page

LEAD = "Which model is better, on the same test, and by how much beyond chance."

with setup_page("Compare", "📊", key="compare", lead=LEAD):
    workspace = Workspace.default()
    which_data, which_test, which_metric = st.columns([1, 2, 1])
    with which_data:
        card = choose_dataset(workspace)
    with which_test:
        exam = compare_page.choose_exam(workspace, card)
    if exam:
        with which_metric:
            metric = compare_page.choose_metric(exam)
        compare_page.verdict(exam, metric)
        compare_page.details(workspace, exam, metric)
        compare_page.ways_on(workspace, card, exam)

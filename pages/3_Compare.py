"""Compare: which model is better, on the same test, and by how much beyond chance."""

from recengine.services.workspace import Workspace
from recengine.ui import compare_page
from recengine.ui.choose import choose_dataset
from recengine.ui.page import setup_page

LEAD = "Which model is better, on the same test, and by how much beyond chance."

with setup_page("Compare", "📊", key="compare", lead=LEAD):
    workspace = Workspace.default()
    card = choose_dataset(workspace)
    if exam := compare_page.choose_exam(workspace, card):
        metric = compare_page.choose_metric(exam)
        compare_page.verdict(exam, metric)
        compare_page.details(workspace, exam, metric)
        compare_page.ways_on(card, exam)

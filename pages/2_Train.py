"""Train: choose data and a model, start, and watch it learn."""

from recengine.services.workspace import Workspace
from recengine.ui import train_page
from recengine.ui.page import setup_page

LEAD = "Choose data and a model, start, and watch it learn. Training goes on when you close this page."

with setup_page("Train", "⚙️", key="train", lead=LEAD):
    workspace = Workspace.default()
    train_page.under_way(workspace)
    train_page.new_training(workspace)
    train_page.history(workspace)

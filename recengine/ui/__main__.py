"""The web server: `python -m recengine.ui run dashboard.py` is `streamlit run`, warmed up meanwhile."""

from streamlit.web import cli

from recengine.ui import warm

if __name__ == "__main__":
    warm.up()
    cli.main(prog_name="streamlit")

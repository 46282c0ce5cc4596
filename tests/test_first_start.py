"""The dashboard starts for somebody who has never run Streamlit, and asks them for nothing."""

import tomllib
from pathlib import Path

SETTINGS = Path(__file__).parents[1] / ".streamlit" / "config.toml"


def test_nobody_is_asked_for_an_address_in_the_terminal() -> None:
    """Streamlit's prompt waits for an answer, and ends the server where nobody can give one."""
    assert tomllib.loads(SETTINGS.read_text())["server"]["showEmailPrompt"] is False


def test_nothing_is_offered_for_installation_on_top_of_the_page() -> None:
    """Streamlit's offer of skills for agents comes where a browser is opened, and hangs on this setting."""
    assert tomllib.loads(SETTINGS.read_text())["logger"]["hideWelcomeMessage"] is True

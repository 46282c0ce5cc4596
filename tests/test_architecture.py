"""The map in the README is true: imports point downwards only, and heavy libraries load late."""

import ast
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
LAYERS = ["core", "data", "models", "metrics", "explain", "strategy", "services", "ui"]  # low -> high
PACKAGE = sorted((ROOT / "recengine").rglob("*.py"))
SCRIPTS = sorted([ROOT / "dashboard.py", *(ROOT / "pages").glob("*.py")])

# Who may import what. "app" stands for dashboard.py and pages/, "cli" for recengine/cli.py.
OWNERS = {
    "streamlit": {"ui", "app"},
    "shap": {"explain"},
    "torch": {"models", "services"},
    "numba": {"core", "models", "strategy"},
    "sklearn": {"data", "models", "metrics"},
    "duckdb": {"data", "services"},
    "plotly": {"ui"},
    "sqlalchemy": {"data"},
    "connectorx": {"data"},
    "pymysql": {"data"},
    "psycopg": {"data"},
    "pymongo": {"data"},
    "river": {"services"},
}
# These load when used: never from the top of a module that a light command has to import.
HEAVY = {
    *{"torch", "shap", "sklearn", "streamlit", "duckdb", "sqlalchemy", "connectorx", "pymysql", "pymongo"},
    *{"psycopg", "mlflow", "optuna", "ray", "plotly", "river", "scipy", "numba"},
}


@cache
def parsed(path: Path) -> ast.Module:
    """A file's syntax; each is read once for all tests."""
    return ast.parse(path.read_text(encoding="utf-8"))


@cache
def imports(path: Path) -> frozenset[str]:
    """Everything a file imports, as absolute dotted names, anywhere in the file."""
    package = path.relative_to(ROOT).parts[:-1]
    found: set[str] = set()
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = [*package[: len(package) - node.level + 1]] if node.level else []
            module = ".".join([*base, *([node.module] if node.module else [])])
            found |= {module, *(f"{module}.{alias.name}" for alias in node.names)}
    return frozenset(found)


def layer_of(path: Path) -> str:
    """The folder of the package a file lies in; "app" for scripts; its own name for a module."""
    if path in SCRIPTS:
        return "app"
    return path.relative_to(ROOT / "recengine").parts[0].removesuffix(".py")


def relative(path: Path) -> str:
    return str(path.relative_to(ROOT))


def is_in(name: str, packages: set[str]) -> bool:
    return any(name == package or name.startswith(f"{package}.") for package in packages)


@pytest.mark.parametrize("path", PACKAGE, ids=relative)
def test_a_layer_imports_only_lower_layers(path: Path) -> None:
    layer = layer_of(path)
    above = LAYERS[LAYERS.index(layer) + 1 :] if layer in LAYERS else []
    above = ["ui"] if layer in ("cli", "printing") else above
    upwards = {name for name in imports(path) if is_in(name, {f"recengine.{layer}" for layer in above})}
    assert not upwards, f"{relative(path)} imports upwards: {sorted(upwards)}"


@pytest.mark.parametrize("path", SCRIPTS, ids=relative)
def test_a_page_speaks_to_ui_and_services_only(path: Path) -> None:
    """Errors and the vocabulary of core may be named too."""
    spoken = {"recengine", "recengine.ui", "recengine.services", "recengine.core"}
    below = {
        name
        for name in imports(path)
        if name.startswith("recengine") and not is_in(name, spoken - {"recengine"})
    }
    assert below <= {"recengine"}, f"{relative(path)} reaches past the services: {sorted(below)}"


@pytest.mark.parametrize("path", [*PACKAGE, *SCRIPTS], ids=relative)
def test_a_library_is_imported_only_where_it_belongs(path: Path) -> None:
    strays = {
        library: sorted(owners)
        for library, owners in OWNERS.items()
        if layer_of(path) not in owners and any(is_in(name, {library}) for name in imports(path))
    }
    assert not strays, f"{relative(path)} imports what belongs elsewhere: {strays}"


@pytest.mark.parametrize("path", [*PACKAGE, *SCRIPTS], ids=relative)
def test_no_pickle_is_read_or_written(path: Path) -> None:
    tree = parsed(path)
    assert not {
        name for name in imports(path) if is_in(name, {"pickle", "dill", "cloudpickle", "joblib", "shelve"})
    }
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    for call in calls:
        given = {word.arg: ast.unparse(word.value) for word in call.keywords}
        called = ast.unparse(call.func)
        if called.endswith("torch.load"):
            assert given.get("weights_only") == "True", (
                f"{relative(path)}: torch.load without weights_only=True"
            )
        if called.rpartition(".")[2] in ("read_pickle", "to_pickle") or given.get("allow_pickle") == "True":
            pytest.fail(f"{relative(path)}: {called} pickles")


def loaded_after(code: str) -> set[str]:
    """The top-level modules a fresh interpreter holds after running the code."""
    code += "\nimport sys; print(*{name.partition('.')[0] for name in sys.modules})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    return set(done.stdout.split())


def test_importing_recengine_loads_no_heavy_library() -> None:
    assert not loaded_after("import recengine") & HEAVY


@pytest.mark.parametrize("shelf", ["data", "models", "metrics", "strategy", "services", "cli"])
def test_reading_a_shelf_loads_no_heavy_library(shelf: str) -> None:
    """A form or a table drawn from a shelf must not cost seconds of imports."""
    assert not loaded_after(f"import recengine.{shelf}") & HEAVY


@pytest.mark.parametrize("path", [*PACKAGE, *SCRIPTS], ids=relative)
def test_no_star_imports_and_no_global_statements(path: Path) -> None:
    tree = parsed(path)
    assert not [node for node in ast.walk(tree) if isinstance(node, ast.Global)]
    names = [node.names for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    assert not [alias for group in names for alias in group if alias.name == "*"]


@pytest.mark.parametrize("path", SCRIPTS, ids=relative)
def test_every_page_is_set_up_before_it_draws_anything(path: Path) -> None:
    """A deep link runs a page alone, so none may lean on dashboard.py having run."""
    body = [node for node in parsed(path).body if not _is_quiet(node)]
    assert body, f"{relative(path)} draws nothing"
    assert "setup_page(" in ast.unparse(body[0]).partition("\n")[0], (
        f"{relative(path)}: setup_page comes first"
    )


def _is_quiet(node: ast.stmt) -> bool:
    """Docstrings, imports, definitions and constants: what runs without drawing."""
    quiet = ast.Import | ast.ImportFrom | ast.FunctionDef | ast.ClassDef | ast.Assign | ast.AnnAssign
    return isinstance(node, quiet) or (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant))

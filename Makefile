# Two commands matter: `make demo` (from nothing to the workbench in the browser) and `make test`.
# Both set up all they need in .venv. On a machine without an NVIDIA card the CPU build of torch is
# taken; say TORCH_INDEX=<address from PyTorch's install page> to choose another build.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
CPU_TORCH := 2.13.0
PYTEST_WORKERS ?= 2

.PHONY: help demo dashboard test test-quick check format bench wheel clean browser servers

help:  ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

demo: $(VENV)/.app  ## install, load the sample, train the first models, open the dashboard
	$(BIN)/recengine demo

dashboard: $(VENV)/.app  ## open the dashboard on the workspace as it is
	$(BIN)/recengine dashboard

test: $(VENV)/.dev browser servers  ## install everything the tests need, then run them all
	$(BIN)/python -m pytest -n $(PYTEST_WORKERS) --dist loadfile

test-quick: $(VENV)/.dev  ## without the browser and the slow ones
	$(BIN)/python -m pytest -m "not browser and not slow" -x

check: $(VENV)/.dev  ## lint, formatting, types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: $(VENV)/.dev  ## put the formatting right
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(VENV)/.dev  ## run the benchmarks one at a time and write docs/benchmarks.md
	$(BIN)/recengine bench --write

wheel: $(VENV)/.dev  ## build the wheel into dist/
	$(PIP) wheel --no-deps --wheel-dir dist .

clean:  ## remove the environment and every cache; data/ is left alone
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis *.egg-info

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "recengine needs Python 3.11 or newer; $$($(PYTHON) --version) found. Say PYTHON=python3.12"; exit 1; }
	$(PYTHON) -m venv $(VENV)

# torch comes first, so that installing the rest does not choose a build for us; it complains without numpy.
$(VENV)/.torch: | $(BIN)/python
	@if [ -n "$(TORCH_INDEX)" ]; then \
		echo "torch: the build you named"; $(PIP) install -q numpy && $(PIP) install -q torch --index-url "$(TORCH_INDEX)"; \
	elif command -v nvidia-smi >/dev/null && nvidia-smi -L 2>/dev/null | grep -q GPU; then \
		echo "torch: GPU build, because this machine has $$(nvidia-smi -L | head -n 1 | sed 's/ (UUID.*//')"; \
		$(PIP) install -q numpy 'torch>=2.6'; \
	else \
		echo "torch: CPU build, because no NVIDIA card was found"; \
		$(PIP) install -q numpy 'torch==$(CPU_TORCH)'; \
	fi
	@$(BIN)/python -c 'import torch; print("torch", torch.__version__, "runs on", "the GPU" if torch.cuda.is_available() else "the CPU")'
	@touch $@

$(VENV)/.app: pyproject.toml $(VENV)/.torch
	$(PIP) install -q -e .
	@touch $@

$(VENV)/.dev: pyproject.toml $(VENV)/.torch
	$(PIP) install -q -e '.[dev]'
	@touch $@ $(VENV)/.app

# Debian's Chromium where apt can be used, else Playwright's own.
browser: $(VENV)/.dev
	@command -v chromium >/dev/null || command -v google-chrome >/dev/null \
		|| { [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null \
			&& apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -qq -y chromium >/dev/null; } \
		|| $(BIN)/python -m playwright install chromium

# Real databases for the tests: Debian's MariaDB and PostgreSQL where apt can be used. Elsewhere their
# tests are skipped, and say so; where CI is set they fail.
servers:
	@{ command -v mariadbd || ls /usr/sbin/mariadbd; } >/dev/null 2>&1 \
		&& { command -v initdb || ls /usr/lib/postgresql/*/bin/initdb; } >/dev/null 2>&1 \
		|| { [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null \
			&& apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -qq -y \
				--no-install-recommends mariadb-server-core postgresql >/dev/null; } \
		|| echo "MariaDB and PostgreSQL are not installed; their tests will be skipped"

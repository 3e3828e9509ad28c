# Needs Python 3.11+, make and a package index; brings everything else itself.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
MEMBERS := core plugins/prestashop plugins/vtiger plugins/files plugins/connectif plugins/messages plugins/web plugins/loyalty plugins/zerosix plugins/demo examples/pelican plugin-template
READY := $(VENV)/.ready
# One more than there are processors: many tests wait for a process of their own.
WORKERS := $(shell expr $$(nproc 2>/dev/null || sysctl -n hw.ncpu 2>/dev/null || echo 1) + 1)

.PHONY: demo test test-all lint bench features docs lock clean

$(READY): requirements.lock $(MEMBERS:%=%/pyproject.toml)
	$(PYTHON) -c "import sys; sys.exit(sys.version_info < (3, 11) and 'Crosstie needs Python 3.11 or newer: make PYTHON=python3.12')"
	$(PYTHON) -m venv --clear $(VENV)
	$(BIN)/python -m pip install --quiet --require-hashes --only-binary :all: --disable-pip-version-check -r requirements.lock
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation $(MEMBERS:%=-e %)
	touch $@

demo: $(READY)
	$(BIN)/crosstie demo

# The tests of plugin-template are run in a copy, by tests/test_new.py.
test: $(READY)
	$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal -m "not full" --ignore plugin-template

test-all: $(READY)
	$(BIN)/python -m pytest -n $(WORKERS)

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	for part in $(MEMBERS) tests benchmarks; do $(BIN)/mypy $$part || exit 1; done

bench: $(READY)
	$(BIN)/python -m benchmarks

features: $(READY)
	$(BIN)/python -m tests.features

docs: $(READY)
	$(BIN)/python -m tests.docs.generate
	NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs build

lock:
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-emit-find-links --no-header --python-version 3.11 --no-emit-package crosstie --no-emit-package crosstie-prestashop --no-emit-package crosstie-vtiger --no-emit-package crosstie-files --no-emit-package crosstie-connectif --no-emit-package crosstie-messages --no-emit-package crosstie-web --no-emit-package crosstie-loyalty --no-emit-package crosstie-zerosix --no-emit-package crosstie-demo --no-emit-package crosstie-pelican --no-emit-package crosstie-quill --group dev $(MEMBERS:%=%/pyproject.toml) -o requirements.lock

clean:
	rm -rf $(VENV)

# make run    sets everything up, creates demo data on first use, opens the app on port 8501 (PORT=… changes it)
# make test   sets everything up, runs every check and every test
# make bench  runs the benchmarks, writes benchmarks/results.md
# make nightly  the long forms of crash and fault tests
# make soak     the mirror under faults, kills and a person at the sheet, under 5 minutes (SEED=…)
# make pictures  takes the pictures in README.md and docs/ from the real app
# make lock   resolves requirements*.in into requirements*.txt

PYTHON ?= python3
PORT ?= 8501
ADDRESS ?= 127.0.0.1
SEED ?= 1
VENV := .venv
BIN := $(VENV)/bin

.PHONY: run test check nightly soak bench pictures lock browser
.DELETE_ON_ERROR:

run: $(VENV)/runtime.stamp
ifndef DATABASE_URL
	$(BIN)/python -m survey demo --if-empty
endif
	$(BIN)/streamlit run streamlit_app.py --server.port $(PORT) --server.address $(ADDRESS)

test: check browser
	$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder

check: $(VENV)/dev.stamp
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

nightly: check browser
	COMPATI_NIGHTLY=1 $(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder

soak: $(VENV)/dev.stamp
	$(BIN)/python -m tests.soak --seed $(SEED)

bench: $(VENV)/dev.stamp
	$(BIN)/python -m benchmarks

pictures: $(VENV)/dev.stamp browser
	$(BIN)/python -m docs.pictures

lock:
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate \
	  --custom-compile-command "make lock" --quiet requirements.in -o requirements.txt
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate \
	  --custom-compile-command "make lock" --quiet requirements-postgres.in -o requirements-postgres.txt
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate \
	  --custom-compile-command "make lock" --quiet requirements-dev.in -o requirements-dev.txt

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Compati needs Python 3.11 or later: make PYTHON=python3.12 …")'
	$(PYTHON) -m venv $(VENV)

$(VENV)/runtime.stamp: requirements.txt | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	touch $@

$(VENV)/dev.stamp: requirements-dev.txt $(VENV)/runtime.stamp
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	touch $@

# The browser tests drive the system's Chromium. As root on Debian it is installed here; elsewhere one line says what to do.
browser:
	@command -v chromium >/dev/null || { \
	  if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium fonts-noto-core >/dev/null; \
	  else echo "The browser tests need Chromium: install the package chromium, then run make test again." >&2; exit 1; fi; }

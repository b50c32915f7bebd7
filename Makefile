# Every target makes its own .venv: nothing but Python >= 3.11 and make is needed.
PYTHON ?= python3
BIN := .venv/bin
STAMP := .venv/.ready
PACKAGES := loyalty partners member_portal config migrations tests wsgi.py
TESTS ?= -n 2 --dist worksteal

.PHONY: .venv demo test check bench bench-large bench-settlement check-street constraints translations

$(STAMP): pyproject.toml constraints.txt
	@if command -v uv >/dev/null 2>&1; then \
	  uv venv -q --allow-existing --python '>=3.11' .venv && \
	  uv pip install -q --python $(BIN)/python -c constraints.txt -C editable_mode=compat -e '.[test]'; \
	else \
	  $(PYTHON) -c 'import sys; sys.exit("Emma needs Python 3.11 or newer") if sys.version_info < (3, 11) else None' && \
	  $(PYTHON) -m venv .venv && \
	  $(BIN)/python -m pip install -q --disable-pip-version-check -c constraints.txt -C editable_mode=compat -e '.[test]'; \
	fi
	@touch $@

.venv: $(STAMP)

demo: $(STAMP)
	$(BIN)/emma demo

test: $(STAMP)
	$(BIN)/python -m pytest $(TESTS)

check: $(STAMP)
	$(BIN)/ruff check $(PACKAGES)
	$(BIN)/ruff format --check $(PACKAGES)
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/emma migrate && $(BIN)/flask --app wsgi db check
	$(BIN)/python -m pytest $(TESTS)

bench: $(STAMP)
	$(BIN)/python -m tests.bench

bench-large: $(STAMP)
	$(BIN)/python -m tests.bench.large

bench-settlement: $(STAMP)
	$(BIN)/python -m tests.bench.settlement

# make check-street STREET=file.csv.gz: a year of real receipts imported twice, killed in between, audited.
check-street: $(STAMP)
	$(BIN)/python -m tests.faults.real_street "$(STREET)"

# New versions: the file must never hold the address of a registry.
constraints:
	uv pip compile --universal --no-emit-index-url --no-annotate --no-header --all-extras --python-version 3.11 \
	  --upgrade pyproject.toml -q -o constraints.txt

translations: $(STAMP)
	$(BIN)/pybabel compile -q -d config/translations

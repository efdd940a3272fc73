# Everything for Linux and macOS; GNU make 3.81, which macOS has, is enough.

ENVIRONMENT := .venv
BIN := $(ENVIRONMENT)/bin
STUDY := simulations/oligoprogression_phase2
# More options for the main job, for example `make demo DEMO_FLAGS=--quick`.
DEMO_FLAGS :=
# More options for pytest, for example `make test PYTEST_FLAGS="-k hazard"`.
PYTEST_FLAGS :=
# More options for uv, for example `make pins PINS_FLAGS=--upgrade`.
PINS_FLAGS :=

# One stamp for the environment and one for each set of packages installed in it.
CREATED := $(ENVIRONMENT)/.created
FOR_DEMO := $(ENVIRONMENT)/.installed
FOR_TEST := $(ENVIRONMENT)/.installed-test
FOR_DOCS := $(ENVIRONMENT)/.installed-docs
PINS := pyproject.toml constraints.txt
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt

# An environment whose Python has gone is made anew, whatever its stamps say.
GONE := $(shell test -x $(BIN)/python || echo gone)

.PHONY: help demo test lint types tests bench docs pins clean gone
.NOTPARALLEL:

help:
	@echo "make demo   install oligotrial in $(ENVIRONMENT) and plan the worked trial ($(STUDY))"
	@echo "make test   install what the checks need; lint, types, tests"
	@echo "make lint | types | tests   one part of make test"
	@echo "make bench  benchmarks"
	@echo "make docs   documentation in docs/_build/html"
	@echo "make pins   pin in constraints.txt what pyproject.toml asks for (needs uv)"
	@echo "make clean  remove what make made"

demo: $(FOR_DEMO)
	$(BIN)/oligotrial run $(STUDY) $(DEMO_FLAGS)

test: lint types tests

lint: $(FOR_TEST)
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/lint-imports
	find src -name '*.py' -exec $(BIN)/numpydoc lint {} +

types: $(FOR_TEST)
	$(BIN)/mypy

tests: $(FOR_TEST)
	$(BIN)/python -m pytest -n auto --maxprocesses 4 --dist loadfile --cov --cov-branch --cov-report=term-missing $(PYTEST_FLAGS)

bench: $(FOR_TEST)
	$(BIN)/python -m pytest tests/benchmarks -o addopts="--import-mode=importlib" --benchmark-only $(PYTEST_FLAGS)

docs: $(FOR_DOCS)
	$(BIN)/python -m sphinx -W --keep-going -q -b html docs docs/_build/html
	@echo "Open docs/_build/html/index.html"

pins:
	uv pip compile pyproject.toml --all-extras --universal --python-version 3.12 \
	  --fork-strategy fewest --no-annotate --quiet \
	  --custom-compile-command "make pins" -c scripts/intel-mac.txt -o constraints.txt $(PINS_FLAGS)

clean:
	rm -rf $(ENVIRONMENT) build dist docs/_build docs/api/generated htmlcov .coverage .benchmarks \
	  .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache

$(CREATED): scripts/make-environment scripts/find-python $(GONE)
	@scripts/make-environment $(ENVIRONMENT)
	@touch $@

$(FOR_DEMO): $(CREATED) $(PINS)
	@echo "Installing oligotrial (a minute or two)"
	@$(INSTALL) -e .
	@touch $@

$(FOR_TEST): $(CREATED) $(PINS)
	@echo "Installing oligotrial and what its checks need (a minute or two)"
	@$(INSTALL) -e ".[test]"
	@touch $(FOR_DEMO) $@

$(FOR_DOCS): $(CREATED) $(PINS)
	@echo "Installing oligotrial and what its documentation needs (a minute or two)"
	@$(INSTALL) -e ".[docs]"
	@touch $(FOR_DEMO) $@

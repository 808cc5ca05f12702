# Set up, start, test. Everything lives in this checkout: .venv, frontend/node_modules, .pitlive.

PORT  ?= 8000
SPEED ?= 20x
DATA  ?= .pitlive
RACE  ?=
APP   ?= assessment
RACES ?= nascar-cup-202[34]-*
JOBS  ?= 4

PYTHON := $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	"$$p" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo "$$p" && break; done)
BIN    := .venv/bin
TIDY   := $(if $(filter output-sync,$(.FEATURES)),--output-sync=target)
STATIC := pitlive/web/static/race.html
PAGES  := $(shell find frontend -name node_modules -prune -o -type f ! -name .stamp -print 2>/dev/null)

# What is installed is compiled as it is imported, which takes half the time: so it must be kept.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help start demo stop test check check-code check-pages check-tests check-types test-pages fix types bench bench-stream backtest clean

help: ## Print this
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s  %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

start: .venv/.run frontend/.stamp ## Start with a simulated race, or RACE=file (PORT=8000 SPEED=20x DATA=.pitlive); Ctrl-C stops
	@exec $(BIN)/pitlive up --data-dir '$(DATA)' --port '$(PORT)' --speed '$(SPEED)' $(if $(RACE),--feed '$(RACE)',--demo)

demo: .venv/.run frontend/.stamp ## Start with an example app (APP=assessment PORT=8000 SPEED=20x DATA=.pitlive); Ctrl-C stops
	@exec $(BIN)/pitlive up --data-dir '$(DATA)' --port '$(PORT)' --speed '$(SPEED)' --app '$(APP)'

stop: .venv/.run ## Stop what `make start` started from this checkout
	@exec $(BIN)/pitlive down --data-dir '$(DATA)'

test: .venv/.run frontend/.stamp ## Run everything: linters, types, layers, front end, then pytest (JOBS=4 at a time, ARGS=)
	@$(MAKE) --no-print-directory -j2 $(TIDY) check-code test-pages check-pages check-types check-tests
	$(BIN)/pytest --numprocesses $(JOBS) --dist worksteal $(ARGS)

check: check-code check-pages check-types ## Look at the code only: ruff, mypy, import-linter, Prettier, ESLint, svelte-check

check-code: .venv/.dev
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports

check-pages: .venv/.run frontend/.stamp
	cd frontend && ./npm run check

check-types: .venv/.dev frontend/.stamp
	cd frontend && ./npm run --silent schema -- --check

check-tests: .venv/.dev
	@found=$$($(BIN)/pytest --collect-only -qqq) || { printf '%s\n' "$$found"; exit 1; }

test-pages: .venv/.run frontend/.stamp
	cd frontend && ./npm test

fix: .venv/.dev frontend/node_modules/.package-lock.json ## Let ruff, ESLint and Prettier mend and format the code
	$(BIN)/ruff check --fix
	$(BIN)/ruff format
	cd frontend && ./npm run fix

types: .venv/.dev frontend/node_modules/.package-lock.json ## Write the types of the Python client and of the pages from the OpenAPI document
	$(BIN)/python -m pitlive.web.document.typed > pitlive/client/types.new || { rm pitlive/client/types.new; exit 1; }
	mv pitlive/client/types.new pitlive/client/types.py
	cd frontend && ./npm run --silent schema

bench: .venv/.dev ## Measure: rates, latencies, engine seconds
	$(BIN)/python -m benchmarks

bench-stream: .venv/.dev ## Measure streams beside Nchan and the C limits (ARGS=--quick for a minute)
	$(BIN)/python -m benchmarks.stream $(ARGS)

backtest: .venv/.dev ## Score the forecasts on past races (RACES='nascar-cup-202[34]-*')
	$(BIN)/pitlive history load $(foreach kind,nascar indycar f1,'$(or $(PITLIVE_DATA),../shared/data)/$(kind)') --data-dir '$(DATA)'
	$(BIN)/pitlive backtest --data-dir '$(DATA)' --races '$(RACES)' --html backtest.html

clean: ## Remove what was built and installed here; the races in .pitlive stay
	rm -rf .venv frontend/node_modules frontend/.stamp pitlive/web/static build dist *.egg-info
	rm -rf distributions/slim/build distributions/slim/*.egg-info
	rm -rf .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find pitlive tests -name __pycache__ -prune -exec rm -rf {} +

# Stamps: what was set up is set up again only when what it was made from has changed.

.venv/bin/python:
	@test -n '$(PYTHON)' || { echo 'make: no Python 3.11 or newer on the PATH, want one (apt-get install python3 python3-venv)' >&2; exit 1; }
	@echo 'make: setting up; this takes a minute or two, once'
	@$(PYTHON) -m venv .venv || { rm -rf .venv; echo 'make: no venv module, want it (apt-get install python3-venv)' >&2; exit 1; }

.venv/.run: setup.cfg pyproject.toml | .venv/bin/python
	@echo 'make: installing the Python packages'
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-compile --editable '.[pages]'
	@touch $@

.venv/.dev: .venv/.run
	@echo 'make: installing the Python packages for development'
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-compile --editable '.[dev,pages]'
	@touch $@

frontend/node_modules/.package-lock.json: frontend/package-lock.json | .venv/.run
	@echo 'make: installing the packages of the pages'
	@cd frontend && ./npm ci --no-audit --no-fund --loglevel=error
	@touch $@

frontend/.stamp: frontend/node_modules/.package-lock.json $(PAGES)
	@echo 'make: building the pages'
	@cd frontend && ./npm run --silent build
	@test -f $(STATIC) || { echo 'make: the build left no $(STATIC)' >&2; exit 1; }
	@touch $@

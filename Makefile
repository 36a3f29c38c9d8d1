# linbench: `make bench` and `make test` set up everything that they need.
PYTHON ?= python3
SUITE  ?= default
DEVICE ?=
ARGS   ?=
ENGINES ?= r octave gsl eigen lapack
PICTURED ?= $(lastword $(sort $(wildcard results/published/*-default-*.jsonl)))
PICTURE  ?= speed-advertising-features-tv-radio-newspaper

VENV := .venv
BIN  := $(VENV)/bin
LOCK := .ci/constraints.txt
ROOT := $(if $(filter 0,$(shell id -u)),,sudo)
RUN  := $(BIN)/linbench run $(SUITE) $(if $(DEVICE),--device $(DEVICE)) $(ARGS)

# Debian's packages for each engine; see backends/README.md for conda's
PACKAGES_r           := r-base-core r-cran-rcpparmadillo r-cran-rcppeigen
PACKAGES_octave      := octave
PACKAGES_gretl       := gretl
PACKAGES_gsl         := gcc libc6-dev libgsl-dev
PACKAGES_eigen       := g++ libeigen3-dev
PACKAGES_armadillo   := g++ libarmadillo-dev
PACKAGES_lapack      := gcc libc6-dev liblapack-dev
PACKAGES_pspp        := pspp
PACKAGES_gnumeric    := gnumeric
PACKAGES_libreoffice := libreoffice-calc
PACKAGES_postgres    := postgresql
PACKAGES_sqlite      := sqlite3
PACKAGES_pari        := pari-gp
PACKAGES_weka        := weka default-jdk-headless
ALL_ENGINES          := r octave gretl gsl eigen armadillo lapack pspp gnumeric libreoffice postgres sqlite pari weka

.DEFAULT_GOAL := help
.PHONY: engines help install bench test microbench lint types report site pictures check accept clean

help: ## print this list
	@echo "make TARGET [SUITE=$(SUITE)] [DEVICE=cpu|cuda] [ARGS='…']"
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  \1|\2/p' $(MAKEFILE_LIST) | awk -F'|' '{printf "%-14s%s\n", $$1, $$2}'

install: $(VENV)/.installed ## create .venv and install the locked versions into it

# pip would compile on one core, and tests too; templates that are no Python are no fault
$(VENV)/.installed: pyproject.toml $(LOCK)
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "linbench needs Python 3.11 or newer, $(PYTHON) is $$($(PYTHON) --version 2>&1); give another with PYTHON=…" >&2; exit 2; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --no-compile --constraint $(LOCK) --editable '.[all,dev]'
	@$(BIN)/python -m compileall -qq -j 0 -x '/tests?/' $(VENV)/lib harness backends || :
	@touch $@

bench: install ## measure SUITE and print the table; ARGS go to `linbench run`
	$(RUN)

test: install ## run the tests, one process per core; ARGS go to pytest
	$(BIN)/python -m pytest --numprocesses auto $(ARGS)

microbench: install ## time the harness and the from-scratch kernels; ARGS go to pytest
	OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 MKL_NUM_THREADS=1 $(BIN)/python -m pytest tests/benchmarks \
		--benchmark-only --benchmark-disable-gc --benchmark-warmup=on --timeout=1200 $(ARGS)

engines: ## install the engines' programs by apt; ENGINES="r octave gsl" or ENGINES=all
	@unknown='$(filter-out all $(ALL_ENGINES),$(ENGINES))'; [ -z "$$unknown" ] || \
		{ echo "ENGINES: got $$unknown, wanted some of: $(ALL_ENGINES), or all" >&2; exit 2; }
	@command -v apt-get > /dev/null || \
		{ echo "make engines needs apt-get; with conda, install what backends/README.md names" >&2; exit 2; }
	$(ROOT) apt-get update -qq
	$(ROOT) env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends \
		$(sort $(foreach engine,$(if $(filter all,$(ENGINES)),$(ALL_ENGINES),$(ENGINES)),$(PACKAGES_$(engine))))

report: install ## write the latest run as a page and print its path; ARGS may name other runs and add --static
	$(BIN)/linbench report $(ARGS)

site: install ## write pages over the published runs; ARGS may name others, or --out DIR
	$(BIN)/linbench site $(ARGS)

pictures: install ## draw the README's pictures from the run file PICTURED, into results/published/
	$(BIN)/linbench show $(PICTURED) --report summary --format svg >results/published/table.svg
	@folder=$$(mktemp -d) && $(BIN)/linbench report $(PICTURED) --static --out $$folder/page && \
		cp $$folder/page/figures/$(PICTURE).svg results/published/speed.svg; rm -rf "$$folder"

check: install ## measure SUITE in 12 rounds and compare it with its accepted baseline
	@file=$$(mktemp) && trap 'rm -f "$$file"' EXIT && set -x && \
		$(RUN) --rounds 12 --id-file "$$file" && $(BIN)/linbench check "$$(cat "$$file")"

accept: install ## make the latest run the baseline of its suite; ARGS may name another run
	$(BIN)/linbench accept $(ARGS)

lint: install ## check style and formatting
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: install ## check types
	$(BIN)/mypy

clean: ## remove .venv and caches; keep the results
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis .benchmarks *.egg-info dist
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

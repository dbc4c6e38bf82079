# make book    the book, at _build/html/index.html
# make test    every test, and nbval over every notebook; those of the pages where
#              make book was run and Chromium is installed
# make lint    layout, lint, spelling, and notebooks without outputs
# make bench   the measurements, into benchmarks/results/
# make experiments   the chapters' recorded experiments, there too (one to two hours)
# make links   whether the pages that the book links to are still there
# make strip   notebooks without what a commit should not hold
# make repo URL=https://github.com/YOU/BOOK   the book's address, everywhere
# make lock    requirements.txt from requirements.in and what .venv holds
# make clean   removes what was built; .venv and the download cache stay

SHELL := /bin/bash
PYTHON ?=
BIN := .venv/bin/python
NOTEBOOKS := $(wildcard book/*.ipynb)
JOBS ?= 2
CELL_SECONDS := 180

unexport PYTHONPATH PYTHONHOME
# Waiting threads spin briefly, then sleep. Where processes share the cores, spinning
# on costs minutes; sleeping at once makes small networks twice as slow.
export GOMP_SPINCOUNT ?= 20000

.PHONY: book test lint bench experiments links strip repo lock clean venv

venv:
	@book/_tools/venv.sh "$(PYTHON)"

book: venv
	@$(BIN) book/_tools/build.py

# Two workers share the cores, so each computes on one.
test: export OMP_NUM_THREADS ?= 1
test: venv
	@$(BIN) -m pytest -n $(JOBS) --dist loadfile --nbval-lax \
	  --nbval-cell-timeout=$(CELL_SECONDS) tests $(NOTEBOOKS)

lint: venv
	@$(BIN) -m ruff check .
	@$(BIN) -m ruff format --check .
	@$(BIN) -m codespell_lib
	@$(BIN) book/_tools/strip.py --check $(NOTEBOOKS)

bench: venv
	@$(BIN) -m benchmarks

experiments: venv
	@$(BIN) -m benchmarks.ellipses_skips
	@$(BIN) -m benchmarks.ellipses_skips --epochs 4 \
	  --out benchmarks/results/ellipses_skips_short
	@$(BIN) -m benchmarks.batch_norm
	@$(BIN) -m benchmarks.border_weights
	@$(BIN) -m benchmarks.edge_padding
	@$(BIN) -m benchmarks.family
	@$(BIN) -m benchmarks.family_cost
	@$(BIN) -m benchmarks.imbalance
	@$(BIN) -m benchmarks.line_poolings
	@$(BIN) -m benchmarks.paper_recipe
	@$(BIN) -m benchmarks.skip_kinds
	@$(BIN) -m benchmarks.tiles_memory
	@$(BIN) -m benchmarks.training_memory
	@$(BIN) -m benchmarks.upsampling_kinds
	@$(BIN) -m benchmarks.what_where

links: venv
	@$(BIN) book/_tools/links.py

strip: venv
	@$(BIN) book/_tools/strip.py $(NOTEBOOKS)

repo: venv
	@$(BIN) book/_tools/address.py "$(URL)"

lock: venv
	@$(BIN) book/_tools/lock.py

clean:
	rm -rf _build .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -not -path './.venv/*' -prune -exec rm -rf {} +

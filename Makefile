# Needs Python 3.11 or newer and make; everything else goes into .venv. `make` alone lists what there is.
#
#   make demo MINUTES=1     train for another time than five minutes
#   make test PYTHON=...    use another Python than the first suitable one
#   make test LOCK=         take the newest libraries that pyproject.toml admits, not the pinned ones

.DEFAULT_GOAL := help
.PHONY: help install demo test test-slow test-parity lint format bench lock clean
.DELETE_ON_ERROR:

VENV := .venv
LOCK ?= requirements/ci.lock requirements/parity.lock
MINUTES ?= 5
RUN := runs/say
ifeq ($(OS),Windows_NT)
  BIN := $(VENV)/Scripts
else
  BIN := $(VENV)/bin
endif

SUITABLE := import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))
PYTHON ?= $(shell for python in python3 python3.13 python3.12 python3.11 python3.14 python; do \
	$$python -c '$(SUITABLE)' 2>/dev/null && echo $$python && break; done)

help:
	@echo 'make demo         train for $(MINUTES) minutes on CMUdict, score the test set, pronounce words it never saw'
	@echo 'make test         the fast tests, on NumPy and JAX'
	@echo 'make test-slow    what takes longer: toy tasks, a minute of CMUdict, the built package'
	@echo 'make test-parity  the comparisons with PyTorch'
	@echo 'make install      set up everything at once'
	@echo 'make lint         ruff, mypy and numpydoc'
	@echo 'make format       let ruff format and mend'
	@echo 'make bench        every benchmark against PyTorch (make bench ONLY=lstm for some)'
	@echo 'make lock         renew the pinned versions in requirements/'
	@echo 'make clean        remove the virtual environment and the demo run'

demo: $(VENV)/.installed-data
	rm -rf $(RUN)
	$(BIN)/chainrule train seq2seq cmudict --out $(RUN) --minutes $(MINUTES)
	$(BIN)/chainrule evaluate $(RUN) --split test
	$(BIN)/chainrule predict $(RUN) chainrule backpropagation autograd numpy

test: $(VENV)/.installed-test
	$(BIN)/python -m pytest -m "not slow and not parity" -n auto --dist worksteal

test-slow: $(VENV)/.installed-test
	$(BIN)/python -m pytest -m "slow and not parity" --durations=5

test-parity: $(VENV)/.installed-parity
	$(BIN)/python -m pytest -m parity tests/parity

install: $(VENV)/.installed-all

lint: $(VENV)/.installed-lint
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python .ci/check_docstrings.py

format: $(VENV)/.installed-lint
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# Some machines set these for old OpenBLAS builds; they slow the one inside NumPy, and so chainrule only.
bench: $(VENV)/.installed-parity
	env -u OPENBLAS_CORETYPE -u OPENBLAS_L2_SIZE $(BIN)/python -m benchmarks.run $(ONLY)

lock:
	$(PYTHON) requirements/lock.py

clean:
	rm -rf $(VENV) $(RUN)

TESTED := data,text,image,sklearn,plot,hub,jax,test
# One stamp for each set of extras; an install is repeated only when what it depends on has changed.
$(VENV)/.installed-data: EXTRAS := data
$(VENV)/.installed-test: EXTRAS := $(TESTED)
$(VENV)/.installed-lint: EXTRAS := $(TESTED),lint
$(VENV)/.installed-parity: EXTRAS := $(TESTED),parity
$(VENV)/.installed-all: EXTRAS := $(TESTED),lint,parity
$(VENV)/.installed-all: IMPLIED := data test lint parity

$(VENV)/.installed-%: pyproject.toml $(LOCK) | $(VENV)/pyvenv.cfg
	@echo 'installing chainrule[$(EXTRAS)] in $(VENV)'
	@$(BIN)/python -m pip install -qq --disable-pip-version-check -e ".[$(EXTRAS)]" $(addprefix -c ,$(LOCK))
	@touch $@ $(addprefix $(VENV)/.installed-,$(IMPLIED))

$(VENV)/pyvenv.cfg:
	@test -n "$(PYTHON)" || { echo "make: no Python 3.11 or newer with venv found; name one with PYTHON=..." >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)

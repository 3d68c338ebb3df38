# Every target sets up what it needs: an own .venv with the versions of constraints.txt. The second run of each is fast.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
OTHERS := .venv-integrations
OTHERS_STAMP := $(OTHERS)/.installed
RAY := .venv-ray
RAY_STAMP := $(RAY)/.installed

.PHONY: demo test test-rooms test-first-screens test-last-screens test-terminals test-trainings test-long test-long-rooms test-long-terminals test-integrations test-slurm test-ray lint format fuzz bench bench-diagnosis bench-advice bench-auto bench-guide bench-tune bench-models literature samples clean

demo: $(STAMP)  ## a live training of about a minute; without a terminal, its progress in lines and a chart
	@if [ -t 0 ] && [ -t 1 ]; then $(BIN)/dltui train digits $(DEMO); \
	else $(BIN)/dltui train digits $(DEMO) --headless; fi

# Learns slowly enough to be watched, is at its best halfway, and then learns the tenth of wrong labels by heart.
DEMO := --set epochs=1700 --set width=256 --set layers=3 --set lr=4e-5 --set schedule=constant \
	--set label_noise=0.1 --set dropout=0.3

SCREENS := tests/interface
FIRST_SCREENS := $(wildcard tests/interface/test_[a-m]*.py)
LAST_SCREENS := $(wildcard tests/interface/test_[n-z]*.py)
TERMINALS := tests/terminal tests/cli
TRAININGS := tests/trainers tests/runs tests/recorder tests/wrapped
CLUSTERS := tests/slurm tests/ray_cluster

test: $(STAMP)  ## all tests but the long ones, in under 10 minutes: those of real processes, which often wait, beside the others
	@$(MAKE) --no-print-directory --jobs=5 --output-sync=target test-last-screens test-first-screens test-trainings test-terminals test-rooms

test-rooms: $(STAMP)
	$(BIN)/python -m pytest -q -m "not long" $(addprefix --ignore=,$(SCREENS) $(TERMINALS) $(TRAININGS) $(CLUSTERS))

test-first-screens: $(STAMP)
	$(BIN)/python -m pytest -q -m "not long" $(FIRST_SCREENS)

test-last-screens: $(STAMP)
	$(BIN)/python -m pytest -q -m "not long" $(LAST_SCREENS)

test-terminals: $(STAMP)
	$(BIN)/python -m pytest -q -m "not long" $(TERMINALS)

test-trainings: $(STAMP)
	$(BIN)/python -m pytest -q -m "not long" $(TRAININGS)

test-long: $(STAMP)  ## the long ones: whole guides, further sizes and seeds
	@$(MAKE) --no-print-directory --jobs=2 --output-sync=target test-long-rooms test-long-terminals

test-long-rooms: $(STAMP)
	$(BIN)/python -m pytest -q -m long $(addprefix --ignore=,$(TERMINALS) $(TRAININGS) $(CLUSTERS))

test-long-terminals: $(STAMP)
	$(BIN)/python -m pytest -q -m long $(TERMINALS) $(TRAININGS)

test-integrations: $(OTHERS_STAMP)  ## the callbacks, with Lightning, Transformers and Keras in an environment of their own
	$(OTHERS)/bin/python -m pytest -q tests/integrations

test-ray: $(RAY_STAMP)  ## searches on a Ray cluster of this machine, with Ray in an environment of its own
	$(RAY)/bin/python -m pytest -q tests/ray_cluster

test-slurm: $(STAMP)  ## searches on a real Slurm of two nodes on this machine, which Debian's packages bring; in some 2 minutes
	DLTUI_INSTALL_SLURM=1 $(BIN)/python -m pytest -q tests/slurm

lint: $(STAMP)  ## ruff and mypy
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: $(STAMP)  ## what ruff can mend by itself
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

fuzz: $(STAMP)  ## damaged logs for every reader, random commands and kills for trainings; FUZZ=100000 SEQUENCES=5000 try more
	DLTUI_FUZZ=$(or $(FUZZ),9000) $(BIN)/python -m pytest -q tests/formats/test_fuzz.py tests/cli/test_broken_logs.py -k "fuzz or traceback"
	DLTUI_SEQUENCES=$(or $(SEQUENCES),1000) $(BIN)/python -m pytest -q tests/trainers/test_command_sequences.py

bench: $(STAMP)  ## the numbers of docs/benchmarks.md, measured here; BENCH="redraw loop" measures only those
	PYTHONPATH=tests $(BIN)/python -m benchmarks $(BENCH)

bench-diagnosis: $(STAMP)  ## how often the diagnosis is right on about 300 trainings with seeded faults
	PYTHONPATH=tests $(BIN)/python -m benchmarks.faults.diagnose

bench-advice: $(STAMP)  ## whether faulty trainings are better after the first three pieces of advice
	PYTHONPATH=tests $(BIN)/python -m benchmarks.faults.advise

bench-auto: $(STAMP)  ## whether trainings are better when live advice is followed unasked, and sound ones left alone
	PYTHONPATH=tests $(BIN)/python -m benchmarks.faults.automatic

bench-guide: $(STAMP)  ## the guide beside a random search of 60 trials; GUIDE="digits --seeds 3" some of it; exit code 1: a miss
	PYTHONPATH=tests $(BIN)/python -m benchmarks.guide $(GUIDE)

bench-tune: $(STAMP)  ## the doctor beside random search and TPE, ten trainings each; TUNE="--seeds 1" some of it; exit code 1: a miss
	PYTHONPATH=tests $(BIN)/python -m benchmarks.tune $(TUNE)

bench-models: $(STAMP)  ## small scripts with one fault each, and sound ones: what is said of their layers
	PYTHONPATH=tests $(BIN)/python -m planted

literature: $(STAMP)  ## published results beside ours; LITERATURE="mnist1d dropout": these; --write: into docs/literature.md
	PYTHONPATH=tests $(BIN)/python -m benchmarks.literature $(LITERATURE)

samples: $(STAMP)  ## make samples/ anew
	$(BIN)/python samples/make.py

$(STAMP): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "dltui needs Python 3.11 or newer; try: make PYTHON=python3.11 $(MAKECMDGOALS)" >&2; exit 2; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null \
	  || { echo "Python's venv is missing; on Debian: apt-get install python3-venv" >&2; exit 2; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "installing into $(VENV) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	@touch $@

$(OTHERS_STAMP): pyproject.toml constraints.txt constraints-integrations.txt
	@test -x $(OTHERS)/bin/python || $(PYTHON) -m venv $(OTHERS)
	@echo "installing into $(OTHERS) ..."
	@$(OTHERS)/bin/python -m pip install --quiet --disable-pip-version-check -c constraints.txt \
	  -c constraints-integrations.txt -e '.[dev,integrations]'
	@touch $@

$(RAY_STAMP): pyproject.toml constraints.txt constraints-ray.txt
	@test -x $(RAY)/bin/python || $(PYTHON) -m venv $(RAY)
	@echo "installing into $(RAY) ..."
	@$(RAY)/bin/python -m pip install --quiet --disable-pip-version-check -c constraints.txt \
	  -c constraints-ray.txt -e '.[dev,ray]'
	@touch $@

clean:  ## remove what the other targets made
	rm -rf $(VENV) $(OTHERS) $(RAY) .mypy_cache .ruff_cache .pytest_cache .bench-cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# The two commands of a fresh machine are `make run` and `make test`; the rest is for people who change the code.
PYTHON ?= python3
BIN := .venv/bin
# TORCH_BACKEND=cpu (or cu128, ...) takes that build of torch instead of the registry's ordinary one.
TORCH_BACKEND ?=

.PHONY: run test soak lint format bench requirements

run: .venv/worker
	$(BIN)/epochyard up

# Threads of one test process that spin while they wait would take the other's time.
test: .venv/dev
	OMP_WAIT_POLICY=PASSIVE $(BIN)/pytest --numprocesses 2 --dist loadfile $(PYTEST_ARGS)

soak: .venv/dev
	$(BIN)/pytest -m soak $(PYTEST_ARGS)

lint: .venv/dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: .venv/dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: .venv/dev
	$(BIN)/python -m benchmarks.latency

$(BIN)/uv:
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet uv==0.13.9

# One stamp file a purpose; a changed requirements file installs again. Into .venv, whatever environment is active: uv would
# take that one. Compiled at once, libraries and our own code, since where Python may not write beside them each start of a
# worker would compile torch anew (13 s instead of 4), and each start of the web process the project (0.1 s of 1).
EXTRAS_worker := --extra worker
EXTRAS_dev := --extra worker --extra dev
HASHED = --require-hashes -r requirements/$*.txt
FROM_BACKEND = --torch-backend=$(TORCH_BACKEND) -r pyproject.toml $(EXTRAS_$*)
.venv/%: requirements/%.txt pyproject.toml trainer/lanes.cpp | $(BIN)/uv
	$(BIN)/uv pip install --python $(BIN)/python --compile-bytecode $(if $(TORCH_BACKEND),$(FROM_BACKEND),$(HASHED))
	$(BIN)/uv pip install --python $(BIN)/python --no-deps --editable .
	$(BIN)/python -m compileall -q app trainer worker
	@touch $@

# Pins everything anew. dev holds all the others, so it is resolved first and the others follow its versions.
UNIVERSAL := pip compile pyproject.toml --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --custom-compile-command "make requirements"
requirements: | $(BIN)/uv
	$(BIN)/uv $(UNIVERSAL) --extra worker --extra dev --output-file requirements/dev.txt
	$(BIN)/uv $(UNIVERSAL) --extra worker --constraint requirements/dev.txt --output-file requirements/worker.txt
	$(BIN)/uv $(UNIVERSAL) --constraint requirements/dev.txt --output-file requirements/web.txt
	$(BIN)/uv $(UNIVERSAL) --extra s3 --constraint requirements/dev.txt --output-file requirements/s3.txt

# Two commands do everything on a fresh Debian machine with Python 3.11: `make demo` and `make test`.
PYTHON ?= python3.11
BIN := .venv/bin
.DEFAULT_GOAL := help
.PHONY: help demo test test-long check format docs pictures lock bench clean

help: ## what can be made
	@grep -hE '^[a-z-]+:.*## ' Makefile | sed 's/:.*## /\t/' | expand -t 14

demo: .venv/runtime ## a simulated city in the browser: prints addresses and logins
	@$(BIN)/anxin demo

# Three workers for two cores: a quarter of the time goes into waiting for browsers and servers.
test: .venv/dev .venv/system check ## checks and the whole suite but its long tests
	@$(BIN)/pytest -n 3 --dist loadfile -m "not long"

test-long: .venv/dev .venv/system ## the long tests
	@$(BIN)/pytest -n 2 -m long

check: .venv/dev ## format, lint, types, import contracts, current documents
	@.ci/check

format: .venv/dev ## put the code into its form
	@$(BIN)/ruff format . && $(BIN)/ruff check --fix .

docs: .venv/dev ## write the generated documents anew
	@$(BIN)/python -m survey.codebook --write
	@$(BIN)/python -m pipelines.manual --write

pictures: .venv/dev .venv/system ## the screenshots of README, from a fresh city
	@$(BIN)/python docs/pictures.py

bench: .venv/runtime ## the pipeline beside its peers
	@$(BIN)/anxin bench pipeline

lock: .venv/dev ## resolve the dependencies anew, with hashes and without host names
	@.ci/lock

clean: ## forget the environment and the demo city
	rm -rf .venv demo

.venv/runtime: requirements.lock pyproject.toml
	@.ci/setup requirements.lock $@ $(PYTHON)

.venv/dev: requirements-dev.lock pyproject.toml
	@.ci/setup requirements-dev.lock $@ $(PYTHON)

.venv/system: .ci/system
	@.ci/system && touch $@

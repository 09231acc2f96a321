# The project's commands by name. `make help` lists them.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
DBT := $(BIN)/dbt
PROJECT := --project-dir dbt_project
# The days of `make run` and `make plan`: DATE for one, START and END for a range, both ends included. If none is given, a run takes a week
# of the sample, and a plan the days that are wrong
# What is given is passed on as it is: the pipeline itself says what is wrong with it
DATE ?=
START ?=
END ?=
comma := ,
VARS = {$(if $(DATE),partition_date: "$(DATE)"$(comma))$(if $(START),partition_start: "$(START)"$(comma))$(if $(END),partition_end: "$(END)")}
EXPORTS = $(or $(EXPORT_DIR),data)

.DEFAULT_GOAL := help

.PHONY: help
help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# One stamp stands for the whole environment: it is newer than the lock file when set-up is done
$(VENV)/ready: requirements.lock
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements.lock
	@touch $@

.PHONY: setup
setup: $(VENV)/ready ## Make the environment in .venv (the other commands do it when needed)

.PHONY: run
ifeq ($(DATE)$(START)$(END),)
run: START = 2026-01-12
run: END = 2026-01-18
endif
run: setup ## Process days of the feed: a week of the sample, DATE=2026-01-15, or START=2026-01-01 END=2026-01-31
	$(DBT) --quiet run $(PROJECT) --vars '$(VARS)'
	@file="$(EXPORTS)/$(subst -,/,$(or $(DATE),$(END)))/sales.csv" && printf '\nThe first lines of %s:\n' "$$file" && head -n 5 "$$file"

.PHONY: plan
plan: setup ## Show what the next run would do, without writing: by default to the days that are wrong
	$(DBT) --quiet run-operation preview $(PROJECT) --vars '$(VARS)'

.PHONY: heal
heal: setup ## Run the days that are missing, stale or failed, and export again the files that are gone or changed
	$(DBT) --quiet run $(PROJECT) --vars '{}'

# Dagster keeps its runs and events beside what they made; where, and that it shows itself to this machine alone, can be changed
ui: export DAGSTER_HOME ?= $(CURDIR)/data/dagster
HOST ?= 127.0.0.1
PORT ?= 3000

.PHONY: ui
ui: setup ## Start Dagster, webserver and daemon, on http://127.0.0.1:3000
	@mkdir -p "$(DAGSTER_HOME)" && ln -sf "$(CURDIR)/orchestration/dagster.yaml" "$(DAGSTER_HOME)/dagster.yaml"
	$(BIN)/dagster dev --module-name orchestration.definitions --host $(HOST) --port $(PORT)

.PHONY: test
test: setup ## Run the tests
	$(BIN)/python -m pytest --numprocesses auto --dist loadgroup

.PHONY: lint
lint: setup ## Check style and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/sqlfmt --check --quiet dbt_project/models dbt_project/tests
	$(BIN)/yamllint --strict .

.PHONY: format
format: setup ## Rewrite Python and SQL in the project's style
	$(BIN)/ruff check --fix --quiet .
	$(BIN)/ruff format --quiet .
	$(BIN)/sqlfmt --quiet dbt_project/models dbt_project/tests

.PHONY: lock
lock: setup ## Resolve the dependencies anew into requirements.lock
	$(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.10 --generate-hashes --no-strip-extras --no-emit-index-url \
		--custom-compile-command 'make lock' --all-extras --output-file requirements.lock pyproject.toml

.PHONY: clean
clean: ## Delete what runs and set-up left, exports and warehouse included
	rm -rf $(VENV) data dbt_project/target dbt_project/logs logs .pytest_cache .hypothesis .mypy_cache .ruff_cache

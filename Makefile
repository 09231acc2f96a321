# The project's commands by name. `make help` lists them.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# by the certificates of the machine, as pip does
UV := $(BIN)/uv --system-certs
DBT := $(BIN)/dbt
PROJECT := --project-dir dbt_project
# The warehouse is opened for reading alone
PREVIEW := $(PROJECT) --target $(if $(filter lake,$(DBT_TARGET)),lake_preview,preview) --target-path target/preview
# The days of `make run` and `make plan`: DATE for one, START and END for a range, both ends included. If none is given, a run takes a week
# of the sample, and a plan the days that are wrong
# What is given is passed on as it is: the pipeline itself says what is wrong with it
DATE ?=
START ?=
END ?=
# By the environment and not by --vars, for which dbt would read the whole project anew
DAYS := run plan restore release
$(DAYS): export PARTITION_DATE = $(DATE)
$(DAYS): export PARTITION_START = $(START)
$(DAYS): export PARTITION_END = $(END)
NO_DAYS = env -u PARTITION_DATE -u PARTITION_START -u PARTITION_END
EXPORTS = $(or $(EXPORT_DIR),data)

comma := ,

.DEFAULT_GOAL := help

.PHONY: help
help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-11s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# One stamp stands for the whole environment: it is newer than the lock file when set-up is done
$(VENV)/ready: requirements.lock pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements.lock
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --offline --no-deps --editable .
	@touch $@

# The engine, which each project has as a dbt package
PACKAGES := dbt_project/dbt_packages examples/meter_readings/dbt_packages
%/dbt_packages/ready: %/packages.yml $(VENV)/ready
	$(DBT) --quiet deps --project-dir $*
	@touch $@

.PHONY: setup
setup: $(VENV)/ready $(PACKAGES:=/ready) ## Make the environment in .venv (the other commands do it when needed)

.PHONY: run
ifeq ($(DATE)$(START)$(END),)
run: START = 2026-01-12
run: END = 2026-01-18
endif
run: setup ## Process days of the feed: a week of the sample, DATE=2026-01-15, or START=2026-01-01 END=2026-01-31
	$(DBT) --quiet run $(PROJECT)
	@file="$(EXPORTS)/$(subst -,/,$(or $(DATE),$(END)))/sales.csv" && printf '\nThe first lines of %s:\n' "$$file" && head -n 5 "$$file"

.PHONY: plan
plan: setup ## Show what the next run would do, without writing: by default to the days that are wrong; REBUILD=true for make rebuild
	$(DBT) --quiet run $(PREVIEW) $(if $(REBUILD),--vars '{rebuild_outdated: $(REBUILD)}')

.PHONY: heal
heal: setup ## Run the days that are missing, stale or failed, and export again the files that are gone or changed
	$(NO_DAYS) $(DBT) --quiet run $(PROJECT)

.PHONY: rebuild
rebuild: setup ## Run the days that were made by other SQL than today's too
	$(NO_DAYS) $(DBT) --quiet run $(PROJECT) --vars '{rebuild_outdated: true}'

.PHONY: changes
changes: setup ## List the days whose content changed: SINCE=12 (a run) or SINCE='2026-01-15 09:00', FORMAT=json
	$(DBT) --quiet run-operation changes $(PREVIEW) --args '{format: $(or $(FORMAT),table)$(if $(SINCE),$(comma) since: "$(SINCE)")}'

.PHONY: diff
diff: setup ## Show which rows of a day went and came: DATE=2026-01-15, between two runs: FROM=3 TO=5
	$(DBT) --quiet run-operation diff $(PREVIEW) \
		--args '{partition_date: "$(DATE)"$(if $(FROM),$(comma) from_run: "$(FROM)")$(if $(TO),$(comma) to_run: "$(TO)")}'

.PHONY: restore
restore: setup ## Make a day again as a run left it, and keep it so: DATE=2026-01-15 RUN=3
	$(DBT) --quiet run $(PROJECT) --vars '{restore_run: "$(RUN)"}'

.PHONY: release
release: setup ## Let a restored day follow the feed again: DATE=2026-01-15
	$(DBT) --quiet run $(PROJECT) --vars '{release: true}'

.PHONY: adopt-feed
adopt-feed: setup ## Take another feed than the one the warehouse was filled from, and run the days that differ in it
	$(NO_DAYS) $(DBT) --quiet run $(PROJECT) --vars '{adopt_feed: true}'

# A lake: where, is said by DBT_TARGET=lake, LAKE_CATALOG and LAKE_DATA_PATH
.PHONY: lake
lake: setup ## Start a PostgreSQL and an S3 server here, and run the sample on a lake by two runs at once: STAY=true leaves them up
	@$(BIN)/python -m deploy.lake $(if $(STAY),--stay)

.PHONY: to-lake
to-lake: setup ## Copy the warehouse file into an empty lake: all rows, runs, files and versions
	@$(DBT) --quiet run-operation copy_warehouse $(PROJECT) --target lake --args '{source: "$(or $(DUCKDB_PATH),data/warehouse.duckdb)"}'

.PHONY: from-lake
from-lake: setup ## Copy the lake into a new warehouse file, DUCKDB_PATH
	@$(DBT) --quiet run-operation copy_warehouse $(PROJECT) --target dev --args '{source: "ducklake:postgres:$(LAKE_CATALOG)"}'

.PHONY: upkeep
upkeep: setup ## Compact a lake, and forget and delete what is no longer used: KEEP_DAYS=7
	@$(DBT) --quiet run-operation upkeep $(PROJECT) --target lake --args '{keep_days: $(or $(KEEP_DAYS),7)}'

# Dagster keeps its runs and events beside what they made; where, and that it shows itself to this machine alone, can be changed
ui view dagster-home: export DAGSTER_HOME ?= $(CURDIR)/data/dagster
HOST ?= 127.0.0.1

.PHONY: dagster-home
dagster-home: setup
	@mkdir -p "$(DAGSTER_HOME)" && cat orchestration/dagster.yaml orchestration/sqlite.yaml > "$(DAGSTER_HOME)/.new" \
		&& mv "$(DAGSTER_HOME)/.new" "$(DAGSTER_HOME)/dagster.yaml"

.PHONY: ui
ui: dagster-home ## Start Dagster, webserver and daemon, on http://127.0.0.1:3000
	$(BIN)/dagster dev --module-name orchestration.definitions --host $(HOST) --port $(or $(PORT),3000)

.PHONY: view
view: dagster-home ## Show the same page, to look at and not to touch, on http://127.0.0.1:3001
	$(BIN)/dagster-webserver --read-only --module-name orchestration.definitions --host $(HOST) --port $(or $(PORT),3001)

# The site shows the columns' types as they are built. So they are built once, for a calendar that has not begun, in a warehouse of their
# own: neither the feed nor the warehouse in use is needed or waited for
SITE := data/docs
DOCS := $(CURDIR)/dbt_project/target/docs
docs-file: export DUCKDB_PATH = $(DOCS)/warehouse.duckdb
docs-file: PLACES = $(PROJECT) --target-path $(DOCS) --log-path $(DOCS)

.PHONY: docs
docs: docs-file ## Write the dbt docs as one file, data/docs/index.html, and serve it on http://127.0.0.1:8080
	$(BIN)/python -m http.server --bind $(HOST) --directory $(SITE) $(or $(PORT),8080)

# Two slips of dbt's page, which ask for files that do not exist before its script has run, are mended on the way
.PHONY: docs-file
docs-file: setup ## Write the file alone
	@rm -f $(DUCKDB_PATH) && mkdir -p $(DOCS) $(SITE)
	$(NO_DAYS) EXPORT_DIR=$(DOCS)/exports $(DBT) --quiet --no-print run $(PLACES) --vars '{start_date: 2999-12-31}'
	$(DBT) --quiet --no-partial-parse docs generate --static $(PLACES) --vars '{}'
	@sed -e 's/<use xlink:href="{{/<use ng-attr-href="{{/g' -e 's/<link rel="shortcut icon" href="[^"]*"/<link rel="shortcut icon" href="data:,"/' \
		$(DOCS)/static_index.html > $(SITE)/index.html
	@echo "Wrote $(SITE)/index.html"

REPORT ?= data/report.html

.PHONY: report
report: setup ## Write the report on the days as one page, data/report.html: the last 53 weeks, or START=2026-01-01 END=2026-03-31
	$(BIN)/python -m report --output "$(REPORT)" $(if $(START),--start "$(START)") $(if $(END),--end "$(END)")

# One recipe: what takes long is left out of make test by its marker
.PHONY: test
test: SELECTED = -m "not long"
test: test-all ## Run the tests but those that take long: daemons, browsers, containers, other versions

.PHONY: test-all
test-all: setup ## Run all tests; CI leaves those marked weekly to once a week
	$(BIN)/python -m pytest --numprocesses auto --dist loadfile --no-loadscope-reorder $(SELECTED)

# The newest that the ranges in pyproject.toml let in, beside the lock file. What uv installs there follows OVERRIDES, and not the ranges
LATEST := .venv-latest
OVERRIDES := tests/latest.txt
# the subjects that show whether a day is made right; the others are about what stands around it
TESTS ?= $(addprefix tests/test_,$(addsuffix .py,versions promises feeds staging publish export health plan ledger readers commands places))

.PHONY: latest
latest: setup ## Make an environment of the newest versions in .venv-latest, or bring it up to date
	@[ -x $(LATEST)/bin/python ] || $(UV) venv --quiet --python $(BIN)/python $(LATEST)
	@$(UV) pip install --quiet --upgrade --python $(LATEST) $(addprefix --override ,$(OVERRIDES)) --requirement pyproject.toml \
		--requirement tests/latest-tools.txt
	@$(UV) pip list --quiet --python $(LATEST) | grep --extended-regexp '^(dagster|dbt|duckdb|numpy)'

.PHONY: test-latest
test-latest: latest ## Run the tests of what comes out on the newest versions: TESTS=tests/test_export.py for others
	$(LATEST)/bin/python -m pytest --numprocesses auto --dist loadfile --no-loadscope-reorder $(TESTS)

# What examples/spark needs, which is too large for the lock file; Java 17 or newer is the machine's
SPARK := examples/spark
.PHONY: spark
spark: setup ## Make the environment of examples/spark, which sorts a feed too large for one machine by day
	@[ -x $(SPARK)/.venv/bin/python ] || $(UV) venv --quiet --python $(BIN)/python $(SPARK)/.venv
	@$(UV) pip install --quiet --python $(SPARK)/.venv --requirement $(SPARK)/feed_by_day.py

.PHONY: torture
torture: setup ## Try to break it, for long: TORTURE_EXAMPLES=100 of each kind
	$(BIN)/python -m pytest tests/torture

# ROWS are sizes of a year's feed; BENCH takes the other flags, such as BENCH='--only dagster memory'
ROWS ?= 500000 5000000
PEERS := benchmarks/.venv

$(PEERS)/ready: benchmarks/requirements.txt
	$(PYTHON) -m venv $(PEERS)
	$(PEERS)/bin/python -m pip install --quiet --disable-pip-version-check --requirement benchmarks/requirements.txt
	@touch $@

.PHONY: bench
bench: setup $(PEERS)/ready ## Measure beside bare DuckDB and its peers into benchmarks/RESULTS.md: ROWS='500000', BENCH='--only day'
	$(BIN)/python -m benchmarks.bench --rows $(ROWS) $(BENCH)

.PHONY: failures
failures: setup $(PEERS)/ready ## Do to the pipeline and its peers what goes wrong in the field, and print what was seen
	$(BIN)/python -m benchmarks.failures

# Those that are read as pages: what lies in a folder of models is text for dbt's site
PAGES := *.md docs/*.md docs/*/*.md */README.md benchmarks/RESULTS.md examples/*/README.md

.PHONY: lint
lint: setup ## Check style, types, dbt conventions, spelling and Markdown
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/sqlfmt --check --quiet dbt_project/models daily_partitions/models
	$(BIN)/yamllint --strict .
	@$(DBT) --quiet parse $(PROJECT) --target-path target/lint
	@if [ -x $(BIN)/dbt-score ]; then $(BIN)/dbt-score lint --manifest dbt_project/target/lint/manifest.json; \
		else echo "dbt-score was left out: it needs Python 3.11"; fi
	@if [ -x $(BIN)/codespell ]; then $(BIN)/codespell; else echo "codespell was left out: it is not installed"; fi
	@if [ -x $(BIN)/pymarkdown ]; then $(BIN)/pymarkdown scan $(PAGES); else echo "pymarkdown was left out: it is not installed"; fi

# Needs the network for the tool and for what is known, so it stands apart from lint. To have checked nothing is a failure
KNOWN := https://api.osv.dev/v1/vulns/OSV-2020-111

.PHONY: audit
audit: setup ## Look for known vulnerabilities in requirements.lock, by pip-audit and osv.dev
	@$(BIN)/python -c 'from urllib.request import urlopen; urlopen("$(KNOWN)", timeout=10)' 2> /dev/null \
		|| { echo "Nothing was checked: osv.dev, which knows the vulnerabilities, cannot be reached from here" >&2; exit 1; }
	$(UV) tool run pip-audit --vulnerability-service osv --disable-pip --require-hashes --requirement requirements.lock

.PHONY: format
format: setup ## Rewrite Python and SQL in the project's style
	$(BIN)/ruff check --fix --quiet .
	$(BIN)/ruff format --quiet .
	$(BIN)/sqlfmt --quiet dbt_project/models daily_partitions/models

.PHONY: lock
lock: setup ## Resolve the dependencies anew into requirements.lock
	$(UV) pip compile --quiet --upgrade --universal --python-version 3.10 --generate-hashes --no-strip-extras --no-emit-index-url \
		--custom-compile-command 'make lock' --all-extras --output-file requirements.lock pyproject.toml

.PHONY: clean
clean: ## Delete what runs and set-up left, exports and warehouse included
	rm -rf $(VENV) $(LATEST) $(SPARK)/.venv $(PEERS) $(PACKAGES) benchmarks/.work data dbt_project/target dbt_project/logs logs .pytest_cache .hypothesis .mypy_cache .ruff_cache

# A fresh machine needs python3 (3.11 or newer) and make: each target first installs what it needs into .venv.

PIPELINE := flight_delay
RUN := .venv/bin
READY := .venv/.ready
CODE := nbs templates tests tools benchmarks
unexport PYTHONDONTWRITEBYTECODE VIRTUAL_ENV

.DEFAULT_GOAL := help
.PHONY: help demo test types lab prepare bench conformance ui clean

help: ## Show what can be made
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1\t\2/p' Makefile | expand -t 18

$(READY): pyproject.toml uv.lock tools/setup.sh
	@sh tools/setup.sh
	@touch $@

pipelines/$(PIPELINE)/pipeline.toml: | $(READY)
	@$(RUN)/aifactory init . --blueprint $(PIPELINE)

demo: $(READY) pipelines/$(PIPELINE)/pipeline.toml ## Build the flight delay product, then replay nine months of production
	$(RUN)/aifactory run $(PIPELINE)
	$(RUN)/aifactory replay $(PIPELINE) --from 2013-04 --to 2013-12

lab: $(READY) ## Open JupyterLab in this workspace
	$(RUN)/aifactory lab

test: $(READY) ## Run the tests; PYTEST="-k report" runs some, AIFACTORY_TEST_ALL=1 those that take long too
	$(RUN)/python -m pytest -n 3 --dist loadfile --no-loadscope-reorder --durations=40 $(PYTEST)

types: $(READY) ## Check the types of the package
	$(RUN)/python -m mypy

prepare: $(READY) ## Format, check, clean and export the notebooks, write the README: do this before each commit
	$(RUN)/ruff check --fix $(CODE)
	$(RUN)/ruff format $(CODE)
	$(RUN)/python tools/clean.py
	$(RUN)/nbdev-export
	$(RUN)/python tools/readme.py

bench: $(READY) ## Measure how long the commands take, in workspaces of their own
	$(RUN)/python benchmarks/commands.py
	$(RUN)/python benchmarks/runner

conformance: $(READY) ## Run the tests of Great Expectations itself on the polars engine (downloads them)
	$(RUN)/python tools/conformance.py $(PYTEST)

labextension/node_modules/.ready: labextension/package.json labextension/package-lock.json
	cd labextension && npm ci
	@touch $@

ui: $(READY) labextension/node_modules/.ready ## Check and build the JupyterLab extension (needs node 20.19 or newer)
	cd labextension && npm run check && PATH="$(CURDIR)/$(RUN):$$PATH" npm run build:prod

clean: ## Remove what was installed and made here: .venv, .uv, caches; runs and the store stay
	rm -rf .venv .uv .pytest_cache .mypy_cache .ruff_cache .hypothesis .conformance labextension/node_modules labextension/lib

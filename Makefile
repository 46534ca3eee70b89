# Everything one does with this checkout. `make` alone lists it.
PYTHON ?= python3

.PHONY: help run test lint format bench messages lock vendor audit sbom

help: ## list these commands
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /  make \1\t/' | expand -t 18

run: ## install what is missing and start on http://127.0.0.1:8000 (PORT=, DATA_DIR=, DEMO=0)
	@PORT="$(PORT)" DATA_DIR="$(DATA_DIR)" DEMO="$(DEMO)" exec $(PYTHON) scripts/start.py

test: ## every check, on SQLite and on PostgreSQL with Redis (ARGS="-k word" for pytest)
	@exec $(PYTHON) scripts/test.py -- $(ARGS)

lint: ## the checks that need no server
	@exec $(PYTHON) scripts/test.py --only lint

format: ## put the code into its usual shape
	@exec $(PYTHON) scripts/test.py --only format

bench: ## measure the pages and the queue
	@exec $(PYTHON) scripts/test.py --only bench -- $(ARGS)

messages: ## gather the texts of the interface into locale/ (maintainers; needs gettext)
	@exec .venv/bin/python scripts/messages.py

lock: ## resolve pyproject.toml into the locks (maintainers; ARGS=--upgrade)
	@scripts/lock.sh $(ARGS)

vendor: ## fetch the front end's third-party files (maintainers)
	@exec .venv/bin/python scripts/vendor_frontend.py

audit: ## known weaknesses of every locked package; asks the package index (maintainers)
	@exec scripts/supply.sh audit

sbom: ## write sbom.json, the packages of a release with their sums (maintainers)
	@exec scripts/supply.sh sbom

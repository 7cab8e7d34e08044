# The commands of the project. Each one prepares what it needs; `make help` lists them.
PYTHON ?= python3
BOOTSTRAP := $(PYTHON) -I config/bootstrap.py

.DEFAULT_GOAL := help
.PHONY: help demo test test-quick check bench screenshots shell-env lock clean
export DATA PORT ARGS

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' Makefile

demo: ## Run the product on this machine (PORT=8000, DATA=.data)
	@$(BOOTSTRAP) demo -m config.commands.demo

test: ## Run all tests (ARGS= goes to pytest, DATA=.data/test)
	@$(BOOTSTRAP) dev -m config.commands.test

test-quick: ## Run the tests that are not marked slow
	@$(BOOTSTRAP) dev -m config.commands.test --quick

check: ## Lint, types, import rules, migrations, deployment files, requirements
	@$(BOOTSTRAP) dev -m config.commands.check

bench: ## Run the measurements and print their ratios (DATA=.data/bench)
	@$(BOOTSTRAP) dev -m config.commands.bench

screenshots: ## Take the pictures of docs/images anew, from a demo of its own (PORT=8010)
	@$(BOOTSTRAP) dev -m config.commands.screenshots

shell-env: ## Run only PostgreSQL and Redis, and print their variables (DATA=.data/shell)
	@$(BOOTSTRAP) dev -m config.commands.shell_env

lock: ## Compile the hashed requirement files from pyproject.toml (ARGS=--upgrade for newer ones)
	@$(BOOTSTRAP) dev -m config.commands.lock

clean: ## Delete the data folder (DATA=.data) and what it keeps elsewhere
	@$(BOOTSTRAP) demo -m config.commands.clean

# One word per wish. Everything lands in this folder (.venv, .greenloop) or in a temporary one.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

STATE := .greenloop
STAMPS := $(STATE)/stamps
PYTHON := .venv/bin/python
# pip asks `rustc --version`, and rustup answers by writing into HOME unless it is told of another place.
export RUSTUP_HOME := $(CURDIR)/$(STATE)/rustup
PIP_INSTALL := -m pip install --quiet --disable-pip-version-check --no-cache-dir
# A file's tests stay together: they share what is dear to make. In their own order the longest files come early.
SIDE_BY_SIDE := --numprocesses=logical --maxprocesses=4 --dist=loadfile --no-loadscope-reorder
NODE_RUNNERS := jest@30.2.0 vitest@3.2.4 mocha@11.7.4 tape@5.10.2 ava@6.4.1
NPM_PACKAGES := @octokit/openapi@23.0.2 @octokit/webhooks-examples@7.6.1

.PHONY: help setup phoenix contracts node demo test lint clean

help: ## what can be made
	@awk -F ':.*## ' '/^[a-z]+:.*## /{printf "make %-10s %s\n", $$1, $$2}' Makefile

setup: $(STAMPS)/python ## the virtual environment, from requirements.lock

demo: setup phoenix ## the whole way on this machine: from a labelled issue to a verified pull request
	@.venv/bin/greenloop demo

test: setup phoenix contracts node lint ## all tests; with REQUIRE=all a missing system piece is a failure
	$(PYTHON) -m pytest $(SIDE_BY_SIDE)

lint: setup ## ruff and mypy
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy

phoenix: $(STAMPS)/phoenix ## Arize Phoenix in an environment of its own

contracts: ## GitHub's own API description and payload examples, for the tests
	@command -v npm >/dev/null && $(MAKE) --no-print-directory $(STAMPS)/contracts || \
		echo "npm is missing or failed (apt-get install npm): GitHub's own API description is not there for the tests"

node: ## Jest, Vitest, Mocha, tape and AVA, for the tests that run them for real
	@command -v npm >/dev/null && $(MAKE) --no-print-directory $(STAMPS)/node || \
		echo "npm is missing or failed (apt-get install npm): Jest, Vitest, Mocha, tape and AVA are not there for the tests"

clean: ## remove everything that was made here
	rm -rf .venv $(STATE) .mypy_cache .ruff_cache .pytest_cache .hypothesis

# BASE_PYTHON, or the first interpreter that is new enough and can make environments. All places on PATH are asked, since the
# first one may be a broken shim; 3.13 comes last, because the Redis that comes in a wheel has none for it.
FIND_PYTHON = for python in $$(type -ap $(BASE_PYTHON) python3.12 python3.11 python3 python3.13 python3.14); do \
	"$$python" -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && break; python=; \
	done; if [ -z "$${python:-}" ]; then \
	echo "no Python >= 3.11 with venv was found: apt-get install python3 python3-venv, or brew install python" >&2; exit 2; fi

$(STAMPS)/python: requirements.lock pyproject.toml
	@mkdir -p $(@D)
	@echo "setting up .venv from requirements.lock"
	@$(FIND_PYTHON); "$$python" -m venv .venv
	@$(PYTHON) $(PIP_INSTALL) --require-hashes --no-deps -r requirements.lock
	@$(PYTHON) $(PIP_INSTALL) --no-deps --no-build-isolation --editable .
	@touch $@

$(STAMPS)/phoenix: requirements-phoenix.lock
	@mkdir -p $(@D)
	@echo "setting up Phoenix from requirements-phoenix.lock (600 MB, once)"
	@$(FIND_PYTHON); "$$python" -m venv $(STATE)/phoenix
	@$(STATE)/phoenix/bin/python $(PIP_INSTALL) --require-hashes --no-deps -r requirements-phoenix.lock
	@touch $@

$(STAMPS)/contracts: Makefile
	@mkdir -p $(@D) $(STATE)/contracts
	@echo '{"private": true}' > $(STATE)/contracts/package.json
	@npm install --prefix $(STATE)/contracts --cache $(STATE)/npm-cache-contracts --ignore-scripts --no-audit --no-fund --no-update-notifier \
		--loglevel error $(NPM_PACKAGES)
	@rm -rf $(STATE)/npm-cache-contracts
	@touch $@

$(STAMPS)/node: Makefile
	@mkdir -p $(@D) $(STATE)/node
	@echo '{"private": true}' > $(STATE)/node/package.json
	@npm install --prefix $(STATE)/node --cache $(STATE)/npm-cache-node --ignore-scripts --no-audit --no-fund --no-update-notifier \
		--loglevel error $(NODE_RUNNERS)
	@rm -rf $(STATE)/npm-cache-node
	@touch $@

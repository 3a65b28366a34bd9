# SPDX-License-Identifier: GPL-3.0-or-later
# `make` alone lists the targets. Everything that is made lies in .state (ZEUS_STATE), besides Docker's images and containers.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.NOTPARALLEL:
MAKEFLAGS += --no-print-directory

export ZEUS_STATE ?= $(CURDIR)/.state
COLLECTIONS := $(ZEUS_STATE)/collections
OWN := $(COLLECTIONS)/ansible_collections/zeus/paas
VENV := $(ZEUS_STATE)/venv
export PATH := $(VENV)/bin:$(PATH)
export PYTHONPATH := $(COLLECTIONS):$(CURDIR)/demo:$(CURDIR)/tests
export PYTHONDONTWRITEBYTECODE := 1
export ANSIBLE_COLLECTIONS_PATH := $(COLLECTIONS)
export ANSIBLE_CONFIG := $(CURDIR)/ansible.cfg
export ANSIBLE_HOME := $(ZEUS_STATE)/ansible

DEMO := $(VENV)/bin/python -m zeus_demo
PYTEST := $(VENV)/bin/python -m pytest
# The tags carry a hash of what the images are made from: all tests and the demo share them.
IMAGES = read -r ZEUS_TEST_BASE_IMAGE ZEUS_TEST_IMAGE < <($(DEMO) image); export ZEUS_TEST_BASE_IMAGE ZEUS_TEST_IMAGE

.PHONY: help demo demo-down test lint unit properties lua integration molecule day-two e2e bench start matrix conformance conformance-doc variables-doc clean venv images

help: ## list the targets
	@sed -nE 's/^([a-z0-9-]+):.*## (.*)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 22
	@echo; echo "  V=1 shows the output of what runs; full logs are in .state/log."

demo: venv ## two datacenters on this machine, and a gray release on them
	@$(DEMO) up

demo-down: venv ## remove what `make demo` started
	@$(DEMO) down

# What the gates run of tests/unit is not run a second time. The gates leave a core idle while they install their packages and while the longest
# of them ends, and images wait for disks: so those, and the properties, which keep one core busy, run beside them.
BESIDE := images properties
test: venv ## all gates and tests
	@logs="$(ZEUS_STATE)/log"; mkdir -p "$$logs"; begun=(); failed=0; \
	for target in $(BESIDE); do $(MAKE) "$$target" > "$$logs/$$target.log" 2>&1 & begun+=("$$!"); done; \
	$(MAKE) lint || failed=1; for one in "$${begun[@]}"; do wait "$$one" || failed=1; done; \
	for target in $(BESIDE); do cat "$$logs/$$target.log"; done; exit "$$failed"
	@$(MAKE) unit UNITS="$(filter-out tests/unit/plugins/ tests/unit/repo/,$(wildcard tests/unit/*/))"
	@$(MAKE) lua integration molecule e2e
	@echo "all tests passed"

venv:
	@python="$$(demo/bootstrap/find-python)" && demo/bootstrap/venv "$$python" "$(VENV)" requirements-test.txt
	@mkdir -p "$(dir $(OWN))" && ln -sfn "$(CURDIR)" "$(OWN)"

images: venv
	@$(DEMO) images

lint: venv ## all gates side by side, or those of GATES="name …" (docs/gates.md)
	@$(VENV)/bin/python -m gates $(GATES)

UNITS ?= tests/unit
unit: venv ## pure logic: plugins, programs, the demo itself, the repository's own rules
	$(PYTEST) -n auto $(UNITS)

SEQUENCES ?= 1000
properties: venv ## the engine: random sequences of calls against a model (SEQUENCES=10000, SEED=17), 5 000 tasks
	export PYTHONHASHSEED=0; $(if $(SEED),$(VENV)/bin/python -m properties.sequences --seed $(SEED),ZEUS_SEQUENCES=$(SEQUENCES) $(PYTEST) -s tests/properties tests/bench/test_engine_scale.py)

lua: images ## the routers' decision code under nginx's Lua, against the golden vectors
	$(IMAGES); $(PYTEST) tests/lua

# They wait more than they work, so three files at a time, in the order of tests/integration/conftest.py; the tests of one file share what is
# running.
integration: images ## modules and programs against a running engine, Redis and nginx
	$(IMAGES); $(PYTEST) -n 3 --dist loadfile --no-loadscope-reorder tests/integration

# ZEUS_BED_SUITE=trixie makes the hosts of Debian 13.
SCENARIOS ?= default cluster
molecule: images ## roles on hosts: check, converge, no change, verify, bad days (SCENARIOS=default: one machine, =cluster: Mesos)
	$(IMAGES); cd "$(OWN)/extensions"; for scenario in $(SCENARIOS); do molecule test --scenario-name "$$scenario"; done

# Like a soak a target of its own: it takes longer than all other tests together.
day-two: images ## what people do to a datacenter on Mesos under load; ZooKeeper 3-5-3; programs from images and folders
	$(IMAGES); $(PYTEST) tests/ensemble
	@$(MAKE) molecule SCENARIOS="sources day_two"

e2e: demo ## the demo's own playbooks, under load and with faults
	$(IMAGES); $(PYTEST) tests/e2e

conformance: venv ## is a real cluster as docs/conformance.md says? MESOS=<url> MARATHON=<url>, harmless to it
	@MESOS="$${MESOS-}" MARATHON="$${MARATHON-}"; \
	$(VENV)/bin/python -m conformance --mesos "$$MESOS" --marathon "$$MARATHON" --report "$${REPORT:-$$ZEUS_STATE/conformance-report.md}"

conformance-doc: venv ## write docs/conformance.md from tests/conformance
	@$(VENV)/bin/python -m conformance.document

variables-doc: venv ## write docs/variables.md from the roles' argument specs
	@$(VENV)/bin/python -m documented.variables

bench: images ## figures: bulk modules beside a bare script and a loop
	$(IMAGES); $(PYTEST) tests/bench

start: images ## the stranger's path, docs/start.md word by word, on a plain Debian 12 (ZEUS_START_FROM=packages: with the packages on it)
	$(IMAGES); ZEUS_START_FROM=$${ZEUS_START_FROM:-root} $(PYTEST) -rP tests/start

matrix: images ## every ansible-core that meta/runtime.yml allows: sanity, units, and modules against real parts
	@$(IMAGES); $(VENV)/bin/python -m matrix

clean: demo-down ## remove the demo, the virtual environment and the test bed's images
	-@docker image ls --format '{{.Repository}}:{{.Tag}}' 'zeus-testbed*' | xargs -r docker rmi -f >/dev/null
	@$(DEMO) stop-docker
	rm -rf "$(ZEUS_STATE)"

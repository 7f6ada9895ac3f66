# Latchkey. `make` prints what there is to do.
.DEFAULT_GOAL := help
SHELL := /bin/bash

# Every Go module of the repository but tools/, which only pins the linter.
MODULES := $(shell find . -name go.mod -not -path './tools/*' -not -path '*/node_modules/*' -not -path '*/testdata/*' | sed 's|/go.mod$$||' | sort)
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null)
LINT    := go tool -modfile="$(CURDIR)/tools/go.mod" golangci-lint
FUZZTIME ?= 20s

# The go command notes the commit in the binary and fails where git does: in a checkout that another user owns, or without
# a commit. Such a checkout is built without that note.
ifeq ($(shell git rev-parse --quiet --verify HEAD 2>/dev/null),)
export GOFLAGS := $(shell go env GOFLAGS) -buildvcs=false
endif

# $(call each,command): the command in every module; fails at the end if one failed, so that one run shows everything.
each = failed=0; for m in $(MODULES); do (cd "$$m" && $(1)) || failed=1; done; exit $$failed

# $(call inmemory,commands): the commands, with their temporary files in memory where there is room and programs may be run from there: in
# /dev/shm, else where root may mount some. A disk that others keep busy can hold up a write for longer than a server waits; what the go
# command builds stays on it.
define inmemory
export GOTMPDIR=$${GOTMPDIR:-$${TMPDIR:-/tmp}}; files=; mounted=; \
trap '[ -z "$$mounted" ] || umount -l "$$files"; [ -z "$$files" ] || rm -rf "$$files"' EXIT; \
fits() { chmod 711 "$$1" && cp "$$(type -P true)" "$$1" && "$$1/true" 2>/dev/null && [ "$$(df --output=avail -k "$$1" | tail -1)" -gt 6000000 ]; }; \
if files=$$(mktemp -d /dev/shm/latchkey-test-XXXXXX 2>/dev/null) && fits "$$files"; then export TMPDIR="$$files"; \
else rm -rf "$$files"; files=$$(mktemp -d); \
	if [ "$$(id -u)" = 0 ] && mount -t tmpfs -o size=50% latchkey-test "$$files" 2>/dev/null; then mounted=yes; if fits "$$files"; then export TMPDIR="$$files"; fi; fi; \
fi; echo "temporary files are in $${TMPDIR:-/tmp}"; $(1)
endef

.PHONY: help run build test lint sdk fmt fuzz attacks bench micro shots docs setup clean

help: ## Print this list
	@sed -nE 's/^([a-z]+):.*## (.*)/\1\t\2/p' $(firstword $(MAKEFILE_LIST)) | while IFS=$$'\t' read -r name what; do printf '  make %-7s %s\n' "$$name" "$$what"; done

run: build ## Build and start Latchkey on this machine, everything embedded, mailbox at /dev/mail
	@exec bin/latchkey dev

build: ## Build the one static binary, bin/latchkey
	CGO_ENABLED=0 go build -trimpath -ldflags '-s -w -X main.version=$(VERSION)' -o bin/latchkey ./cmd/latchkey

test: setup lint sdk ## All that CI runs: lint, house, unit, store suite, contract, SDK, e2e; races detected, nothing skipped
	@$(call inmemory,export CGO_ENABLED=1; $(call each,go test -race -shuffle=on -count=1 -timeout=30m -skip='^TestSDKChaos$$' $$(go list ./... | grep -v '/e2e/attacks$$')))
	@# What strangers send, for about a minute: by number, since go test may take the end of a time for a failure (go.dev/issue/75804).
	@go test -run='^$$' -fuzz='^FuzzFrames$$' -fuzztime=900000x -fuzzminimizetime=10x ./internal/nest
	@# By themselves: among their verdicts are some about time.
	@$(call inmemory,CGO_ENABLED=1 go test -race -count=1 -timeout=15m -run='^TestSDKChaos$$' ./e2e)
	@$(call inmemory,CGO_ENABLED=1 go test -race -shuffle=on -count=1 -timeout=15m ./e2e/attacks)

lint: ## Run the pinned linter over every module (the first time it is built: some two minutes)
	@$(call each,$(LINT) run --config "$(CURDIR)/.golangci.yml" ./...)

sdk: setup ## Build the SDK and test it: types against the server's document, units, size, package
	@cd sdk && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error && npm test --loglevel=error

fmt: ## Lay out every Go file as the linter wants it
	@$(call each,$(LINT) fmt --config "$(CURDIR)/.golangci.yml" ./...)

fuzz: ## Fuzz every reader of foreign bytes for FUZZTIME (20s) each
	@set -o pipefail; grep -rE --include='*_test.go' '^func Fuzz[A-Za-z0-9_]+\(' . | sed -E 's|^(.*)/[^/]+:func (Fuzz[A-Za-z0-9_]+)\(.*|\1 \2|' | sort -u | \
	while read -r folder name; do echo "== $$folder $$name"; \
		(cd "$$folder" && go test -run='^$$' -fuzz="^$$name\$$" -fuzztime=$(FUZZTIME) -fuzzminimizetime=10x . </dev/null) || exit 1; done

attacks: setup ## Run the attack suites against a race build, and each against its weakened builds (some quarter of an hour)
	@cd e2e/attacks && go test -count=1 -timeout=30m . -raced -walks=200 && go test -count=1 -timeout=40m -run='^TestWeakened$$' . -weaken

bench: ## Measure the binary on this machine: one table, ratios to the ceilings of the same run (some six minutes)
	@go run ./bench -keep bench/results $(BENCHFLAGS)

micro: ## Run the Go benchmarks
	@$(call each,go test -run='^$$' -bench=. -benchmem ./...)

shots: setup ## Take pictures of all pages, in both schemes and at three widths, into shots/
	@rm -rf shots && go test ./e2e -run='^Test(Pages|Console)' -count=1 -timeout=20m -shots "$(CURDIR)/shots" && echo "$$(ls shots | wc -l) pictures in shots/"

docs: ## Write what is made from code: docs/settings.md, the document of the SDK and its types
	go test ./cmd/latchkey -run='^TestSettingsPage$$' -count=1 -update
	go test ./internal/httpd -run='^TestSDKDocument$$' -count=1 -update
	node sdk/scripts/generate.mjs

# What the tests need beside Go: a C compiler for the race detector, curl for the
# tour of the README, a browser for the pages, the servers that they start
# themselves, Node for the SDK and real NestJS clients, letters for Korean pages (RUNLEVEL=1: their packages start none). name of the command or file : Debian packages
NEEDS := gcc:gcc,libc6-dev git:git curl:curl chromium:chromium /usr/lib/postgresql/*/bin/initdb:postgresql redis-server:redis-server pgbouncer:pgbouncer /usr/sbin/nginx:nginx-light caddy:caddy node:nodejs npm:npm openssl:openssl \
	/usr/share/fonts/truetype/nanum/NanumGothic.ttf:fonts-nanum

setup: ## Install what the tests need (as root on Debian; else say what to install)
	@missing=; for need in $(NEEDS); do command -v $${need%%:*} >/dev/null || [ -e $${need%%:*} ] || missing="$$missing $${need#*:}"; done; \
	missing=$${missing//,/ }; [ -n "$$missing" ] || exit 0; \
	install="apt-get install -y --no-install-recommends$$missing"; \
	if ! command -v apt-get >/dev/null; then echo "The tests need these Debian packages, or what your system calls them:$$missing" >&2; exit 1; fi; \
	if [ "$$(id -u)" != 0 ]; then echo "The tests need packages that only root can install. Run: sudo apt-get update && sudo $$install" >&2; exit 1; fi; \
	echo "installing$$missing"; export DEBIAN_FRONTEND=noninteractive RUNLEVEL=1; \
	for wait in 5 15 45 0; do \
		log=$$({ apt-get -q update && $$install -qq -o DPkg::Lock::Timeout=300; } 2>&1) && exit 0; \
		[ $$wait = 0 ] || sleep $$wait; \
	done; echo "$$log" >&2; echo "Four attempts failed. Mend the package sources, then run: apt-get update && $$install" >&2; exit 1

clean: ## Remove what was built
	rm -rf bin sdk/dist sdk/build

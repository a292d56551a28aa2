# make test    the quick tests: Go, properties with RAPID_CHECKS (10) cases each, scripts; of other costly cases, as large a part
# make check   the whole gate except e2e: format, vet, lint, tests with 100 cases each, parity, generated files
# make verify   the gate without the tests, for those who have just run them
# make e2e     real Temporal servers, SDKs and loaders
# make properties   the property tests with another seed, RAPID_CHECKS (1000) cases each
# make fuzz    every parser of outside input, FUZZTIME (60s) each; FUZZ picks some
# make scoreboard   comparisons on the Numenta Anomaly Benchmark (NAB=FOLDER), into docs/comparing-windows.md
# make dashboards   write the Grafana dashboards and Prometheus rules again
# make tables  write the schema's tables for lint again, after a change of a lint rule, a variable or a default
# make docs    write the generated pages again: guard rails, commands, limits, connection figures
# make calibrate    measure what a transition costs on a real server, into schema/capacity_measured.cue (half an hour)
# make catalogue    add what Temporal has released since to the catalogue of its keys
# make race    what runs concurrently, under the race detector
# make release      static binaries with digests, bill of materials and notices, into build/release
# make reproducible   build twice, in two folders and without cache, and compare
# make vulnerabilities   known vulnerabilities, where their database can be reached
# make linearizability   100,000 operations of 64 clients on two services and one PostgreSQL, each history checked
# make kills   200 kills of the service for each kind of store, under load: nothing acknowledged is lost
# make soak    an hour of mixed load in 512 MB: memory, goroutines and handles stay flat
# make advice    a real cluster drifts under three faults, and each proposal mends it (five minutes)
# make bench   speed, as ratios to stock cue and conftest in the same run

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help

# tools are built from the module proxy by version, once, into .cache/bin
BIN := $(CURDIR)/.cache/bin
CUE := $(BIN)/cue@v0.17.1
OPA := $(BIN)/opa@v1.22.4
CONFTEST := $(BIN)/conftest@v0.71.1
LINT := $(BIN)/golangci-lint@v2.15.0
ACTIONLINT := $(BIN)/actionlint@v1.7.12
REGAL := $(BIN)/regal@$(shell sed -n 's|.*open-policy-agent/regal \(v[0-9.]*\).*|\1|p' tools/regal/go.mod)

.PHONY: help
help:
	@sed -n 's/^# \(make .*\)/\1/p' Makefile

# Prometheus and promtool for tests: those on PATH, else built once, as tools/prometheus pins them
PROMETHEUS := $(BIN)/prometheus@$(shell sed -n 's|.*prometheus/prometheus \(v[0-9.]*\).*|\1|p' tools/prometheus/go.mod)
export PATH := $(PATH):$(PROMETHEUS)

# the gate generates the same cases each time: a change, not chance, turns it red
export RAPID_SEED ?= 20261124

# cases of each property, and the percentage of other costly cases (rapidtest.Choose): fewer while you work
export RAPID_CHECKS ?= $(or $(if $(filter properties,$(MAKECMDGOALS)),1000),$(if $(filter check,$(MAKECMDGOALS)),100),10)

.PHONY: build
build:
	go build -o build/temporal-dsql ./cmd/temporal-dsql

# a busy machine takes several times as long as a quiet one: no test fails by that alone
# without debug information, which no test reads, linking takes a third of the time; GOGC saves a
# fifth of the tests' and takes up to 5 GB for each of two packages; files in memory save some more
TEST_GOGC ?= 400
.PHONY: test
test: prometheus
	GOGC=$(TEST_GOGC) tools/in_memory.sh go test -ldflags='-s -w' -timeout 40m ./...

.PHONY: prometheus
prometheus:
	@command -v prometheus >/dev/null && command -v promtool >/dev/null || $(MAKE) --no-print-directory $(PROMETHEUS)

.PHONY: properties
properties: export RAPID_SEED := 0
properties: prometheus
	go test -ldflags='-s -w' -count=1 -timeout 60m ./...

.PHONY: check
check: verify test

# the gate without the tests, for those who have just run them
.PHONY: verify
verify: format vet lint race licences vulnerabilities rego parity generated

# what runs concurrently, under the race detector; needs a C compiler
# CUE is slow under it, so packages that evaluate have a choice of tests
RACE := ./internal/budget ./internal/enginepool ./internal/words ./internal/service/client
.PHONY: race
race: prometheus
	CGO_ENABLED=1 go test -race -timeout 20m $(RACE)
	CGO_ENABLED=1 go test -race -timeout 20m -run Concurrent ./internal/redact
	CGO_ENABLED=1 go test -race -timeout 20m -run HangingUpstream ./internal/profile/record
	CGO_ENABLED=1 go test -race -timeout 20m -run 'Connection|Concurrent|Race|FullDisk|Readiness' ./internal/profile/store ./internal/profile/store/index
	CGO_ENABLED=1 go test -race -timeout 20m -run 'Concurrent|TooMany|ReadinessReasons' ./internal/service/api
	CGO_ENABLED=1 go test -race -timeout 20m -run TokensAreReloaded ./internal/service/access

# every module that the binary links has an accepted licence
.PHONY: licences
licences:
	cd tools && go test -count=1 ./notices

# known vulnerabilities of what the binary calls, where their database can be reached
.PHONY: vulnerabilities
vulnerabilities:
	@if curl -fsS -m 10 -o /dev/null https://vuln.go.dev/index/db.json; then \
		go run golang.org/x/vuln/cmd/govulncheck@v1.9.0 ./cmd/temporal-dsql; \
	else echo "SKIPPED: vuln.go.dev cannot be reached, so known vulnerabilities are not checked" >&2; fi

# static, stripped and reproducible binaries, their digests, the bill of materials and the notices, in build/release
PLATFORMS := linux/amd64 linux/arm64 darwin/arm64
RELEASE := build/release
.PHONY: release
release:
	@rm -rf $(RELEASE) && mkdir -p $(RELEASE)
	for p in $(PLATFORMS); do CGO_ENABLED=0 GOOS=$${p%/*} GOARCH=$${p#*/} go build -trimpath -buildvcs=false -ldflags='-s -w -buildid=' \
		-o $(RELEASE)/temporal-dsql-$${p%/*}-$${p#*/} ./cmd/temporal-dsql; done
	cd tools && go run ./notices -format cyclonedx > ../$(RELEASE)/sbom.cdx.json && go run ./notices -format text > ../$(RELEASE)/NOTICES
	cd $(RELEASE) && sha256sum * > SHA256SUMS && cat SHA256SUMS

# two builds in two folders have the same digest
.PHONY: reproducible
reproducible:
	tools/reproducible.sh

.PHONY: format
format: $(CUE) $(OPA)
	@out=$$(gofmt -l $$(git ls-files '*.go' | grep -v testdata/)); [[ -z $$out ]] || { echo "not gofmt-clean: $$out" >&2; exit 1; }
	$(CUE) fmt --check ./...
	$(OPA) fmt --fail --diff policies
	@long=$$(awk 'length > 120 { print FILENAME ":" FNR }' $$(git ls-files '*.cue' '*.rego' | grep -v _gen.cue)); [[ -z $$long ]] || { echo "over 120 columns: $$long" >&2; exit 1; }

.PHONY: vet
vet: $(CUE)
	go vet -tags stock,bench ./...
	go mod tidy -diff
	$(CUE) vet ./...

.PHONY: lint
lint: $(LINT)
	$(LINT) run ./...

# regal and the policies on policies hold, every rule has a test next to it, and every line is covered
.PHONY: rego
rego: $(OPA) $(CONFTEST) $(REGAL)
	$(OPA) check --strict policies
	$(REGAL) lint policies
	$(OPA) test policies
	@mkdir -p build
	$(OPA) test policies --coverage --threshold 100 > build/rego-coverage.json
	$(OPA) inspect -a -f json policies | $(CONFTEST) test - --parser json -p policies/checks -p policies/lib --all-namespaces

# the binary against stock cue and stock conftest (P29)
.PHONY: parity
parity: prometheus $(CUE) $(CONFTEST) $(OPA) $(ACTIONLINT)
	CUE=$(CUE) CONFTEST=$(CONFTEST) OPA=$(OPA) ACTIONLINT=$(ACTIONLINT) go test -tags stock -timeout 30m -run Parity ./cmd/temporal-dsql

# the catalogue follows the servers' source (a test generates it again), dashboards follow the catalogue
.PHONY: generated
generated:
	cd tools && go vet ./catalogue && go test -count=1 ./catalogue
	cd e2e/calibrate && go vet ./... && go test -count=1 ./...
	go test -count=1 ./internal/config/settings -run TestTablesOfTheSchema
	go run ./cmd/temporal-dsql dashboards --check grafana

# tables of the schema that lint reads instead of evaluating them; their test fails while they are out of date
.PHONY: tables
tables:
	go test -count=1 ./internal/config/settings -run TestTablesOfTheSchema -update

# the servers that the module proxy has released since: the list, the table, the cross-check
.PHONY: catalogue
catalogue:
	cd tools && go run ./catalogue -update

# Grafana dashboards, alert rules and provisioning files, from the CUE in grafana/
.PHONY: dashboards
dashboards:
	go run ./cmd/temporal-dsql dashboards --out grafana

# generated parts of docs/; their tests fail while they are out of date
.PHONY: docs
docs:
	UPDATE_DOCS=1 go test -count=1 ./docs ./internal/budget
	go test -count=1 ./internal/config/poolsim -run TestFigures -update

# each supported server's own registry against the catalogue, at run time
.PHONY: crosscheck
crosscheck:
	tools/crosscheck/run.sh

# every fuzz target, or those that match FUZZ
FUZZTIME := 60s
FUZZ := .
.PHONY: fuzz
fuzz:
	tools/fuzz.sh $(FUZZTIME) $(FUZZ)

.PHONY: e2e
e2e: prometheus
	e2e/run.sh

# what clients of two services see, as one register for each baseline and key; e2e has a short run
LINEARIZABILITY_OPERATIONS := 100000
.PHONY: linearizability
linearizability: build
	cd e2e/store && TEMPORAL_DSQL=$(CURDIR)/build/temporal-dsql LINEARIZABILITY_OPERATIONS=$(LINEARIZABILITY_OPERATIONS) \
		go test -count=1 -timeout 2h -v -run Linearizability .

# what is there after kills of the service, PostgreSQL and S3; e2e has a short run
KILLS := 200
.PHONY: kills
kills: build
	cd e2e/store && TEMPORAL_DSQL=$(CURDIR)/build/temporal-dsql KILLS=$(KILLS) go test -count=1 -timeout 2h -v -run Kills .

# a service under a mixed load at twice its rated rate; e2e has a short run
SOAK := 1h
.PHONY: soak
soak: prometheus build
	cd e2e/store && TEMPORAL_DSQL=$(CURDIR)/build/temporal-dsql SOAK=$(SOAK) go test -count=1 -timeout 3h -v -run Soak .

# what a transition costs: counts into e2e/calibrate/testdata, costs into the schema
.PHONY: calibrate
calibrate:
	e2e/calibrate/run.sh

.PHONY: advice
advice: prometheus build
	cd e2e/grafana && TEMPORAL_DSQL=$(CURDIR)/build/temporal-dsql go test -count=1 -timeout 30m -v -run Advice .

.PHONY: bench
bench: prometheus build $(CUE) $(CONFTEST)
	CUE=$(CUE) CONFTEST=$(CONFTEST) go test -tags stock,bench -run - -bench . -benchmem ./cmd/temporal-dsql ./internal/config/compile ./internal/config/discover ./internal/profile/telemetry ./internal/service/api ./internal/profile/judge ./internal/profile/compare ./internal/service/pages/compilation
	go test -run - -bench . -cpu 1 ./internal/profile/store/... ./internal/profile/verdicts ./internal/profile/assess
	cd e2e/store && go test -run - -bench . ./...

# comparisons on real series, next to other rules: into docs/comparing-windows.md
NAB := ../shared/data/nab
.PHONY: scoreboard
scoreboard:
	go run ./cmd/scoreboard -nab $(NAB)

$(CUE): from := cuelang.org/go/cmd/cue
$(OPA): from := github.com/open-policy-agent/opa
$(CONFTEST): from := github.com/open-policy-agent/conftest
$(ACTIONLINT): from := github.com/rhysd/actionlint/cmd/actionlint
$(LINT): from := github.com/golangci/golangci-lint/v2/cmd/golangci-lint

# build NAME@VERSION from its module; a minute or more, the first time
$(CUE) $(OPA) $(CONFTEST) $(LINT) $(ACTIONLINT):
	@echo "building $(@F)" >&2
	@mkdir -p $(BIN)
	@GOBIN=$@.tmp go install $(from)@$(lastword $(subst @, ,$(@F)))
	@mv $@.tmp/* $@ && rmdir $@.tmp

# its go.sum has the digests, so the module proxy is enough
$(REGAL):
	@echo "building $(@F)" >&2
	@mkdir -p $(BIN)
	@cd tools/regal && go build -ldflags='-s -w' -o $@.tmp github.com/open-policy-agent/regal
	@mv $@.tmp $@

$(PROMETHEUS):
	@echo "building $(@F): some minutes, once" >&2
	@mkdir -p $@.tmp
	@cd tools/prometheus && go build -ldflags='-s -w' -o $@.tmp/ github.com/prometheus/prometheus/cmd/prometheus github.com/prometheus/prometheus/cmd/promtool
	@mv $@.tmp $@

# Everything a contributor or a machine runs. `make` alone lists it.

GO       ?= go
VERSION  ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
LDFLAGS  := -s -w -X github.com/weftmesh/weft/internal/cli.Version=$(VERSION)
GOBUILD  := $(GO) build -trimpath -buildvcs=false -ldflags '$(LDFLAGS)'
TOOL     := $(GO) tool -modfile=tools/go.mod

MESH     ?= examples/retail
UP_FLAGS ?=
SIM_FLAGS ?=
FUZZTIME ?= 30s
DB       ?= crm
export GO FUZZTIME SQL

.DEFAULT_GOAL := help
.PHONY: help up psql build test prove lint fmt bench clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

up: build ## run the retail mesh, its databases and applications; Ctrl-C ends all (UP_FLAGS, SIM_FLAGS, MESH)
	@$(GOBUILD) -o bin/simulate ./$(MESH)/simulate
	@rm -f bin/database; [ ! -d $(MESH)/database ] || $(GOBUILD) -o bin/database ./$(MESH)/database
	@UP_FLAGS='$(UP_FLAGS)' SIM_FLAGS='$(SIM_FLAGS)' scripts/up.sh $(MESH)

psql: ## open psql on a database of the mesh that runs (DB=crm or billing, SQL to run one statement)
	@bin/database $(MESH) psql $(DB) $(if $(SQL),-c "$$SQL")

build: ## write bin/weft
	@$(GOBUILD) -o bin/weft ./cmd/weft

test: ## run everything that CI runs
	@scripts/test.sh

prove: ## run the longer proofs as well: kill loops, soak, fuzzing (FUZZTIME each)
	@scripts/prove.sh

lint: ## run golangci-lint over the code
	@$(TOOL) golangci-lint run ./...

fmt: ## format the code
	@$(TOOL) gofumpt -w .

bench: ## measure speed and memory, and write docs/benchmarks.md
	@$(GO) run ./bench -out docs/benchmarks.md

clean: ## remove what was built
	@rm -rf bin

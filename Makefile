# `make` explains the targets. Each is a thin wrapper around swift or .build/release/sluice.
SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help deps deps-cuda build install dist wheel pipeline test test-parity test-slurm test-remotes test-incremental test-faults \
	test-wheel test-standards fuzz lint stage status cache graph bench format docs site clean

PIPELINE ?= Pipelines/preference.yaml
SLUICE := .build/release/sluice
# Linked statically, the program starts in 2 ms; with shared libraries it takes 6 to 10.
RELEASE := --configuration release --static-swift-stdlib --quiet
SOURCES := Sources Tests Plugins Package.swift

# Real comparisons replace the generated sample.
SETTINGS := $(if $(TRAIN),--set 'train=$(TRAIN)') $(if $(EXTRA),--set 'extra=$(EXTRA)') \
	$(if $(TEST),--set 'test=$(TEST)') $(if $(TRAIN)$(EXTRA),--set sample=false) $(ARGUMENTS)

help: ## Explain the targets
	@echo 'Sluice: a pipeline engine that runs only what changed. Targets:'
	@echo
	@sed -n 's/^\([a-z-]*\):[^#]*## \(.*\)/  make \1	\2/p' Makefile | expand -t 26
	@echo
	@echo 'make pipeline, stage, status and graph take PIPELINE= (default $(PIPELINE)), TRAIN=, EXTRA= and TEST='
	@echo '(comparisons as CSV or Parquet; by default, a generated sample) and ARGUMENTS= for any option that'
	@echo 'sluice accepts, such as ARGUMENTS="--set folds=3 -j1". make test takes ARGUMENTS="--filter StoreTests".'

deps: ## Install what is missing: Debian packages and Apache Arrow
	@.ci/install-dependencies

deps-cuda: ## Fetch NVIDIA's libraries for language models on a GPU (700 MB)
	@.ci/install-cuda

build: deps ## Build the release binary, .build/release/sluice
	@echo 'Building $(SLUICE)…' >&2
	@swift build $(RELEASE) --product ArrowBridge
	@swift build $(RELEASE) --product ArrowStorage
	@swift build $(RELEASE) --product sluice

PREFIX ?= /usr/local
VERSION = $(shell sed -n 's/.*static let version = "\(.*\)"/\1/p' Sources/Commands/Kinds/VersionCommand.swift)
DISTRIBUTION = sluice-$(VERSION)-linux-$(shell uname -m)

install: build ## Install the program with its libraries: PREFIX=/usr/local
	@.ci/stage-install '$(DESTDIR)$(PREFIX)'

dist: build ## Make .build/dist/sluice-VERSION-linux-MACHINE.tar.gz, which runs without Swift
	@rm -rf '.build/dist/$(DISTRIBUTION)' && mkdir -p .build/dist
	@.ci/stage-install '.build/dist/$(DISTRIBUTION)'
	@tar --sort=name --owner=0 --group=0 --numeric-owner --mtime=2000-01-01 -C .build/dist -c '$(DISTRIBUTION)' \
		| gzip -9n > '.build/dist/$(DISTRIBUTION).tar.gz'
	@echo '.build/dist/$(DISTRIBUTION).tar.gz'

wheel: build ## Make .build/dist/sluice-VERSION-….whl: the program and a module for notebooks, for pip
	@.ci/build-wheel .build/dist

pipeline: build ## Run the preference pipeline: TRAIN=train.csv EXTRA=arena.parquet TEST=test.csv
	@$(SLUICE) run $(PIPELINE) $(SETTINGS)
	@$(SLUICE) report --output artifacts/report.html

stage: build ## Run one stage and its dependencies: STAGE=blend
	@test -n '$(STAGE)' || { echo "Which stage? make stage STAGE=name; make status lists them." >&2; exit 2; }
	@$(SLUICE) run $(PIPELINE) '$(STAGE)' $(SETTINGS)

status: build ## Show what would run, and why
	@$(SLUICE) status $(PIPELINE) $(SETTINGS)

cache: build ## List the artifacts in the store
	@$(SLUICE) cache ls $(ARGUMENTS)

graph: build ## Draw the pipeline; ARGUMENTS="--format mermaid" or dot
	@$(SLUICE) graph $(PIPELINE) $(SETTINGS)

lint: ## Check the formatting of the sources
	@swift format lint --strict --parallel --recursive $(SOURCES)

test: deps lint ## Check formatting, build, and run all tests
	@swift build --build-tests --explicit-target-dependency-import-check error
	@.ci/run-tests $(ARGUMENTS)

EDITS ?= 1000

test-incremental: build ## Compare incremental runs with clean ones after random edits: EDITS=10000
	@Tests/incremental-clean --edits $(EDITS) --sluice $(SLUICE)

test-parity: deps ## Compare with the reference libraries on generated inputs; installs them, with PyTorch
	@Tests/parity $(ARGUMENTS)

test-slurm: build ## Test stages on a real Slurm on this machine; needs slurm-wlm, munge and root
	@Tests/slurm/run $(SLUICE) $(ARGUMENTS)

test-remotes: build ## Test shared caches on nginx, MinIO's gateway and moto on this machine; installs them
	@Tests/remotes/run $(SLUICE) $(ARGUMENTS)

test-faults: build ## Inject faults of every kind: kills, errors of calls, full disks; SIZE=nightly for all
	@Tests/test-faults --size $(or $(SIZE),ci) $(ARGUMENTS)

test-wheel: build ## Install the wheel into a fresh virtual environment and test it; needs the network
	@wheel=$$(.ci/build-wheel .build/dist) && Tests/wheel/run "$$wheel"

test-standards: build ## Validate exports and schemas with the packages of the standards; needs the network
	@Tests/standards/run $(SLUICE)

fuzz: deps ## Fuzz the readers of data: TIME=60 seconds for each; ARGUMENTS="yaml csv" for some
	@Tests/run-fuzz $(or $(TIME),60) $(ARGUMENTS)

bench: build ## Benchmark against other tools, side by side
	@Benchmarks/run $(ARGUMENTS)

format: ## Format the sources
	@swift format --in-place --parallel --recursive $(SOURCES)

docs: build ## Generate Docs/kinds.md from the stage kinds
	@$(SLUICE) kinds --markdown > .build/kinds.md && mv .build/kinds.md Docs/kinds.md

site: build ## Make .build/site/site: the documentation as pages with a search; needs the network
	@.ci/build-site .build/site $(SLUICE)

clean: ## Remove build products; the store in artifacts/ stays
	@rm -rf .build

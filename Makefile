# A newcomer needs two targets: demo and test.
GO       ?= go
PREFIX   ?= /usr/local
BIN      ?= $(CURDIR)/bin
# Other packages also have a qstat: PROGRAM_PREFIX=mm- installs mm-qstat.
PROGRAM_PREFIX ?=
# Mailman's user, whom the services run as: list on Debian, mailman elsewhere.
MAILMAN_USER ?= list
MANDIR   ?= $(PREFIX)/share/man
HTML     ?= $(CURDIR)/html
FUZZTIME ?= 60s
# In a tarball version.go has the version, and git may belong to another project
# around it. Without a version from here, the commands find it out themselves.
VERSION  := $(shell grep -q 'Format:' internal/cmdline/version.go && test -e .git && git describe --tags --always --dirty 2>/dev/null)

# The cli library's own manual pages and suggestions cost every start 0.5 ms.
TAGS     = urfave_cli_no_docs,urfave_cli_no_suggest
LDFLAGS  = -s -w -X switchboard/internal/cmdline.Version=$(VERSION)
COMMANDS = $(notdir $(wildcard cmd/q*))
# Commands start these by their names, which have no prefix.
PROGRAMS = $(notdir $(filter-out cmd/q%,$(wildcard cmd/*)))

# An archive of the sources has the modules of the commands, but not those of make dist.
TEST_DIST = $(GO) test -C internal/dist -count=1 -timeout 1h ./...

export CGO_ENABLED = 0

# Everything that the commands are built from.
SOURCES = $(shell find cmd internal/cmdline internal/commands pkg go.mod go.sum -type f ! -name '*_test.go' ! -path '*/testdata/*')

.PHONY: build test test-all proof soak demo demo-pg bench check fuzz html install uninstall dist clean

build:
	$(GO) build -trimpath -tags $(TAGS) -ldflags '$(LDFLAGS)' -o '$(BIN)/' ./cmd/...
	@touch '$(BIN)/.built'

# make install does not build again what is newer than its sources, because the
# person who installs is often root and may have no Go.
$(BIN)/.built: $(SOURCES)
	$(MAKE) build

# The packages that run the commands share one build of them, where other users can run it too.
BUILD_ONCE = bin=$$(mktemp -d) && trap 'rm -rf "$$bin"' EXIT INT TERM && chmod 755 "$$bin" && \
	$(GO) build -tags $(TAGS) -o "$$bin/" ./cmd/... && SWITCHBOARD_BIN="$${SWITCHBOARD_BIN:-$$bin}"

# Needs neither root nor packages. TESTS are the packages to test.
TESTS ?= ./...
test:
	$(if $(filter ./...,$(TESTS)),$(BUILD_ONCE)) $(GO) test -count=1 -timeout 40m -tags $(TAGS) $(TESTS)
	test -d vendor || test '$(TESTS)' != ./... || $(TEST_DIST)

# Everything: needs root and the packages that .ci/run installs. A skip is a
# failure.
test-all:
	$(BUILD_ONCE) SWITCHBOARD_CI=1 $(GO) test -count=1 -timeout 40m -tags $(TAGS) ./...
	test -d vendor || SWITCHBOARD_CI=1 $(TEST_DIST)

# Runs as a whole what test-all takes samples of. This takes hours.
proof:
	$(BUILD_ONCE) SWITCHBOARD_CI=1 KILL_EVERY=1 RACE_TIMES=50 POWER_CUTS=5000 RUNNER_ENTRIES=20000 GUEST_TIMES=10 CLUSTER_MESSAGES=20000 ENEMY_TIME=10m $(GO) test -count=1 -timeout 24h -v -tags $(TAGS) ./test/limits ./test/enemy ./test/kill ./test/race ./test/power ./test/guest ./test/runner ./test/cluster ./test/pg
	test -d vendor || SWITCHBOARD_CI=1 DIST_TARGETS= $(TEST_DIST)

# Everything at once, with kills and full disks, for SOAK. SOAK_SEED repeats a run.
SOAK ?= 1h
soak:
	SOAK=$(SOAK) $(GO) test -count=1 -timeout 0 -v -tags $(TAGS) ./test/soak

demo: build
	@PATH="$(BIN):$$PATH" sh test/demo.sh

# Needs Debian's package postgresql, and starts a server of its own.
demo-pg: build
	@PATH="$(BIN):$$PATH" sh test/demo-pg.sh

bench:
	$(GO) run ./test/bench -o test/bench -readme README.md

check:
	@unformatted=$$(gofmt -l cmd internal pkg test); test -z "$$unformatted" || { echo "run gofmt -w on: $$unformatted" >&2; exit 1; }
	$(GO) vet -tags $(TAGS) ./...
	$(GO) tool staticcheck -tags $(TAGS) ./...
	test -d vendor || { check=$$($(GO) tool -n staticcheck) && cd internal/dist && $(GO) vet ./... && "$$check" ./...; }
	@old=$$($(GO) fix -diff -tags $(TAGS) ./...; test -d vendor || $(GO) fix -C internal/dist -diff ./...); test -z "$$old" || { printf '%s\n' 'go fix has something to say:' "$$old" >&2; exit 1; }
	@if command -v mandoc >/dev/null; then mandoc -Tlint -Wwarning man/*.[1-9]; else echo 'SKIP: no mandoc to check the man pages with'; fi

fuzz:
	.ci/fuzz $(FUZZTIME)

# The manual as linked pages, with a start page. Needs mandoc.
html:
	@sh man/html.sh '$(HTML)'

install: $(BIN)/.built
	mkdir -p '$(DESTDIR)$(PREFIX)/bin'
	for c in $(COMMANDS); do install -m 755 '$(BIN)/'$$c '$(DESTDIR)$(PREFIX)/bin/$(PROGRAM_PREFIX)'$$c || exit 1; done
	for p in $(PROGRAMS); do install -m 755 '$(BIN)/'$$p '$(DESTDIR)$(PREFIX)/bin/'$$p || exit 1; done
	install -m 755 contrib/qenqueue-alias '$(DESTDIR)$(PREFIX)/bin/$(PROGRAM_PREFIX)qenqueue-alias'
	sh man/install.sh '$(DESTDIR)$(MANDIR)' '$(PREFIX)' '$(PROGRAM_PREFIX)' $(COMMANDS)
	sh completion/install.sh '$(DESTDIR)$(PREFIX)/share' '$(PROGRAM_PREFIX)' $(COMMANDS)
	sh completion/install.sh '$(DESTDIR)$(PREFIX)/share' '' $(PROGRAMS)
	sh contrib/install.sh '$(DESTDIR)$(PREFIX)/share/switchboard' '$(PREFIX)/bin' '$(MAILMAN_USER)' '$(PROGRAM_PREFIX)' $(COMMANDS)

uninstall:
	for c in $(COMMANDS); do rm -f '$(DESTDIR)$(PREFIX)/bin/$(PROGRAM_PREFIX)'$$c; done
	for p in $(PROGRAMS); do rm -f '$(DESTDIR)$(PREFIX)/bin/'$$p; done
	rm -f '$(DESTDIR)$(PREFIX)/bin/$(PROGRAM_PREFIX)qenqueue-alias'
	sh man/install.sh -r '$(DESTDIR)$(MANDIR)' '$(PREFIX)' '$(PROGRAM_PREFIX)' $(COMMANDS)
	sh completion/install.sh -r '$(DESTDIR)$(PREFIX)/share' '$(PROGRAM_PREFIX)' $(COMMANDS)
	sh completion/install.sh -r '$(DESTDIR)$(PREFIX)/share' '' $(PROGRAMS)
	sh contrib/install.sh -r '$(DESTDIR)$(PREFIX)/share/switchboard' '$(PREFIX)/bin' '$(MAILMAN_USER)' '$(PROGRAM_PREFIX)' $(COMMANDS)

# Needs git, and nothing that Go does not download. The release is in dist.
dist:
	$(GO) run -C internal/dist . $(DIST)

clean:
	rm -rf '$(BIN)'

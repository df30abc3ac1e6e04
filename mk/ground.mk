# The ground everybody stands on: what a newcomer calls.  `deps` may install
# packages, and what is installed decides what is built: so the targets that
# need both call make again.
JOBS ?= $(shell nproc 2>/dev/null || echo 2)
AGAIN = +$(MAKE) --no-print-directory $(if $(findstring jobserver,$(MAKEFLAGS)),,-j$(JOBS))
TESTS = BUILD=$(BUILD) SAN=$(SAN) sh

.PHONY: help
help: ## list these targets
	@sed -n 's/^\([a-z][a-z-]*\):[^#]*## \(.*\)/\1 \2/p' Makefile mk/*.mk | \
	    sort | while read -r name text; do \
		printf '  make %-14s %s\n' "$$name" "$$text"; done
	@printf '\n  SAN=1 builds with ASan and UBSan (make check SAN=1), V=1 shows commands,\n  BUILD=DIR, PREFIX=DIR, DESTDIR=DIR as usual.\n'

.PHONY: deps
deps: ## install the packages needed (Debian, as root), or say how
	@sh mk/deps.sh

.PHONY: demo
demo: ## build, read the sample logs, show four traces
	@sh mk/deps.sh build
	$(AGAIN) all
	@$(TESTS) tests/demo.sh

.PHONY: tests
tests: all $(UNITBIN) $(FUZZBIN)

.PHONY: check
check: ## all tests that need no network; under two minutes
	@sh mk/deps.sh
	$(AGAIN) WERROR=1 tests
	@$(TESTS) tests/run.sh

# what the long tests run beside the program
LONGBIN = $(BUILD)/bench/gen $(BUILD)/torture/killat.so \
	$(patsubst tests/torture/%.c,$(BUILD)/torture/%,\
	$(filter-out %/killat.c,$(wildcard tests/torture/*.c)))

.PHONY: check-all
check-all: ## check, and the long ones: torture, lab, browser, fuzzing
	@sh mk/deps.sh
	@sh mk/deps.sh all
	$(AGAIN) WERROR=1 tests $(LONGBIN)
	@LONG=1 $(TESTS) tests/run.sh

.PHONY: lab
lab: all ## mail through real servers of this machine (root, Linux)
	@$(TESTS) tests/run.sh lab

.PHONY: lint
lint: all ## house rules: folders, doors, form, manual
	@$(TESTS) tests/run.sh lint

.PHONY: format
format: ## let clang-format have its way
	clang-format -i $(wildcard $(foreach d,$(LIBDIRS) tests/unit tests/fuzz \
	    tests/bench tests/torture tests/live,$(d)/*.c $(d)/*.h))

.PHONY: golden-update
golden-update: tests ## rewrite expected outputs; a person reads the diff
	@UPDATE=1 $(TESTS) tests/run.sh sessions
	@git --no-pager diff --stat -- tests fixtures docs README.md 2>/dev/null || :

# clang's libFuzzer, each target for FUZZ_SECONDS.
FUZZ_SECONDS ?= 60
.PHONY: fuzz
fuzz: ## look for crashing inputs with libFuzzer (clang)
	@FUZZ_SECONDS=$(FUZZ_SECONDS) sh tests/fuzz/fuzz.sh build-fuzz

.PHONY: install
install: all ## install to PREFIX (default /usr/local)
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/share/man/man1 \
	    $(DESTDIR)$(PREFIX)/share/doc/mailtrace \
	    $(DESTDIR)$(PREFIX)/share/doc/mailtrace/systemd \
	    $(DESTDIR)$(PREFIX)/share/bash-completion/completions \
	    $(DESTDIR)$(PREFIX)/share/zsh/site-functions
	install -m 755 $(BUILD)/mailtrace $(DESTDIR)$(PREFIX)/bin/mailtrace
	install -m 644 docs/mailtrace.1 $(DESTDIR)$(PREFIX)/share/man/man1/
	install -m 644 README.md NEWS.md LICENSE docs/*.md \
	    docs/mailtrace.conf.example $(DESTDIR)$(PREFIX)/share/doc/mailtrace/
	$(BUILD)/mailtrace help --completion > \
	    $(DESTDIR)$(PREFIX)/share/bash-completion/completions/mailtrace
	$(BUILD)/mailtrace help --zsh > \
	    $(DESTDIR)$(PREFIX)/share/zsh/site-functions/_mailtrace
	for f in docs/systemd/*; do \
	    sed 's|/usr/bin/mailtrace|$(PREFIX)/bin/mailtrace|' $$f > \
	    $(DESTDIR)$(PREFIX)/share/doc/mailtrace/systemd/$${f##*/} || \
	    exit 1; done

.PHONY: uninstall
uninstall: ## remove what install put there
	rm -f $(DESTDIR)$(PREFIX)/bin/mailtrace \
	    $(DESTDIR)$(PREFIX)/share/man/man1/mailtrace.1 \
	    $(DESTDIR)$(PREFIX)/share/bash-completion/completions/mailtrace \
	    $(DESTDIR)$(PREFIX)/share/zsh/site-functions/_mailtrace
	rm -rf $(DESTDIR)$(PREFIX)/share/doc/mailtrace

.PHONY: print-libs
print-libs:
	@echo '$(LIBS)'

# mailtrace: `make demo` and `make check` are all a newcomer needs; `make help`
# lists the rest.  Folders look left: base parsers classify index query cli,
# and live beside them; every .c file in them is built, none is listed here.
# What an area needs beyond that is in mk/<area>.mk.

.DEFAULT_GOAL := all

BUILD ?= build
PREFIX ?= /usr/local
DESTDIR ?=
ifeq ($(origin CC),default)
CC = gcc
endif
SAN ?= 0
WERROR ?= 0
V ?= 0

STD = -std=c11 -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64
WARN = -Wall -Wextra -Wshadow -Wpointer-arith -Wwrite-strings \
	-Wmissing-prototypes -Wstrict-prototypes -Wvla -Wformat=2 \
	-Wno-format-nonliteral -Wno-missing-field-initializers
ifeq ($(WERROR),1)
WARN += -Werror
endif
OPT ?= -O2 -g
HARDEN ?= -fstack-protector-strong -fPIC -fvisibility=hidden \
	-D_FORTIFY_SOURCE=2
HARDEN_LD ?= -pie -Wl,-z,relro,-z,now
CFLAGS_ALL = $(STD) $(OPT) $(WARN) $(EXTRA) $(HARDEN) $(SANFLAGS) -I. \
	-I$(BUILD) $(CFLAGS)
LDFLAGS_ALL = $(HARDEN_LD) $(LDFLAGS)
LIBS = -lpcre2-8 -lsqlite3 -lzstd -llzma -lbz2 -lz -lcjson -lmaxminddb \
	-linih -lpthread -lm $(LIBS_LIVE) $(LIBS_OPT)

ifeq ($(SAN),1)
BUILD := $(BUILD)-san
HARDEN =
HARDEN_LD =
SANFLAGS = -fsanitize=address,undefined -fno-sanitize-recover=undefined \
	-fno-omit-frame-pointer
OPT = -O1 -g
export ASAN_OPTIONS ?= detect_leaks=1:abort_on_error=0
export UBSAN_OPTIONS ?= print_stacktrace=1
endif

LIBDIRS = base parsers classify index query live cli
LIBSRC = $(filter-out cli/main.c,$(foreach d,$(LIBDIRS),$(wildcard $(d)/*.c)))
LIBOBJ = $(LIBSRC:%.c=$(BUILD)/%.o) $(GENOBJ)
UNITSRC = $(wildcard tests/unit/test_*.c)
UNITBIN = $(UNITSRC:tests/unit/%.c=$(BUILD)/unit/%)
FUZZSRC = $(wildcard tests/fuzz/fuzz_*.c)
FUZZBIN = $(FUZZSRC:tests/fuzz/%.c=$(BUILD)/fuzz/%)

ifeq ($(V),1)
say = @:
Q =
else
say = @printf '  %-5s %s\n'
Q = @
endif

-include mk/*.mk

.PHONY: all
all: $(BUILD)/mailtrace $(EXT) ## build the program

$(BUILD)/mailtrace: $(BUILD)/cli/main.o $(BUILD)/libmailtrace.a
	$(say) LINK $@
	$(Q)$(CC) $(CFLAGS_ALL) $(LDFLAGS_ALL) -o $@ $^ $(LIBS)

$(BUILD)/libmailtrace.a: $(LIBOBJ)
	$(say) AR $@
	@rm -f $@
	$(Q)ar rcs $@ $^

# Objects made with other flags are made anew.
FLAGS := $(STD) $(OPT) $(HARDEN) $(SANFLAGS) $(CFLAGS)
$(BUILD)/flags: force
	@mkdir -p $(@D)
	@echo '$(FLAGS)' | cmp -s - $@ || echo '$(FLAGS)' >$@
.PHONY: force
force:

$(BUILD)/%.o: %.c $(BUILD)/flags
	@mkdir -p $(@D)
	$(say) CC $<
	$(Q)$(CC) $(CFLAGS_ALL) -MMD -MP -c -o $@ $<

$(BUILD)/unit/%: tests/unit/%.c $(BUILD)/libmailtrace.a
	@mkdir -p $(@D)
	$(say) TEST $<
	$(Q)$(CC) $(CFLAGS_ALL) $(LDFLAGS_ALL) -Itests -MMD -MP -o $@ $< \
	    $(BUILD)/libmailtrace.a -lcmocka $(LIBS)

# A fuzz target runs the files named on its command line; with clang's fuzzer:
# make fuzz.
$(BUILD)/fuzz/%: tests/fuzz/%.c tests/fuzz/standalone.c $(BUILD)/libmailtrace.a
	@mkdir -p $(@D)
	$(say) FUZZ $<
	$(Q)$(CC) $(CFLAGS_ALL) $(LDFLAGS_ALL) -Itests -o $@ $< \
	    tests/fuzz/standalone.c $(BUILD)/libmailtrace.a $(LIBS)

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)

.PHONY: clean
clean: ## remove what was built
	rm -rf build build-*

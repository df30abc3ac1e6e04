# mailtrace: `make demo` and `make check` are all a newcomer needs; `make help`
# lists the rest.  Folders look left: base parsers classify index query cli,
# and live beside them; every .c file in them is built, none is listed here.

BUILD ?= build
PREFIX ?= /usr/local
DESTDIR ?=
CC ?= gcc
SAN ?= 0

STD = -std=c11 -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64
WARN = -Wall -Wextra -Wshadow -Wpointer-arith -Wwrite-strings \
	-Wmissing-prototypes -Wstrict-prototypes -Wvla -Wformat=2 \
	-Wno-format-nonliteral -Wno-missing-field-initializers
OPT ?= -O2 -g
CFLAGS_ALL = $(STD) $(OPT) $(WARN) $(EXTRA) $(SANFLAGS) -I. -I$(BUILD) $(CFLAGS)
LIBS = -lpcre2-8 -lsqlite3 -lzstd -llzma -lbz2 -lz -lcjson -lmaxminddb \
	-linih -lpthread -lm $(LIBS_LIVE) $(LIBS_OPT)

ifeq ($(SAN),1)
BUILD := $(BUILD)-san
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

-include mk/*.mk

.PHONY: all
all: $(BUILD)/mailtrace

$(BUILD)/mailtrace: $(BUILD)/cli/main.o $(BUILD)/libmailtrace.a
	$(CC) $(CFLAGS_ALL) $(LDFLAGS) -o $@ $^ $(LIBS)

$(BUILD)/libmailtrace.a: $(LIBOBJ)
	@rm -f $@
	ar rcs $@ $^

$(BUILD)/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(CFLAGS_ALL) -MMD -MP -c -o $@ $<

$(BUILD)/unit/%: tests/unit/%.c $(BUILD)/libmailtrace.a
	@mkdir -p $(@D)
	$(CC) $(CFLAGS_ALL) $(LDFLAGS) -Itests -o $@ $< $(BUILD)/libmailtrace.a -lcmocka $(LIBS)

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)

.PHONY: clean
clean:
	rm -rf build build-san

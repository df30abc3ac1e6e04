# Decoders.  gzip by ISA-L where it is installed (more than twice as fast),
# else by zlib.
HAVE_ISAL ?= $(shell pkg-config --exists libisal 2>/dev/null && echo 1)
ifeq ($(HAVE_ISAL),1)
$(BUILD)/parsers/input.o: EXTRA += -DHAVE_ISAL
LIBS_OPT += -lisal
endif

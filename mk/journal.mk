# The journal's own files, by libsystemd.  It is loaded when a journal is read
# (parsers/journal_sd.c), so that no other run waits for it; its headers say
# how.  Without them journalctl reads the journal: the program says how.
HAVE_SYSTEMD ?= $(shell pkg-config --exists libsystemd 2>/dev/null && echo 1)
ifeq ($(HAVE_SYSTEMD),1)
$(BUILD)/parsers/journal_sd.o: EXTRA += -DHAVE_SYSTEMD
LIBS_OPT += -ldl
endif

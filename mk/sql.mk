# The store as tables for SQLite itself (cli/sql_ext.c).  Objects are position
# independent and keep their names to themselves (HARDEN), so that the same
# ones serve the program and this; with another HARDEN it is left out.
LIBEXT = $(PREFIX)/lib/mailtrace

ifneq ($(findstring -fPIC,$(HARDEN) $(CFLAGS)),)
EXT = $(BUILD)/mailtrace_sqlite.so
endif

$(BUILD)/mailtrace_sqlite.so: $(BUILD)/cli/sql_ext.o $(BUILD)/libmailtrace.a
	$(say) LINK $@
	$(Q)$(CC) $(CFLAGS_ALL) -shared -Wl,-z,relro,-z,now,-z,defs \
	    -Wl,--as-needed $(LDFLAGS) -o $@ $^ $(LIBS)

.PHONY: install-ext
install: install-ext
install-ext: all
	install -d $(DESTDIR)$(LIBEXT)
	[ -z "$(EXT)" ] || install -m 644 $(EXT) $(DESTDIR)$(LIBEXT)/

.PHONY: uninstall-ext
uninstall: uninstall-ext
uninstall-ext:
	rm -rf $(DESTDIR)$(LIBEXT)

# The long tests of the store: make torture [ROUNDS=50]
ROUNDS ?= 50
$(BUILD)/torture/%: tests/torture/%.c $(BUILD)/libmailtrace.a
	@mkdir -p $(@D)
	$(CC) $(CFLAGS_ALL) $(LDFLAGS) -o $@ $< $(BUILD)/libmailtrace.a $(LIBS)

# preloaded into the program: it dies at a chosen moment
$(BUILD)/torture/killat.so: tests/torture/killat.c
	@mkdir -p $(@D)
	$(CC) -D_GNU_SOURCE $(WARN) -fPIC -shared -o $@ $< -ldl

.PHONY: torture
torture: all $(BUILD)/bench/gen $(BUILD)/torture/dump $(BUILD)/torture/killat.so
	sh tests/torture/crash.sh $(BUILD) $(ROUNDS)
	sh tests/torture/killat.sh $(BUILD)

# The long tests of the store: make torture [ROUNDS=50]
ROUNDS ?= 50
$(BUILD)/torture/%: tests/torture/%.c $(BUILD)/libmailtrace.a
	@mkdir -p $(@D)
	$(CC) $(CFLAGS_ALL) $(LDFLAGS) -o $@ $< $(BUILD)/libmailtrace.a $(LIBS)

.PHONY: torture
torture: all $(BUILD)/bench/gen $(BUILD)/torture/dump
	sh tests/torture/crash.sh $(BUILD) $(ROUNDS)

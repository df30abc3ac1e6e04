# Measurements: make bench [BENCH_MB=1024]
BENCH_MB ?= 1024
$(BUILD)/bench/gen $(BUILD)/bench/gen_exim: tests/bench/gen_part.h
$(BUILD)/bench/%: tests/bench/%.c $(BUILD)/libmailtrace.a
	@mkdir -p $(@D)
	$(CC) $(CFLAGS_ALL) $(LDFLAGS) -o $@ $< $(BUILD)/libmailtrace.a $(LIBS)

.PHONY: bench
bench: all $(BUILD)/bench/gen $(BUILD)/bench/gen_exim \
    $(BUILD)/bench/bench_query $(BUILD)/bench/bench_classify
	sh tests/bench/bench.sh $(BUILD) $(BENCH_MB)

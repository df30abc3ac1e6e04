# The schema is a file of its own, for people; it is compiled in, without its
# comments, as two strings (index/schema.h).
GENOBJ += $(BUILD)/index/schema_sql.o

$(BUILD)/index/schema_sql.c: index/schema.sql mk/store.mk
	@mkdir -p $(@D)
	@{ echo '#include "index/schema.h"'; \
	sed -n -e 's/[\\"]/\\&/g' \
	    -e '/^-- @control/{s/.*/const char schema_control[] =/p;d}' \
	    -e '/^-- @partition/{s/.*/;\nconst char schema_partition[] =/p;d}' \
	    -e 's/ *--.*//' \
	    -e '/./s/.*/"&\\n"/p' index/schema.sql; \
	echo ';'; } > $@

$(BUILD)/index/schema_sql.o: $(BUILD)/index/schema_sql.c index/schema.h
	$(CC) $(CFLAGS_ALL) -c -o $@ $<

# What runs for every value of every line: some 6 % less time.
ifneq ($(SAN),1)
$(BUILD)/index/seg_encode.o $(BUILD)/index/seg_put.o \
$(BUILD)/index/seg_decode.o $(BUILD)/index/seg_get.o \
$(BUILD)/index/runs.o $(BUILD)/index/run_merge.o $(BUILD)/index/postings.o \
$(BUILD)/index/token.o $(BUILD)/index/record.o: OPT += -O3
endif

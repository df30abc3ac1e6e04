# The table of Axigen's texts is a file of its own, for operators; it is
# compiled in as one string (parsers/axigen_part.h).
GENOBJ += $(BUILD)/parsers/axigen_patterns.o

$(BUILD)/parsers/axigen_patterns.c: parsers/axigen.patterns mk/axigen.mk
	@mkdir -p $(@D)
	@{ echo '#include "parsers/axigen_part.h"'; \
	echo 'const char axigen_patterns[] ='; \
	sed -n -e 's/[\\"?]/\\&/g' -e '/^[^#]/s/.*/"&\\n"/p' \
	    parsers/axigen.patterns; \
	echo ';'; } > $@

$(BUILD)/parsers/axigen_patterns.o: $(BUILD)/parsers/axigen_patterns.c \
    parsers/axigen_part.h
	$(CC) $(CFLAGS_ALL) -c -o $@ $<

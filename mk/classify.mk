# The shipped rules are files of their own, for people; they are compiled in,
# so that the program stands alone (classify/rule.h, struct builtin_rules).
RULES = $(sort $(wildcard classify/rules/*.rules))
GENOBJ += $(BUILD)/classify/builtin_rules.o

$(BUILD)/classify/builtin_rules.c: $(RULES) mk/classify.mk
	@mkdir -p $(@D)
	@{ echo '#include "classify/rule.h"'; \
	for f in $(RULES); do \
		n=$$(basename $$f .rules | tr -c 'a-z0-9\n' _); \
		echo "static const char text_$$n[] = {"; \
		od -An -v -tu1 $$f | sed 's/[0-9][0-9]*/&,/g'; \
		echo '0};'; \
	done; \
	echo 'const struct builtin_rules builtin_rules[] = {'; \
	for f in $(RULES); do \
		n=$$(basename $$f .rules | tr -c 'a-z0-9\n' _); \
		echo "{\"$$f\", text_$$n, sizeof(text_$$n) - 1},"; \
	done; \
	echo '};'; \
	echo 'const size_t builtin_rules_n = $(words $(RULES));'; } > $@

$(BUILD)/classify/builtin_rules.o: $(BUILD)/classify/builtin_rules.c \
	classify/rule.h
	$(CC) $(CFLAGS_ALL) -Wno-overflow -Wno-narrowing -c -o $@ $<

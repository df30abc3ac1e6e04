# The network side.  libcurl is optional: without it MTA-STS policies and
# registration data are "unknown", and the report says why.  It is loaded when
# it is needed (live/http.c), so it is not linked.
LIBS_LIVE = -lunbound -lresolv -lssl -lcrypto -lidn2 -lpsl
HAVE_CURL ?= $(shell pkg-config --exists libcurl 2>/dev/null && echo 1)
ifeq ($(HAVE_CURL),1)
CFLAGS_CURL = -DHAVE_CURL
LIBS_LIVE += -ldl
endif
$(BUILD)/live/%.o $(BUILD)/unit/test_live_%: EXTRA += $(CFLAGS_CURL)

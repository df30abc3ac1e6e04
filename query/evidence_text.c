/*
 * evidence_text.c: what the text of a failed login or session says about the
 * account or the mail program.
 */
#include "query/evidence.h"
#include "base/banned.h"

static bool
says(struct str text, const char *const *words)
{
	for (size_t i = 0; words[i]; i++)
		if (str_findi(text, str_c(words[i])) >= 0)
			return true;
	return false;
}

bool
evd_says_locked(struct str text)
{
	static const char *const w[] = { "disabled", "locked", "suspend",
		"deactivat", "inactive", "account expired", "not allowed to",
		NULL };

	return says(text, w) && str_findi(text, STR("mechanism")) < 0 &&
	       str_findi(text, STR("plaintext")) < 0;
}

bool
evd_says_no_user(struct str text)
{
	static const char *const w[] = { "unknown user", "no such user",
		"user not found", "user unknown", "invalid user",
		"does not exist", NULL };

	return says(text, w);
}

enum evd_slip
evd_slip_of(struct str text)
{
	static const struct {
		const char *word;
		enum evd_slip slip;
	} table[] = {
		{ "alert certificate", SLIP_CERTIFICATE },
		{ "alert bad certificate", SLIP_CERTIFICATE },
		{ "alert unknown ca", SLIP_CERTIFICATE },
		{ "alert unsupported certificate", SLIP_CERTIFICATE },
		{ "disallowed plaintext", SLIP_PLAIN_PORT },
		{ "plaintext auth", SLIP_PLAIN_PORT },
		{ "cleartext auth", SLIP_PLAIN_PORT },
		{ "issue a starttls", SLIP_PLAIN_PORT },
		{ "unsupported protocol", SLIP_OLD_TLS },
		{ "version too low", SLIP_OLD_TLS },
		{ "no shared cipher", SLIP_OLD_TLS },
		{ "no protocols available", SLIP_OLD_TLS },
		{ "tlsv1 alert protocol version", SLIP_OLD_TLS },
		{ "wrong version number", SLIP_TLS_PORT },
		{ "http request", SLIP_TLS_PORT },
		{ "unknown protocol", SLIP_TLS_PORT },
		{ "packet length too long", SLIP_TLS_PORT },
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++)
		if (str_findi(text, str_c(table[i].word)) >= 0)
			return table[i].slip;
	return SLIP_NONE;
}

/*
 * settings.c: see settings.h.
 */
#include "live/settings.h"
#include "base/banned.h"

enum token { XML_END, XML_OPEN, XML_CLOSE, XML_TEXT, XML_BAD };

struct xml {
	struct str rest;
	struct str name, attrs, text; /* of the token at hand */
	bool empty;		      /* "<x/>": its end comes next */
};

/* Up to `end`, and past it; false: it is not there. */
static bool
past(struct xml *x, struct str end)
{
	ptrdiff_t at = str_find(x->rest, end);

	if (at < 0)
		return false;
	x->text = str_head(x->rest, (size_t)at);
	x->rest = str_from(x->rest, (size_t)at + end.n);
	return true;
}

/* Without a prefix: "a:Protocol" is "Protocol". */
static struct str
local_name(struct str s)
{
	size_t n = 0;
	ptrdiff_t colon;

	while (n < s.n && (is_alnum(s.p[n]) || memchr(":-_.", s.p[n], 4)))
		n++;
	s = str_head(s, n);
	colon = str_rchr(s, ':');
	return colon < 0 ? s : str_from(s, (size_t)colon + 1);
}

static enum token
next(struct xml *x)
{
	if (x->empty) {
		x->empty = false;
		return XML_CLOSE;
	}
	for (;;) {
		ptrdiff_t at = str_chr(x->rest, '<');

		if (!x->rest.n)
			return XML_END;
		if (at != 0) {
			x->text =
			    at < 0 ? x->rest : str_head(x->rest, (size_t)at);
			x->rest = str_from(x->rest, x->text.n);
			return XML_TEXT;
		}
		if (str_starts(x->rest, STR("<!--"))) {
			if (!past(x, STR("-->")))
				return XML_BAD;
		} else if (str_starts(x->rest, STR("<?"))) {
			if (!past(x, STR("?>")))
				return XML_BAD;
		} else {
			break;
		}
	}
	if (str_starts(x->rest, STR("<![CDATA["))) {
		x->rest = str_from(x->rest, 9);
		return past(x, STR("]]>")) ? XML_TEXT : XML_BAD;
	}
	x->rest = str_from(x->rest, 1);
	if (!past(x, STR(">")))
		return XML_BAD;
	if (str_starts(x->text, STR("/"))) {
		x->name = local_name(str_from(x->text, 1));
		return x->name.n ? XML_CLOSE : XML_BAD;
	}
	x->empty = str_ends(x->text, STR("/"));
	x->name = local_name(x->text);
	x->attrs = x->text;
	return x->name.n ? XML_OPEN : XML_BAD; /* "<!DOCTYPE": none */
}

/* The value of an attribute, empty: there is none. */
static struct str
attribute(struct str attrs, struct str name)
{
	ptrdiff_t at;

	while ((at = str_find(attrs, name)) > 0) {
		struct str v = str_from(attrs, (size_t)at + name.n);
		bool own = is_space(attrs.p[at - 1]);
		ptrdiff_t end;

		attrs = v;
		if (!own || v.n < 2 || v.p[0] != '=' ||
		    (v.p[1] != '"' && v.p[1] != '\''))
			continue;
		end = str_chr(str_from(v, 2), v.p[1]);
		return end < 0 ? STR("") :
				 str_head(str_from(v, 2), (size_t)end);
	}
	return STR("");
}

static enum service_kind
kind_of(struct str s)
{
	return str_eqi(s, STR("imap")) ? SERVICE_IMAP :
	       str_eqi(s, STR("pop3")) ? SERVICE_POP3 :
	       str_eqi(s, STR("smtp")) ? SERVICE_SMTP :
					 SERVICE_OTHER;
}

/* "%EMAILDOMAIN%" stands for the domain. */
static struct str
host_text(struct arena *a, struct str s, struct str domain)
{
	static const struct str word = STR_INIT("%EMAILDOMAIN%");
	ptrdiff_t at = str_find(s, word);

	if (at < 0)
		return arena_lower(a, s);
	return arena_lower(a,
	    arena_printf(a, STR_FMT STR_FMT STR_FMT,
		STR_ARG(str_head(s, (size_t)at)), STR_ARG(domain),
		STR_ARG(str_from(s, (size_t)at + word.n))));
}

/* What one server's element holds so far. */
struct part {
	bool on, tls_word; /* tls_word: Outlook's <Encryption> was there */
	struct setting one;
};

static void
take_text(struct arena *a, struct part *p, struct str name, struct str text,
    struct str domain)
{
	struct setting *s = &p->one;
	uint64_t port;

	if (str_eqi(name, STR("hostname")) || str_eqi(name, STR("Server"))) {
		s->host = host_text(a, text, domain);
	} else if (str_eqi(name, STR("port"))) {
		if (str_u64(text, &port) && port <= UINT16_MAX)
			s->port = (uint16_t)port;
	} else if (str_eqi(name, STR("Type"))) {
		s->kind = kind_of(text);
	} else if (str_eqi(name, STR("socketType"))) {
		s->mode = str_eqi(text, STR("SSL"))	 ? MODE_TLS :
			  str_eqi(text, STR("STARTTLS")) ? MODE_STARTTLS :
							   MODE_PLAIN;
	} else if (str_eqi(name, STR("SSL")) && !p->tls_word) {
		s->mode = str_eqi(text, STR("on")) ? MODE_TLS : MODE_PLAIN;
	} else if (str_eqi(name, STR("Encryption"))) {
		p->tls_word = true;
		s->mode = str_eqi(text, STR("SSL")) ? MODE_TLS :
			  str_eqi(text, STR("TLS")) ? MODE_STARTTLS :
						      MODE_PLAIN;
	}
}

static bool
is_server(struct str name)
{
	return str_eqi(name, STR("incomingServer")) ||
	       str_eqi(name, STR("outgoingServer")) ||
	       str_eqi(name, STR("Protocol"));
}

static void
add(struct settings *out, const struct part *p)
{
	if (p->one.kind != SERVICE_OTHER && p->one.host.n &&
	    out->n < SETTINGS_MAX)
		out->v[out->n++] = p->one;
}

bool
settings_read(struct arena *a, struct str body, struct str domain,
    struct settings *out)
{
	struct xml x = { .rest = body };
	struct str open[SETTINGS_MAX_DEPTH];
	struct part part = { .on = false };
	size_t depth = 0;
	bool ours = false;

	*out = (struct settings){ .n = 0 };
	if (str_starts(x.rest, STR("\xef\xbb\xbf")))
		x.rest = str_from(x.rest, 3);
	for (;;) {
		enum token t = next(&x);

		switch (t) {
		case XML_OPEN:
			if (!depth && !ours &&
			    !str_eqi(x.name, STR("clientConfig")) &&
			    !str_eqi(x.name, STR("Autodiscover")))
				return false;
			ours = true;
			if (depth == SETTINGS_MAX_DEPTH) {
				out->problem = "it is nested too deep";
				return true;
			}
			if (is_server(x.name))
				part = (struct part){ .on = true,
					.one.kind = kind_of(
					    attribute(x.attrs, STR("type"))) };
			if (str_eqi(x.name, STR("Error")))
				out->elsewhere = true;
			open[depth++] = x.name;
			break;
		case XML_TEXT:
			x.text = str_trim(x.text);
			if (!depth) {
				if (x.text.n && !ours)
					return false;
				break;
			}
			if (part.on && x.text.n)
				take_text(a, &part, open[depth - 1], x.text,
				    domain);
			if (str_eqi(open[depth - 1], STR("RedirectUrl")) ||
			    str_eqi(open[depth - 1], STR("RedirectAddr")))
				out->elsewhere = true;
			break;
		case XML_CLOSE:
			if (!depth || !str_eq(open[depth - 1], x.name)) {
				if (!ours)
					return false;
				out->problem = "it is not well formed";
				return true;
			}
			depth--;
			if (is_server(x.name)) {
				add(out, &part);
				part.on = false;
			}
			break;
		case XML_END:
		case XML_BAD:
			if (!ours)
				return false;
			if (t == XML_BAD || depth)
				out->problem = "it is not well formed";
			return true;
		}
	}
}

/*
 * dialogue.c: the state is lines of one letter and a value: what is known in
 * capitals (I client, H HELO, U login, F sender, A accepted recipient), what
 * waits for a reply in small letters, oldest first (m MAIL, r RCPT, d DATA,
 * e end of data, s RSET, x any other).
 */
#include "index/dialogue.h"
#include "base/banned.h"

enum { TALK_MAX = 16 * 1024 };

static void
put(struct buf *talk, char key, struct str v)
{
	ptrdiff_t end = str_chr(v, '\n');

	if (end >= 0)
		v = str_head(v, (size_t)end);
	if (talk->n + v.n + 2 > TALK_MAX)
		return; /* a client that never stops: the first ones do */
	buf_putc(talk, key);
	buf_add(talk, v);
	buf_putc(talk, '\n');
}

/* The first line of this key; *at is where it begins, -1 when there is none. */
static struct str
find(const struct buf *talk, char key, ptrdiff_t *at)
{
	struct str rest = buf_str(talk);

	while (rest.n) {
		const char *p = rest.p;
		struct str line = str_split(&rest, '\n');

		if (line.n && (key ? line.p[0] == key :
				     (line.p[0] >= 'a' && line.p[0] <= 'z'))) {
			*at = p - talk->p;
			return str_from(line, 1);
		}
	}
	*at = -1;
	return STR_NONE;
}

static void
cut(struct buf *talk, char key)
{
	ptrdiff_t at;
	struct str v;

	while (v = find(talk, key, &at), at >= 0) {
		size_t n = v.n + 2;

		memmove(talk->p + at, talk->p + at + n,
		    talk->n - (size_t)at - n + 1);
		talk->n -= n;
	}
}

static void
set(struct buf *talk, char key, struct str v)
{
	cut(talk, key);
	put(talk, key, v);
}

/* Takes the oldest command that waits: its letter, its value into *hold. */
static char
pop(struct buf *talk, struct buf *hold)
{
	ptrdiff_t at;
	struct str v = find(talk, '\0', &at);
	char key;

	buf_clear(hold);
	if (at < 0)
		return '\0';
	key = talk->p[at];
	buf_add(hold, v);
	memmove(talk->p + at, talk->p + at + v.n + 2,
	    talk->n - (size_t)at - v.n - 1);
	talk->n -= v.n + 2;
	return key;
}

static void
fill(const struct buf *talk, struct event *ev, enum field f, char key)
{
	ptrdiff_t at;
	struct str v = find(talk, key, &at);

	if (at >= 0 && !ev_has(ev, f))
		ev_set(ev, f, v);
}

/* The accepted recipients, as "<a>,<b>". */
static void
recipients(const struct buf *talk, struct event *ev, struct buf *hold)
{
	struct str rest = buf_str(talk);

	buf_clear(hold);
	while (rest.n) {
		struct str line = str_split(&rest, '\n');

		if (!line.n || line.p[0] != 'A')
			continue;
		if (hold->n)
			buf_putc(hold, ',');
		buf_putc(hold, '<');
		buf_add(hold, str_from(line, 1));
		buf_putc(hold, '>');
	}
	if (hold->n)
		ev_set(ev, F_RCPTS, buf_str(hold));
}

/* A refusal: what was refused. */
static void
refused(struct buf *talk, struct event *ev, struct buf *hold)
{
	char key = pop(talk, hold);
	bool ours = ev->kind == EV_REJECT;

	if (key == 'm')
		ev_set(ev, F_FROM, buf_str(hold));
	else
		fill(talk, ev, F_FROM, 'F');
	if (key == 'r')
		ev_set(ev, F_TO, buf_str(hold));
	else if (key == 'd' || key == 'e')
		recipients(talk, ev, hold);
	if (ours) {
		fill(talk, ev, F_CLIENT_IP, 'I');
		fill(talk, ev, F_HELO, 'H');
		fill(talk, ev, F_USER, 'U');
		if (key && !ev_has(ev, F_WHERE) && key != 'x')
			ev_set(ev, F_WHERE,
			    key == 'm' ? STR("MAIL") :
			    key == 'r' ? STR("RCPT") :
			    key == 'd' ? STR("DATA") :
					 STR("END-OF-MESSAGE"));
	}
}

/* Yes to the oldest command; true: the mail was taken by the other side. */
static bool
accepted(struct buf *talk, struct event *ev, struct buf *hold)
{
	char key = pop(talk, hold);

	switch (key) {
	case 'm':
		cut(talk, 'A');
		set(talk, 'F', buf_str(hold));
		break;
	case 'r':
		put(talk, 'A', buf_str(hold));
		break;
	case 's':
		cut(talk, 'A');
		cut(talk, 'F');
		break;
	case 'e':
		fill(talk, ev, F_FROM, 'F');
		recipients(talk, ev, hold);
		cut(talk, 'A');
		return true;
	default:
		break;
	}
	return false;
}

bool
dialogue_step(struct buf *talk, struct event *ev, struct buf *hold)
{
	static const struct {
		struct str action;
		char key;
		enum field f;
	} commands[] = {
		{ STR_INIT("MAIL"), 'm', F_FROM },
		{ STR_INIT("RCPT"), 'r', F_TO },
		{ STR_INIT("DATA"), 'd', F_COUNT },
		{ STR_INIT("dot"), 'e', F_COUNT },
		{ STR_INIT("RSET"), 's', F_COUNT },
		{ STR_INIT("EHLO"), 'x', F_COUNT },
		{ STR_INIT("command"), 'x', F_COUNT },
	};
	struct str action = ev_get(ev, F_ACTION);

	switch (ev->kind) {
	case EV_CONNECT:
		set(talk, 'I', ev_get(ev, F_CLIENT_IP));
		return false;
	case EV_AUTH:
		fill(talk, ev, F_CLIENT_IP, 'I');
		if (ev->state == ST_OK && ev_get(ev, F_USER).n)
			set(talk, 'U', ev_get(ev, F_USER));
		return false;
	case EV_ARRIVE:
		fill(talk, ev, F_USER, 'U');
		return false;
	case EV_REJECT:
		refused(talk, ev, hold);
		return false;
	case EV_DELIVERY:
		if (!ev_has(ev, F_TO) && !ev_has(ev, F_RCPTS))
			refused(talk, ev, hold);
		return false;
	case EV_NOTE:
		break;
	default:
		return false;
	}
	if (str_eq(action, STR("proxy"))) {
		set(talk, 'I', ev_get(ev, F_CLIENT_IP));
		return true;
	}
	if (str_eq(action, STR("EHLO")))
		set(talk, 'H', ev_get(ev, F_HELO));
	if (str_eq(action, STR("reply"))) {
		if (!accepted(talk, ev, hold) || !ev_has(ev, F_REPLY) ||
		    !ev_has(ev, F_RCPTS))
			return true;
		ev->kind = EV_DELIVERY; /* a remote server took it */
		ev->state = ST_SENT;
		ev->flags |= EVF_DECIDES;
		return false;
	}
	for (size_t i = 0; i < sizeof(commands) / sizeof(*commands); i++)
		if (str_eq(action, commands[i].action)) {
			put(talk, commands[i].key,
			    commands[i].f == F_COUNT ?
				STR("") :
				ev_get(ev, commands[i].f));
			return true;
		}
	return false;
}

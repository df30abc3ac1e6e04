/*
 * smtp.h: speaking to mail servers, politely.
 *
 * smtp.c is one conversation; smtp_run.c decides who is spoken to and when
 * (limits on connections, hosts, addresses, strangers; no address twice).
 * Only EHLO, HELO, STARTTLS, MAIL, RCPT, RSET and QUIT are ever said.
 */
#ifndef LIVE_SMTP_H
#define LIVE_SMTP_H

#include "live/job.h"
#include "live/probe.h"

struct smtp; /* one conversation */

/* Starts it; the probe is filled as it goes, probe->done at its end. */
struct smtp *smtp_start(struct live *live, struct probe *p);
void smtp_free(struct smtp *s);

void smtp_run_start(struct job *j); /* plan the job's probes */
bool smtp_run_done(struct job *j);
void smtp_run_stop(struct job *j);
void smtp_run_turn(struct live *live);		/* start what may start now */
int64_t smtp_run_wake(const struct live *live); /* 0: nothing planned */
void smtp_run_close(struct live *live);

/* One reply from the bytes so far: its length, 0 not whole, -1 no SMTP. */
long smtp_reply_read(struct str in, int *code, bool *last_bad);

enum { SMTP_LINE_KEPT = 4096 };

/* The reply without codes, its lines joined, cut to what we keep. */
struct str smtp_reply_text(struct arena *a, struct str raw, struct str *dsn);

/* What EHLO offers, into the probe; `plain`: before TLS. */
void smtp_read_ehlo(struct probe *p, struct str text, bool plain);

/* "5.7.1" at the start of the text behind the code, or empty. */
struct str smtp_dsn(struct str text);

/* Says the reply "we do not like you" rather than "not for this domain"? */
bool smtp_refuses_us(const struct smtp_reply *r, struct str our_ip,
    struct str helo);
bool smtp_relay_denied(const struct smtp_reply *r);
bool smtp_user_unknown(const struct smtp_reply *r);

/* The step at which we were refused as ourselves, or NULL. */
const struct smtp_reply *probe_refusal(const struct probe *p);
struct str probe_our_ip(const struct probe *p); /* as configured; or empty */

/* Results of one conversation: the server's state (check_server.c). */
void server_rate(struct probe *p);

#endif

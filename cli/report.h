/*
 * report.h: a report in one of the formats, driven by its columns alone.
 */
#ifndef CLI_REPORT_H
#define CLI_REPORT_H

#include "cli/cmd.h"
#include "query/report.h"

enum { REPORT_MAX_MIB = 256 };

struct report_out {
	const char *tz;
	int width;
	bool color, utf8;
	bool tty; /* else nothing is cut */
};

void report_text(const struct report *, const struct report_out *,
    struct buf *);
void report_json(const struct report *, const struct report_out *,
    struct buf *);
void report_csv(const struct report *, const struct report_out *, struct buf *);
void report_html(const struct report *, const struct report_out *,
    struct buf *);

/* What lists and DNS say now of the addresses in the first table. */
int report_live(struct report *r, struct env *env, struct err *err);

/* Addresses of a first column alone, one a line, for a ban list. */
void report_ips(const struct report *, struct buf *);

/* A whole mail with text and HTML; and its way out by sendmail(8), or the
 * program $MAILTRACE_SENDMAIL.  `to`: addresses with commas, checked. */
void report_mail(const struct report *, const struct report_out *,
    const char *to, struct buf *);
int report_mail_check(const char *to, struct err *err);
int report_mail_send(const char *to, const struct buf *mail, struct err *err);

/* Which columns people are shown: those with a value in some row, the
 * optional ones when the report says so. */
bool report_has_col(const struct table *t, size_t col);

/* Where a number in a cell is text for people: "1 234", "12.3 kB", "4 %". */
void report_cell_print(struct buf *b, const struct report *r,
    const struct col *col, const struct cell *c, const char *tz);

/* "2026-01-02, Friday" or "2026-01-02 08:00 to 2026-01-03 09:30". */
void report_period_print(struct buf *b, const struct report *r, const char *tz);

/* Largest value of a column, for bars; of a row of counts. */
int64_t report_col_max(const struct table *t, size_t col);

#endif

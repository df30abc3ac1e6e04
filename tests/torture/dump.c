/*
 * dump.c: all records of a store, one line each, to be sorted and compared.
 *
 *	dump STORE | sort
 *
 * Two stores with the same content print the same lines, whatever their
 * files, groups and numbers are.  Sources are told by name, not by id.
 */
#include <stdio.h>

#include "index/store.h"

static void
put(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if ((unsigned char)s.p[i] < 32 || s.p[i] == '\\')
			printf("\\%03o", (unsigned char)s.p[i]);
		else
			putchar(s.p[i]);
}

int
main(int argc, char **argv)
{
	struct arena a = { 0 }, names = { 0 };
	struct store_info info;
	struct store_cur *cur;
	struct record rec;
	struct store *st;
	struct err err = { "" };
	int rc;

	if (argc != 2)
		return 2;
	st = store_open(argv[1], &err);
	if (!st || store_info(st, &names, &info, &err) < 0) {
		fprintf(stderr, "dump: %s\n", err.msg);
		return 2;
	}
	for (size_t i = 0; i < info.nsource; i++) {
		printf("source ");
		put(info.source[i].name);
		printf(" lines %llu events %llu ignored %llu unknown %llu "
		       "foreign %llu bytes %llu\n",
		    (unsigned long long)info.source[i].lines,
		    (unsigned long long)info.source[i].events,
		    (unsigned long long)info.source[i].ignored,
		    (unsigned long long)info.source[i].unknown,
		    (unsigned long long)info.source[i].foreign,
		    (unsigned long long)info.source[i].bytes);
	}
	cur = store_find(st, NULL, 0, 0, 0, INT64_MAX, &err);
	while (cur && (rc = store_next(cur, &a, &rec, &err)) == 1) {
		printf("%d %u ", (int)rec.kind, rec.flags);
		put(rec.host);
		putchar(' ');
		put(rec.qid);
		putchar(' ');
		put(rec.inst);
		for (size_t i = 0; i < rec.n; i++) {
			const struct rec_event *e = &rec.ev[i];
			size_t k = 0;

			printf(" [%d %d %d %d %u %lld ", e->kind, e->state,
			    e->mta, e->frame, e->flags, (long long)e->t_us);
			put(e->tag);
			putchar(' ');
			put(e->pid);
			putchar(' ');
			put(store_source_name(st, e->at.src));
			printf(" %u %llu", e->at.number,
			    (unsigned long long)e->at.offset);
			for (int f = 0; f < F_COUNT; f++)
				if (rev_has(e, (enum field)f)) {
					printf(" %s=", field_info[f].name);
					put(e->f[k++]);
				}
			printf(" raw=");
			put(e->raw);
			putchar(']');
		}
		putchar('\n');
		arena_clear(&a);
	}
	if (!cur || rc < 0) {
		fprintf(stderr, "dump: %s\n", err.msg);
		return 2;
	}
	store_cur_close(cur);
	store_close(st);
	arena_release(&a);
	arena_release(&names);
	return ferror(stdout) ? 2 : 0;
}

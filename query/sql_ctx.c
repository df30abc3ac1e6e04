/*
 * sql_ctx.c: what the tables of one connection share: the store, who we are,
 * and what fills facts.
 */
#include <stdlib.h>

#include "base/die.h"
#include "query/sql_part.h"
#include "base/banned.h"

struct sql_ctx *
sql_ctx_new(int (*open)(struct sql_ctx *ctx, struct err *err), void *arg)
{
	struct sql_ctx *ctx = xcalloc(1, sizeof(*ctx));

	ctx->open = open;
	ctx->arg = arg;
	return ctx;
}

void *
sql_ctx_arg(const struct sql_ctx *ctx)
{
	return ctx->arg;
}

static void
drop_store(struct sql_ctx *ctx)
{
	facts_close(ctx->events);
	store_close(ctx->st);
	ctx->events = NULL;
	ctx->st = NULL;
	arena_release(&ctx->arena);
}

int
sql_ctx_store(struct sql_ctx *ctx, const char *path, const struct site *site,
    struct classifier *cl, const char *tz, struct err *err)
{
	const struct store_info *info;
	struct store *st;

	if (ctx->scans)
		return err_set(err, "the store is being read");
	st = store_open(path, err);
	if (!st)
		return -1;
	info = store_overview(st, err);
	if (!info) {
		store_close(st);
		return -1;
	}
	drop_store(ctx);
	ctx->st = st;
	ctx->site = *site;
	ctx->cl = cl;
	ctx->tz = tz;
	ctx->site.logging =
	    arena_array(&ctx->arena, struct str, info->nhost + 1);
	ctx->site.nlogging = 0;
	for (size_t i = 0; i < info->nhost; i++)
		ctx->site.logging[ctx->site.nlogging++] =
		    arena_dup(&ctx->arena, info->host[i].name);
	return 0;
}

void
sql_ctx_free(struct sql_ctx *ctx)
{
	if (!ctx)
		return;
	drop_store(ctx);
	free(ctx);
}

/* Only the filling is used; the walk that comes with it is not, nor does it
 * look for mailbox servers: the tables look up each copy. */
int
sql_ctx_facts(struct sql_ctx *ctx, struct err *err)
{
	struct facts_ask ask = { .st = ctx->st,
		.site = &ctx->site,
		.cl = ctx->cl,
		.t1_us = INT64_MAX,
		.kinds = 1u << FACT_AUTH };

	if (ctx->events)
		return 0;
	ctx->events = facts_open(&ask, err);
	if (!ctx->events)
		return -1;
	ctx->events->ask.kinds = ~0u;
	return 0;
}

void
sql_keep_why(struct sql_scan *s, struct facts *fs)
{
	struct fact *f = &s->fact;

	if (f->why) {
		s->why = *f->why;
		s->why.block.ip = arena_dup(&s->a, s->why.block.ip);
		s->why.block.list = arena_dup(&s->a, s->why.block.list);
		f->why = &s->why;
	}
	if (fs->why_arena.total > FACTS_CLASS_BYTES) {
		map_clear(&fs->why);
		arena_clear(&fs->why_arena);
	}
	arena_clear(&fs->line);
}

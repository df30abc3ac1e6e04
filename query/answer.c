/*
 * answer.c: the words of an answer.
 */
#include "query/answer.h"
#include "base/banned.h"

const char *const out_state_name[OUT_STATES] = {
	[OUT_NONE] = "unknown",
	[OUT_DELIVERED] = "delivered",
	[OUT_LEFT] = "left",
	[OUT_QUEUED] = "queued",
	[OUT_DEFERRED] = "deferred",
	[OUT_HELD] = "held",
	[OUT_BOUNCED] = "bounced",
	[OUT_EXPIRED] = "expired",
	[OUT_REJECTED] = "rejected",
	[OUT_ABORTED] = "aborted",
	[OUT_DISCARDED] = "discarded",
	[OUT_QUARANTINED] = "quarantined",
	[OUT_DELETED] = "deleted",
	[OUT_LOST] = "lost",
};

const char *const link_kind_name[LINK_KINDS] = {
	[LINK_ENTRY] = "entry",
	[LINK_QUEUED_AS] = "queued-as",
	[LINK_FORWARDED_AS] = "forwarded-as",
	[LINK_ORIG_QUEUE_ID] = "orig-queue-id",
	[LINK_FILTER] = "filter",
	[LINK_BOUNCE] = "bounce",
	[LINK_MESSAGE_ID] = "message-id",
	[LINK_EXPANSION] = "expansion",
};

const char *const link_conf_name[3] = {
	[CONF_GUESS] = "guess",
	[CONF_STRONG] = "strong",
	[CONF_EXACT] = "exact",
};

void
answer_release(struct answer *ans)
{
	arena_release(&ans->arena);
	*ans = (struct answer){ 0 };
}

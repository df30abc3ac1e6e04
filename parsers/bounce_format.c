/*
 * bounce_format.c: which program wrote a notice, and whether it is one: by
 * sentences that only bounces have.
 *
 * To add a format: a row with its sentence in `prints`, in lower case, with
 * what it means; a mail of it in fixtures/bounce.
 */
#include "parsers/bounce_part.h"
#include "base/banned.h"

static const struct print {
	const char *format;
	struct str words;
	enum hint hint;
} prints[] = {
	{ "qmail", STR_INIT("this is the qmail-send program"), HINT_FAILED },
	{ "qmail", STR_INIT("hi. this is the "), HINT_FAILED },
	{ "gmail", STR_INIT("** address not found **"), HINT_FAILED },
	{ "gmail", STR_INIT("** message blocked **"), HINT_FAILED },
	{ "gmail", STR_INIT("** message not delivered **"), HINT_FAILED },
	{ "gmail", STR_INIT("** delivery incomplete **"), HINT_DELAYED },
	{ "gmail", STR_INIT("** message too large **"), HINT_FAILED },
	{ "gmail", STR_INIT("technical details of permanent failure"),
	    HINT_FAILED },
	{ "gmail", STR_INIT("technical details of temporary failure"),
	    HINT_DELAYED },
	{ "postfix", STR_INIT("this is the mail system at host"), HINT_NONE },
	{ "postfix", STR_INIT("this is the postfix program at host"),
	    HINT_NONE },
	{ "1und1",
	    STR_INIT("--- the header of the original message is following"),
	    HINT_FAILED },
	{ "exim",
	    STR_INIT(
		"this message was created automatically by mail delivery software"),
	    HINT_NONE },
	{ "exim", STR_INIT("a message that you sent could not be delivered to"),
	    HINT_FAILED },
	{ "exim",
	    STR_INIT("a message that you sent has not yet been delivered"),
	    HINT_DELAYED },
	{ "sendmail",
	    STR_INIT("the following addresses had permanent fatal errors"),
	    HINT_FAILED },
	{ "sendmail",
	    STR_INIT("the following addresses had permanent delivery errors"),
	    HINT_FAILED },
	{ "sendmail",
	    STR_INIT("the following addresses had transient non-fatal errors"),
	    HINT_DELAYED },
	{ "sendmail",
	    STR_INIT("the following addresses had successful delivery"),
	    HINT_NONE },
	{ "sendmail", STR_INIT("transcript of session follows"), HINT_FAILED },
	{ "sendmail", STR_INIT("recipients of this delivery"), HINT_FAILED },
	{ "sendmail", STR_INIT("unsent message follows"), HINT_FAILED },
	{ "exchange", STR_INIT("delivery has failed to these recipients"),
	    HINT_FAILED },
	{ "exchange", STR_INIT("diagnostic information for administrators"),
	    HINT_FAILED },
	{ "exchange", STR_INIT("generating server:"), HINT_FAILED },
	{ "exchange",
	    STR_INIT("the following recipient(s) could not be reached"),
	    HINT_FAILED },
	{ "exchange", STR_INIT("did not reach the following recipient(s)"),
	    HINT_FAILED },
	{ "exchange",
	    STR_INIT("delivery to the following recipients has been delayed"),
	    HINT_DELAYED },
	{ "exchange", STR_INIT("delivery to the following recipients failed"),
	    HINT_FAILED },
	{ "exchange",
	    STR_INIT("informations de diagnostic pour les administrateurs"),
	    HINT_FAILED },
	{ "exchange",
	    STR_INIT("informazioni di diagnostica per gli amministratori"),
	    HINT_FAILED },
	{ "exchange", STR_INIT("diagnoseinformationen f"), HINT_FAILED },
	{ "exchange", STR_INIT("n de diagn"), HINT_NONE },
	{ "exchange", STR_INIT("remote server returned"), HINT_FAILED },
	{ "courier", STR_INIT("this is a delivery status notification from"),
	    HINT_FAILED },
	{ "courier", STR_INIT("did not like our "), HINT_FAILED },
	{ "courier", STR_INIT("undeliverable mail"), HINT_FAILED },
	{ "domino", STR_INIT("not listed in domino directory"), HINT_FAILED },
	{ "domino", STR_INIT("was not delivered to:"), HINT_FAILED },
	{ "notes", STR_INIT("failure reasons"), HINT_FAILED },
	{ "groupwise",
	    STR_INIT(
		"the message that you sent was undeliverable to the following"),
	    HINT_FAILED },
	{ "mailenable", STR_INIT("me_reason:"), HINT_FAILED },
	{ "imail", STR_INIT("invalid final delivery userid"), HINT_FAILED },
	{ "imail", STR_INIT("undeliverable mail to "), HINT_FAILED },
	{ "messagelabs", STR_INIT("symantec.cloud"), HINT_NONE },
	{ "opensmtpd",
	    STR_INIT("this is the mailer-daemon, please do not reply"),
	    HINT_FAILED },
	{ "dragonfly", STR_INIT("this is the dragonfly mail agent"),
	    HINT_FAILED },
	{ "ses",
	    STR_INIT(
		"an error occurred while trying to deliver the mail to the following"),
	    HINT_FAILED },
	{ "workmail", STR_INIT("technical report:"), HINT_FAILED },
	{ "sendgrid", STR_INIT("unable to deliver a message from"),
	    HINT_FAILED },
	{ "zoho", STR_INIT("error_code :"), HINT_FAILED },
	{ "oracle",
	    STR_INIT(
		"your message cannot be delivered to the following recipients"),
	    HINT_FAILED },
	{ "oracle",
	    STR_INIT("your message has been enqueued and undeliverable"),
	    HINT_DELAYED },
	{ "powermta", STR_INIT("hello, this is the mail server on"),
	    HINT_NONE },
	{ "surfcontrol",
	    STR_INIT(
		"a transcript of the attempts to send the message follows"),
	    HINT_FAILED },
	{ "amavis", STR_INIT("the message was not relayed to"), HINT_FAILED },
	{ "mcafee", STR_INIT("content filter appliance"), HINT_NONE },
	{ "googlegroups", STR_INIT("the group you tried to contact"),
	    HINT_FAILED },
	{ "yandex", STR_INIT("yandex."), HINT_NONE },
	{ "mailru", STR_INIT("mail.ru"), HINT_NONE },
	{ "", STR_INIT("could not be delivered"), HINT_FAILED },
	{ "", STR_INIT("couldn't be delivered"), HINT_FAILED },
	{ "", STR_INIT("could not deliver"), HINT_FAILED },
	{ "", STR_INIT("cannot be delivered"), HINT_FAILED },
	{ "", STR_INIT("can not be delivered"), HINT_FAILED },
	{ "", STR_INIT("wasn't delivered"), HINT_FAILED },
	{ "", STR_INIT("was not delivered"), HINT_FAILED },
	{ "", STR_INIT("not be delivered"), HINT_FAILED },
	{ "", STR_INIT("undeliverable"), HINT_FAILED },
	{ "", STR_INIT("unable to deliver"), HINT_FAILED },
	{ "", STR_INIT("delivery failed"), HINT_FAILED },
	{ "", STR_INIT("delivery failure"), HINT_FAILED },
	{ "", STR_INIT("delivery has failed"), HINT_FAILED },
	{ "", STR_INIT("delivery errors"), HINT_FAILED },
	{ "", STR_INIT("failed recipient"), HINT_FAILED },
	{ "", STR_INIT("permanent error"), HINT_FAILED },
	{ "", STR_INIT("permanent fatal error"), HINT_FAILED },
	{ "", STR_INIT("fatal errors"), HINT_FAILED },
	{ "", STR_INIT("user unknown"), HINT_FAILED },
	{ "", STR_INIT("mailbox is full"), HINT_FAILED },
	{ "", STR_INIT("email returned"), HINT_FAILED },
	{ "", STR_INIT("message could not be sent"), HINT_FAILED },
	{ "", STR_INIT("error delivering your mail"), HINT_FAILED },
	{ "", STR_INIT("not able to deliver"), HINT_FAILED },
	{ "", STR_INIT("unzustellbar"), HINT_FAILED },
	{ "", STR_INIT("konnte nicht zugestellt"), HINT_FAILED },
	{ "", STR_INIT("nicht zugestellt werden"), HINT_FAILED },
	{ "", STR_INIT("n'a pas pu \xc3\xaatre"), HINT_FAILED },
	{ "", STR_INIT("no se pudo entregar"), HINT_FAILED },
	{ "", STR_INIT("non recapitabile"), HINT_FAILED },
	{ "", STR_INIT("\xe9\x85\x8d\xe4\xbf\xa1\xe3\x81\xa7\xe3\x81\x8d"),
	    HINT_FAILED }, /* ja: could not be delivered */
	{ "",
	    STR_INIT(
		"\xe9\x80\x81\xe4\xbf\xa1\xe3\x81\xa7\xe3\x81\x8d\xe3\x81\xbe\xe3\x81\x9b"),
	    HINT_FAILED },
	{ "",
	    STR_INIT(
		"\xd0\xbd\xd0\xb5 \xd0\xbc\xd0\xbe\xd0\xb6\xd0\xb5\xd1\x82 \xd0\xb1\xd1\x8b\xd1\x82\xd1\x8c"),
	    HINT_FAILED }, /* ru: cannot be */
	{ "", STR_INIT("kan niet worden bezorgd"), HINT_FAILED },    /* nl */
	{ "", STR_INIT("kon niet worden afgeleverd"), HINT_FAILED }, /* nl */
	{ "", STR_INIT("impossibile recapitare"), HINT_FAILED },     /* it */
	{ "", STR_INIT("possibile recapitare"), HINT_FAILED },	     /* it */
	{ "", STR_INIT("stato recapitato"), HINT_FAILED },	     /* it */
	{ "", STR_INIT("no se ha podido entregar"), HINT_FAILED },   /* es */
	{ "", STR_INIT("error en la entrega"), HINT_FAILED },	     /* es */
	{ "", STR_INIT("o foi entregue"), HINT_FAILED },	     /* pt */
	{ "", STR_INIT("vel entregar"), HINT_FAILED },		     /* pt */
	{ "", STR_INIT("de ser entregue"), HINT_FAILED },	     /* pt */
	{ "", STR_INIT("na dostarczy\xc4\x87"), HINT_FAILED },	     /* pl */
	{ "",
	    STR_INIT("nie zosta\xc5\x82"
		     "a dostarczona"),
	    HINT_FAILED }, /* pl */
	{ "", STR_INIT("n'a pas \xc3\xa9t\xc3\xa9 remis"),
	    HINT_FAILED },				       /* fr */
	{ "", STR_INIT("chec de la remise"), HINT_FAILED },    /* fr */
	{ "", STR_INIT("kunde inte levereras"), HINT_FAILED }, /* sv */
	{ "", STR_INIT("kunne ikke leveres"), HINT_FAILED },   /* da, no */
	{ "", STR_INIT("nelze doru\xc4\x8dit"), HINT_FAILED }, /* cs */
	{ "", STR_INIT("teslim edilemedi"), HINT_FAILED },     /* tr */
	{ "",
	    STR_INIT(
		"\xd1\x83\xd0\xb4\xd0\xb0\xd0\xbb\xd0\xbe\xd1\x81\xd1\x8c \xd0\xb4\xd0\xbe\xd1\x81\xd1\x82\xd0\xb0\xd0\xb2\xd0\xb8\xd1\x82\xd1\x8c"),
	    HINT_FAILED },					   /* ru */
	{ "", STR_INIT("\xe9\x80\x80\xe4\xbf\xa1"), HINT_FAILED }, /* zh */
	{ "", STR_INIT("\xe8\xa2\xab\xe9\x80\x80\xe5\x9b\x9e"),
	    HINT_FAILED }, /* zh */
	{ "", STR_INIT("\xe6\x97\xa0\xe6\xb3\x95\xe9\x80\x81\xe8\xbe\xbe"),
	    HINT_FAILED }, /* zh */
	{ "", STR_INIT("\xe7\x84\xa1\xe6\xb3\x95\xe5\x82\xb3\xe9\x80\x81"),
	    HINT_FAILED },					   /* zh */
	{ "", STR_INIT("\xeb\xb0\x98\xec\x86\xa1"), HINT_FAILED }, /* ko */
	{ "", STR_INIT("\xe9\x85\x8d\xe4\xbf\xa1\xe4\xb8\x8d\xe8\x83\xbd"),
	    HINT_FAILED }, /* ja */
	{ "",
	    STR_INIT(
		"\xe9\x80\x81\xe4\xbf\xa1\xe3\x81\xa7\xe3\x81\x8d\xe3\x81\xbe\xe3\x81\x9b\xe3\x82\x93"),
	    HINT_FAILED },					/* ja */
	{ "", STR_INIT("no pudo ser entregado"), HINT_FAILED }, /* es */
	{ "",
	    STR_INIT("n\xc3\xa3o p\xc3\xb4"
		     "de ser entregue"),
	    HINT_FAILED },				       /* pt */
	{ "", STR_INIT("non ha potuto essere"), HINT_FAILED }, /* it */
	{ "", STR_INIT("mancata consegna"), HINT_FAILED },     /* it */
	{ "",
	    STR_INIT("nie mog\xc5\x82"
		     "a zosta\xc4\x87"),
	    HINT_FAILED }, /* pl */
	{ "",
	    STR_INIT("nie mog\xc5\x82"
		     "a by\xc4\x87"),
	    HINT_FAILED },					  /* pl */
	{ "", STR_INIT("nemohla b\xc3\xbdt doru"), HINT_FAILED }, /* cs */
	{ "", STR_INIT("niet worden bezorgd"), HINT_FAILED },	  /* nl */
	{ "", STR_INIT("niet afgeleverd"), HINT_FAILED },	  /* nl */
	{ "", STR_INIT("ula\xc5\x9ft\xc4\xb1r\xc4\xb1lamad\xc4\xb1"),
	    HINT_FAILED },					    /* tr */
	{ "", STR_INIT("k\xc3\xa9zbes\xc3\xadteni"), HINT_FAILED }, /* hu */
	{ "", STR_INIT("nu a putut fi livrat"), HINT_FAILED },	    /* ro */
	{ "", STR_INIT("ei voitu toimittaa"), HINT_FAILED },	    /* fi */
	{ "", STR_INIT("ikke blive leveret"), HINT_FAILED },	    /* da */
	{ "", STR_INIT("kunde inte leverera"), HINT_FAILED },	    /* sv */
	{ "",
	    STR_INIT(
		"\xd0\xbd\xd0\xb5\xd0\xb4\xd0\xbe\xd1\x81\xd1\x82\xd0\xb0\xd0\xb2\xd0\xbb\xd0\xb5\xd0\xbd"),
	    HINT_FAILED }, /* ru */
	{ "",
	    STR_INIT(
		"\xd0\xbd\xd0\xb5 \xd0\xb4\xd0\xbe\xd1\x81\xd1\x82\xd0\xb0\xd0\xb2\xd0\xbb\xd0\xb5\xd0\xbd"),
	    HINT_FAILED }, /* ru */
	{ "",
	    STR_INIT(
		"\xd0\xbd\xd0\xb5 \xd0\xb2\xd0\xb4\xd0\xb0\xd0\xbb\xd0\xbe\xd1\x81\xd1\x8f \xd0\xb4\xd0\xbe\xd1\x81\xd1\x82\xd0\xb0\xd0\xb2\xd0\xb8\xd1\x82\xd0\xb8"),
	    HINT_FAILED }, /* uk */
	{ "",
	    STR_INIT(
		"\xce\xb4\xce\xb5\xce\xbd \xce\xae\xcf\x84\xce\xb1\xce\xbd \xce\xb4\xcf\x85\xce\xbd\xce\xb1\xcf\x84\xce\xae \xce\xb7 \xcf\x80\xce\xb1\xcf\x81\xce\xac\xce\xb4\xce\xbf\xcf\x83\xce\xb7"),
	    HINT_FAILED }, /* el */
	{ "", STR_INIT("not delivered to the following"), HINT_FAILED },
	{ "smail", STR_INIT("failed addresses follow"), HINT_FAILED },
	{ "", STR_INIT("not been delivered"), HINT_FAILED },
};

static const struct str delayed[] = {
	STR_INIT("this is a warning message only"),
	STR_INIT("this is a warning only"),
	STR_INIT("do not need to resend"),
	STR_INIT("no need to resend"),
	STR_INIT("notification about a delay"),
	STR_INIT("will be retried until"),
	STR_INIT("message will be retried"),
	STR_INIT("has been delayed"),
	STR_INIT("has not yet been delivered"),
	STR_INIT("will continue trying"),
	STR_INIT("will keep trying"),
	STR_INIT("delivery attempts will continue"),
	STR_INIT("transient non-fatal errors"),
	STR_INIT("gmail will retry"),
	STR_INIT("still trying"),
	STR_INIT("will-retry-until"),
};

/* Challenges and desks: what they quote or say of delivery is no bounce. */
static const struct str answers[] = {
	STR_INIT("you are human"),
	STR_INIT("you are a human"),
	STR_INIT("you are a person"),
	STR_INIT("you are a real person"),
	STR_INIT("to verify your address"),
	STR_INIT("confirm your message"),
	STR_INIT("confirm that you sent"),
	STR_INIT("thank you for your"),
	STR_INIT("received your request"),
	STR_INIT("your ticket"),
	STR_INIT("as ticket"),
	STR_INIT("ticket number"),
	STR_INIT("your order"),
	STR_INIT("your parcel"),
	STR_INIT("your package"),
};

static const struct {
	struct str start;
	int kind; /* 1 a bounce, 2 an automatic reply */
} subjects[] = {
	{ STR_INIT("failure notice"), 1 },
	{ STR_INIT("returned mail"), 1 },
	{ STR_INIT("return mail"), 1 },
	{ STR_INIT("mail returned"), 1 },
	{ STR_INIT("undeliver"), 1 },
	{ STR_INIT("undelivered"), 1 },
	{ STR_INIT("delivery status"), 1 },
	{ STR_INIT("delivery notification"), 1 },
	{ STR_INIT("delivery fail"), 1 },
	{ STR_INIT("delivery report"), 1 },
	{ STR_INIT("delivery problem"), 1 },
	{ STR_INIT("delivery error"), 1 },
	{ STR_INIT("mail delivery"), 1 },
	{ STR_INIT("mail system error"), 1 },
	{ STR_INIT("message delivery"), 1 },
	{ STR_INIT("mail failure"), 1 },
	{ STR_INIT("mail failed"), 1 },
	{ STR_INIT("mail could not be delivered"), 1 },
	{ STR_INIT("message undeliver"), 1 },
	{ STR_INIT("non recapitabile"), 1 },
	{ STR_INIT("non remis"), 1 },
	{ STR_INIT("unzustellbar"), 1 },
	{ STR_INIT("nondeliverable"), 1 },
	{ STR_INIT("non-deliver"), 1 },
	{ STR_INIT("nicht zustellbar"), 1 },
	{ STR_INIT("no se puede entregar"), 1 },
	{ STR_INIT("warning: could not send"), 1 },
	{ STR_INIT("warning: message"), 1 },
	{ STR_INIT("delayed mail"), 1 },
	{ STR_INIT("sorry, your message could not be delivered"), 1 },
	{ STR_INIT("message you sent blocked"), 1 },
	{ STR_INIT("**message you sent blocked"), 1 },
	{ STR_INIT("onbestelbaar"), 1 },
	{ STR_INIT("no entregado"), 1 },
	{ STR_INIT("n\xc3\xa3o entregue"), 1 },
	{ STR_INIT("n\xc3\xa3o \xc3\xa9 poss\xc3\xadvel entregar"), 1 },
	{ STR_INIT("kunne ikke leveres"), 1 },
	{ STR_INIT("olevererbar"), 1 },
	{ STR_INIT("det g\xc3\xa5r inte att leverera"), 1 },
	{ STR_INIT("niedostarcz"), 1 },
	{ STR_INIT("nie mo\xc5\xbcna dostarczy\xc4\x87"), 1 },
	{ STR_INIT("nedoru"), 1 },
	{ STR_INIT("nelze doru"), 1 },
	{ STR_INIT("teslim edilemedi"), 1 },
	{ STR_INIT("\xe7\xb3\xbb\xe7\xbb\x9f\xe9\x80\x80\xe4\xbf\xa1"), 1 },
	{ STR_INIT("\xe7\xb3\xbb\xe7\xb5\xb1\xe9\x80\x80\xe4\xbf\xa1"), 1 },
	{ STR_INIT("\xe9\x80\x80\xe4\xbf\xa1"), 1 },
	{ STR_INIT("\xe6\x97\xa0\xe6\xb3\x95\xe9\x80\x81\xe8\xbe\xbe"), 1 },
	{ STR_INIT("\xe7\x84\xa1\xe6\xb3\x95\xe5\x82\xb3\xe9\x81\x9e"), 1 },
	{ STR_INIT("\xe9\x85\x8d\xe4\xbf\xa1\xe4\xb8\x8d\xe8\x83\xbd"), 1 },
	{ STR_INIT(
	      "\xeb\xb0\xb0\xeb\x8b\xac\xeb\x90\x98\xec\xa7\x80 \xec\x95\x8a\xec\x9d\x8c"),
	    1 },
	{ STR_INIT("\xeb\xb0\x98\xec\x86\xa1"), 1 },
	{ STR_INIT(
	      "\xd0\x9d\xd0\xb5 \xd1\x83\xd0\xb4\xd0\xb0\xd0\xb5\xd1\x82\xd1\x81\xd1\x8f \xd0\xb4\xd0\xbe\xd1\x81\xd1\x82\xd0\xb0\xd0\xb2\xd0\xb8\xd1\x82\xd1\x8c"),
	    1 },
	{ STR_INIT(
	      "\xd0\x9d\xd0\xb5\xd0\xb4\xd0\xbe\xd1\x81\xd1\x82\xd0\xb0\xd0\xb2\xd0\xbb\xd0\xb5\xd0\xbd"),
	    1 },
	{ STR_INIT("\xc3\xa9"
		   "chec de la remise"),
	    1 },
	{ STR_INIT("\xc3\x89"
		   "chec de la remise"),
	    1 },
	{ STR_INIT("returned to sender"), 1 },
	{ STR_INIT("bounce"), 1 },
	{ STR_INIT("there was an error sending your mail"), 1 },
	{ STR_INIT("email returned"), 1 },
	{ STR_INIT("[postmaster] email delivery"), 1 },
	{ STR_INIT("auto:"), 2 },
	{ STR_INIT("auto reply"), 2 },
	{ STR_INIT("auto-reply"), 2 },
	{ STR_INIT("autoreply"), 2 },
	{ STR_INIT("automatic reply"), 2 },
	{ STR_INIT("auto response"), 2 },
	{ STR_INIT("autoresponse"), 2 },
	{ STR_INIT("out of office"), 2 },
	{ STR_INIT("out of the office"), 2 },
	{ STR_INIT("away from"), 2 },
	{ STR_INIT("on vacation"), 2 },
	{ STR_INIT("vacation"), 2 },
	{ STR_INIT("abwesenheit"), 2 },
	{ STR_INIT("automatische antwort"), 2 },
	{ STR_INIT("r\xc3\xa9ponse automatique"), 2 },
	{ STR_INIT("respuesta autom"), 2 },
	{ STR_INIT("resposta autom"), 2 },
	{ STR_INIT("risposta autom"), 2 },
	{ STR_INIT("automatisch antwoord"), 2 },
	{ STR_INIT("\xe8\x87\xaa\xe5\x8b\x95\xe5\xbf\x9c\xe7\xad\x94"), 2 },
	{ STR_INIT(
	      "\xd0\xb0\xd0\xb2\xd1\x82\xd0\xbe\xd0\xbe\xd1\x82\xd0\xb2\xd0\xb5\xd1\x82"),
	    2 },
};

static bool
says_any(struct str text, const struct str *words, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (str_find(text, words[i]) >= 0)
			return true;
	return false;
}

bool
says_delayed(struct str text)
{
	return says_any(text, delayed, sizeof(delayed) / sizeof(*delayed));
}

bool
says_answer(struct str text)
{
	return says_any(text, answers, sizeof(answers) / sizeof(*answers));
}

/* `text` in lower case. */
const char *
bounce_format(struct str head, struct str text, enum hint *hint)
{
	const char *format = NULL;

	*hint = HINT_NONE;
	for (size_t i = 0; i < sizeof(prints) / sizeof(*prints); i++) {
		if ((*hint && format) || str_find(text, prints[i].words) < 0)
			continue;
		if (!format)
			format = prints[i].format;
		if (*hint == HINT_NONE)
			*hint = prints[i].hint;
	}
	if (mime_header(head, STR("x-failed-recipients"), NULL).n) {
		if (!format || !*format)
			format = "exim";
		if (*hint == HINT_NONE)
			*hint = HINT_FAILED;
	}
	if (*hint && says_delayed(text))
		*hint = HINT_DELAYED;
	return format ? format : "";
}

int
bounce_subject(struct str s)
{
	for (size_t i = 0; i < sizeof(subjects) / sizeof(*subjects); i++)
		if (str_startsi(s, subjects[i].start))
			return subjects[i].kind;
	return 0;
}

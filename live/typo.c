/*
 * typo.c: optimal string alignment on the first label, with the costs of
 * typing; the rest of the name must be the same or a known broken ending.
 *
 * What is allowed grows with the length of the known name: nothing for two
 * letters, one cheap slip for three or four, more above.  Short names must
 * keep their length unless a letter was doubled: "ao" is not "aol", "mailw"
 * is not "mail".
 */
#include <math.h>

#include "live/typo.h"
#include "base/banned.h"

enum { MAX_LABEL = 63 };

#define SWAP  0.8
#define SLIP  0.7 /* a neighbouring key, or a letter doubled */
#define FIRST 1.5 /* another first letter: people see that one */
#define MOVED 1.0 /* the same letters, one of them elsewhere */

/*
 * Words and names that are one slip away from a provider's name, and are
 * themselves what somebody means: the mail of these domains goes to people,
 * or they would be typed on purpose.
 */
static const char *const words[] = { "ace", "aid", "all", "aon", "arm", "art",
	"ask", "bell", "box", "cello", "chapter", "charger", "charted", "cloud",
	"cos", "dive", "email", "fee", "five", "fox", "freed", "gail", "game",
	"give", "grange", "hello", "lice", "life", "like", "lime", "line",
	"list", "lite", "live", "love", "mad", "mail", "main", "mali", "mall",
	"man", "map", "max", "maul", "men", "nail", "never", "olive", "orange",
	"order", "plane", "planes", "planet", "plant", "poste", "protons",
	"range", "roger", "shaw", "show", "sim", "sky", "sly", "sol", "soho",
	"sum", "sun", "tail", "tmail", "tree", "vox", "web", "wed", "win",
	"zero", "zoo", "zoom" };

const char *const typo_providers[] = {
	"gmail.com",
	"outlook.com",
	"hotmail.com",
	"yahoo.com",
	"icloud.com",
	"aol.com",
	"gmx.de",
	"web.de",
	"gmx.net",
	"t-online.de",
	"live.com",
	"msn.com",
	"googlemail.com",
	"me.com",
	"mac.com",
	"proton.me",
	"protonmail.com",
	"mail.ru",
	"yandex.ru",
	"qq.com",
	"163.com",
	"126.com",
	"naver.com",
	"comcast.net",
	"verizon.net",
	"att.net",
	"sbcglobal.net",
	"bellsouth.net",
	"cox.net",
	"charter.net",
	"earthlink.net",
	"btinternet.com",
	"virginmedia.com",
	"sky.com",
	"hotmail.co.uk",
	"yahoo.co.uk",
	"live.co.uk",
	"outlook.de",
	"hotmail.de",
	"yahoo.de",
	"freenet.de",
	"gmx.at",
	"gmx.ch",
	"gmx.com",
	"mail.com",
	"orange.fr",
	"free.fr",
	"laposte.net",
	"wanadoo.fr",
	"sfr.fr",
	"hotmail.fr",
	"yahoo.fr",
	"outlook.fr",
	"libero.it",
	"tiscali.it",
	"virgilio.it",
	"telefonica.net",
	"rogers.com",
	"shaw.ca",
	"sympatico.ca",
	"telus.net",
	"bigpond.com",
	"optusnet.com.au",
	"xtra.co.nz",
	"ymail.com",
	"rocketmail.com",
	"aim.com",
	"fastmail.com",
	"zoho.com",
	"bluewin.ch",
	"aon.at",
	"chello.at",
	"seznam.cz",
	"centrum.cz",
	"wp.pl",
	"o2.pl",
	"onet.pl",
	"interia.pl",
	"abv.bg",
	"mailbox.org",
	"posteo.de",
	"ziggo.nl",
	"planet.nl",
	"telenet.be",
	"skynet.be",
	"uol.com.br",
	"bol.com.br",
};

const size_t typo_nproviders = sizeof(typo_providers) / sizeof(*typo_providers);

/* How people break an ending; no real top-level domain that is in use. */
static const struct {
	const char *broken, *meant;
} endings[] = {
	{ "con", "com" },
	{ "cmo", "com" },
	{ "cm", "com" },
	{ "co", "com" },
	{ "om", "com" },
	{ "ocm", "com" },
	{ "comm", "com" },
	{ "vom", "com" },
	{ "xom", "com" },
	{ "cim", "com" },
	{ "cpm", "com" },
	{ "coom", "com" },
	{ "ccom", "com" },
	{ "ckm", "com" },
	{ "clm", "com" },
	{ "dom", "com" },
	{ "com.com", "com" },
	{ "copm", "com" },
	{ "comn", "com" },
	{ "cmm", "com" },
	{ "coml", "com" },
	{ "comt", "com" },
	{ "ner", "net" },
	{ "ent", "net" },
	{ "nte", "net" },
	{ "ney", "net" },
	{ "ne", "net" },
	{ "nett", "net" },
	{ "bet", "net" },
	{ "met", "net" },
	{ "nwt", "net" },
	{ "nrt", "net" },
	{ "neet", "net" },
	{ "et", "net" },
	{ "ed", "de" },
	{ "d", "de" },
	{ "dee", "de" },
	{ "ded", "de" },
	{ "fe", "de" },
	{ "dr", "de" },
	{ "dw", "de" },
	{ "rde", "de" },
	{ "couk", "co.uk" },
	{ "co.u", "co.uk" },
	{ "c.uk", "co.uk" },
	{ "uk.co", "co.uk" },
	{ "r", "fr" },
	{ "rf", "fr" },
	{ "fr.fr", "fr" },
	{ "t", "it" },
	{ "ti", "it" },
	{ "u", "ru" },
	{ "ur", "ru" },
	{ "conz", "co.nz" },
	{ "comau", "com.au" },
	{ "zc", "cz" },
	{ "lp", "pl" },
	{ "og", "org" },
	{ "orgg", "org" },
	{ "rog", "org" },
};

static bool
neighbours(char a, char b)
{
	static const char *const rows[] = { "1234567890-", "qwertyuiop",
		"asdfghjkl", "zxcvbnm" };
	int ra = -1, rb = -1, ca = 0, cb = 0;

	for (int r = 0; r < 4; r++) {
		const char *pa = a ? strchr(rows[r], a) : NULL;
		const char *pb = b ? strchr(rows[r], b) : NULL;

		if (pa) {
			ra = r;
			ca = (int)(pa - rows[r]);
		}
		if (pb) {
			rb = r;
			cb = (int)(pb - rows[r]);
		}
	}
	if (ra < 0 || rb < 0)
		return false;
	return (ra == rb && (ca - cb == 1 || cb - ca == 1)) ||
	       (ca == cb && (ra - rb == 1 || rb - ra == 1));
}

static double
least(double a, double b)
{
	return a < b ? a : b;
}

/* From the known name to the typed one; *grew: only by doubled letters. */
static double
distance(struct str known, struct str typed)
{
	double d[MAX_LABEL + 1][MAX_LABEL + 1];

	for (size_t i = 0; i <= known.n; i++) {
		for (size_t k = 0; k <= typed.n; k++) {
			double v;
			char a, b;

			if (!i || !k) {
				d[i][k] = (double)(i + k);
				continue;
			}
			a = known.p[i - 1];
			b = typed.p[k - 1];
			v = d[i - 1][k - 1] + (a == b		   ? 0 :
						  neighbours(a, b) ? SLIP :
						  i == 1 && k == 1 ? FIRST :
								     1);
			v = least(v,
			    d[i][k - 1] +
				(k > 1 && typed.p[k - 2] == b ? SLIP : 1));
			v = least(v,
			    d[i - 1][k] +
				(i > 1 && known.p[i - 2] == a ? SLIP : 1));
			if (i > 1 && k > 1 && a == typed.p[k - 2] &&
			    known.p[i - 2] == b && a != b)
				v = least(v, d[i - 2][k - 2] + SWAP);
			d[i][k] = v;
		}
	}
	return d[known.n][typed.n];
}

static double
allowed(size_t n)
{
	return n <= 2 ? 0 : n <= 4 ? 0.8 : n <= 6 ? 1.0 : 1.4;
}

/* "icould" for "icloud": one letter has moved. */
static bool
moved_letter(struct str known, struct str typed)
{
	int count[256] = { 0 };
	size_t from = 0, to = known.n;

	if (known.n != typed.n || known.n < 5)
		return false;
	for (size_t i = 0; i < known.n; i++) {
		count[(unsigned char)known.p[i]]++;
		count[(unsigned char)typed.p[i]]--;
	}
	for (size_t i = 0; i < 256; i++)
		if (count[i])
			return false;
	while (from < to && known.p[from] == typed.p[from])
		from++;
	while (to > from && known.p[to - 1] == typed.p[to - 1])
		to--;
	return from > 0 && to - from <= 4;
}

static bool
is_word(struct str s)
{
	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (str_eq(s, str_c(words[i])))
			return true;
	return false;
}

/* Cost of the first label, or INFINITY. */
static double
label_cost(struct str known, struct str typed)
{
	double v;

	if (str_eq(known, typed))
		return 0;
	if (typed.n > MAX_LABEL || known.n > MAX_LABEL || !typed.n)
		return INFINITY;
	if (is_word(typed))
		return INFINITY;
	v = distance(known, typed);
	if (v > MOVED && moved_letter(known, typed))
		v = MOVED;
	if (known.n <= 4 && known.n != typed.n &&
	    (typed.n < known.n || v > SLIP + 0.01))
		return INFINITY;
	return v <= allowed(known.n) + 0.001 ? v : INFINITY;
}

static double
rest_cost(struct str known, struct str typed)
{
	double v;

	if (str_eq(known, typed))
		return 0;
	for (size_t i = 0; i < sizeof(endings) / sizeof(*endings); i++)
		if (str_eq(typed, str_c(endings[i].broken)) &&
		    str_eq(known, str_c(endings[i].meant)))
			return 0.5;
	if (str_chr(known, '.') < 0 || str_chr(typed, '.') < 0 ||
	    typed.n > MAX_LABEL)
		return INFINITY;
	v = distance(known, typed);
	return v <= 1.001 ? v : INFINITY;
}

/* Lower case, "," as ".", no blanks, no doubled or final dots. */
static struct str
tidy(struct arena *a, struct str s)
{
	char *p = arena_alloc(a, s.n + 1);
	size_t n = 0;

	for (size_t i = 0; i < s.n; i++) {
		char c =
		    to_lower(s.p[i] == ',' || s.p[i] == ';' ? '.' : s.p[i]);

		if (is_space(c) || (c == '.' && (!n || p[n - 1] == '.')))
			continue;
		p[n++] = c;
	}
	while (n && p[n - 1] == '.')
		n--;
	return str_make(p, n);
}

static struct str
without_dots(struct arena *a, struct str s)
{
	char *p = arena_alloc(a, s.n + 1);
	size_t n = 0;

	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] != '.')
			p[n++] = s.p[i];
	return str_make(p, n);
}

struct str
typo_suggest(struct arena *a, struct str domain, const char *const *known,
    size_t nknown)
{
	struct str s = domain.n > 255 ? STR("") : tidy(a, domain);
	struct str first = s, rest = s, best = STR_NONE;
	double cost = INFINITY;

	first = str_split(&rest, '.');
	for (size_t i = 0; i < nknown; i++)
		if (str_eqi(s, str_c(known[i])))
			return str_eq(s, domain) || str_eqi(s, domain) ?
				   STR_NONE :
				   str_c(known[i]);
	for (size_t i = 0; i < nknown; i++) {
		struct str k = str_c(known[i]), krest = k;
		struct str kfirst = str_split(&krest, '.');
		double v;

		if (!rest.p) /* no dot: "gmail", "gmailcom" */
			v = str_eq(first, kfirst) && kfirst.n > 2 ? 0.9 :
			    str_eq(first, without_dots(a, k))	  ? 0.5 :
								    INFINITY;
		else
			v = label_cost(kfirst, first) + rest_cost(krest, rest);
		if (v < cost - 0.001) {
			cost = v;
			best = k;
		}
	}
	return best;
}

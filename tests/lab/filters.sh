#!/bin/sh
# filters.sh BUILD: mail through what stands between the hops of real sites:
# opendkim, opendmarc, rspamd, postgrey, policyd-spf, amavis, SpamAssassin and
# a list manager of Debian's packages beside the servers of servers.sh.

LAB_VARIANT=filters
LAB_ONLY='filters.pl names.pl exim_names.pl'
export LAB_VARIANT LAB_ONLY
exec sh "$(dirname "$0")/servers.sh" "$@"

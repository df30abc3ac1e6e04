#!/bin/sh
# plain.sh BUILD: the same mails (servers.sh) with logs as most servers write
# them: Exim's and Postfix' own choice of what to say, full addresses in
# Dovecot's.

LAB_VARIANT=plain
export LAB_VARIANT
exec sh "$(dirname "$0")/servers.sh" "$@"

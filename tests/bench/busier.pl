#!/usr/bin/perl
# busier.pl: a log as it were of a host with N times as much mail.
#
#	tests/bench/busier.pl N <LOG
#
# Each line comes N times, with other queue ids, Message-IDs, process ids,
# ports and people (firstname.surname@), so that the copies are messages of
# their own.
use strict;
use warnings;

@ARGV == 1 && $ARGV[0] =~ /^[1-9]\d*$/ or die "usage: busier.pl N <LOG\n";
my $n = $ARGV[0];
while (my $line = <STDIN>) {
	for my $copy (0 .. $n - 1) {
		my $s = $line;
		my $two = chr(65 + $copy % 26) . chr(97 + $copy / 26 % 26);

		# of Exim, long ones of Postfix, short ones
		$s =~ s/\b(\w{4})\w\w(-\w{6,11}-\w{2,4})\b/$1$two$2/ga;
		$s =~ s/\b(4[0-9A-Za-z]{8})\w\w(\w{1,5})(?=[: )])/$1$two$2/ga;
		$s =~ s/\b([0-9A-F]{7})[0-9A-F]{2}([0-9A-F]{1,3})(?=[: )])/
		    sprintf '%s%02X%s', $1, $copy % 256, $2/gex;
		$s =~ s/(message-id=<|\bid=)(?=[^\s>@,]{4})/$1$copy-/g;
		$s =~ s/\[(\d+)\]:/'[' . ($1 + $copy * 100_000) . ']:'/e;
		$s =~ s/([a-z]+\.[a-z]+)@/$1$copy@/g;
		$s =~ s/(\]:)(\d{4,5})\b/$1 . ($2 + $copy * 17) % 60_000/ge;
		print $s;
	}
}

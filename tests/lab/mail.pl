#!/usr/bin/perl
# mail.pl ROOT STATE MAILTRACE: send mail through the servers that run below
# ROOT, see where each copy really is (in a mailbox, in a queue, or nowhere),
# and hold against it what mailtrace says.
#
# A scenario has what is sent, `truth`: the places where it must turn up, found
# by a token in its header (the servers are checked, not we), and `say`: what
# our trace must tell of each recipient, "STATE GROUP STOPPED-AT PATH".
use strict;
use warnings;
use IO::Socket::INET;
use IO::Select;
use JSON::PP;
use MIME::Base64;
use File::Find;
use Time::HiRes qw(sleep time);

my ($root, $state, $mailtrace) = @ARGV;
my $logs = "$root/var/log/lab";
my %port = (mx1 => '10.77.1.10:25', sub => '10.77.1.10:587',
	proxy => '10.77.1.10:26',
	milter => '10.77.1.10:27', verify => '10.77.1.10:28',
	grey => '10.77.1.10:29', box => '10.77.1.20:25', remote => '10.88.0.10:25',
	out => '10.77.1.40:25',
	store => '10.77.1.30:24', imap => '10.77.1.30:143',
	# of filters.inc
	dkim => '10.77.1.10:30', rspamd => '10.77.1.10:31',
	grey2 => '10.77.1.10:32', spf => '10.77.1.10:33', amavis => '10.77.1.10:34',
	spamass => '10.77.1.10:35', before => '10.77.1.10:36',
	nomilter => '10.77.1.10:37', rbl => '10.77.1.10:38', names => '10.77.1.10:39',
	screen => '10.77.1.10:40', clamreject => '10.77.1.10:41',
	clamhold => '10.77.1.10:42', clamdrop => '10.77.1.10:43');
my %failed;
$| = 1;

sub result {
	my ($name, @why) = @_;
	$name = "$ENV{LAB_VARIANT}: $name" if $ENV{LAB_VARIANT};
	print @why ? 'fail' : 'pass', " lab/$name\n";
	print STDERR "FAILED: lab/$name\n", map { "    $_\n" } @why if @why;
	$failed{$name} = 1 if @why;
}

# A command in the network of host H, below the root.
sub on {
	my ($h, @c) = @_;
	my $pid = open(my $p, '-|') // die;
	if (!$pid) {
		open(STDERR, '>&', \*STDOUT);
		exec('unshare', '-u', 'sh', '-c', 'hostname "$1"; h=$1 r=$2;
		    shift 2; exec chroot "$r" ip netns exec "$h" "$@"', 'sh',
		    $h, $root, @c) or exit 127;
	}
	local $/;
	my $out = <$p>;
	close $p;
	return $out // '';
}

# ---- SMTP, as a client speaks it

sub dial {
	my ($to, $from) = @_;
	my $s;
	for (1 .. 50) {
		$s = IO::Socket::INET->new(PeerAddr => $port{$to},
			LocalAddr => $from // '10.77.9.9', Timeout => 5);
		last if $s;
		sleep 0.2;
	}
	return $s;
}

# One reply, all its lines; what a client waits for is what it gets.
sub answer {
	my ($s) = @_;
	my $all = '';
	while ($all !~ /^\d\d\d .*\n\z/m) {
		return "421 nothing said\n"
		    unless IO::Select->new($s)->can_read(15);
		sysread($s, $all, 4096, length $all) or return "${all}421 closed\n";
	}
	return $all;
}

sub say_to {
	my ($s, $line) = @_;
	print $s "$line\r\n";
	return answer($s);
}

sub text_of {
	my ($n, $m) = @_;
	return ($m->{id} ne '' ? "Message-ID: <$m->{id}>\r\n" : '') .
	    "X-Lab: $n.\r\n" .
	    "From: <" . ($m->{from} || 'mailer@isp.test') . ">\r\n" .
	    "To: <$m->{to}[0]>\r\nDate: " .
	    gmtime() . " +0000\r\nSubject: $m->{subject}\r\n" .
	    join('', map { "$_\r\n" } @{ $m->{headers} // [] }) .
	    "\r\n" . ($m->{body} // "hello\r\n");
}

# Handed to the server's own command.
sub submit {
	my ($n, $m) = @_;
	my $text = text_of($n, $m);
	$text =~ s/\r//g;
	open(my $f, '>', "$root/tmp/mail.$n") or die;
	print $f $text;
	close $f;
	my ($h, $c) = $m->{by} eq 'exim' ? ('box', 'exim4') :
	    ('mx1', 'sendmail -C /etc/postfix-mx1');
	return on("$h.isp.test", 'sh', '-c',
		"$c -i -f '$m->{from}' @{ $m->{to} } </tmp/mail.$n");
}

# Send scenario N; the replies, for those who like to see them.
sub send_mail {
	my ($n, $m) = @_;
	return submit($n, $m) if $m->{by};
	my $s = dial($m->{via}, $m->{source}) or return "no connection";
	print $s "EHLO $m->{helo}\r\n" if $m->{pregreet};
	my @r = (answer($s), say_to($s, "EHLO $m->{helo}"));
	push @r, say_to($s, 'AUTH PLAIN ' .
	    encode_base64("\0$m->{user}\0$m->{password}", '')) if $m->{user};
	push @r, say_to($s, "MAIL FROM:<$m->{from}>" .
	    ($m->{size} ? " SIZE=$m->{size}" : ''));
	my $ask = $m->{notify} ? " NOTIFY=$m->{notify}" : '';
	push @r, say_to($s, "RCPT TO:<$_>$ask") for @{ $m->{to} };
	if (grep { /^2/ } @r[-@{ $m->{to} } .. -1]) {
		push @r, say_to($s, 'DATA');
		if ($r[-1] =~ /^3/) {
			my $text = text_of($n, $m);
			if ($m->{breaks_off}) {
				print $s $text;
				close $s;
				return join('', @r);
			}
			push @r, say_to($s, "$text.");
		}
	}
	push @r, say_to($s, 'QUIT');
	return join('', @r);
}

# ---- what really happened: every file that holds a mail

sub places {
	my %at;
	my @dirs = grep { -d } map { "$root$_" } '/var/mail',
	    '/var/spool/postfix-mx1', '/var/spool/postfix-remote',
	    '/var/spool/postfix-out',
	    '/var/spool/exim4/input';
	find({ no_chdir => 1, wanted => sub {
		my $f = $File::Find::name;
		return unless -f $f && -s _ && $f !~ /dovecot|maildirsize|\.sieve/;
		open(my $h, '<:raw', $f) or return;
		local $/;
		my $text = <$h> // return;
		return unless $text =~ /X-Lab: (\d+)\./g;
		my ($n, $head) = ($1, substr($text, 0, pos $text));
		my $what = $head =~ m{multipart/report|Auto-Submitted: auto-replied|
		    created\sautomatically\sby\smail\sdelivery}ix
		    ? 'notice ' : '';
		my $where = substr($f, length $root);
		$where =~ s{^/var/mail/}{};
		$where =~ s{^/var/spool/postfix-(\w+)/(\w+)/.*}{queue $1 $2};
		$where =~ s{^/var/spool/exim4/input/.*}{queue box};
		$where =~ s{/(new|cur|tmp)/[^/]*$}{};
		$where =~ s{^(other/.*)\.\d+\.\d+$}{$1};
		$at{$n}{"$what$where"} = 1;
	} }, @dirs);
	return \%at;
}

my @scenarios = do { local @ARGV; my $d = $0; $d =~ s{[^/]*$}{};
	map { my $list = do "$d$_" or die "$_: $@ $!"; @$list }
	    ($ENV{LAB_ONLY} // 'scenarios.pl more.pl rare.pl') =~ /\S+/g };

my $n = 0;
for my $m (@scenarios) {
	$m->{n} = ++$n;
	$m->{via} //= 'mx1';
	$m->{from} //= 'friend@remote.test';
	$m->{helo} //= 'desk.customers.test';
	$m->{subject} //= $m->{name};
	$m->{id} //= "lab$n.$$\@desk.customers.test";
	$m->{replies} = '';
	$m->{replies} .= send_mail($n, $m) for 1 .. $m->{times} // 1;
}

sub truth_text {
	my ($at, $m) = @_;
	return join(', ', sort keys %{ $at->{ $m->{n} } // {} }) || 'nowhere';
}

# Until every copy is where it must be, or nothing moves any more.
sub settle {
	my ($key, $limit) = @_;
	my $end = time + $limit;
	my $at;
	do {
		sleep 0.5;
		$at = places();
	} while (time < $end && grep { defined $_->{$key} &&
	    truth_text($at, $_) ne $_->{$key} } @scenarios);
	return $at;
}

sub ingest {
	my $from = join(' ', map { "$logs/$_.isp.test" } qw(mx1 box store out));
	my $with = "--config $state/lab.conf --store $state/store";
	my $out = `$mailtrace ingest $from $with --quiet 2>&1`;
	my $bad = $?;
	my $st = `$mailtrace status $with`;
	my ($n) = $st =~ /(\d+) unknown/;
	# a warning of a machine that is too slow may be new to us
	$n -= $1 while $st =~ /^\s+(\d+)\s.*\bwarning: /mg;
	result("ingest $_[0]", $bad ? $out : (),
	    $n ? ("lines not understood: $n", split /\n+/, $st) : ());
}

sub ask {
	my $pid = open(my $p, '-|') // die;
	if (!$pid) {
		exec($mailtrace, @_, '--json', '--config',
		    "$state/lab.conf", '--store', "$state/store") or exit 127;
	}
	local $/;
	my $text = <$p>;
	close $p;
	return eval { decode_json($text) } // { messages => [] };
}

sub short { my $h = shift // '-'; $h =~ s/\..*//; return $h; }

sub told {
	my ($doc) = @_;
	my %told;
	for my $msg (@{ $doc->{messages} }) {
		for my $r (@{ $msg->{recipients} }) {
			$told{ $r->{to} // $r->{original_to} // '?' } =
			    join(' ', $r->{state},
			    $r->{state} =~ /^(delivered|left)$/ ? '-' :
			    $r->{group} // '-',
			    short($r->{stopped_at}{host}),
			    join('>', map { short($_->{host}) } @{ $r->{path} }) || '-');
		}
	}
	return \%told;
}

# Hold scenario M against truth and trace.
sub check {
	my ($m, $at, $truth, $say) = @_;
	my @why;

	$say = $m->{plain} if $m->{plain} && ($ENV{LAB_VARIANT} // '') eq 'plain';
	my $is = truth_text($at, $m);
	push @why, "the servers did not do as meant: it is $is, meant $truth",
	    grep { !/^2[25]/ } split(/\r?\n/, $m->{replies} // '') if $is ne $truth;
	my @terms = $m->{ask} ? @{ $m->{ask} } : ("id=<$m->{id}>");
	my $doc = ask(@terms);
	my $told = told($doc);
	for my $to (sort keys %$say) {
		my $t = $told->{$to} // 'nothing';
		$t =~ s/^(\S+) \S+ /$1 * / if $say->{$to} =~ /^\S+ \* /;
		push @why, "$to: trace says '$t', is '$say->{$to}'"
		    if $t ne $say->{$to};
	}
	for my $to (sort keys %$told) {
		push @why, "$to: trace says '$told->{$to}', no such recipient"
		    unless exists $say->{$to};
	}
	push @why, $m->{also}->($doc->{messages}) if $m->{also} && @{ $doc->{messages} };
	result($m->{name}, @why);
}

system('cp', ($0 =~ s{[^/]*$}{}r) . 'conf/lab.conf', "$state/lab.conf") == 0 or die;

# ---- what an administrator does
my $at = settle('before', 25);
for my $m (grep { $_->{admin} } @scenarios) {
	$m->{admin}->($m, \&on, $root);
}
$at = settle('truth', 25);
ingest('first');
check($_, $at, $_->{truth}, $_->{say}) for @scenarios;

# ---- logins
my $ann = ($ENV{LAB_VARIANT} // '') eq 'plain' ? 'ann@isp.test' : 'ann';
for my $p ('wrong', 'secret') {
	my $s = dial('imap') or next;
	my $l = <$s>;
	print $s "a LOGIN $ann $p\r\n";
	1 while defined($l = <$s>) && $l !~ /^a /;
	print $s "b LOGOUT\r\n";
	1 while defined($l = <$s>);
}
for my $via ('sub', 'box') {
	my $s = dial($via) or next;
	answer($s);
	say_to($s, 'EHLO desk.customers.test');
	say_to($s, 'AUTH PLAIN ' . encode_base64("\0bob\0wrong", ''));
	say_to($s, 'QUIT');
}

# ---- the end of patience: what is deferred expires
on('mx1.isp.test', 'postconf', '-c', '/etc/postfix-mx1', '-e',
	'maximal_queue_lifetime=0', 'bounce_queue_lifetime=0');
on('mx1.isp.test', 'postfix', '-c', '/etc/postfix-mx1', 'reload');
sleep 1;
on('mx1.isp.test', 'postqueue', '-c', '/etc/postfix-mx1', '-f');
$at = settle('truth2', 30);
ingest('second');
for my $m (grep { $_->{say2} } @scenarios) {
	$m->{name} .= ', in the end';
	check($m, $at, $m->{truth2}, $m->{say2});
}
# what the logs say of logins: each server's failures and successes
my %seen;
for my $row (@{ ask('sql', 'select host, result, service, user from auth')->{rows} }) {
	my ($h, $r, $s, $u) = ref $row eq 'HASH' ?
	    @$row{qw(host result service user)} : @$row;
	$seen{ join(' ', short($h), $r, $s // '-', $u // '-') } = 1;
}
my @missing = grep { !$seen{$_} } "store fail imap $ann", "store ok imap $ann",
    'box fail smtp bob';
push @missing, 'mx1 fail' unless grep { /^mx1 fail / } keys %seen;
result('logins', map { "no event: $_" } @missing,
	@missing ? "there are: " . join(', ', sort keys %seen) : ());

if ($ENV{LAB_KEEP}) {
	system('cp', '-r', $logs, $ENV{LAB_KEEP});
}
exit(%failed ? 1 : 0);

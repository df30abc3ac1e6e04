#!/usr/bin/perl
# speak.pl remote DIR | speak.pl helpers: those who speak SMTP, milter or policy
# with the servers and are no servers of any packet.
#
# remote: mx.other.test, whose answer is told by the recipient's local part;
# what it accepts is put below DIR.  Port 2525 announces a small SIZE, 2526
# greets with 421, 2527 with 554.
# helpers: on mx1, a proxy before the queue (10026 to 10027), a milter (8891), a
# policy service that greylists (10040).
use strict;
use warnings;
use IO::Socket::INET;

my ($role, $dir) = @ARGV;
$SIG{CHLD} = 'IGNORE';
my $count = 0;

# A server of its own on ADDRESS for each connection.
sub serve {
	my ($address, $talk) = @_;
	my $l = IO::Socket::INET->new(LocalAddr => $address, Listen => 20,
		ReuseAddr => 1) or die "$address: $!";
	return if fork;
	while (1) {
		my $s = $l->accept or next;
		$count++;
		next if fork;
		$s->autoflush(1);
		$talk->($s);
		exit;
	}
}

# ---- mx.other.test

my %at_rcpt = (
	unknown => '550 5.1.1 no mailbox here by that name',
	inactive => '554 delivery error: This user does not have an account',
	brimful => '452 4.2.2 The user you are trying to reach is over quota',
	moved => '551 5.1.6 User not local; please try <new@elsewhere.test>',
	forwarded => '251 2.1.5 User not local; will forward',
	wait => '450 4.2.0 Greylisted, try again in 300 seconds',
	rude => '421 4.7.0 Too many errors, closing',
	first => '451 4.3.2 please try again',
);
my %at_end = (
	thanks => '250 Thank you for your mail',
	bare => '250 OK',
	silent => '250',
	lines => "250-2.0.0 Your message was taken\r\n250 2.0.0 Ok: queued as 4F00BA",
	numbers => '250 2.6.0 <x@y> [InternalId=1234567, Hostname=AB1.prod.test] Queued mail for delivery',
	gsmtp => '250 2.0.0 OK  1733475600 d2e1a72fcca58-7259d5f2d4csi1234567b3a.89 - gsmtp',
	'remote.friend' => '250 2.0.0 Ok: queued as 9ABCDEF012',
	junk => '250 2.0.0 Ok, message was discarded',
	spam => '554 5.7.1 Message contains spam or virus content',
	large => '552 5.3.4 Message size exceeds fixed maximum message size',
	melater => '451 4.7.1 Service unavailable - try again later',
	drop => '',
);

sub keep {
	my ($text, @to) = @_;
	$count++; # a connection may bring several
	for (@to) {
		my ($box) = /^([^@]*)/;
		open(my $f, '>', "$dir/$box.$$.$count") or die;
		print $f $text;
	}
}

sub data {
	my ($s) = @_;
	my $text = '';
	while (defined(my $l = <$s>)) {
		last if $l =~ /^\.\r?\n/;
		$text .= $l;
	}
	return $text;
}

# A second attempt is told from a first one by a file.
sub seen {
	my ($what) = @_;
	return 1 if -e "$dir/.$what";
	open(my $f, '>', "$dir/.$what");
	return 0;
}

sub remote {
	my ($s, $ehlo, $banner) = @_;
	my @to;
	print $s $banner // "220 mx.other.test ready\r\n";
	return if $banner && $banner =~ /^421/;
	while (defined(my $l = <$s>)) {
		if ($l =~ /^QUIT/i) {
			print $s "221 bye\r\n";
			return;
		} elsif ($banner) {
			print $s "503 no\r\n";
		} elsif ($l =~ /^EHLO/i) {
			print $s "250-mx.other.test\r\n$ehlo";
		} elsif ($l =~ /^RCPT TO:<([^@]*)@/i) {
			my $to = $1;
			my $a = $at_rcpt{$to} // '250 ok';
			$a = '250 ok' if $to eq 'first' && seen('first');
			print $s "$a\r\n";
			push @to, $to if $a =~ /^2/;
			return if $a =~ /^421/;
		} elsif ($l =~ /^DATA/i) {
			print $s @to ? "354 go on\r\n" : "503 no one\r\n";
			next unless @to;
			my $text = data($s);
			my ($a) = grep { defined } (map { $at_end{$_} } @to),
			    '250 ok taken';
			return if $a eq '';
			print $s "$a\r\n";
			keep($text, @to) if $a =~ /^2/;
			@to = ();
		} else {
			@to = () if $l =~ /^(MAIL|RSET)/i;
			print $s "250 ok\r\n";
		}
	}
}

if ($role eq 'remote') {
	serve('10.88.0.20:25', sub { remote($_[0], "250 8BITMIME\r\n") });
	serve('10.88.0.20:2525',
	    sub { remote($_[0], "250-DSN\r\n250 SIZE 2000\r\n") });
	serve('10.88.0.20:2526', sub { remote($_[0], '',
		"421 4.3.2 mx.other.test: too busy\r\n") });
	serve('10.88.0.20:2527', sub { remote($_[0], '',
		"554 5.7.1 no mail from 10.77.1.10 because of bad reputation\r\n") });
	exit;
}

# ---- the proxy before the queue

sub reply_of {
	my ($p) = @_;
	my $all = '';
	while (defined(my $l = <$p>)) {
		$all .= $l;
		last if $l =~ /^\d\d\d /;
	}
	return $all;
}

sub proxy {
	my ($s) = @_;
	my $p = IO::Socket::INET->new(PeerAddr => '127.0.0.1:10027') or exit;
	$p->autoflush(1);
	print $s reply_of($p);
	while (defined(my $l = <$s>)) {
		if ($l !~ /^DATA/i) {
			print $p $l;
			print $s reply_of($p);
			next;
		}
		print $s "354 go on\r\n";
		my $text = data($s);
		my ($do) = $text =~ /^X-Proxy: (\w+)/m;
		if (($do // '') eq 'virus') {
			print $s "550 5.7.1 id=12-3 - VIRUS: Eicar\r\n";
		} elsif (($do // '') eq 'tired') {
			print $s "451 4.3.0 no scanner is free\r\n";
		} else {
			print $p $l;
			reply_of($p);
			print $p "$text.\r\n";
			print $s reply_of($p);
		}
	}
}

# ---- the milter

sub packet {
	my ($s) = @_;
	my ($head, $body) = ('', '');
	read($s, $head, 4) == 4 or exit;
	read($s, $body, unpack('N', $head));
	return (substr($body, 0, 1), substr($body, 1));
}

sub milter {
	my ($s) = @_;
	my $do = '';
	my $say = sub {
		my $b = join('', @_);
		print $s pack('N', length $b), $b;
	};
	while (my ($c, $d) = packet($s)) {
		if ($c eq 'O') {
			$say->('O', pack('NNN', 6, 0x1ff, 0));
		} elsif ($c eq 'Q') {
			exit;
		} elsif ($c =~ /[DAK]/) {
			$do = '' if $c ne 'D';
		} elsif ($c eq 'R' && $d =~ /milter\.no/) {
			$say->("y550 5.7.1 not this recipient\0");
		} elsif ($c eq 'R' && $d =~ /milter\.wait/) {
			$say->('t');
		} elsif ($c ne 'E') {
			$do = $1 if $c eq 'L' && $d =~ /^X-Milter\0\s*(\w+)/;
			$say->('c');
		} else {
			$say->('q', "suspicious\0") if $do eq 'quarantine';
			$say->('+', "<carol\@isp.test>\0") if $do =~ /add|swap/;
			$say->('-', "<ann\@isp.test>\0") if $do eq 'swap';
			$say->($do eq 'reject' ? "y550 5.7.1 spam of 12.3\0" :
			    $do eq 'plain' ? 'r' : $do eq 'tired' ? 't' :
			    $do eq 'discard' ? 'd' : 'c');
		}
	}
}

# ---- the policy service

my %met;
sub policy {
	my ($s) = @_;
	my %a;
	while (defined(my $l = <$s>)) {
		chomp $l;
		if ($l =~ /^(\w+)=(.*)/) {
			$a{$1} = $2;
			next;
		}
		my $mark = "/tmp/met.$a{recipient}";
		my $do = 'DUNNO';
		$do = 'REJECT you may not' if $a{recipient} =~ /^policy\.no/;
		if ($a{recipient} =~ /^(carol|unlucky)/ && !-e $mark) {
			open(my $f, '>', $mark) if $a{recipient} =~ /^carol/;
			$do = 'DEFER_IF_PERMIT Greylisted, see http://postgrey.test/';
		}
		print $s "action=$do\n\n";
		%a = ();
	}
}

serve('127.0.0.1:10026', \&proxy);
serve('127.0.0.1:8891', \&milter);
serve('127.0.0.1:10040', \&policy);

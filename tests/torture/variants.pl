#!/usr/bin/perl
# variants.pl: another lab out of ours, with the truth that belongs to it.
#
#	variants.pl SRC DST WHAT...
#
# SRC has logs/, truth.jsonl[.xz], lab.json; DST gets the same and a
# mailtrace.conf.  WHAT, in any number:
#
#	names    other domains, hosts, people, of other lengths; a host of ours
#	         shares its short name with a remote one
#	ids      short Postfix queue ids that come back all the time, also at the
#	         same moment on two hosts
#	skew     every host's clock is off, by -90 to +120 seconds; skew:-1: the
#	         other way round
#	zones    hosts in other zones, which the configuration says
#	nozones  the same, but the configuration says nothing
#	rename   a host has another name from the middle on; [alias] says so
#	newname  the same, and nothing says so
#	gap      the log of the filter lacks some hours; gap:HOST: of that host
#	noconf   nothing is configured but the zone
#
# The logs are written plain; the same SRC gives the same DST.
use strict;
use warnings;
use Time::Local qw(timegm);

my ($src, $dst, @what) = @ARGV;
my ($gap) = map { /^gap:(.+)/ } @what;
my ($way) = map { /^skew:(.+)/ } @what;
my %want = map { s/:.*//r => 1 } @what;
die "usage: variants.pl SRC DST WHAT...\n" unless $dst && @what;
srand 7;

my $home = 3600;    # what the hosts' own stamps are ahead of UTC
my %month = (Dec => [2025, 11], Jan => [2026, 0]);
my @mon = qw(Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec);

# ---- reading ----

sub slurp {
	my ($f) = @_;
	my %with = (gz => 'gzip', xz => 'xz', zst => 'zstd', bz2 => 'bzip2');
	my ($end) = $f =~ /\.(\w+)$/;
	my $h;

	if ($end && $with{$end}) {
		open $h, '-|', $with{$end}, '-dcq', $f or die "$f: $!\n";
	} else {
		open $h, '<', $f or die "$f: $!\n";
	}
	local $/;
	my $text = <$h>;
	close $h or die "$f: cannot be read\n";
	return $text;
}

# seconds since 1970 and microseconds of a line, how it was written, the rest
sub stamp {
	my ($l) = @_;

	if ($l =~ /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)\.(\d{6})\+01:00(.*)/s) {
		return (timegm($6, $5, $4, $3, $2 - 1, $1) - $home, $7, 'rfc', $8);
	}
	if ($l =~ /^(\w{3}) ([ \d]\d) (\d\d):(\d\d):(\d\d)(.*)/s && $month{$1}) {
		my ($y, $m) = @{ $month{$1} };
		return (timegm($5, $4, $3, $2, $m, $y) - $home, 0, 'old', $6);
	}
	if ($l =~ /^(\d{4})-(\d\d)-(\d\d) (\d\d):(\d\d):(\d\d)(.*)/s) {
		return (timegm($6, $5, $4, $3, $2 - 1, $1) - $home, 0, 'exim', $7);
	}
	return (undef, 0, 'none', $l);
}

sub written {
	my ($t, $us, $how, $ahead) = @_;
	my ($s, $m, $h, $d, $mo, $y) = gmtime($t + $ahead);

	return sprintf '%s %2d %02d:%02d:%02d', $mon[$mo], $d, $h, $m, $s
	    if $how eq 'old';
	return sprintf '%04d-%02d-%02d %02d:%02d:%02d', $y + 1900, $mo + 1, $d,
	    $h, $m, $s if $how eq 'exim';
	return sprintf '%04d-%02d-%02dT%02d:%02d:%02d.%06d%s%02d:%02d',
	    $y + 1900, $mo + 1, $d, $h, $m, $s, $us, $ahead < 0 ? '-' : '+',
	    abs($ahead) / 3600, abs($ahead) % 3600 / 60;
}

my (%file, @host);    # HOST/NAME: lines, each [t, us, how, rest]
for my $dir (sort glob "$src/logs/*") {
	my ($host) = $dir =~ m{([^/]+)$};
	push @host, $host;
	for my $f (sort grep { -f } glob("$dir/* $dir/*/*")) {
		my $name = substr $f, length "$src/logs/";
		$name =~ s/\.(gz|xz|zst|bz2)$//;
		$file{$name} = [map { [stamp($_)] } slurp($f) =~ /[^\n]*\n/g];
	}
}
my $truth = slurp(-f "$src/truth.jsonl" ? "$src/truth.jsonl" : "$src/truth.jsonl.xz");
my $lab = slurp("$src/lab.json");
sub of_host { my ($h) = @_; return grep { m{^\Q$h\E/} } sort keys %file }

# ---- ids ----

if ($want{ids}) {
	my (%life, %new);
	for my $h (@host) {
		for my $l (map { @{ $file{$_} } } of_host($h)) {
			next unless $l->[3] =~ m{ postfix[\w/-]*\[\d+\]: ([0-9A-Za-z]{10,20}): };
			my $of = $life{$1}{$h} ||= [$l->[0], $l->[0]];
			$of->[0] = $l->[0] if $l->[0] < $of->[0];
			$of->[1] = $l->[0] if $l->[0] > $of->[1];
		}
	}
	# an id that two hosts had already stays as it is
	my @all = sort { $a->[1] <=> $b->[1] || $a->[0] cmp $b->[0] } map {
		my ($h) = keys %{ $life{$_} };
		keys %{ $life{$_} } > 1 ? () : [$_, @{ $life{$_}{$h} }, $h];
	} keys %life;
	my @pool = map { sprintf '%05X%0*X', rand(1 << 20), 5 + $_ % 3, 0x20000 + $_ * 37 } 1 .. 300;
	my %busy;
	for my $one (@all) {
		my ($id, $t0, $t1, $h) = @$one;
		my $pick;
		for (1 .. 10000) {
			$pick = $pool[rand @pool];
			last if ($busy{$h}{$pick} // 0) < $t0 - 1;
		}
		$busy{$h}{$pick} = $t1;
		$new{$id} = $pick;
	}
	for my $l (map { @$_ } values %file) {
		$l->[3] =~ s/\b([0-9A-Za-z]{10,20})\b/$new{$1} \/\/ $1/ge;
	}
}

# ---- a host that is called otherwise from the middle on ----

my ($old, $late) = ('filter.isp.test', 'scan-eu7.isp.test');
my $middle = timegm(0, 30, 3, 30, 11, 2025);
if ($want{rename} || $want{newname}) {
	my ($o, $n) = map { /^([^.]+)/ } $old, $late;
	for my $name (sort keys %file) {
		my @new;
		for my $l (@{ $file{$name} }) {
			next if !defined $l->[0] || $l->[0] < $middle;
			$l->[3] =~ s/\b\Q$old\E/$late/g;
			$l->[3] =~ s/^( )$o /$1$n / if $name =~ m{^\Q$old\E/};
		}
		next unless $name =~ m{^\Q$old\E/(.*)};
		my $k = "$late/$1";
		$file{$k} = [grep { defined $_->[0] && $_->[0] >= $middle } @{ $file{$name} }];
		$file{$name} = [grep { !defined $_->[0] || $_->[0] < $middle } @{ $file{$name} }];
		delete $file{$_} for grep { !@{ $file{$_} } } $k, $name;
	}
	if ($want{newname}) {
		my @lines = split /^/, $truth;
		for (@lines) {
			/"sent":"(\d+)-(\d+)-(\d+)T(\d+):(\d+):(\d+)/ or die;
			next if timegm($6, $5, $4, $3, $2 - 1, $1) < $middle;
			s/\b\Q$old\E/$late/g;
		}
		$truth = join '', @lines;
		$lab =~ s/("\Q$old\E": )(\{[^{}]*\})/$1$2,\n   "$late": $2/;
	}
	push @host, $late;
}

# ---- some hours without a log ----

if ($want{gap}) {
	my ($t0, $t1) = (timegm(0, 0, 12, 30, 11, 2025), timegm(0, 0, 16, 30, 11, 2025));
	for my $name ($gap ? of_host($gap) : (of_host($old), of_host($late))) {
		$file{$name} = [grep { !defined $_->[0] || $_->[0] < $t0 || $_->[0] > $t1 } @{ $file{$name} }];
	}
}

# ---- clocks ----

my @offset = (-90, 120, -37, 64, 7, -61, 93, -12, 41);
my @zone = (['America/New_York', -18000], ['Asia/Kolkata', 19800], ['UTC', 0],
	['Australia/Adelaide', 37800], ['Europe/Vienna', 3600], ['Pacific/Honolulu', -36000]);
my ($skewed, %zone_of) = (0);
for my $i (0 .. $#host) {
	my $h = $host[$i];
	my $first = $h eq $late && $old ? (grep { $host[$_] eq $old } 0 .. $#host)[0] : $i;
	my $off = $want{skew} ? $offset[$first % @offset] * ($way // 1) : 0;
	my $z = $want{zones} || $want{nozones} ? $zone[$first % @zone] : ['Europe/Vienna', $home];
	$zone_of{$h} = $z->[0];
	for my $l (map { @{ $file{$_} } } of_host($h)) {
		$l->[4] = defined $l->[0] ?
		    written($l->[0] + $off, $l->[1], $l->[2], $z->[1]) : '';
	}
}

# ---- names ----

my %other = (
	'isp.test' => 'kabelnetz-nord.example',
	'mx1.isp.test' => 'mail.kabelnetz-nord.example',
	'mbox.isp.test' => 'b.kabelnetz-nord.example',
	'smtp.isp.test' => 'einlieferung-3.kabelnetz-nord.example',
	'out1.isp.test' => 'relay-a.kabelnetz-nord.example',
	'out2.isp.test' => 'relay-b.kabelnetz-nord.example',
	'mbox2.isp.test' => 'exim-kunden.kabelnetz-nord.example',
	'lists.isp.test' => 'verteiler.kabelnetz-nord.example',
	'filter.isp.test' => 'fw.kabelnetz-nord.example',
	'scan-eu7.isp.test' => 'fw-neu.kabelnetz-nord.example',
	'customers.test' => 'k.example',
	'remote-postfix.test' => 'grosse-firma.example',
	'remote-exim.test' => 'uni.example',
	'strict.test' => 'streng-geprueft.example',
	'greylist.test' => 'grau.example',
	'webmail.test' => 'freepost.example',
	'busy.test' => 'voll-ausgelastet.example',
	'clients.test' => 'kunden.example',
);
sub as_it_was {    # Anna.Adler stays a name with capitals
	my ($was, $new) = @_;
	return $was eq lc $was ? $new : $was eq uc $was ? uc $new : ucfirst $new;
}

if ($want{names}) {
	my %person;
	for my $local ($truth =~ /\b([a-z]+\.[a-z]+)@/g) {
		my ($a, $b) = split /\./, $local;
		$person{$local} ||= length($a) % 2 ? "$a-" . substr($b, 0, 2) : "$b.$a-junior";
	}
	my %taken;
	$taken{ $person{$_} }++ and $person{$_} .= $taken{ $person{$_} } for sort keys %person;
	my $names = join '|', map { quotemeta } sort { length $b <=> length $a || $a cmp $b } keys %other;
	my $people = join '|', map { quotemeta } sort { length $b <=> length $a || $a cmp $b } keys %person;
	my %label = map { (split /\./, $_)[0] => (split /\./, $other{$_})[0] }
	    grep { /\.isp\.test$/ } keys %other;
	my $labels = join '|', sort keys %label;
	my $change = sub {
		$_[0] =~ s/(?<![\w-])($names)(?![\w-])/as_it_was($1, $other{lc $1})/gie;
		$_[0] =~ s/(?<![\w.+-])($people)(?=[@>,+ ])/as_it_was($1, $person{lc $1})/gie;
	};
	for my $name (sort keys %file) {
		for my $l (@{ $file{$name} }) {
			$l->[3] =~ s/^ ($labels) / $label{$1} / if $l->[2] ne 'exim';
			$change->($l->[3]);
		}
		(my $k = $name) =~ s/^([^\/]+)/$other{$1} || $1/e;
		$file{$k} = delete $file{$name};
	}
	$change->($truth);
	$change->($lab);
	@host = map { $other{$_} || $_ } @host;
	%zone_of = map { ($other{$_} || $_) => $zone_of{$_} } keys %zone_of;
	($old, $late) = map { $other{$_} } $old, $late;
}

# ---- writing ----

sub put {
	my ($name, $text) = @_;
	my $at = $dst;

	for my $part (split m{/}, ($name =~ m{^(.*)/} ? $1 : '')) {
		$at .= "/$part";
		mkdir $at;
	}
	open my $h, '>', "$dst/$name" or die "$dst/$name: $!\n";
	print $h $text;
	close $h or die "$dst/$name: $!\n";
}

mkdir $dst;
for my $name (sort keys %file) {
	put("logs/$name", join '', map { $_->[4] . $_->[3] } @{ $file{$name} });
}
put('truth.jsonl', $truth);
put('lab.json', $lab);
put('hosts', join '', map { "$_\n" } @host);
my $dom = $want{names} ? 'kabelnetz-nord.example' : 'isp.test';
my @known = $want{rename} ? grep { $_ ne $late } @host : @host;
my $conf = '';
$conf .= "[ours]\nnetworks = 10.77.0.0/16\ndomains = $dom, lists.$dom, " .
    ($want{names} ? 'k.example' : 'customers.test') . "\nhosts = " . join(', ', @known) . "\n"
    unless $want{noconf};
$conf .= "[alias]\n$late = $old\n" if $want{rename} && !$want{noconf};
$conf .= "[ingest]\ntimezone = Europe/Vienna\n";
if ($want{zones}) {
	$conf .= "[source:$_]\ntimezone = $zone_of{$_}\n" for @host;
}
put('mailtrace.conf', $conf);

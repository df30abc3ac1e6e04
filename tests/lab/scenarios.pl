# scenarios.pl: what is sent, where it must turn up, what the trace must say.
# STATE GROUP STOPPED-AT PATH (a group of * is any); `truth2` and `say2` are for the end, when what
# was deferred has expired.

# the queue file of a scenario on mx1
sub mx1_qid {
	my ($m, $root) = @_;
	my $found = `grep -rl 'X-Lab: $m->{n}\\.' $root/var/spool/postfix-mx1 2>/dev/null`;
	return $found =~ m{/([^/\n]+)\n} ? $1 : 'none';
}

sub box_qid {
	my ($m, $root) = @_;
	my $found = `grep -rl 'X-Lab: $m->{n}\\.' $root/var/spool/exim4/input 2>/dev/null`;
	return $found =~ m{/([^/\n]+)-H\n} ? $1 : 'none';
}

my @PC = ('-c', '/etc/postfix-mx1');
# Dovecot's name of an account
my $account = sub {
	return ($ENV{LAB_VARIANT} // '') eq 'plain' ? "$_[0]\@isp.test" : $_[0];
};
my $mx1 = 'mx1.isp.test';
my $box = 'box.isp.test';

[
{
	name => 'delivered over three hops',
	to => ['ann@isp.test'],
	subject => '=?UTF-8?Q?Gr=C3=BC=C3=9Fe_aus_Wien?=',
	truth => 'store/ann',
	say => { 'ann@isp.test' => 'delivered - store mx1>box>store' },
	also => sub {
		my ($msg) = @{ $_[0] };
		return $msg->{subject} eq "Gr\x{fc}\x{df}e aus Wien" ? () :
		    "subject is '$msg->{subject}'";
	},
}, {
	name => 'left to a remote server',
	from => 'ann@isp.test', to => ['friend@remote.test'],
	truth => 'remote/friend',
	say => { 'friend@remote.test' => 'left - mx1 mx1' },
	also => sub {
		my ($r) = @{ $_[0][0]{recipients} };
		return ($r->{remote}{qid} ? () : 'no queue id of the remote',
			$r->{remote}{ip} eq '10.88.0.10' ? () : 'remote?');
	},
}, {
	name => 'user unknown behind, with a notice',
	from => 'bob@isp.test', to => ['nobody@isp.test'],
	truth => 'notice store/bob',
	say => { 'nobody@isp.test' => 'bounced recipient mx1 mx1' },
	also => sub {
		my ($r) = @{ $_[0][0]{recipients} };
		my $n = $r->{notice};
		return 'no notice' unless $n;
		return "notice to $n->{to} is $n->{state}"
		    if $n->{to} ne 'bob@isp.test' || $n->{state} ne 'delivered';
		return;
	},
}, {
	name => 'relay denied',
	via => 'mx1', source => '10.88.0.66', helo => 'stranger.remote.test',
	from => 'x1@remote.test', to => ['friend@remote.test'],
	ask => ['from=x1@remote.test'],
	truth => 'nowhere',
	say => { 'friend@remote.test' => 'rejected auth mx1 -' },
}, {
	name => 'recipient refused at the door',
	from => 'x2@remote.test', to => ['gone@isp.test'],
	ask => ['from=x2@remote.test'],
	truth => 'nowhere',
	say => { 'gone@isp.test' => 'rejected recipient mx1 -' },
}, {
	name => 'one of two refused at the door',
	to => ['ann@isp.test', 'gone@isp.test'],
	truth => 'store/ann',
	say => { 'ann@isp.test' => 'delivered - store mx1>box>store',
		'gone@isp.test' => 'rejected recipient mx1 mx1' },
}, {
	name => 'mailbox over quota',
	from => 'ann@isp.test', to => ['full@isp.test'],
	body => "0123456789012345678901234567890123456789\r\n" x 100,
	truth => 'notice store/ann',
	say => { 'full@isp.test' => 'bounced quota box mx1>box' },
	also => sub {
		my ($r) = @{ $_[0][0]{recipients} };
		return $r->{notice} && $r->{notice}{state} eq 'delivered' ? () :
		    'no notice, or not delivered';
	},
}, {
	name => 'deferred by the remote',
	from => 'ann@isp.test', to => ['busy@remote.test'],
	truth => 'queue mx1 deferred',
	say => { 'busy@remote.test' => 'deferred rate mx1 mx1' },
	truth2 => 'notice store/ann',
	say2 => { 'busy@remote.test' => 'expired rate mx1 mx1' },
}, {
	name => 'nobody listens',
	from => 'ann@isp.test', to => ['x@dead.test'],
	truth => 'queue mx1 deferred',
	say => { 'x@dead.test' => 'deferred network mx1 mx1' },
	truth2 => 'notice store/ann',
	say2 => { 'x@dead.test' => 'expired network mx1 mx1' },
}, {
	name => 'mailbox full at the remote',
	from => 'carol@isp.test', to => ['full@remote.test'],
	truth => 'notice store/carol',
	say => { 'full@remote.test' => 'bounced quota mx1 mx1' },
}, {
	name => 'our address is listed',
	from => 'carol@isp.test', to => ['listed@remote.test'],
	truth => 'notice store/carol',
	say => { 'listed@remote.test' => 'bounced blocked mx1 mx1' },
	also => sub {
		my ($r) = @{ $_[0][0]{recipients} };
		return $r->{block} && $r->{block}{ip} eq '10.77.1.10' ? () :
		    'which address is blocked is not told';
	},
}, {
	name => 'two of three at the remote',
	from => 'carol@isp.test',
	to => ['friend@remote.test', 'spam@remote.test', 'other@remote.test'],
	truth => 'notice store/carol, remote/friend, remote/other',
	say => { 'friend@remote.test' => 'left - mx1 mx1',
		'other@remote.test' => 'left - mx1 mx1',
		'spam@remote.test' => 'bounced content mx1 mx1' },
}, {
	name => 'alias to two',
	to => ['team@isp.test'],
	truth => 'store/ann, store/bob',
	say => { 'ann@isp.test' => 'delivered - store mx1>box>store',
		'bob@isp.test' => 'delivered - store mx1>box>store' },
}, {
	name => 'forwarded away by Postfix',
	to => ['away@isp.test'],
	truth => 'remote/away',
	say => { 'away@remote.test' => 'left - mx1 mx1' },
}, {
	name => 'list on Exim, one of it remote',
	to => ['list@isp.test'],
	truth => 'remote/friend, store/ann, store/carol',
	say => { 'ann@isp.test' => 'delivered - store mx1>box>store',
		'carol@isp.test' => 'delivered - store mx1>box>store',
		'friend@remote.test' => 'left - mx1 mx1>box>mx1' },
}, {
	name => 'sieve discards',
	subject => 'for the bin', to => ['siever@isp.test'],
	truth => 'nowhere',
	say => { 'siever@isp.test' => 'discarded - store mx1>box>store' },
}, {
	name => 'sieve files into a folder',
	subject => 'for a folder', to => ['siever@isp.test'],
	truth => 'store/siever/.Lists',
	say => { 'siever@isp.test' => 'delivered - store mx1>box>store' },
	also => sub {
		my ($r) = @{ $_[0][0]{recipients} };
		return $r->{stored} && $r->{stored}{folder} eq 'Lists' ? () :
		    'the folder is not told';
	},
}, {
	name => 'sieve answers on holiday',
	subject => 'on holiday', to => ['siever@isp.test'],
	headers => ['X-Dummy: 1'],
	truth => 'store/siever',
	say => { 'siever@isp.test' => 'delivered - store mx1>box>store' },
}, {
	name => 'sieve refuses',
	from => 'bob@isp.test', to => ['strict@isp.test'],
	truth => 'notice store/bob',
	say => { 'strict@isp.test' => 'bounced recipient store mx1>box>store' },
}, {
	name => 'sieve sends on',
	to => ['far@isp.test'],
	truth => 'remote/other',
	say => { 'other@remote.test' => 'left - mx1 mx1>box>store>mx1' },
}, {
	name => 'held',
	from => 'ann@isp.test', to => ['friend@remote.test'],
	headers => ['X-Hold: yes'],
	truth => 'queue mx1 hold',
	say => { 'friend@remote.test' => 'held - mx1 mx1' },
}, {
	name => 'held by hand',
	from => 'ann@isp.test', to => ['busy@remote.test'],
	before => 'queue mx1 deferred',
	admin => sub {
		my ($m, $on, $root) = @_;
		$on->($mx1, 'postsuper', @PC, '-h', mx1_qid($m, $root));
	},
	truth => 'queue mx1 hold',
	say => { 'busy@remote.test' => 'held - mx1 mx1' },
}, {
	name => 'deleted by hand',
	from => 'ann@isp.test', to => ['busy@remote.test'],
	before => 'queue mx1 deferred',
	admin => sub {
		my ($m, $on, $root) = @_;
		$on->($mx1, 'postsuper', @PC, '-d', mx1_qid($m, $root));
	},
	truth => 'nowhere',
	say => { 'busy@remote.test' => 'deleted rate mx1 mx1' },
}, {
	name => 'held and released',
	from => 'ann@isp.test', to => ['other@remote.test'],
	headers => ['X-Hold: yes'],
	before => 'queue mx1 hold',
	admin => sub {
		my ($m, $on, $root) = @_;
		$on->($mx1, 'postsuper', @PC, '-H', mx1_qid($m, $root));
		$on->($mx1, 'postqueue', @PC, '-f');
	},
	truth => 'remote/other',
	say => { 'other@remote.test' => 'left - mx1 mx1' },
}, {
	name => 'discarded by a header',
	to => ['ann@isp.test'], headers => ['X-Discard: yes'],
	truth => 'nowhere',
	say => { 'ann@isp.test' => 'discarded - mx1 mx1' },
}, {
	name => 'refused for a header',
	to => ['ann@isp.test'], headers => ['X-Reject: yes'],
	truth => 'nowhere',
	say => { 'ann@isp.test' => 'rejected * mx1 mx1' },
}, {
	name => 'thrown away by a transport',
	from => 'ann@isp.test', to => ['x@void.test'],
	truth => 'nowhere',
	say => { 'x@void.test' => 'discarded - mx1 mx1' },
}, {
	name => 'refused for now',
	from => 'x3@remote.test', to => ['later@isp.test'],
	ask => ['from=x3@remote.test'],
	truth => 'nowhere',
	say => { 'later@isp.test' => 'rejected * mx1 -' },
}, {
	name => 'null sender, unknown user',
	from => '', to => ['nobody@isp.test'],
	truth => 'nowhere',
	say => { 'nobody@isp.test' => 'bounced recipient mx1 mx1' },
}, {
	name => 'null sender, delivered',
	from => '', to => ['bob@isp.test'],
	truth => 'store/bob',
	say => { 'bob@isp.test' => 'delivered - store mx1>box>store' },
}, {
	name => 'submitted with a login',
	via => 'sub', user => $account->('carol'), password => 'secret',
	from => 'carol@isp.test', to => ['friend@remote.test'],
	truth => 'remote/friend',
	say => { 'friend@remote.test' => 'left - mx1 mx1' },
	also => sub {
		my ($msg) = @{ $_[0] };
		return ($msg->{entry}{user} // '') =~ /^carol(@|$)/ ? () :
		    'the login is not told';
	},
},
{
	name => 'through a filter and back in',
	to => ['ann@isp.test'], headers => ['X-Filter: yes'],
	truth => 'store/ann',
	say => { 'ann@isp.test' => 'delivered - store mx1>mx1>box>store' },
}, {
	name => 'unknown to local(8)',
	from => 'bob@isp.test', to => ['nobody.here@mx1.isp.test'],
	truth => 'notice store/bob',
	say => { 'nobody.here@mx1.isp.test' => 'bounced recipient mx1 mx1' },
}, {
	name => 'the client breaks off in DATA',
	from => 'x10@remote.test', to => ['ann@isp.test'], breaks_off => 1,
	ask => ['from=x10@remote.test'],
	truth => 'nowhere',
	say => { 'ann@isp.test' => 'aborted - mx1 mx1' },
},
# ---- straight to Exim
{
	name => 'Exim: submitted with a login',
	via => 'box', user => 'carol', password => 'secret',
	from => 'carol@isp.test', to => ['ann@isp.test'],
	truth => 'store/ann',
	say => { 'ann@isp.test' => 'delivered - store box>store' },
	also => sub {
		my ($msg) = @{ $_[0] };
		return ($msg->{entry}{user} // '') =~ /^carol(@|$)/ ? () :
		    'the login is not told';
	},
}, {
	name => 'Exim: relay not permitted',
	via => 'box', source => '10.88.0.66', helo => 'stranger.remote.test',
	from => 'x4@remote.test', to => ['x@elsewhere.test'],
	ask => ['from=x4@remote.test'],
	truth => 'nowhere',
	say => { 'x@elsewhere.test' => 'rejected auth box -' },
}, {
	name => 'Exim: closed mailbox',
	via => 'box', from => 'x5@remote.test', to => ['closed@isp.test'],
	ask => ['from=x5@remote.test'],
	truth => 'nowhere',
	say => { 'closed@isp.test' => 'rejected recipient box -' },
}, {
	name => 'Exim: come back later',
	via => 'box', from => 'x6@remote.test', to => ['slow@isp.test'],
	ask => ['from=x6@remote.test'],
	truth => 'nowhere',
	say => { 'slow@isp.test' => 'rejected * box -' },
}, {
	name => 'Exim: refused after DATA',
	via => 'box', from => 'x7@remote.test', to => ['ann@isp.test'],
	subject => 'something unwanted',
	ask => ['from=x7@remote.test'],
	truth => 'nowhere',
	say => { 'ann@isp.test' => 'rejected * box box' },
}, {
	name => 'Exim: black hole',
	via => 'box', from => 'carol@isp.test', to => ['hole@isp.test'],
	truth => 'nowhere',
	say => { 'hole@isp.test' => 'discarded - box box' },
}, {
	name => 'Exim: into a pipe',
	via => 'box', to => ['sound@isp.test'],
	truth => 'nowhere',
	say => { 'sound@isp.test' => 'delivered - box box' },
}, {
	name => 'Exim: into a pipe that fails',
	via => 'box', from => 'bob@isp.test', to => ['tool@isp.test'],
	truth => 'notice store/bob',
	say => { 'tool@isp.test' => 'bounced server box box' },
}, {
	name => 'Exim: into a file',
	via => 'box', to => ['keep@isp.test'],
	truth => 'kept',
	say => { 'keep@isp.test' => 'delivered - box box' },
}, {
	name => 'Exim: unknown to Dovecot',
	via => 'box', from => 'bob@isp.test', to => ['late@isp.test'],
	truth => 'notice store/bob',
	say => { 'late@isp.test' => 'bounced recipient box box' },
}, {
	name => 'Exim: deferred',
	via => 'box', from => 'bob@isp.test', to => ['x@dead.test'],
	source => '10.77.1.99',
	truth => 'queue box',
	say => { 'x@dead.test' => 'deferred network box box' },
}, {
	name => 'Exim: frozen by hand',
	via => 'box', from => 'bob@isp.test', to => ['y@dead.test'],
	source => '10.77.1.99',
	before => 'queue box',
	admin => sub {
		my ($m, $on, $root) = @_;
		$on->($box, 'exim4', '-Mf', box_qid($m, $root));
	},
	truth => 'queue box',
	say => { 'y@dead.test' => 'held - box box' },
}, {
	name => 'Exim: removed by hand',
	via => 'box', from => 'bob@isp.test', to => ['z@dead.test'],
	source => '10.77.1.99',
	before => 'queue box',
	admin => sub {
		my ($m, $on, $root) = @_;
		$on->($box, 'exim4', '-Mrm', box_qid($m, $root));
	},
	truth => 'nowhere',
	say => { 'z@dead.test' => 'deleted network box box' },
}, {
	name => 'Exim: given up by hand',
	via => 'box', from => 'bob@isp.test', to => ['w@dead.test'],
	source => '10.77.1.99',
	before => 'queue box',
	admin => sub {
		my ($m, $on, $root) = @_;
		$on->($box, 'exim4', '-Mg', box_qid($m, $root));
	},
	truth => 'notice store/bob',
	say => { 'w@dead.test' => 'bounced network box box' },
}, {
	name => 'Exim: a notice nobody takes',
	via => 'box', from => 'nobody@dead.test', to => ['late@isp.test'],
	source => '10.77.1.99',
	truth => 'notice queue box',
	say => { 'late@isp.test' => 'bounced recipient box box' },
	also => sub {
		my ($r) = @{ $_[0][0]{recipients} };
		my $n = $r->{notice};
		return $n && $n->{to} eq 'nobody@dead.test' ? () :
		    'the notice is not told';
	},
}, {
	name => 'Exim: a bounce of a bounce freezes',
	via => 'box', source => '10.77.1.99',
	from => '', to => ['ghost@isp.test'],
	truth => 'queue box',
	say => { 'ghost@isp.test' => 'bounced recipient box box' },
}, {
	name => 'Exim: unknown only when routed',
	via => 'mx1', from => 'bob@isp.test', to => ['ghost@isp.test'],
	truth => 'notice store/bob',
	say => { 'ghost@isp.test' => 'bounced recipient box mx1>box' },
}, {
	name => 'Exim: address with an extension',
	to => ['ann+list@isp.test'],
	truth => 'store/ann',
	say => { 'ann@isp.test' => 'delivered - store mx1>box>store' },
}, {
	name => 'Exim: an alias that fails',
	via => 'box', from => 'x8@remote.test', to => ['no@isp.test'],
	ask => ['from=x8@remote.test'],
	truth => 'nowhere',
	say => { 'no@isp.test' => 'rejected * box -' },
}, {
	name => 'Exim: an alias that waits',
	via => 'box', from => 'x9@remote.test', to => ['wait@isp.test'],
	ask => ['from=x9@remote.test'],
	truth => 'nowhere',
	say => { 'wait@isp.test' => 'rejected * box -' },
}, {
	name => 'Exim: sent on to Postfix and away',
	via => 'box', source => '10.77.1.99',
	from => 'ann@isp.test', to => ['away@remote.test'],
	truth => 'remote/away',
	say => { 'away@remote.test' => 'left - mx1 box>mx1' },
},
]

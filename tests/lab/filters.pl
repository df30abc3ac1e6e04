# filters.pl: what stands between the hops of real sites (filters.inc): what it
# did to a mail, and what the trace must tell.  For LAB_VARIANT=filters.

my $box = 'delivered - store mx1>box>store';
# through amavis and back; amavis before the queue is the first to have it
my %by = (amavis => 'delivered - store mx1>mx1>mx1>box>store',
	before => 'delivered - store mx1>mx1>box>store', spamass => $box);
my %left = (amavis => 'left - mx1 mx1>mx1>mx1', before => 'left - mx1 mx1>mx1',
	spamass => 'left - mx1 mx1');
my %stranger = (source => '10.88.0.66', helo => 'stranger.remote.test',
	from => 'friend@remote.test');
my $gtube = "JS*C4JDBQADN1.NSBN3*2IDNEN*GTUBE-STANDARD-ANTI-UBE-TEST-EMAIL*C.34X\r\n";
my $eicar = 'X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*' .
    "\r\n";
my @exe = (headers => ['MIME-Version: 1.0',
	'Content-Type: application/octet-stream; name="x.exe"',
	'Content-Transfer-Encoding: base64',
	'Content-Disposition: attachment; filename="x.exe"'],
	body => "TVqQAAMAAAAEAAAA//8AALgAAAAAAAAAQAAAAAAAAAA=\r\n");

# The words WHAT stand in the recipient's field FIELD.
sub says {
	my ($field, @what) = @_;
	return sub {
		my ($msg) = @{ $_[0] };
		my @why;
		for my $r (@{ $msg->{recipients} }) {
			push @why, map { "$field of $r->{to} is '$r->{$field}', without '$_'" }
			    grep { index($r->{$field} // '', $_) < 0 } @what;
		}
		return @why;
	};
}

[
{
	name => 'opendkim and opendmarc let it pass',
	via => 'dkim', %stranger, to => ['ann@isp.test'],
	truth => 'store/ann', say => { 'ann@isp.test' => $box },
}, {
	name => 'opendkim signs',
	via => 'dkim', from => 'ann@isp.test', to => ['friend@remote.test'],
	truth => 'remote/friend',
	say => { 'friend@remote.test' => 'left - mx1 mx1' },
}, {
	name => 'opendmarc refuses',
	via => 'dkim', %stranger, from => 'boss@proud.test',
	to => ['ann@isp.test'], truth => 'nowhere',
	say => { 'ann@isp.test' => 'rejected auth mx1 mx1' },
}, {
	name => 'rspamd lets it pass',
	via => 'rspamd', %stranger, to => ['ann@isp.test'],
	truth => 'store/ann', say => { 'ann@isp.test' => $box },
	also => sub {
		my ($r) = @{ $_[0][0]{recipients} };
		return ($r->{filter}{name} // '') eq 'rspamd' &&
		    $r->{filter}{verdict} eq 'no action' ? () :
		    'what rspamd said is not told';
	},
}, {
	name => 'rspamd takes it for spam',
	via => 'rspamd', %stranger, to => ['ann@isp.test', 'bob@isp.test'],
	body => "X$gtube", truth => 'nowhere',
	say => { 'ann@isp.test' => 'rejected content mx1 mx1',
		'bob@isp.test' => 'rejected content mx1 mx1' },
	also => says('why', 'rspamd said reject', 'GTUBE'),
}, {
	name => 'rspamd marks it',
	via => 'rspamd', %stranger, to => ['ann@isp.test'],
	body => "Y$gtube", truth => 'store/ann',
	say => { 'ann@isp.test' => $box },
	also => says('next', 'rspamd marked it as spam'),
}, {
	name => 'a rule of ours in rspamd refuses',
	via => 'rspamd', %stranger, to => ['ann@isp.test'],
	headers => ['X-No: yes'], truth => 'nowhere',
	say => { 'ann@isp.test' => 'rejected policy mx1 mx1' },
	also => says('why', 'we do not like this one',
	    'rspamd said reject, set by its multimap'),
}, {
	name => 'rspamd puts it off',
	via => 'rspamd', %stranger, to => ['ann@isp.test', 'bob@isp.test'],
	headers => ['X-Soft: yes'], truth => 'nowhere',
	say => { 'ann@isp.test' => 'rejected * mx1 mx1',
		'bob@isp.test' => 'rejected * mx1 mx1' },
	also => says('why', 'rspamd said soft reject, set by its multimap'),
}, {
	name => 'postgrey',
	via => 'grey2', %stranger, from => 'g@remote.test',
	to => ['ann@isp.test'], ask => ['from=g@remote.test'],
	truth => 'nowhere', say => { 'ann@isp.test' => 'rejected rate mx1 -' },
}, {
	name => 'SPF passes',
	via => 'spf', %stranger, to => ['ann@isp.test'],
	truth => 'store/ann', say => { 'ann@isp.test' => $box },
}, {
	name => 'SPF fails',
	via => 'spf', %stranger, from => 'spf@proud.test', to => ['ann@isp.test'],
	ask => ['from=spf@proud.test'],
	truth => 'nowhere', say => { 'ann@isp.test' => 'rejected auth mx1 -' },
}, (map { {
	name => "SPF: $_->[0]",
	via => 'spf', %stranger, from => $_->[1], to => ['ann@isp.test'],
	truth => 'store/ann', say => { 'ann@isp.test' => $box },
} } ['softfail', 'x@soft.test'], ['error', 'x@broken.test'], ['none', '']),
(map { my $v = $_; (
{
	name => "$v, clean",
	via => $v, to => ['ann@isp.test'],
	truth => 'store/ann', say => { 'ann@isp.test' => $by{$v} },
}, {
	name => "$v, three recipients",
	via => $v, from => 'ann@isp.test',
	to => ['ann@isp.test', 'bob@isp.test', 'friend@remote.test'],
	truth => 'remote/friend, store/ann, store/bob',
	say => { 'ann@isp.test' => $by{$v}, 'bob@isp.test' => $by{$v},
		'friend@remote.test' => $left{$v} },
}, {
	name => "$v, a strange header",
	via => $v, from => 'ann@isp.test', to => ['ann@isp.test'],
	headers => ["X-Bad: \xff\xfe caf\xe9"],
	truth => 'store/ann', say => { 'ann@isp.test' => $by{$v} },
}, ) } 'amavis', 'before', 'spamass'),
{
	name => 'amavis throws spam away',
	via => 'amavis', %stranger, to => ['ann@isp.test', 'bob@isp.test'],
	body => "X$gtube", truth => 'nowhere',
	say => { 'ann@isp.test' => 'discarded content mx1 mx1>mx1',
		'bob@isp.test' => 'discarded content mx1 mx1>mx1' },
	also => says('why', 'amavis said SPAM, score 1'),
}, {
	name => 'amavis throws a virus away',
	via => 'amavis', %stranger, to => ['ann@isp.test', 'bob@isp.test'],
	body => $eicar, truth => 'store/carol',
	say => { 'ann@isp.test' => 'discarded content mx1 mx1>mx1',
		'bob@isp.test' => 'discarded content mx1 mx1>mx1' },
	also => says('why', 'INFECTED (Eicar-Test-Signature)'),
}, {
	name => 'amavis sends a program back',
	via => 'amavis', from => 'ann@isp.test', to => ['bob@isp.test'], @exe,
	truth => 'notice store/ann, store/carol',
	say => { 'bob@isp.test' => 'bounced content mx1 mx1>mx1' },
	also => sub {
		my ($r) = @{ $_[0][0]{recipients} };
		my $n = $r->{notice};
		return 'no notice' unless $n;
		return "notice to $n->{to} is $n->{state}"
		    if $n->{to} ne 'ann@isp.test' || $n->{state} ne 'delivered';
		return;
	},
}, {
	name => 'amavis refuses spam before the queue',
	via => 'before', %stranger, to => ['ann@isp.test', 'bob@isp.test'],
	body => "X$gtube", truth => 'nowhere',
	say => { 'ann@isp.test' => 'rejected content mx1 mx1',
		'bob@isp.test' => 'rejected content mx1 mx1' },
	also => says('why', 'amavis said SPAM, score 1'),
}, {
	name => 'amavis refuses a virus before the queue',
	via => 'before', %stranger, to => ['ann@isp.test', 'bob@isp.test'],
	body => $eicar, truth => 'store/carol',
	say => { 'ann@isp.test' => 'rejected content mx1 mx1',
		'bob@isp.test' => 'rejected content mx1 mx1' },
}, {
	name => 'amavis refuses a program before the queue',
	via => 'before', from => 'ann@isp.test', to => ['ann@isp.test'], @exe,
	truth => 'store/carol',
	say => { 'ann@isp.test' => 'rejected content mx1 mx1' },
}, {
	name => 'SpamAssassin\'s milter refuses',
	via => 'spamass', %stranger, to => ['ann@isp.test'],
	body => "X$gtube", truth => 'nowhere',
	say => { 'ann@isp.test' => 'rejected content mx1 mx1' },
}, {
	name => 'SpamAssassin\'s milter lets it pass',
	via => 'spamass', %stranger, to => ['ann@isp.test'],
	body => $eicar, truth => 'store/ann', say => { 'ann@isp.test' => $box },
	also => sub {
		my ($r) = @{ $_[0][0]{recipients} };
		return ($r->{filter}{name} // '') eq 'spamd' ? () :
		    'what spamd said is not told';
	},
}, {
	name => 'ClamAV refuses',
	via => 'clamreject', %stranger, to => ['ann@isp.test', 'bob@isp.test'],
	body => $eicar, truth => 'nowhere',
	say => { 'ann@isp.test' => 'rejected content mx1 mx1',
		'bob@isp.test' => 'rejected content mx1 mx1' },
	also => says('why', 'infected by Lab.Eicar'),
}, {
	name => 'ClamAV puts it aside',
	via => 'clamhold', %stranger, to => ['ann@isp.test'], body => $eicar,
	truth => 'queue mx1 hold',
	say => { 'ann@isp.test' => 'held * mx1 mx1' },
	also => says('why', 'infected by Lab.Eicar'),
}, {
	name => 'ClamAV throws it away',
	via => 'clamdrop', %stranger, to => ['ann@isp.test'], body => $eicar,
	truth => 'nowhere',
	say => { 'ann@isp.test' => 'discarded content mx1 mx1' },
	also => says('why', 'infected by Lab.Eicar'),
}, {
	name => 'ClamAV lets it pass',
	via => 'clamdrop', %stranger, to => ['ann@isp.test'],
	truth => 'store/ann', say => { 'ann@isp.test' => $box },
}, {
	name => 'a list manager\'s copies have its own sender',
	via => 'mx1', from => 'ann@isp.test', to => ['news2@mx1.isp.test'],
	truth => 'remote/friend, store/ann',
	say => { 'news2@mx1.isp.test' => 'delivered - mx1 mx1',
		'ann@isp.test' => $box,
		'friend@remote.test' => 'left - mx1 mx1' },
}, {
	name => 'nobody answers for a milter',
	via => 'nomilter', %stranger, from => 'm@remote.test',
	to => ['ann@isp.test'], ask => ['from=m@remote.test'],
	truth => 'nowhere', say => { '?' => 'rejected server mx1 -' },
},
]

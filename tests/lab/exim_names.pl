# exim_names.pl: Exim with the DNS, block lists, a scanner and SpamAssassin.
# For LAB_VARIANT=filters.

my %listed = (via => 'box', source => '10.88.0.67', helo => 'bulk.listed.test');
my %stranger = (via => 'box', source => '10.88.0.66',
	helo => 'stranger.remote.test');
my %ours = (via => 'box', source => '10.77.1.99', helo => 'desk.isp.test',
	from => 'ann@isp.test');
my $gtube = "XJS*C4JDBQADN1.NSBN3*2IDNEN*GTUBE-STANDARD-ANTI-UBE-TEST-EMAIL*C.34X\r\n";
my $eicar = 'X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*' .
    "\r\n";

[
(map { my ($to, $who, $from, $say) = @$_; {
	name => "Exim: $to, $from",
	%$who, from => $from, to => ["$to\@isp.test"],
	ask => ["to=$to\@isp.test", "from=$from"], truth => 'nowhere',
	say => { "$to\@isp.test" => "$say box -" },
} } ['dnsbl', \%listed, 'e1@remote.test', 'rejected blocked'],
	# no message is set: no line says why
	['dnsbl2', \%listed, 'e7@remote.test', 'rejected -'],
	['rhsbl', \%stranger, 'y@bad.test', 'rejected blocked'],
	['verified', \%stranger, 'y@nodomain.test', 'rejected sender'],
	['verified', \%stranger, 'y@nullmx.test', 'rejected sender'],
	['named', \%listed, 'e2@remote.test', 'rejected blocked'],
	['often', \%stranger, 'e3@remote.test', 'rejected rate']),
{
	name => 'Exim: a virus',
	%stranger, from => 'e4@remote.test', to => ['ann@isp.test', 'bob@isp.test'],
	body => $eicar, truth => 'nowhere',
	say => { 'ann@isp.test' => 'rejected content box box',
		'bob@isp.test' => 'rejected content box box' },
}, {
	name => 'Exim: spam',
	%stranger, from => 'e5@remote.test', to => ['ann@isp.test', 'bob@isp.test'],
	body => $gtube, truth => 'nowhere',
	say => { 'ann@isp.test' => 'rejected content box box',
		'bob@isp.test' => 'rejected content box box' },
}, {
	name => 'Exim: neither',
	%stranger, from => 'e6@remote.test', to => ['ann@isp.test'],
	truth => 'store/ann',
	say => { 'ann@isp.test' => 'delivered - store box>store' },
}, {
	name => 'Exim asks rspamd on another host, spam',
	%stranger, from => 'r1@remote.test', to => ['ann@isp.test', 'bob@isp.test'],
	body => $gtube, truth => 'nowhere',
	say => { 'ann@isp.test' => 'rejected * box box',
		'bob@isp.test' => 'rejected * box box' },
	also => sub {
		my ($r) = @{ $_[0][0]{recipients} };
		return $r->{why} =~ /rspamd said reject/ ? () :
		    "what rspamd said is not told: $r->{why}";
	},
}, {
	name => 'Exim asks rspamd on another host, no spam',
	%stranger, from => 'r2@remote.test', to => ['ann@isp.test'],
	truth => 'store/ann',
	say => { 'ann@isp.test' => 'delivered - store box>store' },
	also => sub {
		my ($r) = @{ $_[0][0]{recipients} };
		return ($r->{filter}{name} // '') eq 'rspamd' ? () :
		    'what rspamd said is not told';
	},
}, (map { my ($to, $say, $truth) = @$_; {
	name => "Exim to $to", %ours, to => [$to],
	truth => $truth, say => { $to => "$say box box" },
} } ['x@nullmx.test', 'bounced dns', 'notice store/ann'],
	['x@nxdomain.test', 'bounced dns', 'notice store/ann'],
	['x@noaddr.test', 'bounced dns', 'notice store/ann'],
	['x@onlytxt.test', 'bounced dns', 'notice store/ann'],
	['x@loopbox.test', 'held -', 'queue box'],
	['x@deadmx.test', 'deferred network', 'queue box'],
	['x@refused.example', 'deferred dns', 'queue box'],
	['thanks@twomx.test', 'left -', 'other/thanks'],
	['thanks@farmx.test', 'left -', 'other/thanks']),
]

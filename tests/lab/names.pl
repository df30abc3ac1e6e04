# names.pl: what the DNS says of clients, senders and recipients' domains, with
# real name servers, block lists and postscreen.  For LAB_VARIANT=filters.

my $box = 'delivered - store mx1>box>store';
my %listed = (source => '10.88.0.67', helo => 'bulk.listed.test');
my %stranger = (source => '10.88.0.66', helo => 'stranger.remote.test');

[
(map { my $n = $_->[0]; {
	name => "listed client, $n",
	via => $n, %listed, from => "l.$n\@remote.test", to => ['ann@isp.test'],
	ask => ["from=l.$n\@remote.test"], truth => 'nowhere',
	say => { 'ann@isp.test' => 'rejected blocked mx1 -' },
} } ['rbl'], ['screen']),
{
	name => 'listed sender domain',
	via => 'rbl', %stranger, from => 'x@bad.test', to => ['ann@isp.test'],
	ask => ['from=x@bad.test'], truth => 'nowhere',
	say => { 'ann@isp.test' => 'rejected blocked mx1 -' },
}, {
	name => 'sender domain cannot be asked',
	via => 'rbl', %stranger, from => 'x@remote2.test', to => ['ann@isp.test'],
	ask => ['from=x@remote2.test'], truth => 'nowhere',
	say => { 'ann@isp.test' => 'rejected sender mx1 -' },
}, {
	name => 'sender domain does not exist',
	via => 'rbl', %stranger, from => 'x@nodomain.test', to => ['ann@isp.test'],
	ask => ['from=x@nodomain.test'], truth => 'nowhere',
	say => { 'ann@isp.test' => 'rejected sender mx1 -' },
}, {
	name => 'sender domain takes no mail',
	via => 'rbl', %stranger, from => 'x@nullmx.test', to => ['ann@isp.test'],
	ask => ['from=x@nullmx.test'], truth => 'nowhere',
	say => { 'ann@isp.test' => 'rejected sender mx1 -' },
}, {
	name => 'sender does not exist',
	via => 'rbl', %stranger, from => 'gone@remote.test', to => ['ann@isp.test'],
	ask => ['from=gone@remote.test'], truth => 'nowhere',
	say => { 'ann@isp.test' => 'rejected sender mx1 -' },
}, {
	name => 'client without a name',
	via => 'names', %listed, from => 'noname@remote.test', to => ['ann@isp.test'],
	ask => ['from=noname@remote.test'], truth => 'nowhere',
	say => { 'ann@isp.test' => 'rejected blocked mx1 -' },
}, {
	name => 'postscreen lets it pass',
	via => 'screen', %stranger, from => 'scr@remote.test', to => ['ann@isp.test'],
	truth => 'store/ann', say => { 'ann@isp.test' => $box },
}, {
	name => 'postscreen, talks first',
	via => 'screen', %stranger, pregreet => 1, from => 'early@remote.test',
	to => ['ann@isp.test'], ask => ['from=early@remote.test'],
	truth => 'nowhere', say => { 'ann@isp.test' => 'rejected protocol mx1 -' },
}, (map { my ($to, $say, $truth, $say2) = @$_; {
	name => "to $to",
	from => 'ann@isp.test', to => [$to],
	truth => $truth, say => { $to => "$say mx1 mx1" },
	$say2 ? (truth2 => 'notice store/ann',
		say2 => { $to => "$say2 mx1 mx1" }) : (),
} } ['x@nullmx.test', 'bounced dns', 'notice store/ann'],
	['x@nxdomain.test', 'bounced dns', 'notice store/ann'],
	['x@noaddr.test', 'bounced dns', 'notice store/ann'],
	['x@onlytxt.test', 'bounced dns', 'notice store/ann'],
	['x@loopmx.test', 'bounced network', 'notice store/ann'],
	['x@deadmx.test', 'deferred network', 'queue mx1 deferred', 'expired network'],
	['x@refused.example', 'deferred dns', 'queue mx1 deferred', 'expired dns'],
	['thanks@twomx.test', 'left -', 'other/thanks'],
	['thanks@farmx.test', 'left -', 'other/thanks'],
	['thanks@aonly.test', 'left -', 'other/thanks'],
),
]

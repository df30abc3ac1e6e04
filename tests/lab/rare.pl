# rare.pl: scenarios.pl, continued: what is met once in a while.

my $mx1 = 'mx1.isp.test';
my $box = 'box.isp.test';
my $large = "0123456789012345678901234567890123456789\r\n" x 2000;

[
{
	name => 'too large, told before',
	from => 'big1@remote.test', to => ['ann@isp.test'], size => 90000,
	ask => ['from=big1@remote.test'],
	truth => 'nowhere',
	say => { '?' => 'rejected size mx1 -' },
}, {
	name => 'too large, found out at the end',
	from => 'big2@remote.test', to => ['ann@isp.test'], body => $large,
	ask => ['from=big2@remote.test'],
	truth => 'nowhere',
	say => { 'ann@isp.test' => 'rejected size mx1 mx1' },
}, {
	name => 'Exim: too large, found out at the end',
	via => 'box',
	from => 'big3@remote.test', to => ['ann@isp.test'], body => $large,
	ask => ['from=big3@remote.test'],
	truth => 'nowhere',
	say => { 'ann@isp.test' => 'rejected size box box' },
}, {
	name => 'refused at the end of data',
	from => 'late.word@remote.test', to => ['ann@isp.test'],
	truth => 'nowhere',
	say => { 'ann@isp.test' => 'rejected * mx1 mx1' },
}, {
	name => 'deferred at the end of data',
	from => 'later.word@remote.test', to => ['ann@isp.test'],
	truth => 'nowhere',
	say => { 'ann@isp.test' => 'rejected * mx1 mx1' },
}, {
	name => 'by sendmail(1)',
	by => 'sendmail', from => 'ann@isp.test', to => ['bob@isp.test'],
	truth => 'store/bob',
	say => { 'bob@isp.test' => 'delivered - store mx1>box>store' },
}, {
	name => 'by sendmail(1), refused for a header',
	by => 'sendmail', from => 'ann@isp.test', to => ['bob@isp.test'],
	headers => ['X-Reject: yes'],
	truth => 'notice store/ann',
	say => { 'bob@isp.test' => 'bounced * mx1 mx1' },
}, {
	name => 'to root by an alias',
	by => 'sendmail', from => 'ann@isp.test', to => ['root@isp.test'],
	truth => 'store/ann',
	say => { 'ann@isp.test' => 'delivered - store mx1>mx1>box>store' },
}, {
	name => 'a catchall',
	to => ['anything@catchall.test'],
	truth => 'store/carol',
	say => { 'carol@isp.test' => 'delivered - store mx1>box>store' },
}, {
	name => 'virtual(8): a mailbox',
	to => ['in@boxes.test'],
	truth => 'boxes/in',
	say => { 'in@boxes.test' => 'delivered - mx1 mx1' },
}, {
	name => 'virtual(8): a file',
	to => ['filed@boxes.test'],
	truth => 'boxes/filed.mbox',
	say => { 'filed@boxes.test' => 'delivered - mx1 mx1' },
}, {
	name => 'virtual(8): nobody',
	from => 'bob@isp.test', to => ['nobody@boxes.test'],
	truth => 'notice store/bob',
	say => { 'nobody@boxes.test' => 'bounced recipient mx1 mx1' },
}, {
	name => 'a relay to fall back on',
	from => 'bob@isp.test', to => ['thanks@fallback.test'],
	truth => 'other/thanks',
	say => { 'thanks@fallback.test' => 'left - out mx1>out' },
}, {
	name => 'LMTP of Postfix',
	to => ['bob@isp.test'], headers => ['X-Lmtp: yes'],
	truth => 'store/bob',
	say => { 'bob@isp.test' => 'delivered - store mx1>store' },
}, {
	name => 'LMTP of Postfix: three answers',
	from => 'ann@isp.test',
	to => ['bob@isp.test', 'nobody@isp.test',
		'strict@isp.test', 'full@isp.test',
		'tempq@isp.test'],
	headers => ['X-Lmtp: yes'],
	body => "0123456789012345678901234567890123456789\r\n" x 100,
	truth => 'notice store/ann, queue mx1 deferred, store/bob',
	say => { 'bob@isp.test' => 'delivered - store mx1>store',
		'nobody@isp.test' => 'bounced recipient mx1 mx1',
		'strict@isp.test' => 'bounced recipient store mx1>store',
		'full@isp.test' => 'bounced quota mx1 mx1',
		'tempq@isp.test' => 'deferred quota mx1 mx1' },
}, {
	name => 'LMTP of Postfix: nobody listens',
	to => ['bob@lmtpdown.test'],
	truth => 'queue mx1 deferred',
	say => { 'bob@lmtpdown.test' => 'deferred network mx1 mx1' },
}, {
	name => 'sieve: told, and made a folder',
	to => ['told@isp.test'],
	truth => 'store/told/.Made',
	say => { 'told@isp.test' => 'delivered - store mx1>box>store' },
}, {
	name => 'sieve: cannot be compiled',
	to => ['broken@isp.test'],
	truth => 'store/broken',
	say => { 'broken@isp.test' => 'delivered - store mx1>box>store' },
}, {
	name => 'sieve: a folder that cannot be',
	to => ['nobox@isp.test'],
	truth => 'store/nobox',
	say => { 'nobox@isp.test' => 'delivered - store mx1>box>store' },
}, {
	name => 'sieve: sent on to two',
	to => ['twoways@isp.test'],
	truth => 'other/thanks, remote/friend',
	say => { 'thanks@other.test' => 'left - mx1 mx1>box>store>mx1',
		'friend@remote.test' => 'left - mx1 mx1>box>store>mx1' },
}, {
	name => 'the same mail twice',
	to => ['bob@isp.test'], times => 2,
	truth => 'store/bob',
	say => { 'bob@isp.test' => 'delivered - store mx1>box>store' },
}, {
	name => 'one address twice, and by an alias',
	to => ['ann@isp.test', 'ann@isp.test', 'team@isp.test'],
	truth => 'store/ann, store/bob',
	say => { 'ann@isp.test' => 'delivered - store mx1>box>store',
		'bob@isp.test' => 'delivered - store mx1>box>store' },
}, {
	name => 'without a Message-ID',
	from => 'noid@remote.test', to => ['bob@isp.test'], id => '',
	ask => ['from=noid@remote.test'],
	truth => 'store/bob',
	say => { 'bob@isp.test' => 'delivered - store mx1>box>store' },
}, {
	name => 'by Exim, without a Message-ID, away',
	via => 'box', source => '10.77.1.99', id => '',
	from => 'noid@isp.test', to => ['friend@remote.test'],
	ask => ['from=noid@isp.test'],
	truth => 'remote/friend',
	say => { 'friend@remote.test' => 'left - mx1 box>mx1' },
}, {
	name => 'Exim: listed',
	via => 'box', from => 'r1@remote.test', to => ['rbl@isp.test'],
	ask => ['from=r1@remote.test'],
	truth => 'nowhere',
	say => { 'rbl@isp.test' => 'rejected blocked box -' },
}, {
	name => 'Exim: dropped',
	via => 'box', from => 'r2@remote.test', to => ['drop@isp.test'],
	ask => ['from=r2@remote.test'],
	truth => 'nowhere',
	say => { 'drop@isp.test' => 'rejected * box -' },
}, {
	name => 'Exim: an alias that leads to itself',
	via => 'box', from => 'bob@isp.test', to => ['self2@isp.test'],
	truth => 'notice store/bob, store/ann',
	say => { 'ann@isp.test' => 'delivered - store box>store',
		'self2@isp.test' => 'bounced recipient box box' },
}, {
	name => 'Exim: /dev/null',
	via => 'box', from => 'bob@isp.test', to => ['nul@isp.test'],
	truth => 'nowhere',
	say => { 'nul@isp.test' => 'discarded - box box' },
}, {
	name => 'Exim: by the command line',
	by => 'exim', from => 'ann@isp.test', to => ['bob@isp.test'],
	truth => 'store/bob',
	say => { 'bob@isp.test' => 'delivered - store box>store' },
}, {
	name => 'Exim: another recipient by hand',
	via => 'box', from => 'bob@isp.test', to => ['v@dead.test'],
	source => '10.77.1.99',
	before => 'queue box',
	admin => sub {
		my ($m, $on, $root) = @_;
		my $q = box_qid($m, $root);
		$on->($box, 'exim4', '-Mar', $q, 'ann@isp.test');
		$on->($box, 'exim4', '-Mmd', $q, 'v@dead.test');
		$on->($box, 'exim4', '-M', $q);
	},
	truth => 'store/ann',
	say => { 'ann@isp.test' => 'delivered - store box>store',
		'v@dead.test' => 'deleted network box box' },
}, {
	name => 'Exim: another sender by hand',
	via => 'box', from => 'bob@isp.test', to => ['t@dead.test'],
	source => '10.77.1.99',
	before => 'queue box',
	admin => sub {
		my ($m, $on, $root) = @_;
		my $q = box_qid($m, $root);
		$on->($box, 'exim4', '-Mes', $q, 'ann@isp.test');
		$on->($box, 'exim4', '-Mg', $q);
	},
	truth => 'notice store/ann',
	say => { 't@dead.test' => 'bounced network box box' },
}, {
	name => 'all of a queue deleted',
	from => 'ann@isp.test', to => ['busy@remote.test', 'x@dead.test'],
	before => 'queue mx1 deferred',
	admin => sub {
		my ($m, $on, $root) = @_;
		$on->($mx1, 'postsuper', '-c', '/etc/postfix-mx1', '-d',
			mx1_qid($m, $root));
	},
	truth => 'nowhere',
	say => { 'busy@remote.test' => 'deleted rate mx1 mx1',
		'x@dead.test' => 'deleted network mx1 mx1' },
},
# ---- Exim's filters
map({ my ($do, $truth, $say, @more) = @$_; {
	name => "Exim's filter: $do",
	via => 'box', from => 'bob@isp.test', to => ['ann@isp.test'],
	headers => ["X-Sys: $do"],
	truth => $truth, say => { 'ann@isp.test' => $say, @more },
	# its log does not name those to whom nothing is delivered
	$truth =~ /ann/ ? () : (plain => { '?' => $say }),
} } ['fail', 'notice store/bob', 'bounced * box box'],
	['freeze', 'queue box', 'held - box box'],
	['swallow', 'nowhere', 'discarded - box box'],
	['besides', 'store/ann, store/carol', 'delivered - store box>store',
		'carol@isp.test' => 'delivered - store box>store'],
	['archive', 'kept.too, store/ann', 'delivered - store box>store',
		'system-filter' => 'delivered - box box']),
{
	name => "Exim's filter: instead",
	via => 'box', from => 'bob@isp.test', to => ['ann@isp.test'],
	headers => ['X-Sys: instead'],
	truth => 'store/carol',
	say => { 'carol@isp.test' => 'delivered - store box>store' },
}, {
	name => '.forward: black hole',
	via => 'box', from => 'bob@isp.test', to => ['owner1@isp.test'],
	truth => 'nowhere',
	say => { 'owner1@isp.test' => 'discarded - box box' },
}, {
	name => '.forward: a filter that swallows',
	via => 'box', from => 'bob@isp.test', to => ['owner2@isp.test'],
	truth => 'nowhere',
	say => { 'owner2@isp.test' => 'discarded - box box' },
	plain => { '?' => 'discarded - box box' },
}, {
	name => '.forward: here and there',
	via => 'box', from => 'bob@isp.test', to => ['owner3@isp.test'],
	truth => 'other/thanks, store/owner3',
	say => { 'owner3@isp.test' => 'delivered - store box>store',
		'thanks@other.test' => 'left - box box' },
}, {
	name => '.forward: a filter that fails it',
	via => 'box', from => 'bob@isp.test', to => ['owner4@isp.test'],
	truth => 'notice store/bob',
	say => { 'owner4@isp.test' => 'bounced * box box' },
},
]

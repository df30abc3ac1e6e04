# more.pl: scenarios.pl, continued: what servers do less often.

my $mx1 = 'mx1.isp.test';
my $box = 'box.isp.test';
my @PC = ('-c', '/etc/postfix-mx1');
my $flush = sub {
	my ($m, $on) = @_;
	$on->($mx1, 'postqueue', @PC, '-f');
};

[
# ---- the remote's answer in other words
map({ my ($to, $state) = @$_; {
	name => "remote: $to",
	from => 'bob@isp.test', to => ["$to\@other.test"],
	truth => $state eq 'left -' ? "other/$to" : 'notice store/bob',
	say => { "$to\@other.test" => "$state mx1 mx1" },
} } ['thanks', 'left -'], ['bare', 'left -'], ['silent', 'left -'],
	['lines', 'left -'], ['numbers', 'left -'], ['gsmtp', 'left -'],
	['forwarded', 'left -'],
	['unknown', 'bounced recipient'], ['inactive', 'bounced recipient'],
	['moved', 'bounced recipient'], ['spam', 'bounced content'],
	['large', 'bounced size']),
map({ my ($to, $state) = @$_; {
	name => "remote: $to",
	from => 'bob@isp.test', to => ["$to\@other.test"],
	truth => 'queue mx1 deferred',
	say => { "$to\@other.test" => "$state mx1 mx1" },
	truth2 => 'notice store/bob',
	say2 => { "$to\@other.test" => 'expired' . ($state =~ s/^\w+//r) .
	    ' mx1 mx1' },
} } ['brimful', 'deferred quota'], ['wait', 'deferred *'],
	['rude', 'deferred *'], ['melater', 'deferred *'],
	['drop', 'deferred *']),
{
	name => 'remote: at the second attempt',
	from => 'bob@isp.test', to => ['first@other.test'],
	before => 'queue mx1 deferred',
	admin => $flush,
	truth => 'other/first',
	say => { 'first@other.test' => 'left - mx1 mx1' },
}, {
	name => 'remote: four at once',
	from => 'carol@isp.test',
	to => ['bare@other.test', 'unknown@other.test', 'brimful@other.test',
		'moved@other.test'],
	truth => 'notice store/carol, other/bare, queue mx1 deferred',
	say => { 'bare@other.test' => 'left - mx1 mx1',
		'unknown@other.test' => 'bounced recipient mx1 mx1',
		'brimful@other.test' => 'deferred quota mx1 mx1',
		'moved@other.test' => 'bounced recipient mx1 mx1' },
}, {
	name => 'larger than the remote announces',
	from => 'bob@isp.test', to => ['bare@small.test'],
	body => "0123456789012345678901234567890123456789\r\n" x 100,
	truth => 'notice store/bob',
	say => { 'bare@small.test' => 'bounced size mx1 mx1' },
}, {
	name => 'the first server is busy, the second takes it',
	from => 'bob@isp.test', to => ['friend@failover.test'],
	truth => 'notice store/bob',
	say => { 'friend@failover.test' => 'bounced * mx1 mx1' },
}, {
	name => 'greeted with 421',
	from => 'bob@isp.test', to => ['x@grumpy.test'],
	truth => 'queue mx1 deferred',
	say => { 'x@grumpy.test' => 'deferred * mx1 mx1' },
}, {
	name => 'greeted with 554',
	from => 'bob@isp.test', to => ['x@banned.test'],
	truth => 'queue mx1 deferred',
	say => { 'x@banned.test' => 'deferred blocked mx1 mx1' },
}, {
	name => 'no TLS there',
	from => 'bob@isp.test', to => ['bare@musttls.test'],
	truth => 'queue mx1 deferred',
	say => { 'bare@musttls.test' => 'deferred tls mx1 mx1' },
}, {
	name => 'soft bounce',
	from => 'bob@isp.test', to => ['unknown@soft.test'],
	truth => 'queue mx1 deferred',
	say => { 'unknown@soft.test' => 'deferred recipient mx1 mx1' },
}, {
	name => 'no such host',
	from => 'bob@isp.test', to => ['x@nohost.test'],
	truth => 'notice store/bob',
	say => { 'x@nohost.test' => 'bounced dns mx1 mx1' },
}, {
	name => 'a domain that is closed',
	from => 'bob@isp.test', to => ['x@neverever.test'],
	ask => ['to=x@neverever.test'],
	truth => 'nowhere',
	say => { 'x@neverever.test' => 'rejected * mx1 -' },
}, {
	name => 'a domain that waits',
	from => 'ann@isp.test', to => ['x@later.test'],
	ask => ['to=x@later.test'],
	truth => 'nowhere',
	say => { 'x@later.test' => 'rejected * mx1 -' },
}, {
	name => 'back to itself',
	from => 'bob@isp.test', to => ['x@self.test'],
	truth => 'notice store/bob',
	say => { 'x@self.test' => 'bounced network mx1 mx1' },
}, {
	name => 'round and round',
	from => 'bob@isp.test', to => ['x@loop.test'],
	truth => 'notice store/bob',
	say => { 'x@loop.test' =>
		'bounced network mx1 mx1>out>mx1>out>mx1>out>mx1' },
}, {
	name => 'an alias that leads to itself',
	from => 'bob@isp.test', to => ['ring@isp.test'],
	truth => 'notice store/bob',
	say => { 'ring@mx1.isp.test' => 'bounced network mx1 mx1>mx1' },
},
# ---- on by another host of ours
{
	name => 'by way of out',
	from => 'bob@isp.test', to => ['thanks@viaout.test'],
	truth => 'other/thanks',
	say => { 'thanks@viaout.test' => 'left - out mx1>out' },
}, {
	name => 'by way of out, refused there',
	from => 'bob@isp.test', to => ['unknown@viaout.test'],
	truth => 'notice store/bob',
	say => { 'unknown@viaout.test' => 'bounced recipient out mx1>out' },
}, {
	name => 'by way of out, deferred there, with a warning',
	from => 'bob@isp.test', to => ['brimful@viaout.test'],
	truth => 'notice store/bob, queue out deferred',
	say => { 'brimful@viaout.test' => 'deferred quota out mx1>out' },
}, {
	name => 'a relay of the sender',
	from => 'branch@isp.test', to => ['bare@anywhere.test'],
	truth => 'other/bare',
	say => { 'bare@anywhere.test' => 'left - out mx1>out' },
}, {
	name => 'success is to be told, ours',
	from => 'bob@isp.test', to => ['ann@isp.test'], notify => 'SUCCESS',
	truth => 'notice store/bob, store/ann',
	say => { 'ann@isp.test' => 'delivered - store mx1>box>store' },
}, {
	name => 'success is to be told, remote',
	from => 'bob@isp.test', to => ['thanks@other.test'],
	notify => 'SUCCESS',
	truth => 'notice store/bob, other/thanks',
	say => { 'thanks@other.test' => 'left - mx1 mx1' },
}, {
	name => 'nothing is to be told',
	from => 'bob@isp.test', to => ['unknown@other.test'],
	notify => 'NEVER',
	truth => 'nowhere',
	say => { 'unknown@other.test' => 'bounced recipient mx1 mx1' },
}, {
	name => 'a double bounce to the postmaster',
	from => 'unknown@remote.test', source => '10.77.1.99', via => 'out',
	to => ['unknown@viaout.test'],
	truth => 'notice store/carol',
	say => { 'unknown@viaout.test' => 'bounced recipient out out' },
},
# ---- copies and other ways inside
{
	name => 'a copy for the recipient',
	to => ['watched@isp.test'],
	truth => 'notice remote/friend, store/carol',
	say => { 'watched@isp.test' => 'bounced recipient mx1 mx1',
		'carol@isp.test' => 'delivered - store mx1>box>store' },
}, {
	name => 'a copy for the sender',
	from => 'watch.me@isp.test', to => ['ann@isp.test'],
	truth => 'store/ann, store/bob',
	say => { 'ann@isp.test' => 'delivered - store mx1>box>store',
		'bob@isp.test' => 'delivered - store mx1>box>store' },
}, {
	name => 'several targets on several hosts',
	to => ['far2@isp.test'],
	truth => 'other/remote.friend, other/thanks, store/ann',
	say => { 'remote.friend@viaout.test' => 'left - out mx1>out',
		'thanks@other.test' => 'left - mx1 mx1',
		'ann@isp.test' => 'delivered - store mx1>box>store' },
}, {
	name => 'aliases of aliases',
	to => ['deep@isp.test'],
	truth => 'remote/away, store/ann, store/bob',
	say => { 'ann@isp.test' => 'delivered - store mx1>box>store',
		'bob@isp.test' => 'delivered - store mx1>box>store',
		'away@remote.test' => 'left - mx1 mx1' },
}, {
	name => 'expanded by local(8)',
	to => ['crew@isp.test'],
	truth => 'remote/friend, store/ann',
	say => { 'ann@isp.test' => 'delivered - store mx1>mx1>box>store',
		'friend@remote.test' => 'left - mx1 mx1>mx1' },
}, {
	name => 'a list of local(8)',
	from => 'bob@isp.test', to => ['news@mx1.isp.test'],
	truth => 'notice store/carol, other/thanks, store/ann',
	say => { 'ann@isp.test' => 'delivered - store mx1>mx1>box>store',
		'nobody@isp.test' => 'bounced recipient mx1 mx1>mx1',
		'thanks@other.test' => 'left - mx1 mx1>mx1' },
}, {
	name => 'local(8) forwards to afar',
	to => ['onward@mx1.isp.test'],
	truth => 'other/remote.friend',
	say => { 'remote.friend@viaout.test' => 'left - out mx1>mx1>out' },
}, {
	name => 'local(8): /dev/null',
	to => ['null@mx1.isp.test'],
	truth => 'nowhere',
	say => { 'null@mx1.isp.test' => 'discarded - mx1 mx1' },
}, {
	name => 'local(8): a command',
	to => ['cmd@mx1.isp.test'],
	truth => 'nowhere',
	say => { 'cmd@mx1.isp.test' => 'delivered - mx1 mx1' },
}, {
	name => 'local(8): a command that fails',
	from => 'bob@isp.test', to => ['cmdfail@mx1.isp.test'],
	truth => 'notice store/bob',
	say => { 'cmdfail@mx1.isp.test' => 'bounced server mx1 mx1' },
}, {
	name => 'local(8): a command that waits',
	from => 'bob@isp.test', to => ['cmdtemp@mx1.isp.test'],
	truth => 'queue mx1 deferred',
	say => { 'cmdtemp@mx1.isp.test' => 'deferred server mx1 mx1' },
}, {
	name => 'local(8): a file',
	to => ['filed@mx1.isp.test'],
	truth => 'filed',
	say => { 'filed@mx1.isp.test' => 'delivered - mx1 mx1' },
}, {
	name => 'deleted when held',
	from => 'ann@isp.test', to => ['friend@remote.test'],
	headers => ['X-Hold: yes'],
	before => 'queue mx1 hold',
	admin => sub {
		my ($m, $on, $root) = @_;
		$on->($mx1, 'postsuper', @PC, '-d', mx1_qid($m, $root));
	},
	truth => 'nowhere',
	say => { 'friend@remote.test' => 'deleted - mx1 mx1' },
}, {
	name => 'queued anew',
	from => 'ann@isp.test', to => ['friend@remote.test'],
	headers => ['X-Hold: yes'],
	before => 'queue mx1 hold',
	admin => sub {
		my ($m, $on, $root) = @_;
		my $q = mx1_qid($m, $root);
		$on->($mx1, 'postsuper', @PC, '-r', $q);
		$on->($mx1, 'postkick', @PC, 'public', 'pickup', 'W');
	},
	truth => 'queue mx1 hold',
	say => { 'friend@remote.test' => 'held - mx1 mx1>mx1' },
},
# ---- access maps, header checks, milter, proxy, policy
map({ my ($do, $truth, $say) = @$_; {
	name => "access map: $do",
	to => ["acc$do\@isp.test"],
	truth => $truth,
	say => { ($do eq 'redirect' ? 'carol@isp.test' : "acc$do\@isp.test")
	    => $say },
	$do =~ /^(defer|discard)$/ ? (from => "acc.$do\@remote.test",
	    ask => ["from=acc.$do\@remote.test"]) : (),
} } ['hold', 'queue mx1 hold', 'held - mx1 mx1'],
	['discard', 'nowhere', 'discarded - mx1 mx1'],
	['redirect', 'store/carol', 'delivered - store mx1>box>store'],
	['defer', 'nowhere', 'rejected * mx1 -'],
	['filter', 'notice remote/friend',
		'bounced recipient mx1 mx1>mx1']),
{
	name => 'header: sent to another',
	to => ['ann@isp.test'], headers => ['X-Redirect: yes'],
	truth => 'store/bob',
	say => { 'bob@isp.test' => 'delivered - store mx1>box>store' },
}, {
	name => 'header: a copy for a third',
	to => ['ann@isp.test'], headers => ['X-Bcc: yes'],
	truth => 'store/ann, store/carol',
	say => { 'ann@isp.test' => 'delivered - store mx1>box>store',
		'carol@isp.test' => 'delivered - store mx1>box>store' },
}, {
	name => 'header: only marked',
	to => ['ann@isp.test'],
	headers => ['X-Prepend: yes', 'X-Warn: yes', 'X-Strip: yes'],
	truth => 'store/ann',
	say => { 'ann@isp.test' => 'delivered - store mx1>box>store' },
}, {
	name => 'a filter by pipe',
	to => ['ann@isp.test'], headers => ['X-Pipe: good'],
	truth => 'store/ann',
	say => { 'ann@isp.test' => 'delivered - store mx1>mx1>box>store' },
}, {
	name => 'a filter by pipe, for two',
	to => ['ann@isp.test', 'friend@remote.test'],
	headers => ['X-Pipe: good'],
	truth => 'remote/friend, store/ann',
	say => { 'ann@isp.test' => 'delivered - store mx1>mx1>box>store',
		'friend@remote.test' => 'left - mx1 mx1>mx1' },
}, {
	name => 'a filter by pipe refuses',
	from => 'bob@isp.test', to => ['ann@isp.test'],
	headers => ['X-Pipe: bad'],
	truth => 'notice store/bob',
	say => { 'ann@isp.test' => 'bounced * mx1 mx1' },
}, {
	name => 'a filter by pipe waits',
	to => ['ann@isp.test'], headers => ['X-Pipe: later'],
	truth => 'queue mx1 deferred',
	say => { 'ann@isp.test' => 'deferred * mx1 mx1' },
}, {
	name => 'proxy: taken',
	via => 'proxy', to => ['ann@isp.test'],
	truth => 'store/ann',
	say => { 'ann@isp.test' => 'delivered - store mx1>box>store' },
}, {
	name => 'proxy: refused',
	via => 'proxy', from => 'p1@remote.test', to => ['ann@isp.test'],
	ask => ['from=p1@remote.test'], headers => ['X-Proxy: virus'],
	truth => 'nowhere',
	say => { 'ann@isp.test' => 'rejected content mx1 -' },
}, {
	name => 'proxy: refused for now',
	via => 'proxy', from => 'p2@remote.test', to => ['ann@isp.test'],
	ask => ['from=p2@remote.test'], headers => ['X-Proxy: tired'],
	truth => 'nowhere',
	say => { 'ann@isp.test' => 'rejected * mx1 -' },
},
map({ my ($do, $truth, $say, @swap) = @$_; {
	name => "milter: $do",
	via => 'milter', from => "m.$do\@remote.test", to => ['ann@isp.test'],
	headers => ["X-Milter: $do"], ask => ["from=m.$do\@remote.test"],
	truth => $truth, say => { 'ann@isp.test' => $say, @swap },
} } ['reject', 'nowhere', 'rejected content mx1 mx1'],
	['plain', 'nowhere', 'rejected * mx1 mx1'],
	['tired', 'nowhere', 'rejected * mx1 mx1'],
	['discard', 'nowhere', 'discarded - mx1 mx1'],
	['quarantine', 'queue mx1 hold', 'held - mx1 mx1'],
	['add', 'store/ann, store/carol', 'delivered - store mx1>box>store',
		'carol@isp.test' => 'delivered - store mx1>box>store']),
{
	name => 'milter: another recipient',
	via => 'milter', to => ['ann@isp.test'], headers => ['X-Milter: swap'],
	truth => 'store/carol',
	say => { 'carol@isp.test' => 'delivered - store mx1>box>store' },
}, {
	name => 'milter: one of two not',
	via => 'milter', to => ['milter.no@isp.test', 'ann@isp.test'],
	truth => 'store/ann',
	say => { 'milter.no@isp.test' => 'rejected * mx1 mx1',
		'ann@isp.test' => 'delivered - store mx1>box>store' },
}, {
	name => 'policy: greylisted, then taken',
	via => 'grey', to => ['carol@isp.test'], times => 2,
	truth => 'store/carol',
	say => { 'carol@isp.test' => 'delivered - store mx1>box>store' },
	also => sub {
		my ($r) = @{ $_[0][0]{recipients} };
		return $r->{earlier_refusals} ? () : 'no earlier refusal told';
	},
}, {
	name => 'policy: greylisted, never back',
	via => 'grey', from => 'g1@remote.test', to => ['unlucky@isp.test'],
	ask => ['from=g1@remote.test'],
	truth => 'nowhere',
	say => { 'unlucky@isp.test' => 'rejected * mx1 -' },
}, {
	name => 'policy: refused',
	via => 'grey', from => 'g2@remote.test', to => ['policy.no@isp.test'],
	ask => ['from=g2@remote.test'],
	truth => 'nowhere',
	say => { 'policy.no@isp.test' => 'rejected * mx1 -' },
}, {
	name => 'verified, and taken',
	via => 'verify', to => ['friend@remote.test'],
	truth => 'remote/friend',
	say => { 'friend@remote.test' => 'left - mx1 mx1' },
}, {
	name => 'verified, and refused',
	via => 'verify', from => 'v1@remote.test', to => ['unknown@other.test'],
	ask => ['from=v1@remote.test'],
	truth => 'nowhere',
	say => { 'unknown@other.test' => 'rejected recipient mx1 -' },
},
# ---- Dovecot
{
	name => 'sieve: a copy far away',
	to => ['copyfar@isp.test'],
	truth => 'other/thanks, store/copyfar',
	say => { 'copyfar@isp.test' => 'delivered - store mx1>box>store',
		'thanks@other.test' => 'left - mx1 mx1>box>store>mx1' },
}, {
	name => 'sieve: two folders',
	to => ['lists2@isp.test'],
	truth => 'store/lists2/.Archive, store/lists2/.Lists',
	say => { 'lists2@isp.test' => 'delivered - store mx1>box>store' },
}, {
	name => 'sieve: to itself',
	to => ['loopy@isp.test'],
	truth => 'store/loopy',
	say => { 'loopy@isp.test' =>
		'delivered - store mx1>box>store>mx1>box>store' },
}, {
	name => 'over quota, for now',
	from => 'ann@isp.test', to => ['tempq@isp.test'],
	body => "0123456789012345678901234567890123456789\r\n" x 100,
	truth => 'queue box',
	say => { 'tempq@isp.test' => 'deferred quota box mx1>box' },
}, {
	name => 'LMTP: each another answer',
	via => 'box', from => 'ann@isp.test', source => '10.77.1.99',
	to => ['bob@isp.test', 'full@isp.test', 'tempq@isp.test',
		'late@isp.test', 'strict@isp.test'],
	body => "0123456789012345678901234567890123456789\r\n" x 100,
	truth => 'notice store/ann, queue box, store/bob',
	say => { 'bob@isp.test' => 'delivered - store box>store',
		'full@isp.test' => 'bounced quota box box',
		'tempq@isp.test' => 'deferred quota box box',
		'late@isp.test' => 'bounced recipient box box',
		'strict@isp.test' => 'bounced recipient store box>store' },
}, {
	name => 'dovecot-lda',
	to => ['ann@lda.test'],
	truth => 'store/ann',
	say => { 'ann@lda.test' => 'delivered - mx1 mx1>mx1' },
	plain => { 'ann@isp.test' => 'delivered - mx1 mx1>mx1' },
}, {
	name => 'dovecot-lda: drop it',
	to => ['ldadrop@lda.test'],
	truth => 'nowhere',
	say => { 'ldadrop@lda.test' => 'discarded - mx1 mx1>mx1' },
	plain => { 'ldadrop@isp.test' => 'discarded - mx1 mx1>mx1' },
}, {
	name => 'dovecot-lda: send on',
	to => ['ldadrop@lda.test'],
	truth => 'other/thanks',
	say => { 'thanks@other.test' => 'left - mx1 mx1>mx1>mx1' },
},
# ---- Exim
{
	name => 'Exim: a list of a file',
	via => 'box', to => ['group@isp.test'],
	truth => 'other/thanks, store/ann, store/bob',
	say => { 'ann@isp.test' => 'delivered - store box>store',
		'bob@isp.test' => 'delivered - store box>store',
		'thanks@other.test' => 'left - box box' },
}, {
	name => 'Exim: a list of lists',
	via => 'box', to => ['nested@isp.test'],
	truth => 'other/thanks, remote/friend, store/ann, store/bob, store/carol',
	say => { 'ann@isp.test' => 'delivered - store box>store',
		'bob@isp.test' => 'delivered - store box>store',
		'carol@isp.test' => 'delivered - store box>store',
		'friend@remote.test' => 'left - mx1 box>mx1',
		'thanks@other.test' => 'left - box box' },
}, {
	name => 'Exim: a list with two that fail',
	via => 'box', from => 'bob@isp.test', to => ['mixed@isp.test'],
	truth => 'notice store/bob, store/ann',
	say => { 'ann@isp.test' => 'delivered - store box>store',
		'nobody.there@isp.test' => 'bounced recipient box box',
		'unknown@other.test' => 'bounced recipient box box' },
}, {
	name => 'Exim: one delivered, one waits',
	via => 'box', from => 'bob@isp.test', to => ['dead1@isp.test'],
	truth => 'queue box, store/ann',
	say => { 'ann@isp.test' => 'delivered - store box>store',
		'x@dead.test' => 'deferred network box box' },
}, {
	name => 'Exim: a pipe that waits',
	via => 'box', from => 'bob@isp.test', to => ['tool2@isp.test'],
	truth => 'queue box',
	say => { 'tool2@isp.test' => 'deferred * box box' },
}, {
	name => 'Exim: thrown away by an ACL',
	via => 'box', from => 'd1@remote.test', to => ['dump@isp.test'],
	ask => ['to=dump@isp.test'],
	truth => 'nowhere',
	say => { 'dump@isp.test' => 'discarded - box -' },
}, {
	name => 'Exim: swallow it',
	via => 'box', from => 'd2@remote.test', to => ['ann@isp.test'],
	ask => ['from=d2@remote.test'],
	truth => 'nowhere',
	say => { 'ann@isp.test' => 'discarded - box box' },
	plain => { '?' => 'discarded - box box' }, # its log names nobody
}, {
	name => 'Exim: the scanner waits',
	via => 'box', from => 'd3@remote.test', to => ['ann@isp.test'],
	ask => ['from=d3@remote.test'],
	truth => 'nowhere',
	say => { 'ann@isp.test' => 'rejected * box box' },
}, {
	name => 'Exim: fakereject',
	via => 'box', to => ['ann@isp.test'],
	truth => 'store/ann',
	say => { 'ann@isp.test' => 'delivered - store box>store' },
}, {
	name => 'Exim: frozen by an ACL',
	via => 'box', to => ['ann@isp.test', 'stop@isp.test'],
	truth => 'queue box',
	say => { 'stop@isp.test' => 'held - box box',
		'ann@isp.test' => 'held - box box' },
	plain => { '?' => 'held - box box' },
}, {
	name => 'Exim: frozen and thawed',
	via => 'box', from => 'bob@isp.test', to => ['u@dead.test'],
	source => '10.77.1.99',
	before => 'queue box',
	admin => sub {
		my ($m, $on, $root) = @_;
		my $q = box_qid($m, $root);
		$on->($box, 'exim4', '-Mf', $q);
		$on->($box, 'exim4', '-Mt', $q);
	},
	truth => 'queue box',
	say => { 'u@dead.test' => 'deferred network box box' },
}, {
	name => 'Exim: handed on while it was received',
	via => 'box', source => '10.77.1.99', from => 'ann@isp.test',
	to => ['cut@remote.test'],
	truth => 'notice store/ann',
	say => { 'cut@remote.test' => 'bounced recipient mx1 box>mx1' },
}, {
	name => 'Exim: the second host takes it',
	via => 'box', source => '10.77.1.99', from => 'ann@isp.test',
	to => ['friend@failover.test'],
	truth => 'notice store/ann',
	say => { 'friend@failover.test' => 'bounced * mx1 box>mx1' },
}, {
	name => 'Exim: patience at its end',
	via => 'box', source => '10.77.1.99', from => 'ann@isp.test',
	to => ['x@giveup.test'],
	before => 'queue box',
	admin => sub {
		my ($m, $on, $root) = @_;
		sleep 3;
		$on->($box, 'exim4', '-qf');
	},
	truth => 'notice store/ann',
	say => { 'x@giveup.test' => 'expired network box box' },
}, {
	name => 'Exim: back to itself',
	via => 'box', source => '10.77.1.99', from => 'ann@isp.test',
	to => ['x@self.test'],
	truth => 'queue box',
	say => { 'x@self.test' => 'held - box box' },
}, {
	name => 'Exim: round and round',
	via => 'box', source => '10.77.1.99', from => 'ann@isp.test',
	to => ['x@loop.test'],
	truth => 'notice store/ann',
	say => { 'x@loop.test' => 'bounced network box box>box>box>box>box>box>box>box>box' },
}, {
	name => 'Exim: on holiday',
	via => 'box', from => 'bob@isp.test', to => ['carol@isp.test'],
	truth => 'store/carol',
	say => { 'carol@isp.test' => 'delivered - store box>store' },
}, {
	name => 'Exim: copied',
	via => 'box', to => ['bob@isp.test'],
	truth => 'other/thanks, store/bob, store/carol',
	say => { 'bob@isp.test' => 'delivered - store box>store',
		'carol@isp.test' => 'delivered - store box>store',
		'thanks@other.test' => 'left - box box' },
}, {
	name => 'Exim: a full file',
	via => 'box', from => 'bob@isp.test', to => ['tight@isp.test'],
	body => "0123456789012345678901234567890123456789\r\n" x 100,
	truth => 'notice store/bob',
	say => { 'tight@isp.test' => 'expired quota box box' },
}, {
	name => 'Exim: success is to be told',
	via => 'box', from => 'bob@isp.test', to => ['ann@isp.test'],
	notify => 'SUCCESS',
	truth => 'notice store/bob, store/ann',
	say => { 'ann@isp.test' => 'delivered - store box>store' },
},
map({ my ($to, $say) = @$_; {
	name => "Exim: remote $to",
	via => 'box', source => '10.77.1.99',
	from => 'bob@isp.test', to => ["$to\@other.test"],
	truth => $say =~ /^left/ ? "other/$to" : $say =~ /^deferred/ ?
	    'queue box' : 'notice store/bob',
	say => { "$to\@other.test" => $say },
} } ['thanks', 'left - box box'], ['bare', 'left - box box'],
	['lines', 'left - box box'], ['unknown', 'bounced recipient box box'],
	['spam', 'bounced content box box'],
	['wait', 'deferred * box box'], ['melater', 'deferred * box box'],
	['drop', 'deferred * box box'], ['rude', 'deferred * box box']),
]

/*
 * connect.c: the one place where connections to servers begin.
 */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include "live/connect.h"
#include "base/banned.h"

static int
bind_to(const struct live_conf *c, int fd, uint8_t family)
{
	struct sockaddr_storage ss;
	struct ip src;
	socklen_t len;

	if (!c->from_ip || !ip_parse(str_c(c->from_ip), &src) ||
	    src.n != family)
		return 0;
	len = ip_sockaddr(&src, 0, &ss);
	return bind(fd, (struct sockaddr *)&ss, len);
}

int
connect_start(const struct live_conf *c, struct ip to, uint16_t port, bool own)
{
	struct sockaddr_storage ss;
	bool mapped = dns_map_addr(c->map, c->nmap, &to, &port);
	socklen_t len;
	int fd, e, on = 1;

	if (!mapped &&
	    ((!own && ip_internal(&to)) ||
		(c->map_only && ip_special(&to) && !ip_internal(&to)))) {
		errno = EACCES;
		return -1;
	}
	len = ip_sockaddr(&to, port, &ss);
	fd =
	    socket(ss.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -1;
	/* a line at a time: do not wait for more */
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	if (bind_to(c, fd, to.n) == 0 &&
	    (connect(fd, (struct sockaddr *)&ss, len) == 0 ||
		errno == EINPROGRESS))
		return fd;
	e = errno;
	close(fd);
	errno = e;
	return -1;
}

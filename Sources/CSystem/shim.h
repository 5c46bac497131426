#ifndef FERRY_CSYSTEM_SHIM_H
#define FERRY_CSYSTEM_SHIM_H

// What Swift's Glibc module lacks. The feature macros stay as Glibc's module has them, or the two disagree about
// the layout of shared types; what hides behind _GNU_SOURCE is declared here by hand, as glibc 2.32 and later has it.
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/fsuid.h>
#include <sys/sendfile.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <sys/xattr.h>

extern const char *strerrorname_np(int error);
extern const char *strerrordesc_np(int error);
extern ssize_t splice(int from, long *from_offset, int to, long *to_offset, size_t length, unsigned int flags);
extern ssize_t preadv2(int from, const struct iovec *vectors, int count, long offset, int flags);
extern int pipe2(int ends[2], int flags);

enum { FERRY_SPLICE_F_MOVE = 1, FERRY_SPLICE_F_NONBLOCK = 2, FERRY_SPLICE_F_MORE = 4 };
enum { FERRY_F_SETPIPE_SZ = 1031, FERRY_F_GETPIPE_SZ = 1032, FERRY_O_TMPFILE = 020200000, FERRY_RWF_NOWAIT = 8,
    FERRY_O_PATH = 010000000 };

#endif

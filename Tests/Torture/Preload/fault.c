// Preloaded into ferry: counts the calls of some functions of the C library, and makes one of them fail.
//
// TORTURE_COUNTS names a file that becomes a table of 32 bytes a function: its name in 24, then how often it was called and
// whether the fault was served, 4 each. TORTURE_FAULT is "NAME N ERRNO": the N-th call of NAME fails with that number. In
// place of a number below 0, a call that moves bytes moves one only.
//
// epoll tells of a socket once, and then again when more comes or when there was nothing more. So after a made-up EAGAIN or
// a made-up short read it is made to tell again, as it does after true ones.
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/timerfd.h>
#include <sys/uio.h>
#include <sys/xattr.h>
#include <unistd.h>

#define CALLS(X) \
    X(open) X(openat) X(close) X(read) X(write) X(pread) X(pwrite) X(lseek) X(ftruncate) X(fsync) X(flock) X(fchmod) X(fchown) \
    X(stat) X(fstat) X(lstat) X(access) X(faccessat) X(link) X(rename) X(unlink) X(mkdir) X(futimens) X(fsetxattr) X(opendir) \
    X(fcntl) X(ioctl) X(dup2) X(pipe2) X(splice) X(sendfile) X(socket) X(bind) X(connect) X(setsockopt) X(getsockopt) \
    X(getsockname) X(getpeername) X(recv) X(recvmsg) X(send) X(sendmsg) X(preadv2) X(epoll_create1) X(epoll_ctl) \
    X(epoll_wait) X(poll) X(eventfd) X(signalfd) X(timerfd_create) X(timerfd_settime) X(pthread_create) X(getaddrinfo)

#define NUMBER(name) CALL_##name,
enum { CALLS(NUMBER) CALL_COUNT };

struct row {
    char name[24];
    unsigned count, served;
};

#define ROW(name) { #name, 0, 0 },
static const struct row blank[CALL_COUNT] = { CALLS(ROW) };
static struct row *rows;
static int fault_call = -1, fault_code;
static unsigned fault_number;

// By the kernel's own names: the wrappers below are not yet to count.
__attribute__((constructor)) static void prepare(void) {
    const char *path = getenv("TORTURE_COUNTS"), *fault = getenv("TORTURE_FAULT");
    char name[24];
    if (!path) return;
    int (*real_open)(const char *, int, ...) = dlsym(RTLD_NEXT, "open");
    int (*real_close)(int) = dlsym(RTLD_NEXT, "close");
    ssize_t (*real_write)(int, const void *, size_t) = dlsym(RTLD_NEXT, "write");
    int descriptor = real_open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (descriptor < 0 || real_write(descriptor, blank, sizeof blank) != (ssize_t)sizeof blank) abort();
    void *table = mmap(NULL, sizeof blank, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
    if (table == MAP_FAILED) abort();
    real_close(descriptor);
    if (fault) {
        if (sscanf(fault, "%23s %u %d", name, &fault_number, &fault_code) != 3) abort();
        for (int call = 0; call < CALL_COUNT; call++)
            if (!strcmp(name, blank[call].name)) fault_call = call;
    }
    rows = table;
}

// What a call is to fail with: 0 for nothing, below 0 for one byte only.
static int fault_of(int call) {
    if (!rows) return 0;
    unsigned number = __atomic_add_fetch(&rows[call].count, 1, __ATOMIC_SEQ_CST);
    if (call != fault_call || number != fault_number) return 0;
    rows[call].served = 1;
    return fault_code;
}

#define REAL(name) \
    static __typeof__(&name) real; \
    if (!real) real = (__typeof__(&name))dlsym(RTLD_NEXT, #name)

#define WRAP(type, name, parameters, arguments) \
    type name parameters { \
        REAL(name); \
        int code = fault_of(CALL_##name); \
        if (code > 0) { errno = code; return (type)-1; } \
        return real arguments; \
    }

#define WRAP_MOVE(name, parameters, arguments, count) \
    ssize_t name parameters { \
        REAL(name); \
        int code = fault_of(CALL_##name); \
        if (code > 0) { errno = code; return -1; } \
        if (code < 0 && count > 1) count = 1; \
        return real arguments; \
    }

// A mode comes with the flags that make a file.
static mode_t mode_of(int flags, va_list list) {
    return flags & O_CREAT || (flags & O_TMPFILE) == O_TMPFILE ? va_arg(list, mode_t) : 0;
}

int open(const char *path, int flags, ...) {
    REAL(open);
    va_list list;
    va_start(list, flags);
    mode_t mode = mode_of(flags, list);
    va_end(list);
    int code = fault_of(CALL_open);
    if (code > 0) { errno = code; return -1; }
    return real(path, flags, mode);
}

int openat(int folder, const char *path, int flags, ...) {
    REAL(openat);
    va_list list;
    va_start(list, flags);
    mode_t mode = mode_of(flags, list);
    va_end(list);
    int code = fault_of(CALL_openat);
    if (code > 0) { errno = code; return -1; }
    return real(folder, path, flags, mode);
}

int fcntl(int descriptor, int command, ...) {
    REAL(fcntl);
    va_list list;
    va_start(list, command);
    long argument = va_arg(list, long);
    va_end(list);
    int code = fault_of(CALL_fcntl);
    if (code > 0) { errno = code; return -1; }
    return real(descriptor, command, argument);
}

int ioctl(int descriptor, unsigned long request, ...) {
    REAL(ioctl);
    va_list list;
    va_start(list, request);
    void *argument = va_arg(list, void *);
    va_end(list);
    int code = fault_of(CALL_ioctl);
    if (code > 0) { errno = code; return -1; }
    return real(descriptor, request, argument);
}

// The descriptor is gone also when close fails.
int close(int descriptor) {
    REAL(close);
    int code = fault_of(CALL_close), result = real(descriptor);
    if (code > 0) { errno = code; return -1; }
    return result;
}

DIR *opendir(const char *path) {
    REAL(opendir);
    int code = fault_of(CALL_opendir);
    if (code > 0) { errno = code; return NULL; }
    return real(path);
}

int pthread_create(pthread_t *thread, const pthread_attr_t *how, void *(*body)(void *), void *argument) {
    REAL(pthread_create);
    int code = fault_of(CALL_pthread_create);
    return code > 0 ? code : real(thread, how, body, argument);
}

// Its errors are numbers below 0, so here the fault's is one above it that is turned.
int getaddrinfo(const char *host, const char *port, const struct addrinfo *hints, struct addrinfo **found) {
    REAL(getaddrinfo);
    int code = fault_of(CALL_getaddrinfo);
    return code > 0 ? -code : real(host, port, hints, found);
}

WRAP_MOVE(read, (int d, void *b, size_t n), (d, b, n), n)
WRAP_MOVE(write, (int d, const void *b, size_t n), (d, b, n), n)
WRAP_MOVE(pread, (int d, void *b, size_t n, off_t o), (d, b, n, o), n)
WRAP_MOVE(pwrite, (int d, const void *b, size_t n, off_t o), (d, b, n, o), n)
// What epoll was asked to tell of each descriptor.
static struct { int epoll; struct epoll_event event; } watched[1024];

int epoll_ctl(int epoll, int operation, int descriptor, struct epoll_event *event) {
    REAL(epoll_ctl);
    int code = fault_of(CALL_epoll_ctl);
    if (code > 0) { errno = code; return -1; }
    if (descriptor < 1024 && operation == EPOLL_CTL_DEL) watched[descriptor].epoll = 0;
    if (descriptor < 1024 && operation != EPOLL_CTL_DEL) {
        watched[descriptor].epoll = epoll;
        watched[descriptor].event = *event;
    }
    return real(epoll, operation, descriptor, event);
}

// Epoll looks at the descriptor anew.
static void tell_again(int descriptor) {
    static __typeof__(&epoll_ctl) real;
    if (!real) real = (__typeof__(&epoll_ctl))dlsym(RTLD_NEXT, "epoll_ctl");
    if (descriptor >= 1024 || !watched[descriptor].epoll) return;
    real(watched[descriptor].epoll, EPOLL_CTL_MOD, descriptor, &watched[descriptor].event);
}

// After these a socket is dead; one that went on working would have its user wait for what the peer has to say.
static int is_final(int code) { return code == ECONNRESET || code == EPIPE || code == ETIMEDOUT; }

#define WRAP_SOCKET(name, parameters, arguments, count) \
    ssize_t name parameters { \
        REAL(name); \
        int code = fault_of(CALL_##name); \
        if (is_final(code)) shutdown(d, SHUT_RDWR); \
        if (code < 0 && count > 1) count = 1; \
        ssize_t moved = -1; \
        if (code <= 0) moved = real arguments; \
        if (code < 0 || code == EAGAIN) { int seen = errno; tell_again(d); errno = seen; } \
        if (code > 0) errno = code; \
        return moved; \
    }

WRAP_SOCKET(recv, (int d, void *b, size_t n, int f), (d, b, n, f), n)
WRAP_SOCKET(send, (int d, const void *b, size_t n, int f), (d, b, n, f), n)
WRAP_SOCKET(splice, (int d, off64_t *o, int e, off64_t *p, size_t n, unsigned f), (d, o, e, p, n, f), n)
WRAP_SOCKET(sendfile, (int d, int e, off_t *o, size_t n), (d, e, o, n), n)
// These move all that they are given, or nothing.
static size_t whole;
WRAP_SOCKET(sendmsg, (int d, const struct msghdr *m, int f), (d, m, f), whole)
WRAP_SOCKET(recvmsg, (int d, struct msghdr *m, int f), (d, m, f), whole)
WRAP_SOCKET(preadv2, (int d, const struct iovec *v, int n, off_t o, int f), (d, v, n, o, f), whole)

WRAP(off_t, lseek, (int d, off_t o, int w), (d, o, w))
WRAP(int, ftruncate, (int d, off_t n), (d, n))
WRAP(int, fsync, (int d), (d))
WRAP(int, flock, (int d, int o), (d, o))
WRAP(int, fchmod, (int d, mode_t m), (d, m))
WRAP(int, fchown, (int d, uid_t u, gid_t g), (d, u, g))
WRAP(int, stat, (const char *p, struct stat *s), (p, s))
WRAP(int, fstat, (int d, struct stat *s), (d, s))
WRAP(int, lstat, (const char *p, struct stat *s), (p, s))
WRAP(int, access, (const char *p, int m), (p, m))
WRAP(int, faccessat, (int d, const char *p, int m, int f), (d, p, m, f))
WRAP(int, link, (const char *p, const char *q), (p, q))
WRAP(int, rename, (const char *p, const char *q), (p, q))
WRAP(int, unlink, (const char *p), (p))
WRAP(int, mkdir, (const char *p, mode_t m), (p, m))
WRAP(int, futimens, (int d, const struct timespec t[2]), (d, t))
WRAP(int, fsetxattr, (int d, const char *k, const void *v, size_t n, int f), (d, k, v, n, f))
WRAP(int, dup2, (int d, int e), (d, e))
WRAP(int, pipe2, (int d[2], int f), (d, f))
WRAP(int, socket, (int f, int t, int p), (f, t, p))
WRAP(int, bind, (int d, const struct sockaddr *a, socklen_t n), (d, a, n))
WRAP(int, connect, (int d, const struct sockaddr *a, socklen_t n), (d, a, n))
WRAP(int, setsockopt, (int d, int l, int o, const void *v, socklen_t n), (d, l, o, v, n))
WRAP(int, getsockopt, (int d, int l, int o, void *v, socklen_t *n), (d, l, o, v, n))
WRAP(int, getsockname, (int d, struct sockaddr *a, socklen_t *n), (d, a, n))
WRAP(int, getpeername, (int d, struct sockaddr *a, socklen_t *n), (d, a, n))
WRAP(int, epoll_create1, (int f), (f))
WRAP(int, epoll_wait, (int d, struct epoll_event *v, int n, int t), (d, v, n, t))
WRAP(int, poll, (struct pollfd *p, nfds_t n, int t), (p, n, t))
WRAP(int, eventfd, (unsigned n, int f), (n, f))
WRAP(int, signalfd, (int d, const sigset_t *s, int f), (d, s, f))
WRAP(int, timerfd_create, (clockid_t c, int f), (c, f))
WRAP(int, timerfd_settime, (int d, int f, const struct itimerspec *n, struct itimerspec *o), (d, f, n, o))

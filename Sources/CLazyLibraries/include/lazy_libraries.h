#ifndef FERRY_LAZY_LIBRARIES_H
#define FERRY_LAZY_LIBRARIES_H

// GnuTLS, zlib, brotli, zstd and libpsl, loaded by the first call of one of their functions instead of at start:
// a run without TLS or content coding pays neither their loading nor their memory. Callers use the libraries' own
// headers and notice nothing; the functions behind them are the ones listed in lazy_libraries.c.

enum ferry_library {
    FERRY_LIBRARY_GNUTLS,
    FERRY_LIBRARY_ZLIB,
    FERRY_LIBRARY_BROTLI,
    FERRY_LIBRARY_ZSTD,
    FERRY_LIBRARY_PSL,
};

// Loads a library now. 1 = it is there, 0 = it cannot be loaded: then none of its functions may be called, because a
// call ends the process. Any thread.
int ferry_library_load(enum ferry_library library);

#endif

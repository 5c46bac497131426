#ifndef FERRY_LAZY_LIBRARIES_H
#define FERRY_LAZY_LIBRARIES_H

#include <stdint.h>

// GnuTLS, zlib, brotli, zstd, libpsl and libidn2, loaded by the first call of one of their functions instead of at start:
// a run without TLS or content coding pays neither their loading nor their memory. Callers use the libraries' own
// headers and notice nothing; the functions behind them are the ones listed in lazy_libraries.c.

enum ferry_library {
    FERRY_LIBRARY_GNUTLS,
    FERRY_LIBRARY_ZLIB,
    FERRY_LIBRARY_BROTLI,
    FERRY_LIBRARY_ZSTD,
    FERRY_LIBRARY_PSL,
    FERRY_LIBRARY_IDN2,
};

// Loads a library now. 1 = it is there, 0 = it cannot be loaded: then none of its functions may be called, because a
// call ends the process. Any thread.
int ferry_library_load(enum ferry_library library);

// libidn2's, declared here because its header comes with a package that nothing else needs; GnuTLS brings the library.
// Turns a name in UTF-8 into its form for lookups: 0 = `*result` holds it, to be freed with idn2_free.
enum ferry_idn2_flag { FERRY_IDN2_NFC_INPUT = 1, FERRY_IDN2_TRANSITIONAL = 4, FERRY_IDN2_NONTRANSITIONAL = 8 };
int idn2_lookup_u8(const uint8_t *name, uint8_t **result, int flags);
void idn2_free(void *result);

#endif

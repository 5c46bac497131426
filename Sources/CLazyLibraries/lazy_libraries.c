// Each function of a lazily loaded library is defined here as a jump through a slot. At first the slot leads to
// `ferry_lazy_enter`, which saves the argument registers, has the library loaded and the slot filled, restores the
// registers and goes on to the function, as a dynamic linker's procedure linkage table does.

#include "lazy_libraries.h"

#include <dlfcn.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

#define GNUTLS_FUNCTIONS(X) \
    X(gnutls_alert_get) X(gnutls_alert_send) X(gnutls_alert_send_appropriate) X(gnutls_alpn_get_selected_protocol) \
    X(gnutls_alpn_set_protocols) X(gnutls_bye) X(gnutls_certificate_allocate_credentials) \
    X(gnutls_certificate_free_credentials) X(gnutls_certificate_get_peers) X(gnutls_certificate_set_x509_key) \
    X(gnutls_certificate_set_x509_key_file2) X(gnutls_certificate_set_x509_key_mem2) \
    X(gnutls_certificate_set_x509_simple_pkcs12_mem) X(gnutls_check_version) X(gnutls_ciphersuite_get) \
    X(gnutls_credentials_set) X(gnutls_deinit) X(gnutls_error_is_fatal) X(gnutls_global_init) \
    X(gnutls_global_set_time_function) X(gnutls_group_get) X(gnutls_group_get_name) X(gnutls_handshake) \
    X(gnutls_handshake_set_max_packet_length) X(gnutls_hash) X(gnutls_hash_deinit) X(gnutls_hash_fast) \
    X(gnutls_hash_init) X(gnutls_hash_output) X(gnutls_hmac_fast) X(gnutls_init) \
    X(gnutls_ocsp_resp_check_crt) X(gnutls_ocsp_resp_deinit) X(gnutls_ocsp_resp_get_single) X(gnutls_ocsp_resp_get_status) X(gnutls_ocsp_resp_import) \
    X(gnutls_ocsp_resp_init) X(gnutls_ocsp_resp_verify_direct) X(gnutls_ocsp_status_request_enable_client) \
    X(gnutls_ocsp_status_request_get2) X(gnutls_priority_deinit) X(gnutls_priority_init) X(gnutls_priority_set) \
    X(gnutls_privkey_deinit) X(gnutls_privkey_import_x509_raw) X(gnutls_privkey_init) X(gnutls_privkey_sign_data2) \
    X(gnutls_protocol_get_version) X(gnutls_pubkey_deinit) X(gnutls_pubkey_export2) X(gnutls_pubkey_import) \
    X(gnutls_pubkey_import_x509) X(gnutls_pubkey_init) X(gnutls_reauth) X(gnutls_record_check_pending) \
    X(gnutls_record_recv) X(gnutls_record_send) X(gnutls_server_name_set) X(gnutls_session_get_data2) \
    X(gnutls_session_get_flags) X(gnutls_session_is_resumed) X(gnutls_session_set_data) X(gnutls_strerror) \
    X(gnutls_transport_set_errno) X(gnutls_transport_set_ptr) X(gnutls_transport_set_pull_function) \
    X(gnutls_transport_set_pull_timeout_function) X(gnutls_transport_set_vec_push_function) \
    X(gnutls_x509_crl_deinit) X(gnutls_x509_crl_get_next_update) X(gnutls_x509_crl_get_raw_issuer_dn) \
    X(gnutls_x509_crl_get_this_update) X(gnutls_x509_crl_import) X(gnutls_x509_crl_init) \
    X(gnutls_x509_crl_list_import2) X(gnutls_x509_crt_check_issuer) X(gnutls_x509_crt_check_key_purpose) \
    X(gnutls_x509_crt_check_revocation) X(gnutls_x509_crt_deinit) X(gnutls_x509_crt_get_activation_time) \
    X(gnutls_x509_crt_get_dn3) X(gnutls_x509_crt_get_dn_by_oid) X(gnutls_x509_crt_get_expiration_time) \
    X(gnutls_x509_crt_get_extension_by_oid2) X(gnutls_x509_crt_get_issuer_dn3) \
    X(gnutls_x509_crt_get_issuer_dn_by_oid) X(gnutls_x509_crt_get_name_constraints) X(gnutls_x509_crt_get_serial) \
    X(gnutls_x509_crt_import) X(gnutls_x509_crt_init) X(gnutls_x509_crt_verify) \
    X(gnutls_x509_name_constraints_check) X(gnutls_x509_name_constraints_deinit) \
    X(gnutls_x509_name_constraints_init) X(gnutls_x509_privkey_deinit) X(gnutls_x509_privkey_import2) \
    X(gnutls_x509_privkey_init) X(gnutls_x509_trust_list_add_cas) X(gnutls_x509_trust_list_add_trust_mem) \
    X(gnutls_x509_trust_list_deinit) X(gnutls_x509_trust_list_init) X(gnutls_x509_trust_list_verify_crt2)

#define ZLIB_FUNCTIONS(X) X(inflate) X(inflateEnd) X(inflateInit2_) X(inflateReset)

#define BROTLI_FUNCTIONS(X) \
    X(BrotliDecoderCreateInstance) X(BrotliDecoderDecompressStream) X(BrotliDecoderDestroyInstance) \
    X(BrotliDecoderErrorString) X(BrotliDecoderGetErrorCode) X(BrotliDecoderHasMoreOutput) \
    X(BrotliDecoderTakeOutput)

#define ZSTD_FUNCTIONS(X) \
    X(ZSTD_DCtx_setParameter) X(ZSTD_createDStream) X(ZSTD_decompressStream) X(ZSTD_freeDStream) \
    X(ZSTD_getErrorName) X(ZSTD_isError)

#define PSL_FUNCTIONS(X) X(psl_builtin) X(psl_is_public_suffix2)

#define IDN2_FUNCTIONS(X) X(idn2_free) X(idn2_lookup_u8)

// One library as it is known here. Loading twice from two threads does no harm: dlopen counts, and both get the same.
struct ferry_lazy_library {
    const char *name;
    void *handle;
};

__attribute__((visibility("hidden"))) struct ferry_lazy_library ferry_lazy_gnutls = {"libgnutls.so.30", NULL};
__attribute__((visibility("hidden"))) struct ferry_lazy_library ferry_lazy_zlib = {"libz.so.1", NULL};
__attribute__((visibility("hidden"))) struct ferry_lazy_library ferry_lazy_brotli = {"libbrotlidec.so.1", NULL};
__attribute__((visibility("hidden"))) struct ferry_lazy_library ferry_lazy_zstd = {"libzstd.so.1", NULL};
__attribute__((visibility("hidden"))) struct ferry_lazy_library ferry_lazy_psl = {"libpsl.so.5", NULL};
__attribute__((visibility("hidden"))) struct ferry_lazy_library ferry_lazy_idn2 = {"libidn2.so.0", NULL};

struct ferry_lazy_slot {
    void *target;
    const char *name;
    struct ferry_lazy_library *library;
};

static void *load(struct ferry_lazy_library *library) {
    void *handle = __atomic_load_n(&library->handle, __ATOMIC_ACQUIRE);
    if (handle == NULL) {
        handle = dlopen(library->name, RTLD_LAZY | RTLD_LOCAL);
        __atomic_store_n(&library->handle, handle, __ATOMIC_RELEASE);
    }
    return handle;
}

int ferry_library_load(enum ferry_library library) {
    switch (library) {
    case FERRY_LIBRARY_GNUTLS: return load(&ferry_lazy_gnutls) != NULL;
    case FERRY_LIBRARY_ZLIB: return load(&ferry_lazy_zlib) != NULL;
    case FERRY_LIBRARY_BROTLI: return load(&ferry_lazy_brotli) != NULL;
    case FERRY_LIBRARY_ZSTD: return load(&ferry_lazy_zstd) != NULL;
    case FERRY_LIBRARY_PSL: return load(&ferry_lazy_psl) != NULL;
    case FERRY_LIBRARY_IDN2: return load(&ferry_lazy_idn2) != NULL;
    }
    return 0;
}

static void say(const char *text) {
    if (write(STDERR_FILENO, text, strlen(text)) < 0) return;
}

// Called from `ferry_lazy_enter` only.
__attribute__((used, visibility("hidden"))) void *ferry_lazy_resolve(struct ferry_lazy_slot *slot) {
    void *handle = load(slot->library);
    void *target = handle == NULL ? NULL : dlsym(handle, slot->name);
    if (target == NULL) {
        say("ferry: ");
        say(slot->library->name);
        say(" cannot be loaded or lacks ");
        say(slot->name);
        say("\n");
        _exit(4);
    }
    __atomic_store_n(&slot->target, target, __ATOMIC_RELEASE);
    return target;
}

#if defined(__x86_64__)

// On entry r11 = the slot; the arguments are in rdi, rsi, rdx, rcx, r8, r9, xmm0-7, their vector count in al, and the
// stack is 8 bytes off alignment, as after any call.
__asm__(
    ".text\n"
    ".type ferry_lazy_enter,@function\n"
    "ferry_lazy_enter:\n"
    "  pushq %rdi\n  pushq %rsi\n  pushq %rdx\n  pushq %rcx\n  pushq %r8\n  pushq %r9\n  pushq %rax\n"
    "  subq $128, %rsp\n"
    "  movups %xmm0, (%rsp)\n  movups %xmm1, 16(%rsp)\n  movups %xmm2, 32(%rsp)\n  movups %xmm3, 48(%rsp)\n"
    "  movups %xmm4, 64(%rsp)\n  movups %xmm5, 80(%rsp)\n  movups %xmm6, 96(%rsp)\n  movups %xmm7, 112(%rsp)\n"
    "  movq %r11, %rdi\n"
    "  call ferry_lazy_resolve\n"
    "  movq %rax, %r11\n"
    "  movups (%rsp), %xmm0\n  movups 16(%rsp), %xmm1\n  movups 32(%rsp), %xmm2\n  movups 48(%rsp), %xmm3\n"
    "  movups 64(%rsp), %xmm4\n  movups 80(%rsp), %xmm5\n  movups 96(%rsp), %xmm6\n  movups 112(%rsp), %xmm7\n"
    "  addq $128, %rsp\n"
    "  popq %rax\n  popq %r9\n  popq %r8\n  popq %rcx\n  popq %rdx\n  popq %rsi\n  popq %rdi\n"
    "  jmpq *%r11\n"
    ".size ferry_lazy_enter, .-ferry_lazy_enter\n");

#define JUMP(name) \
    "  jmpq *ferry_lazy_slot_" #name "(%rip)\n" \
    "ferry_lazy_first_" #name ":\n" \
    "  leaq ferry_lazy_slot_" #name "(%rip), %r11\n" \
    "  jmp ferry_lazy_enter\n"

#elif defined(__aarch64__)

// On entry x16 = the slot; the arguments are in x0-x7 and q0-q7, an indirect result's address in x8.
__asm__(
    ".text\n"
    ".type ferry_lazy_enter,@function\n"
    "ferry_lazy_enter:\n"
    "  stp x29, x30, [sp, #-224]!\n"
    "  mov x29, sp\n"
    "  stp x0, x1, [sp, #16]\n  stp x2, x3, [sp, #32]\n  stp x4, x5, [sp, #48]\n  stp x6, x7, [sp, #64]\n"
    "  str x8, [sp, #80]\n"
    "  stp q0, q1, [sp, #96]\n  stp q2, q3, [sp, #128]\n  stp q4, q5, [sp, #160]\n  stp q6, q7, [sp, #192]\n"
    "  mov x0, x16\n"
    "  bl ferry_lazy_resolve\n"
    "  mov x17, x0\n"
    "  ldp q0, q1, [sp, #96]\n  ldp q2, q3, [sp, #128]\n  ldp q4, q5, [sp, #160]\n  ldp q6, q7, [sp, #192]\n"
    "  ldp x0, x1, [sp, #16]\n  ldp x2, x3, [sp, #32]\n  ldp x4, x5, [sp, #48]\n  ldp x6, x7, [sp, #64]\n"
    "  ldr x8, [sp, #80]\n"
    "  ldp x29, x30, [sp], #224\n"
    "  br x17\n"
    ".size ferry_lazy_enter, .-ferry_lazy_enter\n");

#define JUMP(name) \
    "  adrp x16, ferry_lazy_slot_" #name "\n" \
    "  ldr x17, [x16, #:lo12:ferry_lazy_slot_" #name "]\n" \
    "  br x17\n" \
    "ferry_lazy_first_" #name ":\n" \
    "  adrp x16, ferry_lazy_slot_" #name "\n" \
    "  add x16, x16, #:lo12:ferry_lazy_slot_" #name "\n" \
    "  b ferry_lazy_enter\n"

#else
#error "ferry's lazily loaded libraries need a few instructions for this processor: see JUMP above"
#endif

#define DEFINE(name, library) \
    __asm__( \
        ".section .rodata\n" \
        "ferry_lazy_name_" #name ": .asciz \"" #name "\"\n" \
        ".data\n.balign 8\n" \
        "ferry_lazy_slot_" #name ":\n" \
        "  .quad ferry_lazy_first_" #name "\n  .quad ferry_lazy_name_" #name "\n  .quad " #library "\n" \
        ".text\n.globl " #name "\n.type " #name ",@function\n" \
        #name ":\n" JUMP(name) \
        ".size " #name ", .-" #name "\n");

#define GNUTLS(name) DEFINE(name, ferry_lazy_gnutls)
#define ZLIB(name) DEFINE(name, ferry_lazy_zlib)
#define BROTLI(name) DEFINE(name, ferry_lazy_brotli)
#define ZSTD(name) DEFINE(name, ferry_lazy_zstd)
#define PSL(name) DEFINE(name, ferry_lazy_psl)
#define IDN2(name) DEFINE(name, ferry_lazy_idn2)

GNUTLS_FUNCTIONS(GNUTLS)
ZLIB_FUNCTIONS(ZLIB)
BROTLI_FUNCTIONS(BROTLI)
ZSTD_FUNCTIONS(ZSTD)
PSL_FUNCTIONS(PSL)
IDN2_FUNCTIONS(IDN2)

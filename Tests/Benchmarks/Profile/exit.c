// Linked into the ferry that counts its own branches: ferry ends by _exit, which runs nothing that was registered for the end,
// so the counts are written here.
#include <sys/syscall.h>
#include <unistd.h>

int __llvm_profile_write_file(void);

void _exit(int status) {
    __llvm_profile_write_file();
    for (;;) syscall(SYS_exit_group, status);
}

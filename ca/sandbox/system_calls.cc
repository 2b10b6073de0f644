#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <vector>

#include "base/status.h"
#include "ca/sandbox/sandbox.h"

namespace mayfly::sandbox {
namespace {

#if defined(__x86_64__)
constexpr uint32_t kArchitecture = AUDIT_ARCH_X86_64;
#elif defined(__aarch64__)
constexpr uint32_t kArchitecture = AUDIT_ARCH_AARCH64;
#else
constexpr uint32_t kArchitecture = 0;
#endif

// What glibc, gRPC, OpenSSL, libsodium and SQLite ask for while mayflyd serves. Not here, on
// purpose: execve and fork, ptrace and process_vm_*, mount and all of namespaces, keyrings, bpf,
// perf, module and clock settings, set*id, chmod of others' files, sendfile of other processes.
const std::vector<int>& Allowed() {
  static const std::vector<int> calls = {
    // Waiting and threads.
    SYS_futex,
    SYS_epoll_pwait,
    SYS_epoll_ctl,
    SYS_epoll_create1,
    SYS_eventfd2,
    SYS_ppoll,
    SYS_nanosleep,
    SYS_clock_nanosleep,
    SYS_sched_yield,
    SYS_sched_getaffinity,
    SYS_sched_setaffinity,
    SYS_sched_getparam,
    SYS_sched_getscheduler,
    SYS_sched_get_priority_max,
    SYS_sched_get_priority_min,
    SYS_set_robust_list,
    SYS_get_robust_list,
    SYS_rseq,
    SYS_set_tid_address,
    SYS_gettid,
    SYS_getpid,
    SYS_getppid,
    SYS_exit,
    SYS_exit_group,
    SYS_restart_syscall,
    SYS_membarrier,
    SYS_getcpu,
    SYS_timerfd_create,
    SYS_timerfd_settime,
    // Signals to ourselves.
    SYS_rt_sigaction,
    SYS_rt_sigprocmask,
    SYS_rt_sigreturn,
    SYS_rt_sigtimedwait,
    SYS_sigaltstack,
    // Memory.
    SYS_mmap,
    SYS_munmap,
    SYS_mprotect,
    SYS_mremap,
    SYS_madvise,
    SYS_brk,
    SYS_mlock,
    SYS_munlock,
    SYS_mincore,
    // Time and randomness, where the vdso does not answer.
    SYS_clock_gettime,
    SYS_clock_getres,
    SYS_gettimeofday,
    SYS_getrandom,
    // Files; where, says landlock.
    SYS_openat,
    SYS_close,
    SYS_read,
    SYS_write,
    SYS_readv,
    SYS_writev,
    SYS_pread64,
    SYS_pwrite64,
    SYS_lseek,
    SYS_fstat,
    SYS_newfstatat,
    SYS_statx,
    SYS_statfs,
    SYS_fstatfs,
    SYS_fsync,
    SYS_fdatasync,
    SYS_ftruncate,
    SYS_fallocate,
    SYS_flock,
    SYS_dup,
    SYS_dup3,
    SYS_pipe2,
    SYS_getdents64,
    SYS_getcwd,
    SYS_readlinkat,
    SYS_faccessat,
    SYS_faccessat2,
    SYS_unlinkat,
    SYS_renameat,
    SYS_renameat2,
    SYS_mkdirat,
    SYS_fchmod,
    SYS_fchmodat,
    SYS_fchown,
    SYS_fadvise64,
    SYS_umask,
    // Sockets.
    SYS_accept4,
    SYS_bind,
    SYS_listen,
    SYS_connect,
    SYS_getsockname,
    SYS_getpeername,
    SYS_getsockopt,
    SYS_setsockopt,
    SYS_recvfrom,
    SYS_recvmsg,
    SYS_recvmmsg,
    SYS_sendto,
    SYS_sendmsg,
    SYS_sendmmsg,
    SYS_shutdown,
    SYS_socketpair,
    // Who and how we are.
    SYS_getuid,
    SYS_geteuid,
    SYS_getgid,
    SYS_getegid,
    SYS_uname,
    SYS_sysinfo,
    SYS_getrusage,
    SYS_prctl,
#if defined(__x86_64__)
    // The older spellings, which arm64 never had.
    SYS_open,
    SYS_stat,
    SYS_lstat,
    SYS_access,
    SYS_poll,
    SYS_epoll_wait,
    SYS_unlink,
    SYS_rename,
    SYS_mkdir,
    SYS_rmdir,
    SYS_readlink,
    SYS_chmod,
    SYS_getdents,
    SYS_dup2,
    SYS_pipe,
    SYS_eventfd,
    SYS_epoll_create,
    SYS_time,
    SYS_arch_prctl,
    SYS_getrlimit,
#endif
  };
  return calls;
}

constexpr uint32_t kAllow = SECCOMP_RET_ALLOW;
constexpr uint32_t kRefuse = SECCOMP_RET_ERRNO | EPERM;
// glibc then takes clone, whose flags a filter can read.
constexpr uint32_t kNoSuchCall = SECCOMP_RET_ERRNO | ENOSYS;

class Filter {
 public:
  void LoadField(size_t offset) { Add(BPF_LD | BPF_W | BPF_ABS, static_cast<uint32_t>(offset)); }
  void LoadArgument(int index) {  // The lower half, on these little-endian machines.
    LoadField(offsetof(seccomp_data, args) + sizeof(uint64_t) * static_cast<size_t>(index));
  }
  void Return(uint32_t verdict) { Add(BPF_RET | BPF_K, verdict); }
  void IfEqual(uint32_t value, uint32_t verdict) {
    program_.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, 0, 1));
    Return(verdict);
  }
  void UnlessEqual(uint32_t value, uint32_t verdict) {
    program_.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, 1, 0));
    Return(verdict);
  }
  void IfAnyBit(uint32_t bits, uint32_t verdict) {
    program_.push_back(BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, bits, 0, 1));
    Return(verdict);
  }
  // The next `instructions` count only for this call.
  void SkipUnlessCall(int call, uint8_t instructions) {
    program_.push_back(
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, static_cast<uint32_t>(call), 0, instructions));
  }
  std::vector<sock_filter>& program() { return program_; }

 private:
  void Add(uint16_t code, uint32_t k) { program_.push_back(BPF_STMT(code, k)); }
  std::vector<sock_filter> program_;
};

std::vector<sock_filter> Program() {
  Filter filter;
  filter.LoadField(offsetof(seccomp_data, arch));
  filter.UnlessEqual(kArchitecture, SECCOMP_RET_KILL_PROCESS);
  filter.LoadField(offsetof(seccomp_data, nr));
  for (const int call : Allowed()) filter.IfEqual(static_cast<uint32_t>(call), kAllow);
  filter.IfEqual(SYS_clone3, kNoSuchCall);
  // A thread of ours, not a process.
  filter.SkipUnlessCall(SYS_clone, 4);
  filter.LoadArgument(0);
  filter.IfAnyBit(CLONE_THREAD, kAllow);
  filter.Return(kRefuse);
  filter.SkipUnlessCall(SYS_socket, 10);
  filter.LoadArgument(0);
  for (const int family : {AF_UNIX, AF_INET, AF_INET6, AF_NETLINK}) {
    filter.IfEqual(static_cast<uint32_t>(family),
                   kAllow);  // AF_NETLINK: getaddrinfo asks which addresses we have.
  }
  filter.Return(kRefuse);
  // Signals and limits of ourselves; 0 is the caller.
  const auto self = static_cast<uint32_t>(getpid());
  for (const int call : {SYS_kill, SYS_tgkill}) {
    filter.SkipUnlessCall(call, 4);
    filter.LoadArgument(0);
    filter.IfEqual(self, kAllow);
    filter.Return(kRefuse);
  }
  filter.SkipUnlessCall(SYS_prlimit64, 6);
  filter.LoadArgument(0);
  filter.IfEqual(0, kAllow);
  filter.IfEqual(self, kAllow);
  filter.Return(kRefuse);
  // Nor signals that the kernel would send for us, when a descriptor that is another's is ready.
  filter.SkipUnlessCall(SYS_fcntl, 8);
  filter.LoadArgument(1);
  for (const int command : {F_SETOWN, F_SETOWN_EX, F_SETSIG}) {
    filter.IfEqual(static_cast<uint32_t>(command), kRefuse);
  }
  filter.Return(kAllow);
  // The same, and not what types into the terminal that mayflyd was started from.
  filter.SkipUnlessCall(SYS_ioctl, 10);
  filter.LoadArgument(1);
  for (const auto request :
       std::initializer_list<uint64_t>{TIOCSTI, TIOCLINUX, FIOSETOWN, SIOCSPGRP}) {
    filter.IfEqual(static_cast<uint32_t>(request), kRefuse);
  }
  filter.Return(kAllow);
  filter.Return(kRefuse);
  return filter.program();
}

}  // namespace

absl::Status RestrictSystemCalls() {
  if (kArchitecture == 0) return Unimplemented("no filter is known for this machine");
  std::vector<sock_filter> program = Program();
  const sock_fprog filter = {static_cast<decltype(sock_fprog::len)>(program.size()),
                             program.data()};
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return ErrnoStatus(errno, "no_new_privs");
  const auto result =
      syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, &filter);
  if (result == 0) return absl::OkStatus();
  if (result > 0) return Internal("a thread could not be restricted");
  if (errno == ENOSYS || errno == EINVAL) return Unimplemented("the kernel has no seccomp filters");
  return ErrnoStatus(errno, "seccomp");
}

bool HasSanitizer() {
#ifdef MAYFLY_SANITIZED
  return true;
#else
  return false;
#endif
}

}  // namespace mayfly::sandbox

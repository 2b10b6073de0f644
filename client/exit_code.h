// What `mayfly` tells the shell. Scripts depend on these numbers: docs/cli.md lists them, and they
// are never given another meaning.
#ifndef MAYFLY_CLIENT_EXIT_CODE_H_
#define MAYFLY_CLIENT_EXIT_CODE_H_

namespace mayfly::client {

enum class ExitCode : int {
  kOk = 0,                // Done; for a question: yes.
  kNo = 1,                // A question's answer is no: nothing valid, not found, not to be signed.
  kUsage = 2,             // The command line, or what it asks for, makes no sense.
  kDenied = 3,            // The CA knows who is asking, and refuses.
  kNotAuthenticated = 4,  // The CA does not know who is asking: no session, no accepted key.
  kUnavailable = 5,       // The CA cannot be reached, or cannot answer now; retry later.
  kLocal = 6,             // A file, the agent or the environment of this machine is in the way.
  kNotTrusted = 7,        // Who answered is not the CA that is trusted, or no CA is trusted.
  kInternal = 10,         // A fault of mayfly or of the CA.
};

}  // namespace mayfly::client

#endif  // MAYFLY_CLIENT_EXIT_CODE_H_

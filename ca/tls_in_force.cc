#include "ca/tls_in_force.h"

#include "base/file.h"
#include "base/secret_bytes.h"
#include "base/status.h"
#include "ca/keys/tls_identity.h"

namespace mayfly {

TlsInForce::TlsInForce(const std::string& path, const std::string& state_directory,
                       const Clock& clock, Log& log)
    : path_(path), copy_(JoinPath(state_directory, "tls-in-force.pem")), clock_(clock), log_(log) {}

absl::StatusOr<std::unique_ptr<TlsInForce>> TlsInForce::Open(const std::string& path,
                                                             const std::string& state_directory,
                                                             const Clock& clock, Log& log) {
  std::unique_ptr<TlsInForce> tls(new TlsInForce(path, state_directory, clock, log));
  tls->stamp_ = FileStamp(path);
  MAYFLY_RETURN_IF_ERROR(tls->Take());
  return tls;
}

absl::Status TlsInForce::Take() {
  MAYFLY_ASSIGN_OR_RETURN(const SecretBytes pem, ReadSecretFile(path_));
  MAYFLY_RETURN_IF_ERROR(Annotate(keys::CheckTlsIdentity(pem, clock_.Now()), path_));
  return pem.Expose(
      [&](BytesView bytes) { return WriteFileAtomically(copy_, AsText(bytes), 0600); });
}

absl::Status TlsInForce::Reload(bool* renewed) {
  *renewed = false;
  const std::string stamp = FileStamp(path_);  // Before reading: a change meanwhile is seen next.
  // What could not be read may have been half written or the machine's fault: it is tried again.
  if (stamp == stamp_ && status_.ok()) return status_;
  const bool told = stamp == stamp_;
  stamp_ = stamp;
  status_ = Take();
  if (status_.ok()) {
    *renewed = true;
    log_.Info("tls renewed", {{"path", path_}});
  } else if (!told) {
    log_.Error("tls not renewed, the last good pair stays in force",
               {{"path", path_}, {"cause", Message(status_)}});
  }
  return status_;
}

}  // namespace mayfly

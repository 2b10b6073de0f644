// mayfly keygen -s.
#include <string>
#include <string_view>
#include <utility>

#include "base/file.h"
#include "base/status.h"
#include "base/text.h"
#include "client/keygen/ca_key.h"
#include "client/keygen/certificate_request.h"
#include "client/keygen/key_files.h"
#include "client/keygen/keygen_commands.h"
#include "fmt/format.h"
#include "ssh/certificate.h"

namespace mayfly::client {
namespace {

constexpr size_t kNonceSize = 32;

// KEY.pub -> KEY-cert.pub, and KEY -> KEY-cert.pub.
std::string CertificatePath(std::string_view key_path) {
  if (key_path.ends_with(".pub")) key_path.remove_suffix(4);
  return std::string(key_path) + "-cert.pub";
}

absl::Status SignOne(const Context& context, const KeygenOptions& options, const CaKey& ca,
                     const CertificateRequest& request, const std::string& path) {
  MAYFLY_ASSIGN_OR_RETURN(LoadedKey subject, LoadPublic(path));
  if (std::holds_alternative<ssh::Certificate>(subject.key)) {
    return InvalidArgument(
        fmt::format("{}: a certificate cannot be certified", EscapeForTerminal(path)));
  }
  const ssh::CertificateBody body{.key = std::get<ssh::PublicKey>(std::move(subject.key)),
                                  .nonce = context.random.Take(kNonceSize),
                                  .serial = {request.serial},
                                  .kind = request.kind,
                                  .key_id = request.key_id,
                                  .principals = request.principals,
                                  .valid_after_unix_s = request.validity.after_unix_s,
                                  .valid_before_unix_s = request.validity.before_unix_s,
                                  .critical_options = request.critical_options,
                                  .extensions = request.extensions,
                                  .reserved = {},
                                  .signature_key = ca.key};
  MAYFLY_ASSIGN_OR_RETURN(const ssh::Certificate certificate,
                          Annotate(ssh::SignCertificate(body, ca.sign), EscapeForTerminal(path)));
  const std::string out = CertificatePath(path);
  MAYFLY_RETURN_IF_ERROR(WriteFileAtomically(out, certificate.Line(subject.comment) + "\n", 0644));
  if (options.quiet) return absl::OkStatus();
  const std::string principals =
      options.principals ? " for " + EscapeForTerminal(*options.principals) : "";
  context.err << fmt::format("Signed {} key {}: id \"{}\" serial {}{} valid {}\n",
                             ssh::CertificateKindName(request.kind), EscapeForTerminal(out),
                             EscapeForTerminal(request.key_id), request.serial, principals,
                             ValidityText(request.validity));
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<int> SignKeys(const Context& context, const KeygenOptions& options) {
  // What the options say first: no passphrase is asked for in vain.
  MAYFLY_ASSIGN_OR_RETURN(CertificateRequest request,
                          CertificateRequest::Of(options, context.clock.Now()));
  MAYFLY_ASSIGN_OR_RETURN(const CaKey ca, LoadCaKey(context, options));
  for (const std::string& key : options.operands) {
    MAYFLY_RETURN_IF_ERROR(SignOne(context, options, ca, request, ExpandTilde(context, key)));
    if (request.count_up) ++request.serial;
  }
  return 0;
}

}  // namespace mayfly::client

#include "ca/issuance/check.h"

#include <algorithm>
#include <string>

#include "base/status.h"
#include "ca/model/principal.h"
#include "fmt/format.h"

namespace mayfly::issuance {
namespace {

constexpr size_t kNonceSize = 32;
constexpr size_t kMaxForceCommand = 4096;

absl::Status Broken(std::string_view lint, std::string_view detail) {
  return Internal(fmt::format("refusing to record a certificate: {}: {}", lint, detail));
}

absl::Status CheckPrincipals(const ssh::CertificateBody& body, const model::Terms& terms) {
  if (body.principals.empty()) return Broken("principals", "there are none");
  if (body.principals.size() > ssh::kMaxPrincipals) {
    return Broken("principals",
                  fmt::format("{} of at most {}", body.principals.size(), ssh::kMaxPrincipals));
  }
  if (body.principals != terms.principals) return Broken("principals", "not those granted");
  for (const std::string& principal : body.principals) {
    const absl::Status status = body.kind == ssh::CertificateKind::kUser
                                    ? model::ParsePrincipal(principal).status()
                                    : model::CheckHostName(principal);
    if (!status.ok()) return Broken("principals", Message(status));
  }
  std::vector<std::string> sorted = body.principals;
  std::ranges::sort(sorted);
  if (std::ranges::adjacent_find(sorted) != sorted.end()) {
    return Broken("principals", "one stands twice");
  }
  return absl::OkStatus();
}

absl::Status CheckValidity(const ssh::CertificateBody& body, const model::Terms& terms,
                           absl::Time now, const CheckLimits& limits) {
  const absl::Duration ceiling = body.kind == ssh::CertificateKind::kUser
                                     ? limits.max_user_lifetime
                                     : limits.max_host_lifetime;
  if (terms.lifetime <= absl::ZeroDuration() || terms.lifetime > ceiling) {
    return Broken("lifetime", absl::FormatDuration(terms.lifetime));
  }
  if (body.valid_after() > now) return Broken("valid-after", "it is not valid yet");
  if (body.valid_after() < now - limits.backdate - absl::Seconds(1)) {
    return Broken("valid-after", "further back than the backdate");
  }
  if (body.valid_before() > now + terms.lifetime) {
    return Broken("valid-before", "beyond the granted lifetime");
  }
  if (body.valid_before() > limits.until) {
    return Broken("valid-before", "beyond the end of the identity that asked");
  }
  if (body.valid_before_unix_s <= body.valid_after_unix_s) {
    return Broken("valid-before", "not after valid-after");
  }
  return absl::OkStatus();
}

// A custom extension is there exactly as it was granted, and is none of OpenSSH's own.
absl::Status CheckCustomExtension(const ssh::CertificateBody& body, const std::string& name,
                                  const model::Terms& terms) {
  const auto granted = terms.custom_extensions.find(name);
  if (granted == terms.custom_extensions.end() || name.find('@') == std::string::npos ||
      name.ends_with("openssh.com")) {
    return Broken("extensions", name);
  }
  const absl::StatusOr<std::string> value = body.extensions.Text(name);
  if (!value.ok() || *value != granted->second) {
    return Broken("extensions", fmt::format("{} has another value than granted", name));
  }
  return absl::OkStatus();
}

absl::Status CheckOptions(const ssh::CertificateBody& body, const model::Terms& terms) {
  if (body.kind == ssh::CertificateKind::kHost &&
      (!body.critical_options.empty() || !body.extensions.empty())) {
    return Broken("options", "OpenSSH defines none for host certificates");
  }
  const std::vector<std::string>& critical = ssh::KnownCriticalOptions();
  for (const std::string& name : body.critical_options.names()) {
    if (std::ranges::find(critical, name) == critical.end()) {
      return Broken("critical options", name);
    }
  }
  const std::vector<std::string>& extensions = ssh::KnownExtensions();
  for (const ssh::Option& option : body.extensions.options()) {
    if (std::ranges::find(extensions, option.name) == extensions.end()) {
      MAYFLY_RETURN_IF_ERROR(CheckCustomExtension(body, option.name, terms));
      continue;
    }
    if (!option.data.empty()) return Broken("extensions", "a flag with a value");
  }
  if (body.critical_options.Has(ssh::kForceCommand)) {
    MAYFLY_ASSIGN_OR_RETURN(const std::string command,
                            body.critical_options.Text(ssh::kForceCommand));
    if (command.empty() || command.size() > kMaxForceCommand) {
      return Broken("force-command", fmt::format("{} bytes", command.size()));
    }
  }
  if (body.critical_options.Has(ssh::kSourceAddress)) {
    MAYFLY_ASSIGN_OR_RETURN(const std::string value,
                            body.critical_options.Text(ssh::kSourceAddress));
    absl::StatusOr<std::vector<IpNetwork>> networks = ssh::ParseSourceAddress(value);
    if (!networks.ok()) return Broken("source-address", Message(networks.status()));
  }
  return absl::OkStatus();
}

absl::Status CheckKeys(const ssh::CertificateBody& body) {
  if (body.key == body.signature_key) return Broken("subject key", "it is the CA's own");
  const bool security_key = ssh::IsSecurityKey(body.key.type());
  if (!security_key && body.critical_options.Has(ssh::kVerifyRequired)) {
    return Broken("verify-required", "the key is not a security key");
  }
  if (!security_key && body.extensions.Has("no-touch-required")) {
    return Broken("no-touch-required", "the key is not a security key");
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status CheckBody(const ssh::CertificateBody& body, const model::Terms& terms,
                       const model::KeyId& key_id, absl::Time now, const CheckLimits& limits) {
  if (body.serial.value == 0) return Broken("serial", "0 cannot be revoked");
  if (body.nonce.size() != kNonceSize ||
      std::ranges::all_of(body.nonce, [](uint8_t byte) { return byte == 0; })) {
    return Broken("nonce", "not 32 random bytes");
  }
  if (body.kind != terms.kind) return Broken("kind", "not the one granted");
  if (body.key_id != key_id.ToString()) return Broken("key ID", "not the subject's");
  if (!body.reserved.empty()) return Broken("reserved", "not empty");
  MAYFLY_RETURN_IF_ERROR(CheckPrincipals(body, terms));
  MAYFLY_RETURN_IF_ERROR(CheckValidity(body, terms, now, limits));
  MAYFLY_RETURN_IF_ERROR(CheckOptions(body, terms));
  MAYFLY_RETURN_IF_ERROR(CheckKeys(body));
  // Room for the largest signature, RSA-16384.
  if (body.Encode().size() + 4096 > ssh::kMaxCertificateSize) {
    return Broken("size", "no sshd would take it");
  }
  return absl::OkStatus();
}

}  // namespace mayfly::issuance

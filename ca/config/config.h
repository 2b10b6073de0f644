// mayflyd's configuration: one YAML file, parsed strictly, defaulted and validated.
#ifndef MAYFLY_CA_CONFIG_CONFIG_H_
#define MAYFLY_CA_CONFIG_CONFIG_H_

#include <map>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/network.h"
#include "ca/config/token_config.h"
#include "ca/model/limits.h"
#include "ca/model/subject.h"

namespace mayfly::config {

enum class KeyProof { kAny, kHardware, kVerified };
struct SshKeyAuthenticator {
  std::string users_path;
  bool operators_need_hardware = false;
  KeyProof require = KeyProof::kAny;
};
struct JoinTokenAuthenticator {
  absl::Duration max_lifetime = absl::Hours(24 * 7);
};
enum class CertificateNameKind { kSpiffe, kDns, kUri, kCommonName };
// As authn::CertificateRule::Create takes it.
struct CertificateRule {
  CertificateNameKind kind = CertificateNameKind::kSpiffe;
  std::string pattern;
  model::SubjectKind subject = model::SubjectKind::kHost;
  std::string name;
  std::map<std::string, std::string> labels;
  std::vector<std::string> groups;
};
struct MtlsAuthenticator {
  std::string roots_path;
  std::string crl_path;  // Empty = none.
  std::vector<CertificateRule> rules;
  bool reenroll = false;
};
struct AwsAuthenticator {
  std::string certificates_path;
  std::vector<std::string> accounts;
  std::vector<std::string> regions;
  absl::Duration max_age = absl::Hours(1);
  std::vector<std::string> names;
  bool reenroll = false;
};
struct GcpAuthenticator {
  TokenAuthenticator token;  // Issuer, keys, age.
  std::vector<std::string> projects;
  std::vector<std::string> zones;
  std::vector<std::string> service_accounts;
  std::vector<std::string> names;
  bool reenroll = false;
};
struct AzureIdentityAuthenticator {
  TokenAuthenticator token;  // Issuer, audience, keys, age.
  std::string tenant;
  std::vector<std::string> subscriptions;
  std::vector<std::string> resource_groups;
  std::vector<std::string> names;
  bool reenroll = false;
};
struct AzureAuthenticator {
  std::string roots_path;
  std::vector<std::string> subscriptions;
  std::vector<std::string> signers;
  absl::Duration max_age = absl::Minutes(10);
  std::vector<std::string> names;
  bool reenroll = false;
};
struct Authenticator {
  std::string name;
  std::string realm;
  std::variant<SshKeyAuthenticator, JoinTokenAuthenticator, OidcAuthenticator, JwtAuthenticator,
               MtlsAuthenticator, AwsAuthenticator, GcpAuthenticator, AzureAuthenticator,
               AzureIdentityAuthenticator>
      method;
};

// A receiver of events; docs/webhooks.md.
struct Webhook {
  std::string name;
  std::string url;
  std::string secret_path;
  std::vector<std::string> events;  // "request-waiting" …; empty = all.
  std::string roots_path;           // Empty = the system's.
};

enum class LogFormat { kText, kJson };
enum class LogLevel { kDebug, kInfo, kWarning, kError };

// Complete: every default is filled in, every path absolute or relative to the working folder.
struct Config {
  std::string directory;  // Of the file; "." when its path names none.
  std::string name;
  std::vector<std::string> listen;
  std::vector<std::string> addresses;
  std::string state_directory;
  std::string keys_directory;
  std::string policies_path;
  std::string local_socket;
  std::string tls_path;
  std::string passphrase = "prompt";  // As keys::PassphraseSource reads it.
  std::vector<Authenticator> authenticators;
  absl::Duration session_lifetime = absl::Hours(12);
  absl::Duration backdate = absl::Minutes(1);
  int min_rsa_bits = 3072;
  absl::Duration bundle_valid_for = absl::Hours(24 * 7);
  LogFormat log_format = LogFormat::kText;
  LogLevel log_level = LogLevel::kInfo;
  model::Limits limits;
  bool reflection = false;
  std::vector<Webhook> webhooks;
  std::vector<IpNetwork> proxies;  // That begin connections with a PROXY protocol header.
  bool sandbox = true;
};

// Reads the file. kInvalidArgument with every mistake as file:line:column and a caret; else as
// ReadFile.
absl::StatusOr<Config> LoadConfigFile(const std::string& path);
// The same from memory; `path` names it and gives the folder that relative paths start from.
absl::StatusOr<Config> LoadConfig(std::string_view text, const std::string& path);

}  // namespace mayfly::config

#endif  // MAYFLY_CA_CONFIG_CONFIG_H_

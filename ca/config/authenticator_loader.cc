#include "ca/config/authenticator_loader.h"

#include <algorithm>
#include <set>
#include <string_view>
#include <utility>

#include "absl/strings/ascii.h"
#include "base/file.h"
#include "base/status.h"
#include "ca/config/ambiguity.h"
#include "ca/config/token_loader.h"
#include "ca/model/subject.h"
#include "ca/token/claim_pattern.h"
#include "fmt/format.h"

namespace mayfly::config {
namespace {

using document::ElementPath;
using document::FieldPath;

// Azure's ids and names of groups, which its portal and its tokens spell in several ways.
std::vector<std::string> AllLowerCase(std::vector<std::string> texts) {
  for (std::string& text : texts) absl::AsciiStrToLower(&text);
  return texts;
}

bool Has(const std::string& name, std::string_view placeholder) {
  return name.find(fmt::format("${{{}}}", placeholder)) != std::string::npos;
}

// A part of a cloud within which an instance's own name is one instance's.
struct CloudPart {
  std::string_view placeholder;  // "project"
  std::string_view plural;
  bool several;    // Instances of more than one are taken.
  bool of_others;  // Somebody else may hold another, and choose the same name there.
};

// How a cloud's instances may be told apart.
struct Naming {
  std::vector<std::string_view> unique;  // Placeholders of which each is one instance's everywhere.
  std::string_view local;                // The one that is, within one of each part; may be empty.
  std::vector<CloudPart> parts;
  std::string_view by_default;
  std::string_view full;  // A name with everything in it.
};

class AuthenticatorReader {
 public:
  AuthenticatorReader(const document::SourceMap& map, const std::string& folder,
                      document::Diagnostics& errors)
      : map_(map), folder_(folder), errors_(errors) {}

  std::vector<Authenticator> ReadAll(const v1::ConfigFile& file) {
    std::vector<Authenticator> all;
    for (int i = 0; i < file.authenticators_size(); ++i) {
      const std::string path = ElementPath("authenticators", static_cast<size_t>(i));
      all.push_back(Read(file.authenticators(i), path));
    }
    if (all.empty()) Wrong("", "\"authenticators\" is missing: nobody could ask for anything");
    CheckAmbiguity(file, map_, errors_);
    return all;
  }

 private:
  void Wrong(const std::string& path, const std::string& message) {
    errors_.Add(map_.At(path, message));
  }

  std::string Resolve(const std::string& path, const std::string& by_default) const {
    return JoinPath(folder_, path.empty() ? by_default : path);
  }

  absl::Duration Between(const google::protobuf::Duration& duration, const std::string& path,
                         absl::Duration least, absl::Duration most, std::string_view bounds) {
    const absl::Duration value = absl::Seconds(duration.seconds());
    if (value < least || value > most) Wrong(path, fmt::format("expected between {}", bounds));
    return value;
  }

  void CheckNames(const v1::ConfigAuthenticator& from, const std::string& path) {
    // A realm's grammar is a name's too.
    if (!model::Subject::Create(model::SubjectKind::kUser, "x", from.name()).ok()) {
      Wrong(FieldPath(path, "name"),
            "expected a name of 1 to 32 lower-case letters, digits or dashes");
    } else if (from.name() == "session" || from.name() == "host_key" || from.name() == "local") {
      Wrong(FieldPath(path, "name"), "this authenticator is built in; choose another name");
    } else if (!names_.insert(from.name()).second) {
      Wrong(FieldPath(path, "name"), "another authenticator has this name");
    }
    if (!model::Subject::Create(model::SubjectKind::kUser, "x", from.realm()).ok() ||
        from.realm() == "local") {
      Wrong(FieldPath(path, "realm"),
            "expected a realm of 1 to 32 lower-case letters, digits or dashes, such as people");
    }
  }

  Authenticator Read(const v1::ConfigAuthenticator& from, const std::string& path) {
    Authenticator to;
    to.name = from.name();
    to.realm = from.realm();
    CheckNames(from, path);
    const int methods = from.has_ssh_key() + from.has_join_token() + from.has_oidc() +
                        from.has_jwt() + from.has_mtls() + from.has_aws() + from.has_gcp() +
                        from.has_azure() + from.has_azure_identity();
    const TokenLoading loading{map_, folder_, errors_};
    if (methods != 1) {
      Wrong(path,
            "expected exactly one of \"ssh_key\", \"join_token\", \"oidc\", \"jwt\", "
            "\"mtls\", \"aws\", \"gcp\", \"azure\" and \"azure_identity\"");
    } else if (from.has_oidc()) {
      to.method = LoadOidc(from.oidc(), FieldPath(path, "oidc"), loading);
    } else if (from.has_jwt()) {
      to.method = LoadJwt(from.jwt(), FieldPath(path, "jwt"), loading);
    } else if (from.has_mtls()) {
      to.method = ReadMtls(from.mtls(), FieldPath(path, "mtls"));
    } else if (from.has_aws()) {
      to.method = ReadAws(from.aws(), FieldPath(path, "aws"));
    } else if (from.has_gcp()) {
      to.method = ReadGcp(from.gcp(), FieldPath(path, "gcp"), loading);
    } else if (from.has_azure_identity()) {
      to.method =
          ReadAzureIdentity(from.azure_identity(), FieldPath(path, "azure_identity"), loading);
    } else if (from.has_azure()) {
      to.method = ReadAzure(from.azure(), FieldPath(path, "azure"));
    } else if (from.has_ssh_key()) {
      to.method = SshKeyAuthenticator{Resolve(from.ssh_key().users(), "users.yaml"),
                                      from.ssh_key().operators_need_hardware(),
                                      ProofOf(from.ssh_key().require())};
    } else {
      to.method = ReadJoinToken(from.join_token(), FieldPath(path, "join_token"));
    }
    return to;
  }

  static KeyProof ProofOf(v1::ConfigKeyProof proof) {
    if (proof == v1::CONFIG_KEY_PROOF_HARDWARE) return KeyProof::kHardware;
    return proof == v1::CONFIG_KEY_PROOF_VERIFIED ? KeyProof::kVerified : KeyProof::kAny;
  }

  JoinTokenAuthenticator ReadJoinToken(const v1::ConfigJoinToken& from, const std::string& path) {
    JoinTokenAuthenticator join;
    if (from.has_max_lifetime()) {
      join.max_lifetime = Between(from.max_lifetime(), FieldPath(path, "max_lifetime"),
                                  absl::Minutes(1), absl::Hours(24 * 366), "1m and 366d");
    }
    return join;
  }

  std::string Needed(const std::string& file, const std::string& path, const char* field,
                     std::string_view what) {
    if (file.empty()) Wrong(path, fmt::format("\"{}\" is missing: {}", field, what));
    return Resolve(file, field);
  }

  std::vector<std::string> NeededList(const google::protobuf::RepeatedPtrField<std::string>& values,
                                      const std::string& path, const char* field,
                                      std::string_view what) {
    if (values.empty()) Wrong(path, fmt::format("\"{}\" is missing: {}", field, what));
    return {values.begin(), values.end()};
  }

  MtlsAuthenticator ReadMtls(const v1::ConfigMtls& from, const std::string& path) {
    MtlsAuthenticator mtls;
    mtls.roots_path = Needed(from.roots(), path, "roots", "which CAs sign the clients?");
    if (!from.crl().empty()) mtls.crl_path = Resolve(from.crl(), "");
    mtls.reenroll = from.reenroll();
    if (from.identities().empty()) {
      Wrong(path, "\"identities\" is missing: who is a certificate with which name?");
    }
    for (int i = 0; i < from.identities_size(); ++i) {
      mtls.rules.push_back(ReadRule(
          from.identities(i), ElementPath(FieldPath(path, "identities"), static_cast<size_t>(i))));
    }
    return mtls;
  }

  CertificateRule ReadRule(const v1::ConfigCertificateRule& from, const std::string& path) {
    CertificateRule rule;
    int patterns = 0;
    const auto take = [&](const std::string& pattern, CertificateNameKind kind) {
      if (pattern.empty()) return;
      rule.pattern = pattern;
      rule.kind = kind;
      ++patterns;
    };
    take(from.spiffe(), CertificateNameKind::kSpiffe);
    take(from.dns(), CertificateNameKind::kDns);
    take(from.uri(), CertificateNameKind::kUri);
    take(from.common_name(), CertificateNameKind::kCommonName);
    if (patterns != 1) {
      Wrong(path, "expected exactly one of \"spiffe\", \"dns\", \"uri\" and \"common_name\"");
    }
    if (from.subject() == v1::CONFIG_SUBJECT_KIND_USER) rule.subject = model::SubjectKind::kUser;
    rule.name = from.name();
    if (rule.name.empty()) {
      Wrong(path, "\"name\" is missing: what is it called here? ${placeholders} may stand in it");
    }
    rule.labels = {from.labels().begin(), from.labels().end()};
    rule.groups = {from.groups().begin(), from.groups().end()};
    return rule;
  }

  // What instances are called. A name that several could have is the first one's, and a refusal to
  // all others; that is said here rather than when the second one boots.
  std::vector<std::string> NamesOf(const google::protobuf::RepeatedPtrField<std::string>& written,
                                   const std::string& path, const Naming& naming) {
    if (written.empty()) {
      CheckDefaultName(std::string(naming.by_default), path, naming);
      return {std::string(naming.by_default)};
    }
    for (int i = 0; i < written.size(); ++i) {
      CheckName(written.Get(i), ElementPath(FieldPath(path, "names"), static_cast<size_t>(i)),
                naming);
    }
    return {written.begin(), written.end()};
  }

  static bool IsUnique(const std::string& name, const Naming& naming) {
    return std::ranges::any_of(
        naming.unique, [&](std::string_view placeholder) { return Has(name, placeholder); });
  }

  void CheckDefaultName(const std::string& name, const std::string& path, const Naming& naming) {
    if (IsUnique(name, naming)) return;
    for (const CloudPart& part : naming.parts) {
      if (!part.several || Has(name, part.placeholder)) continue;
      const bool may_be_said = std::ranges::none_of(
          naming.parts, [](const CloudPart& one) { return one.several && one.of_others; });
      Wrong(path,
            fmt::format(
                "\"names\" is missing: in several {} instances may have one name; "
                "say what they are called, as names: [\"{}\"]{}",
                part.plural, naming.full,
                may_be_said ? fmt::format(", or names: [\"{}\"] if yours are unique", name) : ""));
      return;
    }
  }

  // Who writes a name down knows their own instances, but not those of others.
  void CheckName(const std::string& name, const std::string& path, const Naming& naming) {
    if (IsUnique(name, naming)) return;
    if (naming.local.empty() || !Has(name, naming.local)) {
      Wrong(path, fmt::format("every instance would have this name; expected ${{{}}} in it",
                              naming.local.empty() ? naming.unique.front() : naming.local));
      return;
    }
    for (size_t end = name.find('}'); end != name.npos; end = name.find('}', end + 1)) {
      const size_t next = name.find("${", end);
      if (next == name.npos || name.substr(end, next - end).find('.') != name.npos) continue;
      Wrong(path, fmt::format("where one value ends and the next begins would be the instance's to "
                              "choose; put a dot between them, as in {}",
                              naming.full));
      return;
    }
    for (const CloudPart& part : naming.parts) {
      if (!part.several || !part.of_others || Has(name, part.placeholder)) continue;
      Wrong(path, fmt::format("instances of several {} may have this name; put ${{{}}} into it, as "
                              "in {}",
                              part.plural, part.placeholder, naming.full));
      return;
    }
  }

  AwsAuthenticator ReadAws(const v1::ConfigAws& from, const std::string& path) {
    AwsAuthenticator aws;
    aws.certificates_path = Needed(from.certificates(), path, "certificates",
                                   "a PEM file with AWS's certificates of the regions");
    aws.accounts =
        NeededList(from.accounts(), path, "accounts", "whose instances? anybody has some");
    aws.regions = NeededList(from.regions(), path, "regions", "where do they run?");
    for (int i = 0; i < from.accounts_size(); ++i) {
      const std::string& account = from.accounts(i);
      if (account.size() != 12 || account.find_first_not_of("0123456789") != std::string::npos) {
        Wrong(ElementPath(FieldPath(path, "accounts"), static_cast<size_t>(i)),
              "expected an account of 12 digits, in quotes");
      }
    }
    if (from.has_max_age()) {
      aws.max_age = Between(from.max_age(), FieldPath(path, "max_age"), absl::Minutes(1),
                            absl::Hours(24 * 366 * 10), "1m and 3660d");
    }
    // Private addresses are one instance's within a network.
    aws.names = NamesOf(from.names(), path,
                        {{"instance"},
                         "ip",
                         {{"account", "accounts", aws.accounts.size() > 1, true},
                          {"region", "regions", aws.regions.size() > 1, false}},
                         "${instance}",
                         "ip-${ip}.${region}.${account}"});
    aws.reenroll = from.reenroll();
    return aws;
  }

  GcpAuthenticator ReadGcp(const v1::ConfigGcp& from, const std::string& path,
                           const TokenLoading& loading) {
    GcpAuthenticator gcp;
    gcp.token =
        LoadIssuer(from.issuer(), "https://accounts.google.com", from.keys(), path, loading);
    gcp.token.max_age = absl::Minutes(10);
    if (from.has_max_age()) {
      gcp.token.max_age = Between(from.max_age(), FieldPath(path, "max_age"), absl::Minutes(1),
                                  absl::Hours(1), "1m and 1h");
    }
    gcp.projects =
        NeededList(from.projects(), path, "projects", "whose instances? anybody has some");
    gcp.zones = {from.zones().begin(), from.zones().end()};
    for (int i = 0; i < from.zones_size(); ++i) {
      const absl::Status status = token::CheckClaimPattern(from.zones(i));
      if (!status.ok()) {
        Wrong(ElementPath(FieldPath(path, "zones"), static_cast<size_t>(i)), Message(status));
      }
    }
    gcp.service_accounts = {from.service_accounts().begin(), from.service_accounts().end()};
    const bool one_zone =
        gcp.zones.size() == 1 && gcp.zones.front().find_first_of("*#") == std::string::npos;
    gcp.names = NamesOf(from.names(), path,
                        {{"instance"},
                         "name",
                         {{"project", "projects", gcp.projects.size() > 1, true},
                          {"zone", "zones", !one_zone, false}},
                         "${name}",
                         "${name}.${zone}.c.${project}.internal"});
    gcp.reenroll = from.reenroll();
    return gcp;
  }

  AzureIdentityAuthenticator ReadAzureIdentity(const v1::ConfigAzureIdentity& from,
                                               const std::string& path,
                                               const TokenLoading& loading) {
    AzureIdentityAuthenticator azure;
    azure.tenant = absl::AsciiStrToLower(from.tenant());
    if (azure.tenant.empty()) Wrong(path, "\"tenant\" is missing: whose identities?");
    azure.token = LoadIssuer(from.issuer(), "https://sts.windows.net/" + azure.tenant + "/",
                             from.keys(), path, loading);
    azure.token.audiences = {from.audience()};
    if (from.audience().empty()) {
      Wrong(path, "\"audience\" is missing: a token that was made for somebody else must not do");
    }
    azure.token.max_age = absl::Hours(24);
    if (from.has_max_age()) {
      azure.token.max_age = Between(from.max_age(), FieldPath(path, "max_age"), absl::Minutes(1),
                                    absl::Hours(24), "1m and 24h");
    }
    azure.subscriptions = AllLowerCase(NeededList(from.subscriptions(), path, "subscriptions",
                                                  "whose machines? anybody has some"));
    azure.resource_groups =
        AllLowerCase({from.resource_groups().begin(), from.resource_groups().end()});
    azure.names =
        NamesOf(from.names(), path,
                {{},
                 "name",
                 {{"subscription", "subscriptions", azure.subscriptions.size() > 1, true},
                  {"resource_group", "resource groups", azure.resource_groups.size() != 1, false}},
                 "${name}",
                 azure.subscriptions.size() > 1 ? "${name}.${resource_group}.${subscription}"
                                                : "${name}.${resource_group}"});
    azure.reenroll = from.reenroll();
    return azure;
  }

  AzureAuthenticator ReadAzure(const v1::ConfigAzure& from, const std::string& path) {
    AzureAuthenticator azure;
    azure.roots_path = Needed(from.roots(), path, "roots",
                              "a PEM file with the roots and intermediates of the signer");
    azure.subscriptions = AllLowerCase(NeededList(from.subscriptions(), path, "subscriptions",
                                                  "whose machines? anybody has some"));
    azure.signers = {from.signers().begin(), from.signers().end()};
    if (azure.signers.empty()) azure.signers = {"metadata.azure.com"};
    if (from.has_max_age()) {
      azure.max_age = Between(from.max_age(), FieldPath(path, "max_age"), absl::Minutes(1),
                              absl::Hours(24), "1m and 24h");
    }
    azure.names = NamesOf(from.names(), path, {{"vm"}, "", {}, "${vm}", "${vm}"});
    azure.reenroll = from.reenroll();
    return azure;
  }

  const document::SourceMap& map_;
  const std::string& folder_;
  document::Diagnostics& errors_;
  std::set<std::string> names_;
};

}  // namespace

std::vector<Authenticator> ReadAuthenticators(const v1::ConfigFile& file,
                                              const document::SourceMap& map,
                                              const std::string& folder,
                                              document::Diagnostics& errors) {
  return AuthenticatorReader(map, folder, errors).ReadAll(file);
}

}  // namespace mayfly::config

#include "ca/authn/mtls_authenticator.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/status.h"
#include "base/text.h"
#include "ca/authn/refusal.h"
#include "ca/authn/user_directory.h"
#include "ca/model/principal.h"
#include "fmt/format.h"

namespace mayfly::authn {
namespace {

constexpr std::string_view kSpiffe = "spiffe://";

bool AllowsDots(CertificateNameKind kind) {
  return kind == CertificateNameKind::kSpiffe || kind == CertificateNameKind::kUri;
}

// The one name of `kind`, or why there is none.
absl::StatusOr<std::string> OnlyName(CertificateNameKind kind, const CertificateNames& names) {
  const auto only = [](const std::vector<std::string>& all,
                       std::string_view what) -> absl::StatusOr<std::string> {
    if (all.size() == 1) return all.front();
    return InvalidArgument(fmt::format("it has {} {}s; expected exactly one", all.size(), what));
  };
  switch (kind) {
    case CertificateNameKind::kDns:
      return only(names.dns, "DNS name");
    case CertificateNameKind::kUri:
      return only(names.uris, "URI");
    case CertificateNameKind::kSpiffe: {
      // As the SPIFFE standard has it: one URI, and no other beside it.
      MAYFLY_ASSIGN_OR_RETURN(std::string uri, only(names.uris, "URI"));
      if (!uri.starts_with(kSpiffe)) return InvalidArgument("its URI is no SPIFFE ID");
      return uri;
    }
    case CertificateNameKind::kCommonName:
      break;
  }
  // A common name is what is left when nothing better is said (RFC 6125, 6.4.4).
  if (!names.dns.empty() || !names.uris.empty()) {
    return InvalidArgument("it has alternative names, so its common name says nothing");
  }
  return only(names.common_names, "common name");
}

absl::Status CheckPlaceholders(const NameTemplate& filled, const NameTemplate& pattern,
                               std::string_view what) {
  for (const std::string& name : filled.names()) {
    if (pattern.names().contains(name)) continue;
    return InvalidArgument(
        fmt::format("{} uses ${{{}}}, which stands nowhere in '{}'", what, name, pattern.text()));
  }
  return absl::OkStatus();
}

absl::StatusOr<CertificateSubject> Apply(const CertificateRule& rule, const Placeholders& values,
                                         const std::string& attested, const std::string& realm) {
  CertificateSubject result;
  result.attested = attested;
  const std::string name = rule.name.Fill(values).value_or("");
  MAYFLY_ASSIGN_OR_RETURN(result.subject, model::Subject::Create(rule.subject, name, realm));
  if (rule.subject == model::SubjectKind::kUser && model::IsReservedLogin(name)) {
    return InvalidArgument(fmt::format("{} is the name of a system account", name));
  }
  for (const auto& [key, value] : rule.labels) {
    result.labels[key] = value.Fill(values).value_or("");
  }
  MAYFLY_RETURN_IF_ERROR(model::CheckLabels(result.labels));
  result.groups = rule.groups;
  return result;
}

}  // namespace

std::string_view CertificateNameKindName(CertificateNameKind kind) {
  switch (kind) {
    case CertificateNameKind::kSpiffe:
      return "spiffe";
    case CertificateNameKind::kDns:
      return "dns";
    case CertificateNameKind::kUri:
      return "uri";
    case CertificateNameKind::kCommonName:
      break;
  }
  return "common_name";
}

absl::StatusOr<CertificateRule> CertificateRule::Create(
    CertificateNameKind kind, const std::string& pattern, model::SubjectKind subject,
    const std::string& name, const std::map<std::string, std::string>& labels,
    const std::vector<std::string>& groups) {
  CertificateRule rule;
  rule.kind = kind;
  rule.subject = subject;
  MAYFLY_ASSIGN_OR_RETURN(rule.pattern,
                          Annotate(NameTemplate::Parse(pattern), CertificateNameKindName(kind)));
  MAYFLY_RETURN_IF_ERROR(
      Annotate(rule.pattern.CheckMatchable(AllowsDots(kind)), CertificateNameKindName(kind)));
  if (kind == CertificateNameKind::kSpiffe) {
    // The trust domain decides whom the rule believes; it must not be a placeholder.
    const std::string_view rest =
        std::string_view(pattern).substr(std::min(kSpiffe.size(), pattern.size()));
    const std::string_view domain = rest.substr(0, rest.find('/'));
    if (!pattern.starts_with(kSpiffe) || domain.empty() ||
        domain.find('$') != std::string_view::npos) {
      return InvalidArgument(
          "spiffe: expected spiffe://TRUST-DOMAIN/PATH, and no placeholder in the trust domain");
    }
  }
  MAYFLY_ASSIGN_OR_RETURN(rule.name, Annotate(NameTemplate::Parse(name), "name"));
  MAYFLY_RETURN_IF_ERROR(CheckPlaceholders(rule.name, rule.pattern, "name"));
  for (const auto& [key, value] : labels) {
    MAYFLY_ASSIGN_OR_RETURN(NameTemplate filled, Annotate(NameTemplate::Parse(value), "labels"));
    MAYFLY_RETURN_IF_ERROR(CheckPlaceholders(filled, rule.pattern, "labels"));
    MAYFLY_RETURN_IF_ERROR(Annotate(model::CheckLabels({{key, "x"}}), "labels"));
    rule.labels.emplace(key, std::move(filled));
  }
  if (subject == model::SubjectKind::kUser && !labels.empty()) {
    return InvalidArgument("labels: only hosts have labels; users have groups");
  }
  if (subject == model::SubjectKind::kHost && !groups.empty()) {
    return InvalidArgument("groups: only users have groups; hosts have labels");
  }
  for (const std::string& group : groups) {
    if (!IsGroup(group)) {
      return InvalidArgument(
          fmt::format("groups: '{}' is not a group", EscapeForTerminal(group.substr(0, 80))));
    }
  }
  rule.groups = groups;
  return rule;
}

absl::StatusOr<CertificateSubject> SubjectOf(const std::vector<CertificateRule>& rules,
                                             const CertificateNames& names,
                                             const std::string& realm) {
  std::string why;
  for (const CertificateRule& rule : rules) {
    const std::string prefix =
        fmt::format("{} {}: ", CertificateNameKindName(rule.kind), rule.pattern.text());
    const absl::StatusOr<std::string> name = OnlyName(rule.kind, names);
    if (!name.ok()) {
      why += (why.empty() ? "" : "; ") + prefix + Message(name.status());
      continue;
    }
    const std::optional<Placeholders> values = rule.pattern.Match(*name, AllowsDots(rule.kind));
    if (!values) {
      why += (why.empty() ? "" : "; ") + prefix +
             fmt::format("'{}' does not match", EscapeForTerminal(name->substr(0, 200)));
      continue;
    }
    return Annotate(Apply(rule, *values, *name, realm),
                    fmt::format("{}'{}'", prefix, EscapeForTerminal(name->substr(0, 200))));
  }
  return InvalidArgument(fmt::format("no rule fits the client certificate ({})", why));
}

MtlsAuthenticator::MtlsAuthenticator(Options options, const ClientRoots& roots)
    : options_(std::move(options)), roots_(roots) {}

absl::StatusOr<model::Identity> MtlsAuthenticator::Authenticate(
    const ssh::PublicKey* credential, const AuthenticationContext& context) const {
  MAYFLY_CHECK(credential == nullptr);
  const TlsPeer& tls = context.header.tls;
  if (tls.certificate.empty()) {
    return Refuse(cause::kNoCredential,
                  fmt::format("{}: the connection has no client certificate", name()));
  }
  const absl::StatusOr<VerifiedCertificate> verified =
      roots_.Verify(tls.certificate, tls.chain, context.now);
  if (!verified.ok()) {
    return Refuse(cause::kBadCertificate,
                  fmt::format("{}: {}", name(), Message(verified.status())));
  }
  absl::StatusOr<CertificateSubject> who =
      SubjectOf(options_.rules, verified->names, options_.realm);
  if (!who.ok()) {
    return Refuse(cause::kWrongName, fmt::format("{}: {}", name(), Message(who.status())));
  }
  const std::string& hostname = context.header.hostname;
  if (!hostname.empty() && hostname != who->subject.name) {
    return Refuse(cause::kWrongName,
                  fmt::format("{}: the certificate is of {}, not '{}'", name(),
                              who->subject.ToString(), EscapeForTerminal(hostname.substr(0, 100))));
  }
  model::Identity identity;
  identity.subject = std::move(who->subject);
  identity.authenticator = name();
  identity.proof = proof();
  identity.issuer_subject = who->attested;
  identity.claims["certificate_sha256"] = model::Fact<std::string>::Known(verified->sha256);
  identity.claims["certificate_serial"] = model::Fact<std::string>::Known(verified->serial);
  identity.authenticated_at = context.now;
  if (identity.subject.kind == model::SubjectKind::kHost) {
    // A host stands by its record from then on, whatever its certificate does.
    identity.labels = model::Fact<model::Labels>::Known(std::move(who->labels));
  } else {
    identity.issuer = name();  // The roots have no name of their own; this is their place here.
    identity.groups = model::Fact<std::vector<std::string>>::Known(std::move(who->groups));
    identity.until = verified->not_after;
  }
  return identity;
}

}  // namespace mayfly::authn

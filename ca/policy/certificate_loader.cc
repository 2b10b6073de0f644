#include <algorithm>
#include <map>
#include <optional>
#include <set>

#include "base/status.h"
#include "base/text.h"
#include "ca/model/principal.h"
#include "ca/policy/custom_extension.h"
#include "ca/policy/force_command.h"
#include "ca/policy/pattern.h"
#include "ca/policy/rule_loader.h"
#include "fmt/format.h"
#include "mayfly/v1/policy.pb.h"
#include "ssh/certificate.h"
#include "ssh/options.h"

namespace mayfly::policy {
namespace {

using document::ElementPath;
using document::FieldPath;
using document::Quote;

constexpr std::string_view kUsername = "${username}";
constexpr std::string_view kGroups = "${groups}";
constexpr std::string_view kHostname = "${hostname}";
constexpr std::string_view kClaims = "${claims.";  // … NAME}
constexpr size_t kMaxSourceAddresses = 64;         // sshd walks them at every login.

bool HasPlaceholder(std::string_view text) { return text.find('$') != std::string_view::npos; }

// NAME of "${claims.NAME}", standing alone.
std::optional<std::string> ClaimOf(std::string_view text) {
  if (!text.starts_with(kClaims) || !text.ends_with('}')) return std::nullopt;
  const std::string_view name = text.substr(kClaims.size(), text.size() - kClaims.size() - 1);
  if (!IsClaimName(name)) return std::nullopt;
  return std::string(name);
}

bool HasKnownPlaceholder(std::string_view text) {
  for (const std::string_view known : {kUsername, kGroups}) {
    if (text.find(known) != std::string_view::npos) return true;
  }
  const size_t begin = text.find(kClaims);
  if (begin == std::string_view::npos) return false;
  const size_t end = text.find('}', begin);
  return end != std::string_view::npos && ClaimOf(text.substr(begin, end + 1 - begin));
}

LoginRule LoadLogin(const std::string& text, const std::string& path, const LoadContext& context) {
  LoginRule login;
  if (text == kUsername || text == kGroups) {
    login.source = text == kUsername ? LoginSource::kUsername : LoginSource::kGroups;
    return login;
  }
  if (const std::optional<std::string> claim = ClaimOf(text); claim) {
    login.source = LoginSource::kClaim;
    login.literal = *claim;
    return login;
  }
  login.literal = text;
  if (text.find('*') != std::string::npos && !HasPlaceholder(text)) {
    login.source = LoginSource::kPattern;
    context.AddIfError(path, CheckLoginPattern(text));
  } else if (!HasPlaceholder(text)) {
    context.AddIfError(path, model::CheckLogin(text));
  } else if (HasKnownPlaceholder(text)) {
    context.Add(path, fmt::format("{} puts text around a placeholder; in logins it stands alone",
                                  Quote(text)));
  } else if (text.find(kHostname) != std::string::npos) {
    context.Add(path,
                "${hostname} belongs to host certificates; users have ${username}, ${groups} and "
                "${claims.NAME}");
  } else {
    context.Add(path,
                fmt::format("{} is no placeholder; expected ${{username}}, ${{groups}} or "
                            "${{claims.NAME}}",
                            Quote(text)),
                Nearest(text, {std::string(kUsername), std::string(kGroups)}));
  }
  return login;
}

HostNameRule LoadHostName(const std::string& text, const std::string& path,
                          const LoadContext& context) {
  HostNameRule name;
  const size_t at = text.find(kHostname);
  name.hostname = at != std::string::npos;
  name.prefix = text.substr(0, at);
  if (name.hostname) name.suffix = text.substr(at + kHostname.size());
  if (HasKnownPlaceholder(text)) {
    context.Add(path,
                "${username}, ${groups} and ${claims.NAME} belong to user certificates; hosts have "
                "${hostname}");
  } else if (HasPlaceholder(name.prefix) || HasPlaceholder(name.suffix)) {
    context.Add(path, fmt::format("{} has another placeholder than one ${{hostname}}", Quote(text)),
                name.hostname ? "" : Nearest(text, {std::string(kHostname)}));
  } else {
    const std::string sample = name.hostname ? name.prefix + "h" + name.suffix : text;
    const absl::Status status = model::CheckHostName(sample);
    if (!status.ok()) {
      context.Add(path, name.hostname
                            ? fmt::format("{} makes no host name: {}", Quote(text), Message(status))
                            : Message(status));
    }
  }
  return name;
}

model::Labels LoadHosts(const v1::PolicyUserCertificate& message, const std::string& certificate,
                        const LoadContext& context) {
  const std::string path = FieldPath(certificate, "hosts");
  if (!message.has_hosts()) {
    context.Add(certificate, "\"hosts\" must be said: any, or labels as {env: staging}");
    return {};
  }
  if (message.hosts().has_labels()) {
    return LoadLabels(message.hosts().labels().entries(), path, context);
  }
  if (!message.hosts().any()) {
    context.Add(path, "expected any, or labels as {env: staging}");
  }
  return {};
}

std::vector<LoginRule> LoadLogins(const v1::PolicyUserCertificate& message,
                                  const std::string& certificate, const LoadContext& context) {
  const std::string path = FieldPath(certificate, "logins");
  const std::vector<std::string> texts(message.logins().begin(), message.logins().end());
  if (texts.empty()) {
    context.Add(context.map.Contains(path) ? path : certificate,
                "\"logins\" must name at least one, as [\"${username}\", deploy]");
  }
  if (texts.size() > ssh::kMaxPrincipals) {
    context.Add(path, fmt::format("{} logins, and a certificate holds {}", texts.size(),
                                  ssh::kMaxPrincipals));
  }
  RefuseRepeated(texts, path, context);
  std::vector<LoginRule> logins;
  for (size_t i = 0; i < texts.size(); ++i) {
    logins.push_back(LoadLogin(texts[i], ElementPath(path, i), context));
  }
  return logins;
}

// A principal that cannot be made would be found out at the first login only.
void CheckPrincipals(const UserCertificateRule& rule, const std::string& certificate,
                     const LoadContext& context) {
  if (!model::CheckLabels(rule.hosts).ok()) return;
  for (size_t i = 0; i < rule.logins.size(); ++i) {
    const std::string& login = rule.logins[i].literal;
    if (rule.logins[i].source != LoginSource::kLiteral || !model::CheckLogin(login).ok()) continue;
    context.AddIfError(ElementPath(FieldPath(certificate, "logins"), i),
                       model::MakePrincipal(rule.hosts, login).status());
  }
}

std::set<std::string> LoadAllowReserved(const v1::PolicyUserCertificate& message,
                                        const std::string& certificate,
                                        const std::vector<LoginRule>& logins,
                                        const LoadContext& context) {
  const std::string path = FieldPath(certificate, "allow_reserved");
  const std::vector<std::string> texts(message.allow_reserved().begin(),
                                       message.allow_reserved().end());
  RefuseEmptyList(path, texts.size(), context);
  RefuseRepeated(texts, path, context);
  for (size_t i = 0; i < texts.size(); ++i) {
    context.AddIfError(ElementPath(path, i), model::CheckLogin(texts[i]));
  }
  const bool yields = std::ranges::any_of(
      logins, [](const LoginRule& login) { return login.source != LoginSource::kLiteral; });
  if (!texts.empty() && !yields) {
    context.Add(path,
                "allow_reserved means nothing here, because no login is a placeholder or a "
                "pattern");
  }
  return {texts.begin(), texts.end()};
}

ValueRule LoadValue(const std::string& text, const std::string& path, const LoadContext& context) {
  ValueRule value;
  if (text == kUsername) {
    value.source = ValueSource::kUsername;
  } else if (const std::optional<std::string> claim = ClaimOf(text); claim) {
    value.source = ValueSource::kClaim;
    value.literal = *claim;
  } else if (text == kGroups) {
    context.Add(path,
                "${groups} is a list, and an extension has one value; expected a text, "
                "${username} or ${claims.NAME}");
  } else if (HasPlaceholder(text)) {
    context.Add(path,
                fmt::format("{} is neither a text nor one placeholder; expected ${{username}} "
                            "or ${{claims.NAME}} alone",
                            Quote(text)));
  } else {
    value.literal = text;
    context.AddIfError(path, CheckExtensionValue(text));
  }
  return value;
}

std::map<std::string, ValueRule> LoadCustomExtensions(const v1::PolicyUserCertificate& message,
                                                      const std::string& certificate,
                                                      const LoadContext& context) {
  const std::string path = FieldPath(certificate, "custom_extensions");
  const std::map<std::string, std::string> texts(message.custom_extensions().begin(),
                                                 message.custom_extensions().end());
  if (texts.empty() && context.map.Contains(path)) {
    context.Add(path, "expected at least one extension, as {login@github.com: \"${username}\"}");
  }
  std::map<std::string, ValueRule> extensions;
  for (const auto& [name, text] : texts) {
    const std::string at = FieldPath(path, name);
    const absl::Status status = CheckExtensionName(name);
    if (!status.ok()) context.errors.Add(context.map.FindKey(at), at, Message(status));
    extensions[name] = LoadValue(text, at, context);
  }
  return extensions;
}

std::vector<std::string> LoadExtensions(const v1::PolicyUserCertificate& message,
                                        const std::string& certificate,
                                        const LoadContext& context) {
  const std::string path = FieldPath(certificate, "extensions");
  if (!context.map.Contains(path)) return {"permit-pty"};  // What a shell needs, and no more.
  const std::vector<std::string> texts(message.extensions().begin(), message.extensions().end());
  RefuseRepeated(texts, path, context);
  const std::vector<std::string>& known = ssh::KnownExtensions();
  for (size_t i = 0; i < texts.size(); ++i) {
    if (std::ranges::find(known, texts[i]) != known.end()) continue;
    const std::vector<std::string>& critical = ssh::KnownCriticalOptions();
    if (std::ranges::find(critical, texts[i]) != critical.end()) {
      // Among the extensions, every verifier accepts it and none enforces it.
      context.Add(ElementPath(path, i), fmt::format("{} is a critical option; write it under "
                                                    "critical_options",
                                                    Quote(texts[i])));
    } else {
      context.Add(ElementPath(path, i),
                  fmt::format("unknown extension {}; OpenSSH has {}", Quote(texts[i]),
                              fmt::join(known, ", ")),
                  Nearest(texts[i], known));
    }
  }
  const std::set<std::string> sorted(texts.begin(), texts.end());
  return std::vector<std::string>(sorted.begin(), sorted.end());
}

void LoadSourceAddress(const v1::PolicyCriticalOptions& message, const std::string& options,
                       const LoadContext& context, UserCertificateRule* rule) {
  const std::string path = FieldPath(options, "source_address");
  rule->source_addresses = LoadNetworks(
      {message.source_address().begin(), message.source_address().end()}, path, context);
  if (rule->source_addresses.size() > kMaxSourceAddresses) {
    context.Add(path, fmt::format("{} networks; at most {} are allowed",
                                  rule->source_addresses.size(), kMaxSourceAddresses));
  }
  for (int i = 0; i < message.source_address_size(); ++i) {
    const absl::StatusOr<IpNetwork> network = IpNetwork::Parse(message.source_address(i));
    if (!network.ok() || network->prefix() != 0) continue;
    context.Add(ElementPath(path, static_cast<size_t>(i)),
                fmt::format("{} restricts nothing", Quote(message.source_address(i))));
  }
}

void LoadChoices(const v1::PolicyCriticalOptions& message, const std::string& options,
                 const LoadContext& context, UserCertificateRule* rule) {
  const std::string commands = FieldPath(options, "force_command_one_of");
  const std::string within = FieldPath(options, "source_address_within");
  rule->force_command_one_of = {message.force_command_one_of().begin(),
                                message.force_command_one_of().end()};
  RefuseEmptyList(commands, rule->force_command_one_of.size(), context);
  RefuseRepeated(rule->force_command_one_of, commands, context);
  for (size_t i = 0; i < rule->force_command_one_of.size(); ++i) {
    const std::string& command = rule->force_command_one_of[i];
    context.AddIfError(ElementPath(commands, i), CheckForceCommand(command));
    if (command.starts_with('*')) {
      context.Add(ElementPath(commands, i),
                  "the program must be named: a * may only stand for a word of its arguments");
    }
  }
  if (rule->force_command && context.map.Contains(commands)) {
    context.Add(commands, "force_command leaves no choice; write one of the two");
  }
  rule->source_address_within =
      LoadNetworks({message.source_address_within().begin(), message.source_address_within().end()},
                   within, context);
  if (!rule->source_addresses.empty() && context.map.Contains(within)) {
    context.Add(within, "a forced source_address may be narrowed already; write one of the two");
  }
}

void LoadCriticalOptions(const v1::PolicyUserCertificate& message, const std::string& certificate,
                         const LoadContext& context, UserCertificateRule* rule) {
  const v1::PolicyCriticalOptions& options = message.critical_options();
  const std::string path = FieldPath(certificate, "critical_options");
  const std::string command = FieldPath(path, "force_command");
  if (context.map.Contains(command)) {
    rule->force_command = options.force_command();
    context.AddIfError(command, CheckForceCommand(options.force_command()));
  }
  LoadSourceAddress(options, path, context, rule);
  LoadChoices(options, path, context, rule);
  rule->verify_required = options.verify_required();
  // sshd looks at verify-required only in signatures that carry the flag, those of security keys:
  // for any other key the option is accepted and nothing is verified.
  if (rule->verify_required && !std::ranges::all_of(rule->keys.types, ssh::IsSecurityKey)) {
    context.Add(FieldPath(path, "verify_required"),
                "only security keys can be verified; say keys: {types: [sk-ed25519, "
                "sk-ecdsa-p256]}");
  }
}

}  // namespace

UserCertificateRule LoadUserCertificate(const v1::PolicyUserCertificate& message,
                                        const std::string& path, const LoadContext& context) {
  UserCertificateRule rule;
  rule.hosts = LoadHosts(message, path, context);
  rule.logins = LoadLogins(message, path, context);
  rule.allow_reserved = LoadAllowReserved(message, path, rule.logins, context);
  CheckPrincipals(rule, path, context);
  rule.lifetime = LoadLifetime(message.lifetime(), path, "user_lifetime",
                               context.ceilings.user_lifetime, context);
  rule.extensions = LoadExtensions(message, path, context);
  rule.custom_extensions = LoadCustomExtensions(message, path, context);
  rule.keys = LoadKeys(message.keys(), path, context);
  LoadCriticalOptions(message, path, context, &rule);
  return rule;
}

HostCertificateRule LoadHostCertificate(const v1::PolicyHostCertificate& message,
                                        const std::string& path, const LoadContext& context) {
  const std::string principals = FieldPath(path, "principals");
  const std::vector<std::string> texts(message.principals().begin(), message.principals().end());
  HostCertificateRule rule;
  if (texts.empty()) {
    context.Add(context.map.Contains(principals) ? principals : path,
                "\"principals\" must name at least one, as [\"${hostname}\"]");
  }
  if (texts.size() > ssh::kMaxPrincipals) {
    context.Add(principals, fmt::format("{} principals, and a certificate holds {}", texts.size(),
                                        ssh::kMaxPrincipals));
  }
  RefuseRepeated(texts, principals, context);
  for (size_t i = 0; i < texts.size(); ++i) {
    rule.principals.push_back(LoadHostName(texts[i], ElementPath(principals, i), context));
  }
  rule.lifetime = LoadLifetime(message.lifetime(), path, "host_lifetime",
                               context.ceilings.host_lifetime, context);
  rule.keys = LoadKeys(message.keys(), path, context);
  return rule;
}

}  // namespace mayfly::policy

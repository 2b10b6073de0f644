// Any bytes as a policy file: never a crash; what loads decides soundly, and loads again to the
// same.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/status.h"
#include "base/text.h"
#include "ca/model/principal.h"
#include "ca/policy/decide.h"
#include "ca/policy/operators.h"
#include "ca/policy/policy_loader.h"
#include "ca/policy/principals.h"
#include "ca/policy/widening.h"

namespace mayfly::policy {
namespace {

std::vector<PolicyText> FilesOf(std::string_view text) {
  // A NUL, which YAML cannot hold, ends the first of two files.
  std::vector<PolicyText> files;
  const size_t end = text.find('\0');
  files.push_back({"a.yaml", std::string(text.substr(0, end))});
  if (end != std::string_view::npos) {
    files.push_back({"b.yaml", std::string(text.substr(end + 1))});
  }
  return files;
}

model::Identity IdentityOf(model::SubjectKind kind, const std::vector<std::string>& groups) {
  model::Identity identity;
  identity.subject.kind = kind;
  identity.subject.name = kind == model::SubjectKind::kUser ? "alice" : "web1";
  identity.subject.realm = kind == model::SubjectKind::kUser ? "people" : "hosts";
  identity.authenticator = kind == model::SubjectKind::kUser ? "ssh-key" : "join";
  identity.groups = model::Fact<std::vector<std::string>>::Known(groups);
  identity.labels = model::Fact<model::Labels>::Known({{"env", "production"}, {"role", "web"}});
  return identity;
}

void CheckGranted(const PolicySet& policy, const model::Decision& decision, bool user) {
  const auto* granted = std::get_if<model::Granted>(&decision);
  if (std::holds_alternative<model::Pending>(decision)) return;
  if (granted == nullptr) {
    const auto& denied = std::get<model::Denied>(decision);
    MAYFLY_CHECK(!denied.message.empty() && !denied.rule.empty());
    MAYFLY_CHECK(IsValidUtf8(denied.message));
    return;
  }
  MAYFLY_CHECK(!granted->terms.principals.empty());
  for (const std::string& principal : granted->terms.principals) {
    MAYFLY_CHECK(user ? model::ParsePrincipal(principal).ok()
                      : model::CheckHostName(principal).ok());
  }
  const Ceilings& ceilings = policy.ceilings();
  MAYFLY_CHECK(granted->terms.lifetime >= absl::Seconds(1));
  MAYFLY_CHECK(granted->terms.lifetime <= (user ? ceilings.user_lifetime : ceilings.host_lifetime));
}

// Callers who meet the conditions of each rule, and one who meets none.
void DecideAll(const PolicySet& policy) {
  const std::string point(32, 'p');
  std::vector<std::vector<std::string>> callers = {{}, {"root", "a,b", "\xff", "engineering"}};
  for (const Grant& grant : policy.grants()) callers.push_back(grant.conditions.groups);
  if (callers.size() > 20) callers.resize(20);
  for (const std::vector<std::string>& groups : callers) {
    for (const model::SubjectKind kind : {model::SubjectKind::kUser, model::SubjectKind::kHost}) {
      const bool user = kind == model::SubjectKind::kUser;
      const model::Identity identity = IdentityOf(kind, groups);
      model::Request request{
          .kind = user ? ssh::CertificateKind::kUser : ssh::CertificateKind::kHost,
          .key = ssh::PublicKey::Ed25519(AsBytes(point)),
          .ask = {},
          .peer = model::Fact<IpAddress>::Known(IpAddress::Parse("10.1.2.3").value()),
          .hostname = user ? "" : "web1"};
      const absl::Time now = absl::FromUnixSeconds(1772442000);
      CheckGranted(policy, Decide(policy, identity, request, model::Facts(), now), user);
      for (const Permission permission : AllPermissions()) {
        May(policy, identity, permission, request.peer, absl::FromUnixSeconds(1772442000), nullptr);
      }
    }
  }
}

}  // namespace
}  // namespace mayfly::policy

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace mayfly;          // NOLINT: a fuzz target is one file.
  using namespace mayfly::policy;  // NOLINT
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto loaded = LoadPolicyText(FilesOf(text));
  if (!loaded.ok()) {
    MAYFLY_CHECK(loaded.status().code() == absl::StatusCode::kInvalidArgument);
    MAYFLY_CHECK(IsValidUtf8(Message(loaded.status())));
    return 0;
  }
  const PolicySet& policy = **loaded;
  const auto again = LoadPolicyText(FilesOf(text));
  MAYFLY_CHECK(again.ok() && (*again)->hash() == policy.hash());
  MAYFLY_CHECK(Widenings(policy, **again).empty());
  Widenings(policy, PolicySet(Rules(), ""));
  ComputePrincipals(policy, {{"env", "production"}, {"role", "web"}});
  DecideAll(policy);
  return 0;
}

#include "ca/authn/azure_identity.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "base/status.h"
#include "base/text.h"
#include "ca/authn/refusal.h"
#include "fmt/format.h"

namespace mayfly::authn {
namespace {

constexpr size_t kMaxResource = 1024;

std::vector<std::string> SegmentsOf(std::string_view path) {
  std::vector<std::string> segments;
  while (!path.empty()) {
    const size_t slash = path.find('/', 1);
    segments.push_back(
        absl::AsciiStrToLower(std::string(path.substr(1, slash == path.npos ? slash : slash - 1))));
    path = slash == path.npos ? std::string_view() : path.substr(slash);
  }
  return segments;
}

// `one` is in lower case; what is configured may be as portals write it.
bool Contains(const std::vector<std::string>& all, const std::string& one) {
  return std::ranges::any_of(
      all, [&](const std::string& each) { return absl::AsciiStrToLower(each) == one; });
}

}  // namespace

absl::StatusOr<AzureMachine> ParseAzureMachine(std::string_view resource) {
  const absl::Status wrong = InvalidArgument(fmt::format(
      "xms_mirid: '{}' is no virtual machine: only the identity that the system gave a machine "
      "says which one it is",
      EscapeForTerminal(resource.substr(0, 200))));
  if (resource.size() > kMaxResource || !resource.starts_with('/')) return wrong;
  const std::vector<std::string> at = SegmentsOf(resource);
  // /subscriptions/ID/resourcegroups/GROUP/providers/Microsoft.Compute/virtualMachines/NAME
  if (at.size() != 8 || at[0] != "subscriptions" || at[2] != "resourcegroups" ||
      at[4] != "providers" || at[5] != "microsoft.compute" || at[6] != "virtualmachines" ||
      at[1].empty() || at[3].empty() || at[7].empty()) {
    return wrong;
  }
  return AzureMachine{at[1], at[3], at[7]};
}

AzureIdentityVerifier::AzureIdentityVerifier(TokenChecker::Options checking, Options options,
                                             const token::KeySource& keys)
    : checker_(std::move(checking), keys), options_(std::move(options)) {}

std::vector<std::string> AzureIdentityVerifier::Placeholders() {
  return {"name", "resource_group", "subscription"};
}

std::vector<std::string> AzureIdentityVerifier::placeholders() const { return Placeholders(); }

absl::StatusOr<AttestedInstance> AzureIdentityVerifier::Verify(
    const AuthenticationContext& context) const {
  const std::string& name = checker_.options().name;
  MAYFLY_ASSIGN_OR_RETURN(const token::VerifiedToken token,
                          checker_.Verify(AsText(context.header.bearer), context));
  if (absl::AsciiStrToLower(token.claims.Text("tid").value_or("")) !=
      absl::AsciiStrToLower(options_.tenant)) {
    return Refuse(cause::kWrongAccount, fmt::format("{}: a token of another tenant", name));
  }
  const std::string identity = token.claims.Text("oid").value_or("");
  if (identity.empty() || identity.size() > 64) {
    return Refuse(cause::kBadDocument, fmt::format("{}: oid: is missing", name));
  }
  const absl::StatusOr<AzureMachine> machine =
      ParseAzureMachine(token.claims.Text("xms_mirid").value_or(""));
  if (!machine.ok()) {
    return Refuse(cause::kBadDocument, fmt::format("{}: {}", name, Message(machine.status())));
  }
  if (!Contains(options_.subscriptions, machine->subscription)) {
    return Refuse(cause::kWrongAccount, fmt::format("{}: a machine of the subscription {}", name,
                                                    EscapeForTerminal(machine->subscription)));
  }
  if (!options_.resource_groups.empty() &&
      !Contains(options_.resource_groups, machine->resource_group)) {
    return Refuse(cause::kWrongAccount,
                  fmt::format("{}: a machine of the resource group '{}'", name,
                              EscapeForTerminal(machine->resource_group)));
  }
  // Azure takes dots there: web.prod in eu would be web in prod.eu, and a machine of anybody's who
  // may make some would have the name of a host elsewhere.
  if (machine->name.find('.') != std::string::npos ||
      machine->resource_group.find('.') != std::string::npos) {
    return Refuse(cause::kWrongName,
                  fmt::format("{}: a dot in the name of a machine or of its group", name));
  }
  AttestedInstance instance;
  // The identity is made anew with the machine; the name is not.
  instance.id = fmt::format("azure-identity/{}/{}", absl::AsciiStrToLower(options_.tenant),
                            EscapeForTerminal(identity));
  instance.values = {{"name", machine->name},
                     {"resource_group", machine->resource_group},
                     {"subscription", machine->subscription}};
  instance.labels = {{"cloud", "azure"},
                     {"account", machine->subscription},
                     {"resource_group", machine->resource_group}};
  return instance;
}

}  // namespace mayfly::authn

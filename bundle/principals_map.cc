#include "bundle/principals_map.h"

#include <algorithm>
#include <set>
#include <utility>

#include "base/status.h"
#include "base/text.h"
#include "ca/model/principal.h"
#include "fmt/format.h"
#include "mayfly/v1/bundle.pb.h"

namespace mayfly::bundle {
namespace {

// A scope is what stands before a principal's slash, so the principals' own grammar reads and
// writes it, with any login behind it.
constexpr std::string_view kAnyLogin = "a";

std::string ScopeText(const model::Labels& scope) {
  std::string text;
  for (const auto& [key, value] : scope) {
    if (!text.empty()) text += '&';
    text += key + "=" + value;
  }
  return text;
}

absl::StatusOr<model::Labels> ParseScope(const std::string& text) {
  MAYFLY_ASSIGN_OR_RETURN(model::PrincipalParts parts,
                          model::ParsePrincipal(fmt::format("{}/{}", text, kAnyLogin)));
  if (parts.login == kAnyLogin) return std::move(parts.scope);
  return InvalidArgument(fmt::format("'{}' is not a scope", EscapeForTerminal(text.substr(0, 80))));
}

absl::StatusOr<AcceptedScope> ReadScope(const v1::Scope& proto) {
  AcceptedScope accepted;
  MAYFLY_ASSIGN_OR_RETURN(accepted.scope, ParseScope(proto.scope()));
  accepted.any_login = proto.any_login();
  if (static_cast<size_t>(proto.logins_size()) > kMaxScopeLogins) {
    return InvalidArgument(fmt::format("a scope with more than {} logins", kMaxScopeLogins));
  }
  for (const std::string& login : proto.logins()) {
    MAYFLY_RETURN_IF_ERROR(model::CheckLogin(login));
    accepted.logins.push_back(login);
  }
  return accepted;
}

absl::StatusOr<PrincipalsMap> ReadMap(BytesView contents) {
  v1::PrincipalsMap proto;
  if (contents.size() > kMaxPrincipalsMapSize ||
      !proto.ParseFromArray(contents.data(), static_cast<int>(contents.size()))) {
    return InvalidArgument("not a message of mayfly.v1.PrincipalsMap");
  }
  if (static_cast<size_t>(proto.scopes_size()) > kMaxScopes) {
    return InvalidArgument(fmt::format("more than {} scopes", kMaxScopes));
  }
  PrincipalsMap map;
  map.accept_plain = proto.accept_plain();
  for (const v1::Scope& scope : proto.scopes()) {
    MAYFLY_ASSIGN_OR_RETURN(AcceptedScope accepted, ReadScope(scope));
    map.scopes.push_back(std::move(accepted));
  }
  return map;
}

bool Accepts(const AcceptedScope& scope, std::string_view login) {
  if (std::ranges::find(scope.logins, login) != scope.logins.end()) return true;
  return scope.any_login && !model::IsReservedLogin(login);
}

}  // namespace

Bytes EncodePrincipalsMap(const PrincipalsMap& map) {
  v1::PrincipalsMap proto;
  proto.set_accept_plain(map.accept_plain);
  for (const AcceptedScope& accepted : map.scopes) {
    v1::Scope& scope = *proto.add_scopes();
    scope.set_scope(ScopeText(accepted.scope));
    scope.set_any_login(accepted.any_login);
    for (const std::string& login : accepted.logins) scope.add_logins(login);
  }
  return ToBytes(proto.SerializeAsString());
}

absl::StatusOr<PrincipalsMap> ParsePrincipalsMap(BytesView contents) {
  return Annotate(ReadMap(contents), "principals map");
}

std::vector<std::string> PrincipalsFor(const PrincipalsMap& map, std::string_view login) {
  if (!model::CheckLogin(login).ok()) return {};
  std::set<std::string> lines;
  if (map.accept_plain) lines.insert(std::string(login));
  for (const AcceptedScope& accepted : map.scopes) {
    if (!Accepts(accepted, login)) continue;
    // One that is too long was never issued either.
    absl::StatusOr<std::string> principal = model::MakePrincipal(accepted.scope, login);
    if (principal.ok()) lines.insert(*std::move(principal));
  }
  return std::vector<std::string>(lines.begin(), lines.end());
}

}  // namespace mayfly::bundle

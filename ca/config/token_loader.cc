#include "ca/config/token_loader.h"

#include <algorithm>
#include <set>

#include "absl/strings/ascii.h"
#include "base/file.h"
#include "base/status.h"
#include "ca/model/principal.h"
#include "ca/model/subject.h"
#include "fmt/format.h"
#include "http/url.h"

namespace mayfly::config {
namespace {

using document::ElementPath;
using document::FieldPath;

template <typename List>
std::vector<std::string> Strings(const List& list) {
  return {list.begin(), list.end()};
}

// Reads the pieces that both kinds of token share.
class Pieces {
 public:
  Pieces(const std::string& path, const TokenLoading& loading) : path_(path), loading_(loading) {}

  void Wrong(const std::string& at, std::string_view message) {
    loading_.errors.Add(loading_.map.At(at, std::string(message)));
  }
  std::string At(const char* field) const { return FieldPath(path_, field); }

  absl::Duration Between(const google::protobuf::Duration& duration, const std::string& at,
                         absl::Duration least, absl::Duration most, std::string_view bounds) {
    const absl::Duration value = absl::Seconds(duration.seconds());
    if (value < least || value > most) Wrong(at, fmt::format("expected between {}", bounds));
    return value;
  }

  void Issuer(const std::string& issuer, TokenAuthenticator& to) {
    if (issuer.empty()) {
      Wrong(path_, "\"issuer\" is missing: who makes the tokens?");
    } else if (const absl::Status status = http::CheckHttpsUrl(issuer); !status.ok()) {
      Wrong(At("issuer"), Message(status));
    }
    to.issuer = issuer;
  }

  void Keys(const v1::ConfigIssuerKeys& from, TokenAuthenticator& to) {
    const std::string at = At("keys");
    if (!from.file().empty() && !from.url().empty()) {
      Wrong(FieldPath(at, "url"), "expected one of \"file\" and \"url\"");
    }
    if (!from.url().empty()) {
      const absl::Status status = http::CheckHttpsUrl(from.url(), /*allow_query=*/true);
      if (!status.ok()) Wrong(FieldPath(at, "url"), Message(status));
    }
    const auto resolve = [&](const std::string& file) {
      return file.empty() ? std::string() : JoinPath(loading_.folder, file);
    };
    to.keys.file = resolve(from.file());
    to.keys.url = from.url();
    to.keys.roots_path = resolve(from.roots());
    if (from.has_keep()) {
      to.keys.keep = Between(from.keep(), FieldPath(at, "keep"), absl::Minutes(1),
                             absl::Hours(24 * 30), "1m and 30d");
    }
    if (from.has_skew()) {
      to.skew = Between(from.skew(), FieldPath(at, "skew"), absl::ZeroDuration(), absl::Minutes(5),
                        "0s and 5m");
    }
    for (int i = 0; i < from.algorithms_size(); ++i) {
      const std::optional<token::Algorithm> algorithm = token::ParseAlgorithm(from.algorithms(i));
      if (algorithm) {
        to.algorithms.push_back(*algorithm);
      } else {
        Wrong(ElementPath(FieldPath(at, "algorithms"), static_cast<size_t>(i)),
              "expected one of RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384, EdDSA");
      }
    }
    if (from.algorithms().empty()) to.algorithms = token::AllAlgorithms();
  }

  void MaxAge(bool has, const google::protobuf::Duration& duration, TokenAuthenticator& to) {
    if (has) {
      to.max_age =
          Between(duration, At("max_age"), absl::Minutes(1), absl::Hours(24 * 7), "1m and 7d");
    }
  }

  template <typename List>
  void BoundClaims(const List& from, TokenAuthenticator& to) {
    for (int i = 0; i < from.size(); ++i) {
      const v1::ConfigBoundClaim& bound = from.Get(i);
      const std::string at = ElementPath(At("bound_claims"), static_cast<size_t>(i));
      ClaimName(bound.claim(), at, "claim");
      if (bound.values().empty()) Wrong(at, "\"values\" is missing: which ones are allowed?");
      for (int j = 0; j < bound.values_size(); ++j) {
        const absl::Status status = token::CheckClaimPattern(bound.values(j));
        if (status.ok()) continue;
        Wrong(ElementPath(FieldPath(at, "values"), static_cast<size_t>(j)), Message(status));
      }
      to.bound_claims.push_back({bound.claim(), Strings(bound.values())});
    }
  }

  void UsernameOf(const v1::ConfigUsername& from, TokenAuthenticator& to) {
    const std::string at = At("username");
    if (from.name().empty() == from.claim().empty()) {
      Wrong(
          loading_.map.Contains(at) ? at : path_,
          "\"username\" needs exactly one of \"name\" and \"claim\": who is it that has a token?");
    }
    Username& name = to.username;
    name.fixed = from.name();
    if (!from.name().empty()) SubjectName(from.name(), FieldPath(at, "name"));
    name.claim = from.claim();
    if (!from.claim().empty()) ClaimName(from.claim(), at, "claim");
    for (const auto& [value, odd] : from.map()) {
      SubjectName(odd, FieldPath(at, "map"));
      name.map.emplace(value, odd);
    }
    name.strip_prefix = from.strip_prefix();
    name.strip_domain = from.strip_domain();
    name.lower_case = from.lower_case();
    name.pattern = from.pattern();
    name.unverified_email = from.unverified_email();
    if (name.unverified_email && name.claim != "email" && name.claim != "/email") {
      Wrong(FieldPath(at, "unverified_email"),
            "only where \"claim\" is email: nothing else is verified by the provider");
    }
    std::set<std::string> taken;
    for (const auto& [old_text, new_text] : from.replace()) {
      // Two characters that became one would make one subject of two.
      if (old_text.size() != 1 || new_text.size() != 1 || old_text == new_text ||
          !taken.insert(new_text).second) {
        Wrong(FieldPath(at, "replace"),
              "expected single characters, each replaced by another one of its own");
        continue;
      }
      name.replace.emplace(old_text.front(), new_text.front());
    }
  }

  void Groups(const v1::ConfigGroups& from, TokenAuthenticator& to) {
    if (!from.claim().empty()) ClaimName(from.claim(), At("groups"), "claim");
    if (from.userinfo() && from.claim().empty()) {
      Wrong(FieldPath(At("groups"), "userinfo"), "\"claim\" is missing: which one of userinfo?");
    }
    to.groups_claim = from.claim();
    to.groups_from_userinfo = from.userinfo();
    to.always_groups = Strings(from.always());
  }

  template <typename Map>
  void Claims(const Map& from, TokenAuthenticator& to) {
    for (const auto& [name, claim] : from) {
      const bool fits =
          !name.empty() && name.size() <= 64 &&
          name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_") == std::string::npos;
      if (!fits) {
        Wrong(At("claims"), fmt::format("{} is no name for policies; expected lower-case letters, "
                                        "digits and _",
                                        document::Quote(name)));
      }
      const absl::Status status = token::CheckClaimName(claim);
      if (!status.ok()) Wrong(At("claims"), fmt::format("{}: {}", name, Message(status)));
      to.claims.emplace(name, claim);
    }
  }

 private:
  void ClaimName(const std::string& claim, const std::string& at, const char* field) {
    const absl::Status status = token::CheckClaimName(claim);
    if (status.ok()) return;
    const std::string place = FieldPath(at, field);
    Wrong(loading_.map.Contains(place) ? place : at, Message(status));
  }
  void SubjectName(const std::string& name, const std::string& at) {
    if (!model::Subject::Create(model::SubjectKind::kUser, name, "x").ok()) {
      Wrong(at, fmt::format("{} is no username: expected 1 to 64 letters, digits or . _ + @ -",
                            document::Quote(name)));
    } else if (model::IsReservedLogin(absl::AsciiStrToLower(name))) {
      Wrong(at, fmt::format("{} is the name of a system account, and nobody's username",
                            document::Quote(name)));
    }
  }

  const std::string path_;
  const TokenLoading& loading_;
};

}  // namespace

OidcAuthenticator LoadOidc(const v1::ConfigOidc& from, const std::string& path,
                           const TokenLoading& loading) {
  OidcAuthenticator to;
  Pieces pieces(path, loading);
  pieces.Issuer(from.issuer(), to);
  if (from.client_id().empty()) {
    pieces.Wrong(path, "\"client_id\" is missing: which client of the provider is this CA?");
  }
  to.audiences = {from.client_id()};
  to.public_client_secret = from.public_client_secret();
  to.scopes = {"openid"};
  for (const std::string& scope : from.scopes()) {
    if (scope != "openid") to.scopes.push_back(scope);
  }
  if (from.scopes().empty()) to.scopes = {"openid", "profile", "email"};
  pieces.UsernameOf(from.username(), to);
  pieces.Groups(from.groups(), to);
  pieces.Claims(from.claims(), to);
  if (from.claims().empty()) to.claims = {{"amr", "amr"}, {"acr", "acr"}};
  pieces.BoundClaims(from.bound_claims(), to);
  if (!from.flows().empty()) to.browser_flow = to.device_flow = false;
  for (int i = 0; i < from.flows_size(); ++i) {
    if (from.flows(i) == "browser") {
      to.browser_flow = true;
    } else if (from.flows(i) == "device") {
      to.device_flow = true;
    } else {
      pieces.Wrong(ElementPath(pieces.At("flows"), static_cast<size_t>(i)),
                   "expected browser or device");
    }
  }
  to.device_flow_without_nonce = from.device_flow_without_nonce();
  if (to.device_flow_without_nonce && std::ranges::count(to.scopes, "offline_access") > 0) {
    pieces.Wrong(
        pieces.At("device_flow_without_nonce"),
        "not together with the scope offline_access: whoever has a refresh token would have "
        "tokens without nonce, good for any key; leave one of them out");
  }
  pieces.Keys(from.keys(), to);
  if (to.groups_from_userinfo && !(to.keys.file.empty() && to.keys.url.empty())) {
    pieces.Wrong(FieldPath(pieces.At("groups"), "userinfo"),
                 "userinfo is found by discovery: leave \"keys.file\" and \"keys.url\" out");
  }
  to.max_age = absl::Minutes(10);
  pieces.MaxAge(from.has_max_age(), from.max_age(), to);
  return to;
}

TokenAuthenticator LoadIssuer(const std::string& issuer, const std::string& by_default,
                              const v1::ConfigIssuerKeys& keys, const std::string& path,
                              const TokenLoading& loading) {
  TokenAuthenticator to;
  Pieces pieces(path, loading);
  pieces.Issuer(issuer.empty() ? by_default : issuer, to);
  pieces.Keys(keys, to);
  return to;
}

JwtAuthenticator LoadJwt(const v1::ConfigJwt& from, const std::string& path,
                         const TokenLoading& loading) {
  JwtAuthenticator to;
  Pieces pieces(path, loading);
  pieces.Issuer(from.issuer(), to);
  to.audiences = Strings(from.audiences());
  if (to.audiences.empty()) {
    pieces.Wrong(path,
                 "\"audiences\" is missing: a token that was made for somebody else must not do");
  }
  for (int i = 0; i < from.audiences_size(); ++i) {
    if (!from.audiences(i).empty()) continue;
    pieces.Wrong(ElementPath(pieces.At("audiences"), static_cast<size_t>(i)), "expected a text");
  }
  pieces.BoundClaims(from.bound_claims(), to);
  if (to.bound_claims.empty()) {
    pieces.Wrong(
        path, "\"bound_claims\" is missing: the issuer makes tokens for others too; say whose do");
  }
  pieces.UsernameOf(from.username(), to);
  pieces.Groups(from.groups(), to);
  if (to.groups_from_userinfo) {
    pieces.Wrong(FieldPath(pieces.At("groups"), "userinfo"), "a workload has no userinfo");
  }
  pieces.Claims(from.claims(), to);
  to.same_key = from.reuse() == v1::CONFIG_TOKEN_REUSE_SAME_KEY;
  if (from.has_session()) {
    to.session = pieces.Between(from.session(), pieces.At("session"), absl::Minutes(1),
                                absl::Hours(24), "1m and 24h");
  }
  pieces.Keys(from.keys(), to);
  pieces.MaxAge(from.has_max_age(), from.max_age(), to);
  return to;
}

}  // namespace mayfly::config

#include "ca/config/ambiguity.h"

#include <map>
#include <set>
#include <string>
#include <utility>

#include "fmt/format.h"

namespace mayfly::config {
namespace {

using document::ElementPath;
using document::FieldPath;

class Ambiguities {
 public:
  Ambiguities(const v1::ConfigFile& file, const document::SourceMap& map,
              document::Diagnostics& errors)
      : file_(file), map_(map), errors_(errors) {}

  void Find() {
    for (const v1::ConfigAuthenticator& one : file_.authenticators()) {
      if (one.has_ssh_key() || one.has_oidc()) of_people_.insert(one.realm());
    }
    for (int i = 0; i < file_.authenticators_size(); ++i) {
      const v1::ConfigAuthenticator& one = file_.authenticators(i);
      const std::string path = ElementPath("authenticators", static_cast<size_t>(i));
      CheckRealm(one, path);
      if (one.has_oidc()) {
        const std::string at = FieldPath(path, "oidc");
        Takes(one, one.oidc().issuer(), one.oidc().client_id(), FieldPath(at, "client_id"));
      }
      const std::string audiences = FieldPath(FieldPath(path, "jwt"), "audiences");
      for (int j = 0; j < one.jwt().audiences_size(); ++j) {
        Takes(one, one.jwt().issuer(), one.jwt().audiences(j),
              ElementPath(audiences, static_cast<size_t>(j)));
      }
    }
  }

 private:
  // A workload is a user of its realm, whose name its token brings: it must not be a person's.
  void CheckRealm(const v1::ConfigAuthenticator& one, const std::string& path) {
    // A name that the operator has written here is the operator's business.
    if (one.jwt().username().claim().empty() || of_people_.count(one.realm()) == 0) return;
    errors_.Add(map_.At(FieldPath(path, "realm"),
                        "people are in this realm; workloads that bring their name need one of "
                        "their own, such as pipelines"));
  }

  // By which of the two a token is judged, and so who its bearer is, would be the bearer's choice.
  void Takes(const v1::ConfigAuthenticator& one, const std::string& issuer,
             const std::string& audience, const std::string& at) {
    if (issuer.empty() || audience.empty()) return;  // Refused already.
    const auto [first, is_new] = takers_.emplace(std::pair(issuer, audience), one.name());
    if (is_new) return;
    errors_.Add(map_.At(
        at,
        fmt::format("the authenticator {} takes this issuer's tokens for {} already, and whoever "
                    "has one could choose; give one of the two another {}",
                    document::Quote(first->second), document::Quote(audience),
                    one.has_oidc() ? "client of the provider" : "audience")));
  }

  const v1::ConfigFile& file_;
  const document::SourceMap& map_;
  document::Diagnostics& errors_;
  std::set<std::string> of_people_;                                    // Realms.
  std::map<std::pair<std::string, std::string>, std::string> takers_;  // Issuer, audience -> name.
};

}  // namespace

void CheckAmbiguity(const v1::ConfigFile& file, const document::SourceMap& map,
                    document::Diagnostics& errors) {
  Ambiguities(file, map, errors).Find();
}

}  // namespace mayfly::config

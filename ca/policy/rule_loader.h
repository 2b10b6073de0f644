// Messages of policy.proto -> rules, with every mistake at its place. Internal to the loader.
//
// Each function adds what is wrong to `errors` and still returns what it could read, so that one
// run finds all mistakes of a file; a set with any error is discarded.
#ifndef MAYFLY_CA_POLICY_RULE_LOADER_H_
#define MAYFLY_CA_POLICY_RULE_LOADER_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "ca/policy/named_sets.h"
#include "ca/policy/rules.h"
#include "document/diagnostic.h"
#include "document/source_map.h"

namespace mayfly::v1 {
class PolicyDenial;
class PolicyGrant;
class PolicyHostCertificate;
class PolicyKeys;
class PolicyLifetime;
class PolicyOperator;
class PolicyUserCertificate;
enum PolicyKeyType : int;
}  // namespace mayfly::v1

namespace mayfly::policy {

// Where mistakes are reported, and the ceilings that lifetimes are held against.
struct LoadContext {
  const document::SourceMap& map;
  document::Diagnostics& errors;
  const Ceilings& ceilings;
  std::string file;  // As traces name it: relative to the folder.
  const NamedSets& group_sets;
  const NamedSets& network_sets;

  void Add(std::string_view path, std::string_view message,
           std::string_view suggestion = {}) const {
    errors.Add(map.At(path, message, suggestion));
  }
  void AddIfError(std::string_view path, const absl::Status& status) const;
  // "20-people.yaml:12", of the rule at `path`.
  std::string SourceOf(std::string_view path) const;
};

Grant LoadGrant(const v1::PolicyGrant& message, const std::string& path,
                const LoadContext& context);
Denial LoadDenial(const v1::PolicyDenial& message, const std::string& path,
                  const LoadContext& context);
Operator LoadOperator(const v1::PolicyOperator& message, const std::string& path,
                      const LoadContext& context);

// In certificate_loader.cc.
UserCertificateRule LoadUserCertificate(const v1::PolicyUserCertificate& message,
                                        const std::string& path, const LoadContext& context);
HostCertificateRule LoadHostCertificate(const v1::PolicyHostCertificate& message,
                                        const std::string& path, const LoadContext& context);

// In bounds_loader.cc. `certificate` is the path of the certificate that they are part of.
Lifetime LoadLifetime(const v1::PolicyLifetime& message, const std::string& certificate,
                      std::string_view ceiling_name, absl::Duration ceiling,
                      const LoadContext& context);
ssh::KeyType KeyTypeOf(v1::PolicyKeyType type);
KeyRule LoadKeys(const v1::PolicyKeys& message, const std::string& certificate,
                 const LoadContext& context);

// In condition_loader.cc. Shared with denials, whose message has the same fields and more.
bool IsRuleName(std::string_view name);
bool IsClaimName(std::string_view name);
std::string LoadName(const std::string& name, const std::string& path, const LoadContext& context);
// Text for people, on one line.
std::string LoadSentence(const std::string& text, const std::string& path,
                         const LoadContext& context);
// Report elements that name nothing. Elements set:NAME pass.
void CheckWords(const std::vector<std::string>& words, const std::string& path,
                const LoadContext& context);
void CheckNetworks(const std::vector<std::string>& words, const std::string& path,
                   const LoadContext& context);
template <typename Message>
Conditions LoadConditions(const Message& message, const std::string& path,
                          const LoadContext& context);
// `values` is a map<string, string> of a message.
template <typename Map>
model::Labels LoadLabels(const Map& values, const std::string& path, const LoadContext& context);
// With named sets replaced.
std::vector<IpNetwork> LoadNetworks(const std::vector<std::string>& values, const std::string& path,
                                    const LoadContext& context);
// A list that is written must have elements: an empty one reads as "anybody" and means nobody.
void RefuseEmptyList(const std::string& path, size_t size, const LoadContext& context);
// Reports the second of two equal elements.
void RefuseRepeated(const std::vector<std::string>& values, const std::string& path,
                    const LoadContext& context);
}  // namespace mayfly::policy

#endif  // MAYFLY_CA_POLICY_RULE_LOADER_H_

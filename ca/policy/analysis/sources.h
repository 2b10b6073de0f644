// Where in its files a policy set says what it says.
#ifndef MAYFLY_CA_POLICY_ANALYSIS_SOURCES_H_
#define MAYFLY_CA_POLICY_ANALYSIS_SOURCES_H_

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "ca/policy/policy_loader.h"
#include "document/source_map.h"

namespace mayfly::policy {

// Remembers the text of a set that loads. Rules are named as in traces: "grant x", "denial y",
// "operator z"; "ceilings" and "scoped_only" stand for themselves. Thread-safe.
class Sources {
 public:
  // `files` must be those of a set that loads; `shown_folder` stands before their paths.
  static Sources Of(const std::vector<PolicyText>& files, const std::string& shown_folder);

  // "20-people.yaml:33", of what decides the condition of that rule ("groups"); of the rule itself
  // when that is not written; empty for a rule that no file has.
  std::string PlaceOf(std::string_view rule, std::string_view condition) const;

  // Whether the rule's file says something about that condition: what it leaves out has a default.
  bool Says(std::string_view rule, std::string_view condition) const;

  // A sentence about the field of a rule ("for.groups"; empty is its name), as errors are shown.
  document::Diagnostic At(std::string_view rule, std::string_view field, std::string_view message,
                          std::string_view suggestion = {}) const;
  // The same, rendered with its line and a caret.
  std::string Render(const document::Diagnostic& diagnostic) const;

 private:
  struct Place {
    std::string path;  // "grants[2]"
    document::SourceMap map;
  };
  const Place* Find(std::string_view rule) const;

  std::map<std::string, Place, std::less<>> places_;
  std::map<std::string, std::string> texts_;  // By the file's shown name.
};

// Where in a rule the condition of that name stands: "groups" -> "for.groups" of a grant,
// "when.groups" of a denial. Empty for a name that is unknown.
std::string FieldOfCondition(std::string_view rule, std::string_view condition, bool for_host);

}  // namespace mayfly::policy

#endif  // MAYFLY_CA_POLICY_ANALYSIS_SOURCES_H_

#include "base/file.h"
#include "ca/policy/analysis/sources.h"
#include "document/load.h"
#include "fmt/format.h"
#include "mayfly/v1/policy.pb.h"

namespace mayfly::policy {
namespace {

using document::ElementPath;
using document::FieldPath;

struct Field {
  std::string_view condition;
  std::string_view field;
};
// Conditions of `for` and `when` have the names of their fields.
constexpr std::string_view kConditions[] = {
    "authenticators", "realm",          "groups", "all_groups", "no_groups", "labels",
    "networks",       "hardware_proof", "since",  "until",      "hours"};
constexpr Field kOfCertificates[] = {
    {"hosts", "hosts"},
    {"logins", "logins"},
    {"principals", "principals"},
    {"extensions", "extensions"},
    {"force-command", "critical_options.force_command"},
    {"source-address", "critical_options.source_address"},
    {"key types", "keys.types"},
    {"RSA", "keys.min_rsa_bits"},
    {"lifetime", "lifetime"},
};

}  // namespace

std::string FieldOfCondition(std::string_view rule, std::string_view condition, bool for_host) {
  const bool denial = rule.starts_with("denial ");
  for (const std::string_view name : kConditions) {
    if (name == condition) return fmt::format("{}.{}", denial ? "when" : "for", name);
  }
  // "claims.repository": the name of a claim may need quotes in a path.
  for (const std::string_view list : {"claims", "claim_patterns"}) {
    if (!condition.starts_with(list) || condition.substr(list.size()).front() != '.') continue;
    return FieldPath(fmt::format("{}.{}", denial ? "when" : "for", list),
                     condition.substr(list.size() + 1));
  }
  if (condition.starts_with("custom_extensions.")) {
    return FieldPath("user_certificate.custom_extensions", condition.substr(18));
  }
  if (denial && condition == "key types") return "when.key_types";
  if (denial) {
    return condition == "logins" || condition == "hosts" ? fmt::format("when.{}", condition) : "";
  }
  if (condition == "reason") return "requires.reason";
  if (condition == "authenticated within") return "requires.authenticated_within";
  if (condition == "approvals") return "requires.approvals";
  for (const Field& field : kOfCertificates) {
    if (field.condition != condition) continue;
    // A user's principals are made of hosts and logins.
    if (condition == "principals" && !for_host) return "user_certificate.logins";
    return fmt::format("{}.{}", for_host ? "host_certificate" : "user_certificate", field.field);
  }
  return "";
}

Sources Sources::Of(const std::vector<PolicyText>& files, const std::string& shown_folder) {
  Sources sources;
  for (const PolicyText& file : files) {
    const std::string shown = shown_folder.empty() ? file.path : JoinPath(shown_folder, file.path);
    v1::PolicyFile message;
    document::SourceMap map;
    if (!document::Load(file.text, shown, &message, &map).ok()) continue;
    sources.texts_[shown] = file.text;
    const auto add = [&](std::string_view kind, std::string_view list, const auto& rules) {
      for (int i = 0; i < rules.size(); ++i) {
        sources.places_[fmt::format("{} {}", kind, rules[i].name())] =
            Place{ElementPath(list, static_cast<size_t>(i)), map};
      }
    };
    add("grant", "grants", message.grants());
    add("denial", "denials", message.denials());
    add("operator", "operators", message.operators());
    for (const std::string name : {"ceilings", "scoped_only"}) {
      if (map.Contains(name)) sources.places_[name] = Place{name, map};
    }
  }
  return sources;
}

const Sources::Place* Sources::Find(std::string_view rule) const {
  const auto found = places_.find(rule);
  return found == places_.end() ? nullptr : &found->second;
}

std::string Sources::PlaceOf(std::string_view rule, std::string_view condition) const {
  const Place* place = Find(rule);
  if (place == nullptr) return "";
  const bool for_host = place->map.Contains(place->path + ".host_certificate");
  const std::string field = FieldOfCondition(rule, condition, for_host);
  const std::string path = field.empty() ? place->path : fmt::format("{}.{}", place->path, field);
  return fmt::format("{}:{}", place->map.file(), place->map.Find(path).line);
}

bool Sources::Says(std::string_view rule, std::string_view condition) const {
  const Place* place = Find(rule);
  if (place == nullptr) return false;
  const bool for_host = place->map.Contains(place->path + ".host_certificate");
  const std::string field = FieldOfCondition(rule, condition, for_host);
  return !field.empty() && place->map.Contains(fmt::format("{}.{}", place->path, field));
}

document::Diagnostic Sources::At(std::string_view rule, std::string_view field,
                                 std::string_view message, std::string_view suggestion) const {
  const Place* place = Find(rule);
  if (place == nullptr) {
    document::Diagnostic nowhere;
    nowhere.message = message;
    return nowhere;
  }
  const std::string path =
      fmt::format("{}{}{}", place->path, field.empty() || place->path == rule ? "" : ".",
                  place->path == rule ? "" : field);
  return place->map.At(path, message, suggestion);
}

std::string Sources::Render(const document::Diagnostic& diagnostic) const {
  const auto text = texts_.find(diagnostic.file);
  return document::Render(diagnostic, text == texts_.end() ? std::string_view() : text->second);
}

}  // namespace mayfly::policy

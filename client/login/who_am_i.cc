#include "client/login/who_am_i.h"

#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/text.h"
#include "client/print.h"
#include "fmt/format.h"

namespace mayfly::client {
namespace {

// "a security key, touched, PIN or finger checked"
std::string KeyText(const v1::WhoAmIResponse& who) {
  if (!who.has_hardware()) return {};
  if (!who.hardware()) return "kept in software: whoever copies it or borrows the agent is you";
  return fmt::format("a security key{}{}", who.user_present() ? ", touched" : ", not touched",
                     who.user_verified() ? ", PIN or finger checked" : ", no PIN asked");
}

std::string ClaimText(const v1::WhoAmIClaim& claim) {
  return fmt::format("{} {}", EscapeForTerminal(claim.name()),
                     claim.known() ? EscapeForTerminal(claim.value()) : "(unknown)");
}

std::string LabelsText(const v1::WhoAmIResponse& who) {
  const std::map<std::string, std::string> sorted(who.labels().begin(), who.labels().end());
  std::vector<std::string> texts;
  for (const auto& [key, value] : sorted) texts.push_back(key + "=" + value);
  return ListText(texts);
}

}  // namespace

absl::StatusOr<v1::WhoAmIResponse> AskWhoAmI(Caller& caller) {
  v1::CallDocument document;
  document.mutable_who_am_i();
  return caller.Call(&CaClient::WhoAmI, document);
}

nlohmann::ordered_json WhoAmIJson(const v1::WhoAmIResponse& who) {
  using Json = nlohmann::ordered_json;
  const std::vector<std::string> groups(who.groups().begin(), who.groups().end());
  Json json = {{"subject", who.subject()},
               {"username", who.username()},
               {"authenticator", who.authenticator()},
               {"proof", who.proof()},
               {"issuer", who.issuer()},
               {"issuer_subject", who.issuer_subject()},
               {"groups", who.groups_known() ? Json(groups) : Json(nullptr)},
               {"claims", Json::object()}};
  for (const v1::WhoAmIClaim& claim : who.claims()) {
    json["claims"][claim.name()] = claim.known() ? Json(claim.value()) : Json(nullptr);
  }
  if (who.labels_size() > 0) {
    json["labels"] = std::map<std::string, std::string>(who.labels().begin(), who.labels().end());
  }
  if (who.has_hardware()) json["hardware"] = who.hardware();
  if (who.has_user_present()) json["user_present"] = who.user_present();
  if (who.has_user_verified()) json["user_verified"] = who.user_verified();
  json["authenticated_at"] = TimeText(FromProto(who.authenticated_at()));
  if (who.has_until()) json["until"] = TimeText(FromProto(who.until()));
  return json;
}

void PrintWhoAmI(const Context& context, const v1::WhoAmIResponse& who) {
  const auto line = [&](std::string_view label, const std::string& value) {
    if (!value.empty()) context.out << fmt::format("  {:<12} {}\n", label, value);
  };
  context.out << EscapeForTerminal(who.subject()) << "\n";
  line("proven by", fmt::format("{} ({})", EscapeForTerminal(who.authenticator()),
                                EscapeForTerminal(who.proof())));
  line("key", KeyText(who));
  line("known to", fmt::format("{} as {}", EscapeForTerminal(who.issuer()),
                               EscapeForTerminal(who.issuer_subject())));
  line("username", EscapeForTerminal(who.username()));
  const std::vector<std::string> groups(who.groups().begin(), who.groups().end());
  line("groups", who.groups_known() ? ListText(groups) : std::string("unknown"));
  for (const v1::WhoAmIClaim& claim : who.claims()) line("claim", ClaimText(claim));
  if (who.labels_size() > 0) line("labels", LabelsText(who));
  // 1970: an identity provider that does not say when somebody signed in.
  line("since", who.authenticated_at().seconds() == 0
                    ? std::string("not known")
                    : TimeText(FromProto(who.authenticated_at())));
  if (who.has_until()) {
    line("until", TimeWithRelative(FromProto(who.until()), context.clock.Now()));
  }
}

}  // namespace mayfly::client

#include "client/command_line/output.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/text.h"
#include "client/print.h"
#include "client/rpc/proto_time.h"
#include "fmt/format.h"
#include "ssh/options.h"

namespace mayfly::client {
namespace {

using Json = nlohmann::ordered_json;

std::string Join(const std::vector<std::string>& items, std::string_view none) {
  std::string text;
  for (const std::string& item : items) {
    text += (text.empty() ? "" : ", ") + EscapeForTerminal(item);
  }
  return text.empty() ? std::string(none) : text;
}

template <typename Repeated>
std::vector<std::string> Strings(const Repeated& repeated) {
  return std::vector<std::string>(repeated.begin(), repeated.end());
}

void Line(const Context& context, std::string_view label, std::string_view value) {
  context.out << fmt::format("  {:<12} {}\n", label, value);
}

std::string_view Mark(v1::Outcome outcome) {
  switch (outcome) {
    case v1::OUTCOME_HELD:
      return "yes";
    case v1::OUTCOME_UNKNOWN:
      return "???";
    default:
      return "no ";
  }
}

std::string_view OutcomeWord(v1::Outcome outcome) {
  switch (outcome) {
    case v1::OUTCOME_HELD:
      return "held";
    case v1::OUTCOME_UNKNOWN:
      return "unknown";
    default:
      return "failed";
  }
}

// "force-command" with its value, or a flag's name.
std::vector<std::string> OptionTexts(const ssh::OptionList& options) {
  std::vector<std::string> texts;
  for (const ssh::Option& option : options.options()) {
    absl::StatusOr<std::string> value = options.Text(option.name);
    texts.push_back(value.ok() ? fmt::format("{} {}", option.name, *value) : option.name);
  }
  return texts;
}

}  // namespace

Json DecisionJson(const v1::Decision& decision) {
  Json json;
  json["granted"] = decision.granted();
  json["policy"] = decision.policy_hash();
  if (decision.pending()) json["pending"] = true;
  if (decision.granted() || decision.pending()) {
    const v1::Terms& terms = decision.terms();
    json["grant"] = terms.grant();
    json["principals"] = Strings(terms.principals());
    json["lifetime_seconds"] = terms.lifetime().seconds();
    json["extensions"] = Strings(terms.extensions());
    for (const v1::CustomExtension& extension : terms.custom_extensions()) {
      json["custom_extensions"][extension.name()] = extension.value();
    }
    if (!terms.force_command().empty()) json["force_command"] = terms.force_command();
    json["source_addresses"] = Strings(terms.source_addresses());
  } else {
    json["rule"] = decision.rule();
    json["message"] = decision.message();
  }
  json["trace"] = Json::array();
  for (const v1::TraceStep& step : decision.trace()) {
    Json conditions = Json::array();
    for (const v1::TraceCondition& condition : step.conditions()) {
      conditions.push_back({{"condition", condition.condition()},
                            {"outcome", OutcomeWord(condition.outcome())},
                            {"detail", condition.detail()}});
    }
    json["trace"].push_back({{"rule", step.rule()},
                             {"source", step.source()},
                             {"verdict", step.verdict()},
                             {"conditions", conditions}});
  }
  return json;
}

Json RecordJson(const v1::CertificateRecord& record) {
  return {{"serial", std::to_string(record.serial())},
          {"kind", record.kind()},
          {"subject", record.subject()},
          {"key_id", record.key_id()},
          {"grant", record.grant()},
          {"key", record.key_fingerprint()},
          {"ca", record.ca_fingerprint()},
          {"principals", Strings(record.principals())},
          {"valid_after", TimeText(FromProto(record.valid_after()))},
          {"valid_before", TimeText(FromProto(record.valid_before()))},
          {"recorded_at", TimeText(FromProto(record.recorded_at()))},
          {"request_id", record.request_id()},
          {"signed", record.is_signed()}};
}

Json LedgerJson(const v1::LedgerRecord& record) {
  Json event = Json::parse(record.json(), nullptr, /*allow_exceptions=*/false);
  return {{"sequence", std::to_string(record.sequence())},
          {"time", TimeText(FromProto(record.time()))},
          {"type", record.type()},
          {"commitment", HexEncode(AsBytes(record.commitment()))},
          {"event", event.is_discarded() ? Json(nullptr) : event}};
}

Json CertificateJson(const ssh::Certificate& certificate) {
  const ssh::CertificateBody& body = certificate.body;
  return {{"type", ssh::CertificateTypeName(body.key.type())},
          {"kind", ssh::CertificateKindName(body.kind)},
          {"serial", std::to_string(body.serial.value)},
          {"key_id", body.key_id},
          {"key", body.key.Fingerprint().text},
          {"ca", body.signature_key.Fingerprint().text},
          {"principals", body.principals},
          {"valid_after", TimeText(body.valid_after())},
          {"valid_before", TimeText(body.valid_before())},
          {"critical_options", OptionTexts(body.critical_options)},
          {"extensions", OptionTexts(body.extensions)}};
}

void PrintJson(const Context& context, const Json& json) {
  context.out << json.dump(2, ' ', /*ensure_ascii=*/false, Json::error_handler_t::replace) << "\n";
}

void PrintDecision(const Context& context, const v1::Decision& decision) {
  if (decision.granted() || decision.pending()) {
    const v1::Terms& terms = decision.terms();
    context.out << fmt::format("{} by {}\n",
                               decision.granted() ? "granted" : "granted once it is approved",
                               EscapeForTerminal(terms.grant()));
    for (const v1::ApprovalNeed& need : decision.needs()) {
      Line(context, "approval",
           fmt::format("{} of {}", need.count(), EscapeForTerminal(need.from())));
    }
    Line(context, "principals", Join(Strings(terms.principals()), "none"));
    Line(context, "lifetime", DurationText(FromProto(terms.lifetime())));
    Line(context, "extensions", Join(Strings(terms.extensions()), "none"));
    for (const v1::CustomExtension& extension : terms.custom_extensions()) {
      Line(context, extension.name(), extension.value());
    }
    if (!terms.force_command().empty()) {
      Line(context, "command", EscapeForTerminal(terms.force_command()));
    }
    if (terms.source_addresses_size() > 0) {
      Line(context, "only from", Join(Strings(terms.source_addresses()), ""));
    }
  } else {
    context.out << fmt::format("refused by {}: {}\n", EscapeForTerminal(decision.rule()),
                               EscapeForTerminal(decision.message()));
  }
  context.out << "why, rule by rule:\n";
  for (const v1::TraceStep& step : decision.trace()) {
    context.out << fmt::format(
        "  {}{}: {}\n", EscapeForTerminal(step.rule()),
        step.source().empty() ? "" : fmt::format(" ({})", EscapeForTerminal(step.source())),
        EscapeForTerminal(step.verdict()));
    for (const v1::TraceCondition& condition : step.conditions()) {
      context.out << fmt::format(
          "    {} {}{}\n", Mark(condition.outcome()), EscapeForTerminal(condition.condition()),
          condition.detail().empty() ? ""
                                     : fmt::format(" ({})", EscapeForTerminal(condition.detail())));
    }
  }
  if (!decision.policy_hash().empty()) {
    context.out << fmt::format("policy {}\n", decision.policy_hash().substr(0, 16));
  }
}

void PrintRecord(const Context& context, const v1::CertificateRecord& record) {
  const absl::Time now = context.clock.Now();
  context.out << fmt::format("certificate {}{}\n", record.serial(),
                             record.is_signed() ? "" : " (recorded, never signed)");
  Line(context, "kind", EscapeForTerminal(record.kind()));
  Line(context, "subject", EscapeForTerminal(record.subject()));
  Line(context, "key ID", EscapeForTerminal(record.key_id()));
  Line(context, "grant", EscapeForTerminal(record.grant()));
  Line(context, "principals", Join(Strings(record.principals()), "none"));
  Line(context, "valid from", TimeText(FromProto(record.valid_after())));
  const absl::Time before = FromProto(record.valid_before());
  Line(context, "until",
       fmt::format("{} ({} {})", TimeText(before), before > now ? "ends" : "ended",
                   Relative(before, now)));
  Line(context, "key", EscapeForTerminal(record.key_fingerprint()));
  Line(context, "CA", EscapeForTerminal(record.ca_fingerprint()));
  Line(context, "request", EscapeForTerminal(record.request_id()));
}

namespace {

// Longer text is a certificate, a signature or a document; they are whole in JSON.
constexpr size_t kMaxShownText = 100;

std::string LeafText(const Json& value) {
  if (!value.is_string()) return value.dump();
  const std::string& text = value.get_ref<const std::string&>();
  if (text.size() <= kMaxShownText) return EscapeForTerminal(text);
  return fmt::format("{}… ({} characters; whole with -o json)",
                     EscapeForTerminal(std::string_view(text).substr(0, 24)), text.size());
}

// One line for each value: "identity.subject  user:alice@people". The trace is `mayfly why`'s.
void PrintEvent(const Context& context, const Json& value, const std::string& path) {
  if (path.ends_with(".trace")) return;
  const auto below = [&](const std::string& name) {
    return path.empty() ? name : path + "." + name;
  };
  if (value.is_object()) {
    for (const auto& [name, member] : value.items())
      PrintEvent(context, member, below(EscapeForTerminal(name)));
    return;
  }
  const bool scalars = value.is_array() && std::ranges::none_of(value, [](const Json& element) {
                         return element.is_structured();
                       });
  if (value.is_array() && !scalars) {
    for (size_t i = 0; i < value.size(); ++i)
      PrintEvent(context, value[i], below(std::to_string(i)));
    return;
  }
  std::string text;
  if (value.is_array()) {
    for (const Json& element : value) text += (text.empty() ? "" : ", ") + LeafText(element);
  } else {
    text = LeafText(value);
  }
  context.out << fmt::format("    {:<46} {}\n", path, text);
}

}  // namespace

void PrintLedger(const Context& context, const v1::LedgerRecord& record) {
  context.out << fmt::format("ledger {}\n", record.sequence());
  Line(context, "time", TimeText(FromProto(record.time())));
  Line(context, "event", EscapeForTerminal(record.type()));
  Line(context, "commitment", HexEncode(AsBytes(record.commitment())));
  const Json event = Json::parse(record.json(), nullptr, /*allow_exceptions=*/false);
  if (!event.is_discarded()) PrintEvent(context, event, "");
}

void PrintCertificate(const Context& context, const ssh::Certificate& certificate) {
  const ssh::CertificateBody& body = certificate.body;
  const absl::Time now = context.clock.Now();
  context.out << fmt::format("{} certificate\n", ssh::CertificateKindName(body.kind));
  Line(context, "type", ssh::CertificateTypeName(body.key.type()));
  Line(context, "key", body.key.Fingerprint().text);
  Line(context, "CA",
       fmt::format("{} ({}, signed with {})", body.signature_key.Fingerprint().text,
                   ssh::KeyTypeShortName(body.signature_key.type()),
                   certificate.signature.algorithm));
  Line(context, "key ID", EscapeForTerminal(body.key_id));
  Line(context, "serial", std::to_string(body.serial.value));
  Line(context, "principals", Join(body.principals, "none"));
  Line(context, "valid from", TimeText(body.valid_after()));
  Line(context, "until",
       fmt::format("{} ({} {})", TimeText(body.valid_before()),
                   body.valid_before() > now ? "ends" : "ended",
                   Relative(body.valid_before(), now)));
  Line(context, "options", Join(OptionTexts(body.critical_options), "none"));
  Line(context, "extensions", Join(OptionTexts(body.extensions), "none"));
}

std::string Relative(absl::Time time, absl::Time now) {
  if (time == absl::InfiniteFuture()) return "never";
  return RelativeText(time, now);
}

}  // namespace mayfly::client

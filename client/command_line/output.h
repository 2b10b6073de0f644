// How decisions, certificates and records are shown.
#ifndef MAYFLY_CLIENT_COMMAND_LINE_OUTPUT_H_
#define MAYFLY_CLIENT_COMMAND_LINE_OUTPUT_H_

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "absl/time/time.h"
#include "client/context.h"
#include "mayfly/v1/decision.pb.h"
#include "mayfly/v1/services.pb.h"
#include "ssh/certificate.h"

namespace mayfly::client {

// Serials and other 64-bit numbers are strings in JSON: its numbers lose them above 2^53.
nlohmann::ordered_json DecisionJson(const v1::Decision& decision);
nlohmann::ordered_json RecordJson(const v1::CertificateRecord& record);
nlohmann::ordered_json LedgerJson(const v1::LedgerRecord& record);
nlohmann::ordered_json CertificateJson(const ssh::Certificate& certificate);
void PrintJson(const Context& context, const nlohmann::ordered_json& json);

// All that came from elsewhere is escaped.
void PrintDecision(const Context& context, const v1::Decision& decision);
void PrintRecord(const Context& context, const v1::CertificateRecord& record);
void PrintLedger(const Context& context, const v1::LedgerRecord& record);
void PrintCertificate(const Context& context, const ssh::Certificate& certificate);

// "in 7h59m", "3m ago", "never".
std::string Relative(absl::Time time, absl::Time now);

}  // namespace mayfly::client

#endif  // MAYFLY_CLIENT_COMMAND_LINE_OUTPUT_H_

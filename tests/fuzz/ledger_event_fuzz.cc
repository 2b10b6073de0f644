// Any bytes as an event or a record of a damaged ledger: an error, never a crash; what is read as a
// host is written as what is read as the same host.
#include <google/protobuf/stubs/logging.h>

#include <cstddef>
#include <cstdint>

#include "base/status.h"
#include "base/text.h"
#include "ca/ledger/event_codec.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace mayfly;
  // Which field was not UTF-8 is of no interest a million times.
  google::protobuf::SetLogHandler(nullptr);
  const BytesView bytes(data, size);
  if (const auto json = ledger::EventJson(bytes); json.ok()) MAYFLY_CHECK(IsValidUtf8(*json));
  ledger::DecodeDecision(bytes).status().IgnoreError();
  if (const auto identity = ledger::DecodeIdentity(bytes); identity.ok()) {
    const Bytes again = ledger::EncodeIdentity(*identity);
    MAYFLY_CHECK(ledger::EncodeIdentity(ledger::DecodeIdentity(again).value()) == again);
  }
  if (const auto token = ledger::DecodeJoinToken(bytes); token.ok()) {
    const Bytes again = ledger::EncodeJoinToken(*token);
    MAYFLY_CHECK(ledger::EncodeJoinToken(ledger::DecodeJoinToken(again).value()) == again);
  }
  if (const auto host = ledger::DecodeHost(bytes); host.ok()) {
    const Bytes again = ledger::EncodeHost(*host);
    MAYFLY_CHECK(ledger::EncodeHost(ledger::DecodeHost(again).value()) == again);
  }
  return 0;
}

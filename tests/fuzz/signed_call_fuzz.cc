// Any bytes as a whole request: a SignedCall as a stranger sends it, and a CallDocument that an
// enrolled user, a session, a host or a token really signed, read, proven and taken apart as the
// services do.
#include <google/protobuf/util/time_util.h>

#include <cstddef>
#include <cstdint>
#include <string>

#include "base/status.h"
#include "ca/server/call_reader.h"
#include "ca/server/proto_codec.h"
#include "ca/server/server_core.h"
#include "tests/ca/authn/authn_world.h"

namespace {

using namespace mayfly;  // NOLINT(google-build-using-namespace)

// What a service does with a call that is proven.
void TakeApart(const server::ReadCall& read, const authn::ProvenCall& proven) {
  server::AuthenticatedCall call{read.call, read.document, proven};
  const v1::CallDocument& document = read.document;
  if (document.has_issue_user()) {
    server::ServerCore::PossessedKey(call, document.issue_user().public_key())
        .status()
        .IgnoreError();
    const absl::StatusOr<model::Ask> ask = server::AskFromProto(document.issue_user().ask());
    if (ask.ok() && ask->lifetime) MAYFLY_CHECK(*ask->lifetime > absl::ZeroDuration());
  }
  if (document.has_explain_user()) {
    server::AskFromProto(document.explain_user().ask()).status().IgnoreError();
  }
  if (document.has_create_join_token()) {
    server::LifetimeFromProto(document.create_join_token().lifetime()).status().IgnoreError();
  }
  // Whoever is proven is who signed, and nobody without a name.
  MAYFLY_CHECK(model::Subject::Parse(proven.identity.subject.ToString()).ok());
}

authn::AuthnWorld& World() {
  static authn::AuthnWorld world;
  return world;
}

void Run(const v1::SignedCall& sent, bool may_be_proven) {
  authn::AuthnWorld& world = World();
  const auto peer = model::Fact<IpAddress>::Known(IpAddress::Parse("192.0.2.7").value());
  const std::string method = "/mayfly.v1.Certificates/IssueUser";
  const absl::StatusOr<server::ReadCall> read =
      server::ReadSignedCall(sent, method, "request", peer, world.clock.Now());
  if (!read.ok()) {
    MAYFLY_CHECK(!Message(read.status()).empty());
    return;
  }
  const absl::StatusOr<authn::ProvenCall> proven =
      world.verifier().Verify(read->header, read->call, std::nullopt);
  if (!proven.ok()) {
    MAYFLY_CHECK(!authn::CauseOf(proven.status()).empty());
    return;
  }
  MAYFLY_CHECK(may_be_proven);
  TakeApart(*read, *proven);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 2 || size > (1 << 16)) return 0;
  authn::AuthnWorld& world = World();
  const std::string rest(reinterpret_cast<const char*>(data + 1), size - 1);
  v1::SignedCall call;
  if (data[0] % 2 == 0) {
    // As it came. Nobody can sign for those keys, so nobody is proven.
    if (call.ParseFromString(rest)) Run(call, /*may_be_proven=*/false);
    return 0;
  }
  v1::CallDocument document;
  if (!document.ParseFromString(rest)) return 0;
  // Right in what would end it early, unless the input says otherwise.
  const uint8_t choices = data[0] >> 1;
  document.set_audience(authn::kCaId);
  document.set_method("/mayfly.v1.Certificates/IssueUser");
  static uint64_t number = 0;
  document.set_nonce("nonce-" + std::to_string(++number) + std::string(16, 'n'));
  document.mutable_nonce()->resize(24);
  *document.mutable_issued_at() = google::protobuf::util::TimeUtil::NanosecondsToTimestamp(
      absl::ToUnixNanos(world.clock.Now()));
  const ssh::PrivateKey* const keys[] = {&world.alice, &world.session_key, &world.host_key,
                                         &world.token, &world.stranger};
  const ssh::PrivateKey& key = *keys[choices % 5];
  if ((choices & 8) == 0) document.set_authenticator("");
  call.set_document(document.SerializeAsString());
  const Bytes bytes = ToBytes(call.document());
  call.add_signatures(ToText(world.Sign(key, authn::kCredentialNamespace, bytes)));
  if ((choices & 16) != 0) {
    call.add_signatures(ToText(world.Sign(world.stranger, authn::kPossessionNamespace, bytes)));
  }
  Run(call, /*may_be_proven=*/&key != &world.stranger);
  return 0;
}

#include "ca/ledger/event_parts.h"

#include <utility>

namespace mayfly::ledger {

void Put(const HostState& host, v1::RecordedHost& out) {
  out.set_host(host.host.ToString());
  PutPairs(host.labels, *out.mutable_labels());
  PutTexts(host.key_fingerprints, *out.mutable_key_fingerprints());
  out.set_authenticator(Utf8(host.authenticator));
  Put(host.enrolled_at, *out.mutable_enrolled_at());
}

void Put(const JoinTokenRecord& token, v1::RecordedJoinToken& out) {
  out.set_token_key(Blob(token.key.blob()));
  out.set_authenticator(Utf8(token.authenticator));
  out.set_uses(token.uses);
  Put(token.expires_at, *out.mutable_expires_at());
  out.set_name_pattern(Utf8(token.name_pattern));
  PutPairs(token.labels, *out.mutable_labels());
  PutNetworks(token.networks, *out.mutable_networks());
  out.set_replaces(token.replaces);
  out.set_description(Utf8(token.description));
}

absl::StatusOr<HostState> HostOf(const v1::RecordedHost& in) {
  HostState host;
  MAYFLY_ASSIGN_OR_RETURN(host.host, SubjectOf(in.host()));
  host.labels = PairsOf(in.labels());
  host.key_fingerprints = TextsOf(in.key_fingerprints());
  host.authenticator = in.authenticator();
  host.enrolled_at = TimeOf(in.enrolled_at());
  return host;
}

absl::StatusOr<JoinTokenRecord> JoinTokenOf(const v1::RecordedJoinToken& in) {
  absl::StatusOr<ssh::PublicKey> key = ssh::PublicKey::ParseBlob(AsBytes(in.token_key()));
  if (!key.ok()) return Damaged("key of a join token", Message(key.status()));
  JoinTokenRecord token{.key = *std::move(key)};
  token.authenticator = in.authenticator();
  token.uses = in.uses();
  token.expires_at = TimeOf(in.expires_at());
  token.name_pattern = in.name_pattern();
  token.labels = PairsOf(in.labels());
  MAYFLY_ASSIGN_OR_RETURN(token.networks, NetworksOf(in.networks()));
  token.replaces = in.replaces();
  token.description = in.description();
  return token;
}

}  // namespace mayfly::ledger

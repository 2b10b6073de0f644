#include "ca/ledger/event_parts.h"

#include <utility>

namespace mayfly::ledger {

void Put(const HostState& host, v1::RecordedHost& out) {
  out.set_host(host.host.ToString());
  PutPairs(host.labels, *out.mutable_labels());
  PutTexts(host.key_fingerprints, *out.mutable_key_fingerprints());
  out.set_authenticator(Utf8(host.authenticator));
  Put(host.enrolled_at, *out.mutable_enrolled_at());
  out.set_attested(Utf8(host.attested));
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

void Put(const UserRecord& user, v1::RecordedUser& out) {
  out.set_authenticator(Utf8(user.authenticator));
  out.set_name(Utf8(user.name));
  PutTexts(user.groups, *out.mutable_groups());
  for (const ssh::PublicKey& key : user.keys) out.add_credential_key(Blob(key.blob()));
}

absl::StatusOr<HostState> HostOf(const v1::RecordedHost& in) {
  HostState host;
  MAYFLY_ASSIGN_OR_RETURN(host.host, SubjectOf(in.host()));
  host.labels = PairsOf(in.labels());
  host.key_fingerprints = TextsOf(in.key_fingerprints());
  host.authenticator = in.authenticator();
  host.enrolled_at = TimeOf(in.enrolled_at());
  host.attested = in.attested();
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

absl::StatusOr<UserRecord> UserOf(const v1::RecordedUser& in) {
  UserRecord user;
  user.authenticator = in.authenticator();
  user.name = in.name();
  user.groups = TextsOf(in.groups());
  for (const std::string& blob : in.credential_key()) {
    absl::StatusOr<ssh::PublicKey> key = ssh::PublicKey::ParseBlob(AsBytes(blob));
    if (!key.ok()) return Damaged("key of a user", Message(key.status()));
    user.keys.push_back(*std::move(key));
  }
  return user;
}

}  // namespace mayfly::ledger

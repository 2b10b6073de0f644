#include "ca/ledger/hosts.h"

#include <algorithm>
#include <utility>

#include "base/status.h"
#include "base/text.h"
#include "ca/ledger/claims.h"
#include "ca/ledger/columns.h"
#include "ca/ledger/statements.h"
#include "fmt/format.h"

namespace mayfly::ledger {

struct Hosts::Known {
  HostState host;
  Bytes key_set;
};

namespace {

// One digest for a set of keys, whatever order it came in.
Bytes KeySetOf(const std::vector<ssh::PublicKey>& keys) {
  std::vector<std::string> fingerprints;
  for (const ssh::PublicKey& key : keys) fingerprints.push_back(key.Fingerprint().text);
  std::ranges::sort(fingerprints);
  std::string all;
  for (const std::string& fingerprint : fingerprints) all += fingerprint + "\n";
  return DigestOf(AsBytes(all));
}

HostState StateOf(const IssuanceBatch& batch, absl::Time now) {
  HostState host;
  host.host = batch.enrolment->host;
  host.labels = batch.enrolment->labels;
  for (const ssh::PublicKey& key : batch.enrolment->keys) {
    host.key_fingerprints.push_back(key.Fingerprint().text);
  }
  host.authenticator = batch.identity.authenticator;
  host.enrolled_at = now;
  host.attested = batch.enrolment->attested;
  return host;
}

absl::Status ClonedImage() {
  return PermissionDenied(
      "a host key of this machine is enrolled under another name, as in a cloned image: on the "
      "clone "
      "remove /etc/ssh/ssh_host_*, run ssh-keygen -A and enrol again");
}

absl::Status NameTaken(const std::string& name) {
  return PermissionDenied(
      fmt::format("the name {} is taken by a host with other keys: to replace it, ask for a join "
                  "token that replaces",
                  EscapeForTerminal(name)));
}

absl::Status InstanceHasKeys(const std::string& attested) {
  return PermissionDenied(
      fmt::format("{} was enrolled with other host keys: it enrols once, unless its authenticator "
                  "lets it return (reenroll: true)",
                  EscapeForTerminal(attested.substr(0, 200))));
}

absl::Status InstanceHasName(const std::string& attested, const std::string& name) {
  return PermissionDenied(
      fmt::format("{} is enrolled under another name than {}: an instance keeps its first one; "
                  "enrol it under the other "
                  "with a join token",
                  EscapeForTerminal(attested.substr(0, 200)), EscapeForTerminal(name)));
}

// What gives the attested instance to this set of keys, and for good to this name, or refuses it.
void ClaimInstance(const HostEnrolment& enrolment, const Bytes& key_set, absl::Time now,
                   std::vector<store::Operation>& operations) {
  operations.push_back(Require(
      enrolment.may_return ? kTakeClaim : kClaim,
      {std::string(kInstanceClaim), enrolment.attested, HexEncode(key_set), Microseconds(now)},
      InstanceHasKeys(enrolment.attested)));
  // With several names to choose from, whoever returns could else leave its first record standing.
  const std::string& name = enrolment.host.name;
  operations.push_back(Require(kClaim,
                               {std::string(kInstanceNameClaim), enrolment.attested,
                                enrolment.host.ToString(), Microseconds(now)},
                               InstanceHasName(enrolment.attested, name)));
}

absl::Status CheckEnrolment(const IssuanceBatch& batch) {
  const HostEnrolment& enrolment = *batch.enrolment;
  if (enrolment.host.kind != model::SubjectKind::kHost || enrolment.keys.empty() ||
      enrolment.host != batch.identity.subject ||
      enrolment.token_key.empty() == enrolment.attested.empty()) {
    return InvalidArgument(
        "an enrolment names the host that was proven, its keys, and a token or what was attested");
  }
  return model::CheckLabels(enrolment.labels);
}

}  // namespace

absl::StatusOr<std::vector<Hosts::Known>> Hosts::Read(const store::Operation& operation) {
  MAYFLY_ASSIGN_OR_RETURN(const store::Rows rows, store_.Read(operation));
  std::vector<Known> hosts;
  for (const store::Row& row : rows) {
    Known known;
    MAYFLY_ASSIGN_OR_RETURN(known.host, DecodeHost(BytesAt(row, 0)));
    known.key_set = BytesAt(row, 1);
    hosts.push_back(std::move(known));
  }
  return hosts;
}

absl::StatusOr<HostState> Hosts::ReadOne(const store::Operation& operation,
                                         const std::string& what) {
  MAYFLY_ASSIGN_OR_RETURN(std::vector<Known> hosts, Read(operation));
  if (hosts.empty()) {
    return NotFound(fmt::format("no enrolled host has the {}", EscapeForTerminal(what)));
  }
  return std::move(hosts.front().host);
}

absl::StatusOr<HostState> Hosts::Find(const std::string& name) {
  return ReadOne(Run(kFindHost, {name}), "name " + name.substr(0, 80));
}

absl::StatusOr<HostState> Hosts::FindByKey(const ssh::Fingerprint& key) {
  return ReadOne(Run(kFindHostByKey, {key.text}), "key " + key.text.substr(0, 80));
}

absl::StatusOr<std::vector<HostState>> Hosts::List() {
  MAYFLY_ASSIGN_OR_RETURN(std::vector<Known> known, Read(Run(kListHosts, {})));
  std::vector<HostState> hosts;
  for (Known& one : known) hosts.push_back(std::move(one.host));
  return hosts;
}

absl::Status Hosts::Enrol(const IssuanceBatch& batch, absl::Time now,
                          std::vector<store::Operation>& operations) {
  MAYFLY_RETURN_IF_ERROR(CheckEnrolment(batch));
  const HostEnrolment& enrolment = *batch.enrolment;
  const std::string& name = enrolment.host.name;
  const Bytes key_set = KeySetOf(enrolment.keys);
  bool may_replace = false;
  if (enrolment.token_key.empty()) {
    ClaimInstance(enrolment, key_set, now, operations);
  } else {
    MAYFLY_ASSIGN_OR_RETURN(const JoinTokenState token,
                            tokens_.Spend(enrolment, key_set, now, operations));
    may_replace = enrolment.replaces && token.record.replaces;
  }
  MAYFLY_ASSIGN_OR_RETURN(const std::vector<Known> known, Read(Run(kFindHost, {name})));

  Bytes replaced = key_set;  // The only record that may stand under this name.
  if (!known.empty()) {
    const Known& old = known.front();
    const bool same_host = old.key_set == key_set && old.host.host == enrolment.host;
    // The same instance, proven again, may have its own name back.
    const bool returns = enrolment.may_return && old.host.attested == enrolment.attested &&
                         old.host.host == enrolment.host;
    if (!same_host && !may_replace && !returns) {
      const bool itself = !enrolment.attested.empty() && old.host.attested == enrolment.attested;
      return itself ? InstanceHasKeys(enrolment.attested) : NameTaken(name);
    }
    if (!same_host) {
      replaced = old.key_set;
      log_.Append(EncodeHostRetired(batch.call, batch.identity, old.host, now), operations);
    }
    // Decisions under way may rest on the old record.
    operations.push_back(Run(kAdvanceCounter, {int64_t{1}, std::string("generation")}));
  }
  operations.push_back(Require(
      kPutHost,
      {name, key_set, Microseconds(now), EncodeHost(StateOf(batch, now)), std::move(replaced)},
      NameTaken(name)));
  operations.push_back(Run(kDropHostKeys, {name}));
  const std::string owner = enrolment.host.ToString();
  for (const ssh::PublicKey& key : enrolment.keys) {
    operations.push_back(ClaimKey(key, owner, now, ClonedImage()));
    operations.push_back(Require(kInsertHostKey, {key.Fingerprint().text, name}, ClonedImage()));
  }
  return absl::OkStatus();
}

}  // namespace mayfly::ledger

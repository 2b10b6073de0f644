#ifndef MAYFLY_CA_MODEL_FACTS_H_
#define MAYFLY_CA_MODEL_FACTS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "base/network.h"
#include "ca/model/fact.h"
#include "ca/model/identity.h"
#include "ca/model/subject.h"

namespace mayfly::model {

// An approver as proven when they approved.
struct Approval {
  Identity approver;
  Fact<IpAddress> peer;
  absl::Time at;
  friend bool operator==(const Approval&, const Approval&) = default;
};

// A request that was filed to be approved.
struct FiledRequest {
  uint64_t number = 0;
  std::string digest;  // AskedDigest of what was asked.
  absl::Time filed_at;
  bool open = true;  // Neither denied nor cancelled.
  int64_t uses = 0;
  std::vector<Approval> approvals;  // Each approver once.
  friend bool operator==(const FiledRequest&, const FiledRequest&) = default;
};

// State that a decision needs beside identity and request, read at one generation. Recording
// re-checks the generation: when it moved (a revocation, a logout), the request is decided again.
struct Facts {
  uint64_t generation = 0;
  uint64_t epoch = 1;     // Of the subject.
  std::string key_owner;  // Owner of the key to be certified in the claims table; may be empty.
  bool subject_banned = false;
  bool key_revoked = false;
  Fact<Labels> target_labels;  // Of Ask::target_host; absent when none is named, unknown when the
                               // host is not enrolled.
  std::optional<FiledRequest> filed;  // The one that Ask::approved names.
  friend bool operator==(const Facts&, const Facts&) = default;
};

}  // namespace mayfly::model

#endif  // MAYFLY_CA_MODEL_FACTS_H_

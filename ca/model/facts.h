#ifndef MAYFLY_CA_MODEL_FACTS_H_
#define MAYFLY_CA_MODEL_FACTS_H_

#include <cstdint>
#include <string>

#include "ca/model/fact.h"
#include "ca/model/subject.h"

namespace mayfly::model {

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
  friend bool operator==(const Facts&, const Facts&) = default;
};

}  // namespace mayfly::model

#endif  // MAYFLY_CA_MODEL_FACTS_H_
